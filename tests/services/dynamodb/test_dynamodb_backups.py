"""CreateBackup, DescribeBackup, ListBackups, DeleteBackup, RestoreTableFromBackup."""

import re

import pytest

from tests.services.dynamodb.backup_calls import DAY, back_up, contents, delete, put_numbered, recover
from tests.services.dynamodb.item_calls import arn_of, put
from tests.services.dynamodb.table_calls import definitions, described, index, invalid, refused, schema, units

NAMES = "[a-zA-Z0-9_.-]+"


@pytest.fixture
def table(create):
    return create("table", "pk:S")


def names(ddb, **options):
    return [one["BackupName"] for one in ddb.list_backups(**options)["BackupSummaries"]]


def no_backup(arn):
    return refused("BackupNotFoundException", f"Backup not found: {arn}")


# CreateBackup


def test_a_backup_needs_a_name_and_a_table_that_exists(ddb, table):
    with refused(
        "ValidationException",
        "1 validation error detected: Value 'a b' at 'backupName' failed to satisfy constraint: Member must satisfy "
        f"regular expression pattern: {NAMES}",
    ):
        ddb.create_backup(TableName="table", BackupName="a b")
    with refused("TableNotFoundException", "Table not found: nowhere"):
        ddb.create_backup(TableName="nowhere", BackupName="backup")


def test_a_table_is_named_by_its_arn_in_this_region(ddb, table, account):
    assert ddb.create_backup(TableName=arn_of(account), BackupName="backup")["BackupDetails"]["BackupName"] == "backup"
    elsewhere = arn_of(account, region="eu-west-1")
    with refused("ValidationException", f"1 validation error detected: Invalid AWS region in '{elsewhere}'"):
        ddb.create_backup(TableName=elsewhere, BackupName="backup")


def test_a_new_backup_is_being_created_and_then_available(ddb, table, account, frozen_clock):
    put_numbered(ddb, 3)
    made = ddb.create_backup(TableName="table", BackupName="backup")["BackupDetails"]
    arn = made["BackupArn"]
    assert re.fullmatch(rf"{re.escape(arn_of(account))}/backup/0\d{{13}}-[0-9a-f]{{8}}", arn)
    assert (made["BackupStatus"], made["BackupType"], made["BackupName"]) == ("CREATING", "USER", "backup")
    assert made["BackupCreationDateTime"].timestamp() == pytest.approx(frozen_clock.now(), abs=0.001)
    assert made["BackupSizeBytes"] == 3 * len("pk0000vfirst")
    assert "BackupExpiryDateTime" not in made
    shown = ddb.describe_backup(BackupArn=arn)["BackupDescription"]["BackupDetails"]
    assert shown == {**made, "BackupStatus": "AVAILABLE"}


def test_a_backup_shows_the_table_as_it_was(ddb, create, account):
    create(
        "table", "pk:S", "sk:N",
        indexes={"by-a": "a:S b:N"}, local={"by-b": "b:N"},
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )  # fmt: skip
    ddb.update_time_to_live(TableName="table", TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"})
    before = described(ddb, "table")
    put(ddb, pk="a", sk=1)
    arn = back_up(ddb)
    ddb.update_table(TableName="table", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-a"}}])
    shown = ddb.describe_backup(BackupArn=arn)["BackupDescription"]
    assert shown["SourceTableDetails"] == {
        "TableName": "table",
        "TableId": before["TableId"],
        "TableArn": arn_of(account),
        "TableSizeBytes": 7,
        "KeySchema": schema("pk", "sk"),
        "TableCreationDateTime": before["CreationDateTime"],
        "ProvisionedThroughput": units(0, 0),
        "ItemCount": 1,
        "BillingMode": "PAY_PER_REQUEST",
    }
    everything = {"ProjectionType": "ALL"}
    assert shown["SourceTableFeatureDetails"] == {
        "LocalSecondaryIndexes": [{"IndexName": "by-b", "KeySchema": schema("pk", "b"), "Projection": everything}],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "by-a",
                "KeySchema": schema("a", "b"),
                "Projection": everything,
                "ProvisionedThroughput": units(0, 0),
            }
        ],
        "StreamDescription": {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
        "TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"},
    }


# DescribeBackup, DeleteBackup


def test_there_is_no_backup_of_an_unknown_arn(ddb, table, account):
    arn = f"{arn_of(account)}/backup/01489173575360-b308cd7d"
    with no_backup(arn):
        ddb.describe_backup(BackupArn=arn)
    with no_backup(arn):
        ddb.delete_backup(BackupArn=arn)
    with no_backup(arn):
        ddb.restore_table_from_backup(BackupArn=arn, TargetTableName="other")


def test_an_arn_is_that_of_a_backup(ddb, account):
    arn = arn_of(account, "a-table-with-a-name")
    with refused("ValidationException", f"1 validation error detected: Invalid backup ARN '{arn}'"):
        ddb.describe_backup(BackupArn=arn)


def test_a_deleted_backup_is_shown_once_more_and_then_gone(ddb, table, cloud):
    put_numbered(ddb, 2)
    arn = back_up(ddb)
    shown = ddb.delete_backup(BackupArn=arn)["BackupDescription"]
    assert (shown["BackupDetails"]["BackupStatus"], shown["SourceTableDetails"]["ItemCount"]) == ("DELETED", 2)
    with no_backup(arn):
        ddb.describe_backup(BackupArn=arn)
    assert names(ddb) == []
    assert contents(ddb) == {"0000": "first", "0001": "first"}


# ListBackups


def test_backups_are_listed_as_they_were_made(ddb, create, frozen_clock):
    for table in ("one", "two"):
        create(table, "pk:S")
    for name, table in (("a-1", "one"), ("b-1", "two"), ("a-2", "one")):
        back_up(ddb, name, table)
        frozen_clock.advance(1)
    assert names(ddb) == ["a-1", "b-1", "a-2"]
    assert names(ddb, TableName="one") == ["a-1", "a-2"]
    assert names(ddb, TableName="three") == []


def test_a_listing_goes_on_after_the_last_backup_it_showed(ddb, table, frozen_clock):
    for number in range(5):
        back_up(ddb, f"backup-{number}")
        frozen_clock.advance(1)
    pages, start = [], {}
    while True:
        answer = ddb.list_backups(Limit=2, **start)
        pages.append([one["BackupName"] for one in answer["BackupSummaries"]])
        if "LastEvaluatedBackupArn" not in answer:
            break
        start = {"ExclusiveStartBackupArn": answer["LastEvaluatedBackupArn"]}
    assert pages == [["backup-0", "backup-1"], ["backup-2", "backup-3"], ["backup-4"]]


def test_a_listing_has_the_lower_bound_of_its_time_and_not_the_upper(ddb, table, frozen_clock):
    frozen_clock.freeze(int(frozen_clock.now()) + 1)
    at = frozen_clock.now()
    for number in range(3):
        back_up(ddb, f"backup-{number}")
        frozen_clock.advance(10)
    assert names(ddb, TimeRangeLowerBound=at + 10) == ["backup-1", "backup-2"]
    assert names(ddb, TimeRangeUpperBound=at + 10) == ["backup-0"]
    assert names(ddb, TimeRangeLowerBound=at + 5, TimeRangeUpperBound=at + 15) == ["backup-1"]


def test_backups_belong_to_an_account_and_a_region(ddb, aws, table, cloud):
    back_up(ddb)
    assert names(aws.client("dynamodb", region_name="eu-west-1")) == []
    assert names(cloud.session(cloud.new_account()).client("dynamodb")) == []


# RestoreTableFromBackup


def test_a_backup_is_restored_as_the_table_was(ddb, table, clock):
    put_numbered(ddb, 3)
    arn = back_up(ddb)
    put(ddb, pk="0001", v="second")
    put(ddb, pk="new", v="second")
    delete(ddb, "0002")
    shown = ddb.restore_table_from_backup(BackupArn=arn, TargetTableName="other")["TableDescription"]
    assert (shown["TableStatus"], shown["RestoreSummary"]["RestoreInProgress"]) == ("CREATING", True)
    summary = described(ddb, "other")["RestoreSummary"]
    details = ddb.describe_backup(BackupArn=arn)["BackupDescription"]
    assert summary == {
        "SourceBackupArn": arn,
        "SourceTableArn": details["SourceTableDetails"]["TableArn"],
        "RestoreDateTime": details["BackupDetails"]["BackupCreationDateTime"],
        "RestoreInProgress": False,
    }
    assert contents(ddb, "other") == {"0000": "first", "0001": "first", "0002": "first"}
    assert contents(ddb) == {"0000": "first", "0001": "second", "new": "second"}


def test_a_restored_table_and_its_source_are_two(ddb, table):
    put_numbered(ddb, 2)
    arn = back_up(ddb)
    ddb.restore_table_from_backup(BackupArn=arn, TargetTableName="other")
    put(ddb, "other", pk="0000", v="changed")
    delete(ddb, "0001")
    assert contents(ddb, "other") == {"0000": "changed", "0001": "first"}
    ddb.restore_table_from_backup(BackupArn=arn, TargetTableName="third")
    assert contents(ddb, "third") == {"0000": "first", "0001": "first"}


def test_the_backup_of_a_deleted_table_is_restored_under_its_name(ddb, table):
    put_numbered(ddb, 2)
    arn = back_up(ddb)
    ddb.delete_table(TableName="table")
    ddb.restore_table_from_backup(BackupArn=arn, TargetTableName="table")
    assert contents(ddb) == {"0000": "first", "0001": "first"}


def test_indexes_are_restored_with_their_rows(ddb, create):
    create("table", "pk:S", "sk:N", indexes={"by-v": "v:S"}, local={"by-n": "n:N"})
    for pk, sk, v, n in (("a", 1, "x", 3), ("a", 2, "x", 1), ("b", 1, "y", 2)):
        put(ddb, pk=pk, sk=sk, v=v, n=n)
    ddb.restore_table_from_backup(BackupArn=back_up(ddb), TargetTableName="other")
    shown = described(ddb, "other")
    assert [one["IndexStatus"] for one in shown["GlobalSecondaryIndexes"]] == ["ACTIVE"]

    def query(index_name, condition, value):
        answer = ddb.query(
            TableName="other", IndexName=index_name, KeyConditionExpression=condition,
            ExpressionAttributeValues={":v": {"S": value}},
        )  # fmt: skip
        return [(item["pk"]["S"], item["sk"]["N"]) for item in answer["Items"]]

    assert sorted(query("by-v", "v = :v", "x")) == [("a", "1"), ("a", "2")]
    assert query("by-n", "pk = :v", "a") == [("a", "2"), ("a", "1")]
    put(ddb, "other", pk="c", sk=1, v="y", n=1)
    assert sorted(query("by-v", "v = :v", "y")) == [("b", "1"), ("c", "1")]


def test_a_restored_table_is_without_what_is_to_be_set_anew(ddb, create, account):
    create(
        "table", "pk:S",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        Tags=[{"Key": "a", "Value": "b"}], DeletionProtectionEnabled=True,
    )  # fmt: skip
    ddb.update_time_to_live(TableName="table", TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"})
    recover(ddb)
    ddb.restore_table_from_backup(BackupArn=back_up(ddb), TargetTableName="other")
    shown = described(ddb, "other")
    assert "StreamSpecification" not in shown
    assert not shown["DeletionProtectionEnabled"]
    assert ddb.list_tags_of_resource(ResourceArn=arn_of(account, "other"))["Tags"] == []
    assert ddb.describe_time_to_live(TableName="other")["TimeToLiveDescription"] == {"TimeToLiveStatus": "DISABLED"}
    recovery = ddb.describe_continuous_backups(TableName="other")["ContinuousBackupsDescription"]
    assert recovery["PointInTimeRecoveryDescription"] == {"PointInTimeRecoveryStatus": "DISABLED"}


def test_the_target_of_a_restore_is_a_new_table(ddb, table):
    with refused("TableAlreadyExistsException", "Table already exists: table"):
        ddb.restore_table_from_backup(BackupArn=back_up(ddb), TargetTableName="table")


def test_a_restore_may_change_the_billing_mode(ddb, create):
    create("table", "pk:S", indexes={"by-v": "v:S"})
    arn = back_up(ddb)

    def restore(**options):
        return ddb.restore_table_from_backup(BackupArn=arn, TargetTableName="other", **options)

    with invalid("ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"):
        restore(BillingModeOverride="PROVISIONED")
    with invalid("ProvisionedThroughput is not specified for index: by-v"):
        restore(BillingModeOverride="PROVISIONED", ProvisionedThroughputOverride=units(2, 3))
    with invalid(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
    ):
        restore(ProvisionedThroughputOverride=units(2, 3))
    restore(
        BillingModeOverride="PROVISIONED",
        ProvisionedThroughputOverride=units(2, 3),
        GlobalSecondaryIndexOverride=[index("by-v", "v", ProvisionedThroughput=units(4, 5))],
    )
    shown = described(ddb, "other")
    capacity = {name: shown["ProvisionedThroughput"][name] for name in units(0, 0)}
    of_index = {name: shown["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"][name] for name in units(0, 0)}
    assert (capacity, of_index) == (units(2, 3), units(4, 5))


def test_a_restore_keeps_provisioned_capacity(ddb, create):
    create("table", "pk:S", ProvisionedThroughput=units(7, 8))
    ddb.restore_table_from_backup(BackupArn=back_up(ddb), TargetTableName="other")
    shown = described(ddb, "other")["ProvisionedThroughput"]
    assert {name: shown[name] for name in units(0, 0)} == units(7, 8)


def test_a_restore_may_leave_indexes_out_and_not_make_others(ddb, create):
    create("table", "pk:S", "sk:N", indexes={"by-v": "v:S", "by-w": "w:S"}, local={"by-n": "n:N"})
    arn = back_up(ddb)
    other = index("by-v", "w")
    with invalid("The index by-v does not match an index of the table that is restored"):
        ddb.restore_table_from_backup(BackupArn=arn, TargetTableName="other", GlobalSecondaryIndexOverride=[other])
    ddb.restore_table_from_backup(
        BackupArn=arn, TargetTableName="other",
        GlobalSecondaryIndexOverride=[index("by-w", "w")], LocalSecondaryIndexOverride=[],
    )  # fmt: skip
    shown = described(ddb, "other")
    assert [one["IndexName"] for one in shown["GlobalSecondaryIndexes"]] == ["by-w"]
    assert "LocalSecondaryIndexes" not in shown
    kinds = {one["AttributeName"] for one in shown["AttributeDefinitions"]}
    assert kinds == {one["AttributeName"] for one in definitions("pk:S", "sk:N", "w:S")}


def test_a_backup_is_restored_in_another_region(ddb, aws, table):
    put_numbered(ddb, 2)
    ireland = aws.client("dynamodb", region_name="eu-west-1")
    ireland.restore_table_from_backup(BackupArn=back_up(ddb), TargetTableName="there")
    assert contents(ireland, "there") == {"0000": "first", "0001": "first"}


# backups of DynamoDB's own


def test_a_deleted_table_with_recovery_leaves_a_backup_for_35_days(ddb, table, frozen_clock):
    recover(ddb)
    put_numbered(ddb, 2)
    ddb.delete_table(TableName="table")
    assert names(ddb) == []  # its own backups are what a listing shows unless it is asked for others
    [made] = ddb.list_backups(BackupType="SYSTEM")["BackupSummaries"]
    assert (made["BackupName"], made["BackupType"]) == ("table$DeletedTableBackup", "SYSTEM")
    assert made["BackupArn"].endswith("-00000000")
    left = made["BackupExpiryDateTime"] - made["BackupCreationDateTime"]
    assert left.days == 35
    ddb.restore_table_from_backup(BackupArn=made["BackupArn"], TargetTableName="table")
    assert contents(ddb) == {"0000": "first", "0001": "first"}
    frozen_clock.advance(35 * DAY - 1)
    assert names(ddb, BackupType="ALL") == ["table$DeletedTableBackup"]
    frozen_clock.advance(2)
    assert names(ddb, BackupType="ALL") == []
    assert len(contents(ddb)) == 2


def test_a_backup_of_dynamodbs_own_is_not_deleted(ddb, table):
    recover(ddb)
    ddb.delete_table(TableName="table")
    arn = ddb.list_backups(BackupType="SYSTEM")["BackupSummaries"][0]["BackupArn"]
    with refused("ValidationException", f"System backups cannot be deleted: {arn}"):
        ddb.delete_backup(BackupArn=arn)


def test_a_deleted_table_without_recovery_is_gone(ddb, table):
    ddb.delete_table(TableName="table")
    assert names(ddb, BackupType="ALL") == []
