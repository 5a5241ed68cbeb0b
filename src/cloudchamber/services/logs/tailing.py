"""Following a group's events as they come: StartLiveTail for clients, `wait_for_events` for what runs inside the cloud.

Both go by the order in which events come in, so that late ones with an old timestamp are not missed.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatchLogs_LiveTail.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.service import Request, operation, private_operation
from cloudchamber.services.logs import limits
from cloudchamber.services.logs.errors import InvalidOperation, InvalidParameter, LimitExceeded, SessionTimeout
from cloudchamber.services.logs.patterns import compile_pattern
from cloudchamber.services.logs.positions import event_id
from cloudchamber.services.logs.reading import Reading

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Platform
    from cloudchamber.services.logs import shapes
    from cloudchamber.services.logs.patterns import Pattern
    from cloudchamber.services.logs.tables import Event, LogGroup

CHUNK_ROWS = 1000
UPDATE_SECONDS = 1.0


@dataclass(slots=True)
class Wanted:
    """What a follower wants of what comes in. Streams that come into being later count too."""

    groups: dict[int, LogGroup]
    names: frozenset[str]
    prefixes: tuple[str, ...]
    pattern: Pattern

    def takes(self, group: int, stream: str | None, event: Event) -> bool:
        if group not in self.groups or stream is None:
            return False
        if self.names and stream not in self.names:
            return False
        return (not self.prefixes or stream.startswith(self.prefixes)) and self.pattern.matches(event.message)


class Tailing(Reading):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self._tails: dict[tuple[str, str], int] = {}

    def _new(self, wanted: Wanted, after: int) -> tuple[list[tuple[LogGroup, str, Event]], int]:
        """What is wanted of what came in after a place, and the place that was reached."""
        found = []
        while rows := self.store.since(after, CHUNK_ROWS):
            for group, event in rows:
                name = self.store.stream_name(event.stream) if group in wanted.groups else None
                if wanted.takes(group, name, event):
                    found.append((wanted.groups[group], name or "", event))
            after = rows[-1][1].seq
            if len(rows) < CHUNK_ROWS:
                break
        return found, after

    @private_operation
    async def wait_for_events(self, ctx: Context, request: Request) -> dict[str, Any]:
        """Events that came into `logGroupIdentifier` after `position`, waiting up to `timeoutSeconds` for the first.

        Without a position it is the present. `logStreamNames`, `logStreamNamePrefix` and `filterPattern` narrow it
        down. Answers `events`, as FilterLogEvents shows them, and the `position` to go on from.
        """
        group, prefix = self.identified(ctx, request["logGroupIdentifier"]), request.get("logStreamNamePrefix")
        wanted = Wanted(
            {group.number: group}, frozenset(request.get("logStreamNames") or ()), (prefix,) if prefix else (),
            compile_pattern(request.get("filterPattern") or ""),
        )  # fmt: skip
        position = request.get("position")
        after, deadline = (
            self.store.last_seq if position is None else int(position),
            ctx.now() + request.get("timeoutSeconds", 0.0),
        )
        while True:
            found, after = self._new(wanted, after)
            left = deadline - ctx.now()
            if found or left <= 0 or self.clock.is_stopping:
                break
            await self.wait(left)
        events = [
            {"logStreamName": name, "timestamp": e.at, "message": e.message, "ingestionTime": e.ingested_at,
             "eventId": event_id(e.at, e.seq)} for _, name, e in found
        ]  # fmt: skip
        return {"events": events, "position": after}

    @operation
    async def start_live_tail(self, ctx: Context, request: shapes.StartLiveTailRequest) -> shapes.StartLiveTailResponse:
        groups = [self.identified(ctx, identifier) for identifier in request["logGroupIdentifiers"]]
        names, prefixes = request.get("logStreamNames") or (), request.get("logStreamNamePrefixes") or ()
        if any(not identifier.startswith("arn:") for identifier in request["logGroupIdentifiers"]):
            raise InvalidParameter("logGroupIdentifiers must be log group ARNs.")
        if names and prefixes:
            raise InvalidParameter("logStreamNames and logStreamNamePrefixes cannot be specified together.")
        if (names or prefixes) and len(groups) > 1:
            raise InvalidParameter("Log streams can be specified for a single log group only.")
        if any(group.log_class != "STANDARD" for group in groups):
            raise InvalidOperation("Live Tail is available for log groups of class STANDARD only.")
        pattern = compile_pattern(request.get("logEventFilterPattern") or "")
        if self._tails.get((ctx.account, ctx.region), 0) >= limits.TAIL_SESSIONS_MAX:
            raise LimitExceeded
        wanted = Wanted({g.number: g for g in groups}, frozenset(names), tuple(prefixes), pattern)
        begun: dict[str, Any] = {
            "requestId": ctx.request_id, "sessionId": ids.uuid(), "logStreamNames": list(names),
            "logGroupIdentifiers": [group.arn for group in groups], "logStreamNamePrefixes": list(prefixes),
            "logEventFilterPattern": request.get("logEventFilterPattern") or "",
        }  # fmt: skip
        return {"responseStream": self._session(ctx, wanted, begun, self.store.last_seq)}

    async def _session(
        self, ctx: Context, wanted: Wanted, begun: dict[str, Any], after: int
    ) -> AsyncIterator[dict[str, Any]]:
        """The events of a session's stream: an update when something came, and at least one a second."""
        place = (ctx.account, ctx.region)
        self._tails[place] = self._tails.get(place, 0) + 1
        deadline = ctx.now() + limits.TAIL_SECONDS_MAX
        try:
            yield {"sessionStart": begun}
            while not self.clock.is_stopping:
                if ctx.now() >= deadline:
                    raise SessionTimeout("The Live Tail session has timed out.")
                found, after = self._new(wanted, after)
                if not found:
                    await self.wait(UPDATE_SECONDS)
                    found, after = self._new(wanted, after)
                yield {"sessionUpdate": _update(found)}
        finally:
            self._tails[place] -= 1


def _update(found: list[tuple[LogGroup, str, Event]]) -> dict[str, Any]:
    """An update holds at most 500 events, evenly chosen from what came."""
    sampled = len(found) > limits.TAIL_EVENTS_A_SECOND_MAX
    if sampled:
        step = len(found) / limits.TAIL_EVENTS_A_SECOND_MAX
        found = [found[int(n * step)] for n in range(limits.TAIL_EVENTS_A_SECOND_MAX)]
    results = [
        {"logStreamName": name, "logGroupIdentifier": f"{group.account}:{group.name}", "message": event.message,
         "timestamp": event.at, "ingestionTime": event.ingested_at} for group, name, event in found
    ]  # fmt: skip
    return {"sessionMetadata": {"sampled": sampled}, "sessionResults": results}
