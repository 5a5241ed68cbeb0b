"""Items of global tables: delivered after a while, the last writer wins, regions that were cut off catch up."""

import random

import pytest

from cloudchamber.config import Config
from cloudchamber.services.dynamodb import outbox, replication
from cloudchamber.testing import RunningCloud
from tests.services.dynamodb.backup_calls import (
    EAST,
    IRELAND,
    WEST,
    add_replica,
    contents,
    count_rows,
    delete,
    in_region,
    put_numbered,
)
from tests.services.dynamodb.item_calls import arn_of, put, values
from tests.services.dynamodb.stream_calls import keys_of, records
from tests.services.dynamodb.table_calls import described, refused, table_request

LAG = replication.REPLICATION_SECONDS


@pytest.fixture
def west(aws):
    return in_region(aws, WEST)


@pytest.fixture
def pair(ddb, create, west, frozen_clock):
    """A table with `pk` and an index by `v` in us-east-1 and us-west-2; the clock stands still."""
    create("table", "pk:S", indexes={"by-v": "v:S"})
    add_replica(ddb)
    return ddb, west


@pytest.fixture
def three(pair, aws):
    add_replica(pair[0], IRELAND)
    return (*pair, in_region(aws, IRELAND))


def versions(cloud):
    return count_rows(cloud, "SELECT count(*) FROM dynamodb_versions")


# delivery


def test_a_write_shows_in_the_other_region_after_a_while(pair, frozen_clock):
    east, west = pair
    put(east, pk="a", v="1")
    frozen_clock.advance(LAG - 0.1)
    assert (contents(east), contents(west)) == ({"a": "1"}, {})
    frozen_clock.advance(0.1)
    assert contents(west) == {"a": "1"}


def test_every_kind_of_write_is_replicated(pair, frozen_clock):
    east, west = pair
    put_numbered(east, 3)  # BatchWriteItem
    delete(east, "0000")
    east.update_item(
        TableName="table", Key={"pk": {"S": "0001"}}, UpdateExpression="SET v = :v",
        ExpressionAttributeValues=values(v="updated"),
    )  # fmt: skip
    east.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": "table", "Item": {"pk": {"S": "t"}, "v": {"S": "put"}}}},
            {"Delete": {"TableName": "table", "Key": {"pk": {"S": "0002"}}}},
        ]
    )
    frozen_clock.advance(LAG)
    assert contents(west) == contents(east) == {"0001": "updated", "t": "put"}
    assert contents(west, IndexName="by-v") == contents(west)


def test_statements_are_replicated(pair, frozen_clock):
    east, west = pair
    insert = "INSERT INTO \"table\" VALUE {'pk': '%s', 'v': 'x'}"
    east.execute_statement(Statement=insert % "one")
    frozen_clock.advance(LAG)
    assert contents(west) == {"one": "x"}
    east.batch_execute_statement(Statements=[{"Statement": insert % "two"}])
    frozen_clock.advance(LAG)
    assert contents(west) == {"one": "x", "two": "x"}
    east.execute_transaction(TransactStatements=[{"Statement": insert % "three"}])
    frozen_clock.advance(LAG)
    assert contents(west) == contents(east) == {"one": "x", "two": "x", "three": "x"}


def test_what_expires_is_gone_in_all_regions(pair, frozen_clock):
    east, west = pair
    east.update_time_to_live(TableName="table", TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"})
    frozen_clock.advance(LAG)
    put(east, pk="a", expires=int(frozen_clock.now()) + 60)
    put(west, pk="b")
    frozen_clock.advance(LAG)
    assert contents(east).keys() == contents(west).keys() == {"a", "b"}
    frozen_clock.advance(3600)
    assert contents(east).keys() == contents(west).keys() == {"b"}


def test_both_regions_write(pair, frozen_clock):
    east, west = pair
    put(east, pk="a", v="east")
    put(west, pk="b", v="west")
    frozen_clock.advance(LAG)
    assert contents(east) == contents(west) == {"a": "east", "b": "west"}


def test_a_change_is_delivered_once_and_comes_not_back(pair, frozen_clock, cloud, account):
    east, _ = pair
    put(east, pk="a", v="1")
    frozen_clock.advance(60)
    taken = cloud.spans(operation="take_changes", account=account)
    assert [span.region for span in taken] == [WEST]
    assert count_rows(cloud, "SELECT count(*) FROM dynamodb_outbox WHERE account = ?", account) == 0


def test_a_replicated_change_is_in_the_stream_of_each_region(pair, aws, frozen_clock):
    east, west = pair
    put(east, pk="a", v="1")
    put(east, pk="a", v="2")
    delete(east, "a")
    frozen_clock.advance(LAG)
    for client, region in ((east, EAST), (west, WEST)):
        streams = in_region(aws, region, "dynamodbstreams")
        found = records(streams, described(client, "table")["LatestStreamArn"])
        assert [one["eventName"] for one in found] == ["INSERT", "MODIFY", "REMOVE"]
        assert {one["awsRegion"] for one in found} == {region}
        assert keys_of(found) == ["a", "a", "a"]


def test_conditions_are_held_against_the_region_they_are_asked_in(pair, frozen_clock):
    east, west = pair
    put(east, pk="a", v="east")
    fresh = {"TableName": "table", "ConditionExpression": "attribute_not_exists(pk)"}
    west.put_item(Item={"pk": {"S": "a"}, "v": {"S": "west"}}, **fresh)
    frozen_clock.advance(LAG)
    with refused("ConditionalCheckFailedException", "The conditional request failed"):
        west.put_item(Item={"pk": {"S": "a"}}, **fresh)


# conflicts


def test_the_last_writer_wins(pair, frozen_clock):
    east, west = pair
    put(west, pk="a", v="west, first")
    frozen_clock.advance(0.1)
    put(east, pk="a", v="east, last")
    put(east, pk="b", v="east, first")
    frozen_clock.advance(0.1)
    put(west, pk="b", v="west, last")
    assert contents(east) != contents(west)
    frozen_clock.advance(LAG)
    assert contents(east) == contents(west) == {"a": "east, last", "b": "west, last"}


def test_a_later_deletion_wins_over_an_earlier_write(pair, frozen_clock):
    east, west = pair
    put(east, pk="a", v="1")
    frozen_clock.advance(LAG)
    put(west, pk="a", v="2")
    frozen_clock.advance(0.1)
    delete(east, "a")
    frozen_clock.advance(LAG)
    assert contents(east) == contents(west) == {}


def test_a_later_write_wins_over_an_earlier_deletion(pair, frozen_clock):
    east, west = pair
    put(east, pk="a", v="1")
    frozen_clock.advance(LAG)
    delete(west, "a")
    frozen_clock.advance(0.1)
    put(east, pk="a", v="2")
    frozen_clock.advance(LAG)
    assert contents(east) == contents(west) == {"a": "2"}


def test_of_two_writes_of_one_instant_both_regions_keep_the_same(pair, frozen_clock):
    east, west = pair
    put(east, pk="a", v="east")
    put(west, pk="a", v="west")
    frozen_clock.advance(LAG)
    assert contents(east) == contents(west) == {"a": "west"}  # by the name of the region


def test_what_is_written_over_a_replicated_change_is_later_than_it(ddb, west, create, frozen_clock, cloud):
    # even if no time has passed: the region whose name comes first overwrites what the other one wrote
    create("table", "pk:S")
    add_replica(ddb)
    put(west, pk="a", v="west")
    frozen_clock.advance(LAG)
    frozen_clock.freeze(frozen_clock.now() - LAG)
    put(ddb, pk="a", v="east")
    frozen_clock.advance(2 * LAG)
    assert contents(ddb) == contents(west) == {"a": "east"}


# a region cut off


def test_a_region_that_was_cut_off_catches_up(pair, cloud, faults, account, frozen_clock):
    east, west = pair
    put(east, pk="a", v="before")
    frozen_clock.advance(LAG)
    cut = faults.add("region-down", region=WEST)
    put(east, pk="a", v="east")
    put(east, pk="b", v="east")
    frozen_clock.advance(60)
    lag = cloud.look(lambda running: running.directory.find(arn_of(account)).attributes)
    assert lag == {"PendingReplicationCount": {WEST: 2}, "ReplicationLatency": {WEST: 60.0}}
    faults.remove(cut)
    assert contents(west) == {"a": "before"}
    frozen_clock.advance(2)
    assert contents(west) == contents(east) == {"a": "east", "b": "east"}
    lag = cloud.look(lambda running: running.directory.find(arn_of(account)).attributes)
    assert lag == {"PendingReplicationCount": {WEST: 0}, "ReplicationLatency": {WEST: 0.0}}


def test_regions_that_part_and_meet_again_agree(pair, cloud, faults, frozen_clock):
    """Only replication is cut: users reach both regions, which part until they hear of each other again."""
    east, west = pair
    put_numbered(east, 6)
    frozen_clock.advance(LAG)
    cut = faults.add("region-down", region=WEST, principal="replication.dynamodb.amazonaws.com")
    rng = random.Random(5)
    written = {}
    for number in range(60):
        client, pk = rng.choice((east, west)), f"{rng.randint(0, 7):04d}"
        frozen_clock.advance(0.01)
        if rng.random() < 0.3:
            if pk in contents(client):  # deleting what is not there tells nobody
                delete(client, pk)
                written[pk] = None
        else:
            put(client, pk=pk, v=str(number))
            written[pk] = str(number)
    assert contents(east) != contents(west)
    faults.remove(cut)
    frozen_clock.advance(10)
    last = {**{f"{n:04d}": "first" for n in range(6)}, **written}
    assert contents(east) == contents(west) == {pk: v for pk, v in last.items() if v is not None}
    assert contents(west, IndexName="by-v") == contents(west)


def test_three_regions_agree_in_whatever_order_they_hear_of_it(three, faults, frozen_clock):
    regions = (EAST, WEST, IRELAND)
    rng = random.Random(11)
    for step in range(12):
        down = faults.add("region-down", region=rng.choice(regions), principal="replication.dynamodb.amazonaws.com")
        for _ in range(6):
            client, pk = rng.choice(three), f"{rng.randint(0, 5):04d}"
            if rng.random() < 0.25:
                delete(client, pk)
            else:
                put(client, pk=pk, v=f"{step}")
            frozen_clock.advance(rng.random())
        faults.remove(down)
    frozen_clock.advance(10)
    east, west, ireland = map(contents, three)
    assert east == west == ireland


def test_a_replica_is_made_when_its_region_is_back(ddb, west, create, faults, frozen_clock):
    create("table", "pk:S")
    put_numbered(ddb, 3)
    cut = faults.add("region-down", region=WEST)
    add_replica(ddb)
    put(ddb, pk="new", v="meanwhile")
    frozen_clock.advance(30)
    found = described(ddb, "table")
    assert (found["TableStatus"], found["Replicas"][0]["ReplicaStatus"]) == ("UPDATING", "CREATING")
    faults.remove(cut)
    frozen_clock.advance(5)
    found = described(ddb, "table")
    assert (found["TableStatus"], found["Replicas"][0]["ReplicaStatus"]) == ("ACTIVE", "ACTIVE")
    assert contents(west) == contents(ddb) == {**{f"{n:04d}": "first" for n in range(3)}, "new": "meanwhile"}


# what is kept


def test_what_no_change_on_its_way_needs_is_forgotten(pair, cloud, frozen_clock):
    east, west = pair
    before = versions(cloud)
    put_numbered(east, 20)
    delete(east, "0000")
    assert versions(cloud) == before + 20
    frozen_clock.advance(LAG)
    assert contents(west) == contents(east)
    put(west, pk="x", v="1")
    frozen_clock.advance(60)
    assert versions(cloud) <= before + 1


def test_a_table_without_replicas_pays_nothing(ddb, create, cloud):
    create("table", "pk:S")
    before = versions(cloud), count_rows(cloud, "SELECT count(*) FROM dynamodb_outbox")
    put(ddb, pk="a", v="1")
    assert (versions(cloud), count_rows(cloud, "SELECT count(*) FROM dynamodb_outbox")) == before


def test_the_outbox_is_read_by_its_indexes(pair, cloud):
    def plans(running):
        return [
            running.store.plan(outbox.PENDING, ("a", "b", "c", "d", 1)),
            running.store.plan(outbox.VERSION, (b"k",)),
            running.store.plan(outbox.FORGET, (b"a", b"b", 1.0, 1)),
        ]

    for plan in cloud.look(plans):
        assert "USING" in plan
        assert "SCAN" not in plan
        assert "TEMP B-TREE" not in plan


def test_what_was_on_its_way_is_delivered_after_a_restart(tmp_path):
    config = Config(data_dir=tmp_path, port=0, freeze_at=1_900_000_000.0)
    first = RunningCloud(config).start()
    session = first.session(account := first.new_account())
    ddb = session.client("dynamodb")
    ddb.create_table(**table_request("table", "pk:S"))
    add_replica(ddb)
    put_numbered(ddb, 5)
    first.stop()
    second = RunningCloud(config).start()
    try:
        west = in_region(second.session(account), WEST)
        assert contents(west) == {}
        second.clock.advance(5)
        assert len(contents(west)) == 5
    finally:
        second.stop()
