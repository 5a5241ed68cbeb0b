"""Publish and PublishBatch: check, deduplicate, filter, and write message and deliveries in one transaction."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.errors import AccessDenied, AwsError, NotImplementedByUs
from cloudchamber.core.service import Request, operation
from cloudchamber.services.sns import limits, message
from cloudchamber.services.sns import subscription as subscriptions
from cloudchamber.services.sns.errors import (
    BatchEntryIdsNotDistinct,
    BatchRequestTooLong,
    EmptyBatchRequest,
    InvalidBatchEntryId,
    InvalidParameter,
    KmsRefusal,
    TooManyEntriesInBatchRequest,
)
from cloudchamber.services.sns.message import Published
from cloudchamber.services.sns.push import Push
from cloudchamber.services.sns.sms import Sms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.services.sns import shapes
    from cloudchamber.services.sns.tables import Delivery
    from cloudchamber.services.sns.topic import Topic

Sent = tuple[Published, "list[Delivery]"]
_ENTRY_ID = re.compile(rf"[A-Za-z0-9_-]{{1,{limits.BATCH_ENTRY_ID_CHARS_MAX}}}\Z")
# What KMS refuses with -> SNS's name for it.
_KMS_CODES = {
    "DisabledException": "KMSDisabled",
    "KMSInvalidStateException": "KMSInvalidState",
    "NotFoundException": "KMSNotFound",
    "ThrottlingException": "KMSThrottling",
}


class Publishing(Push, Sms):
    @operation
    async def publish(self, ctx: Context, request: shapes.PublishInput) -> shapes.PublishResponse:
        phone, target = request.get("PhoneNumber"), request.get("TopicArn") or request.get("TargetArn")
        if phone is not None and not target:
            return {"MessageId": self.send_text(ctx, phone, request)}
        if not target or phone is not None or (request.get("TopicArn") and request.get("TargetArn")):
            raise InvalidParameter("TopicArn or TargetArn Reason: no value for required parameter")
        if ":endpoint/" in target:
            return {"MessageId": self.push_directly(ctx, target, request)}
        topic = self.topic(ctx, target, "TopicArn" if request.get("TopicArn") else "TargetArn")
        message.check_content(request, topic.message_bytes_max)
        made = _made(ctx, topic, request)
        await self._ask_kms(ctx, topic)
        with self.platform.store.transaction():
            published, deliveries = self._post(topic, made)
        self.send_out(published, deliveries)
        _meter(ctx, topic, [message.size_bytes(request)])
        answer: shapes.PublishResponse = _answer(published)
        return answer

    @operation
    async def publish_batch(self, ctx: Context, request: shapes.PublishBatchInput) -> shapes.PublishBatchResponse:
        topic = self.topic(ctx, request["TopicArn"])
        entries = _entries(request)
        total = sum(map(message.size_bytes, entries))
        if total > topic.message_bytes_max:
            raise BatchRequestTooLong
        await self._ask_kms(ctx, topic)
        successful, failed, sent, sizes = [], [], [], []
        with self.platform.store.transaction():
            for entry in entries:
                try:
                    message.check_content(entry, topic.message_bytes_max)
                    published, deliveries = self._post(topic, _made(ctx, topic, entry))
                except AwsError as error:
                    failed.append({"Id": entry["Id"], "Code": error.code, "Message": error.message,
                                   "SenderFault": error.is_sender_fault})  # fmt: skip
                else:
                    sent.append((published, deliveries))
                    sizes.append(message.size_bytes(entry))
                    successful.append({"Id": entry["Id"], **_answer(published)})
        for published, deliveries in sent:
            self.send_out(published, deliveries)
        _meter(ctx, topic, sizes)
        return {"Successful": successful, "Failed": failed}  # type: ignore[typeddict-item]

    def _post(self, topic: Topic, published: Published) -> Sent:
        """Write a message to the outbox, for the subscriptions whose filters it passes. Runs inside a transaction."""
        if topic.is_fifo:
            before = self._sent_before(topic, published)
            if before is not None:
                return replace(published, id=before[0], sequence=before[1]), []
            published = self._in_order(topic, published)
        lane = published.group_id if topic.is_fifo else None
        to = [
            (subscription, lane)
            for subscription in self.store.confirmed(topic.arn)
            if not subscription.filter_policy
            or subscriptions.passes(subscription, published.attributes, published.text_for(subscription.protocol))
        ]
        return published, self.store.post(published, to) if to else []

    def _sent_before(self, topic: Topic, published: Published) -> tuple[str, int] | None:
        assert published.dedup_id is not None
        return self.store.sent_before(topic.arn, _scope(topic, published), published.dedup_id, published.at)

    def _in_order(self, topic: Topic, published: Published) -> Published:
        """The message with its sequence number, remembered so that what repeats it is known."""
        assert published.dedup_id is not None
        ordered = replace(published, sequence=self.store.new_sequence())
        self.store.forget_sent(published.at)
        key = (topic.arn, _scope(topic, published), published.dedup_id)
        self.store.remember_sent(key, published.at + limits.DEDUPLICATION_SECONDS, (ordered.id, ordered.sequence))
        return ordered

    @staticmethod
    async def _ask_kms(ctx: Context, topic: Topic) -> None:
        """On an encrypted topic the publisher needs the key: who may not use it may not publish."""
        key_id = topic.attributes.get("KmsMasterKeyId")
        if not key_id:
            return
        try:
            await ctx.call(
                "kms:GenerateDataKey", KeyId=key_id, KeySpec="AES_256",
                EncryptionContext={"aws:sns:topicArn": topic.arn}, region=topic.region,
            )  # fmt: skip
        except NotImplementedByUs:
            raise
        except AccessDenied as error:
            raise KmsRefusal(error.message, code="KMSAccessDenied") from None
        except AwsError as error:
            code = _KMS_CODES.get(error.code, "KMSInvalidState")
            raise KmsRefusal(f"{error.message} (Service: AWSKMS; Error Code: {error.code})", code=code) from None


def _made(ctx: Context, topic: Topic, request: Request) -> Published:
    """The message that a request asks to publish; InvalidParameter, ParameterValueInvalid."""
    texts = message.structured(request)
    attributes = message.checked_attributes(request.get("MessageAttributes"))
    group_id, dedup_id = message.ordering(topic, request)
    return Published(
        ids.uuid(), topic.arn, request["Message"], ctx.now(), ctx.caller.endpoint, ctx.span.trace_id, ctx.span.span_id,
        subject=request.get("Subject"), by_protocol=texts, attributes=attributes, group_id=group_id, dedup_id=dedup_id,
    )  # fmt: skip


def _scope(topic: Topic, published: Published) -> str:
    """What a deduplication id is unique in: the topic, or the message group."""
    by_group = topic.attributes.get("FifoThroughputScope") == "MessageGroup"
    return published.group_id or "" if by_group else ""


def _answer(published: Published) -> Any:
    answer = {"MessageId": published.id}
    if published.sequence:
        answer["SequenceNumber"] = published.sequence_number
    return answer


def _entries(request: Request) -> Sequence[Request]:
    """The entries of a batch, once they are what AWS takes."""
    entries: Sequence[Request] = request["PublishBatchRequestEntries"]
    if not entries:
        raise EmptyBatchRequest
    if len(entries) > limits.BATCH_ENTRIES_MAX:
        raise TooManyEntriesInBatchRequest
    if not all(_ENTRY_ID.match(entry["Id"]) for entry in entries):
        raise InvalidBatchEntryId
    if len({entry["Id"] for entry in entries}) < len(entries):
        raise BatchEntryIdsNotDistinct
    return entries


def _meter(ctx: Context, topic: Topic, sizes: Sequence[int]) -> None:
    """A request; each further 64 KiB of payload counts as one more."""
    unit = "sns.fifo_requests" if topic.is_fifo else "sns.requests"
    ctx.meter(unit, max(1, -(-sum(sizes) // limits.BILLED_CHUNK_BYTES)))
    counted = [("PublishSize", float(size), "Bytes") for size in sizes]
    ctx.emit(topic.measured(("NumberOfMessagesPublished", float(len(sizes)), "Count"), *counted))
