"""Invocations on the clock, from the outbox to their end: attempts, retries, dead letters.

An invocation begins once the transaction that fired it has committed, and what a killed process left behind starts
again from the table, so each happens at least once.
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule.html
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AwsError
from cloudchamber.core.metrics import Measured
from cloudchamber.services.scheduler import limits, targets, timing
from cloudchamber.services.scheduler.base import SchedulerBase

if TYPE_CHECKING:
    from cloudchamber.services.scheduler.records import Invocation, Schedule

log = logging.getLogger("cloudchamber.scheduler")

_THROTTLES = frozenset({
    "OverLimit", "RequestThrottled", "RequestTimeout", "Throttling", "ThrottlingException", "TooManyRequestsException",
    "ProvisionedThroughputExceededException", "RequestLimitExceeded",
})  # fmt: skip


class Invoking(SchedulerBase):
    def resume_invocations(self) -> None:
        """Go on with what is in the outbox."""
        for invocation in self.store.invocations():
            self.plan(invocation)

    def plan(self, invocation: Invocation) -> None:
        """Attempt it at its instant."""

        async def attempt() -> None:
            found = self.store.invocation(invocation.id)
            schedule = None if found is None else self.store.schedule_by_arn(found.schedule)
            if found is not None and schedule is not None:
                await self._attempt(schedule, found)

        self.clock.at(invocation.due, attempt, "scheduled invocation")

    async def _attempt(self, schedule: Schedule, invocation: Invocation) -> None:
        body = targets.payload(schedule, invocation)
        self._measure(schedule, "InvocationAttemptCount")
        try:
            await self._invoke(schedule, body)
        except AwsError as error:
            await self._failed(schedule, invocation, error, body)
        except Exception as error:  # our bug: the invocation is kept and tried again
            log.exception("invocation of %s failed", schedule.target["Arn"])
            broken = AwsError(type(error).__name__, code="AWS.Scheduler.InternalServerError", status=500)
            await self._failed(schedule, invocation, broken, body)
        else:
            self._end(schedule, invocation)

    async def _invoke(self, schedule: Schedule, body: str) -> None:
        """Call the target as the schedule's role. AwsError."""
        ctx = self.own_context(schedule)
        call = targets.call_of(schedule, body)
        role = await self.session(ctx, schedule)
        answer = await ctx.call(call.operation, principal=role, region=call.region, **call.request)
        ctx.meter("scheduler.invocations")
        if call.operation == "events:PutEvents":
            for entry in answer["Entries"]:
                if entry.get("ErrorCode"):
                    raise AwsError(entry.get("ErrorMessage") or "", code=entry["ErrorCode"])

    async def _failed(self, schedule: Schedule, invocation: Invocation, error: AwsError, body: str) -> None:
        """Another attempt later, if it could help and the retry policy lets it; else the dead-letter queue."""
        is_throttled = error.code in _THROTTLES or error.status == 429
        self._measure(schedule, "TargetErrorThrottledCount" if is_throttled else "TargetErrorCount")
        wait_s = min(limits.RETRY_FIRST_SECONDS * 2.0 ** min(invocation.attempts, 30), limits.RETRY_SECONDS_MAX)
        due = self.clock.now() + wait_s
        exhausted = _exhausted(schedule, invocation, due)
        if (is_throttled or (error.status >= 500 and error.status != 501)) and not exhausted:
            later = replace(invocation, due=due, attempts=invocation.attempts + 1)
            with self.platform.store.transaction():
                self.store.postpone(later)
            self.plan(later)
            return
        queue = (schedule.target.get("DeadLetterConfig") or {}).get("Arn")
        if queue is None:
            self._measure(schedule, "InvocationDroppedCount")
        else:
            attributes = _attributes(schedule, invocation, error, exhausted)
            await self._to_dead_letters(schedule, queue, body, attributes)
        self._end(schedule, invocation)

    async def _to_dead_letters(self, schedule: Schedule, queue: str, body: str, attributes: dict[str, str]) -> None:
        """The payload to the dead-letter queue, as the schedule's role."""
        ctx, parts = self.own_context(schedule), queue.split(":")
        try:
            await ctx.call(
                "sqs:SendMessage", region=parts[3], QueueUrl=f"http://localhost/{parts[4]}/{parts[5]}",
                principal=await self.session(ctx, schedule), MessageBody=body,
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value} for name, value in attributes.items() if value
                },
            )  # fmt: skip
        except AwsError as error:
            log.info("%s: %s; its dead-letter queue: %s", schedule.arn, attributes["ERROR_CODE"], error)
            self._measure(schedule, "InvocationsFailedToBeSentToDeadLetterCount")
        else:
            self._measure(schedule, "InvocationsSentToDeadLetterCount")

    def _end(self, schedule: Schedule, invocation: Invocation) -> None:
        """An invocation is over; so is its schedule if it was the last and is to be deleted then."""
        current = self.store.schedule_by_arn(schedule.arn)
        with self.platform.store.transaction():
            self.store.end(invocation)
            if current is not None and _is_complete(current) and not self.store.has_invocations(current):
                self.store.drop(current)

    def _measure(self, schedule: Schedule, name: str) -> None:
        """https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html"""
        values = ((name, 1.0, "Count"),)
        dimensions = (("ScheduleGroup", schedule.group_name),)
        self.platform.facts.emit(Measured(schedule.account, schedule.region, "AWS/Scheduler", dimensions, values))


def _is_complete(schedule: Schedule) -> bool:
    if schedule.settings["ActionAfterCompletion"] != "DELETE":
        return False
    return timing.next_firing(schedule.settings, schedule.reached, schedule.counts_from) is None


def _exhausted(schedule: Schedule, invocation: Invocation, due: float) -> str:
    """Which limit of the retry policy an attempt at `due` would break; empty for none."""
    policy: dict[str, Any] = schedule.target["RetryPolicy"]
    if invocation.attempts >= policy["MaximumRetryAttempts"]:
        return "MaximumRetryAttempts"
    return "MaximumEventAgeInSeconds" if due - invocation.since > policy["MaximumEventAgeInSeconds"] else ""


def _attributes(schedule: Schedule, invocation: Invocation, error: AwsError, exhausted: str) -> dict[str, str]:
    """What a dead letter says of itself.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html#configuring-schedule-dlq-dead-letter-event
    """
    return {
        "SCHEDULE_ARN": schedule.arn, "TARGET_ARN": schedule.target["Arn"], "ERROR_CODE": error.code,
        "ERROR_MESSAGE": error.message, "EXECUTION_ID": invocation.execution, "EXHAUSTED_RETRY_CONDITION": exhausted,
        "IS_PAYLOAD_TRUNCATED": "false", "RETRY_ATTEMPTS": str(invocation.attempts),
        "SCHEDULED_TIME": targets.iso(invocation.scheduled),
    }  # fmt: skip
