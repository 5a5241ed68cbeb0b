"""Log records of an execution: one for each step, as much of them as the pipe's log level asks for.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-logs.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core import ids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudchamber.core.clock import Clock
    from cloudchamber.services.pipes.errors import Failure
    from cloudchamber.services.pipes.events import Event
    from cloudchamber.services.pipes.records import Pipe

_LEVELS = {"OFF": 0, "ERROR": 1, "INFO": 2, "TRACE": 3}
_DETAILS = ("TRANSFORMATION", "INVOCATION")


class Journal:
    """What one execution notes of itself."""

    def __init__(self, pipe: Pipe, clock: Clock) -> None:
        given = pipe.settings.get("LogConfiguration") or {}
        self._pipe = pipe
        self._clock = clock
        self._name = given.get("Level") or "OFF"
        self._level = _LEVELS[self._name]
        self._shows_data = "ALL" in (given.get("IncludeExecutionData") or ())
        self._id = ids.uuid()
        self.group_arn = (given.get("CloudwatchLogsLogDestination") or {}).get("LogGroupArn") or ""
        self.entries: list[dict[str, Any]] = []

    def note(self, step: str, events: Sequence[Event] = (), **more: Any) -> None:
        """A step such as `EXECUTION_STARTED`, with the events it was about; `awsRequest`, `awsResponse`, `error`."""
        if not self.group_arn or self._level < _level_of(step):
            return
        at = int(self._clock.now() * 1000)
        record: dict[str, Any] = {
            "resourceArn": self._pipe.arn, "timestamp": at, "executionId": self._id, "messageType": step,
            "logLevel": self._name,
        }  # fmt: skip
        if "error" in more:
            record["error"] = more.pop("error")
        if self._shows_data:
            if events:
                record["payload"] = _json([event.raw for event in events])
            record |= {name: _json(value) for name, value in more.items()}
        self.entries.append({"timestamp": at, "message": orjson.dumps(record).decode()})

    def failed(self, step: str, failure: Failure, events: Sequence[Event] = ()) -> None:
        """A step that failed, and why."""
        error = failure.error
        described = {
            "httpStatusCode": 500 if error is None else error.status, "message": failure.message,
            "details": "" if error is None else error.code, "awsService": failure.service, "requestId": "",
        }  # fmt: skip
        self.note(step, events, error=described)


def _level_of(step: str) -> int:
    if step.endswith(("FAILED", "TIMEOUT", "THROTTLED")):
        return _LEVELS["ERROR"]
    return _LEVELS["TRACE" if any(word in step for word in _DETAILS) else "INFO"]


def _json(value: Any) -> str:
    return orjson.dumps(value, default=_text).decode()


def _text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
