"""What the hot paths read is found by an index; what was taken in survives the process."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from cloudchamber.cloud import Cloud
from cloudchamber.config import Config
from cloudchamber.identity import principals
from cloudchamber.services.events.store import EventsStore
from cloudchamber.storage.engine import Store

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNT = "111122223333"


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        ("SELECT 1 FROM events_deliveries WHERE event = ?", "events_deliveries_by_event"),
        ("SELECT 1 FROM events_rules WHERE is_scheduled = ?", "events_rules_by_is_scheduled"),
        ("SELECT 1 FROM events_rules WHERE account = ? AND region = ? AND bus = ?", "PRIMARY KEY"),
        ("SELECT 1 FROM events_targets WHERE rule = ?", "PRIMARY KEY"),
        (
            "SELECT 1 FROM events_targets WHERE account = ? AND region = ? AND bus = ? AND arn = ? ORDER BY rule_name",
            "events_targets_by_account_region_bus_arn_rule_name",
        ),
        ("SELECT 1 FROM events_archives WHERE bus_arn = ? ORDER BY name", "events_archives_by_bus_arn_name"),
        ("SELECT 1 FROM events_archived WHERE archive = ? AND at <= ?", "PRIMARY KEY"),
        ("SELECT 1 FROM events_archived WHERE archive = ? AND (at, seq) > (?, ?) AND at < ? ORDER BY at, seq",
         "PRIMARY KEY"),
        ("SELECT 1 FROM events_replays WHERE is_at_work = ?", "events_replays_by_is_at_work"),
    ],
)  # fmt: skip
def test_rows_are_found_by_an_index(sql: str, index: str):
    db = Store(None)
    EventsStore(db)
    plan = db.plan(sql, (None,) * sql.count("?"))
    assert index in plan
    assert "SCAN" not in plan
    assert "TEMP B-TREE" not in plan


def enter(cloud: Cloud, operation: str, **request: Any) -> Any:
    return cloud.dispatcher.enter(principals.root(ACCOUNT), ACCOUNT, "us-east-1", operation, request)


async def queue_and_rule(cloud: Cloud, **rule: str) -> None:
    policy = {"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
        "Resource": "*"}}  # fmt: skip
    await enter(cloud, "sqs:CreateQueue", QueueName="q", Attributes={"Policy": json.dumps(policy)})
    await enter(cloud, "events:PutRule", Name="r", **rule)
    target = {"Id": "t", "Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"}
    await enter(cloud, "events:PutTargets", Rule="r", Targets=[target])


async def bodies(cloud: Cloud) -> list[Any]:
    got = await enter(cloud, "sqs:ReceiveMessage", QueueUrl=f"http://localhost/{ACCOUNT}/q", MaxNumberOfMessages=10)
    return [json.loads(message["Body"]) for message in got.get("Messages") or []]


def test_what_was_put_before_the_process_died_is_delivered_by_the_next(tmp_path: Path):
    """The deliveries' tasks never get their turn: the loop ends right after the answer."""
    config = Config(port=0, data_dir=tmp_path)

    async def dies() -> None:
        cloud = Cloud(config)
        await cloud.start()
        await queue_and_rule(cloud, EventPattern='{"source": ["app"]}')
        cloud.clock.freeze()
        entry = {"Source": "app", "DetailType": "d", "Detail": '{"n": 1}'}
        await enter(cloud, "events:PutEvents", Entries=[entry])
        assert cloud.store.value("SELECT count(*) FROM events_deliveries") == 1
        await cloud.stop()

    async def lives() -> None:
        cloud = Cloud(config)
        await cloud.start()
        await cloud.clock.settle()
        assert [event["detail"] for event in await bodies(cloud)] == [{"n": 1}]
        assert cloud.store.value("SELECT count(*) FROM events_deliveries") == 0
        assert cloud.store.value("SELECT count(*) FROM events_taken") == 0
        await cloud.stop()

    asyncio.run(dies())
    asyncio.run(lives())


def test_a_schedule_goes_on_after_a_restart(tmp_path: Path):
    config = Config(port=0, data_dir=tmp_path)

    async def first() -> float:
        cloud = Cloud(config)
        await cloud.start()
        cloud.clock.freeze()
        await queue_and_rule(cloud, ScheduleExpression="rate(10 minutes)")
        await cloud.clock.advance(240)
        await cloud.stop()
        return cloud.clock.now()

    async def second(at: float) -> None:
        cloud = Cloud(config)
        await cloud.start()
        assert cloud.clock.now() == at
        await cloud.clock.advance(359)
        assert await bodies(cloud) == []
        await cloud.clock.advance(1)
        assert [event["detail-type"] for event in await bodies(cloud)] == ["Scheduled Event"]
        await cloud.stop()

    asyncio.run(second(asyncio.run(first())))
