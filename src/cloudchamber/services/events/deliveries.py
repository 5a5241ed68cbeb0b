"""Deliveries on the clock, from the outbox to their end.

Events are matched and written with their deliveries in one transaction; the deliveries begin as soon as it has
committed, and what a killed process left behind starts again from the tables. So each happens at least once. One that
fails is tried again as the target's retry policy says, and at the end goes to its dead-letter queue or is dropped.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from cloudchamber.core.errors import AwsError
from cloudchamber.core.metrics import Measured
from cloudchamber.services.events import limits
from cloudchamber.services.events.channels import Channels, Job, Later, Undelivered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudchamber.services.events.tables import Bus, Delivery, Rule, Taken, Target

log = logging.getLogger("cloudchamber.events")

BREATH_DELIVERIES = 16  # after so many, calls get their turn


class Deliveries(Channels):
    def resume_deliveries(self) -> None:
        """Go on with what is in the outbox."""
        for delivery in self.store.deliveries():
            self._plan(delivery)

    def take(self, bus: Bus, taken: Taken, only: Sequence[str] = ()) -> list[Delivery]:
        """Match an event against a bus's rules (`only`: the ARNs of those that count, empty for all) and write it with
        its deliveries; archives keep it. Runs inside a transaction; `begin` follows the commit."""
        event, is_replayed = taken.event, "replay-name" in taken.event
        to: list[tuple[Rule, Target]] = []
        for listener in self.store.listeners((bus.account, bus.region, bus.name)):
            if listener.archive is not None and is_replayed:
                continue
            if listener.pattern is not None and not listener.pattern.matches(event):
                continue
            if listener.archive is not None:
                self.store.archive(listener.archive, taken, taken.at)
            elif listener.rule is not None and (not only or listener.rule.arn in only):
                self._count(listener.rule, "TriggeredRules")
                to += [(listener.rule, target) for target in listener.targets]
        return self.store.post(taken, to, self.clock.now()) if to else []

    def begin(self, taken: Taken, deliveries: Sequence[Delivery]) -> None:
        """Begin what was just committed."""
        if deliveries:
            self.clock.spawn(self.deliver_each(taken, deliveries), "event delivery")

    async def deliver_each(self, taken: Taken, deliveries: Sequence[Delivery]) -> None:
        for at, delivery in enumerate(deliveries, 1):
            if at % BREATH_DELIVERIES == 0:
                await self.clock.breathe()
            await self._deliver(taken, delivery)

    def _plan(self, delivery: Delivery) -> None:
        async def again() -> None:
            found = self.store.delivery(delivery.id)
            if found is not None:
                await self._deliver(self.store.taken(found.event), found)

        self.clock.at(delivery.due, again, "event delivery")

    async def _deliver(self, taken: Taken, delivery: Delivery) -> None:
        """Attempt a delivery, then end it or plan the next attempt."""
        rule, target = self.rule_by_arn(delivery.rule), self.store.targets.get(delivery.rule, delivery.target)
        if rule is None or target is None:  # nobody wants the event any more
            self._end(delivery)
            return
        job = Job(delivery, taken, rule, target)
        try:
            await self.attempt(job)
        except Later as turn:
            self._postpone(replace(delivery, due=turn.due))
        except Undelivered as failure:
            await self._failed(job, failure)
        except Exception as error:  # our bug: the event is kept and tried again
            log.exception("delivery to %s failed", target.arn)
            await self._failed(job, Undelivered("INTERNAL_ERROR", type(error).__name__, is_final=False))
        else:
            self._end(delivery)
            self._count(rule, "Invocations")

    def _count(self, rule: Rule, name: str) -> None:
        """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html"""
        bus = () if rule.bus == "default" else (("EventBusName", rule.bus),)
        dimensions = (*bus, ("RuleName", rule.name))
        self.platform.facts.emit(Measured(rule.account, rule.region, "AWS/Events", dimensions, ((name, 1.0, "Count"),)))

    def _end(self, delivery: Delivery) -> None:
        with self.platform.store.transaction():
            self.store.end(delivery)

    def _postpone(self, later: Delivery) -> None:
        with self.platform.store.transaction():
            self.store.postpone(later)
        self._plan(later)

    async def _failed(self, job: Job, failure: Undelivered) -> None:
        delivery, exhausted = job.delivery, ""
        if not failure.is_final:
            due = self.clock.now() + min(limits.RETRY_FIRST_SECONDS * 2.0**delivery.attempts, limits.RETRY_SECONDS_MAX)
            exhausted = _exhausted(job, due)
            if not exhausted:
                self._postpone(replace(delivery, due=due, attempts=delivery.attempts + 1))
                return
        queue = (job.target.settings.get("DeadLetterConfig") or {}).get("Arn")
        if queue:
            try:
                await self.to_dead_letters(job, queue, _attributes(job, failure, exhausted))
            except AwsError as error:
                log.info("%s: %s; its dead-letter queue: %s", job.target.arn, failure, error)
        self._end(delivery)
        self._count(job.rule, "FailedInvocations")


def _exhausted(job: Job, due: float) -> str:
    """Which limit of the retry policy an attempt at `due` would break; empty for none."""
    policy = job.target.settings.get("RetryPolicy") or {}
    if job.delivery.attempts >= policy.get("MaximumRetryAttempts", limits.RETRY_ATTEMPTS_DEFAULT):
        return "MaximumRetryAttempts"
    age_s = policy.get("MaximumEventAgeInSeconds", limits.EVENT_AGE_SECONDS_DEFAULT)
    return "MaximumEventAgeInSeconds" if due - job.delivery.since > age_s else ""


def _attributes(job: Job, failure: Undelivered, exhausted: str) -> dict[str, str]:
    """What a dead letter says of itself: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html"""
    return {
        "RULE_ARN": job.rule.arn, "TARGET_ARN": job.target.arn, "ERROR_CODE": failure.code,
        "ERROR_MESSAGE": failure.reason, "EXHAUSTED_RETRY_CONDITION": exhausted,
        "RETRY_ATTEMPTS": str(job.delivery.attempts),
    }  # fmt: skip
