"""Integrations of methods, and what becomes of their answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Request, operation
from cloudchamber.services.apigateway.base import Answer, picked, said
from cloudchamber.services.apigateway.errors import NotFound
from cloudchamber.services.apigateway.methods import Methods, method_response
from cloudchamber.services.apigateway.rest import integrations, patch_paths

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

_KEPT = (
    "type", "uri", "connectionType", "connectionId", "credentials", "requestParameters", "requestTemplates",
    "passthroughBehavior", "cacheNamespace", "cacheKeyParameters", "contentHandling", "timeoutInMillis", "tlsConfig",
    "responseTransferMode", "integrationTarget",
)  # fmt: skip
_OF_RESPONSE = ("selectionPattern", "responseParameters", "responseTemplates", "contentHandling")


class Integrations(Methods):
    def _integration(self, method: Mapping[str, Any]) -> Mapping[str, Any]:
        found: Mapping[str, Any] | None = method.get("methodIntegration")
        if found is None:
            raise NotFound("Invalid Integration identifier specified")
        return found

    def _save_integration(
        self, ctx: Context, request: Request, method: Mapping[str, Any], body: Mapping[str, Any] | None
    ) -> None:
        kept = {name: value for name, value in method.items() if name != "methodIntegration"}
        self.save_method(self.resource(ctx, request), kept if body is None else {**kept, "methodIntegration": body})

    @operation
    async def put_integration(self, ctx: Context, request: Request) -> Answer:
        method = self.method(self.resource(ctx, request), request)
        body = picked(request, *_KEPT)
        if request.get("integrationHttpMethod"):
            body["httpMethod"] = request["integrationHttpMethod"]
        integrations.check(body, method)
        body = integrations.filled(body, request["resourceId"])
        self._save_integration(ctx, request, method, body)
        return body

    @operation
    async def get_integration(self, ctx: Context, request: Request) -> Answer:
        return dict(self._integration(self.method(self.resource(ctx, request), request)))

    @operation
    async def update_integration(self, ctx: Context, request: Request) -> Answer:
        method = self.method(self.resource(ctx, request), request)
        body = said(patch_paths.INTEGRATION.apply(self._integration(method), request.get("patchOperations")))
        integrations.check(body, method)
        body = integrations.filled(body, request["resourceId"])
        self._save_integration(ctx, request, method, body)
        return body

    @operation
    async def delete_integration(self, ctx: Context, request: Request) -> None:
        method = self.method(self.resource(ctx, request), request)
        self._integration(method)
        self._save_integration(ctx, request, method, None)

    # responses

    def _integration_response(self, method: Mapping[str, Any], status: str) -> Answer:
        found = (self._integration(method).get("integrationResponses") or {}).get(status)
        if found is None:
            raise NotFound("Invalid Response status code specified")
        return dict(found)

    def _save_response_of(self, ctx: Context, request: Request, method: Mapping[str, Any], body: Answer) -> None:
        integrations.check_response(body, method_response(method, body["statusCode"]))
        integration = self._integration(method)
        responses = {**(integration.get("integrationResponses") or {}), body["statusCode"]: body}
        self._save_integration(ctx, request, method, {**integration, "integrationResponses": responses})

    @operation
    async def put_integration_response(self, ctx: Context, request: Request) -> Answer:
        method = self.method(self.resource(ctx, request), request)
        self._integration(method)
        body = {"statusCode": request["statusCode"], **picked(request, *_OF_RESPONSE)}
        self._save_response_of(ctx, request, method, body)
        return body

    @operation
    async def get_integration_response(self, ctx: Context, request: Request) -> Answer:
        return self._integration_response(self.method(self.resource(ctx, request), request), request["statusCode"])

    @operation
    async def update_integration_response(self, ctx: Context, request: Request) -> Answer:
        method = self.method(self.resource(ctx, request), request)
        body = self._integration_response(method, request["statusCode"])
        body = said(patch_paths.INTEGRATION_RESPONSE.apply(body, request.get("patchOperations")))
        self._save_response_of(ctx, request, method, body)
        return body

    @operation
    async def delete_integration_response(self, ctx: Context, request: Request) -> None:
        method = self.method(self.resource(ctx, request), request)
        integration, status = self._integration(method), request["statusCode"]
        self._integration_response(method, status)
        kept: dict[str, Any] = {c: body for c, body in integration["integrationResponses"].items() if c != status}
        self._save_integration(ctx, request, method, {**integration, "integrationResponses": kept})
