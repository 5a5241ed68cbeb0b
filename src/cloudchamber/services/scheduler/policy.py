"""What EventBridge Scheduler operations ask IAM: the action, the ARN of schedule or group, the condition keys.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridgescheduler.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Check, Request, Rule, on

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudchamber.core.context import Context

SERVICE = "scheduler.amazonaws.com"


def _schedule(ctx: Context, request: Request) -> str:
    group = request.get("GroupName") or "default"
    return f"arn:aws:scheduler:{ctx.region}:{ctx.account}:schedule/{group}/{request['Name']}"


def _group(ctx: Context, request: Request) -> str:
    return f"arn:aws:scheduler:{ctx.region}:{ctx.account}:schedule-group/{request['Name']}"


def _tagged(ctx: Context, request: Request) -> str:
    return str(request["ResourceArn"])


def _tag_keys(ctx: Context, request: Request) -> dict[str, Any]:
    tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags") or ()}
    keys: dict[str, Any] = {f"aws:RequestTag/{name}": value for name, value in tags.items()}
    names = list(tags) or list(request.get("TagKeys") or ())
    if names:
        keys["aws:TagKeys"] = names
    return keys


def _puts(action: str) -> Rule:
    """A schedule is made with a role, which the caller must be allowed to pass."""

    def rule(ctx: Context, request: Request) -> Iterator[Check]:
        yield Check(action, _schedule(ctx, request))
        yield Check("iam:PassRole", request["Target"]["RoleArn"], {"iam:PassedToService": SERVICE})

    return rule


RULES: Mapping[str, Rule] = {
    **{name: _puts(f"scheduler:{name}") for name in ("CreateSchedule", "UpdateSchedule")},
    **{name: on(_schedule, f"scheduler:{name}") for name in ("GetSchedule", "DeleteSchedule")},
    "CreateScheduleGroup": on(_group, "scheduler:CreateScheduleGroup", _tag_keys),
    **{name: on(_group, f"scheduler:{name}") for name in ("GetScheduleGroup", "DeleteScheduleGroup")},
    "ListTagsForResource": on(_tagged, "scheduler:ListTagsForResource"),
    **{name: on(_tagged, f"scheduler:{name}", _tag_keys) for name in ("TagResource", "UntagResource")},
}
