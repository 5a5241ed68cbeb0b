"""Background work: deliveries on the clock, from the outbox to their end.

A publish hands its deliveries over as soon as they are committed; what a killed process left behind starts again from
the tables. So every delivery happens at least once. A delivery that fails is tried again as its delivery policy says,
and at the end goes to the subscription's dead-letter queue or is dropped, as on AWS.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from cloudchamber.services.sns import retries
from cloudchamber.services.sns.channels import Channels, Job, Undelivered
from cloudchamber.storage.mailbox import MailArrived, Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudchamber.core.metrics import Measured
    from cloudchamber.core.service import Platform
    from cloudchamber.services.sns.message import Published
    from cloudchamber.services.sns.tables import Delivery

log = logging.getLogger("cloudchamber.sns")

BREATH_DELIVERIES = 16  # after so many, calls get their turn
_URLS = ("http", "https")
_MANAGED = ("sqs", "lambda")


class Jobs(Channels):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self._lanes: set[tuple[str, str]] = set()  # those that are at work or wait for a retry
        self._slots: dict[str, float] = {}  # throttled subscriptions: the instant of the next delivery

    async def resume(self) -> None:
        """Go on with what is in the outbox."""
        for delivery in self.store.deliveries():
            if delivery.lane is None:
                self._plan(delivery)
            else:
                self._start_lane(delivery.subscription, delivery.lane)

    def send_out(self, message: Published, deliveries: Sequence[Delivery]) -> None:
        """Begin what was just committed."""
        at_once = [delivery for delivery in deliveries if delivery.lane is None]
        if at_once:
            self.clock.spawn(self._send_each(message, at_once), "sns delivery")
        for delivery in deliveries:
            if delivery.lane is not None:
                self._start_lane(delivery.subscription, delivery.lane)

    async def _send_each(self, message: Published, deliveries: Sequence[Delivery]) -> None:
        """Within the cloud one after the other, which is quick; out of it side by side, since each has to wait."""
        for at, delivery in enumerate(deliveries, 1):
            if at % BREATH_DELIVERIES == 0:
                await self.clock.breathe()
            subscription = self.store.subscriptions.get(delivery.subscription)
            if subscription is not None and subscription.protocol in _URLS and len(deliveries) > 1:
                self.clock.spawn(self._send(message, delivery), "sns delivery")
            else:
                await self._send(message, delivery)

    def _plan(self, delivery: Delivery) -> None:
        async def again() -> None:
            found = self.store.delivery(delivery.id)
            if found is not None:
                await self._send(self.store.message(found.message), found)

        self.clock.at(delivery.due, again, "sns delivery")

    # FIFO topics: each lane one at a time

    def _start_lane(self, subscription: str, lane: str) -> None:
        if (subscription, lane) not in self._lanes:
            self._lanes.add((subscription, lane))
            self.clock.spawn(self._run_lane(subscription, lane), "sns fifo delivery")

    async def _run_lane(self, subscription: str, lane: str) -> None:
        """Deliver the head until there is none. One that waits for a retry holds back those behind it."""
        while (head := self.store.head(subscription, lane)) is not None:
            if head.due > self.clock.now():
                self.clock.at(head.due, lambda: self._run_lane(subscription, lane), "sns fifo delivery")
                return
            await self._send(self.store.message(head.message), head)
            await self.clock.breathe()
        self._lanes.discard((subscription, lane))

    # one attempt

    async def _send(self, message: Published, delivery: Delivery) -> None:
        """Attempt a delivery, then end it or plan the next attempt."""
        job = self._job(message, delivery)
        if job is None:
            with self.platform.store.transaction():
                self.store.end(delivery)
            return
        slot = self._slot(job)
        if slot is not None:
            self._postpone(delivery, slot, delivery.attempts)
            return
        try:
            letter = await self.attempt(job)
        except Undelivered as failure:
            await self._failed(job, failure)
        except Exception:  # our bug: the message is kept and tried again
            log.exception("delivery to %s failed", delivery.subscription)
            await self._failed(job, Undelivered("internal error", is_final=False))
        else:
            self._end(job, letter)
            self.platform.facts.emit(_counted(job, "NumberOfNotificationsDelivered"))

    def _job(self, message: Published, delivery: Delivery) -> Job | None:
        """None where nobody wants the message any more: topic or subscription are gone."""
        topic = self.topic_by_arn(message.topic_arn)
        if message.kind == "UnsubscribeConfirmation":
            subscription = self.store.ended.get(message.token)
        else:
            subscription = self.store.subscriptions.get(delivery.subscription)
        if topic is None or subscription is None:
            return None
        return Job(delivery, message, subscription, topic)

    def _end(self, job: Job, letter: Message | None = None) -> None:
        with self.platform.store.transaction():
            if letter is not None:
                self.mailbox.deposit(letter)
            self.store.end(job.delivery)
        if letter is not None:
            self.platform.facts.emit(MailArrived(letter))

    async def _failed(self, job: Job, failure: Undelivered) -> None:
        delay_s = None if failure.is_final else self._delay(job)
        if delay_s is not None:
            self._postpone(job.delivery, self.clock.now() + delay_s, job.delivery.attempts + 1)
            return
        dead_letter_arn = job.subscription.dead_letter_arn
        if dead_letter_arn is not None and job.message.kind == "Notification":
            try:
                await self.to_queue(job, dead_letter_arn)
                self.platform.facts.emit(_counted(job, "NumberOfNotificationsRedrivenToDlq"))
            except Undelivered as error:
                log.info("%s: %s; its dead-letter queue: %s", job.subscription.arn, failure, error)
                self.platform.facts.emit(_counted(job, "NumberOfNotificationsFailedToRedriveToDlq"))
        self._end(job)
        self.platform.facts.emit(_counted(job, "NumberOfNotificationsFailed"))

    def _postpone(self, delivery: Delivery, due: float, attempts: int) -> None:
        later = replace(delivery, due=due, attempts=attempts)
        with self.platform.store.transaction():
            self.store.postpone(later)
        if later.lane is None:  # a lane plans for itself
            self._plan(later)

    @staticmethod
    def _delay(job: Job) -> float | None:
        """Seconds until the next attempt; None when there is none."""
        protocol, attempts = job.subscription.protocol, job.delivery.attempts
        if protocol in _MANAGED:
            return retries.MANAGED.delay_s(attempts)
        own = job.subscription.attributes.get("DeliveryPolicy", "")
        return retries.effective(own, job.topic.delivery_policy).retry.delay_s(attempts)

    def _slot(self, job: Job) -> float | None:
        """The instant a first attempt has to wait for where a policy bounds deliveries a second; None for none."""
        subscription, delivery, message = job.subscription, job.delivery, job.message
        is_first = message.kind == "Notification" and delivery.due == message.at and not delivery.attempts
        if subscription.protocol not in _URLS or not is_first:
            return None
        own = subscription.attributes.get("DeliveryPolicy", "")
        rate = retries.effective(own, job.topic.delivery_policy).receives_per_second
        if rate is None:
            return None
        slot = max(self.clock.now(), self._slots.get(subscription.arn, 0.0))
        self._slots[subscription.arn] = slot + 1 / rate
        return slot if slot > self.clock.now() else None


def _counted(job: Job, name: str) -> Measured:
    return job.topic.measured((name, 1.0, "Count"))
