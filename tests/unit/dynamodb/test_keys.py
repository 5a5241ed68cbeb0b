"""Keys as bytes: partitions stay together, sort keys in their order, segments cover a table exactly."""

import base64
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudchamber.services.dynamodb import keys, numbers
from cloudchamber.services.dynamodb.keys import KeySchema, Part

KINDS = st.sampled_from("SNB")
# Short texts over few characters meet each other's prefixes, and the bytes that mean something to the encoding.
BINARIES = st.lists(st.sampled_from([0x00, 0x01, 0xFE, 0xFF, 0x61]), max_size=4).map(bytes)
STRINGS = st.text(alphabet="\x00\x01ab\u00ff\uffff\U0001f600", max_size=4)
NUMBERS = st.decimals(-1000, 1000, places=2).map(lambda number: numbers.canonical(str(number)))


def value(kind, inner):
    return {kind: base64.b64encode(inner).decode() if kind == "B" else inner}


def order(kind, inner):
    """What a value of a kind is compared by."""
    return inner.encode() if kind == "S" else Decimal(inner) if kind == "N" else inner


def of_kind(kind):
    return {"S": STRINGS, "N": NUMBERS, "B": BINARIES}[kind]


PAIRS = KINDS.flatmap(lambda kind: st.tuples(st.just(kind), of_kind(kind), of_kind(kind)))


def schema(partition, sort=None):
    return KeySchema((Part("p", partition),), () if sort is None else (Part("s", sort),))


def compared(left, right):
    return (left > right) - (left < right)


@given(PAIRS)
def test_rows_of_a_partition_come_in_the_order_of_their_sort_keys(pair):
    kind, one, two = pair
    table = schema("S", kind)
    rows = [keys.item_key(7, table, {"p": {"S": "x"}, "s": value(kind, inner)}) for inner in (one, two)]
    assert compared(*rows) == compared(order(kind, one), order(kind, two))


@given(PAIRS, PAIRS)
def test_rows_of_an_index_come_in_the_order_of_all_their_sort_attributes(first, second):
    (kind, *_), (kind2, *_) = first, second
    index = KeySchema((Part("p", "S"),), (Part("s", kind), Part("t", kind2)))
    own = keys.item_key(1, schema("S"), {"p": {"S": "x"}})

    def row(a, b):
        item = {"p": {"S": "x"}, "s": value(kind, a), "t": value(kind2, b)}
        return keys.index_key(2, index, item, own), (order(kind, a), order(kind2, b))

    (left, left_order), (right, right_order) = row(first[1], second[1]), row(first[2], second[2])
    assert compared(left, right) == compared(left_order, right_order)


@given(PAIRS)
def test_two_partitions_do_not_share_a_range_of_keys(pair):
    kind, one, two = pair
    starts = [keys.partition_key(3, keys.raw(value(kind, inner), kind)) for inner in (one, two)]
    if one == two:
        assert starts[0] == starts[1]
        return
    for start, other in (starts, reversed(starts)):
        assert not start <= other + b"anything" < keys.after(start)


@given(st.lists(PAIRS, min_size=2, max_size=2))
def test_attributes_of_a_partition_do_not_run_into_each_other(pairs):
    (kind, a, b), (kind2, c, d) = pairs
    parts = (Part("a", kind), Part("b", kind2))
    one = keys.index_partition(3, parts, [value(kind, a), value(kind2, c)])
    two = keys.index_partition(3, parts, [value(kind, b), value(kind2, d)])
    assert (one == two) == ((order(kind, a), order(kind2, c)) == (order(kind, b), order(kind2, d)))


@given(BINARIES, BINARIES)
def test_after_is_past_everything_that_begins_with_a_key(start, more):
    start = b"\x01" + start
    assert start <= start + more < keys.after(start)
    assert not keys.after(start).startswith(start)


def test_after_a_key_of_the_greatest_bytes_only_is_longer():
    assert keys.after(b"\xff\xff") > b"\xff\xff"


@pytest.mark.parametrize("total", [1, 2, 3, 7, 1000, 1_000_000])
def test_segments_cover_a_table_exactly(total):
    edges = [keys.segment(5, at, total) for at in {0, 1 % total, total // 2, max(total - 2, 0), total - 1}]
    assert keys.segment(5, 0, total)[0] <= keys.prefix(5)[:4] + b"\x00\x00\x00\x00"
    assert keys.segment(5, total - 1, total)[1] == keys.prefix(6)
    for at in (0, total // 2, total - 2):
        if 0 <= at < total - 1:
            assert keys.segment(5, at, total)[1] == keys.segment(5, at + 1, total)[0]
    assert all(low < high for low, high in edges)


@given(st.text(max_size=8), st.integers(1, 50))
def test_an_item_is_in_one_segment(text, total):
    row = keys.item_key(9, schema("S"), {"p": {"S": text}})
    inside = [at for at in range(total) if (span := keys.segment(9, at, total))[0] <= row < span[1]]
    assert len(inside) == 1


@pytest.mark.parametrize("item", [{}, {"g": {"N": "1"}}, {"g": {"L": []}}])
def test_an_item_without_the_attribute_of_an_index_is_not_in_it(item):
    index = KeySchema((Part("g", "S"),))
    assert keys.index_key(2, index, item, b"\0\0\0\1own") is None


def test_keys_say_whose_they_are():
    table = schema("S", "N")
    assert table.names == ("p", "s")
    assert table.parts == (Part("p", "S"), Part("s", "N"))
    own = keys.item_key(1, table, {"p": {"S": "x"}, "s": {"N": "5"}})
    assert own.startswith(keys.prefix(1))
    row = keys.index_key(2, KeySchema((Part("s", "N"),)), {"p": {"S": "x"}, "s": {"N": "5"}}, own)
    assert row is not None
    assert row.startswith(keys.prefix(2))
    assert row.endswith(own[4:])
