"""CreateStack, UpdateStack, DeleteStack, and what is done to an update under way or one that failed."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.errors import NotImplementedByUs
from cloudchamber.core.service import Request, operation
from cloudchamber.services.cloudformation import outputs, stack_policy
from cloudchamber.services.cloudformation.base import tags_from
from cloudchamber.services.cloudformation.engine import asked_by
from cloudchamber.services.cloudformation.errors import StackExists, ValidationError
from cloudchamber.services.cloudformation.planning import Planning, fetched
from cloudchamber.services.cloudformation.records import UPDATABLE, Stack, deployed

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.cloudformation import shapes

_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}\Z")
USER = "User Initiated"


def check_name(name: str) -> None:
    if not _NAME.match(name):
        raise ValidationError(
            f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: Member must "
            "satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
        )


class Stacks(Planning):
    @operation
    async def create_stack(self, ctx: Context, request: shapes.CreateStackInput) -> shapes.CreateStackOutput:
        name = request["StackName"]
        check_name(name)
        if self.store.live(ctx.account, ctx.region, name) is not None:
            raise StackExists(name)
        if request.get("DisableRollback") is not None and request.get("OnFailure"):
            raise ValidationError("You can specify either DisableRollback or OnFailure, but not both")
        _refuse_triggers(request)
        policy = await self._policy(ctx, request, "StackPolicy")
        draft = self.new_stack(ctx, name)
        parent = self.store.stacks.get(ctx.source_arn) if ctx.via == "cloudformation" and ctx.source_arn else None
        draft = replace(
            draft, tags=tags_from(request), role_arn=request.get("RoleARN") or "", policy=policy,
            notification_arns=tuple(request.get("NotificationARNs") or ()),
            keeps_failure=keeps_failure(request), on_failure=request.get("OnFailure") or "ROLLBACK",
            timeout_minutes=request.get("TimeoutInMinutes") or 0, token=request.get("ClientRequestToken") or "",
            is_protected=bool(request.get("EnableTerminationProtection")),
            retains_unless_created=bool(request.get("RetainExceptOnCreate")),
            parent_id=parent.id if parent else "", root_id=(parent.root_id or parent.id) if parent else "",
        )  # fmt: skip
        await self.check_role(draft, request)
        plan = await self.planned(ctx, request, draft)
        if self.store.live(ctx.account, ctx.region, name) is not None:  # another call was quicker
            raise StackExists(name)
        with self.platform.store.transaction():
            self.begin_creation(ctx, self.keep(plan))
        return {"StackId": draft.id}

    def begin_creation(self, ctx: Context, stack: Stack) -> None:
        """Set a creation going. Inside a transaction."""
        self.store.stacks.put(replace(stack, started_at=ctx.now(), **asked_by(ctx)))
        self.engine.begin(self.journal.stack(stack.id, "CREATE_IN_PROGRESS", USER))

    async def check_role(self, stack: Stack, request: Request) -> None:
        """ValidationError for a role of the request that CloudFormation may not assume."""
        if request.get("RoleARN"):
            await self.engine.context(replace(stack, role_arn=request["RoleARN"]))

    def new_stack(self, ctx: Context, name: str) -> Stack:
        now = ctx.now()
        stack_id = f"arn:aws:cloudformation:{ctx.region}:{ctx.account}:stack/{name}/{ids.uuid()}"
        return Stack(
            stack_id, name, ctx.account, ctx.region, "CREATE_IN_PROGRESS", now, started_at=now, **asked_by(ctx)
        )

    async def _policy(self, ctx: Context, request: Request, member: str) -> str:
        """A stack policy that stands in a request or at a URL; empty for none."""
        text = request.get(f"{member}Body") or ""
        if request.get(f"{member}URL"):
            text = await fetched(ctx, request[f"{member}URL"])
        if text:
            stack_policy.check(text)
        return str(text)

    @operation
    async def update_stack(self, ctx: Context, request: shapes.UpdateStackInput) -> shapes.UpdateStackOutput:
        stack = self.live_stack(ctx, request["StackName"])
        check_updatable(stack)
        _refuse_triggers(request)
        await self.check_role(replace(stack, **asked_by(ctx)), request)
        policy = await self._policy(ctx, request, "StackPolicy")
        during = await self._policy(ctx, request, "StackPolicyDuringUpdate")
        plan = await self.planned(ctx, request, updated(stack, request))
        check_updatable(self.live_stack(ctx, stack.id))
        arns = plan.stack.notification_arns
        if plan.is_idle and stack.status not in ("CREATE_FAILED", "UPDATE_FAILED") and arns == stack.notification_arns:
            raise ValidationError("No updates are to be performed.")
        self.begin_update(
            ctx, stack, self.keep(plan), keeps_failure=keeps_failure(request),
            policy=policy or stack.policy, policy_during_update=during, token=request.get("ClientRequestToken") or "",
            retains_unless_created=bool(request.get("RetainExceptOnCreate")),
        )  # fmt: skip
        return {"StackId": stack.id}

    def begin_update(self, ctx: Context, stack: Stack, wanted: Stack, **more: Any) -> None:
        """Set an update going. What the stack is now is kept until the update has ended."""
        now = ctx.now()
        if not stack.notification_arns:  # who is new is told of what comes, not of what was
            more["notified"] = self.store.last_event(stack.id)
        former = stack.former if stack.former is not None else deployed(stack)
        with self.platform.store.transaction():
            for change_set in self.store.change_sets.where(stack_id=stack.id):
                if change_set.execution == "AVAILABLE":
                    self.store.change_sets.put(replace(change_set, execution="OBSOLETE"))
            self.store.stacks.put(
                replace(
                    wanted,
                    former=former,
                    outputs=stack.outputs,
                    started_at=now,
                    updated_at=now,
                    cancelled=False,
                    retained=(),
                    **asked_by(ctx),
                    **more,
                )
            )
            begun = self.journal.stack(stack.id, "UPDATE_IN_PROGRESS", USER)
        self.engine.begin(begun)

    @operation
    async def delete_stack(self, ctx: Context, request: shapes.DeleteStackInput) -> None:
        stack = self.store.named(ctx.account, ctx.region, request["StackName"])
        if stack is None or not stack.is_live or stack.status == "DELETE_IN_PROGRESS":
            return
        retained = tuple(request.get("RetainResources") or ())
        is_forced = request.get("DeletionMode") == "FORCE_DELETE_STACK"
        if stack.is_protected:
            raise ValidationError(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
        if (retained or is_forced) and stack.status != "DELETE_FAILED":
            raise ValidationError(
                f"Invalid operation on stack [{stack.id}]. Resources are retained only of one in DELETE_FAILED state"
            )
        if is_forced:
            retained = tuple(
                name for name, row in self.store.resources_of(stack.id).items() if row.status == "DELETE_FAILED"
            )
        if stack.is_busy and stack.status.startswith("UPDATE"):
            raise ValidationError(f"Stack [{stack.id}] cannot be deleted while in status {stack.status}")
        used = outputs.used_exports(self.store, stack)
        if used:  # as on AWS it is as it was, and says why
            with self.platform.store.transaction():
                self.journal.stack(stack.id, "DELETE_IN_PROGRESS", USER)
                self.journal.stack(stack.id, stack.status, used)
            return
        reason = "" if ctx.via == "cloudformation" else USER
        await self.check_role(replace(stack, **asked_by(ctx)), request)
        if stack.status == "CREATE_IN_PROGRESS":
            self.engine.stop(stack.id, "Stack deletion requested")
        stack = self.journal.stack(
            stack.id, "DELETE_IN_PROGRESS", reason, retained=retained, started_at=ctx.now(),
            role_arn=request.get("RoleARN") or stack.role_arn, token=request.get("ClientRequestToken") or "",
            **asked_by(ctx),
        )  # fmt: skip
        self.engine.begin(stack)

    # an update under way, or one that failed

    @operation
    async def cancel_update_stack(self, ctx: Context, request: shapes.CancelUpdateStackInput) -> None:
        stack = self.live_stack(ctx, request["StackName"])
        if stack.status != "UPDATE_IN_PROGRESS":
            raise ValidationError("CancelUpdateStack cannot be called from current stack status")
        self.store.change(stack.id, cancelled=True)
        self.engine.stop(stack.id, USER)

    @operation
    async def continue_update_rollback(
        self, ctx: Context, request: shapes.ContinueUpdateRollbackInput
    ) -> shapes.ContinueUpdateRollbackOutput:
        stack = self.live_stack(ctx, request["StackName"])
        if stack.status != "UPDATE_ROLLBACK_FAILED":
            raise ValidationError(f"Stack:{stack.id} is in {stack.status} state and can not continue update rollback.")
        skipped = tuple(request.get("ResourcesToSkip") or ())
        rows = self.store.resources_of(stack.id)
        wrong = [name for name in skipped if name not in rows or rows[name].status != "UPDATE_FAILED"]
        if wrong:
            raise ValidationError(
                f"Resources [{', '.join(wrong)}] cannot be skipped: they are not in UPDATE_FAILED state"
            )
        self._go_back(ctx, stack, "UPDATE_ROLLBACK_IN_PROGRESS", request, retained=skipped)
        return {}

    @operation
    async def rollback_stack(self, ctx: Context, request: shapes.RollbackStackInput) -> shapes.RollbackStackOutput:
        stack = self.live_stack(ctx, request["StackName"])
        if stack.status not in ("CREATE_FAILED", "UPDATE_FAILED"):
            raise ValidationError(f"Stack:{stack.id} is in {stack.status} state and can not be rolled back.")
        status = "ROLLBACK_IN_PROGRESS" if stack.status == "CREATE_FAILED" else "UPDATE_ROLLBACK_IN_PROGRESS"
        retains = {"retains_unless_created": bool(request.get("RetainExceptOnCreate"))}
        self._go_back(ctx, stack, status, request, **retains)
        return {"StackId": stack.id}

    def _go_back(self, ctx: Context, stack: Stack, status: str, request: Request, **more: Any) -> None:
        begun = self.journal.stack(
            stack.id, status, USER, started_at=ctx.now(), role_arn=request.get("RoleARN") or stack.role_arn,
            token=request.get("ClientRequestToken") or "", **asked_by(ctx), **more,
        )  # fmt: skip
        self.engine.begin(begun)


def check_updatable(stack: Stack) -> None:
    if stack.status not in UPDATABLE:
        raise ValidationError(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")


def updated(stack: Stack, request: Request) -> Stack:
    """A stack with what an update's request says beside the template; what it does not say stays."""
    draft = stack
    if request.get("Tags") is not None:
        draft = replace(draft, tags=tags_from(request))
    if request.get("NotificationARNs") is not None:
        draft = replace(draft, notification_arns=tuple(request["NotificationARNs"]))
    if request.get("RoleARN"):
        draft = replace(draft, role_arn=request["RoleARN"])
    return draft


def keeps_failure(request: Request) -> bool:
    """Whether what has been done stays when the rest fails."""
    return bool(request.get("DisableRollback") or (request.get("DeploymentConfig") or {}).get("DisableRollback"))


def _refuse_triggers(request: Request) -> None:
    if (request.get("RollbackConfiguration") or {}).get("RollbackTriggers"):
        raise NotImplementedByUs("cloudformation: rollback triggers are not implemented in cloudchamber")
