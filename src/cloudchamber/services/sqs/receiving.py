"""ReceiveMessage, DeleteMessage, ChangeMessageVisibility and their batches: what happens to a message once it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.faults import Target
from cloudchamber.core.service import Request, operation
from cloudchamber.services.sqs import batch, limits
from cloudchamber.services.sqs import message as messages
from cloudchamber.services.sqs.base import SqsBase, required
from cloudchamber.services.sqs.errors import (
    InvalidAttributeName,
    InvalidParameterValue,
    MessageNotInflight,
    OverLimit,
    ReceiptHandleIsInvalid,
    invalid_value,
)
from cloudchamber.services.sqs.queue import Queue, allows_redrive

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.sqs import shapes
    from cloudchamber.services.sqs.message import Message

_SYSTEM_NAMES = frozenset({
    "All", "SenderId", "SentTimestamp", "ApproximateReceiveCount", "ApproximateFirstReceiveTimestamp",
    "SequenceNumber", "MessageDeduplicationId", "MessageGroupId", "AWSTraceHeader", "DeadLetterQueueSourceArn",
})  # fmt: skip


class Receiving(SqsBase):
    @operation
    async def receive_message(self, ctx: Context, request: shapes.ReceiveMessageRequest) -> shapes.ReceiveMessageResult:
        queue = self.queue(ctx, request)
        count = _between(
            request, "MaxNumberOfMessages", 1, limits.RECEIVE_MESSAGES_MAX, 1, "Must be between 1 and 10, if provided."
        )
        wait_s = _between(
            request, "WaitTimeSeconds", 0, limits.WAIT_SECONDS_MAX, queue.wait_s, "Must be >= 0 and <= 20, if provided."
        )
        visibility_s = _between(
            request, "VisibilityTimeout", 0, limits.VISIBILITY_SECONDS_MAX, queue.visibility_timeout_s,
            "Must be >= 0 and <= 43200, if provided.",
        )  # fmt: skip
        shown = _shown_names(request)
        attempt = _attempt(queue, request)
        deadline = ctx.now() + wait_s
        while True:
            taken = self._receive(ctx, queue, count, visibility_s, attempt)
            now = ctx.now()
            if taken or now >= deadline:
                break
            upcoming = self.store.next_visible(queue.number, now, queue.is_fifo)
            until = deadline if upcoming is None else min(deadline, upcoming)
            await self.wait(queue, until - now)
            queue = self.queue(ctx, request)
        ctx.meter("sqs.fifo_requests" if queue.is_fifo else "sqs.requests")
        if not taken:
            return {}
        return {"Messages": [_shown(queue, message, shown) for message in taken]}

    def _receive(self, ctx: Context, queue: Queue, count: int, visibility_s: int, attempt: str | None) -> list[Message]:
        """Take what can be received now. Nothing is written where there is nothing."""
        now = ctx.now()
        if attempt is None and not self.store.peek(queue.number, now, queue.is_fifo):
            return []
        with self.platform.store.transaction():
            if attempt is not None:
                again = self._repeat(queue, attempt, now, visibility_s)
                if again:
                    return again
            if queue.is_fifo:
                taken = self._take_fifo(queue, now, count, visibility_s)
            else:
                taken = self._take_standard(ctx, queue, now, count, visibility_s)
            if attempt is not None and taken:
                self.store.keep_attempt(queue.number, attempt, now + limits.RECEIVE_ATTEMPT_SECONDS, taken)
        return taken

    def _take_standard(self, ctx: Context, queue: Queue, now: float, count: int, visibility_s: int) -> list[Message]:
        self._check_in_flight(queue, now)
        target = Target("sqs", "ReceiveMessage", ctx.principal.arn, queue.account, queue.region)
        taken: list[Message] = []
        while len(taken) < count:
            found = self.store.visible(queue.number, now, count - len(taken))
            if not found:
                break
            dead = self._bury(queue, found, now)
            for message in found:
                if message.seq in dead:
                    continue
                # An injected duplicate delivery: the message is given out and stays visible.
                hide_s = 0 if self.platform.faults.duplicates(target) else visibility_s
                self.store.take(message, now, now + hide_s, messages.new_receipt())
                taken.append(message)
            if not dead:
                break
        return taken

    def _check_in_flight(self, queue: Queue, now: float) -> None:
        """Count only when there are enough hidden messages for the limit to matter."""
        if self.store.total(queue.number) > limits.IN_FLIGHT_MAX:
            if self.store.in_flight(queue.number, now) >= limits.IN_FLIGHT_MAX:
                raise OverLimit(f"The maximum number of in flight messages is reached: {limits.IN_FLIGHT_MAX}.")

    def _take_fifo(self, queue: Queue, now: float, count: int, visibility_s: int) -> list[Message]:
        """As many as possible of the group that waited longest, then of the next: in order within each."""
        taken: list[Message] = []
        for group_id in self.store.available_groups(queue.number, now, count):
            while len(taken) < count:
                found = self.store.in_group(queue.number, group_id, now, count - len(taken))
                dead = self._bury(queue, found, now)
                alive = [message for message in found if message.seq not in dead]
                for message in alive:
                    self.store.take(message, now, now + visibility_s, messages.new_receipt())
                taken.extend(alive)
                if not dead:
                    break
            self.store.regroup(queue.number, group_id)
        return taken

    def _bury(self, queue: Queue, found: list[Message], now: float) -> set[int]:
        """Move messages that were received too often to the dead-letter queue. Which ones."""
        redrive = queue.redrive
        if redrive is None:
            return set()
        target = self.queue_by_arn(redrive.target_arn)
        if target is None or not allows_redrive(target, queue.arn):
            return set()
        dead = [message for message in found if message.receives_here >= redrive.receives_max]
        for message in dead:
            self.store.move(message, queue, target, now)
        if dead:
            self.wake(target, len(dead))
        return {message.seq for message in dead}

    def _repeat(self, queue: Queue, attempt: str, now: float, visibility_s: int) -> list[Message]:
        """What an earlier receive with the same attempt id gave out, if all of it is still in flight."""
        again: list[Message] = []
        for seq, receipt in self.store.attempt(queue.number, attempt, now) or ():
            message = self.store.message(queue.number, seq)
            if message is None or message.receipt != receipt:
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
        ctx.meter("sqs.fifo_requests" if queue.is_fifo else "sqs.requests")

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
        ctx.meter("sqs.fifo_requests" if queue.is_fifo else "sqs.requests")
        return result  # type: ignore[return-value]

    def _delete(self, queue: Queue, handle: str, now: float) -> None:
        number, seq, receipt = messages.parse_handle(handle)
        if number != queue.number and self.store.is_in_use(number):
            raise ReceiptHandleIsInvalid(handle)
        found = self.store.by_receipt(number, seq)
        if found is None or found[0] != receipt:
            return  # gone already, or received again since: the newest handle is the one that deletes
        if queue.is_fifo and found[1] <= now:
            raise invalid_value(handle, "ReceiptHandle", "The receipt handle has expired.")
        self.store.delete(number, seq)
        if queue.is_fifo and found[3] is not None:
            self.store.regroup(number, found[3])
            self.wake(queue)

    @operation
    async def change_message_visibility(self, ctx: Context, request: shapes.ChangeMessageVisibilityRequest) -> None:
        queue = self.queue(ctx, request)
        required(request, "ReceiptHandle")
        with self.platform.store.transaction():
            self._change_visibility(queue, request, ctx.now())
        self.wake(queue)
        ctx.meter("sqs.fifo_requests" if queue.is_fifo else "sqs.requests")

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
        self.wake(queue, len(entries))
        ctx.meter("sqs.fifo_requests" if queue.is_fifo else "sqs.requests")
        return result  # type: ignore[return-value]

    def _change_visibility(self, queue: Queue, entry: Request, now: float) -> None:
        handle, timeout_s = entry["ReceiptHandle"], required(entry, "VisibilityTimeout")
        if not 0 <= timeout_s <= limits.VISIBILITY_SECONDS_MAX:
            raise invalid_value(timeout_s, "VisibilityTimeout", "Must be >= 0 and <= 43200, if provided.")
        number, seq, receipt = messages.parse_handle(handle)
        found = self.store.by_receipt(number, seq)
        if found is None or number != queue.number or found[0] != receipt:
            raise invalid_value(
                handle, "ReceiptHandle", "Message does not exist or is not available for visibility timeout change."
            )
        _, visible_at, first_received_at, group_id = found
        if visible_at <= now:
            raise MessageNotInflight("The message referred to isn't in flight.")
        if now + timeout_s - first_received_at > limits.VISIBILITY_SECONDS_MAX + 1 and timeout_s:
            raise InvalidParameterValue(
                f"Value {timeout_s} for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the "
                f"message is beyond the limit [{limits.VISIBILITY_SECONDS_MAX} seconds]."
            )
        self.store.set_visible_at(seq, now + timeout_s)
        if queue.is_fifo and group_id is not None:
            self.store.regroup(number, group_id)


def _between(request: Request, name: str, least: int, most: int, default: int, reason: str) -> int:
    value = request.get(name)
    if value is None:
        return default
    if not least <= value <= most:
        raise invalid_value(value, name, f"{reason}")
    return int(value)


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
