"""What CloudWatch operations ask IAM: the action, the ARN of the alarm or dashboard, the condition keys.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Check, Request, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cloudchamber.core.context import Context


def _alarm_arn(ctx: Context, name: str) -> str:
    return f"arn:aws:cloudwatch:{ctx.region}:{ctx.account}:alarm:{name}"


def _tag_keys(request: Request) -> dict[str, Any]:
    tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags") or ()}
    names = list(tags) or list(request.get("TagKeys") or ())
    keys: dict[str, Any] = {f"aws:RequestTag/{name}": value for name, value in tags.items()}
    return {**keys, "aws:TagKeys": names} if names else keys


def _alarms(action: str, members: tuple[str, ...] = ("AlarmNames", "AlarmName")) -> Rule:
    """On each alarm that is named; on all of them where none is."""

    def rule(ctx: Context, request: Request) -> Iterator[Check]:
        given = next((request[member] for member in members if request.get(member)), "*")
        for name in [given] if isinstance(given, str) else given:
            yield Check(action, _alarm_arn(ctx, name), _tag_keys(request))

    return rule


def _puts(action: str) -> Rule:
    """Tags on an alarm that is put need leave of their own."""

    def rule(ctx: Context, request: Request) -> Iterator[Check]:
        arn, keys = _alarm_arn(ctx, request.get("AlarmName") or "*"), _tag_keys(request)
        actions = request.get("AlarmActions") or ()
        yield Check(action, arn, {**keys, "cloudwatch:AlarmActions": list(actions)} if actions else keys)
        if request.get("Tags"):
            yield Check("cloudwatch:TagResource", arn, keys)

    return rule


def _dashboards(action: str, names: Callable[[Request], list[str]]) -> Rule:
    def rule(ctx: Context, request: Request) -> Iterator[Check]:
        for name in names(request) or ["*"]:
            yield Check(action, f"arn:aws:cloudwatch::{ctx.account}:dashboard/{name}")

    return rule


def _resource(action: str) -> Rule:
    return lambda ctx, request: (Check(action, request.get("ResourceARN") or "*", _tag_keys(request)),)


def _put_metric_data(ctx: Context, request: Request) -> tuple[Check]:
    return (Check("cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": request.get("Namespace") or ""}),)


def _named(request: Request) -> list[str]:
    return [request["DashboardName"]] if request.get("DashboardName") else []


RULES: Mapping[str, Rule] = {
    "PutMetricData": _put_metric_data,
    "PutMetricAlarm": _puts("cloudwatch:PutMetricAlarm"),
    "PutCompositeAlarm": _puts("cloudwatch:PutCompositeAlarm"),
    **{name: _alarms(f"cloudwatch:{name}") for name in (
        "DeleteAlarms", "DescribeAlarmHistory", "DescribeAlarms", "DisableAlarmActions", "EnableAlarmActions",
        "SetAlarmState")},
    **{name: _dashboards(f"cloudwatch:{name}", _named) for name in ("GetDashboard", "PutDashboard")},
    "DeleteDashboards": _dashboards("cloudwatch:DeleteDashboards", lambda request: request.get("DashboardNames") or []),
    **{name: _resource(f"cloudwatch:{name}") for name in ("ListTagsForResource", "TagResource", "UntagResource")},
}  # fmt: skip
