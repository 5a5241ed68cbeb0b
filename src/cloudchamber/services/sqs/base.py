"""What SQS's operations share: finding a queue, waking who waits for one, and the timer that ages messages."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar

from cloudchamber.core.resources import Resource, links_of
from cloudchamber.core.service import Platform, Request, Rule, Service
from cloudchamber.services.sqs import limits, policy
from cloudchamber.services.sqs.errors import MissingParameter, QueueDoesNotExist
from cloudchamber.services.sqs.metrics import QueueMetrics
from cloudchamber.services.sqs.sealing import Sealing
from cloudchamber.services.sqs.store import SqsStore
from cloudchamber.services.sqs.wire import MODEL_PATCH, QUERY_PATCH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudchamber.core.clock import Timer, Waiter
    from cloudchamber.core.context import Context
    from cloudchamber.services.sqs.queue import Queue

SWEEP_ROWS = 2000
SWEEP_INTERVAL_SECONDS = 60.0


class SqsBase(Service):
    name: ClassVar[str] = "sqs"
    model_patch: ClassVar[Mapping[str, Any]] = MODEL_PATCH
    query_patch: ClassVar[Mapping[str, Any]] = QUERY_PATCH
    rules: Mapping[str, Rule] = policy.RULES
    takes_anonymous: ClassVar[bool] = True  # a queue policy may open a queue to everyone

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.store = SqsStore(platform.store)
        self.sealing = Sealing(platform)
        self.metrics = QueueMetrics(platform, self.store)
        self._waiting: dict[int, list[Waiter]] = {}
        self._sweep_timer: Timer | None = None

    async def resume(self) -> None:
        self.plan_sweep()
        self.clock.spawn(self.sweep_abandoned(), "sqs sweep")

    # queues

    def queue(self, ctx: Context, request: Request) -> Queue:
        """The queue a QueueUrl names; NonExistentQueue."""
        found = self.store.queues.get(*policy.locate(ctx, request.get("QueueUrl") or ""))
        if found is None:
            raise QueueDoesNotExist(ctx.span.protocol)
        return found

    def queue_by_arn(self, arn: str) -> Queue | None:
        parts = arn.split(":", 5)
        return self.store.queues.get(parts[4], parts[3], parts[5]) if len(parts) == 6 else None

    @staticmethod
    def url(ctx: Context, queue: Queue) -> str:
        return f"{ctx.caller.endpoint or 'http://localhost:4566'}/{queue.account}/{queue.name}"

    # waiting

    def wake(self, queue: Queue, messages: int) -> None:
        """That many messages can be received now: as many of those who wait for this queue look again."""
        self._wake(queue.number, messages)

    def _wake(self, number: int, messages: int) -> None:
        waiting = self._waiting.get(number)
        if waiting:
            woken, waiting[:] = waiting[:messages], waiting[messages:]
            for waiter in woken:
                waiter.wake()

    def wake_all(self, queue: Queue) -> None:
        """The queue or the next instant of something to receive has changed: all who wait for it look again."""
        self._wake_all(queue.number)

    def _wake_all(self, number: int) -> None:
        self._wake(number, len(self._waiting.get(number, ())))

    async def wait(self, queue: Queue, timeout_s: float | None) -> None:
        """Until something may have come to the queue, or the timeout."""
        waiter = self.clock.waiter()
        waiting = self._waiting.setdefault(queue.number, [])
        waiting.append(waiter)
        try:
            await waiter.wait(timeout_s)
        except asyncio.CancelledError:  # the client is gone: what woke its call is for the next one
            if waiter not in waiting:
                self.wake(queue, 1)
            raise
        finally:
            if waiter in waiting:
                waiting.remove(waiter)
            if not waiting and self._waiting.get(queue.number) is waiting:
                del self._waiting[queue.number]

    # usage

    @staticmethod
    def meter(ctx: Context, queue: Queue, size_bytes: int = 0) -> None:
        """A request; each further 64 KiB of payload counts as one more."""
        unit = "sqs.fifo_requests" if queue.is_fifo else "sqs.requests"
        ctx.meter(unit, max(1, -(-size_bytes // limits.BILLED_CHUNK_BYTES)))

    # ageing

    def plan_sweep(self, due: float | None = None) -> None:
        """Keep one timer at the first instant at which something expires."""
        if due is None:
            due = self.store.next_expiry()
            if due is None:
                return
        if self._sweep_timer is not None and self._sweep_timer.is_pending:
            if self._sweep_timer.due <= due:
                return
            self._sweep_timer.cancel()
        self._sweep_timer = self.clock.at(due, self._sweep, "sqs retention")

    async def _sweep(self) -> None:
        more = True
        while more:
            with self.platform.store.transaction():
                more, changed = self.store.expire(self.clock.now(), SWEEP_ROWS)
            for number in changed:  # what expired in flight held its group up
                self._wake_all(number)
            await self.clock.breathe()
        due = self.store.next_expiry()
        if due is not None:
            self.plan_sweep(max(due, self.clock.now() + SWEEP_INTERVAL_SECONDS))

    def expire(self, queue: Queue, now: float) -> None:
        """What has expired in a FIFO queue neither holds its group up nor gives it its place, even if it is not swept
        away yet."""
        if not queue.is_fifo or not self.store.has_expired(queue.number, now):
            return
        with self.platform.store.transaction():
            while self.store.expire_in(queue.number, now, SWEEP_ROWS):
                pass
        self.wake_all(queue)

    async def sweep_abandoned(self) -> None:
        """Delete the messages of deleted and purged queues, a batch at a time, letting calls through in between."""
        more = True
        while more:
            with self.platform.store.transaction():
                more = self.store.sweep_abandoned(SWEEP_ROWS)
            await self.clock.breathe()

    # Service

    def adopt(self, request: Any, parameters: dict[str, Any]) -> dict[str, Any]:
        """Query requests may address the queue by their path instead of a parameter."""
        if "QueueUrl" not in parameters and request.path.count("/") >= 2:
            parameters["QueueUrl"] = f"http://{request.headers.get('host', 'localhost')}{request.path}"
        return parameters

    def constrains(self, operation_name: str) -> bool:
        """SQS names what is missing in its own words; its handlers do."""
        return False

    def find(self, arn: str) -> Resource | None:
        queue = self.queue_by_arn(arn)
        return None if queue is None else _resource(queue)

    def resource_policy(self, arn: str) -> str | None:
        queue = self.queue_by_arn(arn)
        return None if queue is None else queue.policy

    def list_resources(self, account: str | None, region: str | None) -> Iterator[Resource]:
        wanted: dict[str, Any] = {k: v for k, v in (("account", account), ("region", region)) if v is not None}
        return (_resource(queue) for queue in self.store.queues.where(**wanted))

    def depth(self, arn: str) -> int | None:
        """Messages in a queue, whether they can be received now or not."""
        queue = self.queue_by_arn(arn)
        return None if queue is None else self.store.kept(queue.number, self.clock.now())


def _resource(queue: Queue) -> Resource:
    redrive = queue.redrive
    return Resource(
        queue.arn, "AWS::SQS::Queue", queue.name, queue.account, queue.region, queue.tags, queue.policy,
        links_of(None if redrive is None else redrive.target_arn, queue.kms_key), queue.shown_attributes(),
    )  # fmt: skip


def required(request: Request, name: str) -> Any:
    """A parameter that must be there; MissingParameter."""
    value = request.get(name)
    if value is None or value in ("", [], {}):
        raise MissingParameter(name)
    return value
