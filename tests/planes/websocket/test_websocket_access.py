"""Who may connect: functions, IAM, API keys; subprotocols."""

from __future__ import annotations

import json

import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from websockets.exceptions import InvalidStatus

from tests.planes.websocket.websocket_calls import ask, made_function

AUTHORIZER = """
def handler(event, context):
    token = (event.get("queryStringParameters") or {}).get("token")
    if token == "unknown":
        raise Exception("Unauthorized")
    if token == "crash":
        raise ValueError("on purpose")
    return {"principalId": "me", "context": {"token": token, "route": event["requestContext"]["routeKey"], "n": 1},
            "policyDocument": {"Version": "2012-10-17", "Statement": [
                {"Action": "execute-api:Invoke", "Effect": "Allow" if token == "good" else "Deny",
                 "Resource": event["methodArn"]}]}}
"""
PROTOCOLS = """
def handler(event, context):
    asked = event["headers"].get("Sec-WebSocket-Protocol", "")
    return {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": asked.split(",")[0].strip()}}
"""


def status(api, query: str = "", **more) -> tuple[int, dict]:
    with pytest.raises(InvalidStatus) as caught, api.connected(query, **more):
        pass
    return caught.value.response.status_code, json.loads(caught.value.response.body)


def test_a_function_decides_who_connects(api, aws, echo):
    arn = made_function(aws, "authorizer", AUTHORIZER)
    authorizer = api.client.create_authorizer(
        ApiId=api.id, Name="a", AuthorizerType="REQUEST", IdentitySource=["route.request.querystring.token"],
        AuthorizerUri=f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations",
    )["AuthorizerId"]  # fmt: skip
    integration = api.function(echo)
    api.route("$connect", integration, AuthorizationType="CUSTOM", AuthorizerId=authorizer)
    api.route("$default", integration, two_way=True)
    api.deploy()
    assert status(api)[0] == 401
    code, said = status(api, "?token=bad")
    assert (code, said["message"]) == (403, "Forbidden")
    assert status(api, "?token=unknown")[0] == 401
    assert status(api, "?token=crash")[0] == 500
    with api.connected("?token=good") as client:
        known = ask(client, "hello")["requestContext"]["authorizer"]
    assert known == {"principalId": "me", "token": "good", "route": "$connect", "n": "1"}


def test_iam_decides_who_connects(api, aws, echo):
    integration = api.function(echo)
    api.route("$connect", integration, AuthorizationType="AWS_IAM")
    api.route("$default", integration, two_way=True)
    api.deploy()
    assert status(api)[0] == 403
    request = AWSRequest("GET", f"http://{api.host}/prod")
    SigV4QueryAuth(aws.get_credentials(), "execute-api", "us-east-1").add_auth(request)
    with api.connected("?" + request.url.partition("?")[2]) as client:
        identity = ask(client, "hello")["requestContext"]["identity"]
    assert identity["userArn"].endswith(":root")


def test_a_key_of_a_usage_plan_is_needed(api, aws, echo):
    api.route("$connect", api.function(echo), ApiKeyRequired=True)
    api.deploy()
    rest = aws.client("apigateway")
    key = rest.create_api_key(name="k", enabled=True, value="a-key-of-twenty-characters")
    assert status(api)[0] == 403
    assert status(api, additional_headers={"x-api-key": key["value"]})[0] == 403
    plan = rest.create_usage_plan(name="p", quota={"limit": 1, "period": "DAY"})
    rest.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")
    rest.update_usage_plan(
        usagePlanId=plan["id"], patchOperations=[{"op": "add", "path": "/apiStages", "value": f"{api.id}:prod"}]
    )
    with api.connected(additional_headers={"x-api-key": key["value"]}):
        pass
    assert status(api, additional_headers={"x-api-key": key["value"]})[0] == 429


def test_a_function_chooses_the_subprotocol(api, aws):
    api.route("$connect", api.function(made_function(aws, "protocols", PROTOCOLS)))
    api.deploy()
    with api.connected(subprotocols=["chat.v2", "chat.v1"]) as client:
        assert client.subprotocol == "chat.v2"


def test_a_handshake_has_the_parameters_its_route_needs(api, echo):
    needed = {"route.request.querystring.room": {"Required": True}, "route.request.header.X-Who": {"Required": False}}
    api.route("$connect", api.function(echo), RequestParameters=needed)
    api.deploy()
    code, said = status(api)
    assert (code, said["message"]) == (400, "Missing required request parameters: [room]")
    with api.connected("?room=1"):
        pass


def test_authorisation_is_for_connecting_only(api, echo):
    integration = api.function(echo)
    with pytest.raises(api.client.exceptions.BadRequestException) as caught:
        api.route("say", integration, AuthorizationType="AWS_IAM")
    assert caught.value.response["Error"]["Message"] == (
        "Currently, authorization is restricted to the $connect route only"
    )


def test_a_request_that_is_no_handshake_is_forbidden(api, cloud, echo):
    import httpx  # noqa: PLC0415

    api.route("$default", api.function(echo))
    api.deploy()
    answer = httpx.get(f"{cloud.endpoint}/prod", headers={"host": api.host})
    assert (answer.status_code, answer.json()) == (403, {"message": "Forbidden"})
