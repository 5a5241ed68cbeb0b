"""DynamoDB Streams as event sources: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html

Each open shard is read by a task of its own, a shard after its parent. How far a mapping has come in a shard is a row,
written when a batch is done with: after a crash the batch that was under way comes again. A batch that fails holds its
shard up until it succeeds, its retries are used up, or its records are too old.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AwsError
from cloudchamber.services.lambda_.errors import InvalidParameterValue
from cloudchamber.services.lambda_.stream_batches import Records, Shard, StreamBatches, Window

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from cloudchamber.core.clock import Waiter
    from cloudchamber.core.context import Context
    from cloudchamber.services.lambda_.records import Mapping, Version

READS = ("DescribeStream", "GetRecords", "GetShardIterator")


class StreamPolling(StreamBatches):
    async def check_stream(self, ctx: Context, arn: str, version: Version) -> None:
        """What AWS checks before it takes a mapping. InvalidParameterValueException."""
        role = await self.assumed(ctx, version)
        region = arn.split(":")[3]
        places = {"StreamArn": arn, "ShardId": "x", "ShardIterator": f"{arn}|1|x", "ShardIteratorType": "LATEST"}
        for name in READS:
            self.check_allowed(role, region, f"dynamodbstreams:{name}", places)
        try:
            await ctx.call("dynamodbstreams:DescribeStream", principal=role, region=region, StreamArn=arn)
        except AwsError as error:
            raise InvalidParameterValue(f"Stream not found: {arn} ({error.message})") from None

    async def _read(self, mapping: Mapping, operation: str, **request: Any) -> Any:
        """A call of DynamoDB Streams as the function's role."""
        ctx = self.context(mapping)
        role, region = await self.role(ctx, mapping), mapping.source_arn.split(":")[3]
        return await ctx.call(f"dynamodbstreams:{operation}", principal=role, region=region, **request)

    async def poll_stream(self, mapping: Mapping) -> None:
        """Read for as long as the mapping stands, shard by shard."""
        readers: dict[str, asyncio.Task[None]] = {}
        failures = 0
        try:
            while not self.is_over:
                try:
                    await self._begin(mapping)
                    ready = await self._ready_shards(mapping)
                except AwsError:
                    await self.pause(failures)
                    failures += 1
                    continue
                failures = 0
                waiter = self.clock.waiter()
                readers = {shard: task for shard, task in readers.items() if not task.done()}
                for shard in ready:
                    if shard.id not in readers:
                        readers[shard.id] = self.clock.spawn(self._read_shard(shard), f"shard {shard.id}")
                for task in readers.values():
                    task.add_done_callback(_waking(waiter))
                await waiter.wait()
        finally:
            for task in readers.values():
                task.cancel()

    async def _shards(self, mapping: Mapping) -> Records:
        found: Records = []
        start: dict[str, str] = {}
        while True:
            answer = await self._read(mapping, "DescribeStream", StreamArn=mapping.source_arn, **start)
            description = answer["StreamDescription"]
            found += description.get("Shards", ())
            last = description.get("LastEvaluatedShardId")
            if not last:
                return found
            start = {"ExclusiveStartShardId": last}

    async def _begin(self, mapping: Mapping) -> None:
        """LATEST begins where the stream ends when the mapping is first read; that is written down, for a restart."""
        if self.store.positions(mapping.uuid) or mapping.settings["StartingPosition"] != "LATEST":
            return
        ends = []
        for shard in await self._shards(mapping):
            is_closed = bool((shard.get("SequenceNumberRange") or {}).get("EndingSequenceNumber"))
            ends.append(
                (shard["ShardId"], "" if is_closed else await self._last_of(mapping, shard["ShardId"]), is_closed)
            )
        with self.platform.store.transaction():
            for shard_id, sequence, is_closed in ends:
                self.store.keep_position(mapping.uuid, shard_id, sequence, is_closed)

    async def _last_of(self, mapping: Mapping, shard_id: str) -> str:
        """The sequence number of a shard's last record; empty where there is none."""
        last = ""
        iterator: str | None = await self._iterator(mapping, shard_id, "")
        while iterator:
            answer = await self._read(mapping, "GetRecords", ShardIterator=iterator)
            if not answer["Records"]:
                break
            last, iterator = answer["Records"][-1]["dynamodb"]["SequenceNumber"], answer.get("NextShardIterator")
        return last

    async def _ready_shards(self, mapping: Mapping) -> list[Shard]:
        """Those with records to read whose parents are done with."""
        positions, shards = self.store.positions(mapping.uuid), await self._shards(mapping)
        listed = {shard["ShardId"] for shard in shards}
        ready = []
        for shard in shards:
            parent = shard.get("ParentShardId") or ""
            is_held_up = parent in listed and not positions.get(parent, ("", False))[1]
            sequence, is_ended = positions.get(shard["ShardId"], ("", False))
            if not is_ended and not is_held_up:
                window = self.store.window(mapping.uuid, shard["ShardId"])
                ready.append(Shard(mapping, shard["ShardId"], sequence, None if window is None else Window(*window)))
        return ready

    async def _iterator(self, mapping: Mapping, shard_id: str, sequence: str) -> str:
        place: dict[str, Any] = {"StreamArn": mapping.source_arn, "ShardId": shard_id}
        if sequence:
            place |= {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": sequence}
        else:
            place["ShardIteratorType"] = "TRIM_HORIZON"
        answer = await self._read(mapping, "GetShardIterator", **place)
        return str(answer["ShardIterator"])

    async def _read_shard(self, shard: Shard) -> None:
        """To the shard's end. What stops reading for a while (a permission taken away) is tried again."""
        iterator: str | None = None
        failures = 0
        while not self.is_over:
            try:
                if iterator is None:
                    iterator = await self._iterator(shard.mapping, shard.id, shard.sequence)
                records, iterator = await self._batch(shard, iterator)
            except AwsError as error:
                if error.code == "TrimmedDataAccessException":
                    shard.sequence = ""
                iterator = None
                await self.pause(failures)
                failures += 1
                continue
            failures = 0
            if records:
                await self.take(shard, records)
                shard.sequence = records[-1]["dynamodb"]["SequenceNumber"]
            was_closed = await self.close_window(shard, is_early=iterator is None)
            if records or was_closed or iterator is None:
                self._keep(shard, is_ended=iterator is None)
            if iterator is None:
                return

    def _keep(self, shard: Shard, *, is_ended: bool = False) -> None:
        if self.store.mappings.get(shard.mapping.uuid) is not None:
            with self.platform.store.transaction():
                self.store.keep_position(shard.mapping.uuid, shard.id, shard.sequence, is_ended, shard.window_row)

    async def _batch(self, shard: Shard, iterator: str) -> tuple[Records, str | None]:
        """Records, as many as there are up to a batch for each lane, waiting for the first and then for the window; and
        the next iterator, or None at the shard's end. None where a tumbling window ends first."""
        mapping, closes = shard.mapping, 0.0
        wanted = mapping.batch_size * shard.lanes
        batch: Records = []
        while True:
            limit = min(1000, wanted - len(batch))
            answer = await self._read(mapping, "GetRecords", ShardIterator=iterator, Limit=limit)
            found, following = list(answer["Records"]), answer.get("NextShardIterator")
            if found and not batch:
                closes, shard.trace = self.clock.now() + mapping.window_s, answer.get("TraceHeader")
            batch += found
            if following is None:
                return batch, None
            iterator = following
            ends = closes if batch else shard.window_ends
            left = None if ends is None else ends - self.clock.now()
            if left is not None and (len(batch) >= wanted or left <= 0):
                return batch, iterator
            if not found:
                ctx = self.context(mapping)
                await ctx.call(
                    "dynamodbstreams:wait_for_records", region=mapping.source_arn.split(":")[3], ShardIterator=iterator,
                    TimeoutSeconds=left,
                )  # fmt: skip


def _waking(waiter: Waiter) -> Callable[[object], None]:
    return lambda _: waiter.wake()
