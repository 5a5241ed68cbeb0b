"""Metric filters: put, listed, deleted, tried out. What they find goes to CloudWatch through the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import NotImplementedByUs
from cloudchamber.core.service import Request, operation
from cloudchamber.services.logs import limits
from cloudchamber.services.logs.base import LogsBase
from cloudchamber.services.logs.errors import InvalidOperation, InvalidParameter, LimitExceeded, not_found
from cloudchamber.services.logs.pattern_expressions import as_number
from cloudchamber.services.logs.patterns import Pattern, compile_pattern
from cloudchamber.services.logs.positions import page_token, read_page_token
from cloudchamber.services.logs.tables import Filter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.logs import shapes
    from cloudchamber.services.logs.tables import LogGroup


def check_filtered(group: LogGroup, request: Request) -> None:
    """Whether a group can have filters, and what a filter may ask for that is not here."""
    if group.log_class != "STANDARD":
        raise InvalidOperation(f"Log groups of class {group.log_class} do not support filters.")
    for name in ("applyOnTransformedLogs", "fieldSelectionCriteria"):
        if request.get(name):
            raise NotImplementedByUs(f"{name} is not implemented in cloudchamber")


def page_of(found: list[Filter], request: Request) -> tuple[list[Filter], str | None]:
    """A page of filters in order of group and name, and the token of the next."""
    after, limit = read_page_token(request.get("nextToken")).get("pair"), request.get("limit") or limits.LIST_MAX
    rest = [one for one in found if after is None or (one.group_name, one.name) > tuple(after)]
    page = rest[:limit]
    return page, page_token(pair=(page[-1].group_name, page[-1].name)) if len(rest) > limit else None


class MetricFilters(LogsBase):
    @operation
    async def put_metric_filter(self, ctx: Context, request: shapes.PutMetricFilterRequest) -> None:
        group, name = self.group(ctx, request["logGroupName"]), request["filterName"]
        check_filtered(group, request)
        if request.get("emitSystemFieldDimensions"):
            raise NotImplementedByUs("emitSystemFieldDimensions is not implemented in cloudchamber")
        pattern = compile_pattern(request["filterPattern"])
        for change in request["metricTransformations"]:
            _check(pattern, change)
        existing = self.store.metric_filters.get(ctx.account, ctx.region, group.name, name)
        if existing is None and len(self.filters(group)[0]) >= limits.METRIC_FILTERS_MAX:
            raise LimitExceeded
        wire = {"metricTransformations": [dict(change) for change in request["metricTransformations"]]}
        with self.platform.store.transaction():
            self.store.metric_filters.put(
                Filter(ctx.account, ctx.region, group.name, name, request["filterPattern"], self.now_ms(), wire)
            )
        self.filters_changed()

    @operation
    async def delete_metric_filter(self, ctx: Context, request: shapes.DeleteMetricFilterRequest) -> None:
        group = self.group(ctx, request["logGroupName"])
        with self.platform.store.transaction():
            if not self.store.metric_filters.delete(ctx.account, ctx.region, group.name, request["filterName"]):
                raise not_found("metric filter")
        self.filters_changed()

    @operation
    async def describe_metric_filters(
        self, ctx: Context, request: shapes.DescribeMetricFiltersRequest
    ) -> shapes.DescribeMetricFiltersResponse:
        metric, namespace = request.get("metricName"), request.get("metricNamespace")
        if (metric is None) != (namespace is None):
            raise InvalidParameter("metricName and metricNamespace must be specified together.")
        wanted: dict[str, Any] = {"account": ctx.account, "region": ctx.region}
        if request.get("logGroupName") is not None:
            wanted["group_name"] = self.group(ctx, request["logGroupName"]).name
        prefix = request.get("filterNamePrefix") or ""
        found = [
            one for one in self.store.metric_filters.where(**wanted)
            if one.name.startswith(prefix) and (metric is None or any(
                change["metricName"] == metric and change["metricNamespace"] == namespace
                for change in one.wire["metricTransformations"]))
        ]  # fmt: skip
        page, token = page_of(found, request)
        shown: Any = [
            {"filterName": one.name, "filterPattern": one.pattern, "creationTime": one.created_at,
             "logGroupName": one.group_name, "applyOnTransformedLogs": False, **one.wire} for one in page
        ]  # fmt: skip
        return {"metricFilters": shown} if token is None else {"metricFilters": shown, "nextToken": token}

    @operation
    async def test_metric_filter(
        self, ctx: Context, request: shapes.TestMetricFilterRequest
    ) -> shapes.TestMetricFilterResponse:
        pattern = compile_pattern(request["filterPattern"])
        return {
            "matches": [
                {"eventNumber": number, "eventMessage": message, "extractedValues": pattern.extract(message)}
                for number, message in enumerate(request["logEventMessages"], 1) if pattern.matches(message)
            ]
        }  # fmt: skip


def _check(pattern: Pattern, change: Mapping[str, Any]) -> None:
    value, dimensions = change["metricValue"], change.get("dimensions") or {}
    if not value.startswith("$") and as_number(value) is None:
        raise InvalidParameter(f"Invalid metric transformation: metricValue '{value}' is neither a number nor a field.")
    if dimensions and "defaultValue" in change:
        raise InvalidParameter(
            "Invalid metric transformation: dimensions and default value are mutually exclusive properties."
        )
    if dimensions and not pattern.has_fields:
        raise InvalidParameter("The specified filter pattern does not support dimensions")
    if len(dimensions) > limits.METRIC_DIMENSIONS_MAX:
        raise InvalidParameter("Invalid metric transformation: a metric can have at most 3 dimensions.")
