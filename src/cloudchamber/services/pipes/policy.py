"""What EventBridge Pipes operations ask IAM: the action, the pipe's ARN, the condition keys.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridgepipes.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Check, Request, Rule, on

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudchamber.core.context import Context

SERVICE = "pipes.amazonaws.com"


def _pipe(ctx: Context, request: Request) -> str:
    return f"arn:aws:pipes:{ctx.region}:{ctx.account}:pipe/{request['Name']}"


def _tagged(ctx: Context, request: Request) -> str:
    return str(request["resourceArn"])


def _tag_keys(ctx: Context, request: Request) -> dict[str, Any]:
    tags = request.get("Tags") or request.get("tags") or {}
    keys: dict[str, Any] = {f"aws:RequestTag/{name}": value for name, value in tags.items()}
    names = list(tags) or list(request.get("tagKeys") or ())
    if names:
        keys["aws:TagKeys"] = names
    return keys


def _puts(action: str) -> Rule:
    """A pipe works as a role, which the caller must be allowed to pass."""

    def rule(ctx: Context, request: Request) -> Iterator[Check]:
        yield Check(action, _pipe(ctx, request), _tag_keys(ctx, request))
        yield Check("iam:PassRole", request["RoleArn"], {"iam:PassedToService": SERVICE})

    return rule


RULES: Mapping[str, Rule] = {
    **{name: _puts(f"pipes:{name}") for name in ("CreatePipe", "UpdatePipe")},
    **{name: on(_pipe, f"pipes:{name}") for name in ("DeletePipe", "DescribePipe", "StartPipe", "StopPipe")},
    "ListTagsForResource": on(_tagged, "pipes:ListTagsForResource"),
    **{name: on(_tagged, f"pipes:{name}", _tag_keys) for name in ("TagResource", "UntagResource")},
}
