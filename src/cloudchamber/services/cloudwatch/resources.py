"""CloudFormation's resource types of CloudWatch.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_CloudWatch.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import orjson

from cloudchamber.core.resource_types import Desired, Made, Properties, ResourceType
from cloudchamber.protocol.provisioning import Tagged, Type, ask, kept, name_within, picked, tag_list, unless_gone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

TAGS = Tagged("cloudwatch", name="ResourceARN")


def _arn(ctx: Context, name: str) -> str:
    return f"arn:aws:cloudwatch:{ctx.region}:{ctx.account}:alarm:{name}"


class Alarm(Type):
    """An alarm on metrics, or one on other alarms: both are put whole."""

    put: ClassVar[str] = "cloudwatch:PutMetricAlarm"
    kind: ClassVar[str] = "MetricAlarm"
    shown: ClassVar[tuple[str, ...]] = (
        "ComparisonOperator", "DatapointsToAlarm", "Dimensions", "EvaluateLowSampleCountPercentile",
        "EvaluationPeriods", "ExtendedStatistic", "MetricName", "Metrics", "Namespace", "Period", "Statistic",
        "Threshold", "ThresholdMetricId", "TreatMissingData", "Unit",
    )  # fmt: skip
    refused: ClassVar[Mapping[str, Any]] = {
        "ActionConfiguration": None, "EvaluationCriteria": None, "EvaluationInterval": None, "EvaluationWindow": None,
        "WarmUpConfiguration": None,
    }  # fmt: skip

    async def make(self, ctx: Context, desired: Desired) -> Made:
        name = desired.properties.get("AlarmName") or name_within(desired, 255)
        await ask(ctx, self.put, desired.properties, AlarmName=name, Tags=TAGS.wanted(desired))
        return Made(name, {"Arn": _arn(ctx, name)})

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        await ask(ctx, self.put, desired.properties, "Tags", AlarmName=physical_id)
        await TAGS.change(ctx, _arn(ctx, physical_id), desired)
        return Made(physical_id, {"Arn": _arn(ctx, physical_id)})

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await unless_gone(ctx.call("cloudwatch:DeleteAlarms", AlarmNames=[physical_id]))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        named = {"AlarmNames": [physical_id], "AlarmTypes": [self.kind]}
        found = (await ask(ctx, "cloudwatch:DescribeAlarms", named)).get(f"{self.kind}s") or [{}]
        actions = ("ActionsEnabled", "AlarmActions", "AlarmDescription", "InsufficientDataActions", "OKActions")
        shown = picked(found[0], "AlarmName", *actions, *self.shown)
        tags = tag_list(await TAGS.now(ctx, _arn(ctx, physical_id)))
        return {**shown, "Arn": _arn(ctx, physical_id), **picked({"Tags": tags}, "Tags")}


class CompositeAlarm(Alarm):
    put: ClassVar[str] = "cloudwatch:PutCompositeAlarm"
    kind: ClassVar[str] = "CompositeAlarm"
    shown: ClassVar[tuple[str, ...]] = (
        "ActionsSuppressor", "ActionsSuppressorExtensionPeriod", "ActionsSuppressorWaitPeriod", "AlarmRule",
    )  # fmt: skip
    refused: ClassVar[Mapping[str, Any]] = {"ActionConfiguration": None}


class Dashboard(Type):
    async def make(self, ctx: Context, desired: Desired) -> Made:
        name = desired.properties.get("DashboardName") or name_within(desired, 255)
        await ask(ctx, "cloudwatch:PutDashboard", desired.properties, "Tags", DashboardName=name)
        return Made(name)

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        await ask(ctx, "cloudwatch:PutDashboard", desired.properties, "Tags", DashboardName=physical_id)
        return Made(physical_id)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await unless_gone(ctx.call("cloudwatch:DeleteDashboards", DashboardNames=[physical_id]))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        body = (await ctx.call("cloudwatch:GetDashboard", DashboardName=physical_id))["DashboardBody"]
        given = properties["DashboardBody"]
        wanted = orjson.loads(given) if isinstance(given, str) else given
        shown = given if orjson.loads(body) == wanted else body
        return {"DashboardName": physical_id, "DashboardBody": shown, **kept(properties, "Tags")}


TYPES: Mapping[str, ResourceType] = {
    "AWS::CloudWatch::Alarm": Alarm(),
    "AWS::CloudWatch::CompositeAlarm": CompositeAlarm(),
    "AWS::CloudWatch::Dashboard": Dashboard(),
}
