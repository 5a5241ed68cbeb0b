"""CloudFormation's resource types of API Gateway's REST APIs.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ApiGateway.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AwsError
from cloudchamber.core.resource_types import Desired, Made, Properties, ResourceType
from cloudchamber.services.apigateway.cfn_apis import Method, RestApi
from cloudchamber.services.apigateway.cfn_properties import members, properties_of
from cloudchamber.services.apigateway.cfn_stages import Deployment, Stage
from cloudchamber.services.apigateway.cfn_things import MISSING, Thing, gone_is_fine, there
from cloudchamber.services.apigateway.plans import to_patch
from cloudchamber.services.apigateway.rest import patch_paths
from cloudchamber.services.apigateway.rest.coercion import shape_of
from cloudchamber.services.apigateway.rest.patch_difference import between

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context


class ApiKey(Thing):
    def body(self, properties: Properties) -> dict[str, Any]:
        body = super().body(properties)
        stages = [f"{one.get('restApiId')}/{one.get('stageName')}" for one in body.pop("stageKeys", ())]
        return {**body, "stageKeys": stages}


class UsagePlan(Thing):
    def body(self, properties: Properties) -> dict[str, Any]:
        return to_patch(super().body(properties))

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        """A plan can go once it has no stages."""
        try:
            found = await ctx.call("apigateway:GetUsagePlan", usagePlanId=physical_id)
        except AwsError as error:
            if error.code == MISSING:
                return
            raise
        stages = [f"{one['apiId']}:{one['stage']}" for one in found.get("apiStages") or ()]
        if stages:
            removals = [{"op": "remove", "path": "/apiStages", "value": stage} for stage in stages]
            await ctx.call("apigateway:UpdateUsagePlan", usagePlanId=physical_id, patchOperations=removals)
        await super().delete(ctx, physical_id, properties)


class UsagePlanKey(ResourceType):
    async def create(self, ctx: Context, desired: Desired) -> Made:
        request = members(shape_of("CreateUsagePlanKey"), desired.properties)
        await ctx.call("apigateway:CreateUsagePlanKey", **request)
        physical_id = f"{request['keyId']}:{request['usagePlanId']}"
        return Made(physical_id, {"Id": physical_id})

    async def update(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        return Made(physical_id, {"Id": physical_id})  # all of it is for good

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        place = {"keyId": properties["KeyId"], "usagePlanId": properties["UsagePlanId"]}
        await gone_is_fine(ctx, "apigateway:DeleteUsagePlanKey", **place)

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        place = {"keyId": desired.properties["KeyId"], "usagePlanId": desired.properties["UsagePlanId"]}
        physical_id = ":".join(place.values())
        found = await there(ctx, "apigateway:GetUsagePlanKey", place)
        return Made(physical_id, {"Id": physical_id}) if found else None

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        place = {"keyId": properties["KeyId"], "usagePlanId": properties["UsagePlanId"]}
        found = await ctx.call("apigateway:GetUsagePlanKey", **place)
        return {"KeyId": found["id"], "KeyType": found["type"], "UsagePlanId": properties["UsagePlanId"]}


class Account(ResourceType):
    """An account's settings in a region: they are there without it, and stay when it goes, as on AWS."""

    async def create(self, ctx: Context, desired: Desired) -> Made:
        await self._set(ctx, desired.properties)
        return Made(desired.name, {"Id": desired.name})

    @staticmethod
    async def _set(ctx: Context, properties: Properties) -> None:
        role = properties.get("CloudWatchRoleArn") or ""
        patch = {"op": "replace", "path": "/cloudwatchRoleArn", "value": role}
        await ctx.call("apigateway:UpdateAccount", patchOperations=[patch])

    async def update(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        if desired.properties != previous:
            await self._set(ctx, desired.properties)
        return Made(physical_id, {"Id": physical_id})

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        pass

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        return properties_of(await ctx.call("apigateway:GetAccount"), properties)


class BasePathMapping(ResourceType):
    async def create(self, ctx: Context, desired: Desired) -> Made:
        request = members(shape_of("CreateBasePathMapping"), desired.properties)
        made = await ctx.call("apigateway:CreateBasePathMapping", **request)
        return Made(f"{request['domainName']}|{made['basePath']}")

    async def update(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        before, after = (members(shape_of("CreateBasePathMapping"), one) for one in (previous, desired.properties))
        operations = between(patch_paths.BASE_PATH_MAPPING, before, after)
        if operations:
            place = _mapping(physical_id)
            await ctx.call("apigateway:UpdateBasePathMapping", **place, patchOperations=operations)
        return Made(physical_id)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await gone_is_fine(ctx, "apigateway:DeleteBasePathMapping", **_mapping(physical_id))

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        physical_id = f"{desired.properties['DomainName']}|{desired.properties.get('BasePath') or '(none)'}"
        found = await there(ctx, "apigateway:GetBasePathMapping", _mapping(physical_id))
        return Made(physical_id) if found else None

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = await ctx.call("apigateway:GetBasePathMapping", **_mapping(physical_id))
        return {"DomainName": properties["DomainName"], **properties_of(found, properties)}


def _mapping(physical_id: str) -> dict[str, Any]:
    domain, _, path = physical_id.partition("|")
    return {"domainName": domain, "basePath": path}


class GatewayResponse(ResourceType):
    async def create(self, ctx: Context, desired: Desired) -> Made:
        request = members(shape_of("PutGatewayResponse"), desired.properties)
        await ctx.call("apigateway:PutGatewayResponse", **request)
        physical_id = f"{request['restApiId']}|{request['responseType']}"
        return Made(physical_id, {"Id": physical_id})

    async def update(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        return await self.create(ctx, desired)  # what is put takes the place of what was there

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        api, _, kind = physical_id.partition("|")
        await gone_is_fine(ctx, "apigateway:DeleteGatewayResponse", restApiId=api, responseType=kind)

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        api, _, kind = physical_id.partition("|")
        found = await ctx.call("apigateway:GetGatewayResponse", restApiId=api, responseType=kind)
        return {"RestApiId": api, **properties_of(found, properties)}


_DOMAIN = (
    "DistributionDomainName", "DistributionHostedZoneId", "DomainNameArn", "RegionalDomainName", "RegionalHostedZoneId",
)  # fmt: skip
TYPES: Mapping[str, ResourceType] = {
    "AWS::ApiGateway::Account": Account(),
    "AWS::ApiGateway::ApiKey": ApiKey(
        "ApiKey", "apiKey", patch_paths.API_KEY, attribute="APIKeyId", parent=(), tagged="apikeys", gets_name=True
    ),
    "AWS::ApiGateway::Authorizer": Thing(
        "Authorizer", "authorizerId", patch_paths.AUTHORIZER, attribute="AuthorizerId", alike=("name",)
    ),
    "AWS::ApiGateway::BasePathMapping": BasePathMapping(),
    "AWS::ApiGateway::ClientCertificate": Thing(
        "ClientCertificate", "clientCertificateId", patch_paths.CLIENT_CERTIFICATE, "clientCertificateId",
        "ClientCertificateId", (), tagged="clientcertificates", creation="GenerateClientCertificate",
    ),
    "AWS::ApiGateway::Deployment": Deployment(),
    "AWS::ApiGateway::DocumentationPart": Thing(
        "DocumentationPart", "documentationPartId", patch_paths.DOCUMENTATION_PART, attribute="DocumentationPartId",
        alike=("location",),
    ),
    "AWS::ApiGateway::DocumentationVersion": Thing(
        "DocumentationVersion", "documentationVersion", patch_paths.DOCUMENTATION_VERSION, "version",
        name_member="documentationVersion",
    ),
    "AWS::ApiGateway::DomainName": Thing(
        "DomainName", "domainName", patch_paths.DOMAIN_NAME, "domainName", parent=(), attributes=_DOMAIN,
        tagged="domainnames", name_member="domainName",
    ),
    "AWS::ApiGateway::GatewayResponse": GatewayResponse(),
    "AWS::ApiGateway::Method": Method(),
    "AWS::ApiGateway::Model": Thing(
        "Model", "modelName", patch_paths.MODEL, "name", gets_name=True, name_member="name"
    ),
    "AWS::ApiGateway::RequestValidator": Thing(
        "RequestValidator", "requestValidatorId", patch_paths.REQUEST_VALIDATOR, attribute="RequestValidatorId"
    ),
    "AWS::ApiGateway::Resource": Thing(
        "Resource", "resourceId", patch_paths.RESOURCE, attribute="ResourceId", alike=("parentId", "pathPart")
    ),
    "AWS::ApiGateway::RestApi": RestApi(),
    "AWS::ApiGateway::Stage": Stage(),
    "AWS::ApiGateway::UsagePlan": UsagePlan(
        "UsagePlan", "usagePlanId", patch_paths.USAGE_PLAN, attribute="Id", parent=(), tagged="usageplans",
        gets_name=True,
    ),
    "AWS::ApiGateway::UsagePlanKey": UsagePlanKey(),
    "AWS::ApiGateway::VpcLink": Thing(
        "VpcLink", "vpcLinkId", patch_paths.VPC_LINK, attribute="VpcLinkId", parent=(), tagged="vpclinks"
    ),
}  # fmt: skip
