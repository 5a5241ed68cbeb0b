"""Event source mappings: queues and DynamoDB streams, read as the function's role."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.services.calls import refused
from tests.services.lambda_.lambda_calls import made_role

# Sends what it was given to a queue, one message for each batch.
REPORTS = """
import boto3, json, os
sqs = boto3.client("sqs")
def handler(event, context):
    sqs.send_message(QueueUrl=os.environ["OUT"], MessageBody=json.dumps(event["Records"]))
    said = lambda record: json.dumps([record.get("body"), record.get("dynamodb", {}).get("Keys")])  # ids may, too
    bad = [record for record in event["Records"] if "bad" in said(record)]
    if os.environ["HOW"] == "raise" and bad:
        raise ValueError("bad")
    if os.environ["HOW"] == "report":
        key = lambda record: record.get("messageId") or record["dynamodb"]["SequenceNumber"]
        return {"batchItemFailures": [{"itemIdentifier": key(record)} for record in bad]}
"""
QUEUE_ACTIONS = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:SendMessage")
STREAM_ACTIONS = ("dynamodb:*", "sqs:SendMessage")


class Out:
    """The queue a function reports to."""

    def __init__(self, sqs: Any) -> None:
        self.sqs = sqs
        self.url = sqs.create_queue(QueueName="out")["QueueUrl"]

    def batches(self, count: int = 1) -> list[list[dict[str, Any]]]:
        """At least so many batches, those that come within a few seconds."""
        found: list[list[dict[str, Any]]] = []
        tries = 0
        while len(found) < count and tries < 6:
            tries += 1
            for message in self.sqs.receive_message(
                QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=2 if count else 0
            ).get("Messages", []):
                found.append(json.loads(message["Body"]))
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return found


@pytest.fixture
def out(sqs):
    return Out(sqs)


@pytest.fixture
def source(sqs):
    """Address and ARN of a queue that gives a message out again after a second."""
    url = sqs.create_queue(QueueName="in", Attributes={"VisibilityTimeout": "5"})["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


@pytest.fixture
def reporter(function, iam, out):
    """`reporter(how)` makes the function."""

    def make(how: str = "", actions: tuple[str, ...] = QUEUE_ACTIONS) -> None:
        variables = {"OUT": out.url, "HOW": how}
        function(REPORTS, Role=made_role(iam, "reader", *actions), Environment={"Variables": variables})

    return make


def counts(sqs, url) -> tuple[int, int]:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return int(found[names[0]]), int(found[names[1]])


# wrong input and state


def test_sources_that_are_none(client, function, account):
    function()
    with refused("NotImplemented", status=501):
        client.create_event_source_mapping(FunctionName="f", EventSourceArn="arn:aws:ec2:us-east-1:123456789012:x")
    with refused("NotImplemented", status=501):
        stream = f"arn:aws:kinesis:us-east-1:{account}:stream/s"
        client.create_event_source_mapping(FunctionName="f", EventSourceArn=stream)


def test_a_role_that_may_not_read(client, function, source):
    function()
    text = "The provided execution role does not have permissions to call ReceiveMessage on SQS"
    with refused("InvalidParameterValueException", text):
        client.create_event_source_mapping(FunctionName="f", EventSourceArn=source[1])


def test_a_queue_that_would_give_messages_out_again_too_early(client, reporter, source):
    reporter()
    client.update_function_configuration(FunctionName="f", Timeout=60)
    text = "Queue visibility timeout: 5 seconds is less than Function timeout: 60 seconds"
    with refused("InvalidParameterValueException", text):
        client.create_event_source_mapping(FunctionName="f", EventSourceArn=source[1])


def test_a_mapping_that_is_there_already(client, reporter, source):
    reporter()
    made = client.create_event_source_mapping(FunctionName="f", EventSourceArn=source[1])
    assert (made["State"], made["BatchSize"]) == ("Creating", 10)
    text = (
        f'An event source mapping with SQS arn (" {source[1]} ") and function (" f ") already exists. '
        f"Please update or delete the existing mapping with UUID {made['UUID']}"
    )
    with refused("ResourceConflictException", text, 409):
        client.create_event_source_mapping(FunctionName="f", EventSourceArn=source[1])
    assert client.get_event_source_mapping(UUID=made["UUID"])["State"] == "Enabled"
    assert client.update_event_source_mapping(UUID=made["UUID"], Enabled=False)["State"] == "Disabling"
    assert client.get_event_source_mapping(UUID=made["UUID"])["State"] == "Disabled"
    assert [m["UUID"] for m in client.list_event_source_mappings(FunctionName="f")["EventSourceMappings"]] == [
        made["UUID"]
    ]
    assert client.delete_event_source_mapping(UUID=made["UUID"])["State"] == "Deleting"
    with refused("ResourceNotFoundException", "The resource you requested does not exist.", 404):
        client.get_event_source_mapping(UUID=made["UUID"])


# queues


def test_messages_reach_the_function_and_are_deleted(client, reporter, source, out, sqs):
    reporter()
    client.create_event_source_mapping(FunctionName="f", EventSourceArn=source[1])
    sqs.send_message(
        QueueUrl=source[0], MessageBody="one", MessageAttributes={"a": {"DataType": "String", "StringValue": "b"}}
    )
    [[record]] = out.batches()
    assert (record["body"], record["eventSource"], record["eventSourceARN"]) == ("one", "aws:sqs", source[1])
    assert record["messageAttributes"]["a"]["stringValue"] == "b"
    assert record["attributes"]["ApproximateReceiveCount"] == "1"


def test_a_partial_failure_keeps_what_failed(client, reporter, source, out, clock):
    reporter("report")
    client.create_event_source_mapping(
        FunctionName="f", EventSourceArn=source[1], FunctionResponseTypes=["ReportBatchItemFailures"],
        Enabled=False,
    )  # fmt: skip
    for body in ("good", "bad"):
        out.sqs.send_message(QueueUrl=source[0], MessageBody=body)
    [mapping] = client.list_event_source_mappings()["EventSourceMappings"]
    client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)
    [batch] = out.batches()
    assert sorted(record["body"] for record in batch) == ["bad", "good"]
    clock.settle()
    assert counts(out.sqs, source[0]) == (0, 1)


def test_a_failure_brings_the_batch_back(client, reporter, source, out, clock):
    reporter("raise")
    sqs = out.sqs
    client.create_event_source_mapping(FunctionName="f", EventSourceArn=source[1])
    sqs.send_message(QueueUrl=source[0], MessageBody="bad")
    [[first]] = out.batches()
    clock.settle()
    clock.advance(6)
    [[second]] = out.batches()
    assert first["messageId"] == second["messageId"]
    assert second["attributes"]["ApproximateReceiveCount"] == "2"


def test_filters_drop_what_does_not_match(client, reporter, source, out, sqs):
    reporter()
    pattern = json.dumps({"body": {"kind": ["a", {"prefix": "b"}], "size": [{"numeric": [">", 5]}]}})
    client.create_event_source_mapping(
        FunctionName="f", EventSourceArn=source[1], FilterCriteria={"Filters": [{"Pattern": pattern}]}
    )
    for body in ({"kind": "c", "size": 9}, {"kind": "a", "size": 1}, {"kind": "bc", "size": 6}):
        sqs.send_message(QueueUrl=source[0], MessageBody=json.dumps(body))
    [[record]] = out.batches()
    assert json.loads(record["body"]) == {"kind": "bc", "size": 6}


def test_a_fifo_queue_is_read_in_order(client, reporter, out, sqs):
    reporter()
    url = sqs.create_queue(QueueName="in.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    for number in range(6):
        sqs.send_message(QueueUrl=url, MessageBody=str(number), MessageGroupId="g", MessageDeduplicationId=str(number))
    client.create_event_source_mapping(FunctionName="f", EventSourceArn=arn, BatchSize=2)
    batches = out.batches(3)
    assert sorted([record["body"] for record in batch] for batch in batches) == [["0", "1"], ["2", "3"], ["4", "5"]]


# streams


@pytest.fixture
def table(aws):
    """A client and the ARN of a table's stream."""
    dynamodb = aws.client("dynamodb")
    made = dynamodb.create_table(
        TableName="things", KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )  # fmt: skip
    return dynamodb, made["TableDescription"]["LatestStreamArn"]


def put(dynamodb, *keys: str) -> None:
    for key in keys:
        dynamodb.put_item(TableName="things", Item={"k": {"S": key}})


def keys_of(batch) -> list[str]:
    return [record["dynamodb"]["Keys"]["k"]["S"] for record in batch]


def test_a_stream_needs_a_starting_position(client, reporter, table):
    reporter("", STREAM_ACTIONS)
    with refused("ValidationException"):
        client.create_event_source_mapping(FunctionName="f", EventSourceArn=table[1])


def test_changes_of_a_table_reach_the_function(client, reporter, table, out):
    dynamodb, arn = table
    reporter("", STREAM_ACTIONS)
    put(dynamodb, "a", "b")
    client.create_event_source_mapping(FunctionName="f", EventSourceArn=arn, StartingPosition="TRIM_HORIZON")
    [batch] = out.batches()
    assert keys_of(batch) == ["a", "b"]
    assert (batch[0]["eventName"], batch[0]["eventSource"], batch[0]["eventSourceARN"]) == (
        "INSERT",
        "aws:dynamodb",
        arn,
    )
    put(dynamodb, "c")
    [batch] = out.batches()
    assert keys_of(batch) == ["c"]


def test_latest_leaves_out_what_was_before(client, reporter, table, out, clock):
    dynamodb, arn = table
    reporter("", STREAM_ACTIONS)
    put(dynamodb, "old")
    client.create_event_source_mapping(FunctionName="f", EventSourceArn=arn, StartingPosition="LATEST")
    clock.settle()
    put(dynamodb, "new")
    [batch] = out.batches()
    assert keys_of(batch) == ["new"]


def test_a_bad_record_is_found_by_halves_and_passed_on(client, reporter, table, out, sqs):
    dynamodb, arn = table
    reporter("raise", STREAM_ACTIONS)
    url = sqs.create_queue(QueueName="failures")["QueueUrl"]
    failures = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    put(dynamodb, "a", "bad", "c")
    client.create_event_source_mapping(
        FunctionName="f", EventSourceArn=arn, StartingPosition="TRIM_HORIZON", BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": failures}},
    )  # fmt: skip
    batches = [keys_of(batch) for batch in out.batches(5)]
    assert sorted(batches) == [["a"], ["a", "bad", "c"], ["bad"], ["bad", "c"], ["c"]]
    [message] = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    told = json.loads(message["Body"])
    assert told["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert (told["DDBStreamBatchInfo"]["batchSize"], told["DDBStreamBatchInfo"]["streamArn"]) == (1, arn)


def test_a_report_goes_on_from_the_first_record_that_failed(client, reporter, table, out):
    dynamodb, arn = table
    reporter("report", STREAM_ACTIONS)
    put(dynamodb, "a", "bad", "c")
    client.create_event_source_mapping(
        FunctionName="f", EventSourceArn=arn, StartingPosition="TRIM_HORIZON", MaximumRetryAttempts=1,
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )  # fmt: skip
    assert [keys_of(batch) for batch in out.batches(2)] == [["a", "bad", "c"], ["bad", "c"]]
