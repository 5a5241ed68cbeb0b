"""Multipart uploads: begin, upload and copy parts, list, abort, complete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.service import Platform, Request, operation
from cloudchamber.services.s3 import checksums, draft, encryption, limits, uploads
from cloudchamber.services.s3.bodies import Expected, Received
from cloudchamber.services.s3.bucket import owner
from cloudchamber.services.s3.conditions import check_read, check_write
from cloudchamber.services.s3.copying import Copying
from cloudchamber.services.s3.draft import Draft
from cloudchamber.services.s3.errors import InvalidArgument, InvalidRequest, NoSuchUpload
from cloudchamber.services.s3.listing import encoder, max_keys, page_of
from cloudchamber.services.s3.objects import expected_of
from cloudchamber.services.s3.uploads import Part, Upload, Uploads

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.s3.bucket import Bucket


class Multipart(Copying):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.uploads = Uploads(platform.store)

    def upload(self, bucket: Bucket, request: Request) -> Upload:
        """NoSuchUpload."""
        found = self.uploads.get(bucket.number, request["Key"], request["UploadId"])
        if found is None:
            raise NoSuchUpload(None, UploadId=request["UploadId"])
        return found

    @operation
    async def create_multipart_upload(self, ctx: Context, request: Request) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        self.check_key(request["Key"])
        algorithm, kind = uploads.checksum_of(request.get("ChecksumAlgorithm"), request.get("ChecksumType"))
        made = draft.from_request(request, bucket, ctx.principal.account, ctx.now())
        sealed = await self.seal(ctx, bucket, request)
        if sealed is not None:
            made.about["encryption"] = sealed
        upload = Upload(
            bucket.number, made.key, ids.token(48), ctx.now(), ctx.principal.account or bucket.account,
            ctx.principal.arn, made.owner, made.storage_class, algorithm, kind, made.about,
        )  # fmt: skip
        with self.platform.store.transaction():
            self.uploads.add(upload)
        self.plan_abort(bucket, upload)
        ctx.meter("s3.requests_tier1")
        output = {"Bucket": bucket.name, "Key": made.key, "UploadId": upload.id, **encryption.shown(sealed)}
        if algorithm:
            output |= {"ChecksumAlgorithm": algorithm, "ChecksumType": kind}
        return output

    @operation
    async def upload_part(self, ctx: Context, request: Request) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        upload = self.upload(bucket, request)
        self._check_key_of_upload(upload, request)
        expected = expected_of(request)
        _fit(expected, upload)
        received = await self.bodies.receive(request.get("Body"), expected)
        part = self._take_part(ctx, bucket, request, received)
        output = {"ETag": f'"{part.etag}"', **encryption.shown(upload.about.get("encryption"))}
        return output | {k: v for k, v in checksums.members(part.checksum).items() if k != "ChecksumType"}

    @staticmethod
    def _check_key_of_upload(upload: Upload, request: Request) -> None:
        number = request["PartNumber"]
        if not 1 <= number <= limits.PARTS_MAX:
            raise InvalidArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", number)
        sealed = upload.about.get("encryption")
        if sealed is not None and sealed["kind"] == "C":
            encryption.check_customer_key(sealed, request)
        elif request.get("SSECustomerAlgorithm"):
            raise InvalidRequest("The encryption parameters are not applicable to this upload.")

    def _take_part(self, ctx: Context, bucket: Bucket, request: Request, received: Received) -> Part:
        try:
            with self.platform.store.transaction():
                upload = self.upload(bucket, request)  # it may have ended while the content came
                part = Part(
                    request["PartNumber"], self.bodies.keep(received), received.size, received.md5_hex,
                    received.checksum, ctx.now(),
                )  # fmt: skip
                old = self.uploads.put_part(upload.id, part)
                files = [] if old is None else self.bodies.give_up(old.pieces)
        except BaseException:
            self.bodies.discard(received)
            raise
        self.bodies.remove(files)
        ctx.meter("s3.requests_tier1")
        ctx.meter("s3.bytes_in", received.size)
        return part

    @operation
    async def upload_part_copy(self, ctx: Context, request: Request) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        upload = self.upload(bucket, request)
        self._check_key_of_upload(upload, request)
        source_bucket, source = await self.source(ctx, request)
        check_read(request, source, "CopySource")
        start, size = _copied_range(request.get("CopySourceRange"), source.size)
        expected = Expected(size)
        _fit(expected, upload)
        received = await self.bodies.receive(self.paced(source.pieces, start, size), expected)
        part = self._take_part(ctx, bucket, request, received)
        result = {"ETag": f'"{part.etag}"', "LastModified": int(part.modified_at), **checksums.members(part.checksum)}
        result.pop("ChecksumType", None)
        output = {"CopyPartResult": result, **encryption.shown(upload.about.get("encryption"))}
        if source_bucket.versioning:
            output["CopySourceVersionId"] = source.version
        return output

    @operation
    async def complete_multipart_upload(self, ctx: Context, request: Request) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        upload = self.upload(bucket, request)
        check_write(request, self.store.latest(bucket.number, upload.key))
        listed = (request.get("MultipartUpload") or {}).get("Parts") or ()
        parts = uploads.chosen(upload, self.uploads.parts(upload.id), listed)
        size, checksum = sum(part.size for part in parts), uploads.whole_checksum(upload, parts)
        _check_whole(request, size, checksum)
        made = Draft(
            upload.key, upload.owner, upload.storage_class, upload.about, "CompleteMultipartUpload", request,
            uploads.etag_of(parts),
        )  # fmt: skip
        made.about["parts"] = [[part.number, part.size, part.checksum] for part in parts]
        kept = ",".join(part.pieces for part in parts if part.pieces)
        with self.platform.store.transaction():
            version, files = self.write_row(ctx, bucket, made, Received(size, "", checksum, kept=kept))
            numbers = {part.number for part in parts}
            left = [part for part in self.uploads.drop(upload) if part.number not in numbers]
            files += [file for part in left for file in self.bodies.give_up(part.pieces)]
        self.bodies.remove(files)
        self.wake_outbox()
        ctx.meter("s3.requests_tier1")
        location = f"{ctx.caller.endpoint or 'http://localhost:4566'}/{bucket.name}/{upload.key}"
        output = self.written(ctx, bucket, version)
        return output | {"Location": location, "Bucket": bucket.name, "Key": upload.key, **checksums.members(checksum)}

    @operation
    async def abort_multipart_upload(self, ctx: Context, request: Request) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        self.abort(self.upload(bucket, request))
        return {}

    def abort(self, upload: Upload) -> None:
        """An upload is over, and nothing of it is left."""
        with self.platform.store.transaction():
            files = self._drop(upload)
        self.bodies.remove(files)

    def _drop(self, upload: Upload) -> list[str]:
        return [file for part in self.uploads.drop(upload) for file in self.bodies.give_up(part.pieces)]

    def forget_contents(self, bucket: Bucket) -> list[str]:
        left = self.uploads.page(bucket.number, "", "\U0010ffff", ("", ""), -1)
        return super().forget_contents(bucket) + [file for upload in left for file in self._drop(upload)]

    @operation
    async def list_parts(self, ctx: Context, request: Request) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        upload = self.upload(bucket, request)
        limit = max_keys(request.get("MaxParts"), "max-parts")
        marker = part_marker(request.get("PartNumberMarker"))
        parts = self.uploads.parts(upload.id, marker, limit + 1)
        shown = parts[:limit]
        output: dict[str, Any] = {
            "Bucket": bucket.name, "Key": upload.key, "UploadId": upload.id, "MaxParts": limit,
            "PartNumberMarker": marker, "NextPartNumberMarker": shown[-1].number if shown else marker,
            "IsTruncated": len(parts) > limit, "StorageClass": upload.storage_class, "Owner": owner(upload.owner),
            "Initiator": {"ID": upload.initiator, "DisplayName": upload.initiator.rpartition("/")[2]},
            "Parts": [_shown(part) for part in shown],
        }  # fmt: skip
        if upload.algorithm:
            output |= {"ChecksumAlgorithm": upload.algorithm, "ChecksumType": upload.kind}
        return output

    @operation
    async def list_multipart_uploads(self, ctx: Context, request: Request) -> dict[str, Any]:
        bucket, encode = self.bucket(ctx, request), encoder(request)
        limit = max_keys(request.get("MaxUploads"), "max-uploads")
        after = (request.get("KeyMarker") or "", request.get("UploadIdMarker") or "")
        found, prefixes, is_truncated = page_of(
            lambda start, end, key, many: self.uploads.page(bucket.number, start, end, key, many), request, after, limit
        )
        output: dict[str, Any] = {
            "Bucket": bucket.name, "KeyMarker": encode(after[0]), "UploadIdMarker": after[1], "MaxUploads": limit,
            "IsTruncated": is_truncated, "Prefix": encode(request.get("Prefix") or ""),
            "CommonPrefixes": [{"Prefix": encode(prefix)} for prefix in prefixes],
            "Uploads": [_listed(upload, encode(upload.key)) for upload in found],
        }  # fmt: skip
        if request.get("Delimiter"):
            output["Delimiter"] = encode(request["Delimiter"])
        if request.get("EncodingType"):
            output["EncodingType"] = request["EncodingType"]
        if is_truncated:
            last = found[-1] if found else None
            by_prefix = prefixes and (last is None or prefixes[-1] > last.key)
            output["NextKeyMarker"] = encode(prefixes[-1] if by_prefix or last is None else last.key)
            output["NextUploadIdMarker"] = "" if by_prefix or last is None else last.id
        return output


def part_marker(text: str | None) -> int:
    if text is None or text == "":
        return 0
    if not (text.isascii() and text.isdigit()) or len(text) > 10:
        name = "part-number-marker"
        raise InvalidArgument(f"Provided {name} not an integer or within integer range", name, text)
    return int(text)


def _fit(expected: Expected, upload: Upload) -> None:
    """A part's checksum is of the upload's algorithm."""
    if not upload.algorithm:
        return
    if expected.algorithm not in (None, upload.algorithm):
        raise InvalidRequest(
            f"Checksum Type mismatch occurred, expected checksum Type: {upload.algorithm.lower()}, actual checksum "
            f"Type: {str(expected.algorithm).lower()}"
        )
    expected.algorithm = upload.algorithm


def _copied_range(header: str | None, size: int) -> tuple[int, int]:
    if header is None:
        return 0, size
    first, dash, last = header.removeprefix("bytes=").partition("-")
    if not (header.startswith("bytes=") and dash and first.isdigit() and last.isdigit()) or int(first) > int(last):
        raise InvalidArgument(
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
            "zero-based offsets of the first and last bytes to copy", "x-amz-copy-source-range", header,
        )  # fmt: skip
    if int(last) >= size:
        raise InvalidArgument(
            f"Range specified is not valid for source object of size: {size}", "x-amz-copy-source-range", header
        )
    return int(first), int(last) - int(first) + 1


def _check_whole(request: Request, size: int, checksum: str) -> None:
    expected = request.get("MpuObjectSize")
    if expected is not None and expected != size:
        raise InvalidRequest(
            f"The provided 'x-amz-mp-object-size' header value {expected} does not match what was computed: {size}"
        )
    given = [(name, request[m]) for name, m in checksums.MEMBERS.items() if request.get(m) is not None]
    known = checksums.split(checksum)
    for name, value in given:
        if known is not None and known[0] == name and known[2].partition("-")[0] != value.partition("-")[0]:
            raise checksums.mismatch(name)


def _shown(part: Part) -> dict[str, Any]:
    found = checksums.members(part.checksum)
    found.pop("ChecksumType", None)
    return {
        "PartNumber": part.number, "LastModified": int(part.modified_at), "ETag": f'"{part.etag}"', "Size": part.size,
        **found,
    }  # fmt: skip


def _listed(upload: Upload, key: str) -> dict[str, Any]:
    item = {
        "Key": key, "UploadId": upload.id, "Initiated": int(upload.begun_at), "StorageClass": upload.storage_class,
        "Owner": owner(upload.owner),
        "Initiator": {"ID": upload.initiator, "DisplayName": upload.initiator.rpartition("/")[2]},
    }  # fmt: skip
    return {**item, "ChecksumAlgorithm": upload.algorithm, "ChecksumType": upload.kind} if upload.algorithm else item
