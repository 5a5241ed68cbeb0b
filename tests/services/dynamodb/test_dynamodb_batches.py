"""BatchGetItem and BatchWriteItem: limits, duplicates, several tables, and what is left unprocessed."""

import pytest

from tests.services.dynamodb.item_calls import (
    INVALID,
    KIB,
    MISMATCH,
    SEVERAL,
    arn_of,
    fill,
    get,
    index_rows,
    invalid,
    item,
    make_table,
    put,
    refused,
    unwire,
)

DUPLICATES = "Provided list of item keys contains duplicates"


@pytest.fixture
def table(ddb):
    return make_table(ddb, "pk:S")


def puts(*items):
    return [{"PutRequest": {"Item": item(**one)}} for one in items]


def deletes(*keys):
    return [{"DeleteRequest": {"Key": item(**one)}} for one in keys]


def wanted(*names, **options):
    return {"Keys": [item(pk=name) for name in names], **options}


# wrong input


def test_a_batch_reads_100_items_at_most(ddb, table):
    other = make_table(ddb, "pk:S", name="other")
    names = [f"k{n}" for n in range(101)]
    with invalid("Too many items requested for the BatchGetItem call"):
        ddb.batch_get_item(RequestItems={table: wanted(*names[:60]), other: wanted(*names[:41])})
    with pytest.raises(ddb.exceptions.ClientError) as caught:
        ddb.batch_get_item(RequestItems={table: wanted(*names)})
    assert "requestItems.table.member.keys' failed to satisfy constraint: Member must have length less than or " in str(
        caught.value
    )
    answer = ddb.batch_get_item(RequestItems={table: wanted(*names[:60]), other: wanted(*names[:40])})
    assert answer["Responses"] == {table: [], other: []}


def test_a_batch_writes_25_items_at_most(ddb, table):
    other = make_table(ddb, "pk:S", name="other")
    items = [{"pk": f"k{n}"} for n in range(26)]
    with invalid("Too many items requested for the BatchWriteItem call"):
        ddb.batch_write_item(RequestItems={table: puts(*items[:13]), other: puts(*items[:13])})
    with pytest.raises(ddb.exceptions.ClientError) as caught:
        ddb.batch_write_item(RequestItems={table: puts(*items)})
    assert (
        "at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length "
        "less than or equal to 25, Member must have length greater than or equal to 1]" in str(caught.value)
    )
    ddb.batch_write_item(RequestItems={table: puts(*items[:13]), other: puts(*items[:12])})


def test_a_batch_has_an_item_once(ddb, table, account):
    with invalid(DUPLICATES):
        ddb.batch_get_item(RequestItems={table: wanted("a", "b", "a")})
    with invalid(DUPLICATES):
        ddb.batch_write_item(RequestItems={table: puts({"pk": "a"}) + deletes({"pk": "a"})})
    with invalid(DUPLICATES):
        ddb.batch_get_item(RequestItems={table: wanted("a"), arn_of(account): wanted("a")})
    with invalid(DUPLICATES):
        ddb.batch_write_item(RequestItems={table: puts({"pk": "a"}), arn_of(account): puts({"pk": "a"})})
    assert get(ddb, pk="a") is None


def test_numbers_that_are_equal_are_one_key(ddb):
    make_table(ddb, "pk:N")
    with invalid(DUPLICATES):
        ddb.batch_get_item(RequestItems={"table": {"Keys": [{"pk": {"N": "1"}}, {"pk": {"N": "1.0"}}]}})


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("key", [{}, {"pk": 1}, {"pk": None}, {"pk": ["a"]}, {"other": "a"}])
def test_a_put_of_a_batch_has_the_key_of_its_table(ddb, key):
    with invalid(MISMATCH):
        ddb.batch_write_item(RequestItems={"table": puts({"pk": "good"}, {"v": 1, **key})})
    assert get(ddb, pk="good") is None


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({}, "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
        ({"PutRequest": {"Item": item(pk="a")}, "DeleteRequest": {"Key": item(pk="b")}},
         SEVERAL),
    ],
)  # fmt: skip
def test_a_part_of_a_batch_is_a_put_or_a_delete(ddb, request_, message):
    with invalid(message):
        ddb.batch_write_item(RequestItems={"table": [request_]})


def test_one_bad_item_refuses_the_batch(ddb, table):
    with invalid("Item size has exceeded the maximum allowed size"):
        ddb.batch_write_item(RequestItems={table: puts({"pk": "a"}, {"pk": "b", "v": "x" * 400 * KIB})})
    with invalid(f"{INVALID}Size of hashkey has exceeded the maximum size limit of2048 bytes"):
        ddb.batch_write_item(RequestItems={table: puts({"pk": "a"}, {"pk": "b" * 2049})})
    assert get(ddb, pk="a") is None


def test_the_older_and_the_newer_way_do_not_mix_over_the_tables(ddb, table):
    other = make_table(ddb, "pk:S", name="other")
    with invalid(
        "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: "
        "{AttributesToGet} Expression parameters: {ProjectionExpression}"
    ):
        ddb.batch_get_item(
            RequestItems={
                table: wanted("a", ProjectionExpression="pk"),
                other: wanted("a", AttributesToGet=["pk"]),
            }
        )


# wrong state


def test_a_batch_with_a_table_that_is_not_there_does_nothing(ddb, table):
    with refused("ResourceNotFoundException", "Requested resource not found"):
        ddb.batch_write_item(RequestItems={table: puts({"pk": "a"}), "none": puts({"pk": "a"})})
    with refused("ResourceNotFoundException", "Requested resource not found"):
        ddb.batch_get_item(RequestItems={table: wanted("a"), "none": wanted("a")})
    assert get(ddb, pk="a") is None


# behaviour


def test_a_batch_writes_and_reads_several_tables(ddb, table):
    other = make_table(ddb, "pk:S", "sk:N", name="other")
    put(ddb, pk="gone")
    answer = ddb.batch_write_item(
        RequestItems={
            table: puts({"pk": "a", "v": 1}, {"pk": "b", "v": 2}) + deletes({"pk": "gone"}, {"pk": "never there"}),
            other: puts({"pk": "a", "sk": 1}),
        }
    )
    assert answer["UnprocessedItems"] == {}
    answer = ddb.batch_get_item(
        RequestItems={
            table: wanted("a", "gone", "b", ProjectionExpression="#v", ExpressionAttributeNames={"#v": "v"}),
            other: {"Keys": [item(pk="a", sk=1)], "ConsistentRead": True},
        }
    )
    assert sorted(one["v"] for one in map(unwire, answer["Responses"][table])) == [1, 2]
    assert [unwire(one) for one in answer["Responses"][other]] == [{"pk": "a", "sk": 1}]
    assert answer["UnprocessedKeys"] == {}


def test_a_put_of_a_batch_replaces(ddb, cloud, account):
    make_table(ddb, "pk:S", gsi={"gsi": ("g:S",)})
    fill(ddb, [{"pk": "a", "g": "x", "old": 1}])
    fill(ddb, [{"pk": "a", "g": "y", "new": 1}])
    assert get(ddb, pk="a") == {"pk": "a", "g": "y", "new": 1}
    assert index_rows(cloud, account) == 1


def test_a_table_named_by_its_arn_answers_under_its_arn(ddb, table, account):
    arn = arn_of(account)
    ddb.batch_write_item(RequestItems={arn: puts({"pk": "a"})})
    answer = ddb.batch_get_item(RequestItems={arn: wanted("a")}, ReturnConsumedCapacity="TOTAL")
    assert [unwire(one) for one in answer["Responses"][arn]] == [{"pk": "a"}]
    assert [one["TableName"] for one in answer["ConsumedCapacity"]] == [arn]
    assert get(ddb, table, pk="a") == {"pk": "a"}


def test_a_batch_reads_16_mib_and_leaves_the_rest(ddb, table):
    other = make_table(ddb, "pk:S", name="other")
    put(ddb, "other", pk="z")
    for n in range(55):
        put(ddb, pk=f"k{n}", v="x" * (300 * KIB))
    names = [f"k{n}" for n in range(55)]
    answer = ddb.batch_get_item(
        RequestItems={
            table: wanted(*names, ProjectionExpression="pk", ConsistentRead=True),
            other: wanted("z", "not there"),
        }
    )
    got = [one["pk"] for one in map(unwire, answer["Responses"][table])]
    left = answer["UnprocessedKeys"][table]
    assert len(got) == 54 == 16 * KIB // 300
    assert got + [unwire(key)["pk"] for key in left["Keys"]] == names
    assert (left["ConsistentRead"], left["ProjectionExpression"]) == (True, "pk")
    assert answer["Responses"][other] == []
    assert [unwire(key)["pk"] for key in answer["UnprocessedKeys"][other]["Keys"]] == ["z", "not there"]
    answer = ddb.batch_get_item(RequestItems=answer["UnprocessedKeys"])
    assert answer["UnprocessedKeys"] == {}
    assert len(answer["Responses"][table]) == 1
