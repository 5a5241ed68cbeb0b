"""CloudFormation's REST APIs, from properties or from an OpenAPI document, and their methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.resource_types import Desired, Made, Properties, ResourceType, tags_of, text_of
from cloudchamber.services.apigateway.cfn_properties import members, properties_of
from cloudchamber.services.apigateway.cfn_things import gone_is_fine, retag, there
from cloudchamber.services.apigateway.rest import patch_paths
from cloudchamber.services.apigateway.rest.coercion import shape_of
from cloudchamber.services.apigateway.rest.patch_difference import between

if TYPE_CHECKING:
    from cloudchamber.core.context import Context

# What an import alone sets, and what can be set at the beginning only.
_OF_IMPORT = ("failonwarnings", "mode", "parameters", "cloneFrom", "version")


class RestApi(ResourceType):
    async def create(self, ctx: Context, desired: Desired) -> Made:
        properties = desired.properties
        content = await _definition(ctx, properties)
        tags: dict[str, Any] = {"tags": tags_of(desired)} if tags_of(desired) else {}
        if content is None:
            request = {"name": desired.name, **members(shape_of("CreateRestApi"), properties)}
            return _made(await ctx.call("apigateway:CreateRestApi", **request, **tags))
        made = await ctx.call("apigateway:ImportRestApi", body=content, **_import_options(properties))
        try:
            await self._patch(ctx, made["id"], made, properties)
            await retag(ctx, f"restapis/{made['id']}", desired)
        except Exception:
            await ctx.call("apigateway:DeleteRestApi", restApiId=made["id"])
            raise
        return _made(made)

    async def update(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        properties = desired.properties
        if any(properties.get(name) != previous.get(name) for name in ("Body", "BodyS3Location", "Parameters")):
            content = await _definition(ctx, properties)
            if content is not None:
                mode = text_of(properties.get("Mode") or "overwrite")
                options = _import_options(properties)
                await ctx.call("apigateway:PutRestApi", restApiId=physical_id, body=content, mode=mode, **options)
        found = await ctx.call("apigateway:GetRestApi", restApiId=physical_id)
        had = members(shape_of("CreateRestApi"), previous)
        # What the template says no more goes; what a document has set, and the template never said, stays.
        before = {**{name: value for name, value in found.items() if name in had or name in _body(properties)}}
        await self._patch(ctx, physical_id, before, properties)
        await retag(ctx, f"restapis/{physical_id}", desired)
        return _made(await ctx.call("apigateway:GetRestApi", restApiId=physical_id))

    @staticmethod
    async def _patch(ctx: Context, api_id: str, found: Properties, properties: Properties) -> None:
        """Make an API's settings what the properties say of them; `found` are the members it has."""
        after = _body(properties)
        policy = after.pop("policy", None)
        before = {name: value for name, value in found.items() if name != "policy"}
        if "endpointConfiguration" in after:
            before["endpointConfiguration"] = {
                name: value
                for name, value in (before.get("endpointConfiguration") or {}).items()
                if name in after["endpointConfiguration"]
            }
        kept = {name: value for name, value in before.items() if name not in after and name in _NEVER_GONE}
        operations = between(patch_paths.REST_API, before, {**kept, **after})
        if policy is not None or "policy" in found:
            operations.append({"op": "replace", "path": "/policy", "value": policy or ""})
        if operations:
            await ctx.call("apigateway:UpdateRestApi", restApiId=api_id, patchOperations=operations)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await gone_is_fine(ctx, "apigateway:DeleteRestApi", restApiId=physical_id)

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = dict(await ctx.call("apigateway:GetRestApi", restApiId=physical_id))
        if found.get("policy"):
            found["policy"] = orjson.loads(orjson.loads(f'"{found["policy"]}"'))
        return properties_of(found, {name: value for name, value in properties.items() if name != "Tags"})


_NEVER_GONE = ("name", "endpointConfiguration", "apiKeySource")


def _body(properties: Properties) -> dict[str, Any]:
    body = members(shape_of("CreateRestApi"), properties)
    return {name: value for name, value in body.items() if name not in _OF_IMPORT}


def _made(answer: Properties) -> Made:
    attributes = {"RestApiId": answer["id"], "RootResourceId": answer["rootResourceId"]}
    return Made(answer["id"], attributes)


def _import_options(properties: Properties) -> dict[str, Any]:
    parameters = {name: text_of(value) for name, value in (properties.get("Parameters") or {}).items()}
    found: dict[str, Any] = {"parameters": parameters} if parameters else {}
    if text_of(properties.get("FailOnWarnings") or "false") == "true":
        found["failOnWarnings"] = True
    return found


async def _definition(ctx: Context, properties: Properties) -> bytes | None:
    """The OpenAPI document of the template, or of the object it names."""
    if properties.get("Body"):
        return text_of(properties["Body"]).encode()
    place = properties.get("BodyS3Location")
    if not place:
        return None
    named = {"Bucket": place["Bucket"], "Key": place["Key"]}
    if place.get("Version"):
        named["VersionId"] = place["Version"]
    body = (await ctx.call("s3:GetObject", **named))["Body"]
    return body if isinstance(body, bytes) else b"".join([bytes(piece) async for piece in body])


class Method(ResourceType):
    async def create(self, ctx: Context, desired: Desired) -> Made:
        properties = desired.properties
        place = _method(properties)
        request = {"authorizationType": "NONE", **members(shape_of("PutMethod"), properties), **place}
        await ctx.call("apigateway:PutMethod", **request)
        for response in properties.get("MethodResponses") or ():
            given = members(shape_of("PutMethodResponse"), response)
            await ctx.call("apigateway:PutMethodResponse", **place, **given)
        integration = properties.get("Integration")
        if integration:
            given = members(shape_of("PutIntegration"), {"Type": "MOCK", **integration})
            await ctx.call("apigateway:PutIntegration", **place, **given)
            for response in integration.get("IntegrationResponses") or ():
                given = members(shape_of("PutIntegrationResponse"), response)
                await ctx.call("apigateway:PutIntegrationResponse", **place, **given)
        return Made("|".join(place.values()))

    async def update(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        """Put anew, since a method's responses and its integration are of one piece with it."""
        if desired.properties == previous:
            return Made(physical_id)
        await self.delete(ctx, physical_id, previous)
        return await self.create(ctx, desired)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await gone_is_fine(ctx, "apigateway:DeleteMethod", **_method(properties))

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        """What is there may have been left half-made, so it is made anew."""
        place = _method(desired.properties)
        if not await there(ctx, "apigateway:GetMethod", place):
            return None
        await self.delete(ctx, "", desired.properties)
        return await self.create(ctx, desired)

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = await ctx.call("apigateway:GetMethod", **_method(properties))
        plain = {name: value for name, value in properties.items() if name not in ("Integration", "MethodResponses")}
        shown = properties_of(found, plain)
        integration = found.get("methodIntegration")
        if integration and properties.get("Integration"):
            answer = {**integration, "integrationHttpMethod": integration.get("httpMethod")}
            wanted = {n: v for n, v in properties["Integration"].items() if n != "IntegrationResponses"}
            shown["Integration"] = properties_of(answer, wanted)
        return {"RestApiId": properties["RestApiId"], "ResourceId": properties["ResourceId"], **shown}


def _method(properties: Properties) -> dict[str, Any]:
    return {
        "restApiId": properties["RestApiId"],
        "resourceId": properties["ResourceId"],
        "httpMethod": properties["HttpMethod"],
    }
