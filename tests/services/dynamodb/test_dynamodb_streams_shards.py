"""Streams and their shards: listing, description, lineage, and what becomes of a stream that has ended."""

import re
from datetime import UTC, datetime

import pytest

from cloudchamber.services.dynamodb.store import DynamoStore
from cloudchamber.services.dynamodb.streams_control import start_stream
from tests.services.dynamodb.stream_calls import (
    DAY,
    HOUR,
    TRIMMED,
    iterator,
    keys_of,
    make_table,
    put,
    records,
    refused,
    set_stream,
    shards,
)

MISSING = "arn:aws:dynamodb:us-east-1:{}:table/table/stream/2015-05-11T21:21:33.291"


@pytest.fixture
def streams(aws):
    return aws.client("dynamodbstreams")


def described(streams, arn, **options):
    return streams.describe_stream(StreamArn=arn, **options)["StreamDescription"]


def too_many(limit, most):
    constraint = f"Member must have value less than or equal to {most}"
    at = f"Value '{limit}' at 'limit' failed to satisfy constraint: {constraint}"
    return "ValidationException", f"1 validation error detected: {at}"


# ListStreams


def test_more_than_100_streams_cannot_be_asked_for(streams):
    with refused(*too_many(101, 100)):
        streams.list_streams(Limit=101)


def test_a_listing_goes_on_only_from_the_arn_of_a_stream(streams):
    with refused("ValidationException", f"Invalid StreamArn: {'x' * 40}"):
        streams.list_streams(ExclusiveStartStreamArn="x" * 40)


def test_streams_are_listed_page_by_page(ddb, streams):
    arns = [make_table(ddb, name=f"table{n}") for n in range(5)]
    found, start = [], {}
    while True:
        answer = streams.list_streams(Limit=2, **start)
        found += [stream["StreamArn"] for stream in answer["Streams"]]
        if "LastEvaluatedStreamArn" not in answer:
            break
        start = {"ExclusiveStartStreamArn": answer["LastEvaluatedStreamArn"]}
    assert found == arns


def test_streams_are_listed_for_a_table_of_the_caller_and_region(cloud, aws, ddb, streams):
    arn = make_table(ddb, name="one")
    make_table(ddb, name="two")
    [found] = streams.list_streams(TableName="one")["Streams"]
    assert found == {"StreamArn": arn, "TableName": "one", "StreamLabel": arn.rpartition("/")[2]}
    assert streams.list_streams(TableName="three")["Streams"] == []
    assert cloud.session().client("dynamodbstreams").list_streams()["Streams"] == []
    assert aws.client("dynamodbstreams", region_name="eu-west-1").list_streams()["Streams"] == []


# DescribeStream


def test_a_stream_that_is_not_there_is_named(account, aws, ddb, streams):
    missing = MISSING.format(account)
    with refused("ResourceNotFoundException", f"Requested resource not found: Stream: {missing} not found"):
        streams.describe_stream(StreamArn=missing)
    arn = make_table(ddb)
    with refused("ResourceNotFoundException", f"Requested resource not found: Stream: {arn} not found"):
        aws.client("dynamodbstreams", region_name="eu-west-1").describe_stream(StreamArn=arn)


@pytest.mark.parametrize("form", ["x" * 40, "arn:aws:dynamodb:us-east-1:{}:table/table"])
def test_what_is_no_arn_of_a_stream_is_invalid(account, streams, form):
    arn = form.format(account)
    with refused("ValidationException", f"Invalid StreamArn: {arn}"):
        streams.describe_stream(StreamArn=arn)


def test_more_than_100_shards_cannot_be_asked_for(ddb, streams):
    arn = make_table(ddb)
    with refused(*too_many(101, 100)):
        streams.describe_stream(StreamArn=arn, Limit=101)


def test_a_stream_is_described(ddb, streams, frozen_clock):
    frozen_clock.freeze(1431379293.291)
    arn = make_table(ddb, "OLD_IMAGE", sort="sk")
    found = described(streams, arn)
    [shard] = found.pop("Shards")
    assert found == {
        "StreamArn": arn,
        "StreamLabel": "2015-05-11T21:21:33.291",
        "StreamStatus": "ENABLED",
        "StreamViewType": "OLD_IMAGE",
        "CreationRequestDateTime": datetime(2015, 5, 11, 21, 21, 33, 291000, tzinfo=UTC),
        "TableName": "table",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    }
    assert arn.endswith(":table/table/stream/2015-05-11T21:21:33.291")
    assert re.fullmatch(r"shardId-00000001431379293291-[0-9a-f]{8}", shard["ShardId"])
    assert shard.keys() == {"ShardId", "SequenceNumberRange"}
    assert shard["SequenceNumberRange"].keys() == {"StartingSequenceNumber"}


def rolled(ddb, streams, clock, times):
    """A stream whose shards each have one record, named after its place."""
    arn = make_table(ddb)
    for n in range(times):
        put(ddb, f"k{n}")
        clock.advance(4 * HOUR)
    put(ddb, f"k{times}")
    return arn


def test_an_open_shard_is_followed_by_a_child_after_four_hours(ddb, streams, frozen_clock):
    arn = rolled(ddb, streams, frozen_clock, 2)
    first, second, third = shards(streams, arn)
    assert "ParentShardId" not in first
    assert (second["ParentShardId"], third["ParentShardId"]) == (first["ShardId"], second["ShardId"])
    ranges = [shard["SequenceNumberRange"] for shard in (first, second, third)]
    assert [sorted(one) for one in ranges] == [["EndingSequenceNumber", "StartingSequenceNumber"]] * 2 + [
        ["StartingSequenceNumber"]
    ]
    assert int(ranges[0]["EndingSequenceNumber"]) < int(ranges[1]["StartingSequenceNumber"])
    for n, (shard, one) in enumerate(zip((first, second), ranges, strict=False)):
        found = streams.get_records(ShardIterator=iterator(streams, arn, shard=shard["ShardId"]))
        assert keys_of(found["Records"]) == [f"k{n}"]
        number = int(found["Records"][0]["dynamodb"]["SequenceNumber"])
        assert int(one["StartingSequenceNumber"]) <= number <= int(one["EndingSequenceNumber"])
        assert "NextShardIterator" not in found
    assert keys_of(records(streams, arn)) == ["k0", "k1", "k2"]


def test_an_idle_shard_is_followed_too(ddb, streams, frozen_clock):
    arn = make_table(ddb)
    at = iterator(streams, arn, "LATEST")
    for _ in range(16):
        at = streams.get_records(ShardIterator=at)["NextShardIterator"]
        frozen_clock.advance(HOUR / 4)
    assert "NextShardIterator" not in streams.get_records(ShardIterator=at)
    assert len(shards(streams, arn)) == 2


def test_a_consumer_that_follows_the_lineage_sees_every_change_once(ddb, streams, frozen_clock):
    """It keeps an iterator for each shard it knows, and asks for children when a shard has ended."""
    arn = make_table(ddb)
    at = iterator(streams, arn)
    shard = shards(streams, arn)[0]["ShardId"]
    seen = []
    for n in range(40):
        put(ddb, f"k{n}")
        frozen_clock.advance(14 * 60 + n)
        while True:
            answer = streams.get_records(ShardIterator=at, Limit=3)
            seen += keys_of(answer["Records"])
            if "NextShardIterator" not in answer:
                [child] = shards(streams, arn, ShardFilter={"Type": "CHILD_SHARDS", "ShardId": shard})
                shard = child["ShardId"]
                at = iterator(streams, arn, shard=shard)
            else:
                at = answer["NextShardIterator"]
                if not answer["Records"]:
                    break
    assert seen == [f"k{n}" for n in range(40)]
    assert len(shards(streams, arn)) == 3


def test_shards_are_described_page_by_page(ddb, streams, frozen_clock):
    arn = rolled(ddb, streams, frozen_clock, 3)
    every = [shard["ShardId"] for shard in shards(streams, arn)]
    first = described(streams, arn, Limit=3)
    assert [shard["ShardId"] for shard in first["Shards"]] == every[:3]
    assert first["LastEvaluatedShardId"] == every[2]
    second = described(streams, arn, Limit=3, ExclusiveStartShardId=every[2])
    assert [shard["ShardId"] for shard in second["Shards"]] == every[3:]
    assert "LastEvaluatedShardId" not in second


def test_the_children_of_a_shard_can_be_asked_for(ddb, streams, frozen_clock):
    arn = rolled(ddb, streams, frozen_clock, 2)
    every = [shard["ShardId"] for shard in shards(streams, arn)]

    def children(shard):
        return [one["ShardId"] for one in shards(streams, arn, ShardFilter={"Type": "CHILD_SHARDS", "ShardId": shard})]

    assert [children(shard) for shard in every] == [[every[1]], [every[2]], []]


def test_shards_go_a_day_after_they_were_closed(ddb, streams, frozen_clock):
    arn = rolled(ddb, streams, frozen_clock, 1)
    old, new = (shard["ShardId"] for shard in shards(streams, arn))
    frozen_clock.advance(TRIMMED)
    found = shards(streams, arn)
    assert old not in [shard["ShardId"] for shard in found]
    assert found[0]["ShardId"] == new
    assert found[0]["ParentShardId"] == old
    with refused("ResourceNotFoundException", "Requested resource not found: Shard does not exist"):
        iterator(streams, arn, shard=old)


# a stream that is enabled, and one that has ended


def test_a_table_has_one_stream_at_a_time(ddb):
    make_table(ddb)
    with refused("ValidationException", "Table already has an enabled stream: TableName: table"):
        set_stream(ddb, "KEYS_ONLY")


def test_a_stream_that_is_not_there_cannot_be_disabled(ddb):
    make_table(ddb, None)
    with refused("ValidationException", "Table has no stream to disable: TableName: table"):
        set_stream(ddb, None)


def test_a_disabled_stream_can_be_read_for_a_day(ddb, streams, frozen_clock):
    arn = make_table(ddb)
    put(ddb, "k")
    set_stream(ddb, None)
    put(ddb, "unseen")
    assert described(streams, arn)["StreamStatus"] == "DISABLED"
    assert "EndingSequenceNumber" in shards(streams, arn)[0]["SequenceNumberRange"]
    assert keys_of(records(streams, arn)) == ["k"]
    frozen_clock.advance(DAY - 1)
    assert keys_of(records(streams, arn)) == ["k"]
    assert [stream["StreamArn"] for stream in streams.list_streams()["Streams"]] == [arn]
    frozen_clock.advance(62)
    assert streams.list_streams()["Streams"] == []
    with refused("ResourceNotFoundException", f"Requested resource not found: Stream: {arn} not found"):
        streams.describe_stream(StreamArn=arn)


def test_a_deleted_tables_stream_can_be_read_for_a_day(ddb, streams, frozen_clock):
    arn = make_table(ddb)
    put(ddb, "k")
    ddb.delete_table(TableName="table")
    assert described(streams, arn)["StreamStatus"] == "DISABLED"
    assert keys_of(records(streams, arn)) == ["k"]
    other = make_table(ddb)
    put(ddb, "other")
    assert keys_of(records(streams, arn)) == ["k"]
    assert keys_of(records(streams, other)) == ["other"]
    frozen_clock.advance(TRIMMED)
    with refused("ResourceNotFoundException", f"Requested resource not found: Stream: {arn} not found"):
        streams.describe_stream(StreamArn=arn)


def test_a_new_table_has_nothing_of_the_stream_of_one_before_it(ddb, streams, frozen_clock):
    arn = make_table(ddb)
    ddb.delete_table(TableName="table")
    assert make_table(ddb, None) == "None"
    assert [stream["StreamArn"] for stream in streams.list_streams(TableName="table")["Streams"]] == [arn]


def test_a_stream_that_is_enabled_again_is_another(ddb, streams, frozen_clock):
    """Even in the same millisecond: the label is what tells a table's streams apart."""
    first = make_table(ddb, "KEYS_ONLY")
    put(ddb, "k0")
    set_stream(ddb, None)
    second = set_stream(ddb, "NEW_IMAGE")
    put(ddb, "k1")
    assert first != second
    assert keys_of(records(streams, first)) == ["k0"]
    assert keys_of(records(streams, second)) == ["k1"]
    assert [described(streams, arn)["StreamStatus"] for arn in (first, second)] == ["DISABLED", "ENABLED"]
    assert [described(streams, arn)["StreamViewType"] for arn in (first, second)] == ["KEYS_ONLY", "NEW_IMAGE"]


def test_a_reader_learns_that_its_stream_has_ended(ddb, streams):
    arn = make_table(ddb)
    put(ddb, "k")
    at = iterator(streams, arn, "LATEST")
    set_stream(ddb, None)
    answer = streams.get_records(ShardIterator=at)
    assert answer["Records"] == []
    assert "NextShardIterator" not in answer


def test_a_stream_is_enabling_until_its_table_has_changed(cloud, account, ddb, streams, frozen_clock):
    make_table(ddb, None)

    def enable(running):
        store = running.store.shared(DynamoStore)
        with running.store.transaction():
            record = store.view(account, "us-east-1", "table").record
            now = running.clock.now()
            store.save(start_stream(store, record, "KEYS_ONLY", now, now + 10))

    cloud.look(enable)
    [stream] = streams.list_streams()["Streams"]
    assert described(streams, stream["StreamArn"])["StreamStatus"] == "ENABLING"
    frozen_clock.advance(10)
    assert described(streams, stream["StreamArn"])["StreamStatus"] == "ENABLED"
