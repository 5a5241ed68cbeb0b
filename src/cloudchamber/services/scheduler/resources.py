"""CloudFormation's resource types of EventBridge Scheduler: schedules and schedule groups.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Scheduler.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.resource_types import Desired, Made, Properties, ResourceType
from cloudchamber.protocol.provisioning import Tagged, ask, name_within, picked, tag_list, unless_gone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

NAME_CHARS_MAX = 64
TAGS = Tagged("scheduler")
_SHOWN = (
    "Name", "GroupName", "ScheduleExpression", "ScheduleExpressionTimezone", "StartDate", "EndDate", "Description",
    "State", "Target", "FlexibleTimeWindow", "Arn",
)  # fmt: skip


def _name(desired: Desired) -> str:
    return str(desired.properties.get("Name") or name_within(desired, NAME_CHARS_MAX))


class Schedule(ResourceType):
    """`Ref` is the name; the group has to be told wherever it is not the default one."""

    async def create(self, ctx: Context, desired: Desired) -> Made:
        name = _name(desired)
        made = await ask(ctx, "scheduler:CreateSchedule", desired.properties, Name=name, ClientToken=desired.token[:64])
        return Made(name, {"Arn": made["ScheduleArn"]})

    async def update(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        made = await ask(ctx, "scheduler:UpdateSchedule", desired.properties, Name=physical_id)
        return Made(physical_id, {"Arn": made["ScheduleArn"]})

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await unless_gone(self._ask(ctx, "Delete", physical_id, properties))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        return picked(await self._ask(ctx, "Get", physical_id, properties), *_SHOWN)

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        name = _name(desired)
        found = await unless_gone(self._ask(ctx, "Get", name, desired.properties))
        return None if found is None else Made(name, {"Arn": found["Arn"]})

    @staticmethod
    async def _ask(ctx: Context, verb: str, name: str, properties: Properties) -> Mapping[str, Any]:
        return await ask(ctx, f"scheduler:{verb}Schedule", Name=name, GroupName=properties.get("GroupName"))


class ScheduleGroup(ResourceType):
    async def create(self, ctx: Context, desired: Desired) -> Made:
        name = _name(desired)
        token = desired.token[:64]
        await ask(ctx, "scheduler:CreateScheduleGroup", Name=name, Tags=TAGS.wanted(desired), ClientToken=token)
        return await self._made(ctx, name)

    async def update(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        made = await self._made(ctx, physical_id)
        await TAGS.change(ctx, made.attributes["Arn"], desired)
        return made

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await unless_gone(ask(ctx, "scheduler:DeleteScheduleGroup", Name=physical_id))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        made = await self._made(ctx, physical_id)
        tags = await TAGS.now(ctx, made.attributes["Arn"])
        return {"Name": physical_id, "Tags": tag_list(tags), "Arn": made.attributes["Arn"]}

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        name = _name(desired)
        found = await unless_gone(ask(ctx, "scheduler:GetScheduleGroup", Name=name))
        return None if found is None else await self._made(ctx, name)

    @staticmethod
    async def _made(ctx: Context, name: str) -> Made:
        found = await ask(ctx, "scheduler:GetScheduleGroup", Name=name)
        return Made(name, picked(found, "Arn", "State", "CreationDate", "LastModificationDate"))


TYPES: Mapping[str, ResourceType] = {
    "AWS::Scheduler::Schedule": Schedule(),
    "AWS::Scheduler::ScheduleGroup": ScheduleGroup(),
}
