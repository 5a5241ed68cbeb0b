"""Copies of tables that are written to meanwhile: exact, one after the other, and finished after a restart."""

import random

import pytest

from cloudchamber.config import Config
from cloudchamber.services.dynamodb import copying
from cloudchamber.testing import RunningCloud
from tests.services.dynamodb.backup_calls import (
    WEST,
    add_replica,
    back_up,
    contents,
    delete,
    in_region,
    put_numbered,
    recover,
    service_of,
)
from tests.services.dynamodb.item_calls import put
from tests.services.dynamodb.table_calls import described, refused, table_request

COPIED = (
    "Attempt to change a resource which is still in use: Table is being used to create a backup or another table: table"
)


@pytest.fixture
def table(create):
    return create("table", "pk:S", indexes={"by-v": "v:S"})


@pytest.fixture
def in_steps(monkeypatch):
    """Copies go a few rows at a time, and none in the call that asks for one."""
    monkeypatch.setattr(copying, "COPY_ROWS", 7)
    monkeypatch.setattr(copying, "FIRST_STEPS", 1)


class Writer:
    """Changes the table at random, between any two steps of a copy."""

    def __init__(self, seed):
        self.rng = random.Random(seed)

    def wire(self, running, account, count):
        """The same through the road, on the cloud's loop."""
        from cloudchamber.identity.principals import root  # noqa: PLC0415

        async def change():
            for _ in range(count):
                key = {"pk": {"S": f"{self.rng.randint(0, 80):04d}"}}
                if self.rng.random() < 0.4:
                    operation, request = "DeleteItem", {"TableName": "table", "Key": key}
                else:
                    item = {**key, "v": {"S": f"while copying {self.rng.random()}"}}
                    operation, request = "PutItem", {"TableName": "table", "Item": item}
                await running.dispatcher.enter(root(account), account, "us-east-1", f"dynamodb:{operation}", request)

        return change()


@pytest.fixture
def disturbed(cloud, account, monkeypatch):
    """Between any two steps of a copy the table is written to."""
    writer = Writer(3)

    def disturb(running):
        service = service_of(running)
        step = copying.Copying.await_copy

        async def await_copy(self, copy):
            await step(self, copy)
            await writer.wire(running, account, 5)

        monkeypatch.setattr(copying.Copying, "await_copy", await_copy)
        return service

    cloud.look(disturb)


def test_a_backup_is_exact_though_the_table_is_written_to(ddb, table, in_steps, disturbed, frozen_clock):
    put_numbered(ddb, 60)
    before = contents(ddb)
    arn = back_up(ddb)
    frozen_clock.settle()
    assert ddb.describe_backup(BackupArn=arn)["BackupDescription"]["BackupDetails"]["BackupStatus"] == "AVAILABLE"
    assert contents(ddb) != before
    ddb.restore_table_from_backup(BackupArn=arn, TargetTableName="other")
    frozen_clock.settle()
    assert contents(ddb, "other") == before
    assert contents(ddb, "other", IndexName="by-v") == before


def test_the_past_is_exact_though_the_table_is_written_to(ddb, table, in_steps, disturbed, frozen_clock):
    put_numbered(ddb, 40)
    recover(ddb)
    frozen_clock.advance(10)
    past, instant = contents(ddb), int(frozen_clock.now())
    frozen_clock.advance(10)
    put_numbered(ddb, 60, v="second")
    for number in range(10):
        delete(ddb, f"{number:04d}")
    ddb.restore_table_to_point_in_time(SourceTableName="table", TargetTableName="other", RestoreDateTime=instant)
    frozen_clock.settle()
    assert contents(ddb, "other") == past
    assert contents(ddb, "other", IndexName="by-v") == past


def test_a_backup_is_of_the_instant_it_was_asked_for(ddb, table, in_steps, frozen_clock):
    # the clock stands still: what is written in the same instant, but later, is not in it
    put_numbered(ddb, 30)
    arn = back_up(ddb)
    put(ddb, pk="0000", v="second")
    put(ddb, pk="new", v="second")
    delete(ddb, "0029")
    frozen_clock.settle()
    ddb.restore_table_from_backup(BackupArn=arn, TargetTableName="other")
    frozen_clock.settle()
    assert contents(ddb, "other") == {f"{n:04d}": "first" for n in range(30)}


@pytest.fixture
def slow(cloud, monkeypatch):
    """Copies wait until they are let go: `slow()`."""
    waiters = []

    def hold(running):
        async def await_copy(self, copy):
            waiter = running.clock.waiter()
            waiters.append(waiter)
            await waiter.wait()

        monkeypatch.setattr(copying.Copying, "await_copy", await_copy)

    cloud.look(hold)

    def let_go():
        monkeypatch.undo()
        cloud.look(lambda _running: [waiter.wake() for waiter in waiters])
        cloud.clock.settle()

    return let_go


def test_what_is_being_made_is_not_used_yet(ddb, table, in_steps, slow):
    put_numbered(ddb, 30)
    arn = back_up(ddb)
    assert ddb.describe_backup(BackupArn=arn)["BackupDescription"]["BackupDetails"]["BackupStatus"] == "CREATING"
    with refused("BackupInUseException", f"Backup is being created: {arn}"):
        ddb.restore_table_from_backup(BackupArn=arn, TargetTableName="other")
    with refused("BackupInUseException", f"Backup is being created: {arn}"):
        ddb.delete_backup(BackupArn=arn)
    with refused("ResourceInUseException", COPIED):
        ddb.delete_table(TableName="table")
    slow()
    ddb.delete_table(TableName="table")
    ddb.delete_backup(BackupArn=arn)


def test_a_table_is_creating_while_it_is_restored(ddb, table, in_steps, clock, request):
    put_numbered(ddb, 30)
    arn = back_up(ddb)
    clock.settle()
    slow = request.getfixturevalue("slow")
    ddb.restore_table_from_backup(BackupArn=arn, TargetTableName="other")
    found = described(ddb, "other")
    assert (found["TableStatus"], found["RestoreSummary"]["RestoreInProgress"]) == ("CREATING", True)
    assert [one["IndexStatus"] for one in found["GlobalSecondaryIndexes"]] == ["CREATING"]
    with refused("ResourceNotFoundException", "Requested resource not found"):
        ddb.get_item(TableName="other", Key={"pk": {"S": "0000"}})
    with refused("TableInUseException", "Table is being created: other"):
        ddb.restore_table_from_backup(BackupArn=arn, TargetTableName="other")
    with refused("TableInUseException", "Table is being created: other"):
        ddb.create_backup(TableName="other", BackupName="backup")
    with refused("BackupInUseException", f"Backup is being restored: {arn}"):
        ddb.delete_backup(BackupArn=arn)
    slow()
    assert described(ddb, "other")["TableStatus"] == "ACTIVE"
    assert len(contents(ddb, "other")) == 30


def test_a_copy_goes_on_after_a_restart(tmp_path, in_steps, monkeypatch):
    first = RunningCloud(Config(data_dir=tmp_path, port=0)).start()
    account = first.new_account()
    ddb = first.session(account).client("dynamodb")
    ddb.create_table(**table_request("table", "pk:S", indexes={"by-v": "v:S"}))
    put_numbered(ddb, 60)

    async def never(self, copy):
        await self.clock.waiter().wait()

    with monkeypatch.context() as patch:
        patch.setattr(copying.Copying, "await_copy", never)
        arn = back_up(ddb)
        put(ddb, pk="0059", v="second")
        first.stop()
    second = RunningCloud(Config(data_dir=tmp_path, port=0)).start()
    try:
        ddb = second.session(account).client("dynamodb")
        second.clock.settle()
        ddb.restore_table_from_backup(BackupArn=arn, TargetTableName="other")
        second.clock.settle()
        assert contents(ddb, "other") == {f"{n:04d}": "first" for n in range(60)}
        ddb.delete_table(TableName="table")
    finally:
        second.stop()


def test_what_was_deleted_is_swept_away(ddb, create, cloud, account, clock):
    create("table", "pk:S")
    put_numbered(ddb, 5)
    arn = back_up(ddb)

    def number(running):
        service = service_of(running)
        return service.backups.where(account=account)[0].number

    kept = cloud.look(number)

    def rows():
        return cloud.look(
            lambda running: running.store.value(
                "SELECT count(*) FROM dynamodb_items WHERE k >= ? AND k < ?",
                (kept.to_bytes(4, "big"), (kept + 1).to_bytes(4, "big")),
            )
        )

    assert rows() == 5
    ddb.delete_backup(BackupArn=arn)
    clock.settle()
    assert rows() == 0


def test_with_transitions_what_is_made_takes_its_time():
    config = Config(port=0, freeze_at=1_900_000_000.0, settings={"dynamodb.transition_seconds": 30.0})
    slow = RunningCloud(config).start()
    try:
        session = slow.session()
        ddb, west = session.client("dynamodb"), in_region(session, WEST)
        ddb.create_table(**table_request("table", "pk:S"))
        slow.clock.advance(30)
        put_numbered(ddb, 3)
        arn = back_up(ddb)
        slow.clock.advance(29)

        def backup_status():
            return ddb.describe_backup(BackupArn=arn)["BackupDescription"]["BackupDetails"]["BackupStatus"]

        assert backup_status() == "CREATING"
        put(ddb, pk="later", v="x")
        slow.clock.advance(1)
        assert backup_status() == "AVAILABLE"
        ddb.restore_table_from_backup(BackupArn=arn, TargetTableName="other")
        slow.clock.advance(29)
        found = described(ddb, "other")
        assert (found["TableStatus"], found["RestoreSummary"]["RestoreInProgress"]) == ("CREATING", True)
        slow.clock.advance(1)
        found = described(ddb, "other")
        assert (found["TableStatus"], found["RestoreSummary"]["RestoreInProgress"]) == ("ACTIVE", False)
        assert len(contents(ddb, "other")) == 3
        add_replica(ddb)
        slow.clock.advance(29)
        assert described(ddb, "table")["Replicas"][0]["ReplicaStatus"] == "CREATING"
        slow.clock.advance(2)
        assert described(ddb, "table")["Replicas"][0]["ReplicaStatus"] == "ACTIVE"
        assert contents(west) == contents(ddb)
    finally:
        slow.stop()
