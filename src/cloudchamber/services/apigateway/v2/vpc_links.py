"""Operations on VPC links, which are kept and shown: there is no VPC to reach into."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Request, operation
from cloudchamber.services.apigateway.v2 import checks, limits, records
from cloudchamber.services.apigateway.v2.base import V2Base, listed, new_id
from cloudchamber.services.apigateway.v2.errors import BadRequest, NotFound, TooManyRequests
from cloudchamber.services.apigateway.v2.records import VpcLink

if TYPE_CHECKING:
    from cloudchamber.core.context import Context


class VpcLinks(V2Base):
    @operation
    async def create_vpc_link(self, ctx: Context, request: Request) -> dict[str, Any]:
        checks.check_tags(request.get("Tags") or {})
        if self.store.vpc_links.count(account=ctx.account, region=ctx.region) >= limits.VPC_LINKS_MAX:
            raise TooManyRequests("Maximum number of VPC links for this account has been reached.")
        body = {
            "Name": request["Name"], "SubnetIds": list(request["SubnetIds"]),
            "SecurityGroupIds": list(request.get("SecurityGroupIds") or ()),
        }  # fmt: skip
        link = VpcLink(ctx.account, ctx.region, new_id(6), ctx.now(), body, dict(request.get("Tags") or {}))
        return _shown(self.store.vpc_links.put(link))

    def _vpc_link(self, ctx: Context, request: Request) -> VpcLink:
        found = self.store.vpc_links.get(ctx.account, ctx.region, request["VpcLinkId"])
        if found is None:
            raise NotFound(f"VpcLink {request['VpcLinkId']} not found")
        return found

    @operation
    async def get_vpc_link(self, ctx: Context, request: Request) -> dict[str, Any]:
        return _shown(self._vpc_link(ctx, request))

    @operation
    async def get_vpc_links(self, ctx: Context, request: Request) -> dict[str, Any]:
        found = self.store.vpc_links.where(account=ctx.account, region=ctx.region)
        return listed(request, found, lambda link: link.id, _shown)

    @operation
    async def update_vpc_link(self, ctx: Context, request: Request) -> dict[str, Any]:
        link = self._vpc_link(ctx, request)
        if request.get("Name"):
            link = self.store.vpc_links.put(replace(link, body={**link.body, "Name": request["Name"]}))
        return _shown(link)

    @operation
    async def delete_vpc_link(self, ctx: Context, request: Request) -> dict[str, Any]:
        link = self._vpc_link(ctx, request)
        for api in self.store.apis.where(account=ctx.account, region=ctx.region):
            if any(part.body.get("ConnectionId") == link.id for part in self.store.of(api.id, records.INTEGRATION)):
                raise BadRequest(f"VpcLink {link.id} is in use by an integration of API {api.id}")
        self.store.vpc_links.delete(link.account, link.region, link.id)
        return {}


def _shown(link: VpcLink) -> dict[str, Any]:
    return {
        **link.body, "VpcLinkId": link.id, "CreatedDate": link.created_at, "Tags": dict(link.tags),
        "VpcLinkStatus": "AVAILABLE", "VpcLinkStatusMessage": "VPC link is ready to route traffic",
        "VpcLinkVersion": "V2",
    }  # fmt: skip
