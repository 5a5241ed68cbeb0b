"""CloudFormation's resource types of EventBridge.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Events.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.errors import AwsError
from cloudchamber.core.resource_types import Desired, Made, Properties, ResourceType
from cloudchamber.protocol.provisioning import (
    Tagged,
    Type,
    ask,
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

TAGS = Tagged("events", name="ResourceARN")
DEFAULT_BUS = "default"


def bus_name(value: str | None) -> str:
    """A bus by its name or its ARN."""
    return (value or DEFAULT_BUS).rpartition("/")[2]


class Rule(Type):
    """`Ref` is the rule's name, with its bus before it unless that is the default one."""

    async def make(self, ctx: Context, desired: Desired) -> Made:
        name = desired.properties.get("Name") or name_within(desired, 64)
        identifier = self._identifier(name, desired)
        tags = TAGS.wanted(desired)
        arn = (await ask(ctx, "events:PutRule", desired.properties, Name=name, Tags=tags))["RuleArn"]
        async with undone(lambda: self.delete(ctx, identifier, desired.properties)):
            await self._aim(ctx, name, desired, {})
        return Made(identifier, {"Arn": arn, "RuleName": name})

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        name = physical_id.rpartition("|")[2]
        arn = (await ask(ctx, "events:PutRule", desired.properties, "Tags", Name=name))["RuleArn"]
        await self._aim(ctx, name, desired, previous)
        await TAGS.change(ctx, arn, desired)
        return Made(physical_id, {"Arn": arn, "RuleName": name})

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        named = self._named(physical_id.rpartition("|")[2], properties)
        identifiers = [target["Id"] for target in properties.get("Targets") or ()]
        if identifiers:
            request = {"Rule": named["Name"], "EventBusName": named["EventBusName"]}
            await unless_gone(ask(ctx, "events:RemoveTargets", request, Ids=identifiers))
        await unless_gone(ask(ctx, "events:DeleteRule", named))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        named = self._named(physical_id.rpartition("|")[2], properties)
        found = await ask(ctx, "events:DescribeRule", named)
        request = {"Rule": named["Name"], "EventBusName": named["EventBusName"]}
        targets = (await ask(ctx, "events:ListTargetsByRule", request))["Targets"]
        order = [target["Id"] for target in properties.get("Targets") or ()]
        targets = sorted(targets, key=lambda t: order.index(t["Id"]) if t["Id"] in order else len(order))
        shown = picked(found, "Name", "Arn", "Description", "RoleArn", "ScheduleExpression", "State")
        if found.get("EventPattern"):
            shown["EventPattern"] = orjson.loads(found["EventPattern"])
        if properties.get("EventBusName"):
            shown["EventBusName"] = properties["EventBusName"]
        tags = tag_list(await TAGS.now(ctx, found["Arn"]))
        return {**shown, **picked({"Targets": targets, "Tags": tags}, "Targets", "Tags")}

    @staticmethod
    def _named(name: str, properties: Properties) -> dict[str, Any]:
        return {"Name": name, "EventBusName": properties.get("EventBusName") or DEFAULT_BUS}

    @staticmethod
    def _identifier(name: str, desired: Desired) -> str:
        bus = bus_name(desired.properties.get("EventBusName"))
        return name if bus == DEFAULT_BUS else f"{bus}|{name}"

    @staticmethod
    async def _aim(ctx: Context, name: str, desired: Desired, previous: Properties) -> None:
        """Put the targets that differ from before, and take off those that are no longer wanted."""
        wanted = {target["Id"]: target for target in desired.properties.get("Targets") or ()}
        had = {target["Id"]: target for target in previous.get("Targets") or ()}
        named = {"Rule": name, "EventBusName": desired.properties.get("EventBusName") or DEFAULT_BUS}
        gone = [identifier for identifier in had if identifier not in wanted]
        new = [target for identifier, target in wanted.items() if had.get(identifier) != target]
        answers = []
        if gone:
            answers.append(await ask(ctx, "events:RemoveTargets", named, Ids=gone))
        if new:
            answers.append(await ask(ctx, "events:PutTargets", named, Targets=new))
        for failed in (entry for answer in answers for entry in answer.get("FailedEntries") or ()):
            raise AwsError(failed.get("ErrorMessage") or "", code=failed.get("ErrorCode") or "InternalFailure")


class EventBus(Type):
    async def make(self, ctx: Context, desired: Desired) -> Made:
        name = desired.properties["Name"]
        arn = (await ask(ctx, "events:CreateEventBus", desired.properties, Tags=TAGS.wanted(desired)))["EventBusArn"]
        async with undone(lambda: self.delete(ctx, name, desired.properties)):
            if desired.properties.get("Policy"):
                await ask(ctx, "events:PutPermission", EventBusName=name, Policy=desired.properties["Policy"])
        return Made(name, {"Arn": arn, "Name": name})

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        wanted = desired.properties
        if changed(desired, previous, "Description", "KmsKeyIdentifier", "DeadLetterConfig", "LogConfig"):
            more = {
                "Description": wanted.get("Description", ""),
                "KmsKeyIdentifier": wanted.get("KmsKeyIdentifier", ""),
            }
            await ask(ctx, "events:UpdateEventBus", wanted, **more)
        if changed(desired, previous, "Policy"):
            if wanted.get("Policy"):
                await ask(ctx, "events:PutPermission", EventBusName=physical_id, Policy=wanted["Policy"])
            else:
                await unless_gone(
                    ask(ctx, "events:RemovePermission", EventBusName=physical_id, RemoveAllPermissions=True)
                )
        arn = (await ctx.call("events:DescribeEventBus", Name=physical_id))["Arn"]
        await TAGS.change(ctx, arn, desired)
        return Made(physical_id, {"Arn": arn, "Name": physical_id})

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        name = desired.properties["Name"]
        found = await seen(ctx.call("events:DescribeEventBus", Name=name))
        return None if found is None else Made(name, {"Arn": found["Arn"], "Name": name})

    async def finish(self, ctx: Context, made: Made, desired: Desired) -> Made:
        if desired.properties.get("Policy"):
            policy = desired.properties["Policy"]
            await ask(ctx, "events:PutPermission", EventBusName=made.physical_id, Policy=policy)
        return made

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await unless_gone(ctx.call("events:DeleteEventBus", Name=physical_id))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = await ctx.call("events:DescribeEventBus", Name=physical_id)
        tags = tag_list(await TAGS.now(ctx, found["Arn"]))
        shown = picked(found, "Name", "Arn", "Description", "KmsKeyIdentifier", "DeadLetterConfig", "LogConfig")
        policy = {"Policy": orjson.loads(found["Policy"])} if found.get("Policy") else {}
        return {**shown, **policy, **picked({"Tags": tags}, "Tags")}


class EventBusPolicy(Type):
    """One statement of a bus's policy."""

    async def make(self, ctx: Context, desired: Desired) -> Made:
        wanted = desired.properties
        bus = bus_name(wanted.get("EventBusName"))
        if wanted.get("Statement"):
            own = {**wanted["Statement"], "Sid": wanted["StatementId"]}
            statements = [one for one in await self._statements(ctx, bus) if one.get("Sid") != own["Sid"]]
            policy = {"Version": "2012-10-17", "Statement": [*statements, own]}
            await ask(ctx, "events:PutPermission", EventBusName=bus, Policy=policy)
        else:
            await ask(ctx, "events:PutPermission", wanted, EventBusName=bus)
        return Made(f"{bus}|{wanted['StatementId']}")

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        return await self.make(ctx, desired)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        bus, _, statement = physical_id.partition("|")
        await unless_gone(ctx.call("events:RemovePermission", EventBusName=bus, StatementId=statement))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        bus, _, statement = physical_id.partition("|")
        found = next((one for one in await self._statements(ctx, bus) if one.get("Sid") == statement), None)
        if found is None:
            return {}
        return {**properties, "Statement": found} if "Statement" in properties else properties

    @staticmethod
    async def _statements(ctx: Context, bus: str) -> list[Any]:
        text = (await ctx.call("events:DescribeEventBus", Name=bus)).get("Policy")
        return orjson.loads(text)["Statement"] if text else []


class Archive(Type):
    async def make(self, ctx: Context, desired: Desired) -> Made:
        name = desired.properties.get("ArchiveName") or name_within(desired, 48)
        more = {"ArchiveName": name, "EventSourceArn": desired.properties["SourceArn"]}
        arn = (await ask(ctx, "events:CreateArchive", desired.properties, **more))["ArchiveArn"]
        return Made(name, {"Arn": arn, "ArchiveName": name})

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        more = {"ArchiveName": physical_id, "RetentionDays": desired.properties.get("RetentionDays", 0)}
        arn = (await ask(ctx, "events:UpdateArchive", desired.properties, **more))["ArchiveArn"]
        return Made(physical_id, {"Arn": arn, "ArchiveName": physical_id})

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        name = desired.properties.get("ArchiveName") or name_within(desired, 48)
        found = await seen(ctx.call("events:DescribeArchive", ArchiveName=name))
        return None if found is None else Made(name, {"Arn": found["ArchiveArn"], "ArchiveName": name})

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await unless_gone(ctx.call("events:DeleteArchive", ArchiveName=physical_id))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = await ctx.call("events:DescribeArchive", ArchiveName=physical_id)
        shown = {"Arn": found["ArchiveArn"], "SourceArn": found["EventSourceArn"]}
        if found.get("EventPattern"):
            shown["EventPattern"] = orjson.loads(found["EventPattern"])
        return {**shown, **picked(found, "ArchiveName", "Description", "RetentionDays", "KmsKeyIdentifier")}


def in_policies(arn: str) -> str:
    """An ARN as IAM policies name the resource: without the id at its end."""
    return arn.rpartition("/")[0]


class Connection(Type):
    async def make(self, ctx: Context, desired: Desired) -> Made:
        name = desired.properties.get("Name") or name_within(desired, 64)
        await ask(ctx, "events:CreateConnection", desired.properties, Name=name)
        return await self._made(ctx, name)

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        await ask(ctx, "events:UpdateConnection", desired.properties, Name=physical_id)
        return await self._made(ctx, physical_id)

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        name = desired.properties.get("Name") or name_within(desired, 64)
        found = await seen(ctx.call("events:DescribeConnection", Name=name))
        return None if found is None else await self._made(ctx, name)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await unless_gone(ctx.call("events:DeleteConnection", Name=physical_id))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        """EventBridge does not show the secrets of `AuthParameters`."""
        found = await ctx.call("events:DescribeConnection", Name=physical_id)
        said = kept(properties, "AuthParameters", "InvocationConnectivityParameters")
        return said | picked(found, "Name", "AuthorizationType", "Description", "KmsKeyIdentifier")

    @staticmethod
    async def _made(ctx: Context, name: str) -> Made:
        found = await ctx.call("events:DescribeConnection", Name=name)
        arn = found["ConnectionArn"]
        return Made(name, {"Arn": arn, "ArnForPolicy": in_policies(arn), **picked(found, "SecretArn")})


class ApiDestination(Type):
    async def make(self, ctx: Context, desired: Desired) -> Made:
        name = desired.properties.get("Name") or name_within(desired, 64)
        return self._made(name, await ask(ctx, "events:CreateApiDestination", desired.properties, Name=name))

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        made = await ask(ctx, "events:UpdateApiDestination", desired.properties, Name=physical_id)
        return self._made(physical_id, made)

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        name = desired.properties.get("Name") or name_within(desired, 64)
        found = await seen(ctx.call("events:DescribeApiDestination", Name=name))
        return None if found is None else self._made(name, found)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await unless_gone(ctx.call("events:DeleteApiDestination", Name=physical_id))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = await ctx.call("events:DescribeApiDestination", Name=physical_id)
        names = ("ConnectionArn", "Description", "HttpMethod", "InvocationEndpoint", "InvocationRateLimitPerSecond")
        return picked(found, "Name", *names)

    @staticmethod
    def _made(name: str, found: Mapping[str, Any]) -> Made:
        arn = found["ApiDestinationArn"]
        return Made(name, {"Arn": arn, "ArnForPolicy": in_policies(arn)})


TYPES: Mapping[str, ResourceType] = {
    "AWS::Events::ApiDestination": ApiDestination(),
    "AWS::Events::Archive": Archive(),
    "AWS::Events::Connection": Connection(),
    "AWS::Events::EventBus": EventBus(),
    "AWS::Events::EventBusPolicy": EventBusPolicy(),
    "AWS::Events::Rule": Rule(),
}
