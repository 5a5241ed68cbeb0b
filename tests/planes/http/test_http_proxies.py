"""HTTP proxies with parameter mappings, and integrations that call a service of AWS."""

from __future__ import annotations

import json

import pytest

from tests.services.lambda_.lambda_calls import allow

TRUST = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"},
}


def role(aws, name, *actions) -> str:
    iam = aws.client("iam")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    if actions:
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=allow(*actions))
    return arn


def test_a_request_is_handed_on_as_it_came(api, upstream):
    api.route("ANY /{proxy+}", api.http(f"{upstream.url}/base/{{proxy}}"))
    api.deploy()
    answer = api.call("PUT", "/a/b%20c?x=1&x=2", content="hello", headers={"x-mine": "1", "content-type": "text/plain"})
    assert answer.status_code == 200
    assert answer.headers["x-upstream"] == "yes"
    asked = answer.json()
    assert (asked["method"], asked["path"], asked["body"]) == ("PUT", "/base/a/b%20c?x=1&x=2", "hello")
    headers = asked["headers"]
    assert (headers["x-mine"], headers["content-type"]) == ("1", "text/plain")
    assert headers["host"] == upstream.url.partition("//")[2]
    assert headers["via"] == "HTTP/1.1 AmazonAPIGateway"
    assert headers["forwarded"] == f"for=127.0.0.1;host={api.host};proto=http"


def test_the_method_of_the_integration_counts(api, upstream):
    api.route("GET /", api.http(upstream.url, "POST"))
    api.deploy()
    assert api.get("/").json()["method"] == "POST"


def test_nobody_there(api):
    api.route("$default", api.http("http://127.0.0.1:1/"))
    api.deploy()
    answer = api.get("/")
    assert (answer.status_code, answer.json()) == (503, {"message": "Service Unavailable"})


def test_request_parameters_are_mapped(api, upstream):
    mappings = {
        "append:header.x-ids": "$request.querystring.id", "overwrite:header.x-static": "fixed",
        "overwrite:header.x-both": "${request.header.x-one}-${stageVariables.env}",
        "remove:header.x-gone": "''", "append:querystring.who": "$context.identity.sourceIp",
        "overwrite:querystring.name": "$request.body.pet.name", "remove:querystring.id": "''",
        "overwrite:path": "/new/$request.path.kind",
    }  # fmt: skip
    api.route("POST /pets/{kind}", api.http(f"{upstream.url}/old", RequestParameters=mappings))
    api.deploy(StageVariables={"env": "test"})
    answer = api.call(
        "POST", "/pets/dog?id=7&name=old", json={"pet": {"name": "Rex"}},
        headers={"x-ids": "6", "x-one": "1", "x-gone": "1", "x-static": "mine"},
    ).json()  # fmt: skip
    assert answer["path"] == "/new/dog?name=Rex&who=127.0.0.1" or answer["path"] == "/new/dog?who=127.0.0.1&name=Rex"
    headers = answer["headers"]
    assert (headers["x-ids"], headers["x-static"], headers["x-both"]) == ("6,7", "fixed", "1-test")
    assert "x-gone" not in headers


def test_response_parameters_are_mapped_by_status(api, upstream):
    mappings = {
        "500": {"append:header.x-id": "$context.requestId", "overwrite:statuscode": "403"},
        "200": {
            "overwrite:header.x-upstream": "$response.header.content-type",
            "append:header.x-said": "$response.body.method",
        },
    }  # fmt: skip
    api.route("$default", api.http(upstream.url, ResponseParameters=mappings))
    api.deploy()
    failed = api.get("/", headers={"x-answer": "500"})
    assert failed.status_code == 403
    assert failed.headers["x-id"] == failed.headers["apigw-requestid"]
    fine = api.get("/")
    assert (fine.headers["x-upstream"], fine.headers["x-said"]) == ("application/json", "GET")
    assert api.get("/", headers={"x-answer": "404"}).status_code == 404


def test_a_queue_is_sent_to_without_a_function(api, aws):
    queue = aws.client("sqs").create_queue(QueueName="hooks")["QueueUrl"]
    arn = role(aws, "sender", "sqs:*")
    api.route("POST /hooks", api.service("SQS-SendMessage", arn, QueueUrl=queue, MessageBody="$request.body"))
    api.route("POST /field", api.service(
        "SQS-SendMessage", arn, QueueUrl=queue, MessageBody="$request.body.text", DelaySeconds="0",
        MessageAttributes='{"kind": {"DataType": "String", "StringValue": "$request.header.x-kind"}}'))  # fmt: skip
    api.route("GET /hooks", api.service("SQS-ReceiveMessage", arn, QueueUrl=queue, MaxNumberOfMessages="1"))
    api.route(
        "DELETE /hooks", api.service("SQS-DeleteMessage", arn, QueueUrl=queue, ReceiptHandle="$request.querystring.h")
    )
    api.route("DELETE /all", api.service("SQS-PurgeQueue", arn, QueueUrl=queue))
    api.deploy()
    answer = api.call("POST", "/hooks", content='{"event": "paid"}')
    assert answer.status_code == 200
    assert "<SendMessageResponse" in answer.text and "<MessageId>" in answer.text
    message = aws.client("sqs").receive_message(QueueUrl=queue)["Messages"][0]
    assert message["Body"] == '{"event": "paid"}'
    assert api.call("DELETE", "/hooks", params={"h": message["ReceiptHandle"]}).status_code == 200
    assert api.call("POST", "/field", json={"text": "hi"}, headers={"x-kind": "greeting"}).status_code == 200
    received = api.get("/hooks")
    assert "<Body>hi</Body>" in received.text
    assert api.call("DELETE", "/all").status_code == 200
    attributes = aws.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    assert attributes["ApproximateNumberOfMessages"] == "0"


def test_events_are_put_on_a_bus(api, aws):
    queue = aws.client("sqs").create_queue(QueueName="events")["QueueUrl"]
    arn = aws.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:*",
        "Resource": "*",
    }
    policy = {"Version": "2012-10-17", "Statement": statement}
    aws.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy)})
    events = aws.client("events")
    events.put_rule(Name="r", EventPattern='{"source": ["shop"]}')
    events.put_targets(Rule="r", Targets=[{"Id": "q", "Arn": arn}])
    api.route("POST /orders", api.service(
        "EventBridge-PutEvents", role(aws, "putter", "events:PutEvents"), Source="shop", DetailType="order",
        Detail="$request.body"))  # fmt: skip
    api.deploy()
    answer = api.call("POST", "/orders", json={"id": 7})
    assert (answer.status_code, answer.json()["FailedEntryCount"]) == (200, 0)
    message = aws.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"][0]
    assert json.loads(message["Body"])["detail"] == {"id": 7}


def test_a_role_that_may_not_is_refused_by_the_service(api, aws):
    queue = aws.client("sqs").create_queue(QueueName="closed")["QueueUrl"]
    api.route(
        "POST /", api.service("SQS-SendMessage", role(aws, "nobody"), QueueUrl=queue, MessageBody="$request.body")
    )
    api.deploy()
    answer = api.call("POST", "/", content="x")
    assert answer.status_code == 403
    assert "not authorized to perform: sqs:sendmessage" in answer.text.lower()


def test_what_a_parameter_needs_has_to_be_there(api, aws):
    queue = aws.client("sqs").create_queue(QueueName="typed")["QueueUrl"]
    arn = role(aws, "typist", "sqs:*")
    api.route("POST /", api.service("SQS-SendMessage", arn, QueueUrl=queue, MessageBody="$request.body.text"))
    api.deploy()
    answer = api.call("POST", "/", json={"other": 1})
    assert (answer.status_code, answer.json()) == (400, {"message": "Bad Request"})


@pytest.mark.parametrize("subtype", ["AppConfig-GetConfiguration"])
def test_a_service_that_is_not_here_says_so(api, aws, subtype):
    parameters = dict.fromkeys(("Application", "Environment", "Configuration", "ClientId"), "x")
    api.route("GET /", api.service(subtype, role(aws, f"for-{subtype}", "*"), **parameters))
    api.deploy()
    answer = api.get("/")
    assert answer.status_code == 501
    assert "appconfig:GetConfiguration exists on AWS and is not implemented" in answer.json()["message"]


def test_a_vpc_link_leads_nowhere(api, aws):
    link = api.client.create_vpc_link(Name="l", SubnetIds=["subnet-1"])["VpcLinkId"]
    api.route("GET /", api.integration(
        IntegrationType="HTTP_PROXY", IntegrationMethod="ANY", PayloadFormatVersion="1.0", ConnectionType="VPC_LINK",
        ConnectionId=link, IntegrationUri="arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/x",
    ))  # fmt: skip
    api.deploy()
    assert api.get("/").status_code == 503
