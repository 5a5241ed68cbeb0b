"""What guards a stack and what is told to it: stack policies, termination protection, signals; types and limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.service import operation
from cloudchamber.services.cloudformation import limits, schemas
from cloudchamber.services.cloudformation.base import page
from cloudchamber.services.cloudformation.drift import Drift
from cloudchamber.services.cloudformation.errors import TypeNotFound, ValidationError
from cloudchamber.services.cloudformation.records import Callback
from cloudchamber.services.cloudformation.waiting import SIGNAL, signal_key, with_answer

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.cloudformation import shapes


class Controls(Drift):
    @operation
    async def set_stack_policy(self, ctx: Context, request: shapes.SetStackPolicyInput) -> None:
        stack = self.live_stack(ctx, request["StackName"])
        policy = await self._policy(ctx, request, "StackPolicy")
        self.store.change(stack.id, policy=policy)

    @operation
    async def get_stack_policy(self, ctx: Context, request: shapes.GetStackPolicyInput) -> shapes.GetStackPolicyOutput:
        stack = self.live_stack(ctx, request["StackName"])
        return {"StackPolicyBody": stack.policy} if stack.policy else {}

    @operation
    async def update_termination_protection(
        self, ctx: Context, request: shapes.UpdateTerminationProtectionInput
    ) -> shapes.UpdateTerminationProtectionOutput:
        stack = self.live_stack(ctx, request["StackName"])
        if stack.parent_id:
            raise ValidationError("Termination protection on nested stacks is controlled by the root stack")
        self.store.change(stack.id, is_protected=request["EnableTerminationProtection"])
        return {"StackId": stack.id}

    @operation
    async def signal_resource(self, ctx: Context, request: shapes.SignalResourceInput) -> None:
        stack = self.live_stack(ctx, request["StackName"])
        name = request["LogicalResourceId"]
        row = self.store.resources.get(stack.id, name)
        if row is None:
            raise ValidationError(f"Resource {name} does not exist for stack {stack.name}")
        if row.status not in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"):
            raise ValidationError(f"Resource {name} is in {row.status} and cannot be signaled")
        key = signal_key(stack.id, name)
        found = self.store.callbacks.get(key)
        if found is None:
            found = Callback(key, stack.id, name, SIGNAL, ctx.now() + limits.HANDLE_SECONDS)
        if any(answer["UniqueId"] == request["UniqueId"] for answer in found.answers):
            raise ValidationError(f"Signal with ID {request['UniqueId']} for resource {name} already exists. Signals "
                                  "may only be updated with a FAILURE status.")  # fmt: skip
        answer = {"UniqueId": request["UniqueId"], "Status": request["Status"], "Reason": "", "Data": ""}
        self.store.callbacks.put(with_answer(found, answer))
        self.engine.wake(key)

    # types and limits

    @operation
    async def list_types(self, ctx: Context, request: shapes.ListTypesInput) -> shapes.ListTypesOutput:
        """The resource types that can be made here, as types of AWS's."""
        prefix = (request.get("Filters") or {}).get("TypeNamePrefix") or ""
        is_public = request.get("Visibility") == "PUBLIC"
        wanted = is_public and request.get("Type", "RESOURCE") == "RESOURCE"
        names = [name for name in schemas.index() if name.startswith(prefix)] if wanted else []
        offered = [name for name in names if self.engine.resource_type(name) is not None]
        chosen, more = page(request, offered, request.get("MaxResults") or limits.STACKS_PAGE)
        shown = [
            {"Type": "RESOURCE", "TypeName": name, "TypeArn": _type_arn(ctx, name), "IsActivated": True}
            for name in chosen
        ]
        return {"TypeSummaries": shown, **more}  # type: ignore[typeddict-item]

    @operation
    async def describe_type(self, ctx: Context, request: shapes.DescribeTypeInput) -> shapes.DescribeTypeOutput:
        name = request.get("TypeName") or ""
        if request.get("Arn"):
            name = request["Arn"].rpartition("/")[2].replace("-", "::")
        found = schemas.schema(name)
        if found is None or self.engine.resource_type(name) is None:
            raise TypeNotFound(f"The type '{name}' cannot be found.")
        updates = "IMMUTABLE" if not any(p not in found.create_only for p in _tops(found)) else "FULLY_MUTABLE"
        shown: dict[str, Any] = {
            "Arn": _type_arn(ctx, name), "Type": "RESOURCE", "TypeName": name, "ProvisioningType": updates,
            "Description": str(found.raw.get("description") or name), "Schema": orjson.dumps(found.raw).decode(),
            "DeprecatedStatus": "LIVE", "Visibility": "PUBLIC", "IsActivated": True, "IsDefaultVersion": True,
        }  # fmt: skip
        for member, key in (("SourceUrl", "sourceUrl"), ("DocumentationUrl", "documentationUrl")):
            if found.raw.get(key):
                shown[member] = found.raw[key]
        return shown  # type: ignore[return-value]

    @operation
    async def describe_account_limits(
        self, ctx: Context, request: shapes.DescribeAccountLimitsInput
    ) -> shapes.DescribeAccountLimitsOutput:
        return {"AccountLimits": [{"Name": "StackLimit", "Value": 2000}, {"Name": "StackOutputsLimit", "Value": 200}]}


def _type_arn(ctx: Context, name: str) -> str:
    return f"arn:aws:cloudformation:{ctx.region}::type/resource/{name.replace('::', '-')}"


def _tops(found: schemas.Schema) -> list[schemas.Path]:
    return [(name,) for name in found.properties if (name,) not in found.read_only]
