"""APIs made of OpenAPI documents, and documents made of APIs."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cloudchamber.services.apigateway.v2 import checks, openapi_read
from cloudchamber.services.apigateway.v2.errors import BadRequest
from cloudchamber.services.apigateway.v2.importing import Importing
from cloudchamber.services.apigateway.v2.records import Api
from tests.services.apigatewayv2.conftest import FUNCTION, refused

URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
PROXY = {"type": "AWS_PROXY", "httpMethod": "POST", "uri": FUNCTION, "payloadFormatVersion": "2.0"}
PETS: dict[str, Any] = {
    "openapi": "3.0.1", "info": {"title": "Pets", "description": "d", "version": "2020-01-01"},
    "tags": [{"name": "team", "x-amazon-apigateway-tag-value": "pets"}],
    "servers": [{"url": "https://example.com/{base}/x", "variables": {"base": {"default": "/v1"}}}],
    "paths": {
        "/pets": {
            "get": {"operationId": "listPets", "x-amazon-apigateway-integration": PROXY,
                    "security": [{"jwt": ["pets:read"]}]},
            "post": {"x-amazon-apigateway-integration": {"$ref": "#/components/x-amazon-apigateway-integrations/web"},
                     "security": [{"lambda": []}], "requestBody": {"content": {}}},
        },
        "/pets/{id}": {
            "x-amazon-apigateway-any-method": {"x-amazon-apigateway-integration": PROXY,
                                               "x-amazon-apigateway-auth": {"type": "AWS_IAM"}},
        },
        "/$default": {"x-amazon-apigateway-any-method": {"isDefaultRoute": True,
                                                         "x-amazon-apigateway-integration": PROXY}},
    },
    "components": {
        "x-amazon-apigateway-integrations": {
            "web": {"type": "http_proxy", "httpMethod": "ANY", "uri": "https://${AWS::Region}.example.com",
                    "payloadFormatVersion": 1.0, "timeoutInMillis": 5000,
                    "requestParameters": {"append:header.a": "$context.requestId"}},
        },
        "securitySchemes": {
            "jwt": {"type": "openIdConnect",
                    "openIdConnectUrl": "https://issuer.example.com/.well-known/openid-configuration",
                    "x-amazon-apigateway-authorizer": {"type": "jwt", "jwtConfiguration": {"audience": ["app"]},
                                                       "identitySource": "$request.header.Authorization"}},
            "lambda": {"type": "apiKey", "name": "Authorization", "in": "header",
                       "x-amazon-apigateway-authorizer": {
                           "type": "request", "identitySource": "$request.header.Authorization",
                           "authorizerUri": URI,
                           "authorizerPayloadFormatVersion": "2.0", "authorizerResultTtlInSeconds": 60,
                           "enableSimpleResponses": True}},
        },
    },
    "x-amazon-apigateway-cors": {"allowOrigins": ["*"], "allowMethods": ["GET"], "maxAge": 10},
}  # fmt: skip


def shape(client, api: str) -> dict[str, Any]:
    """An API without the names that are made up for its parts."""
    integrations = {one.pop("IntegrationId"): one for one in client.get_integrations(ApiId=api)["Items"]}
    authorizers = {one.pop("AuthorizerId"): one for one in client.get_authorizers(ApiId=api)["Items"]}
    routes = {}
    for route in client.get_routes(ApiId=api)["Items"]:
        target = integrations.get((route.pop("Target", None) or "").removeprefix("integrations/"))
        authorizer = authorizers.get(route.pop("AuthorizerId", None), {}).get("Name")
        del route["RouteId"]
        routes[route["RouteKey"]] = {**route, "Integration": target, "Authorizer": authorizer}
    return {"routes": routes, "authorizers": sorted(authorizers.values(), key=lambda one: one["Name"])}


def test_a_document_becomes_an_api(client):
    made = client.import_api(Body=json.dumps(PETS))
    assert (made["Name"], made["Description"], made["Version"]) == ("Pets", "d", "2020-01-01")
    assert made["CorsConfiguration"] == {"AllowOrigins": ["*"], "AllowMethods": ["GET"], "MaxAge": 10}
    assert made["Tags"] == {"team": "pets"}
    assert made["ImportInfo"] == ["requestBody of POST /pets is not supported by HTTP APIs and was ignored"]
    found = shape(client, made["ApiId"])
    routes = found["routes"]
    assert set(routes) == {"GET /pets", "POST /pets", "ANY /pets/{id}", "$default"}
    listing = routes["GET /pets"]
    assert (listing["OperationName"], listing["AuthorizationType"]) == ("listPets", "JWT")
    assert (listing["AuthorizationScopes"], listing["Authorizer"]) == (["pets:read"], "jwt")
    assert listing["Integration"]["PayloadFormatVersion"] == "2.0"
    web = routes["POST /pets"]["Integration"]
    assert (web["IntegrationType"], web["IntegrationUri"]) == ("HTTP_PROXY", "https://us-east-1.example.com")
    assert (web["PayloadFormatVersion"], web["TimeoutInMillis"]) == ("1.0", 5000)
    assert routes["POST /pets"]["AuthorizationType"] == "CUSTOM"
    assert routes["ANY /pets/{id}"]["AuthorizationType"] == "AWS_IAM"
    jwt = found["authorizers"][0]
    assert jwt["JwtConfiguration"] == {"Issuer": "https://issuer.example.com", "Audience": ["app"]}
    assert found["authorizers"][1]["AuthorizerResultTtlInSeconds"] == 60


@pytest.mark.parametrize(("kind", "read"), [("JSON", json.loads), ("YAML", yaml.safe_load)])
def test_what_is_exported_can_be_imported(client, kind, read):
    first = client.import_api(Body=yaml.safe_dump(PETS))["ApiId"]
    text = client.export_api(ApiId=first, Specification="OAS30", OutputType=kind)["body"].read()
    document = read(text)
    assert document["openapi"] == "3.0.1"
    second = client.import_api(Body=text.decode())
    assert shape(client, second["ApiId"]) == shape(client, first)
    assert second["CorsConfiguration"]["AllowOrigins"] == ["*"]


def test_an_export_without_extensions(client):
    api = client.import_api(Body=json.dumps(PETS))["ApiId"]
    text = client.export_api(ApiId=api, Specification="OAS30", OutputType="JSON", IncludeExtensions=False)[
        "body"
    ].read()
    assert b"x-amazon" not in text
    document = json.loads(text)
    assert set(document["paths"]) == {"/pets"}
    assert document["paths"]["/pets"]["get"]["security"] == [{"jwt": ["pets:read"]}]


def test_an_export_of_what_is_deployed(client):
    api = client.import_api(Body=json.dumps(PETS))["ApiId"]
    client.create_stage(ApiId=api, StageName="s", DeploymentId=client.create_deployment(ApiId=api)["DeploymentId"])
    client.create_route(ApiId=api, RouteKey="GET /later")
    place = {"ApiId": api, "Specification": "OAS30", "OutputType": "JSON"}
    deployed = json.loads(client.export_api(**place, StageName="s")["body"].read())
    assert "/later" not in deployed["paths"]
    assert deployed["servers"][0]["url"].endswith("/s")
    assert "/later" in json.loads(client.export_api(**place)["body"].read())["paths"]
    with refused("BadRequestException"):
        client.export_api(**{**place, "OutputType": "XML"})
    with refused("NotFoundException", status=404):
        client.export_api(**place, StageName="t")


def test_importing_again_takes_the_place_of_everything(client):
    api = client.import_api(Body=json.dumps(PETS))["ApiId"]
    client.create_stage(ApiId=api, StageName="s", AutoDeploy=True)
    before = client.get_stage(ApiId=api, StageName="s")["DeploymentId"]
    smaller = {"openapi": "3.0.1", "info": {"title": "Less"}, "paths": {"/x": {"get": {
        "x-amazon-apigateway-integration": PROXY}}}}  # fmt: skip
    again = client.reimport_api(ApiId=api, Body=json.dumps(smaller))
    assert (again["ApiId"], again["Name"]) == (api, "Less")
    assert "CorsConfiguration" not in again
    assert set(shape(client, api)["routes"]) == {"GET /x"}
    assert client.get_stage(ApiId=api, StageName="s")["DeploymentId"] != before


@pytest.mark.parametrize(
    ("mode", "path"), [("ignore", "/pets"), ("prepend", "/v1/x/pets"), ("split", "/x/pets"), (None, "/pets")]
)
def test_base_paths(client, mode, path):
    document = {**PETS, "paths": {"/pets": {"get": {"x-amazon-apigateway-integration": PROXY}}}}
    more = {} if mode is None else {"Basepath": mode}
    api = client.import_api(Body=json.dumps(document), **more)["ApiId"]
    assert set(shape(client, api)["routes"]) == {f"GET {path}"}


def test_what_is_no_integration_of_an_http_api_is_a_warning(client):
    document = {"openapi": "3.0.1", "info": {"title": "T"}, "paths": {"/a": {"get": {
        "x-amazon-apigateway-integration": {**PROXY, "type": "AWS"}}, "post": {}}}}  # fmt: skip
    made = client.import_api(Body=json.dumps(document))
    said = (
        "Currently, an API with a protocol type of HTTP may only be associated with proxy integrations "
        "(AWS_PROXY, HTTP_PROXY)"
    )
    assert made["Warnings"] == [
        "No integration is defined for the route POST /a",
        f"Unable to create integration for GET /a: {said}",
    ]
    assert set(shape(client, made["ApiId"])["routes"]) == {"GET /a", "POST /a"}
    count = len(client.get_apis()["Items"])
    with refused("BadRequestException"):
        client.import_api(Body=json.dumps(document), FailOnWarnings=True)
    assert len(client.get_apis()["Items"]) == count


@pytest.mark.parametrize(
    "body",
    [
        "no document: [", '"text"', "{}", '{"swagger": "2.0", "info": {"title": "x"}}',
        '{"openapi": "3.1.0", "info": {"title": "x"}}', '{"openapi": "3.0.1", "info": {}}',
        '{"openapi": "3.0.1", "info": {"title": "x"}, "paths": []}',
        '{"openapi": "3.0.1", "info": {"title": "x"}, "paths": {"/a": {"$ref": "#/nothing"}}}',
        '{"openapi": "3.0.1", "info": {"title": "x"}, "paths": {"/a": {"get": {"security": [{"a": []}, {"b": []}]}}}}',
        '{"openapi": "3.0.1", "info": {"title": "x"}, "paths": {"/{a+}/b": {"get": {}}}}',
    ],
)  # fmt: skip
def test_documents_that_are_none(client, body):
    with refused("BadRequestException"):
        client.import_api(Body=body)
    assert client.get_apis()["Items"] == []


def nodes(value: Any, path: tuple = ()) -> list[tuple]:
    """The paths to everything in a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, one in inner for found in nodes(one, (*path, key)))]


def replaced(value: Any, path: tuple, by: Any) -> Any:
    if not path:
        return by
    made = dict(value) if isinstance(value, dict) else list(value)
    made[path[0]] = replaced(value[path[0]], path[1:], by)
    return made


WRONG = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5), st.just([]), st.just({}),
    st.just([1]), st.just([[]]), st.just({"a": 1}), st.just({"a": {}}), st.just({"$ref": "#/info"}),
    st.just({"$ref": 5}), st.just([{"a": []}]),
)  # fmt: skip


@given(st.sampled_from(nodes(PETS)), WRONG, st.sampled_from(["ignore", "prepend", "split"]))
def test_a_document_bent_anywhere_is_an_api_or_a_mistake(path, wrong, mode):
    document = replaced(PETS, path, wrong)
    if not isinstance(document, dict):
        return
    api = Api("a", "123456789012", "us-east-1", "HTTP", 0.0, {})
    with suppress(BadRequest):
        found = openapi_read.read(document, mode)
        checks.check_api(found.settings, "HTTP")
        Importing._parts(api, found)
