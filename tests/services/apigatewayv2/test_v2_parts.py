"""Routes, integrations, authorisers, models, and the responses of WebSocket APIs."""

from __future__ import annotations

import json

import pytest

from tests.services.apigatewayv2.conftest import FUNCTION, refused

URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"


# routes


def test_a_route_from_making_to_removing(client, http, proxy):
    integration = proxy(http)
    made = client.create_route(
        ApiId=http, RouteKey="GET /pets", Target=f"integrations/{integration}", OperationName="o"
    )
    assert (made["ApiKeyRequired"], made["AuthorizationType"], len(made["RouteId"])) == (False, "NONE", 7)
    route = {"ApiId": http, "RouteId": made["RouteId"]}
    assert client.get_route(**route)["OperationName"] == "o"
    assert client.update_route(**route, RouteKey="ANY /pets/{id}")["RouteKey"] == "ANY /pets/{id}"
    assert [one["RouteId"] for one in client.get_routes(ApiId=http)["Items"]] == [made["RouteId"]]
    client.delete_route(**route)
    with refused("NotFoundException", status=404):
        client.get_route(**route)


@pytest.mark.parametrize(
    "key", ["pets", "/pets", "FETCH /pets", "GET pets", "GET /pets/", "GET /{a+}/b", "GET /a b", "GET /{}", "GET  /a"]
)
def test_route_keys_that_are_none(client, http, key):
    message = (
        "The provided route key is not formatted properly for HTTP protocol. Format should be "
        '"<HTTP METHOD> /<RESOURCE PATH>" or "$default"'
    )
    with refused("BadRequestException", message):
        client.create_route(ApiId=http, RouteKey=key)


@pytest.mark.parametrize("key", ["$default", "GET /", "ANY /{proxy+}", "GET /a-b_c.d/{id}/e", "PATCH /v1/{a}/{b+}"])
def test_route_keys_that_are_some(client, http, key):
    assert client.create_route(ApiId=http, RouteKey=key)["RouteKey"] == key


def test_a_route_key_is_there_once(client, http, socket):
    client.create_route(ApiId=http, RouteKey="GET /a")
    with refused("ConflictException", "Route with key GET /a already exists for this API", 409):
        client.create_route(ApiId=http, RouteKey="GET /a")
    other = client.create_route(ApiId=http, RouteKey="GET /b")["RouteId"]
    with refused("ConflictException", status=409):
        client.update_route(ApiId=http, RouteId=other, RouteKey="GET /a")
    client.create_route(ApiId=socket, RouteKey="$connect")
    with refused("ConflictException", "Route with key $connect already exists for this API", 409):
        client.create_route(ApiId=socket, RouteKey="$connect")


def test_a_target_has_to_be_there(client, http):
    with refused("BadRequestException", "Invalid target specified: integrations/nothing"):
        client.create_route(ApiId=http, RouteKey="GET /a", Target="integrations/nothing")


def test_authorisation_needs_an_authoriser_of_its_kind(client, http):
    authorizer = client.create_authorizer(
        ApiId=http, Name="l", AuthorizerType="REQUEST", AuthorizerUri=URI, AuthorizerPayloadFormatVersion="2.0",
        IdentitySource=["$request.header.a"],
    )["AuthorizerId"]  # fmt: skip
    message = "Invalid authorizer ID specified. Setting the authorization type to JWT requires a valid JWT authorizer."
    for bad in ({}, {"AuthorizerId": "nothing"}, {"AuthorizerId": authorizer}):
        with refused("BadRequestException", message):
            client.create_route(ApiId=http, RouteKey="GET /a", AuthorizationType="JWT", **bad)
    message = (
        "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a "
        "valid authorizer."
    )
    with refused("BadRequestException", message):
        client.create_route(ApiId=http, RouteKey="GET /a", AuthorizationType="CUSTOM")
    route = client.create_route(ApiId=http, RouteKey="GET /a", AuthorizationType="CUSTOM", AuthorizerId=authorizer)
    place = {"ApiId": http, "RouteId": route["RouteId"]}
    with refused("BadRequestException", "Unable to update route. Authorizer type is invalid or null."):
        client.update_route(**place, AuthorizerId=authorizer)
    with refused("ConflictException", "Cannot delete authorizer 'l', is referenced in route: GET /a", 409):
        client.delete_authorizer(ApiId=http, AuthorizerId=authorizer)
    assert "AuthorizerId" not in client.update_route(**place, AuthorizationType="NONE")
    client.delete_authorizer(ApiId=http, AuthorizerId=authorizer)


def test_what_only_websocket_apis_have(client, http):
    with refused("BadRequestException", "ApiKeyRequired is not currently supported for HTTP APIs"):
        client.create_route(ApiId=http, RouteKey="GET /a", ApiKeyRequired=True)
    with refused("BadRequestException"):
        client.create_route(ApiId=http, RouteKey="GET /a", RequestModels={"a": "b"})
    route = client.create_route(ApiId=http, RouteKey="GET /a")["RouteId"]
    with refused("BadRequestException"):
        client.create_route_response(ApiId=http, RouteId=route, RouteResponseKey="$default")
    with refused("BadRequestException"):
        client.create_model(ApiId=http, Name="M", Schema="{}")


def test_responses_of_a_route(client, socket):
    route = client.create_route(ApiId=socket, RouteKey="say", RequestParameters={"route.request.querystring.a": {
        "Required": True}})["RouteId"]  # fmt: skip
    place = {"ApiId": socket, "RouteId": route}
    made = client.create_route_response(**place, RouteResponseKey="$default", ResponseModels={"$default": "M"})
    with refused("ConflictException", status=409):
        client.create_route_response(**place, RouteResponseKey="$default")
    with refused("BadRequestException"):
        client.create_route_response(**place, RouteResponseKey="other")
    response = {**place, "RouteResponseId": made["RouteResponseId"]}
    client.update_route_response(**response, ResponseModels={"$default": "", "other": "N"})
    assert client.get_route_response(**response)["ResponseModels"] == {"other": "N"}
    assert len(client.get_route_responses(**place)["Items"]) == 1
    client.delete_route_response(**response)
    with refused("NotFoundException", status=404):
        client.get_route_response(**response)
    client.delete_route_request_parameter(**place, RequestParameterKey="route.request.querystring.a")
    assert client.get_route(**place)["RequestParameters"] == {}


# integrations


def test_an_integration_of_an_http_api(client, http):
    place = {"ApiId": http}
    made = client.create_integration(
        **place, IntegrationType="HTTP_PROXY", IntegrationMethod="GET", IntegrationUri="https://example.com",
        PayloadFormatVersion="1.0", RequestParameters={"append:header.a": "1", "append:header.b": "2"},
        ResponseParameters={"200": {"overwrite:statuscode": "201"}},
    )  # fmt: skip
    assert (made["ConnectionType"], made["TimeoutInMillis"]) == ("INTERNET", 30_000)
    place["IntegrationId"] = made["IntegrationId"]
    got = client.update_integration(
        **place, RequestParameters={"append:header.a": "", "append:header.c": "3"}, ResponseParameters={"200": {}}
    )
    assert (got["RequestParameters"], got["ResponseParameters"]) == (
        {"append:header.b": "2", "append:header.c": "3"},
        {},
    )
    route = client.create_route(ApiId=http, RouteKey="GET /", Target=f"integrations/{made['IntegrationId']}")["RouteId"]
    message = f"Cannot delete Integration because it is referenced by the following Routes with Ids: [{route}]"
    with refused("ConflictException", message, 409):
        client.delete_integration(**place)
    client.delete_route(ApiId=http, RouteId=route)
    client.delete_integration(**place)
    with refused("NotFoundException", status=404):
        client.get_integration(**place)


ONLY_PROXIES = (
    "Currently, an API with a protocol type of HTTP may only be associated with proxy integrations "
    "(AWS_PROXY, HTTP_PROXY)"
)
HTTP_PROXY = {"IntegrationType": "HTTP_PROXY", "IntegrationMethod": "ANY", "IntegrationUri": "https://a.example",
              "PayloadFormatVersion": "1.0"}  # fmt: skip
LAMBDA = {"IntegrationType": "AWS_PROXY", "IntegrationUri": FUNCTION, "PayloadFormatVersion": "2.0"}
SQS = {"IntegrationType": "AWS_PROXY", "IntegrationSubtype": "SQS-SendMessage", "PayloadFormatVersion": "1.0",
       "CredentialsArn": "arn:aws:iam::123456789012:role/r",
       "RequestParameters": {"QueueUrl": "u", "MessageBody": "$request.body"}}  # fmt: skip


@pytest.mark.parametrize(
    "case",
    [
        (LAMBDA, {"IntegrationType": "AWS"}, ONLY_PROXIES),
        (LAMBDA, {"IntegrationType": "MOCK"}, ONLY_PROXIES),
        (LAMBDA, {"PayloadFormatVersion": None}, "PayloadFormatVersion is a required parameter for integration"),
        (LAMBDA, {"PayloadFormatVersion": "3.0"}, "Unsupported PayloadFormatVersion: 3.0"),
        (LAMBDA, {"IntegrationUri": None}, "IntegrationUri is a required parameter for integration"),
        (LAMBDA, {"IntegrationUri": "arn:aws:sqs:us-east-1:1:q"}, "Invalid function ARN or invalid uri"),
        (LAMBDA, {"RequestTemplates": {"a": "b"}}, "RequestTemplates is not supported on protocol type HTTP"),
        (HTTP_PROXY, {"PayloadFormatVersion": "2.0"}, "Unsupported PayloadFormatVersion: 2.0"),
        (HTTP_PROXY, {"IntegrationMethod": None},
         "IntegrationMethod is a required parameter for HTTP_PROXY integration"),
        (HTTP_PROXY, {"IntegrationUri": "ftp://x"}, "Invalid HTTP endpoint specified for URI: ftp://x"),
        (HTTP_PROXY, {"ConnectionType": "VPC_LINK"}, "ConnectionId is a required parameter for VPC_LINK integration"),
        (HTTP_PROXY, {"RequestParameters": {"append:header.Authorization": "x"}},
         "Operations on header Authorization are restricted"),
        (HTTP_PROXY, {"RequestParameters": {"append:body": "x"}}, "Invalid mapping expression specified: append:body"),
        (HTTP_PROXY, {"ResponseParameters": {"2xx": {}, "x": {"overwrite:statuscode": "1"}}},
         "Invalid status code specified for response parameters: 2xx"),
        (SQS, {"IntegrationSubtype": "SQS-Sing"}, "Invalid integration subtype specified: SQS-Sing"),
        (SQS, {"CredentialsArn": None},
         "CredentialsArn is a required parameter for integration subtype SQS-SendMessage"),
        (SQS, {"RequestParameters": {"QueueUrl": "u"}},
         "MessageBody is a required parameter for integration subtype SQS-SendMessage"),
    ],
)  # fmt: skip
def test_integrations_that_are_none(client, http, account, case):
    given, change, message = case
    body = {name: value for name, value in {**given, **change}.items() if value is not None}
    if "CredentialsArn" in body:
        body["CredentialsArn"] = f"arn:aws:iam::{account}:role/r"
    with refused("BadRequestException", message):
        client.create_integration(ApiId=http, **body)


def test_an_integration_of_a_websocket_api(client, socket):
    mock = client.create_integration(ApiId=socket, IntegrationType="MOCK", RequestTemplates={"$default": "{}"})
    assert (mock["PayloadFormatVersion"], mock["TimeoutInMillis"]) == ("1.0", 29_000)
    assert mock["PassthroughBehavior"] == "WHEN_NO_MATCH"
    assert mock["IntegrationResponseSelectionExpression"] == "${integration.response.statuscode}"
    with refused("BadRequestException", "Timeout should be between 50 ms and 29000 ms"):
        client.create_integration(ApiId=socket, IntegrationType="MOCK", TimeoutInMillis=30_000)
    with refused("BadRequestException", "Unsupported PayloadFormatVersion: 2.0"):
        client.create_integration(ApiId=socket, **LAMBDA)


def test_responses_of_an_integration(client, socket, http, proxy):
    place = {
        "ApiId": socket,
        "IntegrationId": client.create_integration(ApiId=socket, IntegrationType="MOCK")["IntegrationId"],
    }
    made = client.create_integration_response(**place, IntegrationResponseKey="$default")
    with refused("ConflictException", status=409):
        client.create_integration_response(**place, IntegrationResponseKey="$default")
    with refused("BadRequestException"):
        client.create_integration_response(**place, IntegrationResponseKey="200")
    response = {**place, "IntegrationResponseId": made["IntegrationResponseId"]}
    client.update_integration_response(**response, IntegrationResponseKey="/2../", ResponseTemplates={"a": "b"})
    got = client.get_integration_response(**response)
    assert (got["IntegrationResponseKey"], got["ResponseTemplates"]) == ("/2../", {"a": "b"})
    assert len(client.get_integration_responses(**place)["Items"]) == 1
    client.delete_integration_response(**response)
    with refused("NotFoundException", status=404):
        client.get_integration_response(**response)
    with refused("BadRequestException"):
        client.create_integration_response(ApiId=http, IntegrationId=proxy(http), IntegrationResponseKey="$default")


# authorisers

REQUEST = {"Name": "a", "AuthorizerType": "REQUEST", "AuthorizerUri": URI, "AuthorizerPayloadFormatVersion": "2.0",
           "IdentitySource": ["$request.header.Authorization"]}  # fmt: skip
JWT = {"Name": "a", "AuthorizerType": "JWT", "IdentitySource": ["$request.header.Authorization"],
       "JwtConfiguration": {"Issuer": "https://i.example", "Audience": ["x"]}}  # fmt: skip


@pytest.mark.parametrize(
    ("given", "change", "message"),
    [
        (REQUEST, {"AuthorizerPayloadFormatVersion": None},
         "AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer"),
        (REQUEST, {"AuthorizerUri": None}, "AuthorizerUri is a required parameter for REQUEST authorizer"),
        (REQUEST, {"IdentitySource": ["header.a"]}, "Invalid identity source specified: header.a"),
        (REQUEST, {"AuthorizerPayloadFormatVersion": "1.0", "EnableSimpleResponses": True},
         "EnableSimpleResponses is only supported for authorizer payload format version 2.0"),
        (REQUEST, {"IdentitySource": [], "AuthorizerResultTtlInSeconds": 5},
         "Identity sources are required when caching is enabled for a REQUEST authorizer"),
        (JWT, {"JwtConfiguration": {"Audience": ["x"]}}, "Invalid issuer: the issuer has to be a URL"),
        (JWT, {"JwtConfiguration": {"Issuer": "https://i.example"}},
         "Audience is a required parameter for JWT authorizer"),
        (JWT, {"IdentitySource": ["$request.header.a", "$request.header.b"]}, None),
    ],
)  # fmt: skip
def test_authorisers_that_are_none(client, http, given, change, message):
    body = {name: value for name, value in {**given, **change}.items() if value is not None}
    with refused("BadRequestException", message):
        client.create_authorizer(ApiId=http, **body)


def test_authorisers_from_making_to_removing(client, http, socket):
    made = client.create_authorizer(ApiId=http, **REQUEST)
    assert (made["AuthorizerResultTtlInSeconds"], made["EnableSimpleResponses"]) == (300, False)
    place = {"ApiId": http, "AuthorizerId": made["AuthorizerId"]}
    with refused("ConflictException", status=409):
        client.create_authorizer(ApiId=http, **JWT)
    assert client.update_authorizer(**place, Name="b", AuthorizerResultTtlInSeconds=0)["Name"] == "b"
    client.create_authorizer(ApiId=http, **JWT)
    assert len(client.get_authorizers(ApiId=http)["Items"]) == 2
    client.delete_authorizer(**place)
    with refused("NotFoundException", status=404):
        client.get_authorizer(**place)
    with refused("BadRequestException"):
        client.create_authorizer(ApiId=socket, **JWT)
    with refused("BadRequestException"):
        client.create_authorizer(ApiId=socket, **REQUEST)
    websocket = {"Name": "w", "AuthorizerType": "REQUEST", "AuthorizerUri": URI}
    client.create_authorizer(ApiId=socket, **websocket, IdentitySource=["route.request.header.Auth"])


# models


def test_models(client, socket):
    schema = {"type": "object", "properties": {"id": {"type": "integer"}, "tags": {"type": "array"}}}
    made = client.create_model(ApiId=socket, Name="Pet", Schema=json.dumps(schema))
    assert made["ContentType"] == "application/json"
    place = {"ApiId": socket, "ModelId": made["ModelId"]}
    assert json.loads(client.get_model_template(**place)["Value"]) == {"id": 0, "tags": []}
    assert client.update_model(**place, Description="d")["Description"] == "d"
    with refused("ConflictException", status=409):
        client.create_model(ApiId=socket, Name="Pet", Schema="{}")
    with refused("BadRequestException"):
        client.create_model(ApiId=socket, Name="Other", Schema="no JSON")
    assert [one["Name"] for one in client.get_models(ApiId=socket)["Items"]] == ["Pet"]
    client.delete_model(**place)
    with refused("NotFoundException", status=404):
        client.get_model(**place)
