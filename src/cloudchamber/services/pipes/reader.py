"""Reading for pipes: a queue or a stream (`core/polling`), read as the pipe's role, whose records are executed.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-source.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.polling.batches import Outcome
from cloudchamber.core.polling.queues import QueueReader
from cloudchamber.core.polling.reader import SourceReader, ended
from cloudchamber.core.polling.streams import StreamReader
from cloudchamber.services.pipes.events import of_change, of_message

if TYPE_CHECKING:
    from cloudchamber.core.polling.records import Records
    from cloudchamber.core.polling.streams import Shard
    from cloudchamber.services.pipes.executing import Executing
    from cloudchamber.services.pipes.records import Pipe


class PipeReader(SourceReader):
    def __init__(self, service: Executing, pipe: Pipe) -> None:
        super().__init__(service.platform, pipe.source, pipe.of_source, pipe.patterns)
        self.service = service
        self.pipe = pipe

    @property
    def is_gone(self) -> bool:
        return self.service.is_over or self.service.store.pipe_by_arn(self.pipe.arn) is None

    async def call(self, operation: str, region: str = "", **request: Any) -> Any:
        return await self.service.call(self.pipe, operation, region or self.pipe.source_region, **request)

    async def wait(self, operation: str, **request: Any) -> None:
        await self.service.context(self.pipe).call(operation, region=self.pipe.source_region, **request)


class PipedQueue(PipeReader, QueueReader):
    async def process(self, records: Records) -> set[str]:
        return {event.id for event in await self.service.execute(self.pipe, [*map(of_message, records)])}


class PipedStream(PipeReader, StreamReader):
    def positions(self) -> dict[str, tuple[str, bool]]:
        return self.service.store.positions(self.pipe)

    def keep(self, shard_id: str, sequence: str, is_ended: bool) -> None:
        self.service.store.keep_position(self.pipe, shard_id, sequence, is_ended)

    async def take(self, shard: Shard, records: Records) -> None:
        """An execution is let finish when the pipe stops. If it broke off, the shard must not be read on."""
        work = self.run(super().take(shard, records))
        await ended(self.clock, work)
        if work.done():
            work.result()

    async def attempt(self, shard: Shard, records: Records) -> Outcome:
        """Only what failed is tried again, also between what did not."""
        failed = await self.service.execute(self.pipe, [*map(of_change, records)])
        is_cut = self.settings.get("OnPartialBatchItemFailure") == "AUTOMATIC_BISECT"
        return Outcome([event.raw for event in failed], is_cut)

    @property
    def destination(self) -> str:
        return (self.settings.get("DeadLetterConfig") or {}).get("Arn") or ""

    def letter(self, condition: str, attempts: int) -> dict[str, Any]:
        return {"context": {"partnerResourceArn": self.pipe.arn, "condition": condition}}
