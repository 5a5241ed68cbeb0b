"""An OpenAPI 3.0 document as the parts of an HTTP API (pure).

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cloudchamber.services.apigateway.v2.errors import BadRequest
from cloudchamber.services.apigateway.v2.records import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

EXTENSION = "x-amazon-apigateway-"
INTEGRATION, AUTHORIZER, ANY_METHOD = EXTENSION + "integration", EXTENSION + "authorizer", EXTENSION + "any-method"
CORS, AUTH, AUTH_TYPE, TAG = EXTENSION + "cors", EXTENSION + "auth", EXTENSION + "authtype", EXTENSION + "tag-value"
ENDPOINT = EXTENSION + "endpoint-configuration"
DISCOVERY = "/.well-known/openid-configuration"
# AWS's member -> the extension's name for it.
INTEGRATION_MEMBERS = {
    "ConnectionId": "connectionId", "ConnectionType": "connectionType", "CredentialsArn": "credentials",
    "IntegrationMethod": "httpMethod", "IntegrationSubtype": "integrationSubtype", "IntegrationType": "type",
    "IntegrationUri": "uri", "PayloadFormatVersion": "payloadFormatVersion", "RequestParameters": "requestParameters",
    "ResponseParameters": "responseParameters", "TimeoutInMillis": "timeoutInMillis", "Description": "description",
}  # fmt: skip
AUTHORIZER_MEMBERS = {
    "AuthorizerUri": "authorizerUri", "AuthorizerCredentialsArn": "authorizerCredentials",
    "AuthorizerPayloadFormatVersion": "authorizerPayloadFormatVersion",
    "EnableSimpleResponses": "enableSimpleResponses", "AuthorizerResultTtlInSeconds": "authorizerResultTtlInSeconds",
}  # fmt: skip
CORS_MEMBERS = {
    "AllowCredentials": "allowCredentials", "AllowHeaders": "allowHeaders", "AllowMethods": "allowMethods",
    "AllowOrigins": "allowOrigins", "ExposeHeaders": "exposeHeaders", "MaxAge": "maxAge",
}  # fmt: skip
METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
_IGNORED = ("requestBody", "parameters", "callbacks")


@dataclass(slots=True)
class Definition:
    """What a document says. A route's `Integration` is the body of its integration, `Authorizer` a name."""

    settings: dict[str, Any]
    tags: dict[str, str]
    authorizers: dict[str, dict[str, Any]] = field(default_factory=dict)
    routes: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    info: list[str] = field(default_factory=list)


def read(document: Mapping[str, Any], base_path_mode: str) -> Definition:
    """BadRequestException for what is no OpenAPI 3.0 document of an HTTP API."""
    if not str(document.get("openapi", "")).startswith("3.0"):
        raise BadRequest("Invalid OpenAPI version specified. HTTP APIs support OpenAPI 3.0 only")
    if not isinstance(document.get("paths", {}), dict):
        raise BadRequest("Invalid OpenAPI input: paths must be an object")
    about = document.get("info") or {}
    if not isinstance(about, dict) or not about.get("title"):
        raise BadRequest("Invalid OpenAPI input: the title of the API is missing")
    reader = _Reader(document, _base_path(document, base_path_mode))
    return reader.definition(about)


def _base_path(document: Mapping[str, Any], mode: str) -> str:
    """What comes before each path: nothing, the base path of the server, or what is left of it."""
    if mode not in ("ignore", "prepend", "split"):
        raise BadRequest("Invalid value for basepath. Must be one of: ignore, prepend, split")
    servers = document.get("servers") or []
    if mode == "ignore" or not servers:
        return ""
    server = servers[0] if isinstance(servers[0], dict) else {}
    url = str(server.get("url", ""))
    for name, variable in (server.get("variables") or {}).items():
        url = url.replace("{" + name + "}", str(variable.get("default", "")).strip("/"))
    path = urlsplit(url).path.strip("/")
    if mode == "split":
        path = path.partition("/")[2]
    return f"/{path}" if path else ""


class _Reader:
    def __init__(self, document: Mapping[str, Any], base_path: str) -> None:
        self._document = document
        self._base_path = base_path
        self._schemes: Mapping[str, Any] = (document.get("components") or {}).get("securitySchemes") or {}

    def definition(self, about: Mapping[str, Any]) -> Definition:
        settings: dict[str, Any] = {"Name": str(about["title"])}
        for member, name in (("Description", "description"), ("Version", "version")):
            if about.get(name):
                settings[member] = str(about[name])
        cors = self._document.get(CORS)
        if isinstance(cors, dict):
            settings["CorsConfiguration"] = {m: cors[n] for m, n in CORS_MEMBERS.items() if cors.get(n) is not None}
        endpoint = self._document.get(ENDPOINT) or {}
        if endpoint.get("disableExecuteApiEndpoint") is not None:
            settings["DisableExecuteApiEndpoint"] = bool(endpoint["disableExecuteApiEndpoint"])
        tags = {str(tag["name"]): str(tag[TAG]) for tag in self._document.get("tags") or () if TAG in tag}
        found = Definition(settings, tags)
        for name, scheme in self._schemes.items():
            if isinstance(scheme, dict) and AUTHORIZER in scheme:
                found.authorizers[name] = _authorizer(name, scheme)
        for key, operation in self._operations():
            self._route(found, key, operation)
        return found

    def _operations(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Route keys and their operations."""
        for path, item in (self._document.get("paths") or {}).items():
            item = self._resolved(item)
            for name, operation in item.items():
                if name != ANY_METHOD and name not in METHODS:
                    continue
                method = "ANY" if name == ANY_METHOD else name.upper()
                if path.strip("/") == DEFAULT:
                    yield DEFAULT, self._resolved(operation)
                else:
                    yield f"{method} {_joined(self._base_path, path)}", self._resolved(operation)

    def _resolved(self, value: Any) -> Mapping[str, Any]:
        """A part of the document, where it is a reference what it refers to."""
        for _ in range(20):
            if not isinstance(value, dict):
                raise BadRequest("Invalid OpenAPI input: an object was expected")
            reference = value.get("$ref")
            if reference is None:
                return value
            value = self._document
            for step in str(reference).removeprefix("#/").split("/"):
                name = step.replace("~1", "/").replace("~0", "~")
                value = value.get(name) if isinstance(value, dict) else None
            if value is None:
                raise BadRequest(f"Invalid OpenAPI input: {reference} refers to nothing")
        raise BadRequest("Invalid OpenAPI input: references go in circles")

    def _route(self, found: Definition, key: str, operation: Mapping[str, Any]) -> None:
        route: dict[str, Any] = {"RouteKey": key, "AuthorizationType": "NONE", "ApiKeyRequired": False}
        if operation.get("operationId"):
            route["OperationName"] = str(operation["operationId"])[:64]
        for name in _IGNORED:
            if operation.get(name):
                found.info.append(f"{name} of {key} is not supported by HTTP APIs and was ignored")
        self._secure(found, route, operation)
        integration = operation.get(INTEGRATION)
        if integration is None:
            found.warnings.append(f"No integration is defined for the route {key}")
        else:
            route["Integration"] = _integration(self._resolved(integration))
        found.routes.append(route)

    def _secure(self, found: Definition, route: dict[str, Any], operation: Mapping[str, Any]) -> None:
        if (operation.get(AUTH) or {}).get("type") == "AWS_IAM":
            route["AuthorizationType"] = "AWS_IAM"
            return
        asked = operation.get("security", self._document.get("security")) or []
        if len(asked) > 1 or any(len(one) > 1 for one in asked):
            raise BadRequest(f"Multiple security requirements are not supported: {route['RouteKey']}")
        for requirement in asked:
            for name, scopes in requirement.items():
                scheme = self._schemes.get(name) or {}
                if name in found.authorizers:
                    is_jwt = found.authorizers[name]["AuthorizerType"] == "JWT"
                    route |= {"AuthorizationType": "JWT" if is_jwt else "CUSTOM", "Authorizer": name}
                    if scopes and is_jwt:
                        route["AuthorizationScopes"] = [str(scope) for scope in scopes]
                elif scheme.get(AUTH_TYPE) == "awsSigv4":
                    route["AuthorizationType"] = "AWS_IAM"
                else:
                    found.warnings.append(f"{name} of {route['RouteKey']} is no authorizer and was ignored")


def _joined(base: str, path: str) -> str:
    whole = base + (path if path.startswith("/") else f"/{path}")
    return whole.rstrip("/") if base and whole != "/" else whole


def _integration(given: Mapping[str, Any]) -> dict[str, Any]:
    body = {m: given[n] for m, n in INTEGRATION_MEMBERS.items() if given.get(n) not in (None, "")}
    body["IntegrationType"] = str(body.get("IntegrationType", "")).upper()
    if "PayloadFormatVersion" in body:
        body["PayloadFormatVersion"] = f"{float(body['PayloadFormatVersion']):.1f}"
    if isinstance(given.get("tlsConfig"), dict) and given["tlsConfig"].get("serverNameToVerify"):
        body["TlsConfig"] = {"ServerNameToVerify": given["tlsConfig"]["serverNameToVerify"]}
    return body


def _authorizer(name: str, scheme: Mapping[str, Any]) -> dict[str, Any]:
    given = scheme[AUTHORIZER]
    kind = str(given.get("type", "")).upper()
    if kind not in ("JWT", "REQUEST"):
        raise BadRequest(f"Invalid type of the authorizer {name}. Must be one of: request, jwt")
    body = {m: given[n] for m, n in AUTHORIZER_MEMBERS.items() if given.get(n) not in (None, "")}
    if "AuthorizerPayloadFormatVersion" in body:
        body["AuthorizerPayloadFormatVersion"] = str(body["AuthorizerPayloadFormatVersion"])
    if "AuthorizerResultTtlInSeconds" in body:
        body["AuthorizerResultTtlInSeconds"] = int(body["AuthorizerResultTtlInSeconds"])
    sources = given.get("identitySource") or ""
    listed = sources if isinstance(sources, list) else [source.strip() for source in str(sources).split(",")]
    body |= {"Name": name, "AuthorizerType": kind, "IdentitySource": [source for source in listed if source]}
    if kind == "JWT":
        configuration = given.get("jwtConfiguration") or {}
        issuer = configuration.get("issuer") or str(scheme.get("openIdConnectUrl", "")).removesuffix(DISCOVERY)
        body["JwtConfiguration"] = {"Issuer": issuer, "Audience": list(configuration.get("audience") or ())}
    return body
