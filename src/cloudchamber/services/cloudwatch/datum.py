"""What PutMetricData takes: checked, and brought into one form.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudchamber.core.metrics import MINUTE
from cloudchamber.services.cloudwatch import limits
from cloudchamber.services.cloudwatch.errors import (
    InvalidParameterCombination,
    InvalidParameterValue,
    MissingParameter,
)
from cloudchamber.services.cloudwatch.statistic import Aggregate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudchamber.core.metrics import Dimensions, MetricKey, Samples

UNITS = frozenset({
    "Seconds", "Microseconds", "Milliseconds", "Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes", "Bits",
    "Kilobits", "Megabits", "Gigabits", "Terabits", "Percent", "Count", "Bytes/Second", "Kilobytes/Second",
    "Megabytes/Second", "Gigabytes/Second", "Terabytes/Second", "Bits/Second", "Kilobits/Second", "Megabits/Second",
    "Gigabits/Second", "Terabits/Second", "Count/Second", "None",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Datum:
    """Samples of one metric at one instant (epoch seconds, whole seconds or whole minutes by `resolution`)."""

    name: str
    dimensions: Dimensions
    at: int
    resolution: int
    unit: str
    samples: Aggregate


def measured(key: MetricKey, at: int, samples: Samples) -> Datum:
    """What a service of this cloud measured within a minute."""
    kept = Aggregate(samples.count, samples.total, samples.low, samples.high, samples.unit, samples.values)
    return Datum(key[3], key[4], at, MINUTE, samples.unit, kept)


def dimensions_of(members: Sequence[Mapping[str, Any]] | None) -> Dimensions:
    return tuple(sorted((d["Name"], d["Value"]) for d in members)) if members else ()


def shown_dimensions(dimensions: Dimensions) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in dimensions]


def checked_data(data: Sequence[Mapping[str, Any]], now: float) -> list[Datum]:
    if len(data) > limits.DATA_MAX:
        raise InvalidParameterValue(f"The collection MetricData must not have a size greater than {limits.DATA_MAX}.")
    _check_times(data, now)
    return [_datum(member, f"MetricData.member.{number}", now) for number, member in enumerate(data, 1)]


def _check_times(data: Sequence[Mapping[str, Any]], now: float) -> None:
    """All that are out of time are named together."""
    faults = []
    for number, member in enumerate(data, 1):
        at = member.get("Timestamp")
        if at is not None and at < now - limits.PAST_SECONDS_MAX:
            faults.append(f"The parameter MetricData.member.{number}.Timestamp must specify a time within the past two "
                          "weeks.")  # fmt: skip
        elif at is not None and at > now + limits.FUTURE_SECONDS_MAX:
            faults.append(f"The parameter MetricData.member.{number}.Timestamp must specify a time no more than two "
                          "hours in the future.")  # fmt: skip
    if faults:
        raise InvalidParameterValue("\n".join(faults))


def _datum(member: Mapping[str, Any], place: str, now: float) -> Datum:
    name = member.get("MetricName")
    if not name:
        raise MissingParameter(f"{place}.MetricName")
    resolution = member.get("StorageResolution", 60)
    if resolution not in (1, 60):
        raise InvalidParameterValue(f"The parameter {place}.StorageResolution must be a value in the set [ 1, 60 ].")
    unit = member.get("Unit") or "None"
    if unit not in UNITS:
        raise InvalidParameterValue(
            f"The parameter {place}.Unit must be a value in the set [ {', '.join(sorted(UNITS))} ]."
        )
    at = member.get("Timestamp")
    whole = int(now if at is None else at) // resolution * resolution
    samples = _samples(member, place)
    samples.unit = unit
    return Datum(
        name, checked_dimensions(member.get("Dimensions"), f"{place}.Dimensions"), whole, resolution, unit, samples
    )


def checked_dimensions(members: Sequence[Mapping[str, Any]] | None, place: str) -> Dimensions:
    if not members:
        return ()
    if len(members) > limits.DIMENSIONS_MAX:
        raise InvalidParameterValue(
            f"The collection {place} must not have a size greater than {limits.DIMENSIONS_MAX}."
        )
    for number, dimension in enumerate(members, 1):
        for part, longest in (("Name", 255), ("Value", 1024)):
            text = dimension.get(part)
            if not text:
                raise MissingParameter(f"{place}.member.{number}.{part}")
            if len(text) > longest:
                raise InvalidParameterValue(
                    f"The parameter {place}.member.{number}.{part} must be shorter than {longest + 1} characters."
                )
    return dimensions_of(members)


def _samples(member: Mapping[str, Any], place: str) -> Aggregate:
    given = [form for form in ("Value", "Values", "StatisticValues") if member.get(form) is not None]
    if not given:
        raise MissingParameter(f"{place}.Value")
    if len(given) > 1:
        raise InvalidParameterCombination(
            f"The parameters {place}.{given[0]} and {place}.{given[1]} are mutually exclusive and you have specified "
            "both."
        )
    if given[0] == "Value":
        value = _number(member["Value"], f"{place}.Value")
        return Aggregate(1.0, value, value, value, "", {value: 1.0})
    return _of_values(member, place) if given[0] == "Values" else _of_set(member["StatisticValues"], place)


def _of_values(member: Mapping[str, Any], place: str) -> Aggregate:
    values, counts = member["Values"], member.get("Counts")
    if not values:
        raise MissingParameter(f"{place}.Values")
    if len(values) > limits.VALUES_MAX:
        raise InvalidParameterValue(
            f"The collection {place}.Values must not have a size greater than {limits.VALUES_MAX}."
        )
    if counts is not None and len(counts) != len(values):
        raise InvalidParameterCombination(f"The parameters {place}.Values and {place}.Counts must be of the same size.")
    found = Aggregate()
    for number, value in enumerate(values):
        value = _number(value, f"{place}.Values.member.{number + 1}")
        count = 1.0 if counts is None else _number(counts[number], f"{place}.Counts.member.{number + 1}")
        if count < 0:
            raise InvalidParameterValue(
                f"The value {count} for parameter {place}.Counts.member.{number + 1} is invalid."
            )
        if count:
            found.add(Aggregate(count, value * count, value, value, "", {value: count}))
    return found


def _of_set(members: Mapping[str, float], place: str) -> Aggregate:
    """A set whose samples are all the same is as good as the samples."""
    place = f"{place}.StatisticValues"
    count, total, low, high = (
        _number(members.get(part), f"{place}.{part}") for part in ("SampleCount", "Sum", "Minimum", "Maximum")
    )
    if count <= 0:
        raise InvalidParameterValue(f"The parameter {place}.SampleCount must be greater than 0.")
    if low > high:
        raise InvalidParameterCombination(
            f"The parameter {place}.Maximum must be greater than or equal to {place}.Minimum."
        )
    is_same = low == high and math.isclose(total, low * count)
    return Aggregate(count, total, low, high, "", {low: count} if is_same else {})


def _number(value: Any, place: str) -> float:
    if value is None:
        raise MissingParameter(place)
    number = float(value)
    if math.isnan(number) or abs(number) > limits.VALUE_MAX:
        raise InvalidParameterValue(f"The value {value} for parameter {place} is invalid.")
    return number
