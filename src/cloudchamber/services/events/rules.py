"""Rules: patterns and schedules, and TestEventPattern."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.service import operation
from cloudchamber.services.events import limits
from cloudchamber.services.events.base import DEFAULT, page, shown
from cloudchamber.services.events.errors import InvalidEventPattern, LimitExceeded, ValidationException
from cloudchamber.services.events.patterns import compile_pattern
from cloudchamber.services.events.schedule import parse_schedule
from cloudchamber.services.events.scheduling import Scheduling
from cloudchamber.services.events.tables import Bus, Rule
from cloudchamber.services.events.tagging import tags_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request
    from cloudchamber.services.events import shapes

_EVENT_FIELDS = ("id", "detail-type", "source", "account", "time", "region", "resources")


class Rules(Scheduling):
    @operation
    async def put_rule(self, ctx: Context, request: shapes.PutRuleRequest) -> shapes.PutRuleResponse:
        bus = self.bus(ctx, request.get("EventBusName"))
        _check(bus, request)
        before = self.store.rules.get(bus.account, bus.region, bus.name, request["Name"])
        if before is None:
            held = self.store.rules.count(account=bus.account, region=bus.region, bus=bus.name)
            if held >= limits.RULES_PER_BUS_MAX:
                raise LimitExceeded("The requested resource exceeds the maximum number allowed.")
        tags = before.tags if before is not None else tags_of({}, request.get("Tags"))
        rule = Rule(
            bus.account, bus.region, bus.name, request["Name"], request.get("EventPattern") or "",
            request.get("ScheduleExpression") or "", request.get("State") or "ENABLED",
            request.get("Description") or "", request.get("RoleArn") or "", tags,
        )  # fmt: skip
        self._keep_rule(rule, ctx.now(), before)
        return {"RuleArn": rule.arn}

    def _keep_rule(self, rule: Rule, now: float, before: Rule | None = None) -> None:
        """Keep a rule and (re)start its schedule. A rate goes on as it was unless something of it has changed."""
        is_scheduled = bool(rule.schedule) and rule.state != "DISABLED"
        goes_on = before is not None and before.is_scheduled and before.schedule == rule.schedule
        since = before.scheduled_at if before is not None and goes_on else now
        rule = replace(rule, is_scheduled=is_scheduled, scheduled_at=since)
        with self.platform.store.transaction():
            self.store.rules.put(rule)
            self.store.changed(rule.account, rule.region, rule.bus)
        self.reschedule(rule, now)

    @operation
    async def describe_rule(self, ctx: Context, request: shapes.DescribeRuleRequest) -> shapes.DescribeRuleResponse:
        rule = self.rule(self.bus(ctx, request.get("EventBusName")), request["Name"])
        answer: shapes.DescribeRuleResponse = _shown(rule) | {"CreatedBy": rule.account}
        return answer

    @operation
    async def enable_rule(self, ctx: Context, request: shapes.EnableRuleRequest) -> None:
        rule = self.rule(self.bus(ctx, request.get("EventBusName")), request["Name"])
        if rule.state != "ENABLED":
            self._keep_rule(replace(rule, state="ENABLED"), ctx.now(), rule)

    @operation
    async def disable_rule(self, ctx: Context, request: shapes.DisableRuleRequest) -> None:
        rule = self.rule(self.bus(ctx, request.get("EventBusName")), request["Name"])
        self._keep_rule(replace(rule, state="DISABLED"), ctx.now(), rule)

    @operation
    async def delete_rule(self, ctx: Context, request: shapes.DeleteRuleRequest) -> None:
        bus = self.bus(ctx, request.get("EventBusName"))
        rule = self.store.rules.get(bus.account, bus.region, bus.name, request["Name"])
        if rule is None:
            return
        if self.store.targets.where(rule=rule.arn, limit=1):
            raise ValidationException("Rule can't be deleted since it has targets.")
        with self.platform.store.transaction():
            self.store.rules.delete(rule.account, rule.region, rule.bus, rule.name)
            self.store.changed(rule.account, rule.region, rule.bus)
        self.unschedule(rule)

    @operation
    async def list_rules(self, ctx: Context, request: shapes.ListRulesRequest) -> shapes.ListRulesResponse:
        bus, prefix = self.bus(ctx, request.get("EventBusName")), request.get("NamePrefix") or ""
        of_bus = self.store.rules.where(account=bus.account, region=bus.region, bus=bus.name)
        found = [rule for rule in of_bus if rule.name.startswith(prefix)]
        rules, more = page(request, lambda rule: rule.name, found)
        return {"Rules": [_shown(rule) for rule in rules], **more}  # type: ignore[typeddict-item]

    @operation
    async def list_rule_names_by_target(
        self, ctx: Context, request: shapes.ListRuleNamesByTargetRequest
    ) -> shapes.ListRuleNamesByTargetResponse:
        bus = self.bus(ctx, request.get("EventBusName"))
        found = self.store.targets.where(
            order="rule_name", account=bus.account, region=bus.region, bus=bus.name, arn=request["TargetArn"]
        )
        names, more = page(request, str, sorted({target.rule_name for target in found}))
        return {"RuleNames": list(names), **more}  # type: ignore[typeddict-item]

    @operation
    async def test_event_pattern(
        self, ctx: Context, request: shapes.TestEventPatternRequest
    ) -> shapes.TestEventPatternResponse:
        pattern = compile_pattern(request["EventPattern"])
        return {"Result": pattern.matches(_event(request["Event"]))}


def _event(text: str) -> Mapping[str, Any]:
    """The event of a TestEventPattern, with the fields that its page calls mandatory."""
    try:
        event = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise ValidationException("Parameter Event is not valid. Reason: event is not valid JSON.") from None
    if not isinstance(event, dict):
        raise ValidationException("Parameter Event is not valid. Reason: event must be a JSON object.")
    missing = [name for name in _EVENT_FIELDS if name not in event]
    if missing:
        raise ValidationException(f"Parameter Event is not valid. Reason: {missing[0]} is a required field.")
    return event


def _check(bus: Bus, request: Request) -> None:
    pattern, schedule = request.get("EventPattern"), request.get("ScheduleExpression")
    if not pattern and not schedule:
        raise ValidationException("Parameter(s) EventPattern or ScheduleExpression must be specified.")
    if schedule is not None and bus.name != DEFAULT:
        raise ValidationException("ScheduleExpression is supported only on the default event bus.")
    if schedule:
        parse_schedule(schedule)
    if pattern:
        compile_pattern(pattern)
        if len(pattern) > limits.PATTERN_CHARS_MAX:
            raise InvalidEventPattern("Event pattern is too long")


def _shown(rule: Rule) -> Any:
    return shown(
        Name=rule.name, Arn=rule.arn, EventPattern=rule.pattern, ScheduleExpression=rule.schedule, State=rule.state,
        Description=rule.description, RoleArn=rule.role_arn, EventBusName=rule.bus,
    )  # fmt: skip
