"""Operations on APIs, with quick create: an API, an integration, a catch-all route and a stage in one call."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Request, operation
from cloudchamber.services.apigateway.v2 import checks, limits, records
from cloudchamber.services.apigateway.v2.base import V2Base, given, listed, merged, new_id
from cloudchamber.services.apigateway.v2.errors import BadRequest, TooManyRequests
from cloudchamber.services.apigateway.v2.records import DEFAULT, Api, Part, Stage

if TYPE_CHECKING:
    from cloudchamber.core.context import Context

_MEMBERS = (
    "ApiKeySelectionExpression", "CorsConfiguration", "Description", "DisableExecuteApiEndpoint",
    "DisableSchemaValidation", "IpAddressType", "Name", "RouteSelectionExpression", "Version",
)  # fmt: skip
_QUICK = ("Target", "RouteKey", "CredentialsArn")
API_KEY_HEADER = "$request.header.x-api-key"


class Apis(V2Base):
    @operation
    async def create_api(self, ctx: Context, request: Request) -> dict[str, Any]:
        checks.check_api(request, request["ProtocolType"])
        api = self.new_api(ctx, request["ProtocolType"], given(request, _MEMBERS), request.get("Tags") or {})
        with self.platform.store.transaction():
            self.store.apis.put(api)
            if request.get("Target"):
                self._quick(api, request)
        return self.shown_api(ctx, api)

    def new_api(self, ctx: Context, protocol: str, settings: dict[str, Any], tags: dict[str, str]) -> Api:
        """An API, not kept yet. TooManyRequestsException where the account has as many as it may."""
        if self.store.apis.count(account=ctx.account, region=ctx.region) >= limits.APIS_MAX:
            raise TooManyRequests("Maximum number of APIs for this account has been reached.")
        checks.check_tags(tags)
        settings = {
            "ApiKeySelectionExpression": API_KEY_HEADER, "DisableExecuteApiEndpoint": False, "IpAddressType": "ipv4",
            **({"RouteSelectionExpression": checks.HTTP_SELECTION} if protocol == records.HTTP else {}), **settings,
        }  # fmt: skip
        return Api(new_id(10), ctx.account, ctx.region, protocol, ctx.now(), settings, dict(tags))

    def _quick(self, api: Api, request: Request) -> None:
        """What quick create adds, marked as managed by API Gateway. Inside a transaction."""
        route_key = request.get("RouteKey") or DEFAULT
        checks.check_route_key(api, route_key)
        body = {
            "ApiGatewayManaged": True, "ConnectionType": "INTERNET", "TimeoutInMillis": limits.HTTP_TIMEOUT_MS,
            **given(request, ("CredentialsArn",)), **_quick_target(request["Target"]),
        }  # fmt: skip
        integration = Part(api.id, records.INTEGRATION, "", new_id(7), body)
        route = {
            "ApiGatewayManaged": True, "ApiKeyRequired": False, "AuthorizationType": "NONE", "RouteKey": route_key,
            "Target": f"integrations/{integration.id}",
        }  # fmt: skip
        self.store.parts.put(integration)
        self.store.parts.put(Part(api.id, records.ROUTE, "", new_id(7), route))
        settings = {"AutoDeploy": True, "ApiGatewayManaged": True, **checks.NEW_STAGE[api.protocol]}
        stage = Stage(api.id, DEFAULT, api.created_at, api.created_at, settings)
        self.store.stages.put(stage)
        self.deploy_by_itself(api, [stage])

    def shown_api(self, ctx: Context, api: Api) -> dict[str, Any]:
        return {
            **api.settings, "ApiId": api.id, "ProtocolType": api.protocol, "CreatedDate": api.created_at,
            "ApiEndpoint": self.endpoint_of(ctx, api), "Tags": dict(api.tags),
        }  # fmt: skip

    @operation
    async def get_api(self, ctx: Context, request: Request) -> dict[str, Any]:
        return self.shown_api(ctx, self.api(ctx, request))

    @operation
    async def get_apis(self, ctx: Context, request: Request) -> dict[str, Any]:
        found = self.store.apis.where(account=ctx.account, region=ctx.region)
        return listed(request, found, lambda api: api.id, lambda api: self.shown_api(ctx, api))

    @operation
    async def update_api(self, ctx: Context, request: Request) -> dict[str, Any]:
        api = self.api(ctx, request)
        checks.check_api({"Name": "-", "RouteSelectionExpression": "-", **api.settings, **request}, api.protocol)
        api = replace(api, settings=merged(api.settings, request, _MEMBERS))
        with self.platform.store.transaction():
            self.store.apis.put(api)
            if any(request.get(member) for member in _QUICK):
                self._change_quick(api, request)
            self.changed(api)
        return self.shown_api(ctx, api)

    def _change_quick(self, api: Api, request: Request) -> None:
        """New values for what quick create has made. Inside a transaction."""
        managed = [part for part in self.store.parts.where(api_id=api.id) if part.body.get("ApiGatewayManaged")]
        if not managed:
            raise BadRequest("Target, RouteKey and CredentialsArn can only be updated for an API made by quick create")
        for part in managed:
            changes = {}
            if part.kind == records.ROUTE and request.get("RouteKey"):
                checks.check_route_key(api, request["RouteKey"])
                changes = {"RouteKey": request["RouteKey"]}
            elif part.kind == records.INTEGRATION:
                changes = given(request, ("CredentialsArn",))
                changes |= _quick_target(request["Target"]) if request.get("Target") else {}
            self.store.parts.put(replace(part, body={**part.body, **changes}))

    @operation
    async def delete_api(self, ctx: Context, request: Request) -> None:
        api = self.api(ctx, request)
        self.check_unmapped(api)
        with self.platform.store.transaction():
            self.store.remove_api(api)
        self.forget(api)

    @operation
    async def delete_cors_configuration(self, ctx: Context, request: Request) -> None:
        api = self.api(ctx, request)
        settings = {name: value for name, value in api.settings.items() if name != "CorsConfiguration"}
        api = replace(api, settings=settings)
        with self.platform.store.transaction():
            self.store.apis.put(api)
            self.changed(api)


def _quick_target(target: str) -> dict[str, Any]:
    """The integration that a target means: a function by its ARN, else a URL."""
    if target.startswith("arn:"):
        return {
            "IntegrationType": "AWS_PROXY", "IntegrationUri": target, "PayloadFormatVersion": "2.0",
            "IntegrationMethod": "POST",
        }  # fmt: skip
    checks.check_url(target)
    return {
        "IntegrationType": "HTTP_PROXY", "IntegrationUri": target, "PayloadFormatVersion": "1.0",
        "IntegrationMethod": "ANY",
    }  # fmt: skip
