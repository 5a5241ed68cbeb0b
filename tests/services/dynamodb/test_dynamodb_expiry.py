"""Time to live: UpdateTimeToLive, DescribeTimeToLive, and items that expire."""

import pytest

from cloudchamber.services.dynamodb import expiring, expiry, filling
from tests.services.dynamodb.table_calls import described, keys_in, not_found, put, refused

HOUR, DAY = 3600, 86_400
YEAR = 365 * DAY


def live(ddb, enabled=True, attribute="ttl", name="tab"):
    specification = {"Enabled": enabled, "AttributeName": attribute}
    return ddb.update_time_to_live(TableName=name, TimeToLiveSpecification=specification)["TimeToLiveSpecification"]


def status(ddb, name="tab"):
    return ddb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]


@pytest.fixture
def now(frozen_clock):
    return int(frozen_clock.now())


# wrong input


def test_an_attribute_is_named(ddb, create):
    create("tab", "pk:S")
    message = (
        "1 validation error detected: Value '' at 'timeToLiveSpecification.attributeName' failed to satisfy "
        "constraint: Member must have length greater than or equal to 1"
    )
    with refused("ValidationException", message):
        live(ddb, attribute="")


# wrong state


def test_a_table_that_is_not_there_is_named(ddb):
    with not_found("nope"):
        live(ddb, name="nope")
    with not_found("nope"):
        status(ddb, name="nope")


def test_time_to_live_is_turned_on_once_and_off_once(ddb, create):
    create("tab", "pk:S")
    with refused("ValidationException", "TimeToLive is already disabled"):
        live(ddb, enabled=False)
    live(ddb)
    with refused("ValidationException", "TimeToLive is already enabled"):
        live(ddb)


def test_a_table_has_one_attribute_for_it(ddb, create):
    create("tab", "pk:S")
    live(ddb)
    for enabled in (True, False):
        message = "TimeToLive is active on a different AttributeName: current AttributeName is ttl"
        with refused("ValidationException", message):
            live(ddb, enabled=enabled, attribute="other")


def test_it_is_changed_once_an_hour(ddb, create, frozen_clock):
    create("tab", "pk:S")
    live(ddb)
    frozen_clock.advance(HOUR - 1)
    message = "Time to live has been modified multiple times within a fixed interval"
    with refused("ValidationException", message):
        live(ddb, enabled=False)
    frozen_clock.advance(1)
    live(ddb, enabled=False)
    frozen_clock.advance(HOUR)
    live(ddb, attribute="other")
    assert status(ddb) == {"TimeToLiveStatus": "ENABLED", "AttributeName": "other"}


# behaviour


def test_a_table_shows_whether_its_items_expire(ddb, create, frozen_clock):
    create("tab", "pk:S")
    assert status(ddb) == {"TimeToLiveStatus": "DISABLED"}
    assert live(ddb) == {"Enabled": True, "AttributeName": "ttl"}
    assert status(ddb) == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}
    frozen_clock.advance(HOUR)
    assert live(ddb, enabled=False) == {"Enabled": False, "AttributeName": "ttl"}
    assert status(ddb) == {"TimeToLiveStatus": "DISABLED"}


def test_an_item_goes_when_its_instant_has_passed(ddb, create, frozen_clock, now):
    create("tab", "pk:S", indexes={"by_a": "a:S"})
    live(ddb)
    put(ddb, "tab", pk="soon", a="x", ttl=now + 10)
    put(ddb, "tab", pk="later", a="x", ttl=now + 100)
    frozen_clock.advance(10)
    assert keys_in(ddb, "tab") == {"soon", "later"}
    frozen_clock.advance(1)
    assert keys_in(ddb, "tab") == keys_in(ddb, "tab", "by_a") == {"later"}
    frozen_clock.advance(100)
    assert keys_in(ddb, "tab") == set()
    assert described(ddb, "tab")["ItemCount"] == 0


def test_only_numbers_of_seconds_are_instants(ddb, create, frozen_clock, now):
    create("tab", "pk:S")
    live(ddb)
    put(ddb, "tab", pk="absent")
    put(ddb, "tab", pk="text", ttl=str(now + 5))
    put(ddb, "tab", pk="milliseconds", ttl=(now + 5) * 1000)
    put(ddb, "tab", pk="negative", ttl=-5)
    put(ddb, "tab", pk="seconds", ttl=now + 5)
    frozen_clock.advance(DAY)
    assert keys_in(ddb, "tab") == {"absent", "text", "milliseconds", "negative"}


def test_what_expired_more_than_five_years_ago_stays(ddb, create, frozen_clock, now):
    # So that a wrong attribute does not cost a whole table.
    create("tab", "pk:S")
    live(ddb)
    put(ddb, "tab", pk="old", ttl=now - 5 * YEAR - 10)
    put(ddb, "tab", pk="past", ttl=now - 4 * YEAR)
    frozen_clock.settle()
    assert keys_in(ddb, "tab") == {"old"}


def test_an_instant_can_be_moved_and_taken_back(ddb, create, frozen_clock, now):
    create("tab", "pk:S")
    live(ddb)
    for pk in ("moved", "earlier", "taken", "deleted"):
        put(ddb, "tab", pk=pk, ttl=now + 50)
    put(ddb, "tab", pk="moved", ttl=now + 500)
    put(ddb, "tab", pk="earlier", ttl=now + 5)
    ddb.update_item(TableName="tab", Key={"pk": {"S": "taken"}}, UpdateExpression="REMOVE #t",
                    ExpressionAttributeNames={"#t": "ttl"})  # fmt: skip
    ddb.delete_item(TableName="tab", Key={"pk": {"S": "deleted"}})
    frozen_clock.advance(6)
    assert keys_in(ddb, "tab") == {"moved", "taken"}
    frozen_clock.advance(100)
    assert keys_in(ddb, "tab") == {"moved", "taken"}
    frozen_clock.advance(500)
    assert keys_in(ddb, "tab") == {"taken"}


@pytest.mark.parametrize("way", ["batch", "transaction"])
def test_items_expire_however_they_were_written(ddb, create, frozen_clock, now, way):
    create("tab", "pk:S")
    live(ddb)
    item = {"pk": {"S": "1"}, "ttl": {"N": str(now + 5)}}
    if way == "batch":
        ddb.batch_write_item(RequestItems={"tab": [{"PutRequest": {"Item": item}}]})
    else:
        ddb.transact_write_items(TransactItems=[{"Put": {"TableName": "tab", "Item": item}}])
    frozen_clock.advance(6)
    assert keys_in(ddb, "tab") == set()


def test_what_was_there_before_expires_too(ddb, create, frozen_clock, now, monkeypatch):
    monkeypatch.setattr(filling, "FILL_ROWS", 10)
    monkeypatch.setattr(expiry, "EXPIRE_ROWS", 7)
    create("tab", "pk:S")
    for n in range(0, 50, 25):
        items = [{"pk": {"S": str(i)}, "ttl": {"N": str(now + 10 + i)}} for i in range(n, n + 25)]
        ddb.batch_write_item(RequestItems={"tab": [{"PutRequest": {"Item": item}} for item in items]})
    live(ddb)
    frozen_clock.advance(10 + 24)
    assert keys_in(ddb, "tab") == {str(n) for n in range(24, 50)}
    frozen_clock.advance(HOUR)
    assert keys_in(ddb, "tab") == set()


def test_nothing_expires_once_it_is_turned_off(ddb, create, frozen_clock, now):
    create("tab", "pk:S")
    live(ddb)
    put(ddb, "tab", pk="1", ttl=now + 2 * HOUR)
    frozen_clock.advance(HOUR)
    live(ddb, enabled=False)
    frozen_clock.advance(2 * HOUR)
    assert keys_in(ddb, "tab") == {"1"}
    # Turned on again, it finds what has passed meanwhile.
    live(ddb)
    frozen_clock.settle()
    assert keys_in(ddb, "tab") == set()


def test_a_table_that_is_made_anew_does_not_inherit_it(ddb, create, frozen_clock, now):
    create("tab", "pk:S")
    live(ddb)
    put(ddb, "tab", pk="1", ttl=now + 5)
    ddb.delete_table(TableName="tab")
    create("tab", "pk:S")
    put(ddb, "tab", pk="1", ttl=now + 5)
    frozen_clock.advance(DAY)
    assert keys_in(ddb, "tab") == {"1"}


def test_the_stream_names_dynamodb_as_who_deleted_it(ddb, create, aws, frozen_clock, now):
    create("tab", "pk:S", StreamSpecification={"StreamEnabled": True, "StreamViewType": "OLD_IMAGE"})
    live(ddb)
    put(ddb, "tab", pk="1", ttl=now + 5)
    frozen_clock.advance(6)
    streams = aws.client("dynamodbstreams")
    arn = described(ddb, "tab")["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    inserted, removed = streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    assert (inserted["eventName"], "userIdentity" in inserted) == ("INSERT", False)
    assert removed["eventName"] == "REMOVE"
    assert removed["userIdentity"] == {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}
    assert removed["dynamodb"]["OldImage"]["pk"] == {"S": "1"}


def test_the_timer_is_set_again_after_a_restart(ddb, create, cloud, frozen_clock, now):
    create("tab", "pk:S")
    live(ddb)
    put(ddb, "tab", pk="1", ttl=now + 5)

    def forget(running):
        running.registry.get("dynamodb").service._expiry_timer.cancel()

    cloud.look(forget)
    frozen_clock.advance(10)
    assert keys_in(ddb, "tab") == {"1"}
    cloud.run(lambda running: running.registry.get("dynamodb").service.resume())
    frozen_clock.settle()
    assert keys_in(ddb, "tab") == set()


def test_expiry_costs_only_tables_that_have_it(ddb, create, cloud, now):
    create("tab", "pk:S")
    put(ddb, "tab", pk="1", ttl=now + 5)

    def tells(running):
        store = running.registry.get("dynamodb").service.store
        return next(store.by_number(r.number).tells for r in store.tables if r.account == account)

    account = described(ddb, "tab")["TableArn"].split(":")[4]
    assert cloud.look(tells) is False
    live(ddb)
    assert cloud.look(tells) is True


def test_what_expires_next_is_found_by_its_instant(cloud):
    def plans(running):
        db = running.registry.get("dynamodb").service.store.db
        return db.plan(expiring.FIRST), db.plan(expiring.DUE, (1.0, 10))

    first, due = cloud.look(plans)
    assert first == "SEARCH dynamodb_expiry USING COVERING INDEX dynamodb_expiry_by_due"
    assert due == "SEARCH dynamodb_expiry USING COVERING INDEX dynamodb_expiry_by_due (due<?)"
