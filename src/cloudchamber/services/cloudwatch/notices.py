"""What an alarm tells those it acts on: the JSON of its notification, the mail, the event a function gets.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson

from cloudchamber.services.cloudwatch.alarm import ACTIONS_OF, COMPOSITE, Alarm
from cloudchamber.services.cloudwatch.records import Action

_REGIONS = {
    "us-east-1": "US East (N. Virginia)", "us-east-2": "US East (Ohio)", "us-west-1": "US West (N. California)",
    "us-west-2": "US West (Oregon)", "ca-central-1": "Canada (Central)", "eu-central-1": "EU (Frankfurt)",
    "eu-west-1": "EU (Ireland)", "eu-west-2": "EU (London)", "eu-west-3": "EU (Paris)", "eu-north-1": "EU (Stockholm)",
    "eu-south-1": "EU (Milan)", "ap-south-1": "Asia Pacific (Mumbai)", "ap-northeast-1": "Asia Pacific (Tokyo)",
    "ap-northeast-2": "Asia Pacific (Seoul)", "ap-northeast-3": "Asia Pacific (Osaka)",
    "ap-southeast-1": "Asia Pacific (Singapore)", "ap-southeast-2": "Asia Pacific (Sydney)",
    "ap-east-1": "Asia Pacific (Hong Kong)", "sa-east-1": "South America (Sao Paulo)",
}  # fmt: skip
# The statistics of a notification are spelt as nothing else of CloudWatch is.
_STATISTICS = {"SampleCount": "SAMPLE_COUNT", "Average": "AVERAGE", "Sum": "SUM", "Minimum": "MINIMUM",
               "Maximum": "MAXIMUM"}  # fmt: skip


def stamp(at: float) -> str:
    """`2026-11-21T09:00:00.000+0000`"""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"


def spelt(at: float) -> str:
    """`Saturday 21 November, 2026 09:00:00 UTC`"""
    return datetime.fromtimestamp(at, UTC).strftime("%A %d %B, %Y %H:%M:%S UTC")


def region_name(region: str) -> str:
    return _REGIONS.get(region, region)


def actions_of(alarm: Alarm, before: Alarm) -> list[Action]:
    """What an alarm has to do, having come from the state of `before`."""
    targets = alarm.actions
    if not targets:
        return []
    subject = f'{alarm.state}: "{alarm.name}" in {region_name(alarm.region)}'
    message, event = orjson.dumps(_message(alarm, before)).decode(), orjson.dumps(_event(alarm, before)).decode()
    text = _mail(alarm, before)
    return [
        Action(
            alarm.account, alarm.region, alarm.name, alarm.kind, alarm.arn, target, alarm.state, subject, message, text,
            event, alarm.updated_at,
        )
        for target in targets
    ]  # fmt: skip


def _message(alarm: Alarm, before: Alarm) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.config.get("AlarmDescription"),
        "AWSAccountId": alarm.account,
        "AlarmConfigurationUpdatedTimestamp": stamp(alarm.configured_at),
        "NewStateValue": alarm.state,
        "NewStateReason": alarm.reason,
        "StateChangeTime": stamp(alarm.updated_at),
        "Region": region_name(alarm.region),
        "AlarmArn": alarm.arn,
        "OldStateValue": before.state,
        **{name: alarm.config.get(name) or [] for name in ACTIONS_OF.values()},
    }
    if alarm.kind == COMPOSITE:
        shown["AlarmRule"] = alarm.config["AlarmRule"]
        if alarm.reason_data:
            shown["TriggeringChildren"] = orjson.loads(alarm.reason_data)["triggeringAlarms"]
        return shown
    return {**shown, "Trigger": _trigger(alarm)}


def _trigger(alarm: Alarm) -> dict[str, Any]:
    config = alarm.config
    limits = {
        "Period": alarm.period,
        "EvaluationPeriods": alarm.periods_to_evaluate,
        **({"DatapointsToAlarm": config["DatapointsToAlarm"]} if config.get("DatapointsToAlarm") else {}),
        "ComparisonOperator": config["ComparisonOperator"],
        "Threshold": alarm.threshold,
        "TreatMissingData": config.get("TreatMissingData") or "missing",
        "EvaluateLowSampleCountPercentile": config.get("EvaluateLowSampleCountPercentile") or "",
    }
    if config.get("Metrics"):
        return {**limits, "Metrics": [_query(one) for one in config["Metrics"]]}
    plain = config.get("Statistic")
    return {
        "MetricName": config["MetricName"],
        "Namespace": config["Namespace"],
        "StatisticType": "Statistic" if plain else "ExtendedStatistic",
        **({"Statistic": _STATISTICS[plain]} if plain else {"ExtendedStatistic": config["ExtendedStatistic"]}),
        "Unit": config.get("Unit"),
        "Dimensions": _dimensions(config.get("Dimensions")),
        **limits,
    }


def _dimensions(members: Any) -> list[dict[str, str]]:
    return [{"value": member["Value"], "name": member["Name"]} for member in members or ()]


def _query(one: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {"Id": one["Id"], "ReturnData": one.get("ReturnData", True)}
    if one.get("Label"):
        shown["Label"] = one["Label"]
    if one.get("Expression"):
        return {"Expression": one["Expression"], **shown}
    stat = one["MetricStat"]
    metric = stat["Metric"]
    shown["MetricStat"] = {
        "Metric": {
            "Dimensions": _dimensions(metric.get("Dimensions")),
            "MetricName": metric["MetricName"],
            "Namespace": metric["Namespace"],
        },
        "Period": stat["Period"],
        "Stat": stat["Stat"],
    }
    return shown


def _event(alarm: Alarm, before: Alarm) -> dict[str, Any]:
    """What a function is invoked with."""
    return {
        "source": "aws.cloudwatch",
        "alarmArn": alarm.arn,
        "accountId": alarm.account,
        "time": stamp(alarm.updated_at),
        "region": alarm.region,
        "alarmData": {
            "alarmName": alarm.name,
            "state": _state(alarm),
            "previousState": _state(before),
            "configuration": _configuration(alarm),
        },
    }


def _state(alarm: Alarm) -> dict[str, Any]:
    shown = {"value": alarm.state, "reason": alarm.reason, "timestamp": stamp(alarm.updated_at)}
    return {**shown, "reasonData": alarm.reason_data} if alarm.reason_data else shown


def _configuration(alarm: Alarm) -> dict[str, Any]:
    described = alarm.config.get("AlarmDescription")
    shown: dict[str, Any] = {"description": described} if described else {}
    if alarm.kind == COMPOSITE:
        return {**shown, "alarmRule": alarm.config["AlarmRule"]}
    metrics = []
    for one in alarm.queries:
        query: dict[str, Any] = {"id": one["Id"], "returnData": one.get("ReturnData", True)}
        if one.get("Expression"):
            query["expression"] = one["Expression"]
        else:
            stat = one["MetricStat"]
            metric = stat["Metric"]
            query["metricStat"] = {
                "metric": {
                    "namespace": metric["Namespace"],
                    "name": metric["MetricName"],
                    "dimensions": {d["Name"]: d["Value"] for d in metric.get("Dimensions") or ()},
                },
                "period": stat["Period"],
                "stat": stat["Stat"],
            }
        metrics.append(query)
    return {**shown, "metrics": metrics}


def _mail(alarm: Alarm, before: Alarm) -> str:
    """The text of the mail, for people."""
    at = spelt(alarm.updated_at)
    begun = (
        f'You are receiving this email because your Amazon CloudWatch Alarm "{alarm.name}" in the '
        f"{region_name(alarm.region)} region has entered the {alarm.state} state, because "
        f'"{alarm.reason}" at "{at}".'
    )
    lines = [
        begun,
        "",
        "Alarm Details:",
        f"- Name:                       {alarm.name}",
        f"- Description:                {alarm.config.get('AlarmDescription') or ''}",
        f"- State Change:               {before.state} -> {alarm.state}",
        f"- Reason for State Change:    {alarm.reason}",
        f"- Timestamp:                  {at}",
        f"- AWS Account:                {alarm.account}",
        f"- Alarm Arn:                  {alarm.arn}",
    ]
    return "\n".join(lines) + "\n"
