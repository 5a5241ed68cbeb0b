"""Function URLs: HTTP in, HTTP out, and who may."""

from __future__ import annotations

import json

import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from tests.services.calls import refused


@pytest.fixture
def page(cloud):
    """`page(url, …)` asks the server as a client does that has looked the host up."""

    def ask(url: str, method: str = "GET", path: str = "", **more):
        asked = httpx.URL(url + path)
        headers = {"Host": f"{asked.host}:{asked.port}", **more.pop("headers", {})}
        return httpx.request(method, asked.copy_with(host="127.0.0.1"), headers=headers, timeout=20, **more)

    return ask


def opened(client, name: str = "f", auth: str = "NONE", **more) -> str:
    """The address of a URL that the resource policy opens to everybody."""
    url = client.create_function_url_config(FunctionName=name, AuthType=auth, **more)["FunctionUrl"]
    client.add_permission(
        FunctionName=name, StatementId="url", Action="lambda:InvokeFunctionUrl", Principal="*", FunctionUrlAuthType=auth
    )
    return str(url)


def test_the_event_of_a_request(client, function, page):
    function()
    url = opened(client)
    answer = page(url, "POST", "a%20b/c?x=1&x=2&y=", content="text", headers={"Cookie": "k=v; l=w", "X-Own": "1"})
    event = answer.json()
    assert answer.status_code == 200
    assert (event["version"], event["rawPath"], event["rawQueryString"]) == ("2.0", "/a b/c", "x=1&x=2&y=")
    assert event["queryStringParameters"] == {"x": "1,2", "y": ""}
    assert event["cookies"] == ["k=v", "l=w"]
    assert event["headers"]["x-own"] == "1"
    assert event["requestContext"]["http"]["method"] == "POST"
    assert (event["body"], event["isBase64Encoded"]) == ("dGV4dA==", True)


def test_an_answer_in_parts(client, function, page):
    function(
        "def handler(event, context):\n    return {'statusCode': 201, 'headers': {'X-A': 'b'}, 'cookies': ['c=d'], "
        "'body': 'aGk=', 'isBase64Encoded': True}\n"
    )
    answer = page(opened(client))
    assert (answer.status_code, answer.text, answer.headers["x-a"]) == (201, "hi", "b")
    assert answer.headers["set-cookie"] == "c=d"


def test_a_function_that_fails(client, function, page):
    function("def handler(event, context):\n    raise ValueError\n")
    answer = page(opened(client))
    assert (answer.status_code, answer.json()) == (502, {"message": "Internal Server Error"})


def test_a_url_that_the_policy_does_not_open(client, function, page):
    function()
    answer = page(client.create_function_url_config(FunctionName="f", AuthType="NONE")["FunctionUrl"])
    assert (answer.status_code, answer.json()) == (403, {"Message": "Forbidden"})


def test_a_url_for_those_who_sign(client, function, page, aws):
    function()
    url = opened(client, auth="AWS_IAM")
    assert page(url).status_code == 403
    host = httpx.URL(url)
    request = AWSRequest("GET", url, headers={"Host": f"{host.host}:{host.port}"})
    SigV4Auth(aws.get_credentials(), "lambda", "us-east-1").add_auth(request)
    answer = page(url, headers=dict(request.headers))
    assert answer.status_code == 200
    assert answer.json()["requestContext"]["authorizer"]["iam"]["userArn"].endswith(":root")


def test_cross_origin_rules(client, function, page):
    function()
    url = opened(client, Cors={"AllowOrigins": ["https://a.example"], "AllowMethods": ["GET"], "MaxAge": 5})
    preflight = page(
        url, "OPTIONS", headers={"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}
    )  # fmt: skip
    assert preflight.headers["access-control-allow-origin"] == "https://a.example"
    assert preflight.headers["access-control-max-age"] == "5"
    assert "access-control-allow-origin" not in page(url, headers={"Origin": "https://b.example"}).headers


def test_configurations(client, function):
    function()
    with refused("ResourceNotFoundException", "The resource you requested does not exist.", 404):
        client.get_function_url_config(FunctionName="f")
    client.create_function_url_config(FunctionName="f", AuthType="NONE")
    with refused("ResourceConflictException", status=409):
        client.create_function_url_config(FunctionName="f", AuthType="NONE")
    client.update_function_url_config(FunctionName="f", AuthType="AWS_IAM")
    assert client.get_function_url_config(FunctionName="f")["AuthType"] == "AWS_IAM"
    client.delete_function_url_config(FunctionName="f")
    assert client.list_function_url_configs(FunctionName="f")["FunctionUrlConfigs"] == []


def test_a_url_that_is_not_there(cloud, page):
    answer = page(f"http://nothing.lambda-url.us-east-1.localhost:{cloud.port}/")
    assert answer.status_code == 404
    assert json.loads(answer.text) == {"Message": None}


def test_a_wrong_content_length_is_put_right(cloud, client, function):
    answer = '{"statusCode": 200, "headers": {"Content-Length": "3"}, "body": "longer"}'
    function(f"def handler(event, context):\n    return {answer}\n")
    url = client.create_function_url_config(FunctionName="f", AuthType="NONE")["FunctionUrl"]
    client.add_permission(
        FunctionName="f", StatementId="s", Action="lambda:InvokeFunctionUrl", Principal="*", FunctionUrlAuthType="NONE"
    )
    host = url.split("/")[2]
    for _ in range(2):
        answer = httpx.get(f"{cloud.endpoint}/", headers={"Host": host})
        assert (answer.text, answer.headers["content-length"]) == ("longer", "6")
