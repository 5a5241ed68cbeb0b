"""What a device's patches do to a dataset's records, and what a function makes of them first. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudchamber.services.cognito_sync import limits
from cloudchamber.services.cognito_sync.errors import InvalidFunctionOutput, InvalidParameter, ResourceConflict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudchamber.services.cognito_sync.tables import Record


@dataclass(frozen=True, slots=True)
class Change:
    """A record is to have a value, or (None) none any longer."""

    key: str
    value: str | None
    device_modified_at: float | None = None


def checked(patches: Sequence[Mapping[str, Any]], records: Mapping[str, Record | None]) -> dict[str, Change]:
    """The changes a device wants. ResourceConflictException for a patch of a record that has changed since;
    InvalidParameterException."""
    changes: dict[str, Change] = {}
    for patch in patches:
        key, is_removal = patch["Key"], patch["Op"] == "remove"
        if len(key.encode()) > limits.KEY_BYTES_MAX:
            raise InvalidParameter(f"Record key is longer than {limits.KEY_BYTES_MAX} bytes.")
        if key in changes:
            raise InvalidParameter(f"Record '{key}' is patched more than once.")
        if not is_removal and patch.get("Value") is None:
            raise InvalidParameter(f"Record '{key}' is replaced by no value.")
        known = records.get(key)
        current = 0 if known is None else known.sync_count
        if patch["SyncCount"] != current:
            raise ResourceConflict(
                f"Current SyncCount for record '{key}' is {current}, the SyncCount given is {patch['SyncCount']}."
            )
        value = None if is_removal else str(patch["Value"])
        changes[key] = Change(key, value, patch.get("DeviceLastModifiedDate"))
    return changes


def told(changes: Mapping[str, Change], records: Mapping[str, Record | None]) -> dict[str, Any]:
    """The `datasetRecords` of a sync trigger's event."""
    found: dict[str, Any] = {}
    for key, change in changes.items():
        known = records.get(key)
        found[key] = {
            "oldValue": None if known is None else known.value,
            "newValue": change.value,
            "op": "remove" if change.value is None else "replace",
        }
    return found


def as_decided(changes: Mapping[str, Change], answer: Any) -> dict[str, Change]:
    """The changes after a function had its say: it may change, add and remove. InvalidLambdaFunctionOutputException."""
    records = answer.get("datasetRecords") if isinstance(answer, dict) else None
    if not isinstance(records, dict):
        raise InvalidFunctionOutput("The function's answer has no datasetRecords.")
    decided = dict(changes)
    for key, record in records.items():
        if not isinstance(record, dict) or record.get("op") not in ("replace", "remove"):
            raise InvalidFunctionOutput(f"The function's answer has no valid op for record '{key}'.")
        value = None if record["op"] == "remove" else record.get("newValue")
        if record["op"] == "replace" and not isinstance(value, str):
            raise InvalidFunctionOutput(f"The function's answer has no newValue for record '{key}'.")
        given = changes.get(key)
        decided[key] = Change(key, value, None if given is None else given.device_modified_at)
    return decided
