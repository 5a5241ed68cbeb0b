"""Events in a pipe: what sources give, as patterns and templates see it, and what enrichments answer. Pure.

A queue's message with JSON in its body is seen with the body as that value; what is sent on stays as it came.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-input-transformation.html#input-transform-implicit
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.json_paths import MISSING, follow, parse_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.services.pipes.records import Pipe


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `view` is `raw` with what is JSON inside of it decoded; `id` is what failures are told by."""

    raw: Any
    view: Any
    id: str
    handle: str = ""  # of the message to delete when it is done with


def of_message(pipe: Pipe, message: Mapping[str, Any]) -> Event:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html"""
    attributes = {name: _attribute(given) for name, given in (message.get("MessageAttributes") or {}).items()}
    raw: dict[str, Any] = {
        "messageId": message["MessageId"], "receiptHandle": message["ReceiptHandle"], "body": message["Body"],
        "attributes": dict(message.get("Attributes") or {}), "messageAttributes": attributes,
        "md5OfBody": message["MD5OfBody"], "eventSource": "aws:sqs", "eventSourceARN": pipe.source,
        "awsRegion": pipe.source_region,
    }  # fmt: skip
    try:
        view = {**raw, "body": orjson.loads(message["Body"])}
    except orjson.JSONDecodeError:
        view = raw
    return Event(raw, view, raw["messageId"], raw["receiptHandle"])


def _attribute(given: Mapping[str, Any]) -> dict[str, Any]:
    """A message attribute under the names that events have, its binary value as base64."""
    found: dict[str, Any] = {"stringListValues": [], "binaryListValues": [], "dataType": given["DataType"]}
    if "StringValue" in given:
        found["stringValue"] = given["StringValue"]
    if "BinaryValue" in given:
        found["binaryValue"] = base64.b64encode(given["BinaryValue"]).decode()
    return found


def of_change(pipe: Pipe, record: Mapping[str, Any]) -> Event:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-dynamodb.html"""
    raw = {**record, "eventSourceARN": pipe.source}
    return Event(raw, raw, raw["eventID"])


def of_answer(value: Any) -> list[Event]:
    """The events in an enrichment's answer: each of an array, or the one that it is; none for an empty one."""
    if value in (None, "", {}, []):
        return []
    return [Event(item, item, _id_of(item)) for item in (value if isinstance(value, list) else [value])]


def _id_of(item: Any) -> str:
    found = (item.get("messageId") or item.get("eventID")) if isinstance(item, dict) else None
    return found if isinstance(found, str) else ""


def iso(at: float) -> str:
    """`2023-01-01T12:00:00.123Z`."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def text_of(value: Any) -> str:
    """A string as it is, anything else as JSON."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def resolved(value: Any, event: Event) -> Any:
    """A parameter, or what stands at the path that it is; an empty string where nothing does.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html#pipes-targets-dynamic-parms
    """
    if not isinstance(value, str) or not value.startswith("$."):
        return value
    try:
        found = follow(event.view, parse_path(value))
    except ValueError:
        return value
    return "" if found is MISSING else text_of(found)
