"""CopyObject, and reading what is to be copied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.service import Request, operation
from cloudchamber.services.s3 import checksums, draft, limits
from cloudchamber.services.s3.bodies import Expected, Received
from cloudchamber.services.s3.conditions import check_read, check_write
from cloudchamber.services.s3.errors import InvalidArgument, InvalidObjectState, InvalidRequest
from cloudchamber.services.s3.objects import Objects
from cloudchamber.services.s3.policy import copy_source

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from cloudchamber.core.context import Context
    from cloudchamber.services.s3.bucket import Bucket
    from cloudchamber.services.s3.draft import Draft
    from cloudchamber.services.s3.version import Version

_ITSELF = (
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's "
    "metadata, storage class, website redirect location or encryption attributes."
)
_DIRECTIVES = ("COPY", "REPLACE")


class Copying(Objects):
    async def source(self, ctx: Context, request: Request) -> tuple[Bucket, Version]:
        """The bucket and version that an `x-amz-copy-source` names, if the caller may read its content."""
        name, key, version_id = copy_source(request["CopySource"])
        wanted: dict[str, Any] = {"Bucket": name, "Key": key}
        if version_id is not None:
            wanted["VersionId"] = version_id
        bucket = self.bucket(ctx, wanted)
        version = self.version_or_marker(bucket, wanted)
        if version.is_marker and version_id is not None:
            raise InvalidRequest(
                "The source of a copy request may not specifically refer to a delete marker by version id."
            )
        if version.is_marker:
            version = self.version(bucket, wanted)
        if not self.is_readable(version, ctx.now()):
            raise InvalidObjectState(
                "Operation is not valid for the source object's storage class", StorageClass=version.storage_class
            )
        given = {
            f"SSECustomer{part}": request.get(f"CopySourceSSECustomer{part}") for part in ("Algorithm", "Key", "KeyMD5")
        }
        await self.unseal(ctx, bucket, version, given)
        return bucket, version

    @operation
    async def copy_object(self, ctx: Context, request: Request) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        self.check_key(request["Key"])
        source_bucket, source = await self.source(ctx, request)
        check_read(request, source, "CopySource")
        if source.size > limits.OBJECT_PUT_BYTES_MAX:
            raise InvalidRequest("The specified copy source is larger than the maximum allowable size for a copy "
                                 f"source: {limits.OBJECT_PUT_BYTES_MAX}")  # fmt: skip
        self._check_itself(request, bucket, source)
        made = self._draft(ctx, bucket, request, source)
        check_write(made.conditions, self.store.latest(bucket.number, made.key))
        sealed = await self.seal(ctx, bucket, request)
        if sealed is not None:
            made.about["encryption"] = sealed
            made.etag = ids.token_bytes(16).hex()
        received = await self.copied(source, request.get("ChecksumAlgorithm"))
        version = self.write(ctx, bucket, made, received)
        output = self.written(ctx, bucket, version)
        output["CopyObjectResult"] = {
            "ETag": output.pop("ETag"), "LastModified": int(version.modified_at), **checksums.members(version.checksum),
        }  # fmt: skip
        if source_bucket.versioning:
            output["CopySourceVersionId"] = source.version
        return output

    @staticmethod
    def _check_itself(request: Request, bucket: Bucket, source: Version) -> None:
        same = source.bucket == bucket.number and source.key == request["Key"] and source.is_latest
        changes = (
            "StorageClass", "WebsiteRedirectLocation", "ServerSideEncryption", "SSECustomerAlgorithm",
            "CopySourceSSECustomerAlgorithm",
        )  # fmt: skip
        if same and request.get("MetadataDirective") != "REPLACE" and not any(request.get(name) for name in changes):
            raise InvalidRequest(_ITSELF)

    @staticmethod
    def _draft(ctx: Context, bucket: Bucket, request: Request, source: Version) -> Draft:
        """The copy has the source's headers, metadata and tags unless it is to have others; its ACL is its own."""
        for member, name in (("MetadataDirective", "metadata"), ("TaggingDirective", "tagging")):
            given = request.get(member)
            if given is not None and given not in _DIRECTIVES:
                raise InvalidArgument(f"Unknown {name} directive.", f"x-amz-{name}-directive", given)
        taken = dict(request)
        if request.get("TaggingDirective") != "REPLACE":
            taken.pop("Tagging", None)
        conditions = {name: request.get(name) for name in ("IfMatch", "IfNoneMatch", "Key")}
        made = draft.from_request(taken, bucket, ctx.principal.account, ctx.now())
        made.conditions, made.event = conditions, "Copy"
        if request.get("MetadataDirective") != "REPLACE":
            for name in ("headers", "metadata"):
                made.about.pop(name, None)
                if name in source.about:
                    made.about[name] = source.about[name]
        if request.get("TaggingDirective") != "REPLACE" and source.tags:
            made.about["tags"] = source.tags
        return made

    async def copied(self, source: Version, algorithm: str | None = None) -> Received:
        """The content of a version once more: linked where its MD5 and checksum are known, else read through."""
        known = checksums.split(source.checksum)
        has_md5 = "-" not in source.etag and "encryption" not in source.about
        if has_md5 and known is not None and known[1] == checksums.FULL and algorithm in (None, known[0]):
            small = self.bodies.whole(source.pieces)
            received = Received(source.size, source.etag, source.checksum, small)
            if small is None:
                received.pieces = self.bodies.copy(source.pieces)
            return received
        wanted = algorithm or (known[0] if known is not None else None)
        if wanted is not None and wanted not in checksums.SIZES:
            raise InvalidRequest(checksums.UNSUPPORTED)
        return await self.bodies.receive(
            self.paced(source.pieces, 0, source.size), Expected(source.size, algorithm=wanted)
        )

    async def paced(self, pieces: str, start: int, size: int) -> AsyncIterator[bytes]:
        """Content to be read through, letting calls through in between."""
        outflow = self.bodies.stream(pieces, start, size)
        try:
            for piece in outflow.pieces():
                yield piece
                await self.clock.breathe()
        finally:
            outflow.close()
