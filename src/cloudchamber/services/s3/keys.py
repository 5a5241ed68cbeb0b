"""The condition keys of S3 in one request, computed when a policy first asks for one.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html#amazons3-policy-keys
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from cloudchamber.protocol.scalars import iso8601, parse_timestamp

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request
    from cloudchamber.services.s3.version import Version

WIRE = "Wire"  # under which a request's parameters carry the request as it was sent
Value = str | list[str]

_MEMBERS: Mapping[str, str] = {
    "ACL": "s3:x-amz-acl",
    "GrantRead": "s3:x-amz-grant-read",
    "GrantWrite": "s3:x-amz-grant-write",
    "GrantReadACP": "s3:x-amz-grant-read-acp",
    "GrantWriteACP": "s3:x-amz-grant-write-acp",
    "GrantFullControl": "s3:x-amz-grant-full-control",
    "CopySource": "s3:x-amz-copy-source",
    "MetadataDirective": "s3:x-amz-metadata-directive",
    "ServerSideEncryption": "s3:x-amz-server-side-encryption",
    "SSEKMSKeyId": "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "SSECustomerAlgorithm": "s3:x-amz-server-side-encryption-customer-algorithm",
    "StorageClass": "s3:x-amz-storage-class",
    "WebsiteRedirectLocation": "s3:x-amz-website-redirect-location",
    "ObjectOwnership": "s3:x-amz-object-ownership",
    "VersionId": "s3:versionid",
    "ObjectLockMode": "s3:object-lock-mode",
    "ObjectLockLegalHoldStatus": "s3:object-lock-legal-hold",
    "IfMatch": "s3:if-match",
    "IfNoneMatch": "s3:if-none-match",
    "Prefix": "s3:prefix",
    "Delimiter": "s3:delimiter",
    "MaxKeys": "s3:max-keys",
}


class Keys(Mapping[str, Value]):
    """`version` is the object's at present, `tags` what the request gives it."""

    __slots__ = ("_ctx", "_found", "_request", "_tags", "_version")

    def __init__(
        self, ctx: Context, request: Request, version: Version | None = None, tags: Mapping[str, str] | None = None
    ) -> None:
        self._ctx = ctx
        self._request = request
        self._version = version
        self._tags = tags
        self._found: dict[str, Value] | None = None

    def __bool__(self) -> bool:
        return True

    def __getitem__(self, key: str) -> Value:
        return self._all()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def _all(self) -> dict[str, Value]:
        if self._found is None:
            self._found = self._compute()
        return self._found

    def _compute(self) -> dict[str, Value]:
        request = self._request
        found: dict[str, Value] = {}
        for member, key in _MEMBERS.items():
            value = request.get(member)
            if value is not None:
                found[key] = str(value)
        if self._version is not None:
            for name, value in self._version.tags.items():
                found[f"s3:ExistingObjectTag/{name}"] = value
        if self._tags:
            for name, value in self._tags.items():
                found[f"s3:RequestObjectTag/{name}"] = value
            found["s3:requestobjecttagkeys"] = list(self._tags)
        self._add_lock(found)
        location = (request.get("CreateBucketConfiguration") or {}).get("LocationConstraint")
        if location is not None:
            found["s3:locationconstraint"] = location
        wire = request.get(WIRE)
        if wire is not None:
            self._add_signature(found, wire)
        return found

    def _add_lock(self, found: dict[str, Value]) -> None:
        until = self._request.get("ObjectLockRetainUntilDate")
        retention = self._request.get("Retention")
        if isinstance(retention, Mapping):
            until = retention.get("RetainUntilDate", until)
            if retention.get("Mode"):
                found["s3:object-lock-mode"] = str(retention["Mode"])
        hold = self._request.get("LegalHold")
        if isinstance(hold, Mapping) and hold.get("Status"):
            found["s3:object-lock-legal-hold"] = str(hold["Status"])
        if until is not None:
            found["s3:object-lock-retain-until-date"] = iso8601(until)
            found["s3:object-lock-remaining-retention-days"] = str(int((until - self._ctx.now()) // 86_400))

    def _add_signature(self, found: dict[str, Value], wire: Any) -> None:
        headers = wire.headers
        if "X-Amz-Signature" in wire.query_string:
            found["s3:authtype"] = "REST-QUERY-STRING"
            signed_at = dict(parse_qsl(wire.query_string)).get("X-Amz-Date")
        elif "AWSAccessKeyId=" in wire.query_string:
            found["s3:authtype"], found["s3:signatureversion"] = "REST-QUERY-STRING", "AWS"
            return
        elif "authorization" in headers:
            found["s3:authtype"] = "REST-HEADER"
            signed_at = headers.get("x-amz-date")
        else:
            return
        found["s3:signatureversion"] = "AWS4-HMAC-SHA256"
        if signed_at is not None:
            age_s = max(0.0, self._ctx.now() - parse_timestamp(signed_at))
            found["s3:signatureage"] = str(int(age_s * 1000))
        if "x-amz-content-sha256" in headers:
            found["s3:x-amz-content-sha256"] = headers["x-amz-content-sha256"]
