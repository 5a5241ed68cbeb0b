"""What S3's operations share: finding buckets and versions, asking IAM for more, and telling who changed what."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any, ClassVar

from cloudchamber.core.dispatch import BoundOperation
from cloudchamber.core.resources import Resource, links_of
from cloudchamber.core.service import Check, Platform, Request, Service
from cloudchamber.services.s3 import access
from cloudchamber.services.s3.bodies import Bodies
from cloudchamber.services.s3.errors import (
    BadDigest,
    Denied,
    InvalidArgument,
    KeyTooLong,
    MalformedXml,
    MethodNotAllowed,
    NoSuchKey,
    NoSuchVersion,
)
from cloudchamber.services.s3.events import destinations
from cloudchamber.services.s3.keys import WIRE
from cloudchamber.services.s3.limits import KEY_BYTES_MAX
from cloudchamber.services.s3.policy import Rules
from cloudchamber.services.s3.store import S3Store
from cloudchamber.services.s3.version import NULL, Version, seq_of
from cloudchamber.services.s3.wire import ADDED, MODEL_PATCH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.core.errors import AwsError, ValidationError
    from cloudchamber.services.s3.bucket import Bucket
    from cloudchamber.services.s3.uploads import Upload

# Input that the model constrains and S3 answers with MalformedXML; what stands in headers is checked by the handlers.
_DOCUMENTS = ("Put", "DeleteObjects", "CompleteMultipartUpload", "RestoreObject")
_NO_DOCUMENTS = ("PutObject", "PutBucketAcl", "PutObjectAcl", "PutBucketPolicy")


class S3Base(Service):
    name: ClassVar[str] = "s3"
    model_patch: ClassVar[Mapping[str, Any]] = MODEL_PATCH
    added_operations: ClassVar[frozenset[str]] = ADDED
    wraps_errors: ClassVar[bool] = False
    takes_anonymous: ClassVar[bool] = True
    request_id_headers: ClassVar[tuple[str, ...]] = ("x-amz-request-id", "x-amz-id-2")

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.store = S3Store(platform.store)
        self.bodies = Bodies(self.store, platform.blobs)
        self.found = Rules(self.store)
        self.rules = self.found.table()

    async def resume(self) -> None:
        self.bodies.collect()

    # finding

    def bucket(self, ctx: Context, request: Request) -> Bucket:
        """NoSuchBucket, AccessDenied."""
        return self.found.bucket(ctx, request)

    def version(self, bucket: Bucket, request: Request) -> Version:
        """The version that a request names, or the latest of its key. NoSuchKey, NoSuchVersion, MethodNotAllowed."""
        found = self.version_or_marker(bucket, request)
        if found.is_marker:
            if request.get("VersionId") is None:
                raise NoSuchKey(None, Key=request["Key"], DeleteMarker=True, VersionId=found.version)
            raise MethodNotAllowed(
                None,
                Method="GET",
                ResourceType="DeleteMarker",
                DeleteMarker=True,
                VersionId=found.version,
                Allow="DELETE",
                LastModified=int(found.modified_at),
            )
        return found

    def version_or_marker(self, bucket: Bucket, request: Request) -> Version:
        key, version = request["Key"], request.get("VersionId")
        if version is None:
            found = self.store.latest(bucket.number, key)
            if found is None:
                raise NoSuchKey(None, Key=key)
            return found
        if version != NULL and seq_of(version) is None:
            raise InvalidArgument("Invalid version id specified", "versionId", version)
        found = self.store.version(bucket.number, key, version)
        if found is None:
            raise NoSuchVersion(None, Key=key, VersionId=version)
        return found

    @staticmethod
    def check_key(key: str) -> None:
        """KeyTooLongError past 1,024 bytes of UTF-8."""
        if len(key) > KEY_BYTES_MAX // 4 and len(size := key.encode()) > KEY_BYTES_MAX:
            raise KeyTooLong(None, Size=len(size), MaxSizeAllowed=KEY_BYTES_MAX)

    def ask(self, ctx: Context, *checks: Check) -> None:
        """Ask IAM for more than the operation's rule did. AccessDenied."""
        self.platform.dispatcher.authorize(ctx, BoundOperation(self, "", _never, lambda *_: checks), {})

    def forget_contents(self, bucket: Bucket) -> list[str]:
        """What a bucket holds beside versions, inside the transaction that deletes it; files to remove afterwards."""
        return []

    # what lifecycle rules have to say, where there are any

    def expiration_header(self, bucket: Bucket, version: Version) -> str | None:
        """When a lifecycle rule will remove a version, as `x-amz-expiration` says it."""
        return None

    def plan_abort(self, bucket: Bucket, upload: Upload) -> None:
        """A lifecycle rule may end the upload one day."""

    # Service

    def adopt(self, request: Any, parameters: dict[str, Any]) -> dict[str, Any]:
        """The request as it was sent goes along: condition keys and CORS read it."""
        if "content-md5" in request.headers and request.stream is None and "ContentMD5" not in parameters:
            _check_md5(request.headers["content-md5"], request.body)
        parameters[WIRE] = request
        return parameters

    def constrains(self, operation_name: str) -> bool:
        return operation_name.startswith(_DOCUMENTS) and operation_name not in _NO_DOCUMENTS

    def invalid(self, error: ValidationError, request: Request) -> AwsError:
        return MalformedXml()

    def unknown(self, request: Any, error: AwsError) -> AwsError:
        bucket, _, key = request.path[1:].partition("/")
        kind = "OBJECT" if key else "BUCKET" if bucket else "SERVICE"
        return MethodNotAllowed(None, Method=request.method, ResourceType=kind)

    def refusal(self, ctx: Context, error: AwsError) -> AwsError:
        """What was not allowed is said to who belongs to the resource's account, and to nobody else."""
        ruling: Any = ctx.span.decision
        account = ctx.principal.account
        return error if account and account == ruling.request.resource_account else Denied()

    def bucket_by_arn(self, arn: str) -> tuple[Bucket | None, str]:
        """The bucket that an ARN is of or in, and the key in it."""
        name, _, key = arn.removeprefix("arn:aws:s3:::").partition("/")
        return self.store.buckets.get(name), key

    def find(self, arn: str) -> Resource | None:
        bucket, key = self.bucket_by_arn(arn)
        return None if bucket is None or key else _resource(bucket)

    def resource_policy(self, arn: str) -> str | None:
        bucket, key = self.bucket_by_arn(arn)
        if bucket is None:
            return None
        version = self.store.latest(bucket.number, key) if key and bucket.takes_acls else None
        return access.policy_of(bucket, version, arn)

    def list_resources(self, account: str | None, region: str | None) -> Iterator[Resource]:
        wanted: dict[str, Any] = {} if account is None else {"account": account}
        found = self.store.buckets.where(**wanted)
        return (_resource(bucket) for bucket in found if region in (None, bucket.region))


def _resource(bucket: Bucket) -> Resource:
    return Resource(
        bucket.arn, "AWS::S3::Bucket", bucket.name, bucket.account, bucket.region, bucket.tags, bucket.policy,
        links_of(*_reached(bucket)), {"versioning": bucket.versioning, "ownership": bucket.ownership},
    )  # fmt: skip


def _reached(bucket: Bucket) -> Iterator[str | None]:
    """Where a bucket's events, replicas and access logs go, and the key its objects are sealed under."""
    kept = bucket.configurations
    notified = kept.get("notification") or {}
    yield from (arn for _, arn in destinations(notified))
    if notified.get("EventBridgeConfiguration") is not None:
        yield f"arn:aws:events:{bucket.region}:{bucket.account}:event-bus/default"
    replicated = kept.get("replication") or {}
    yield from (rule["Destination"]["Bucket"] for rule in replicated.get("Rules") or ())
    yield replicated.get("Role")
    logged = (kept.get("logging") or {}).get("LoggingEnabled")
    yield f"arn:aws:s3:::{logged['TargetBucket']}" if logged else None
    for rule in (kept.get("encryption") or {}).get("Rules") or ():
        yield (rule.get("ApplyServerSideEncryptionByDefault") or {}).get("KMSMasterKeyID")


def _check_md5(declared: str, body: bytes) -> None:
    """The Content-MD5 of a document; that of an object is checked where its content comes in."""
    computed = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
    if declared != computed:
        raise BadDigest(None, ExpectedDigest=declared, CalculatedDigest=computed)


async def _never(_ctx: Context, _request: Any) -> Mapping[str, Any]:
    raise NotImplementedError
