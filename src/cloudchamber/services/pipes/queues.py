"""Queues as sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html

What is done with is deleted; the rest comes back when its visibility timeout ends, and goes to the queue's dead-letter
queue when it has come too often. How far a pipe has come is kept by the queue itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AwsError
from cloudchamber.services.pipes import limits
from cloudchamber.services.pipes.events import of_message
from cloudchamber.services.pipes.executing import Executing
from cloudchamber.services.pipes.patterns import matches
from cloudchamber.services.pipes.targets import queue_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudchamber.services.pipes.events import Event
    from cloudchamber.services.pipes.reader import Reader
    from cloudchamber.services.pipes.records import Pipe

AT_ONCE, WAIT_SECONDS_MAX = 10, 20


class Queues(Executing):
    async def read_queue(self, pipe: Pipe, reader: Reader) -> None:
        """Read until the pipe stops."""
        failures = 0
        while not reader.is_stopping and not self.is_over:
            if len(reader.running) >= limits.CONCURRENT_MAX:
                await reader.one_ends()
                continue
            try:
                batch = await self._gathered(pipe)
            except AwsError:
                await self.hold_off(reader, failures)
                failures += 1
                continue
            failures = 0
            if batch:
                reader.run(self._process(pipe, batch), f"batch of {pipe.arn}")

    async def hold_off(self, reader: Reader, failures: int) -> None:
        """Before another try at a source that refused: permissions may change, or the queue come back."""
        seconds = min(limits.RETRY_FIRST_SECONDS * 2.0 ** min(failures, 30), limits.REFUSED_SECONDS_MAX)
        await reader.pause(seconds, self.platform.identities.wait_for_change)

    async def _gathered(self, pipe: Pipe) -> list[dict[str, Any]]:
        """A batch: as many as are wanted, or what there is, or what came until the window closed. None after a wait."""
        batch: list[dict[str, Any]] = []
        size, closes = 0, 0.0
        while len(batch) < pipe.batch_size and size < limits.PAYLOAD_BYTES_MAX:
            left = closes - self.clock.now() if batch else 0.0
            found = await self._received(pipe, min(AT_ONCE, pipe.batch_size - len(batch)), int(max(left, 0)))
            if not found and not batch:
                url, region = queue_url(pipe.source), pipe.source_region
                await self.context(pipe).call("sqs:wait_for_messages", region=region, QueueUrl=url)
                return []
            if found and not batch:
                closes = self.clock.now() + pipe.window_s
            batch += found
            size += sum(len(message["Body"]) for message in found)
            if not found and closes - self.clock.now() < 1:
                break
        return batch

    async def _received(self, pipe: Pipe, count: int, wait_s: int) -> list[dict[str, Any]]:
        answer = await self.call(
            pipe, "sqs:ReceiveMessage", pipe.source_region, QueueUrl=queue_url(pipe.source), MaxNumberOfMessages=count,
            WaitTimeSeconds=min(wait_s, WAIT_SECONDS_MAX), MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )  # fmt: skip
        return [dict(message) for message in answer.get("Messages") or ()]

    async def _process(self, pipe: Pipe, batch: Sequence[dict[str, Any]]) -> None:
        """Send on what the filters let through. What they do not is deleted, as on AWS."""
        events = [of_message(pipe, message) for message in batch]
        wanted = [event for event in events if matches(pipe.patterns, event.view)]
        failed = {event.id for event in (await self.execute(pipe, wanted) if wanted else ())}
        try:
            await self._delete(pipe, [event for event in events if event.id not in failed])
        except AwsError:  # they come again: at least once
            pass

    async def _delete(self, pipe: Pipe, events: Sequence[Event]) -> None:
        for at in range(0, len(events), AT_ONCE):
            entries = [
                {"Id": str(number), "ReceiptHandle": event.handle}
                for number, event in enumerate(events[at : at + AT_ONCE])
            ]
            await self.call(
                pipe, "sqs:DeleteMessageBatch", pipe.source_region, QueueUrl=queue_url(pipe.source), Entries=entries
            )
