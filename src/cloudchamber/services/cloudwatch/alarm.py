"""Alarms: what one is, what PutMetricAlarm takes, and how one is shown.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import NotImplementedByUs
from cloudchamber.services.cloudwatch import limits, query
from cloudchamber.services.cloudwatch.errors import InvalidAlarm
from cloudchamber.services.cloudwatch.statistic import reader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.metrics import MetricKey

METRIC, COMPOSITE = "MetricAlarm", "CompositeAlarm"
OK, ALARM, INSUFFICIENT = "OK", "ALARM", "INSUFFICIENT_DATA"
ACTIONS_OF = {OK: "OKActions", ALARM: "AlarmActions", INSUFFICIENT: "InsufficientDataActions"}
TREATMENTS = ("breaching", "notBreaching", "ignore", "missing")
_OF_ONE_METRIC = ("MetricName", "Namespace", "Dimensions", "Period", "Statistic", "ExtendedStatistic", "Unit")
_MISSING_MEMBERS = ("EvaluationWindow", "WarmUpConfiguration", "EvaluationCriteria", "EvaluationInterval",
                    "ActionConfiguration", "ThresholdMetricId", "ActionsSuppressor")  # fmt: skip
_BANDS = ("LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold")
_ARN = re.compile(r"arn:[\w-]+:[\w-]+:[^:]*:[^:]*:.+\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm of either kind. `config` has AWS's members as they were put; times are in epoch seconds."""

    account: str
    region: str
    name: str
    kind: str
    config: dict[str, Any]
    configured_at: float
    state: str = INSUFFICIENT
    reason: str = "Unchecked: Initial alarm creation"
    reason_data: str = ""
    updated_at: float = 0.0  # the state
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return f"arn:aws:cloudwatch:{self.region}:{self.account}:alarm:{self.name}"

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.account, self.region, self.name)

    @property
    def has_actions_enabled(self) -> bool:
        return bool(self.config.get("ActionsEnabled", True))

    @property
    def actions(self) -> list[str]:
        """Whom to tell of the present state."""
        found: list[str] = self.config.get(ACTIONS_OF[self.state]) or []
        return found if self.has_actions_enabled else []

    # of metric alarms

    @property
    def queries(self) -> list[dict[str, Any]]:
        """What it looks at, as metric data queries."""
        config = self.config
        if config.get("Metrics"):
            found: list[dict[str, Any]] = config["Metrics"]
            return found
        metric = {
            "Namespace": config["Namespace"],
            "MetricName": config["MetricName"],
            "Dimensions": config.get("Dimensions") or [],
        }
        stat = {"Metric": metric, "Period": config["Period"], "Stat": self.statistic, "Unit": config.get("Unit")}
        return [{"Id": "m1", "MetricStat": stat}]

    @property
    def statistic(self) -> str | None:
        found: str | None = self.config.get("Statistic") or self.config.get("ExtendedStatistic")
        return found

    @property
    def returned(self) -> str:
        """The id of the query that is compared with the threshold."""
        return next(str(one["Id"]) for one in self.queries if one.get("ReturnData", True))

    @property
    def period(self) -> int:
        periods = [one["MetricStat"]["Period"] for one in self.queries if one.get("MetricStat")]
        longest: int = max([*periods, *(one["Period"] for one in self.queries if one.get("Period"))])
        return longest

    @property
    def watched(self) -> list[MetricKey]:
        """The metrics it depends on."""
        owner = (self.account, self.region)
        return [query.key_of(owner, one["MetricStat"]["Metric"]) for one in self.queries if one.get("MetricStat")]

    @property
    def threshold(self) -> float:
        return float(self.config["Threshold"])

    @property
    def periods_to_evaluate(self) -> int:
        return int(self.config["EvaluationPeriods"])

    @property
    def datapoints_to_alarm(self) -> int:
        return int(self.config.get("DatapointsToAlarm") or self.periods_to_evaluate)

    @property
    def treatment(self) -> str:
        namespaces = {one["MetricStat"]["Metric"].get("Namespace") for one in self.queries if one.get("MetricStat")}
        return "ignore" if "AWS/DynamoDB" in namespaces else self.config.get("TreatMissingData") or "missing"

    def shown(self) -> dict[str, Any]:
        """As DescribeAlarms has it."""
        own = {name: value for name, value in self.config.items() if name != "Tags"}
        for name in ACTIONS_OF.values():
            own.setdefault(name, [])
        if self.kind == METRIC and not own.get("Metrics"):
            own.setdefault("Dimensions", [])
        own.setdefault("ActionsEnabled", True)
        return {
            **own,
            "AlarmName": self.name,
            "AlarmArn": self.arn,
            "AlarmConfigurationUpdatedTimestamp": self.configured_at,
            "StateValue": self.state,
            "StateReason": self.reason,
            **({"StateReasonData": self.reason_data} if self.reason_data else {}),
            "StateUpdatedTimestamp": self.updated_at,
            "StateTransitionedTimestamp": self.updated_at,
        }


def check_members(request: Mapping[str, Any]) -> None:
    """NotImplemented for members that would have an effect on AWS and none here."""
    for member in _MISSING_MEMBERS:
        if request.get(member) is not None:
            raise NotImplementedByUs(f"{member} of an alarm exists on AWS and is not implemented in cloudchamber")


def check(request: Mapping[str, Any]) -> None:
    """InvalidAlarm for what PutMetricAlarm does not take."""
    check_members(request)
    if request.get("ComparisonOperator") in _BANDS:
        raise NotImplementedByUs("anomaly detection alarms exist on AWS and are not implemented in cloudchamber")
    for member in ("EvaluationPeriods", "Threshold", "ComparisonOperator"):
        if request.get(member) is None:
            raise InvalidAlarm(f"{member} must not be null")
    for actions in ACTIONS_OF.values():
        check_actions(request.get(actions) or ())
    if (request.get("DatapointsToAlarm") or 1) > request["EvaluationPeriods"]:
        raise InvalidAlarm("DatapointsToAlarm must be less than or equal to EvaluationPeriods")
    if (request.get("TreatMissingData") or "missing") not in TREATMENTS:
        raise InvalidAlarm(f"TreatMissingData was set to [{request['TreatMissingData']}], must be set to one of "
                           f"[{', '.join(TREATMENTS)}]")  # fmt: skip
    low_sample = request.get("EvaluateLowSampleCountPercentile")
    if low_sample is not None and low_sample not in ("evaluate", "ignore"):
        raise InvalidAlarm(f"Option {low_sample} for EvaluateLowSampleCountPercentile is not supported, must be one of "
                           "[evaluate, ignore]")  # fmt: skip
    if low_sample == "ignore":
        raise NotImplementedByUs("EvaluateLowSampleCountPercentile=ignore is not implemented in cloudchamber")
    if request.get("Metrics"):
        _check_math(request)
    else:
        _check_one_metric(request)


def _check_math(request: Mapping[str, Any]) -> None:
    for member in _OF_ONE_METRIC:
        if request.get(member):
            raise InvalidAlarm(f"{member} should not be set if list of Metrics is set.")
    query.check(request["Metrics"])
    if sum(1 for one in request["Metrics"] if one.get("ReturnData", True)) != 1:
        raise InvalidAlarm("Exactly one element of the metrics list should return data.")
    periods = [one["MetricStat"]["Period"] for one in request["Metrics"] if one.get("MetricStat")]
    if not periods:
        raise InvalidAlarm("Invalid metrics list")
    _check_window(max(periods), request["EvaluationPeriods"])


def _check_one_metric(request: Mapping[str, Any]) -> None:
    for member in ("MetricName", "Namespace", "Period"):
        if not request.get(member):
            raise InvalidAlarm(f"{member} must not be null")
    plain, extended = request.get("Statistic"), request.get("ExtendedStatistic")
    if not plain and not extended:
        raise InvalidAlarm("One of Statistic or ExtendedStatistic must be set")
    if plain and extended:
        raise InvalidAlarm("Statistic and ExtendedStatistic can't both be set")
    if extended and reader(extended) is None:
        raise InvalidAlarm(f"The value {extended} for parameter ExtendedStatistic is not supported.")
    if request["Period"] not in (10, 20, 30) and request["Period"] % 60:
        raise InvalidAlarm("Period must be 10, 20, 30 or a multiple of 60")
    _check_window(request["Period"], request["EvaluationPeriods"])


def _check_window(period: int, periods: int) -> None:
    if period >= 3600:
        if period * periods > limits.ALARM_LONG_WINDOW_SECONDS_MAX:
            raise InvalidAlarm("Metrics cannot be checked across more than seven days (EvaluationPeriods * Period must "
                               "be <= 604800).")  # fmt: skip
    elif period * periods > limits.ALARM_WINDOW_SECONDS_MAX:
        raise InvalidAlarm("Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be "
                           "<= 86400).")  # fmt: skip


def check_actions(arns: Any) -> None:
    for arn in arns:
        if not _ARN.match(arn):
            raise InvalidAlarm(f"Invalid arn syntax: {arn}")
