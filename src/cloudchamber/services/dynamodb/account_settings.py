"""What is said of an account and its tables rather than of items: limits, endpoints, contributor insights.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/contributorinsights_HowItWorks.html
Contributor insights are a setting with its statuses; their rules belong to CloudWatch.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cloudchamber.core.pagination import InvalidMarker, page
from cloudchamber.core.service import operation
from cloudchamber.services.dynamodb import limits
from cloudchamber.services.dynamodb.base import DynamoBase
from cloudchamber.services.dynamodb.errors import ResourceNotFound, invalid
from cloudchamber.services.dynamodb.table import Insights

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.dynamodb import shapes
    from cloudchamber.services.dynamodb.table import Index, TableRecord

ENDPOINT_MINUTES = 1440
SUMMARIES_MAX = 100


class AccountSettings(DynamoBase):
    @operation
    async def describe_limits(self, _ctx: Context, _request: shapes.DescribeLimitsInput) -> shapes.DescribeLimitsOutput:
        return {
            "AccountMaxReadCapacityUnits": limits.ACCOUNT_UNITS,
            "AccountMaxWriteCapacityUnits": limits.ACCOUNT_UNITS,
            "TableMaxReadCapacityUnits": limits.TABLE_UNITS,
            "TableMaxWriteCapacityUnits": limits.TABLE_UNITS,
        }

    @operation
    async def describe_endpoints(
        self, ctx: Context, _request: shapes.DescribeEndpointsRequest
    ) -> shapes.DescribeEndpointsResponse:
        """The address the client came to: those that discover endpoints are to stay in this cloud."""
        address = urlsplit(ctx.caller.endpoint).netloc or f"dynamodb.{ctx.region}.amazonaws.com"
        return {"Endpoints": [{"Address": address, "CachePeriodInMinutes": ENDPOINT_MINUTES}]}

    @operation
    async def describe_contributor_insights(
        self, ctx: Context, request: shapes.DescribeContributorInsightsInput
    ) -> dict[str, Any]:
        record, index = self._insightful(ctx, request)
        insights = (index or record).insights
        answer: dict[str, Any] = {**_named(record, index), **self._status(insights, ctx.now())}
        if insights.changed_at is not None:
            answer["LastUpdateDateTime"] = insights.changed_at
        if insights.is_enabled:
            answer["ContributorInsightsRuleList"] = _rules(record, index)
        return answer

    @operation
    async def update_contributor_insights(
        self, ctx: Context, request: shapes.UpdateContributorInsightsInput
    ) -> dict[str, Any]:
        record, index = self._insightful(ctx, request)
        was, now = (index or record).insights, ctx.now()
        enabled = request["ContributorInsightsAction"] == "ENABLE"
        mode = request.get("ContributorInsightsMode", was.mode)
        if (enabled, mode) != (was.is_enabled, was.mode):
            insights = Insights(enabled, mode, now)
            if index is None:
                changed = replace(record, insights=insights)
            else:
                kept = tuple(replace(i, insights=insights) if i is index else i for i in record.indexes)
                changed = replace(record, indexes=kept)
            with self.platform.store.transaction():
                self.store.save(changed)
        status = "ENABLING" if enabled else "DISABLING"
        return {**_named(record, index), "ContributorInsightsStatus": status, "ContributorInsightsMode": mode}

    @operation
    async def list_contributor_insights(
        self, ctx: Context, request: shapes.ListContributorInsightsInput
    ) -> dict[str, Any]:
        if request.get("TableName"):
            records = [self.table(ctx, request["TableName"]).record]
        else:
            records = self.store.tables.where(account=ctx.account, region=ctx.region)
        found: list[tuple[TableRecord, Index | None]] = []
        for record in records:
            found += [(record, None), *((record, index) for index in record.indexes if not index.is_local)]
        found.sort(key=_place)
        limit = request.get("MaxResults") or SUMMARIES_MAX
        try:
            chosen, marker = page(found, _place, limit, request.get("NextToken"))
        except InvalidMarker:
            raise invalid("Invalid NextToken") from None
        now = ctx.now()
        summaries = [{**_named(t, index), **self._status((index or t).insights, now)} for t, index in chosen]
        answer: dict[str, Any] = {"ContributorInsightsSummaries": summaries}
        if marker is not None:
            answer["NextToken"] = marker
        return answer

    def _insightful(self, ctx: Context, request: Any) -> tuple[TableRecord, Index | None]:
        """The table a request names, and the index if it names one."""
        record = self.table(ctx, request["TableName"]).record
        name = request.get("IndexName")
        if name is None:
            return record, None
        for index in record.indexes:
            if index.name == name and not index.is_local:
                return record, index
        raise ResourceNotFound(f"Requested resource not found: Table: {record.name} Index: {name} not found")

    def _status(self, insights: Insights, now: float) -> dict[str, str]:
        is_moving = insights.changed_at is not None and now < insights.changed_at + self.transition_s
        word = "ENABL" if insights.is_enabled else "DISABL"
        shown = {"ContributorInsightsStatus": word + ("ING" if is_moving else "ED")}
        if insights.is_enabled:
            shown["ContributorInsightsMode"] = insights.mode
        return shown


def _named(record: TableRecord, index: Index | None) -> dict[str, str]:
    return {"TableName": record.name} if index is None else {"TableName": record.name, "IndexName": index.name}


def _place(of: tuple[TableRecord, Index | None]) -> str:
    record, index = of
    return record.name if index is None else f"{record.name}/{index.name}"


def _rules(record: TableRecord, index: Index | None) -> list[str]:
    """Names of the rules: of accessed and throttled keys, by partition key and, where there is one, with sort key."""
    insights = (index or record).insights
    assert insights.changed_at is not None
    sort = record.sort if index is None else index.sort
    kinds = [f"{part}K" for part in ("P", "S") if part == "P" or sort]
    counted = "CT" if insights.mode == "ACCESSED_AND_THROTTLED_KEYS" else "T"
    where = record.name if index is None else f"{record.name}-{index.name}"
    stamp = int(insights.changed_at * 1000)
    return [f"DynamoDBContributorInsights-{kind}{what}-{where}-{stamp}" for kind in kinds for what in counted]
