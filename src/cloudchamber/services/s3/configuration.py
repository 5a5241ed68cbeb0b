"""Configurations of a bucket that are stored and shown as they were put, each where S3 has it: CORS, encryption,
logging, request payment, acceleration, tags.

Those that set something going have modules of their own (`lifecycle.py`, `replication.py`, `notifications.py`, …).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Request, operation
from cloudchamber.services.s3 import cors, limits, tags
from cloudchamber.services.s3.base import S3Base
from cloudchamber.services.s3.bucket import account_of_canonical
from cloudchamber.services.s3.errors import Absent, InvalidArgument, InvalidRequest, MalformedXml, S3Error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.s3.bucket import Bucket

_NO_DEFAULT_KEY = {
    "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]
}


class Configuration(S3Base):
    def configure(self, bucket: Bucket, name: str, value: Any) -> Bucket:
        """Store a configuration, or take it away with None."""
        with self.platform.store.transaction():
            present = self.store.buckets.get(bucket.name) or bucket
            configurations = {key: kept for key, kept in present.configurations.items() if key != name}
            if value is not None:
                configurations[name] = value
            return self.store.buckets.put(replace(present, configurations=configurations))

    def configured(self, ctx: Context, request: Request, name: str, absent: tuple[str, str]) -> Any:
        """A stored configuration; the error that S3 has for a bucket without."""
        bucket = self.bucket(ctx, request)
        found = bucket.configurations.get(name)
        if found is None:
            raise Absent(*absent, bucket.name)
        return found

    # CORS

    @operation
    async def put_bucket_cors(self, ctx: Context, request: Request) -> None:
        bucket = self.bucket(ctx, request)
        configuration = request["CORSConfiguration"]
        cors.check(configuration["CORSRules"])
        self.configure(bucket, "cors", configuration)

    @operation
    async def get_bucket_cors(self, ctx: Context, request: Request) -> Mapping[str, Any]:
        absent = ("NoSuchCORSConfiguration", "The CORS configuration does not exist")
        found: Mapping[str, Any] = self.configured(ctx, request, "cors", absent)
        return found

    @operation
    async def delete_bucket_cors(self, ctx: Context, request: Request) -> None:
        self.configure(self.bucket(ctx, request), "cors", None)

    # encryption

    @operation
    async def put_bucket_encryption(self, ctx: Context, request: Request) -> None:
        bucket = self.bucket(ctx, request)
        configuration = request["ServerSideEncryptionConfiguration"]
        if len(configuration["Rules"]) != 1:
            raise MalformedXml
        by_default = configuration["Rules"][0].get("ApplyServerSideEncryptionByDefault")
        if by_default and by_default.get("KMSMasterKeyID") and by_default["SSEAlgorithm"] == "AES256":
            raise InvalidArgument("a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or "
                                  "aws:kms:dsse")  # fmt: skip
        self.configure(bucket, "encryption", configuration)

    @operation
    async def get_bucket_encryption(self, ctx: Context, request: Request) -> dict[str, Any]:
        found = self.bucket(ctx, request).configurations.get("encryption") or _NO_DEFAULT_KEY
        return {"ServerSideEncryptionConfiguration": found}

    @operation
    async def delete_bucket_encryption(self, ctx: Context, request: Request) -> None:
        self.configure(self.bucket(ctx, request), "encryption", None)

    # tags

    @operation
    async def put_bucket_tagging(self, ctx: Context, request: Request) -> None:
        bucket = self.bucket(ctx, request)
        given = tags.from_set(request["Tagging"]["TagSet"], limits.BUCKET_TAGS_MAX, "Bucket")
        with self.platform.store.transaction():
            self.store.buckets.put(replace(bucket, tags=given))

    @operation
    async def get_bucket_tagging(self, ctx: Context, request: Request) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        if not bucket.tags:
            raise Absent("NoSuchTagSet", "The TagSet does not exist", bucket.name)
        return {"TagSet": tags.as_set(bucket.tags)}

    @operation
    async def delete_bucket_tagging(self, ctx: Context, request: Request) -> None:
        bucket = self.bucket(ctx, request)
        with self.platform.store.transaction():
            self.store.buckets.put(replace(bucket, tags={}))

    # logging

    @operation
    async def put_bucket_logging(self, ctx: Context, request: Request) -> None:
        bucket = self.bucket(ctx, request)
        status = request["BucketLoggingStatus"]
        wanted = status.get("LoggingEnabled")
        if wanted is not None:
            target = self.store.buckets.get(wanted["TargetBucket"])
            if target is None or target.account != bucket.account:
                raise S3Error("The target bucket for logging does not exist, is not owned by you, or does not have the "
                              "appropriate grants for the log-delivery group.", TargetBucket=wanted["TargetBucket"],
                              ).named("InvalidTargetBucketForLogging")  # fmt: skip
            if target.region != bucket.region:
                raise S3Error("The source bucket and the target bucket of logging must be in one region").named(
                    "CrossLocationLoggingProhibited", 403
                )
            for grant in wanted.get("TargetGrants") or ():
                grantee = grant.get("Grantee") or {}
                if grantee.get("ID") and account_of_canonical(grantee["ID"]) is None:
                    raise InvalidArgument("Invalid id", "CanonicalUser/ID", grantee["ID"])
        self.configure(bucket, "logging", status if wanted is not None else None)

    @operation
    async def get_bucket_logging(self, ctx: Context, request: Request) -> Mapping[str, Any]:
        return self.bucket(ctx, request).configurations.get("logging") or {}

    # who pays, and acceleration

    @operation
    async def put_bucket_request_payment(self, ctx: Context, request: Request) -> None:
        self.configure(self.bucket(ctx, request), "request_payment", request["RequestPaymentConfiguration"])

    @operation
    async def get_bucket_request_payment(self, ctx: Context, request: Request) -> Mapping[str, Any]:
        return self.bucket(ctx, request).configurations.get("request_payment") or {"Payer": "BucketOwner"}

    @operation
    async def put_bucket_accelerate_configuration(self, ctx: Context, request: Request) -> None:
        bucket = self.bucket(ctx, request)
        if "." in bucket.name:
            raise InvalidRequest(
                "S3 Transfer Acceleration is not supported for buckets with periods (.) in their names"
            )
        self.configure(bucket, "accelerate", request["AccelerateConfiguration"])

    @operation
    async def get_bucket_accelerate_configuration(self, ctx: Context, request: Request) -> Mapping[str, Any]:
        return self.bucket(ctx, request).configurations.get("accelerate") or {}
