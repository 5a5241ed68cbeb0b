"""Events come in: PutLogEvents for clients, `append` for what runs inside the cloud. One call, one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.metrics import Measured
from cloudchamber.core.service import Request, operation, private_operation
from cloudchamber.services.logs import limits
from cloudchamber.services.logs.errors import InvalidParameter
from cloudchamber.services.logs.groups import Groups
from cloudchamber.services.logs.outbox import Outbox
from cloudchamber.services.logs.positions import event_id
from cloudchamber.services.logs.tables import LogGroup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.services.logs import shapes
    from cloudchamber.services.logs.tables import Event


class Writing(Outbox, Groups):
    @operation
    async def put_log_events(self, ctx: Context, request: shapes.PutLogEventsRequest) -> shapes.PutLogEventsResponse:
        group, name = self.group(ctx, request["logGroupName"]), request["logStreamName"]
        stream, now = self.stream(group, name), self.now_ms()
        events = [(event["timestamp"], event["message"]) for event in request["logEvents"]]
        size = _check(events)
        accepted, rejected = _sift(group, events, now)
        if accepted:
            with self.platform.store.transaction():
                written = self._write(ctx, group, (stream, name), accepted)
            self._written(group, written)
            ctx.meter("logs.ingested_bytes", size)
        answer: Any = {"nextSequenceToken": event_id(now, stream)}  # nobody needs it any more, and AWS still sends it
        if rejected:
            answer["rejectedLogEventsInfo"] = rejected
        found: shapes.PutLogEventsResponse = answer
        return found

    @private_operation
    async def append(self, ctx: Context, request: Request) -> dict[str, Any]:
        """For writers inside the cloud: `logEvents` (timestamp in ms, message) to `logStreamName` of `logGroupName`, in
        the order given. Group and stream are made where they are missing. The caller needs the permissions that AWS
        would ask it for: logs:PutLogEvents, and logs:CreateLogStream and logs:CreateLogGroup for what is missing."""
        name, events = request["logStreamName"], [(e["timestamp"], e["message"]) for e in request["logEvents"]]
        group, written = self.store.groups.get(ctx.account, ctx.region, request["logGroupName"]), []
        with self.platform.store.transaction():
            if group is None:
                group = self.add_group(LogGroup(ctx.account, ctx.region, request["logGroupName"], 0, self.now_ms()))
            stream = self.store.stream_number(group, name)
            if stream is None:
                stream = self.store.add_stream(group, name, self.now_ms())
            if events:
                written = self._write(ctx, group, (stream, name), events)
        if written:
            self._written(group, written)
            size = sum(len(message.encode()) + limits.EVENT_OVERHEAD_BYTES for _, message in events)
            ctx.meter("logs.ingested_bytes", size)
        return {}

    def _write(
        self, ctx: Context, group: LogGroup, stream: tuple[int, str], events: Sequence[tuple[int, str]]
    ) -> list[Event]:
        """Inside a transaction: the events, and what the group's filters make of them."""
        written = self.store.append(group, stream[0], events, self.now_ms())
        self.record(ctx, group, stream[1], written)
        return written

    def _written(self, group: LogGroup, events: list[Event]) -> None:
        self.wake_outbox()
        size = sum(len(event.message) + limits.EVENT_OVERHEAD_BYTES for event in events)
        values = (("IncomingLogEvents", float(len(events)), "None"), ("IncomingBytes", float(size), "Bytes"))
        dimensions = (("LogGroupName", group.name),)
        self.platform.facts.emit(Measured(group.account, group.region, "AWS/Logs", dimensions, values))
        self.events_written(group, events)


def _check(events: Sequence[tuple[int, str]]) -> int:
    """The size of a batch in bytes; InvalidParameter for one that is not taken as a whole."""
    total, before = 0, 0
    for at, message in events:
        size = len(message) if message.isascii() else len(message.encode())
        if size + limits.EVENT_OVERHEAD_BYTES > limits.EVENT_BYTES_MAX:
            raise InvalidParameter(
                f"Log event too large: {size + limits.EVENT_OVERHEAD_BYTES} bytes exceeds limit of "
                f"{limits.EVENT_BYTES_MAX}"
            )
        if at < before:
            raise InvalidParameter("Log events in a single PutLogEvents request must be in chronological order.")
        total, before = total + size + limits.EVENT_OVERHEAD_BYTES, at
    if total > limits.BATCH_BYTES_MAX:
        raise InvalidParameter(f"Upload too large: {total} bytes exceeds limit of {limits.BATCH_BYTES_MAX}")
    if events[-1][0] - events[0][0] > limits.BATCH_SPAN_MS:
        raise InvalidParameter(
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."
        )
    return total


def _sift(group: LogGroup, events: list[tuple[int, str]], now_ms: int) -> tuple[list[tuple[int, str]], dict[str, int]]:
    """The events that are taken, and where those that are too old, expired or too new begin or end."""
    oldest, floor, newest = now_ms - limits.TOO_OLD_MS, group.floor(now_ms), now_ms + limits.TOO_NEW_MS
    first, last = events[0][0], events[-1][0]
    if first >= oldest and first >= floor and last <= newest:
        return events, {}
    rejected = {}
    too_old = sum(at < oldest for at, _ in events)
    expired = sum(at < floor for at, _ in events)
    too_new = sum(at > newest for at, _ in events)
    if too_old:
        rejected["tooOldLogEventEndIndex"] = too_old
    if expired:
        rejected["expiredLogEventEndIndex"] = expired
    if too_new:
        rejected["tooNewLogEventStartIndex"] = len(events) - too_new
    return events[max(too_old, expired) : len(events) - too_new], rejected
