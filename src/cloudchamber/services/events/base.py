"""What EventBridge's operations share: finding buses and rules by name or ARN, and pages of listings."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from cloudchamber.core.pagination import InvalidMarker, decode_marker, encode_marker
from cloudchamber.core.resources import Resource, links_of
from cloudchamber.core.service import Platform, Request, Service
from cloudchamber.core.service import Rule as IamRule
from cloudchamber.services.events import limits, policy
from cloudchamber.services.events.errors import ValidationException, invalid_parameter, no_bus, no_rule
from cloudchamber.services.events.store import EventsStore
from cloudchamber.services.events.tables import Bus, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.services.events.tables import Target

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
            return _bus_resource(bus, self.store.rules.where(account=bus.account, region=bus.region, bus=bus.name))
        rule = self.rule_by_arn(arn)
        return None if rule is None else _rule_resource(rule, self.store.targets.where(rule=rule.arn))

    def resource_policy(self, arn: str) -> str | None:
        bus = self.bus_by_arn(arn)
        return None if bus is None else bus.policy or None

    def list_resources(self, account: str | None, region: str | None) -> Iterator[Resource]:
        wanted: dict[str, Any] = {k: v for k, v in (("account", account), ("region", region)) if v is not None}
        rules = self.store.rules.where(**wanted)
        buses = {bus.arn: bus for bus in self.store.buses.where(**wanted)}
        of_bus: defaultdict[str, list[Rule]] = defaultdict(list)
        for rule in rules:
            of_bus[rule.bus_arn].append(rule)
            if rule.pattern and rule.bus == DEFAULT:  # nobody has to make the default bus: it is shown where it is used
                buses.setdefault(rule.bus_arn, Bus(rule.account, rule.region, DEFAULT, 0.0, 0.0))
        targets: defaultdict[str, list[Target]] = defaultdict(list)
        for target in self.store.targets.where(**wanted):
            targets[target.rule].append(target)
        yield from (_bus_resource(bus, of_bus.get(arn, ())) for arn, bus in buses.items())
        yield from (_rule_resource(rule, targets.get(rule.arn, ())) for rule in rules)


def _rule_resource(rule: Rule, targets: Sequence[Target]) -> Resource:
    failed = ((target.settings.get("DeadLetterConfig") or {}).get("Arn") for target in targets)
    roles = (target.settings.get("RoleArn") for target in targets)
    return Resource(
        rule.arn, "AWS::Events::Rule", rule.name, rule.account, rule.region, rule.tags, None,
        links_of(*(target.arn for target in targets), *failed, *roles, rule.role_arn),
        {"EventPattern": rule.pattern, "ScheduleExpression": rule.schedule, "State": rule.state},
    )  # fmt: skip


def _bus_resource(bus: Bus, rules: Sequence[Rule]) -> Resource:
    """Events flow from a bus to the rules that have a pattern: those with nothing but a schedule take none from it."""
    failed, key = (bus.settings.get("DeadLetterConfig") or {}).get("Arn"), bus.settings.get("KmsKeyIdentifier")
    return Resource(
        bus.arn, "AWS::Events::EventBus", bus.name, bus.account, bus.region, bus.tags, bus.policy or None,
        links_of(*(rule.arn for rule in rules if rule.pattern), failed, key), bus.settings,
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
