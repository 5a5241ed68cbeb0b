"""Metric data queries, as GetMetricData and math alarms have them: checked, and answered from the store.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import NotImplementedByUs
from cloudchamber.services.cloudwatch import limits, metric_math
from cloudchamber.services.cloudwatch.datum import dimensions_of
from cloudchamber.services.cloudwatch.errors import InvalidAlarm
from cloudchamber.services.cloudwatch.expression import BadExpression, calls_in, ids_in, parse
from cloudchamber.services.cloudwatch.metric_math import BadOperand, Calculator, Series, Value
from cloudchamber.services.cloudwatch.statistic import Aggregate, needs_values, reader

if TYPE_CHECKING:
    from cloudchamber.core.metrics import MetricKey
    from cloudchamber.services.cloudwatch.store import CloudWatchStore

Query = Mapping[str, Any]
_ID = re.compile(r"[a-z][a-zA-Z0-9_]*\Z")
_HIGH_RESOLUTION = (1, 5, 10, 20, 30)


def is_period(period: int) -> bool:
    return period in _HIGH_RESOLUTION or period % 60 == 0


def check(queries: Sequence[Query]) -> None:
    """InvalidAlarm for queries that no answer can be given to; NotImplemented for functions we lack."""
    if len(queries) > limits.QUERIES_MAX:
        raise InvalidAlarm(f"The collection MetricDataQueries must not have a size greater than {limits.QUERIES_MAX}.")
    ids = [query["Id"] for query in queries]
    if len(set(ids)) != len(ids):
        raise InvalidAlarm("The values for parameter id in MetricDataQueries are not unique.")
    for number, query in enumerate(queries, 1):
        place = f"MetricDataQueries.member.{number}"
        if not _ID.match(query["Id"]):
            raise InvalidAlarm(f"The value {query['Id']} for parameter {place}.Id is not matching the expected pattern "
                               "^[a-z][a-zA-Z0-9_]*$.")  # fmt: skip
        has_expression, has_stat = query.get("Expression") is not None, query.get("MetricStat") is not None
        if has_expression == has_stat:
            raise InvalidAlarm(f"The parameters {place}.Expression and {place}.MetricStat are mutually exclusive and "
                               "exactly one must be specified.")  # fmt: skip
        if has_stat:
            _check_stat(query["MetricStat"], f"{place}.MetricStat")
        else:
            _check_expression(query, set(ids))
    _check_circles(queries)


def _check_stat(stat: Mapping[str, Any], place: str) -> None:
    metric = stat["Metric"]
    for member in ("Namespace", "MetricName"):
        if not metric.get(member):
            raise InvalidAlarm(f"The parameter {place}.Metric.{member} is required.")
    if not is_period(stat["Period"]):
        raise InvalidAlarm(f"The parameter {place}.Period must be 1, 5, 10, 20, 30 or a multiple of 60.")
    if reader(stat["Stat"]) is None:
        raise InvalidAlarm(f"The value {stat['Stat']} for parameter {place}.Stat is not supported.")


def _check_expression(query: Query, ids: set[str]) -> None:
    text = query["Expression"]
    if text.lstrip()[:7].upper() == "SELECT ":
        raise NotImplementedByUs("Metrics Insights queries exist on AWS and are not implemented in cloudchamber")
    try:
        tree = parse(text)
    except BadExpression as error:
        raise InvalidAlarm(f"Error in expression '{query['Id']}': {error}") from None
    calls = calls_in(tree)
    if calls & metric_math.MISSING:
        missing = ", ".join(sorted(calls & metric_math.MISSING))
        raise NotImplementedByUs(f"the function {missing} exists on AWS and is not implemented in cloudchamber")
    unknown = calls - metric_math.FUNCTIONS
    if unknown:
        raise InvalidAlarm(f"Error in expression '{query['Id']}': Unknown function {min(unknown)}")
    undefined = ids_in(tree) - ids - {"REPEAT", "LINEAR"}
    if undefined:
        raise InvalidAlarm(f"Error in expression '{query['Id']}': Undefined variable {min(undefined)}")


def _check_circles(queries: Sequence[Query]) -> None:
    reads = {query["Id"]: ids_in(parse(query["Expression"])) if query.get("Expression") else set() for query in queries}
    open_ids = dict(reads)
    while ready := [name for name, needs in open_ids.items() if not needs & open_ids.keys()]:
        for name in ready:
            del open_ids[name]
    if open_ids:
        raise InvalidAlarm(f"Error in expression '{min(open_ids)}': Circular dependency")


def key_of(owner: tuple[str, str], metric: Mapping[str, Any]) -> MetricKey:
    return (*owner, metric["Namespace"], metric["MetricName"], dimensions_of(metric.get("Dimensions")))


def merged(units: Mapping[str, Aggregate]) -> Aggregate:
    """Samples of all units together."""
    if len(units) == 1:
        return next(iter(units.values()))
    together = Aggregate()
    for samples in units.values():
        together.add(samples)
    return together


class Answering:
    """The queries of one call, each worked out once. `owner` is (account, region); the span is in whole seconds."""

    def __init__(
        self, store: CloudWatchStore, owner: tuple[str, str], queries: Sequence[Query], span: tuple[int, int]
    ) -> None:  # fmt: skip
        self._store = store
        self._owner = owner
        self._queries = {query["Id"]: query for query in queries}
        self._span = span
        self._values: dict[str, Value] = {}
        periods = [query["MetricStat"]["Period"] for query in queries if query.get("MetricStat")]
        periods += [query["Period"] for query in queries if query.get("Period")]
        self._period = max(periods, default=60)

    def series(self, query_id: str) -> list[Series]:
        """What a query returns: one series, or several of an array. InvalidAlarm where it comes to no series."""
        query = self._queries[query_id]
        try:
            value = self._value(query_id)
        except BadOperand as error:
            raise InvalidAlarm(f"Error in expression '{query_id}': {error}") from None
        if isinstance(value, float | str):
            raise InvalidAlarm(f"Error in expression '{query_id}': The expression must return a time series")
        found = value if isinstance(value, list) else [value]
        if query.get("Expression") is not None and not isinstance(value, list):
            return [replace(found[0], label=query.get("Label") or query_id)]
        return found

    def _value(self, query_id: str) -> Value:
        if query_id not in self._values:
            query = self._queries[query_id]
            stat = query.get("MetricStat")
            if stat is not None:
                self._values[query_id] = self._stored(query, stat)
            else:
                grid = self._grid(query.get("Period") or self._period)
                self._values[query_id] = Calculator(self._value, self._metrics, grid).value(parse(query["Expression"]))
        return self._values[query_id]

    def _grid(self, period: int) -> tuple[int, int, int]:
        return (*self._span, period)

    def _metrics(self, part: str) -> list[Series]:
        """The metrics of the call, those whose id contains the text."""
        found = []
        for name, query in self._queries.items():
            if query.get("MetricStat") is not None and part in name:
                value = self._value(name)
                assert isinstance(value, Series)
                found.append(value)
        return found

    def _stored(self, query: Query, stat: Mapping[str, Any]) -> Series:
        name, grid = stat["Stat"], self._grid(stat["Period"])
        read = reader(name)
        assert read is not None
        points = self._store.points(
            key_of(self._owner, stat["Metric"]), grid, stat.get("Unit"), with_values=needs_values(name)
        )
        values = {at: number for at, units in points.items() if (number := read(merged(units))) is not None}
        return Series(
            query["Id"], query.get("Label") or stat["Metric"]["MetricName"], grid, dict(sorted(values.items()))
        )
