"""Operations on integrations and on the responses of WebSocket integrations."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Request, operation
from cloudchamber.services.apigateway.v2 import limits, records
from cloudchamber.services.apigateway.v2.base import V2Base, given, listed, merged, new_id
from cloudchamber.services.apigateway.v2.errors import BadRequest, Conflict, TooManyRequests
from cloudchamber.services.apigateway.v2.integration_checks import check_integration
from cloudchamber.services.apigateway.v2.records import Api, Part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

_MEMBERS = (
    "ConnectionId", "ConnectionType", "ContentHandlingStrategy", "CredentialsArn", "Description", "IntegrationMethod",
    "IntegrationSubtype", "IntegrationType", "IntegrationUri", "PassthroughBehavior", "PayloadFormatVersion",
    "RequestParameters", "RequestTemplates", "ResponseParameters", "TemplateSelectionExpression", "TimeoutInMillis",
    "TlsConfig",
)  # fmt: skip
_RESPONSE_MEMBERS = ("ContentHandlingStrategy", "IntegrationResponseKey", "ResponseParameters", "ResponseTemplates",
                     "TemplateSelectionExpression")  # fmt: skip


def with_defaults(api: Api, body: Mapping[str, Any]) -> dict[str, Any]:
    """A new integration with what AWS adds."""
    kind = body["IntegrationType"]
    if api.is_http:
        return {"ConnectionType": "INTERNET", "TimeoutInMillis": limits.HTTP_TIMEOUT_MS, **body}
    added: dict[str, Any] = {
        "ConnectionType": "INTERNET", "TimeoutInMillis": limits.WEBSOCKET_TIMEOUT_MS, "PayloadFormatVersion": "1.0",
        "PassthroughBehavior": "WHEN_NO_MATCH",
    }  # fmt: skip
    if not kind.endswith("_PROXY"):
        added["IntegrationResponseSelectionExpression"] = (
            "${integration.response.body.errorMessage}" if kind == "AWS" else "${integration.response.statuscode}"
        )
    return {**added, **body}


class Integrations(V2Base):
    @operation
    async def create_integration(self, ctx: Context, request: Request) -> dict[str, Any]:
        api = self.api(ctx, request)
        body = with_defaults(api, given(request, _MEMBERS))
        check_integration(api, body)
        if self.store.parts.count(api_id=api.id, kind=records.INTEGRATION) >= limits.INTEGRATIONS_MAX:
            raise TooManyRequests("Maximum number of Integrations for this API has been reached.")
        part = Part(api.id, records.INTEGRATION, "", new_id(7), body)
        self.put_part(api, part)
        return shown_integration(part)

    @operation
    async def get_integration(self, ctx: Context, request: Request) -> dict[str, Any]:
        return shown_integration(self.part(self.api(ctx, request), records.INTEGRATION, request["IntegrationId"]))

    @operation
    async def get_integrations(self, ctx: Context, request: Request) -> dict[str, Any]:
        found = self.store.of(self.api(ctx, request).id, records.INTEGRATION)
        return listed(request, found, lambda part: part.id, shown_integration)

    @operation
    async def update_integration(self, ctx: Context, request: Request) -> dict[str, Any]:
        api = self.api(ctx, request)
        part = self.part(api, records.INTEGRATION, request["IntegrationId"])
        body = merged(part.body, request, _MEMBERS)
        check_integration(api, body)
        part = replace(part, body=body)
        self.put_part(api, part)
        return shown_integration(part)

    @operation
    async def delete_integration(self, ctx: Context, request: Request) -> None:
        api = self.api(ctx, request)
        part = self.part(api, records.INTEGRATION, request["IntegrationId"])
        target = f"integrations/{part.id}"
        users = [route.id for route in self.store.of(api.id, records.ROUTE) if route.body.get("Target") == target]
        if users:
            raise Conflict(
                "Cannot delete Integration because it is referenced by the following Routes with Ids: "
                f"[{', '.join(users)}]"
            )
        self.drop_part(api, part, records.INTEGRATION_RESPONSE)

    # responses

    @operation
    async def create_integration_response(self, ctx: Context, request: Request) -> dict[str, Any]:
        api = self.api(ctx, request)
        integration = self.part(api, records.INTEGRATION, request["IntegrationId"])
        if api.is_http:
            raise BadRequest("Integration responses are not supported on protocol type HTTP")
        body = given(request, _RESPONSE_MEMBERS)
        self._check_key(integration, body["IntegrationResponseKey"])
        part = Part(api.id, records.INTEGRATION_RESPONSE, integration.id, new_id(7), body)
        self.put_part(api, part)
        return _shown_response(part)

    def _check_key(self, integration: Part, key: str, part_id: str = "") -> None:
        if key != records.DEFAULT and not (len(key) > 2 and key.startswith("/") and key.endswith("/")):
            raise BadRequest("Integration response key must be $default or a pattern between slashes, like /2\\d\\d/")
        for part in self.store.of(integration.api_id, records.INTEGRATION_RESPONSE, integration.id):
            if part.body["IntegrationResponseKey"] == key and part.id != part_id:
                raise Conflict(f"IntegrationResponse with key {key} already exists for this Integration")

    def _integration_response(self, api: Api, request: Request) -> Part:
        integration = self.part(api, records.INTEGRATION, request["IntegrationId"])
        return self.part(api, records.INTEGRATION_RESPONSE, request["IntegrationResponseId"], integration.id)

    @operation
    async def get_integration_response(self, ctx: Context, request: Request) -> dict[str, Any]:
        return _shown_response(self._integration_response(self.api(ctx, request), request))

    @operation
    async def get_integration_responses(self, ctx: Context, request: Request) -> dict[str, Any]:
        integration = self.part(self.api(ctx, request), records.INTEGRATION, request["IntegrationId"])
        found = self.store.of(integration.api_id, records.INTEGRATION_RESPONSE, integration.id)
        return listed(request, found, lambda part: part.id, _shown_response)

    @operation
    async def update_integration_response(self, ctx: Context, request: Request) -> dict[str, Any]:
        api = self.api(ctx, request)
        part = self._integration_response(api, request)
        body = merged(part.body, request, _RESPONSE_MEMBERS)
        self._check_key(self.part(api, records.INTEGRATION, part.parent), body["IntegrationResponseKey"], part.id)
        part = replace(part, body=body)
        self.put_part(api, part)
        return _shown_response(part)

    @operation
    async def delete_integration_response(self, ctx: Context, request: Request) -> None:
        api = self.api(ctx, request)
        self.drop_part(api, self._integration_response(api, request))


def shown_integration(part: Part) -> dict[str, Any]:
    return {**part.body, "IntegrationId": part.id}


def _shown_response(part: Part) -> dict[str, Any]:
    return {**part.body, "IntegrationResponseId": part.id}
