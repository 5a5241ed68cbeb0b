"""Bucket policies, public access blocks, object ownership, and the ACLs of buckets and objects."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.service import Request, operation
from cloudchamber.identity.document import MalformedPolicy
from cloudchamber.identity.validation import validate_resource_policy
from cloudchamber.services.s3 import access, acl, limits
from cloudchamber.services.s3.bucket import BLOCKS, Grant
from cloudchamber.services.s3.configuration import Configuration
from cloudchamber.services.s3.errors import (
    Absent,
    AccessControlListNotSupported,
    Denied,
    MalformedPolicyText,
    MalformedXml,
    S3Error,
)
from cloudchamber.services.s3.outbox import Outbox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.services.s3.bucket import Bucket
    from cloudchamber.services.s3.version import Version

MISSING_CONTENT = "Your request was missing a required header"


class Policies(Outbox, Configuration):
    # the bucket policy

    @operation
    async def put_bucket_policy(self, ctx: Context, request: Request) -> None:
        bucket = self.bucket(ctx, request)
        text = request.get("Policy") or ""
        if len(text.encode()) > limits.POLICY_BYTES_MAX:
            raise S3Error("Policy exceeds the maximum allowed document size.").named("PolicyTooLarge")
        check_policy(bucket, text)
        if bucket.blocks.get("BlockPublicPolicy") and access.is_public(text):
            raise Denied(
                f"User: {ctx.principal.arn} is not authorized to perform: s3:PutBucketPolicy on resource: "
                f'"{bucket.arn}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block '
                "Public Access."
            )
        with self.platform.store.transaction():
            self.store.buckets.put(replace(bucket, policy=text))

    @operation
    async def get_bucket_policy(self, ctx: Context, request: Request) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        if bucket.policy is None:
            raise _no_policy(bucket)
        return {"Policy": bucket.policy}

    @operation
    async def delete_bucket_policy(self, ctx: Context, request: Request) -> None:
        bucket = self.bucket(ctx, request)
        with self.platform.store.transaction():
            self.store.buckets.put(replace(bucket, policy=None))

    @operation
    async def get_bucket_policy_status(self, ctx: Context, request: Request) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        if bucket.policy is None:
            raise _no_policy(bucket)
        return {"PolicyStatus": {"IsPublic": access.is_public(bucket.policy)}}

    # public access block

    @operation
    async def put_public_access_block(self, ctx: Context, request: Request) -> None:
        bucket, given = self.bucket(ctx, request), request["PublicAccessBlockConfiguration"]
        with self.platform.store.transaction():
            blocks = {name: bool(given.get(name)) for name in BLOCKS}
            self.store.buckets.put(replace(bucket, blocks=blocks, has_blocks=True))

    @operation
    async def get_public_access_block(self, ctx: Context, request: Request) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        if not bucket.has_blocks:
            raise Absent(
                "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found",
                bucket.name,
            )  # fmt: skip
        return {"PublicAccessBlockConfiguration": bucket.blocks}

    @operation
    async def delete_public_access_block(self, ctx: Context, request: Request) -> None:
        bucket = self.bucket(ctx, request)
        with self.platform.store.transaction():
            self.store.buckets.put(replace(bucket, blocks={}, has_blocks=False))

    # ownership

    @operation
    async def put_bucket_ownership_controls(self, ctx: Context, request: Request) -> None:
        bucket, rules = self.bucket(ctx, request), request["OwnershipControls"]["Rules"]
        if len(rules) != 1:
            raise MalformedXml
        wanted: Any = rules[0]["ObjectOwnership"]
        if wanted == "BucketOwnerEnforced" and list(bucket.grants) != acl.private(bucket.account):
            raise S3Error("Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting").named(
                "InvalidBucketAclWithObjectOwnership"
            )
        with self.platform.store.transaction():
            self.store.buckets.put(replace(bucket, ownership=wanted))
            self.configure(bucket, "no_ownership", None)

    @operation
    async def get_bucket_ownership_controls(self, ctx: Context, request: Request) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        if bucket.configurations.get("no_ownership"):
            raise Absent("OwnershipControlsNotFoundError", "The bucket ownership controls were not found", bucket.name)
        return {"OwnershipControls": {"Rules": [{"ObjectOwnership": bucket.ownership}]}}

    @operation
    async def delete_bucket_ownership_controls(self, ctx: Context, request: Request) -> None:
        """Without controls an object belongs to its writer."""
        bucket = self.bucket(ctx, request)
        with self.platform.store.transaction():
            self.store.buckets.put(replace(bucket, ownership="ObjectWriter"))
            self.configure(bucket, "no_ownership", True)

    # ACLs

    @operation
    async def get_bucket_acl(self, ctx: Context, request: Request) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        return acl.shown(bucket.account, bucket.grants)

    @operation
    async def put_bucket_acl(self, ctx: Context, request: Request) -> None:
        bucket = self.bucket(ctx, request)
        grants = self._given(ctx, request, bucket, bucket.account)
        if grants is not None:
            with self.platform.store.transaction():
                self.store.buckets.put(replace(bucket, grants=tuple(grants)))

    @operation
    async def get_object_acl(self, ctx: Context, request: Request) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        version = self.version(bucket, request)
        return acl.shown(version.owner, _grants_of(version, bucket))

    @operation
    async def put_object_acl(self, ctx: Context, request: Request) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        version = self.version(bucket, request)
        grants = self._given(ctx, request, bucket, version.owner)
        if grants is not None:
            with self.platform.store.transaction():
                version.about["acl"] = [[grant.grantee, grant.permission] for grant in grants]
                self.store.change(version)
                self.record(ctx, bucket, "ObjectAcl:Put", version)
            self.wake_outbox()
        return {}

    @staticmethod
    def _given(ctx: Context, request: Request, bucket: Bucket, account: str) -> list[Grant] | None:
        """The grants that a PutBucketAcl or PutObjectAcl brings; None for what changes nothing where ACLs are off."""
        grants = acl.from_headers(request, account, bucket.account)
        document = request.get("AccessControlPolicy")
        if document is not None:
            if grants is not None:
                raise S3Error("This request does not support content").named("UnexpectedContent")
            grants = acl.from_document(document, account)
        if grants is None:
            raise S3Error(MISSING_CONTENT).named("MissingSecurityHeader")
        if not bucket.takes_acls:
            if request.get("ACL") == "bucket-owner-full-control" or grants == acl.private(bucket.account):
                return None
            raise AccessControlListNotSupported(None, BucketName=bucket.name)
        if bucket.blocks.get("BlockPublicAcls") and acl.is_public(grants):
            raise acl.blocked(ctx.principal.arn, "s3:PutBucketAcl", bucket.arn)
        return grants


def _grants_of(version: Version, bucket: Bucket) -> Sequence[Grant]:
    found = access.object_grants(version) if bucket.takes_acls else ()
    return found or acl.private(version.owner)


def _no_policy(bucket: Bucket) -> Absent:
    return Absent("NoSuchBucketPolicy", "The bucket policy does not exist", bucket.name)


def check_policy(bucket: Bucket, text: str) -> None:
    """MalformedPolicy for a document that is none, or speaks of other resources than this bucket and what is in it."""
    try:
        validate_resource_policy(text, vendor="s3")
    except MalformedPolicy as error:
        raise MalformedPolicyText(_in_s3_words(str(error), text)) from None
    statements = orjson.loads(text)["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        resources = statement.get("Resource", statement.get("NotResource"))
        for resource in resources if isinstance(resources, list) else [resources]:
            rest = str(resource).removeprefix("arn:aws:s3:::")
            if rest == resource or not _is_within(rest, bucket.name):
                raise MalformedPolicyText("Policy has invalid resource", Detail=resource)


def _is_within(pattern: str, name: str) -> bool:
    if pattern == name or pattern.startswith(f"{name}/"):
        return True
    head = pattern.partition("/")[0]  # wildcards in the bucket's place have to fit this bucket
    fixed = head.partition("*")[0].partition("?")[0]
    return fixed != head and name.startswith(fixed)


def _in_s3_words(message: str, text: str) -> str:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return "Policies must be valid JSON and the first byte must be '{'"
    return message
