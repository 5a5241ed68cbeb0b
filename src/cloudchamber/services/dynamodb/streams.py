"""Amazon DynamoDB Streams.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

import orjson

from cloudchamber.core.errors import ValidationError
from cloudchamber.core.service import Check, Platform, Request, Rule, Service, on, operation, private_operation
from cloudchamber.services.dynamodb import limits, shard_iterator
from cloudchamber.services.dynamodb.errors import ExpiredIterator, ResourceNotFound, TrimmedDataAccess
from cloudchamber.services.dynamodb.shard_iterator import Position
from cloudchamber.services.dynamodb.streams_store import Shard, Stream, StreamStore, hidden, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context


def _streams_of(ctx: Context, request: Request) -> tuple[Check]:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/api-permissions-reference.html"""
    table = request.get("TableName") or "*"
    resource = f"arn:aws:dynamodb:{ctx.region}:{ctx.account}:table/{table}/stream/*"
    return (Check("dynamodb:ListStreams", resource),)


def _stream_arn(ctx: Context, request: Request) -> str:
    arn: str = request["StreamArn"]
    return arn


def _iterators_arn(ctx: Context, request: Request) -> str:
    return shard_iterator.arn_of(request["ShardIterator"])


class DynamoDbStreams(Service):
    name: ClassVar[str] = "dynamodbstreams"
    iam_prefix: ClassVar[str] = "dynamodb"
    model_patch: ClassVar[Mapping[str, Any]] = {"shapes": {"Record": {"document": True}}}
    rules: Mapping[str, Rule] = {
        "ListStreams": _streams_of,
        "DescribeStream": on(_stream_arn, "dynamodb:DescribeStream"),
        "GetShardIterator": on(_stream_arn, "dynamodb:GetShardIterator"),
        "GetRecords": on(_iterators_arn, "dynamodb:GetRecords"),
    }

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.store: StreamStore = platform.store.shared(StreamStore)

    @operation
    async def list_streams(self, ctx: Context, request: Request) -> dict[str, Any]:
        limit = _limit(request, limits.STREAMS_LISTED)
        wanted = {"account": ctx.account, "region": ctx.region}
        if request.get("TableName"):
            wanted["table_name"] = request["TableName"]
        start = request.get("ExclusiveStartStreamArn")
        found = self.store.streams.where(limit=limit + 1, after=None if start is None else _parts(start), **wanted)
        answer: dict[str, Any] = {
            "Streams": [
                {"StreamArn": stream.arn, "TableName": stream.table_name, "StreamLabel": stream.label}
                for stream in found[:limit]
            ]
        }
        if len(found) > limit:
            answer["LastEvaluatedStreamArn"] = found[limit - 1].arn
        return answer

    @operation
    async def describe_stream(self, ctx: Context, request: Request) -> dict[str, Any]:
        limit = _limit(request, limits.SHARDS_LISTED)
        stream = self._stream(ctx, request["StreamArn"])
        wanted = request.get("ShardFilter") or {}
        start = request.get("ExclusiveStartShardId") or ""
        found = [
            shard
            for shard in self.store.shards.where(stream=stream.number)
            if shard.id > start and (not wanted or shard.parent == wanted.get("ShardId"))
        ]
        names = zip(stream.key, ("HASH", "RANGE"), strict=False)
        description = {
            "StreamArn": stream.arn,
            "StreamLabel": stream.label,
            "StreamStatus": stream.status(ctx.now()),
            "StreamViewType": stream.view_type,
            "CreationRequestDateTime": stream.created_at,
            "TableName": stream.table_name,
            "KeySchema": [{"AttributeName": name, "KeyType": role} for name, role in names],
            "Shards": [_described(shard) for shard in found[:limit]],
        }
        if len(found) > limit:
            description["LastEvaluatedShardId"] = found[limit - 1].id
        return {"StreamDescription": description}

    @operation
    async def get_shard_iterator(self, ctx: Context, request: Request) -> dict[str, Any]:
        stream = self._stream(ctx, request["StreamArn"])
        shard = self.store.shards.get(stream.number, request["ShardId"])
        if shard is None:
            raise ResourceNotFound("Requested resource not found: Shard does not exist")
        position = Position(stream.arn, shard.id, self._start(ctx, stream, shard, request), int(ctx.now() * 1000))
        return {"ShardIterator": shard_iterator.encode(position)}

    def _start(self, ctx: Context, stream: Stream, shard: Shard, request: Request) -> int:
        """The first number an iterator is to read."""
        kind = request["ShardIteratorType"]
        if kind == "LATEST":
            return self.store.end_of(shard) + 1
        oldest = max(shard.first, stream.trimmed + 1)
        if kind == "TRIM_HORIZON":
            return oldest
        if kind == "AT_TIMESTAMP":
            at = request.get("Timestamp")
            if at is None:
                raise ValidationError("Timestamp must be specified for ShardIteratorType AT_TIMESTAMP")
            if at > ctx.now():
                raise ValidationError("Timestamp must not be in the future")
            # Records show their instants in whole seconds.
            return max(oldest, self.store.at_or_after(shard, math.ceil(at)))
        if not request.get("SequenceNumber"):
            raise ValidationError(f"SequenceNumber must be specified for ShardIteratorType {kind}")
        seq = hidden(request["SequenceNumber"])
        if seq is None or not shard.first <= seq <= self.store.end_of(shard):
            raise ValidationError("Invalid SequenceNumber: it is not in the range of the shard")
        if seq <= stream.trimmed:
            raise TrimmedDataAccess
        return seq if kind == "AT_SEQUENCE_NUMBER" else seq + 1

    @operation
    async def get_records(self, ctx: Context, request: Request) -> dict[str, Any]:
        limit = _limit(request, limits.STREAM_RECORDS)
        stream, shard, start = self._position(ctx, request["ShardIterator"])
        if start <= stream.trimmed:
            raise TrimmedDataAccess
        found, start, is_end = self._read(shard, start, limit)
        if ctx.span.protocol:
            ctx.meter("dynamodb.stream_reads")
            answer: dict[str, Any] = {"Records": [orjson.Fragment(data) for data in found]}
        else:
            records = [orjson.loads(data) for data in found]
            answer = {"Records": records}
            if records:  # for Lambda, which goes on with the trace of the change
                answer["TraceHeader"] = self.store.trace(hidden(records[0]["dynamodb"]["SequenceNumber"]) or 0)
        if not is_end or shard.last is None:
            position = Position(stream.arn, shard.id, start, int(ctx.now() * 1000))
            answer["NextShardIterator"] = shard_iterator.encode(position)
        return answer

    def _read(self, shard: Shard, start: int, limit: int) -> tuple[list[bytes], int, bool]:
        """Records, where to read on, and whether that is the end of what there is by now."""
        found: list[bytes] = []
        size_bytes = 0
        for seq, data in self.store.read(shard, start):
            size_bytes += len(data)
            if len(found) == limit or (found and size_bytes > limits.STREAM_READ_BYTES):
                return found, start, False
            found.append(data)
            start = seq + 1
        return found, max(start, self.store.end_of(shard) + 1), True

    @private_operation
    async def wait_for_records(self, ctx: Context, request: Request) -> dict[str, Any]:
        """Wait until `ShardIterator` can read on, its shard ends, or `TimeoutSeconds` pass (None: however long):
        `MayHaveRecords` says whether reading is worth while. Errors as GetRecords'.
        """
        stream, shard, start = self._position(ctx, request["ShardIterator"])
        if shard.last is not None or self.store.has_record(shard, start):
            return {"MayHaveRecords": True}
        waiter = self.clock.waiter()
        waiting = self.store.waiting.setdefault(stream.number, [])
        waiting.append(waiter)
        try:
            return {"MayHaveRecords": await waiter.wait(request.get("TimeoutSeconds"))}
        finally:
            if waiter in waiting:
                waiting.remove(waiter)
            if not waiting and self.store.waiting.get(stream.number) is waiting:
                del self.store.waiting[stream.number]

    def _stream(self, ctx: Context, arn: str) -> Stream:
        """The stream of an ARN, its shards as they stand now; ResourceNotFound."""
        place = _parts(arn)
        found = self.store.streams.get(*place) if place[1] == ctx.region else None
        if found is None:
            raise ResourceNotFound(f"Requested resource not found: Stream: {arn} not found")
        if found.closed_at is None and self.store.is_due(found.number, ctx.now()):
            with self.platform.store.transaction():
                self.store.roll(found.number, ctx.now())
        return found

    def _position(self, ctx: Context, iterator: str) -> tuple[Stream, Shard, int]:
        """Stream, shard and first number to read; ExpiredIterator, ResourceNotFound."""
        position = shard_iterator.decode(iterator)
        if position is None:
            raise ValidationError("Invalid ShardIterator")
        if int(ctx.now() * 1000) > position.issued_ms + limits.ITERATOR_SECONDS * 1000:
            raise ExpiredIterator
        stream = self._stream(ctx, position.arn)
        shard = self.store.shards.get(stream.number, position.shard_id)
        if shard is None:
            raise ResourceNotFound("Requested resource not found: Shard does not exist")
        return stream, shard, position.start


def _parts(arn: str) -> tuple[str, str, str, str]:
    """Account, region, table and label in the ARN of a stream; ValidationException."""
    parts = arn.split(":", 5)
    path = parts[5].split("/") if len(parts) == 6 else []
    if parts[0] != "arn" or len(path) != 4 or (parts[2], path[0], path[2]) != ("dynamodb", "table", "stream"):
        raise ValidationError(f"Invalid StreamArn: {arn}")
    return parts[4], parts[3], path[1], path[3]


def _limit(request: Request, most: int) -> int:
    limit: int = request.get("Limit") or most
    if limit > most:
        raise ValidationError(
            f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: "
            f"Member must have value less than or equal to {most}"
        )
    return limit


def _described(shard: Shard) -> dict[str, Any]:
    numbers = {"StartingSequenceNumber": shown(shard.first)}
    if shard.last is not None:
        numbers["EndingSequenceNumber"] = shown(shard.last)
    described: dict[str, Any] = {"ShardId": shard.id, "SequenceNumberRange": numbers}
    if shard.parent is not None:
        described["ParentShardId"] = shard.parent
    return described
