"""CloudFormation's resource types of identity pools.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Cognito.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AwsError
from cloudchamber.core.resource_types import Desired, Made, Properties, ResourceType, tag_changes, tags_of, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

MISSING = "ResourceNotFoundException"
_KEPT = (
    "IdentityPoolName", "AllowUnauthenticatedIdentities", "AllowClassicFlow", "SupportedLoginProviders",
    "DeveloperProviderName", "OpenIdConnectProviderARNs", "CognitoIdentityProviders", "SamlProviderARNs",
)  # fmt: skip
# What belongs to Cognito Sync: kept by that service.
_SYNC = ("CognitoEvents", "PushSync", "CognitoStreams")


def _flag(value: Any) -> bool:
    return text_of(value) == "true"


def _settings(desired: Desired) -> dict[str, Any]:
    found = {name: desired.properties[name] for name in _KEPT if name in desired.properties}
    found.setdefault("IdentityPoolName", desired.name)
    for name in ("AllowUnauthenticatedIdentities", "AllowClassicFlow"):
        if name in found:
            found[name] = _flag(found[name])
    providers = found.get("CognitoIdentityProviders")
    if providers:
        found["CognitoIdentityProviders"] = [
            {**one, **({"ServerSideTokenCheck": _flag(one["ServerSideTokenCheck"])} if "ServerSideTokenCheck" in one
                       else {})} for one in providers
        ]  # fmt: skip
    return found


class IdentityPool(ResourceType):
    async def create(self, ctx: Context, desired: Desired) -> Made:
        made = await ctx.call(
            "cognito-identity:CreateIdentityPool", **_settings(desired), IdentityPoolTags=tags_of(_tagged(desired))
        )
        pool_id = made["IdentityPoolId"]
        await self._sync(ctx, pool_id, desired.properties)
        return Made(pool_id, {"Id": pool_id, "Name": made["IdentityPoolName"]})

    async def update(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        settings = _settings(desired)
        await ctx.call("cognito-identity:UpdateIdentityPool", IdentityPoolId=physical_id, **settings)
        arn = f"arn:aws:cognito-identity:{ctx.region}:{ctx.account}:identitypool/{physical_id}"
        have = (await ctx.call("cognito-identity:ListTagsForResource", ResourceArn=arn)).get("Tags") or {}
        added, removed = tag_changes(_tagged(desired), have)
        if removed:
            await ctx.call("cognito-identity:UntagResource", ResourceArn=arn, TagKeys=removed)
        if added:
            await ctx.call("cognito-identity:TagResource", ResourceArn=arn, Tags=added)
        changed = {name: desired.properties.get(name) for name in _SYNC
                   if desired.properties.get(name) != previous.get(name)}  # fmt: skip
        await self._sync(ctx, physical_id, changed)
        return Made(physical_id, {"Id": physical_id, "Name": settings["IdentityPoolName"]})

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        try:
            await ctx.call("cognito-identity:DeleteIdentityPool", IdentityPoolId=physical_id)
        except AwsError as error:
            if error.code != MISSING:
                raise

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = await ctx.call("cognito-identity:DescribeIdentityPool", IdentityPoolId=physical_id)
        tags = [{"Key": key, "Value": value} for key, value in found["IdentityPoolTags"].items()]
        return {**{name: found[name] for name in _KEPT if name in found}, "IdentityPoolTags": tags, "Id": physical_id}

    @staticmethod
    async def _sync(ctx: Context, pool_id: str, properties: Properties) -> None:
        """Hand Cognito Sync what is its own."""
        if properties.get("CognitoEvents") is not None:
            await ctx.call("cognito-sync:SetCognitoEvents", IdentityPoolId=pool_id, Events=properties["CognitoEvents"])
        given = {name: properties[name] for name in ("PushSync", "CognitoStreams") if properties.get(name)}
        if given:
            await ctx.call("cognito-sync:SetIdentityPoolConfiguration", IdentityPoolId=pool_id, **given)


def _tagged(desired: Desired) -> Desired:
    """With the pool's tags where other types have theirs."""
    return replace(desired, properties={**desired.properties, "Tags": desired.properties.get("IdentityPoolTags") or ()})


class RoleAttachment(ResourceType):
    """The roles of a pool. CloudFormation lets a mapping be keyed by any name where it says its `IdentityProvider`."""

    async def create(self, ctx: Context, desired: Desired) -> Made:
        return await self._put(ctx, desired.properties)

    async def update(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        return await self._put(ctx, desired.properties)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        try:
            await ctx.call(
                "cognito-identity:SetIdentityPoolRoles", IdentityPoolId=properties["IdentityPoolId"], Roles={}
            )
        except AwsError as error:
            if error.code != MISSING:
                raise

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = await ctx.call("cognito-identity:GetIdentityPoolRoles", IdentityPoolId=properties["IdentityPoolId"])
        return {name: found[name] for name in ("IdentityPoolId", "Roles", "RoleMappings") if found.get(name)}

    @staticmethod
    async def _put(ctx: Context, properties: Properties) -> Made:
        mappings = {}
        for name, one in (properties.get("RoleMappings") or {}).items():
            mapping = dict(one)
            mappings[mapping.pop("IdentityProvider", name)] = mapping
        given: dict[str, Any] = {"RoleMappings": mappings} if mappings else {}
        pool_id = properties["IdentityPoolId"]
        await ctx.call(
            "cognito-identity:SetIdentityPoolRoles",
            IdentityPoolId=pool_id,
            Roles=properties.get("Roles") or {},
            **given,
        )
        return Made(pool_id, {"Id": pool_id})


class PrincipalTag(ResourceType):
    async def create(self, ctx: Context, desired: Desired) -> Made:
        return await self._put(ctx, desired.properties)

    async def update(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        return await self._put(ctx, desired.properties)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        try:
            await ctx.call("cognito-identity:SetPrincipalTagAttributeMap", **_of_provider(properties))
        except AwsError as error:
            if error.code != MISSING:
                raise

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        return await ctx.call("cognito-identity:GetPrincipalTagAttributeMap", **_of_provider(properties))

    @staticmethod
    async def _put(ctx: Context, properties: Properties) -> Made:
        given: dict[str, Any] = dict(_of_provider(properties))
        if "PrincipalTags" in properties:
            given["PrincipalTags"] = properties["PrincipalTags"]
        if "UseDefaults" in properties:
            given["UseDefaults"] = _flag(properties["UseDefaults"])
        await ctx.call("cognito-identity:SetPrincipalTagAttributeMap", **given)
        return Made(f"{properties['IdentityPoolId']}|{properties['IdentityProviderName']}")


def _of_provider(properties: Properties) -> dict[str, Any]:
    return {name: properties[name] for name in ("IdentityPoolId", "IdentityProviderName")}


TYPES: Mapping[str, ResourceType] = {
    "AWS::Cognito::IdentityPool": IdentityPool(),
    "AWS::Cognito::IdentityPoolPrincipalTag": PrincipalTag(),
    "AWS::Cognito::IdentityPoolRoleAttachment": RoleAttachment(),
}
