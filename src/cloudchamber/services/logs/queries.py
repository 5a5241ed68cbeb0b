"""Insights queries: started, run in the background over the events there are, and asked for their results."""

from __future__ import annotations

import heapq
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.errors import NotImplementedByUs
from cloudchamber.core.service import Request, operation
from cloudchamber.services.logs import limits
from cloudchamber.services.logs.base import LogsBase
from cloudchamber.services.logs.errors import (
    InvalidParameter,
    LimitExceeded,
    NoLogGroup,
    ResourceNotFound,
    not_found,
)
from cloudchamber.services.logs.insights_commands import Program, read_program
from cloudchamber.services.logs.insights_records import fields_of
from cloudchamber.services.logs.insights_values import text
from cloudchamber.services.logs.positions import page_token, read_id, read_page_token
from cloudchamber.services.logs.tables import Query

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudchamber.core.context import Context
    from cloudchamber.services.logs import shapes
    from cloudchamber.services.logs.tables import Event, LogGroup

BREATHE_EVENTS = 500
RUNNING, COMPLETE, CANCELLED, FAILED, TIMEOUT = "Running", "Complete", "Cancelled", "Failed", "Timeout"
FIELDS_SAMPLE_MAX = 1000
FIELDS_WINDOW_MS = 900_000


class Queries(LogsBase):
    async def resume(self) -> None:
        await super().resume()
        for query in self.store.queries.where(status=RUNNING):
            self._begin_query(query)

    @operation
    async def start_query(self, ctx: Context, request: shapes.StartQueryRequest) -> shapes.StartQueryResponse:
        if request.get("queryLanguage", "CWLI") != "CWLI":
            raise NotImplementedByUs("only the Logs Insights query language is implemented in cloudchamber")
        groups = self._queried(ctx, request)
        if request["startTime"] > request["endTime"]:
            raise InvalidParameter("The start time must not be later than the end time.")
        read_program(request["queryString"], self.now_ms())
        if len(self.store.queries.where(account=ctx.account, region=ctx.region, status=RUNNING)) >= (
            limits.QUERY_RUNNING_MAX
        ):
            raise LimitExceeded("Account maximum query concurrency limit of [100] reached")
        query = Query(
            ctx.account, ctx.region, ids.uuid(), request["queryString"], [group.arn for group in groups],
            request["startTime"] * 1000, request["endTime"] * 1000 + 999,
            request.get("limit") or limits.QUERY_RESULTS_DEFAULT, ctx.now(), ctx.principal.arn,
        )  # fmt: skip
        with self.platform.store.transaction():
            self.store.queries.put(query)
            for old in self.store.queries.where(order="begun_at", limit=10):
                if old.begun_at < ctx.now() - limits.QUERY_KEPT_SECONDS:
                    self.store.queries.delete(old.account, old.region, old.id)
        self._begin_query(query)
        return {"queryId": query.id}

    def _queried(self, ctx: Context, request: Request) -> list[LogGroup]:
        """The groups a query names, in one of three ways."""
        given = [name for name in ("logGroupName", "logGroupNames", "logGroupIdentifiers") if request.get(name)]
        if len(given) != 1:
            raise InvalidParameter(
                "Exactly one of logGroupName, logGroupNames and logGroupIdentifiers must be specified."
            )
        value = request[given[0]]
        names = [value] if isinstance(value, str) else list(value)
        if len(names) > limits.QUERY_LOG_GROUPS_MAX:
            raise InvalidParameter(f"A query can name at most {limits.QUERY_LOG_GROUPS_MAX} log groups.")
        found = []
        for name in names:
            try:
                found.append(self.identified(ctx, name))
            except NoLogGroup:
                bare = name.rpartition("log-group:")[2]
                raise ResourceNotFound(f"Log group '{bare}' does not exist for account ID '{ctx.account}'") from None
        return found

    # running

    def _begin_query(self, query: Query) -> None:
        self.clock.spawn(self._run(query), "logs insights query")

    async def _run(self, query: Query) -> None:
        try:
            done = await self._results(query)
        except TimeoutError:  # a regular expression that does not come to an end
            done = replace(query, status=TIMEOUT)
        except Exception:
            self._end_query(replace(query, status=FAILED))
            raise
        if done is not None:
            self._end_query(done)

    def _end_query(self, query: Query) -> None:
        with self.platform.store.transaction():
            if self._is_query_running(query):
                self.store.queries.put(replace(query, ended_at=self.clock.now()))

    def _is_query_running(self, query: Query) -> bool:
        found = self.store.queries.get(query.account, query.region, query.id)
        return found is not None and found.status == RUNNING

    async def _results(self, query: Query) -> Query | None:
        """The query with its results, or None if it was stopped."""
        kept: list[dict[str, Any]] = []
        program, seen, size = read_program(query.text, int(query.begun_at * 1000)), 0, 0
        matched = 0
        for group, event in self._events(query):
            name = self.store.stream_name(event.stream)
            if name is None:
                continue
            seen, size = seen + 1, size + len(event.message)
            row = fields_of(group, name, event)
            if program.keeps(row):
                matched += 1
                if self._has_room(program, query, len(kept)):
                    kept.append(row)
            if seen % BREATHE_EVENTS == 0:
                await self.clock.breathe()
                if not self._is_query_running(query):
                    return None
        rows = program.finish(kept)
        most = limits.QUERY_RESULTS_MAX if program.limit is not None else query.limit
        shown = [program.shown(row) for row in rows[:most]]
        counts = {
            "recordsMatched": matched, "recordsScanned": seen, "bytesScanned": size, "estimatedRecordsSkipped": 0,
            "estimatedBytesSkipped": 0, "logGroupsScanned": len(query.groups),
        }  # fmt: skip
        self.platform.dispatcher.meter.add(query.account, "logs.scanned_bytes", size)
        return replace(
            query, status=COMPLETE, rows=shown, statistics={name: float(count) for name, count in counts.items()}
        )

    @staticmethod
    def _has_room(program: Program, query: Query, count: int) -> bool:
        """Rows come newest first, so those behind a limit that nothing stands before are never shown."""
        if program.limit is not None:
            return count < program.limit
        return bool(program.later) or count < query.limit

    def _events(self, query: Query) -> Iterator[tuple[LogGroup, Event]]:
        """The events of all the query's groups in its time, newest first."""
        walks = []
        for arn in query.groups:
            group = self.store.group_by_arn(arn)
            if group is not None:
                begin = (max(query.start_ms, group.floor(self.now_ms())), 0)
                walks.append(self._walk(group, begin, query.end_ms))
        return heapq.merge(*walks, key=lambda pair: (pair[1].at, pair[1].seq), reverse=True)

    def _walk(self, group: LogGroup, begin: tuple[int, int], end_ms: int) -> Iterator[tuple[LogGroup, Event]]:
        for event in self.store.walk(group.number, None, (begin, (end_ms + 1, 0)), down=True):
            yield group, event

    # asking

    def _query(self, ctx: Context, query_id: str) -> Query:
        found = self.store.queries.get(ctx.account, ctx.region, query_id)
        if found is None:
            raise not_found("query")
        return found

    @operation
    async def get_query_results(
        self, ctx: Context, request: shapes.GetQueryResultsRequest
    ) -> shapes.GetQueryResultsResponse:
        query = self._query(ctx, request["queryId"])
        begin = int(read_page_token(request.get("nextToken")).get("row", 0))
        end = begin + (request.get("maxItems") or len(query.rows))
        rows: Any = [[{"field": name, "value": value} for name, value in row] for row in query.rows[begin:end]]
        answer: Any = {
            "queryLanguage": "CWLI", "results": rows, "status": query.status,
            "statistics": query.statistics or {"recordsMatched": 0.0, "recordsScanned": 0.0, "bytesScanned": 0.0},
        }  # fmt: skip
        if end < len(query.rows):
            answer["nextToken"] = page_token(row=end)
        found: shapes.GetQueryResultsResponse = answer
        return found

    @operation
    async def stop_query(self, ctx: Context, request: shapes.StopQueryRequest) -> shapes.StopQueryResponse:
        query = self._query(ctx, request["queryId"])
        if query.status != RUNNING:
            raise InvalidParameter("The specified query is not running.")
        self._end_query(replace(query, status=CANCELLED))
        return {"success": True}

    @operation
    async def describe_queries(
        self, ctx: Context, request: shapes.DescribeQueriesRequest
    ) -> shapes.DescribeQueriesResponse:
        name, status = request.get("logGroupName"), request.get("status")
        arn = None if name is None else self.group(ctx, name).arn
        found = [
            query for query in self.store.queries.where(account=ctx.account, region=ctx.region)
            if (arn is None or arn in query.groups) and status in (None, query.status)
            and request.get("queryLanguage") in (None, "CWLI")
        ]  # fmt: skip
        found.sort(key=lambda query: (-query.begun_at, query.id))
        begin = int(read_page_token(request.get("nextToken")).get("row", 0))
        end = begin + (request.get("maxResults") or 1000)
        shown = [_shown(query) for query in found[begin:end]]
        return {"queries": shown, "nextToken": page_token(row=end)} if end < len(found) else {"queries": shown}

    @operation
    async def get_log_record(self, ctx: Context, request: shapes.GetLogRecordRequest) -> shapes.GetLogRecordResponse:
        pointer = request["logRecordPointer"]
        if not pointer.isdecimal() or len(pointer) > 60:
            raise InvalidParameter("The specified logRecordPointer is not valid.")
        at, seq = read_id(pointer)
        found = self.store.event(seq)
        groups = [] if found is None else self.store.groups.where(number=found[0], account=ctx.account)
        name = None if found is None else self.store.stream_name(found[1].stream)
        if found is None or not groups or name is None or found[1].at != at or groups[0].region != ctx.region:
            raise not_found("log record")
        record = fields_of(groups[0], name, found[1])
        return {"logRecord": {
            key: str(int(value)) if key in ("@timestamp", "@ingestionTime") else text(value)
            for key, value in record.items()
        }}  # fmt: skip

    @operation
    async def get_log_group_fields(
        self, ctx: Context, request: shapes.GetLogGroupFieldsRequest
    ) -> shapes.GetLogGroupFieldsResponse:
        """The fields of the latest events in the 15 minutes before the time, or in those around it."""
        group, time = self.named(ctx, request), request.get("time")
        middle = self.now_ms() if time is None else time * 1000
        end = middle + (0 if time is None else FIELDS_WINDOW_MS // 2)
        begin = max(end - FIELDS_WINDOW_MS, group.floor(self.now_ms()))
        counts: dict[str, int] = {}
        events = self.store.of_group(group.number, (begin, 0), (end + 1, 0), FIELDS_SAMPLE_MAX, down=True)
        for event in events:
            for name in fields_of(group, "", event):
                counts[name] = counts.get(name, 0) + 1
        counts.pop("@ptr", None)
        shown: Any = [{"name": name, "percent": 100 * count // len(events)} for name, count in sorted(counts.items())]
        return {"logGroupFields": shown}


def _shown(query: Query) -> Any:
    shown: dict[str, Any] = {
        "queryLanguage": "CWLI", "queryId": query.id, "queryString": query.text, "status": query.status,
        "createTime": int(query.begun_at * 1000), "logGroupName": query.groups[0].rpartition("log-group:")[2],
        "userIdentity": query.by,
    }  # fmt: skip
    if query.ended_at is not None:
        shown["queryDuration"] = int((query.ended_at - query.begun_at) * 1000)
        shown["bytesScanned"] = query.statistics.get("bytesScanned", 0.0)
    return shown
