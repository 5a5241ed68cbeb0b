"""Reading DynamoDB Streams: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html

Each open shard is read by a task of its own, a shard after its parent. How far a reader has come in a shard is a row,
written when a batch is done with: after a crash the batch that was under way comes again. Records that fail hold their
shard up until they succeed, their retries are used up, or they are too old.
"""

from __future__ import annotations

import logging
from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.errors import AwsError
from cloudchamber.core.patterns.filters import matches
from cloudchamber.core.polling.batches import Gathering, Limits, batches, lanes, pause_s
from cloudchamber.core.polling.reader import SourceReader, ended
from cloudchamber.core.polling.records import created_at, iso, queue_url, sequence_of

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping, Sequence

    from cloudchamber.core.polling.batches import Outcome
    from cloudchamber.core.polling.records import Records
    from cloudchamber.core.service import Platform

log = logging.getLogger("cloudchamber.polling")
READ_MAX = 1000
# An iterator lasts for a quarter of an hour and a record for a day; a reader may have waited for longer.
_EXPIRED, _TRIMMED = "ExpiredIteratorException", "TrimmedDataAccessException"


@dataclass(slots=True)
class Shard:
    """A shard that is being read."""

    id: str
    sequence: str  # done with; empty for none
    iterator: str = ""  # where to read on; empty if that has to be asked for
    is_read: bool = False  # to its end
    trace: str | None = None  # the X-Ray header of the change that was read first


class StreamReader(SourceReader):
    batch_size_default = 100

    def __init__(self, platform: Platform, source: str, settings: Mapping[str, Any], patterns: Sequence[str]) -> None:
        super().__init__(platform, source, settings, patterns)
        self.lanes = int(settings.get("ParallelizationFactor") or 1)
        self.limits = Limits(settings.get("MaximumRetryAttempts", -1), settings.get("MaximumRecordAgeInSeconds") or -1)

    # what the service says

    @abstractmethod
    def positions(self) -> dict[str, tuple[str, bool]]:
        """By shard: the last sequence number that is done with (empty for none), and whether all of the shard is."""

    @abstractmethod
    def keep(self, shard_id: str, sequence: str, is_ended: bool) -> None:
        """Write a position. Inside a transaction."""

    @abstractmethod
    async def attempt(self, shard: Shard, records: Records) -> Outcome:
        """Have a batch consumed."""

    @property
    @abstractmethod
    def destination(self) -> str:
        """The ARN of a queue or topic that is told what is given up; empty for none."""

    @abstractmethod
    def letter(self, condition: str, attempts: int) -> dict[str, Any]:
        """What such a letter says of the consumer."""

    def begin(self, shard: Shard) -> None:
        """A shard is about to be read."""

    def deadline(self, shard: Shard) -> float | None:
        """When reading is to return even with nothing, in epoch seconds."""
        return None

    # shards

    async def read(self) -> None:
        tasks: dict[str, asyncio.Task[None]] = {}
        failures = 0
        try:
            while (ready := await self.persistently(self._ready_shards)) is not None:
                tasks = {shard: task for shard, task in tasks.items() if not task.done()}
                for shard in ready:
                    if shard.id not in tasks:
                        tasks[shard.id] = self.clock.spawn(self._read_shard(shard), f"shard {shard.id}")
                if tasks:
                    await ended(self.clock, *tasks.values())
                    failures = failures + 1 if any(map(_has_failed, tasks.values())) else 0
                    if failures:  # our bug: the shard is read anew after what is done with
                        await self.pause(pause_s(failures))
                else:  # the stream has ended
                    await self.clock.waiter().wait()
        finally:
            for task in tasks.values():
                task.cancel()

    async def _ready_shards(self) -> list[Shard]:
        """Those with records to read whose parents are done with."""
        shards = await self._shards()
        if not self.positions() and self.settings.get("StartingPosition") == "LATEST":
            await self._begin_at_end(shards)
        positions, listed = self.positions(), {shard["ShardId"] for shard in shards}
        ready = []
        for shard in shards:
            parent = shard.get("ParentShardId") or ""
            is_held_up = parent in listed and not positions.get(parent, ("", False))[1]
            sequence, is_ended = positions.get(shard["ShardId"], ("", False))
            if not is_ended and not is_held_up:
                ready.append(Shard(shard["ShardId"], sequence))
        return ready

    async def _shards(self) -> Records:
        found: Records = []
        start: dict[str, str] = {}
        while True:
            answer = await self._ask("DescribeStream", StreamArn=self.source, **start)
            description = answer["StreamDescription"]
            found += description.get("Shards", ())
            last = description.get("LastEvaluatedShardId")
            if not last:
                return found
            start = {"ExclusiveStartShardId": last}

    async def _begin_at_end(self, shards: Records) -> None:
        """LATEST is where the stream ends when it is first read; that is written down, for a restart."""
        ends = []
        for shard in shards:
            is_closed = bool((shard.get("SequenceNumberRange") or {}).get("EndingSequenceNumber"))
            ends.append((shard["ShardId"], "" if is_closed else await self._last_of(shard["ShardId"]), is_closed))
        with self.platform.store.transaction():
            for end in ends:
                self.keep(*end)

    async def _last_of(self, shard_id: str) -> str:
        """The sequence number of the last record there is; empty for none."""
        last, iterator = "", await self._iterator(shard_id, "")
        while iterator:
            answer = await self._ask("GetRecords", ShardIterator=iterator)
            if not answer["Records"]:
                break
            last, iterator = sequence_of(answer["Records"][-1]), answer.get("NextShardIterator")
            await self.clock.breathe()
        return last

    async def _iterator(self, shard_id: str, sequence: str) -> str:
        place = {"StreamArn": self.source, "ShardId": shard_id, "ShardIteratorType": "TRIM_HORIZON"}
        if sequence:
            place |= {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": sequence}
        return str((await self._ask("GetShardIterator", **place))["ShardIterator"])

    async def _ask(self, operation: str, **request: Any) -> Any:
        return await self.call(f"dynamodbstreams:{operation}", **request)

    async def _read_shard(self, shard: Shard) -> None:
        """To the shard's end."""
        self.begin(shard)
        while not shard.is_read:
            records = await self.persistently(lambda: self._gathered(shard))
            if records is None:
                return
            await self.take(shard, records)

    async def _gathered(self, shard: Shard) -> Records:
        """Records, as many as there are up to a batch for each lane, waiting for the first and then for the window; or
        none, at a deadline or at the shard's end. AwsError, after which reading begins anew after what is done with."""
        await self.clock.breathe()  # a stream may be full of what the filters drop
        batch = Gathering(self.batch_size * self.lanes, self.window_s)
        try:
            while not await self._gather(shard, batch):
                pass
        except AwsError:
            shard.iterator = ""
            raise
        return batch.records

    async def _gather(self, shard: Shard, batch: Gathering) -> bool:
        """Read once, or wait; whether that was all for the batch."""
        answer = await self._read(shard, batch)
        found = [{**record, "eventSourceARN": self.source} for record in answer["Records"]]
        if not batch.records:
            shard.trace = answer.get("TraceHeader")
        batch.add(found, self.clock.now())
        shard.iterator = answer.get("NextShardIterator") or ""
        shard.is_read = not shard.iterator
        ends = self.deadline(shard) if batch.closes is None else batch.closes
        left_s = None if ends is None else ends - self.clock.now()
        if shard.is_read or batch.is_full or (left_s is not None and left_s <= 0):
            return True
        if not found:
            await self.wait("dynamodbstreams:wait_for_records", ShardIterator=shard.iterator, TimeoutSeconds=left_s)
        return False

    async def _read(self, shard: Shard, batch: Gathering) -> Any:
        """What GetRecords answers, with a new iterator if there is none that is good."""
        limit = min(READ_MAX, batch.wanted)
        try:
            if shard.iterator:
                return await self._ask("GetRecords", ShardIterator=shard.iterator, Limit=limit)
        except AwsError as error:
            if error.code not in (_EXPIRED, _TRIMMED):
                raise
        after = sequence_of(batch.records[-1]) if batch.records else shard.sequence
        try:
            shard.iterator = await self._iterator(shard.id, after)
        except AwsError as error:
            if error.code != _TRIMMED:
                raise
            shard.iterator = await self._iterator(shard.id, "")
        return await self._ask("GetRecords", ShardIterator=shard.iterator, Limit=limit)

    # batches

    async def take(self, shard: Shard, records: Records) -> None:
        """Have the records of a shard consumed, and note how far it is done with."""
        if not await self.process(shard, records) or self.is_gone:
            return
        if records:
            shard.sequence = sequence_of(records[-1])
        with self.platform.store.transaction():
            self.keep(shard.id, shard.sequence, shard.is_read)

    async def process(self, shard: Shard, records: Records) -> bool:
        """What the filters let through, in as many lanes as there are. False if reading stopped before the end."""
        found = lanes([record for record in records if matches(self.patterns, record)], self.lanes)
        tasks = [self.clock.spawn(self._in_batches(shard, lane), f"lane of {shard.id}") for lane in found[1:]]
        try:
            is_done = not found or await self._in_batches(shard, found[0])
            for task in tasks:
                while not task.done():  # all that wait are woken when the cloud stops
                    await ended(self.clock, task)
                is_done = task.result() and is_done
        finally:
            for task in tasks:
                task.cancel()
        return is_done

    async def _in_batches(self, shard: Shard, records: Records) -> bool:
        for batch in batches(records, self.batch_size):
            if not await self._until_done(shard, batch):
                return False
        return True

    async def _until_done(self, shard: Shard, records: Records) -> bool:
        """Until the records have all gone through or are given up; False if reading stopped before. A half is a batch
        of its own, with retries of its own."""
        attempts = tries = 0
        while True:
            records = await self._kept(shard, records, attempts)
            if not records:
                return True
            if self.is_over:
                return False
            outcome = await self.attempt(shard, records)
            if outcome.is_cut and len(outcome.left) > 1:
                half = len(outcome.left) // 2
                first, second = outcome.left[:half], outcome.left[half:]
                return await self._until_done(shard, first) and await self._until_done(shard, second)
            attempts += outcome.counts
            tries += 1
            records = await self._kept(shard, outcome.left, attempts)
            if records:
                await self.pause(pause_s(tries))

    async def _kept(self, shard: Shard, records: Records, attempts: int) -> Records:
        """The records without those that are given up."""
        condition = self.limits.condition(attempts)
        if condition:
            await self._give_up(shard, records, (condition, attempts))
            return []
        old = self.limits.too_old(records, self.clock.now())
        await self._give_up(shard, old, ("RecordAgeExceeded", attempts))
        return records[len(old) :]

    async def _give_up(self, shard: Shard, records: Records, how: tuple[str, int]) -> None:
        """Tell the destination where the records are; as on AWS not what they are."""
        arn = self.destination
        if not arn or not records:
            return
        letter = {
            **self.letter(*how), "version": "1.0", "timestamp": iso(self.clock.now()),
            "DDBStreamBatchInfo": {
                "shardId": shard.id, "startSequenceNumber": sequence_of(records[0]),
                "endSequenceNumber": sequence_of(records[-1]), "batchSize": len(records), "streamArn": self.source,
                "approximateArrivalOfFirstRecord": iso(created_at(records[0])),
                "approximateArrivalOfLastRecord": iso(created_at(records[-1])),
            },
        }  # fmt: skip
        text, region = orjson.dumps(letter).decode(), arn.split(":")[3]
        try:
            if ":sns:" in arn:
                await self.call("sns:Publish", region, TopicArn=arn, Message=text)
            else:
                await self.call("sqs:SendMessage", region, QueueUrl=queue_url(arn), MessageBody=text)
        except AwsError as error:  # AWS goes on, too
            log.info("the destination of what was given up of %s: %s", self.source, error)


def _has_failed(task: asyncio.Task[Any]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is not None
