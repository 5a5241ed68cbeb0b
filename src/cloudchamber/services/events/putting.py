"""PutEvents, and events that a rule of another bus sends on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.errors import AwsError, NotImplementedByUs
from cloudchamber.core.service import Request, operation, private_operation
from cloudchamber.services.events import event as events
from cloudchamber.services.events import limits, policy
from cloudchamber.services.events.deliveries import Deliveries
from cloudchamber.services.events.errors import ValidationException, no_bus
from cloudchamber.services.events.tables import Taken

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.events import shapes
    from cloudchamber.services.events.tables import Delivery


class Putting(Deliveries):
    @operation
    async def put_events(self, ctx: Context, request: shapes.PutEventsRequest) -> shapes.PutEventsResponse:
        entries: Any = request["Entries"]
        if request.get("EndpointId"):
            raise NotImplementedByUs("events: global endpoints exist on AWS and are not implemented in cloudchamber")
        sizes = [events.size_bytes(entry) for entry in entries]
        if sum(sizes) > limits.ENTRIES_BYTES_MAX:
            raise ValidationException("Total size of the entries in the request is over the limit.")
        is_service = policy.is_from_service(ctx, entries)
        answers: list[dict[str, Any]] = []
        started: list[tuple[Taken, list[Delivery]]] = []
        with self.platform.store.transaction():
            for entry in entries:
                try:
                    detail = events.detail_of(entry, is_service)
                except events.Refused as refused:
                    answers.append({"ErrorCode": refused.code, "ErrorMessage": refused.message})
                    continue
                taken = _taken(ctx, entry, detail)
                answers.append({"EventId": taken.event["id"]})
                started.append((taken, self._put_on(ctx, entry.get("EventBusName"), taken)))
        for taken, deliveries in started:
            self.begin(taken, deliveries)
        if not is_service:
            ctx.meter("events.put_events", sum(max(1, -(-size // limits.BILLED_CHUNK_BYTES)) for size in sizes))
        failed = len(entries) - len(started)
        return {"FailedEntryCount": failed, "Entries": answers}  # type: ignore[typeddict-item]

    def _put_on(self, ctx: Context, name: str | None, taken: Taken) -> list[Delivery]:
        """Put an event on a bus. As on AWS, one for a bus that is not there is taken and goes nowhere."""
        try:
            bus = self.bus(ctx, name)
        except AwsError:
            return []
        return self.take(bus, taken)

    @private_operation
    async def forward_event(self, ctx: Context, request: Request) -> dict[str, Any]:
        """An event from another bus, with what it was: `EventBusName` (an ARN), `Event`, `Hops`."""
        bus = self.bus_by_arn(request["EventBusName"])
        if bus is None:
            raise no_bus(request["EventBusName"].rpartition("/")[2])
        taken = Taken(dict(request["Event"]), ctx.now(), ctx.span.trace_id, ctx.span.span_id, tuple(request["Hops"]))
        with self.platform.store.transaction():
            deliveries = self.take(bus, taken)
        self.begin(taken, deliveries)
        ctx.meter("events.put_events")
        return {}


def _taken(ctx: Context, entry: Any, detail: Any) -> Taken:
    now = ctx.now()
    at = entry.get("Time")
    event = events.made(ids.uuid(), (ctx.account, ctx.region), now if at is None else at, entry, detail)
    return Taken(event, now, ctx.span.trace_id, ctx.span.span_id, trace_header=entry.get("TraceHeader") or "")
