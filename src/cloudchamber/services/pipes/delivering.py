"""How events reach enrichments and targets: one call for all events of an execution, as the pipe's role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.errors import AwsError
from cloudchamber.core.polling.records import queue_url
from cloudchamber.protocol.scalars import parse_timestamp
from cloudchamber.services.pipes import limits, targets
from cloudchamber.services.pipes.errors import Failure
from cloudchamber.services.pipes.events import resolved
from cloudchamber.services.pipes.http_calls import HttpCalls

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudchamber.services.pipes.events import Event
    from cloudchamber.services.pipes.records import Pipe

SECONDS_DIGITS_MAX = 11  # a longer number is one of milliseconds
Sent = list[tuple["Event", str]]  # events with what is made of each: text, JSON or not


class Delivering(HttpCalls):
    async def enriched(self, pipe: Pipe, sent: Sent) -> Any:
        """What the enrichment answers: a JSON value. Failure."""
        arn = pipe.enrichment
        if targets.kind_of(arn, "Enrichment") == "lambda":
            answer = await self._invoke(pipe, arn, _array(sent))
            return _loaded(answer)
        http = pipe.parameters("Enrichment", "HttpParameters")
        answer = await self.request(pipe, arn, http, *sent[0])
        return _loaded(answer)

    async def delivered(self, pipe: Pipe, sent: Sent) -> list[Event]:
        """Give the target the events; those that failed. Failure if all did, or the target was not called."""
        kind = targets.kind_of(pipe.target)
        if len(sent) > limits.TARGET_BATCH_MAX[kind]:
            raise Failure(f"The target takes {limits.TARGET_BATCH_MAX[kind]} events at once, not {len(sent)}", kind)
        if kind == "lambda":
            return await self._to_function(pipe, sent)
        if kind == "sqs":
            return await self._to_queue(pipe, sent)
        if kind == "sns":
            entries = [{"Id": str(n), "Message": text} for n, (_, text) in enumerate(sent)]
            answer = await self._send(
                pipe, "sns:PublishBatch", TopicArn=pipe.target, PublishBatchRequestEntries=entries
            )
            return _failed(answer, sent)
        if kind == "event-bus":
            return await self._to_bus(pipe, sent)
        if kind == "logs":
            await self._to_log_group(pipe, sent)
            return []
        said = await self.request(pipe, pipe.target, pipe.parameters("Target", "HttpParameters"), *sent[0])
        return targets.reported(said, [sent[0][0]])

    async def _send(self, pipe: Pipe, operation: str, **request: Any) -> Mapping[str, Any]:
        region = pipe.target.split(":")[3] or pipe.region
        try:
            return await self.call(pipe, operation, region, **request)
        except AwsError as error:
            raise Failure(error.message, operation.partition(":")[0], error) from None

    # functions

    async def _invoke(self, pipe: Pipe, arn: str, payload: bytes, kind: str = "RequestResponse") -> bytes:
        """What a function answers. Failure, also for one that fails itself."""
        try:
            answer = await self.call(
                pipe, "lambda:Invoke", arn.split(":")[3], FunctionName=arn, InvocationType=kind, Payload=payload
            )
        except AwsError as error:
            raise Failure(error.message, "lambda", error) from None
        said = answer.get("Payload") or b""
        text = bytes(said)
        if answer.get("FunctionError"):
            raise Failure(text.decode(errors="replace"), "lambda")
        return text

    async def _to_function(self, pipe: Pipe, sent: Sent) -> list[Event]:
        given = pipe.parameters("Target", "LambdaFunctionParameters").get("InvocationType")
        if given == "FIRE_AND_FORGET":
            await self._invoke(pipe, pipe.target, _array(sent), "Event")
            return []
        return targets.reported(await self._invoke(pipe, pipe.target, _array(sent)), [event for event, _ in sent])

    # queues, buses, log groups

    async def _to_queue(self, pipe: Pipe, sent: Sent) -> list[Event]:
        given = pipe.parameters("Target", "SqsQueueParameters")
        entries: list[dict[str, Any]] = []
        for number, (event, text) in enumerate(sent):
            entry = {"Id": str(number), "MessageBody": text}
            for name in ("MessageGroupId", "MessageDeduplicationId"):
                if given.get(name):
                    entry[name] = str(resolved(given[name], event))
            entries.append(entry)
        url = queue_url(pipe.target)
        return _failed(await self._send(pipe, "sqs:SendMessageBatch", QueueUrl=url, Entries=entries), sent)

    async def _to_bus(self, pipe: Pipe, sent: Sent) -> list[Event]:
        given = pipe.parameters("Target", "EventBridgeEventBusParameters")
        entries: list[dict[str, Any]] = []
        for event, text in sent:
            entry: dict[str, Any] = {
                "EventBusName": pipe.target, "Detail": text,
                "Source": resolved(given.get("Source") or f"Pipe {pipe.name}", event),
                "DetailType": resolved(given.get("DetailType") or f"Event from aws:{pipe.source_kind}", event),
                "Resources": [resolved(arn, event) for arn in given.get("Resources") or ()],
            }  # fmt: skip
            if given.get("Time"):
                entry["Time"] = _instant(resolved(given["Time"], event))
            entries.append(entry)
        answer = await self._send(pipe, "events:PutEvents", Entries=entries)
        wrong = [(n, entry) for n, entry in enumerate(answer["Entries"]) if entry.get("ErrorCode")]
        if len(wrong) == len(sent):
            raise Failure(wrong[0][1].get("ErrorMessage") or "", "events")
        return [sent[number][0] for number, _ in wrong]

    async def _to_log_group(self, pipe: Pipe, sent: Sent) -> None:
        """The stream is made if it is not there; the group has to be."""
        given = pipe.parameters("Target", "CloudWatchLogsParameters")
        arn = pipe.target.removesuffix(":*")
        if self.platform.directory.find(arn) is None:
            raise Failure("The specified log group does not exist.", "logs")
        by_stream: dict[str, list[dict[str, Any]]] = {}
        for event, text in sent:
            stream = str(resolved(given.get("LogStreamName") or pipe.name, event))
            at = _instant(resolved(given["Timestamp"], event)) if given.get("Timestamp") else self.clock.now()
            by_stream.setdefault(stream, []).append({"timestamp": int(at * 1000), "message": text})
        for stream, entries in by_stream.items():
            group = arn.split(":log-group:", 1)[1]
            ordered = sorted(entries, key=lambda entry: int(entry["timestamp"]))
            await self._send(pipe, "logs:append", logGroupName=group, logStreamName=stream, logEvents=ordered)


def _array(sent: Sent) -> bytes:
    """A JSON array of the events; one that is no JSON is a string in it."""
    return b"[" + b",".join(_as_json(text) for _, text in sent) + b"]"


def _as_json(text: str) -> bytes:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return orjson.dumps(text)
    return text.encode()


def _loaded(answer: bytes) -> Any:
    """An answer as JSON, else as its text; None for none."""
    try:
        return orjson.loads(answer) if answer else None
    except orjson.JSONDecodeError:
        return answer.decode(errors="replace")


def _failed(answer: Mapping[str, Any], sent: Sequence[tuple[Event, str]]) -> list[Event]:
    """The events that a batch call did not take. Failure if it took none."""
    wrong = answer.get("Failed") or ()
    if wrong and len(wrong) == len(sent):
        raise Failure(wrong[0].get("Message") or wrong[0].get("Code") or "")
    return [sent[int(entry["Id"])][0] for entry in wrong]


def _instant(value: Any) -> float:
    """Epoch seconds of an ISO 8601 timestamp, or of a number of milliseconds or seconds. Failure."""
    try:
        if str(value).isdigit() and len(str(value)) > SECONDS_DIGITS_MAX:
            return parse_timestamp(int(value) / 1000)
        return parse_timestamp(value)
    except ValueError:
        raise Failure(f"{value} is not a timestamp") from None
