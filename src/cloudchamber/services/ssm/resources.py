"""CloudFormation's resource types of Systems Manager: parameters and who may use them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.errors import AwsError
from cloudchamber.core.resource_types import (
    Desired,
    Made,
    Properties,
    ResourceType,
    tag_changes,
    tags_of,
    text_of,
)
from cloudchamber.protocol.provisioning import Type, ask, unless_gone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

_MEMBERS = ("AllowedPattern", "DataType", "Description", "Policies", "Tier", "Type", "Value")


def _name(desired: Desired) -> str:
    return str(desired.properties.get("Name") or desired.name)


def _request(desired: Desired) -> dict[str, Any]:
    properties = desired.properties
    return {"Name": _name(desired)} | {name: text_of(properties[name]) for name in _MEMBERS if name in properties}


class Parameter(ResourceType):
    async def create(self, ctx: Context, desired: Desired) -> Made:
        tags = [{"Key": key, "Value": value} for key, value in tags_of(desired).items()]
        await ctx.call("ssm:PutParameter", **_request(desired), Tags=tags)
        return _made(_name(desired), desired.properties)

    async def update(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        request = _request(desired) | {"Name": physical_id}
        if any(desired.properties.get(name) != previous.get(name) for name in _MEMBERS):
            cleared = {name: "" for name in ("AllowedPattern", "Description") if name in previous}
            await ctx.call("ssm:PutParameter", **{**cleared, **request}, Overwrite=True)
        named: dict[str, Any] = {"ResourceType": "Parameter", "ResourceId": physical_id}
        listed = await ctx.call("ssm:ListTagsForResource", **named)
        added, removed = tag_changes(desired, {tag["Key"]: tag["Value"] for tag in listed["TagList"]})
        if removed:
            await ctx.call("ssm:RemoveTagsFromResource", **named, TagKeys=removed)
        if added:
            tags = [{"Key": key, "Value": value} for key, value in added.items()]
            await ctx.call("ssm:AddTagsToResource", **named, Tags=tags)
        return _made(physical_id, desired.properties)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        try:
            await ctx.call("ssm:DeleteParameter", Name=physical_id)
        except AwsError as error:
            if error.code != "ParameterNotFound":
                raise

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = (await ctx.call("ssm:GetParameters", Names=[physical_id]))["Parameters"]
        if not found:
            raise AwsError(f"Parameter {physical_id} not found.", code="ParameterNotFound")
        listed = await ctx.call("ssm:ListTagsForResource", ResourceType="Parameter", ResourceId=physical_id)
        shown = {name: found[0][name] for name in ("Name", "Type", "Value", "DataType")}
        return {**shown, "Tags": {tag["Key"]: tag["Value"] for tag in listed["TagList"]}}

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        found = (await ctx.call("ssm:GetParameters", Names=[_name(desired)]))["Parameters"]
        return _made(_name(desired), desired.properties) if found else None


def _made(name: str, properties: Properties) -> Made:
    return Made(name, {"Type": properties["Type"], "Value": text_of(properties["Value"])})


class ResourcePolicy(Type):
    """What other accounts may do to a parameter. Its hash says which form of it is meant to change."""

    async def make(self, ctx: Context, desired: Desired) -> Made:
        return self._made(desired, await ask(ctx, "ssm:PutResourcePolicy", desired.properties))

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        found = await self._find(ctx, physical_id)
        named = {"PolicyId": found["PolicyId"], "PolicyHash": found["PolicyHash"]}
        return self._made(desired, await ask(ctx, "ssm:PutResourcePolicy", desired.properties, **named))

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        arn = properties["ResourceArn"]
        found = await self._find(ctx, physical_id)
        if found:
            named = {"PolicyId": found["PolicyId"], "PolicyHash": found["PolicyHash"]}
            await unless_gone(ask(ctx, "ssm:DeleteResourcePolicy", named, ResourceArn=arn))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = await self._find(ctx, physical_id)
        policy = {"Policy": orjson.loads(found["Policy"])} if found else {}
        return {"ResourceArn": properties["ResourceArn"], **policy}

    @staticmethod
    async def _find(ctx: Context, physical_id: str) -> Mapping[str, Any]:
        identifier, _, arn = physical_id.partition("|")
        listed = await unless_gone(ask(ctx, "ssm:GetResourcePolicies", ResourceArn=arn)) or {"Policies": ()}
        return next((one for one in listed["Policies"] if one["PolicyId"] == identifier), {})

    @staticmethod
    def _made(desired: Desired, found: Mapping[str, Any]) -> Made:
        identifier = f"{found['PolicyId']}|{desired.properties['ResourceArn']}"
        return Made(identifier, {name: found[name] for name in ("PolicyId", "PolicyHash")})


TYPES: Mapping[str, ResourceType] = {
    "AWS::SSM::Parameter": Parameter(),
    "AWS::SSM::ResourcePolicy": ResourcePolicy(),
}
