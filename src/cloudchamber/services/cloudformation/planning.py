"""From a request to what a stack is to become: the template read, transformed and checked, parameters filled in, and
what would change. All that AWS refuses at once is refused here, before anything is made.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from cloudchamber.core.errors import AwsError
from cloudchamber.services.cloudformation import limits, outputs, parameters, rules, schemas
from cloudchamber.services.cloudformation.base import CloudFormationBase
from cloudchamber.services.cloudformation.changes import Change, replaces
from cloudchamber.services.cloudformation.errors import (
    InsufficientCapabilities,
    TemplateFormatError,
    ValidationError,
)
from cloudchamber.services.cloudformation.functions import AFTER_APPLY, evaluate
from cloudchamber.services.cloudformation.parameters import Given
from cloudchamber.services.cloudformation.scope import EarlyScope, StackScope
from cloudchamber.services.cloudformation.source import located, parse
from cloudchamber.services.cloudformation.template import Template
from cloudchamber.services.cloudformation.transforms import Transforms, read_object

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request
    from cloudchamber.services.cloudformation.records import Stack, StackResource

_NAMED = {
    "AWS::IAM::Group": "GroupName", "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName", "AWS::IAM::Role": "RoleName", "AWS::IAM::User": "UserName",
}  # fmt: skip
_IAM = frozenset({
    *_NAMED, "AWS::IAM::AccessKey", "AWS::IAM::GroupPolicy", "AWS::IAM::Policy", "AWS::IAM::RolePolicy",
    "AWS::IAM::UserPolicy", "AWS::IAM::UserToGroupAddition",
})  # fmt: skip
_NEVER_SNAPSHOT = "Snapshot"


@dataclass(frozen=True, slots=True)
class Plan:
    """A stack as it is to be. `changes` is what a change set shows; empty where nothing would be done."""

    stack: Stack
    template: Template
    original: str
    changes: tuple[dict[str, Any], ...]
    keeps_outputs: bool

    @property
    def is_idle(self) -> bool:
        return not self.changes and self.keeps_outputs


class Planning(CloudFormationBase):
    async def template_text(self, ctx: Context, request: Request, stack: Stack | None = None) -> str:
        """The text of the template a request names. ValidationError."""
        body, url = request.get("TemplateBody"), request.get("TemplateURL")
        if request.get("UsePreviousTemplate"):
            if body or url:
                raise ValidationError("A template cannot be specified together with UsePreviousTemplate.")
            if stack is None or not stack.template:
                raise ValidationError("There is no previous template to use")
            return self.store.original(stack.template)
        if bool(body) == bool(url):
            raise ValidationError("Either Template URL or Template Body must be specified.")
        if body:
            if len(body.encode()) > limits.TEMPLATE_BODY_BYTES_MAX and ctx.via != "cloudformation":
                raise ValidationError(
                    "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must "
                    f"have length less than or equal to {limits.TEMPLATE_BODY_BYTES_MAX}"
                )
            return str(body)
        return await fetched(ctx, str(url))

    async def planned(self, ctx: Context, request: Request, stack: Stack, text: str | None = None) -> Plan:
        """What a request makes of a stack. With the text of the template it is for a change set; without, transforms
        have to be acknowledged, since nobody will see what they do before it is done."""
        is_new, direct = not stack.template, text is None
        if text is None:
            text = await self.template_text(ctx, request, None if is_new else stack)
        raw = parse(text)
        try:
            if not _has_transform(raw, text):
                Template(raw).check_structure()
            declared = Template(raw).parameters
            parameters.check_declared(declared)
        except TemplateFormatError as error:
            raise located(error, text) from None
        previous = None if is_new else {key: given.value for key, given in stack.parameters.items()}
        values = parameters.chosen(declared, request.get("Parameters") or (), previous)
        given = await self._given(ctx, declared, values)
        parameters.check(declared, {name: each.effective for name, each in given.items()})
        draft = replace(stack, parameters=given)
        capabilities = set(request.get("Capabilities") or ())
        if _has_transform(raw, text):
            if direct and "CAPABILITY_AUTO_EXPAND" not in capabilities and not request.get("UsePreviousTemplate"):
                raise InsufficientCapabilities(["CAPABILITY_AUTO_EXPAND"])
            raw = await Transforms(ctx, self.store, draft).apply(raw)
        template = Template(raw)
        parameters.check_declared(template.parameters)
        template.check()
        draft = replace(draft, description=template.description, capabilities=tuple(sorted(capabilities)))
        rules.check(template, EarlyScope(template, draft))
        changes, keeps_outputs = self._changes(draft, template, is_strict=not direct)
        _check_capabilities(template, capabilities)
        _check_allowed(template, request.get("ResourceTypes") or ())
        return Plan(draft, template, text, changes, keeps_outputs)

    async def _given(self, ctx: Context, declared: Mapping[str, Any], values: dict[str, str]) -> dict[str, Given]:
        """Values with what the parameter store makes of them. ValidationError for names it does not have."""
        stored = {name: value for name, value in values.items() if parameters.is_stored(declared[name]["Type"])}
        found: dict[str, str] = {}
        for value in dict.fromkeys(stored.values()):
            answer = await ctx.call("ssm:GetParameters", Names=[value])
            if not answer["Parameters"]:
                raise ValidationError(f"Unable to fetch parameters [{value}] from parameter store for this account.")
            if answer["Parameters"][0]["Type"] == "SecureString":
                raise ValidationError(
                    f"Parameters [{value}] referenced by template have types not supported by CloudFormation."
                )
            found[value] = answer["Parameters"][0]["Value"]
        return {name: Given(name, value, found[value] if name in stored else None) for name, value in values.items()}

    # what changes

    def _changes(self, draft: Stack, template: Template, is_strict: bool) -> tuple[tuple[dict[str, Any], ...], bool]:
        """The changes to resources, and whether outputs stay as they are. Imports that are not there are refused if
        `is_strict`; else it is the deployment that fails, as on AWS."""
        stack = self.store.stacks.get(draft.id) or replace(draft, template="")
        rows = {
            name: row
            for name, row in (self.store.resources_of(stack.id) if stack.template else {}).items()
            if row.status not in ("DELETE_COMPLETE", "DELETE_SKIPPED")
        }
        unknown: dict[str, bool] = {}

        def imported(name: str) -> str:
            found = self.store.exports.get(draft.account, draft.region, name)
            return AFTER_APPLY if found is None and not is_strict else outputs.imported(self.store, draft, name)

        scope = StackScope(template, draft, rows, imported, unknown)
        wanted = scope.wanted()
        self._check_types(template, wanted, rows)
        changes = []
        retags = bool(stack.template) and stack.tags != draft.tags
        for name in _in_order(template, wanted):
            definition, row = wanted[name], rows.get(name)
            if row is None or row.status == "CREATE_FAILED":
                unknown[name] = True
        for name in _in_order(template, wanted):
            definition, row = wanted[name], rows.get(name)
            properties = schemas.coerced(
                schemas.schema(definition["Type"]), evaluate(definition.get("Properties") or {}, scope)
            )
            change = Change(name, row, definition, template.parameters)
            if row is None or row.status == "CREATE_FAILED":
                changes.append(change.added(properties))
                continue
            found = change.modified(properties, retags)
            if found is None and row.status.endswith("_FAILED"):
                found = {**change.added(properties), "Action": "Modify", "Replacement": "False"}
            if found is not None:
                changes.append(found)
                unknown[name] = replaces(row.type, row.properties, properties)
        for name, row in rows.items():
            if name not in wanted:
                changes.append(Change(name, row, None, template.parameters).removed())
        made = outputs.evaluated(template, scope)
        return tuple(changes), list(stack.outputs) == made and not retags

    def _check_types(
        self, template: Template, wanted: Mapping[str, Mapping[str, Any]], rows: Mapping[str, StackResource]
    ) -> None:
        unknown = sorted({
            definition["Type"]
            for name, definition in template.resources.items()
            if (name in wanted or definition["Type"] not in schemas.index())
            and self.engine.resource_type(definition["Type"]) is None
        })  # fmt: skip
        if unknown:
            raise TemplateFormatError(f"Unrecognized resource types: [{', '.join(unknown)}]")
        for definition in wanted.values():
            if _NEVER_SNAPSHOT in (definition.get("DeletionPolicy"), definition.get("UpdateReplacePolicy")):
                kind = definition["Type"]
                raise ValidationError(f"Template error: resource type {kind} does not support deletion policy Snapshot")
        retyped = [name for name, row in rows.items() if name in wanted and wanted[name]["Type"] != row.type]
        if retyped:
            raise ValidationError(
                "Update of resource type is not permitted. The new template modifies resource type of the following "
                f"resources: [{', '.join(retyped)}]"
            )

    def keep(self, plan: Plan) -> Stack:
        """The planned stack with its template kept. Inside a transaction."""
        return replace(plan.stack, template=self.store.keep_template(plan.original, plan.template.raw))


def _in_order(template: Template, wanted: Mapping[str, Any]) -> list[str]:
    """Names after what they depend on."""
    order: dict[str, None] = {}
    waiting = list(reversed(list(wanted)))
    while waiting:
        name = waiting[-1]
        ahead = [need for need in template.dependencies[name] if need in wanted and need not in order]
        if ahead:
            waiting += ahead
        else:
            order[waiting.pop()] = None
    return list(order)


def _has_transform(raw: Mapping[str, Any], text: str) -> bool:
    return bool(raw.get("Transform")) or "Fn::Transform" in text or "!Transform" in text


def _check_capabilities(template: Template, given: set[str]) -> None:
    needed = capabilities_of(template)
    if needed and not given & {needed, "CAPABILITY_NAMED_IAM"}:
        raise InsufficientCapabilities([needed])


def _check_allowed(template: Template, allowed: Sequence[str]) -> None:
    """The types that a request limits itself to: `AWS::*`, `Custom::*`, `AWS::SQS::*`, `AWS::SQS::Queue`."""
    for definition in template.resources.values() if allowed else ():
        if not any(fnmatchcase(definition["Type"], pattern) for pattern in allowed):
            listed = ", ".join(allowed)
            raise ValidationError(
                f"Resource type {definition['Type']} is not allowed by parameter ResourceTypes [{listed}]"
            )


def capabilities_of(template: Template) -> str:
    """What a template's IAM resources need to be acknowledged; empty for nothing."""
    found = [definition for definition in template.resources.values() if definition.get("Type") in _IAM]
    if any(_NAMED.get(each["Type"], "-") in (each.get("Properties") or {}) for each in found):
        return "CAPABILITY_NAMED_IAM"
    return "CAPABILITY_IAM" if found else ""


def iam_types(template: Template) -> list[str]:
    return sorted({each["Type"] for each in template.resources.values() if each.get("Type") in _IAM})


async def fetched(ctx: Context, url: str) -> str:
    """A document at an S3 URL, of AWS's form or of this cloud's own address. ValidationError."""
    parts = urlsplit(url)
    host, path = parts.netloc, unquote(parts.path.lstrip("/"))
    name = host.partition(":")[0]
    has_bucket = ".s3" in name  # in the host
    is_s3 = has_bucket or name.startswith(("s3.", "s3-")) or ":" in host or name == "localhost"
    bucket, _, key = (name.partition(".s3")[0], "", path) if has_bucket else path.partition("/")
    if parts.scheme not in ("http", "https") or not is_s3 or not bucket or not key:
        raise ValidationError("TemplateURL must be a supported URL.")
    try:
        return (await read_object(ctx, bucket, key)).decode(errors="replace")
    except ValidationError:
        raise
    except AwsError as error:
        raise ValidationError(
            f"S3 error: {error.message}\nFor more information check "
            "http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"
        ) from None
