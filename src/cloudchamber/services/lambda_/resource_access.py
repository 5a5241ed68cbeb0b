"""CloudFormation's doors into functions: permissions, mappings, URLs, asynchronous settings, code signing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import orjson

from cloudchamber.core.resource_types import Desired, Made, Properties
from cloudchamber.protocol.provisioning import Type, ask, changed, kept, picked, seen, unless_gone
from cloudchamber.services.lambda_.resource_functions import TAGS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

# What a setting of a mapping goes back to when a template no longer names it.
_MAPPING_DEFAULTS: Mapping[str, Any] = {
    "BatchSize": None, "BisectBatchOnFunctionError": False, "DestinationConfig": {"OnFailure": {}}, "Enabled": True,
    "FilterCriteria": {}, "FunctionName": None, "FunctionResponseTypes": [], "KmsKeyArn": "",
    "MaximumBatchingWindowInSeconds": 0, "MaximumRecordAgeInSeconds": -1, "MaximumRetryAttempts": -1,
    "MetricsConfig": {"Metrics": []}, "ParallelizationFactor": 1, "ScalingConfig": {}, "TumblingWindowInSeconds": 0,
}  # fmt: skip


class Permission(Type):
    async def make(self, ctx: Context, desired: Desired) -> Made:
        await ask(ctx, "lambda:AddPermission", desired.properties, StatementId=desired.name)
        return Made(desired.name, {"Id": desired.name})

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        return Made(physical_id, {"Id": physical_id})

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        named = {"FunctionName": properties["FunctionName"], "StatementId": physical_id}
        await unless_gone(ask(ctx, "lambda:RemovePermission", named))

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        policy = await seen(ask(ctx, "lambda:GetPolicy", FunctionName=desired.properties["FunctionName"]))
        statements = orjson.loads(policy["Policy"])["Statement"] if policy else ()
        is_there = any(statement["Sid"] == desired.name for statement in statements)
        return Made(desired.name, {"Id": desired.name}) if is_there else None

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = await ctx.call("lambda:GetPolicy", FunctionName=properties["FunctionName"])
        statements = orjson.loads(found["Policy"])["Statement"]
        is_there = any(statement["Sid"] == physical_id for statement in statements)
        return properties if is_there else {}


class EventSourceMapping(Type):
    refused: ClassVar[Mapping[str, Any]] = {
        "AmazonManagedKafkaEventSourceConfig": None, "DocumentDBEventSourceConfig": None, "LoggingConfig": None,
        "ProvisionedPollerConfig": None, "Queues": [], "SelfManagedEventSource": None,
        "SelfManagedKafkaEventSourceConfig": None, "SourceAccessConfigurations": [], "Topics": [],
    }  # fmt: skip

    async def make(self, ctx: Context, desired: Desired) -> Made:
        tags = TAGS.wanted(desired)
        return self._made(await ask(ctx, "lambda:CreateEventSourceMapping", desired.properties, Tags=tags))

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        wanted = desired.properties
        settings = {
            name: wanted.get(name, default)
            for name, default in _MAPPING_DEFAULTS.items()
            if changed(desired, previous, name)
        }
        return self._made(await ask(ctx, "lambda:UpdateEventSourceMapping", settings, UUID=physical_id))

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await unless_gone(ctx.call("lambda:DeleteEventSourceMapping", UUID=physical_id))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = await ctx.call("lambda:GetEventSourceMapping", UUID=physical_id)
        shown = picked(found, "EventSourceArn", "StartingPosition", "EventSourceMappingArn", *_MAPPING_DEFAULTS)
        arn = found["FunctionArn"]
        by_name = properties["FunctionName"] in (arn, arn.split(":", 6)[6])
        shown["FunctionName"] = properties["FunctionName"] if by_name else arn
        shown |= kept(properties, "StartingPositionTimestamp", "Tags")
        return {**shown, "Id": physical_id, "Enabled": found["State"] in ("Enabled", "Enabling", "Creating")}

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        wanted = picked(desired.properties, "EventSourceArn", "FunctionName")
        listed = await seen(ask(ctx, "lambda:ListEventSourceMappings", wanted)) or {"EventSourceMappings": ()}
        return next((self._made(mapping) for mapping in listed["EventSourceMappings"]), None)

    @staticmethod
    def _made(found: Mapping[str, Any]) -> Made:
        return Made(found["UUID"], {"Id": found["UUID"], **picked(found, "EventSourceMappingArn")})


class EventInvokeConfig(Type):
    async def make(self, ctx: Context, desired: Desired) -> Made:
        await ask(ctx, "lambda:PutFunctionEventInvokeConfig", desired.properties)
        return Made(f"{desired.properties['FunctionName']}|{desired.properties['Qualifier']}")

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        await ask(ctx, "lambda:PutFunctionEventInvokeConfig", desired.properties)
        return Made(physical_id)

    @staticmethod
    def _named(properties: Properties) -> dict[str, Any]:
        return {"FunctionName": properties["FunctionName"], "Qualifier": properties["Qualifier"]}

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await unless_gone(ask(ctx, "lambda:DeleteFunctionEventInvokeConfig", self._named(properties)))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = await ask(ctx, "lambda:GetFunctionEventInvokeConfig", self._named(properties))
        settings = {
            name: found[name]
            for name in ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
            if found.get(name) is not None and (name != "DestinationConfig" or any(found[name].values()))
        }
        return {**self._named(properties), **settings}


class Url(Type):
    @staticmethod
    def _named(properties: Properties) -> dict[str, Any]:
        return {"FunctionName": properties["TargetFunctionArn"], **picked(properties, "Qualifier")}

    async def make(self, ctx: Context, desired: Desired) -> Made:
        named = self._named(desired.properties)
        return self._made(await ask(ctx, "lambda:CreateFunctionUrlConfig", desired.properties, **named))

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        more = {"InvokeMode": desired.properties.get("InvokeMode") or "BUFFERED", **self._named(desired.properties)}
        if previous.get("Cors"):
            more["Cors"] = desired.properties.get("Cors") or {}
        return self._made(await ask(ctx, "lambda:UpdateFunctionUrlConfig", desired.properties, **more))

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await unless_gone(ask(ctx, "lambda:DeleteFunctionUrlConfig", self._named(properties)))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = await ask(ctx, "lambda:GetFunctionUrlConfig", self._named(properties))
        named = picked(properties, "TargetFunctionArn", "Qualifier")
        return {**named, **picked(found, "AuthType", "Cors", "InvokeMode", "FunctionArn", "FunctionUrl")}

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        found = await seen(ask(ctx, "lambda:GetFunctionUrlConfig", self._named(desired.properties)))
        return None if found is None else self._made(found)

    @staticmethod
    def _made(found: Mapping[str, Any]) -> Made:
        return Made(found["FunctionArn"], {"FunctionArn": found["FunctionArn"], "FunctionUrl": found["FunctionUrl"]})


class CodeSigningConfig(Type):
    async def make(self, ctx: Context, desired: Desired) -> Made:
        return self._made(await ask(ctx, "lambda:CreateCodeSigningConfig", desired.properties, "Tags"))

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        more = {"CodeSigningConfigArn": physical_id}
        if "CodeSigningPolicies" not in desired.properties:
            more["CodeSigningPolicies"] = {"UntrustedArtifactOnDeployment": "Warn"}  # type: ignore[assignment]
        return self._made(await ask(ctx, "lambda:UpdateCodeSigningConfig", desired.properties, **more))

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await unless_gone(ctx.call("lambda:DeleteCodeSigningConfig", CodeSigningConfigArn=physical_id))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = await ctx.call("lambda:GetCodeSigningConfig", CodeSigningConfigArn=physical_id)
        names = ("AllowedPublishers", "CodeSigningPolicies", "Description", "CodeSigningConfigArn")
        return picked(found["CodeSigningConfig"], *names) | kept(properties, "Tags")

    @staticmethod
    def _made(found: Mapping[str, Any]) -> Made:
        config = found["CodeSigningConfig"]
        attributes = {name: config[name] for name in ("CodeSigningConfigArn", "CodeSigningConfigId")}
        return Made(config["CodeSigningConfigArn"], attributes)
