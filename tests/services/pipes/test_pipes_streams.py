"""Pipes that read DynamoDB Streams: positions, order, retries, dead letters."""

from __future__ import annotations

import json

import pytest

from tests.services.pipes.pipes_calls import allow, iso, made_role

BODY = {"InputTemplate": "<$.dynamodb.NewImage.v.S>"}


@pytest.fixture
def table(aws):
    """A table with a stream: `put("key", "value")`, and the stream's ARN."""
    dynamodb = aws.client("dynamodb")
    made = dynamodb.create_table(
        TableName="things", KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )  # fmt: skip

    def put(key: str, value: str) -> None:
        dynamodb.put_item(TableName="things", Item={"k": {"S": key}, "v": {"S": value}})

    return put, made["TableDescription"]["LatestStreamArn"]


def stream(**parameters):
    return {"DynamoDBStreamParameters": {"StartingPosition": "TRIM_HORIZON", **parameters}}


def test_changes_go_on_as_they_are(create, queue, table):
    put, arn = table
    target = queue("target")
    put("a", "1")
    found = create(arn, target.arn, SourceParameters=stream())
    assert found["SourceParameters"]["DynamoDBStreamParameters"] == {
        "StartingPosition": "TRIM_HORIZON", "BatchSize": 10, "MaximumRecordAgeInSeconds": -1,
        "MaximumRetryAttempts": -1, "ParallelizationFactor": 1,
    }  # fmt: skip
    put("a", "2")
    events = sorted(target.events(), key=lambda event: event["dynamodb"]["SequenceNumber"])
    assert [event["eventName"] for event in events] == ["INSERT", "MODIFY"]
    assert events[1]["dynamodb"]["OldImage"]["v"] == {"S": "1"}
    assert (events[0]["eventSource"], events[0]["eventSourceARN"]) == ("aws:dynamodb", arn)


def test_latest_begins_with_what_comes_after_the_pipe(create, queue, table, pipes):
    put, arn = table
    target = queue("target")
    put("a", "before")
    create(arn, target.arn, SourceParameters=stream(StartingPosition="LATEST"), TargetParameters=BODY)
    put("a", "after")
    assert target.bodies() == ["after"]
    pipes.stop_pipe(Name="p")
    target.clock.settle()
    put("a", "meanwhile")
    assert target.bodies() == []
    pipes.start_pipe(Name="p")
    assert target.bodies() == ["meanwhile"]


def test_filters_see_the_change(create, queue, table):
    put, arn = table
    target = queue("target")
    pattern = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"v": {"S": [{"prefix": "x"}]}}}}
    filters = {"FilterCriteria": {"Filters": [{"Pattern": json.dumps(pattern)}]}}
    create(arn, target.arn, SourceParameters={**stream(), **filters}, TargetParameters=BODY)
    for key, value in (("a", "x1"), ("b", "y1"), ("c", "x2"), ("a", "x3")):
        put(key, value)
    assert sorted(target.bodies()) == ["x1", "x2"]


def test_a_failing_batch_holds_up_its_shard_until_it_goes_through(create, queue, iam, table, hour):
    put, arn = table
    target = queue("target.fifo")
    made_role(iam, "narrow", ["dynamodb:*"])
    create(
        arn, target.arn, SourceParameters=stream(), RoleArn=f"arn:aws:iam::{target.arn.split(':')[4]}:role/narrow",
        TargetParameters={**BODY, "SqsQueueParameters": {"MessageGroupId": "g"}},
    )  # fmt: skip
    put("a", "1")
    hour.settle()
    put("b", "2")
    hour.advance(2)
    assert target.bodies() == []
    allow(iam, "narrow", ["dynamodb:*", "sqs:*"])
    hour.advance(60)
    assert target.bodies() == ["1", "2"]


@pytest.mark.parametrize(
    "given_up",
    [
        ({"MaximumRetryAttempts": 2}, "RetryAttemptsExhausted", 3),  # pauses of 1 and 2 seconds
        ({"MaximumRecordAgeInSeconds": 60}, "RecordAgeExceeded", 63),
    ],
)
def test_what_is_given_up_is_told_to_the_dead_letter_queue(create, queue, table, hour, given_up):
    limit, condition, after_s = given_up
    put, arn = table
    dead, gone = queue("dead"), queue("gone")
    gone.sqs.delete_queue(QueueUrl=gone.url)
    config = stream(DeadLetterConfig={"Arn": dead.arn}, **limit)
    pipe = create(arn, gone.arn, SourceParameters=config)["Arn"]
    put("a", "1")
    hour.settle()
    hour.advance(after_s - 1)
    assert dead.bodies() == []
    hour.advance(1)
    letter = dead.events()[0]
    info = letter.pop("DDBStreamBatchInfo")
    assert letter == {
        "context": {"partnerResourceArn": pipe, "condition": condition}, "version": "1.0",
        "timestamp": iso(hour + after_s),
    }  # fmt: skip
    assert (info["batchSize"], info["streamArn"]) == (1, arn)
    assert info["startSequenceNumber"] == info["endSequenceNumber"]
    assert info["approximateArrivalOfFirstRecord"] == iso(hour)


def test_only_what_failed_is_tried_again_and_halves_find_the_one_that_never_goes_through(create, queue, table, hour):
    put, arn = table
    target, dead = queue("target", MaximumMessageSize="1024"), queue("dead")
    for number in range(4):
        put(f"k{number}", f"v{number}" if number != 2 else "x" * 2000)
    config = stream(
        MaximumRetryAttempts=1, OnPartialBatchItemFailure="AUTOMATIC_BISECT", DeadLetterConfig={"Arn": dead.arn}
    )
    create(arn, target.arn, SourceParameters=config, TargetParameters=BODY)
    hour.advance(10)
    assert sorted(target.bodies()) == ["v0", "v1", "v3"]
    assert [letter["DDBStreamBatchInfo"]["batchSize"] for letter in dead.events()] == [1]
    put("k9", "v9")
    assert target.bodies() == ["v9"]


def test_lanes_keep_the_order_of_each_item(create, queue, table):
    put, arn = table
    target = queue("target.fifo")
    for number in range(5):
        for key in ("a", "b", "c"):
            put(key, f"{key}{number}")
    group = {"SqsQueueParameters": {"MessageGroupId": "$.dynamodb.Keys.k.S"}}
    create(
        arn,
        target.arn,
        SourceParameters=stream(ParallelizationFactor=3, BatchSize=2),
        TargetParameters={**BODY, **group},
    )
    bodies = target.bodies()
    assert len(bodies) == 15
    for key in ("a", "b", "c"):
        assert [body for body in bodies if body[0] == key] == [f"{key}{number}" for number in range(5)]


def test_a_change_that_is_too_old_is_not_sent(create, queue, table, hour):
    put, arn = table
    target, dead = queue("target"), queue("dead")
    put("a", "old")
    hour.advance(120)
    put("b", "new")
    config = stream(MaximumRecordAgeInSeconds=60, DeadLetterConfig={"Arn": dead.arn})
    create(arn, target.arn, SourceParameters=config, TargetParameters=BODY)
    assert target.bodies() == ["new"]
    [letter] = dead.events()
    assert letter["context"]["condition"] == "RecordAgeExceeded"
    assert letter["DDBStreamBatchInfo"]["batchSize"] == 1


@pytest.mark.parametrize("idle_s", [20 * 60, 2 * 86400])
def test_a_pipe_that_had_nothing_to_do_for_long_goes_on_at_once(create, queue, table, hour, idle_s):
    """Longer than an iterator lasts, and longer than a record does."""
    put, arn = table
    target = queue("target")
    create(arn, target.arn, SourceParameters=stream(), TargetParameters=BODY)
    put("a", "1")
    assert target.bodies() == ["1"]
    hour.advance(idle_s)
    put("b", "2")
    assert target.bodies() == ["2"]


def test_an_execution_that_breaks_off_is_not_passed_over(cloud, create, queue, table, hour):
    put, arn = table
    target = queue("target")
    create(arn, target.arn, SourceParameters=stream(), TargetParameters=BODY)

    def break_once(running):
        service = running.registry.get("pipes").service
        real = service.execute

        async def breaks(*_):
            service.execute = real
            raise ValueError

        service.execute = breaks

    cloud.look(break_once)
    put("a", "1")
    hour.settle()
    put("b", "2")
    hour.advance(1)
    assert sorted(target.bodies()) == ["1", "2"]
