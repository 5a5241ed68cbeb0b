"""What an import reads: items of DynamoDB JSON and of CSV files, and how an import goes. Pure.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Format.html
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.errors import AwsError, ValidationError
from cloudchamber.services.dynamodb import limits
from cloudchamber.services.dynamodb.values import check_item

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudchamber.services.dynamodb.values import Item

IN_PROGRESS, COMPLETED, FAILED = "IN_PROGRESS", "COMPLETED", "FAILED"


@dataclass(frozen=True, slots=True)
class Import:
    """An import and how it goes. `asked` is the request; instants in epoch seconds."""

    account: str
    region: str
    table_name: str
    id: str
    table_id: str
    begun_at: float
    asked: dict[str, Any]
    caller: dict[str, Any]
    token: str
    status: str = IN_PROGRESS
    ended_at: float | None = None
    size_bytes: int = 0
    processed: int = 0
    imported: int = 0
    errors: int = 0
    failure: tuple[str, ...] = ()  # code and message

    @property
    def table_arn(self) -> str:
        return f"arn:aws:dynamodb:{self.region}:{self.account}:table/{self.table_name}"

    @property
    def arn(self) -> str:
        return f"{self.table_arn}/import/{self.id}"


class Unreadable(Exception):
    """The rest of an object cannot be read."""


def uncompressed(content: bytes, compression: str) -> bytes:
    """Unreadable for content that is not of the kind it is said to be."""
    if compression != "GZIP":
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise Unreadable(str(error)) from error


def items(content: bytes, asked: Mapping[str, Any]) -> Iterator[tuple[Item, int] | None]:
    """Items of an object with their sizes, None for each that is not valid; Unreadable where nothing more can be."""
    read = _csv_items if asked["InputFormat"] == "CSV" else _json_items
    for item in read(content, asked):
        yield _checked(item)


def _checked(item: Any) -> tuple[Item, int] | None:
    try:
        size = check_item(item)
    except AwsError:
        return None
    return (item, size) if size <= limits.ITEM_BYTES else None


def _json_items(content: bytes, _asked: Mapping[str, Any]) -> Iterator[Any]:
    for line in content.splitlines():
        if line.strip():
            try:
                found = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise Unreadable(str(error)) from error
            if not isinstance(found, dict) or "Item" not in found:
                raise Unreadable("not an object with a member Item")
            yield found["Item"]


def _csv_items(content: bytes, asked: Mapping[str, Any]) -> Iterator[Any]:
    """Keys of the table and of its indexes are of the kinds that are defined, all else is text."""
    options = (asked.get("InputFormatOptions") or {}).get("Csv") or {}
    try:
        rows = csv.reader(
            io.StringIO(content.decode("utf-8-sig")), delimiter=options.get("Delimiter", ","), strict=True
        )
        header = options.get("HeaderList") or next(rows, [])
        definitions = asked["TableCreationParameters"]["AttributeDefinitions"]
        kinds = {one["AttributeName"]: one["AttributeType"] for one in definitions}
        for row in rows:
            if row:
                pairs = zip(header, row, strict=False)
                yield {name: {kinds.get(name, "S"): text} for name, text in pairs} if len(row) <= len(header) else None
    except (UnicodeDecodeError, csv.Error) as error:
        raise Unreadable(str(error)) from error


def check_asked(request: Mapping[str, Any]) -> None:
    """ValidationException for options that are not of the format."""
    if request.get("InputFormatOptions") and request["InputFormat"] != "CSV":
        raise ValidationError("InputFormatOptions can only be specified for the CSV input format.")


def description(one: Import) -> dict[str, Any]:
    """ImportTableDescription."""
    asked = one.asked
    shown: dict[str, Any] = {
        **summary(one),
        "TableId": one.table_id,
        "ClientToken": one.token,
        "InputCompressionType": asked.get("InputCompressionType", "NONE"),
        "TableCreationParameters": asked["TableCreationParameters"],
        "ErrorCount": one.errors,
        "ProcessedSizeBytes": one.size_bytes,
        "ProcessedItemCount": one.processed,
        "ImportedItemCount": one.imported,
    }
    if asked.get("InputFormatOptions"):
        shown["InputFormatOptions"] = asked["InputFormatOptions"]
    if one.failure:
        shown["FailureCode"], shown["FailureMessage"] = one.failure
    return shown


def summary(one: Import) -> dict[str, Any]:
    """ImportSummary."""
    shown: dict[str, Any] = {
        "ImportArn": one.arn,
        "ImportStatus": one.status,
        "TableArn": one.table_arn,
        "S3BucketSource": one.asked["S3BucketSource"],
        "InputFormat": one.asked["InputFormat"],
        "StartTime": one.begun_at,
    }
    return shown if one.ended_at is None else {**shown, "EndTime": one.ended_at}
