"""What a write says of the object beside its content: headers, metadata, tags, ACL, lock, storage class. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudchamber.services.s3 import acl, limits, locks, tags
from cloudchamber.services.s3.errors import (
    AccessControlListNotSupported,
    InvalidArgument,
    InvalidStorageClass,
    MetadataTooLarge,
)
from cloudchamber.services.s3.version import STORAGE_CLASSES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.services.s3.bucket import Bucket, Grant

HEADERS = ("CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType", "Expires")


@dataclass(slots=True)
class Draft:
    """An object about to be written. `about` is as `version.Version` has it."""

    key: str
    owner: str
    storage_class: str
    about: dict[str, Any]
    event: str = "Put"  # how it comes to be, as notifications name it
    conditions: Mapping[str, Any] = field(default_factory=dict)  # If-Match and If-None-Match of the request
    etag: str | None = None  # where it is not the content's MD5


def from_request(request: Mapping[str, Any], bucket: Bucket, account: str, now: float) -> Draft:
    """The draft of a PutObject, CopyObject or CreateMultipartUpload. Raises S3's errors for what it does not take."""
    about: dict[str, Any] = {}
    headers = headers_of(request)
    if headers:
        about["headers"] = headers
    metadata = metadata_of(request)
    if metadata:
        about["metadata"] = metadata
    if request.get("WebsiteRedirectLocation"):
        about["redirect"] = redirect_of(request["WebsiteRedirectLocation"])
    if request.get("Tagging"):
        about["tags"] = dict(tags.from_header(request["Tagging"]))
    about |= locks.from_headers(request, bucket, now)
    owner = owner_of(bucket, account, request.get("ACL"))
    grants = grants_of(request, bucket, account, owner)
    if grants is not None:
        about["acl"] = [[grant.grantee, grant.permission] for grant in grants]
    return Draft(request["Key"], owner, storage_class_of(request), about, conditions=request)


def headers_of(request: Mapping[str, Any]) -> dict[str, str]:
    found = {name: request[name] for name in HEADERS if request.get(name)}
    encoding = found.get("ContentEncoding")
    if encoding is not None and "aws-chunked" in encoding:
        rest = [part.strip() for part in encoding.split(",") if part.strip() != "aws-chunked"]
        if rest:
            found["ContentEncoding"] = ",".join(rest)
        else:
            del found["ContentEncoding"]
    return found


def metadata_of(request: Mapping[str, Any]) -> dict[str, str]:
    metadata: dict[str, str] = dict(request.get("Metadata") or {})
    size = sum(len(name) + len(value) for name, value in metadata.items())
    if size > limits.METADATA_BYTES_MAX:
        raise MetadataTooLarge(None, Size=size, MaxSizeAllowed=limits.METADATA_BYTES_MAX)
    return metadata


def redirect_of(location: str) -> str:
    if not location.startswith(("/", "http://", "https://")):
        raise InvalidArgument(
            "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.",
            "x-amz-website-redirect-location", location,
        )  # fmt: skip
    return location


def storage_class_of(request: Mapping[str, Any]) -> str:
    name: str = request.get("StorageClass") or "STANDARD"
    if name not in STORAGE_CLASSES:
        raise InvalidStorageClass(None, StorageClassRequested=name)
    return name


def owner_of(bucket: Bucket, account: str, canned: str | None) -> str:
    """Who owns a new object: the bucket's owner, unless object ownership leaves it to the writer."""
    if bucket.ownership == "BucketOwnerEnforced" or not account:
        return bucket.account
    if bucket.ownership == "BucketOwnerPreferred" and canned == "bucket-owner-full-control":
        return bucket.account
    return account


def grants_of(request: Mapping[str, Any], bucket: Bucket, account: str, owner: str) -> list[Grant] | None:
    """The ACL of a new object. None where the bucket has no ACLs. AccessControlListNotSupported, AccessDenied."""
    given = acl.from_headers(request, owner, bucket.account)
    if not bucket.takes_acls:
        if given is not None and request.get("ACL") not in ("bucket-owner-full-control", "private"):
            raise AccessControlListNotSupported(None, BucketName=bucket.name)
        return None
    if given is not None and bucket.blocks.get("BlockPublicAcls") and acl.is_public(given):
        raise acl.blocked(account or "anonymous", "s3:PutObject", f"{bucket.arn}/{request['Key']}")
    return given or acl.private(owner)
