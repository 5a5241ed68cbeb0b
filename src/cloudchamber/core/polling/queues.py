"""Reading a queue: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html

What is done with is deleted, and so is what the filters do not let through; the rest comes back when its visibility
timeout ends, and goes to the queue's dead-letter queue when it has come too often. Of a FIFO queue's group the queue
itself gives out one batch at a time. How far a reader has come is kept by the queue.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from cloudchamber.core.errors import AwsError
from cloudchamber.core.patterns.filters import matches
from cloudchamber.core.polling.batches import Gathering, batches
from cloudchamber.core.polling.reader import SourceReader
from cloudchamber.core.polling.records import of_message, queue_url, view_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from cloudchamber.core.polling.records import Records

AT_ONCE, WAIT_SECONDS_MAX = 10, 20
CONCURRENT_MAX = 10  # batches at once, where the consumer says nothing


class QueueReader(SourceReader):
    batch_size_default = 10

    @abstractmethod
    async def process(self, records: Records) -> Collection[str]:
        """Have a batch consumed; the `messageId`s of those that are to come again."""

    async def read(self) -> None:
        concurrent_max = (self.settings.get("ScalingConfig") or {}).get("MaximumConcurrency") or CONCURRENT_MAX
        while not self.is_over:
            if len(self.running) >= concurrent_max:
                await self.one_ends()
                continue
            found = await self.persistently(self._gathered)
            if found:
                self.run(self._process(found))

    async def _gathered(self) -> Records:
        """A batch: as many as are wanted, or what there is, or what came until the window closed. None after a wait."""
        batch = Gathering(self.batch_size, self.window_s)
        while not batch.is_full:
            left_s = batch.left_s(self.clock.now()) or 0.0
            count = min(AT_ONCE, batch.wanted)
            try:
                read = await self._received(count, int(left_s))
            except AwsError:
                if not batch.records:
                    raise
                break  # they are not to wait for their visibility timeout, and be counted as received, for that
            if not read and not batch.records:
                await self.wait("sqs:wait_for_messages", QueueUrl=queue_url(self.source))
                break
            batch.add(await self._wanted(read), self.clock.now())
            left_s = batch.left_s(self.clock.now()) or 0.0
            if (left_s < 1 and len(read) < count) or (self.window_s and left_s <= 0):
                break
            await self.clock.breathe()  # a queue may be full of what the filters drop
        return batch.records

    async def _received(self, count: int, wait_s: int) -> Records:
        answer = await self.call(
            "sqs:ReceiveMessage", QueueUrl=queue_url(self.source), MaxNumberOfMessages=count,
            WaitTimeSeconds=min(wait_s, WAIT_SECONDS_MAX), MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )  # fmt: skip
        return [of_message(message, self.source) for message in answer.get("Messages") or ()]

    async def _wanted(self, records: Records) -> Records:
        if not self.patterns:
            return records
        wanted = [record for record in records if matches(self.patterns, view_of(record))]
        if len(wanted) < len(records):
            kept = {record["messageId"] for record in wanted}
            await self._delete([record for record in records if record["messageId"] not in kept])
        return wanted

    async def _process(self, gathered: Records) -> None:
        for batch in batches(gathered, self.batch_size):
            failed = await self.process(batch)
            try:
                await self._delete([record for record in batch if record["messageId"] not in failed])
            except AwsError:  # they come again: at least once
                pass
            if failed and self.source.endswith(".fifo"):  # what follows is not to overtake
                return

    async def _delete(self, records: Records) -> None:
        for at in range(0, len(records), AT_ONCE):
            entries = [
                {"Id": str(number), "ReceiptHandle": record["receiptHandle"]}
                for number, record in enumerate(records[at : at + AT_ONCE])
            ]
            await self.call("sqs:DeleteMessageBatch", QueueUrl=queue_url(self.source), Entries=entries)
