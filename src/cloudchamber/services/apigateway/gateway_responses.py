"""Gateway responses: what API Gateway says itself, where no integration answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.core.service import Request, operation
from cloudchamber.services.apigateway import records
from cloudchamber.services.apigateway.base import Answer, ApiGatewayBase, paged, picked
from cloudchamber.services.apigateway.errors import BadRequest, NotFound
from cloudchamber.services.apigateway.records import Part, RestApi
from cloudchamber.services.apigateway.rest import defaults, patch_paths

if TYPE_CHECKING:
    from cloudchamber.core.context import Context


class GatewayResponses(ApiGatewayBase):
    def _response(self, api: RestApi, kind: str) -> Answer:
        """As it was made, else as it is by default; NotFoundException for a type there is not."""
        if kind not in defaults.STATUS:
            raise NotFound("Invalid gateway response type specified")
        part = self.store.parts.get(api.id, records.RESPONSE, kind)
        return defaults.gateway_response(kind) if part is None else dict(part.body)

    def _save_gateway_response(self, api: RestApi, body: Answer) -> Answer:
        status = body.get("statusCode")
        if status and not (len(status) == 3 and status.isdigit() and 100 <= int(status) <= 599):
            raise BadRequest(f"Invalid status code specified: {status}")
        kept = {"responseParameters": {}, "responseTemplates": {}, **body, "defaultResponse": False}
        self.store.parts.put(Part(api.id, records.RESPONSE, body["responseType"], kept))
        return kept

    @operation
    async def put_gateway_response(self, ctx: Context, request: Request) -> Answer:
        api = self.api(ctx, request)
        by_default = self._response(api, request["responseType"])
        body = picked(request, "responseType", "statusCode", "responseParameters", "responseTemplates")
        if "statusCode" in by_default:
            body.setdefault("statusCode", defaults.STATUS[request["responseType"]] or by_default["statusCode"])
        return self._save_gateway_response(api, body)

    @operation
    async def get_gateway_response(self, ctx: Context, request: Request) -> Answer:
        return self._response(self.api(ctx, request), request["responseType"])

    @operation
    async def get_gateway_responses(self, ctx: Context, request: Request) -> Answer:
        api = self.api(ctx, request)
        chosen, position = paged(request, list(defaults.STATUS), str)
        return {"items": [self._response(api, kind) for kind in chosen], **position}

    @operation
    async def update_gateway_response(self, ctx: Context, request: Request) -> Answer:
        api = self.api(ctx, request)
        body = self._response(api, request["responseType"])
        return self._save_gateway_response(
            api, patch_paths.GATEWAY_RESPONSE.apply(body, request.get("patchOperations"))
        )

    @operation
    async def delete_gateway_response(self, ctx: Context, request: Request) -> None:
        api = self.api(ctx, request)
        self._response(api, request["responseType"])
        if not self.store.parts.delete(api.id, records.RESPONSE, request["responseType"]):
            raise NotFound("Gateway response type not defined on api")
