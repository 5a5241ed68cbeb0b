"""Attacks on APIs: paths that are spelled otherwise, expressions that never end, answers that are another's."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError

from tests.planes.rest.rest_calls import MOCK, Api, allow
from tests.planes.rest.test_rest_authorisation import user

if TYPE_CHECKING:
    from tests.planes.rest.rest_calls import Account

HANGS_SECONDS = 3.0
BAD_EXPRESSION = "(a|aa)+$"
LONG = "a" * 60 + "!"


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


# one resource by many names


@pytest.mark.parametrize("path", ["/admin", "/%61dmin", "/admin/", "//admin", "/%61%64min/", "/adm%69n//"])
def test_a_denied_path_is_denied_however_it_is_spelled(api: Api, path: str):
    api.method("GET", "/admin")
    arn = "execute-api:/s/GET"
    everyone = {"Principal": "*", "Action": "execute-api:Invoke"}
    rules = policy(
        {"Effect": "Allow", **everyone, "Resource": "execute-api:/*"},
        {"Effect": "Deny", **everyone, "Resource": f"{arn}/admin"},
    )
    api.client.update_rest_api(restApiId=api.id, patchOperations=[{"op": "replace", "path": "/policy", "value": rules}])
    api.deploy()
    assert api.get(path).status_code == 403


@pytest.mark.parametrize("path", ["/users/bob", "/users/%62ob", "/users/b%6Fb/"])
def test_a_denied_variable_is_denied_however_it_is_spelled(api: Api, owner: Account, path: str):
    api.method("GET", "/users/{name}", authorizationType="AWS_IAM")
    api.deploy()
    arn = f"arn:aws:execute-api:us-east-1:{owner.id}:{api.id}/s/GET/users"
    rules = policy(
        {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": f"{arn}/*"},
        {"Effect": "Deny", "Action": "execute-api:Invoke", "Resource": f"{arn}/bob"},
    )
    session = user(owner, f"u-{api.id}", rules)
    assert api.signed("GET", "/users/ann", session).status_code == 200
    assert api.signed("GET", path, session).status_code == 403


# expressions that never end


def test_a_validation_expression_cannot_hang_the_cloud(api: Api, owner: Account):
    uri = owner.lambda_uri(f"arn:aws:lambda:us-east-1:{owner.id}:function:none")
    made = api.client.create_authorizer(
        restApiId=api.id, name="a", type="TOKEN", authorizerUri=uri,
        identitySource="method.request.header.Authorization", identityValidationExpression=BAD_EXPRESSION,
    )  # fmt: skip
    api.method("GET", "/", authorizationType="CUSTOM", authorizerId=made["id"])
    api.deploy()
    begun = time.perf_counter()
    assert api.get("/", headers={"Authorization": LONG}).status_code == 401
    assert time.perf_counter() - begun < HANGS_SECONDS


def test_a_models_pattern_cannot_hang_the_cloud(api: Api):
    schema = {
        "type": "object", "properties": {"a": {"type": "string", "pattern": f"^{BAD_EXPRESSION}"}},
        "patternProperties": {f"^{BAD_EXPRESSION}": {"type": "string"}},
    }  # fmt: skip
    api.client.create_model(restApiId=api.id, name="M", contentType="application/json", schema=json.dumps(schema))
    validator = api.client.create_request_validator(restApiId=api.id, name="v", validateRequestBody=True)
    api.method("POST", "/", requestModels={"application/json": "M"}, requestValidatorId=validator["id"])
    api.deploy()
    for body in ({"a": LONG}, {LONG: "x"}):
        begun = time.perf_counter()
        assert api.post("/", json=body).status_code in (200, 400)
        assert time.perf_counter() - begun < HANGS_SECONDS
    assert api.post("/", json={"a": "aaa"}).status_code == 200
    assert api.post("/", json={"a": "b"}).status_code == 400


def test_a_template_that_never_ends_ends(api: Api):
    template = "#foreach($i in [1..1000])#foreach($j in [1..1000])#foreach($k in [1..1000])x#end#end#end"
    api.method("POST", "/", {"type": "MOCK", "requestTemplates": {"application/json": template}})
    api.deploy()
    begun = time.perf_counter()
    assert api.post("/", json={}).status_code == 500
    assert time.perf_counter() - begun < HANGS_SECONDS


def test_deep_json_is_a_mistake_of_who_sent_it(api: Api):
    api.client.create_model(
        restApiId=api.id, name="Deep", contentType="application/json", schema='{"items": {"$ref": "#"}}'
    )
    validator = api.client.create_request_validator(restApiId=api.id, name="v", validateRequestBody=True)
    api.method("POST", "/", requestModels={"application/json": "Deep"}, requestValidatorId=validator["id"])
    template = {"application/json": '{"statusCode": 200, "x": $input.json(\'$.a\')}'}
    api.method("POST", "/template", {"type": "MOCK", "requestTemplates": template})
    api.deploy()
    for body in ("[" * 900 + "]" * 900, '{"a":' * 900 + "1" + "}" * 900, "[" * 100_000):
        for path in ("/", "/template"):
            assert api.post(path, content=body, headers={"content-type": "application/json"}).status_code < 501
    assert api.get("/none").status_code == 403  # it lives


# answers


def test_a_header_that_a_client_fills_in_makes_no_second_one(api: Api):
    template = '#set($context.responseOverride.header.x-said = $input.params("x")){"statusCode": 200}'
    api.method("GET", "/", {"type": "MOCK", "requestTemplates": {"application/json": template}})
    api.deploy()
    answer = api.get("/?x=a%0d%0aSet-Cookie:%20stolen=1%0d%0a%0d%0abody")
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert "stolen" in answer.headers["x-said"]


def test_what_is_fetched_with_a_callers_credentials_is_cached_for_that_caller_only(api: Api, owner: Account):
    api.method(
        "GET", "/", {"type": "AWS", "uri": "arn:aws:apigateway:us-east-1:sts:action/GetCallerIdentity",
                     "integrationHttpMethod": "POST", "credentials": "arn:aws:iam::*:user/*"},
        authorizationType="AWS_IAM",
    )  # fmt: skip
    api.deploy(cacheClusterEnabled=True, cacheClusterSize="0.5")
    api.settings(("/*/*/caching/enabled", "true"))
    ann, bob = (user(owner, f"{name}-{api.id}", allow("*")) for name in ("ann", "bob"))
    assert f"user/ann-{api.id}" in api.signed("GET", "/", ann).text
    assert f"user/bob-{api.id}" in api.signed("GET", "/", bob).text


# signatures


def test_a_signature_is_of_the_body_the_query_and_the_path(api: Api, owner: Account):
    api.method("POST", "/a", authorizationType="AWS_IAM")
    api.method("POST", "/b", authorizationType="AWS_IAM")
    api.deploy()
    request = AWSRequest("POST", f"http://{api.host}/s/a?x=1", data=b'{"pay": 1}')
    SigV4Auth(owner.session.get_credentials(), "execute-api", "us-east-1").add_auth(request)
    signed = dict(request.headers.items())
    assert api.post("/a?x=1", headers=signed, content=b'{"pay": 1}').status_code == 200
    for path, body in (("/a?x=1", b'{"pay": 9}'), ("/a?x=2", b'{"pay": 1}'), ("/b?x=1", b'{"pay": 1}')):
        assert api.post(path, headers=signed, content=body).status_code == 403
    other = Api(owner)
    other.method("POST", "/a", authorizationType="AWS_IAM")
    other.deploy()
    assert other.post("/a?x=1", headers={**signed, "host": other.host}, content=b'{"pay": 1}').status_code == 403


def test_connections_are_no_other_accounts_business(owner: Account):
    client = owner.client("apigatewayv2")
    made = client.create_api(Name="c", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.a")
    client.create_stage(ApiId=made["ApiId"], StageName="s", AutoDeploy=True)
    url = f"{owner.cloud.endpoint}/_aws/execute-api/{made['ApiId']}/s"
    thief = owner.cloud.session(owner.cloud.new_account()).client("apigatewaymanagementapi", endpoint_url=url)
    with pytest.raises(ClientError) as caught:
        thief.post_to_connection(ConnectionId="AAAAAAAAAAAAAAA=", Data=b"x")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] in (403, 410)


# odd bytes


@pytest.mark.parametrize(
    "path",
    ["/%00", "/%ff%fe", "/a?%ff=%fe", "/a?x=%00&x=%80", "/" + "a/" * 3000, "/%2e%2e/%2e%2e", "/a?" + "x&" * 2000],
)
def test_odd_bytes_are_answered(api: Api, path: str):
    template = """{"statusCode": 200, "p": "$input.params('proxy')", "q": "$input.params()"}"""
    api.method("ANY", "/{proxy+}", {**MOCK, "requestTemplates": {"application/json": template}})
    api.deploy()
    for verb in ("GET", "POST"):
        answer = api.call(verb, path, headers={"x-odd": b"\x80\xff"}, content=b"\xff\x00{")
        assert answer.status_code < 501
        assert httpx.codes.is_success(answer.status_code) or answer.text
