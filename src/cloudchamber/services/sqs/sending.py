"""SendMessage and its batch: check, deduplicate, store, wake who waits."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Request, operation
from cloudchamber.services.sqs import batch, limits
from cloudchamber.services.sqs import message as messages
from cloudchamber.services.sqs.base import SqsBase, required
from cloudchamber.services.sqs.errors import (
    BatchRequestTooLong,
    InvalidParameterValue,
    MissingParameter,
    invalid_value,
)
from cloudchamber.services.sqs.store import new_message_id
from cloudchamber.services.sqs.tables import NewMessage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.services.sqs import shapes
    from cloudchamber.services.sqs.queue import Queue

_NOT_FOR_THIS_TYPE = "The request include parameter that is not valid for this queue type."


class Sending(SqsBase):
    @operation
    async def send_message(self, ctx: Context, request: shapes.SendMessageRequest) -> shapes.SendMessageResult:
        queue = self.queue(ctx, request)
        required(request, "MessageBody")
        key = await self.sealing.key_for(ctx, queue) if queue.kms_key else None
        with self.platform.store.transaction():
            result: shapes.SendMessageResult = self._send(ctx, queue, request, key)
        self._sent(ctx, queue, [request])
        return result

    @operation
    async def send_message_batch(
        self, ctx: Context, request: shapes.SendMessageBatchRequest
    ) -> shapes.SendMessageBatchResult:
        queue = self.queue(ctx, request)
        entries = batch.entries(request, "SendMessageBatchRequestEntry")
        total = sum(map(_size_bytes, entries))
        if total > limits.BATCH_BYTES_MAX:
            raise BatchRequestTooLong(
                f"Batch requests cannot be longer than {limits.BATCH_BYTES_MAX} bytes. You have sent {total} bytes."
            )

        def send(entry: Request) -> dict[str, Any]:
            required(entry, "MessageBody")
            return {"Id": entry["Id"], **self._send(ctx, queue, entry, key)}

        key = await self.sealing.key_for(ctx, queue) if queue.kms_key else None
        with self.platform.store.transaction():
            result = batch.each(entries, send)
        done = {entry["Id"] for entry in result["Successful"]}
        self._sent(ctx, queue, [entry for entry in entries if entry["Id"] in done])
        return result  # type: ignore[return-value]

    def _sent(self, ctx: Context, queue: Queue, entries: Sequence[Request]) -> None:
        """After the commit: messages are there, or will be."""
        sizes = [_size_bytes(entry) for entry in entries]
        if entries:
            if queue.delay_s or any(entry.get("DelaySeconds") for entry in entries):
                self.wake_all(queue)
            else:
                self.wake(queue, len(entries))
            lasts_s = min(queue.retention_s, limits.DEDUPLICATION_SECONDS) if queue.is_fifo else queue.retention_s
            self.plan_sweep(ctx.now() + lasts_s)
            self.metrics.sent(queue, sizes)
        self.meter(ctx, queue, sum(sizes))

    def _send(self, ctx: Context, queue: Queue, entry: Request, key: int | None) -> Any:
        """Store one message and say what SendMessage answers; `key` is its data key. Runs inside a transaction."""
        body, attributes = entry["MessageBody"], entry.get("MessageAttributes") or {}
        system = entry.get("MessageSystemAttributes") or {}
        if attributes:
            messages.check_attributes(attributes)
        messages.check_body(body, attributes, queue.message_bytes_max)
        trace_header = messages.check_system_attributes(system) if system else None
        delay_s = _delay(queue, entry)
        group_id, dedup_id = _ordering(queue, entry, body)
        body_md5, now = messages.md5(body), ctx.now()
        kept = body if key is None else self.sealing.seal(ctx, key, body)
        new = NewMessage(
            new_message_id(), kept, body_md5, dict(attributes) or None, trace_header or _trace(ctx),
            ctx.principal.user_id, group_id, dedup_id,
        )  # fmt: skip
        sent = self._store(queue, new, now, delay_s)
        result: dict[str, Any] = {"MD5OfMessageBody": body_md5, "MessageId": sent[0]}
        if attributes:
            result["MD5OfMessageAttributes"] = messages.attributes_md5(attributes)
        if system:
            result["MD5OfMessageSystemAttributes"] = messages.attributes_md5(system)
        if queue.is_fifo:
            result["SequenceNumber"] = messages.sequence_number(sent[1])
        return result

    def _store(self, queue: Queue, new: NewMessage, now: float, delay_s: int) -> tuple[str, int]:
        """Message id and sequence: of the new message, or of the one it repeats."""
        expires_at = now + queue.retention_s
        if not queue.is_fifo:
            return new.id, self.store.insert(queue.number, new, now, now + delay_s, expires_at)
        scope = (new.group_id or "") if queue.dedups_by_group else ""
        assert new.dedup_id is not None
        before = self.store.sent_before(queue.number, scope, new.dedup_id, now)
        if before is not None:
            return before
        sent = new.id, self.store.insert(queue.number, new, now, now + delay_s, expires_at)
        until = now + limits.DEDUPLICATION_SECONDS
        self.store.remember_sent(queue.number, scope, new.dedup_id, until, sent)
        return sent


def _size_bytes(entry: Request) -> int:
    return messages.size_bytes(entry.get("MessageBody") or "", entry.get("MessageAttributes"))


def _trace(ctx: Context) -> str | None:
    """A traced sender's header travels with the message, as AWS does for X-Ray."""
    span = ctx.span
    return span.header if span.door == "service" or span.parent_id else None


def _delay(queue: Queue, entry: Request) -> int:
    delay_s: int | None = entry.get("DelaySeconds")
    if delay_s is None:
        return queue.delay_s
    if not 0 <= delay_s <= limits.DELAY_SECONDS_MAX:
        reason = f"DelaySeconds must be >= 0 and <= {limits.DELAY_SECONDS_MAX}."
        raise invalid_value(delay_s, "DelaySeconds", reason)
    if queue.is_fifo:
        if delay_s:
            raise invalid_value(delay_s, "DelaySeconds", _NOT_FOR_THIS_TYPE)
        return queue.delay_s
    return delay_s


def _ordering(queue: Queue, entry: Request, body: str) -> tuple[str | None, str | None]:
    """Group and deduplication id. Standard queues take a group (fair queues) and no deduplication id."""
    group_id, dedup_id = entry.get("MessageGroupId"), entry.get("MessageDeduplicationId")
    for name, value in (("MessageGroupId", group_id), ("MessageDeduplicationId", dedup_id)):
        if value is not None and not messages.is_identifier(value):
            reason = f"{name} can only include alphanumeric and punctuation characters. 1 to 128 in length."
            raise invalid_value(value, name, reason)
    if not queue.is_fifo:
        if dedup_id is not None:
            reason = "The request includes a parameter that is not valid for this queue type."
            raise invalid_value(dedup_id, "MessageDeduplicationId", reason)
        return group_id, None
    if group_id is None:
        raise MissingParameter("MessageGroupId")
    if dedup_id is None:
        if not queue.dedups_by_content:
            raise InvalidParameterValue(
                "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided "
                "explicitly"
            )
        dedup_id = hashlib.sha256(body.encode()).hexdigest()
    return group_id, dedup_id
