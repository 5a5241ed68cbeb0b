"""Metric math, computed: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html

A value is a number, a Series, or a list of series. Operators work point by point where both sides have a point; a
function of one series that adds up gives a number, of several series a series.
"""

from __future__ import annotations

import itertools
import math
import operator
import statistics
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cloudchamber.services.cloudwatch.expression import Node


@dataclass(frozen=True, slots=True)
class Series:
    """Points by the start of their period, in order of time; `grid` is (start, end, period), in seconds."""

    id: str
    label: str
    grid: tuple[int, int, int]
    points: dict[int, float]

    @property
    def instants(self) -> range:
        return range(*self.grid)


Value = float | str | Series | list[Series]


class BadOperand(ValueError):
    """An operator or function given what it does not take."""


# What AWS has and we do not: anomaly detection, Metrics Insights, searches, other data sources.
MISSING = frozenset({
    "ANOMALY_DETECTION_BAND", "DATAPOINT_COUNT", "DB_PERF_INSIGHTS", "EPOCH", "HOUR", "DAY", "DATE", "MONTH", "YEAR",
    "MINUTE", "INSIGHT_RULE_METRIC", "LAMBDA", "SEARCH", "SELECT", "SERVICE_QUOTA", "SLICE", "SORT",
})  # fmt: skip


def _ratio(left: float, right: float) -> float | None:
    return left / right if right else None


def _power(left: float, right: float) -> float | None:
    try:
        found = left**right
    except (OverflowError, ZeroDivisionError):
        return None
    return found if isinstance(found, float) else None


_BINARY: dict[str, Callable[[float, float], float | None]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _ratio,
    "%": lambda left, right: math.fmod(left, right) if right else None,
    "^": _power,
    "==": lambda left, right: float(left == right),
    "!=": lambda left, right: float(left != right),
    "<": lambda left, right: float(left < right),
    ">": lambda left, right: float(left > right),
    "<=": lambda left, right: float(left <= right),
    ">=": lambda left, right: float(left >= right),
    "AND": lambda left, right: float(bool(left) and bool(right)),
    "OR": lambda left, right: float(bool(left) or bool(right)),
}


class Calculator:
    """Works out trees, given the series that ids stand for and the grid of the request."""

    def __init__(
        self, read: Callable[[str], Value], metrics: Callable[[str], list[Series]], grid: tuple[int, int, int]
    ):
        self._read = read
        self._metrics = metrics
        self._grid = grid

    def value(self, tree: Node) -> Value:
        kind = tree[0]
        if kind in ("number", "text"):
            found: float | str = tree[1]
            return found
        if kind == "id":
            return self._read(tree[1])
        if kind == "list":
            return _all_series([self.value(item) for item in tree[1]])
        if kind == "unary":
            return combine("-", 0.0, self.value(tree[2]))
        if kind == "binary":
            return combine(tree[1], self.value(tree[2]), self.value(tree[3]))
        return self._call(tree[1], tree[2])

    def _call(self, name: str, arguments: Sequence[Node]) -> Value:
        if name == "METRICS":
            wanted = [self.value(argument) for argument in arguments]
            return self._metrics(wanted[0] if wanted and isinstance(wanted[0], str) else "")
        if (
            name == "FILL"
            and len(arguments) == 2
            and arguments[1][0] == "id"
            and arguments[1][1] in ("REPEAT", "LINEAR")
        ):
            return _fill(self.value(arguments[0]), arguments[1][1])
        values = [self.value(argument) for argument in arguments]
        if name == "FILL" and len(values) == 2:
            return _fill(values[0], values[1])
        if name == "IF" and len(values) in (2, 3):
            return _if(values[0], values[1], values[2] if len(values) == 3 else None)
        if name == "TIME_SERIES" and len(values) == 1 and isinstance(values[0], float):
            return Series("", "", self._grid, dict.fromkeys(range(*self._grid), values[0]))
        if len(values) != 1 or isinstance(values[0], str):
            raise BadOperand(f"{name} does not take these arguments")
        if name in _TOGETHER:
            return _together(values[0], _TOGETHER[name])
        if name == "METRIC_COUNT":
            return float(len(values[0])) if isinstance(values[0], list) else 1.0
        if name in _EACH:
            return _map(values[0], _EACH[name])
        if name in _ALONG:
            return _along(values[0], _ALONG[name])
        raise BadOperand(f"Unknown function {name}")


def combine(sign: str, left: Value, right: Value) -> Value:
    """An operator between numbers, series and lists of series."""
    if isinstance(left, str) or isinstance(right, str):
        raise BadOperand(f"Unsupported operand type(s) for {sign}: a string")
    if isinstance(left, list) or isinstance(right, list):
        if isinstance(left, list) and isinstance(right, list):
            raise BadOperand(f"Unsupported operand type(s) for {sign}: two arrays of time series")
        many, one = (left, right) if isinstance(left, list) else (right, left)
        assert isinstance(many, list)
        pairs = [(item, one) if many is left else (one, item) for item in many]
        return _all_series([combine(sign, *pair) for pair in pairs])
    work = _BINARY[sign]
    if isinstance(left, float) and isinstance(right, float):
        result = work(left, right)
        if result is None:
            raise BadOperand("Division by zero")
        return result
    shape = left if isinstance(left, Series) else right
    assert isinstance(shape, Series)
    points: dict[int, float] = {}
    for at in shape.points:
        ours, theirs = _at(left, at), _at(right, at)
        if ours is not None and theirs is not None and (found := work(ours, theirs)) is not None:
            points[at] = found
    return replace(shape, points=points)


def _at(value: Any, at: int) -> float | None:
    """A number everywhere, a series where it has a point."""
    return value.points.get(at) if isinstance(value, Series) else value


def _all_series(values: Iterable[Value]) -> list[Series]:
    found: list[Series] = []
    for value in values:
        if isinstance(value, Series):
            found.append(value)
        elif isinstance(value, list):
            found.extend(value)
        else:
            raise BadOperand("An array holds time series only")
    return found


def _together(value: Value, work: Callable[[list[float]], float]) -> Value:
    """Over the points of one series, or over the series at each instant."""
    if isinstance(value, list):
        if not value:
            return []
        instants = sorted({at for series in value for at in series.points})
        points = {at: work([s.points[at] for s in value if at in s.points]) for at in instants}
        return replace(value[0], points=points)
    if isinstance(value, Series):
        return work(list(value.points.values())) if value.points else replace(value, points={})
    return value


def _map(value: Value, work: Callable[[float], float | None]) -> Value:
    if isinstance(value, list):
        return _all_series([_map(series, work) for series in value])
    if isinstance(value, Series):
        points = {at: found for at, number in value.points.items() if (found := work(number)) is not None}
        return replace(value, points=points)
    assert isinstance(value, float)
    result = work(value)
    if result is None:
        raise BadOperand("A logarithm is of positive numbers")
    return result


def _along(value: Value, work: Callable[[Series], dict[int, float]]) -> Value:
    if isinstance(value, list):
        return [replace(series, points=work(series)) for series in value]
    if not isinstance(value, Series):
        raise BadOperand("This function is of a time series")
    return replace(value, points=work(value))


def _fill(value: Value, how: Value) -> Value:
    if isinstance(value, list):
        return _all_series([_fill(series, how) for series in value])
    if not isinstance(value, Series):
        raise BadOperand("FILL is of a time series")
    if isinstance(how, float | Series):
        filled = {at: number for at in value.instants if (number := value.points.get(at, _at(how, at))) is not None}
        return replace(value, points=filled)
    if how == "REPEAT":
        return replace(value, points=_repeated(value))
    if how == "LINEAR":
        return replace(value, points=_interpolated(value))
    raise BadOperand("FILL is with a number, a time series, REPEAT or LINEAR")


def _repeated(series: Series) -> dict[int, float]:
    points: dict[int, float] = {}
    latest: float | None = None
    for at in series.instants:
        latest = series.points.get(at, latest)
        if latest is not None:
            points[at] = latest
    return points


def _interpolated(series: Series) -> dict[int, float]:
    known = sorted(series.points)
    points = dict(series.points)
    for before, after in itertools.pairwise(known):
        rise = (series.points[after] - series.points[before]) / (after - before)
        for at in range(before + series.grid[2], after, series.grid[2]):
            points[at] = series.points[before] + rise * (at - before)
    return dict(sorted(points.items()))


def _if(condition: Value, then: Value, otherwise: Value | None) -> Value:
    if any(isinstance(value, str | list) for value in (condition, then, otherwise)):
        raise BadOperand("IF is of numbers and time series")
    if isinstance(condition, float):
        if not condition and otherwise is None:
            raise BadOperand("IF of a number needs three arguments")
        chosen = then if condition else otherwise
        assert chosen is not None
        return chosen
    assert isinstance(condition, Series)
    points = {}
    for at, truth in condition.points.items():
        number = _at(then if truth else otherwise, at)
        if number is not None:
            points[at] = number
    return replace(condition, points=points)


def _steps(series: Series, per_second: bool) -> dict[int, float]:
    """How much each point is above the one before, or that in a second."""
    known = sorted(series.points)
    return {
        after: (series.points[after] - series.points[before]) / ((after - before) if per_second else 1)
        for before, after in itertools.pairwise(known)
    }


def _running(series: Series) -> dict[int, float]:
    total, points = 0.0, {}
    for at in sorted(series.points):
        total += series.points[at]
        points[at] = total
    return points


_TOGETHER: dict[str, Callable[[list[float]], float]] = {
    "SUM": math.fsum,
    "AVG": statistics.fmean,
    "MIN": min,
    "MAX": max,
    "STDDEV": statistics.pstdev,
}
_EACH: dict[str, Callable[[float], float | None]] = {
    "ABS": abs,
    "CEIL": lambda number: float(math.ceil(number)),
    "FLOOR": lambda number: float(math.floor(number)),
    "LOG": lambda number: math.log(number) if number > 0 else None,
    "LOG10": lambda number: math.log10(number) if number > 0 else None,
}
_ALONG: dict[str, Callable[[Series], dict[int, float]]] = {
    "DIFF": lambda series: _steps(series, per_second=False),
    "RATE": lambda series: _steps(series, per_second=True),
    "DIFF_TIME": lambda series: {
        after: float(after - before)
        for before, after in zip(sorted(series.points), sorted(series.points)[1:], strict=False)
    },
    "PERIOD": lambda series: dict.fromkeys(series.points, float(series.grid[2])),
    "RUNNING_SUM": _running,
}
FUNCTIONS = frozenset({"METRICS", "FILL", "IF", "TIME_SERIES", "METRIC_COUNT", *_TOGETHER, *_EACH, *_ALONG})
