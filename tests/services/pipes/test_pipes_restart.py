"""What the process had under way when it died goes on in the next: pipes, their states, how far they came."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from cloudchamber.cloud import Cloud
from cloudchamber.config import Config
from cloudchamber.identity import principals
from cloudchamber.services.pipes.store import PipesStore
from cloudchamber.storage.engine import Store

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNT, START = "111122223333", 1_800_000_000.0
TRUST = {"Effect": "Allow", "Principal": {"Service": "pipes.amazonaws.com"}, "Action": "sts:AssumeRole"}
ANYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def test_positions_are_found_by_an_index():
    db = Store(None)
    PipesStore(db)
    plan = db.plan("SELECT shard, sequence, is_ended FROM pipes_positions WHERE pipe = ?", (None,))
    assert "PRIMARY KEY" in plan and "SCAN" not in plan


def enter(cloud: Cloud, operation: str, **request: Any) -> Any:
    return cloud.dispatcher.enter(principals.root(ACCOUNT), ACCOUNT, "us-east-1", operation, request)


def document(statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


async def prepare(cloud: Cloud, source: str, **more: Any) -> None:
    """Two queues, and a pipe from a source to the second."""
    for name in ("source", "target"):
        await enter(cloud, "sqs:CreateQueue", QueueName=name)
    await enter(cloud, "iam:CreateRole", RoleName="r", AssumeRolePolicyDocument=document(TRUST))
    await enter(cloud, "iam:PutRolePolicy", RoleName="r", PolicyName="p", PolicyDocument=document(ANYTHING))
    await enter(
        cloud, "pipes:CreatePipe", Name="p", Source=source, Target=f"arn:aws:sqs:us-east-1:{ACCOUNT}:target",
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/r", **more,
    )  # fmt: skip


def url(name: str) -> str:
    return f"http://localhost/{ACCOUNT}/{name}"


async def bodies(cloud: Cloud) -> list[str]:
    """What has come to the target; gone afterwards."""
    await cloud.clock.settle()
    got = await enter(cloud, "sqs:ReceiveMessage", QueueUrl=url("target"), MaxNumberOfMessages=10)
    for message in got.get("Messages") or ():
        await enter(cloud, "sqs:DeleteMessage", QueueUrl=url("target"), ReceiptHandle=message["ReceiptHandle"])
    return sorted(message["Body"] for message in got.get("Messages") or ())


def lived_through(tmp_path: Path, *parts: Any) -> None:
    """Processes one after the other on one folder; each is given its cloud."""

    async def live(part: Any) -> None:
        cloud = Cloud(Config(port=0, data_dir=tmp_path, freeze_at=START))
        await cloud.start()
        await part(cloud)
        await cloud.stop()

    for part in parts:
        asyncio.run(live(part))


def test_a_pipe_that_was_running_runs_on_and_a_stopped_one_stays_so(tmp_path: Path):
    source = f"arn:aws:sqs:us-east-1:{ACCOUNT}:source"

    async def first(cloud: Cloud) -> None:
        await prepare(cloud, source, TargetParameters={"InputTemplate": "<$.body>"})
        await cloud.clock.settle()

    async def second(cloud: Cloud) -> None:
        await enter(cloud, "sqs:SendMessage", QueueUrl=url("source"), MessageBody="x")
        assert await bodies(cloud) == ["x"]
        await enter(cloud, "pipes:StopPipe", Name="p")
        await cloud.clock.settle()

    async def third(cloud: Cloud) -> None:
        await enter(cloud, "sqs:SendMessage", QueueUrl=url("source"), MessageBody="y")
        assert await bodies(cloud) == []

    lived_through(tmp_path, first, second, third)


def test_a_change_of_state_that_was_under_way_is_carried_out(tmp_path: Path):
    source = f"arn:aws:sqs:us-east-1:{ACCOUNT}:source"

    def dies_before(operation: str, **request: Any) -> Any:
        async def part(cloud: Cloud) -> None:
            pipes: Any = cloud.registry.get("pipes").service
            pipes.go_on = lambda pipe: None
            if operation == "Create":
                await prepare(cloud, source)
            else:
                await enter(cloud, f"pipes:{operation}Pipe", Name="p", **request)

        return part

    def then_is(state: str) -> Any:
        async def part(cloud: Cloud) -> None:
            found = await enter(cloud, "pipes:wait_until_settled", Name="p")
            assert found["CurrentState"] == state

        return part

    role = f"arn:aws:iam::{ACCOUNT}:role/r"
    lived_through(
        tmp_path, dies_before("Create"), then_is("RUNNING"), dies_before("Stop"), then_is("STOPPED"),
        dies_before("Start"), then_is("RUNNING"), dies_before("Update", RoleArn=role, DesiredState="STOPPED"),
        then_is("STOPPED"), dies_before("Delete"), then_is("DELETED"),
    )  # fmt: skip


def test_a_stream_is_read_on_from_where_the_pipe_was(tmp_path: Path):
    async def put(cloud: Cloud, value: str) -> None:
        await enter(cloud, "dynamodb:PutItem", TableName="things", Item={"k": {"S": value}})

    async def first(cloud: Cloud) -> None:
        made = await enter(
            cloud, "dynamodb:CreateTable", TableName="things", BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
        )  # fmt: skip
        await cloud.clock.settle()
        await put(cloud, "before")
        await prepare(
            cloud, made["TableDescription"]["LatestStreamArn"],
            SourceParameters={"DynamoDBStreamParameters": {"StartingPosition": "LATEST"}},
            TargetParameters={"InputTemplate": "<$.dynamodb.Keys.k.S>"},
        )  # fmt: skip
        await cloud.clock.settle()
        await put(cloud, "a")
        assert await bodies(cloud) == ["a"]

    async def second(cloud: Cloud) -> None:
        assert await bodies(cloud) == []
        await put(cloud, "b")
        assert await bodies(cloud) == ["b"]

    lived_through(tmp_path, first, second)


def test_a_deleted_pipe_leaves_nothing(tmp_path: Path):
    async def only(cloud: Cloud) -> None:
        await prepare(cloud, f"arn:aws:sqs:us-east-1:{ACCOUNT}:source")
        await cloud.clock.settle()
        await enter(cloud, "pipes:DeletePipe", Name="p")
        assert (await enter(cloud, "pipes:wait_until_settled", Name="p"))["CurrentState"] == "DELETED"
        assert cloud.store.value("SELECT count(*) FROM pipes_pipes") == 0
        assert cloud.store.value("SELECT count(*) FROM pipes_positions") == 0

    lived_through(tmp_path, only)


def test_a_pipe_reads_once_after_a_snapshot_is_loaded(tmp_path: Path):
    async def only(cloud: Cloud) -> None:
        await prepare(
            cloud, f"arn:aws:sqs:us-east-1:{ACCOUNT}:source", TargetParameters={"InputTemplate": "<$.body>"}
        )  # fmt: skip
        await cloud.clock.settle()
        cloud.save_snapshot("s")
        await enter(cloud, "sqs:SendMessage", QueueUrl=url("source"), MessageBody="lost")
        assert await bodies(cloud) == ["lost"]
        await cloud.load_snapshot("s")
        await cloud.clock.settle()
        await enter(cloud, "sqs:SendMessage", QueueUrl=url("source"), MessageBody="x")
        assert await bodies(cloud) == ["x"]
        assert await bodies(cloud) == []

    lived_through(tmp_path, only)
