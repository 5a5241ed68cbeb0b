"""Change sets: what an update would do, worked out first and carried out when asked.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.errors import AwsError, NotImplementedByUs
from cloudchamber.core.service import Request, operation
from cloudchamber.services.cloudformation import limits
from cloudchamber.services.cloudformation.base import page
from cloudchamber.services.cloudformation.changes import without_values
from cloudchamber.services.cloudformation.engine import asked_by
from cloudchamber.services.cloudformation.errors import (
    AlreadyExists,
    InvalidChangeSetStatus,
    NoSuchChangeSet,
    ValidationError,
)
from cloudchamber.services.cloudformation.parameters import MASK, is_secret
from cloudchamber.services.cloudformation.records import UPDATABLE, ChangeSet, Stack
from cloudchamber.services.cloudformation.stacks import Stacks, check_name, check_updatable, updated

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.cloudformation import shapes

_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}\Z")
NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."


class ChangeSets(Stacks):
    @operation
    async def create_change_set(
        self, ctx: Context, request: shapes.CreateChangeSetInput
    ) -> shapes.CreateChangeSetOutput:
        kind = request.get("ChangeSetType") or "UPDATE"
        if kind == "IMPORT" or request.get("ResourcesToImport"):
            raise NotImplementedByUs("cloudformation: importing resources is not implemented in cloudchamber")
        if request.get("DeploymentMode"):
            raise NotImplementedByUs("cloudformation: deployment modes are not implemented in cloudchamber")
        if not _NAME.match(request["ChangeSetName"]):
            raise ValidationError(
                f"1 validation error detected: Value '{request['ChangeSetName']}' at 'changeSetName' failed to satisfy "
                "constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
            )
        stack = self._stack_for(ctx, request, kind)
        name = request["ChangeSetName"]
        if self.store.change_sets.where(stack_id=stack.id, name=name):
            raise AlreadyExists(f"ChangeSet {name} cannot be created: one of that name exists already")
        made = ChangeSet(
            f"arn:aws:cloudformation:{ctx.region}:{ctx.account}:changeSet/{name}/{ids.uuid()}", name, stack.id,
            ctx.now(), kind, "CREATE_COMPLETE", "AVAILABLE", description=request.get("Description") or "",
            includes_nested=bool(request.get("IncludeNestedStacks")), on_failure=request.get("OnStackFailure") or "",
            token=request.get("ClientToken") or "",
        )  # fmt: skip
        await self.check_role(replace(stack, **asked_by(ctx)), request)
        text = await self.template_text(ctx, request, stack)  # what cannot be read is refused, not a failed change set
        made = await self._filled(ctx, request, text, (stack, made))
        with self.platform.store.transaction():
            if self.store.stacks.get(stack.id) is None:
                self.store.stacks.put(stack)
                self.journal.stack(stack.id, "REVIEW_IN_PROGRESS", "User Initiated")
            self.store.change_sets.put(made)
        return {"Id": made.id, "StackId": stack.id}

    def _stack_for(self, ctx: Context, request: Request, kind: str) -> Stack:
        name = request["StackName"]
        found = self.store.named(ctx.account, ctx.region, name)
        found = found if found is not None and found.is_live else None
        if kind == "CREATE":
            if found is None:
                check_name(name)
                return replace(self.new_stack(ctx, name), status="REVIEW_IN_PROGRESS")
            if found.status != "REVIEW_IN_PROGRESS":
                raise ValidationError(
                    f"Stack [{found.name}] already exists and cannot be created again with the changeSet "
                    f"[{request['ChangeSetName']}]."
                )
            return found
        if found is None:
            raise ValidationError(f"Stack [{name}] does not exist")
        check_updatable(found)
        return found

    async def _filled(self, ctx: Context, request: Request, text: str, of: tuple[Stack, ChangeSet]) -> ChangeSet:
        """The change set with its changes. What AWS finds while it works them out makes it a failed one."""
        stack, made = of
        try:
            plan = await self.planned(ctx, request, updated(stack, request), text)
        except AwsError as error:
            if not error.message.startswith("Transform ") and "transform named" not in error.message:
                raise
            return replace(made, status="FAILED", execution="UNAVAILABLE", reason=error.message)
        wanted = self.keep(plan)
        made = replace(
            made, template=wanted.template, parameters=wanted.parameters, tags=wanted.tags,
            capabilities=wanted.capabilities, notification_arns=wanted.notification_arns, role_arn=wanted.role_arn,
            changes=plan.changes,
        )  # fmt: skip
        if made.kind == "UPDATE" and plan.is_idle and stack.status not in ("CREATE_FAILED", "UPDATE_FAILED"):
            return replace(made, status="FAILED", execution="UNAVAILABLE", reason=NO_CHANGES)
        return made

    def _change_set(self, ctx: Context, request: Request) -> tuple[ChangeSet, Stack]:
        """By ARN, or by name with the stack's."""
        name = request["ChangeSetName"]
        if name.startswith("arn:"):
            found = self.store.change_sets.get(name)
        elif not request.get("StackName"):
            raise ValidationError("StackName must be specified if ChangeSetName is not specified as an ARN.")
        else:
            stack = self.live_stack(ctx, request["StackName"])
            listed = self.store.change_sets.where(stack_id=stack.id, name=name)
            found = listed[0] if listed else None
        owner = self.store.stacks.get(found.stack_id) if found is not None else None
        if found is None or owner is None or (owner.account, owner.region) != (ctx.account, ctx.region):
            raise NoSuchChangeSet(name)
        return found, owner

    @operation
    async def describe_change_set(
        self, ctx: Context, request: shapes.DescribeChangeSetInput
    ) -> shapes.DescribeChangeSetOutput:
        found, stack = self._change_set(ctx, request)
        changes, more = page(request, found.changes, limits.CHANGES_PAGE)
        if not request.get("IncludePropertyValues"):
            changes = [without_values(change) for change in changes]
        declared = self.store.template(found.template).parameters if found.template else {}
        shown: dict[str, Any] = {
            "ChangeSetName": found.name, "ChangeSetId": found.id, "StackId": stack.id, "StackName": stack.name,
            "CreationTime": found.created_at, "ExecutionStatus": found.execution, "Status": found.status,
            "Capabilities": list(found.capabilities),
            "Changes": [{"Type": "Resource", "ResourceChange": change} for change in changes],
            "NotificationARNs": list(found.notification_arns or ()), "RollbackConfiguration": {},
            "Tags": [{"Key": key, "Value": value} for key, value in found.tags.items()],
            "Parameters": [
                {"ParameterKey": key, "ParameterValue": MASK if is_secret(declared.get(key) or {}) else given.value,
                 **({"ResolvedValue": given.resolved} if given.resolved is not None else {})}
                for key, given in found.parameters.items()
            ],
            "IncludeNestedStacks": found.includes_nested,
        }  # fmt: skip
        if found.reason:
            shown["StatusReason"] = found.reason
        if found.description:
            shown["Description"] = found.description
        if found.on_failure:
            shown["OnStackFailure"] = found.on_failure
        return {**shown, **more}  # type: ignore[typeddict-item]

    @operation
    async def list_change_sets(self, ctx: Context, request: shapes.ListChangeSetsInput) -> shapes.ListChangeSetsOutput:
        stack = self.live_stack(ctx, request["StackName"])
        found = self.store.change_sets.where(stack_id=stack.id, order="created_at")
        chosen, more = page(request, found, limits.STACKS_PAGE)
        summaries = []
        for each in chosen:
            shown = {
                "StackId": stack.id, "StackName": stack.name, "ChangeSetId": each.id, "ChangeSetName": each.name,
                "ExecutionStatus": each.execution, "Status": each.status, "CreationTime": each.created_at,
                "IncludeNestedStacks": each.includes_nested,
            }  # fmt: skip
            optional = {"StatusReason": each.reason, "Description": each.description}
            summaries.append(shown | {name: value for name, value in optional.items() if value})
        return {"Summaries": summaries, **more}  # type: ignore[typeddict-item]

    @operation
    async def delete_change_set(
        self, ctx: Context, request: shapes.DeleteChangeSetInput
    ) -> shapes.DeleteChangeSetOutput:
        try:
            found, _ = self._change_set(ctx, request)
        except NoSuchChangeSet:  # idempotent
            return {}
        if found.execution == "EXECUTE_IN_PROGRESS":
            raise InvalidChangeSetStatus(f"ChangeSet [{found.id}] cannot be deleted in its current status")
        self.store.change_sets.delete(found.id)
        return {}

    @operation
    async def execute_change_set(
        self, ctx: Context, request: shapes.ExecuteChangeSetInput
    ) -> shapes.ExecuteChangeSetOutput:
        found, stack = self._change_set(ctx, request)
        if found.execution != "AVAILABLE":
            raise InvalidChangeSetStatus(
                f"ChangeSet [{found.id}] cannot be executed in its current execution status of [{found.execution}]"
                if found.status == "CREATE_COMPLETE"
                else f"ChangeSet [{found.id}] cannot be executed in its current status of [{found.status}]"
            )
        if stack.status not in UPDATABLE and stack.status != "REVIEW_IN_PROGRESS":
            raise ValidationError(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")
        arns = stack.notification_arns if found.notification_arns is None else found.notification_arns
        wanted = replace(
            stack, template=found.template, parameters=found.parameters, tags=found.tags, notification_arns=arns,
            capabilities=found.capabilities, role_arn=found.role_arn or stack.role_arn, change_set_id=found.id,
            description=self.store.template(found.template).description,
        )  # fmt: skip
        more: dict[str, Any] = {
            "keeps_failure": bool(request.get("DisableRollback")) or found.on_failure == "DO_NOTHING",
            "token": request.get("ClientRequestToken") or "",
            "retains_unless_created": bool(request.get("RetainExceptOnCreate")),
        }
        with self.platform.store.transaction():
            for other in self.store.change_sets.where(stack_id=stack.id):
                if other.id != found.id:
                    self.store.change_sets.delete(other.id)
            self.store.change_sets.put(replace(found, execution="EXECUTE_COMPLETE"))
            if stack.status == "REVIEW_IN_PROGRESS":
                on_failure = found.on_failure or "ROLLBACK"
                self.begin_creation(ctx, replace(wanted, on_failure=on_failure, **more))
            else:
                self.begin_update(ctx, stack, wanted, **more)
        return {}
