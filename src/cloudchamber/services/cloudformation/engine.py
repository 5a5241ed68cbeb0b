"""The engine: carries operations of stacks from status to status, each status a phase that can be begun again.

A phase ends by giving the stack its next status; nothing of an operation is known to memory alone. So a killed process
goes on where the tables stand, and everything that waits does so on the cloud's clock.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.context import Caller, Context
from cloudchamber.core.dispatch import new_span
from cloudchamber.core.errors import AwsError
from cloudchamber.identity import principals
from cloudchamber.services.cloudformation import limits
from cloudchamber.services.cloudformation.acting import Actor
from cloudchamber.services.cloudformation.custom import CustomResource
from cloudchamber.services.cloudformation.journal import Journal, message_of
from cloudchamber.services.cloudformation.macro import MacroType
from cloudchamber.services.cloudformation.nested import NestedStack
from cloudchamber.services.cloudformation.phases import Phases
from cloudchamber.services.cloudformation.records import as_kept, principal_of
from cloudchamber.services.cloudformation.waiting import WaitCondition, WaitConditionHandle

if TYPE_CHECKING:
    from cloudchamber.core.clock import Waiter
    from cloudchamber.core.resource_types import ResourceType
    from cloudchamber.core.service import Platform
    from cloudchamber.services.cloudformation.own_type import OwnType
    from cloudchamber.services.cloudformation.records import Stack
    from cloudchamber.services.cloudformation.store import CloudFormationStore

log = logging.getLogger("cloudchamber.cloudformation")

SERVICE = principals.service("cloudformation.amazonaws.com")
EVENTS_AT_ONCE = 100


class RoleRefused(AwsError):
    code = "ValidationError"


class Engine:
    def __init__(self, platform: Platform, store: CloudFormationStore) -> None:
        self.platform = platform
        self.clock = platform.clock
        self.store = store
        self.journal = Journal(store, platform.clock)
        custom = CustomResource(self)
        self._own: dict[str, OwnType] = {
            "AWS::CloudFormation::CustomResource": custom,
            "AWS::CloudFormation::Macro": MacroType(self),
            "AWS::CloudFormation::Stack": NestedStack(self),
            "AWS::CloudFormation::WaitCondition": WaitCondition(self),
            "AWS::CloudFormation::WaitConditionHandle": WaitConditionHandle(self),
        }
        self._custom = custom
        self._running: set[str] = set()
        self._publishing: set[str] = set()
        self._stopping: dict[str, str] = {}  # stacks whose phase is to come to its end -> why
        self._waiting: dict[str, set[Waiter]] = {}

    # types

    def resource_type(self, kind: str) -> ResourceType | None:
        """Who makes resources of a type; None for a type that is not offered."""
        if kind.startswith("Custom::"):
            return self._custom
        return self._own.get(kind) or self.platform.resource_type(kind)

    # running

    def begin(self, stack: Stack) -> None:
        """Go on with the operation that a stack's status says is under way."""
        if stack.id not in self._running:
            self._running.add(stack.id)
            self.clock.spawn(self._run(stack.id), f"stack {stack.name}")

    async def _run(self, stack_id: str) -> None:
        stack = self.store.stacks.get(stack_id)
        try:
            while stack is not None and stack.is_busy:
                self._stopping.pop(stack_id, None)
                await self._phase(stack)
                before, stack = stack.status, self.store.stacks.get(stack_id)
                if stack is not None and stack.status == before:
                    raise RuntimeError(f"a phase left {stack.name} in {before}")
        except Exception as error:  # our bug: the stack must not stay in progress for ever
            log.exception("operation on %s failed", stack_id)
            if stack is not None:
                status = stack.status.replace("_IN_PROGRESS", "_FAILED").replace("_COMPLETE_CLEANUP", "")
                self.journal.stack(stack_id, status, f"Internal Failure ({type(error).__name__})")
        finally:
            self._running.discard(stack_id)
            self._stopping.pop(stack_id, None)
        self.wake(stack_id)
        self.publish(stack_id)

    async def _phase(self, stack: Stack) -> None:
        begun = self.clock.perf()
        try:
            ctx = await self.context(stack)
        except AwsError as error:
            Phases(self, stack, None).refuse(error.message)
            return
        self.publish(stack.id)
        timer = None
        if stack.status == "CREATE_IN_PROGRESS" and stack.timeout_minutes:
            reason = "Stack creation time exceeded the specified timeout."
            timer = self.clock.at(
                stack.started_at + stack.timeout_minutes * 60, lambda: self.stop(stack.id, reason), "stack timeout"
            )
        try:
            actor = Actor(ctx, stack, self.journal, self.resource_type, lambda: stack.id in self._stopping)
            await Phases(self, stack, actor).run()
        finally:
            if timer is not None:
                timer.cancel()
            self.platform.dispatcher.close(ctx.span, self.clock.perf() - begun)

    async def context(self, stack: Stack) -> Context:
        """In which a stack's resources are worked on: as its role, or as who asked for the operation."""
        principal = principal_of(stack.principal)
        ctx = self._open(stack, principal)
        if not stack.role_arn:
            return ctx
        try:
            made = await ctx.call(
                "sts:AssumeRole", principal=SERVICE, region=stack.region, RoleArn=stack.role_arn,
                RoleSessionName="AWSCloudFormation",
            )  # fmt: skip
        except AwsError:
            raise RoleRefused(f"Role {stack.role_arn} is invalid or cannot be assumed") from None
        credential = self.platform.identities.credential(made["Credentials"]["AccessKeyId"])
        return self._open(stack, credential.principal)

    def _open(self, stack: Stack, principal: principals.Principal) -> Context:
        span = new_span("cloudformation", stack.status, ids.request_id(), None, self.clock.now())
        span.door = "internal"
        caller = Caller(secure=True, user_agent="cloudformation.amazonaws.com", endpoint=stack.endpoint)
        return self.platform.dispatcher.open(span, principal, stack.account, stack.region, caller)

    # stopping and waiting

    def stop(self, stack_id: str, reason: str) -> None:
        """Begin nothing new in the phase under way, and end what waits."""
        if stack_id in self._running:
            self._stopping.setdefault(stack_id, reason)
            self.wake(stack_id)

    def stopped_by(self, stack_id: str) -> str | None:
        return self._stopping.get(stack_id)

    async def wait(self, key: str, until: float | None, stack_id: str = "") -> bool:
        """Wait for a `wake` of `key`, or of the stack when it is to stop. False when the instant `until` came first."""
        timeout = None if until is None else max(until - self.clock.now(), 0.0)
        waiter = self.clock.waiter()
        keys = {key, stack_id} - {""}
        for name in keys:
            self._waiting.setdefault(name, set()).add(waiter)
        try:
            return await waiter.wait(timeout)
        finally:
            for name in keys:
                self._waiting[name].discard(waiter)
                if not self._waiting[name]:
                    del self._waiting[name]

    def wake(self, key: str) -> None:
        for waiter in list(self._waiting.get(key, ())):
            waiter.wake()

    # notifications

    def publish(self, stack_id: str) -> None:
        """Publish the events of a stack that its notification ARNs have not had yet."""
        stack = self.store.stacks.get(stack_id)
        if stack is not None and stack.notification_arns and stack_id not in self._publishing:
            self._publishing.add(stack_id)
            self.clock.spawn(self._publish(stack_id), "stack events")

    async def _publish(self, stack_id: str) -> None:
        try:
            while True:
                stack = self.store.stacks.get(stack_id)
                if stack is None:
                    return
                found = self.store.events_after(stack_id, stack.notified, EVENTS_AT_ONCE)
                if not found:
                    return
                ctx = self._open(stack, principal_of(stack.principal))
                for number, event in found:
                    for arn in stack.notification_arns:
                        await self._notify(ctx, arn, message_of(stack, event))
                    self.store.change(stack_id, notified=number)
        finally:
            self._publishing.discard(stack_id)

    @staticmethod
    async def _notify(ctx: Context, arn: str, message: str) -> None:
        try:
            await ctx.call("sns:Publish", TopicArn=arn, Message=message, Subject="AWS CloudFormation Notification")
        except AwsError as error:  # no such topic, no permission: as on AWS the operation goes on
            log.info("a stack event did not reach %s: %s", arn, error.message)

    # after a restart

    def resume(self) -> None:
        """Go on with every operation, and forget deleted stacks whose time is over."""
        for stack in self.store.busy():
            self.begin(stack)
        now = self.clock.now()
        with self.store.db.transaction():
            for stack in self.store.deleted():
                if stack.deleted_at + limits.STACK_KEPT_SECONDS < now:
                    self.store.forget(stack)
        for stack in self.store.stacks.where():
            if stack.notification_arns:
                self.publish(stack.id)


def asked_by(ctx: Context) -> dict[str, Any]:
    """What a stack keeps of who asks."""
    return {"principal": as_kept(ctx.principal), "endpoint": ctx.caller.endpoint}
