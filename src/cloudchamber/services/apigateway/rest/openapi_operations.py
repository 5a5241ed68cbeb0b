"""Operations of OpenAPI documents, as methods of resources with their integrations. Pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.services.apigateway.rest.openapi_read import (
    Body,
    Document,
    Imported,
    X,
    base_path,
    check_version,
    listed,
    mapping,
    read_authorizers,
    read_gateway_responses,
    read_models,
    read_validators,
    settings,
    texts,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
_PLACES = {"query": "querystring", "header": "header", "path": "path"}
_PART_TYPES = {"query": "QUERY_PARAMETER", "header": "REQUEST_HEADER", "path": "PATH_PARAMETER"}
_INTEGRATION = (
    "uri", "credentials", "cacheNamespace", "cacheKeyParameters", "connectionId", "timeoutInMillis", "tlsConfig",
    "responseTransferMode", "integrationTarget",
)  # fmt: skip


def read(raw: Mapping[str, Any], api_id: str, parameters: Mapping[str, str]) -> Imported:
    """All that a document says. BadRequestException."""
    check_version(raw)
    document = Document(raw, api_id)
    read_models(document)
    authorizers = read_authorizers(document)
    reader = _Reader(document, authorizers)
    prefix = base_path(document, parameters.get("basepath") or parameters.get("basePath") or "")
    resources: dict[str, dict[str, Body]] = {}
    for path, item in mapping(raw.get("paths")).items():
        place = (prefix + "/" + path.strip("/")).rstrip("/") or "/"
        resources.setdefault(place, {}).update(reader.methods(place, document.resolved(item)))
    api = settings(document)
    block = mapping(raw.get(f"{X}documentation"))
    parts = [part for part in listed(block.get("documentationParts")) if isinstance(part, dict)]
    if parameters.get("ignore") == "documentation":
        parts, reader.parts = [], []
    return Imported(
        api, document.models, authorizers, read_validators(document), read_gateway_responses(document), resources,
        parts or reader.parts, str(block.get("version") or ""), document.warnings,
    )  # fmt: skip


class _Reader:
    def __init__(self, document: Document, authorizers: Mapping[str, Body]) -> None:
        self._document = document
        self._authorizers = authorizers
        self._schemes = document.section("securityDefinitions", "securitySchemes")
        self.parts: list[Body] = []  # what the document's own descriptions say

    def methods(self, path: str, item: Mapping[str, Any]) -> dict[str, Body]:
        shared = listed(item.get("parameters"))
        found = {}
        for name, operation in item.items():
            if name in METHODS or name == f"{X}any-method":
                method = "ANY" if name.startswith(X) else name.upper()
                found[method] = self._method(path, method, mapping(operation), shared)
            elif name == "trace":
                self._document.warnings.append(f"Operation 'trace' on resource '{path}' is not supported")
        return found

    def _method(self, path: str, name: str, operation: Mapping[str, Any], shared: Sequence[Any]) -> Body:
        place = {"path": path, "method": name}
        method: Body = {"httpMethod": name, "authorizationType": "NONE", "apiKeyRequired": False}
        if operation.get("operationId"):
            method["operationName"] = operation["operationId"]
        method |= self._security(operation)
        validator = operation.get(f"{X}request-validator") or self._document.raw.get(f"{X}request-validator")
        if validator:
            method["validator"] = str(validator)
        self._describe("METHOD", place, {m: operation.get(m) for m in ("tags", "summary", "description")})
        flags, models = self._requests(operation, shared, place)
        method |= {"requestParameters": flags} if flags else {}
        method |= {"requestModels": models} if models else {}
        responses = {
            status: self._response(str(status), self._document.resolved(one), operation, place)
            for status, one in mapping(operation.get("responses")).items()
            if str(status).isdigit()
        }
        method |= {"methodResponses": responses} if responses else {}
        integration = operation.get(f"{X}integration")
        if isinstance(integration, dict):
            method["methodIntegration"] = _integration(self._document.resolved(integration))
        return method

    def _describe(self, kind: str, place: Mapping[str, str], properties: Mapping[str, Any]) -> None:
        said = {name: value for name, value in properties.items() if value}
        if said:
            self.parts.append({"location": {"type": kind, **place}, "properties": said})

    # who may

    def _security(self, operation: Mapping[str, Any]) -> Body:
        auth = mapping(operation.get(f"{X}auth")).get("type")
        found: Body = {"authorizationType": auth.upper()} if isinstance(auth, str) else {}
        for requirement in listed(operation.get("security", self._document.raw.get("security"))):
            for name, scopes in mapping(requirement).items():
                found |= self._scheme(name, scopes)
        return found

    def _scheme(self, name: str, scopes: Any) -> Body:
        scheme = mapping(self._schemes.get(name))
        if name in self._authorizers:
            kind = self._authorizers[name]["type"]
            found: Body = {"authorizationType": kind if kind == "COGNITO_USER_POOLS" else "CUSTOM", "authorizer": name}
            return {**found, "authorizationScopes": scopes} if listed(scopes) else found
        if str(scheme.get(f"{X}authtype") or "").lower() == "awssigv4":
            return {"authorizationType": "AWS_IAM"}
        if scheme.get("type") == "apiKey" and str(scheme.get("name")).lower() == "x-api-key":
            return {"apiKeyRequired": True}
        self._document.warnings.append(f"Security scheme '{name}' is not supported and will be ignored")
        return {}

    # requests and responses

    def _parameters(self, operation: Mapping[str, Any], shared: Sequence[Any]) -> Iterator[Mapping[str, Any]]:
        """Those of the path and of the operation, which come later and win."""
        for parameter in (*shared, *listed(operation.get("parameters"))):
            yield self._document.resolved(parameter)

    def _requests(
        self, operation: Mapping[str, Any], shared: Sequence[Any], place: Mapping[str, str]
    ) -> tuple[dict[str, bool], dict[str, str]]:
        flags: dict[str, bool] = {}
        models: dict[str, str] = {}
        for parameter in self._parameters(operation, shared):
            where, name = str(parameter.get("in")), parameter.get("name")
            if where in _PLACES and name:
                flags[f"method.request.{_PLACES[where]}.{name}"] = bool(parameter.get("required") or where == "path")
                described = {"description": parameter.get("description")}
                self._describe(_PART_TYPES[where], {**place, "name": name}, described)
            elif where == "body":
                model = self._document.model_of(parameter.get("schema"))
                if model:
                    models |= dict.fromkeys(self._types(operation, "consumes"), model)
            else:
                self._document.warnings.append(
                    f"Parameter '{name}' of '{place['method']} {place['path']}' is in '{where}', which is not supported"
                )
        body = self._document.resolved(operation.get("requestBody"))
        return flags, {**models, **self._contents(body)}

    def _contents(self, body: Mapping[str, Any]) -> dict[str, str]:
        """Media type -> model, of OpenAPI 3."""
        found = {}
        for media_type, content in mapping(body.get("content")).items():
            model = self._document.model_of(mapping(content).get("schema"))
            if model:
                found[media_type] = model
        return found

    def _types(self, operation: Mapping[str, Any], member: str) -> list[str]:
        found = listed(operation.get(member)) or listed(self._document.raw.get(member)) or ["application/json"]
        return [str(one) for one in found]

    def _response(
        self, status: str, response: Mapping[str, Any], operation: Mapping[str, Any], place: Mapping[str, str]
    ) -> Body:
        found: Body = {"statusCode": status}
        headers = {f"method.response.header.{name}": False for name in mapping(response.get("headers"))}
        found |= {"responseParameters": headers} if headers else {}
        models = self._contents(response)
        model = self._document.model_of(response.get("schema"))
        if model:
            models |= dict.fromkeys(self._types(operation, "produces"), model)
        found |= {"responseModels": models} if models else {}
        described = {"description": response.get("description")}
        self._describe("RESPONSE", {**place, "statusCode": status}, described)
        return found


def _integration(given: Mapping[str, Any]) -> Body:
    """AWS's Integration, of the extension."""
    found: Body = {"type": str(given.get("type") or "").upper()}
    if given.get("httpMethod"):
        found["httpMethod"] = str(given["httpMethod"]).upper()
    found |= {member: given[member] for member in _INTEGRATION if given.get(member) is not None}
    for member in ("passthroughBehavior", "contentHandling", "connectionType"):
        if given.get(member):
            found[member] = str(given[member]).upper()
    for member in ("requestParameters", "requestTemplates"):
        if given.get(member):
            found[member] = texts(given[member])
    responses = {}
    for pattern, one in mapping(given.get("responses")).items():
        status = str(mapping(one).get("statusCode") or "200")
        response: Body = {"statusCode": status}
        if pattern != "default":
            response["selectionPattern"] = pattern
        for member in ("responseParameters", "responseTemplates"):
            if mapping(one).get(member):
                response[member] = texts(one[member])
        if mapping(one).get("contentHandling"):
            response["contentHandling"] = str(one["contentHandling"]).upper()
        responses[status] = response
    return {**found, "integrationResponses": responses} if responses else found
