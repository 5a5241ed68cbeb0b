"""What EventBridge Scheduler's operations share: finding groups and schedules, roles, pages of listings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import orjson

from cloudchamber.core import ids
from cloudchamber.core.context import INTERNAL
from cloudchamber.core.dispatch import new_span
from cloudchamber.core.pagination import InvalidMarker, page
from cloudchamber.core.resources import Resource, links_of
from cloudchamber.core.service import Platform, Request, Rule, Service
from cloudchamber.identity import principals
from cloudchamber.services.scheduler import limits, policy
from cloudchamber.services.scheduler.errors import ValidationException, no_group, no_schedule
from cloudchamber.services.scheduler.records import Group, Schedule
from cloudchamber.services.scheduler.store import SchedulerStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.identity.principals import Principal

R = TypeVar("R")
DEFAULT = "default"
SCHEDULER = principals.service(policy.SERVICE)


@dataclass(frozen=True, slots=True)
class Session:
    """A session of a role with the trust policy it was given by, and until when it serves, in epoch seconds."""

    principal: Principal
    trust: str | None
    until: float


class SchedulerBase(Service):
    name: ClassVar[str] = "scheduler"
    rules: Mapping[str, Rule] = policy.RULES

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.store = SchedulerStore(platform.store)
        self._sessions: dict[tuple[str, str], Session] = {}  # by role and group

    # finding

    def group_at(self, account: str, region: str, name: str) -> Group | None:
        """A group. Each account has its default one in each region, without having made it."""
        found = self.store.groups.get(account, region, name)
        return Group(account, region, name, 0.0, 0.0) if found is None and name == DEFAULT else found

    def group(self, ctx: Context, name: str) -> Group:
        found = self.group_at(ctx.account, ctx.region, name)
        if found is None:
            raise no_group(name)
        return found

    def schedule(self, ctx: Context, request: Request) -> Schedule:
        group = request.get("GroupName") or DEFAULT
        found = self.store.schedules.get(ctx.account, ctx.region, group, request["Name"])
        if found is None:
            raise no_schedule(request["Name"])
        return found

    # acting

    def own_context(self, schedule: Schedule) -> Context:
        """The scheduler's own context, for one invocation."""
        span = new_span("scheduler", "Invoke", ids.request_id(), None, self.clock.now())
        return self.platform.dispatcher.open(span, SCHEDULER, schedule.account, schedule.region, INTERNAL)

    async def assumed(self, ctx: Context, role: str, group_arn: str) -> Principal:
        """A new session of an execution role; AwsError. The group is the role's `aws:SourceArn`, as AWS has it.

        https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
        """
        made = await ctx.call(
            "sts:AssumeRole", principal=SCHEDULER, source_arn=group_arn, RoleArn=role, RoleSessionName=ids.span_id(),
            DurationSeconds=limits.SESSION_SECONDS,
        )  # fmt: skip
        credential = self.platform.identities.credential(made["Credentials"]["AccessKeyId"])
        found: Principal = credential.principal
        return found

    async def session(self, ctx: Context, schedule: Schedule) -> Principal:
        """A session of a schedule's role, kept for as long as it is good and the role trusts the same; AwsError."""
        role = schedule.target["RoleArn"]
        found, key = self.platform.directory.find(role), (role, schedule.group_arn)
        known = self._sessions.get(key)
        trust = None if found is None else found.policy
        if known is not None and known.trust == trust and known.until > ctx.now():
            return known.principal
        if len(self._sessions) >= limits.SESSIONS_CACHED_MAX:
            self._sessions.clear()
        principal = await self.assumed(ctx, role, schedule.group_arn)
        until = ctx.now() + limits.SESSION_SECONDS - limits.SESSION_SECONDS_LEFT_MIN
        self._sessions[key] = Session(principal, trust, until)
        return principal

    # Service

    def find(self, arn: str) -> Resource | None:
        schedule = self.store.schedule_by_arn(arn)
        if schedule is not None:
            return _schedule_resource(schedule)
        group = self.group_by_arn(arn)
        return None if group is None else _group_resource(group)

    def group_by_arn(self, arn: str) -> Group | None:
        parts = arn.split(":", 5)
        if len(parts) != 6 or not parts[5].startswith("schedule-group/"):
            return None
        return self.group_at(parts[4], parts[3], parts[5].removeprefix("schedule-group/"))

    def list_resources(self, account: str | None, region: str | None) -> Iterator[Resource]:
        wanted: dict[str, Any] = {k: v for k, v in (("account", account), ("region", region)) if v is not None}
        for group in self.store.groups.where(**wanted):
            yield _group_resource(group)
        for schedule in self.store.schedules.where(**wanted):
            yield _schedule_resource(schedule)


def _group_resource(group: Group) -> Resource:
    return Resource(group.arn, "AWS::Scheduler::ScheduleGroup", group.name, group.account, group.region, group.tags)


def _schedule_resource(schedule: Schedule) -> Resource:
    target = schedule.target
    failed, key = (target.get("DeadLetterConfig") or {}).get("Arn"), schedule.settings.get("KmsKeyArn")
    settings = schedule.settings
    return Resource(
        schedule.arn, "AWS::Scheduler::Schedule", schedule.name, schedule.account, schedule.region,
        links=links_of(*_reached(target), failed, target["RoleArn"], key),
        attributes={
            "ScheduleExpression": settings["ScheduleExpression"], "State": settings["State"],
            "GroupName": schedule.group_name,
        },
    )  # fmt: skip


def _reached(target: Mapping[str, Any]) -> Iterator[str]:
    """What a target names: of an operation of the SDK's, the ARNs in its input."""
    if not target["Arn"].startswith("arn:aws:scheduler:::aws-sdk:"):
        yield target["Arn"]
        return
    try:
        given = orjson.loads(target.get("Input") or "{}")
    except orjson.JSONDecodeError:  # it has placeholders that stand for more than text
        return
    if isinstance(given, dict):
        yield from (value for value in given.values() if isinstance(value, str))


def paged(request: Request, key: Callable[[R], str], found: Sequence[R]) -> tuple[list[R], dict[str, str]]:
    """A page of what was found, in the order of `key`, and the member with the token of the next: none on the last."""
    limit = request.get("MaxResults") or limits.LIST_PAGE
    try:
        chosen, marker = page(sorted(found, key=key), key, limit, request.get("NextToken"))
    except InvalidMarker:
        raise ValidationException("Invalid NextToken.") from None
    return chosen, {"NextToken": marker} if marker else {}
