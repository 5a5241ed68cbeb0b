"""How pipes come into their states, and the tasks that read while one is RUNNING.

A change of state is asked for by an operation, which writes the passing state, and carried out in the background; what
a killed process left in a passing state goes on by `resume_pipes`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.context import INTERNAL
from cloudchamber.core.dispatch import new_span
from cloudchamber.core.errors import AccessDenied, AwsError
from cloudchamber.core.polling.records import queue_url
from cloudchamber.core.service import Platform, Request, private_operation
from cloudchamber.services.pipes.executing import Executing
from cloudchamber.services.pipes.reader import PipedQueue, PipedStream
from cloudchamber.services.pipes.records import PASSING, Pipe

if TYPE_CHECKING:
    from cloudchamber.core.clock import Waiter
    from cloudchamber.core.context import Context
    from cloudchamber.identity.principals import Principal
    from cloudchamber.services.pipes.reader import PipeReader

_FAILED = {"CREATING": "CREATE_FAILED", "UPDATING": "UPDATE_FAILED", "STARTING": "START_FAILED"}
_NO_STREAM = "Stream not found. To resume processing please delete the pipe and create a new one."
_NO_QUEUE = "Queue not found."
_OF_QUEUE = "Queue operations (sqs:ReceiveMessage, sqs:DeleteMessage and sqs:GetQueueAttributes)"
_OF_STREAM = (
    "Stream operations (dynamodb:DescribeStream, dynamodb:GetRecords, dynamodb:GetShardIterator and "
    "dynamodb:ListStreams)"
)


class Lifecycle(Executing):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self._readers: dict[str, PipeReader] = {}  # by the pipe's ARN
        self._waiting: dict[str, list[Waiter]] = {}  # for a pipe's state to settle

    def resume_pipes(self) -> None:
        for pipe in self.store.pipes:
            if pipe.state == "RUNNING":
                self._start_reading(pipe)
            elif pipe.state in PASSING:
                self.go_on(pipe)

    def go_on(self, pipe: Pipe) -> None:
        """Carry out what the passing state of a pipe asks for."""
        down = pipe.state in ("STOPPING", "DELETING")
        work = self._bring_down(pipe.arn) if down else self._bring_up(pipe.arn)
        self.clock.spawn(work, f"{pipe.state.lower()} {pipe.arn}")

    async def _bring_up(self, arn: str) -> None:
        await self._halt(arn)
        pipe = self.store.pipe_by_arn(arn)
        if pipe is None:
            return
        reason = await self._refusal(pipe)
        pipe = self.store.pipe_by_arn(arn) or pipe  # it may have been tagged meanwhile
        if reason:
            self._settle(replace(pipe, state=_FAILED[pipe.state], reason=reason))
        else:
            self._settle(replace(pipe, state=pipe.desired, reason=""))

    async def _bring_down(self, arn: str) -> None:
        await self._halt(arn)
        pipe = self.store.pipe_by_arn(arn)
        if pipe is None:
            return
        if pipe.state == "DELETING":
            with self.platform.store.transaction():
                self.store.drop(pipe)
            self.forget_sessions(pipe)
            self._wake(arn)
        else:
            self._settle(replace(pipe, state="STOPPED"))

    def _settle(self, pipe: Pipe) -> None:
        self.store.pipes.put(pipe)
        if pipe.state == "RUNNING":
            self._start_reading(pipe)
        self._wake(pipe.arn)

    def _start_reading(self, pipe: Pipe) -> None:
        reader = PipedQueue(self, pipe) if pipe.source_kind == "sqs" else PipedStream(self, pipe)
        self._readers[pipe.arn] = reader
        reader.start()

    async def _halt(self, arn: str) -> None:
        reader = self._readers.pop(arn, None)
        if reader is not None:
            await reader.stop()

    # waiting

    @private_operation
    async def wait_until_settled(self, ctx: Context, request: Request) -> dict[str, Any]:
        """Wait until the pipe `Name` is in no passing state: `CurrentState` (`DELETED` for one that is gone) and
        `StateReason`."""
        while not self.is_over:
            pipe = self.store.pipes.get(ctx.account, ctx.region, request["Name"])
            if pipe is None:
                break
            if pipe.state not in PASSING:
                return {"CurrentState": pipe.state, "StateReason": pipe.reason}
            waiter = self.clock.waiter()
            self._waiting.setdefault(pipe.arn, []).append(waiter)
            await waiter.wait()
        return {"CurrentState": "DELETED", "StateReason": ""}

    def _wake(self, arn: str) -> None:
        for waiter in self._waiting.pop(arn, ()):
            waiter.wake()

    # checking

    async def _refusal(self, pipe: Pipe) -> str:
        """Why the role cannot read the source; empty if it can.

        https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-error-troubleshooting.html
        """
        try:
            role = await self.session(pipe, self.context(pipe))
        except AwsError as error:
            return f"Pipes cannot assume the role {pipe.role}: {error.message}"[:512]
        if pipe.source_kind == "sqs":
            url = queue_url(pipe.source)
            for operation in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"):
                if not self._may(role, pipe, f"sqs:{operation}", {"QueueUrl": url}):
                    return f"Pipes does not have required permissions to perform {_OF_QUEUE}"
            return _NO_QUEUE if self.platform.directory.find(pipe.source) is None else ""
        place = {"StreamArn": pipe.source, "ShardIterator": f"{pipe.source}|1|x"}
        for operation in ("DescribeStream", "GetRecords", "GetShardIterator"):
            if not self._may(role, pipe, f"dynamodbstreams:{operation}", place):
                return f"Pipes does not have required permissions to perform {_OF_STREAM}"
        try:
            await self.call(pipe, "dynamodbstreams:DescribeStream", pipe.source_region, StreamArn=pipe.source)
        except AwsError:
            return _NO_STREAM
        return ""

    def _may(self, role: Principal, pipe: Pipe, operation: str, request: dict[str, Any]) -> bool:
        service, _, name = operation.partition(":")
        dispatcher = self.platform.dispatcher
        span = new_span(service, name, ids.request_id(), None, self.clock.now())
        ctx = dispatcher.open(span, role, role.account, pipe.source_region, INTERNAL)
        try:
            dispatcher.authorize(ctx, dispatcher.lookup(service, name), request)
        except AccessDenied:
            return False
        return True
