"""GetMetricData: many metrics and metric math at once, page by page."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from cloudchamber.core.pagination import encode_marker
from cloudchamber.core.service import operation
from cloudchamber.services.cloudwatch import limits, query
from cloudchamber.services.cloudwatch.errors import InvalidAlarm, InvalidNextToken
from cloudchamber.services.cloudwatch.metrics import Metrics, decoded, rounded
from cloudchamber.services.cloudwatch.query import Answering

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.cloudwatch import shapes
    from cloudchamber.services.cloudwatch.metric_math import Series


class Data(Metrics):
    @operation
    async def get_metric_data(self, ctx: Context, request: shapes.GetMetricDataInput) -> shapes.GetMetricDataOutput:
        queries: list[Any] = list(request["MetricDataQueries"])
        query.check(queries)
        self.take_measured()
        start, end = request["StartTime"], request["EndTime"]
        if start >= end:
            raise InvalidAlarm("The parameter StartTime must be less than the parameter EndTime.")
        room = request.get("MaxDatapoints") or limits.GET_DATAPOINTS_MAX
        if not 0 < room <= limits.GET_DATAPOINTS_MAX:
            raise InvalidAlarm(f"The parameter MaxDatapoints must be between 1 and {limits.GET_DATAPOINTS_MAX}.")
        skipped = _skipped(request.get("NextToken"))
        periods = [one["MetricStat"]["Period"] for one in queries if one.get("MetricStat")]
        span = (rounded(start, min(periods, default=60), ctx.now()), math.ceil(end))
        answering = Answering(self.store, (ctx.account, ctx.region), queries, span)
        found = [(one["Id"], series) for one in queries if one.get("ReturnData", True)
                 for series in answering.series(one["Id"])]  # fmt: skip
        ctx.meter("cloudwatch.metrics_requested", max(len(periods), 1))
        is_ascending = request.get("ScanBy") == "TimestampAscending"
        results, more = _page(found, is_ascending, skipped, room)
        answer: shapes.GetMetricDataOutput = {"MetricDataResults": results, "Messages": []}
        if more:
            answer["NextToken"] = encode_marker(str(skipped + room))
        return answer


def _skipped(token: str | None) -> int:
    """How many datapoints the pages before had."""
    try:
        return int(decoded(token) or 0)
    except ValueError:
        raise InvalidNextToken from None


def _page(
    found: list[tuple[str, Series]], is_ascending: bool, skipped: int, room: int
) -> tuple[list[Any], bool]:  # fmt: skip
    """Each series with those of its points that are on this page, and whether there are more."""
    results: list[Any] = []
    before = 0
    for query_id, series in found:
        points = sorted(series.points.items(), reverse=not is_ascending)
        first, last = max(skipped - before, 0), max(skipped + room - before, 0)
        chosen = points[first:last]
        before += len(points)
        results.append(
            {
                "Id": query_id,
                "Label": series.label,
                "Timestamps": [float(at) for at, _ in chosen],
                "Values": [value for _, value in chosen],
                "StatusCode": "Complete" if last >= len(points) else "PartialData",
            }
        )
    return results, before > skipped + room
