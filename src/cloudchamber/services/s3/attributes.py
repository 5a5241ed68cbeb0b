"""GetObjectAttributes: what an object is, without its content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Request, operation
from cloudchamber.services.s3 import checksums
from cloudchamber.services.s3.encryption import check_customer_key, needs_customer_key
from cloudchamber.services.s3.errors import InvalidArgument
from cloudchamber.services.s3.listing import max_keys
from cloudchamber.services.s3.multipart import Multipart, part_marker
from cloudchamber.services.s3.version import NULL

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.s3.version import Version

_KNOWN = ("ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize")


class Attributes(Multipart):
    @operation
    async def get_object_attributes(self, ctx: Context, request: Request) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        version = self.version(bucket, request)
        wanted = request.get("ObjectAttributes") or ()
        if not wanted or any(name not in _KNOWN for name in wanted):
            raise InvalidArgument("Invalid attribute name specified.", "x-amz-object-attributes")
        if needs_customer_key(version):
            check_customer_key(version.about["encryption"], request)
        ctx.meter("s3.requests_tier2")
        output: dict[str, Any] = {"LastModified": int(version.modified_at)}
        if version.version != NULL or bucket.versioning:
            output["VersionId"] = version.version
        if "ETag" in wanted:
            output["ETag"] = version.etag
        if "Checksum" in wanted and version.checksum:
            output["Checksum"] = checksums.members(version.checksum)
        if "ObjectParts" in wanted and version.about.get("parts"):
            output["ObjectParts"] = _parts(version, request)
        if "StorageClass" in wanted:
            output["StorageClass"] = version.storage_class
        if "ObjectSize" in wanted:
            output["ObjectSize"] = version.size
        return output


def _parts(version: Version, request: Request) -> dict[str, Any]:
    """Parts are told one by one only where each has a checksum that counts towards the whole's."""
    parts = version.about["parts"]
    output: dict[str, Any] = {"TotalPartsCount": len(parts)}
    known = checksums.split(version.checksum)
    if known is None or known[1] != checksums.COMPOSITE:
        return output
    limit, marker = max_keys(request.get("MaxParts"), "max-parts"), part_marker(request.get("PartNumberMarker"))
    rest = [part for part in parts if part[0] > marker]
    shown = rest[:limit]
    output |= {
        "PartNumberMarker": marker, "NextPartNumberMarker": shown[-1][0] if shown else marker, "MaxParts": limit,
        "IsTruncated": len(rest) > limit,
    }  # fmt: skip
    output["Parts"] = []
    for number, size, checksum in shown:
        found = checksums.split(checksum)
        value = {} if found is None else {checksums.MEMBERS[found[0]]: found[2]}
        output["Parts"].append({"PartNumber": number, "Size": size, **value})
    return output
