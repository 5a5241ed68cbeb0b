"""Global tables of the current version: ReplicaUpdates of UpdateTable, and what replicas have in common."""

import pytest

from tests.services.dynamodb.backup_calls import (
    DAY,
    EAST,
    IRELAND,
    WEST,
    add_replica,
    contents,
    in_region,
    put_numbered,
    recover,
)
from tests.services.dynamodb.item_calls import arn_of, put
from tests.services.dynamodb.table_calls import described, described_index, index, invalid, not_found, refused, units

LOCAL = (
    "Cannot add, delete, or update the local region through ReplicaUpdates. Use CreateTable, DeleteTable, or "
    "UpdateTable as required."
)
UNKNOWN = "Replica specified in the Replica Update or Replica Delete action of the request was not found."
SOURCE = (
    "Replica cannot be deleted because it has acted as a source region for new replica(s) being added to the table in "
    "the last 24 hours."
)


@pytest.fixture
def table(create):
    return create("table", "pk:S", indexes={"by-v": "v:S"})


@pytest.fixture
def west(aws):
    return in_region(aws, WEST)


@pytest.fixture
def ireland(aws):
    return in_region(aws, IRELAND)


def update(ddb, *updates):
    return ddb.update_table(TableName="table", ReplicaUpdates=list(updates))


def remove(ddb, region=WEST):
    return update(ddb, {"Delete": {"RegionName": region}})


def regions(ddb):
    return sorted(one["RegionName"] for one in described(ddb, "table").get("Replicas", ()))


# wrong input


def test_the_local_region_is_no_replica(ddb, table):
    # aws/aws-cli issue 4906
    for kind in ("Create", "Update", "Delete"):
        with refused("ValidationException", LOCAL):
            update(ddb, {kind: {"RegionName": EAST}})


def test_a_replica_to_be_changed_or_removed_is_there(ddb, table):
    for kind in ("Update", "Delete"):
        with refused("ValidationException", UNKNOWN):
            update(ddb, {kind: {"RegionName": WEST}})


def test_one_replica_is_changed_at_a_time(ddb, table):
    with invalid("Only one replica can be created, updated or deleted by an UpdateTable request"):
        update(ddb, {"Create": {"RegionName": WEST}}, {"Create": {"RegionName": IRELAND}})
    with invalid("Exactly one of Create, Update or Delete must be specified for a replica"):
        update(ddb, {"Create": {"RegionName": WEST}, "Delete": {"RegionName": IRELAND}})


def test_strong_consistency_is_not_promised(ddb, table):
    with refused(
        "NotImplemented", "MultiRegionConsistency exists on AWS and is not implemented in cloudchamber", status=501
    ):
        ddb.update_table(
            TableName="table", MultiRegionConsistency="STRONG", ReplicaUpdates=[{"Create": {"RegionName": WEST}}]
        )


def test_an_override_is_for_an_index_of_the_table(ddb, table):
    with invalid("Table does not have the specified index: other"):
        add_replica(ddb, GlobalSecondaryIndexes=[{"IndexName": "other"}])
    assert regions(ddb) == []


# wrong state


def test_the_region_has_no_table_of_that_name_yet(ddb, west, table):
    message = (
        "Failed to create a the new replica of table with name: 'table' because one or more replicas already existed "
        "as tables."
    )
    west.create_table(
        TableName="table", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )  # fmt: skip
    with refused("ValidationException", message):
        add_replica(ddb)
    west.delete_table(TableName="table")
    add_replica(ddb)
    with refused("ValidationException", message):
        add_replica(ddb)


def test_provisioned_write_capacity_is_scaled_automatically_or_not_replicated(ddb, create):
    # hashicorp/terraform-provider-aws issue 13097
    create("table", "pk:S", ProvisionedThroughput=units(1, 1))
    with refused("ValidationException", "Table write capacity should either be Pay-Per-Request or AutoScaled."):
        add_replica(ddb)


def test_a_stream_with_one_image_does_not_do(ddb, create):
    create("table", "pk:S", StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
    with invalid("Table must have a stream with NEW_AND_OLD_IMAGES to be replicated."):
        add_replica(ddb)


# making replicas


def test_a_replica_is_the_table_in_another_region(ddb, west, table, account):
    put_numbered(ddb, 3)
    shown = add_replica(ddb)
    assert shown["TableStatus"] == "UPDATING"
    found = described(ddb, "table")
    assert found["TableStatus"] == "ACTIVE"
    assert found["GlobalTableVersion"] == "2019.11.21"
    assert found["Replicas"] == [
        {"RegionName": WEST, "ReplicaStatus": "ACTIVE", "GlobalSecondaryIndexes": [{"IndexName": "by-v"}]}
    ]
    other = described(west, "table")
    assert (other["TableArn"], other["TableStatus"]) == (arn_of(account, region=WEST), "ACTIVE")
    assert other["TableId"] != found["TableId"]
    assert [one["RegionName"] for one in other["Replicas"]] == [EAST]
    assert contents(west) == contents(ddb) == {f"{n:04d}": "first" for n in range(3)}
    assert contents(west, IndexName="by-v") == contents(ddb)


def test_a_replicated_table_has_a_stream_that_stays(ddb, west, table):
    # hashicorp/terraform-provider-aws issues 43625 and 34450
    add_replica(ddb)
    for client in (ddb, west):
        stream = described(client, "table")["StreamSpecification"]
        assert stream == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        with invalid("Disabling Stream is not allowed for a Global Table replica."):
            client.update_table(TableName="table", StreamSpecification={"StreamEnabled": False})


def test_a_replica_has_its_own_tags_protection_recovery_and_policies(ddb, west, create):
    create("table", "pk:S", Tags=[{"Key": "a", "Value": "b"}], DeletionProtectionEnabled=True)
    recover(ddb)
    add_replica(ddb)
    found = described(west, "table")
    assert not found["DeletionProtectionEnabled"]
    assert west.list_tags_of_resource(ResourceArn=found["TableArn"])["Tags"] == []
    recovery = west.describe_continuous_backups(TableName="table")["ContinuousBackupsDescription"]
    assert recovery["PointInTimeRecoveryDescription"] == {"PointInTimeRecoveryStatus": "DISABLED"}


def test_what_is_overridden_for_a_replica_is_shown(ddb, west, table):
    add_replica(
        ddb,
        TableClassOverride="STANDARD_INFREQUENT_ACCESS",
        OnDemandThroughputOverride={"MaxReadRequestUnits": 10},
        GlobalSecondaryIndexes=[{"IndexName": "by-v", "OnDemandThroughputOverride": {"MaxReadRequestUnits": 5}}],
    )
    [replica] = described(ddb, "table")["Replicas"]
    assert replica == {
        "RegionName": WEST,
        "ReplicaStatus": "ACTIVE",
        "OnDemandThroughputOverride": {"MaxReadRequestUnits": 10},
        "GlobalSecondaryIndexes": [{"IndexName": "by-v", "OnDemandThroughputOverride": {"MaxReadRequestUnits": 5}}],
        "ReplicaTableClassSummary": {"TableClass": "STANDARD_INFREQUENT_ACCESS"},
    }
    assert described(west, "table")["OnDemandThroughput"] == {"MaxReadRequestUnits": 10}
    update(ddb, {"Update": {"RegionName": WEST, "OnDemandThroughputOverride": {"MaxReadRequestUnits": 20}}})
    assert described(west, "table")["OnDemandThroughput"] == {"MaxReadRequestUnits": 20}
    assert "OnDemandThroughput" not in described(ddb, "table")


def test_each_of_three_replicas_knows_the_others(ddb, west, ireland, table):
    add_replica(ddb)
    add_replica(west, IRELAND)
    assert [regions(client) for client in (ddb, west, ireland)] == [[IRELAND, WEST], [IRELAND, EAST], [EAST, WEST]]


def test_a_new_replica_hears_what_was_on_its_way_to_the_one_it_is_made_of(ddb, west, ireland, table, frozen_clock):
    add_replica(ddb)
    put(ddb, pk="a", v="east")  # west has not heard of it when ireland is made from west
    assert contents(west) == {}
    add_replica(west, IRELAND)
    frozen_clock.advance(1)
    assert contents(ddb) == contents(west) == contents(ireland) == {"a": "east"}


# removing replicas


def test_a_removed_replica_is_gone_and_the_rest_goes_on(ddb, west, ireland, table, frozen_clock):
    put_numbered(ddb, 2)
    add_replica(ddb)
    add_replica(ddb, IRELAND)
    remove(ddb)
    assert (regions(ddb), regions(ireland)) == ([IRELAND], [EAST])
    with not_found("table"):
        west.describe_table(TableName="table")
    put(ddb, pk="new", v="x")
    frozen_clock.advance(1)
    assert contents(ireland)["new"] == "x"
    remove(ddb, IRELAND)
    found = described(ddb, "table")
    assert "Replicas" not in found
    assert "GlobalTableVersion" not in found
    assert len(contents(ddb)) == 3
    ddb.delete_table(TableName="table")


def test_what_a_replica_wrote_last_is_not_lost_when_it_is_removed(ddb, west, table, frozen_clock):
    add_replica(ddb)
    put(west, pk="a", v="west")
    remove(ddb)
    assert contents(ddb) == {"a": "west"}
    put(ddb, pk="a", v="east")
    add_replica(ddb)
    frozen_clock.advance(5)
    assert contents(ddb) == contents(west) == {"a": "east"}


def test_a_replica_is_deleted_like_a_table(ddb, west, table, frozen_clock):
    add_replica(ddb)
    west.delete_table(TableName="table")
    assert regions(ddb) == []


def test_the_source_of_a_replica_stays_for_a_day(ddb, west, table, frozen_clock):
    # go-to-k/cdkd issue 1442
    add_replica(ddb)
    with refused("ValidationException", SOURCE):
        ddb.delete_table(TableName="table")
    with refused("ValidationException", SOURCE):
        remove(west, EAST)
    frozen_clock.advance(DAY)
    remove(west, EAST)
    assert regions(west) == []


def test_a_protected_replica_is_not_removed(ddb, west, table):
    add_replica(ddb)
    west.update_table(TableName="table", DeletionProtectionEnabled=True)
    with refused(
        "ValidationException",
        "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.",
    ):
        remove(ddb)
    assert regions(ddb) == [WEST]


# settings that are the same in all regions


def test_an_index_is_made_and_removed_in_all_regions(ddb, west, create, frozen_clock):
    create("table", "pk:S")
    put_numbered(ddb, 3)
    add_replica(ddb)
    ddb.update_table(
        TableName="table",
        AttributeDefinitions=[{"AttributeName": "v", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[{"Create": index("by-v", "v")}],
    )
    frozen_clock.advance(1)
    assert described_index(west, "table", "by-v")["IndexStatus"] == "ACTIVE"
    assert contents(west, IndexName="by-v") == contents(ddb, IndexName="by-v") == contents(ddb)
    west.update_table(TableName="table", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-v"}}])
    frozen_clock.advance(1)
    assert "GlobalSecondaryIndexes" not in described(ddb, "table")
    assert "GlobalSecondaryIndexes" not in described(west, "table")


def test_the_billing_mode_is_the_same_in_all_regions(ddb, west, create, frozen_clock):
    create("table", "pk:S")
    add_replica(ddb)
    ddb.update_table(TableName="table", BillingMode="PROVISIONED", ProvisionedThroughput=units(5, 6))
    frozen_clock.advance(1)
    found = described(west, "table")["ProvisionedThroughput"]
    assert {name: found[name] for name in units(0, 0)} == units(5, 6)


def test_time_to_live_is_the_same_in_all_regions(ddb, west, ireland, create, frozen_clock):
    create("table", "pk:S")
    add_replica(ddb)
    ddb.update_time_to_live(TableName="table", TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"})
    frozen_clock.advance(1)
    enabled = {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}
    assert west.describe_time_to_live(TableName="table")["TimeToLiveDescription"] == enabled
    add_replica(ddb, IRELAND)
    frozen_clock.advance(1)
    assert ireland.describe_time_to_live(TableName="table")["TimeToLiveDescription"] == enabled


def test_protection_and_class_are_each_replicas_own(ddb, west, table, frozen_clock):
    add_replica(ddb)
    ddb.update_table(TableName="table", DeletionProtectionEnabled=True, TableClass="STANDARD_INFREQUENT_ACCESS")
    frozen_clock.advance(1)
    found = described(west, "table")
    assert not found["DeletionProtectionEnabled"]
    assert "TableClassSummary" not in found
