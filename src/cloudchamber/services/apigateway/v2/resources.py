"""CloudFormation's resource types of HTTP and WebSocket APIs.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ApiGatewayV2.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import orjson

from cloudchamber.core.errors import AwsError
from cloudchamber.core.resource_types import Desired, Made, Properties, ResourceType
from cloudchamber.protocol.provisioning import Tagged, Type, ask, changed, difference, undone, unless_gone

if TYPE_CHECKING:
    from cloudchamber.core.context import Context

TAGS = Tagged("apigatewayv2", show="GetTags", is_map=True)
_MERGED = frozenset({
    "RequestParameters", "ResponseParameters", "RequestTemplates", "ResponseTemplates", "RequestModels",
    "ResponseModels", "StageVariables", "RouteSettings",
})  # fmt: skip


class Thing(Type):
    """A thing that is made, changed and removed by operations named after it; `parents` are the members with which it
    is found besides its own `identifier`."""

    def __init__(
        self, kind: str, parents: tuple[str, ...] = ("ApiId",), *, identifier: str = "", attributes: bool = True
    ) -> None:
        self.kind = kind
        self.identifier = identifier or f"{kind}Id"
        self._parents = parents
        self._has_attribute = attributes

    def body(self, properties: Properties) -> dict[str, Any]:
        """The members of a request."""
        return dict(properties)

    def place(self, physical_id: str, properties: Properties) -> dict[str, Any]:
        return {**{name: properties[name] for name in self._parents}, self.identifier: physical_id}

    def made(self, ctx: Context, found: Mapping[str, Any]) -> Made:
        physical_id = str(found[self.identifier])
        return Made(physical_id, {self.identifier: physical_id} if self._has_attribute else {})

    async def make(self, ctx: Context, desired: Desired) -> Made:
        body = self.body(desired.properties)
        return self.made(
            ctx, await ask(ctx, f"apigatewayv2:Create{self.kind}", body, "Tags", Tags=TAGS.wanted(desired))
        )

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        place = self.place(physical_id, desired.properties)
        changes = _changes(self.body(desired.properties), self.body(previous))
        if changes:
            await ask(ctx, f"apigatewayv2:Update{self.kind}", {**changes, **place})
        return self.made(ctx, {**place, **await ask(ctx, f"apigatewayv2:Get{self.kind}", place)})

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await unless_gone(ask(ctx, f"apigatewayv2:Delete{self.kind}", self.place(physical_id, properties)))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        place = self.place(physical_id, properties)
        found = await ask(ctx, f"apigatewayv2:Get{self.kind}", place)
        return {name: {**found, **place}[name] for name in properties if name in found or name in place}


def _arn(ctx: Context, place: str) -> str:
    return f"arn:aws:apigateway:{ctx.region}::/{place}"


def _changes(now: Properties, before: Properties) -> dict[str, Any]:
    """What an update has to say: an empty text takes a member out, or a key of a map."""
    found: dict[str, Any] = {}
    for name in {**before, **now}:
        value, old = now.get(name), before.get(name)
        if value == old:
            continue
        if name in _MERGED:
            found[name] = {**(value or {}), **dict.fromkeys(difference(value, old)[1], "")}
        else:
            found[name] = _EMPTY.get(type(old), "") if value is None else value
    return found


_EMPTY: Mapping[type, Any] = {list: [], dict: {}, bool: False}


class Api(Thing):
    """An API of properties or of an OpenAPI document, inline or in a bucket."""

    def made(self, ctx: Context, found: Mapping[str, Any]) -> Made:
        api = str(found["ApiId"])
        arn = f"arn:aws:execute-api:{ctx.region}:{ctx.account}:{api}"
        return Made(api, {"ApiId": api, "ApiEndpoint": found["ApiEndpoint"], "ExecuteApiArn": arn})

    async def make(self, ctx: Context, desired: Desired) -> Made:
        properties, text = desired.properties, await _definition(ctx, desired.properties)
        if text is None:
            return await super().make(ctx, desired)
        found = await ask(ctx, "apigatewayv2:ImportApi", _import(properties, text))
        api = found["ApiId"]
        async with undone(lambda: self.delete(ctx, api, properties)):
            await self._finish(ctx, api, desired)
        return self.made(ctx, found)

    async def _finish(self, ctx: Context, api: str, desired: Desired) -> None:
        """What the properties say beyond the document."""
        rest = _changes({n: v for n, v in desired.properties.items() if n not in _OF_DOCUMENT}, {})
        if rest:
            await ask(ctx, "apigatewayv2:UpdateApi", rest, ApiId=api)
        tags = TAGS.wanted(desired)
        if tags:  # beside those of the document
            await ask(ctx, "apigatewayv2:TagResource", ResourceArn=_arn(ctx, f"apis/{api}"), Tags=tags)

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        text = await _definition(ctx, desired.properties)
        if text is None:
            made = await super().change(ctx, physical_id, desired, previous)
            await TAGS.change(ctx, _arn(ctx, f"apis/{physical_id}"), desired)
            return made
        if changed(desired, previous, *_OF_DOCUMENT, "CorsConfiguration", "Name", "Description", "Version"):
            await ask(ctx, "apigatewayv2:ReimportApi", _import(desired.properties, text), ApiId=physical_id)
        await self._finish(ctx, physical_id, desired)
        return self.made(ctx, await ask(ctx, "apigatewayv2:GetApi", ApiId=physical_id))

    def place(self, physical_id: str, properties: Properties) -> dict[str, Any]:
        return {"ApiId": physical_id}


_OF_DOCUMENT = (
    "Body",
    "BodyS3Location",
    "BasePath",
    "FailOnWarnings",
    "Tags",
    "ProtocolType",
    "RouteSelectionExpression",
)


async def _definition(ctx: Context, properties: Properties) -> str | None:
    """The OpenAPI document of an API, as text."""
    body, place = properties.get("Body"), properties.get("BodyS3Location")
    if body is not None:
        return body if isinstance(body, str) else orjson.dumps(body).decode()
    if place is None:
        return None
    version = {"VersionId": place["Version"]} if place.get("Version") else {}
    answer = await ctx.call("s3:GetObject", Bucket=place["Bucket"], Key=place["Key"], **version)
    content = answer["Body"]
    return (content if isinstance(content, bytes) else b"".join([piece async for piece in content])).decode()


def _import(properties: Properties, text: str) -> dict[str, Any]:
    found = {"Body": text, "FailOnWarnings": properties.get("FailOnWarnings")}
    return found | ({"Basepath": properties["BasePath"]} if properties.get("BasePath") else {})


class Integration(Thing):
    def body(self, properties: Properties) -> dict[str, Any]:
        """Response parameters are lists of sources and destinations in templates."""
        given = properties.get("ResponseParameters")
        if not isinstance(given, Mapping):
            return dict(properties)
        mapped = {}
        for status, mapping in given.items():
            listed = mapping.get("ResponseParameters") if isinstance(mapping, Mapping) else None
            mapped[status] = mapping if listed is None else {one["Destination"]: one["Source"] for one in listed}
        return {**properties, "ResponseParameters": mapped}

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        """Response parameters as the template spells them."""
        found = dict(await super().read(ctx, physical_id, properties))
        if found.get("ResponseParameters") == self.body(properties).get("ResponseParameters"):
            found["ResponseParameters"] = properties.get("ResponseParameters")
        return {name: value for name, value in found.items() if value is not None}


class Authorizer(Thing):
    def body(self, properties: Properties) -> dict[str, Any]:
        return {"IdentitySource": [], **properties}


class Deployment(Thing):
    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        """One that was made for a stage is in use until the stage goes, which in a stack it does after it."""
        try:
            await super().delete(ctx, physical_id, properties)
        except AwsError as error:
            if not (properties.get("StageName") and error.message.startswith("Active stages")):
                raise

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        if changed(desired, previous, "StageName") and desired.properties.get("StageName"):
            place = {"ApiId": desired.properties["ApiId"], "StageName": desired.properties["StageName"]}
            await ask(ctx, "apigatewayv2:UpdateStage", place, DeploymentId=physical_id)
        return await super().change(ctx, physical_id, desired, previous)


class Stage(Thing):
    def made(self, ctx: Context, found: Mapping[str, Any]) -> Made:
        return Made(str(found["StageName"]))

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        properties = desired.properties
        place = self.place(physical_id, properties)
        for key in difference(properties.get("RouteSettings"), previous.get("RouteSettings"))[1]:
            await unless_gone(ask(ctx, "apigatewayv2:DeleteRouteSettings", place, RouteKey=key))
        if previous.get("AccessLogSettings") and not properties.get("AccessLogSettings"):
            await ask(ctx, "apigatewayv2:DeleteAccessLogSettings", place)
            previous = {name: value for name, value in previous.items() if name != "AccessLogSettings"}
        kept = {key: value for key, value in (previous.get("RouteSettings") or {}).items()
                if key in (properties.get("RouteSettings") or {})}  # fmt: skip
        made = await super().change(ctx, physical_id, desired, {**previous, "RouteSettings": kept})
        await TAGS.change(ctx, _arn(ctx, f"apis/{properties['ApiId']}/stages/{physical_id}"), desired)
        return made


class DomainName(Thing):
    refused: ClassVar[Mapping[str, Any]] = {"RoutingMode": "API_MAPPING_ONLY"}

    def place(self, physical_id: str, properties: Properties) -> dict[str, Any]:
        return {"DomainName": physical_id}

    def made(self, ctx: Context, found: Mapping[str, Any]) -> Made:
        configuration = found["DomainNameConfigurations"][0]
        return Made(found["DomainName"], {
            "RegionalDomainName": configuration["ApiGatewayDomainName"], "DomainNameArn": found["DomainNameArn"],
            "RegionalHostedZoneId": configuration["HostedZoneId"],
        })  # fmt: skip

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        made = await super().change(ctx, physical_id, desired, previous)
        await TAGS.change(ctx, _arn(ctx, f"domainnames/{physical_id}"), desired)
        return made


class ApiMapping(Thing):
    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        """All of it is said at once: an update has to name the API."""
        given = {"ApiMappingKey": "", **desired.properties}
        await ask(ctx, "apigatewayv2:UpdateApiMapping", given, ApiMappingId=physical_id)
        return Made(physical_id, {"ApiMappingId": physical_id})


class ApiGatewayManagedOverrides(Type):
    """Other values for what quick create has made of an API. They stay when this is removed: the API goes with it."""

    async def make(self, ctx: Context, desired: Desired) -> Made:
        properties = desired.properties
        place = {"ApiId": properties["ApiId"]}
        for kind in ("Integration", "Route"):
            if properties.get(kind):
                found = await ask(ctx, f"apigatewayv2:Get{kind}s", place)
                named = {f"{kind}Id": one[f"{kind}Id"] for one in found["Items"] if one.get("ApiGatewayManaged")}
                await ask(ctx, f"apigatewayv2:Update{kind}", properties[kind], **place, **named)
        if properties.get("Stage"):
            await ask(ctx, "apigatewayv2:UpdateStage", properties["Stage"], **place, StageName="$default")
        return Made(place["ApiId"], {"Id": place["ApiId"]})

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        return await self.make(ctx, desired)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        pass

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        return {"ApiId": properties["ApiId"]}


class VpcLink(Thing):
    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        made = await super().change(ctx, physical_id, desired, previous)
        await TAGS.change(ctx, _arn(ctx, f"vpclinks/{physical_id}"), desired)
        return made


TYPES: Mapping[str, ResourceType] = {
    "AWS::ApiGatewayV2::Api": Api("Api", ()),
    "AWS::ApiGatewayV2::ApiGatewayManagedOverrides": ApiGatewayManagedOverrides(),
    "AWS::ApiGatewayV2::ApiMapping": ApiMapping("ApiMapping", ("DomainName",)),
    "AWS::ApiGatewayV2::Authorizer": Authorizer("Authorizer"),
    "AWS::ApiGatewayV2::Deployment": Deployment("Deployment"),
    "AWS::ApiGatewayV2::DomainName": DomainName("DomainName", (), identifier="DomainName"),
    "AWS::ApiGatewayV2::Integration": Integration("Integration"),
    "AWS::ApiGatewayV2::IntegrationResponse": Thing("IntegrationResponse", ("ApiId", "IntegrationId")),
    "AWS::ApiGatewayV2::Model": Thing("Model"),
    "AWS::ApiGatewayV2::Route": Thing("Route"),
    "AWS::ApiGatewayV2::RouteResponse": Thing("RouteResponse", ("ApiId", "RouteId")),
    "AWS::ApiGatewayV2::Stage": Stage("Stage", identifier="StageName"),
    "AWS::ApiGatewayV2::VpcLink": VpcLink("VpcLink", ()),
}
