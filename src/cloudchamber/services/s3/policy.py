"""What S3 operations ask IAM: the actions, on which bucket or object, with which condition keys.

A rule also finds the bucket: as on AWS, a bucket that does not exist is said to be so before anything else. A caller
who may not list a bucket does not learn which keys are missing in it: reading one then asks for `s3:ListBucket`.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from cloudchamber.core.service import Check, Request, Rule
from cloudchamber.services.s3 import tags
from cloudchamber.services.s3.errors import Denied, InvalidArgument, NoSuchBucket
from cloudchamber.services.s3.keys import Keys

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.s3.bucket import Bucket
    from cloudchamber.services.s3.store import S3Store
    from cloudchamber.services.s3.version import Version

_OF_BUCKET: Mapping[str, str] = {
    "DeleteBucket": "DeleteBucket",
    "HeadBucket": "ListBucket",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "GetBucketLocation": "GetBucketLocation",
    "GetBucketVersioning": "GetBucketVersioning",
    "PutBucketVersioning": "PutBucketVersioning",
    "GetBucketAcl": "GetBucketAcl",
    "PutBucketAcl": "PutBucketAcl",
    "GetBucketPolicy": "GetBucketPolicy",
    "PutBucketPolicy": "PutBucketPolicy",
    "DeleteBucketPolicy": "DeleteBucketPolicy",
    "GetBucketPolicyStatus": "GetBucketPolicyStatus",
    "GetBucketCors": "GetBucketCORS",
    "PutBucketCors": "PutBucketCORS",
    "DeleteBucketCors": "PutBucketCORS",
    "GetBucketTagging": "GetBucketTagging",
    "PutBucketTagging": "PutBucketTagging",
    "DeleteBucketTagging": "PutBucketTagging",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "GetBucketReplication": "GetReplicationConfiguration",
    "PutBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "GetBucketLogging": "GetBucketLogging",
    "PutBucketLogging": "PutBucketLogging",
    "GetBucketWebsite": "GetBucketWebsite",
    "PutBucketWebsite": "PutBucketWebsite",
    "DeleteBucketWebsite": "DeleteBucketWebsite",
    "GetBucketRequestPayment": "GetBucketRequestPayment",
    "PutBucketRequestPayment": "PutBucketRequestPayment",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketOwnershipControls": "GetBucketOwnershipControls",
    "PutBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    **{
        f"{verb}Bucket{kind}Configuration{plural}": f"{'Get' if verb in ('Get', 'List') else 'Put'}{kind}Configuration"
        for kind in ("Analytics", "Inventory", "Metrics", "IntelligentTiering")
        for verb, plural in (("Get", ""), ("Put", ""), ("Delete", ""), ("List", "s"))
    },
}
# Operation -> its action on an object, and on a version of it that is named.
_OF_OBJECT: Mapping[str, tuple[str, str]] = {
    "DeleteObject": ("DeleteObject", "DeleteObjectVersion"),
    "GetObjectAcl": ("GetObjectAcl", "GetObjectVersionAcl"),
    "PutObjectAcl": ("PutObjectAcl", "PutObjectVersionAcl"),
    "GetObjectTagging": ("GetObjectTagging", "GetObjectVersionTagging"),
    "DeleteObjectTagging": ("DeleteObjectTagging", "DeleteObjectVersionTagging"),
    "GetObjectRetention": ("GetObjectRetention", "GetObjectRetention"),
    "PutObjectRetention": ("PutObjectRetention", "PutObjectRetention"),
    "GetObjectLegalHold": ("GetObjectLegalHold", "GetObjectLegalHold"),
    "PutObjectLegalHold": ("PutObjectLegalHold", "PutObjectLegalHold"),
    "RestoreObject": ("RestoreObject", "RestoreObject"),
    "ListParts": ("ListMultipartUploadParts", "ListMultipartUploadParts"),
    "AbortMultipartUpload": ("AbortMultipartUpload", "AbortMultipartUpload"),
    "UploadPart": ("PutObject", "PutObject"),
    "CompleteMultipartUpload": ("PutObject", "PutObject"),
}
_POLICIES = ("GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy")
_NOTHING: tuple[Check, ...] = ()


def copy_source(text: str) -> tuple[str, str, str | None]:
    """Bucket, key and version id of an `x-amz-copy-source` header. InvalidArgument."""
    path, mark, query = text.partition("?versionId=")
    bucket, _, key = unquote(path).removeprefix("/").partition("/")
    if bucket.startswith("arn:"):
        raise InvalidArgument("Access points cannot be a copy source here", "x-amz-copy-source", text)
    if not bucket or not key:
        raise InvalidArgument("Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
                              "x-amz-copy-source", text)  # fmt: skip
    return bucket, key, unquote(query) if mark else None


class Rules:
    """The rules, over the buckets and objects there are."""

    def __init__(self, store: S3Store) -> None:
        self._store = store

    def table(self) -> dict[str, Rule]:
        rules: dict[str, Rule] = {name: self._on_bucket(name, f"s3:{action}") for name, action in _OF_BUCKET.items()}
        rules |= {name: self._on_object(f"s3:{a}", f"s3:{b}") for name, (a, b) in _OF_OBJECT.items()}
        rules |= {
            "ListBuckets": lambda ctx, request: (Check("s3:ListAllMyBuckets", keys=Keys(ctx, request)),),
            "CreateBucket": self._create_bucket,
            "GetObject": self._read(()),
            "HeadObject": self._read(()),
            "GetObjectAttributes": self._read(("Attributes",)),
            "PutObject": self._put,
            "CreateMultipartUpload": self._put,
            "CopyObject": self._copy,
            "UploadPartCopy": self._copy_part,
            "PutObjectTagging": self._put_tags,
            "DeleteObject": self._delete,
            "DeleteObjects": self._found_first,  # each key is asked for by itself, in the handler
            "PostObject": self._found_first,  # becomes a PutObject of whoever signed its policy
        }
        nothing = ("PreflightObject", "PreflightBucket", *(f"{m}Website{p}" for m in ("Get", "Head")
                   for p in ("Page", "Root")))  # fmt: skip
        return rules | {name: lambda ctx, request: _NOTHING for name in nothing}

    def bucket(self, ctx: Context, request: Request) -> Bucket:
        """The bucket of a request; NoSuchBucket, or AccessDenied if it is not whose the caller expects."""
        found = self._store.buckets.get(request["Bucket"])
        if found is None:
            raise NoSuchBucket(None, BucketName=request["Bucket"])
        expected = request.get("ExpectedBucketOwner")
        if expected is not None and expected != found.account:
            raise Denied
        return found

    def _on_bucket(self, name: str, action: str) -> Rule:
        def rule(ctx: Context, request: Request) -> tuple[Check, ...]:
            bucket = self.bucket(ctx, request)
            if ctx.principal.kind == "root" and ctx.principal.account == bucket.account and name in _POLICIES:
                return _NOTHING  # the owner's root user can always put a bucket policy right again
            return (Check(action, bucket.arn, Keys(ctx, request), account=bucket.account),)

        return rule

    def _found_first(self, ctx: Context, request: Request) -> tuple[Check, ...]:
        self.bucket(ctx, request)
        return _NOTHING

    def _version(self, bucket: Bucket, request: Request) -> Version | None:
        version = request.get("VersionId")
        if version is None:
            return self._store.latest(bucket.number, request["Key"])
        return self._store.version(bucket.number, request["Key"], version)

    def _on_object(self, action: str, of_version: str) -> Rule:
        def rule(ctx: Context, request: Request) -> tuple[Check, ...]:
            bucket = self.bucket(ctx, request)
            return (self._object_check(ctx, request, bucket, of_version if request.get("VersionId") else action),)

        return rule

    def _object_check(self, ctx: Context, request: Request, bucket: Bucket, action: str) -> Check:
        version = self._version(bucket, request)
        owner = bucket.account if version is None or not bucket.takes_acls else version.owner
        return Check(action, f"{bucket.arn}/{request['Key']}", Keys(ctx, request, version), account=owner)

    def _read(self, more: tuple[str, ...]) -> Rule:
        def rule(ctx: Context, request: Request) -> Iterator[Check]:
            bucket = self.bucket(ctx, request)
            kind = "Version" if request.get("VersionId") else ""
            yield self._object_check(ctx, request, bucket, f"s3:GetObject{kind}")
            for what in more:
                yield self._object_check(ctx, request, bucket, f"s3:GetObject{kind}{what}")
            version = self._version(bucket, request)
            if version is None or (version.is_marker and not kind):
                yield Check("s3:ListBucket", bucket.arn, Keys(ctx, request), account=bucket.account)

        return rule

    def _create_bucket(self, ctx: Context, request: Request) -> Iterator[Check]:
        arn, keys = f"arn:aws:s3:::{request['Bucket']}", Keys(ctx, request)
        yield Check("s3:CreateBucket", arn, keys, account=ctx.account)
        if request.get("ObjectLockEnabledForBucket"):
            yield Check("s3:PutBucketObjectLockConfiguration", arn, keys, account=ctx.account)
            yield Check("s3:PutBucketVersioning", arn, keys, account=ctx.account)
        if request.get("ObjectOwnership"):
            yield Check("s3:PutBucketOwnershipControls", arn, keys, account=ctx.account)
        if _has_acl(request):
            yield Check("s3:PutBucketAcl", arn, keys, account=ctx.account)
        if (request.get("CreateBucketConfiguration") or {}).get("Tags"):
            yield Check("s3:TagResource", arn, keys, account=ctx.account)

    def _put(self, ctx: Context, request: Request) -> Iterator[Check]:
        bucket = self.bucket(ctx, request)
        given = dict(tags.from_header(request["Tagging"])) if request.get("Tagging") else None
        yield from self._writes(ctx, request, bucket, given)

    def _writes(
        self, ctx: Context, request: Request, bucket: Bucket, given: Mapping[str, str] | None
    ) -> Iterator[Check]:
        """PutObject, and what the headers of a write ask for beside it."""
        arn, account = f"{bucket.arn}/{request['Key']}", bucket.account
        keys = Keys(ctx, request, None, given)
        yield Check("s3:PutObject", arn, keys, account=account)
        if given:
            yield Check("s3:PutObjectTagging", arn, keys, account=account)
        if bucket.takes_acls and _has_acl(request):
            yield Check("s3:PutObjectAcl", arn, keys, account=account)
        if request.get("ObjectLockMode"):
            yield Check("s3:PutObjectRetention", arn, keys, account=account)
        if request.get("ObjectLockLegalHoldStatus"):
            yield Check("s3:PutObjectLegalHold", arn, keys, account=account)

    def _source(self, ctx: Context, request: Request) -> tuple[Bucket, Version | None, dict[str, Any]]:
        name, key, version_id = copy_source(request["CopySource"])
        wanted: dict[str, Any] = {"Bucket": name, "Key": key}
        if version_id is not None:
            wanted["VersionId"] = version_id
        if request.get("ExpectedSourceBucketOwner"):
            wanted["ExpectedBucketOwner"] = request["ExpectedSourceBucketOwner"]
        bucket = self.bucket(ctx, wanted)
        return bucket, self._version(bucket, wanted), wanted

    def _reads_source(self, ctx: Context, request: Request) -> Iterator[Check]:
        _, _, wanted = self._source(ctx, request)
        yield from self._read(())(ctx, wanted)

    def _copy(self, ctx: Context, request: Request) -> Iterator[Check]:
        bucket = self.bucket(ctx, request)
        yield from self._reads_source(ctx, request)
        if request.get("TaggingDirective") == "REPLACE":
            given = dict(tags.from_header(request["Tagging"])) if request.get("Tagging") else {}
        else:
            source_bucket, version, wanted = self._source(ctx, request)
            given = version.tags if version is not None else {}
            if given:
                kind = "Version" if "VersionId" in wanted else ""
                yield self._object_check(ctx, wanted, source_bucket, f"s3:GetObject{kind}Tagging")
        yield from self._writes(ctx, request, bucket, given)

    def _copy_part(self, ctx: Context, request: Request) -> Iterator[Check]:
        bucket = self.bucket(ctx, request)
        yield from self._reads_source(ctx, request)
        yield Check("s3:PutObject", f"{bucket.arn}/{request['Key']}", Keys(ctx, request), account=bucket.account)

    def _put_tags(self, ctx: Context, request: Request) -> Iterator[Check]:
        bucket = self.bucket(ctx, request)
        version = self._version(bucket, request)
        tag_set = (request.get("Tagging") or {}).get("TagSet") or ()
        given = {str(tag.get("Key")): str(tag.get("Value")) for tag in tag_set}
        action = "s3:PutObjectVersionTagging" if request.get("VersionId") else "s3:PutObjectTagging"
        keys = Keys(ctx, request, version, given)
        yield Check(action, f"{bucket.arn}/{request['Key']}", keys, account=bucket.account)

    def _delete(self, ctx: Context, request: Request) -> Iterator[Check]:
        bucket = self.bucket(ctx, request)
        action = "s3:DeleteObjectVersion" if request.get("VersionId") else "s3:DeleteObject"
        arn, keys = f"{bucket.arn}/{request['Key']}", Keys(ctx, request, self._version(bucket, request))
        yield Check(action, arn, keys, account=bucket.account)
        if request.get("BypassGovernanceRetention"):
            yield Check("s3:BypassGovernanceRetention", arn, keys, account=bucket.account)


def _has_acl(request: Request) -> bool:
    return any(request.get(name) for name in _ACL_MEMBERS)


_ACL_MEMBERS = ("ACL", "GrantFullControl", "GrantRead", "GrantWrite", "GrantReadACP", "GrantWriteACP")
