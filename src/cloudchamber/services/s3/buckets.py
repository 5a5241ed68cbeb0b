"""Operations on buckets as such: create, list, find, delete, versioning."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import NotImplementedByUs
from cloudchamber.core.pagination import InvalidMarker, decode_marker, encode_marker
from cloudchamber.core.service import operation
from cloudchamber.services.s3 import acl, limits, tags
from cloudchamber.services.s3.base import S3Base
from cloudchamber.services.s3.bucket import Bucket, is_name, is_region, owner
from cloudchamber.services.s3.errors import (
    BucketAlreadyExists,
    BucketAlreadyOwnedByYou,
    BucketNotEmpty,
    IllegalLocationConstraint,
    InvalidAclPutHere,
    InvalidArgument,
    InvalidBucketName,
    InvalidBucketState,
    InvalidLocationConstraint,
    InvalidToken,
    MalformedXml,
    TooManyBuckets,
)

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.s3 import shapes

HOME = "us-east-1"
_OWNERSHIPS = ("BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter")


class Buckets(S3Base):
    @operation
    async def create_bucket(self, ctx: Context, request: shapes.CreateBucketRequest) -> shapes.CreateBucketOutput:
        name = request["Bucket"]
        if not is_name(name):
            raise InvalidBucketName(None, BucketName=name)
        configuration = request.get("CreateBucketConfiguration") or {}
        region = _region(ctx.region, configuration.get("LocationConstraint"))
        existing = self.store.buckets.get(name)
        if existing is not None:
            return self._again(ctx, request, existing, region)
        bucket = self._new_bucket(ctx, request, region)
        with self.platform.store.transaction():
            if self.store.buckets.count(account=ctx.account) >= limits.BUCKETS_MAX:
                raise TooManyBuckets
            bucket = self.store.buckets.put(replace(bucket, number=self.store.new_number()))
        ctx.meter("s3.requests_tier1")
        return {
            "Location": f"/{name}" if region == HOME else f"http://{name}.s3.amazonaws.com/",
            "BucketArn": bucket.arn,
        }

    def _again(
        self, ctx: Context, request: shapes.CreateBucketRequest, existing: Bucket, region: str
    ) -> shapes.CreateBucketOutput:
        """Creating one's own bucket again succeeds in the region where S3 began and resets its ACL; nowhere else."""
        if existing.account != ctx.account:
            raise BucketAlreadyExists(None, BucketName=existing.name)
        if not existing.region == region == HOME:
            raise BucketAlreadyOwnedByYou(None, BucketName=existing.name)
        if existing.takes_acls:
            given = acl.from_headers(request, ctx.account)
            if given is not None and acl.is_public(given) and existing.blocks.get("BlockPublicAcls"):
                raise acl.blocked(ctx.principal.arn, "s3:CreateBucket", existing.arn)
            with self.platform.store.transaction():
                self.store.buckets.put(replace(existing, grants=tuple(given or acl.private(ctx.account))))
        return {"Location": f"/{existing.name}", "BucketArn": existing.arn}

    def _new_bucket(self, ctx: Context, request: shapes.CreateBucketRequest, region: str) -> Bucket:
        ownership: Any = request.get("ObjectOwnership") or "BucketOwnerEnforced"
        if ownership not in _OWNERSHIPS:
            raise InvalidArgument("Invalid x-amz-object-ownership header: " + ownership, "x-amz-object-ownership")
        grants = acl.from_headers(request, ctx.account)
        if grants is not None and ownership == "BucketOwnerEnforced":
            if request.get("ACL") != "private":
                raise InvalidAclPutHere(None, BucketName=request["Bucket"])
            grants = None
        if grants is not None and acl.is_public(grants):
            raise acl.blocked(ctx.principal.arn, "s3:CreateBucket", f"arn:aws:s3:::{request['Bucket']}")
        configuration = request.get("CreateBucketConfiguration") or {}
        locks = bool(request.get("ObjectLockEnabledForBucket"))
        return Bucket(
            request["Bucket"], 0, ctx.account, region, ctx.now(),
            versioning="Enabled" if locks else "",
            ownership=ownership,
            grants=tuple(grants or acl.private(ctx.account)),
            locks_objects=locks,
            tags=tags.from_set(configuration.get("Tags") or (), limits.BUCKET_TAGS_MAX, "Bucket"),
            configurations={"object_lock": {"ObjectLockEnabled": "Enabled"}} if locks else {},
        )  # fmt: skip

    @operation
    async def head_bucket(self, ctx: Context, request: shapes.HeadBucketRequest) -> shapes.HeadBucketOutput:
        bucket = self.bucket(ctx, request)
        ctx.meter("s3.requests_tier2")
        return {"BucketRegion": bucket.region, "BucketArn": bucket.arn, "AccessPointAlias": False}

    @operation
    async def get_bucket_location(
        self, ctx: Context, request: shapes.GetBucketLocationRequest
    ) -> shapes.GetBucketLocationOutput:
        region = self.bucket(ctx, request).region
        return {} if region == HOME else {"LocationConstraint": region}

    @operation
    async def list_buckets(self, ctx: Context, request: shapes.ListBucketsRequest) -> dict[str, Any]:
        ctx.meter("s3.requests_tier1")
        most = request.get("MaxBuckets")
        if most is not None and not 1 <= most <= limits.LISTED_BUCKETS_MAX:
            raise InvalidArgument("Argument max-buckets must be an integer between 1 and 10000", "max-buckets", most)
        limit, prefix, region = most or limits.LISTED_BUCKETS_MAX, request.get("Prefix"), request.get("BucketRegion")
        try:
            after = decode_marker(request["ContinuationToken"]) if request.get("ContinuationToken") else ""
        except InvalidMarker:
            raise InvalidToken from None
        found = [
            bucket
            for bucket in self.store.buckets.where(account=ctx.account, order="name", after=(after,))
            if bucket.name.startswith(prefix or "") and region in (None, bucket.region)
        ]
        output: dict[str, Any] = {
            "Buckets": [
                {"Name": b.name, "CreationDate": int(b.created_at), "BucketRegion": b.region, "BucketArn": b.arn}
                for b in found[:limit]
            ],
            "Owner": owner(ctx.account),
        }
        if prefix is not None:
            output["Prefix"] = prefix
        if len(found) > limit:
            output["ContinuationToken"] = encode_marker(found[limit - 1].name)
        return output

    @operation
    async def delete_bucket(self, ctx: Context, request: shapes.DeleteBucketRequest) -> None:
        bucket = self.bucket(ctx, request)
        if not self.store.is_empty(bucket):
            what = ". You must delete all versions in the bucket." if bucket.versioning else ""
            raise BucketNotEmpty(BucketNotEmpty.text + what, BucketName=bucket.name)
        files = []
        with self.platform.store.transaction():
            self.store.buckets.delete(bucket.name)
            files = self.forget_contents(bucket)
        self.bodies.remove(files)
        ctx.meter("s3.requests_tier1")

    # versioning

    @operation
    async def get_bucket_versioning(self, ctx: Context, request: shapes.GetBucketVersioningRequest) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        return {"Status": bucket.versioning} if bucket.versioning else {}

    @operation
    async def put_bucket_versioning(self, ctx: Context, request: shapes.PutBucketVersioningRequest) -> None:
        bucket = self.bucket(ctx, request)
        configuration = request["VersioningConfiguration"]
        status: Any = configuration.get("Status")
        if status is None and not bucket.versioning and not configuration.get("MFADelete"):
            raise MalformedXml("The Versioning element must be specified")
        if configuration.get("MFADelete") == "Enabled":
            raise NotImplementedByUs("MFA delete exists on AWS and is not implemented in cloudchamber")
        if status == "Suspended" and bucket.locks_objects:
            raise InvalidBucketState(
                "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed."
            )
        if status == "Suspended" and bucket.configurations.get("replication"):
            raise InvalidBucketState(
                "A replication configuration is present on this bucket, so the versioning state cannot be changed."
            )
        if status is not None:
            with self.platform.store.transaction():
                self.store.buckets.put(replace(bucket, versioning=status))


def _region(called: str, constraint: str | None) -> str:
    """Where a new bucket goes, given the region of the call and what it asks for."""
    if constraint == "EU":
        constraint = "eu-west-1"
    if not constraint:
        if called != HOME:
            raise IllegalLocationConstraint(
                "The unspecified location constraint is incompatible for the region specific endpoint this request was "
                "sent to."
            )
        return HOME
    if called == HOME:
        if constraint == HOME or not is_region(constraint):
            raise InvalidLocationConstraint(None, LocationConstraint=constraint)
        return constraint
    if constraint != called:
        raise IllegalLocationConstraint(
            f"The {constraint} location constraint is incompatible for the region specific endpoint this request was "
            "sent to."
        )
    return constraint
