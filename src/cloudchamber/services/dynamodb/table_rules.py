"""What the operations on a table's tags, policies and insights ask IAM, and what CreateTable asks for them.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
Operations that are not here ask for their own action on every resource (ListTables, DescribeLimits, …).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.arn import account_of
from cloudchamber.core.service import Check, Request, Rule, on
from cloudchamber.services.dynamodb.policy import table_arn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudchamber.core.context import Context


def _resource(ctx: Context, request: Request) -> str:
    return str(request.get("ResourceArn") or "*")


def _table_or_index(ctx: Context, request: Request) -> str:
    arn, index = table_arn(ctx, request), request.get("IndexName")
    return f"{arn}/index/{index}" if index else arn


def _tag_keys(ctx: Context, request: Request) -> dict[str, Any]:
    tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags") or ()}
    keys: dict[str, Any] = {f"aws:RequestTag/{name}": value for name, value in tags.items()}
    names = list(tags) or list(request.get("TagKeys") or ())
    if names:
        keys["aws:TagKeys"] = names
    return keys


def _creates(ctx: Context, request: Request) -> Iterator[Check]:
    """Tags and a policy of a new table need leave of their own."""
    arn, keys = table_arn(ctx, request), _tag_keys(ctx, request)
    yield Check("dynamodb:CreateTable", arn, keys)
    if request.get("Tags"):
        yield Check("dynamodb:TagResource", arn, keys)
    if request.get("ResourcePolicy"):
        yield Check("dynamodb:PutResourcePolicy", arn)


def _changes_policy(action: str) -> Rule:
    """The root user of the account always can: a policy must not lock everybody out."""

    def rule(ctx: Context, request: Request) -> Iterator[Check]:
        arn = _resource(ctx, request)
        if ctx.principal.kind != "root" or account_of(arn) not in ("", ctx.principal.account):
            yield Check(action, arn)

    return rule


TABLE_RULES: Mapping[str, Rule] = {
    "CreateTable": _creates,
    "TagResource": on(_resource, "dynamodb:TagResource", _tag_keys),
    "UntagResource": on(_resource, "dynamodb:UntagResource", _tag_keys),
    "ListTagsOfResource": on(_resource, "dynamodb:ListTagsOfResource"),
    "PutResourcePolicy": _changes_policy("dynamodb:PutResourcePolicy"),
    "DeleteResourcePolicy": _changes_policy("dynamodb:DeleteResourcePolicy"),
    "GetResourcePolicy": on(_resource, "dynamodb:GetResourcePolicy"),
    "DescribeContributorInsights": on(_table_or_index, "dynamodb:DescribeContributorInsights"),
    "UpdateContributorInsights": on(_table_or_index, "dynamodb:UpdateContributorInsights"),
}
