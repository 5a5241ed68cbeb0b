"""Tags of APIs, stages, VPC links and custom domain names, by ARN."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from cloudchamber.core.service import Request, operation
from cloudchamber.services.apigateway.v2 import checks
from cloudchamber.services.apigateway.v2.base import V2Base
from cloudchamber.services.apigateway.v2.errors import BadRequest, NotFound

if TYPE_CHECKING:
    from cloudchamber.core.context import Context

_ARN = re.compile(r"arn:aws[\w-]*:apigateway:([\w-]+):\d*:/(apis|vpclinks|domainnames)/([^/]+)(?:/stages/([^/]+))?\Z")


class Tags(V2Base):
    @operation
    async def tag_resource(self, ctx: Context, request: Request) -> dict[str, Any]:
        table, record = self._tagged(ctx, request)
        tags = {**record.tags, **(request.get("Tags") or {})}
        checks.check_tags(tags)
        self._retag(table, record, tags)
        return {}

    @operation
    async def untag_resource(self, ctx: Context, request: Request) -> None:
        table, record = self._tagged(ctx, request)
        gone = set(request["TagKeys"])
        self._retag(table, record, {key: value for key, value in record.tags.items() if key not in gone})

    @operation
    async def get_tags(self, ctx: Context, request: Request) -> dict[str, Any]:
        return {"Tags": dict(self._tagged(ctx, request)[1].tags)}

    def _retag(self, table: Any, record: Any, tags: dict[str, str]) -> None:
        with self.platform.store.transaction():
            table.put(replace(record, tags=tags))
        self.shared.domains_changed()

    def _tagged(self, ctx: Context, request: Request) -> tuple[Any, Any]:
        """The table and the record that an ARN names."""
        match = _ARN.match(unquote(request["ResourceArn"]))
        if match is None or match[1] != ctx.region:
            raise BadRequest(f"Invalid ARN: {request['ResourceArn']}")
        _, kind, name, stage = match.groups()
        here = (ctx.account, ctx.region)
        found: tuple[Any, Any]
        if kind == "apis":
            found = (self.store.apis, self.api(ctx, {"ApiId": name}))
            if stage:
                found = (self.store.stages, self.stage(found[1], stage))
        elif kind == "vpclinks":
            found = (self.store.vpc_links, self.store.vpc_links.get(*here, name))
        else:
            found = (self.shared.domains, self.shared.domains.get(*here, name))
        if found[1] is None:
            raise NotFound("Invalid resource identifier specified")
        return found
