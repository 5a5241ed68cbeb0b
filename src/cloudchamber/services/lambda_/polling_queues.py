"""Queues as event sources: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html

What a function did not fail at is deleted; the rest comes back when its visibility timeout ends, and goes to the
queue's dead-letter queue when it has come too often. Of a FIFO queue's group the queue itself gives out one batch at a
time.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.errors import AwsError
from cloudchamber.services.lambda_.errors import InvalidParameterValue, RecursiveInvocation
from cloudchamber.services.lambda_.event_patterns import matches
from cloudchamber.services.lambda_.polling import Polling, failed_items

if TYPE_CHECKING:
    import asyncio

    from cloudchamber.core.context import Context
    from cloudchamber.services.lambda_.records import Mapping, Version

AT_ONCE, WAIT_SECONDS_MAX = 10, 20
CONCURRENT_MAX = 10  # batches of a mapping at once, where it says nothing
PAYLOAD_BYTES_MAX = 6 * 1024 * 1024


class QueuePolling(Polling):
    async def check_queue(self, ctx: Context, arn: str, version: Version) -> None:
        """What AWS checks before it takes a mapping. InvalidParameterValueException."""
        found = ctx.resources.find(arn)
        if found is None:
            raise InvalidParameterValue(
                "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS "
                "Error Message: The specified queue does not exist."
            )
        role = await self.assumed(ctx, version)
        self.check_allowed(role, found.region, "sqs:ReceiveMessage", {"QueueUrl": url_of(arn)})
        visible_s = int(found.attributes.get("VisibilityTimeout") or version.timeout_s)
        if visible_s < version.timeout_s:
            raise InvalidParameterValue(
                f"Queue visibility timeout: {visible_s} seconds is less than Function timeout: "
                f"{int(version.timeout_s)} seconds"
            )

    async def poll_queue(self, mapping: Mapping) -> None:
        """Read for as long as the mapping stands."""
        most = (mapping.settings.get("ScalingConfig") or {}).get("MaximumConcurrency") or CONCURRENT_MAX
        running: set[asyncio.Task[None]] = set()
        failures = 0
        while not self.is_over:
            if len(running) >= most:
                await self._one_ends(running)
                continue
            try:
                batch = await self._gathered(mapping)
            except AwsError:
                await self.pause(failures)
                failures += 1
                continue
            failures = 0
            if batch:
                task = self.clock.spawn(self._process_messages(mapping, batch), f"batch of {mapping.source_arn}")
                running.add(task)
                task.add_done_callback(running.discard)

    async def _one_ends(self, running: set[asyncio.Task[None]]) -> None:
        """Wait for a batch to end. The batches hold the clock meanwhile, so this need not."""
        waiter = self.clock.waiter()
        for task in running:
            task.add_done_callback(lambda _: waiter.wake())
        await waiter.wait()

    async def _gathered(self, mapping: Mapping) -> list[dict[str, Any]]:
        """A batch: as many as are wanted, or what came until the window closed."""
        batch: list[dict[str, Any]] = []
        size, closes = 0, 0.0
        while len(batch) < mapping.batch_size and size < PAYLOAD_BYTES_MAX // 2:
            left = closes - self.clock.now() if batch else 0.0
            if batch and left <= 0 and mapping.window_s:
                break
            wait_s = min(WAIT_SECONDS_MAX, int(left))
            found = await self._received(mapping, min(AT_ONCE, mapping.batch_size - len(batch)), wait_s)
            if not found and not batch:
                await self._wait(mapping)
                break
            if not found and left < 1:
                break
            if found and not batch:
                closes = self.clock.now() + mapping.window_s
            batch += found
            size += sum(len(message["Body"]) for message in found)
            if not mapping.window_s:
                break
        return batch

    async def _wait(self, mapping: Mapping) -> None:
        """Until the queue may have something to give out."""
        ctx, region = self.context(mapping), mapping.source_arn.split(":")[3]
        await ctx.call("sqs:wait_for_messages", region=region, QueueUrl=url_of(mapping.source_arn))

    async def _received(self, mapping: Mapping, count: int, wait_s: int) -> list[dict[str, Any]]:
        """Messages that the filters let through. Those they do not are deleted, as on AWS."""
        ctx = self.context(mapping)
        role = await self.role(ctx, mapping)
        answer = await ctx.call(
            "sqs:ReceiveMessage", principal=role, region=mapping.source_arn.split(":")[3],
            QueueUrl=url_of(mapping.source_arn), MaxNumberOfMessages=count, WaitTimeSeconds=wait_s,
            MessageSystemAttributeNames=["All"], MessageAttributeNames=["All"],
        )  # fmt: skip
        messages = [dict(message) for message in answer.get("Messages", ())]
        patterns = self.patterns(mapping.settings)
        if not patterns:
            return messages
        kept = [message for message in messages if matches(patterns, _filtered_view(message))]
        dropped = [message for message in messages if message not in kept]
        await self._delete(mapping, dropped)
        return kept

    async def _process_messages(self, mapping: Mapping, batch: list[dict[str, Any]]) -> None:
        records = [_record(mapping, message) for message in batch]
        trace = next((m["Attributes"]["AWSTraceHeader"] for m in batch if "AWSTraceHeader" in m["Attributes"]), None)
        try:
            answer = await self.run(mapping, records, trace)
        except RecursiveInvocation:  # to the dead-letter queue, in the end; nowhere without one
            source = self.context(mapping).resources.find(mapping.source_arn)
            answer = None if source is None or source.attributes.get("RedrivePolicy") else b"null"
        if mapping.reports_items:
            failed = failed_items(answer, [message["MessageId"] for message in batch])
            done = [message for message in batch if message["MessageId"] not in failed]
        else:
            done = batch if answer is not None else []
        try:
            await self._delete(mapping, done)
        except AwsError:  # they come again: at least once
            pass

    async def _delete(self, mapping: Mapping, messages: list[dict[str, Any]]) -> None:
        ctx = self.context(mapping)
        for at in range(0, len(messages), AT_ONCE):
            entries = [
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(messages[at : at + AT_ONCE])
            ]
            await ctx.call(
                "sqs:DeleteMessageBatch", principal=await self.role(ctx, mapping),
                region=mapping.source_arn.split(":")[3], QueueUrl=url_of(mapping.source_arn), Entries=entries,
            )  # fmt: skip


def url_of(arn: str) -> str:
    parts = arn.split(":")
    return f"http://localhost/{parts[4]}/{parts[5]}"


def _filtered_view(message: dict[str, Any]) -> dict[str, Any]:
    """What patterns see: the body as an object where it is JSON."""
    try:
        body = orjson.loads(message["Body"])
    except orjson.JSONDecodeError:
        body = message["Body"]
    return {**_record_members(message), "body": body}


def _record_members(message: dict[str, Any]) -> dict[str, Any]:
    attributes = {name: _attribute(given) for name, given in (message.get("MessageAttributes") or {}).items()}
    members: dict[str, Any] = {
        "messageId": message["MessageId"], "receiptHandle": message["ReceiptHandle"], "body": message["Body"],
        "attributes": dict(message.get("Attributes") or {}), "messageAttributes": attributes,
        "md5OfBody": message["MD5OfBody"],
    }  # fmt: skip
    if message.get("MD5OfMessageAttributes"):
        members["md5OfMessageAttributes"] = message["MD5OfMessageAttributes"]
    return members


def _attribute(given: dict[str, Any]) -> dict[str, Any]:
    """A message attribute under the names that events have, its binary value as base64."""
    found: dict[str, Any] = {"stringListValues": [], "binaryListValues": [], "dataType": given["DataType"]}
    if "StringValue" in given:
        found["stringValue"] = given["StringValue"]
    if "BinaryValue" in given:
        found["binaryValue"] = base64.b64encode(given["BinaryValue"]).decode()
    return found


def _record(mapping: Mapping, message: dict[str, Any]) -> dict[str, Any]:
    return {
        **_record_members(message), "eventSource": "aws:sqs", "eventSourceARN": mapping.source_arn,
        "awsRegion": mapping.source_arn.split(":")[3],
    }  # fmt: skip
