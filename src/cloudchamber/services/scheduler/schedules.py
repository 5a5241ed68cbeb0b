"""Operations on schedules, and what AWS takes as one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AwsError, NotImplementedByUs
from cloudchamber.core.schedules.expressions import At, parse
from cloudchamber.core.service import operation
from cloudchamber.services.scheduler import limits, targets, timing
from cloudchamber.services.scheduler.base import DEFAULT, paged
from cloudchamber.services.scheduler.errors import Conflict, ValidationException
from cloudchamber.services.scheduler.firing import Firing
from cloudchamber.services.scheduler.records import Schedule

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request
    from cloudchamber.services.scheduler import shapes

_KEPT = (
    "ScheduleExpression", "ScheduleExpressionTimezone", "StartDate", "EndDate", "Description", "State", "Target",
    "FlexibleTimeWindow", "ActionAfterCompletion",
)  # fmt: skip
_DEFAULTS = {"ScheduleExpressionTimezone": "UTC", "State": "ENABLED", "ActionAfterCompletion": "NONE"}
_WHEN = ("ScheduleExpression", "ScheduleExpressionTimezone", "StartDate")


class Schedules(Firing):
    @operation
    async def create_schedule(self, ctx: Context, request: shapes.CreateScheduleInput) -> shapes.CreateScheduleOutput:
        group, name, token = request.get("GroupName") or DEFAULT, request["Name"], request.get("ClientToken") or ""
        settings = await self._settings(ctx, request)
        known = self.store.schedules.get(ctx.account, ctx.region, group, name)
        if known is not None:
            if token and known.token == token and known.settings == settings:  # the same request once more
                return {"ScheduleArn": known.arn}
            raise Conflict(f"Schedule {name} already exists.")
        now = ctx.now()
        self._check_dates(settings, now)
        schedule = Schedule(
            ctx.account, ctx.region, group, name, settings, now, now, now, timing.just_before(now),
            settings["State"] == "ENABLED", token,
        )  # fmt: skip
        self.store.schedules.put(schedule)
        self.arm(schedule)
        return {"ScheduleArn": schedule.arn}

    @operation
    async def update_schedule(self, ctx: Context, request: shapes.UpdateScheduleInput) -> shapes.UpdateScheduleOutput:
        """As on AWS everything is replaced: what the request leaves out goes back to its default."""
        settings = await self._settings(ctx, request)
        known, now = self.schedule(ctx, request), ctx.now()
        if settings.get("StartDate") != known.settings.get("StartDate"):
            self._check_dates(settings, now)
        is_enabled = settings["State"] == "ENABLED"
        changed = replace(
            known, settings=settings, modified_at=now, is_enabled=is_enabled, token=request.get("ClientToken") or ""
        )
        if any(settings.get(name) != known.settings.get(name) for name in _WHEN):
            changed = replace(changed, counts_from=now, reached=timing.just_before(now))
        elif is_enabled and not known.is_enabled:  # what was due meanwhile stays undone
            changed = replace(changed, reached=max(known.reached, timing.just_before(now)))
        self.store.schedules.put(changed)
        self.arm(changed)
        return {"ScheduleArn": changed.arn}

    @operation
    async def get_schedule(self, ctx: Context, request: shapes.GetScheduleInput) -> shapes.GetScheduleOutput:
        found = self.schedule(ctx, request)
        answer: Any = {
            **found.settings, "Arn": found.arn, "GroupName": found.group_name, "Name": found.name,
            "CreationDate": found.created_at, "LastModificationDate": found.modified_at,
        }  # fmt: skip
        return answer  # type: ignore[no-any-return]

    @operation
    async def delete_schedule(self, ctx: Context, request: shapes.DeleteScheduleInput) -> shapes.DeleteScheduleOutput:
        schedule = self.schedule(ctx, request)
        with self.platform.store.transaction():
            self.store.drop(schedule)
        self.disarm(schedule)
        return {}

    @operation
    async def list_schedules(self, ctx: Context, request: shapes.ListSchedulesInput) -> shapes.ListSchedulesOutput:
        where: dict[str, Any] = {"account": ctx.account, "region": ctx.region}
        if request.get("GroupName"):
            where["group_name"] = self.group(ctx, request["GroupName"]).name
        prefix, state = request.get("NamePrefix") or "", request.get("State")
        found = [
            schedule for schedule in self.store.schedules.where(**where)
            if schedule.name.startswith(prefix) and state in (None, schedule.settings["State"])
        ]  # fmt: skip
        schedules, more = paged(request, lambda schedule: f"{schedule.group_name}/{schedule.name}", found)
        return {"Schedules": [_summary(schedule) for schedule in schedules], **more}  # type: ignore[typeddict-item]

    # checking

    async def _settings(self, ctx: Context, request: Request) -> dict[str, Any]:
        """What is kept of a request, with defaults. ValidationException, ResourceNotFoundException, 501."""
        if request.get("KmsKeyArn"):
            raise NotImplementedByUs("scheduler: KmsKeyArn exists on AWS and is not implemented in cloudchamber")
        settings = {**_DEFAULTS, **{name: request[name] for name in _KEPT if request.get(name) is not None}}
        _check_when(settings)
        target = dict(settings["Target"])
        service, _, operation_name = targets.check(target).partition(":")
        self.platform.dispatcher.lookup(service, operation_name)
        target["RetryPolicy"] = {
            "MaximumEventAgeInSeconds": limits.EVENT_AGE_SECONDS_DEFAULT,
            "MaximumRetryAttempts": limits.RETRY_ATTEMPTS_DEFAULT, **(target.get("RetryPolicy") or {}),
        }  # fmt: skip
        group = self.group(ctx, request.get("GroupName") or DEFAULT)
        try:
            await self.assumed(ctx, target["RoleArn"], group.arn)
        except AwsError:
            raise ValidationException(
                "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
            ) from None
        return {**settings, "Target": target}

    @staticmethod
    def _check_dates(settings: dict[str, Any], now: float) -> None:
        start, end = settings.get("StartDate"), settings.get("EndDate")
        if isinstance(parse(settings["ScheduleExpression"]), At):  # AWS ignores them there
            return
        if start is not None and start < now - limits.START_DATE_AGE_SECONDS_MAX:
            raise ValidationException("The StartDate you specify cannot be earlier than 5 minutes ago.")
        if end is not None and end <= now:
            raise ValidationException("The EndDate you specify cannot be in the past.")
        if start is not None and end is not None and end < start:
            raise ValidationException("The EndDate you specify must come after the StartDate.")


def _check_when(settings: dict[str, Any]) -> None:
    expression, zone = settings["ScheduleExpression"], settings["ScheduleExpressionTimezone"]
    try:
        parse(expression)
    except ValueError:
        raise ValidationException(f"Invalid Schedule Expression {expression}.") from None
    try:
        timing.zone_of(zone)
    except ValueError:
        raise ValidationException(f"Invalid Schedule Expression Timezone {zone}.") from None
    window = settings["FlexibleTimeWindow"]
    has_minutes = window.get("MaximumWindowInMinutes") is not None
    if window["Mode"] == "FLEXIBLE" and not has_minutes:
        raise ValidationException("MaximumWindowInMinutes is required when the FlexibleTimeWindow mode is FLEXIBLE.")
    if window["Mode"] == "OFF" and has_minutes:
        raise ValidationException("MaximumWindowInMinutes cannot be set when the FlexibleTimeWindow mode is OFF.")


def _summary(schedule: Schedule) -> Any:
    return {
        "Arn": schedule.arn, "Name": schedule.name, "GroupName": schedule.group_name,
        "State": schedule.settings["State"], "CreationDate": schedule.created_at,
        "LastModificationDate": schedule.modified_at, "Target": {"Arn": schedule.target["Arn"]},
    }  # fmt: skip
