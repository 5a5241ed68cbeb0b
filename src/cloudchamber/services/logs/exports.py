"""Export tasks: a group's events of a stretch of time as gzipped files in a bucket whose policy lets the service in.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/S3Export.html
"""

from __future__ import annotations

import datetime
import gzip
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.errors import AwsError, NotImplementedByUs
from cloudchamber.core.service import operation
from cloudchamber.identity.principals import service
from cloudchamber.services.logs import limits
from cloudchamber.services.logs.errors import InvalidOperation, InvalidParameter, LimitExceeded, not_found
from cloudchamber.services.logs.outbox import Outbox
from cloudchamber.services.logs.positions import page_token, read_page_token
from cloudchamber.services.logs.tables import ExportTask

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudchamber.core.context import Context
    from cloudchamber.services.logs import shapes
    from cloudchamber.services.logs.tables import Event, LogGroup, Stream

RUNNING, COMPLETED, FAILED, CANCELLED = "RUNNING", "COMPLETED", "FAILED", "CANCELLED"
PREFIX = "exportedlogs"
CHUNK_STREAMS = 100


class Exports(Outbox):
    async def resume(self) -> None:
        await super().resume()
        for task in self.store.exports.where(status=RUNNING):
            self.clock.spawn(self._export(task), "logs export")

    @operation
    async def create_export_task(
        self, ctx: Context, request: shapes.CreateExportTaskRequest
    ) -> shapes.CreateExportTaskResponse:
        group = self.group(ctx, request["logGroupName"])
        if request["from"] > request["to"]:
            raise InvalidParameter("The from timestamp must not be later than the to timestamp.")
        kept = ("taskName", "from", "to", "destination", "logStreamNamePrefix")
        wire: dict[str, Any] = {name: request[name] for name in kept if request.get(name) is not None}  # type: ignore[literal-required]
        wire["destinationPrefix"] = request.get("destinationPrefix") or PREFIX
        task = ExportTask(ctx.account, ctx.region, ids.uuid(), group.name, RUNNING, self.now_ms(), wire)
        await self._try_bucket(task)
        if self.store.exports.where(account=ctx.account, region=ctx.region, status=RUNNING):
            raise LimitExceeded
        with self.platform.store.transaction():
            self.store.exports.put(task)
        self.clock.spawn(self._export(task), "logs export")
        return {"taskId": task.id}

    async def _try_bucket(self, task: ExportTask) -> None:
        """AWS looks at the bucket and writes a test object before it takes a task."""
        for name, more in (
            ("GetBucketAcl", {}),
            ("PutObject", {"Key": f"{task.wire['destinationPrefix']}/aws-logs-write-test",
                           "Body": b"Permission Check Successful"}),
        ):  # fmt: skip
            try:
                await self._s3(task, name, **more)
            except NotImplementedByUs:
                raise
            except AwsError as error:
                if error.code == "NoSuchBucket":
                    raise InvalidParameter("The specified bucket does not exist.") from None
                raise InvalidParameter(
                    f"{name} call on the given bucket failed. Please check if CloudWatch Logs has been granted "
                    "permission to perform this operation."
                ) from None

    async def _s3(self, task: ExportTask, operation_name: str, **more: Any) -> None:
        ctx = self.own_context(task.account, task.region)
        await ctx.call(
            f"s3:{operation_name}", principal=service(f"logs.{task.region}.amazonaws.com"),
            source_arn=f"arn:aws:logs:{task.region}:{task.account}:log-group:{task.group_name}:*",
            Bucket=task.wire["destination"], **more,
        )  # fmt: skip

    async def _export(self, task: ExportTask) -> None:
        """A stream after the other, in files of so many events. Begun again from the start after a restart."""
        group = self.store.groups.get(task.account, task.region, task.group_name)
        try:
            for stream in () if group is None else self._streams(group, task):
                for number, lines in enumerate(self._files(stream.number, task)):
                    if not self._is_exporting(task):
                        return
                    name = stream.name.replace("/", "-")
                    key = f"{task.wire['destinationPrefix']}/{task.id}/{name}/{number:06d}.gz"
                    await self._s3(task, "PutObject", Key=key, Body=gzip.compress(lines, mtime=0))
        except AwsError as error:
            self._end_export(replace(task, status=FAILED, message=error.message))
            return
        self._end_export(replace(task, status=COMPLETED, message="Completed successfully"))

    def _streams(self, group: LogGroup, task: ExportTask) -> Iterator[Stream]:
        prefix, after = task.wire.get("logStreamNamePrefix") or "", None
        while found := self.store.streams_by_name(group, prefix, after, CHUNK_STREAMS, False):
            yield from found
            after = found[-1].name

    def _files(self, stream: int, task: ExportTask) -> Iterator[bytes]:
        begin, end = (task.wire["from"], 0), (task.wire["to"], 0)
        while events := self.store.of_stream(stream, begin, end, limits.EXPORT_FILE_EVENTS_MAX):
            yield b"".join(map(_line, events))
            begin = (events[-1].at, events[-1].seq)

    def _is_exporting(self, task: ExportTask) -> bool:
        found = self.store.exports.get(task.account, task.region, task.id)
        return found is not None and found.status == RUNNING

    def _end_export(self, task: ExportTask) -> None:
        if self._is_exporting(task):
            with self.platform.store.transaction():
                self.store.exports.put(replace(task, completed_at=self.now_ms()))

    @operation
    async def cancel_export_task(self, ctx: Context, request: shapes.CancelExportTaskRequest) -> None:
        task = self.store.exports.get(ctx.account, ctx.region, request["taskId"])
        if task is None:
            raise not_found("export task")
        if task.status != RUNNING:
            raise InvalidOperation("The specified export task has already finished")
        self._end_export(replace(task, status=CANCELLED, message="Cancelled by user"))

    @operation
    async def describe_export_tasks(
        self, ctx: Context, request: shapes.DescribeExportTasksRequest
    ) -> shapes.DescribeExportTasksResponse:
        found = self.store.exports.where(account=ctx.account, region=ctx.region)
        wanted, status = request.get("taskId"), request.get("statusCode")
        if wanted is not None and all(task.id != wanted for task in found):
            raise not_found("export task")
        found = [task for task in found if wanted in (None, task.id) and status in (None, task.status)]
        found.sort(key=lambda task: (-task.created_at, task.id))
        begin = int(read_page_token(request.get("nextToken")).get("row", 0))
        end = begin + (request.get("limit") or limits.LIST_MAX)
        shown = [_shown(task) for task in found[begin:end]]
        return {"exportTasks": shown, "nextToken": page_token(row=end)} if end < len(found) else {"exportTasks": shown}


def _line(event: Event) -> bytes:
    at = datetime.datetime.fromtimestamp(event.at / 1000, datetime.UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{event.at % 1000:03d}Z {event.message}\n".encode()


def _shown(task: ExportTask) -> Any:
    info = {"creationTime": task.created_at}
    if task.completed_at is not None:
        info["completionTime"] = task.completed_at
    return {
        **task.wire, "taskId": task.id, "logGroupName": task.group_name, "executionInfo": info,
        "status": {"code": task.status, "message": task.message},
    }  # fmt: skip
