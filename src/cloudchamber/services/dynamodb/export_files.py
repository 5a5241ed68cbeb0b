"""What an export leaves in S3: data files, the manifests that name them, and their checksums. Pure.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
"""

from __future__ import annotations

import base64
import gzip
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable

FULL, INCREMENTAL = "FULL_EXPORT", "INCREMENTAL_EXPORT"
NEW_AND_OLD = "NEW_AND_OLD_IMAGES"
IN_PROGRESS, COMPLETED, FAILED = "IN_PROGRESS", "COMPLETED", "FAILED"


@dataclass(frozen=True, slots=True)
class Export:
    """An export and how it goes. `asked` is the request; instants in epoch seconds."""

    account: str
    region: str
    table_name: str
    id: str
    table_id: str
    kind: str
    number: int  # the rows at the instant of a full export; the table's own for an incremental one
    begun_at: float
    begins: float  # of what an incremental export tells; the instant of a full one
    ends: float
    asked: dict[str, Any]
    caller: dict[str, Any]
    token: str
    status: str = IN_PROGRESS
    ended_at: float | None = None
    items: int = 0
    size_bytes: int = 0
    failure: tuple[str, ...] = ()  # code and message

    @property
    def table_arn(self) -> str:
        return f"arn:aws:dynamodb:{self.region}:{self.account}:table/{self.table_name}"

    @property
    def arn(self) -> str:
        return f"{self.table_arn}/export/{self.id}"

    @property
    def folder(self) -> str:
        """What the keys of an export's objects begin with, but those that a prefix was asked for."""
        return f"AWSDynamoDB/{self.id}"

    def key(self, name: str) -> str:
        """The key of one of its objects."""
        prefix = self.asked.get("S3Prefix")
        return f"{prefix}/{name}" if prefix else name


class DataFile(NamedTuple):
    """A data file that was written."""

    key: str
    items: int
    md5: bytes
    etag: str


def compressed(lines: list[bytes]) -> tuple[bytes, bytes]:
    """The content of a data file, and its MD5. The same lines make the same file."""
    content = gzip.compress(b"".join(lines), mtime=0)
    return content, _md5(content)


def item_line(data: bytes) -> bytes:
    """A line of a full export: the item, as it is stored."""
    return b'{"Item":' + data + b"}\n"


def change_line(keys: dict[str, Any], at: float, images: tuple[bytes | None, bytes | None]) -> bytes:
    """A line of an incremental export: an item's keys, and what it was before and after the time that is told of."""
    told: dict[str, Any] = {"Metadata": {"WriteTimestampMicros": {"N": str(int(at * 1_000_000))}}, "Keys": keys}
    for name, image in zip(("OldImage", "NewImage"), images, strict=True):
        if image is not None:
            told[name] = orjson.Fragment(image)
    return orjson.dumps(told) + b"\n"


def manifest_of_files(files: Iterable[DataFile]) -> bytes:
    """`manifest-files.json`: a line for each data file."""
    lines = [
        orjson.dumps(
            {
                "itemCount": file.items,
                "md5Checksum": base64.b64encode(file.md5).decode(),
                "etag": file.etag,
                "dataFileS3Key": file.key,
            }
        )
        for file in files
    ]
    return b"".join(line + b"\n" for line in lines)


def summary(export: Export) -> bytes:
    """`manifest-summary.json`."""
    asked = export.asked
    told: dict[str, Any] = {
        "version": "2020-06-30" if export.kind == FULL else "2023-08-01",
        "exportArn": export.arn,
        "startTime": _iso(export.begun_at),
        "endTime": _iso(export.ended_at or export.begun_at),
        "tableArn": export.table_arn,
        "tableId": export.table_id,
    }
    if export.kind == FULL:
        told["exportTime"] = _iso(export.ends)
    else:
        told |= {"exportFromTime": _iso(export.begins), "exportToTime": _iso(export.ends)}
    told |= {
        "s3Bucket": asked["S3Bucket"],
        "s3Prefix": asked.get("S3Prefix"),
        "s3SseAlgorithm": asked.get("S3SseAlgorithm", "AES256"),
        "s3SseKmsKeyId": asked.get("S3SseKmsKeyId"),
        "manifestFilesS3Key": export.key(f"{export.folder}/manifest-files.json"),
        "billedSizeBytes": export.size_bytes,
        "itemCount": export.items,
        "outputFormat": "DYNAMODB_JSON",
    }
    if export.kind == INCREMENTAL:
        told["outputView"] = view_type(export)
    told["exportType"] = export.kind
    return orjson.dumps(told)


def view_type(export: Export) -> str:
    found: str = (export.asked.get("IncrementalExportSpecification") or {}).get("ExportViewType", NEW_AND_OLD)
    return found


def checksum(content: bytes) -> bytes:
    """What stands beside a manifest: its MD5 in base64."""
    return base64.b64encode(_md5(content))


def description(export: Export) -> dict[str, Any]:
    """ExportDescription."""
    asked = export.asked
    shown: dict[str, Any] = {
        "ExportArn": export.arn,
        "ExportStatus": export.status,
        "StartTime": export.begun_at,
        "TableArn": export.table_arn,
        "TableId": export.table_id,
        "ClientToken": export.token,
        "S3Bucket": asked["S3Bucket"],
        "S3SseAlgorithm": asked.get("S3SseAlgorithm", "AES256"),
        "ExportFormat": "DYNAMODB_JSON",
        "ExportType": export.kind,
        **{name: asked[name] for name in ("S3BucketOwner", "S3Prefix", "S3SseKmsKeyId") if name in asked},
    }
    if export.kind == FULL:
        shown["ExportTime"] = export.ends
    else:
        shown["IncrementalExportSpecification"] = {
            "ExportFromTime": export.begins,
            "ExportToTime": export.ends,
            "ExportViewType": view_type(export),
        }
    if export.ended_at is not None:
        shown["EndTime"] = export.ended_at
    if export.status == COMPLETED:
        shown["ExportManifest"] = export.key(f"{export.folder}/manifest-summary.json")
        shown |= {"BilledSizeBytes": export.size_bytes, "ItemCount": export.items}
    if export.failure:
        shown["FailureCode"], shown["FailureMessage"] = export.failure
    return shown


def _md5(content: bytes) -> bytes:
    return hashlib.md5(content, usedforsecurity=False).digest()


def _iso(instant: float) -> str:
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
