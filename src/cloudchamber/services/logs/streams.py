"""Log streams: made, deleted, listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import operation
from cloudchamber.services.logs import limits
from cloudchamber.services.logs.base import LogsBase
from cloudchamber.services.logs.errors import InvalidParameter, ResourceAlreadyExists
from cloudchamber.services.logs.positions import event_id, page_token, read_page_token

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.logs import shapes
    from cloudchamber.services.logs.tables import LogGroup, Stream


def check_stream_name(name: str) -> None:
    """InvalidParameter for a name with `:` or `*`: the model's pattern allows what stands around them."""
    if ":" in name or "*" in name:
        raise InvalidParameter(
            f"1 validation error detected: Value '{name}' at 'logStreamName' failed to satisfy constraint: Member must "
            "satisfy regular expression pattern: [^:*]*"
        )


class Streams(LogsBase):
    @operation
    async def create_log_stream(self, ctx: Context, request: shapes.CreateLogStreamRequest) -> None:
        group, name = self.group(ctx, request["logGroupName"]), request["logStreamName"]
        check_stream_name(name)
        if self.store.stream_number(group, name) is not None:
            raise ResourceAlreadyExists("The specified log stream already exists")
        with self.platform.store.transaction():
            self.store.add_stream(group, name, self.now_ms())

    @operation
    async def delete_log_stream(self, ctx: Context, request: shapes.DeleteLogStreamRequest) -> None:
        group = self.group(ctx, request["logGroupName"])
        number = self.stream(group, request["logStreamName"])
        with self.platform.store.transaction():
            self.store.delete_stream(group, number)
        self.sweep_deleted()

    @operation
    async def describe_log_streams(
        self, ctx: Context, request: shapes.DescribeLogStreamsRequest
    ) -> shapes.DescribeLogStreamsResponse:
        group, prefix = self.named(ctx, request), request.get("logStreamNamePrefix") or ""
        token, down = read_page_token(request.get("nextToken")), bool(request.get("descending"))
        limit = request.get("limit") or limits.LIST_MAX
        if request.get("orderBy") == "LastEventTime":
            if prefix:
                raise InvalidParameter("Cannot order by LastEventTime with a logStreamNamePrefix.")
            after = (token["at"], token.get("after", "")) if "at" in token else None
            found = self.store.streams_by_last_event(group, after, limit + 1, down)
        else:
            found = self.store.streams_by_name(group, prefix, token.get("after"), limit + 1, down)
        answer: shapes.DescribeLogStreamsResponse = {"logStreams": [_shown(group, one) for one in found[:limit]]}
        if len(found) > limit:
            last = found[limit - 1]
            answer["nextToken"] = page_token(after=last.name, at=last.last_at or 0)
        return answer


def _shown(group: LogGroup, stream: Stream) -> Any:
    shown: dict[str, Any] = {
        "logStreamName": stream.name, "creationTime": stream.created_at, "arn": f"{group.arn}:log-stream:{stream.name}",
        "storedBytes": 0,  # AWS has shown nothing else since 2019
    }  # fmt: skip
    if stream.ingested_at is not None:
        shown["firstEventTimestamp"], shown["lastEventTimestamp"] = stream.first_at, stream.last_at
        shown["lastIngestionTime"] = stream.ingested_at
        shown["uploadSequenceToken"] = event_id(stream.ingested_at, stream.number)
    return shown
