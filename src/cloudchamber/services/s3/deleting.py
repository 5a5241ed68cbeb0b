"""DeleteObject and DeleteObjects: delete markers, and versions that are gone for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AwsError
from cloudchamber.core.service import Request, operation
from cloudchamber.services.s3 import limits, locks
from cloudchamber.services.s3.conditions import matches
from cloudchamber.services.s3.errors import (
    Denied,
    InvalidArgument,
    MalformedXml,
    NoSuchKey,
    PreconditionFailed,
)
from cloudchamber.services.s3.objects import Objects
from cloudchamber.services.s3.version import NULL, Version, seq_of

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.s3 import shapes
    from cloudchamber.services.s3.bucket import Bucket


class Deleting(Objects):
    @operation
    async def delete_object(self, ctx: Context, request: shapes.DeleteObjectRequest) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        return self.delete(ctx, bucket, request)

    @operation
    async def delete_objects(self, ctx: Context, request: shapes.DeleteObjectsRequest) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        entries = request["Delete"]["Objects"]
        if not 1 <= len(entries) <= limits.DELETE_KEYS_MAX:
            raise MalformedXml
        deleted: list[dict[str, Any]] = []
        errors: list[dict[str, Any]] = []
        bound = self.platform.dispatcher.lookup("s3", "DeleteObject")
        for at, entry in enumerate(entries):
            one: dict[str, Any] = {**entry, "Bucket": bucket.name}
            if entry.get("ETag") is not None:
                one["IfMatch"] = entry["ETag"]
            for name in ("BypassGovernanceRetention", "MFA"):
                if request.get(name) is not None:
                    one[name] = request[name]
            try:
                self.platform.dispatcher.authorize(ctx, bound, one)
                deleted.append(_deleted(entry, self.delete(ctx, bucket, one)))
            except AwsError as error:
                errors.append(_error(entry, error))
            if at % 100 == 99:
                await self.clock.breathe()
        return {"Deleted": [] if request["Delete"].get("Quiet") else deleted, "Errors": errors}

    def delete(self, ctx: Context, bucket: Bucket, request: Request) -> dict[str, Any]:
        """Delete a version that is named, or put a delete marker over the latest one; what DeleteObject answers."""
        key, version_id = request["Key"], request.get("VersionId")
        self._check_conditions(bucket, request)
        with self.platform.store.transaction():
            if version_id is None and bucket.versioning:
                marker, files = self.mark_deleted(ctx, bucket, key, "ObjectRemoved:DeleteMarkerCreated")
                output: dict[str, Any] = {"DeleteMarker": True, "VersionId": marker.version}
            else:
                output, files = self._remove(ctx, bucket, request)
        self.bodies.remove(files)
        self.wake_outbox()
        return output

    def _check_conditions(self, bucket: Bucket, request: Request) -> None:
        expected = request.get("IfMatch")
        if expected is None:
            return
        version = self._named(bucket, request)
        if version is None or version.is_marker:
            if expected.strip() == "*" or request.get("VersionId") is None:
                raise NoSuchKey(None, Key=request["Key"])
        elif not matches(expected, version.etag):
            raise PreconditionFailed("If-Match")

    def _named(self, bucket: Bucket, request: Request) -> Version | None:
        version_id = request.get("VersionId")
        if version_id is None:
            return self.store.latest(bucket.number, request["Key"])
        if version_id != NULL and seq_of(version_id) is None:
            raise InvalidArgument("Invalid version id specified", "versionId", version_id)
        return self.store.version(bucket.number, request["Key"], version_id)

    def mark_deleted(self, ctx: Context, bucket: Bucket, key: str, event: str) -> tuple[Version, list[str]]:
        """Inside a transaction: a delete marker over a key, and the files that nobody needs any more."""
        replaced = self.store.supersede(bucket, key)
        files = [file for old in replaced for file in self.bodies.give_up(old.pieces)]
        seq = self.store.new_seq()
        marker = Version(
            bucket.number, key, seq, self.store.new_version_id(bucket, seq), True, True, 0, "", ctx.now(), "STANDARD",
            bucket.account, "", "", {},
        )  # fmt: skip
        self.store.add(marker)
        self.record(ctx, bucket, event, marker)
        return marker, files

    def _remove(self, ctx: Context, bucket: Bucket, request: Request) -> tuple[dict[str, Any], list[str]]:
        version_id = request.get("VersionId")
        version = self._named(bucket, request)
        if version is None:
            return ({} if version_id is None else {"VersionId": version_id}), []
        if bucket.locks_objects and not version.is_marker:
            bypasses = bool(request.get("BypassGovernanceRetention"))
            if locks.is_held(version, ctx.now(), bypasses):
                raise Denied("Access Denied because object protected by object lock.")
        elif request.get("BypassGovernanceRetention") and not bucket.locks_objects:
            raise InvalidArgument(
                "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.",
                "x-amz-bypass-governance-retention",
            )
        files = self.remove_version(ctx, bucket, version)
        output: dict[str, Any] = {}
        if version_id is not None:
            output["VersionId"] = version.version
        if version.is_marker:
            output["DeleteMarker"] = True
        return output, files

    def remove_version(self, ctx: Context, bucket: Bucket, version: Version) -> list[str]:
        """Inside a transaction: a version is gone for good; the files to remove."""
        self.store.remove(version)
        files = self.bodies.give_up(version.pieces)
        self.record(ctx, bucket, "ObjectRemoved:Delete", version)
        return files


def _deleted(entry: Request, output: dict[str, Any]) -> dict[str, Any]:
    """An entry of the answer: what was asked, and what came of it."""
    found: dict[str, Any] = {"Key": entry["Key"]}
    if entry.get("VersionId") is not None:
        found["VersionId"] = entry["VersionId"]
        if output.get("DeleteMarker"):
            found |= {"DeleteMarker": True, "DeleteMarkerVersionId": output["VersionId"]}
    elif output.get("DeleteMarker"):
        found |= {"DeleteMarker": True, "DeleteMarkerVersionId": output["VersionId"]}
    return found


def _error(entry: Request, error: AwsError) -> dict[str, Any]:
    found = {"Key": entry["Key"], "Code": error.code, "Message": error.message}
    return {**found, "VersionId": entry["VersionId"]} if entry.get("VersionId") else found
