"""What CloudFormation operations ask IAM: the action, the stack's ARN, the condition keys.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Check, Request, Rule, on

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudchamber.core.context import Context


def _named_stack(ctx: Context, request: Request) -> str:
    """By name, the id that follows it is not known before the stack is found: any will do."""
    name = request.get("StackName") or "*"
    if name.startswith("arn:"):
        return str(name)
    return f"arn:aws:cloudformation:{ctx.region}:{ctx.account}:stack/{name}/*"


def _keys(ctx: Context, request: Request) -> dict[str, Any]:
    tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags") or ()}
    keys: dict[str, Any] = {f"aws:RequestTag/{name}": value for name, value in tags.items()}
    if tags:
        keys["aws:TagKeys"] = list(tags)
    for member, key in (
        ("TemplateURL", "cloudformation:TemplateUrl"), ("RoleARN", "cloudformation:RoleArn"),
        ("StackPolicyURL", "cloudformation:StackPolicyUrl"), ("ChangeSetName", "cloudformation:ChangeSetName"),
    ):  # fmt: skip
        if request.get(member):
            keys[key] = request[member]
    return keys


def _with_role(action: str) -> Rule:
    """Who hands a role over must be allowed to pass it."""

    def rule(ctx: Context, request: Request) -> Iterator[Check]:
        yield Check(action, _named_stack(ctx, request), _keys(ctx, request))
        if request.get("RoleARN"):
            service = {"iam:PassedToService": "cloudformation.amazonaws.com"}
            yield Check("iam:PassRole", request["RoleARN"], service)

    return rule


def _change_set(action: str) -> Rule:
    def rule(ctx: Context, request: Request) -> tuple[Check]:
        name = request.get("ChangeSetName") or ""
        resource = _named_stack(ctx, request)
        if name.startswith("arn:") and not request.get("StackName"):
            resource = name
        return (Check(action, resource, {"cloudformation:ChangeSetName": name}),)

    return rule


_BY_STACK = (
    "CancelUpdateStack", "DescribeStackEvents", "DescribeStackResource", "DescribeStackResources", "DescribeStacks",
    "DetectStackDrift", "DetectStackResourceDrift", "DescribeStackResourceDrifts", "GetStackPolicy", "GetTemplate",
    "ListChangeSets", "ListStackResources", "SetStackPolicy", "SignalResource", "UpdateTerminationProtection",
    "GetTemplateSummary",
)  # fmt: skip
_WITH_ROLE = (
    "ContinueUpdateRollback", "CreateChangeSet", "CreateStack", "DeleteStack", "RollbackStack", "UpdateStack",
)  # fmt: skip

RULES: Mapping[str, Rule] = {
    **{name: on(_named_stack, f"cloudformation:{name}", _keys) for name in _BY_STACK},
    **{name: _with_role(f"cloudformation:{name}") for name in _WITH_ROLE},
    **{name: _change_set(f"cloudformation:{name}") for name in (
        "DeleteChangeSet", "DescribeChangeSet", "ExecuteChangeSet")},
}  # fmt: skip
