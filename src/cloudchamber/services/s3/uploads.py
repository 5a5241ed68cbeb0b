"""Multipart uploads as they are stored, and the rules of completing one. Pure but for `Uploads`, which is their tables.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.services.s3 import checksums, limits
from cloudchamber.services.s3.errors import EntityTooSmall, InvalidPart, InvalidPartOrder, InvalidRequest, MalformedXml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudchamber.storage.engine import Store

_UPLOAD = "bucket, key, id, begun_at, account, initiator, about"
_PART = "number, pieces, size, etag, checksum, modified_at"
LIST = (
    f"SELECT {_UPLOAD} FROM s3_uploads WHERE bucket = ? AND key >= ? AND key < ? AND (key, id) > (?, ?) "
    "ORDER BY key, id LIMIT ?"
)


@dataclass(slots=True)
class Upload:
    """`about` is the object's to be; `algorithm` and `kind` of its checksum, empty where none was asked for."""

    bucket: int
    key: str
    id: str
    begun_at: float
    account: str
    initiator: str
    owner: str = ""
    storage_class: str = "STANDARD"
    algorithm: str = ""
    kind: str = ""
    about: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Part:
    number: int
    pieces: str
    size: int
    etag: str
    checksum: str
    modified_at: float


class Uploads:
    def __init__(self, store: Store) -> None:
        self.db = store

    def add(self, upload: Upload) -> None:
        u = upload
        rest = {"o": u.owner, "c": u.storage_class, "a": u.algorithm, "k": u.kind, "about": u.about}
        self.db.execute(
            "INSERT INTO s3_uploads VALUES (?, ?, ?, ?, ?, ?, ?)",
            (u.bucket, u.key, u.id, u.begun_at, u.account, u.initiator, orjson.dumps(rest)),
        )

    def get(self, bucket: int, key: str, upload_id: str) -> Upload | None:
        sql = f"SELECT {_UPLOAD} FROM s3_uploads WHERE bucket = ? AND key = ? AND id = ?"
        row = self.db.one(sql, (bucket, key, upload_id))
        return None if row is None else _upload(row)

    def page(self, bucket: int, start: str, end: str, after: tuple[str, str], limit: int) -> list[Upload]:
        """Uploads whose keys are from `start` to before `end`, after a key and upload id, in that order."""
        return [_upload(row) for row in self.db.all(LIST, (bucket, start, end, *after, limit))]

    def drop(self, upload: Upload) -> list[Part]:
        """Inside a transaction: the upload is over; its parts."""
        parts = self.parts(upload.id)
        self.db.execute("DELETE FROM s3_parts WHERE upload = ?", (upload.id,))
        self.db.execute(
            "DELETE FROM s3_uploads WHERE bucket = ? AND key = ? AND id = ?", (upload.bucket, upload.key, upload.id)
        )
        return parts

    def put_part(self, upload_id: str, part: Part) -> Part | None:
        """Inside a transaction: a part is there; the one of that number that it replaces."""
        old = self.db.one(f"SELECT {_PART} FROM s3_parts WHERE upload = ? AND number = ?", (upload_id, part.number))
        self.db.execute(
            "INSERT OR REPLACE INTO s3_parts VALUES (?, ?, ?, ?, ?, ?, ?)",
            (upload_id, part.number, part.pieces, part.size, part.etag, part.checksum, part.modified_at),
        )
        return None if old is None else Part(*old)

    def parts(self, upload_id: str, after: int = 0, limit: int = -1) -> list[Part]:
        sql = f"SELECT {_PART} FROM s3_parts WHERE upload = ? AND number > ? ORDER BY number LIMIT ?"
        return [Part(*row) for row in self.db.all(sql, (upload_id, after, limit))]


def _upload(row: tuple[Any, ...]) -> Upload:
    rest = orjson.loads(row[6])
    values: tuple[Any, ...] = (*row[:6], rest["o"], rest["c"], rest["a"], rest["k"], rest["about"])
    return Upload(*values)


def checksum_of(algorithm: str | None, kind: str | None) -> tuple[str, str]:
    """Algorithm and type of a new upload's checksum, both empty where none is asked for. InvalidRequest."""
    if algorithm is None:
        if kind is not None:
            raise InvalidRequest("The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm "
                                 "header.")  # fmt: skip
        return "", ""
    if algorithm not in checksums.SIZES:
        raise InvalidRequest(checksums.UNSUPPORTED)
    if kind is None:
        kind = checksums.FULL if algorithm == "CRC64NVME" else checksums.COMPOSITE
    fits = algorithm != "CRC64NVME" if kind == checksums.COMPOSITE else checksums.is_crc(algorithm)
    if kind not in (checksums.FULL, checksums.COMPOSITE) or not fits:
        raise InvalidRequest(
            f"The {kind} checksum type cannot be used with the {algorithm.lower()} checksum algorithm."
        )
    return algorithm, kind


def chosen(upload: Upload, parts: Sequence[Part], listed: Sequence[Mapping[str, Any]]) -> list[Part]:
    """The parts that a CompleteMultipartUpload names, checked against what was uploaded."""
    if not listed:
        raise MalformedXml
    if len(listed) > limits.PARTS_MAX:
        raise MalformedXml
    by_number = {part.number: part for part in parts}
    found: list[Part] = []
    for item in listed:
        number, etag = item.get("PartNumber"), str(item.get("ETag") or "").strip('"')
        if number is None or "ETag" not in item:
            raise MalformedXml
        if found and number <= found[-1].number:
            raise InvalidPartOrder(None, UploadId=upload.id)
        part = by_number.get(number)
        if part is None or part.etag != etag:
            raise InvalidPart(None, UploadId=upload.id, PartNumber=number, ETag=etag)
        _check_part_checksum(upload, part, item)
        found.append(part)
    for part in found[:-1]:
        if part.size < limits.PART_BYTES_MIN:
            raise EntityTooSmall(
                None, ProposedSize=part.size, MinSizeAllowed=limits.PART_BYTES_MIN, PartNumber=part.number,
                ETag=part.etag,
            )  # fmt: skip
    return found


def _check_part_checksum(upload: Upload, part: Part, item: Mapping[str, Any]) -> None:
    known = checksums.split(part.checksum)
    given = {name: item[member] for name, member in checksums.MEMBERS.items() if item.get(member) is not None}
    if upload.kind == checksums.COMPOSITE and upload.algorithm not in given:
        raise InvalidRequest(
            f"The upload was created using the {upload.algorithm.lower()} checksum. The complete request must include "
            f"the checksum for each part. It was missing for part {part.number} in the request."
        )
    for name, value in given.items():
        if known is not None and known[0] == name and known[2] != value:
            raise InvalidPart(None, UploadId=upload.id, PartNumber=part.number, ETag=part.etag)


def etag_of(parts: Sequence[Part]) -> str:
    """The MD5 of the parts' MD5s, and how many there are."""
    joined = b"".join(bytes.fromhex(part.etag) for part in parts)
    return f"{hashlib.md5(joined, usedforsecurity=False).hexdigest()}-{len(parts)}"


def whole_checksum(upload: Upload, parts: Sequence[Part]) -> str:
    """The checksum of the object that parts make, as it is stored; empty where the parts' do not allow one."""
    algorithm, kind = upload.algorithm or checksums.DEFAULT, upload.kind or checksums.FULL
    values = [found for part in parts if (found := checksums.split(part.checksum)) and found[0] == algorithm]
    if len(values) != len(parts):
        return ""
    if kind == checksums.COMPOSITE:
        return f"{algorithm} {kind} {checksums.compose(algorithm, [value for _, _, value in values])}"
    joined = checksums.join(algorithm, [(v[2], part.size) for v, part in zip(values, parts, strict=True)])
    return f"{algorithm} {kind} {joined}"
