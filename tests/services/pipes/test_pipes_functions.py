"""Functions and API destinations as enrichments and targets, and the log of executions."""

from __future__ import annotations

import json

import pytest

from tests.services.events.http_endpoint import HttpEndpoint
from tests.services.lambda_.lambda_calls import package
from tests.services.pipes.pipes_calls import allow, made_role

# What a function does is said by the first event's body.
CODE = """
import json

def handler(events, context):
    first = events[0]
    do = first["body"] if isinstance(first, dict) else first
    if do == "fail":
        raise RuntimeError("no luck")
    if do == "nothing":
        return []
    if do.startswith("partly"):
        return {"batchItemFailures": [{"itemIdentifier": e["messageId"]} for e in events if e["body"] == "partly bad"]}
    return [{"got": event, "of": len(events)} for event in events]
"""


@pytest.fixture
def function(aws, iam):
    """The ARN of a function."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName="f", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    made = aws.client("lambda").create_function(
        FunctionName="f", Runtime="python3.11", Handler="index.handler", Role=role,
        Code={"ZipFile": package(CODE)},
    )  # fmt: skip
    return made["FunctionArn"]


@pytest.fixture
def endpoint():
    server = HttpEndpoint()
    yield server
    server.close()


@pytest.fixture
def destination(aws):
    """`destination(url)`: the ARN of an API destination."""

    def make(url, **how):
        events = aws.client("events")
        key = {"ApiKeyAuthParameters": {"ApiKeyName": "x-key", "ApiKeyValue": "k-1"}}
        connection = events.create_connection(Name="c", AuthorizationType="API_KEY", AuthParameters=key)
        made = events.create_api_destination(
            Name="d", ConnectionArn=connection["ConnectionArn"], InvocationEndpoint=url, HttpMethod="POST", **how
        )
        return made["ApiDestinationArn"]

    return make


def test_a_function_enriches_what_goes_on(create, queue, function):
    source, target = queue("source"), queue("target")
    create(
        source.arn, target.arn, Enrichment=function, EnrichmentParameters={"InputTemplate": "<$.body>"},
        TargetParameters={"InputTemplate": '{"it": <$.got>, "of": <$.of>}'},
    )  # fmt: skip
    source.send("a", "b")
    assert sorted(target.bodies()) == ['{"it": "a", "of": 2}', '{"it": "b", "of": 2}']
    source.send("nothing")
    assert target.bodies() == [] and source.count() == 0


def test_a_function_that_fails_fails_the_execution(create, queue, function, hour):
    source, target = queue("source", VisibilityTimeout="30"), queue("target")
    create(source.arn, target.arn, Enrichment=function)
    source.send("fail")
    assert target.bodies() == [] and source.count() == 1


def test_a_target_function_may_report_which_events_failed(create, queue, function, hour):
    source = queue("source", VisibilityTimeout="30")
    create(source.arn, function)
    source.send("partly good", "partly bad", "partly fine")
    assert source.count() == 1
    hour.advance(30)
    found = source.sqs.receive_message(QueueUrl=source.url).get("Messages")
    assert found is None and source.count() == 1  # it failed again


def test_a_function_need_not_be_waited_for(create, queue, function, cloud, hour):
    source = queue("source", VisibilityTimeout="30")
    create(source.arn, function, TargetParameters={"LambdaFunctionParameters": {"InvocationType": "FIRE_AND_FORGET"}})
    source.send("fail")
    assert source.count() == 0
    account = source.arn.split(":")[4]
    span = next(s for s in cloud.spans(service="lambda", operation="Invoke") if s.account == account)
    assert span.input["InvocationType"] == "Event"
    assert [event["body"] for event in json.loads(span.input["Payload"])] == ["fail"]


def test_an_api_destination_is_called_for_each_event(create, queue, destination, endpoint, clock):
    source = queue("source")
    http = {
        "PathParameterValues": ["$.body.id"], "HeaderParameters": {"x-kind": "$.body.kind"},
        "QueryStringParameters": {"q": "fixed"},
    }  # fmt: skip
    create(
        source.arn, destination(f"{endpoint.url}/orders/*"),
        TargetParameters={"InputTemplate": '{"n": <$.body.n>}', "HttpParameters": http},
    )  # fmt: skip
    source.send('{"id": "17", "kind": "new", "n": 3}')
    clock.settle()
    got = endpoint.got[0]
    assert (got.method, got.path, got.text) == ("POST", "/orders/17?q=fixed", '{"n": 3}')
    assert (got.headers["x-kind"], got.headers["x-key"]) == ("new", "k-1")
    assert source.count() == 0


def test_an_api_destination_that_refuses_keeps_the_message(create, queue, destination, endpoint, hour):
    source = queue("source", VisibilityTimeout="30")
    endpoint.statuses = [500]
    create(source.arn, destination(endpoint.url))
    source.send("x")
    assert source.count() == 1
    hour.advance(30)
    assert source.count() == 0 and len(endpoint.got) == 2


def test_an_api_destination_enriches_by_its_answer(create, queue, destination, endpoint):
    source, target = queue("source"), queue("target")
    endpoint.body = b'{"price": 5}'
    create(source.arn, target.arn, Enrichment=destination(endpoint.url))
    source.send("x")
    assert target.events() == [{"price": 5}]
    assert json.loads(endpoint.got[0].text)["body"] == "x"


def test_a_slow_destination_is_waited_for(create, queue, destination, endpoint, hour):
    source = queue("source", VisibilityTimeout="600")
    create(source.arn, destination(endpoint.url, InvocationRateLimitPerSecond=1))
    source.send("a", "b", "c")
    hour.settle()
    assert len(endpoint.got) == 1
    hour.advance(1)
    assert len(endpoint.got) == 2
    hour.advance(1)
    assert len(endpoint.got) == 3 and source.count() == 0


@pytest.fixture
def prices(aws):
    """The ARN of an API's method that tells a price to who is signed, and signs nobody else in."""
    client = aws.client("apigateway")
    made = client.create_rest_api(name="prices")
    part = client.create_resource(restApiId=made["id"], parentId=made["rootResourceId"], pathPart="{item}")["id"]
    place = {"restApiId": made["id"], "resourceId": part, "httpMethod": "POST"}
    client.put_method(**place, authorizationType="AWS_IAM")
    client.put_integration(**place, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    answer = {"application/json": '{"item": "$input.params(\'item\')", "sent": $input.json(\'$.n\')}'}
    client.put_method_response(**place, statusCode="200")
    client.put_integration_response(**place, statusCode="200", responseTemplates=answer)
    client.create_deployment(restApiId=made["id"], stageName="v1")
    return lambda account: f"arn:aws:execute-api:us-east-1:{account}:{made['id']}/v1/POST/*"


def test_an_api_of_api_gateway_enriches_as_the_role(create, queue, prices, iam, hour):
    source, target = queue("source", VisibilityTimeout="30"), queue("target")
    account = source.arn.split(":")[4]
    made_role(iam, "narrow", ["sqs:*"])
    create(
        source.arn, target.arn, RoleArn=f"arn:aws:iam::{account}:role/narrow", Enrichment=prices(account),
        EnrichmentParameters={
            "InputTemplate": '{"n": <$.body.n>}', "HttpParameters": {"PathParameterValues": ["$.body.item"]},
        },
    )  # fmt: skip
    source.send('{"item": "a pear", "n": 3}')
    assert target.bodies() == [] and source.count() == 1  # the role may not
    allow(iam, "narrow", ["sqs:*", "execute-api:Invoke"])
    hour.advance(30)
    assert [event["item"] for event in target.events()] == ["a pear"]
    assert source.count() == 0


def steps(aws, group="/pipe"):
    found = aws.client("logs").filter_log_events(logGroupName=group)["events"]
    return [json.loads(event["message"]) for event in found]


@pytest.mark.parametrize(
    "logged",
    [
        ("TRACE", [
            "EXECUTION_STARTED", "ENRICHMENT_STAGE_ENTERED", "ENRICHMENT_TRANSFORMATION_STARTED",
            "ENRICHMENT_TRANSFORMATION_SUCCEEDED", "ENRICHMENT_INVOCATION_STARTED",
            "ENRICHMENT_INVOCATION_SUCCEEDED", "ENRICHMENT_STAGE_SUCCEEDED", "TARGET_STAGE_ENTERED",
            "TARGET_INVOCATION_STARTED", "TARGET_INVOCATION_SUCCEEDED", "TARGET_STAGE_SUCCEEDED",
            "EXECUTION_SUCCEEDED",
        ]),
        ("INFO", [
            "EXECUTION_STARTED", "ENRICHMENT_STAGE_ENTERED", "ENRICHMENT_STAGE_SUCCEEDED", "TARGET_STAGE_ENTERED",
            "TARGET_STAGE_SUCCEEDED", "EXECUTION_SUCCEEDED",
        ]),
        ("ERROR", []),
    ],
)  # fmt: skip
def test_a_log_tells_the_steps_of_its_level(aws, create, queue, function, logged):
    level, expected = logged
    source, target = queue("source"), queue("target")
    aws.client("logs").create_log_group(logGroupName="/pipe")
    group = f"arn:aws:logs:us-east-1:{source.arn.split(':')[4]}:log-group:/pipe"
    pipe = create(
        source.arn, target.arn, Enrichment=function, EnrichmentParameters={"InputTemplate": "<$.body>"},
        LogConfiguration={"Level": level, "CloudwatchLogsLogDestination": {"LogGroupArn": group}},
    )["Arn"]  # fmt: skip
    source.send("x")
    assert len(target.bodies()) == 1
    records = steps(aws)
    assert [record["messageType"] for record in records] == expected
    assert {(record["resourceArn"], record["logLevel"]) for record in records} <= {(pipe, level)}
    assert len({record["executionId"] for record in records}) == (1 if expected else 0)
    assert all("payload" not in record for record in records)


def test_a_log_shows_what_failed_and_the_data_if_it_is_to(aws, create, queue):
    source, gone = queue("source"), queue("gone")
    gone.sqs.delete_queue(QueueUrl=gone.url)
    aws.client("logs").create_log_group(logGroupName="/pipe")
    group = f"arn:aws:logs:us-east-1:{source.arn.split(':')[4]}:log-group:/pipe"
    create(
        source.arn, gone.arn,
        LogConfiguration={"Level": "INFO", "CloudwatchLogsLogDestination": {"LogGroupArn": group},
                          "IncludeExecutionData": ["ALL"]},
    )  # fmt: skip
    source.send("x")
    assert source.count() == 1
    records = {record["messageType"]: record for record in steps(aws)}
    assert json.loads(records["EXECUTION_STARTED"]["payload"])[0]["body"] == "x"
    error = records["EXECUTION_FAILED"]["error"]
    assert error["details"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert (error["awsService"], error["httpStatusCode"]) == ("sqs", 400)
