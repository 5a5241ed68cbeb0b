"""PutObject, and the one way in which a new version of an object comes to be."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.service import Request, operation
from cloudchamber.services.s3 import checksums, draft, encryption, limits
from cloudchamber.services.s3.bodies import Expected, Received
from cloudchamber.services.s3.conditions import check_write
from cloudchamber.services.s3.errors import (
    EntityTooLarge,
    InvalidDigest,
    InvalidRequest,
    MissingContentLength,
    NoSuchBucket,
)
from cloudchamber.services.s3.keys import WIRE
from cloudchamber.services.s3.outbox import Outbox
from cloudchamber.services.s3.reading import Reading
from cloudchamber.services.s3.version import NULL, Version

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.s3.bucket import Bucket
    from cloudchamber.services.s3.draft import Draft


class Objects(Reading, Outbox):
    @operation
    async def put_object(self, ctx: Context, request: Request) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        self.check_key(request["Key"])
        if request.get("WriteOffsetBytes") is not None:
            raise InvalidRequest("The write offset is only for directory buckets")
        made = draft.from_request(request, bucket, ctx.principal.account, ctx.now())
        check_write(request, self.store.latest(bucket.number, made.key))
        expected = expected_of(request)
        if made.about.get("retention") and expected.md5 is None and expected.algorithm is None:
            raise InvalidRequest("Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests "
                                 "with Object Lock parameters")  # fmt: skip
        sealed = await self.seal(ctx, bucket, request)
        self._sealed(made, sealed)
        received = await self.bodies.receive(request.get("Body"), expected)
        version = self.write(ctx, bucket, made, received)
        output = self.written(ctx, bucket, version)
        return output | checksums.members(version.checksum)

    @staticmethod
    def _sealed(made: Draft, sealed: dict[str, Any] | None) -> None:
        """An object's entity tag is the MD5 of its content only where that is no secret."""
        if sealed is not None:
            made.about["encryption"] = sealed
            made.etag = made.etag or ids.token_bytes(16).hex()

    def written(self, ctx: Context, bucket: Bucket, version: Version) -> dict[str, Any]:
        """What answers to a write say."""
        output: dict[str, Any] = {"ETag": f'"{version.etag}"'}
        output |= encryption.shown(version.about.get("encryption"))
        if version.version != NULL:
            output["VersionId"] = version.version
        if "lifecycle" in bucket.configurations:
            output["Expiration"] = self.expiration_header(bucket, version)
        return output

    def write(self, ctx: Context, bucket: Bucket, made: Draft, received: Received) -> Version:
        """The new version is there, whole, or nothing has changed. PreconditionFailed, NoSuchBucket."""
        try:
            with self.platform.store.transaction():
                version, files = self.write_row(ctx, bucket, made, received)
        except BaseException:
            self.bodies.discard(received)
            raise
        self.bodies.remove(files)
        self.wake_outbox()
        ctx.meter("s3.requests_tier1")
        ctx.meter("s3.bytes_in", received.size)
        return version

    def write_row(self, ctx: Context, bucket: Bucket, made: Draft, received: Received) -> tuple[Version, list[str]]:
        """Inside a transaction: the new version, and the files that nobody needs any more."""
        present = self.store.buckets.get(bucket.name)  # content may have taken its time to come
        if present is None or present.number != bucket.number:
            raise NoSuchBucket(None, BucketName=bucket.name)
        check_write(made.conditions, self.store.latest(bucket.number, made.key))
        seq = self.store.new_seq()
        replaced = self.store.supersede(present, made.key)
        files = [file for old in replaced for file in self.bodies.give_up(old.pieces)]
        version = Version(
            bucket.number, made.key, seq, self.store.new_version_id(present, seq), True, False, received.size,
            made.etag or received.md5_hex, ctx.now(), made.storage_class, made.owner, self.bodies.keep(received),
            received.checksum, made.about,
        )  # fmt: skip
        self.prepare(ctx, present, version)
        self.store.add(version)
        self.record(ctx, present, f"ObjectCreated:{made.event}", version)
        return version, files

    def prepare(self, ctx: Context, bucket: Bucket, version: Version) -> None:
        """A last change to a version before it is stored, inside its transaction (replication marks what it takes)."""


def expected_of(request: Request) -> Expected:
    """What a request's headers say of the content that follows."""
    expected = Expected()
    wire = request.get(WIRE)
    headers = {} if wire is None else wire.headers
    length = headers.get("x-amz-decoded-content-length") or headers.get("content-length")
    if length is not None and length.isascii() and length.isdigit():
        expected.size = int(length)
        if expected.size > limits.OBJECT_PUT_BYTES_MAX:
            raise EntityTooLarge(None, ProposedSize=expected.size, MaxSizeAllowed=limits.OBJECT_PUT_BYTES_MAX)
    elif "transfer-encoding" in headers:
        raise MissingContentLength
    if request.get("ContentMD5") is not None:
        expected.md5 = request["ContentMD5"]
        try:
            is_md5 = len(base64.b64decode(request["ContentMD5"].encode("ascii"), validate=True)) == 16
        except (binascii.Error, UnicodeError, ValueError):
            is_md5 = False
        if not is_md5:
            raise InvalidDigest(None, **{"Content-MD5": request["ContentMD5"]})
    found = checksums.declared(request)
    if found is not None:
        expected.algorithm, expected.value = found
    else:
        expected.algorithm = checksums.announced(headers.get("x-amz-trailer"))
    named = request.get("ChecksumAlgorithm")
    if expected.algorithm is None and named is not None:
        if named not in checksums.SIZES:
            raise InvalidRequest(checksums.UNSUPPORTED)
        expected.algorithm = named
    return expected
