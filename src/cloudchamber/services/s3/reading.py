"""GetObject and HeadObject: conditions, ranges, parts, and the headers that say what an object is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Request, operation
from cloudchamber.protocol.scalars import parse_timestamp, rfc822
from cloudchamber.services.s3 import checksums, encryption
from cloudchamber.services.s3.conditions import NotModified, byte_range, check_read
from cloudchamber.services.s3.encryption import Encryption
from cloudchamber.services.s3.errors import InvalidArgument, InvalidObjectState, InvalidPartNumber, InvalidRequest
from cloudchamber.services.s3.limits import PARTS_MAX
from cloudchamber.services.s3.version import ARCHIVED, NULL, Version

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.s3.bucket import Bucket

_OVERRIDES = {
    "ResponseCacheControl": "CacheControl",
    "ResponseContentDisposition": "ContentDisposition",
    "ResponseContentEncoding": "ContentEncoding",
    "ResponseContentLanguage": "ContentLanguage",
    "ResponseContentType": "ContentType",
    "ResponseExpires": "Expires",
}
DEFAULT_TYPE = "binary/octet-stream"


class Reading(Encryption):
    @operation
    async def get_object(self, ctx: Context, request: Request) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        version = self.version(bucket, request)
        if not self.is_readable(version, ctx.now()):
            raise InvalidObjectState(None, StorageClass=version.storage_class)
        ctx.meter("s3.requests_tier2")
        try:
            check_read(request, version)
        except NotModified:
            return self._not_modified(version)
        output = self.described(ctx, bucket, version)
        start, size = self._extent(request, version, output)
        self._override(ctx, request, output)
        content = self.bodies.whole(version.pieces)
        if content is None:
            output["Body"] = self.bodies.stream(version.pieces, start, size)
        else:
            output["Body"] = content if size == version.size else content[start : start + size]
        if version.about.get("encryption") is not None or request.get("SSECustomerAlgorithm"):
            try:  # with the content at hand: while KMS is asked, another may take its place
                await self.unseal(ctx, bucket, version, request)
            except BaseException:
                if content is None:
                    output["Body"].close()
                raise
        ctx.meter("s3.bytes_out", size)
        return output

    @operation
    async def head_object(self, ctx: Context, request: Request) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        version = self.version(bucket, request)
        ctx.meter("s3.requests_tier2")
        try:
            check_read(request, version)
        except NotModified:
            return self._not_modified(version)
        sealed = version.about.get("encryption")
        if (sealed is not None and sealed["kind"] == "C") or request.get("SSECustomerAlgorithm"):
            await self.unseal(ctx, bucket, version, request)
        output = self.described(ctx, bucket, version)
        self._extent(request, version, output)
        self._override(ctx, request, output)
        return output

    # what may be read

    @staticmethod
    def is_readable(version: Version, now: float) -> bool:
        """Whether the content is at hand: not in an archive, or restored from it for the time being."""
        if version.storage_class not in ARCHIVED:
            return True
        restored = version.about.get("restore")
        return restored is not None and restored.get("until") is not None and now < restored["until"]

    # what is said of it

    def described(self, ctx: Context, bucket: Bucket, version: Version) -> dict[str, Any]:
        """Members that GetObject and HeadObject have in common."""
        about = version.about
        output: dict[str, Any] = {
            "AcceptRanges": "bytes",
            "LastModified": int(version.modified_at),
            "ETag": f'"{version.etag}"',
            "ContentLength": version.size,
            "ContentType": DEFAULT_TYPE,
            **(about.get("headers") or {}),
        }
        sealed = about.get("encryption")
        output |= encryption.shown(sealed)
        if len(about) > 1 or (about and "headers" not in about):
            self._describe_more(ctx, version, output)
        if version.version != NULL or bucket.versioning:
            output["VersionId"] = version.version
        if version.storage_class != "STANDARD":
            output["StorageClass"] = version.storage_class
        if "lifecycle" in bucket.configurations:
            output["Expiration"] = self.expiration_header(bucket, version)
        return output

    @staticmethod
    def _describe_more(ctx: Context, version: Version, output: dict[str, Any]) -> None:
        about = version.about
        if "metadata" in about:
            output["Metadata"] = about["metadata"]
        if "redirect" in about:
            output["WebsiteRedirectLocation"] = about["redirect"]
        if about.get("tags"):
            output["TagCount"] = len(about["tags"])
        if "retention" in about:
            output["ObjectLockMode"] = about["retention"]["Mode"]
            output["ObjectLockRetainUntilDate"] = about["retention"]["RetainUntilDate"]
        if "hold" in about:
            output["ObjectLockLegalHoldStatus"] = about["hold"]
        if "replication" in about:
            output["ReplicationStatus"] = about["replication"]
        restored = about.get("restore")
        if restored is not None:
            shown = restore_header(restored, ctx.now())
            if shown:
                output["Restore"] = shown

    @staticmethod
    def _not_modified(version: Version) -> dict[str, Any]:
        return {"StatusCode": 304, "ETag": f'"{version.etag}"', "LastModified": int(version.modified_at)}

    @staticmethod
    def _extent(request: Request, version: Version, output: dict[str, Any]) -> tuple[int, int]:
        """First byte and length of what is asked for, with the members that say so."""
        extent = (0, version.size)
        if request.get("PartNumber") is not None:
            extent = _part(request, request["PartNumber"], version, output)
        elif request.get("Range") is not None:
            wanted = byte_range(request["Range"], version.size)
            if wanted is not None:
                extent = wanted
                output["StatusCode"] = 206
        if "StatusCode" in output:
            start, size = extent
            output["ContentLength"] = size
            output["ContentRange"] = f"bytes {start}-{start + size - 1}/{version.size}"
        elif request.get("ChecksumMode") == "ENABLED":
            output |= checksums.members(version.checksum)
        return extent

    @staticmethod
    def _override(ctx: Context, request: Request, output: dict[str, Any]) -> None:
        given = [name for name in _OVERRIDES if request.get(name) is not None]
        if given and ctx.principal.kind == "anonymous":
            raise InvalidRequest("Request specific response headers cannot be used for anonymous GET requests.")
        for name in given:
            output[_OVERRIDES[name]] = _date(request[name]) if name == "ResponseExpires" else request[name]


def _part(request: Request, number: int, version: Version, output: dict[str, Any]) -> tuple[int, int]:
    if request.get("Range") is not None:
        raise InvalidRequest("Cannot specify both Range header and partNumber query parameter")
    if not 1 <= number <= PARTS_MAX:
        raise InvalidArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", number)
    parts = version.about.get("parts")
    sizes = [part[1] for part in parts] if parts else [version.size]
    if number > len(sizes):
        raise InvalidPartNumber(None, ActualPartCount=len(sizes), PartNumberRequested=number)
    if parts:
        output["PartsCount"] = len(sizes)
    if version.size:
        output["StatusCode"] = 206
    return sum(sizes[: number - 1]), sizes[number - 1]


def _date(text: str) -> str:
    try:
        return rfc822(int(parse_timestamp(text)))
    except ValueError:
        return text


def restore_header(restored: dict[str, Any], now: float) -> str | None:
    """`x-amz-restore`: whether a restore is going on, or until when a restored copy is there."""
    until = restored.get("until")
    if until is None:
        return 'ongoing-request="true"'
    return f'ongoing-request="false", expiry-date="{rfc822(int(until))}"' if now < until else None
