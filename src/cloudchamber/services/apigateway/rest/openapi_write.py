"""What is deployed, as an OpenAPI 2 or 3 document, with API Gateway's extensions where they are asked for. Pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-export-api.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudchamber.services.apigateway.rest import schemas
from cloudchamber.services.apigateway.rest.openapi_read import Body, X

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PLACES = {"querystring": "query", "header": "header", "path": "path"}
_LOWER = ("type", "passthroughBehavior", "connectionType")
_LEFT_OUT = ("integrationResponses", "cacheNamespace", "cacheKeyParameters", "timeoutInMillis")


@dataclass(slots=True)
class Export:
    """`snapshot` is what is deployed; `extensions` are "integrations", "authorizers", "apigateway"."""

    snapshot: Mapping[str, Any]
    stage: str
    version: str
    v3: bool
    extensions: frozenset[str] = frozenset()
    documentation: Sequence[Mapping[str, Any]] = ()
    _schemes: Body = field(default_factory=dict)

    def document(self) -> Body:
        api = self.snapshot["api"]
        info = {"title": api["name"], "description": api.get("description"), "version": self.version}
        info |= (self._said({"type": "API"}).get("info") or {}) if self.documentation else {}
        host = f"{api['id']}.execute-api.{api['region']}.amazonaws.com"
        head: Body = {"openapi": "3.0.1"} if self.v3 else {"swagger": "2.0"}
        head["info"] = {name: value for name, value in info.items() if value}
        if self.v3:
            variables = {"basePath": {"default": f"/{self.stage}"}}
            head["servers"] = [{"url": f"https://{host}/{{basePath}}", "variables": variables}]
        else:
            head |= {"host": host, "basePath": f"/{self.stage}", "schemes": ["https"]}
        resources = sorted(self.snapshot["resources"], key=lambda one: str(one["path"]))
        head["paths"] = {one["path"]: self._item(one) for one in resources if one.get("methods")}
        self._close(head)
        if self._wants("apigateway"):
            head |= self._settings(api)
        return head

    def _wants(self, extension: str) -> bool:
        return extension in self.extensions or "apigateway" in self.extensions

    def _close(self, head: Body) -> None:
        """Models and security schemes, which stand last."""
        place = "#/components/schemas/" if self.v3 else "#/definitions/"
        models = {}
        for name, text in sorted(self.snapshot["models"].items()):
            schema = {n: v for n, v in json.loads(text or "{}").items() if n not in ("$schema", "id")}
            models[name] = schemas.localised(schema, place)
        if self.v3:
            components = {"schemas": models, "securitySchemes": self._schemes}
            head["components"] = {name: value for name, value in components.items() if value}
        else:
            head |= {"securityDefinitions": self._schemes} if self._schemes else {}
            head |= {"definitions": models} if models else {}

    def _settings(self, api: Mapping[str, Any]) -> Body:
        found: Body = {}
        validators = {
            one.get("name") or one["id"]: {
                "validateRequestParameters": one["validateRequestParameters"],
                "validateRequestBody": one["validateRequestBody"],
            }
            for one in self.snapshot["requestValidators"]
        }
        responses = {
            kind: {m: one[m] for m in ("statusCode", "responseParameters", "responseTemplates") if one.get(m)}
            for kind, one in self.snapshot["gatewayResponses"].items()
        }
        for name, value in (
            ("policy", json.loads(api["policy"]) if api.get("policy") else None),
            ("gateway-responses", responses),
            ("request-validators", validators),
            ("binary-media-types", api.get("binaryMediaTypes")),
            ("minimum-compression-size", api.get("minimumCompressionSize")),
            ("api-key-source", api.get("apiKeySource") if api.get("apiKeySource") != "HEADER" else None),
        ):
            if value or value == 0:
                found[X + name] = value
        return found

    # documentation

    def _said(self, location: Mapping[str, str]) -> Body:
        """What the documentation says of a place: of exactly this one."""
        for part in self.documentation:
            if part["location"] == location:
                found: Body = json.loads(part["properties"])
                return found
        return {}

    # operations

    def _item(self, resource: Mapping[str, Any]) -> Body:
        return {
            f"{X}any-method" if name == "ANY" else name.lower(): self._operation(resource["path"], name, method)
            for name, method in sorted(resource["methods"].items())
        }

    def _operation(self, path: str, name: str, method: Mapping[str, Any]) -> Body:
        place = {"path": path, "method": name}
        found: Body = dict(self._said({"type": "METHOD", **place}))
        found |= {"operationId": method["operationName"]} if method.get("operationName") else {}
        parameters = [self._parameter(one, needed, place) for one, needed in _sorted(method, "requestParameters")]
        models = method.get("requestModels") or {}
        responses = method.get("methodResponses") or {}
        if models and self.v3:
            found["requestBody"] = {"content": self._contents(models), "required": True}
        elif models:
            body = self._reference(next(iter(models.values())))
            parameters.append({"in": "body", "name": next(iter(models.values())), "required": True, "schema": body})
            found["consumes"] = list(models)
        if not self.v3:
            produced = sorted({kind for one in responses.values() for kind in one.get("responseModels") or {}})
            found |= {"produces": produced or ["application/json"]}
        found |= {"parameters": parameters} if parameters else {}
        found["responses"] = {status: self._response(one, place) for status, one in sorted(responses.items())}
        security = self._security(method)
        found |= {"security": security} if security else {}
        validator = next(
            (one for one in self.snapshot["requestValidators"] if one["id"] == method.get("requestValidatorId")), None
        )
        if validator is not None and self._wants("apigateway"):
            found[f"{X}request-validator"] = validator.get("name") or validator["id"]
        if self._wants("integrations") and "methodIntegration" in method:
            found[f"{X}integration"] = _integration(method["methodIntegration"])
        return found

    def _typed(self, described: Body) -> Body:
        return {**described, **({"schema": {"type": "string"}} if self.v3 else {"type": "string"})}

    def _parameter(self, name: str, needed: bool, place: Mapping[str, str]) -> Body:
        _, _, where, own = name.split(".", 3)
        kind = {"querystring": "QUERY_PARAMETER", "header": "REQUEST_HEADER", "path": "PATH_PARAMETER"}[where]
        said = self._said({"type": kind, **place, "name": own})
        return self._typed({**said, "name": own, "in": _PLACES[where], "required": bool(needed) or where == "path"})

    def _reference(self, model: str) -> Body:
        return {"$ref": ("#/components/schemas/" if self.v3 else "#/definitions/") + model}

    def _contents(self, models: Mapping[str, str]) -> Body:
        return {kind: {"schema": self._reference(model)} for kind, model in models.items()}

    def _response(self, response: Mapping[str, Any], place: Mapping[str, str]) -> Body:
        status = response["statusCode"]
        said = self._said({"type": "RESPONSE", **place, "statusCode": status})
        found: Body = {"description": f"{status} response", **said}
        headers = {name.split(".", 3)[3]: self._typed({}) for name, _ in _sorted(response, "responseParameters")}
        found |= {"headers": headers} if headers else {}
        models = response.get("responseModels") or {}
        if models and self.v3:
            found["content"] = self._contents(models)
        elif models:
            found["schema"] = self._reference(next(iter(models.values())))
        return found

    # who may

    def _security(self, method: Mapping[str, Any]) -> list[Body]:
        found: list[Body] = []
        kind = method["authorizationType"]
        where = {"type": "apiKey", "in": "header"}
        if kind == "AWS_IAM":
            self._schemes["sigv4"] = {**where, "name": "Authorization", f"{X}authtype": "awsSigv4"}
            found.append({"sigv4": []})
        authorizers = {one["id"]: one for one in self.snapshot["authorizers"]}
        authorizer = authorizers.get(method.get("authorizerId") or "")
        if authorizer is not None and kind in ("CUSTOM", "COGNITO_USER_POOLS"):
            name = authorizer["name"]
            header = str(authorizer.get("identitySource") or "").rpartition(".")[2]
            self._schemes[name] = {**where, "name": header if authorizer["type"] != "REQUEST" else "Unused"}
            self._schemes[name][f"{X}authtype"] = authorizer.get("authType") or "custom"
            if self._wants("authorizers"):
                self._schemes[name][f"{X}authorizer"] = _authorizer(authorizer)
            found.append({name: list(method.get("authorizationScopes") or ())})
        if method.get("apiKeyRequired"):
            self._schemes["api_key"] = {**where, "name": "x-api-key"}
            found.append({"api_key": []})
        return found


def _sorted(of: Mapping[str, Any], member: str) -> list[tuple[str, Any]]:
    return sorted((of.get(member) or {}).items())


def _authorizer(authorizer: Mapping[str, Any]) -> Body:
    found = {name: value for name, value in authorizer.items() if name not in ("id", "name", "authType")}
    found["type"] = str(authorizer["type"]).lower()
    if authorizer["type"] != "REQUEST":
        found.pop("identitySource", None)
    return found


def _integration(integration: Mapping[str, Any]) -> Body:
    found = {name: value for name, value in integration.items() if name not in _LEFT_OUT}
    for member in _LOWER:
        if member in found and member != "connectionType":
            found[member] = str(found[member]).lower()
    if integration.get("timeoutInMillis") not in (None, 29_000):
        found["timeoutInMillis"] = integration["timeoutInMillis"]
    if integration.get("cacheKeyParameters"):
        found |= {name: integration[name] for name in ("cacheKeyParameters", "cacheNamespace")}
    responses = {}
    for response in (integration.get("integrationResponses") or {}).values():
        shown = {name: value for name, value in response.items() if name != "selectionPattern"}
        responses[response.get("selectionPattern") or "default"] = shown
    return {**found, "responses": responses} if responses else found
