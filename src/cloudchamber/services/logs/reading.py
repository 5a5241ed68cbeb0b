"""GetLogEvents reads one stream forward and backward; FilterLogEvents searches the streams of a group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Request, operation
from cloudchamber.services.logs import limits
from cloudchamber.services.logs.base import LogsBase
from cloudchamber.services.logs.errors import InvalidParameter, NoLogStream
from cloudchamber.services.logs.patterns import compile_pattern
from cloudchamber.services.logs.positions import (
    END,
    event_id,
    page_token,
    read_page_token,
    read_stream_token,
    stream_token,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.services.logs import shapes
    from cloudchamber.services.logs.store import Position
    from cloudchamber.services.logs.tables import Event, LogGroup

BREATHE_EVENTS = 2000
STREAMS_WALKED_MAX = 100  # more of them are found quicker among all events of the group


class Reading(LogsBase):
    @operation
    async def get_log_events(self, ctx: Context, request: shapes.GetLogEventsRequest) -> shapes.GetLogEventsResponse:
        group = self.named(ctx, request)
        stream, (begin, end) = self.stream(group, request["logStreamName"]), self._span(group, request)
        limit, token = request.get("limit") or limits.PAGE_EVENTS_MAX, request.get("nextToken")
        backward, at = not request.get("startFromHead"), None
        if token is not None:
            direction, at = read_stream_token(token)
            backward = direction == "b"
            begin, end = (begin, min(at, end)) if backward else (max(at, begin), end)
        found = _within_bytes(self.store.of_stream(stream, begin, end, limit, backward))
        if backward:
            found.reverse()
        # Where there is nothing, a token stays where it was: what comes later is found by asking again.
        here = at if at is not None else begin
        first = (found[0].at, found[0].seq) if found else here
        last = (found[-1].at, found[-1].seq) if found else here
        return {
            "events": [{"timestamp": e.at, "message": e.message, "ingestionTime": e.ingested_at} for e in found],
            "nextForwardToken": stream_token("f", last),
            "nextBackwardToken": stream_token("b", first),
        }

    def _span(self, group: LogGroup, request: Request) -> tuple[Position, Position]:
        """The positions between which events are wanted and still kept: the end instant is left out."""
        start, end = request.get("startTime") or 0, request.get("endTime")
        return (max(start, group.floor(self.now_ms())), 0), END if end is None else (end, 0)

    @operation
    async def filter_log_events(
        self, ctx: Context, request: shapes.FilterLogEventsRequest
    ) -> shapes.FilterLogEventsResponse:
        group, down = self.named(ctx, request), request.get("startFromHead") is False
        pattern, (begin, end) = compile_pattern(request.get("filterPattern") or ""), self._span(group, request)
        streams, only = self.chosen_streams(group, request.get("logStreamNames"), request.get("logStreamNamePrefix"))
        token = read_page_token(request.get("nextToken"))
        if token:
            at = (int(token.get("at", 0)), int(token.get("seq", 0)))
            begin, end = (begin, min(end, at)) if down else (max(begin, at), end)
        found: list[dict[str, Any]] = []
        limit, size = request.get("limit") or limits.PAGE_EVENTS_MAX, 0
        answer: Any = {"events": found, "searchedLogStreams": []}
        for scanned, event in enumerate(self.store.walk(group.number, streams, (begin, end), down), 1):
            if scanned % BREATHE_EVENTS == 0:
                await self.clock.breathe()
            if (only is None or event.stream in only) and pattern.matches(event.message):
                name = self.store.stream_name(event.stream)
                if name is not None:
                    found.append(_shown(event, name))
                    size += _size(event)
            if len(found) >= limit or size >= limits.PAGE_BYTES_MAX or scanned >= limits.PAGE_SCANNED_MAX:
                answer["nextToken"] = page_token(at=event.at, seq=event.seq)
                break
        done: shapes.FilterLogEventsResponse = answer
        return done

    def chosen_streams(
        self, group: LogGroup, names: Sequence[str] | None, prefix: str | None
    ) -> tuple[list[int] | None, set[int] | None]:
        """The streams to walk one by one; or, where there are many or all, None and those to keep of the group's."""
        if names and prefix:
            raise InvalidParameter("logStreamNames and logStreamNamePrefix cannot be specified together.")
        if names:
            found = [self.store.stream_number(group, name) for name in names]
            if None in found:
                raise NoLogStream
            return [number for number in dict.fromkeys(found) if number is not None], None
        if prefix:
            numbers = [stream.number for stream in self.store.streams_by_name(group, prefix, None, -1, False)]
            return (numbers, None) if len(numbers) <= STREAMS_WALKED_MAX else (None, set(numbers))
        return None, None


def _shown(event: Event, stream: str) -> dict[str, Any]:
    return {
        "logStreamName": stream, "timestamp": event.at, "message": event.message, "ingestionTime": event.ingested_at,
        "eventId": event_id(event.at, event.seq),
    }  # fmt: skip


def _size(event: Event) -> int:
    return len(event.message) + limits.EVENT_OVERHEAD_BYTES


def _within_bytes(events: list[Event]) -> list[Event]:
    """As many of them as one answer holds, at least one."""
    size = 0
    for count, event in enumerate(events):
        size += _size(event)
        if size > limits.PAGE_BYTES_MAX and count:
            return events[:count]
    return events
