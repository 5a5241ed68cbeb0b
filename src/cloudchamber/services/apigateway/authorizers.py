"""Authorizers: functions and user pools that decide who may call methods."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import NotImplementedByUs
from cloudchamber.core.service import Request, operation
from cloudchamber.services.apigateway import limits, records
from cloudchamber.services.apigateway.base import Answer, ApiGatewayBase, new_id, paged, picked, said
from cloudchamber.services.apigateway.errors import BadRequest, Conflict, LimitExceeded
from cloudchamber.services.apigateway.records import Part
from cloudchamber.services.apigateway.rest import patch_paths

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

_KEPT = (
    "name", "type", "providerARNs", "authType", "authorizerUri", "authorizerCredentials", "identitySource",
    "identityValidationExpression", "authorizerResultTtlInSeconds",
)  # fmt: skip
TYPES = ("TOKEN", "REQUEST", "COGNITO_USER_POOLS")
_FUNCTION = re.compile(r"^arn:aws[\w-]*:apigateway:[\w-]+:lambda:path/.+/invocations$", re.DOTALL)
_POOL = re.compile(r"^arn:aws[\w-]*:cognito-idp:[\w-]+:\d{12}:userpool/.+$")
_SOURCE = re.compile(
    r"^(method\.request\.(header|querystring|multivalueheader|multivaluequerystring)|context|stageVariables)\..+$"
)


def checked_authorizer(given: Mapping[str, Any]) -> Answer:
    """With what AWS fills in; BadRequestException."""
    body = said(given)
    if not body.get("name"):
        raise BadRequest("Authorizer name must be specified")
    kind = body.get("type")
    if kind == "JWT":
        raise NotImplementedByUs("JWT authorizers of REST APIs exist on AWS and are not implemented in cloudchamber")
    if kind not in TYPES:
        raise BadRequest(f"Invalid authorizer type specified. Must be one of {', '.join(TYPES)}")
    filled = {"authType": "cognito_user_pools" if kind == "COGNITO_USER_POOLS" else "custom", **body}
    ttl = body.get("authorizerResultTtlInSeconds", limits.AUTHORIZER_TTL)
    if not 0 <= ttl <= limits.AUTHORIZER_TTL_MAX:
        raise BadRequest(f"Authorizer result TTL must be between 0 and {limits.AUTHORIZER_TTL_MAX} seconds")
    if kind == "COGNITO_USER_POOLS":
        pools = body.get("providerARNs") or ()
        if not pools or not all(_POOL.match(arn) for arn in pools):
            raise BadRequest("Invalid Authorizer provider ARN specified")
    elif not _FUNCTION.match(body.get("authorizerUri") or ""):
        raise BadRequest("Invalid Authorizer URI: " + (body.get("authorizerUri") or "null"))
    else:
        filled["authorizerResultTtlInSeconds"] = ttl
    sources = [source.strip() for source in (body.get("identitySource") or "").split(",") if source.strip()]
    if kind == "REQUEST":
        if not sources and ttl > 0:
            raise BadRequest("Identity source is required when authorization caching is enabled")
        if not all(_SOURCE.match(source) for source in sources):
            raise BadRequest("Invalid mapping expression specified: " + body["identitySource"])
    elif len(sources) != 1 or not sources[0].startswith("method.request.header."):
        raise BadRequest("Invalid mapping expression specified: " + (body.get("identitySource") or ""))
    return filled


class Authorizers(ApiGatewayBase):
    def _check_name(self, api_id: str, name: str, own_id: str = "") -> None:
        for other in self.store.of(api_id, records.AUTHORIZER):
            if other.body["name"] == name and other.id != own_id:
                raise BadRequest(f"Authorizer name must be unique. Authorizer {name} already exists in this RestApi.")

    @operation
    async def create_authorizer(self, ctx: Context, request: Request) -> Answer:
        api = self.api(ctx, request)
        body = checked_authorizer(picked(request, *_KEPT))
        self._check_name(api.id, body["name"])
        if self.store.parts.count(api_id=api.id, kind=records.AUTHORIZER) >= limits.AUTHORIZERS_MAX:
            raise LimitExceeded(
                f"Maximum number of authorizers for this API has been reached: {limits.AUTHORIZERS_MAX}"
            )
        return _shown(self.store.parts.put(Part(api.id, records.AUTHORIZER, new_id(), body)))

    @operation
    async def get_authorizer(self, ctx: Context, request: Request) -> Answer:
        return _shown(self.part(self.api(ctx, request), records.AUTHORIZER, request["authorizerId"]))

    @operation
    async def get_authorizers(self, ctx: Context, request: Request) -> Answer:
        found = self.store.of(self.api(ctx, request).id, records.AUTHORIZER)
        chosen, position = paged(request, found, lambda part: part.id)
        return {"items": [_shown(part) for part in chosen], **position}

    @operation
    async def update_authorizer(self, ctx: Context, request: Request) -> Answer:
        api = self.api(ctx, request)
        part = self.part(api, records.AUTHORIZER, request["authorizerId"])
        body = checked_authorizer(patch_paths.AUTHORIZER.apply(part.body, request.get("patchOperations")))
        self._check_name(api.id, body["name"], part.id)
        return _shown(self.store.parts.put(Part(api.id, part.kind, part.id, body)))

    @operation
    async def delete_authorizer(self, ctx: Context, request: Request) -> None:
        api = self.api(ctx, request)
        part = self.part(api, records.AUTHORIZER, request["authorizerId"])
        for resource in self.store.of(api.id, records.RESOURCE):
            for name, method in (resource.body.get("methods") or {}).items():
                if method.get("authorizerId") == part.id:
                    raise Conflict(
                        f"Cannot delete authorizer '{part.id}', is referenced in method: "
                        f"{resource.body['path'].rstrip('/')}/{name}"
                    )
        self.store.parts.delete(api.id, part.kind, part.id)


def _shown(part: Part) -> Answer:
    return {"id": part.id, **part.body}
