"""Query: ranges of a partition in order, pages, what is selected, filters, and what it refuses."""

import pytest

from tests.services.dynamodb.item_calls import (
    INVALID,
    KIB,
    NOT_VALID,
    fill,
    found,
    invalid,
    item,
    make_table,
    put,
    refused,
    unwire,
    values,
)

MISMATCH = "The provided starting key is invalid: The provided key element does not match the schema"
OUTSIDE = "The provided starting key is outside query boundaries based on provided conditions"
STRINGS = ["", "\x00", "a", "a\x00", "ab", "abc", "b", "\u00e9", "\uffff", "\U0001f600"]
NUMBERS = [-100, -99, -2, -1, 0, 1, 2, 9, 10, 11, 100]
BINARIES = [b"\x00", b"\x00\x00", b"\x01", b"a", b"ab", b"b", b"\xff", b"\xff\x00", b"\xff\xff"]


@pytest.fixture
def table(ddb):
    """A partition `a` of ten items, 0 to 9, between two others."""
    name = make_table(ddb, "pk:S", "sk:N")
    fill(ddb, [{"pk": "a", "sk": sk, "even": sk % 2 == 0, "v": f"v{sk}"} for sk in range(10)])
    fill(ddb, [{"pk": pk, "sk": 5} for pk in ("", "A", "aa", "b")[1:]])
    return name


def query(ddb, condition="pk = :pk", table="table", given=None, **options):
    given = {"pk": "a", **(given or {})}
    return ddb.query(
        TableName=table, KeyConditionExpression=condition, ExpressionAttributeValues=values(**given), **options
    )


# wrong input


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("condition", "given", "message"),
    [
        ("sk = :s", {"s": 1}, "Query condition missed key schema element: pk"),
        ("pk = :pk AND v = :v", {"pk": "a", "v": "x"}, "Query condition missed key schema element: sk"),
        ("pk = :pk AND sk = :s AND v = :v", {"pk": "a", "s": 1, "v": "x"}, "Query key condition not supported"),
        ("pk > :pk", {"pk": "a"}, "Query key condition not supported"),
        ("pk = :pk OR sk = :s", {"pk": "a", "s": 1}, "Invalid operator used in KeyConditionExpression: OR"),
        ("pk = :pk AND sk <> :s", {"pk": "a", "s": 1}, "Invalid operator used in KeyConditionExpression: <>"),
        ("pk = :pk", {"pk": 1}, f"{INVALID}Condition parameter type does not match schema type"),
        ("pk = :pk AND sk > :s", {"pk": "a", "s": "1"},
         f"{INVALID}Condition parameter type does not match schema type"),
        ("pk = :pk", {"pk": ""},
         f"{NOT_VALID}The AttributeValue for a key attribute cannot contain an empty string value. Key: pk"),
        ("pk = :pk AND sk BETWEEN :t AND :s", {"pk": "a", "s": 1, "t": 2},
         ("Invalid KeyConditionExpression: The BETWEEN operator requires upper bound to be greater than or equal to "
         "lower bound; lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}")),
        ("pk = :pk AND begins_with(sk, :s)", {"pk": "a", "s": 1},
         ("Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator or function: "
         "begins_with, operand type: N")),
    ],
)  # fmt: skip
def test_a_key_condition_is_a_partition_and_a_range_of_it(ddb, condition, given, message):
    with invalid(message):
        ddb.query(TableName="table", KeyConditionExpression=condition, ExpressionAttributeValues=values(**given))


def test_a_query_needs_a_key_condition(ddb, table):
    with invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."):
        ddb.query(TableName=table)


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("name", ["pk", "sk"])
def test_a_filter_does_not_read_the_key(ddb, name):
    with invalid(f"Filter Expression can only contain non-primary key attributes: Primary key attribute: {name}"):
        query(ddb, FilterExpression=f"attribute_exists({name})")


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"Select": "SPECIFIC_ATTRIBUTES"},
         f"{INVALID}Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"),
        ({"Select": "COUNT", "ProjectionExpression": "v"},
         f"{INVALID}Cannot specify the ProjectionExpression when choosing to get only the Count"),
        ({"Select": "ALL_ATTRIBUTES", "ProjectionExpression": "v"},
         f"{INVALID}Cannot specify the ProjectionExpression when choosing to get ALL_ATTRIBUTES"),
        ({"Select": "ALL_PROJECTED_ATTRIBUTES"},
         f"{INVALID}ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"),
        ({"IndexName": "none"}, "The table does not have the specified index: none"),
        ({"Limit": 0}, ("1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must "
                       "have value greater than or equal to 1")),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_refused(ddb, options, message):
    with invalid(message):
        query(ddb, **options)


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("start", "message"),
    [
        (item(pk="a"), MISMATCH), (item(pk="a", sk="1"), MISMATCH), (item(pk="a", sk=1, v="v1"), MISMATCH),
        (item(pk="b", sk=5), OUTSIDE), (item(pk="a", sk=2), OUTSIDE), (item(pk="a", sk=9), OUTSIDE),
    ],
)  # fmt: skip
def test_a_query_starts_in_its_range(ddb, start, message):
    with invalid(message):
        query(ddb, "pk = :pk AND sk BETWEEN :f AND :t", given={"f": 3, "t": 7}, ExclusiveStartKey=start)


# wrong state


def test_a_table_that_is_not_there_is_not_found(ddb):
    with refused("ResourceNotFoundException", "Requested resource not found"):
        query(ddb, table="none")


# behaviour


@pytest.mark.parametrize(("kind", "row"), [("S", STRINGS[1:]), ("N", NUMBERS), ("B", BINARIES)])
@pytest.mark.parametrize("where", ["table", "gsi", "lsi"])
def test_every_operator_gives_its_range_in_both_orders(ddb, kind, row, where):
    if where == "table":
        make_table(ddb, "pk:S", f"x:{kind}")
    else:
        index = {where: {where: ("pk:S", f"x:{kind}")}}
        make_table(ddb, "pk:S", "sk:N", **index)
    fill(ddb, [{"pk": "a", "x": value, **({} if where == "table" else {"sk": at})} for at, value in enumerate(row)])
    fill(ddb, [{"pk": pk, "x": row[0], **({} if where == "table" else {"sk": 0})} for pk in ("A", "aa", "b")])
    options = {} if where == "table" else {"IndexName": where}
    low, high = row[2], row[-3]
    at = row.index(low)
    operators = {
        "x = :l": [low], "x < :l": row[:at], "x <= :l": row[: at + 1], "x > :l": row[at + 1 :], "x >= :l": row[at:],
        "x BETWEEN :l AND :h": row[at:-2], ":l < x": row[at + 1 :],
    }  # fmt: skip
    for condition, expected in operators.items():
        given = {"l": low, "h": high} if ":h" in condition else {"l": low}
        answer = query(ddb, f"pk = :pk AND {condition}", given=given, **options)
        assert found(answer, "x") == expected, condition
        answer = query(ddb, f"{condition} AND pk = :pk", given=given, ScanIndexForward=False, **options)
        assert found(answer, "x") == expected[::-1], condition
    if kind != "N":
        for prefix in (row[0], row[2], row[-1]):
            answer = query(ddb, "pk = :pk AND begins_with(x, :p)", given={"p": prefix}, **options)
            assert found(answer, "x") == [value for value in row if value.startswith(prefix)]


def test_a_table_without_a_sort_key_has_one_item_a_partition(ddb):
    make_table(ddb, "pk:N")
    put(ddb, pk=1, v="x")
    answer = query(ddb, given={"pk": 1})
    assert (answer["Count"], answer["ScannedCount"], found(answer)) == (1, 1, [{"pk": 1, "v": "x"}])
    assert query(ddb, given={"pk": 2})["Items"] == []


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("is_forward", [True, False])
@pytest.mark.parametrize("limit", [1, 3, 10, 11])
def test_pages_are_the_whole_without_overlap(ddb, limit, is_forward):
    pages, start = [], {}
    while True:
        answer = query(ddb, Limit=limit, ScanIndexForward=is_forward, **start)
        pages.append(found(answer, "sk"))
        assert len(pages[-1]) <= limit
        if "LastEvaluatedKey" not in answer:
            break
        assert unwire(answer["LastEvaluatedKey"]) == {"pk": "a", "sk": pages[-1][-1]}
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
    expected = list(range(10))
    assert [sk for page in pages for sk in page] == (expected if is_forward else expected[::-1])
    # A page that is full says that there may be more even where there is not.
    assert len(pages) == 10 // limit + 1


@pytest.mark.usefixtures("table")
def test_a_query_goes_on_after_a_key_that_is_not_there_any_more(ddb):
    ddb.delete_item(TableName="table", Key=item(pk="a", sk=4))
    start = item(pk="a", sk=4)
    assert found(query(ddb, ExclusiveStartKey=start, Limit=2), "sk") == [5, 6]
    assert found(query(ddb, ExclusiveStartKey=start, Limit=2, ScanIndexForward=False), "sk") == [3, 2]
    assert found(query(ddb, ExclusiveStartKey={}, Limit=2), "sk") == [0, 1]


@pytest.mark.usefixtures("table")
def test_a_filter_comes_after_the_limit(ddb):
    options = {"FilterExpression": "even = :t", "given": {"t": True}}
    answer = query(ddb, Limit=5, **options)
    assert (answer["Count"], answer["ScannedCount"], found(answer, "sk")) == (3, 5, [0, 2, 4])
    assert unwire(answer["LastEvaluatedKey"]) == {"pk": "a", "sk": 4}
    answer = query(ddb, "pk = :pk AND sk > :s", FilterExpression="v = :v", given={"s": 3, "v": "none"})
    assert (answer["Count"], answer["ScannedCount"], answer["Items"]) == (0, 6, [])


@pytest.mark.usefixtures("table")
def test_what_is_selected_comes_back(ddb):
    answer = query(ddb, "pk = :pk AND sk < :s", given={"s": 2}, Select="COUNT")
    assert (answer["Count"], answer["ScannedCount"], "Items" in answer) == (2, 2, False)
    for select in ({}, {"Select": "SPECIFIC_ATTRIBUTES"}):
        answer = query(ddb, "pk = :pk AND sk < :s", given={"s": 2}, ProjectionExpression="v", **select)
        assert found(answer) == [{"v": "v0"}, {"v": "v1"}]
    answer = query(ddb, "pk = :pk AND sk < :s", given={"s": 1}, Select="ALL_ATTRIBUTES")
    assert found(answer) == [{"pk": "a", "sk": 0, "even": True, "v": "v0"}]


def test_a_page_ends_at_a_mebibyte(ddb):
    make_table(ddb, "pk:S", "sk:N")
    for sk in range(5):
        put(ddb, pk="a", sk=sk, v="x" * (300 * KIB))
    answer = query(ddb, ProjectionExpression="sk")
    assert found(answer, "sk") == [0, 1, 2, 3]
    assert unwire(answer["LastEvaluatedKey"]) == {"pk": "a", "sk": 3}
    answer = query(ddb, ProjectionExpression="sk", ExclusiveStartKey=answer["LastEvaluatedKey"])
    assert found(answer, "sk") == [4]
    assert "LastEvaluatedKey" not in answer
    answer = query(ddb, Select="COUNT", FilterExpression="v = :v", given={"v": "y"})
    assert (answer["Count"], answer["ScannedCount"]) == (0, 4)


@pytest.mark.usefixtures("table")
def test_the_older_conditions_say_the_same(ddb):
    conditions = {
        "pk": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "a"}]},
        "sk": {"ComparisonOperator": "BETWEEN", "AttributeValueList": [{"N": "2"}, {"N": "6"}]},
    }
    even = {"even": {"ComparisonOperator": "EQ", "AttributeValueList": [{"BOOL": False}]}}
    answer = ddb.query(TableName="table", KeyConditions=conditions, QueryFilter=even, AttributesToGet=["sk"])
    assert found(answer) == [{"sk": 3}, {"sk": 5}]
    with invalid("QueryFilter can only contain non-primary key attributes: Primary key attribute: sk"):
        ddb.query(
            TableName="table",
            KeyConditions=conditions,
            QueryFilter={"sk": {"ComparisonOperator": "NOT_NULL"}},
        )
    with invalid("Attempted conditional constraint is not an indexable operation"):
        ddb.query(TableName="table", KeyConditions={"pk": {"ComparisonOperator": "NOT_NULL"}})


def test_strong_reads_of_a_table_are_fine(ddb, table):
    assert query(ddb, table=table, ConsistentRead=True)["Count"] == 10
