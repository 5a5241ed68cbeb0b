"""Events: entries of PutEvents, and the JSON that rules match and targets get. Pure.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.services.events import limits

if TYPE_CHECKING:
    from collections.abc import Mapping


class Refused(Exception):
    """An entry that PutEvents does not take."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def iso(at: float) -> str:
    """`2017-12-22T18:43:48Z`."""
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def size_bytes(entry: Mapping[str, Any]) -> int:
    """What an entry counts for: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html"""
    size = 14 if entry.get("Time") is not None else 0
    size += sum(len((entry.get(name) or "").encode()) for name in ("Source", "DetailType", "Detail"))
    return size + sum(len(resource.encode()) for resource in entry.get("Resources") or ())


def detail_of(entry: Mapping[str, Any], is_service: bool) -> Any:
    """The detail of an entry, once all of the entry is what AWS takes. Refused."""
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            raise Refused("InvalidArgument", f"Parameter {name} is not valid. Reason: {name} is a required argument.")
    if len(entry["DetailType"]) > limits.DETAIL_TYPE_CHARS_MAX:
        raise Refused("InvalidArgument", "Parameter DetailType is not valid. Reason: DetailType is longer than "
                      f"{limits.DETAIL_TYPE_CHARS_MAX} characters.")  # fmt: skip
    if entry["Source"].startswith("aws.") and not is_service:
        raise Refused("NotAuthorizedForSourceException", "Not authorized for the source.")
    try:
        detail = orjson.loads(entry["Detail"])
    except orjson.JSONDecodeError:
        detail = None
    if not isinstance(detail, dict):
        raise Refused("MalformedDetail", "Detail is malformed.")
    return detail


def made(event_id: str, place: tuple[str, str], at: float, entry: Mapping[str, Any], detail: Any) -> dict[str, Any]:
    """An event of an account and region at an instant (epoch seconds); `entry` has what PutEvents says beside."""
    return {
        "version": "0", "id": event_id, "detail-type": entry["DetailType"], "source": entry["Source"],
        "account": place[0], "time": iso(at), "region": place[1], "resources": list(entry.get("Resources") or ()),
        "detail": detail,
    }  # fmt: skip
