"""ReceiveMessage, DeleteMessage, ChangeMessageVisibility and their batches: what befalls a message in its queue."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from cloudchamber.core.faults import Target
from cloudchamber.core.service import Request, operation, private_operation
from cloudchamber.services.sqs import batch, limits
from cloudchamber.services.sqs import message as messages
from cloudchamber.services.sqs.base import SqsBase, required
from cloudchamber.services.sqs.errors import (
    InvalidAttributeName,
    KmsRefusal,
    OverLimit,
    ReceiptHandleIsInvalid,
    invalid_value,
)
from cloudchamber.services.sqs.queue import Queue, allows_redrive
from cloudchamber.services.sqs.sealing import MARK, KeyNeeded

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudchamber.core.context import Context
    from cloudchamber.services.sqs import shapes
    from cloudchamber.services.sqs.message import Message

_SYSTEM_NAMES = frozenset({
    "All", "SenderId", "SentTimestamp", "ApproximateReceiveCount", "ApproximateFirstReceiveTimestamp",
    "SequenceNumber", "MessageDeduplicationId", "MessageGroupId", "AWSTraceHeader", "DeadLetterQueueSourceArn",
})  # fmt: skip


_RANGES = {
    "MaxNumberOfMessages": (1, limits.RECEIVE_MESSAGES_MAX, "Must be between 1 and 10, if provided."),
    "WaitTimeSeconds": (0, limits.WAIT_SECONDS_MAX, "Must be >= 0 and <= 20, if provided."),
    "VisibilityTimeout": (0, limits.VISIBILITY_SECONDS_MAX, "Must be >= 0 and <= 43200, if provided."),
}


class Receiving(SqsBase):
    @operation
    async def receive_message(self, ctx: Context, request: shapes.ReceiveMessageRequest) -> shapes.ReceiveMessageResult:
        queue = self.queue(ctx, request)
        count = _number(request, "MaxNumberOfMessages", 1)
        wait_s = _number(request, "WaitTimeSeconds", queue.wait_s)
        visibility_s = _number(request, "VisibilityTimeout", queue.visibility_timeout_s)
        shown = _shown_names(request)
        attempt = _attempt(queue, request)
        deadline = ctx.now() + wait_s
        while True:
            try:
                taken = self._receive(ctx, queue, _Wanted(count, visibility_s, attempt))
            except KeyNeeded as needed:
                await self._open(ctx, queue, needed.number)
                continue
            now = ctx.now()
            if taken or now >= deadline or self.clock.is_stopping:
                break
            upcoming = self.store.next_visible(queue.number, now, queue.is_fifo)
            until = deadline if upcoming is None else min(deadline, upcoming)
            await self.wait(queue, until - now)
            queue = self.queue(ctx, request)
        size_bytes = sum(messages.size_bytes(message.body, message.attributes) for message in taken)
        self.meter(ctx, queue, size_bytes)
        self.metrics.received(queue, len(taken))
        if not taken:
            return {}
        return {"Messages": [_shown(queue, message, shown) for message in taken]}

    async def _open(self, ctx: Context, queue: Queue, number: int) -> None:
        try:
            await self.sealing.open(ctx, queue, number)
        except KmsRefusal:  # the message stays for others who wait
            self.wake(queue, 1)
            raise

    @private_operation
    async def wait_for_messages(self, ctx: Context, request: Request) -> dict[str, Any]:
        """Wait, however long, until a receive from `QueueUrl` may give out something: for who polls without an end.

        QueueDoesNotExist, also when the queue goes meanwhile. Who waits here may be refused what it was woken for, so
        the next who waits is woken, too.
        """
        has_waited = False
        while not self.clock.is_stopping:
            queue, now = self.queue(ctx, request), ctx.now()
            self.expire(queue, now)
            if self.store.peek(queue.number, now, queue.is_fifo):
                if has_waited:
                    self.wake(queue, 1)
                break
            has_waited = True
            upcoming = self.store.next_visible(queue.number, now, queue.is_fifo)
            await self.wait(queue, None if upcoming is None else upcoming - now)
        return {}

    @private_operation
    async def peek_messages(self, ctx: Context, request: Request) -> dict[str, Any]:
        """For who looks on: the first `Limit` messages of `QueueUrl`, unread as they are, and the counts."""
        queue, now = self.queue(ctx, request), ctx.now()
        counts = self.store.counts(queue.number, now)
        sources = self.store.queues.where(dead_letter_arn=queue.arn)
        return {
            "visible": counts.visible, "in_flight": counts.in_flight, "delayed": counts.delayed,
            "sources": [source.arn for source in sources],
            "messages": [
                {"id": one.id, "sent_at": one.sent_at, "receives": one.receives, "group": one.group_id,
                 "body": "(sealed)" if one.body.startswith(MARK) else one.body}
                for one in self.store.first(queue.number, now, request["Limit"])
            ],
        }  # fmt: skip

    def _receive(self, ctx: Context, queue: Queue, wanted: _Wanted) -> list[Message]:
        """Take what can be received now. Nothing is written where there is nothing, or where KeyNeeded."""
        now, attempt = ctx.now(), wanted.attempt
        self.expire(queue, now)
        if attempt is None and not self.store.peek(queue.number, now, queue.is_fifo):
            return []
        with self.platform.store.transaction():
            taken = [] if attempt is None else self._repeat(queue, attempt, now, wanted.visibility_s)
            if taken:
                pass
            elif queue.is_fifo:
                taken = self._take_fifo(queue, now, wanted)
            else:
                taken = self._take_standard(ctx, queue, now, wanted)
            if attempt is not None and taken:
                until = now + wanted.visibility_s
                kept = [(message.seq, message.receipt, until) for message in taken]
                self.store.keep_attempt(queue.number, attempt, now + limits.RECEIVE_ATTEMPT_SECONDS, kept)
            for message in taken:
                if message.body.startswith(MARK):
                    message.body = self.sealing.unseal(ctx, message.body)
        return taken

    def _take_standard(self, ctx: Context, queue: Queue, now: float, wanted: _Wanted) -> list[Message]:
        self._check_in_flight(queue, now)
        found = self._alive(queue, now, lambda: self.store.visible(queue.number, now, wanted.count))
        target = Target("sqs", "ReceiveMessage", ctx.principal.arn, queue.account, queue.region)
        for message in found:
            # An injected duplicate delivery: the message is given out and stays visible.
            hide_s = 0 if self.platform.faults.duplicates(target) else wanted.visibility_s
            self.store.take(message, now, now + hide_s, messages.new_receipt())
        return found

    def _check_in_flight(self, queue: Queue, now: float) -> None:
        """Count only when there are enough messages for the limit to matter."""
        most = limits.IN_FLIGHT_MAX
        if self.store.total(queue.number) > most and self.store.counts(queue.number, now).in_flight >= most:
            raise OverLimit(f"The maximum number of in flight messages is reached: {limits.IN_FLIGHT_MAX}.")

    def _take_fifo(self, queue: Queue, now: float, wanted: _Wanted) -> list[Message]:
        """As many as possible of the group that waited longest, then of the next: in order within each."""
        taken: list[Message] = []
        seen: set[str] = set()
        while len(taken) < wanted.count:
            groups = self.store.available_groups(queue.number, now, wanted.count + len(seen))
            group_id = next((group for group in groups if group not in seen), None)
            if group_id is None:
                break
            seen.add(group_id)
            most = wanted.count - len(taken)
            found = self._alive(queue, now, partial(self.store.in_group, queue.number, group_id, now, most))
            for message in found:
                self.store.take(message, now, now + wanted.visibility_s, messages.new_receipt())
            taken += found
            self.store.regroup(queue.number, group_id)
        return taken

    def _alive(self, queue: Queue, now: float, find: Callable[[], list[Message]]) -> list[Message]:
        """What `find` finds once all that was received too often has gone to the dead-letter queue."""
        redrive = queue.redrive
        target = None if redrive is None else self.queue_by_arn(redrive.target_arn)
        if redrive is None or target is None or not allows_redrive(target, queue.arn):
            return find()
        while True:
            found = find()
            dead = [message for message in found if message.receives_here >= redrive.receives_max]
            if not dead:
                return found
            for message in dead:
                self.store.bury(message, queue, target, now)
            self.wake(target, len(dead))
            self.plan_sweep(min(message.sent_at for message in dead) + target.retention_s)

    def _repeat(self, queue: Queue, attempt: str, now: float, visibility_s: int) -> list[Message]:
        """What an earlier receive with the same attempt id gave out, if none of it was deleted or changed since."""
        again: list[Message] = []
        for seq, receipt, until in self.store.attempt(queue.number, attempt, now) or ():
            held = self.store.held(queue.number, seq, now)
            message = self.store.message(queue.number, seq)
            if held is None or message is None or held.receipt != receipt or held.visible_at != until:
                return []
            again.append(message)
        for message in again:
            self.store.set_visible_at(message.seq, now + visibility_s)
        for group_id in {message.group_id for message in again if message.group_id is not None}:
            self.store.regroup(queue.number, group_id)
        return again

    @operation
    async def delete_message(self, ctx: Context, request: shapes.DeleteMessageRequest) -> None:
        queue = self.queue(ctx, request)
        handle = required(request, "ReceiptHandle")
        with self.platform.store.transaction():
            self._delete(queue, handle, ctx.now())
        self.meter(ctx, queue)
        self.metrics.deleted(queue, 1)

    @operation
    async def delete_message_batch(
        self, ctx: Context, request: shapes.DeleteMessageBatchRequest
    ) -> shapes.DeleteMessageBatchResult:
        queue = self.queue(ctx, request)
        entries = batch.entries(request, "DeleteMessageBatchRequestEntry")

        def delete(entry: Request) -> dict[str, Any]:
            self._delete(queue, required(entry, "ReceiptHandle"), ctx.now())
            return {"Id": entry["Id"]}

        with self.platform.store.transaction():
            result = batch.each(entries, delete)
        self.meter(ctx, queue)
        self.metrics.deleted(queue, len(result["Successful"]))
        return result  # type: ignore[return-value]

    def _delete(self, queue: Queue, handle: str, now: float) -> None:
        seq, receipt = self._parse(queue, handle)
        held = self.store.held(queue.number, seq, now)
        if held is None or held.receipt != receipt:
            return  # gone already, or received again since: the newest handle is the one that deletes
        if queue.is_fifo and held.visible_at <= now:
            raise invalid_value(handle, "ReceiptHandle", "The receipt handle has expired.")
        self.store.delete(queue.number, seq)
        if queue.is_fifo and held.group_id is not None:
            available_at = self.store.regroup(queue.number, held.group_id)
            if available_at is not None:  # what comes next in the group was waiting for this
                self.wake(queue, 1) if available_at <= now else self.wake_all(queue)

    def _parse(self, queue: Queue, handle: str) -> tuple[int, int]:
        """Message and receipt of a handle; ReceiptHandleIsInvalid for what no queue, or another one, gave out."""
        number, seq, receipt = messages.parse_handle(handle)
        if number != queue.number and self.store.is_in_use(number):
            raise ReceiptHandleIsInvalid(f'The receipt handle "{handle}" is not valid for this queue.')
        return seq, receipt

    @operation
    async def change_message_visibility(self, ctx: Context, request: shapes.ChangeMessageVisibilityRequest) -> None:
        queue = self.queue(ctx, request)
        required(request, "ReceiptHandle")
        with self.platform.store.transaction():
            self._change_visibility(queue, request, ctx.now())
        self.meter(ctx, queue)

    @operation
    async def change_message_visibility_batch(
        self, ctx: Context, request: shapes.ChangeMessageVisibilityBatchRequest
    ) -> shapes.ChangeMessageVisibilityBatchResult:
        queue = self.queue(ctx, request)
        entries = batch.entries(request, "ChangeMessageVisibilityBatchRequestEntry")

        def change(entry: Request) -> dict[str, Any]:
            required(entry, "ReceiptHandle")
            self._change_visibility(queue, entry, ctx.now())
            return {"Id": entry["Id"]}

        with self.platform.store.transaction():
            result = batch.each(entries, change)
        self.meter(ctx, queue)
        return result  # type: ignore[return-value]

    def _change_visibility(self, queue: Queue, entry: Request, now: float) -> None:
        required(entry, "VisibilityTimeout")
        handle, timeout_s = entry["ReceiptHandle"], _number(entry, "VisibilityTimeout", 0)
        seq, receipt = self._parse(queue, handle)
        held = self.store.held(queue.number, seq, now)
        if held is None or held.receipt != receipt:
            raise invalid_value(
                handle, "ReceiptHandle", "Message does not exist or is not available for visibility timeout change."
            )
        if held.visible_at <= now:
            if queue.is_fifo:
                raise invalid_value(handle, "ReceiptHandle", "The receipt handle has expired.")
            return  # AWS accepts the call and leaves the message as visible as it is
        if now + timeout_s - held.received_at > limits.VISIBILITY_SECONDS_MAX:
            reason = (
                f"Total VisibilityTimeout for the message is beyond the limit [{limits.VISIBILITY_SECONDS_MAX} seconds]"
            )
            raise invalid_value(timeout_s, "VisibilityTimeout", reason)
        self.store.set_visible_at(seq, now + timeout_s)
        if queue.is_fifo and held.group_id is not None:
            self.store.regroup(queue.number, held.group_id)
        if now + timeout_s < held.visible_at:
            self.wake_all(queue)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """How many messages a receive takes, for how long it hides them, and its ReceiveRequestAttemptId."""

    count: int
    visibility_s: int
    attempt: str | None


def _number(request: Request, name: str, default: int) -> int:
    value: int | None = request.get(name)
    if value is None:
        return default
    least, most, reason = _RANGES[name]
    if not least <= value <= most:
        raise invalid_value(value, name, reason)
    return value


def _attempt(queue: Queue, request: Request) -> str | None:
    attempt: str | None = request.get("ReceiveRequestAttemptId")
    if attempt is None:
        return None
    if not queue.is_fifo:
        raise invalid_value(
            attempt, "ReceiveRequestAttemptId", "The request include parameter that is not valid for this queue type."
        )
    if not messages.is_identifier(attempt):
        raise invalid_value(attempt, "ReceiveRequestAttemptId", "ReceiveRequestAttemptId can only include alphanumeric "
                            "and punctuation characters. 1 to 128 in length.")  # fmt: skip
    return attempt


class _Names:
    """Which attributes a receive asks for."""

    __slots__ = ("every_system", "every_user", "prefixes", "system", "user")

    def __init__(self, system: set[str], user: list[str]) -> None:
        self.system = system
        self.every_system = "All" in system
        self.every_user = bool({"All", ".*", "*"} & set(user))
        self.user = {name for name in user if not name.endswith(".*")}
        self.prefixes = tuple(name[:-1] for name in user if name.endswith(".*") and name != ".*")

    def wants_system(self, name: str) -> bool:
        return self.every_system or name in self.system

    def chosen(self, attributes: dict[str, Any]) -> dict[str, Any]:
        if self.every_user:
            return attributes
        return {
            name: value
            for name, value in attributes.items()
            if name in self.user or (self.prefixes and name.startswith(self.prefixes))
        }


def _shown_names(request: Request) -> _Names:
    system = {*(request.get("AttributeNames") or ()), *(request.get("MessageSystemAttributeNames") or ())}
    for name in system:
        if name not in _SYSTEM_NAMES:
            raise InvalidAttributeName(f"Unknown Attribute {name}.")
    return _Names(system, list(request.get("MessageAttributeNames") or ()))


def _shown(queue: Queue, message: Message, names: _Names) -> Any:
    shown: dict[str, Any] = {
        "MessageId": message.id,
        "ReceiptHandle": messages.receipt_handle(queue.number, message.seq, message.receipt),
        "MD5OfBody": message.body_md5,
        "Body": message.body,
    }
    if names.system:
        system = {name: value for name, value in _system(message, queue) if value and names.wants_system(name)}
        if system:
            shown["Attributes"] = system
    if message.attributes:
        chosen = names.chosen(message.attributes)
        if chosen:
            shown["MessageAttributes"] = chosen
            shown["MD5OfMessageAttributes"] = messages.attributes_md5(chosen)
    return shown


def _system(message: Message, queue: Queue) -> list[tuple[str, str | None]]:
    return [
        ("SenderId", message.sender),
        ("SentTimestamp", str(int(message.sent_at * 1000))),
        ("ApproximateReceiveCount", str(message.receives)),
        ("ApproximateFirstReceiveTimestamp", str(int((message.first_received_at or 0) * 1000))),
        ("SequenceNumber", message.sequence_number if queue.is_fifo else None),
        ("MessageDeduplicationId", message.dedup_id),
        ("MessageGroupId", message.group_id),
        ("AWSTraceHeader", message.trace_header),
        ("DeadLetterQueueSourceArn", message.dead_from),
    ]
