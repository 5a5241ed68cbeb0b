"""Operations on pipes: what is kept, shown, refused, and the states a pipe comes through."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.services.calls import refused
from tests.services.pipes.pipes_calls import allow, made_role

NO_QUEUE_LEAVE = (
    "Pipes does not have required permissions to perform Queue operations (sqs:ReceiveMessage, sqs:DeleteMessage and "
    "sqs:GetQueueAttributes)"
)


def test_a_pipe_shows_what_it_was_made_with(pipes, create, queue, role):
    source, target = queue("source"), queue("target")
    account = source.arn.split(":")[4]
    filters = {"Filters": [{"Pattern": '{"body": {"n": [1]}}'}]}
    found = create(
        source.arn, target.arn, Description="d", DesiredState="STOPPED", Tags={"a": "1"},
        SourceParameters={"FilterCriteria": filters}, TargetParameters={"InputTemplate": "<$.body>"},
    )  # fmt: skip
    del found["ResponseMetadata"]
    assert found.pop("CreationTime") == found.pop("LastModifiedTime")
    assert found == {
        "Arn": f"arn:aws:pipes:us-east-1:{account}:pipe/p", "Name": "p", "Description": "d",
        "DesiredState": "STOPPED", "CurrentState": "STOPPED", "Source": source.arn, "Target": target.arn,
        "RoleArn": role, "Tags": {"a": "1"}, "TargetParameters": {"InputTemplate": "<$.body>"},
        "SourceParameters": {"FilterCriteria": filters, "SqsQueueParameters": {"BatchSize": 10}},
    }  # fmt: skip


def test_a_pipe_comes_into_its_states_by_itself(pipes, queue, role, clock):
    source, target = queue("source"), queue("target")
    made = pipes.create_pipe(Name="p", Source=source.arn, Target=target.arn, RoleArn=role)
    assert (made["CurrentState"], made["DesiredState"]) == ("CREATING", "RUNNING")

    def state():
        clock.settle()
        return pipes.describe_pipe(Name="p")["CurrentState"]

    assert state() == "RUNNING"
    assert pipes.start_pipe(Name="p")["CurrentState"] == "RUNNING"
    stopping = pipes.stop_pipe(Name="p")
    assert (stopping["CurrentState"], stopping["DesiredState"]) == ("STOPPING", "STOPPED")
    assert state() == "STOPPED"
    assert pipes.stop_pipe(Name="p")["CurrentState"] == "STOPPED"
    assert pipes.start_pipe(Name="p")["CurrentState"] == "STARTING"
    assert state() == "RUNNING"
    assert pipes.update_pipe(Name="p", RoleArn=role, DesiredState="STOPPED")["CurrentState"] == "UPDATING"
    assert state() == "STOPPED"
    deleting = pipes.delete_pipe(Name="p")
    assert (deleting["CurrentState"], deleting["DesiredState"]) == ("DELETING", "DELETED")
    clock.settle()
    with refused("NotFoundException", "Pipe p does not exist.", 404):
        pipes.describe_pipe(Name="p")


def test_what_is_there_or_not_there(pipes, create, queue, role):
    q = queue()
    create(q.arn, q.arn, DesiredState="STOPPED")
    with refused("ConflictException", "Pipe p already exists.", 409) as caught:
        pipes.create_pipe(Name="p", Source=q.arn, Target=q.arn, RoleArn=role)
    assert caught.value.response["resourceType"] == "Pipe"
    for call in (pipes.start_pipe, pipes.stop_pipe, pipes.delete_pipe, pipes.describe_pipe):
        with refused("NotFoundException", "Pipe x does not exist.", 404):
            call(Name="x")
    with refused("NotFoundException", "Pipe x does not exist.", 404):
        pipes.update_pipe(Name="x", RoleArn=role)


def test_pipes_are_listed_in_pages_by_what_is_asked(pipes, create, queue):
    one, two = queue("one"), queue("two")
    create(one.arn, two.arn, "a")
    create(two.arn, one.arn, "b", DesiredState="STOPPED")
    create(one.arn, one.arn, "b2", DesiredState="STOPPED")

    def names(**query):
        return [found["Name"] for found in pipes.list_pipes(**query)["Pipes"]]

    assert names() == ["a", "b", "b2"]
    assert names(NamePrefix="b") == ["b", "b2"]
    assert names(SourcePrefix=one.arn) == ["a", "b2"]
    assert names(TargetPrefix=two.arn) == ["a"]
    assert names(DesiredState="STOPPED", CurrentState="STOPPED") == ["b", "b2"]
    page = pipes.list_pipes(Limit=2)
    assert [found["Name"] for found in page["Pipes"]] == ["a", "b"]
    assert page["Pipes"][0]["Source"] == one.arn and page["Pipes"][0]["Target"] == two.arn
    assert names(Limit=2, NextToken=page["NextToken"]) == ["b2"]
    with refused("ValidationException", "Invalid NextToken."):
        pipes.list_pipes(NextToken="x")


def test_pipes_have_tags(pipes, create, queue):
    q = queue()
    arn = create(q.arn, q.arn, Tags={"a": "1"}, DesiredState="STOPPED")["Arn"]
    pipes.tag_resource(resourceArn=arn, tags={"b": "2", "a": "3"})
    pipes.untag_resource(resourceArn=arn, tagKeys=["b"])
    assert pipes.list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "3"}
    with refused("ValidationException", "aws: prefixed tag key names are not allowed for external use."):
        pipes.tag_resource(resourceArn=arn, tags={"aws:x": "1"})
    with refused("ServiceQuotaExceededException", "A pipe has 50 tags at most.", 402):
        pipes.tag_resource(resourceArn=arn, tags={f"k{n}": "1" for n in range(50)})
    with refused("NotFoundException", "Pipe x does not exist.", 404):
        pipes.list_tags_for_resource(resourceArn=arn[:-1] + "x")


STREAM = "arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/2026-01-01T00:00:00.000"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"
DESTINATION = "arn:aws:events:us-east-1:123456789012:api-destination/d/11111111-2222-3333-4444-555555555555"


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"Source": "arn:aws:s3:::bucket"}, "Source arn:aws:s3:::bucket is not supported."),
        ({"Target": "arn:aws:s3:::bucket"}, "Target arn:aws:s3:::bucket is not supported."),
        ({"Enrichment": QUEUE}, f"Enrichment {QUEUE} is not supported."),
        ({"Source": STREAM}, "StartingPosition is required for DynamoDB stream sources."),
        ({"Target": f"{QUEUE}.fifo"}, "MessageGroupId is required for FIFO queue targets."),
        (
            {"SourceParameters": {"SqsQueueParameters": {"BatchSize": 11}}},
            "The batch size of the source (11) exceeds what the enrichment or target takes at once (10).",
        ),
        (
            {"Enrichment": DESTINATION, "SourceParameters": {"SqsQueueParameters": {"BatchSize": 2}}},
            "The batch size of the source (2) exceeds what the enrichment or target takes at once (1).",
        ),
        (
            {"Source": f"{QUEUE}.fifo",
             "SourceParameters": {"SqsQueueParameters": {"MaximumBatchingWindowInSeconds": 5}}},
            "Batching window is not supported for FIFO queues.",
        ),
        (
            {"SourceParameters": {"DynamoDBStreamParameters": {"StartingPosition": "LATEST"}}},
            "SourceParameters: DynamoDBStreamParameters does not belong to this kind of source or target.",
        ),
        (
            {"TargetParameters": {"HttpParameters": {}}},
            "TargetParameters: HttpParameters does not belong to this kind of source or target.",
        ),
        (
            {"TargetParameters": {"InputTemplate": "<aws.pipes.moon>"}},
            "InputTemplate contains an unknown reserved variable: <aws.pipes.moon>",
        ),
        (
            {"TargetParameters": {"InputTemplate": "<$.a[>"}},
            "InputTemplate contains an invalid JSON path: <$.a[>",
        ),
        ({"LogConfiguration": {"Level": "INFO"}}, "A log destination is required when the log level is not OFF."),
    ],
)  # fmt: skip
def test_what_is_no_pipe_is_refused(pipes, role, request_, message):
    given = {"Source": QUEUE, "Target": QUEUE, "RoleArn": role, **request_}
    with refused("ValidationException", message):
        pipes.create_pipe(Name="p", **given)


def test_a_filter_has_to_be_a_pattern(pipes, role):
    filters = {"Filters": [{"Pattern": '{"body": 1}'}]}
    with refused("ValidationException") as caught:
        pipes.create_pipe(
            Name="p", Source=QUEUE, Target=QUEUE, RoleArn=role,
            SourceParameters={"FilterCriteria": filters},
        )  # fmt: skip
    assert caught.value.response["Error"]["Message"].startswith("Event pattern is not valid. Reason: ")


@pytest.mark.parametrize(
    "request_",
    [
        {"Source": "arn:aws:kinesis:us-east-1:123456789012:stream/s"},
        {"Source": "arn:aws:mq:us-east-1:123456789012:broker:b:b-1"},
        {"Source": "smk://broker.example.com:9092"},
        {"Target": "arn:aws:ecs:us-east-1:123456789012:cluster/c"},
        {"Target": "arn:aws:states:us-east-1:123456789012:stateMachine:m"},
        {"Enrichment": "arn:aws:states:us-east-1:123456789012:stateMachine:m"},
        {"KmsKeyIdentifier": "k"},
        {"LogConfiguration": {"Level": "INFO", "S3LogDestination": {"BucketName": "bbb", "BucketOwner": "1" * 12}}},
    ],
)
def test_what_is_not_here_is_said_to_be_so(pipes, role, request_):
    given = {"Source": QUEUE, "Target": QUEUE, "RoleArn": role, **request_}
    with refused("NotImplemented", status=501):
        pipes.create_pipe(Name="p", **given)


def test_a_role_that_cannot_read_the_source_makes_the_pipe_fail_until_it_can(pipes, create, queue, iam, clock):
    source, target = queue("source"), queue("target")
    narrow = made_role(iam, "narrow", ["sqs:ReceiveMessage", "sqs:SendMessage"])
    found = create(source.arn, target.arn, RoleArn=narrow)
    assert (found["CurrentState"], found["StateReason"]) == ("CREATE_FAILED", NO_QUEUE_LEAVE)
    assert pipes.list_pipes()["Pipes"][0]["StateReason"] == NO_QUEUE_LEAVE
    pipes.start_pipe(Name="p")
    clock.settle()
    assert pipes.describe_pipe(Name="p")["CurrentState"] == "START_FAILED"
    allow(iam, "narrow", "sqs:*")
    pipes.start_pipe(Name="p")
    clock.settle()
    found = pipes.describe_pipe(Name="p")
    assert found["CurrentState"] == "RUNNING" and "StateReason" not in found
    source.send("x")
    assert [event["body"] for event in target.events()] == ["x"]


def test_the_role_has_to_trust_pipes_on_behalf_of_this_one(create, queue, iam):
    q = queue()
    place = q.arn.split(":")[4]
    other = {"ArnEquals": {"aws:SourceArn": f"arn:aws:pipes:us-east-1:{place}:pipe/other"}}
    found = create(q.arn, q.arn, RoleArn=made_role(iam, "other", condition=other))
    assert found["CurrentState"] == "CREATE_FAILED"
    assert found["StateReason"].startswith(f"Pipes cannot assume the role arn:aws:iam::{place}:role/other: ")


def test_sources_that_are_not_there(create, queue):
    q = queue()
    account = q.arn.split(":")[4]
    found = create(f"{q.arn}-none", q.arn)
    assert (found["CurrentState"], found["StateReason"]) == ("CREATE_FAILED", "Queue not found.")
    stream = STREAM.replace("123456789012", account)
    found = create(stream, q.arn, "s", SourceParameters={"DynamoDBStreamParameters": {"StartingPosition": "LATEST"}})
    assert found["CurrentState"] == "CREATE_FAILED"
    assert found["StateReason"] == (
        "Stream not found. To resume processing please delete the pipe and create a new one."
    )


def test_an_update_changes_what_it_names(pipes, create, queue, role, clock):
    source, one, two = queue("source"), queue("one"), queue("two")
    create(
        source.arn, one.arn, Description="d", TargetParameters={"InputTemplate": "<$.body>"},
        SourceParameters={"FilterCriteria": {"Filters": [{"Pattern": '{"body": ["x", "y"]}'}]}},
    )  # fmt: skip
    pipes.update_pipe(Name="p", RoleArn=role, Target=two.arn, SourceParameters={"SqsQueueParameters": {"BatchSize": 5}})
    clock.settle()
    found = pipes.describe_pipe(Name="p")
    assert (found["Target"], found["Description"], found["CurrentState"]) == (two.arn, "d", "RUNNING")
    assert found["SourceParameters"] == {
        "FilterCriteria": {"Filters": [{"Pattern": '{"body": ["x", "y"]}'}]}, "SqsQueueParameters": {"BatchSize": 5},
    }  # fmt: skip
    source.send("x", "z")
    assert two.bodies() == ["x"] and one.bodies() == []


def test_who_makes_a_pipe_must_be_allowed_to_pass_its_role(cloud, iam, queue, role):
    q = queue()
    iam.create_user(UserName="u")
    allowed = {"Effect": "Allow", "Action": "pipes:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": allowed})
    iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=document)
    key = iam.create_access_key(UserName="u")["AccessKey"]
    client = cloud.session_with(key["AccessKeyId"], key["SecretAccessKey"]).client("pipes")
    with refused("AccessDeniedException", status=403) as caught:
        client.create_pipe(Name="p", Source=q.arn, Target=q.arn, RoleArn=role)
    message = caught.value.response["Error"]["Message"]
    assert f"is not authorized to perform: iam:PassRole on resource: {role}" in message


def test_a_tag_that_comes_while_a_pipe_comes_into_its_state_stays(cloud, create, queue, pipes, clock):
    """Asking whether the role may read the source takes its time where calls are slow."""
    source, target = queue("source"), queue("target")
    arn = create(source.arn, target.arn, DesiredState="STOPPED")["Arn"]

    def tag_while_asking(running):
        service = running.registry.get("pipes").service
        asks = service._refusal

        async def asks_slowly(pipe):
            service._refusal = asks
            service.store.pipes.put(replace(pipe, tags={"a": "b"}))
            return await asks(pipe)

        service._refusal = asks_slowly

    cloud.look(tag_while_asking)
    pipes.start_pipe(Name="p")
    clock.settle()
    assert pipes.describe_pipe(Name="p")["CurrentState"] == "RUNNING"
    assert pipes.list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "b"}
