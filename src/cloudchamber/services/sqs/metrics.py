"""What SQS measures of its queues, as `AWS/SQS`.

Counts are told with the call that makes them. How many messages wait is looked up when CloudWatch is about to read, and
at once where an alarm waits for it; for queues used within the last hours, as on AWS.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.core.metrics import Measured

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cloudchamber.core.service import Platform
    from cloudchamber.services.sqs.queue import Queue
    from cloudchamber.services.sqs.store import SqsStore

NAMESPACE = "AWS/SQS"
ACTIVE_SECONDS = 6 * 3600.0
_GAUGES = (
    "ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed", "ApproximateAgeOfOldestMessage",
)  # fmt: skip


class QueueMetrics:
    def __init__(self, platform: Platform, store: SqsStore) -> None:
        self._platform = platform
        self._store = store
        self._used_at: dict[tuple[str, str, str], float] = {}
        platform.metrics.sampled_by(NAMESPACE, self._sampled)

    def sent(self, queue: Queue, sizes: Iterable[int]) -> None:
        counted = [("SentMessageSize", float(size), "Bytes") for size in sizes]
        self._tell(queue, ("NumberOfMessagesSent", float(len(counted)), "Count"), *counted)

    def received(self, queue: Queue, count: int) -> None:
        self._tell(queue, (("NumberOfMessagesReceived", float(count), "Count") if count else
                           ("NumberOfEmptyReceives", 1.0, "Count")))  # fmt: skip

    def deleted(self, queue: Queue, count: int) -> None:
        self._tell(queue, ("NumberOfMessagesDeleted", float(count), "Count"))

    def _tell(self, queue: Queue, *values: tuple[str, float, str]) -> None:
        owner, facts = (queue.account, queue.region), self._platform.facts
        dimensions = (("QueueName", queue.name),)
        self._used_at[(*owner, queue.name)] = self._platform.clock.now()
        facts.emit(Measured(*owner, NAMESPACE, dimensions, values))
        watched = self._platform.metrics.watched
        if watched and any((*owner, NAMESPACE, name, dimensions) in watched for name in _GAUGES):
            facts.emit(self._gauges(queue))

    def _sampled(self) -> Iterator[Measured]:
        now = self._platform.clock.now()
        for key, used_at in list(self._used_at.items()):
            queue = self._store.queues.get(*key)
            if queue is None or now - used_at > ACTIVE_SECONDS:
                del self._used_at[key]
            else:
                yield self._gauges(queue)

    def _gauges(self, queue: Queue) -> Measured:
        now = self._platform.clock.now()
        counts = self._store.counts(queue.number, now)
        oldest = self._store.oldest(queue.number, now)
        found = (counts.visible, counts.in_flight, counts.delayed, 0.0 if oldest is None else now - oldest)
        units = ("Count", "Count", "Count", "Seconds")
        values = tuple((name, float(value), unit) for name, value, unit in zip(_GAUGES, found, units, strict=True))
        return Measured(queue.account, queue.region, NAMESPACE, (("QueueName", queue.name),), values)
