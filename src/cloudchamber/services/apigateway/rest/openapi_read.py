"""OpenAPI 2 and 3 documents with API Gateway's extensions, read into what an API is made of. Pure.

What a document names stays named here (an authorizer by its security scheme, a validator by its name); identifiers are
given where it is kept. What AWS passes over is told in `warnings`; what it refuses is a BadRequestException.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudchamber.core.resource_types import text_of
from cloudchamber.services.apigateway.errors import BadRequest
from cloudchamber.services.apigateway.rest import defaults, schemas

if TYPE_CHECKING:
    from collections.abc import Mapping

Body = dict[str, Any]
X = "x-amazon-apigateway-"
_LOCAL = re.compile(r"^#/(?:definitions|components/schemas)/(.+)$")
_DEPTH_MAX = 16


@dataclass(slots=True)
class Document:
    """An OpenAPI document, and how it refers to itself. `api_id` is what references to models will name."""

    raw: Mapping[str, Any]
    api_id: str
    warnings: list[str] = field(default_factory=list)
    models: dict[str, Body] = field(default_factory=dict)  # name -> AWS's Model, `schema` as a text

    @property
    def is_v3(self) -> bool:
        return "openapi" in self.raw

    def section(self, v2: str, v3: str) -> Mapping[str, Any]:
        """A map of the document that the two versions have in different places."""
        found = mapping(self.raw.get("components")).get(v3) if self.is_v3 else self.raw.get(v2)
        return mapping(found)

    def resolved(self, value: Any, depth: int = 0) -> Mapping[str, Any]:
        """What a reference within the document stands for; anything else as it is."""
        if not isinstance(value, dict) or not isinstance(value.get("$ref"), str):
            return mapping(value)
        reference = value["$ref"]
        found: Any = self.raw
        for part in reference.removeprefix("#/").split("/"):
            found = mapping(found).get(part.replace("~1", "/").replace("~0", "~"))
        if not reference.startswith("#/") or found is None or depth > _DEPTH_MAX:
            raise BadRequest(f"Errors found during import:\n\tUnable to resolve reference: {reference}")
        return self.resolved(found, depth + 1)

    def model_of(self, schema: Any) -> str | None:
        """The name of a model for a schema: the one it refers to, else one made for it."""
        if not isinstance(schema, dict) or not schema:
            return None
        reference = _LOCAL.match(schema["$ref"]) if isinstance(schema.get("$ref"), str) else None
        if reference is not None and reference[1] in self.models:
            return reference[1]
        text = self.schema_text(schema)
        name = "MODEL" + hashlib.sha256(text.encode()).hexdigest()[:10]
        self.models.setdefault(name, {"name": name, "schema": text, "contentType": "application/json"})
        return name

    def schema_text(self, schema: Mapping[str, Any]) -> str:
        """A schema as models keep it: references to other models in their canonical form."""

        def change(reference: str) -> str:
            local = _LOCAL.match(reference)
            return schemas.canonical(self.api_id, local[1]) if local and "/" not in local[1] else reference

        return json.dumps(schemas.rewritten(schema, change), indent=2)


@dataclass(slots=True)
class Imported:
    """`resources` is path -> method -> AWS's Method with its integration, in which `authorizer` and `validator` name
    what the document calls them."""

    api: Body
    models: dict[str, Body]
    authorizers: dict[str, Body]
    validators: dict[str, Body]
    gateway_responses: dict[str, Body]
    resources: dict[str, dict[str, Body]]
    documentation: list[Body]
    documentation_version: str
    warnings: list[str]


def mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def check_version(raw: Mapping[str, Any]) -> None:
    if str(raw.get("swagger") or "") != "2.0" and not str(raw.get("openapi") or "").startswith("3."):
        raise BadRequest("Invalid OpenAPI input.")


def settings(document: Document) -> Body:
    """The members of the RestApi that a document sets."""
    raw, info = document.raw, mapping(document.raw.get("info"))
    endpoint = mapping(raw.get(f"{X}endpoint-configuration"))
    for server in listed(raw.get("servers")):
        endpoint = {**mapping(mapping(server).get(f"{X}endpoint-configuration")), **endpoint}
    found: Body = {
        "name": info.get("title"),
        "description": info.get("description"),
        "version": None if info.get("version") is None else str(info["version"]),
        "binaryMediaTypes": raw.get(f"{X}binary-media-types"),
        "minimumCompressionSize": raw.get(f"{X}minimum-compression-size"),
        "apiKeySource": raw.get(f"{X}api-key-source"),
        "disableExecuteApiEndpoint": endpoint.get("disableExecuteApiEndpoint"),
        "policy": None if not raw.get(f"{X}policy") else json.dumps(raw[f"{X}policy"]),
    }
    if listed(endpoint.get("vpcEndpointIds")):
        found["endpointConfiguration"] = {"types": ["PRIVATE"], "vpcEndpointIds": endpoint["vpcEndpointIds"]}
    return {name: value for name, value in found.items() if value is not None}


def read_models(document: Document) -> None:
    """The models of the document's own schemas, into `document.models`."""
    own = document.section("definitions", "schemas")
    for name in own:
        schemas.check_name(name)
        document.models[name] = {"name": name, "schema": "", "contentType": "application/json"}
    for name, schema in own.items():
        body = document.models[name]
        body["schema"] = document.schema_text(mapping(schema))
        if mapping(schema).get("description"):
            body["description"] = schema["description"]
    for body in document.models.values():
        schemas.parse(body["schema"], document.models.__contains__)


def read_authorizers(document: Document) -> dict[str, Body]:
    """Security schemes with an authorizer: AWS's Authorizer by the scheme's name."""
    found = {}
    for name, scheme in document.section("securityDefinitions", "securitySchemes").items():
        given = mapping(scheme).get(f"{X}authorizer")
        if isinstance(given, dict):
            found[name] = _authorizer(name, mapping(scheme), given)
    return found


def _authorizer(name: str, scheme: Mapping[str, Any], given: Mapping[str, Any]) -> Body:
    kind = str(given.get("type") or "token").upper()
    body: Body = {"name": name, "type": kind}
    for member in (
        "authorizerUri", "authorizerCredentials", "identitySource", "identityValidationExpression",
        "authorizerResultTtlInSeconds", "providerARNs",
    ):  # fmt: skip
        if given.get(member) is not None:
            body[member] = given[member]
    if f"{X}authtype" in scheme:
        body["authType"] = scheme[f"{X}authtype"]
    if kind != "REQUEST":
        body.setdefault("identitySource", f"method.request.header.{scheme.get('name') or 'Authorization'}")
    return body


def read_validators(document: Document) -> dict[str, Body]:
    return {
        name: {
            "name": name,
            "validateRequestBody": bool(mapping(one).get("validateRequestBody")),
            "validateRequestParameters": bool(mapping(one).get("validateRequestParameters")),
        }
        for name, one in mapping(document.raw.get(f"{X}request-validators")).items()
    }


def read_gateway_responses(document: Document) -> dict[str, Body]:
    found = {}
    for kind, one in mapping(document.raw.get(f"{X}gateway-responses")).items():
        if kind not in defaults.STATUS:
            raise BadRequest(f"Errors found during import:\n\tInvalid gateway response type specified: {kind}")
        given = mapping(one)
        status = given.get("statusCode") or defaults.STATUS[kind]
        found[kind] = {
            "responseType": kind,
            **({"statusCode": text_of(status)} if status else {}),
            "responseParameters": texts(given.get("responseParameters")),
            "responseTemplates": texts(given.get("responseTemplates")),
            "defaultResponse": False,
        }
    return found


def texts(value: Any) -> dict[str, str]:
    """A map of texts; null is the empty text, as in templates that say nothing."""
    return {name: "" if one is None else text_of(one) for name, one in mapping(value).items()}


def base_path(document: Document, treatment: str) -> str:
    """What stands before every path: nothing, unless the import is told to prepend the base path or to split it."""
    if treatment not in ("prepend", "split"):
        return ""
    found = str(document.raw.get("basePath") or "")
    servers = listed(document.raw.get("servers"))
    if document.is_v3 and servers:
        server = mapping(servers[0])
        default = mapping(mapping(server.get("variables")).get("basePath")).get("default")
        found = str(default) if default else "/" + str(server.get("url") or "").partition("://")[2].partition("/")[2]
    parts = [part for part in found.split("/") if part and not part.startswith("{")]
    return "".join(f"/{part}" for part in (parts[1:] if treatment == "split" else parts))
