"""Query and Scan: a range of rows, read until the limit or a mebibyte, filtered, projected.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import ValidationError
from cloudchamber.core.service import operation
from cloudchamber.services.dynamodb.base import DynamoBase
from cloudchamber.services.dynamodb.expressions import request as expressions
from cloudchamber.services.dynamodb.expressions.keys import check_filter
from cloudchamber.services.dynamodb.reading import Page, Reading
from cloudchamber.services.dynamodb.spans import query_span, resume_after, scan_span

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.dynamodb import shapes
    from cloudchamber.services.dynamodb.values import Item

_QUERY = ("KeyConditionExpression", "FilterExpression", "ProjectionExpression")
_SCAN = ("FilterExpression", "ProjectionExpression")


class Querying(DynamoBase):
    @operation
    async def query(self, ctx: Context, request: shapes.QueryInput) -> dict[str, Any]:
        asked = expressions.read(request, _QUERY)
        assert asked.key_condition is not None
        view = self.view(ctx, request["TableName"])
        reading = Reading.of(request, view, self._index_of(ctx, view, request), asked)
        found = asked.key_condition.resolve(reading.key.partition, reading.key.sort)
        if asked.filter is not None:
            check_filter(asked.filter, reading.key.names, legacy="QueryFilter" in request)
        descending = not request.get("ScanIndexForward", True)
        span = query_span(reading, found)
        if (start := _start_of(request)) is not None:
            span = resume_after(reading, span, start, descending=descending)
        self.admit(view, "read", ctx.now(), reading.index)
        return self._answer(ctx, request, reading, reading.page(self.store, span, descending=descending))

    @operation
    async def scan(self, ctx: Context, request: shapes.ScanInput) -> dict[str, Any]:
        asked = expressions.read(request, _SCAN)
        at, total = _segments(request)
        view = self.view(ctx, request["TableName"])
        reading = Reading.of(request, view, self._index_of(ctx, view, request), asked)
        span = scan_span(reading, at, total)
        if (start := _start_of(request)) is not None:
            span = resume_after(reading, span, start, segments=(at, total))
        self.admit(view, "read", ctx.now(), reading.index)
        return self._answer(ctx, request, reading, reading.page(self.store, span))

    def _index_of(self, ctx: Context, view: Any, request: Any) -> Any:
        name = request.get("IndexName")
        return None if name is None else self.index(ctx, view, name)

    def _answer(self, ctx: Context, request: Any, reading: Reading, page: Page) -> dict[str, Any]:
        answer: dict[str, Any] = {"Count": page.count, "ScannedCount": page.scanned}
        if reading.select != "COUNT":
            answer["Items"] = page.shown(ctx)
        if page.last is not None:
            answer["LastEvaluatedKey"] = page.last
        self.account_for(ctx, page.used, request, answer)
        return answer


def _start_of(request: Any) -> Item | None:
    """ExclusiveStartKey; an empty one counts as none."""
    return request.get("ExclusiveStartKey") or None


def _segments(request: Any) -> tuple[int, int]:
    """Segment and TotalSegments of a parallel Scan; ValidationException for one without the other."""
    at, total = request.get("Segment"), request.get("TotalSegments")
    if at is None and total is None:
        return 0, 1
    if total is None:
        raise ValidationError(
            "The TotalSegments parameter is required but was not present in the request when Segment parameter is "
            "present"
        )
    if at is None:
        raise ValidationError(
            "The Segment parameter is required but was not present in the request when parameter TotalSegments is "
            "present"
        )
    if at >= total:
        raise ValidationError(
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
            f"Segment: {at} is not less than TotalSegments: {total}"
        )
    return at, total
