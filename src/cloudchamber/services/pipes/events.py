"""Events in a pipe: what sources give, as patterns and templates see it, and what enrichments answer. Pure.

A queue's message with JSON in its body is seen with the body as that value; what is sent on stays as it came.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-input-transformation.html#input-transform-implicit
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.json_paths import MISSING, follow, parse_path
from cloudchamber.core.polling.records import view_of

if TYPE_CHECKING:
    from cloudchamber.core.polling.records import Record


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `view` is `raw` with what is JSON inside of it decoded; `id` is what failures are told by."""

    raw: Any
    view: Any
    id: str


def of_message(record: Record) -> Event:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html"""
    return Event(record, view_of(record), record["messageId"])


def of_change(record: Record) -> Event:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-dynamodb.html"""
    return Event(record, record, record["eventID"])


def of_answer(value: Any) -> list[Event]:
    """The events in an enrichment's answer: each of an array, or the one that it is; none for an empty one."""
    if value in (None, "", {}, []):
        return []
    return [Event(item, item, _id_of(item)) for item in (value if isinstance(value, list) else [value])]


def _id_of(item: Any) -> str:
    found = (item.get("messageId") or item.get("eventID")) if isinstance(item, dict) else None
    return found if isinstance(found, str) else ""


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
