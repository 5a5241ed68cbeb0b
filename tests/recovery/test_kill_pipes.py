"""kill -9 while pipes carry messages: what was put into the source comes out of the target, at least once."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest

from tests.recovery.test_kill import KillableServer, advance, drain

if TYPE_CHECKING:
    from pathlib import Path

KILLS, AT_ONCE = 4, 50
WAIT_SECONDS = 40  # longer than the source's visibility timeout


@pytest.fixture
def server(tmp_path: Path):
    made = KillableServer(tmp_path / "data")
    made.start()
    yield made
    made.kill()


def test_what_goes_in_comes_out(server: KillableServer):
    iam, sqs, dynamodb = (server.client(name) for name in ("iam", "sqs", "dynamodb"))
    trust = {"Effect": "Allow", "Principal": {"Service": "pipes.amazonaws.com"}, "Action": "sts:AssumeRole"}
    allowed = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": trust})
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    document = json.dumps({"Version": "2012-10-17", "Statement": allowed})
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=document)
    source = sqs.create_queue(QueueName="source")["QueueUrl"]
    target = sqs.create_queue(QueueName="target")["QueueUrl"]
    stream = dynamodb.create_table(
        TableName="things", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )["TableDescription"]["LatestStreamArn"]  # fmt: skip
    arn = "arn:aws:sqs:us-east-1:000000000000:"
    pipes = server.client("pipes")
    pipes.create_pipe(Name="queue", Source=f"{arn}source", Target=f"{arn}target", RoleArn=role,
                      TargetParameters={"InputTemplate": "<$.body>"})  # fmt: skip
    pipes.create_pipe(
        Name="stream", Source=stream, Target=f"{arn}target", RoleArn=role,
        SourceParameters={"DynamoDBStreamParameters": {"StartingPosition": "TRIM_HORIZON", "BatchSize": 3}},
        TargetParameters={"InputTemplate": "<$.dynamodb.Keys.k.S>"},
    )  # fmt: skip
    seed, sent = random.Random(20261121), []
    for round_ in range(KILLS):
        for number in range(seed.randrange(10, AT_ONCE)):
            name = f"{round_}-{number}"
            sqs.send_message(QueueUrl=source, MessageBody=f"q{name}")
            dynamodb.put_item(TableName="things", Item={"k": {"S": f"s{name}"}})
            sent += [f"q{name}", f"s{name}"]
        server.kill()
        server.start()
    advance(server, WAIT_SECONDS)
    advance(server, WAIT_SECONDS)
    assert sorted(set(drain(sqs, target))) == sorted(sent)
    assert drain(sqs, source) == []
