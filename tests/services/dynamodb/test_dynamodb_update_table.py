"""UpdateTable: billing modes, units, maxima, streams, class and protection. Indexes have a file of their own."""

import pytest

from tests.services.dynamodb.table_calls import (
    definitions,
    described,
    described_index,
    index,
    invalid,
    not_found,
    refused,
    units,
)

HOUR, DAY = 3600, 86_400
SAME = (
    "The provisioned throughput for the {of} will not change. The requested value equals the current value. "
    "Current ReadCapacityUnits provisioned for the {kind}: 5. Requested ReadCapacityUnits: 5. "
    "Current WriteCapacityUnits provisioned for the {kind}: 6. Requested WriteCapacityUnits: 6. "
    "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
)
NEITHER = "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"


def set_units(ddb, read, write, **more):
    return ddb.update_table(TableName="tab", ProvisionedThroughput=units(read, write), **more)["TableDescription"]


def shown_units(ddb):
    found = described(ddb, "tab")["ProvisionedThroughput"]
    return found["ReadCapacityUnits"], found["WriteCapacityUnits"], found["NumberOfDecreasesToday"]


def midnight(clock):
    """Begin a day, so that what is counted by days does not depend on when the test runs."""
    clock.advance(DAY - clock.now() % DAY)


# wrong input


def test_something_is_to_be_updated(ddb, create):
    create("tab", "pk:S")
    message = (
        "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or "
        "SSESpecification or ReplicaUpdates is required"
    )
    for nothing in ({}, {"AttributeDefinitions": definitions("pk:S")}, {"GlobalSecondaryIndexUpdates": []}):
        with refused("ValidationException", message):
            ddb.update_table(TableName="tab", **nothing)


def test_what_is_not_here_yet_says_so(ddb, create):
    create("tab", "pk:S")
    message = "MultiRegionConsistency exists on AWS and is not implemented in cloudchamber"
    with refused("NotImplemented", message, 501):
        ddb.update_table(TableName="tab", MultiRegionConsistency="STRONG", DeletionProtectionEnabled=True)
    assert described(ddb, "tab")["DeletionProtectionEnabled"] is False


def test_units_are_for_provisioned_tables(ddb, create):
    create("tab", "pk:S")
    with invalid(NEITHER):
        set_units(ddb, 1, 1)
    with invalid(NEITHER):
        set_units(ddb, 1, 1, BillingMode="PAY_PER_REQUEST")
    with invalid("ProvisionedThroughput must be specified when BillingMode is PROVISIONED"):
        ddb.update_table(TableName="tab", BillingMode="PROVISIONED")


def test_indexes_are_provisioned_with_their_table(ddb, create):
    create("tab", "pk:S", indexes={"by_a": "a:S"})
    with invalid("Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: by_a"):
        set_units(ddb, 1, 1, BillingMode="PROVISIONED")


def test_maxima_are_for_on_demand_tables(ddb, create):
    create("tab", "pk:S", ProvisionedThroughput=units(1, 1))
    with invalid(
        "MaxReadRequestUnits for OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED"
    ):
        ddb.update_table(TableName="tab", OnDemandThroughput={"MaxReadRequestUnits": 5, "MaxWriteRequestUnits": 5})


def test_the_view_type_goes_with_a_stream_that_begins(ddb, create):
    create("tab", "pk:S")
    with invalid("If stream is being enabled, then UpdateViewType must be specified"):
        ddb.update_table(TableName="tab", StreamSpecification={"StreamEnabled": True})
    ddb.update_table(TableName="tab", StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    with invalid("If stream is being disabled, then UpdateViewType must not be specified"):
        ddb.update_table(TableName="tab", StreamSpecification={"StreamEnabled": False, "StreamViewType": "KEYS_ONLY"})


# wrong state


def test_a_table_that_is_not_there_is_named(ddb):
    with not_found("nope"):
        ddb.update_table(TableName="nope", DeletionProtectionEnabled=True)


def test_units_have_to_change(ddb, create):
    create(
        "tab", "pk:S", indexes={"by_a": "a:S"}, ProvisionedThroughput=units(5, 6),
        GlobalSecondaryIndexes=[index("by_a", "a", ProvisionedThroughput=units(5, 6))],
    )  # fmt: skip
    with refused("ValidationException", SAME.format(of="table", kind="table")):
        set_units(ddb, 5, 6)
    update = {"Update": {"IndexName": "by_a", "ProvisionedThroughput": units(5, 6)}}
    with refused("ValidationException", SAME.format(of="index by_a", kind="index")):
        ddb.update_table(TableName="tab", GlobalSecondaryIndexUpdates=[update])


def test_a_stream_is_begun_once_and_ended_once(ddb, create):
    create("tab", "pk:S")
    with refused("ValidationException", "Table has no stream to disable: TableName: tab"):
        ddb.update_table(TableName="tab", StreamSpecification={"StreamEnabled": False})
    begin = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    ddb.update_table(TableName="tab", StreamSpecification=begin)
    with refused("ValidationException", "Table already has an enabled stream: TableName: tab"):
        ddb.update_table(TableName="tab", StreamSpecification=begin)


def test_units_are_decreased_four_times_a_day_and_then_once_an_hour(ddb, create, frozen_clock):
    midnight(frozen_clock)
    create("tab", "pk:S", ProvisionedThroughput=units(100, 100))
    for left in (90, 80, 70, 60):
        set_units(ddb, left, 100)
    at = frozen_clock.now()
    with pytest.raises(ddb.exceptions.LimitExceededException) as caught:
        set_units(ddb, 50, 100)
    message = caught.value.response["Error"]["Message"]
    assert message.startswith(
        "Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day. After the "
        "first 4 decreases, each subsequent decrease in the same UTC day can be performed at most once every 3600 "
        "seconds. Number of decreases today: 4. Last decrease at "
    )
    assert message.endswith(" 1:00:00 AM UTC")
    set_units(ddb, 60, 200)  # an increase is no decrease
    frozen_clock.advance(HOUR)
    set_units(ddb, 50, 200)
    assert shown_units(ddb) == (50, 200, 5)
    frozen_clock.advance(DAY)
    assert shown_units(ddb) == (50, 200, 0)
    assert frozen_clock.now() == at + HOUR + DAY


def test_a_table_is_switched_to_on_demand_four_times_a_day(ddb, create, frozen_clock):
    create("tab", "pk:S", ProvisionedThroughput=units(1, 1))
    for _ in range(4):
        ddb.update_table(TableName="tab", BillingMode="PAY_PER_REQUEST")
        set_units(ddb, 1, 1, BillingMode="PROVISIONED")
    message = "Subscriber limit exceeded: Update to PayPerRequest mode are limited to 4 times in 1 day(s)."
    with refused("LimitExceededException", message):
        ddb.update_table(TableName="tab", BillingMode="PAY_PER_REQUEST")
    frozen_clock.advance(DAY)
    ddb.update_table(TableName="tab", BillingMode="PAY_PER_REQUEST")


def test_warm_throughput_only_grows(ddb, create):
    create("tab", "pk:S")
    with invalid(
        "Requested ReadUnitsPerSecond for WarmThroughput for table is lower than current WarmThroughput, decreasing "
        "WarmThroughput is not supported"
    ):
        ddb.update_table(TableName="tab", WarmThroughput={"ReadUnitsPerSecond": 11_999})
    answer = ddb.update_table(TableName="tab", WarmThroughput={"ReadUnitsPerSecond": 15_000})["TableDescription"]
    warm = {"ReadUnitsPerSecond": 15_000, "WriteUnitsPerSecond": 4000}
    assert answer["WarmThroughput"] == {**warm, "Status": "UPDATING"}
    assert answer["TableStatus"] == "ACTIVE"  # warming a table leaves it as it is
    assert described(ddb, "tab")["WarmThroughput"] == {**warm, "Status": "ACTIVE"}


# behaviour


def test_the_answer_shows_what_is_in_force_and_the_next_look_what_was_asked_for(ddb, create, frozen_clock):
    create("tab", "pk:S", ProvisionedThroughput=units(5, 6))
    answer = set_units(ddb, 7, 6)
    assert answer["TableStatus"] == "UPDATING"
    assert answer["ProvisionedThroughput"] == {"NumberOfDecreasesToday": 0, **units(5, 6)}
    found = described(ddb, "tab")
    assert found["TableStatus"] == "ACTIVE"
    assert shown_units(ddb) == (7, 6, 0)
    increased = found["ProvisionedThroughput"]["LastIncreaseDateTime"]
    assert increased.timestamp() == pytest.approx(frozen_clock.now(), abs=0.001)
    assert "LastDecreaseDateTime" not in found["ProvisionedThroughput"]


def test_one_update_can_increase_and_decrease(ddb, create):
    create("tab", "pk:S", ProvisionedThroughput=units(5, 6))
    set_units(ddb, 6, 5)
    found = described(ddb, "tab")["ProvisionedThroughput"]
    assert found["LastIncreaseDateTime"] == found["LastDecreaseDateTime"]
    assert shown_units(ddb) == (6, 5, 1)


def test_a_table_and_its_indexes_change_their_billing_mode(ddb, create):
    create("tab", "pk:S", indexes={"by_a": "a:S"}, OnDemandThroughput={"MaxReadRequestUnits": 9})
    update = {"Update": {"IndexName": "by_a", "ProvisionedThroughput": units(3, 4)}}
    set_units(ddb, 1, 2, BillingMode="PROVISIONED", GlobalSecondaryIndexUpdates=[update])
    found = described(ddb, "tab")
    assert found["BillingModeSummary"]["BillingMode"] == "PROVISIONED"
    assert "OnDemandThroughput" not in found  # maxima go with the mode they are for
    assert shown_units(ddb)[:2] == (1, 2)
    assert described_index(ddb, "tab", "by_a")["ProvisionedThroughput"]["WriteCapacityUnits"] == 4
    ddb.update_table(TableName="tab", BillingMode="PAY_PER_REQUEST")
    assert shown_units(ddb)[:2] == (0, 0)
    assert described_index(ddb, "tab", "by_a")["ProvisionedThroughput"]["WriteCapacityUnits"] == 0


def test_a_provisioned_table_has_no_billing_summary_until_it_was_on_demand(ddb, create):
    create("tab", "pk:S", ProvisionedThroughput=units(1, 1))
    assert "BillingModeSummary" not in described(ddb, "tab")
    ddb.update_table(TableName="tab", BillingMode="PAY_PER_REQUEST")
    assert described(ddb, "tab")["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"


def test_a_maximum_that_is_not_named_stays_and_minus_one_is_none(ddb, create):
    create("tab", "pk:S", OnDemandThroughput={"MaxReadRequestUnits": 20, "MaxWriteRequestUnits": 15})
    ddb.update_table(TableName="tab", OnDemandThroughput={"MaxReadRequestUnits": 40})
    both = {"MaxReadRequestUnits": 40, "MaxWriteRequestUnits": 15}
    assert described(ddb, "tab")["OnDemandThroughput"] == both
    answer = ddb.update_table(TableName="tab", OnDemandThroughput={"MaxReadRequestUnits": -1})
    assert answer["TableDescription"]["OnDemandThroughput"] == {**both, "MaxReadRequestUnits": -1}
    assert described(ddb, "tab")["OnDemandThroughput"] == {"MaxWriteRequestUnits": 15}
    ddb.update_table(TableName="tab", OnDemandThroughput={"MaxWriteRequestUnits": -1})
    assert "OnDemandThroughput" not in described(ddb, "tab")


def test_a_stream_begins_and_ends_with_updates(ddb, create):
    create("tab", "pk:S")
    begin = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    answer = ddb.update_table(TableName="tab", StreamSpecification=begin)["TableDescription"]
    assert answer["StreamSpecification"] == begin
    ddb.update_table(TableName="tab", StreamSpecification={"StreamEnabled": False})
    found = described(ddb, "tab")
    assert "StreamSpecification" not in found
    assert found["LatestStreamArn"] == answer["LatestStreamArn"]


def test_class_and_protection_can_be_changed(ddb, create):
    create("tab", "pk:S")
    ddb.update_table(TableName="tab", TableClass="STANDARD_INFREQUENT_ACCESS", DeletionProtectionEnabled=True)
    found = described(ddb, "tab")
    assert found["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert "LastUpdateDateTime" in found["TableClassSummary"]
    assert found["DeletionProtectionEnabled"] is True


def test_an_update_that_is_refused_changes_nothing(ddb, create):
    create("tab", "pk:S", ProvisionedThroughput=units(5, 6))
    before = described(ddb, "tab")
    with refused("ValidationException", "Table has no stream to disable: TableName: tab"):
        set_units(ddb, 9, 9, DeletionProtectionEnabled=True, StreamSpecification={"StreamEnabled": False})
    assert described(ddb, "tab") == before
