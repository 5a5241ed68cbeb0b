"""An HTTP API as an OpenAPI 3.0 document, with API Gateway's extensions or without (pure)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cloudchamber.services.apigateway.v2.openapi_read import (
    ANY_METHOD,
    AUTH,
    AUTHORIZER,
    AUTHORIZER_MEMBERS,
    CORS,
    CORS_MEMBERS,
    EXTENSION,
    INTEGRATION,
    INTEGRATION_MEMBERS,
    TAG,
)
from cloudchamber.services.apigateway.v2.records import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Mapping

_PARAMETER = re.compile(r"\{([^{}]+?)\+?\}")


def document_of(draft: Mapping[str, Any], tags: Mapping[str, str], server: str, *, extended: bool) -> dict[str, Any]:
    """`draft` is as `V2Store.draft` has it, `server` the URL of the API's stage."""
    api = draft["api"]
    info = {"title": api["Name"], "version": api.get("Version") or "1.0"}
    if api.get("Description"):
        info["description"] = api["Description"]
    made: dict[str, Any] = {"openapi": "3.0.1", "info": info, "servers": [{"url": server}], "paths": {}}
    if tags:
        made["tags"] = [{"name": name, **({TAG: value} if extended else {})} for name, value in tags.items()]
    for route in draft["routes"]:
        path, method = _place(route["RouteKey"], extended=extended)
        if method:
            made["paths"].setdefault(path, {})[method] = _operation(draft, route, path, extended=extended)
    schemes = {body["Name"]: _scheme(body, extended=extended) for body in draft["authorizers"].values()}
    if schemes:
        made["components"] = {"securitySchemes": schemes}
    if extended:
        cors = api.get("CorsConfiguration")
        if cors:
            made[CORS] = {name: cors[member] for member, name in CORS_MEMBERS.items() if member in cors}
        made[f"{EXTENSION}importexport-version"] = "1.0"
    return made


def _place(key: str, *, extended: bool) -> tuple[str, str]:
    """Path and method in the document; no method for what can only be said by an extension that is not wanted."""
    any_method = ANY_METHOD if extended else ""
    if key == DEFAULT:
        return f"/{DEFAULT}", any_method
    method, _, path = key.partition(" ")
    return path, any_method if method == "ANY" else method.lower()


def _operation(draft: Mapping[str, Any], route: Mapping[str, Any], path: str, *, extended: bool) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if route.get("OperationName"):
        made["operationId"] = route["OperationName"]
    names = _PARAMETER.findall(path)
    if names:
        made["parameters"] = [
            {"name": name, "in": "path", "description": "Generated path parameter for " + name, "required": True,
             "schema": {"type": "string"}} for name in names
        ]  # fmt: skip
    made["responses"] = {"default": {"description": f"Default response for {route['RouteKey']}"}}
    authorizer = draft["authorizers"].get(route.get("AuthorizerId") or "")
    if authorizer is not None and route["AuthorizationType"] in ("JWT", "CUSTOM"):
        made["security"] = [{authorizer["Name"]: list(route.get("AuthorizationScopes") or ())}]
    if not extended:
        return made
    if route["RouteKey"] == DEFAULT:
        made["isDefaultRoute"] = True
    if route["AuthorizationType"] == "AWS_IAM":
        made[AUTH] = {"type": "AWS_IAM"}
    integration = draft["integrations"].get((route.get("Target") or "").removeprefix("integrations/"))
    if integration is not None:
        made[INTEGRATION] = _integration(integration)
    return made


def _integration(body: Mapping[str, Any]) -> dict[str, Any]:
    made = {name: body[member] for member, name in INTEGRATION_MEMBERS.items() if member in body}
    made["type"] = made["type"].lower()
    if body.get("TlsConfig"):
        made["tlsConfig"] = {"serverNameToVerify": body["TlsConfig"].get("ServerNameToVerify")}
    return made


def _scheme(body: Mapping[str, Any], *, extended: bool) -> dict[str, Any]:
    is_jwt = body["AuthorizerType"] == "JWT"
    made: dict[str, Any] = {"type": "oauth2", "flows": {}} if is_jwt else _api_key(body)
    if not extended:
        return made
    more = {name: body[member] for member, name in AUTHORIZER_MEMBERS.items() if member in body}
    more |= {"type": body["AuthorizerType"].lower(), "identitySource": ",".join(body.get("IdentitySource") or ())}
    if is_jwt:
        configuration = body["JwtConfiguration"]
        more["jwtConfiguration"] = {"issuer": configuration["Issuer"], "audience": list(configuration["Audience"])}
    made[AUTHORIZER] = more
    return made


def _api_key(body: Mapping[str, Any]) -> dict[str, Any]:
    """A Lambda authoriser as OpenAPI can say it: by its one header or query parameter, if that is what it has."""
    sources: list[str] = list(body.get("IdentitySource") or ())
    if len(sources) == 1 and sources[0].startswith(("$request.header.", "$request.querystring.")):
        place = "header" if ".header." in sources[0] else "query"
        return {"type": "apiKey", "name": sources[0].split(".", 2)[2], "in": place}
    return {"type": "apiKey", "name": "Unused", "in": "header"}
