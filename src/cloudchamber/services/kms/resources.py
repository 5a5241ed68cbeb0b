"""CloudFormation's resource types of KMS.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_KMS.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.errors import ValidationError
from cloudchamber.core.resource_types import Desired, Made, Properties, ResourceType, tag_changes, tags_of
from cloudchamber.protocol.fitting import fitted
from cloudchamber.protocol.provisioning import (
    Type,
    as_tags,
    ask,
    changed,
    kept,
    picked,
    seen,
    tag_list,
    undone,
    unless_gone,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

PENDING_DAYS = 30
_FIXED = ("KeySpec", "KeyUsage", "MultiRegion", "Origin")


def _true(value: Any) -> bool:
    return str(value).lower() == "true"


def _tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"TagKey": key, "TagValue": value} for key, value in tags.items()]


class Key(Type):
    async def make(self, ctx: Context, desired: Desired) -> Made:
        wanted = desired.properties
        more = {"Policy": wanted.get("KeyPolicy"), "Tags": _tags(tags_of(desired)) or None}
        found = (await ask(ctx, "kms:CreateKey", wanted, **more))["KeyMetadata"]
        async with undone(lambda: self.delete(ctx, found["KeyId"], wanted)):
            await self._rest(ctx, found["KeyId"], desired, {"Enabled": True, "EnableKeyRotation": False})
        return Made(found["KeyId"], {"Arn": found["Arn"], "KeyId": found["KeyId"]})

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        if changed(desired, previous, *_FIXED):
            raise ValidationError(
                "You cannot change the KeySpec, KeyUsage, MultiRegion and Origin of a KMS key after it is created."
            )
        wanted = desired.properties
        if changed(desired, previous, "Description"):
            await ctx.call("kms:UpdateKeyDescription", KeyId=physical_id, Description=wanted.get("Description", ""))
        if changed(desired, previous, "KeyPolicy") and wanted.get("KeyPolicy"):
            policy = {"PolicyName": "default", "Policy": wanted["KeyPolicy"]}
            await ask(ctx, "kms:PutKeyPolicy", wanted, KeyId=physical_id, **policy)
        await self._rest(ctx, physical_id, desired, previous)
        await self._tag(ctx, physical_id, desired)
        return await self._made(ctx, physical_id)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        days = properties.get("PendingWindowInDays") or PENDING_DAYS
        gone = ask(ctx, "kms:ScheduleKeyDeletion", KeyId=physical_id, PendingWindowInDays=days)
        await unless_gone(gone, "KMSInvalidStateException")  # it is pending deletion already

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = (await ctx.call("kms:DescribeKey", KeyId=physical_id))["KeyMetadata"]
        policy = await ctx.call("kms:GetKeyPolicy", KeyId=physical_id, PolicyName="default")
        tags = tag_list(as_tags((await ctx.call("kms:ListResourceTags", KeyId=physical_id)).get("Tags")))
        shown = picked(found, "KeyId", "Arn", "Description", "KeySpec", "KeyUsage", "Origin")
        shown |= {"Enabled": found["Enabled"], "MultiRegion": found["MultiRegion"]}
        if "EnableKeyRotation" in properties:
            rotation = await ctx.call("kms:GetKeyRotationStatus", KeyId=physical_id)
            shown["EnableKeyRotation"] = rotation["KeyRotationEnabled"]
            shown |= picked(rotation, "RotationPeriodInDays")
        shown |= kept(properties, "BypassPolicyLockoutSafetyCheck", "PendingWindowInDays")
        return {**shown, "KeyPolicy": orjson.loads(policy["Policy"]), **picked({"Tags": tags}, "Tags")}

    @staticmethod
    async def _made(ctx: Context, key: str) -> Made:
        found = (await ctx.call("kms:DescribeKey", KeyId=key))["KeyMetadata"]
        return Made(key, {"Arn": found["Arn"], "KeyId": key})

    @staticmethod
    async def _rest(ctx: Context, key: str, desired: Desired, previous: Properties) -> None:
        """Whether the key is enabled and rotates. An enabled key is what rotation can be set on."""
        wanted = desired.properties
        was_enabled, is_enabled = _true(previous.get("Enabled", True)), _true(wanted.get("Enabled", True))
        if is_enabled and not was_enabled:
            await ctx.call("kms:EnableKey", KeyId=key)
        did_rotate, does_rotate = _true(previous.get("EnableKeyRotation")), _true(wanted.get("EnableKeyRotation"))
        if does_rotate and (not did_rotate or changed(desired, previous, "RotationPeriodInDays")):
            days = wanted.get("RotationPeriodInDays")
            await ask(ctx, "kms:EnableKeyRotation", KeyId=key, RotationPeriodInDays=days)
        elif did_rotate and not does_rotate:
            await ctx.call("kms:DisableKeyRotation", KeyId=key)
        if was_enabled and not is_enabled:
            await ctx.call("kms:DisableKey", KeyId=key)

    @staticmethod
    async def _tag(ctx: Context, key: str, desired: Desired) -> None:
        have = as_tags((await ctx.call("kms:ListResourceTags", KeyId=key)).get("Tags"))
        added, removed = tag_changes(desired, have)
        if removed:
            await ctx.call("kms:UntagResource", KeyId=key, TagKeys=removed)
        if added:
            await ctx.call("kms:TagResource", KeyId=key, Tags=_tags(added))


class ReplicaKey(Key):
    async def make(self, ctx: Context, desired: Desired) -> Made:
        wanted = desired.properties
        primary = wanted["PrimaryKeyArn"]
        request = {
            **wanted, "KeyId": primary.rpartition("/")[2], "ReplicaRegion": ctx.region, "Policy": wanted["KeyPolicy"],
            "Tags": _tags(tags_of(desired)) or None,
        }  # fmt: skip
        made = await ctx.call("kms:ReplicateKey", region=primary.split(":")[3], **fitted("kms:ReplicateKey", request))
        found = made["ReplicaKeyMetadata"]
        async with undone(lambda: self.delete(ctx, found["KeyId"], wanted)):
            await self._rest(ctx, found["KeyId"], desired, {"Enabled": True})
        return Made(found["KeyId"], {"Arn": found["Arn"], "KeyId": found["KeyId"]})

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        shown = await super().read(ctx, physical_id, properties)
        named = kept(properties, "PrimaryKeyArn", "PendingWindowInDays")
        return {**named, **picked(shown, "KeyId", "Arn", "Description", "Enabled", "KeyPolicy", "Tags")}


class Alias(Type):
    async def make(self, ctx: Context, desired: Desired) -> Made:
        await ask(ctx, "kms:CreateAlias", desired.properties)
        return Made(desired.properties["AliasName"])

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        name = desired.properties["AliasName"]
        found = await seen(ask(ctx, "kms:DescribeKey", KeyId=name))
        return None if found is None else Made(name)

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        await ask(ctx, "kms:UpdateAlias", desired.properties)
        return Made(physical_id)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await unless_gone(ctx.call("kms:DeleteAlias", AliasName=physical_id))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = (await ctx.call("kms:DescribeKey", KeyId=physical_id))["KeyMetadata"]
        given = properties["TargetKeyId"]
        same = given in (found["KeyId"], found["Arn"])
        return {"AliasName": physical_id, "TargetKeyId": given if same else found["KeyId"]}


TYPES: Mapping[str, ResourceType] = {
    "AWS::KMS::Alias": Alias(),
    "AWS::KMS::Key": Key(),
    "AWS::KMS::ReplicaKey": ReplicaKey(),
}
