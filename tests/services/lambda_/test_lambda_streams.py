"""Tumbling windows, lanes of a shard, and loops that are ended.

https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
"""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from cloudchamber.core.clock import Clock
from cloudchamber.core.polling.streams import Shard
from cloudchamber.services.lambda_.polling_streams import MappedStream, Window
from cloudchamber.services.lambda_.records import Mapping
from tests.gateway.own_server import eventually
from tests.services.lambda_.lambda_calls import invoked, made_role

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()
ADDS = """
import boto3, json, os
sqs = boto3.client("sqs")
def handler(event, context):
    state = event["state"]
    state["sum"] = state.get("sum", 0) + len(event["Records"])
    if event["isFinalInvokeForWindow"]:
        told = [event["window"], state["sum"], event["isWindowTerminatedEarly"]]
        sqs.send_message(QueueUrl=os.environ["OUT"], MessageBody=json.dumps(told))
    return {"state": state}
"""
TELLS = """
import boto3, json, os
sqs = boto3.client("sqs")
def handler(event, context):
    keys = [record["dynamodb"]["NewImage"] for record in event["Records"]]
    told = [(one["k"]["S"], int(one["n"]["N"])) for one in keys]
    sqs.send_message(QueueUrl=os.environ["OUT"], MessageBody=json.dumps(told))
"""
LOOPS = """
import boto3, os
def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=os.environ["OUT"], MessageBody="again")
"""


@pytest.fixture
def noon(frozen_clock):
    frozen_clock.freeze(NOON)
    return frozen_clock


@pytest.fixture
def out(sqs):
    return sqs.create_queue(QueueName="out")["QueueUrl"]


@pytest.fixture
def table(aws):
    dynamodb = aws.client("dynamodb")
    made = dynamodb.create_table(
        TableName="things", KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )  # fmt: skip
    return dynamodb, made["TableDescription"]["LatestStreamArn"]


@pytest.fixture
def reader(client, function, iam, out, table):
    """`reader(source, **mapping)`: a function that reads the table's stream."""

    def make(source: str, **mapping) -> None:
        role = made_role(iam, "reader", "dynamodb:*", "sqs:SendMessage")
        function(source, Role=role, Environment={"Variables": {"OUT": out}})
        client.create_event_source_mapping(
            FunctionName="f", EventSourceArn=table[1], StartingPosition="TRIM_HORIZON", **mapping
        )  # fmt: skip

    return make


def put(dynamodb, key: str, number: int = 0) -> None:
    dynamodb.put_item(TableName="things", Item={"k": {"S": key}, "n": {"N": str(number)}})


def told(sqs, url: str) -> list:
    found = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [json.loads(message["Body"]) for message in messages]
    return found


def test_a_window_hands_its_state_on_until_it_ends(noon, reader, table, sqs, out):
    reader(ADDS, TumblingWindowInSeconds=60)
    for key in "abc":
        put(table[0], key)
        noon.advance(10)
    assert told(sqs, out) == []
    noon.advance(60)
    put(table[0], "d")
    noon.advance(60)
    assert told(sqs, out) == [
        [{"start": "2026-03-01T12:00:00.000Z", "end": "2026-03-01T12:01:00.000Z"}, 3, False],
        [{"start": "2026-03-01T12:01:00.000Z", "end": "2026-03-01T12:02:00.000Z"}, 1, False],
    ]


def test_the_lanes_of_a_shard_keep_what_belongs_to_an_item_together(clock, reader, table, sqs, out):
    for number in range(5):
        for key in "abcdefgh":
            put(table[0], key, number)
    reader(TELLS, ParallelizationFactor=4, BatchSize=7)
    clock.settle()
    batches = told(sqs, out)
    assert len(batches) >= 6
    assert max(map(len, batches)) <= 7
    seen = [pair for batch in batches for pair in batch]
    assert sorted(map(tuple, seen)) == sorted((key, number) for key in "abcdefgh" for number in range(5))
    for key in "abcdefgh":
        homes = [index for index, batch in enumerate(batches) if any(name == key for name, _ in batch)]
        assert all(batches[one] == sorted(batches[one], key=lambda pair: pair[1]) for one in homes)


@pytest.fixture
def loop(client, function, iam, sqs):
    """`loop(**attributes)`: the URL of a queue whose function sends to it."""

    def make(**attributes: str) -> str:
        url = sqs.create_queue(QueueName="loop", Attributes={"VisibilityTimeout": "5", **attributes})["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        function(LOOPS, Role=made_role(iam, "loops", "sqs:*"), Environment={"Variables": {"OUT": url}})
        client.create_event_source_mapping(FunctionName="f", EventSourceArn=arn)
        return url

    return make


def invocations(cloud, account: str) -> int:
    return len(cloud.spans(operation="run_batch", account=account))


def test_a_loop_through_a_queue_ends(cloud, account, clock, loop, sqs):
    url = loop()
    sqs.send_message(QueueUrl=url, MessageBody="begin")
    clock.settle()
    done = invocations(cloud, account)
    assert done == 17  # the last one was refused
    clock.advance(60)
    assert invocations(cloud, account) == done
    assert "Messages" not in sqs.receive_message(QueueUrl=url)


def test_a_loop_ends_in_the_dead_letter_queue(clock, loop, sqs, out):
    arn = sqs.get_queue_attributes(QueueUrl=out, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    url = loop(RedrivePolicy=policy)
    sqs.send_message(QueueUrl=url, MessageBody="begin")
    clock.advance(10)
    [message] = sqs.receive_message(QueueUrl=out)["Messages"]
    assert message["Body"] == "again"


def test_a_loop_that_is_wanted_goes_on(cloud, account, client, loop, sqs):
    url = loop()
    client.put_function_recursion_config(FunctionName="f", RecursiveLoop="Allow")
    sqs.send_message(QueueUrl=url, MessageBody="begin")
    assert eventually(lambda: invocations(cloud, account) > 20)
    sqs.delete_queue(QueueUrl=url)


def test_functions_that_call_one_another_in_circles_are_stopped(client, function, iam):
    source = """
import boto3
def handler(event, context):
    answer = boto3.client("lambda").invoke(FunctionName="f")
    return answer["Payload"].read().decode()
"""
    function(source, Role=made_role(iam, "circle", "lambda:InvokeFunction"), Timeout=20)
    text = json.dumps(invoked(client, "f")["Payload"])
    assert "RecursiveInvocationException" in text


# what fails, and what is not sent at all


@pytest.fixture
def ends(sqs, out):
    """`seen()` by the function, `letters()` of what was given up, and the `config` of a mapping that asks for those."""
    url = sqs.create_queue(QueueName="failures")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return SimpleNamespace(
        seen=lambda: told(sqs, out), letters=lambda: told(sqs, url), config={"OnFailure": {"Destination": arn}}
    )


def test_lanes_that_fail_wait_for_the_cloud_s_time(noon, reader, table, ends):
    for key in "abcd":
        put(table[0], key)
    fails = "def handler(event, context):\n    raise ValueError"
    reader(fails, ParallelizationFactor=4, MaximumRetryAttempts=2, DestinationConfig=ends.config)
    noon.advance(2)
    assert ends.letters() == []
    noon.advance(1)
    letters = ends.letters()
    assert sum(letter["DDBStreamBatchInfo"]["batchSize"] for letter in letters) == 4
    assert {letter["requestContext"]["approximateInvokeCount"] for letter in letters} == {3}


def test_a_throttled_function_uses_up_no_retries(noon, client, reader, table, ends):
    """Those are of function errors: https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html"""
    reader(TELLS, MaximumRetryAttempts=0, BisectBatchOnFunctionError=True, DestinationConfig=ends.config)
    client.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    put(table[0], "a")
    noon.advance(20)
    client.delete_function_concurrency(FunctionName="f")
    noon.advance(60)
    assert (ends.seen(), ends.letters()) == ([[["a", 0]]], [])


def test_a_record_that_is_too_old_is_not_sent(noon, reader, table, ends):
    put(table[0], "old")
    noon.advance(120)
    put(table[0], "new")
    reader(TELLS, MaximumRecordAgeInSeconds=60, DestinationConfig=ends.config)
    noon.settle()
    assert ends.seen() == [[["new", 0]]]
    [letter] = ends.letters()
    assert letter["requestContext"]["condition"] == "RecordAgeExceeded"
    assert letter["DDBStreamBatchInfo"]["batchSize"] == 1


def test_a_window_s_answer_that_is_no_json_is_a_failure():
    """A runtime of one's own may answer anything."""
    service = SimpleNamespace(platform=SimpleNamespace(clock=Clock()))
    mapping = Mapping("u", "a", "r", "f", "", "arn:aws:dynamodb:r:a:table/t/stream/s", {}, True, 0.0)
    mapped, shard = MappedStream(service, mapping), Shard("s", "")
    window = mapped.windows["s"] = Window(0, 60, {"sum": 1})

    async def answers(*_):
        return b"done"

    service.run = answers
    assert asyncio.run(mapped.attempt(shard, ["a record"])).left == ["a record"]
    assert window.state == {"sum": 1}
