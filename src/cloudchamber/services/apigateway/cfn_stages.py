"""CloudFormation's stages and deployments: their properties as a Stage's members, and the types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AwsError
from cloudchamber.core.resource_types import Desired, Made, Properties, ResourceType, tags_of
from cloudchamber.services.apigateway.cfn_properties import member_of, members, properties_of
from cloudchamber.services.apigateway.cfn_things import gone_is_fine, retag, there
from cloudchamber.services.apigateway.rest import patch_paths
from cloudchamber.services.apigateway.rest.coercion import shape_of
from cloudchamber.services.apigateway.rest.patch_difference import between
from cloudchamber.services.apigateway.stages import METHOD_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

_CREATES = (
    "restApiId", "stageName", "deploymentId", "description", "cacheClusterEnabled", "cacheClusterSize", "variables",
    "documentationVersion", "canarySettings", "tracingEnabled",
)  # fmt: skip


def stage_body(properties: Properties) -> dict[str, Any]:
    """The members of a Stage, with what a template leaves to be as it is by default."""
    shape = shape_of("UpdateStage", output=True)
    setting = shape.members["methodSettings"].value
    settings = {}
    for one in properties.get("MethodSettings") or ():
        key = f"{_resource(one.get('ResourcePath') or '/*')}/{one.get('HttpMethod') or '*'}"
        settings[key] = {**METHOD_SETTINGS, **members(setting, one)}
    everywhere = {name: value for name, value in properties.items() if member_of(name) in setting.members}
    if everywhere:  # a deployment's description of its stage says them of all methods
        settings["*/*"] = {**METHOD_SETTINGS, **settings.get("*/*", {}), **members(setting, everywhere)}
    kept = {name: value for name, value in properties.items() if name not in everywhere and name != "MethodSettings"}
    defaults = {"cacheClusterEnabled": False, "cacheClusterSize": "0.5", "tracingEnabled": False}
    body = {**defaults, **members(shape, kept)}
    return {**body, "methodSettings": settings} if settings else body


def _resource(path: str) -> str:
    """A path as keys of settings have it: `~1pets~1{id}`, `*` for all."""
    written = path.removeprefix("/")
    return written if written == "*" or written.startswith("~1") else "~1" + written.replace("/", "~1")


class Stage(ResourceType):
    async def create(self, ctx: Context, desired: Desired) -> Made:
        properties = {"StageName": desired.name, **desired.properties}
        return await _create(ctx, properties, tags_of(desired))

    async def update(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        place = {"restApiId": desired.properties["RestApiId"], "stageName": physical_id}
        operations = between(patch_paths.STAGE, stage_body(previous), stage_body(desired.properties))
        if operations:
            await ctx.call("apigateway:UpdateStage", **place, patchOperations=operations)
        await retag(ctx, f"restapis/{place['restApiId']}/stages/{physical_id}", desired)
        return Made(physical_id)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await gone_is_fine(ctx, "apigateway:DeleteStage", restApiId=properties["RestApiId"], stageName=physical_id)

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        place = {"restApiId": properties["RestApiId"], "stageName": physical_id}
        found = await ctx.call("apigateway:GetStage", **place)
        plain = {name: value for name, value in properties.items() if name not in ("MethodSettings", "Tags")}
        return {"RestApiId": properties["RestApiId"], **properties_of(found, plain)}

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        name = desired.properties.get("StageName") or desired.name
        place = {"restApiId": desired.properties["RestApiId"], "stageName": name}
        if not await there(ctx, "apigateway:GetStage", place):
            return None
        await _finish(ctx, place, stage_body(desired.properties))
        return Made(name)


async def _create(ctx: Context, properties: Properties, tags: Mapping[str, str]) -> Made:
    body = stage_body(properties)
    request = {name: body[name] for name in _CREATES if name in body}
    request["restApiId"] = properties["RestApiId"]
    if not body["cacheClusterEnabled"]:
        request.pop("cacheClusterSize")
    if tags:
        request["tags"] = tags
    made = await ctx.call("apigateway:CreateStage", **request)
    place = {"restApiId": properties["RestApiId"], "stageName": made["stageName"]}
    try:
        await _finish(ctx, place, body)
    except AwsError:
        await ctx.call("apigateway:DeleteStage", **place)
        raise
    return Made(made["stageName"])


async def _finish(ctx: Context, place: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    """Give a stage that was just made what CreateStage does not take."""
    rest = {name: value for name, value in body.items() if name not in _CREATES}
    operations = between(patch_paths.STAGE, {}, rest)
    if operations:
        await ctx.call("apigateway:UpdateStage", **place, patchOperations=operations)


class Deployment(ResourceType):
    async def create(self, ctx: Context, desired: Desired) -> Made:
        properties = desired.properties
        request = members(shape_of("CreateDeployment"), properties)
        described = properties.get("StageDescription") or {}
        named = request.pop("stageName", None)
        for member in ("stageDescription", "canarySettings"):
            request.pop(member, None)
        api = {"restApiId": properties["RestApiId"]}
        if named is None:
            made = await ctx.call("apigateway:CreateDeployment", **request)
        elif await there(ctx, "apigateway:GetStage", {**api, "stageName": named}):
            canary = members(shape_of("CreateDeployment"), properties).get("canarySettings")
            more = {"canarySettings": canary} if canary else {}
            made = await ctx.call("apigateway:CreateDeployment", **request, stageName=named, **more)
            await self._describe(ctx, {**api, "stageName": named}, {}, described)
        else:
            made = await ctx.call("apigateway:CreateDeployment", **request)
            stage = {**described, "RestApiId": properties["RestApiId"], "StageName": named, "DeploymentId": made["id"]}
            tags = {tag["Key"]: tag["Value"] for tag in described.get("Tags") or ()}
            await _create(ctx, stage, tags)
        return Made(made["id"], {"DeploymentId": made["id"]})

    @staticmethod
    async def _describe(ctx: Context, place: Mapping[str, Any], before: Properties, after: Properties) -> None:
        operations = between(patch_paths.STAGE, stage_body(before), stage_body(after))
        if operations:
            await ctx.call("apigateway:UpdateStage", **place, patchOperations=operations)

    async def update(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        place = {"restApiId": desired.properties["RestApiId"]}
        described = {"description": desired.properties.get("Description")}
        operations = between(patch_paths.DEPLOYMENT, {"description": previous.get("Description")}, described)
        if operations:
            await ctx.call("apigateway:UpdateDeployment", **place, deploymentId=physical_id, patchOperations=operations)
        stage = desired.properties.get("StageName")
        if stage and stage == previous.get("StageName"):
            before, after = (one.get("StageDescription") or {} for one in (previous, desired.properties))
            await self._describe(ctx, {**place, "stageName": stage}, before, after)
        elif stage:
            made = {"RestApiId": place["restApiId"], "StageName": stage, "DeploymentId": physical_id}
            await _create(ctx, {**(desired.properties.get("StageDescription") or {}), **made}, {})
        return Made(physical_id, {"DeploymentId": physical_id})

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        api = {"restApiId": properties["RestApiId"]}
        stage = properties.get("StageName")
        if stage and await there(ctx, "apigateway:GetStage", {**api, "stageName": stage}):
            found = await ctx.call("apigateway:GetStage", **api, stageName=stage)
            if found["deploymentId"] == physical_id:
                await gone_is_fine(ctx, "apigateway:DeleteStage", **api, stageName=stage)
        await gone_is_fine(ctx, "apigateway:DeleteDeployment", **api, deploymentId=physical_id)

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        place = {"restApiId": properties["RestApiId"], "deploymentId": physical_id}
        found = await ctx.call("apigateway:GetDeployment", **place)
        shown = properties_of(found, properties)
        return {"RestApiId": properties["RestApiId"], "DeploymentId": physical_id, **shown}
