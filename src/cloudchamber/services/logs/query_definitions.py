"""Saved Insights queries. They are kept as they are given; nobody reads them before they are started."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.service import operation
from cloudchamber.services.logs import limits
from cloudchamber.services.logs.base import LogsBase
from cloudchamber.services.logs.errors import LimitExceeded, not_found
from cloudchamber.services.logs.positions import page_token, read_page_token
from cloudchamber.services.logs.tables import QueryDefinition

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.logs import shapes

_KEPT = ("queryLanguage", "logGroupNames", "queryString", "parameters")


class QueryDefinitions(LogsBase):
    @operation
    async def put_query_definition(
        self, ctx: Context, request: shapes.PutQueryDefinitionRequest
    ) -> shapes.PutQueryDefinitionResponse:
        found_id = request.get("queryDefinitionId")
        if found_id is not None:
            if self.store.definitions.get(ctx.account, ctx.region, found_id) is None:
                raise not_found("query definition")
        elif self.store.definitions.count(account=ctx.account, region=ctx.region) >= limits.QUERY_DEFINITIONS_MAX:
            raise LimitExceeded
        wire = {name: request[name] for name in _KEPT if request.get(name)}  # type: ignore[literal-required]
        wire["lastModified"] = self.now_ms()
        made = QueryDefinition(ctx.account, ctx.region, found_id or ids.uuid(), request["name"], wire)
        with self.platform.store.transaction():
            self.store.definitions.put(made)
        return {"queryDefinitionId": made.id}

    @operation
    async def delete_query_definition(
        self, ctx: Context, request: shapes.DeleteQueryDefinitionRequest
    ) -> shapes.DeleteQueryDefinitionResponse:
        with self.platform.store.transaction():
            if not self.store.definitions.delete(ctx.account, ctx.region, request["queryDefinitionId"]):
                raise not_found("query definition")
        return {"success": True}

    @operation
    async def describe_query_definitions(
        self, ctx: Context, request: shapes.DescribeQueryDefinitionsRequest
    ) -> shapes.DescribeQueryDefinitionsResponse:
        prefix, limit = request.get("queryDefinitionNamePrefix") or "", request.get("maxResults") or 1000
        after = read_page_token(request.get("nextToken")).get("pair", ["", ""])
        found = [
            one for one in self.store.definitions.where(
                account=ctx.account, region=ctx.region, order="name, id", after=after)
            if one.name.startswith(prefix)
        ]  # fmt: skip
        shown: Any = [
            {"queryLanguage": "CWLI", **one.wire, "queryDefinitionId": one.id, "name": one.name}
            for one in found[:limit]
        ]
        if len(found) > limit:
            last = found[limit - 1]
            return {"queryDefinitions": shown, "nextToken": page_token(pair=[last.name, last.id])}
        return {"queryDefinitions": shown}
