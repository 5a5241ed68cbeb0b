"""Tags of APIs, stages, keys, plans, domains, links and certificates."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Request, operation
from cloudchamber.services.apigateway import records
from cloudchamber.services.apigateway.base import Answer, ApiGatewayBase, check_tags
from cloudchamber.services.apigateway.errors import BadRequest, NotFound

if TYPE_CHECKING:
    from cloudchamber.core.context import Context


class Tags(ApiGatewayBase):
    def _tagged_by(self, ctx: Context, request: Request) -> Any:
        arn = request["resourceArn"]
        found = self.tagged(arn)
        if found is None or found.account != ctx.account:
            if not arn.startswith("arn:"):
                raise BadRequest("Invalid ARN specified in the request")
            raise NotFound(f"Invalid resource specified: {arn}")
        return found

    def _retag(self, record: Any, tags: dict[str, str]) -> None:
        table: Any = {
            records.RestApi: self.store.apis, records.Stage: self.store.stages, records.ApiKey: self.store.keys,
            records.UsagePlan: self.store.plans, records.Domain: self.store.domains,
        }.get(type(record), self.store.kept)  # fmt: skip
        table.put(replace(record, tags=check_tags(tags)))

    @operation
    async def tag_resource(self, ctx: Context, request: Request) -> None:
        found = self._tagged_by(ctx, request)
        self._retag(found, {**found.tags, **request["tags"]})

    @operation
    async def untag_resource(self, ctx: Context, request: Request) -> None:
        found, gone = self._tagged_by(ctx, request), set(request["tagKeys"])
        self._retag(found, {name: value for name, value in found.tags.items() if name not in gone})

    @operation
    async def get_tags(self, ctx: Context, request: Request) -> Answer:
        return {"tags": dict(self._tagged_by(ctx, request).tags)}
