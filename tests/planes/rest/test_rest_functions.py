"""Lambda behind a REST API: proxy events and answers, plain invocations with templates, what goes wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.planes.rest.rest_calls import package, refused

if TYPE_CHECKING:
    from tests.planes.rest.rest_calls import Account, Api

INTERNAL = {"message": "Internal server error"}


def test_the_proxy_event_has_what_aws_documents(api: Api, function: str):
    api.function("ANY", "/things/{id}/{proxy+}", function)
    api.deploy(variables={"color": "red"})
    response = api.post("/things/a%20b/c/d?x=1&x=2&y=", content=b"hello", headers={"Content-Type": "text/plain"})
    event = response.json()
    assert response.status_code == 200
    assert response.headers["x-made"] == "yes"
    assert response.headers["x-amzn-trace-id"].startswith("Root=1-")
    assert event["resource"] == "/things/{id}/{proxy+}"
    assert event["path"] == "/things/a%20b/c/d"
    assert event["httpMethod"] == "POST"
    assert event["pathParameters"] == {"id": "a b", "proxy": "c/d"}
    assert event["queryStringParameters"] == {"x": "2", "y": ""}
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"], "y": [""]}
    assert event["stageVariables"] == {"color": "red"}
    assert (event["body"], event["isBase64Encoded"]) == ("hello", False)
    assert event["headers"]["Content-Type"] == "text/plain"
    assert event["multiValueHeaders"]["X-Forwarded-For"] == ["127.0.0.1"]
    context = event["requestContext"]
    assert context["requestId"] == response.headers["x-amzn-requestid"]
    assert context["path"] == "/s/things/a%20b/c/d"
    assert (context["stage"], context["apiId"], context["accountId"]) == ("s", api.id, api.owner.id)
    assert context["identity"]["sourceIp"] == "127.0.0.1"
    assert context["identity"]["user"] is None
    assert context["domainPrefix"] == api.id


def test_a_request_without_anything_has_nulls_in_its_event(api: Api, function: str):
    api.function("GET", "/", function)
    event = api.deploy().get("/").json()
    for member in ("queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "stageVariables"):
        assert event[member] is None
    assert event["body"] is None


def test_answers_may_repeat_headers_and_what_is_the_gateways_is_renamed(api: Api, function: str):
    api.function("GET", "/", function)
    response = api.deploy().get("/", headers={"X-Do": "cookies"})
    assert (response.status_code, response.text) == (201, "made")
    assert response.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert response.headers["x-amzn-remapped-date"] == "then"
    assert response.headers["content-type"] == "application/json"


def test_a_function_that_fails_or_answers_nonsense_is_502(api: Api, function: str):
    api.function("GET", "/", function)
    api.deploy()
    for what in ("fail", "nonsense", "nothing"):
        refused(api.get("/", headers={"X-Do": what}), 502, INTERNAL, "InternalServerErrorException")


def test_a_function_that_may_not_be_called_is_500(api: Api, owner: Account):
    role = owner.role("lonely", "lambda.amazonaws.com")
    made = owner.client("lambda").create_function(
        FunctionName="lonely", Runtime="python3.11", Handler="index.handler", Role=role,
        Code={"ZipFile": package("def handler(event, context):\n    return {'statusCode': 204}\n")},
    )  # fmt: skip
    api.function("GET", "/", made["FunctionArn"])
    api.deploy()
    refused(api.get("/"), 500, INTERNAL, "InternalServerErrorException")
    owner.client("lambda").add_permission(
        FunctionName="lonely", StatementId="a", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:us-east-1:{owner.id}:{api.id}/*/GET/",
    )  # fmt: skip
    assert api.get("/").status_code == 204
    other = owner.client("apigateway")
    other.put_integration(
        restApiId=api.id, resourceId=api.resources["/"], httpMethod="GET", type="AWS_PROXY",
        integrationHttpMethod="POST", uri=owner.lambda_uri(made["FunctionArn"]),
        credentials=owner.role("caller", "apigateway.amazonaws.com", "lambda:InvokeFunction"),
    )  # fmt: skip
    owner.client("lambda").remove_permission(FunctionName="lonely", StatementId="a")
    assert api.get("/").status_code == 500
    assert api.deploy().get("/").status_code == 204


def test_a_function_named_by_a_stage_variable(api: Api, function: str):
    api.function("GET", "/", function.replace("backend", "${stageVariables.fn}"))
    assert api.deploy(variables={"fn": "backend"}).get("/").status_code == 200


def test_binary_bodies_go_to_the_function_as_base64_and_come_back_as_bytes(owner: Account, function: str):
    from tests.planes.rest.rest_calls import Api  # noqa: PLC0415 - the fixture has no binary types

    api = Api(owner, binaryMediaTypes=["image/*"])
    api.function("POST", "/", function)
    api.deploy()
    event = api.post("/", content=b"\x00\xff", headers={"Content-Type": "image/gif"}).json()
    assert (event["body"], event["isBase64Encoded"]) == ("AP8=", True)
    response = api.post("/", headers={"X-Do": "binary", "Accept": "image/png"})
    assert (response.content, response.headers["content-type"]) == (b"\x00\x01\x02\xff", "image/png")


def test_an_integration_that_takes_too_long_is_504(api: Api, function: str):
    uri = api.owner.lambda_uri(function)
    api.method("GET", "/", {"type": "AWS_PROXY", "uri": uri, "timeoutInMillis": 50})
    api.deploy()
    response = api.get("/", headers={"X-Do": "sleep"})
    refused(response, 504, {"message": "Endpoint request timed out"}, "InternalServerErrorException")


def test_a_plain_function_gets_what_the_template_writes_and_its_answer_is_mapped(api: Api, function: str):
    template = """#set($all = $input.params())
{"do": "plain", "id": "$input.params('id')", "body": $input.json('$.a'),
 "query": {#foreach($n in $all.querystring.keySet())
   #set($text = $util.escapeJavaScript($all.querystring.get($n)))"$n": "$text.replaceAll("\\\\'","'")"
#if($foreach.hasNext),#end#end}, "who": "$context.identity.sourceIp", "stage": "$stageVariables.color"}"""
    api.method(
        "POST", "/{id}",
        {"type": "AWS", "uri": api.owner.lambda_uri(function), "requestTemplates": {"application/json": template}},
        responses={"200": {
            "responseTemplates": {"application/json": "$input.json('$.got')"},
            "responseParameters": {"method.response.header.X-Id": "integration.response.body.got.id"},
        }},
    )  # fmt: skip
    api.deploy(variables={"color": "blue"})
    response = api.post("/5?p=it's&q=2", json={"a": [1, {"b": None}]})
    assert response.json() == {
        "do": "plain", "id": "5", "body": [1, {"b": None}], "query": {"p": "it's", "q": "2"}, "who": "127.0.0.1",
        "stage": "blue",
    }  # fmt: skip
    assert response.headers["x-id"] == "5"


def test_the_message_of_a_failed_function_selects_the_response(api: Api, function: str):
    api.method(
        "POST", "/", {"type": "AWS", "uri": api.owner.lambda_uri(function)},
        responses={
            "200": {},
            "404": {"selectionPattern": ".*not found.*", "responseTemplates": {
                "application/json": '{"error": "$input.path(\'$.errorMessage\')"}'}},
        },
    )  # fmt: skip
    api.deploy()
    response = api.post("/", json={"do": "fail", "why": "not found"})
    assert (response.status_code, response.json()) == (404, {"error": "no luck: not found"})
    response = api.post("/", json={"do": "fail", "why": "other"})
    assert (response.status_code, response.json()["errorType"]) == (200, "ValueError")
    assert json.loads(api.post("/", json={"do": "plain"}).text) == {"got": {"do": "plain"}}


def test_a_function_that_nobody_waits_for(api: Api, function: str, owner: Account):
    mapped = {"integration.request.header.X-Amz-Invocation-Type": "'Event'"}
    api.method("POST", "/", {"type": "AWS", "uri": owner.lambda_uri(function), "requestParameters": mapped})
    before = len(owner.cloud.spans(service="lambda", operation="Invoke"))
    response = api.deploy().post("/", json={"do": "fail", "why": "and nobody hears"})
    assert (response.status_code, response.text) == (200, "")
    assert len(owner.cloud.spans(service="lambda", operation="Invoke")) == before + 1


PASSTHROUGH = """##  What AWS's console offers as "Method Request passthrough", asked for what is plain
#set($allParams = $input.params())
{
"do" : "plain",
"body-json" : $input.json('$'),
"params" : {
#foreach($type in $allParams.keySet())
    #set($params = $allParams.get($type))
"$type" : {
    #foreach($paramName in $params.keySet())
    "$paramName" : "$util.escapeJavaScript($params.get($paramName))"
        #if($foreach.hasNext),#end
    #end
}
    #if($foreach.hasNext),#end
#end
},
"stage-variables" : {
#foreach($key in $stageVariables.keySet())
"$key" : "$util.escapeJavaScript($stageVariables.get($key))"
    #if($foreach.hasNext),#end
#end
},
"context" : {
    "api-id" : "$context.apiId",
    "api-key" : "$context.identity.apiKey",
    "http-method" : "$context.httpMethod",
    "stage" : "$context.stage",
    "source-ip" : "$context.identity.sourceIp",
    "user" : "$context.identity.user",
    "resource-path" : "$context.resourcePath"
    }
}
"""


def test_the_consoles_own_template_passes_everything_on(api: Api, function: str, owner: Account):
    integration = {
        "type": "AWS",
        "uri": owner.lambda_uri(function),
        "requestTemplates": {"application/json": PASSTHROUGH},
    }
    api.method("GET", "/{id}", integration)
    response = api.deploy(variables={"a": "1", "b": "x/y"}).get('/7?q=say "hi"&r=é', headers={"X-Own": "own"})
    got = response.json()["got"]
    assert got["body-json"] == {}
    assert got["params"]["path"] == {"id": "7"}
    assert got["params"]["querystring"] == {"q": 'say "hi"', "r": "é"}
    assert got["params"]["header"]["X-Own"] == "own"
    assert got["stage-variables"] == {"a": "1", "b": "x/y"}
    assert got["context"] == {
        "api-id": api.id, "api-key": "", "http-method": "GET", "stage": "s", "source-ip": "127.0.0.1", "user": "",
        "resource-path": "/{id}",
    }  # fmt: skip
