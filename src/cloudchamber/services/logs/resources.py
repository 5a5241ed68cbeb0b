"""CloudFormation's resource types of CloudWatch Logs.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Logs.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import orjson

from cloudchamber.core.errors import AwsError
from cloudchamber.core.resource_types import Desired, Made, Properties, ResourceType
from cloudchamber.protocol.provisioning import (
    Tagged,
    Type,
    ask,
    capitalized,
    changed,
    kept,
    name_within,
    picked,
    seen,
    tag_list,
    undone,
    unless_gone,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

TAGS = Tagged("logs", is_map=True)


def _arn(ctx: Context, kind: str, name: str) -> str:
    return f"arn:aws:logs:{ctx.region}:{ctx.account}:{kind}:{name}"


class LogGroup(Type):
    refused: ClassVar[Mapping[str, Any]] = {
        "BearerTokenAuthenticationEnabled": False, "DataProtectionPolicy": {}, "FieldIndexPolicies": [],
    }  # fmt: skip

    async def make(self, ctx: Context, desired: Desired) -> Made:
        name = self._name(desired)
        await ask(ctx, "logs:CreateLogGroup", desired.properties, LogGroupName=name, Tags=TAGS.wanted(desired))
        async with undone(lambda: self.delete(ctx, name, desired.properties)):
            await self._rest(ctx, name, desired, {})
        return self._made(ctx, name)

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        key = desired.properties.get("KmsKeyId")
        if changed(desired, previous, "KmsKeyId"):
            if key:
                await ask(ctx, "logs:AssociateKmsKey", LogGroupName=physical_id, KmsKeyId=key)
            else:
                await ask(ctx, "logs:DisassociateKmsKey", LogGroupName=physical_id)
        if changed(desired, previous, "DeletionProtectionEnabled"):
            is_on = desired.properties.get("DeletionProtectionEnabled", False)
            named = {"LogGroupIdentifier": physical_id}
            await ask(ctx, "logs:PutLogGroupDeletionProtection", named, DeletionProtectionEnabled=is_on)
        await self._rest(ctx, physical_id, desired, previous)
        await TAGS.change(ctx, _arn(ctx, "log-group", physical_id), desired)
        return self._made(ctx, physical_id)

    @staticmethod
    async def _rest(ctx: Context, name: str, desired: Desired, previous: Properties) -> None:
        days = desired.properties.get("RetentionInDays")
        if changed(desired, previous, "RetentionInDays"):
            if days:
                await ask(ctx, "logs:PutRetentionPolicy", LogGroupName=name, RetentionInDays=days)
            else:
                await ask(ctx, "logs:DeleteRetentionPolicy", LogGroupName=name)
        if changed(desired, previous, "ResourcePolicyDocument"):
            policy, arn = desired.properties.get("ResourcePolicyDocument"), _arn(ctx, "log-group", name)
            if policy:
                await ask(ctx, "logs:PutResourcePolicy", ResourceArn=arn, PolicyDocument=policy)
            else:
                await unless_gone(ask(ctx, "logs:DeleteResourcePolicy", ResourceArn=arn))

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await unless_gone(ask(ctx, "logs:DeleteLogGroup", LogGroupName=physical_id))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        listed = (await ask(ctx, "logs:DescribeLogGroups", LogGroupNamePrefix=physical_id))["logGroups"]
        found = capitalized(next((group for group in listed if group["logGroupName"] == physical_id), {}))
        names = ("LogGroupName", "KmsKeyId", "LogGroupClass", "RetentionInDays", "DeletionProtectionEnabled")
        tags = tag_list(await TAGS.now(ctx, _arn(ctx, "log-group", physical_id)))
        shown = picked(found, *names) | kept(properties, "ResourcePolicyDocument")
        return {**shown, **self._made(ctx, physical_id).attributes, **picked({"Tags": tags}, "Tags")}

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        name = self._name(desired)
        listed = await seen(ask(ctx, "logs:DescribeLogGroups", LogGroupNamePrefix=name)) or {"logGroups": ()}
        return self._made(ctx, name) if any(g["logGroupName"] == name for g in listed["logGroups"]) else None

    async def finish(self, ctx: Context, made: Made, desired: Desired) -> Made:
        await self._rest(ctx, made.physical_id, desired, {})
        return made

    @staticmethod
    def _name(desired: Desired) -> str:
        return desired.properties.get("LogGroupName") or name_within(desired, 512)

    @staticmethod
    def _made(ctx: Context, name: str) -> Made:
        return Made(name, {"Arn": _arn(ctx, "log-group", f"{name}:*")})


class LogStream(Type):
    async def make(self, ctx: Context, desired: Desired) -> Made:
        name = desired.properties.get("LogStreamName") or name_within(desired, 512)
        await ask(ctx, "logs:CreateLogStream", desired.properties, LogStreamName=name)
        return Made(name)

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        return Made(physical_id)

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        name = desired.properties.get("LogStreamName") or name_within(desired, 512)
        named = {"LogGroupName": desired.properties["LogGroupName"], "LogStreamNamePrefix": name}
        listed = await seen(ask(ctx, "logs:DescribeLogStreams", named)) or {"logStreams": ()}
        return Made(name) if any(stream["logStreamName"] == name for stream in listed["logStreams"]) else None

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        named = {"LogGroupName": properties["LogGroupName"], "LogStreamName": physical_id}
        await unless_gone(ask(ctx, "logs:DeleteLogStream", named))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        named = {"LogGroupName": properties["LogGroupName"], "LogStreamNamePrefix": physical_id}
        listed = (await ask(ctx, "logs:DescribeLogStreams", named))["logStreams"]
        is_there = any(stream["logStreamName"] == physical_id for stream in listed)
        return {"LogGroupName": properties["LogGroupName"], "LogStreamName": physical_id} if is_there else {}


class Filter(Type):
    """A metric filter or a subscription filter: named within its group, put whole."""

    kind: ClassVar[str]
    shown: ClassVar[tuple[str, ...]]
    refused: ClassVar[Mapping[str, Any]] = {
        "ApplyOnTransformedLogs": False, "EmitSystemFieldDimensions": [], "EmitSystemFields": [],
        "FieldSelectionCriteria": "",
    }  # fmt: skip

    async def make(self, ctx: Context, desired: Desired) -> Made:
        name = desired.properties.get("FilterName") or name_within(desired, 512)
        await self._put(ctx, name, desired.properties)
        return Made(name)

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        await self._put(ctx, physical_id, desired.properties)
        return Made(physical_id)

    async def _put(self, ctx: Context, name: str, properties: Properties) -> None:
        more: dict[str, Any] = {"FilterName": name}
        if properties.get("MetricTransformations"):
            more["MetricTransformations"] = [_transformation(one) for one in properties["MetricTransformations"]]
        await ask(ctx, f"logs:Put{self.kind}", properties, "MetricTransformations", **more)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        named = {"LogGroupName": properties["LogGroupName"], "FilterName": physical_id}
        await unless_gone(ask(ctx, f"logs:Delete{self.kind}", named))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        named = {"LogGroupName": properties["LogGroupName"], "FilterNamePrefix": physical_id}
        answer = await ask(ctx, f"logs:Describe{self.kind}s", named)
        listed = next(value for value in answer.values() if isinstance(value, list))
        found = next((one for one in listed if one["filterName"] == physical_id), None)
        if found is None:
            raise AwsError("The filter does not exist.", code="ResourceNotFoundException")
        shown = picked(capitalized(found), *self.shown)
        for one, raw in zip(
            shown.get("MetricTransformations", ()), found.get("metricTransformations", ()), strict=False
        ):
            if raw.get("dimensions"):
                one["Dimensions"] = tag_list(raw["dimensions"])
        return shown


class MetricFilter(Filter):
    kind = "MetricFilter"
    shown = ("FilterName", "FilterPattern", "LogGroupName", "MetricTransformations")


class SubscriptionFilter(Filter):
    kind = "SubscriptionFilter"
    shown = ("FilterName", "FilterPattern", "LogGroupName", "DestinationArn", "Distribution", "RoleArn")


def _transformation(one: Mapping[str, Any]) -> dict[str, Any]:
    """Dimensions are a list of Key and Value in templates, a mapping for the service."""
    dimensions = {pair["Key"]: pair["Value"] for pair in one.get("Dimensions") or ()}
    rest = {name: value for name, value in one.items() if name != "Dimensions"}
    return rest | ({"Dimensions": dimensions} if dimensions else {})


class QueryDefinition(Type):
    async def make(self, ctx: Context, desired: Desired) -> Made:
        identifier = (await ask(ctx, "logs:PutQueryDefinition", desired.properties))["queryDefinitionId"]
        return Made(identifier, {"QueryDefinitionId": identifier})

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        await ask(ctx, "logs:PutQueryDefinition", desired.properties, QueryDefinitionId=physical_id)
        return Made(physical_id, {"QueryDefinitionId": physical_id})

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await unless_gone(ask(ctx, "logs:DeleteQueryDefinition", QueryDefinitionId=physical_id))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        named = {"QueryDefinitionNamePrefix": properties["Name"]}
        listed = (await ask(ctx, "logs:DescribeQueryDefinitions", named))["queryDefinitions"]
        found = next((one for one in listed if one["queryDefinitionId"] == physical_id), None)
        if found is None:
            raise AwsError("The query definition does not exist.", code="ResourceNotFoundException")
        return picked(capitalized(found), "Name", "QueryString", "LogGroupNames", "QueryLanguage", "Parameters")


class ResourcePolicy(Type):
    async def make(self, ctx: Context, desired: Desired) -> Made:
        await ask(ctx, "logs:PutResourcePolicy", desired.properties)
        return Made(desired.properties["PolicyName"])

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        return await self.make(ctx, desired)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await unless_gone(ask(ctx, "logs:DeleteResourcePolicy", PolicyName=physical_id))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        listed = (await ask(ctx, "logs:DescribeResourcePolicies"))["resourcePolicies"]
        found = next((one for one in listed if one["policyName"] == physical_id), None)
        if found is None:
            raise AwsError("The resource policy does not exist.", code="ResourceNotFoundException")
        return picked(capitalized(found), "PolicyName", "PolicyDocument")


class Destination(Type):
    async def make(self, ctx: Context, desired: Desired) -> Made:
        wanted = desired.properties
        made = await ask(ctx, "logs:PutDestination", wanted, Tags=TAGS.wanted(desired))
        if wanted.get("DestinationPolicy"):
            await self._police(ctx, desired)
        return Made(wanted["DestinationName"], {"Arn": made["destination"]["arn"]})

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        made = await ask(ctx, "logs:PutDestination", desired.properties, "Tags")
        if changed(desired, previous, "DestinationPolicy") and desired.properties.get("DestinationPolicy"):
            await self._police(ctx, desired)
        return Made(physical_id, {"Arn": made["destination"]["arn"]})

    @staticmethod
    async def _police(ctx: Context, desired: Desired) -> None:
        policy = desired.properties["DestinationPolicy"]
        await ask(ctx, "logs:PutDestinationPolicy", desired.properties, AccessPolicy=policy)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await unless_gone(ask(ctx, "logs:DeleteDestination", DestinationName=physical_id))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        listed = (await ask(ctx, "logs:DescribeDestinations", DestinationNamePrefix=physical_id))["destinations"]
        one = next((one for one in listed if one["destinationName"] == physical_id), None)
        if one is None:
            raise AwsError("The destination does not exist.", code="ResourceNotFoundException")
        found = capitalized(one)
        policy = found.get("AccessPolicy")
        shown = picked(found, "DestinationName", "RoleArn", "TargetArn", "Arn") | kept(properties, "Tags")
        return {**shown, "DestinationPolicy": orjson.dumps(orjson.loads(policy)).decode()} if policy else shown


TYPES: Mapping[str, ResourceType] = {
    "AWS::Logs::Destination": Destination(),
    "AWS::Logs::LogGroup": LogGroup(),
    "AWS::Logs::LogStream": LogStream(),
    "AWS::Logs::MetricFilter": MetricFilter(),
    "AWS::Logs::QueryDefinition": QueryDefinition(),
    "AWS::Logs::ResourcePolicy": ResourcePolicy(),
    "AWS::Logs::SubscriptionFilter": SubscriptionFilter(),
}
