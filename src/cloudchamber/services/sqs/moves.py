"""Message move tasks: redriving a dead-letter queue at a speed, on the clock; progress survives a restart."""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core import ids
from cloudchamber.core.service import operation
from cloudchamber.services.sqs import limits
from cloudchamber.services.sqs.base import SqsBase, required
from cloudchamber.services.sqs.errors import (
    InvalidParameterValue,
    ResourceNotFound,
    UnsupportedOperation,
    invalid_value,
)
from cloudchamber.services.sqs.tables import MoveTask

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.sqs import shapes
    from cloudchamber.services.sqs.message import Message
    from cloudchamber.services.sqs.queue import Queue

RUNNING, COMPLETED, CANCELLING, CANCELLED, FAILED = "RUNNING", "COMPLETED", "CANCELLING", "CANCELLED", "FAILED"
STEP_SECONDS = 1.0
_NO_QUEUE = "AWS.SimpleQueueService.NonExistentQueue"
FULL_SPEED_PER_STEP = limits.MOVE_MESSAGES_PER_SECOND_MAX
_KEPT = limits.MOVE_TASKS_LISTED_MAX  # more of a queue's tasks than a listing shows need not be remembered


def make_handle(source_arn: str) -> str:
    return base64.b64encode(orjson.dumps({"taskId": ids.uuid(), "sourceArn": source_arn})).decode()


def source_of_handle(handle: str) -> str:
    """The source ARN in a task handle; InvalidParameterValue for what no task was given."""
    try:
        found = orjson.loads(base64.b64decode(handle, validate=True))
        return str(found["sourceArn"])
    except (binascii.Error, ValueError, orjson.JSONDecodeError, KeyError, TypeError):
        raise invalid_value(handle[:256], "TaskHandle", "Value is not a valid task handle.") from None


class Moves(SqsBase):
    async def resume(self) -> None:
        await super().resume()
        for task in self.store.moves:
            if task.status in (RUNNING, CANCELLING):
                self._plan(task)

    @operation
    async def start_message_move_task(
        self, ctx: Context, request: shapes.StartMessageMoveTaskRequest
    ) -> shapes.StartMessageMoveTaskResult:
        source_arn = required(request, "SourceArn")
        source = self.queue_by_arn(source_arn)
        if source is None:
            raise ResourceNotFound("The resource that you specified for the SourceArn parameter doesn't exist.")
        if not self.store.sources_of(source_arn):
            raise InvalidParameterValue("Source queue must be configured as a Dead Letter Queue.")
        destination_arn = request.get("DestinationArn")
        if destination_arn is not None:
            self._check_destination(source, destination_arn)
        speed = request.get("MaxNumberOfMessagesPerSecond")
        if speed is not None and not 1 <= speed <= limits.MOVE_MESSAGES_PER_SECOND_MAX:
            raise invalid_value(speed, "MaxNumberOfMessagesPerSecond", "Must be between 1 and 500.")
        if any(task.status in (RUNNING, CANCELLING) for task in self.store.moves.where(source_arn=source_arn)):
            raise InvalidParameterValue(
                "There is already a task running. Only one active task is allowed for a source queue arn at a given "
                "time."
            )
        to_move = self.store.counts(source.number, ctx.now()).visible
        task = MoveTask(
            source.account, source.region, make_handle(source_arn), source_arn, destination_arn, RUNNING, ctx.now(),
            to_move, per_second=speed,
        )  # fmt: skip
        with self.platform.store.transaction():
            self.store.moves.put(task)
            for old in self.store.moves.where(source_arn=source_arn, order="started_at DESC")[_KEPT:]:
                self.store.moves.delete(old.account, old.region, old.handle)
        self._plan(task)
        return {"TaskHandle": task.handle}

    def _check_destination(self, source: Queue, destination_arn: str) -> None:
        destination = self.queue_by_arn(destination_arn)
        if destination is None:
            raise ResourceNotFound("The resource that you specified for the DestinationArn parameter doesn't exist.")
        if destination.arn == source.arn:
            raise InvalidParameterValue("Source queue arn and destination queue arn cannot be the same.")
        if destination.is_fifo != source.is_fifo:
            raise InvalidParameterValue("Source and destination queues must be of the same type.")

    @operation
    async def cancel_message_move_task(
        self, ctx: Context, request: shapes.CancelMessageMoveTaskRequest
    ) -> shapes.CancelMessageMoveTaskResult:
        handle = required(request, "TaskHandle")
        source = self.queue_by_arn(source_of_handle(handle))
        task = None if source is None else self.store.moves.get(source.account, source.region, handle)
        if task is None:
            raise ResourceNotFound("Task does not exist.")
        if task.status != RUNNING:
            raise UnsupportedOperation("Only active tasks can be cancelled.")
        self.store.moves.put(replace(task, status=CANCELLED))
        return {"ApproximateNumberOfMessagesMoved": task.moved}

    @operation
    async def list_message_move_tasks(
        self, ctx: Context, request: shapes.ListMessageMoveTasksRequest
    ) -> shapes.ListMessageMoveTasksResult:
        source_arn = required(request, "SourceArn")
        if self.queue_by_arn(source_arn) is None:
            raise ResourceNotFound("The resource that you specified for the SourceArn parameter doesn't exist.")
        limit = request.get("MaxResults") or 1
        if not 1 <= limit <= limits.MOVE_TASKS_LISTED_MAX:
            raise invalid_value(limit, "MaxResults", "Must be between 1 and 10.")
        tasks = self.store.moves.where(source_arn=source_arn, order="started_at DESC", limit=limit)
        results: Any = [_shown(task) for task in tasks]
        return {"Results": results}

    # the work

    def _plan(self, task: MoveTask) -> None:
        async def step() -> None:
            await self._step(task.account, task.region, task.handle)

        self.clock.after(STEP_SECONDS if task.moved else 0.0, step, "sqs message move task")

    async def _step(self, account: str, region: str, handle: str) -> None:
        """Move a second's worth of messages, then plan the next second."""
        task = self.store.moves.get(account, region, handle)
        if task is None or task.status != RUNNING:
            return
        with self.platform.store.transaction():
            done = self.store.moves.put(self._move_some(task))
        if done.status == RUNNING:
            self._plan(done)

    def _move_some(self, task: MoveTask) -> MoveTask:
        """The task after another second's worth of messages. What was moved before a failure stays moved."""
        source = self.queue_by_arn(task.source_arn)
        if source is None:
            return replace(task, status=FAILED, failure=_NO_QUEUE)
        now, moved, failure = self.clock.now(), 0, None
        most = min(task.per_second or FULL_SPEED_PER_STEP, task.to_move - task.moved)
        messages = self._oldest(source, now, most)
        for message in messages:
            target = self.queue_by_arn(task.destination_arn or message.dead_from or "")
            if target is None:
                is_known = task.destination_arn or message.dead_from
                failure = _NO_QUEUE if is_known else "CouldNotDetermineMessageSource"
                break
            self.store.redrive(message, source, target, now)
            self.wake(target, 1)
            self.plan_sweep(now + target.retention_s)
            moved += 1
        for group_id in {message.group_id for message in messages if message.group_id is not None}:
            if source.is_fifo:
                self.store.regroup(source.number, group_id)
        total = task.moved + moved
        if failure is not None:
            return replace(task, moved=total, status=FAILED, failure=failure)
        return replace(task, moved=total, status=COMPLETED if total >= task.to_move or moved < most else RUNNING)

    def _oldest(self, source: Queue, now: float, limit: int) -> list[Message]:
        """What a dead-letter queue can give: of a FIFO queue group by group, each in order."""
        if not source.is_fifo:
            return self.store.visible(source.number, now, limit)
        self.expire(source, now)
        found: list[Message] = []
        for group_id in self.store.available_groups(source.number, now, limit):
            if len(found) < limit:
                found += self.store.in_group(source.number, group_id, now, limit - len(found))
        return found


def _shown(task: MoveTask) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "Status": task.status,
        "SourceArn": task.source_arn,
        "ApproximateNumberOfMessagesMoved": task.moved,
        "ApproximateNumberOfMessagesToMove": task.to_move,
        "StartedTimestamp": int(task.started_at * 1000),
    }
    if task.status == RUNNING:
        shown["TaskHandle"] = task.handle
    optional = {"DestinationArn": task.destination_arn, "MaxNumberOfMessagesPerSecond": task.per_second,
                "FailureReason": task.failure}  # fmt: skip
    return {**shown, **{name: value for name, value in optional.items() if value is not None}}
