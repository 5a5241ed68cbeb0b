"""Asynchronous invocation: retries, age, destinations and dead letters, on the clock."""

from __future__ import annotations

import json

import pytest

from tests.services.lambda_.lambda_calls import made_role

FAILS = """import os
def handler(event, context):
    raise RuntimeError("always")
"""


@pytest.fixture
def queue(sqs):
    """Its address, and what it holds."""
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def messages():
        return sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], VisibilityTimeout=0
        ).get("Messages", [])

    return arn, messages


@pytest.fixture
def sender(iam):
    return made_role(iam, "sender", "sqs:SendMessage")


def test_an_event_is_run_and_its_success_passed_on(client, function, queue, sender, clock):
    arn, messages = queue
    made = function(Role=sender)
    client.put_function_event_invoke_config(
        FunctionName="f", DestinationConfig={"OnSuccess": {"Destination": arn}, "OnFailure": {}}
    )
    answer = client.invoke(FunctionName="f", InvocationType="Event", Payload=b'{"a": 1}')
    assert answer["StatusCode"] == 202
    clock.settle()
    [message] = messages()
    record = json.loads(message["Body"])
    assert record["requestContext"] == {
        "requestId": answer["ResponseMetadata"]["RequestId"], "condition": "Success", "approximateInvokeCount": 1,
        "functionArn": made["FunctionArn"] + ":$LATEST",
    }  # fmt: skip
    assert record["requestPayload"] == record["responsePayload"] == {"a": 1}
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST"}


def test_a_failing_event_is_tried_three_times_and_then_buried(client, function, queue, sender, frozen_clock):
    arn, messages = queue
    function(FAILS, Role=sender, DeadLetterConfig={"TargetArn": arn})
    client.invoke(FunctionName="f", InvocationType="Event", Payload=b'"x"')
    frozen_clock.settle()
    frozen_clock.advance(59)
    assert messages() == []
    frozen_clock.advance(1)
    frozen_clock.advance(119)
    assert messages() == []
    frozen_clock.advance(1)
    [message] = messages()
    assert message["Body"] == '"x"'
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert (attributes["ErrorCode"], attributes["ErrorMessage"]) == ("200", "always")


def test_without_retries_the_failure_is_passed_on_at_once(client, function, queue, sender, clock):
    arn, messages = queue
    function(FAILS, Role=sender)
    client.put_function_event_invoke_config(
        FunctionName="f", MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": arn}}
    )
    client.invoke(FunctionName="f", InvocationType="Event", Payload=b"{}")
    clock.settle()
    record = json.loads(messages()[0]["Body"])
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["responseContext"]["functionError"] == "Unhandled"
    assert record["responsePayload"]["errorMessage"] == "always"


def test_an_event_that_grows_too_old_while_throttled(client, function, queue, sender, frozen_clock):
    arn, messages = queue
    function(Role=sender)
    client.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    client.put_function_event_invoke_config(
        FunctionName="f", MaximumEventAgeInSeconds=60, DestinationConfig={"OnFailure": {"Destination": arn}}
    )
    client.invoke(FunctionName="f", InvocationType="Event", Payload=b"{}")
    frozen_clock.advance(50)
    assert messages() == []
    frozen_clock.advance(100)
    record = json.loads(messages()[0]["Body"])
    assert record["requestContext"]["condition"] == "EventAgeExceeded"
    assert "responsePayload" not in record


def test_a_role_that_may_not_send_loses_the_record(client, function, queue, role, clock):
    arn, messages = queue
    function(FAILS, DeadLetterConfig={"TargetArn": arn})
    client.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=0)
    client.invoke(FunctionName="f", InvocationType="Event", Payload=b"{}")
    clock.settle()
    assert messages() == []
