"""kill -9 while functions work: messages in flight are processed after the restart, and no accepted event is lost."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.gateway.own_server import eventually
from tests.recovery.test_kill import KillableServer, advance

if TYPE_CHECKING:
    from pathlib import Path

MESSAGES, EVENTS = 60, 20
KEEPS = """
import boto3
table = boto3.client("dynamodb")
def handler(event, context):
    for name in [record["body"] for record in event["Records"]] if "Records" in event else [event["name"]]:
        table.put_item(TableName="done", Item={"k": {"S": name}})
"""
TRUST = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
}


@pytest.fixture
def server(tmp_path: Path):
    made = KillableServer(tmp_path / "data")
    made.start()
    yield made
    made.kill()


def package() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        made.writestr("index.py", KEEPS)
    return content.getvalue()


def deploy(server: KillableServer) -> str:
    """A table, a queue, and a function that keeps what it is given; the queue's URL."""
    iam, functions, sqs = server.client("iam"), server.client("lambda"), server.client("sqs")
    server.client("dynamodb").create_table(
        TableName="done", KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
    )  # fmt: skip
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    allow = {"Effect": "Allow", "Action": ["dynamodb:PutItem", "sqs:*"], "Resource": "*"}
    iam.put_role_policy(
        RoleName="r", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": allow})
    )
    url: str = sqs.create_queue(QueueName="work", Attributes={"VisibilityTimeout": "30"})["QueueUrl"]
    functions.create_function(
        FunctionName="keeps", Runtime="python3.11", Handler="index.handler", Role=role, Timeout=20,
        Code={"ZipFile": package()},
    )  # fmt: skip
    arn = "arn:aws:sqs:us-east-1:000000000000:work"
    functions.create_event_source_mapping(FunctionName="keeps", EventSourceArn=arn, BatchSize=3)
    return url


def kept(server: KillableServer) -> set[str]:
    return {item["k"]["S"] for item in server.client("dynamodb").scan(TableName="done")["Items"]}


def test_messages_in_flight_and_accepted_events_are_processed_after_the_restart(server: KillableServer):
    url = deploy(server)
    sqs, functions = server.client("sqs"), server.client("lambda")
    wanted = set()
    for number in range(MESSAGES):
        sqs.send_message(QueueUrl=url, MessageBody=f"message {number}")
        wanted.add(f"message {number}")
        if number < EVENTS:
            event = json.dumps({"name": f"event {number}"})
            functions.invoke(FunctionName="keeps", InvocationType="Event", Payload=event)
            wanted.add(f"event {number}")
    server.kill()
    server.start()
    before = kept(server)
    server.kill()  # once more, at work
    server.start()
    advance(server, 60)  # what was in flight becomes visible again
    assert eventually(lambda: kept(server) == wanted)
    assert before <= wanted
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

    def left() -> list[str]:
        found = server.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return [found[name] for name in names]

    assert eventually(lambda: left() == ["0", "0"])
