"""Batches: the rules their entries share, and results with partial failure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AwsError
from cloudchamber.services.sqs import limits
from cloudchamber.services.sqs.errors import (
    BatchEntryIdsNotDistinct,
    EmptyBatchRequest,
    InvalidBatchEntryId,
    TooManyEntriesInBatchRequest,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_ID = re.compile(rf"[A-Za-z0-9_-]{{1,{limits.BATCH_ENTRY_ID_CHARS_MAX}}}\Z")


def entries(request: Mapping[str, Any], kind: str) -> Sequence[Mapping[str, Any]]:
    """The entries of a batch, once they are what AWS takes."""
    found: Sequence[Mapping[str, Any]] = request.get("Entries") or ()
    if not found:
        raise EmptyBatchRequest(f"There should be at least one {kind} in the request.")
    if len(found) > limits.BATCH_ENTRIES_MAX:
        raise TooManyEntriesInBatchRequest(
            f"Maximum number of entries per request are {limits.BATCH_ENTRIES_MAX}. You have sent {len(found)}."
        )
    seen: set[str] = set()
    for entry in found:
        entry_id = entry.get("Id") or ""
        if not _ID.match(entry_id):
            raise InvalidBatchEntryId(
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most "
                f"{limits.BATCH_ENTRY_ID_CHARS_MAX} letters long."
            )
        if entry_id in seen:
            raise BatchEntryIdsNotDistinct(f"Id {entry_id} repeated.")
        seen.add(entry_id)
    return found


def each(
    items: Sequence[Mapping[str, Any]], do: Callable[[Mapping[str, Any]], dict[str, Any]]
) -> dict[str, list[dict[str, Any]]]:
    """`do` each entry; an AWS error fails its own entry only."""
    successful: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for item in items:
        try:
            successful.append(do(item))
        except AwsError as error:
            failed.append(
                {"Id": item["Id"], "SenderFault": error.is_sender_fault, "Code": error.code, "Message": error.message}
            )
    return {"Successful": successful, **({"Failed": failed} if failed else {})}
