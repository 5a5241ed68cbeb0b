"""Tables and indexes that take their time, as on AWS: with the setting `dynamodb.transition_seconds`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config as ClientConfig

from cloudchamber.config import Config
from cloudchamber.testing.cloud import RunningCloud
from tests.services.dynamodb.table_calls import (
    definitions,
    described,
    described_index,
    index,
    not_found,
    put,
    refused,
    table_request,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 10
IN_USE = "Attempt to change a resource which is still in use: Table is being {being}: tab"


@pytest.fixture(scope="module")
def slow() -> Iterator[RunningCloud]:
    """A cloud with a frozen clock in which everything takes ten seconds."""
    running = RunningCloud(Config(port=0, settings={"dynamodb.transition_seconds": SECONDS})).start()
    running.clock.freeze()
    yield running
    running.stop()


@pytest.fixture
def ddb(slow: RunningCloud, models: Any) -> Any:
    session = slow.session()
    session._session.register_component("data_loader", models)
    return session.client("dynamodb", config=ClientConfig(retries={"total_max_attempts": 1}))


@pytest.fixture
def table(ddb: Any, slow: RunningCloud) -> str:
    ddb.create_table(**table_request("tab", "pk:S", indexes={"by_a": "a:S"}))
    slow.clock.advance(SECONDS)
    return "tab"


def statuses(ddb):
    found = described(ddb, "tab")
    return found["TableStatus"], {i["IndexName"]: i["IndexStatus"] for i in found["GlobalSecondaryIndexes"]}


def test_a_table_is_creating_and_cannot_be_used_meanwhile(ddb, slow):
    ddb.create_table(**table_request("tab", "pk:S", indexes={"by_a": "a:S"}))
    slow.clock.advance(SECONDS - 1)
    assert statuses(ddb) == ("CREATING", {"by_a": "CREATING"})
    assert "Backfilling" not in described_index(ddb, "tab", "by_a")
    with refused("ResourceNotFoundException", "Requested resource not found"):
        put(ddb, "tab", pk="1")
    for operation, more in (
        (ddb.create_table, {k: v for k, v in table_request("tab", "pk:S").items() if k != "TableName"}),
        (ddb.update_table, {"DeletionProtectionEnabled": True}),
        (ddb.delete_table, {}),
    ):
        with refused("ResourceInUseException", IN_USE.format(being="created")):
            operation(TableName="tab", **more)
    slow.clock.advance(1)
    assert statuses(ddb) == ("ACTIVE", {"by_a": "ACTIVE"})
    put(ddb, "tab", pk="1")


def test_a_table_that_is_updating_is_used_but_not_changed(ddb, slow, table):
    ddb.update_table(TableName="tab", DeletionProtectionEnabled=False)
    assert statuses(ddb)[0] == "UPDATING"
    put(ddb, "tab", pk="1")
    with refused("ResourceInUseException", IN_USE.format(being="updated")):
        ddb.update_table(TableName="tab", DeletionProtectionEnabled=True)
    slow.clock.advance(SECONDS)
    assert statuses(ddb)[0] == "ACTIVE"


def test_a_table_is_deleting_and_then_gone(ddb, slow, table):
    put(ddb, "tab", pk="1", a="x")
    ddb.delete_table(TableName="tab")
    slow.clock.advance(SECONDS - 1)
    assert statuses(ddb)[0] == "DELETING"
    assert ddb.list_tables()["TableNames"] == ["tab"]
    with refused("ResourceNotFoundException", "Requested resource not found"):
        ddb.get_item(TableName="tab", Key={"pk": {"S": "1"}})
    with refused("ResourceInUseException", IN_USE.format(being="deleted")):
        ddb.create_table(**table_request("tab", "pk:S"))
    slow.clock.advance(1)
    with not_found("tab"):
        described(ddb, "tab")


def test_a_deletion_ends_after_a_restart(ddb, slow, table):
    ddb.delete_table(TableName="tab")
    slow.look(lambda running: running.clock.forget_timers())
    slow.run(lambda running: running.registry.get("dynamodb").service.resume())
    slow.clock.advance(SECONDS)
    assert ddb.list_tables()["TableNames"] == []


def test_an_index_is_filled_and_read_only_once_its_time_has_come(ddb, slow, table):
    put(ddb, "tab", pk="1", b="x")
    create = {"Create": index("by_b", "b")}
    ddb.update_table(TableName="tab", AttributeDefinitions=definitions("b:S"), GlobalSecondaryIndexUpdates=[create])
    assert statuses(ddb) == ("UPDATING", {"by_a": "ACTIVE", "by_b": "CREATING"})
    assert described_index(ddb, "tab", "by_b")["Backfilling"] is True
    with refused("ValidationException", "Cannot read from backfilling global secondary index: by_b"):
        ddb.scan(TableName="tab", IndexName="by_b")
    slow.clock.advance(SECONDS)
    assert ddb.scan(TableName="tab", IndexName="by_b")["Count"] == 1


def test_an_index_is_deleting_and_cannot_be_read(ddb, slow, table):
    put(ddb, "tab", pk="1", a="x")
    delete = {"Delete": {"IndexName": "by_a"}}
    ddb.update_table(TableName="tab", GlobalSecondaryIndexUpdates=[delete])
    assert statuses(ddb) == ("UPDATING", {"by_a": "DELETING"})
    with refused("ValidationException", "The table does not have the specified index: by_a"):
        ddb.scan(TableName="tab", IndexName="by_a")
    slow.clock.advance(SECONDS)
    assert "GlobalSecondaryIndexes" not in described(ddb, "tab")
    assert described(ddb, "tab")["AttributeDefinitions"] == definitions("pk:S")


def test_time_to_live_and_insights_are_moving_for_a_while(ddb, slow, table):
    ddb.update_time_to_live(TableName="tab", TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"})
    ddb.update_contributor_insights(TableName="tab", ContributorInsightsAction="ENABLE")

    def shown():
        live = ddb.describe_time_to_live(TableName="tab")["TimeToLiveDescription"]["TimeToLiveStatus"]
        return live, ddb.describe_contributor_insights(TableName="tab")["ContributorInsightsStatus"]

    assert shown() == ("ENABLING", "ENABLING")
    slow.clock.advance(SECONDS)
    assert shown() == ("ENABLED", "ENABLED")
