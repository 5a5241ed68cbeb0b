"""Replays: archived events put on their bus again, in their order, each saying so in `replay-name`.

A replay works in batches; each is one transaction that puts the events and keeps how far it came, so one that a killed
process left goes on from there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import operation
from cloudchamber.services.events import limits
from cloudchamber.services.events.archives import Archives
from cloudchamber.services.events.base import page, shown
from cloudchamber.services.events.deliveries import Deliveries
from cloudchamber.services.events.errors import (
    IllegalStatus,
    LimitExceeded,
    ResourceAlreadyExists,
    ResourceNotFound,
    ValidationException,
)
from cloudchamber.services.events.tables import Replay, Taken

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.events import shapes
    from cloudchamber.services.events.tables import Delivery

BATCH_EVENTS = 50


class Replays(Archives, Deliveries):
    def resume_replays(self) -> None:
        for replay in self.store.replays.where(is_at_work=True):
            self.clock.spawn(self._run(replay), "replay")

    def _replay(self, ctx: Context, name: str) -> Replay:
        found = self.store.replays.get(ctx.account, ctx.region, name)
        if found is None:
            raise ResourceNotFound(f"Replay {name} does not exist.")
        return found

    @operation
    async def start_replay(self, ctx: Context, request: shapes.StartReplayRequest) -> shapes.StartReplayResponse:
        name, source, destination = request["ReplayName"], request["EventSourceArn"], request["Destination"]
        if self.store.replays.get(ctx.account, ctx.region, name) is not None:
            raise ResourceAlreadyExists(f"Replay {name} already exists.")
        archive = self.store.archives.get(ctx.account, ctx.region, source.rpartition("/")[2])
        if archive is None or archive.arn != source:
            raise ValidationException(f"Parameter EventSourceArn is not valid. Reason: Archive "
                                      f"{source.rpartition('/')[2]} does not exist.")  # fmt: skip
        if request["EventEndTime"] <= request["EventStartTime"]:
            raise ValidationException(
                "Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime."
            )
        if destination["Arn"] != archive.bus_arn:
            raise ValidationException(
                "Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted."
            )
        if len(self.store.replays.where(account=ctx.account, region=ctx.region, is_at_work=True)) >= limits.REPLAYS_MAX:
            raise LimitExceeded("The requested resource exceeds the maximum number allowed.")
        replay = Replay(
            ctx.account, ctx.region, name, archive.arn, float(request["EventStartTime"]),
            float(request["EventEndTime"]), dict(destination), ctx.now(), description=request.get("Description") or "",
        )  # fmt: skip
        self.store.replays.put(replay)
        self.clock.spawn(self._run(replay), "replay")
        return {"ReplayArn": replay.arn, "State": "STARTING", "ReplayStartTime": replay.started_at}

    async def _run(self, replay: Replay) -> None:
        """Put one batch after the other until there are no more, or somebody says so."""
        while True:
            current = self.store.replays.get(replay.account, replay.region, replay.name)
            if current is None or not current.is_at_work:
                return
            if current.state == "CANCELLING":
                self._finish(current, "CANCELLED")
                return
            started = self._put_batch(current)
            if not started:
                self._finish(current, "COMPLETED")
                return
            for taken, deliveries in started:  # one after the other, which keeps their order
                await self.deliver_each(taken, deliveries)
            await self.clock.breathe()

    def _put_batch(self, replay: Replay) -> list[tuple[Taken, list[Delivery]]]:
        """The next events with their deliveries; none at the end."""
        archive = self.store.archives.get(replay.account, replay.region, replay.archive_arn.rpartition("/")[2])
        bus = None if archive is None else self.bus_by_arn(archive.bus_arn)
        found = self.store.archived(replay, BATCH_EVENTS)
        if not found or bus is None:
            return []
        started, now = [], self.clock.now()
        with self.platform.store.transaction():
            for at, seq, event in found:
                taken = Taken(event | {"replay-name": replay.name}, now)
                started.append((taken, self.take(bus, taken, replay.destination.get("FilterArns") or ())))
                replay = replace(replay, reached=(at, seq))
            self.store.replays.put(replace(replay, state="RUNNING"))
        return started

    def _finish(self, replay: Replay, state: str) -> None:
        ended = replace(replay, state=state, ended_at=self.clock.now(), is_at_work=False)
        self.store.replays.put(ended)

    @operation
    async def cancel_replay(self, ctx: Context, request: shapes.CancelReplayRequest) -> shapes.CancelReplayResponse:
        replay = self._replay(ctx, request["ReplayName"])
        if replay.state not in ("STARTING", "RUNNING"):
            raise IllegalStatus(f"Replay {replay.name} is not in a valid state for this operation.")
        self.store.replays.put(replace(replay, state="CANCELLING"))
        return {"ReplayArn": replay.arn, "State": "CANCELLING"}

    @operation
    async def describe_replay(
        self, ctx: Context, request: shapes.DescribeReplayRequest
    ) -> shapes.DescribeReplayResponse:
        replay = self._replay(ctx, request["ReplayName"])
        answer: shapes.DescribeReplayResponse = _shown(replay) | shown(
            ReplayArn=replay.arn, Description=replay.description, Destination=replay.destination
        )
        return answer

    @operation
    async def list_replays(self, ctx: Context, request: shapes.ListReplaysRequest) -> shapes.ListReplaysResponse:
        prefix, source, state = request.get("NamePrefix"), request.get("EventSourceArn"), request.get("State")
        if sum(one is not None for one in (prefix, source, state)) > 1:
            raise ValidationException("At most one filter is allowed for ListReplays. Use either : State, "
                                      "EventSourceArn, or NamePrefix.")  # fmt: skip
        found = [
            replay
            for replay in self.store.replays.where(account=ctx.account, region=ctx.region)
            if replay.name.startswith(prefix or "")
            and replay.archive_arn == (source or replay.archive_arn)
            and replay.state == (state or replay.state)
        ]
        replays, more = page(request, lambda replay: replay.name, found)
        return {"Replays": [_shown(replay) for replay in replays], **more}  # type: ignore[typeddict-item]


def _shown(replay: Replay) -> Any:
    return shown(
        ReplayName=replay.name, EventSourceArn=replay.archive_arn, State=replay.state, StateReason=replay.reason,
        EventStartTime=replay.start, EventEndTime=replay.end, ReplayStartTime=replay.started_at,
        EventLastReplayedTime=replay.reached[0] if replay.reached else None, ReplayEndTime=replay.ended_at or None,
    )  # fmt: skip
