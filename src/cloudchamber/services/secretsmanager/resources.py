"""CloudFormation's resource types of Secrets Manager.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SecretsManager.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import orjson

from cloudchamber.core.resource_types import Desired, Made, Properties, ResourceType, tag_changes
from cloudchamber.protocol.provisioning import (
    Type,
    ask,
    changed,
    difference,
    kept,
    name_within,
    picked,
    seen,
    tag_list,
    unless_gone,
)
from cloudchamber.services.secretsmanager.errors import InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context


async def secret_string(ctx: Context, properties: Properties) -> str | None:
    """The secret as written, or a new one of the asked-for kind."""
    recipe = properties.get("GenerateSecretString")
    if recipe is None:
        value = properties.get("SecretString")
        return value if value is None or isinstance(value, str) else orjson.dumps(value).decode()
    if properties.get("SecretString") is not None:
        raise InvalidRequest("You can't specify both SecretString and GenerateSecretString.")
    password = (await ask(ctx, "secretsmanager:GetRandomPassword", recipe))["RandomPassword"]
    template, key = recipe.get("SecretStringTemplate"), recipe.get("GenerateStringKey")
    if (template is None) != (key is None):
        raise InvalidRequest("You must specify both SecretStringTemplate and GenerateStringKey, or neither.")
    if template is None:
        return str(password)
    try:
        parts = orjson.loads(template) if isinstance(template, str) else dict(template)
    except orjson.JSONDecodeError:
        raise InvalidRequest("SecretStringTemplate is not valid JSON.") from None
    return orjson.dumps({**parts, key: password}).decode()


class Secret(Type):
    async def make(self, ctx: Context, desired: Desired) -> Made:
        wanted = desired.properties
        more = {
            "Name": wanted.get("Name") or name_within(desired, 512), "SecretString": await secret_string(ctx, wanted),
            "AddReplicaRegions": wanted.get("ReplicaRegions") or None,
        }  # fmt: skip
        added, _ = tag_changes(desired, {})
        arn = (await ask(ctx, "secretsmanager:CreateSecret", wanted, Tags=tag_list(added) or None, **more))["ARN"]
        return Made(arn, {"Id": arn})

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        wanted = desired.properties
        request: dict[str, Any] = {}
        if changed(desired, previous, "SecretString", "GenerateSecretString"):
            request["SecretString"] = await secret_string(ctx, wanted)
        if changed(desired, previous, "Description"):
            request["Description"] = wanted.get("Description", "")
        if changed(desired, previous, "KmsKeyId"):
            request["KmsKeyId"] = wanted.get("KmsKeyId") or "alias/aws/secretsmanager"
        if request:
            await ask(ctx, "secretsmanager:UpdateSecret", request, SecretId=physical_id)
        await self._replicate(ctx, physical_id, desired, previous)
        have = await self._describe(ctx, physical_id)
        added, removed = tag_changes(desired, {tag["Key"]: tag["Value"] for tag in have.get("Tags") or ()})
        if removed:
            await ctx.call("secretsmanager:UntagResource", SecretId=physical_id, TagKeys=removed)
        if added:
            await ctx.call("secretsmanager:TagResource", SecretId=physical_id, Tags=tag_list(added))
        return Made(physical_id, {"Id": physical_id})

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        regions = [replica["Region"] for replica in properties.get("ReplicaRegions") or ()]
        if regions:
            named = {"SecretId": physical_id, "RemoveReplicaRegions": regions}
            await unless_gone(ask(ctx, "secretsmanager:RemoveRegionsFromReplication", named))
        gone = ctx.call("secretsmanager:DeleteSecret", SecretId=physical_id, ForceDeleteWithoutRecovery=True)
        await unless_gone(gone)

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = await self._describe(ctx, physical_id)
        shown = {"Id": physical_id, **picked(found, "Name", "Description", "KmsKeyId", "Tags", "Type")}
        there = [{"Region": replica["Region"]} for replica in found.get("ReplicationStatus") or ()]
        wanted = properties.get("ReplicaRegions") or []
        same = sorted(one["Region"] for one in wanted) == sorted(one["Region"] for one in there)
        shown["ReplicaRegions"] = wanted if same else there
        return shown | kept(properties, "SecretString", "GenerateSecretString")

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        name = desired.properties.get("Name") or name_within(desired, 512)
        found = await seen(ctx.call("secretsmanager:DescribeSecret", SecretId=name))
        return None if found is None else Made(found["ARN"], {"Id": found["ARN"]})

    @staticmethod
    async def _describe(ctx: Context, arn: str) -> Mapping[str, Any]:
        return await ctx.call("secretsmanager:DescribeSecret", SecretId=arn)

    @staticmethod
    async def _replicate(ctx: Context, arn: str, desired: Desired, previous: Properties) -> None:
        wanted = {replica["Region"]: replica for replica in desired.properties.get("ReplicaRegions") or ()}
        had = [replica["Region"] for replica in previous.get("ReplicaRegions") or ()]
        added, gone = difference(wanted, had)
        if gone:
            await ctx.call("secretsmanager:RemoveRegionsFromReplication", SecretId=arn, RemoveReplicaRegions=gone)
        if added:
            new = [wanted[region] for region in added]
            await ask(ctx, "secretsmanager:ReplicateSecretToRegions", SecretId=arn, AddReplicaRegions=new)


class ResourcePolicy(Type):
    async def make(self, ctx: Context, desired: Desired) -> Made:
        arn = (await ask(ctx, "secretsmanager:PutResourcePolicy", desired.properties))["ARN"]
        return Made(arn, {"Id": arn})

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        return await self.make(ctx, desired)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await unless_gone(ctx.call("secretsmanager:DeleteResourcePolicy", SecretId=physical_id))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = await ctx.call("secretsmanager:GetResourcePolicy", SecretId=physical_id)
        text = found.get("ResourcePolicy")
        named = kept(properties, "SecretId", "BlockPublicPolicy")
        return {**named, **({"ResourcePolicy": orjson.loads(text)} if text else {})}


class RotationSchedule(Type):
    refused: ClassVar[Mapping[str, Any]] = {
        "HostedRotationLambda": None, "ExternalSecretRotationMetadata": [], "ExternalSecretRotationRoleArn": None,
    }  # fmt: skip

    async def make(self, ctx: Context, desired: Desired) -> Made:
        now = desired.properties.get("RotateImmediatelyOnUpdate", True)
        arn = (await ask(ctx, "secretsmanager:RotateSecret", desired.properties, RotateImmediately=now))["ARN"]
        return Made(arn, {"Id": arn})

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        return await self.make(ctx, desired)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await unless_gone(
            ctx.call("secretsmanager:CancelRotateSecret", SecretId=physical_id), "InvalidRequestException"
        )

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = await ctx.call("secretsmanager:DescribeSecret", SecretId=physical_id)
        named = kept(properties, "SecretId", "RotateImmediatelyOnUpdate")
        return {**named, **picked(found, "RotationLambdaARN", "RotationRules")}


TYPES: Mapping[str, ResourceType] = {
    "AWS::SecretsManager::ResourcePolicy": ResourcePolicy(),
    "AWS::SecretsManager::RotationSchedule": RotationSchedule(),
    "AWS::SecretsManager::Secret": Secret(),
}
