"""ExportTableToPointInTime, DescribeExport, ListExports.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.HowItWorks.html
A full export is a copy of the table as it stood at an instant (`copying.py`), written to S3 file by file as the one who
asked for it, and then taken away. An incremental one reads the log of point-in-time recovery.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core import ids
from cloudchamber.core.errors import AwsError, NotImplementedByUs, ValidationError
from cloudchamber.core.pagination import InvalidMarker, page
from cloudchamber.core.service import operation
from cloudchamber.services.dynamodb import callers, export_files, limits
from cloudchamber.services.dynamodb.backup import USER, new_id
from cloudchamber.services.dynamodb.copying import Copy
from cloudchamber.services.dynamodb.errors import ExportConflict, ExportNotFound, InvalidExportTime, TableNotFound
from cloudchamber.services.dynamodb.export_files import COMPLETED, FAILED, FULL, IN_PROGRESS, DataFile, Export
from cloudchamber.services.dynamodb.policy import locate
from cloudchamber.services.dynamodb.recovery import Recovery
from cloudchamber.storage.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Platform, Request
    from cloudchamber.services.dynamodb.table import TableRecord, TableView

EXPORT = "export"
FILE_ROWS = 20_000
LISTED = 25
OUTSIDE = "The specified ExportTime is outside of the point in time recovery window."


class Exports(Recovery):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.exports: Table[Export] = Table(
            platform.store, "dynamodb_exports", Export, ("account", "region", "table_name", "id"), [("number",)]
        )

    async def resume(self) -> None:
        await super().resume()
        for export in self.exports:
            if export.status == IN_PROGRESS and self.copies.get(export.number) is None:
                self._pursue_export(export)

    @operation
    async def export_table_to_point_in_time(self, ctx: Context, request: Request) -> dict[str, Any]:
        if request.get("ExportFormat") == "ION" or request.get("FilterSpecification"):
            raise NotImplementedByUs("ION and FilterSpecification exist on AWS and are not implemented in cloudchamber")
        account, region, name = locate(ctx, request["TableArn"])
        view = self.store.view(account, region, name)
        if view is None:
            raise TableNotFound(f"Table not found: {name}")
        token, now = request.get("ClientToken") or ids.uuid(), ctx.now()
        earlier = self._same_export(view.record, token, now)
        if earlier is not None:
            if earlier.asked != dict(request):
                raise ExportConflict("The request uses the same client token as an earlier one with other parameters.")
            return {"ExportDescription": export_files.description(earlier)}
        export = self._new_export(ctx, view.record, (request, token), now)
        with self.platform.store.transaction():
            self.exports.put(export)
            if export.kind == FULL:
                source = Copy(export.number, view.number, EXPORT, now, export.ends, self.undo_log.latest())
                self.begin_copy(source)
        if export.kind == FULL and self.copies.get(export.number) is not None:
            self.pursue_copy(export.number)
        else:
            self._pursue_export(export)
        return {"ExportDescription": export_files.description(export)}

    def _same_export(self, record: TableRecord, token: str, now: float) -> Export | None:
        """The export that was asked for with a token in the last eight hours."""
        for export in self.exports.where(account=record.account, region=record.region, table_name=record.name):
            if export.token == token and now < export.begun_at + limits.EXPORT_TOKEN_SECONDS:
                return export
        return None

    def _new_export(self, ctx: Context, record: TableRecord, asked: tuple[Request, str], now: float) -> Export:
        request, token = asked
        kind = request.get("ExportType", FULL)
        begins, ends = self._span(record, request, now)
        number = self.store.new_number() if kind == FULL else record.number
        return Export(
            record.account,
            record.region,
            record.name,
            new_id(now, USER),
            record.id,
            kind,
            number,
            now,
            begins,
            ends,
            dict(request),
            callers.kept(ctx),
            token,
        )

    def _span(self, record: TableRecord, request: Request, now: float) -> tuple[float, float]:
        """The instant of a full export (twice), or from when to when an incremental one tells; InvalidExportTime."""
        earliest, latest = self.restorable(record, now)
        if request.get("ExportType", FULL) == FULL:
            instant = request.get("ExportTime", latest)
            if not int(earliest) <= instant <= latest:
                raise InvalidExportTime(OUTSIDE)
            return instant, instant
        asked = request.get("IncrementalExportSpecification") or {}
        if "ExportFromTime" not in asked:
            raise ValidationError("ExportFromTime must be specified for an incremental export.")
        begins, ends = asked["ExportFromTime"], asked.get("ExportToTime", latest)
        if not int(earliest) <= begins < ends <= latest:
            raise InvalidExportTime(OUTSIDE)
        return begins, ends

    @operation
    async def describe_export(self, ctx: Context, request: Request) -> dict[str, Any]:
        arn = request["ExportArn"]
        table_arn, _, export_id = arn.partition("/export/")
        found = self.exports.get(*locate(ctx, table_arn), export_id)
        if found is None:
            raise ExportNotFound(arn)
        return {"ExportDescription": export_files.description(found)}

    @operation
    async def list_exports(self, ctx: Context, request: Request) -> dict[str, Any]:
        wanted: dict[str, Any] = {"account": ctx.account, "region": ctx.region}
        if "TableArn" in request:
            wanted["table_name"] = locate(ctx, request["TableArn"])[2]
        found = sorted(self.exports.where(**wanted), key=lambda export: export.id)
        try:
            listed, marker = page(
                found, lambda export: export.id, request.get("MaxResults", LISTED), request.get("NextToken")
            )
        except InvalidMarker:
            raise ValidationError("Invalid NextToken") from None
        members = [{"ExportArn": e.arn, "ExportStatus": e.status, "ExportType": e.kind} for e in listed]
        return {"ExportSummaries": members} if marker is None else {"ExportSummaries": members, "NextToken": marker}

    # the work

    def copied(self, copy: Copy) -> None:
        super().copied(copy)
        if copy.kind == EXPORT and copy.target in self._copying:  # otherwise who asked for it goes on by itself
            for export in self.exports.where(number=copy.target):
                self._pursue_export(export)

    def _pursue_export(self, export: Export) -> None:
        self.clock.spawn(self._export(export), "dynamodb export")

    async def _export(self, export: Export) -> None:
        try:
            done = await self._write_files(export)
        except AwsError as error:
            code = error.code if error.code.startswith("S3") else f"S3{error.code}"
            done = replace(export, status=FAILED, failure=(code, error.message))
        with self.platform.store.transaction():
            self.exports.put(replace(done, ended_at=self.clock.now()))
            if export.kind == FULL:
                self.store.abandon(export.number)
        self.plan_sweep()

    async def _write_files(self, export: Export) -> Export:
        """The export, complete; AwsError of S3."""
        await self._put_object(export, f"{export.folder}/_started", b"")
        lines = self._item_lines(export) if export.kind == FULL else iter(self._change_lines(export))
        files: list[DataFile] = []
        size, more = 0, True
        while more:
            chunk = list(islice(lines, FILE_ROWS))
            more = len(chunk) == FILE_ROWS
            if chunk or not files:
                files.append(await self._write_file(export, chunk))
                size += sum(map(len, chunk))
        items = sum(file.items for file in files)
        done = replace(export, status=COMPLETED, items=items, size_bytes=size, ended_at=self.clock.now())
        for name, content in (
            ("manifest-files", export_files.manifest_of_files(files)),
            ("manifest-summary", export_files.summary(done)),
        ):
            await self._put_object(export, f"{export.folder}/{name}.json", content)
            await self._put_object(export, f"{export.folder}/{name}.checksum", export_files.checksum(content))
        return done

    async def _write_file(self, export: Export, lines: list[bytes]) -> DataFile:
        name = f"{export.folder}/data/{ids.uuid().replace('-', '')}.json.gz"
        content, md5 = export_files.compressed(lines)
        return DataFile(export.key(name), len(lines), md5, await self._put_object(export, name, content))

    async def _put_object(self, export: Export, name: str, content: bytes) -> str:
        """Write one object; its entity tag."""
        asked = export.asked
        request: dict[str, Any] = {"Bucket": asked["S3Bucket"], "Key": export.key(name), "Body": content}
        if asked.get("S3SseAlgorithm"):
            request["ServerSideEncryption"] = "aws:kms" if asked["S3SseAlgorithm"] == "KMS" else "AES256"
        if asked.get("S3SseKmsKeyId"):
            request["SSEKMSKeyId"] = asked["S3SseKmsKeyId"]
        if asked.get("S3BucketOwner"):
            request["ExpectedBucketOwner"] = asked["S3BucketOwner"]
        caller = callers.principal(export.caller)
        answer = await self.platform.dispatcher.enter(
            caller, caller.account or export.account, export.region, "s3:PutObject", request
        )
        return str(answer["ETag"]).strip('"')

    def _item_lines(self, export: Export) -> Iterator[bytes]:
        for rows in self.store.walk(export.number):
            for row in rows:
                yield export_files.item_line(row[2])

    def _change_lines(self, export: Export) -> list[bytes]:
        """The items that changed, each once: as it was when the time that is told of began, and at its end."""
        view = self.store.by_number(export.number)
        low = None if view is None else self.undo_log.first_after(export.number, export.begins)
        if view is None or low is None:
            return []
        changes: dict[bytes, _Change] = {}
        for row in self.undo_log.forwards(export.number, low):
            change = changes.setdefault(row.key, _Change(row.data))
            if row.at <= export.ends:
                change.at = row.at
            elif not change.is_settled:
                change.new, change.is_settled = row.data, True
        lines = []
        for key, change in changes.items():
            if not change.is_settled:
                stored = self.store.get(key)
                change.new = None if stored is None else stored.data
            lines += _change_line(view, export, change)
        return lines


class _Change:
    """What became of an item: `old` is what it was, `new` what it is afterwards if that is settled."""

    __slots__ = ("at", "is_settled", "new", "old")

    def __init__(self, old: bytes | None) -> None:
        self.old = old
        self.new: bytes | None = None
        self.at: float | None = None
        self.is_settled = False


def _change_line(view: TableView, export: Export, change: _Change) -> list[bytes]:
    """One line, or none for what did not change in time, or came and went."""
    some = change.new or change.old
    if some is None or change.at is None:
        return []
    old = change.old if export_files.view_type(export) == export_files.NEW_AND_OLD else None
    return [export_files.change_line(view.key_of(orjson.loads(some)), change.at, (old, change.new))]
