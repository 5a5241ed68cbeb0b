"""Operations on metrics: publishing, listing, and statistics of one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from cloudchamber.core.pagination import InvalidMarker, decode_marker, encode_marker
from cloudchamber.core.service import operation, private_operation
from cloudchamber.services.cloudwatch import limits
from cloudchamber.services.cloudwatch.datum import checked_data, checked_dimensions, shown_dimensions
from cloudchamber.services.cloudwatch.errors import (
    InvalidNextToken,
    InvalidParameterCombination,
    InvalidParameterValue,
    MissingParameter,
)
from cloudchamber.services.cloudwatch.jobs import Jobs
from cloudchamber.services.cloudwatch.query import is_period
from cloudchamber.services.cloudwatch.statistic import PLAIN, Aggregate, needs_values, reader

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.services.cloudwatch import shapes

HIGH_RESOLUTION_WITHIN_SECONDS = 4 * 3600.0
_DAY = 86_400


class Metrics(Jobs):
    @operation
    async def put_metric_data(self, ctx: Context, request: shapes.PutMetricDataInput) -> None:
        namespace = request.get("Namespace")
        if not namespace:
            raise MissingParameter("Namespace")
        if namespace.startswith(("AWS/", ":")) or len(namespace) > 255:
            raise InvalidParameterValue(f"The value {namespace} for parameter Namespace is invalid.")
        data: list[Mapping[str, Any]] = [*(request.get("MetricData") or ())]
        for entity in request.get("EntityMetricData") or ():
            data.extend(entity.get("MetricData") or ())
        if not data:
            raise MissingParameter("MetricData")
        self._put(ctx, namespace, data)
        ctx.meter("cloudwatch.put_requests")

    @private_operation
    async def publish(self, ctx: Context, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """Metrics of the cloud's own services, `AWS/…`: like PutMetricData, for who calls from within."""
        self._put(ctx, request["Namespace"], request["MetricData"])
        return {}

    def _put(self, ctx: Context, namespace: str, members: Sequence[Mapping[str, Any]]) -> None:
        now = ctx.now()
        data = checked_data(members, now)
        keyed = [((ctx.account, ctx.region, namespace, datum.name, datum.dimensions), datum) for datum in data]
        with self.platform.store.transaction():
            for key, datum in keyed:
                self.store.add(key, datum, now)
        self.points_arrived(dict.fromkeys(key for key, _ in keyed))
        is_fine = any(datum.resolution == 1 for datum in data)
        self.plan_aging(HIGH_RESOLUTION_WITHIN_SECONDS if is_fine else None)

    @operation
    async def list_metrics(self, ctx: Context, request: shapes.ListMetricsInput) -> shapes.ListMetricsOutput:
        """In the order in which the metrics appeared."""
        self.take_measured()
        token = request.get("NextToken")
        try:
            after = int(decode_marker(token)) if token else 0
        except (InvalidMarker, ValueError):
            raise InvalidParameterValue("The value for parameter NextToken is invalid.") from None
        equal = {column: value for column, value in (("namespace", request.get("Namespace")),
                                                     ("name", request.get("MetricName"))) if value}  # fmt: skip
        kept = limits.RECENT_SECONDS if request.get("RecentlyActive") else limits.LISTED_SECONDS
        wanted = [(one["Name"], one.get("Value")) for one in request.get("Dimensions") or ()]
        found: list[Any] = []
        while True:
            chunk = self.store.metrics(
                (ctx.account, ctx.region), equal, ctx.now() - kept, after, limits.LIST_METRICS_PAGE + 1
            )
            for number, namespace, name, dimensions in chunk:
                if len(found) == limits.LIST_METRICS_PAGE:
                    return {"Metrics": found, "NextToken": encode_marker(str(after))}
                after = number
                has = dict(dimensions)
                if all(key in has and value in (None, has[key]) for key, value in wanted):
                    found.append(
                        {"Namespace": namespace, "MetricName": name, "Dimensions": shown_dimensions(dimensions)}
                    )
            if len(chunk) <= limits.LIST_METRICS_PAGE:
                return {"Metrics": found}

    @operation
    async def get_metric_statistics(
        self, ctx: Context, request: shapes.GetMetricStatisticsInput
    ) -> shapes.GetMetricStatisticsOutput:
        self.take_measured()
        names = _checked_statistics(request)
        start, end, period = _checked_span(request, ctx.now())
        key = (
            ctx.account, ctx.region, request["Namespace"], request["MetricName"],
            checked_dimensions(request.get("Dimensions"), "Dimensions"),
        )  # fmt: skip
        points = self.store.points(
            key, (start, end, period), request.get("Unit"), with_values=any(map(needs_values, names))
        )
        shown = [
            datapoint
            for at, units in sorted(points.items())
            for samples in units.values()
            if (datapoint := _datapoint(at, samples, names)) is not None
        ]
        return {"Label": request["MetricName"], "Datapoints": shown}


def _checked_statistics(request: shapes.GetMetricStatisticsInput) -> list[str]:
    for member in ("Namespace", "MetricName", "StartTime", "EndTime", "Period"):
        if request.get(member) in (None, ""):
            raise MissingParameter(member)
    plain, extended = request.get("Statistics") or [], request.get("ExtendedStatistics") or []
    if not plain and not extended:
        raise MissingParameter("Statistics")
    if plain and extended:
        raise InvalidParameterCombination(
            "The parameters Statistics and ExtendedStatistics are mutually exclusive and you have specified both."
        )
    for number, name in enumerate(plain, 1):
        if name not in PLAIN:
            raise InvalidParameterValue(
                f"The parameter Statistics.member.{number} must be a value in the set [ {', '.join(PLAIN)} ]."
            )
    for number, name in enumerate(extended, 1):
        if reader(name) is None or name in PLAIN:
            raise InvalidParameterValue(
                f"The value {name} for parameter ExtendedStatistics.member.{number} is not supported."
            )
    return [*plain, *extended]


def _checked_span(request: shapes.GetMetricStatisticsInput, now: float) -> tuple[int, int, int]:
    period, start, end = request["Period"], request["StartTime"], request["EndTime"]
    if period < 1 or not is_period(period):
        raise InvalidParameterValue(
            "The parameter Period must be a value in the set [ 1, 5, 10, 20, 30 ] or a multiple of 60."
        )
    if start == end:
        raise InvalidParameterValue("The parameter StartTime must not equal parameter EndTime.")
    if start > end:
        raise InvalidParameterCombination("The parameter StartTime must be less than the parameter EndTime.")
    wanted = math.ceil((end - start) / period)
    if wanted > limits.STATISTICS_DATAPOINTS_MAX:
        raise InvalidParameterCombination(
            f"You have requested up to {wanted} datapoints, which exceeds the limit of "
            f"{limits.STATISTICS_DATAPOINTS_MAX}. You may reduce the datapoints requested by increasing Period, or "
            "decreasing the time range."
        )
    return rounded(start, period, now), math.ceil(end), period


def rounded(start: float, period: int, now: float) -> int:
    """A start as AWS rounds it down: to the minute, to more for what is long ago, to a short period."""
    step = (60 if period >= 60 else period) if now - start < 15 * _DAY else 300 if now - start <= 63 * _DAY else 3600
    return int(start // step) * step


def _datapoint(at: int, samples: Aggregate, names: Sequence[str]) -> Any:
    """None where there is none of the statistics asked for."""
    shown: dict[str, Any] = {}
    extended: dict[str, float] = {}
    for name in names:
        read = reader(name)
        value = None if read is None else read(samples)
        if value is not None:
            (shown if name in PLAIN else extended)[name] = value
    if extended:
        shown["ExtendedStatistics"] = extended
    return {"Timestamp": float(at), "Unit": samples.unit, **shown} if shown else None


def decoded(token: str | None) -> str | None:
    """The text in a token of the alarm operations; InvalidNextToken if it is none of ours."""
    try:
        return decode_marker(token) if token else None
    except InvalidMarker:
        raise InvalidNextToken from None
