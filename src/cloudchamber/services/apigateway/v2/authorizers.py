"""Operations on authorisers: Lambda (REQUEST) ones of both kinds of API, JWT ones of HTTP APIs."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Request, operation
from cloudchamber.services.apigateway.plane.functions import function_arn
from cloudchamber.services.apigateway.v2 import limits, records
from cloudchamber.services.apigateway.v2.base import V2Base, given, listed, merged, new_id
from cloudchamber.services.apigateway.v2.errors import BadRequest, Conflict, TooManyRequests, missing
from cloudchamber.services.apigateway.v2.records import Api, Part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

_MEMBERS = (
    "AuthorizerCredentialsArn", "AuthorizerPayloadFormatVersion", "AuthorizerResultTtlInSeconds", "AuthorizerType",
    "AuthorizerUri", "EnableSimpleResponses", "IdentitySource", "IdentityValidationExpression", "JwtConfiguration",
    "Name",
)  # fmt: skip
TTL_SECONDS = 300
_HTTP_SOURCE = re.compile(r"\$\{?(?:request\.(?:header|querystring)|context|stageVariables)\.[^{}]+\}?\Z")
_JWT_SOURCE = re.compile(r"\$\{?request\.(?:header|querystring)\.[^{}]+\}?\Z")
_WEBSOCKET_SOURCE = re.compile(r"(?:route\.request\.(?:header|querystring)|context|stageVariables)\..+\Z")


class Authorizers(V2Base):
    @operation
    async def create_authorizer(self, ctx: Context, request: Request) -> dict[str, Any]:
        api = self.api(ctx, request)
        body = with_defaults(api, given(request, _MEMBERS))
        self._check_authorizer(api, body)
        if self.store.parts.count(api_id=api.id, kind=records.AUTHORIZER) >= limits.AUTHORIZERS_MAX:
            raise TooManyRequests("Maximum number of Authorizers for this API has been reached.")
        part = Part(api.id, records.AUTHORIZER, "", new_id(6), body)
        self.put_part(api, part)
        return _shown(part)

    def _check_authorizer(self, api: Api, body: Mapping[str, Any], part_id: str = "") -> None:
        check_authorizer(api, body)
        for part in self.store.of(api.id, records.AUTHORIZER):
            if part.body["Name"] == body["Name"] and part.id != part_id:
                raise Conflict(f"Authorizer name must be unique. Authorizer {body['Name']} already exists in this API.")

    @operation
    async def get_authorizer(self, ctx: Context, request: Request) -> dict[str, Any]:
        return _shown(self.part(self.api(ctx, request), records.AUTHORIZER, request["AuthorizerId"]))

    @operation
    async def get_authorizers(self, ctx: Context, request: Request) -> dict[str, Any]:
        found = self.store.of(self.api(ctx, request).id, records.AUTHORIZER)
        return listed(request, found, lambda part: part.id, _shown)

    @operation
    async def update_authorizer(self, ctx: Context, request: Request) -> dict[str, Any]:
        api = self.api(ctx, request)
        part = self.part(api, records.AUTHORIZER, request["AuthorizerId"])
        body = merged(part.body, request, _MEMBERS)
        self._check_authorizer(api, body, part.id)
        part = replace(part, body=body)
        self.put_part(api, part)
        return _shown(part)

    @operation
    async def delete_authorizer(self, ctx: Context, request: Request) -> None:
        api = self.api(ctx, request)
        part = self.part(api, records.AUTHORIZER, request["AuthorizerId"])
        for route in self.store.of(api.id, records.ROUTE):
            if route.body.get("AuthorizerId") == part.id:
                raise Conflict(
                    f"Cannot delete authorizer '{part.body['Name']}', is referenced in route: {route.body['RouteKey']}"
                )
        self.drop_part(api, part)


def with_defaults(api: Api, body: Mapping[str, Any]) -> dict[str, Any]:
    if body["AuthorizerType"] == "REQUEST" and api.is_http:
        ttl = TTL_SECONDS if body.get("IdentitySource") else 0
        return {"AuthorizerResultTtlInSeconds": ttl, "EnableSimpleResponses": False, **body}
    return dict(body)


def check_authorizer(api: Api, body: Mapping[str, Any]) -> None:
    sources = body.get("IdentitySource") or ()
    if body["AuthorizerType"] == "JWT":
        _check_jwt(api, body, list(sources))
        return
    if not body.get("AuthorizerUri"):
        raise missing("AuthorizerUri", "REQUEST authorizer")
    if function_arn(body["AuthorizerUri"]) is None:
        raise BadRequest("Invalid Authorizer URI: the URI must be the one of a Lambda function")
    version = body.get("AuthorizerPayloadFormatVersion")
    if api.is_http:
        if not version:
            raise missing("AuthorizerPayloadFormatVersion", "REQUEST authorizer")
        if version not in ("1.0", "2.0"):
            raise BadRequest(f"Unsupported AuthorizerPayloadFormatVersion: {version}")
        if body.get("EnableSimpleResponses") and version != "2.0":
            raise BadRequest("EnableSimpleResponses is only supported for authorizer payload format version 2.0")
        if body.get("AuthorizerResultTtlInSeconds") and not sources:
            raise BadRequest("Identity sources are required when caching is enabled for a REQUEST authorizer")
    elif version or body.get("EnableSimpleResponses") or body.get("AuthorizerResultTtlInSeconds"):
        raise BadRequest(
            "AuthorizerPayloadFormatVersion, AuthorizerResultTtlInSeconds and EnableSimpleResponses are only supported "
            "on protocol type HTTP"
        )
    pattern = _HTTP_SOURCE if api.is_http else _WEBSOCKET_SOURCE
    for source in sources:
        if pattern.match(source) is None:
            raise BadRequest(f"Invalid identity source specified: {source}")


def _check_jwt(api: Api, body: Mapping[str, Any], sources: list[str]) -> None:
    if not api.is_http:
        raise BadRequest("JWT authorizers are not supported on protocol type WEBSOCKET")
    if len(sources) != 1 or _JWT_SOURCE.match(sources[0]) is None:
        raise BadRequest("JWT authorizers have exactly one identity source: a header or a query string parameter")
    configuration = body.get("JwtConfiguration") or {}
    issuer = configuration.get("Issuer") or ""
    if not issuer.startswith(("https://", "http://")):
        raise BadRequest("Invalid issuer: the issuer has to be a URL")
    if not configuration.get("Audience"):
        raise missing("Audience", "JWT authorizer")
    if len(configuration["Audience"]) > limits.AUDIENCES_MAX:
        raise BadRequest(f"The number of audiences must not exceed {limits.AUDIENCES_MAX}")


def _shown(part: Part) -> dict[str, Any]:
    return {**part.body, "AuthorizerId": part.id}
