"""What EventBridge's operations share: finding buses and rules by name or ARN, and pages of listings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from cloudchamber.core.pagination import InvalidMarker, decode_marker, encode_marker
from cloudchamber.core.resources import Resource
from cloudchamber.core.service import Platform, Request, Service
from cloudchamber.core.service import Rule as IamRule
from cloudchamber.services.events import limits, policy
from cloudchamber.services.events.errors import ValidationException, invalid_parameter, no_bus, no_rule
from cloudchamber.services.events.store import EventsStore
from cloudchamber.services.events.tables import Bus, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from cloudchamber.core.context import Context

R = TypeVar("R")
DEFAULT = "default"


class EventsBase(Service):
    name: ClassVar[str] = "events"
    rules: Mapping[str, IamRule] = policy.RULES

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.store = EventsStore(platform.store)

    # finding

    def bus_at(self, account: str, region: str, name: str) -> Bus | None:
        """A bus. Each account has its default one in each region, without having made it."""
        found = self.store.buses.get(account, region, name)
        return Bus(account, region, name, 0.0, 0.0) if found is None and name == DEFAULT else found

    def bus(self, ctx: Context, name: str | None) -> Bus:
        """By name or ARN, the default bus if none is named; ResourceNotFoundException where there is none."""
        account, region, short = ctx.account, ctx.region, name or DEFAULT
        if short.startswith("arn:"):
            parts = short.split(":", 5)
            if len(parts) != 6 or parts[2] != "events" or not parts[5].startswith("event-bus/"):
                raise invalid_parameter("EventBusName")
            account, region, short = parts[4], parts[3], parts[5].removeprefix("event-bus/")
        found = self.bus_at(account, region, short) if region == ctx.region else None
        if found is None:
            raise no_bus(short)
        return found

    def rule(self, bus: Bus, name: str) -> Rule:
        found = self.store.rules.get(bus.account, bus.region, bus.name, name)
        if found is None:
            raise no_rule(name, bus.name)
        return found

    def rule_by_arn(self, arn: str) -> Rule | None:
        parts = arn.split(":", 5)
        if len(parts) != 6 or not parts[5].startswith("rule/"):
            return None
        bus, _, name = parts[5].removeprefix("rule/").rpartition("/")
        return self.store.rules.get(parts[4], parts[3], bus or DEFAULT, name)

    def bus_by_arn(self, arn: str) -> Bus | None:
        parts = arn.split(":", 5)
        if len(parts) != 6 or not parts[5].startswith("event-bus/"):
            return None
        return self.bus_at(parts[4], parts[3], parts[5].removeprefix("event-bus/"))

    # Service

    def find(self, arn: str) -> Resource | None:
        bus = self.bus_by_arn(arn)
        if bus is not None:
            return _bus_resource(bus)
        rule = self.rule_by_arn(arn)
        return None if rule is None else self._rule_resource(rule)

    def resource_policy(self, arn: str) -> str | None:
        bus = self.bus_by_arn(arn)
        return None if bus is None else bus.policy or None

    def list_resources(self, account: str | None, region: str | None) -> Iterator[Resource]:
        wanted: dict[str, Any] = {k: v for k, v in (("account", account), ("region", region)) if v is not None}
        for bus in self.store.buses.where(**wanted):
            yield _bus_resource(bus)
        for rule in self.store.rules.where(**wanted):
            yield self._rule_resource(rule)

    def _rule_resource(self, rule: Rule) -> Resource:
        targets = tuple(target.arn for target in self.store.targets.where(rule=rule.arn))
        bus = f"arn:aws:events:{rule.region}:{rule.account}:event-bus/{rule.bus}"
        return Resource(
            rule.arn, "AWS::Events::Rule", rule.name, rule.account, rule.region, rule.tags, None, (bus, *targets),
            {"EventPattern": rule.pattern, "ScheduleExpression": rule.schedule, "State": rule.state},
        )  # fmt: skip


def _bus_resource(bus: Bus) -> Resource:
    return Resource(
        bus.arn, "AWS::Events::EventBus", bus.name, bus.account, bus.region, bus.tags, bus.policy or None,
        attributes=bus.settings,
    )  # fmt: skip


def page(request: Request, key: Callable[[R], str], found: Sequence[R]) -> tuple[Sequence[R], dict[str, str]]:
    """A page of what was found, in the order of `key`, and the member with the token of the next: none on the last."""
    marker = request.get("NextToken")
    try:
        after = decode_marker(marker) if marker else None
    except InvalidMarker:
        raise ValidationException("Invalid nextToken.") from None
    limit = request.get("Limit") or limits.LIST_PAGE
    rest = [one for one in found if after is None or key(one) > after]
    more = {"NextToken": encode_marker(key(rest[limit - 1]))} if len(rest) > limit else {}
    return rest[:limit], more


def shown(**members: Any) -> Any:
    """An answer without the members that have nothing to say."""
    return {name: value for name, value in members.items() if value not in (None, "", {})}
