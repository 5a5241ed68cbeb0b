"""UpdateContinuousBackups, DescribeContinuousBackups, RestoreTableToPointInTime."""

import random

import pytest

from cloudchamber.services.dynamodb import undo_log
from tests.services.dynamodb.backup_calls import (
    DAY,
    PITR,
    contents,
    count_rows,
    delete,
    in_region,
    put_numbered,
    recover,
    restored,
    service_of,
)
from tests.services.dynamodb.item_calls import arn_of, put
from tests.services.dynamodb.table_calls import described, refused, units

LATER_THAN_POSSIBLE = (
    "An invalid restore time was specified. RestoreDateTime must be between EarliestRestorableDateTime and "
    "LatestRestorableDateTime."
)


@pytest.fixture
def now(frozen_clock):
    """The clock, standing on a full second."""
    frozen_clock.freeze(int(frozen_clock.now()) + 1)
    return frozen_clock


@pytest.fixture
def start(now):
    """When the test begins."""
    return int(now.now())


@pytest.fixture
def table(create, now):
    return create("table", "pk:S")


def shown(ddb, table="table"):
    found = ddb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    assert found["ContinuousBackupsStatus"] == "ENABLED"
    return found["PointInTimeRecoveryDescription"]


def bounds(ddb):
    found = shown(ddb)
    return tuple(found[name].timestamp() for name in ("EarliestRestorableDateTime", "LatestRestorableDateTime"))


def switch_off(ddb):
    ddb.update_continuous_backups(TableName="table", **{PITR: {"PointInTimeRecoveryEnabled": False}})


# UpdateContinuousBackups, DescribeContinuousBackups


def test_recovery_is_that_of_a_table_that_exists(ddb):
    with refused("TableNotFoundException", "Table not found: nowhere"):
        ddb.describe_continuous_backups(TableName="nowhere")
    with refused("TableNotFoundException", "Table not found: nowhere"):
        recover(ddb, "nowhere")


def test_a_table_of_another_region_is_not_named_by_its_arn(ddb, account):
    # what people met who did: terraform-aws-modules/terraform-aws-dynamodb-table issue 85
    arn = arn_of(account, region="eu-west-1")
    with refused("ValidationException", f"1 validation error detected: Invalid AWS region in '{arn}'"):
        recover(ddb, arn)


def test_the_period_is_1_to_35_days(ddb, table):
    message = (
        "1 validation error detected: Value '36' at 'pointInTimeRecoverySpecification.recoveryPeriodInDays' failed to "
        "satisfy constraint: Member must have value less than or equal to 35"
    )
    with refused("ValidationException", message):
        recover(ddb, RecoveryPeriodInDays=36)


def test_recovery_is_off_until_it_is_switched_on(ddb, table, start):
    assert shown(ddb) == {"PointInTimeRecoveryStatus": "DISABLED"}
    found = recover(ddb)
    assert found == shown(ddb)
    assert (found["PointInTimeRecoveryStatus"], found["RecoveryPeriodInDays"]) == ("ENABLED", 35)
    assert bounds(ddb) == (start, start)
    switch_off(ddb)
    assert shown(ddb) == {"PointInTimeRecoveryStatus": "DISABLED"}


def test_recovery_reaches_back_to_when_it_was_switched_on_and_for_its_period(ddb, table, now, start):
    recover(ddb, RecoveryPeriodInDays=2)
    now.advance(DAY)
    assert bounds(ddb) == (start, start + DAY)
    now.advance(2 * DAY)
    assert bounds(ddb) == (start + DAY, start + 3 * DAY)
    assert recover(ddb, RecoveryPeriodInDays=1)["RecoveryPeriodInDays"] == 1
    assert bounds(ddb) == (start + 2 * DAY, start + 3 * DAY)
    assert recover(ddb)["RecoveryPeriodInDays"] == 1


def test_switching_recovery_off_and_on_begins_anew(ddb, table, now, start):
    recover(ddb)
    now.advance(100)
    switch_off(ddb)
    now.advance(100)
    recover(ddb)
    assert bounds(ddb) == (start + 200, start + 200)


# RestoreTableToPointInTime: wrong input, wrong state


def test_the_source_and_the_instant_are_named_once(ddb, table, account, start):
    recover(ddb)
    both = {"SourceTableName": "table", "SourceTableArn": arn_of(account)}
    one_source = "Exactly one of SourceTableName or SourceTableArn must be specified."
    for source in ({}, both):
        with refused("ValidationException", one_source):
            ddb.restore_table_to_point_in_time(**source, TargetTableName="other", UseLatestRestorableTime=True)
    one_time = "Exactly one of RestoreDateTime or UseLatestRestorableTime must be specified."
    for when in ({}, {"RestoreDateTime": start, "UseLatestRestorableTime": True}):
        with refused("ValidationException", one_time):
            ddb.restore_table_to_point_in_time(SourceTableName="table", TargetTableName="other", **when)


def test_a_source_has_recovery_on_and_exists(ddb, table):
    with refused("PointInTimeRecoveryUnavailableException", "Point in time recovery is not enabled for table 'table'"):
        restored(ddb, "other")
    with refused("TableNotFoundException", "Table not found: nowhere"):
        restored(ddb, "other", source="nowhere")


def test_an_instant_lies_within_the_period(ddb, table, now, start):
    recover(ddb)
    now.advance(100)
    for instant in (start - 1, start + 101):
        with refused("InvalidRestoreTimeException", LATER_THAN_POSSIBLE):
            restored(ddb, "other", instant)


def test_the_target_is_a_new_table(ddb, table):
    recover(ddb)
    with refused("TableAlreadyExistsException", "Table already exists: table"):
        restored(ddb, "table")


# RestoreTableToPointInTime: behaviour


def test_a_table_is_restored_to_any_second(ddb, table, now, start):
    put_numbered(ddb, 2, v="before")
    recover(ddb)
    history = {}
    rng = random.Random(7)
    model = contents(ddb)
    for second in range(1, 31):
        now.advance(1)
        for _ in range(rng.randint(0, 4)):
            pk = f"{rng.randint(0, 9):04d}"
            if rng.random() < 0.3:
                delete(ddb, pk)
                model.pop(pk, None)
            else:
                put(ddb, pk=pk, v=f"at {second}")
                model[pk] = f"at {second}"
        history[second] = dict(model)
    for second in (1, 7, 8, 15, 29, 30):
        restored(ddb, f"at-{second}", start + second)
        now.settle()
        assert contents(ddb, f"at-{second}") == history[second], second
    restored(ddb, "at-0", start)
    now.settle()
    assert contents(ddb, "at-0") == {"0000": "before", "0001": "before"}
    assert contents(ddb) == model


def test_the_latest_state_includes_the_last_write(ddb, table, account, start):
    recover(ddb)
    put(ddb, pk="a", v="1")
    found = restored(ddb, "other")
    assert found["RestoreSummary"]["SourceTableArn"] == arn_of(account)
    assert found["RestoreSummary"]["RestoreDateTime"].timestamp() == start
    assert "SourceBackupArn" not in found["RestoreSummary"]
    assert contents(ddb, "other") == {"a": "1"}


def test_a_restored_table_takes_the_settings_the_source_has_now(ddb, create, now, start):
    create("table", "pk:S", ProvisionedThroughput=units(1, 1))
    recover(ddb)
    put(ddb, pk="a", v="1")
    now.advance(10)
    ddb.update_table(TableName="table", ProvisionedThroughput=units(3, 4))
    restored(ddb, "other", start)
    found = described(ddb, "other")["ProvisionedThroughput"]
    assert {name: found[name] for name in units(0, 0)} == units(3, 4)
    restored(ddb, "on-demand", start, BillingModeOverride="PAY_PER_REQUEST")
    assert described(ddb, "on-demand")["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"


def test_the_rows_of_indexes_are_those_of_the_instant(ddb, create, now, start):
    create("table", "pk:S", indexes={"by-v": "v:S"})
    recover(ddb)
    put(ddb, pk="a", v="old")
    now.advance(10)
    put(ddb, pk="a", v="new")
    put(ddb, pk="b", v="new")
    restored(ddb, "other", start + 5)
    now.settle()
    assert contents(ddb, "other", IndexName="by-v") == {"a": "old"}


def test_a_table_is_restored_in_another_region_by_its_arn(ddb, aws, table, account):
    recover(ddb)
    put(ddb, pk="a", v="1")
    ireland = in_region(aws, "eu-west-1")
    ireland.restore_table_to_point_in_time(
        SourceTableArn=arn_of(account), TargetTableName="there", UseLatestRestorableTime=True
    )
    assert contents(ireland, "there") == {"a": "1"}


# what is written down


def test_without_recovery_nothing_is_written_down(ddb, table, cloud, account):
    number = cloud.look(lambda running: service_of(running).store.view(account, "us-east-1", "table").number)
    put(ddb, pk="a", v="1")
    rows = "SELECT count(*) FROM dynamodb_log WHERE number = ?"
    assert count_rows(cloud, rows, number) == 0
    recover(ddb)
    put(ddb, pk="a", v="2")
    assert count_rows(cloud, rows, number) == 1
    switch_off(ddb)
    cloud.clock.advance(3600)
    assert count_rows(cloud, rows, number) == 0


def test_what_is_older_than_the_period_is_taken_away(ddb, table, cloud, account, now):
    number = cloud.look(lambda running: service_of(running).store.view(account, "us-east-1", "table").number)
    rows = "SELECT count(*) FROM dynamodb_log WHERE number = ?"
    recover(ddb, RecoveryPeriodInDays=2)
    put(ddb, pk="a", v="1")
    now.advance(DAY)
    put(ddb, pk="a", v="2")
    now.advance(DAY)
    assert count_rows(cloud, rows, number) == 2
    now.advance(DAY / 2)
    assert count_rows(cloud, rows, number) == 1
    restored(ddb, "other", now.now() - 2 * DAY)
    now.settle()
    assert contents(ddb, "other") == {"a": "1"}


def test_the_log_is_read_by_its_indexes(ddb, table, cloud):
    def plans(running):
        return [
            running.store.plan(undo_log.SINCE, (1, 0.0)),
            running.store.plan(undo_log.BACKWARDS, (1, 0, 10, 5)),
            running.store.plan(undo_log.TRIM, (1, 0.0, 5)),
        ]

    for plan in cloud.look(plans):
        assert "dynamodb_log_by_" in plan
        assert "SCAN" not in plan
        assert "TEMP B-TREE" not in plan
