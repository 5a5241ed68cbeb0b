"""Integrations with AWS services, which really call them as the integration's role; HTTP endpoints; mocks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.planes.rest.rest_calls import Api, refused

if TYPE_CHECKING:
    from tests.planes.rest.rest_calls import Account

FORM = {"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"}
FAILED = {"selectionPattern": "[45]\\d\\d"}


@pytest.fixture(scope="module")
def role(owner: Account) -> str:
    """A role that may do everything."""
    return owner.role("integration", "apigateway.amazonaws.com", "*")


def uri(service: str, rest: str) -> str:
    return f"arn:aws:apigateway:us-east-1:{service}:{rest}"


def test_a_webhook_with_a_key_lands_in_a_queue_without_a_function(api: Api, owner: Account, role: str):
    queue = owner.client("sqs").create_queue(QueueName="hooks")["QueueUrl"]
    api.method(
        "POST", "/hook",
        {"type": "AWS", "uri": uri("sqs", f"path/{owner.id}/hooks"), "credentials": role, "requestParameters": FORM,
         "passthroughBehavior": "NEVER",
         "requestTemplates": {"application/json": "Action=SendMessage&MessageBody=$util.urlEncode($input.body)"}},
        responses={"200": {"responseTemplates": {"application/json":
            '{"id": "$input.path(\'$.SendMessageResponse.SendMessageResult.MessageId\')"}'}}, "400": FAILED},
        apiKeyRequired=True,
    )  # fmt: skip
    api.deploy()
    plan = api.client.create_usage_plan(name="hooks", apiStages=[{"apiId": api.id, "stage": "s"}])["id"]
    key = api.client.create_api_key(name="hook", enabled=True)
    api.client.create_usage_plan_key(usagePlanId=plan, keyId=key["id"], keyType="API_KEY")
    refused(api.post("/hook", json={}), 403, {"message": "Forbidden"}, "ForbiddenException")
    headers = {"X-Api-Key": key["value"]}
    response = api.post("/hook", json={"event": "paid & sent"}, headers=headers)
    message = owner.client("sqs").receive_message(QueueUrl=queue)["Messages"][0]
    assert json.loads(message["Body"]) == {"event": "paid & sent"}
    assert response.json() == {"id": message["MessageId"]}
    answer = api.post("/hook", content=b"<a/>", headers={**headers, "Content-Type": "text/xml"})
    refused(answer, 415, {"message": "Unsupported Media Type"}, "UnsupportedMediaTypeException")


def test_a_role_that_may_not_is_refused_by_the_service(api: Api, owner: Account):
    owner.client("sqs").create_queue(QueueName="closed")
    weak = owner.role("weak", "apigateway.amazonaws.com", "sqs:ReceiveMessage")
    api.method(
        "POST", "/",
        {"type": "AWS", "uri": uri("sqs", f"path/{owner.id}/closed"), "credentials": weak, "requestParameters": FORM,
         "requestTemplates": {"application/json": "Action=SendMessage&MessageBody=x"}},
        responses={"200": {}, "502": {"selectionPattern": "403"}},
    )  # fmt: skip
    response = api.deploy().post("/", json={})
    assert response.status_code == 502
    assert response.json()["Error"]["Code"] == "AccessDenied"
    assert "sqs:sendmessage" in response.json()["Error"]["Message"].lower()


def test_a_role_that_api_gateway_cannot_assume_is_500(api: Api, owner: Account):
    other = owner.role("others", "ec2.amazonaws.com", "*")
    api.method("POST", "/", {"type": "AWS", "uri": uri("sqs", "path/1/q"), "credentials": other})
    response = api.deploy().post("/", json={})
    refused(response, 500, {"message": "Internal server error"}, "InternalServerErrorException")


def test_a_role_that_was_made_anew_is_assumed_anew(api: Api, owner: Account):
    owner.client("sqs").create_queue(QueueName="again")
    iam = owner.client("iam")
    place = owner.role("again", "apigateway.amazonaws.com", "sqs:*")
    api.method(
        "POST", "/",
        {"type": "AWS", "uri": uri("sqs", f"path/{owner.id}/again"), "credentials": place, "requestParameters": FORM,
         "requestTemplates": {"application/json": "Action=SendMessage&MessageBody=x"}},
        responses={"200": {}, "502": FAILED},
    )  # fmt: skip
    api.deploy()
    assert api.post("/", json={}).status_code == 200
    iam.delete_role_policy(RoleName="again", PolicyName="p")
    assert api.post("/", json={}).status_code == 502
    iam.delete_role(RoleName="again")
    assert api.post("/", json={}).status_code == 500
    owner.role("again", "apigateway.amazonaws.com", "sqs:*")
    assert api.post("/", json={}).status_code == 200


def test_an_action_of_sns_is_called_with_mapped_parameters(api: Api, owner: Account, role: str):
    topic = owner.client("sns").create_topic(Name="news")["TopicArn"]
    queue = owner.client("sqs").create_queue(QueueName="readers")["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{owner.id}:readers"
    policy = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}}
    owner.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy)})
    owner.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    api.method(
        "POST", "/",
        {"type": "AWS", "uri": uri("sns", "action/Publish"), "credentials": role, "requestParameters": {
            "integration.request.querystring.TopicArn": f"'{topic}'",
            "integration.request.querystring.Message": "method.request.body",
        }},
    )  # fmt: skip
    response = api.deploy().post("/", content=b"hello & bye", headers={"Content-Type": "text/plain"})
    assert response.status_code == 200
    assert response.json()["PublishResponse"]["PublishResult"]["MessageId"]
    owner.cloud.clock.settle()
    message = owner.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=2)["Messages"][0]
    assert json.loads(message["Body"])["Message"] == "hello & bye"


def test_items_are_put_and_got_by_actions_of_dynamodb(api: Api, owner: Account, role: str):
    owner.client("dynamodb").create_table(
        TableName="pets", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )  # fmt: skip
    put = (
        """{"TableName": "pets", "Item": {"id": {"S": "$input.params('id')"}, "name": {"S": $input.json('$.name')}}}"""
    )
    read = """{"TableName": "pets", "Key": {"id": {"S": "$input.params('id')"}}}"""
    show = """#set($item = $input.path('$.Item')){"name": "$item.name.S"}"""
    for verb, action, template, mapped in (
        ("PUT", "PutItem", put, {}),
        ("GET", "GetItem", read, {"application/json": show}),
    ):
        api.method(
            verb, "/pets/{id}",
            {"type": "AWS", "uri": uri("dynamodb", f"action/{action}"), "credentials": role,
             "requestTemplates": {"application/json": template}},
            responses={"200": {"responseTemplates": mapped}, "400": FAILED},
        )  # fmt: skip
    api.deploy()
    assert (api.call("PUT", "/pets/7", json={"name": "Rex"}).status_code) == 200
    assert api.get("/pets/7").json() == {"name": "Rex"}
    assert owner.client("dynamodb").get_item(TableName="pets", Key={"id": {"S": "7"}})["Item"]["name"] == {"S": "Rex"}
    refusal = api.call("PUT", "/pets/8", json={"name": None})
    assert refusal.status_code == 400
    assert "ValidationException" in refusal.json()["__type"] or "SerializationException" in refusal.json()["__type"]


def test_objects_are_put_and_got_through_s3(owner: Account, role: str):
    api = Api(owner, binaryMediaTypes=["image/png"])
    owner.client("s3").create_bucket(Bucket=f"files-{owner.id}")
    mapped = {
        "integration.request.path.bucket": "method.request.path.folder",
        "integration.request.path.key": "method.request.path.item",
    }
    for verb in ("GET", "PUT"):
        headers = {"integration.request.header.Content-Type": "method.request.header.Content-Type"}
        api.method(
            verb, "/{folder}/{item}",
            {"type": "AWS", "uri": uri("s3", "path/{bucket}/{key}"), "credentials": role,
             "integrationHttpMethod": verb, "requestParameters": {**mapped, **(headers if verb == "PUT" else {})}},
            requestParameters={"method.request.path.folder": True, "method.request.path.item": True,
                               "method.request.header.Content-Type": False},
            responses={"200": {"responseParameters": {
                "method.response.header.Content-Type": "integration.response.header.Content-Type"}}, "404": FAILED},
        )  # fmt: skip
    api.deploy()
    sent = api.call(
        "PUT", f"/files-{owner.id}/a%20b.png", content=b"\x89PNG\xff", headers={"Content-Type": "image/png"}
    )
    assert sent.status_code == 200
    kept = owner.client("s3").get_object(Bucket=f"files-{owner.id}", Key="a b.png")
    assert (kept["Body"].read(), kept["ContentType"]) == (b"\x89PNG\xff", "image/png")
    got = api.get(f"/files-{owner.id}/a%20b.png", headers={"Accept": "image/png"})
    assert (got.content, got.headers["content-type"]) == (b"\x89PNG\xff", "image/png")
    missing = api.get(f"/files-{owner.id}/nothing")
    assert missing.status_code == 404
    assert "<Code>NoSuchKey</Code>" in missing.text


def test_events_are_put_on_a_bus_and_parameters_are_read(api: Api, owner: Account, role: str):
    owner.client("ssm").put_parameter(Name="color", Value="red", Type="String")
    entry = '{"Source": "shop", "DetailType": "order", "Detail": "$util.escapeJavaScript($input.json(\'$\'))"}'
    target = {"integration.request.header.X-Amz-Target": "'AWSEvents.PutEvents'",
              "integration.request.header.Content-Type": "'application/x-amz-json-1.1'"}  # fmt: skip
    for path, where, mapped, template in (
        ("/order", "events:path//", target, f'{{"Entries": [{entry}]}}'),
        ("/color", "ssm:action/GetParameter", {}, '{"Name": "color"}'),
    ):
        place = f"arn:aws:apigateway:us-east-1:{where}"
        api.method("POST", path, {"type": "AWS", "uri": place, "credentials": role, "requestParameters": mapped,
                                  "requestTemplates": {"application/json": template}})  # fmt: skip
    api.deploy()
    put = api.post("/order", json={"total": 5}).json()
    assert put["FailedEntryCount"] == 0
    assert put["Entries"][0]["EventId"]
    answer = api.post("/color", json={})
    assert answer.json()["Parameter"]["Value"] == "red"
    assert answer.headers["content-type"] == "application/json"


def test_a_service_that_is_not_offered_says_so(api: Api, role: str):
    api.method("POST", "/", {"type": "AWS", "uri": uri("rekognition", "action/DetectFaces"), "credentials": role})
    response = api.deploy().post("/", json={})
    assert response.status_code == 501
    assert "rekognition:DetectFaces" in response.json()["message"]


def other_api(owner: Account, function: str) -> Api:
    """Something that answers over HTTP: another API."""
    api = Api(owner)
    api.function("ANY", "/{proxy+}", function)
    return api.deploy()


def base(api: Api) -> str:
    return f"http://127.0.0.1:{api.owner.cloud.port}/_aws/execute-api/{api.id}/s"


def test_an_http_proxy_hands_everything_on(api: Api, owner: Account, function: str):
    target = other_api(owner, function)
    api.method(
        "ANY", "/out/{proxy+}",
        {"type": "HTTP_PROXY", "uri": f"{base(target)}/in/{{proxy}}", "integrationHttpMethod": "ANY",
         "requestParameters": {"integration.request.path.proxy": "method.request.path.proxy",
                               "integration.request.header.X-Stage": "stageVariables.kind"}},
        requestParameters={"method.request.path.proxy": True},
    )  # fmt: skip
    api.deploy(variables={"kind": "test"})
    response = api.call("PATCH", "/out/a/b?x=1&x=2", content=b"body", headers={"X-Own": "1"})
    event = response.json()
    assert response.headers["x-made"] == "yes"
    assert (event["path"], event["httpMethod"], event["body"]) == ("/in/a/b", "PATCH", "body")
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"]}
    assert (event["headers"]["X-Own"], event["headers"]["X-Stage"]) == ("1", "test")


def test_an_http_integration_sends_what_is_mapped_and_maps_by_status(api: Api, owner: Account, function: str):
    target = other_api(owner, function)
    api.method(
        "GET", "/",
        {"type": "HTTP", "uri": f"{base(target)}/x", "integrationHttpMethod": "GET", "requestParameters": {
            "integration.request.querystring.q": "method.request.querystring.word",
            "integration.request.header.X-Do": "method.request.header.do"}},
        requestParameters={"method.request.querystring.word": False, "method.request.header.do": False},
        responses={"200": {"responseTemplates": {"application/json": "$input.json('$.queryStringParameters')"}},
                   "503": {"selectionPattern": "5\\d{2}"}},
    )  # fmt: skip
    api.deploy()
    assert api.get("/?word=hi&other=1").json() == {"q": "hi"}
    assert api.get("/", headers={"do": "fail"}).status_code == 503


def test_nobody_there_is_504(api: Api):
    api.method("GET", "/", {"type": "HTTP_PROXY", "uri": "http://127.0.0.1:9/", "integrationHttpMethod": "GET"})
    response = api.deploy().get("/")
    refused(response, 504, {"message": "Network error communicating with endpoint"}, "InternalServerErrorException")


CORS: dict[str, Any] = {
    "200": {"responseParameters": {
        "method.response.header.Access-Control-Allow-Origin": "'*'",
        "method.response.header.Access-Control-Allow-Methods": "'GET,OPTIONS'",
    }},
}  # fmt: skip


def test_a_mock_answers_preflights(api: Api):
    api.method("OPTIONS", "/", responses=CORS)
    response = api.deploy().call(
        "OPTIONS", "/", headers={"Origin": "https://page.example", "Access-Control-Request-Method": "GET"}
    )
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["access-control-allow-methods"] == "GET,OPTIONS"


def test_a_mock_selects_by_the_status_its_template_writes_and_templates_may_override(api: Api):
    template = '{"statusCode": #if($input.params("bad") == "1")400#{else}200#end}'
    override = """#set($context.responseOverride.status = 418)
#set($context.responseOverride.header.X-Tea = "$context.stage pot")
short and stout"""
    api.method(
        "GET", "/", {"type": "MOCK", "requestTemplates": {"application/json": template}},
        responses={"200": {"responseTemplates": {"text/plain": override}}, "400": {"selectionPattern": "400"}},
    )  # fmt: skip
    api.deploy()
    response = api.get("/", headers={"Accept": "text/plain"})
    assert (response.status_code, response.text) == (418, "short and stout")
    assert (response.headers["x-tea"], response.headers["content-type"]) == ("s pot", "text/plain")
    assert api.get("/?bad=1").status_code == 400


def test_a_mock_without_a_status_is_500(api: Api):
    api.method("GET", "/", {"type": "MOCK", "requestTemplates": {"application/json": "{}"}})
    response = api.deploy().get("/")
    refused(response, 500, {"message": "Internal server error"}, "InternalServerErrorException")


@pytest.mark.parametrize("behavior", ["WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"])
def test_bodies_without_a_template_pass_as_the_integration_says(api: Api, function: str, behavior: str):
    api.method(
        "POST", "/",
        {"type": "AWS", "uri": api.owner.lambda_uri(function), "passthroughBehavior": behavior,
         "requestTemplates": {"application/json": '{"do": "plain"}'}},
    )  # fmt: skip
    api.deploy()
    response = api.post("/", content=b'{"do": "plain", "a": 1}', headers={"Content-Type": "application/other"})
    if behavior == "WHEN_NO_MATCH":
        assert response.json() == {"got": {"do": "plain", "a": 1}}
    else:
        refused(response, 415, {"message": "Unsupported Media Type"}, "UnsupportedMediaTypeException")
    assert api.post("/", json={"b": 1}).json() == {"got": {"do": "plain"}}
