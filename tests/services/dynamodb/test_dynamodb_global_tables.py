"""Global tables of the legacy version: CreateGlobalTable, UpdateGlobalTable, …, DescribeGlobalTableSettings, …."""

import pytest

from tests.services.dynamodb.backup_calls import EAST, IRELAND, WEST, contents, in_region
from tests.services.dynamodb.item_calls import put
from tests.services.dynamodb.table_calls import described, invalid, refused, table_request, units

STREAM = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}}


@pytest.fixture
def clients(aws):
    return {region: in_region(aws, region) for region in (EAST, WEST, IRELAND)}


@pytest.fixture
def tables(clients):
    """`tables(EAST, WEST)` makes a table in each region; what else is given goes into the requests."""

    def make(*regions, **options):
        for region in regions:
            clients[region].create_table(**table_request("table", "pk:S", **{**STREAM, **options}))

    return make


def group(*regions):
    return [{"RegionName": region} for region in regions]


def join(ddb, *regions):
    answer = ddb.create_global_table(GlobalTableName="table", ReplicationGroup=group(*regions))
    return answer["GlobalTableDescription"]


def members(ddb):
    found = ddb.describe_global_table(GlobalTableName="table")["GlobalTableDescription"]
    return [one["RegionName"] for one in found["ReplicationGroup"]]


def change(ddb, **updates):
    wanted = [{kind: {"RegionName": region}} for kind, region in updates.items()]
    return ddb.update_global_table(GlobalTableName="table", ReplicaUpdates=wanted)["GlobalTableDescription"]


def no_global_table():
    message = "Global table not found: Global table with name: 'table' does not exist."
    return refused("GlobalTableNotFoundException", message)


# wrong input, wrong state


def test_each_member_is_a_table_that_exists(ddb, tables):
    # aws-controllers-k8s/community issue 1034
    tables(EAST)
    message = "Table not found: Table: 'table' not found in region: 'us-west-2'."
    with refused("TableNotFoundException", message):
        join(ddb, EAST, WEST)


def test_members_have_a_stream_with_both_images(ddb, clients, tables):
    tables(EAST)
    clients[WEST].create_table(**table_request("table", "pk:S"))
    with invalid("Table: 'table' in region: 'us-west-2' must have a stream with the view type NEW_AND_OLD_IMAGES."):
        join(ddb, EAST, WEST)


def test_members_are_empty_and_alike(ddb, clients, tables):
    tables(EAST, WEST)
    clients[IRELAND].create_table(**table_request("table", "pk:S", "sk:S", **STREAM))
    where = "Table: 'table' in region: 'eu-west-1'"
    with invalid(f"{where} must have the same key and the same indexes as the other replicas."):
        join(ddb, EAST, IRELAND)
    put(clients[WEST], pk="a")
    with invalid("Table: 'table' in region: 'us-west-2' must be empty."):
        join(ddb, EAST, WEST)


def test_a_global_table_is_made_once(ddb, tables):
    tables(EAST, WEST)
    join(ddb, EAST, WEST)
    message = "Global table already exists: Global table with name: 'table' already exists."
    with refused("GlobalTableAlreadyExistsException", message):
        join(ddb, EAST, WEST)


def test_what_is_not_there_is_not_found(ddb, tables):
    for call in (ddb.describe_global_table, ddb.describe_global_table_settings, ddb.update_global_table_settings):
        with no_global_table():
            call(GlobalTableName="table")
    with no_global_table():
        change(ddb, Create=WEST)
    tables(EAST, WEST)
    join(ddb, EAST)
    with refused(
        "ReplicaAlreadyExistsException", "Replica already exists: Replica in region 'us-east-1' already exists."
    ):
        change(ddb, Create=EAST)
    with refused("ReplicaNotFoundException", "Replica not found: Replica in region 'us-west-2' does not exist."):
        change(ddb, Delete=WEST)


# behaviour


def test_a_global_table_is_described_and_listed(ddb, tables, account, frozen_clock):
    tables(EAST, WEST)
    made = join(ddb, EAST, WEST)
    assert made == {
        "ReplicationGroup": group(EAST, WEST),
        "GlobalTableArn": f"arn:aws:dynamodb::{account}:global-table/table",
        "CreationDateTime": made["CreationDateTime"],
        "GlobalTableStatus": "CREATING",
        "GlobalTableName": "table",
    }
    assert made["CreationDateTime"].timestamp() == pytest.approx(frozen_clock.now(), abs=0.001)
    found = ddb.describe_global_table(GlobalTableName="table")["GlobalTableDescription"]
    assert found == {**made, "GlobalTableStatus": "ACTIVE"}
    listed = [{"GlobalTableName": "table", "ReplicationGroup": group(EAST, WEST)}]
    assert ddb.list_global_tables()["GlobalTables"] == listed
    assert ddb.list_global_tables(RegionName=IRELAND)["GlobalTables"] == []
    assert "GlobalTableVersion" not in described(ddb, "table")


def test_a_listing_goes_on_after_a_name(ddb, clients):
    for name in ("aaa", "bbb", "ccc"):
        ddb.create_table(**table_request(name, "pk:S", **STREAM))
        ddb.create_global_table(GlobalTableName=name, ReplicationGroup=group(EAST))
    first = ddb.list_global_tables(Limit=2)
    assert first["LastEvaluatedGlobalTableName"] == "bbb"
    rest = ddb.list_global_tables(ExclusiveStartGlobalTableName="bbb")
    assert [one["GlobalTableName"] for one in rest["GlobalTables"]] == ["ccc"]
    assert "LastEvaluatedGlobalTableName" not in rest


def test_members_replicate_to_each_other(ddb, clients, tables, frozen_clock):
    tables(EAST, WEST, IRELAND)
    join(ddb, EAST, WEST)
    put(clients[EAST], pk="a", v="east")
    put(clients[WEST], pk="b", v="west")
    frozen_clock.advance(1)
    assert contents(clients[EAST]) == contents(clients[WEST]) == {"a": "east", "b": "west"}
    assert contents(clients[IRELAND]) == {}


def test_a_member_comes_and_goes(ddb, clients, tables, frozen_clock):
    tables(EAST, WEST, IRELAND)
    join(ddb, EAST, WEST)
    assert change(ddb, Create=IRELAND)["GlobalTableStatus"] == "UPDATING"
    put(ddb, pk="a", v="1")
    frozen_clock.advance(1)
    assert contents(clients[IRELAND]) == {"a": "1"}
    put(clients[WEST], pk="b", v="before it goes")
    change(ddb, Delete=WEST)
    assert members(ddb) == [EAST, IRELAND]
    put(clients[WEST], pk="c", v="afterwards")
    frozen_clock.advance(1)
    expected = {"a": "1", "b": "before it goes"}
    assert contents(ddb) == contents(clients[IRELAND]) == expected
    assert contents(clients[WEST]) == {**expected, "c": "afterwards"}


def test_a_deleted_table_is_no_member_any_more(ddb, clients, tables):
    tables(EAST, WEST)
    join(ddb, EAST, WEST)
    clients[WEST].delete_table(TableName="table")
    assert members(ddb) == [EAST]
    ddb.delete_table(TableName="table")
    with no_global_table():
        members(ddb)


# settings


def test_the_capacity_of_members_is_shown_and_set(ddb, clients, tables):
    tables(EAST, WEST, ProvisionedThroughput=units(1, 1))
    join(ddb, EAST, WEST)
    answer = ddb.update_global_table_settings(
        GlobalTableName="table",
        GlobalTableProvisionedWriteCapacityUnits=7,
        ReplicaSettingsUpdate=[{"RegionName": WEST, "ReplicaProvisionedReadCapacityUnits": 9}],
    )
    capacity = [
        (one["RegionName"], one["ReplicaProvisionedReadCapacityUnits"], one["ReplicaProvisionedWriteCapacityUnits"])
        for one in answer["ReplicaSettings"]
    ]
    assert capacity == [(EAST, 1, 7), (WEST, 9, 7)]
    assert ddb.describe_global_table_settings(GlobalTableName="table")["ReplicaSettings"] == answer["ReplicaSettings"]
    found = described(clients[WEST], "table")["ProvisionedThroughput"]
    assert {name: found[name] for name in units(0, 0)} == units(9, 7)


def test_settings_name_members_and_indexes_that_exist(ddb, tables):
    tables(EAST)
    join(ddb, EAST)
    with refused("ReplicaNotFoundException", "Replica not found: Replica in region 'us-west-2' does not exist."):
        ddb.update_global_table_settings(
            GlobalTableName="table",
            ReplicaSettingsUpdate=[{"RegionName": WEST, "ReplicaProvisionedReadCapacityUnits": 9}],
        )
    index = {"IndexName": "by-v", "ProvisionedWriteCapacityUnits": 5}
    with refused("IndexNotFoundException", "Index not found: Index with name: 'by-v' does not exist."):
        ddb.update_global_table_settings(GlobalTableName="table", GlobalTableGlobalSecondaryIndexSettingsUpdate=[index])


def test_auto_scaling_is_refused(ddb, tables):
    tables(EAST)
    join(ddb, EAST)
    name = "GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate"
    with refused("NotImplemented", f"{name} exists on AWS and is not implemented in cloudchamber", status=501):
        ddb.update_global_table_settings(GlobalTableName="table", **{name: {"MinimumUnits": 1}})
