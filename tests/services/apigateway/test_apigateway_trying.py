"""TestInvokeMethod and TestInvokeAuthorizer with a real function."""

from __future__ import annotations

import json

import pytest

from tests.services.apigateway.api_calls import Api, refused
from tests.services.lambda_.lambda_calls import made_role, package

SOURCE = """
import json

def handler(event, context):
    if "methodArn" not in event:
        return {"statusCode": 201, "headers": {"X-Path": event["path"]}, "body": json.dumps(event["pathParameters"])}
    token = event.get("authorizationToken") or (event.get("headers") or {}).get("Token")
    if token == "nobody":
        raise Exception("Unauthorized")
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": event["methodArn"]}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    return {"principalId": token, "policyDocument": policy, "context": {"number": 7}}
"""


@pytest.fixture(scope="module")
def function(cloud):
    """An account with a function that answers requests and authorizes them; and its integration's address."""
    account = "310000000077"
    session = cloud.session(account)
    client = session.client("lambda")
    role = made_role(session.client("iam"))
    made = client.create_function(
        FunctionName="f", Role=role, Runtime="python3.11", Handler="index.handler", Code={"ZipFile": package(SOURCE)}
    )
    client.get_waiter("function_active_v2").wait(FunctionName="f")
    client.add_permission(
        FunctionName="f", StatementId="s", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com"
    )
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{made['FunctionArn']}/invocations"
    return session.client("apigateway"), uri


@pytest.fixture
def own(function):
    client, _ = function
    return Api(client, client.create_rest_api(name="tried"))


def test_a_function_answers_a_tried_method(own, function):
    place = {"resourceId": own.resource("/a/{proxy+}"), "httpMethod": "ANY"}
    own.put_method(**place, authorizationType="AWS_IAM", apiKeyRequired=True)
    own.put_integration(**place, type="AWS_PROXY", integrationHttpMethod="POST", uri=function[1])
    tried = own.test_invoke_method(**{**place, "httpMethod": "POST"}, pathWithQueryString="/a/b/c?d=e", body="x")
    assert (tried["status"], json.loads(tried["body"])) == (201, {"proxy": "b/c"})
    assert tried["headers"]["X-Path"] == "/a/b/c"
    assert "Method completed with status: 201" in tried["log"]


def test_a_function_is_tried_as_authorizer(own, function):
    header = "method.request.header.Token"
    token = own.create_authorizer(name="t", type="TOKEN", authorizerUri=function[1], identitySource=header)["id"]
    request = own.create_authorizer(name="r", type="REQUEST", authorizerUri=function[1], identitySource=header)["id"]
    for authorizer in (token, request):
        tried = own.test_invoke_authorizer(authorizerId=authorizer, headers={"Token": "me"})
        assert (tried["clientStatus"], tried["principalId"]) == (200, "me")
        assert json.loads(tried["policy"])["Statement"][0]["Effect"] == "Allow"
        assert tried["authorization"] == {"number": ["7"]}
    refusal = own.test_invoke_authorizer(authorizerId=token, headers={"Token": "nobody"})
    assert refusal["clientStatus"] == 401
    assert own.test_invoke_authorizer(authorizerId=token)["clientStatus"] == 401
    with refused("NotFound", "Invalid Authorizer identifier specified"):
        own.test_invoke_authorizer(authorizerId="nothing")
