"""Executions: a batch of events on its way through enrichment and target.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-logs-execution-steps.html
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AwsError
from cloudchamber.core.polling.records import iso
from cloudchamber.identity import principals
from cloudchamber.services.pipes import templates
from cloudchamber.services.pipes.delivering import Delivering
from cloudchamber.services.pipes.errors import Failure
from cloudchamber.services.pipes.events import of_answer, text_of
from cloudchamber.services.pipes.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudchamber.services.pipes.delivering import Sent
    from cloudchamber.services.pipes.events import Event
    from cloudchamber.services.pipes.records import Pipe

log = logging.getLogger("cloudchamber.pipes")


class Executing(Delivering):
    async def execute(self, pipe: Pipe, events: Sequence[Event]) -> list[Event]:
        """Send events through the pipe; those of them that are to be tried again."""
        journal, begun = Journal(pipe, self.clock), self.clock.perf()
        journal.note("EXECUTION_STARTED", events)
        try:
            failed = await self._through(pipe, journal, events)
        except Failure as failure:
            failed = list(events)
            journal.failed("EXECUTION_FAILED", failure)
        except Exception as error:  # our bug: the events are kept and tried again
            log.exception("an execution of %s failed", pipe.arn)
            failed = list(events)
            journal.failed("EXECUTION_FAILED", Failure(type(error).__name__))
        else:
            journal.note("EXECUTION_PARTIALLY_FAILED" if failed else "EXECUTION_SUCCEEDED")
        self._tell(pipe, events, failed, self.clock.perf() - begun)
        await self._write(pipe, journal)
        return failed

    async def _through(self, pipe: Pipe, journal: Journal, events: Sequence[Event]) -> list[Event]:
        """Those of the source's events that failed. Failure if all did."""
        on_their_way = list(events)
        if pipe.enrichment:
            on_their_way = await self._enrich(pipe, journal, events)
        if not on_their_way:
            journal.note("TARGET_STAGE_SKIPPED")
            return []
        failed = await self._deliver(pipe, journal, on_their_way)
        if not failed:
            return []
        named = {event.id for event in failed}
        if "" in named or not named <= {event.id for event in events}:  # nobody can tell which: all of them
            return list(events)
        return [event for event in events if event.id in named]

    async def _enrich(self, pipe: Pipe, journal: Journal, events: Sequence[Event]) -> list[Event]:
        journal.note("ENRICHMENT_STAGE_ENTERED", events)
        try:
            sent = self._transformed(pipe, journal, "Enrichment", events)
            journal.note("ENRICHMENT_INVOCATION_STARTED", awsRequest=[text for _, text in sent])
            try:
                answer = await self.enriched(pipe, sent)
            except Failure as failure:
                journal.failed("ENRICHMENT_INVOCATION_FAILED", failure)
                raise
            journal.note("ENRICHMENT_INVOCATION_SUCCEEDED", awsResponse=answer)
        except Failure as failure:
            self.measure(pipe, ("EnrichmentStageFailed", 1.0, "None"))
            journal.failed("ENRICHMENT_STAGE_FAILED", failure)
            raise
        found = of_answer(answer)
        journal.note("ENRICHMENT_STAGE_SUCCEEDED", found)
        return found

    async def _deliver(self, pipe: Pipe, journal: Journal, events: Sequence[Event]) -> list[Event]:
        journal.note("TARGET_STAGE_ENTERED", events)
        try:
            sent = self._transformed(pipe, journal, "Target", events)
            journal.note("TARGET_INVOCATION_STARTED", awsRequest=[text for _, text in sent])
            try:
                failed = await self.delivered(pipe, sent)
            except Failure as failure:
                journal.failed("TARGET_INVOCATION_FAILED", failure)
                raise
        except Failure as failure:
            self.measure(pipe, ("TargetStageFailed", 1.0, "None"))
            journal.failed("TARGET_STAGE_FAILED", failure)
            raise
        journal.note(f"TARGET_INVOCATION_{'PARTIALLY_FAILED' if failed else 'SUCCEEDED'}", failed)
        journal.note(f"TARGET_STAGE_{'PARTIALLY_FAILED' if failed else 'SUCCEEDED'}", failed)
        return failed

    def _transformed(self, pipe: Pipe, journal: Journal, stage: str, events: Sequence[Event]) -> Sent:
        """The events with what the stage's template makes of them."""
        template = pipe.parameters(stage).get("InputTemplate")
        if not template:
            return [(event, text_of(event.raw)) for event in events]
        name = stage.upper()
        journal.note(f"{name}_TRANSFORMATION_STARTED", events)
        known = {
            "aws.pipes.pipe-arn": pipe.arn, "aws.pipes.pipe-name": pipe.name, "aws.pipes.source-arn": pipe.source,
            "aws.pipes.enrichment-arn": pipe.enrichment, "aws.pipes.target-arn": pipe.target,
            "aws.pipes.event.ingestion-time": iso(self.clock.now()),
        }  # fmt: skip
        sent = [(event, templates.rendered(template, event, known)) for event in events]
        journal.note(f"{name}_TRANSFORMATION_SUCCEEDED")
        return sent

    def _tell(self, pipe: Pipe, events: Sequence[Event], failed: Sequence[Event], duration_s: float) -> None:
        """Usage and metrics of an execution."""
        self.platform.dispatcher.meter.add(pipe.account, "pipes.requests", len(events))
        values: list[tuple[str, float, str]] = [
            ("Invocations", 1.0, "None"), ("EventCount", float(len(events)), "None"),
            ("Duration", duration_s * 1000, "Milliseconds"),
        ]  # fmt: skip
        if failed:
            name = "ExecutionFailed" if len(failed) == len(events) else "ExecutionPartiallyFailed"
            values.append((name, 1.0, "None"))
        self.measure(pipe, *values)

    async def _write(self, pipe: Pipe, journal: Journal) -> None:
        """The log records to their group, as the account: AWS's log delivery puts leave into a resource policy."""
        if not journal.entries:
            return
        parts = journal.group_arn.split(":", 5)
        request: dict[str, Any] = {
            "logGroupName": parts[5].removeprefix("log-group:").removesuffix(":*"), "logStreamName": pipe.name,
            "logEvents": journal.entries,
        }  # fmt: skip
        if self.platform.directory.find(journal.group_arn.removesuffix(":*")) is None:
            return
        try:
            principal = principals.root(parts[4])
            await self.context(pipe).call("logs:append", principal=principal, region=parts[3], **request)
        except AwsError as error:
            log.info("the log of %s: %s", pipe.arn, error)
