"""CloudFormation's resource types of ECR.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-repository.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.resource_types import Desired, Made, Properties, ResourceType, text_of
from cloudchamber.protocol.provisioning import (
    Tagged,
    Type,
    ask,
    capitalized,
    changed,
    kept,
    name_within,
    seen,
    undone,
    unless_gone,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

_TAGS = Tagged("ecr", name="resourceArn")
_NAME_CHARS_MAX = 256
_FILTER = "ImageTagMutabilityExclusionFilter"


def _name(desired: Desired) -> str:
    """A name of CloudFormation's own is in small letters, as repositories' names are."""
    return str(desired.properties.get("RepositoryName") or name_within(desired, _NAME_CHARS_MAX).lower())


def _made(name: str, arn: str) -> Made:
    account, region = arn.split(":")[4], arn.split(":")[3]
    return Made(name, {"Arn": arn, "RepositoryUri": f"{account}.dkr.ecr.{region}.amazonaws.com/{name}"})


def _mutability(properties: Properties) -> dict[str, Any]:
    filters = [
        {"filterType": one[f"{_FILTER}Type"], "filter": one[f"{_FILTER}Value"]}
        for one in properties.get("ImageTagMutabilityExclusionFilters") or ()
    ]
    return {
        "imageTagMutability": properties.get("ImageTagMutability", "MUTABLE"),
        "imageTagMutabilityExclusionFilters": filters or None,
    }


def _lifecycle(properties: Properties) -> dict[str, Any]:
    """The request that sets the lifecycle policy; empty for none."""
    wanted = properties.get("LifecyclePolicy") or {}
    text = wanted.get("LifecyclePolicyText")
    return {"lifecyclePolicyText": text, "registryId": wanted.get("RegistryId")} if text else {}


class Repository(Type):
    async def make(self, ctx: Context, desired: Desired) -> Made:
        wanted, name = desired.properties, _name(desired)
        answer = await ask(
            ctx, "ecr:CreateRepository", repositoryName=name, tags=_TAGS.wanted(desired), **_mutability(wanted),
            imageScanningConfiguration=wanted.get("ImageScanningConfiguration"),
            encryptionConfiguration=wanted.get("EncryptionConfiguration"),
        )  # fmt: skip
        async with undone(lambda: self.delete(ctx, name, wanted)):
            await self._policies(ctx, name, desired, {})
        return _made(name, answer["repository"]["repositoryArn"])

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        wanted, named = desired.properties, {"repositoryName": physical_id}
        if changed(desired, previous, "ImageTagMutability", "ImageTagMutabilityExclusionFilters"):
            await ask(ctx, "ecr:PutImageTagMutability", named, **_mutability(wanted))
        if changed(desired, previous, "ImageScanningConfiguration"):
            scanning = wanted.get("ImageScanningConfiguration") or {"ScanOnPush": False}
            await ask(ctx, "ecr:PutImageScanningConfiguration", named, imageScanningConfiguration=scanning)
        await self._policies(ctx, physical_id, desired, previous)
        found = await _described(ctx, physical_id)
        await _TAGS.change(ctx, found["repositoryArn"], desired)
        return _made(physical_id, found["repositoryArn"])

    async def _policies(self, ctx: Context, name: str, desired: Desired, previous: Properties) -> None:
        wanted, named = desired.properties, {"repositoryName": name}
        if changed(desired, previous, "LifecyclePolicy"):
            lifecycle = _lifecycle(wanted)
            if lifecycle:
                await ask(ctx, "ecr:PutLifecyclePolicy", named, **lifecycle)
            else:
                await unless_gone(ask(ctx, "ecr:DeleteLifecyclePolicy", named))
        if changed(desired, previous, "RepositoryPolicyText"):
            policy = wanted.get("RepositoryPolicyText")
            if policy:
                await ask(ctx, "ecr:SetRepositoryPolicy", named, policyText=text_of(policy))
            else:
                await unless_gone(ask(ctx, "ecr:DeleteRepositoryPolicy", named))

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        force = str(properties.get("EmptyOnDelete", "")).lower() == "true"
        await unless_gone(ctx.call("ecr:DeleteRepository", repositoryName=physical_id, force=force))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = await _described(ctx, physical_id)
        named = {"repositoryName": physical_id}
        shown: dict[str, Any] = {
            "RepositoryName": physical_id, "Arn": found["repositoryArn"], "RepositoryUri": found["repositoryUri"],
            "ImageTagMutability": found["imageTagMutability"],
            "ImageScanningConfiguration": capitalized(found["imageScanningConfiguration"]),
            "EncryptionConfiguration": capitalized(found["encryptionConfiguration"]),
        }  # fmt: skip
        filters = found.get("imageTagMutabilityExclusionFilters")
        if filters:
            shown["ImageTagMutabilityExclusionFilters"] = [
                {f"{_FILTER}Type": one["filterType"], f"{_FILTER}Value": one["filter"]} for one in filters
            ]
        lifecycle = await unless_gone(ask(ctx, "ecr:GetLifecyclePolicy", named))
        if lifecycle:
            also = kept(properties.get("LifecyclePolicy") or {}, "RegistryId")
            shown["LifecyclePolicy"] = {"LifecyclePolicyText": lifecycle["lifecyclePolicyText"], **also}
        policy = await unless_gone(ask(ctx, "ecr:GetRepositoryPolicy", named))
        if policy:
            shown["RepositoryPolicyText"] = orjson.loads(policy["policyText"])
        tags = (await ctx.call("ecr:ListTagsForResource", resourceArn=found["repositoryArn"]))["tags"]
        return {**shown, **({"Tags": tags} if tags else {}), **kept(properties, "EmptyOnDelete")}

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        name = _name(desired)
        found = await seen(ask(ctx, "ecr:DescribeRepositories", repositoryNames=[name]))
        return None if found is None else _made(name, found["repositories"][0]["repositoryArn"])

    async def finish(self, ctx: Context, made: Made, desired: Desired) -> Made:
        """The policies, which a crash may have come before."""
        await self._policies(ctx, made.physical_id, desired, {})
        return made


async def _described(ctx: Context, name: str) -> Mapping[str, Any]:
    found = await ctx.call("ecr:DescribeRepositories", repositoryNames=[name])
    described: Mapping[str, Any] = found["repositories"][0]
    return described


class RegistryPolicy(Type):
    """The policy of a registry, of which there is one: its physical id is the account's number."""

    async def make(self, ctx: Context, desired: Desired) -> Made:
        text = text_of(desired.properties["PolicyText"])
        registry = (await ctx.call("ecr:PutRegistryPolicy", policyText=text))["registryId"]
        return Made(registry, {"RegistryId": registry})

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        return await self.make(ctx, desired)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await unless_gone(ctx.call("ecr:DeleteRegistryPolicy"))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = await ctx.call("ecr:GetRegistryPolicy")
        return {"RegistryId": physical_id, "PolicyText": orjson.loads(found["policyText"])}

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        found = await seen(ctx.call("ecr:GetRegistryPolicy"))
        return None if found is None else Made(found["registryId"], {"RegistryId": found["registryId"]})


TYPES: Mapping[str, ResourceType] = {
    "AWS::ECR::RegistryPolicy": RegistryPolicy(),
    "AWS::ECR::Repository": Repository(),
}
