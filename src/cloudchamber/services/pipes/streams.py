"""DynamoDB Streams as sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-dynamodb.html

Each open shard is read by a task of its own, a shard after its parent. How far a pipe has come in a shard is a row,
written when a batch is done with: after a crash the batch that was under way comes again. Events that fail hold their
shard up until they succeed, their retries are used up, or they are too old.
"""

from __future__ import annotations

import logging
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.errors import AwsError
from cloudchamber.services.pipes import limits
from cloudchamber.services.pipes.events import iso, of_change
from cloudchamber.services.pipes.patterns import matches
from cloudchamber.services.pipes.queues import Queues
from cloudchamber.services.pipes.reader import ended
from cloudchamber.services.pipes.targets import queue_url

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence

    from cloudchamber.services.pipes.events import Event
    from cloudchamber.services.pipes.reader import Reader
    from cloudchamber.services.pipes.records import Pipe

log = logging.getLogger("cloudchamber.pipes")
Records = list[dict[str, Any]]
READ_MAX = 1000


@dataclass(slots=True)
class Shard:
    """A shard that is being read."""

    id: str
    sequence: str  # done with; empty for none


class Streams(Queues):
    async def read_stream(self, pipe: Pipe, reader: Reader) -> None:
        """Read until the pipe stops, shard by shard."""
        tasks: dict[str, asyncio.Task[None]] = {}
        failures = 0
        try:
            while not reader.is_stopping and not self.is_over:
                try:
                    await self._begin(pipe)
                    ready = await self._ready_shards(pipe)
                except AwsError:
                    await self.hold_off(reader, failures)
                    failures += 1
                    continue
                failures = 0
                tasks = {shard: task for shard, task in tasks.items() if not task.done()}
                for shard in ready:
                    if shard.id not in tasks:
                        work = self._read_shard(pipe, reader, shard)
                        tasks[shard.id] = self.clock.spawn(work, f"shard {shard.id}")
                if tasks:
                    await ended(self.clock, *tasks.values())
                else:  # the stream has ended
                    await self.clock.waiter().wait()
        finally:
            for task in tasks.values():
                task.cancel()

    async def _ask(self, pipe: Pipe, operation: str, **request: Any) -> Any:
        return await self.call(pipe, f"dynamodbstreams:{operation}", pipe.source_region, **request)

    # shards

    async def _shards(self, pipe: Pipe) -> Records:
        found: Records = []
        start: dict[str, str] = {}
        while True:
            answer = await self._ask(pipe, "DescribeStream", StreamArn=pipe.source, **start)
            description = answer["StreamDescription"]
            found += description.get("Shards", ())
            last = description.get("LastEvaluatedShardId")
            if not last:
                return found
            start = {"ExclusiveStartShardId": last}

    async def _begin(self, pipe: Pipe) -> None:
        """LATEST begins where the stream ends when the pipe is first read; that is written down, for a restart."""
        if self.store.positions(pipe) or pipe.of_source.get("StartingPosition") != "LATEST":
            return
        ends = []
        for shard in await self._shards(pipe):
            is_closed = bool((shard.get("SequenceNumberRange") or {}).get("EndingSequenceNumber"))
            sequence = "" if is_closed else await self._last_of(pipe, shard["ShardId"])
            ends.append((shard["ShardId"], sequence, is_closed))
        with self.platform.store.transaction():
            for shard_id, sequence, is_closed in ends:
                self.store.keep_position(pipe, shard_id, sequence, is_closed)

    async def _last_of(self, pipe: Pipe, shard_id: str) -> str:
        """The sequence number of the last record there is."""
        last, iterator = "", await self._iterator(pipe, shard_id, "")
        while iterator:
            answer = await self._ask(pipe, "GetRecords", ShardIterator=iterator)
            if not answer["Records"]:
                break
            last, iterator = answer["Records"][-1]["dynamodb"]["SequenceNumber"], answer.get("NextShardIterator")
        return last

    async def _ready_shards(self, pipe: Pipe) -> list[Shard]:
        """Those with records to read whose parents are done with."""
        positions, shards = self.store.positions(pipe), await self._shards(pipe)
        listed = {shard["ShardId"] for shard in shards}
        ready = []
        for shard in shards:
            parent = shard.get("ParentShardId") or ""
            is_held_up = parent in listed and not positions.get(parent, ("", False))[1]
            sequence, is_ended = positions.get(shard["ShardId"], ("", False))
            if not is_ended and not is_held_up:
                ready.append(Shard(shard["ShardId"], sequence))
        return ready

    async def _iterator(self, pipe: Pipe, shard_id: str, sequence: str) -> str:
        place: dict[str, Any] = {"StreamArn": pipe.source, "ShardId": shard_id, "ShardIteratorType": "TRIM_HORIZON"}
        if sequence:
            place |= {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": sequence}
        return str((await self._ask(pipe, "GetShardIterator", **place))["ShardIterator"])

    async def _read_shard(self, pipe: Pipe, reader: Reader, shard: Shard) -> None:
        """To the shard's end. What stops reading for a while (a permission taken away) is tried again."""
        iterator: str | None = None
        failures = 0
        while not reader.is_stopping and not self.is_over:
            try:
                iterator = iterator or await self._iterator(pipe, shard.id, shard.sequence)
                records, iterator = await self._batch(pipe, iterator)
            except AwsError as error:
                if error.code == "TrimmedDataAccessException":
                    shard.sequence = ""
                iterator = None
                await self.hold_off(reader, failures)
                failures += 1
                continue
            failures = 0
            if records or iterator is None:
                work = self._process_changes(pipe, reader, shard, (records, iterator is None))
                await ended(self.clock, reader.run(work, f"batch of {pipe.arn}"))
            if iterator is None:
                return

    async def _batch(self, pipe: Pipe, iterator: str) -> tuple[Records, str | None]:
        """Records, as many as there are up to a batch for each lane, waiting for the first and then for the window; and
        the next iterator, or None at the shard's end."""
        most, closes = pipe.batch_size * (pipe.of_source.get("ParallelizationFactor") or 1), 0.0
        batch: Records = []
        while True:
            answer = await self._ask(
                pipe, "GetRecords", ShardIterator=iterator, Limit=min(READ_MAX, most - len(batch))
            )  # fmt: skip
            found, following = list(answer["Records"]), answer.get("NextShardIterator")
            if found and not batch:
                closes = self.clock.now() + pipe.window_s
            batch += found
            if following is None:
                return batch, None
            iterator = following
            left = closes - self.clock.now() if batch else None
            if left is not None and (len(batch) >= most or left <= 0):
                return batch, iterator
            if not found:
                more: dict[str, Any] = {} if left is None else {"TimeoutSeconds": left}
                await self.context(pipe).call(
                    "dynamodbstreams:wait_for_records", region=pipe.source_region, ShardIterator=iterator, **more
                )

    # batches

    async def _process_changes(self, pipe: Pipe, reader: Reader, shard: Shard, read: tuple[Records, bool]) -> None:
        """Send on what the filters let through, in as many lanes as the pipe has: changes of one item keep their order.
        Then note how far the shard is done with."""
        records, is_end = read
        events = [
            event for event in (of_change(pipe, record) for record in records) if matches(pipe.patterns, event.view)
        ]
        lanes = _lanes(events, pipe.of_source.get("ParallelizationFactor") or 1)
        others = [self.clock.spawn(self._lane(pipe, reader, shard, lane), "lane") for lane in lanes[1:]]
        is_done = await self._lane(pipe, reader, shard, lanes[0]) if lanes else True
        for task in others:
            await ended(self.clock, task)
            is_done = task.result() and is_done
        if not is_done or self.is_over or self.store.pipe_by_arn(pipe.arn) is None:
            return
        if records:
            shard.sequence = records[-1]["dynamodb"]["SequenceNumber"]
        with self.platform.store.transaction():
            self.store.keep_position(pipe, shard.id, shard.sequence, is_end)

    async def _lane(self, pipe: Pipe, reader: Reader, shard: Shard, events: Sequence[Event]) -> bool:
        """Batch after batch; False if the pipe stopped before all were done with."""
        for at in range(0, len(events), pipe.batch_size):
            if not await self._until_done(pipe, reader, shard, events[at : at + pipe.batch_size]):
                return False
        return True

    async def _until_done(self, pipe: Pipe, reader: Reader, shard: Shard, events: Sequence[Event]) -> bool:
        """Until the events have all gone through or are given up; only those that failed are tried again."""
        attempts = 0
        while not reader.is_stopping and not self.is_over:
            events = await self.execute(pipe, events)
            if not events:
                return True
            if pipe.of_source.get("OnPartialBatchItemFailure") == "AUTOMATIC_BISECT" and len(events) > 1:
                half = len(events) // 2
                first = await self._until_done(pipe, reader, shard, events[:half])
                return first and await self._until_done(pipe, reader, shard, events[half:])
            attempts += 1
            condition = self._given_up(pipe, events, attempts)
            if condition:
                await self._to_dead_letters(pipe, shard, events, condition)
                return True
            await reader.pause(min(limits.RETRY_FIRST_SECONDS * 2.0 ** (attempts - 1), limits.RETRY_SECONDS_MAX))
        return False

    def _given_up(self, pipe: Pipe, events: Sequence[Event], attempts: int) -> str:
        """Why there is no further attempt; empty while there is one."""
        retries = pipe.of_source.get("MaximumRetryAttempts", -1)
        if 0 <= retries < attempts:
            return "RetryAttemptsExhausted"
        age_max_s = pipe.of_source.get("MaximumRecordAgeInSeconds", -1)
        created_at = float(events[0].raw["dynamodb"]["ApproximateCreationDateTime"])
        return "RecordAgeExceeded" if 0 < age_max_s < self.clock.now() - created_at else ""

    async def _to_dead_letters(self, pipe: Pipe, shard: Shard, events: Sequence[Event], condition: str) -> None:
        """Tell the dead-letter queue where the records are; as on AWS not what they are."""
        arn = (pipe.of_source.get("DeadLetterConfig") or {}).get("Arn")
        if not arn:
            return
        first, last = events[0].raw["dynamodb"], events[-1].raw["dynamodb"]
        body = {
            "context": {"partnerResourceArn": pipe.arn, "condition": condition}, "version": "1.0",
            "timestamp": iso(self.clock.now()),
            "DDBStreamBatchInfo": {
                "shardId": shard.id, "startSequenceNumber": first["SequenceNumber"],
                "endSequenceNumber": last["SequenceNumber"], "batchSize": len(events), "streamArn": pipe.source,
                "approximateArrivalOfFirstRecord": iso(float(first["ApproximateCreationDateTime"])),
                "approximateArrivalOfLastRecord": iso(float(last["ApproximateCreationDateTime"])),
            },
        }  # fmt: skip
        text, region = orjson.dumps(body).decode(), arn.split(":")[3]
        try:
            if ":sns:" in arn:
                await self.call(pipe, "sns:Publish", region, TopicArn=arn, Message=text)
            else:
                await self.call(pipe, "sqs:SendMessage", region, QueueUrl=queue_url(arn), MessageBody=text)
        except AwsError as error:  # AWS goes on, too
            log.info("the dead-letter queue of %s: %s", pipe.arn, error)


def _lanes(events: Sequence[Event], count: int) -> list[list[Event]]:
    """Events by item, in at most `count` lanes."""
    if count == 1:
        return [list(events)] if events else []
    lanes: dict[int, list[Event]] = {}
    for event in events:
        key = orjson.dumps(event.raw["dynamodb"]["Keys"], option=orjson.OPT_SORT_KEYS)
        lanes.setdefault(zlib.crc32(key) % count, []).append(event)
    return list(lanes.values())
