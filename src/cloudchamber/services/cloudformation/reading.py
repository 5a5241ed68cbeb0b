"""What is told of stacks: descriptions, listings, resources, events, templates, exports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.pagination import InvalidMarker, decode_marker, encode_marker
from cloudchamber.core.service import Request, operation
from cloudchamber.services.cloudformation import limits, outputs, parameters, schemas
from cloudchamber.services.cloudformation.base import page
from cloudchamber.services.cloudformation.change_sets import ChangeSets
from cloudchamber.services.cloudformation.errors import NoSuchChangeSet, ValidationError
from cloudchamber.services.cloudformation.planning import capabilities_of, iam_types
from cloudchamber.services.cloudformation.source import parse
from cloudchamber.services.cloudformation.template import Template, names_of, transforms_of

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.cloudformation import shapes
    from cloudchamber.services.cloudformation.records import Event, Stack, StackResource


class Reading(ChangeSets):
    @operation
    async def describe_stacks(self, ctx: Context, request: shapes.DescribeStacksInput) -> shapes.DescribeStacksOutput:
        if request.get("StackName"):
            return {"Stacks": [self._shown(self.stack(ctx, request["StackName"]))]}
        found = self.store.stacks.where(account=ctx.account, region=ctx.region, order="created_at")
        chosen, more = page(request, [s for s in reversed(found) if s.is_live], limits.STACKS_PAGE)
        return {"Stacks": [self._shown(stack) for stack in chosen], **more}  # type: ignore[typeddict-item]

    def _shown(self, stack: Stack) -> Any:
        declared = self.store.template(stack.template).parameters if stack.template else {}
        shown: dict[str, Any] = {
            "StackId": stack.id, "StackName": stack.name, "CreationTime": stack.created_at,
            "StackStatus": stack.status, "DisableRollback": stack.keeps_failure or stack.on_failure == "DO_NOTHING",
            "NotificationARNs": list(stack.notification_arns), "Capabilities": list(stack.capabilities),
            "Tags": [{"Key": key, "Value": value} for key, value in stack.tags.items()],
            "Outputs": list(stack.outputs), "RollbackConfiguration": {},
            "Parameters": [
                {"ParameterKey": key,
                 "ParameterValue": parameters.MASK if parameters.is_secret(declared.get(key) or {}) else given.value,
                 **({"ResolvedValue": given.resolved} if given.resolved is not None else {})}
                for key, given in stack.parameters.items()
            ],
            "EnableTerminationProtection": stack.is_protected,
            "DriftInformation": {"StackDriftStatus": stack.drift_status},
        }  # fmt: skip
        if stack.drift_at:
            shown["DriftInformation"]["LastCheckTimestamp"] = stack.drift_at
        optional = {
            "Description": stack.description, "StackStatusReason": stack.reason, "LastUpdatedTime": stack.updated_at,
            "DeletionTime": stack.deleted_at, "RoleARN": stack.role_arn, "TimeoutInMinutes": stack.timeout_minutes,
            "ChangeSetId": stack.change_set_id, "ParentId": stack.parent_id, "RootId": stack.root_id,
            "RetainExceptOnCreate": stack.retains_unless_created,
        }  # fmt: skip
        return shown | {name: value for name, value in optional.items() if value}

    @operation
    async def list_stacks(self, ctx: Context, request: shapes.ListStacksInput) -> shapes.ListStacksOutput:
        wanted = set(request.get("StackStatusFilter") or ())
        found = self.store.stacks.where(account=ctx.account, region=ctx.region, order="created_at")
        listed = [stack for stack in reversed(found) if not wanted or stack.status in wanted]
        chosen, more = page(request, listed, limits.STACKS_PAGE)
        summaries = []
        for stack in chosen:
            shown: dict[str, Any] = {
                "StackId": stack.id, "StackName": stack.name, "CreationTime": stack.created_at,
                "StackStatus": stack.status, "DriftInformation": {"StackDriftStatus": stack.drift_status},
            }  # fmt: skip
            optional = {
                "TemplateDescription": stack.description, "StackStatusReason": stack.reason, "RootId": stack.root_id,
                "LastUpdatedTime": stack.updated_at, "DeletionTime": stack.deleted_at, "ParentId": stack.parent_id,
            }  # fmt: skip
            summaries.append(shown | {name: value for name, value in optional.items() if value})
        return {"StackSummaries": summaries, **more}  # type: ignore[typeddict-item]

    # events

    @operation
    async def describe_stack_events(
        self, ctx: Context, request: shapes.DescribeStackEventsInput
    ) -> shapes.DescribeStackEventsOutput:
        name = request.get("StackName") or ""
        stack = self.store.named(ctx.account, ctx.region, name)
        if stack is None:
            raise ValidationError(f"Stack [{name}] does not exist")
        before = None
        if request.get("NextToken"):
            try:
                before = int(decode_marker(request["NextToken"]))
            except (InvalidMarker, ValueError):
                raise ValidationError("Invalid NextToken") from None
        found = self.store.events(stack.id, before, limits.EVENTS_PAGE + 1)
        shown = [_event(stack, event) for _, event in found[: limits.EVENTS_PAGE]]
        if len(found) <= limits.EVENTS_PAGE:
            return {"StackEvents": shown}
        return {"StackEvents": shown, "NextToken": encode_marker(str(found[limits.EVENTS_PAGE - 1][0]))}

    # resources

    @operation
    async def describe_stack_resource(
        self, ctx: Context, request: shapes.DescribeStackResourceInput
    ) -> shapes.DescribeStackResourceOutput:
        stack = self.stack_of_resources(ctx, request["StackName"])
        row = self.store.resources.get(stack.id, request["LogicalResourceId"])
        if row is None:
            raise ValidationError(f"Resource {request['LogicalResourceId']} does not exist for stack {stack.name}")
        shown = _resource(row, "LastUpdatedTimestamp", stack)
        if row.metadata:
            shown["Metadata"] = orjson.dumps(row.metadata).decode()
        return {"StackResourceDetail": shown}  # type: ignore[typeddict-item]

    def stack_of_resources(self, ctx: Context, name: str) -> Stack:
        found = self.store.named(ctx.account, ctx.region, name)
        if found is None:
            raise ValidationError(f"Stack '{name}' does not exist")
        return found

    @operation
    async def describe_stack_resources(
        self, ctx: Context, request: shapes.DescribeStackResourcesInput
    ) -> shapes.DescribeStackResourcesOutput:
        if request.get("PhysicalResourceId"):
            rows = self.store.resources.where(physical_id=request["PhysicalResourceId"])
            mine = [row for row in rows if (found := self.store.stacks.get(row.stack_id)) and found.is_live
                    and (found.account, found.region) == (ctx.account, ctx.region)]  # fmt: skip
            if not mine:
                raise ValidationError(f"Stack for {request['PhysicalResourceId']} does not exist")
            stack = self.stack(ctx, mine[0].stack_id)
        elif request.get("StackName"):
            stack = self.stack(ctx, request["StackName"])
        else:
            raise ValidationError("Stack name or physical resource id must be specified")
        rows = list(self.store.resources_of(stack.id).values())
        if request.get("LogicalResourceId"):
            rows = [row for row in rows if row.logical_id == request["LogicalResourceId"]]
        return {"StackResources": [_resource(row, "Timestamp", stack) for row in rows[:100]]}  # type: ignore[misc]

    @operation
    async def list_stack_resources(
        self, ctx: Context, request: shapes.ListStackResourcesInput
    ) -> shapes.ListStackResourcesOutput:
        stack = self.stack(ctx, request["StackName"])
        rows, more = page(request, list(self.store.resources_of(stack.id).values()), limits.STACKS_PAGE)
        shown = [_resource(row, "LastUpdatedTimestamp") for row in rows]
        return {"StackResourceSummaries": shown, **more}  # type: ignore[typeddict-item]

    # templates

    @operation
    async def get_template(self, ctx: Context, request: shapes.GetTemplateInput) -> shapes.GetTemplateOutput:
        if request.get("ChangeSetName"):
            found, _ = self._change_set(ctx, request)
            key = found.template
            if not key:
                raise NoSuchChangeSet(request["ChangeSetName"])
        else:
            if not request.get("StackName"):
                raise ValidationError("StackName is required if ChangeSetName is not specified.")
            stack = self.stack(ctx, request["StackName"])
            key = stack.template
            if not key:  # a change set is still to be executed
                return {"StagesAvailable": ["Original", "Processed"]}
        original = self.store.original(key)
        if (request.get("TemplateStage") or "Original") == "Original":
            return {"TemplateBody": original, "StagesAvailable": ["Original", "Processed"]}
        processed = self.store.template(key).raw
        has_transform = bool(transforms_of(parse(original))) or "Fn::Transform" in original or "!Transform" in original
        body = orjson.dumps({k: v for k, v in processed.items() if k != "Transform"}).decode()
        return {
            "TemplateBody": body if has_transform else original, "StagesAvailable": ["Original", "Processed"],
        }  # fmt: skip

    @operation
    async def validate_template(
        self, ctx: Context, request: shapes.ValidateTemplateInput
    ) -> shapes.ValidateTemplateOutput:
        template = await self._read(ctx, request)
        parameters.check_declared(template.parameters)
        if template.transforms:
            template.check_structure()
        else:
            template.check()
        shown: dict[str, Any] = {
            "Parameters": [
                {"ParameterKey": name, "NoEcho": parameters.is_secret(declared),
                 **({"DefaultValue": str(declared["Default"])} if declared.get("Default") is not None else {}),
                 **({"Description": declared["Description"]} if declared.get("Description") else {})}
                for name, declared in template.parameters.items()
            ],
        }  # fmt: skip
        return {**shown, **_told(template)}  # type: ignore[typeddict-item]

    async def _read(self, ctx: Context, request: Request) -> Template:
        return Template(parse(await self.template_text(ctx, request)))

    @operation
    async def get_template_summary(
        self, ctx: Context, request: shapes.GetTemplateSummaryInput
    ) -> shapes.GetTemplateSummaryOutput:
        if request.get("StackName"):
            stack = self.live_stack(ctx, request["StackName"])
            template = Template(parse(self.store.original(stack.template))) if stack.template else Template({})
        else:
            template = await self._read(ctx, request)
            template.check_structure()
        parameters.check_declared(template.parameters)
        by_type: dict[str, list[str]] = {}
        for name, resource in template.resources.items():
            by_type.setdefault(resource["Type"], []).append(name)
        shown: dict[str, Any] = {
            "Parameters": [_declared(name, declared) for name, declared in template.parameters.items()],
            "ResourceTypes": list(by_type),
            "ResourceIdentifierSummaries": [
                {"ResourceType": kind, "LogicalResourceIds": names, "ResourceIdentifiers": _identifiers(kind)}
                for kind, names in by_type.items() if _identifiers(kind)
            ],
        }  # fmt: skip
        if template.raw.get("AWSTemplateFormatVersion"):
            shown["Version"] = str(template.raw["AWSTemplateFormatVersion"])
        if template.raw.get("Metadata"):
            shown["Metadata"] = orjson.dumps(template.raw["Metadata"]).decode()
        return {**shown, **_told(template)}  # type: ignore[typeddict-item]

    # exports

    @operation
    async def list_exports(self, ctx: Context, request: shapes.ListExportsInput) -> shapes.ListExportsOutput:
        found = self.store.exports.where(account=ctx.account, region=ctx.region)
        chosen, more = page(request, found, limits.STACKS_PAGE)
        shown = [{"ExportingStackId": each.stack_id, "Name": each.name, "Value": each.value} for each in chosen]
        return {"Exports": shown, **more}  # type: ignore[typeddict-item]

    @operation
    async def list_imports(self, ctx: Context, request: shapes.ListImportsInput) -> shapes.ListImportsOutput:
        name = request["ExportName"]
        found = self.store.exports.get(ctx.account, ctx.region, name)
        users = outputs.users_of(self.store, self.stack(ctx, found.stack_id), name) if found is not None else []
        if not users:
            raise ValidationError(f"Export '{name}' is not imported by any stack.")
        chosen, more = page(request, users, limits.STACKS_PAGE)
        return {"Imports": chosen, **more}  # type: ignore[typeddict-item]


def _told(template: Template) -> dict[str, Any]:
    """What ValidateTemplate and GetTemplateSummary both say."""
    shown: dict[str, Any] = {}
    if template.description:
        shown["Description"] = template.description
    needed = capabilities_of(template)
    if needed:
        shown["Capabilities"] = [needed]
        listed = ", ".join(iam_types(template))
        shown["CapabilitiesReason"] = f"The following resource(s) require capabilities: [{listed}]"
    if template.transforms:
        shown["DeclaredTransforms"] = template.transforms
        shown["Capabilities"] = [*shown.get("Capabilities", ()), "CAPABILITY_AUTO_EXPAND"]
        shown.setdefault("CapabilitiesReason", "The following transform(s) require capabilities: "
                         f"[{', '.join(template.transforms)}]")  # fmt: skip
    return shown


def _declared(name: str, declared: Any) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "ParameterKey": name, "ParameterType": declared["Type"], "NoEcho": parameters.is_secret(declared),
        "ParameterConstraints": {},
    }  # fmt: skip
    if declared.get("Default") is not None:
        shown["DefaultValue"] = str(declared["Default"])
    if declared.get("Description"):
        shown["Description"] = declared["Description"]
    if declared.get("AllowedValues"):
        shown["ParameterConstraints"] = {"AllowedValues": [str(item) for item in names_of(declared["AllowedValues"])]}
    return shown


def _identifiers(kind: str) -> list[str]:
    found = schemas.schema(kind)
    return ["/".join(path) for path in found.identifier] if found is not None else []


def _event(stack: Stack, event: Event) -> Any:
    shown: dict[str, Any] = {
        "StackId": stack.id, "EventId": event.id, "StackName": stack.name, "LogicalResourceId": event.logical_id,
        "PhysicalResourceId": event.physical_id, "ResourceType": event.type, "Timestamp": event.at,
        "ResourceStatus": event.status,
    }  # fmt: skip
    optional = {
        "ResourceStatusReason": event.reason, "ResourceProperties": event.properties,
        "ClientRequestToken": event.token,
    }  # fmt: skip
    return shown | {name: value for name, value in optional.items() if value}


def _resource(row: StackResource, timestamp: str, with_stack: Stack | None = None) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "LogicalResourceId": row.logical_id, "ResourceType": row.type, timestamp: row.updated_at,
        "ResourceStatus": row.status, "DriftInformation": {"StackResourceDriftStatus": row.drift_status},
    }  # fmt: skip
    if row.drift_at:
        shown["DriftInformation"]["LastCheckTimestamp"] = row.drift_at
    if with_stack is not None:
        shown |= {"StackName": with_stack.name, "StackId": with_stack.id}
        if row.description:
            shown["Description"] = row.description
    if row.physical_id:
        shown["PhysicalResourceId"] = row.physical_id
    if row.reason:
        shown["ResourceStatusReason"] = row.reason
    return shown
