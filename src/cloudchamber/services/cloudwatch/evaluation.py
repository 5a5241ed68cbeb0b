"""Whether an alarm's datapoints put it into ALARM: pure, from points to state and reason.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html

An alarm looks at the latest N datapoints, and at a few periods more, so that real datapoints come before missing ones:
only where there are fewer than N real ones in that range does its treatment of missing data decide.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cloudchamber.services.cloudwatch.alarm import ALARM, INSUFFICIENT, OK, Alarm

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

EXTRA_PERIODS = 2  # as in the examples of AWS's page: three periods to evaluate, five retrieved
_COMPARES: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}
_TREATED = {"breaching": "Breaching", "notBreaching": "NonBreaching"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state that follows, why in words, and the datapoints it rests on, newest first."""

    state: str
    reason: str
    points: tuple[tuple[int, float], ...]


def judge(alarm: Alarm, slots: Sequence[tuple[int, float | None]]) -> Verdict | None:
    """From (start of the period, value or None), oldest first, of the evaluation range. None: stay as it is."""
    periods, needed = alarm.periods_to_evaluate, alarm.datapoints_to_alarm
    breaks = _COMPARES[alarm.config["ComparisonOperator"]][0]
    real = [(at, value) for at, value in slots if value is not None][-periods:]
    breaching = [point for point in real if breaks(point[1], alarm.threshold)]
    missing = periods - len(real)
    points = tuple(reversed(real))
    treatment = alarm.treatment
    if not missing or len(breaching) >= needed:
        state = ALARM if len(breaching) >= needed else OK
        return Verdict(state, _crossed(alarm, state, points, len(breaching)), points)
    if treatment in _TREATED:
        assumed = missing if treatment == "breaching" else 0
        state = ALARM if len(breaching) + assumed >= needed else OK
        return Verdict(state, _treated(alarm, state, points, missing), points)
    if len(breaching) < len(real):
        return Verdict(OK, _crossed(alarm, OK, points, len(breaching)), points)
    if treatment == "ignore":
        return None
    if not real:
        return Verdict(INSUFFICIENT, _unknown(periods), points)
    # Only breaching ones: enough, if the oldest is as long ago as the datapoints that it takes.
    window = [at for at, _ in slots[-periods:]]
    oldest = min((at for at, _ in real if at in window), default=None)
    if oldest is not None and len(window) - window.index(oldest) >= needed:
        return Verdict(ALARM, _crossed(alarm, ALARM, points, len(breaching)), points)
    return Verdict(INSUFFICIENT, _unknown(missing), points)


def _crossed(alarm: Alarm, state: str, points: Sequence[tuple[int, float]], breaching: int) -> str:
    needed = alarm.datapoints_to_alarm if state == ALARM else alarm.periods_to_evaluate - alarm.datapoints_to_alarm + 1
    counted = breaching if state == ALARM else len(points) - breaching
    return f"Threshold Crossed: {_counted(alarm, state, points, counted)} (minimum {_plural(needed)} for " + (
        "OK -> ALARM transition)." if state == ALARM else "ALARM -> OK transition)."
    )


def _counted(alarm: Alarm, state: str, points: Sequence[tuple[int, float]], counted: int) -> str:
    listed = ", ".join(f"{value} ({_short(at)})" for at, value in points)
    words = _COMPARES[alarm.config["ComparisonOperator"]][1]
    verb = ("was" if counted == 1 else "were") + ("" if state == ALARM else " not")
    # AWS writes "datapoints" here even of one.
    of = f"{counted} out of the last {len(points)} datapoints [{listed}]"
    return f"{of} {verb} {words} the threshold ({alarm.threshold})"


def _treated(alarm: Alarm, state: str, points: Sequence[tuple[int, float]], missing: int) -> str:
    """Without any datapoint, or with some and others that were missing."""
    verb = "was" if missing == 1 else "were"
    assumed = (
        f"{missing} missing datapoint{'' if missing == 1 else 's'} {verb} treated as [{_TREATED[alarm.treatment]}]"
    )
    if not points:
        return f"Threshold Crossed: no datapoints were received for {_periods(missing)} and {assumed}."
    breaks = _COMPARES[alarm.config["ComparisonOperator"]][0]
    breaching = sum(1 for _, value in points if breaks(value, alarm.threshold))
    counted = breaching if state == ALARM else len(points) - breaching
    return f"Threshold Crossed: {_counted(alarm, state, points, counted)} and {assumed}."


def _unknown(periods: int) -> str:
    return f"Insufficient Data: {_plural(periods)} {'was' if periods == 1 else 'were'} unknown."


def _periods(count: int) -> str:
    return f"{count} period{'' if count == 1 else 's'}"


def _plural(count: int) -> str:
    return f"{count} datapoint{'' if count == 1 else 's'}"


def _short(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%d/%m/%y %H:%M:%S")
