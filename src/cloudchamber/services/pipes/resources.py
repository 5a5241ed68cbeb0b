"""CloudFormation's resource type of EventBridge Pipes.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-pipes-pipe.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.core.errors import AwsError
from cloudchamber.core.resource_types import Desired, Made, Properties, ResourceType, tags_of
from cloudchamber.protocol.provisioning import Tagged, ask, name_within, picked, unless_gone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

NAME_CHARS_MAX = 64
TAGS = Tagged("pipes", is_map=True)
_ATTRIBUTES = ("Arn", "CreationTime", "CurrentState", "LastModifiedTime", "StateReason")
_SHOWN = (
    "Name", "Description", "DesiredState", "Source", "SourceParameters", "Enrichment", "EnrichmentParameters",
    "Target", "TargetParameters", "RoleArn", "LogConfiguration", "Tags", "Arn",
)  # fmt: skip


def _name(desired: Desired) -> str:
    return str(desired.properties.get("Name") or name_within(desired, NAME_CHARS_MAX))


class NotStabilized(AwsError):
    """A pipe that did not come into the state it should."""

    code = "NotStabilized"


class PipeType(ResourceType):
    async def create(self, ctx: Context, desired: Desired) -> Made:
        name = _name(desired)
        await ask(ctx, "pipes:CreatePipe", desired.properties, Name=name, Tags=tags_of(desired) or None)
        return await self._settled(ctx, name)

    async def update(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        """What a template no longer names goes back to what it is unnamed, where the operation can say so."""
        gone = {"Description": "", "Enrichment": "", "DesiredState": "RUNNING"}
        emptied = {name: value for name, value in gone.items() if name in previous and name not in desired.properties}
        await ask(ctx, "pipes:UpdatePipe", {**emptied, **desired.properties}, Name=physical_id)
        made = await self._settled(ctx, physical_id)
        await TAGS.change(ctx, made.attributes["Arn"], desired)
        return made

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await unless_gone(ask(ctx, "pipes:DeletePipe", Name=physical_id))
        await ctx.call("pipes:wait_until_settled", Name=physical_id)

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        return picked(await ask(ctx, "pipes:DescribePipe", Name=physical_id), *_SHOWN)

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        name = _name(desired)
        found = await unless_gone(ask(ctx, "pipes:DescribePipe", Name=name))
        return None if found is None else await self._settled(ctx, name)

    @staticmethod
    async def _settled(ctx: Context, name: str) -> Made:
        """Wait for the state to settle; NotStabilized for one that failed."""
        state = await ctx.call("pipes:wait_until_settled", Name=name)
        if state["CurrentState"].endswith("FAILED"):
            raise NotStabilized(state["StateReason"])
        return Made(name, picked(await ask(ctx, "pipes:DescribePipe", Name=name), *_ATTRIBUTES))


TYPES: Mapping[str, ResourceType] = {"AWS::Pipes::Pipe": PipeType()}
