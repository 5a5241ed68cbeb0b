"""Iterators and records: the five places to begin, what an iterator outlives and what not, pages, waiting."""

import base64
import threading

import pytest

from cloudchamber.core.errors import AwsError
from cloudchamber.services.dynamodb import streams_store
from cloudchamber.services.dynamodb.streams_store import StreamStore
from tests.services.dynamodb.stream_calls import (
    DAY,
    HOUR,
    TRIMMED,
    call,
    iterator,
    keys_of,
    make_table,
    put,
    read,
    records,
    refused,
    set_stream,
    shards,
)

NO_SHARD = "shardId-00000001541626099285-f35f62ef"
SPINS_MAX = 20_000


@pytest.fixture
def streams(aws):
    return aws.client("dynamodbstreams")


def filled(ddb, count):
    arn = make_table(ddb)
    for n in range(count):
        put(ddb, f"k{n}")
    return arn


def number_of(streams, arn, place):
    return records(streams, arn)[place]["dynamodb"]["SequenceNumber"]


# GetShardIterator


def test_a_shard_that_is_not_there_has_no_iterator(ddb, streams):
    arn = make_table(ddb)
    with refused("ResourceNotFoundException", "Requested resource not found: Shard does not exist"):
        iterator(streams, arn, shard=NO_SHARD)


def test_a_stream_that_is_not_there_has_no_iterator(ddb, streams):
    arn = make_table(ddb) + "9"
    with refused("ResourceNotFoundException", f"Requested resource not found: Stream: {arn} not found"):
        iterator(streams, arn, shard=NO_SHARD)


@pytest.mark.parametrize("kind", ["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"])
def test_a_place_by_number_needs_a_number_of_the_shard(ddb, streams, kind):
    arn = filled(ddb, 1)
    with refused("ValidationException", f"SequenceNumber must be specified for ShardIteratorType {kind}"):
        iterator(streams, arn, kind)
    out_of_range = "Invalid SequenceNumber: it is not in the range of the shard"
    for number in ("9" * 21, "1" + "0" * 20, "x" * 21):
        with refused("ValidationException", out_of_range):
            iterator(streams, arn, kind, SequenceNumber=number)


def test_a_place_in_time_needs_an_instant_that_has_passed(ddb, streams, frozen_clock):
    arn = filled(ddb, 1)
    with refused("ValidationException", "Timestamp must be specified for ShardIteratorType AT_TIMESTAMP"):
        iterator(streams, arn, "AT_TIMESTAMP")
    with refused("ValidationException", "Timestamp must not be in the future"):
        iterator(streams, arn, "AT_TIMESTAMP", Timestamp=frozen_clock.now() + 1)


def test_the_horizon_is_the_first_record_and_the_latest_is_none(ddb, streams):
    arn = filled(ddb, 3)
    latest = iterator(streams, arn, "LATEST")
    assert keys_of(read(streams, iterator(streams, arn))) == ["k0", "k1", "k2"]
    assert read(streams, latest) == []
    put(ddb, "k3")
    assert keys_of(read(streams, latest)) == ["k3"]


def test_a_place_by_number_is_at_the_record_or_after_it(ddb, streams):
    arn = filled(ddb, 3)
    number = number_of(streams, arn, 1)
    at = iterator(streams, arn, "AT_SEQUENCE_NUMBER", SequenceNumber=number)
    after = iterator(streams, arn, "AFTER_SEQUENCE_NUMBER", SequenceNumber=number)
    assert keys_of(read(streams, at)) == ["k1", "k2"]
    assert keys_of(read(streams, after)) == ["k2"]


def test_the_ends_of_a_shards_range_are_places(ddb, streams):
    arn = filled(ddb, 2)
    set_stream(ddb, None)
    span = shards(streams, arn)[0]["SequenceNumberRange"]
    first = iterator(streams, arn, "AT_SEQUENCE_NUMBER", SequenceNumber=span["StartingSequenceNumber"])
    last = iterator(streams, arn, "AFTER_SEQUENCE_NUMBER", SequenceNumber=span["EndingSequenceNumber"])
    assert keys_of(read(streams, first)) == ["k0", "k1"]
    assert read(streams, last) == []


def test_a_place_in_time_is_the_first_record_of_that_second_or_later(ddb, streams, frozen_clock):
    frozen_clock.freeze(1_700_000_000.5)
    arn, other = make_table(ddb), make_table(ddb, name="other")
    for n in range(20):
        put(ddb, f"k{n}")
        put(ddb, f"between{n}", name="other")
        frozen_clock.advance(10)

    def since(at):
        return keys_of(read(streams, iterator(streams, arn, "AT_TIMESTAMP", Timestamp=at)))

    every = [f"k{n}" for n in range(20)]
    assert since(1_600_000_000) == every
    for n in (0, 7, 19):
        shown = 1_700_000_000 + 10 * n  # the record's instant, rounded down
        assert since(shown) == every[n:]
        assert since(shown + 0.25) == every[n + 1 :]
        assert since(shown - 9) == every[n:]
    assert len(records(streams, other)) == 20


# GetRecords: wrong input, wrong state


@pytest.mark.parametrize("text", ["x", "|1|", "a|1|AAAA", "arn:aws:x|1|!!!"])
def test_what_is_no_iterator_is_invalid(streams, text):
    with refused("ValidationException", "Invalid ShardIterator"):
        streams.get_records(ShardIterator=text)


def test_an_iterator_that_was_tampered_with_is_invalid(ddb, streams):
    arn, _, rest = iterator(streams, make_table(ddb)).partition("|1|")
    raw = bytearray(base64.b64decode(rest))
    raw[11] ^= 1
    with refused("ValidationException", "Invalid ShardIterator"):
        streams.get_records(ShardIterator=f"{arn}|1|{base64.b64encode(raw).decode()}")


def test_an_iterator_is_of_its_stream_only(ddb, streams):
    one, two = make_table(ddb), make_table(ddb, name="other")
    foreign = iterator(streams, one).replace(one, two)
    with refused("ResourceNotFoundException", "Requested resource not found: Shard does not exist"):
        streams.get_records(ShardIterator=foreign)


def test_more_than_1000_records_cannot_be_asked_for(ddb, streams):
    message = (
        "1 validation error detected: Value '1001' at 'limit' failed to satisfy constraint: "
        "Member must have value less than or equal to 1000"
    )
    with refused("ValidationException", message):
        streams.get_records(ShardIterator=iterator(streams, make_table(ddb)), Limit=1001)


def test_an_iterator_expires_after_15_minutes(ddb, streams, frozen_clock):
    arn = filled(ddb, 1)
    at = iterator(streams, arn)
    frozen_clock.advance(15 * 60)
    following = streams.get_records(ShardIterator=at)["NextShardIterator"]
    frozen_clock.advance(1)
    with refused("ExpiredIteratorException", "Shard iterator has expired"):
        streams.get_records(ShardIterator=at)
    assert read(streams, following) == []


def test_records_are_trimmed_after_24_hours(ddb, streams, frozen_clock):
    arn = filled(ddb, 1)
    number = number_of(streams, arn, 0)
    frozen_clock.advance(DAY - 10 * 60)
    put(ddb, "younger")
    oldest = shards(streams, arn)[0]["ShardId"]
    at = iterator(streams, arn, shard=oldest)
    assert keys_of(records(streams, arn)) == ["k0", "younger"]
    frozen_clock.advance(TRIMMED - DAY + 10 * 60)
    with refused("TrimmedDataAccessException", "The data you are trying to access has been trimmed"):
        streams.get_records(ShardIterator=at)
    for kind in ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"):
        with refused("TrimmedDataAccessException", "The data you are trying to access has been trimmed"):
            iterator(streams, arn, kind, shard=oldest, SequenceNumber=number)
    assert keys_of(records(streams, arn)) == ["younger"]


def test_what_is_trimmed_of_one_stream_does_not_disturb_readers_of_another(ddb, streams, frozen_clock):
    """Sequence numbers are shared: the horizon is each stream's own."""
    filled(ddb, 3)
    frozen_clock.advance(DAY - 5 * 60)
    other = make_table(ddb, name="other")
    at = iterator(streams, other)
    frozen_clock.advance(6 * 60)
    put(ddb, "k", name="other")
    assert keys_of(read(streams, at)) == ["k"]


def test_trimming_takes_all_that_is_old_a_part_at_a_time(cloud, ddb, streams, frozen_clock, monkeypatch):
    monkeypatch.setattr("cloudchamber.services.dynamodb.streams_control.TRIM_ROWS", 4)
    arn = filled(ddb, 10)
    frozen_clock.advance(DAY / 2)
    put(ddb, "younger")
    frozen_clock.advance(TRIMMED - DAY / 2)
    assert keys_of(records(streams, arn)) == ["younger"]
    frozen_clock.advance(DAY / 2)
    assert records(streams, arn) == []
    number = cloud.look(lambda c: c.store.shared(StreamStore).latest(*place(arn)).number)
    count = "SELECT count(*) FROM dynamodb_changes WHERE stream = ?"
    assert cloud.look(lambda c: c.store.value(count, (number,))) == 0


def place(arn):
    parts = arn.split(":", 5)
    return parts[4], parts[3], parts[5].split("/")[1]


# GetRecords: pages


def test_a_page_has_as_many_records_as_asked_for(ddb, streams):
    arn = filled(ddb, 5)
    found, at = [], iterator(streams, arn)
    for _ in range(3):
        answer = streams.get_records(ShardIterator=at, Limit=2)
        found.append(keys_of(answer["Records"]))
        at = answer["NextShardIterator"]
    assert found == [["k0", "k1"], ["k2", "k3"], ["k4"]]
    put(ddb, "k5")
    assert keys_of(read(streams, at)) == ["k5"]


def test_a_page_has_at_most_a_mebibyte_but_at_least_one_record(ddb, streams):
    arn = make_table(ddb, "NEW_AND_OLD_IMAGES")
    for n in range(5):
        put(ddb, f"k{n}", big="x" * 300_000)
    put(ddb, "k0", big="y" * 390_000, more="ü" * 4_000)
    found, at = [], iterator(streams, arn)
    while len(found) < 3:
        answer = streams.get_records(ShardIterator=at)
        found.append(keys_of(answer["Records"]))
        at = answer["NextShardIterator"]
    assert found == [["k0", "k1", "k2"], ["k3", "k4"], ["k0"]]


def test_reading_the_same_place_twice_gives_the_same(ddb, streams):
    at = iterator(streams, filled(ddb, 3))
    assert read(streams, at) == read(streams, at)


def test_a_closed_shard_ends_with_its_last_record(ddb, streams, frozen_clock):
    arn = filled(ddb, 2)
    at = iterator(streams, arn)
    frozen_clock.advance(4 * HOUR)
    put(ddb, "next")
    first = shards(streams, arn)[0]["ShardId"]
    with refused("ExpiredIteratorException", "Shard iterator has expired"):
        streams.get_records(ShardIterator=at)
    answer = streams.get_records(ShardIterator=iterator(streams, arn, shard=first), Limit=1)
    assert keys_of(answer["Records"]) == ["k0"]
    answer = streams.get_records(ShardIterator=answer["NextShardIterator"], Limit=5)
    assert keys_of(answer["Records"]) == ["k1"]
    assert "NextShardIterator" not in answer
    assert read(streams, iterator(streams, arn, "LATEST", shard=first)) == []


def test_calls_over_the_wire_are_metered(cloud, account, ddb, streams):
    at = iterator(streams, filled(ddb, 1))
    read(streams, at)
    call(cloud, account, "dynamodbstreams:GetRecords", ShardIterator=at)  # Lambda reads for free
    assert cloud.look(lambda c: c.meter.usage(account))[account]["dynamodb.stream_reads"] == 1


# waiting, for those who poll from inside


class Waiting:
    """A call of wait_for_records in a thread; it waits in the cloud when this object is there."""

    def __init__(self, cloud, account, at, timeout_s=20):
        self.answer = None
        before = self._count(cloud)

        def wait():
            place = {"ShardIterator": at, "TimeoutSeconds": timeout_s}
            try:
                self.answer = call(cloud, account, "dynamodbstreams:wait_for_records", **place)
            except AwsError as error:
                self.answer = error

        self.thread = threading.Thread(target=wait, daemon=True)
        self.thread.start()
        for _ in range(SPINS_MAX):
            if self._count(cloud) > before or not self.thread.is_alive():
                return
        raise AssertionError("the call does not wait")

    @staticmethod
    def _count(cloud):
        return cloud.look(lambda c: sum(map(len, c.store.shared(StreamStore).waiting.values())))

    def result(self):
        self.thread.join(20)
        assert not self.thread.is_alive(), "the call goes on waiting"
        return self.answer


def test_waiting_ends_with_the_next_record(cloud, account, ddb, streams, frozen_clock):
    arn = filled(ddb, 1)
    waiting = Waiting(cloud, account, iterator(streams, arn, "LATEST"))
    assert waiting.thread.is_alive()
    put(ddb, "k1")
    assert waiting.result() == {"MayHaveRecords": True}


def test_waiting_does_not_begin_where_there_is_a_record(cloud, account, ddb, streams, frozen_clock):
    arn = filled(ddb, 1)
    assert Waiting(cloud, account, iterator(streams, arn)).result() == {"MayHaveRecords": True}


def test_waiting_ends_with_its_time_and_leaves_nothing_behind(cloud, account, ddb, streams, frozen_clock):
    arn, other = make_table(ddb), make_table(ddb, name="other")
    waiting = Waiting(cloud, account, iterator(streams, arn), timeout_s=5)
    put(ddb, "k", name="other")
    assert len(records(streams, other)) == 1
    frozen_clock.advance(4)
    assert waiting.thread.is_alive()
    frozen_clock.advance(1)
    assert waiting.result() == {"MayHaveRecords": False}
    assert Waiting._count(cloud) == 0


def test_waiting_ends_with_the_stream(cloud, account, ddb, streams, frozen_clock):
    arn = make_table(ddb)
    waiting = Waiting(cloud, account, iterator(streams, arn))
    set_stream(ddb, None)
    assert waiting.result() == {"MayHaveRecords": True}


def test_waiting_cannot_be_asked_for_over_the_wire(cloud, account):
    answer = Waiting(cloud, account, "x").result()
    assert (answer.code, answer.message) == ("ValidationException", "Invalid ShardIterator")
    assert "wait_for_records" not in cloud.look(lambda c: c.registry.get("dynamodbstreams").methods)


# the cost of it


def test_each_access_has_an_index(cloud, ddb):
    make_table(ddb)
    plans = cloud.look(lambda c: {
        "read": c.store.plan(streams_store.READ, (1, 1, 9)),
        "next": c.store.plan(streams_store.NEXT, (1, 1)),
        "aged": c.store.plan(streams_store.AGED, (1, 10)),
        "oldest": c.store.plan("SELECT min(at) FROM dynamodb_changes"),
        "closed": c.store.plan("SELECT stream, id FROM dynamodb_shards WHERE closed_at <= ? LIMIT ?", (1, 1)),
        "latest": c.store.plan(
            "SELECT record FROM dynamodb_streams WHERE account = ? AND region = ? AND table_name = ?"
            " ORDER BY label DESC LIMIT ?", (1, 2, 3, 1),
        ),
        "number": c.store.plan("SELECT record FROM dynamodb_streams WHERE number = ?", (1,)),
    })  # fmt: skip
    assert "dynamodb_changes_by_stream (stream=? AND rowid>? AND rowid<?)" in plans["read"]
    assert "dynamodb_changes_by_stream (stream=? AND rowid>?)" in plans["next"]
    assert all("dynamodb_changes_by_age" in plans[name] for name in ("aged", "oldest"))
    assert "dynamodb_shards_by_closed_at" in plans["closed"]
    assert "dynamodb_streams_by_number" in plans["number"]
    assert all("TEMP B-TREE" not in plan for plan in plans.values())
