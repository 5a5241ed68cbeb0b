"""Tags, retention and legal holds of objects, and the object lock configuration of buckets."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AwsError
from cloudchamber.core.service import Check, Request, operation
from cloudchamber.services.s3 import limits, locks, tags
from cloudchamber.services.s3.configuration import Configuration
from cloudchamber.services.s3.errors import (
    Absent,
    InvalidBucketState,
    InvalidRequest,
    MalformedXml,
)
from cloudchamber.services.s3.outbox import Outbox
from cloudchamber.services.s3.version import NULL

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.s3.bucket import Bucket
    from cloudchamber.services.s3.version import Version


class Tagging(Outbox, Configuration):
    def _changed(self, ctx: Context, bucket: Bucket, version: Version, event: str | None) -> None:
        with self.platform.store.transaction():
            self.store.change(version)
            if event is not None:
                self.record(ctx, bucket, event, version)
        self.wake_outbox()

    @staticmethod
    def _of(version: Version) -> dict[str, Any]:
        return {} if version.version == NULL else {"VersionId": version.version}

    @operation
    async def get_object_tagging(self, ctx: Context, request: Request) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        version = self.version(bucket, request)
        return {"TagSet": tags.as_set(version.tags), **self._of(version)}

    @operation
    async def put_object_tagging(self, ctx: Context, request: Request) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        version = self.version(bucket, request)
        version.about["tags"] = tags.from_set(request["Tagging"]["TagSet"], limits.OBJECT_TAGS_MAX, "Object")
        self._changed(ctx, bucket, version, "ObjectTagging:Put")
        return self._of(version)

    @operation
    async def delete_object_tagging(self, ctx: Context, request: Request) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        version = self.version(bucket, request)
        if version.about.pop("tags", None) is not None:
            self._changed(ctx, bucket, version, "ObjectTagging:Delete")
        return self._of(version)

    # object lock

    @operation
    async def put_object_lock_configuration(self, ctx: Context, request: Request) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        given = request.get("ObjectLockConfiguration") or {}
        if given.get("ObjectLockEnabled") != "Enabled":
            raise MalformedXml
        if not bucket.is_versioned:
            raise InvalidBucketState("Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration")
        default = (given.get("Rule") or {}).get("DefaultRetention")
        if given.get("Rule") is not None:
            if not default or not default.get("Mode") or bool(default.get("Days")) == bool(default.get("Years")):
                raise MalformedXml
            if (default.get("Days") or default.get("Years")) < 1:
                raise InvalidRequest("Default retention period must be a positive integer value.")
        with self.platform.store.transaction():
            self.store.buckets.put(replace(bucket, locks_objects=True))
            self.configure(bucket, "object_lock", given)
        return {}

    @operation
    async def get_object_lock_configuration(self, ctx: Context, request: Request) -> dict[str, Any]:
        absent = ("ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket")
        return {"ObjectLockConfiguration": self.configured(ctx, request, "object_lock", absent)}

    @operation
    async def put_object_retention(self, ctx: Context, request: Request) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        version = self.version(bucket, request)
        if not bucket.locks_objects:
            raise InvalidRequest(locks.MISSING)
        given = request.get("Retention") or {}
        wanted = {"Mode": given.get("Mode"), "RetainUntilDate": given.get("RetainUntilDate")} if given else None
        if wanted is not None:
            if not wanted["Mode"] or not wanted["RetainUntilDate"]:
                raise MalformedXml
            locks.check_retention(wanted["Mode"], wanted["RetainUntilDate"], ctx.now())
        locks.check_change(version, wanted, ctx.now(), self._bypasses(ctx, bucket, request))
        if wanted is None:
            version.about.pop("retention", None)
        else:
            version.about["retention"] = wanted
        self._changed(ctx, bucket, version, None)
        return {}

    def _bypasses(self, ctx: Context, bucket: Bucket, request: Request) -> bool:
        """Whether governance is to be passed over, by somebody who may."""
        if not request.get("BypassGovernanceRetention"):
            return False
        arn = f"{bucket.arn}/{request['Key']}"
        try:
            self.ask(ctx, Check("s3:BypassGovernanceRetention", arn, account=bucket.account))
        except AwsError:
            return False
        return True

    @operation
    async def get_object_retention(self, ctx: Context, request: Request) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        version = self.version(bucket, request)
        if not bucket.locks_objects:
            raise InvalidRequest(locks.MISSING)
        if "retention" not in version.about:
            raise _no_lock(bucket)
        return {"Retention": version.about["retention"]}

    @operation
    async def put_object_legal_hold(self, ctx: Context, request: Request) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        version = self.version(bucket, request)
        if not bucket.locks_objects:
            raise InvalidRequest(locks.MISSING)
        status = (request.get("LegalHold") or {}).get("Status")
        if status is None:
            raise MalformedXml
        version.about["hold"] = status
        self._changed(ctx, bucket, version, None)
        return {}

    @operation
    async def get_object_legal_hold(self, ctx: Context, request: Request) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        version = self.version(bucket, request)
        if not bucket.locks_objects:
            raise InvalidRequest(locks.MISSING)
        if "hold" not in version.about:
            raise _no_lock(bucket)
        return {"LegalHold": {"Status": version.about["hold"]}}


def _no_lock(bucket: Bucket) -> Absent:
    return Absent(
        "NoSuchObjectLockConfiguration", "The specified object does not have a ObjectLock configuration", bucket.name
    )
