"""Asynchronous invocation: events wait in rows, are tried up to three times, and what becomes of them is passed on.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
A row is written before the caller hears 202 and goes in the transaction that ends the event, so what a killed process
left behind is run after the start. A function that throttles is tried again until the event is too old.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core import ids
from cloudchamber.core.context import INTERNAL
from cloudchamber.core.dispatch import new_span
from cloudchamber.core.errors import AwsError
from cloudchamber.core.service import Request, private_operation
from cloudchamber.services.lambda_ import configuration, limits
from cloudchamber.services.lambda_.base import LAMBDA
from cloudchamber.services.lambda_.errors import FunctionNotFound, RecursiveInvocation, TooManyRequests
from cloudchamber.services.lambda_.execution import Call, Execution
from cloudchamber.services.lambda_.names import LATEST, FunctionName
from cloudchamber.services.lambda_.records import EVENT_INVOKE, Event

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.runtime.environment import Outcome
    from cloudchamber.services.lambda_.records import Version


class Events(Execution):
    async def resume(self) -> None:
        await super().resume()
        for number, due in self.store.events_due():
            self._plan(number, due)

    def post(self, ctx: Context, name: FunctionName, payload: bytes) -> None:
        """Take an event in."""
        now = ctx.now()
        event = Event(0, *name.key, name.qualifier, ctx.request_id, payload, now, now, trace=ctx.span.header)
        with self.platform.store.transaction():
            event = self.store.queue(event)
        self.clock.spawn(self._attempt(event.id), f"event of {name.name}")

    def _plan(self, number: int, due: float) -> None:
        self.clock.at(due, lambda: self._attempt(number), "lambda event")

    async def _attempt(self, number: int) -> None:
        event = self.store.event(number)
        if event is None:
            return
        span = new_span("lambda", "Invoke", event.request_id, event.trace, self.clock.now())
        ctx = self.platform.dispatcher.open(span, LAMBDA, event.account, event.region, INTERNAL)
        await ctx.call("lambda:run_event", principal=LAMBDA, Id=number)

    @private_operation
    async def run_event(self, ctx: Context, request: Request) -> dict[str, Any]:
        """One attempt at an event: `Id`."""
        event = self.store.event(request["Id"])
        if event is None:
            return {}
        name = FunctionName(event.account, event.region, event.function, event.qualifier)
        try:
            version = self.routed(name)
        except FunctionNotFound:  # deleted meanwhile
            self.store.end_event(event.id)
            return {}
        config = self._event_config(name)
        age_max_s = config.get("MaximumEventAgeInSeconds") or limits.EVENT_AGE_SECONDS_MAX
        if ctx.now() - event.queued_at > age_max_s:
            await self._conclude(ctx, event, version, None, "EventAgeExceeded")
            return {}
        try:
            call = Call(event.payload, name.qualified_arn, event.request_id, self.trace_for(ctx, version))
            outcome = await self.execute(ctx, version, call)
        except RecursiveInvocation as loop:  # there is no other attempt at it
            await self._conclude(ctx, event, version, failed_outcome(loop), "RetriesExhausted")
            return {}
        except TooManyRequests:
            wait_s = min(2.0**event.throttles, limits.THROTTLE_BACKOFF_SECONDS_MAX)
            self._again(replace(event, throttles=event.throttles + 1, due=ctx.now() + wait_s))
            return {}
        except AwsError as error:  # nothing can run it: it counts as an error of the function
            outcome = failed_outcome(error)
        event = replace(event, attempts=event.attempts + 1)
        retries = config.get("MaximumRetryAttempts", limits.RETRIES_DEFAULT)
        if not outcome.error:
            await self._conclude(ctx, event, version, outcome, "Success")
        elif event.attempts > retries:
            await self._conclude(ctx, event, version, outcome, "RetriesExhausted")
        else:
            self._again(replace(event, due=ctx.now() + limits.RETRY_SECONDS[event.attempts - 1]))
        return {}

    def _again(self, event: Event) -> None:
        with self.platform.store.transaction():
            self.store.postpone(event)
        self._plan(event.id, event.due)

    def _event_config(self, name: FunctionName) -> dict[str, Any]:
        found = self.store.settings.get(*name.key, EVENT_INVOKE, name.qualifier or LATEST)
        return {} if found is None else found.settings

    async def _conclude(
        self, ctx: Context, event: Event, version: Version, outcome: Outcome | None, condition: str
    ) -> None:  # fmt: skip
        """Pass on what became of an event, then forget it."""
        name = FunctionName(event.account, event.region, event.function, event.qualifier)
        destinations = self._event_config(name).get("DestinationConfig") or {}
        wanted = "OnSuccess" if condition == "Success" else "OnFailure"
        target = (destinations.get(wanted) or {}).get("Destination")
        dead_letters = (version.settings.get("DeadLetterConfig") or {}).get("TargetArn")
        try:
            if target:
                body = self._record(event, version, outcome, condition)
                await self._deliver(ctx, version, target, body, condition)
            if dead_letters and condition != "Success":
                await self._bury(ctx, version, event, outcome, dead_letters)
        except AwsError:  # AWS counts it in a metric (DestinationDeliveryFailures, DeadLetterErrors) and goes on
            pass
        with self.platform.store.transaction():
            self.store.end_event(event.id)

    def _record(self, event: Event, version: Version, outcome: Outcome | None, condition: str) -> bytes:
        """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html"""
        arn = f"{version.arn}:{event.qualifier or LATEST}"
        record: dict[str, Any] = {
            "version": "1.0",
            "timestamp": configuration.stamp(self.clock.now()).replace("+0000", "Z"),
            "requestContext": {
                "requestId": event.request_id, "functionArn": arn, "condition": condition,
                "approximateInvokeCount": event.attempts,
            },
            "requestPayload": orjson.loads(event.payload),
        }  # fmt: skip
        if outcome is not None:
            record["responseContext"] = {"statusCode": 200, "executedVersion": version.version}
            if outcome.error:
                record["responseContext"]["functionError"] = outcome.error
            record["responsePayload"] = orjson.loads(outcome.payload or b"null")
        return orjson.dumps(record)

    async def _deliver(self, ctx: Context, version: Version, target: str, body: bytes, condition: str) -> None:
        """To a destination, as the function's role."""
        _, role = await self._credentials(ctx, version)
        parts = target.split(":", 5)
        service, region, text = parts[2], parts[3], body.decode()
        parameters: dict[str, Any]
        if service == "sqs":
            operation_name = "sqs:SendMessage"
            parameters = {"QueueUrl": f"http://localhost/{parts[4]}/{parts[5]}", "MessageBody": text}
        elif service == "sns":
            operation_name, parameters = "sns:Publish", {"TopicArn": target, "Message": text}
        elif service == "lambda":
            operation_name = "lambda:Invoke"
            parameters = {"FunctionName": target, "InvocationType": "Event", "Payload": body}
        elif service == "s3":
            operation_name, region = "s3:PutObject", version.region
            key = (
                f"aws/lambda/async/{version.name}/{configuration.stamp(ctx.now())[:10].replace('-', '/')}/{ids.uuid()}"
            )
            parameters = {"Bucket": parts[5], "Key": key, "Body": body}
        else:
            operation_name = "events:PutEvents"
            detail = "Lambda Function Invocation Result - " + ("Success" if condition == "Success" else "Failure")
            entry = {"Source": "lambda", "DetailType": detail, "Resources": [target, version.arn], "Detail": text,
                     "EventBusName": target}  # fmt: skip
            parameters = {"Entries": [entry]}
        await ctx.call(operation_name, principal=role, region=region, **parameters)

    async def _bury(self, ctx: Context, version: Version, event: Event, outcome: Outcome | None, target: str) -> None:
        """To the dead-letter queue or topic, with what went wrong as attributes."""
        _, role = await self._credentials(ctx, version)
        parts = target.split(":", 5)
        message = orjson.loads(outcome.payload).get("errorMessage", "") if outcome is not None else "EventAgeExceeded"
        attributes = {
            "RequestID": {"DataType": "String", "StringValue": event.request_id},
            "ErrorCode": {"DataType": "Number", "StringValue": "200"},
            "ErrorMessage": {"DataType": "String", "StringValue": message[:1024] or "error"},
        }
        text = event.payload.decode()
        if parts[2] == "sqs":
            await ctx.call(
                "sqs:SendMessage", principal=role, region=parts[3], MessageBody=text, MessageAttributes=attributes,
                QueueUrl=f"http://localhost/{parts[4]}/{parts[5]}",
            )  # fmt: skip
        else:
            await ctx.call(
                "sns:Publish", principal=role, region=parts[3], TopicArn=target, Message=text,
                MessageAttributes=attributes,
            )  # fmt: skip


def failed_outcome(error: AwsError) -> Outcome:
    """What an event gets that could not be run at all."""
    from cloudchamber.runtime.environment import UNHANDLED, Outcome  # noqa: PLC0415 - seldom

    return Outcome(orjson.dumps({"errorType": error.code, "errorMessage": error.message}), UNHANDLED)
