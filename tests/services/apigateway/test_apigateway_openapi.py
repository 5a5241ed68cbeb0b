"""ImportRestApi, PutRestApi, GetExport: OpenAPI 2 and 3 with API Gateway's extensions."""

from __future__ import annotations

import copy
import json

import pytest
import yaml

from tests.services.apigateway.api_calls import FUNCTION, POOL, Api, refused

X = "x-amazon-apigateway-"
MOCK = {
    "type": "mock",
    "requestTemplates": {"application/json": '{"statusCode": 200}'},
    "responses": {
        "default": {"statusCode": "200", "responseParameters": {"method.response.header.X-A": "'b'"}},
        "4\\d\\d": {"statusCode": "404", "responseTemplates": {"application/json": "no"}},
    },
}
PETS = {
    "swagger": "2.0",
    "info": {"title": "pets", "version": "1.2", "description": "d"},
    "basePath": "/animals/v1",
    "paths": {
        "/pets/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "type": "string", "description": "which"}],
            "get": {
                "operationId": "getPet",
                "summary": "a pet",
                "produces": ["application/json"],
                "parameters": [{"name": "full", "in": "query", "type": "boolean"}, {"$ref": "#/parameters/trace"}],
                "responses": {
                    "200": {
                        "description": "found", "headers": {"X-A": {"type": "string"}},
                        "schema": {"$ref": "#/definitions/Pet"},
                    },
                    "404": {"description": "none"},
                },
                "security": [{"pool": ["pets/read"]}, {"api_key": []}],
                f"{X}integration": MOCK,
            },
            "options": {"responses": {}, f"{X}integration": {"type": "mock"}},
        },
        "/pets": {
            "post": {
                "parameters": [{"in": "body", "name": "Pet", "schema": {"$ref": "#/definitions/Pet"}}],
                "responses": {},
                "security": [{"sigv4": []}],
                f"{X}request-validator": "all",
                f"{X}integration": {"type": "aws_proxy", "httpMethod": "POST", "uri": FUNCTION},
            },
            f"{X}any-method": {
                "security": [{"function": []}],
                f"{X}integration": {"type": "http_proxy", "httpMethod": "ANY", "uri": "http://example.com"},
            },
        },
    },
    "parameters": {"trace": {"name": "X-Trace", "in": "header", "required": True, "type": "string"}},
    "definitions": {
        "Pet": {"type": "object", "properties": {"owner": {"$ref": "#/definitions/Owner"}}},
        "Owner": {"type": "object", "description": "who has it"},
    },
    "securityDefinitions": {
        "api_key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
        "sigv4": {"type": "apiKey", "name": "Authorization", "in": "header", f"{X}authtype": "awsSigv4"},
        "pool": {
            "type": "apiKey", "name": "Authorization", "in": "header", f"{X}authtype": "cognito_user_pools",
            f"{X}authorizer": {"type": "cognito_user_pools", "providerARNs": [POOL]},
        },
        "function": {
            "type": "apiKey", "name": "X-Token", "in": "header", f"{X}authtype": "custom",
            f"{X}authorizer": {"type": "token", "authorizerUri": FUNCTION, "authorizerResultTtlInSeconds": 60},
        },
    },
    f"{X}request-validators": {"all": {"validateRequestBody": True, "validateRequestParameters": True}},
    f"{X}gateway-responses": {"UNAUTHORIZED": {"statusCode": 418, "responseTemplates": {"application/json": "{}"}}},
    f"{X}binary-media-types": ["image/png"],
    f"{X}minimum-compression-size": 100,
    f"{X}api-key-source": "AUTHORIZER",
    f"{X}policy": {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
        ],
    },
}  # fmt: skip
PETS_3 = {
    "openapi": "3.0.1",
    "info": {"title": "pets", "version": "1"},
    "servers": [{"url": "https://example.com/{basePath}", "variables": {"basePath": {"default": "/animals/v1"}}}],
    "paths": {
        "/pets": {
            "post": {
                "requestBody": {"$ref": "#/components/requestBodies/Pet"},
                "parameters": [{"name": "n", "in": "query", "required": True, "schema": {"type": "integer"}}],
                "responses": {
                    "200": {
                        "description": "made",
                        "headers": {"X-A": {"schema": {"type": "string"}}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}},
                    },
                    "404": {"description": "none"},
                },
                f"{X}integration": MOCK,
            }
        }
    },
    "components": {
        "schemas": {"Pet": {"type": "object", "properties": {"name": {"type": "string"}}}},
        "requestBodies": {"Pet": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}}},
    },
}


@pytest.fixture
def load(gateway):
    """`load(document, …)` imports an API."""

    def make(document, **more):
        body = document if isinstance(document, bytes | str) else json.dumps(document)
        return Api(gateway, gateway.import_rest_api(body=body, **more))

    return make


@pytest.fixture
def pets(load):
    return load(PETS)


def method(api, path, verb):
    resources = {one["path"]: one for one in api.get_resources(limit=500, embed=["methods"])["items"]}
    return resources[path]["resourceMethods"][verb]


# wrong input


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("{}", "Invalid OpenAPI input."),
        ("[]", "Invalid OpenAPI input."),
        ('{"swagger": "1.2"}', "Invalid OpenAPI input."),
        ("a: [", "Unable to parse API definition because of a malformed OpenAPI document."),
    ],
)
def test_what_is_no_document(gateway, body, message):
    with refused("BadRequest", message):
        gateway.import_rest_api(body=body)


def test_a_yaml_document_cannot_unfold_without_end(gateway):
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 9)]
    with refused("BadRequest"):
        gateway.import_rest_api(body="\n".join(["l0: &l0 [a]", *levels]))


def test_mistakes_say_where_they_are(gateway):
    def broken(change):
        document = copy.deepcopy(PETS)
        change(document)
        return json.dumps(document)

    def at(path):
        return lambda document: document["paths"].update({path: {"get": {f"{X}integration": {"type": "mock"}}}})

    def both(document):
        document["paths"]["/pets"]["post"][f"{X}integration"].update(type="magic")
        at("/pets/{name}")(document)
        at("/a b")(document)

    with refused("BadRequest") as caught:
        gateway.import_rest_api(body=broken(both))
    first, *lines = caught.value.response["Error"]["Message"].split("\n\t")
    assert first == "Errors found during import:"
    assert lines[0] == (
        "Unable to put integration on 'POST' for resource at path '/pets': Invalid integration type specified. Must be "
        "one of HTTP, AWS, MOCK, HTTP_PROXY, AWS_PROXY"
    )
    assert lines[1].startswith("Unable to create resource at path '/pets/{name}': A sibling (")
    assert lines[2].startswith("Unable to create resource at path '/a b': Resource's path part only allow ")
    for change, message in (
        (
            lambda document: document["paths"]["/pets"]["post"].update({f"{X}request-validator": "none"}),
            "Unable to put method 'POST' on resource at path '/pets': Invalid request validator specified: none",
        ),
        (
            lambda document: document["securityDefinitions"]["pool"][f"{X}authorizer"].pop("providerARNs"),
            "Unable to put authorizer 'pool': Invalid Authorizer provider ARN specified",
        ),
    ):
        with refused("BadRequest", f"Errors found during import:\n\t{message}"):
            gateway.import_rest_api(body=broken(change))
    assert gateway.get_rest_apis()["items"] == []


def test_warnings(gateway, load):
    document = {**PETS_3, "paths": {"/": {"trace": {}, "get": {f"{X}integration": {"type": "mock"}}}}}
    expected = "Operation 'trace' on resource '/' is not supported"
    assert load(document).made["warnings"] == [expected]
    with refused("BadRequest", f"Warnings found during import:\n\t{expected}"):
        gateway.import_rest_api(body=json.dumps(document), failOnWarnings=True)


# behaviour


def test_an_imported_api_has_its_settings(pets):
    api = pets.get_rest_api()
    assert (api["name"], api["version"], api["description"]) == ("pets", "1.2", "d")
    assert (api["binaryMediaTypes"], api["minimumCompressionSize"]) == (["image/png"], 100)
    assert api["apiKeySource"] == "AUTHORIZER"
    assert f"{pets.id}\\/*" in api["policy"]
    assert pets.get_gateway_response(responseType="UNAUTHORIZED")["statusCode"] == "418"


def test_an_imported_method(pets):
    get = method(pets, "/pets/{id}", "GET")
    pool = {one["name"]: one for one in pets.get_authorizers()["items"]}["pool"]
    assert (pool["type"], pool["providerARNs"]) == ("COGNITO_USER_POOLS", [POOL])
    assert pool["identitySource"] == "method.request.header.Authorization"
    assert get["authorizerId"] == pool["id"]
    assert (get["authorizationType"], get["authorizationScopes"]) == ("COGNITO_USER_POOLS", ["pets/read"])
    assert (get["apiKeyRequired"], get["operationName"]) == (True, "getPet")
    assert get["requestParameters"] == {
        "method.request.path.id": True, "method.request.querystring.full": False,
        "method.request.header.X-Trace": True,
    }  # fmt: skip
    assert get["methodResponses"]["200"] == {
        "statusCode": "200", "responseParameters": {"method.response.header.X-A": False},
        "responseModels": {"application/json": "Pet"},
    }  # fmt: skip
    integration = get["methodIntegration"]
    assert (integration["type"], integration["passthroughBehavior"]) == ("MOCK", "WHEN_NO_MATCH")
    assert integration["integrationResponses"] == {
        "200": {"statusCode": "200", "responseParameters": {"method.response.header.X-A": "'b'"}},
        "404": {
            "statusCode": "404", "selectionPattern": "4\\d\\d", "responseTemplates": {"application/json": "no"},
        },
    }  # fmt: skip


def test_other_imported_methods(pets):
    post = method(pets, "/pets", "POST")
    (validator,) = pets.get_request_validators()["items"]
    assert (post["authorizationType"], post["requestValidatorId"]) == ("AWS_IAM", validator["id"])
    assert post["requestModels"] == {"application/json": "Pet"}
    assert post["methodIntegration"]["type"] == "AWS_PROXY"
    anything = method(pets, "/pets", "ANY")
    assert anything["authorizationType"] == "CUSTOM"
    token = pets.get_authorizer(authorizerId=anything["authorizerId"])
    assert (token["identitySource"], token["authorizerResultTtlInSeconds"]) == ("method.request.header.X-Token", 60)


def test_imported_models_refer_to_each_other(pets):
    schema = json.loads(pets.get_model(modelName="Pet")["schema"])
    owner = f"https://apigateway.amazonaws.com/restapis/{pets.id}/models/Owner"
    assert schema["properties"]["owner"] == {"$ref": owner}
    assert pets.get_model(modelName="Owner")["description"] == "who has it"


def test_descriptions_become_documentation(pets, load):
    parts = {json.dumps(p["location"]): json.loads(p["properties"]) for p in pets.get_documentation_parts()["items"]}
    place = {"type": "METHOD", "path": "/pets/{id}", "method": "GET"}
    assert parts[json.dumps(place)] == {"summary": "a pet"}
    assert load(PETS, parameters={"ignore": "documentation"}).get_documentation_parts()["items"] == []


def test_a_document_of_version_3_in_yaml(load):
    api = load(yaml.safe_dump(PETS_3).encode(), parameters={"endpointConfigurationTypes": "REGIONAL"})
    assert api.get_rest_api()["endpointConfiguration"]["types"] == ["REGIONAL"]
    post = method(api, "/pets", "POST")
    assert post["requestModels"] == {"application/json": "Pet"}
    assert post["requestParameters"] == {"method.request.querystring.n": True}
    assert post["methodResponses"]["200"]["responseModels"] == {"application/json": "Pet"}


@pytest.mark.parametrize("document", [PETS, PETS_3], ids=["2", "3"])
@pytest.mark.parametrize(
    ("treatment", "path"), [("ignore", "/pets"), ("prepend", "/animals/v1/pets"), ("split", "/v1/pets")]
)
def test_the_base_path(load, document, treatment, path):
    paths = {one["path"] for one in load(document, parameters={"basepath": treatment}).get_resources()["items"]}
    assert path in paths


def test_a_schema_without_a_name_gets_a_model(load):
    document = copy.deepcopy(PETS_3)
    schema = {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}}
    document["components"]["requestBodies"]["Pet"]["content"]["application/json"]["schema"] = schema
    api = load(document)
    name = method(api, "/pets", "POST")["requestModels"]["application/json"]
    assert json.loads(api.get_model(modelName=name)["schema"])["type"] == "array"


def test_overwriting_leaves_what_the_document_says(pets):
    pets.deploy()
    before = {one["path"]: one["id"] for one in pets.get_resources()["items"]}
    pets.put_rest_api(mode="overwrite", body=json.dumps(PETS_3))
    after = {one["path"]: one["id"] for one in pets.get_resources()["items"]}
    assert after == {"/": pets.root, "/pets": before["/pets"]}
    assert pets.get_authorizers()["items"] == []
    assert [one["name"] for one in pets.get_models()["items"]] == ["Pet"]
    assert pets.get_stage(stageName="v1")["stageName"] == "v1"
    assert pets.get_rest_api()["version"] == "1"


def test_merging_adds_and_replaces(pets):
    document = {
        "swagger": "2.0", "info": {"title": "more"},
        "paths": {
            "/pets": {"post": {f"{X}integration": {"type": "mock"}}}, "/dogs": {"get": {f"{X}integration": MOCK}},
        },
    }  # fmt: skip
    document["paths"]["/dogs"]["get"]["responses"] = {"200": {"headers": {"X-A": {"type": "string"}}}}
    merged = pets.put_rest_api(mode="merge", body=json.dumps(document))
    assert (merged["name"], merged["version"]) == ("more", "1.2")
    assert method(pets, "/pets", "POST")["methodIntegration"]["type"] == "MOCK"
    assert method(pets, "/pets", "ANY")["authorizationType"] == "CUSTOM"
    assert method(pets, "/dogs", "GET")["methodIntegration"]["type"] == "MOCK"


def test_a_refused_document_changes_nothing(pets):
    before = pets.get_resources(embed=["methods"], limit=500)
    document = {"swagger": "2.0", "info": {"title": "x"}, "paths": {"/a b": {"get": {}}}}
    with refused("BadRequest"):
        pets.put_rest_api(mode="overwrite", body=json.dumps(document))
    assert pets.get_resources(embed=["methods"], limit=500) == before
    assert pets.get_rest_api()["name"] == "pets"


# exports


def export(api, kind, extensions="", accepts="application/json"):
    parameters = {"extensions": extensions} if extensions else {}
    found = api.get_export(stageName="v1", exportType=kind, parameters=parameters, accepts=accepts)
    text = found["body"].read()
    return yaml.safe_load(text) if "yaml" in accepts else json.loads(text)


def test_exports_that_aws_refuses(pets):
    with refused("NotFound", "Invalid stage identifier specified"):
        pets.get_export(stageName="v1", exportType="oas30")
    pets.deploy()
    with refused("BadRequest", "No API exporter for type 'raml'"):
        pets.get_export(stageName="v1", exportType="raml")
    with refused("BadRequest"):
        pets.get_export(stageName="v1", exportType="oas30", accepts="text/html")


def test_an_export_says_what_was_deployed(pets):
    pets.deploy()
    pets.delete_resource(resourceId=next(o["id"] for o in pets.get_resources()["items"] if o["path"] == "/pets"))
    plain = export(pets, "swagger")
    assert plain["info"] == {"title": "pets", "version": "1.2", "description": "d"}
    assert (plain["host"], plain["basePath"]) == (f"{pets.id}.execute-api.us-east-1.amazonaws.com", "/v1")
    get = plain["paths"]["/pets/{id}"]["get"]
    assert f"{X}integration" not in get
    assert {"name": "id", "in": "path", "required": True, "type": "string"} in get["parameters"]
    assert get["responses"]["200"]["schema"] == {"$ref": "#/definitions/Pet"}
    assert get["security"] == [{"pool": ["pets/read"]}, {"api_key": []}]
    assert plain["definitions"]["Pet"]["properties"]["owner"] == {"$ref": "#/definitions/Owner"}
    assert f"{X}authorizer" not in plain["securityDefinitions"]["pool"]
    version_3 = export(pets, "oas30", accepts="application/yaml")
    server = version_3["servers"][0]
    assert server["variables"] == {"basePath": {"default": "/v1"}}
    body = version_3["paths"]["/pets"]["post"]["requestBody"]["content"]["application/json"]
    assert body["schema"] == {"$ref": "#/components/schemas/Pet"}


@pytest.mark.parametrize("kind", ["swagger", "oas30"])
def test_an_export_with_all_extensions_makes_the_same_api(pets, load, kind):
    pets.deploy()
    again = load(export(pets, kind, "apigateway"))

    def described(api):
        names = {one["id"]: one["name"] for one in api.get_authorizers()["items"]}
        names |= {one["id"]: one["name"] for one in api.get_request_validators()["items"]}
        found = {}
        for resource in api.get_resources(embed=["methods"], limit=500)["items"]:
            for verb, one in (resource.get("resourceMethods") or {}).items():
                shown = json.loads(json.dumps(one))
                shown["methodIntegration"].pop("cacheNamespace")
                for member in ("authorizerId", "requestValidatorId"):
                    if member in shown:
                        shown[member] = names[shown[member]]
                found[resource["path"], verb] = shown
        return found

    assert described(again) == described(pets)
    settings = ("name", "binaryMediaTypes", "minimumCompressionSize", "apiKeySource")
    first, second = pets.get_rest_api(), again.get_rest_api()
    assert {name: first[name] for name in settings} == {name: second[name] for name in settings}
    assert second["policy"].replace(again.id, pets.id) == first["policy"]
    assert again.get_gateway_response(responseType="UNAUTHORIZED")["statusCode"] == "418"


def test_an_export_of_a_documented_stage_has_its_words(mocked):
    mocked.put_method_response(resourceId=mocked.root, httpMethod="GET", statusCode="200")
    place = {"type": "METHOD", "path": "/", "method": "GET"}
    mocked.create_documentation_part(location=place, properties='{"summary": "all pets"}')
    mocked.deploy()
    mocked.create_documentation_version(documentationVersion="3", stageName="v1")
    exported = export(mocked, "oas30", "integrations")
    assert exported["paths"]["/"]["get"]["summary"] == "all pets"
    assert exported["paths"]["/"]["get"][f"{X}integration"]["type"] == "mock"
    assert exported["info"]["version"] == "3"
