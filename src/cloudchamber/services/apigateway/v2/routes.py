"""Operations on routes and on the responses of WebSocket routes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Request, operation
from cloudchamber.services.apigateway.v2 import checks, limits, records
from cloudchamber.services.apigateway.v2.base import V2Base, given, listed, merged, new_id
from cloudchamber.services.apigateway.v2.errors import BadRequest, Conflict, TooManyRequests
from cloudchamber.services.apigateway.v2.records import Api, Part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

_MEMBERS = (
    "ApiKeyRequired", "AuthorizationScopes", "AuthorizationType", "AuthorizerId", "ModelSelectionExpression",
    "OperationName", "RequestModels", "RequestParameters", "RouteKey", "RouteResponseSelectionExpression", "Target",
)  # fmt: skip
_RESPONSE_MEMBERS = ("ModelSelectionExpression", "ResponseModels", "ResponseParameters", "RouteResponseKey")
_WEBSOCKET_ONLY = ("ModelSelectionExpression", "RequestModels", "RequestParameters", "RouteResponseSelectionExpression")


class Routes(V2Base):
    @operation
    async def create_route(self, ctx: Context, request: Request) -> dict[str, Any]:
        api = self.api(ctx, request)
        body = {"ApiKeyRequired": False, "AuthorizationType": "NONE", **given(request, _MEMBERS)}
        self._check_route(api, body)
        if self.store.parts.count(api_id=api.id, kind=records.ROUTE) >= limits.ROUTES_MAX:
            raise TooManyRequests("Maximum number of Routes for this API has been reached.")
        part = Part(api.id, records.ROUTE, "", new_id(7), body)
        self.put_part(api, part)
        return shown_route(part)

    def _check_route(self, api: Api, body: Mapping[str, Any], part_id: str = "") -> None:
        key = body["RouteKey"]
        checks.check_route_key(api, key)
        if any(part.body["RouteKey"] == key and part.id != part_id for part in self.store.of(api.id, records.ROUTE)):
            raise Conflict(f"Route with key {key} already exists for this API")
        if api.is_http:
            for member in _WEBSOCKET_ONLY:
                if body.get(member):
                    raise BadRequest(f"{member} is not supported on protocol type HTTP")
            if body.get("ApiKeyRequired"):
                raise BadRequest("ApiKeyRequired is not currently supported for HTTP APIs")
        authorizers = {part.id: part for part in self.store.of(api.id, records.AUTHORIZER)}
        checks.check_authorization(api, body, authorizers)
        target = body.get("Target")
        if target is not None:
            kind, _, integration = target.partition("/")
            if kind != "integrations" or self.store.parts.get(api.id, records.INTEGRATION, "", integration) is None:
                raise BadRequest(f"Invalid target specified: {target}")

    @operation
    async def get_route(self, ctx: Context, request: Request) -> dict[str, Any]:
        return shown_route(self.part(self.api(ctx, request), records.ROUTE, request["RouteId"]))

    @operation
    async def get_routes(self, ctx: Context, request: Request) -> dict[str, Any]:
        found = self.store.of(self.api(ctx, request).id, records.ROUTE)
        return listed(request, found, lambda part: part.id, shown_route)

    @operation
    async def update_route(self, ctx: Context, request: Request) -> dict[str, Any]:
        api = self.api(ctx, request)
        part = self.part(api, records.ROUTE, request["RouteId"])
        if request.get("AuthorizerId") and request.get("AuthorizationType") in (None, "NONE", "AWS_IAM"):
            raise BadRequest("Unable to update route. Authorizer type is invalid or null.")
        body = merged(part.body, request, _MEMBERS)
        if request.get("AuthorizationType") in ("NONE", "AWS_IAM"):
            body.pop("AuthorizerId", None)
        self._check_route(api, body, part.id)
        part = replace(part, body=body)
        self.put_part(api, part)
        return shown_route(part)

    @operation
    async def delete_route(self, ctx: Context, request: Request) -> None:
        api = self.api(ctx, request)
        self.drop_part(api, self.part(api, records.ROUTE, request["RouteId"]), records.ROUTE_RESPONSE)

    @operation
    async def delete_route_request_parameter(self, ctx: Context, request: Request) -> None:
        api = self.api(ctx, request)
        part = self.part(api, records.ROUTE, request["RouteId"])
        parameters = dict(part.body.get("RequestParameters") or {})
        parameters.pop(request["RequestParameterKey"], None)
        self.put_part(api, replace(part, body={**part.body, "RequestParameters": parameters}))

    # responses

    @operation
    async def create_route_response(self, ctx: Context, request: Request) -> dict[str, Any]:
        api = self.api(ctx, request)
        route = self.part(api, records.ROUTE, request["RouteId"])
        key = _response_key(api, request["RouteResponseKey"])
        if any(
            part.body["RouteResponseKey"] == key for part in self.store.of(api.id, records.ROUTE_RESPONSE, route.id)
        ):
            raise Conflict(f"RouteResponse with key {key} already exists for this Route")
        part = Part(api.id, records.ROUTE_RESPONSE, route.id, new_id(7), given(request, _RESPONSE_MEMBERS))
        self.put_part(api, part)
        return _shown_response(part)

    def _route_response(self, api: Api, request: Request) -> Part:
        route = self.part(api, records.ROUTE, request["RouteId"])
        return self.part(api, records.ROUTE_RESPONSE, request["RouteResponseId"], route.id)

    @operation
    async def get_route_response(self, ctx: Context, request: Request) -> dict[str, Any]:
        return _shown_response(self._route_response(self.api(ctx, request), request))

    @operation
    async def get_route_responses(self, ctx: Context, request: Request) -> dict[str, Any]:
        route = self.part(self.api(ctx, request), records.ROUTE, request["RouteId"])
        found = self.store.of(route.api_id, records.ROUTE_RESPONSE, route.id)
        return listed(request, found, lambda part: part.id, _shown_response)

    @operation
    async def update_route_response(self, ctx: Context, request: Request) -> dict[str, Any]:
        api = self.api(ctx, request)
        part = self._route_response(api, request)
        body = merged(part.body, request, _RESPONSE_MEMBERS)
        _response_key(api, body["RouteResponseKey"])
        part = replace(part, body=body)
        self.put_part(api, part)
        return _shown_response(part)

    @operation
    async def delete_route_response(self, ctx: Context, request: Request) -> None:
        api = self.api(ctx, request)
        self.drop_part(api, self._route_response(api, request))


def _response_key(api: Api, key: str) -> str:
    if api.is_http:
        raise BadRequest("Route responses are not supported on protocol type HTTP")
    if key != records.DEFAULT:
        raise BadRequest("Currently, only the $default route response key is supported")
    return key


def shown_route(part: Part) -> dict[str, Any]:
    return {**part.body, "RouteId": part.id}


def _shown_response(part: Part) -> dict[str, Any]:
    return {**part.body, "RouteResponseId": part.id}
