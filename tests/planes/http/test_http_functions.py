"""Requests to HTTP APIs that functions answer: routes, events of both formats, what becomes of their results."""

from __future__ import annotations

import base64
import json

import httpx
import pytest


@pytest.fixture
def pets(api, echo):
    """The routes of the documentation's example, each answered with the event."""
    integration = api.function(echo)
    for key in ("GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "$default"):
        api.route(key, integration)
    api.deploy()
    return api


@pytest.fixture
def anything(api, echo):
    """An API that hands everything to the function."""
    api.route("$default", api.function(echo))
    api.deploy()
    return api


@pytest.mark.parametrize(
    ("method", "path", "key", "parameters"),
    [
        ("GET", "/pets/dog/1", "GET /pets/dog/1", None),
        ("GET", "/pets/dog/2", "GET /pets/dog/{id}", {"id": "2"}),
        ("GET", "/pets/cat/1", "GET /pets/{proxy+}", {"proxy": "cat/1"}),
        ("GET", "/pets/dog/2/toys", "GET /pets/{proxy+}", {"proxy": "dog/2/toys"}),
        ("POST", "/pets/dog/1", "ANY /{proxy+}", {"proxy": "pets/dog/1"}),
        ("POST", "/test/5", "ANY /{proxy+}", {"proxy": "test/5"}),
        ("GET", "/pets/dog/a%20b%2Fc", "GET /pets/dog/{id}", {"id": "a b/c"}),
        ("GET", "/", "$default", None),
    ],
)
def test_the_most_specific_route_is_taken(pets, method, path, key, parameters):
    event = pets.call(method, path).json()
    assert event["routeKey"] == event["requestContext"]["routeKey"] == key
    assert event.get("pathParameters") == parameters


def test_without_a_route_there_is_nothing(api, echo):
    api.route("GET /here", api.function(echo))
    api.deploy()
    answer = api.get("/there")
    assert (answer.status_code, answer.json()) == (404, {"message": "Not Found"})
    assert "apigw-requestid" in answer.headers
    assert api.call("POST", "/here").status_code == 404
    assert api.get("/here").status_code == 200


def test_an_api_without_a_stage_or_one_there_is_not(api, cloud):
    answer = api.get("/")
    assert (answer.status_code, answer.json()) == (404, {"message": "Not Found"})
    headers = {"host": f"nothing123.execute-api.us-east-1.localhost:{cloud.port}"}
    assert httpx.get(cloud.endpoint, headers=headers).status_code == 403


def test_the_event_of_format_2(anything, account):
    answer = anything.call(
        "POST",
        "/my/path?a=1&a=2&b=x%20y",
        content="hello",
        headers={"content-type": "text/plain", "cookie": "c=1; d=2"},
    )
    event = answer.json()
    assert event["version"] == "2.0"
    assert (event["rawPath"], event["rawQueryString"]) == ("/my/path", "a=1&a=2&b=x%20y")
    assert event["queryStringParameters"] == {"a": "1,2", "b": "x y"}
    assert event["cookies"] == ["c=1", "d=2"]
    assert "cookie" not in event["headers"]
    assert (event["body"], event["isBase64Encoded"]) == ("hello", False)
    context = event["requestContext"]
    assert (context["accountId"], context["apiId"], context["stage"]) == (account, anything.id, "$default")
    assert context["http"]["method"] == "POST"
    assert context["http"]["sourceIp"] == "127.0.0.1"
    assert context["requestId"] == answer.headers["apigw-requestid"]
    assert "stageVariables" not in event and "pathParameters" not in event


def test_the_event_of_format_1(api, echo, account):
    api.route("GET /pets/{id}", api.function(echo, "1.0"))
    api.deploy(StageVariables={"x": "1"})
    event = api.get("/pets/7?a=1&a=2", headers={"x-one": "1"}).json()
    assert event["version"] == "1.0"
    assert (event["resource"], event["path"], event["httpMethod"]) == ("/pets/{id}", "/pets/7", "GET")
    assert event["headers"]["X-One"] == "1"
    assert event["queryStringParameters"] == {"a": "2"}
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"]}
    assert event["pathParameters"] == {"id": "7"}
    assert event["stageVariables"] == {"x": "1"}
    assert (event["body"], event["isBase64Encoded"]) == (None, False)
    assert event["requestContext"]["accountId"] == account
    assert event["requestContext"]["identity"]["sourceIp"] == "127.0.0.1"


def test_a_named_stage_is_in_the_path(api, echo):
    api.route("GET /pets", api.function(echo))
    api.deploy("dev")
    event = api.get("/dev/pets").json()
    assert (event["rawPath"], event["requestContext"]["stage"]) == ("/dev/pets", "dev")
    assert api.get("/pets").status_code == 404
    other = httpx.get(f"{api.cloud.endpoint}/_aws/execute-api/{api.id}/dev/pets").json()
    assert other["rawPath"] == "/dev/pets"


def test_the_default_stage_by_path(anything):
    event = httpx.get(f"{anything.cloud.endpoint}/_aws/execute-api/{anything.id}/$default/pets").json()
    assert (event["rawPath"], event["requestContext"]["stage"]) == ("/pets", "$default")


def test_a_binary_body_is_base64(anything):
    event = anything.call("POST", "/", content=b"\x00\xff", headers={"content-type": "image/png"}).json()
    assert event["isBase64Encoded"] is True
    assert base64.b64decode(event["body"]) == b"\x00\xff"


@pytest.mark.parametrize(
    ("result", "status", "body", "content_type"),
    [
        ('"hello"', 200, "hello", "application/json"),
        ('{"a": 1}', 200, '{"a":1}', "application/json"),
        ('{"statusCode": 201, "body": "made"}', 201, "made", "text/plain; charset=utf-8"),
        ('{"statusCode": "202", "headers": {"Content-Type": "text/html"}, "body": "x"}', 202, "x", "text/html"),
        ('{"statusCode": 200, "body": "aGk=", "isBase64Encoded": true}', 200, "hi", "text/plain; charset=utf-8"),
        ('{"statusCode": 204}', 204, "", "text/plain; charset=utf-8"),
    ],
)
def test_results_become_answers(anything, result, status, body, content_type):
    answer = anything.call("POST", "/", content=f"return {result}")
    assert (answer.status_code, answer.text, answer.headers["content-type"]) == (status, body, content_type)


def test_cookies_and_headers_of_a_result(anything):
    result = {"statusCode": 200, "cookies": ["a=1", "b=2; Secure"], "headers": {"X-One": "1"}}
    answer = anything.call("POST", "/", content=f"return {json.dumps(result)}")
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2; Secure"]
    assert answer.headers["x-one"] == "1"


def test_a_result_cannot_break_the_connection(anything, cloud):
    """Its length, and other headers of one connection, are the gateway's to say."""
    headers = {"Content-Length": "3", "Transfer-Encoding": "chunked", "Connection": "close", "X-Fine": "a\nb"}
    result = json.dumps({"statusCode": 200, "headers": headers, "body": "hello"})
    with httpx.Client(base_url=cloud.endpoint, headers={"host": anything.host}) as client:
        for _ in range(3):
            answer = client.post("/", content=f"return {result}")
            assert (answer.text, answer.headers["content-length"], answer.headers["x-fine"]) == ("hello", "5", "a b")


@pytest.mark.parametrize("body", ["raise", 'return {"statusCode": "many"}', 'return {"statusCode": 200, "headers": 1}'])
def test_a_function_that_fails_is_an_internal_server_error(anything, body):
    answer = anything.call("POST", "/", content=body)
    assert (answer.status_code, answer.json()) == (500, {"message": "Internal Server Error"})


def test_a_function_that_does_not_let_api_gateway_call_it(api, aws, cloud):
    functions = aws.client("lambda")
    arn = functions.get_function(FunctionName="echo")["Configuration"]["FunctionArn"]
    functions.publish_version(FunctionName="echo")
    functions.create_alias(FunctionName="echo", Name="private", FunctionVersion="1")
    api.route("$default", api.function(f"{arn}:private"))
    api.deploy()
    assert api.get("/").json() == {"message": "Internal Server Error"}
    functions.add_permission(
        FunctionName="echo", Qualifier="private", StatementId="one-route", Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:us-east-1:{arn.split(':')[4]}:{api.id}/*/$default",
    )  # fmt: skip
    assert api.get("/").status_code == 200


def test_stage_variables_name_the_function(api, echo):
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{echo}/invocations"
    api.route("$default", api.function(uri.replace("function:echo", "function:${stageVariables.which}")))
    api.deploy(StageVariables={"which": "echo"})
    assert api.get("/").json()["stageVariables"] == {"which": "echo"}
    api.client.update_stage(ApiId=api.id, StageName="$default", StageVariables={"which": "nobody"})
    assert api.get("/").status_code == 500


def test_a_body_is_10_mb_at_most(anything):
    answer = anything.call("POST", "/", content=b"x" * (10 * 1024 * 1024 + 1))
    assert (answer.status_code, answer.json()) == (413, {"message": "Request Entity Too Large"})


def test_an_integration_has_its_time(api, aws):
    from tests.planes.websocket.websocket_calls import made_function  # noqa: PLC0415

    arn = made_function(aws, "slow", "import time\ndef handler(event, context):\n    time.sleep(5)\n")
    api.route("$default", api.function(arn, TimeoutInMillis=100))
    api.deploy()
    answer = api.get("/")
    assert (answer.status_code, answer.json()) == (503, {"message": "Service Unavailable"})
    assert answer.elapsed.total_seconds() < 4


def test_requests_are_throttled_by_stage_and_by_route(anything):
    limits = {"ThrottlingRateLimit": 1.0, "ThrottlingBurstLimit": 2}
    anything.cloud.clock.freeze()
    anything.client.update_stage(ApiId=anything.id, StageName="$default", DefaultRouteSettings=limits)
    assert [anything.get("/").status_code for _ in range(3)] == [200, 200, 429]
    assert anything.get("/").json() == {"message": "Too Many Requests"}
    anything.cloud.clock.advance(1)
    assert [anything.get("/").status_code for _ in range(2)] == [200, 429]
    anything.client.update_stage(ApiId=anything.id, StageName="$default", RouteSettings={"$default": {
        "ThrottlingRateLimit": 0.001, "ThrottlingBurstLimit": 1}})  # fmt: skip
    assert [anything.get("/").status_code for _ in range(2)] == [200, 429]
    anything.cloud.clock.resume()


def test_the_default_endpoint_can_be_closed(anything):
    anything.client.update_api(ApiId=anything.id, DisableExecuteApiEndpoint=True)
    assert (anything.get("/").status_code, anything.get("/").json()) == (404, {"message": "Not Found"})


def test_what_is_deployed_counts_not_what_is_drafted(api, echo):
    route = api.route("GET /a", api.function(echo))
    api.client.create_stage(ApiId=api.id, StageName="$default")
    assert api.get("/a").status_code == 404
    api.client.create_deployment(ApiId=api.id, StageName="$default")
    assert api.get("/a").status_code == 200
    api.client.update_route(ApiId=api.id, RouteId=route, RouteKey="GET /b")
    assert (api.get("/a").status_code, api.get("/b").status_code) == (200, 404)
    api.client.create_deployment(ApiId=api.id, StageName="$default")
    assert (api.get("/a").status_code, api.get("/b").status_code) == (404, 200)


def test_quick_create(cloud, aws, echo):
    from tests.planes.http.http_api import HttpApi  # noqa: PLC0415

    api = HttpApi.made(cloud, aws, Target=echo)
    assert api.get("/any/path").json()["routeKey"] == "$default"


def test_functions_are_called_with_the_trace(anything):
    trace = "Root=1-67891233-abcdef012345678912345678"
    event = anything.get("/", headers={"x-amzn-trace-id": trace}).json()
    assert event["headers"]["x-amzn-trace-id"] == trace
