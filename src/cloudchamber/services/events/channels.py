"""How an event reaches a target of each kind. One attempt each; what follows a failure is `deliveries.py`'s.

Targets are called as `events.amazonaws.com` on the rule's behalf, so their own policies decide, or as the target's role
where it has one. Buses of other accounts are asked as the rule's account is: their policy decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core import ids
from cloudchamber.core.context import INTERNAL
from cloudchamber.core.errors import AccessDenied, AwsError
from cloudchamber.core.spans import Span
from cloudchamber.identity import principals
from cloudchamber.services.events import event as events
from cloudchamber.services.events.errors import TooEarly
from cloudchamber.services.events.http_calls import HttpCalls
from cloudchamber.services.events.transform import rendered, text_at

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.identity.principals import Principal
    from cloudchamber.services.events.tables import Delivery, Rule, Taken, Target

EVENTS = principals.service("events.amazonaws.com")
_THROTTLES = frozenset({
    "OverLimit", "RequestThrottled", "RequestTimeout", "Throttling", "ThrottlingException", "TooManyRequestsException",
    "ProvisionedThroughputExceededException", "RequestLimitExceeded",
})  # fmt: skip
_MISSING = ("NonExistentQueue", "QueueDoesNotExist", "NotFound", "NoSuch", "DoesNotExist")


class Undelivered(Exception):
    """An attempt that failed, with the code that dead letters carry. `is_final`: no retry would mend it."""

    def __init__(self, code: str, reason: str, is_final: bool) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.is_final = is_final


class Later(Exception):
    """An attempt that has to wait for its turn, until `due` in epoch seconds; it is none that failed."""

    def __init__(self, due: float) -> None:
        super().__init__(due)
        self.due = due


@dataclass(frozen=True, slots=True)
class Job:
    """A delivery with all that it takes."""

    delivery: Delivery
    taken: Taken
    rule: Rule
    target: Target


def _failure(error: AwsError) -> Undelivered:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html lists the codes."""
    if error.code in _THROTTLES:
        return Undelivered("THROTTLING", error.message, is_final=False)
    if isinstance(error, AccessDenied) or error.code in ("AuthorizationError", "AccessDeniedException"):
        return Undelivered("NO_PERMISSIONS", error.message, is_final=True)
    if any(word in error.code for word in _MISSING):
        return Undelivered("NO_RESOURCE", error.message, is_final=True)
    if error.status == 501:
        return Undelivered("SDK_CLIENT_ERROR", error.message, is_final=True)
    if error.status >= 500:
        return Undelivered("ERROR_FROM_TARGET", error.message, is_final=False)
    return Undelivered("SDK_CLIENT_ERROR", f"{error.code}: {error.message}", is_final=True)


class Channels(HttpCalls):
    async def attempt(self, job: Job) -> None:
        """Deliver once. Undelivered."""
        parts = job.target.arn.split(":", 5)
        service, region, resource = parts[2], parts[3] or job.rule.region, parts[5]
        if service == "events" and resource.startswith("event-bus/"):
            await self._to_bus(job, region)
            return
        known = {
            "rule-arn": job.rule.arn, "rule-name": job.rule.name, "ingestion-time": events.iso(job.taken.at),
        }  # fmt: skip
        payload = rendered(job.target.settings, job.taken.event, known)
        if service == "sqs":
            await self.to_queue(job, job.target.arn, payload.decode())
        elif service == "events" and resource.startswith("api-destination/"):
            await self._to_endpoint(job, region, payload)
        elif service == "sns":
            await self._call(job, "sns:Publish", region, TopicArn=job.target.arn, Message=payload.decode())
        elif service == "lambda":
            await self._call(job, "lambda:Invoke", region, FunctionName=job.target.arn, InvocationType="Event",
                             Payload=_json(payload))  # fmt: skip
        elif service == "logs":
            await self._to_log_group(job, region, payload)
        elif service == "kinesis":
            await self._to_stream(job, region, payload)
        elif service == "firehose":
            name = resource.partition("/")[2]
            await self._call(job, "firehose:PutRecord", region, DeliveryStreamName=name, Record={"Data": payload})
        elif service == "states":
            await self._call(job, "stepfunctions:StartExecution", region, stateMachineArn=job.target.arn,
                             input=payload.decode())  # fmt: skip
        else:
            raise Undelivered("SDK_CLIENT_ERROR", f"{job.target.arn} is a kind of target that is not implemented", True)

    # calling

    def _context(self, job: Job) -> Context:
        """EventBridge's own context, whose calls are children of the call that put the event."""
        taken = job.taken
        span = Span(ids.request_id(), taken.trace or ids.trace_id(taken.at), taken.span or ids.span_id(), None,
                    "events", "Deliver")  # fmt: skip
        return self.platform.dispatcher.open(span, EVENTS, job.rule.account, job.rule.region, INTERNAL)

    async def _call(self, job: Job, operation: str, region: str, **request: Any) -> None:
        ctx = self._context(job)
        principal = await self._principal(ctx, job)
        try:
            await ctx.call(operation, principal=principal, region=region, source_arn=job.rule.arn, **request)
        except TooEarly as early:
            raise Later(early.slot) from None
        except AwsError as error:
            failure = _failure(error)
            if failure.code == "NO_PERMISSIONS" and self.platform.directory.find(job.target.arn) is None:
                failure.code = "NO_RESOURCE"  # nobody has leave for what is not there
            raise failure from None

    async def _principal(self, ctx: Context, job: Job) -> Principal:
        """As whom the target is called: the service, or the target's role."""
        role = job.target.settings.get("RoleArn")
        if not role:
            return EVENTS
        try:
            made = await ctx.call(
                "sts:AssumeRole", principal=EVENTS, source_arn=job.rule.arn, RoleArn=role,
                RoleSessionName=job.taken.event["id"],
            )  # fmt: skip
        except AwsError as error:
            raise Undelivered("FAILED_TO_ASSUME_ROLE", error.message, is_final=True) from None
        credential = self.platform.identities.credential(made["Credentials"]["AccessKeyId"])
        found: Principal = credential.principal
        return found

    async def to_queue(self, job: Job, queue_arn: str, body: str) -> None:
        parts = queue_arn.split(":")
        request: dict[str, Any] = {"QueueUrl": f"http://localhost/{parts[4]}/{parts[5]}", "MessageBody": body}
        group = (job.target.settings.get("SqsParameters") or {}).get("MessageGroupId")
        if group and queue_arn.endswith(".fifo"):
            request["MessageGroupId"] = group
        await self._call(job, "sqs:SendMessage", parts[3], **request)

    async def to_dead_letters(self, job: Job, queue_arn: str, attributes: dict[str, str]) -> None:
        """The event itself to a dead-letter queue, as EventBridge and never as the target's role."""
        parts = queue_arn.split(":")
        await self._context(job).call(
            "sqs:SendMessage", region=parts[3], source_arn=job.rule.arn,
            QueueUrl=f"http://localhost/{parts[4]}/{parts[5]}", MessageBody=orjson.dumps(job.taken.event).decode(),
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items() if value
            },
        )  # fmt: skip

    async def _to_log_group(self, job: Job, region: str, payload: bytes) -> None:
        """One stream for each event, as AWS has it. A template may say timestamp and message.

        https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html#targets-specifics-cwl
        """
        group = job.target.arn.split(":log-group:", 1)[1].removesuffix(":*")
        stream, ctx = job.taken.event["id"], self._context(job)
        at, message = int(job.taken.at * 1000), payload.decode()
        if job.target.settings.get("InputTransformer") is not None:
            given = _object(payload)
            if isinstance(given.get("timestamp"), int) and isinstance(given.get("message"), str):
                at, message = given["timestamp"], given["message"]
        where: dict[str, Any] = {"logGroupName": group, "logStreamName": stream}
        entry = {"timestamp": at, "message": message}
        try:
            try:
                await ctx.call("logs:CreateLogStream", region=region, source_arn=job.rule.arn, **where)
            except AwsError as error:
                if error.code != "ResourceAlreadyExistsException":
                    raise
            await ctx.call("logs:PutLogEvents", region=region, source_arn=job.rule.arn, logEvents=[entry], **where)
        except AwsError as error:
            raise _failure(error) from None

    async def _to_stream(self, job: Job, region: str, payload: bytes) -> None:
        path = (job.target.settings.get("KinesisParameters") or {}).get("PartitionKeyPath")
        key = job.taken.event["id"]
        if path:
            key = rendered({"InputPath": path}, job.taken.event, {}).decode().strip('"') or key
        await self._call(job, "kinesis:PutRecord", region, StreamARN=job.target.arn, Data=payload, PartitionKey=key)

    async def _to_endpoint(self, job: Job, region: str, payload: bytes) -> None:
        """To an API destination, as the target's role, which needs events:InvokeApiDestination."""
        given, event = job.target.settings.get("HttpParameters") or {}, job.taken.event
        await self._call(
            job, "events:invoke_api_destination", region, Arn=job.target.arn, Body=payload,
            Path=[text_at(event, value) for value in given.get("PathParameterValues") or ()],
            Headers={name: text_at(event, value) for name, value in (given.get("HeaderParameters") or {}).items()},
            Query={name: text_at(event, value) for name, value in (given.get("QueryStringParameters") or {}).items()},
            Slot=job.delivery.due > job.delivery.since,
        )  # fmt: skip

    async def _to_bus(self, job: Job, region: str) -> None:
        """To another bus. What came from another bus itself goes no further, as on AWS."""
        taken, account = job.taken, job.target.arn.split(":")[4]
        if taken.hops:
            is_other = account != job.rule.account
            code = "THIRD_ACCOUNT_HOP_DETECTED" if is_other else "THIRD_REGION_HOP_DETECTED"
            raise Undelivered(code, "The event came from another event bus already.", is_final=True)
        ctx = self._context(job)
        has_role = job.target.settings.get("RoleArn")
        principal = await self._principal(ctx, job) if has_role else principals.root(job.rule.account)
        try:
            await ctx.call(
                "events:forward_event", principal=principal, region=region, source_arn=job.rule.arn,
                EventBusName=job.target.arn, Event=taken.event, Hops=[f"{job.rule.account}:{job.rule.region}"],
            )  # fmt: skip
        except AwsError as error:
            raise _failure(error) from None


def _json(payload: bytes) -> bytes:
    """Undelivered for a payload that is no JSON, which no function could be given."""
    try:
        orjson.loads(payload)
    except orjson.JSONDecodeError:
        raise Undelivered("INVALID_JSON", "The input template made no valid JSON.", is_final=True) from None
    return payload


def _object(payload: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
