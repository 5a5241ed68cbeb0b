"""CloudFormation's resource types of S3.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_S3.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import orjson

from cloudchamber.core.errors import AwsError
from cloudchamber.core.resource_types import (
    AlreadyExists,
    Desired,
    Made,
    Properties,
    ResourceType,
    tag_changes,
    tags_of,
)
from cloudchamber.protocol.fitting import fitted
from cloudchamber.protocol.provisioning import (
    Type,
    ask,
    changed,
    kept,
    name_within,
    seen,
    tag_list,
    undone,
    unless_gone,
)
from cloudchamber.services.s3 import resource_forms as forms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cloudchamber.core.context import Context


@dataclass(frozen=True, slots=True)
class Setting:
    """A property of a bucket: the operation that puts it, the member it stands in, its form, and how it goes away:
    an operation, or what is put instead."""

    put: str
    member: str
    form: Callable[[Any, str], Any]
    gone: str | Any
    show: str


# In the order in which they are put: what later ones depend on comes first.
SETTINGS: Mapping[str, Setting] = {
    "OwnershipControls": Setting("PutBucketOwnershipControls", "OwnershipControls", forms.same,
                                 "DeleteBucketOwnershipControls", "GetBucketOwnershipControls"),
    "PublicAccessBlockConfiguration": Setting("PutPublicAccessBlock", "PublicAccessBlockConfiguration", forms.same,
                                              "DeletePublicAccessBlock", "GetPublicAccessBlock"),
    "AccessControl": Setting("PutBucketAcl", "ACL", forms.canned, {"ACL": "private"}, ""),
    "VersioningConfiguration": Setting("PutBucketVersioning", "VersioningConfiguration", forms.same,
                                       {"VersioningConfiguration": {"Status": "Suspended"}}, "GetBucketVersioning"),
    "ObjectLockConfiguration": Setting("PutObjectLockConfiguration", "ObjectLockConfiguration", forms.object_lock,
                                       {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}},
                                       "GetObjectLockConfiguration"),
    "BucketEncryption": Setting("PutBucketEncryption", "ServerSideEncryptionConfiguration", forms.encryption,
                                "DeleteBucketEncryption", "GetBucketEncryption"),
    "CorsConfiguration": Setting("PutBucketCors", "CORSConfiguration", forms.cors, "DeleteBucketCors",
                                 "GetBucketCors"),
    "LifecycleConfiguration": Setting("PutBucketLifecycleConfiguration", "LifecycleConfiguration", forms.lifecycle,
                                      "DeleteBucketLifecycle", "GetBucketLifecycleConfiguration"),
    "WebsiteConfiguration": Setting("PutBucketWebsite", "WebsiteConfiguration", forms.website, "DeleteBucketWebsite",
                                    "GetBucketWebsite"),
    "LoggingConfiguration": Setting("PutBucketLogging", "BucketLoggingStatus", forms.logging,
                                    {"BucketLoggingStatus": {}}, "GetBucketLogging"),
    "AccelerateConfiguration": Setting("PutBucketAccelerateConfiguration", "AccelerateConfiguration",
                                       forms.acceleration, {"AccelerateConfiguration": {"Status": "Suspended"}},
                                       "GetBucketAccelerateConfiguration"),
    "NotificationConfiguration": Setting("PutBucketNotificationConfiguration", "NotificationConfiguration",
                                         forms.notifications, {"NotificationConfiguration": {}},
                                         "GetBucketNotificationConfiguration"),
    "ReplicationConfiguration": Setting("PutBucketReplication", "ReplicationConfiguration", forms.replication,
                                        "DeleteBucketReplication", "GetBucketReplication"),
}  # fmt: skip
# Lists of configurations with an `Id` of their own: the property -> the kind in the operations' names, the form.
LISTS: Mapping[str, tuple[str, Callable[[Any, str], Any]]] = {
    "AnalyticsConfigurations": ("Analytics", forms.analytics),
    "IntelligentTieringConfigurations": ("IntelligentTiering", forms.tiering),
    "InventoryConfigurations": ("Inventory", forms.inventory),
    "MetricsConfigurations": ("Metrics", forms.metrics),
}


class Bucket(Type):
    refused: ClassVar[Mapping[str, Any]] = {
        "AbacStatus": "Disabled", "BucketNamePrefix": None, "BucketNamespace": "global", "MetadataConfiguration": None,
        "MetadataTableConfiguration": None,
    }  # fmt: skip

    async def make(self, ctx: Context, desired: Desired) -> Made:
        wanted = desired.properties
        name = self._name(desired)
        if await self._is_there(ctx, name):
            raise AlreadyExists(desired.type, name)
        place = {"LocationConstraint": ctx.region} if ctx.region != "us-east-1" else None
        lock = wanted.get("ObjectLockEnabled") or (True if wanted.get("ObjectLockConfiguration") else None)
        await ask(ctx, "s3:CreateBucket", Bucket=name, CreateBucketConfiguration=place, ObjectLockEnabledForBucket=lock)
        async with undone(lambda: ctx.call("s3:DeleteBucket", Bucket=name)):
            await self._configure(ctx, name, desired, {})
        return self._made(ctx, name)

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        await self._configure(ctx, physical_id, desired, previous)
        return self._made(ctx, physical_id)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await unless_gone(ctx.call("s3:DeleteBucket", Bucket=physical_id))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        """A setting that holds what the template asks for reads as the template has it, else as S3 has it."""
        await ctx.call("s3:HeadBucket", Bucket=physical_id)
        shown: dict[str, Any] = {"BucketName": physical_id, **self._made(ctx, physical_id).attributes}
        for name, setting in SETTINGS.items():
            if name in properties and setting.show:
                found = await unless_gone(ctx.call(f"s3:{setting.show}", Bucket=physical_id)) or {}
                found = found.get(setting.member, found)
                wanted = fitted(f"s3:{setting.put}", {setting.member: setting.form(properties[name], physical_id)})
                shown[name] = properties[name] if holds(found, wanted[setting.member]) else found
        for name, (kind, form) in LISTS.items():
            if name in properties:
                shown[name] = [await self._listed(ctx, physical_id, (kind, form), one) for one in properties[name]]
        tags = await self._tags(ctx, physical_id)
        shown |= kept(properties, "AccessControl", "ObjectLockEnabled")
        return shown | ({"Tags": tag_list(tags)} if tags else {})

    @staticmethod
    async def _listed(
        ctx: Context, bucket: str, kind: tuple[str, Callable[[Any, str], Any]], one: Mapping[str, Any]
    ) -> Any:
        """One of a list of configurations: as the template has it if it is so."""
        name, form = kind
        member = f"{name}Configuration"
        found = await unless_gone(ask(ctx, f"s3:GetBucket{member}", Bucket=bucket, Id=one["Id"])) or {}
        wanted = fitted(f"s3:PutBucket{member}", {member: form(one, bucket)})
        return one if holds(found.get(member), wanted[member]) else found.get(member)

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        name = self._name(desired)
        return self._made(ctx, name) if await self._is_there(ctx, name) else None

    async def finish(self, ctx: Context, made: Made, desired: Desired) -> Made:
        await self._configure(ctx, made.physical_id, desired, {})
        return made

    @staticmethod
    def _name(desired: Desired) -> str:
        return desired.properties.get("BucketName") or name_within(desired, 63).lower()

    @staticmethod
    async def _is_there(ctx: Context, name: str) -> bool:
        try:
            await ctx.call("s3:HeadBucket", Bucket=name)
        except AwsError as error:
            if error.status in (403, 404):  # somebody else's: CreateBucket says so
                return False
            raise
        return True

    async def _configure(self, ctx: Context, name: str, desired: Desired, previous: Properties) -> None:
        """Put what differs from before."""
        wanted = desired.properties
        for key, setting in SETTINGS.items():
            if not changed(desired, previous, key):
                continue
            if wanted.get(key) is not None:
                await ask(ctx, f"s3:{setting.put}", Bucket=name, **{setting.member: setting.form(wanted[key], name)})
            elif isinstance(setting.gone, str):
                await unless_gone(ctx.call(f"s3:{setting.gone}", Bucket=name))
            else:
                await ctx.call(f"s3:{setting.put}", Bucket=name, **setting.gone)
        for key, (kind, form) in LISTS.items():
            had = {one["Id"]: one for one in previous.get(key) or ()}
            now = {one["Id"]: one for one in wanted.get(key) or ()}
            for identifier, one in now.items():
                if had.get(identifier) != one:
                    more = {f"{kind}Configuration": form(one, name)}
                    await ask(ctx, f"s3:PutBucket{kind}Configuration", Bucket=name, Id=identifier, **more)
            for identifier in had.keys() - now.keys():
                await unless_gone(ctx.call(f"s3:DeleteBucket{kind}Configuration", Bucket=name, Id=identifier))
        await self._tag(ctx, name, desired, is_new=not previous)

    async def _tag(self, ctx: Context, name: str, desired: Desired, is_new: bool) -> None:
        have = {} if is_new else await self._tags(ctx, name)
        added, removed = tag_changes(desired, have)
        if not added and not removed:
            return
        tags = tags_of(desired)
        if tags:
            await ctx.call("s3:PutBucketTagging", Bucket=name, Tagging={"TagSet": tag_list(tags)})
        else:
            await ctx.call("s3:DeleteBucketTagging", Bucket=name)

    @staticmethod
    async def _tags(ctx: Context, name: str) -> dict[str, str]:
        found = await unless_gone(ctx.call("s3:GetBucketTagging", Bucket=name)) or {"TagSet": ()}
        return {tag["Key"]: tag["Value"] for tag in found["TagSet"]}

    @staticmethod
    def _made(ctx: Context, name: str) -> Made:
        region = ctx.region
        site = f"s3-website-{region}" if region in DASHED_REGIONS else f"s3-website.{region}"
        attributes = {
            "Arn": f"arn:aws:s3:::{name}", "DomainName": f"{name}.s3.amazonaws.com",
            "DualStackDomainName": f"{name}.s3.dualstack.{region}.amazonaws.com",
            "RegionalDomainName": f"{name}.s3.{region}.amazonaws.com",
            "WebsiteURL": f"http://{name}.{site}.amazonaws.com",
        }  # fmt: skip
        return Made(name, attributes)


# Regions whose website endpoints have a dash before the region; newer ones have a dot.
# https://docs.aws.amazon.com/general/latest/gr/s3.html#s3_website_region_endpoints
DASHED_REGIONS = frozenset({
    "us-east-1", "us-west-1", "us-west-2", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "eu-west-1",
    "sa-east-1", "us-gov-west-1",
})  # fmt: skip


def holds(found: Any, wanted: Any) -> bool:
    """Whether what is there has all that was asked for: more members are AWS's defaults, more items a difference."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(holds(found.get(name), inner) for name, inner in wanted.items())
    if isinstance(wanted, list):
        pairs = zip(found, wanted, strict=True) if isinstance(found, list) and len(found) == len(wanted) else None
        return pairs is not None and all(holds(one, other) for one, other in pairs)
    return bool(found == wanted)


class BucketPolicy(Type):
    async def make(self, ctx: Context, desired: Desired) -> Made:
        bucket = desired.properties["Bucket"]
        if await seen(ctx.call("s3:GetBucketPolicy", Bucket=bucket)) is not None:
            raise AlreadyExists(desired.type, bucket)
        await self._put(ctx, desired)
        return Made(bucket)

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        await self._put(ctx, desired)
        return Made(physical_id)

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        bucket = desired.properties["Bucket"]
        found = await seen(ctx.call("s3:GetBucketPolicy", Bucket=bucket))
        return None if found is None else Made(bucket)

    async def finish(self, ctx: Context, made: Made, desired: Desired) -> Made:
        await self._put(ctx, desired)
        return made

    @staticmethod
    async def _put(ctx: Context, desired: Desired) -> None:
        wanted = desired.properties
        await ask(ctx, "s3:PutBucketPolicy", Bucket=wanted["Bucket"], Policy=wanted["PolicyDocument"])

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await unless_gone(ctx.call("s3:DeleteBucketPolicy", Bucket=properties["Bucket"]))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        text = (await ctx.call("s3:GetBucketPolicy", Bucket=properties["Bucket"]))["Policy"]
        return {"Bucket": properties["Bucket"], "PolicyDocument": orjson.loads(text)}


TYPES: Mapping[str, ResourceType] = {"AWS::S3::Bucket": Bucket(), "AWS::S3::BucketPolicy": BucketPolicy()}
