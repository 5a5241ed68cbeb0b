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
_STRUCTURED = frozenset({
    "RequestParameters", "ResponseParameters", "TimeoutInMillis", "AuthorizerResultTtlInSeconds",
    "EnableSimpleResponses",
})  # fmt: skip
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
    about = _object(document, "info")
    if not about.get("title"):
        raise BadRequest("Invalid OpenAPI input: the title of the API is missing")
    reader = _Reader(document, _base_path(document, base_path_mode))
    return reader.definition(about)


def _base_path(document: Mapping[str, Any], mode: str) -> str:
    """What comes before each path: nothing, the base path of the server, or what is left of it."""
    if mode not in ("ignore", "prepend", "split"):
        raise BadRequest("Invalid value for basepath. Must be one of: ignore, prepend, split")
    servers = _list(document, "servers")
    if mode == "ignore" or not servers:
        return ""
    server = servers[0] if isinstance(servers[0], dict) else {}
    url = str(server.get("url", ""))
    for name in _object(server, "variables"):
        variable = _object(server["variables"], name)
        url = url.replace("{" + name + "}", str(variable.get("default", "")).strip("/"))
    path = urlsplit(url).path.strip("/")
    if mode == "split":
        path = path.partition("/")[2]
    return f"/{path}" if path else ""


class _Reader:
    def __init__(self, document: Mapping[str, Any], base_path: str) -> None:
        self._document = document
        self._base_path = base_path
        self._schemes = _object(_object(document, "components"), "securitySchemes")

    def definition(self, about: Mapping[str, Any]) -> Definition:
        settings: dict[str, Any] = {"Name": _text(about, "title")}
        for member, name in (("Description", "description"), ("Version", "version")):
            if about.get(name):
                settings[member] = _text(about, name)
        if CORS in self._document:
            settings["CorsConfiguration"] = _cors(_object(self._document, CORS))
        endpoint = _object(self._document, ENDPOINT)
        if endpoint.get("disableExecuteApiEndpoint") is not None:
            settings["DisableExecuteApiEndpoint"] = endpoint["disableExecuteApiEndpoint"] in (True, "true")
        tags = [tag for tag in _list(self._document, "tags") if isinstance(tag, dict) and TAG in tag]
        found = Definition(settings, {_text(tag, "name"): _text(tag, TAG) for tag in tags})
        for name in self._schemes:
            scheme = _object(self._schemes, name)
            if AUTHORIZER in scheme:
                found.authorizers[name] = _authorizer(name, scheme)
        for key, operation in self._operations():
            self._route(found, key, operation)
        return found

    def _operations(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Route keys and their operations."""
        for path, item in _object(self._document, "paths").items():
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
        if _object(operation, AUTH).get("type") == "AWS_IAM":
            route["AuthorizationType"] = "AWS_IAM"
            return
        asked = _list(operation if "security" in operation else self._document, "security")
        if not all(isinstance(one, dict) for one in asked):
            raise BadRequest("Invalid OpenAPI input: security requirements must be objects")
        if len(asked) > 1 or any(len(one) > 1 for one in asked):
            raise BadRequest(f"Multiple security requirements are not supported: {route['RouteKey']}")
        for requirement in asked:
            for name, scopes in requirement.items():
                scheme = _object(self._schemes, name)
                if name in found.authorizers:
                    is_jwt = found.authorizers[name]["AuthorizerType"] == "JWT"
                    route |= {"AuthorizationType": "JWT" if is_jwt else "CUSTOM", "Authorizer": name}
                    if isinstance(scopes, list) and scopes and is_jwt:
                        route["AuthorizationScopes"] = [str(scope) for scope in scopes]
                elif scheme.get(AUTH_TYPE) == "awsSigv4":
                    route["AuthorizationType"] = "AWS_IAM"
                else:
                    found.warnings.append(f"{name} of {route['RouteKey']} is no authorizer and was ignored")


def _joined(base: str, path: str) -> str:
    whole = base + (path if path.startswith("/") else f"/{path}")
    return whole.rstrip("/") if base and whole != "/" else whole


def _integration(given: Mapping[str, Any]) -> dict[str, Any]:
    said = {m: n for m, n in INTEGRATION_MEMBERS.items() if given.get(n) not in (None, "")}
    body: dict[str, Any] = {m: _text(given, n) for m, n in said.items() if m not in _STRUCTURED}
    body["IntegrationType"] = body.get("IntegrationType", "").upper()
    if "PayloadFormatVersion" in body and body["PayloadFormatVersion"].isdigit():  # YAML's 1.0 may have become 1
        body["PayloadFormatVersion"] += ".0"
    if "TimeoutInMillis" in said:
        body["TimeoutInMillis"] = _number(given, "timeoutInMillis", (50, 30_000))
    if "RequestParameters" in said:
        body["RequestParameters"] = _texts(given, "requestParameters")
    if "ResponseParameters" in said:
        mappings = _object(given, "responseParameters")
        body["ResponseParameters"] = {status: _texts(mappings, status) for status in mappings}
    server = _object(given, "tlsConfig").get("serverNameToVerify")
    if server:
        body["TlsConfig"] = {"ServerNameToVerify": str(server)}
    return body


def _authorizer(name: str, scheme: Mapping[str, Any]) -> dict[str, Any]:
    given = _object(scheme, AUTHORIZER)
    kind = str(given.get("type", "")).upper()
    if kind not in ("JWT", "REQUEST"):
        raise BadRequest(f"Invalid type of the authorizer {name}. Must be one of: request, jwt")
    said = {m: n for m, n in AUTHORIZER_MEMBERS.items() if given.get(n) not in (None, "")}
    body: dict[str, Any] = {m: _text(given, n) for m, n in said.items() if m not in _STRUCTURED}
    if "AuthorizerResultTtlInSeconds" in said:
        body["AuthorizerResultTtlInSeconds"] = _number(given, "authorizerResultTtlInSeconds", (0, 3600))
    if "EnableSimpleResponses" in said:
        body["EnableSimpleResponses"] = given["enableSimpleResponses"] in (True, "true")
    sources = given.get("identitySource") or ""
    listed = map(str, sources) if isinstance(sources, list) else [one.strip() for one in str(sources).split(",")]
    body |= {"Name": name, "AuthorizerType": kind, "IdentitySource": [source for source in listed if source]}
    if kind == "JWT":
        configuration = _object(given, "jwtConfiguration")
        issuer = configuration.get("issuer") or str(scheme.get("openIdConnectUrl", "")).removesuffix(DISCOVERY)
        audience = [str(one) for one in _list(configuration, "audience")]
        body["JwtConfiguration"] = {"Issuer": str(issuer), "Audience": audience}
    return body


def _cors(given: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for member, name in CORS_MEMBERS.items():
        if given.get(name) is None:
            continue
        if member == "AllowCredentials":
            found[member] = given[name] in (True, "true")
        elif member == "MaxAge":
            found[member] = _number(given, name, (-1, 86_400))
        else:
            found[member] = [str(one) for one in _list(given, name)]
    return found


# parts of a document that are of the kind they should be, else BadRequestException


def _object(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = of.get(name)
    if value is not None and not isinstance(value, dict):
        raise BadRequest(f"Invalid OpenAPI input: {name} must be an object")
    return value or {}


def _list(of: Mapping[str, Any], name: str) -> list[Any]:
    value = of.get(name)
    if value is not None and not isinstance(value, list):
        raise BadRequest(f"Invalid OpenAPI input: {name} must be an array")
    return value or []


def _text(of: Mapping[str, Any], name: str) -> str:
    value = of.get(name)
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise BadRequest(f"Invalid OpenAPI input: {name} must be a string")
    return str(value)


def _texts(of: Mapping[str, Any], name: str) -> dict[str, str]:
    found = _object(of, name)
    return {key: _text(found, key) for key in found}


def _number(of: Mapping[str, Any], name: str, bounds: tuple[int, int]) -> int:
    text = _text(of, name)
    number = int(text) if text.lstrip("-").isdigit() and len(text) < 10 else None
    if number is None or not bounds[0] <= number <= bounds[1]:
        raise BadRequest(f"Invalid OpenAPI input: {name} must be between {bounds[0]} and {bounds[1]}")
    return number
