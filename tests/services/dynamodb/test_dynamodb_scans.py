"""Scan: everything once, in pages and in parallel segments, of tables and of indexes."""

import pytest

from tests.services.dynamodb.item_calls import (
    INVALID,
    KIB,
    fill,
    found,
    invalid,
    item,
    make_table,
    put,
    refused,
    values,
)

COUNT = 60


@pytest.fixture
def table(ddb):
    """Sixty items, ten in a partition; every third is in the index."""
    name = make_table(ddb, "pk:N", "sk:N", gsi={"gsi": ("g:S", "KEYS_ONLY")}, lsi={"lsi": ("pk:N", "l:N")})
    items = [
        {"pk": n // 10, "sk": n % 10, "n": n, **({"g": f"g{n % 2}", "l": -n} if n % 3 == 0 else {})}
        for n in range(COUNT)
    ]
    fill(ddb, items)
    return name


def pages(ddb, **options):
    """Everything that a Scan gives, page by page."""
    start = {}
    while True:
        answer = ddb.scan(TableName="table", **options, **start)
        yield answer
        if "LastEvaluatedKey" not in answer:
            return
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def numbers(ddb, **options):
    return [one["pk"] * 10 + one["sk"] for page in pages(ddb, **options) for one in found(page)]


# wrong input


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"Segment": 0},
         ("The TotalSegments parameter is required but was not present in the request when Segment parameter is "
         "present")),
        ({"TotalSegments": 2},
         ("The Segment parameter is required but was not present in the request when parameter TotalSegments is "
         "present")),
        ({"Segment": 2, "TotalSegments": 2},
         ("The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 2 is not less "
         "than TotalSegments: 2")),
        ({"Segment": 0, "TotalSegments": 1_000_001},
         ("1 validation error detected: Value '1000001' at 'totalSegments' failed to satisfy constraint: Member must "
         "have value less than or equal to 1000000")),
        ({"ExclusiveStartKey": item(pk=1)},
         "The provided starting key is invalid: The provided key element does not match the schema"),
        ({"ExclusiveStartKey": item(pk="1", sk=1)},
         "The provided starting key is invalid: The provided key element does not match the schema"),
        ({"ExclusiveStartKey": item(pk=1, sk=1), "IndexName": "gsi"},
         "The provided starting key is invalid: The provided key element does not match the schema"),
        ({"IndexName": "none"}, "The table does not have the specified index: none"),
        ({"IndexName": "gsi", "ConsistentRead": True},
         "Consistent reads are not supported on global secondary indexes"),
        ({"IndexName": "gsi", "Select": "ALL_ATTRIBUTES"},
         (f"{INVALID}Select type ALL_ATTRIBUTES is not supported for global secondary index gsi because its projection "
         "type is not ALL")),
    ],
)  # fmt: skip
def test_what_cannot_be_scanned_is_refused(ddb, options, message):
    with invalid(message):
        ddb.scan(TableName="table", **options)


@pytest.mark.usefixtures("table")
def test_a_segment_goes_on_where_it_was(ddb):
    start = next(pages(ddb, Segment=0, TotalSegments=2, Limit=1))["LastEvaluatedKey"]
    with invalid(
        "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct "
        "Segment. TotalSegments: 2 Segment: 1"
    ):
        ddb.scan(TableName="table", Segment=1, TotalSegments=2, ExclusiveStartKey=start)


# wrong state


def test_a_table_that_is_not_there_is_not_found(ddb):
    with refused("ResourceNotFoundException", "Requested resource not found"):
        ddb.scan(TableName="none")


# behaviour


def test_an_empty_table_is_an_empty_page(ddb):
    make_table(ddb, "pk:S")
    answer = ddb.scan(TableName="table")
    assert (answer["Count"], answer["ScannedCount"], answer["Items"]) == (0, 0, [])
    assert "LastEvaluatedKey" not in answer


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("limit", [7, 30, COUNT])
def test_pages_hold_everything_once(ddb, limit):
    seen = numbers(ddb, Limit=limit)
    assert sorted(seen) == list(range(COUNT))
    # A partition stays together and in order.
    assert [n % 10 for n in seen] == list(range(10)) * 6


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("total", [1, 2, 5])
def test_segments_divide_a_table(ddb, total):
    segments = [numbers(ddb, Segment=at, TotalSegments=total, Limit=4) for at in range(total)]
    assert sorted(n for segment in segments for n in segment) == list(range(COUNT))
    partitions = [{n // 10 for n in segment} for segment in segments]
    assert sum(map(len, partitions)) == 6


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("index", ["gsi", "lsi"])
@pytest.mark.parametrize("total", [1, 3])
def test_segments_divide_an_index(ddb, index, total):
    segments = [numbers(ddb, IndexName=index, Segment=at, TotalSegments=total, Limit=3) for at in range(total)]
    assert sorted(n for segment in segments for n in segment) == list(range(0, COUNT, 3))


@pytest.mark.usefixtures("table")
def test_an_index_gives_what_it_shows(ddb):
    answer = ddb.scan(TableName="table", IndexName="gsi")
    assert all(set(one) == {"pk", "sk", "g"} for one in found(answer))
    answer = ddb.scan(TableName="table", IndexName="lsi", Select="ALL_PROJECTED_ATTRIBUTES")
    assert all(set(one) == {"pk", "sk", "g", "l", "n"} for one in found(answer))


@pytest.mark.usefixtures("table")
def test_a_filter_may_read_keys(ddb):
    answer = ddb.scan(
        TableName="table", FilterExpression="pk = :p AND sk < :s", ExpressionAttributeValues=values(p=3, s=2)
    )
    assert (answer["Count"], answer["ScannedCount"]) == (2, COUNT)
    assert sorted(found(answer, "n")) == [30, 31]
    older = {"n": {"ComparisonOperator": "IN", "AttributeValueList": [{"N": "5"}, {"N": "7"}]}}
    assert sorted(found(ddb.scan(TableName="table", ScanFilter=older), "n")) == [5, 7]


@pytest.mark.usefixtures("table")
def test_a_count_has_no_items(ddb):
    answer = ddb.scan(TableName="table", Select="COUNT", Limit=25)
    assert (answer["Count"], answer["ScannedCount"], "Items" in answer) == (25, 25, False)
    assert "LastEvaluatedKey" in answer


@pytest.mark.usefixtures("table")
def test_a_projection_picks_attributes(ddb):
    answer = ddb.scan(TableName="table", ProjectionExpression="n", Limit=1)
    assert [set(one) for one in found(answer)] == [{"n"}]
    assert set(answer["LastEvaluatedKey"]) == {"pk", "sk"}


def test_a_page_ends_at_a_mebibyte(ddb):
    make_table(ddb, "pk:N")
    for pk in range(4):
        put(ddb, pk=pk, v="x" * (390 * KIB))
    counts = [page["Count"] for page in pages(ddb, ProjectionExpression="pk")]
    assert counts == [3, 1]
