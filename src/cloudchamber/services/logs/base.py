"""What CloudWatch Logs' operations share: finding groups and streams, waking who waits for events, ageing."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, ClassVar

from cloudchamber.core.resources import Resource, links_of
from cloudchamber.core.service import Platform, Request, Service
from cloudchamber.services.logs import policy
from cloudchamber.services.logs.errors import InvalidParameter, NoLogGroup, NoLogStream
from cloudchamber.services.logs.patterns import Pattern, compile_pattern
from cloudchamber.services.logs.store import LogsStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cloudchamber.core.clock import Timer, Waiter
    from cloudchamber.core.context import Context
    from cloudchamber.core.errors import AwsError, ValidationError
    from cloudchamber.services.logs.tables import Destination, Event, Filter, LogGroup

    GroupFilters = tuple[list[tuple[Filter, Pattern]], list[tuple[Filter, Pattern]]]  # of metrics, subscriptions

SWEEP_ROWS = 2000
FILTERS_KEPT_MAX = 10_000
SWEEP_INTERVAL_SECONDS = 3600.0


class LogsBase(Service):
    name: ClassVar[str] = "logs"

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.store = LogsStore(platform.store)
        self.rules = policy.rules(self.store)
        self._waiting: set[Waiter] = set()
        self._timer: Timer | None = None
        self._sweeping = False
        self._policy_texts: dict[tuple[str, str], str | None] = {}
        self._filters: dict[int, GroupFilters] = {}
        platform.store.on_undo(self._policy_texts.clear)
        platform.store.on_undo(self._filters.clear)

    async def resume(self) -> None:
        self.plan_expiry()
        self.sweep_deleted()

    def now_ms(self) -> int:
        return int(self.clock.now() * 1000)

    # finding

    def group(self, ctx: Context, name: str) -> LogGroup:
        found = self.store.groups.get(ctx.account, ctx.region, name)
        if found is None:
            raise NoLogGroup
        return found

    def identified(self, ctx: Context, identifier: str) -> LogGroup:
        """The group of a name or an ARN."""
        if not identifier.startswith("arn:"):
            return self.group(ctx, identifier)
        found = self.store.group_by_arn(identifier)
        if found is None:
            raise NoLogGroup
        return found

    def named(self, ctx: Context, request: Request) -> LogGroup:
        """The group of `logGroupName` or `logGroupIdentifier`, one of which must be there and not both."""
        name, identifier = request.get("logGroupName"), request.get("logGroupIdentifier")
        if (name is None) == (identifier is None):
            raise InvalidParameter("Exactly one of logGroupName and logGroupIdentifier must be specified.")
        return self.group(ctx, name) if name is not None else self.identified(ctx, identifier or "")

    def stream(self, group: LogGroup, name: str) -> int:
        """The number of a stream."""
        found = self.store.stream_number(group, name)
        if found is None:
            raise NoLogStream
        return found

    def filters(self, group: LogGroup) -> GroupFilters:
        """The filters that look at all that comes into a group: kept, because they are asked at each write."""
        found = self._filters.get(group.number)
        if found is None:
            if len(self._filters) >= FILTERS_KEPT_MAX:
                self._filters.clear()
            both = (self.store.metric_filters, self.store.subscriptions)
            metrics, subscriptions = (
                [(one, compile_pattern(one.pattern)) for one in self.store.filters_of(table, group)] for table in both
            )
            found = self._filters[group.number] = (metrics, subscriptions)
        return found

    def filters_changed(self) -> None:
        self._filters.clear()

    def events_written(self, group: LogGroup, events: list[Event]) -> None:
        """After the commit: wake those who follow, and see to it that the events go when they are too old."""
        waiting, self._waiting = self._waiting, set()
        for waiter in waiting:
            waiter.wake()
        if group.retention_days is not None:
            oldest = min(event.at for event in events)
            due = (oldest + 1) / 1000 + group.retention_days * 86_400
            if self._timer is None or not self._timer.is_pending or self._timer.due > due:
                self._plan(max(due, self.clock.now() + SWEEP_INTERVAL_SECONDS))

    # waiting

    async def wait(self, timeout_s: float) -> bool:
        """Until events have come to any group (True), or the timeout."""
        waiter = self.clock.waiter()
        self._waiting.add(waiter)
        try:
            return await waiter.wait(timeout_s)
        finally:
            self._waiting.discard(waiter)

    # ageing

    def plan_expiry(self) -> None:
        """Keep one timer at the first instant at which an event is older than its group keeps it."""
        due = None
        for group in self.store.groups:
            oldest = None if group.retention_days is None else self.store.oldest(group)
            if oldest is not None and group.retention_days is not None:
                at = (oldest + 1) / 1000 + group.retention_days * 86_400
                due = at if due is None else min(due, at)
        self._plan(due)

    def _plan(self, due: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if due is None else self.clock.at(due, self._expire, "logs retention")

    async def _expire(self) -> None:
        for group in self.store.groups.where():
            floor = group.floor(self.now_ms())
            await self._repeat(lambda group=group, floor=floor: self.store.expire(group, floor, SWEEP_ROWS))  # type: ignore[misc]
        self.plan_expiry()
        soon = self.clock.now() + SWEEP_INTERVAL_SECONDS
        if self._timer is not None and self._timer.due < soon:  # many events a moment apart: not a timer for each
            self._plan(soon)

    def sweep_deleted(self) -> None:
        """Delete the events of deleted groups and streams in the background."""
        if not self._sweeping:
            self._sweeping = True
            self.clock.spawn(self._sweep(), "logs sweep")

    async def _sweep(self) -> None:
        try:
            await self._repeat(lambda: self.store.sweep(SWEEP_ROWS))
        finally:
            self._sweeping = False

    async def _repeat(self, step: Callable[[], bool]) -> None:
        """A step in a transaction of its own until there is nothing more, letting calls through in between."""
        more = True
        while more:
            with self.platform.store.transaction():
                more = step()
            await self.clock.breathe()

    # Service

    def invalid(self, error: ValidationError, request: Request) -> AwsError:
        return InvalidParameter(error.message)

    def find(self, arn: str) -> Resource | None:
        group = self.store.group_by_arn(arn)
        if group is not None:
            return _group_resource(group, self.store.filters_of(self.store.subscriptions, group))
        parts = arn.split(":", 6)
        if len(parts) == 7 and parts[5] == "destination":
            found = self.store.destinations.get(parts[4], parts[3], parts[6])
            return None if found is None else _destination_resource(found)
        return None

    def resource_policy(self, arn: str) -> str | None:
        parts = arn.split(":", 6)
        if len(parts) != 7 or parts[5] not in ("log-group", "destination"):
            return None
        if parts[5] == "destination":
            found = self.store.destinations.get(parts[4], parts[3], parts[6])
            return None if found is None else found.access_policy
        place = (parts[4], parts[3])
        if place not in self._policy_texts:
            self._policy_texts[place] = policy.merged(self.store.policies.where(account=parts[4], region=parts[3]))
        return self._policy_texts[place]

    def policies_changed(self) -> None:
        self._policy_texts.clear()

    def list_resources(self, account: str | None, region: str | None) -> Iterator[Resource]:
        wanted: dict[str, Any] = {k: v for k, v in (("account", account), ("region", region)) if v is not None}
        subscribed: defaultdict[tuple[str, str, str], list[Filter]] = defaultdict(list)
        for found in self.store.subscriptions.where(**wanted):
            subscribed[found.account, found.region, found.group_name].append(found)
        for group in self.store.groups.where(**wanted):
            yield _group_resource(group, subscribed.get((group.account, group.region, group.name), ()))
        yield from map(_destination_resource, self.store.destinations.where(**wanted))


def _group_resource(group: LogGroup, subscribed: Sequence[Filter]) -> Resource:
    """A group hands its events to the destinations of its subscription filters, which have no ARNs of their own."""
    targets = (one.wire["destinationArn"] for one in subscribed)
    roles = (one.wire.get("roleArn") for one in subscribed)
    return Resource(
        group.arn, "AWS::Logs::LogGroup", group.name, group.account, group.region, group.tags, None,
        links_of(*targets, *roles, group.kms_key_arn),
        {"RetentionInDays": group.retention_days, "LogGroupClass": group.log_class},
    )  # fmt: skip


def _destination_resource(found: Destination) -> Resource:
    return Resource(
        found.arn, "AWS::Logs::Destination", found.name, found.account, found.region, found.tags, found.access_policy,
        links_of(found.target_arn, found.role_arn),
    )  # fmt: skip
