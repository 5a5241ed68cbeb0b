"""ListObjects, ListObjectsV2 and ListObjectVersions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import quote

from cloudchamber.core.pagination import InvalidMarker, decode_marker, encode_marker
from cloudchamber.core.service import Request, operation
from cloudchamber.services.s3 import limits
from cloudchamber.services.s3.base import S3Base
from cloudchamber.services.s3.bucket import owner
from cloudchamber.services.s3.errors import InvalidArgument, InvalidToken
from cloudchamber.services.s3.pages import LAST, Page, Row, Wanted, beyond, common_prefix, object_page, version_page
from cloudchamber.services.s3.version import ARCHIVED

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudchamber.core.context import Context
    from cloudchamber.services.s3.bucket import Bucket


class HasKey(Protocol):
    @property
    def key(self) -> str: ...


Keyed = TypeVar("Keyed", bound=HasKey)


class Listing(S3Base):
    @operation
    async def list_objects(self, ctx: Context, request: Request) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        wanted = _wanted(request, request.get("Marker") or "")
        page = object_page(self.store, bucket.number, wanted)
        encode = encoder(request)
        output = self._listed(ctx, request, (bucket, wanted, page))
        output["Marker"] = encode(request.get("Marker") or "")
        if page.is_truncated and wanted.delimiter:
            output["NextMarker"] = encode(page.last)
        return output

    @operation
    async def list_objects_v2(self, ctx: Context, request: Request) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        after = request.get("StartAfter") or ""
        token = request.get("ContinuationToken")
        if token is not None:
            try:
                after = decode_marker(token)
            except InvalidMarker:
                raise InvalidToken from None
        wanted = _wanted(request, after)
        page = object_page(self.store, bucket.number, wanted)
        output = self._listed(ctx, request, (bucket, wanted, page), shows_owner=bool(request.get("FetchOwner")))
        output["KeyCount"] = len(page.versions) + len(page.prefixes)
        if token is not None:
            output["ContinuationToken"] = token
        if request.get("StartAfter"):
            output["StartAfter"] = encoder(request)(request["StartAfter"])
        if page.is_truncated:
            output["NextContinuationToken"] = encode_marker(page.last)
        return output

    def _listed(
        self, ctx: Context, request: Request, what: tuple[Bucket, Wanted, Page], shows_owner: bool = True
    ) -> dict[str, Any]:
        """What both ListObjects say."""
        bucket, wanted, page = what
        shows_restores = "RestoreStatus" in (request.get("OptionalObjectAttributes") or ())
        ctx.meter("s3.requests_tier1")
        encode = encoder(request)
        output = _echo(request, wanted, page)
        contents = []
        for row in page.versions:
            item: dict[str, Any] = {
                "Key": encode(row.key), "LastModified": int(row.modified_at), "ETag": f'"{row.etag}"',
                "Size": row.size, "StorageClass": row.storage_class,
            }  # fmt: skip
            _add_checksum(item, row.checksum)
            if shows_owner:
                item["Owner"] = owner(row.owner)
            if shows_restores and row.storage_class in ARCHIVED:
                self._add_restore(ctx, bucket, row, item)
            contents.append(item)
        output["Contents"] = contents
        return output

    def _add_restore(self, ctx: Context, bucket: Bucket, row: Row, item: dict[str, Any]) -> None:
        """Whether an archived object is being restored, or until when it is there."""
        version = self.store.version(bucket.number, row.key, row.version)
        restored = None if version is None else version.about.get("restore")
        if restored is None:
            return
        if restored["until"] is None:
            item["RestoreStatus"] = {"IsRestoreInProgress": True}
        elif ctx.now() < restored["until"]:
            item["RestoreStatus"] = {"IsRestoreInProgress": False, "RestoreExpiryDate": restored["until"]}

    @operation
    async def list_object_versions(self, ctx: Context, request: Request) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        marker, version = request.get("KeyMarker") or "", request.get("VersionIdMarker")
        if version and not marker:
            raise InvalidArgument("A version-id marker cannot be specified without a key marker.", "version-id-marker")
        wanted = _wanted(request, marker)
        if version:
            found = self.store.version(bucket.number, marker, version)
            if found is None:
                raise InvalidArgument("Invalid version id specified", "version-id-marker", version)
            wanted.after_seq = found.seq
        page = version_page(self.store, bucket.number, wanted)
        ctx.meter("s3.requests_tier1")
        encode = encoder(request)
        output = _echo(request, wanted, page)
        shows_restores = "RestoreStatus" in (request.get("OptionalObjectAttributes") or ())
        output["KeyMarker"] = encode(marker)
        output["VersionIdMarker"] = version or ""
        if page.is_truncated:
            output["NextKeyMarker"] = encode(page.last)
            if page.last_version:
                output["NextVersionIdMarker"] = page.last_version
        output["Versions"], output["DeleteMarkers"] = [], []
        for row in page.versions:
            item: dict[str, Any] = {
                "Key": encode(row.key), "VersionId": row.version, "IsLatest": row.is_latest,
                "LastModified": int(row.modified_at), "Owner": owner(row.owner),
            }  # fmt: skip
            if shows_restores and row.storage_class in ARCHIVED:
                self._add_restore(ctx, bucket, row, item)
            if not row.is_marker:
                item |= {"ETag": f'"{row.etag}"', "Size": row.size, "StorageClass": row.storage_class}
                _add_checksum(item, row.checksum)
            output["DeleteMarkers" if row.is_marker else "Versions"].append(item)
        return output


def page_of(
    read: Callable[[str, str, tuple[str, str], int], list[Keyed]], request: Request, after: tuple[str, str], limit: int
) -> tuple[list[Keyed], list[str], bool]:
    """Items by key and id, common prefixes, and whether there is more. `read` takes the first key, the one before which
    to stop, a key and id to go on after, and how many."""
    prefix, delimiter = request.get("Prefix") or "", request.get("Delimiter") or ""
    wanted = Wanted(prefix, delimiter, after[0], limit)
    start, end = prefix, beyond(prefix) if prefix else LAST
    if after[0] and (not after[1] or common_prefix(after[0], wanted) is not None):
        common = common_prefix(after[0], wanted)
        start = max(start, beyond(common) if common is not None else after[0] + "\0")
    found: list[Keyed] = []
    prefixes: list[str] = []
    while True:
        for item in read(start, end, after, limit - len(found) - len(prefixes) + 1):
            if len(found) + len(prefixes) == limit:
                return found, prefixes, bool(limit)
            common = common_prefix(item.key, wanted)
            if common is not None:
                prefixes.append(common)
                start = beyond(common)
                break
            found.append(item)
        else:
            return found, prefixes, False


def _add_checksum(item: dict[str, Any], checksum: str) -> None:
    if checksum:
        algorithm, kind, _ = checksum.split(" ", 2)
        item["ChecksumAlgorithm"], item["ChecksumType"] = [algorithm], kind


def encoder(request: Request) -> Callable[[str], str]:
    """Keys as they are, or percent-encoded where the client asks for it."""
    return _quoted if request.get("EncodingType") == "url" else str


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~/*()'!")


def _wanted(request: Request, after: str) -> Wanted:
    encoding = request.get("EncodingType")
    if encoding not in (None, "", "url"):
        raise InvalidArgument("Invalid Encoding Method specified in Request", "encoding-type", encoding)
    limit = max_keys(request.get("MaxKeys"), "max-keys")
    return Wanted(request.get("Prefix") or "", request.get("Delimiter") or "", after, limit)


def max_keys(text: str | None, name: str) -> int:
    """A limit from the query string, 1,000 at most. InvalidArgument."""
    if text is None or text == "":
        return limits.LIST_KEYS_MAX
    if not (text.isascii() and text.isdigit()) or len(text) > 10 or int(text) >= 2**31:
        if text.startswith("-") and text[1:].isdigit():
            raise InvalidArgument(f"Argument {name} must be an integer between 0 and 2147483647", name, text)
        raise InvalidArgument(f"Provided {name} not an integer or within integer range", name, text)
    return min(int(text), limits.LIST_KEYS_MAX)


def _echo(request: Request, wanted: Wanted, page: Page) -> dict[str, Any]:
    """What a list says of itself."""
    encode = encoder(request)
    output: dict[str, Any] = {
        "Name": request["Bucket"],
        "Prefix": encode(wanted.prefix),
        "MaxKeys": wanted.limit,
        "IsTruncated": page.is_truncated,
        "CommonPrefixes": [{"Prefix": encode(prefix)} for prefix in page.prefixes],
    }
    if wanted.delimiter:
        output["Delimiter"] = encode(wanted.delimiter)
    if request.get("EncodingType"):
        output["EncodingType"] = request["EncodingType"]
    return output
