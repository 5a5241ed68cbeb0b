"""What the hot paths read is found by an index; schedules and what they have on its way survive the process."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from cloudchamber.cloud import Cloud
from cloudchamber.config import Config
from cloudchamber.core.faults import FaultRule
from cloudchamber.identity import principals
from cloudchamber.services.scheduler.store import SchedulerStore
from cloudchamber.storage.engine import Store

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNT, START = "111122223333", 1_800_000_000.0
TRUST = {"Effect": "Allow", "Principal": {"Service": "scheduler.amazonaws.com"}, "Action": "sts:AssumeRole"}
ANYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        ("SELECT 1 FROM scheduler_invocations WHERE schedule = ?", "scheduler_invocations_by_schedule"),
        ("SELECT 1 FROM scheduler_schedules WHERE is_enabled = ?", "scheduler_schedules_by_is_enabled"),
        ("SELECT 1 FROM scheduler_schedules WHERE account = ? AND region = ? AND group_name = ?", "PRIMARY KEY"),
        ("SELECT 1 FROM scheduler_groups WHERE account = ? AND region = ?", "PRIMARY KEY"),
    ],
)
def test_rows_are_found_by_an_index(sql: str, index: str):
    db = Store(None)
    SchedulerStore(db)
    plan = db.plan(sql, (None,) * sql.count("?"))
    assert index in plan and "SCAN" not in plan


def enter(cloud: Cloud, operation: str, **request: Any) -> Any:
    return cloud.dispatcher.enter(principals.root(ACCOUNT), ACCOUNT, "us-east-1", operation, request)


def document(statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


async def prepare(cloud: Cloud, expression: str, **more: Any) -> None:
    """A queue and a schedule that sends the scheduled time to it."""
    await enter(cloud, "sqs:CreateQueue", QueueName="q")
    await enter(cloud, "iam:CreateRole", RoleName="r", AssumeRolePolicyDocument=document(TRUST))
    await enter(cloud, "iam:PutRolePolicy", RoleName="r", PolicyName="p", PolicyDocument=document(ANYTHING))
    target = {
        "Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:q", "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r",
        "Input": "<aws.scheduler.scheduled-time> <aws.scheduler.attempt-number>", **more,
    }  # fmt: skip
    await enter(
        cloud, "scheduler:CreateSchedule", Name="s", ScheduleExpression=expression, Target=target,
        FlexibleTimeWindow={"Mode": "OFF"}, StartDate=START + 60,
    )  # fmt: skip


async def bodies(cloud: Cloud) -> list[str]:
    got = await enter(cloud, "sqs:ReceiveMessage", QueueUrl=f"http://localhost/{ACCOUNT}/q", MaxNumberOfMessages=10)
    return sorted(message["Body"] for message in got.get("Messages") or ())


async def leave(cloud: Cloud, back_at: float) -> None:
    """The process ends at once; the next begins at another time."""
    cloud.clock.forget_timers()
    cloud.clock.freeze(back_at)
    await cloud.stop()


def lived_through(tmp_path: Path, first: Any, second: Any) -> None:
    """Two processes, one after the other, on one folder; each is given its cloud."""

    async def live(part: Any) -> None:
        cloud = Cloud(Config(port=0, data_dir=tmp_path, freeze_at=START))
        await cloud.start()
        await part(cloud)
        if not cloud.clock.is_stopping:
            await cloud.stop()

    asyncio.run(live(first))
    asyncio.run(live(second))


def test_a_schedule_goes_on_after_a_restart(tmp_path: Path):
    async def first(cloud: Cloud) -> None:
        await prepare(cloud, "rate(10 minutes)")
        await cloud.clock.advance(100)
        assert await bodies(cloud) == ["2027-01-15T08:01:00Z 1"]
        await leave(cloud, START + 100)

    async def second(cloud: Cloud) -> None:
        await cloud.clock.advance(559)
        assert await bodies(cloud) == ["2027-01-15T08:01:00Z 1"]  # received before, and visible again: nothing new
        await cloud.clock.advance(1)
        assert await bodies(cloud) == ["2027-01-15T08:11:00Z 1"]

    lived_through(tmp_path, first, second)


def test_a_firing_whose_process_died_before_the_call_is_done_by_the_next(tmp_path: Path):
    async def first(cloud: Cloud) -> None:
        await prepare(cloud, "rate(10 minutes)")
        plans: list[Any] = []
        cloud.registry.get("scheduler").service.plan = plans.append  # type: ignore[method-assign,attr-defined]
        await cloud.clock.advance(60)
        assert len(plans) == 1 and await bodies(cloud) == []
        await leave(cloud, START + 60)

    async def second(cloud: Cloud) -> None:
        await cloud.clock.settle()
        assert await bodies(cloud) == ["2027-01-15T08:01:00Z 1"]
        assert cloud.store.value("SELECT count(*) FROM scheduler_invocations") == 0

    lived_through(tmp_path, first, second)


def test_a_retry_comes_when_it_would_have_come(tmp_path: Path):
    async def first(cloud: Cloud) -> None:
        await prepare(cloud, "rate(1 days)")
        fault = {"service": "sqs", "operation": "SendMessage", "account": ACCOUNT}
        cloud.faults.add(FaultRule(id="f", kind="error", **fault))
        await cloud.clock.advance(60 + 1 + 2 + 4 + 8)
        cloud.faults.remove()
        await leave(cloud, START + 75)

    async def second(cloud: Cloud) -> None:
        await cloud.clock.advance(15)
        assert await bodies(cloud) == []
        await cloud.clock.advance(1)
        assert await bodies(cloud) == ["2027-01-15T08:01:00Z 6"]

    lived_through(tmp_path, first, second)


@pytest.mark.parametrize(
    ("expression", "down_for", "expected"),
    [
        ("rate(10 minutes)", 3600, ["2027-01-15T09:01:00Z 1"]),  # of seven the last
        ("at(2027-01-15T08:01:00)", 3600, ["2027-01-15T08:01:00Z 1"]),
        ("at(2027-01-15T08:01:00)", 2 * 86_400, []),  # older than an event may get
    ],
)
def test_the_last_firing_that_fell_due_in_between_is_made_up_for(tmp_path: Path, expression, down_for, expected):
    async def first(cloud: Cloud) -> None:
        await prepare(cloud, expression)
        await leave(cloud, START + 60 + down_for)

    async def second(cloud: Cloud) -> None:
        await cloud.clock.settle()
        assert await bodies(cloud) == expected

    lived_through(tmp_path, first, second)
