"""BatchExecuteStatement: each statement by itself, whatever becomes of the others."""

import pytest

from tests.services.dynamodb.item_calls import get, invalid, item, make_table, put, unwire
from tests.services.dynamodb.partiql_calls import MALFORMED, batch, part

GET = 'SELECT * FROM "table" WHERE pk = ?'
INSERT = "INSERT INTO \"table\" VALUE {'pk': ?, 'v': ?}"


@pytest.fixture
def table(ddb):
    return make_table(ddb, "pk:S")


def error(code, message, **members):
    return {"Code": code, "Message": message, **members}


# wrong input


def test_a_batch_reads_or_writes(ddb, table):
    with invalid("Statements in a batch must be either all reads or all writes"):
        batch(ddb, part(GET, "a"), part(INSERT, "a", 1))
    assert get(ddb, pk="a") is None


def test_a_batch_has_at_most_25_statements(ddb, table):
    with pytest.raises(ddb.exceptions.ClientError, match="less than or equal to 25"):
        batch(ddb, *[part(GET, "a")] * 26)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT", MALFORMED + "Unexpected term"),
        (GET, "Number of parameters in request and statement don't match."),
    ],
)
def test_a_statement_that_cannot_be_read_fails_by_itself(ddb, table, text, message):
    put(ddb, pk="a")
    found = batch(ddb, part(text), part(GET, "a"))
    assert found == [
        {"Error": error("ValidationError", message)},
        {"TableName": "table", "Item": item(pk="a")},
    ]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM \"table\" WHERE v = 'a'",
        'SELECT * FROM "table"',
        "SELECT * FROM \"table\" WHERE pk IN ['a']",
        'SELECT * FROM "table"."index" WHERE pk = \'a\'',
    ],
)
def test_a_select_in_a_batch_gives_one_item(ddb, table, text):
    message = "Select statements within BatchExecuteStatement must specify the primary key in the where clause."
    assert batch(ddb, part(text)) == [{"TableName": "table", "Error": error("ValidationError", message)}]


# wrong state


def test_statements_fail_by_themselves(ddb, table):
    put(ddb, pk="a", v=1)
    failed = "The conditional request failed"
    update = 'UPDATE "table" SET v = 2 WHERE pk = ? AND v = 5'
    shown = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    found = batch(
        ddb,
        part(INSERT, "b", 1),
        part(INSERT, "a", 2),
        part(INSERT, "a", 2, **shown),
        part(update, "a"),
        part(update, "a", **shown),
        part(update, "z"),
        part("DELETE FROM gone WHERE pk = 'a'"),
        part("EXISTS(SELECT * FROM \"table\" WHERE pk = 'a')"),
        part(INSERT, "c", 1),
    )
    old = item(pk="a", v=1)
    duplicate = "Duplicate primary key exists in table"
    assert [one.get("Error") for one in found] == [
        None,
        error("DuplicateItem", duplicate),
        error("DuplicateItem", duplicate, Item=old),
        error("ConditionalCheckFailed", failed),
        error("ConditionalCheckFailed", failed, Item=old),
        error("ConditionalCheckFailed", failed),
        error("ResourceNotFound", "Requested resource not found"),
        error("ValidationError", "EXISTS statements can be used in transactions only"),
        None,
    ]
    assert [one["TableName"] for one in found] == ["table"] * 6 + ["gone", "table", "table"]
    assert (get(ddb, pk="a"), get(ddb, pk="b"), get(ddb, pk="c")) == (
        {"pk": "a", "v": 1}, {"pk": "b", "v": 1}, {"pk": "c", "v": 1},
    )  # fmt: skip


# behaviour


def test_a_batch_of_selects_gives_an_item_each(ddb, table):
    put(ddb, pk="a", v=1, m={"x": 1})
    put(ddb, pk="b", v=2)
    found = batch(
        ddb,
        part(GET, "b"),
        part("SELECT v, m.x FROM \"table\" WHERE pk = 'a'"),
        part(GET, "z"),
        part(GET + " AND v = 2", "a"),
    )
    assert {one["TableName"] for one in found} == {"table"}
    assert [unwire(one.get("Item")) for one in found] == [{"pk": "b", "v": 2}, {"v": 1, "x": 1}, None, None]


def test_a_batch_of_changes_makes_each_and_returns_what_is_asked_for(ddb, table):
    put(ddb, pk="a", v=1)
    put(ddb, pk="b", v=2)
    found = batch(
        ddb,
        part("UPDATE \"table\" SET v = 5 WHERE pk = 'a' RETURNING MODIFIED NEW *"),
        part("DELETE FROM \"table\" WHERE pk = 'b' RETURNING ALL OLD *"),
        part(INSERT, "c", 3),
    )
    assert [unwire(one.get("Item")) for one in found] == [{"v": 5}, {"pk": "b", "v": 2}, None]
    assert (get(ddb, pk="a"), get(ddb, pk="b"), get(ddb, pk="c")) == ({"pk": "a", "v": 5}, None, {"pk": "c", "v": 3})


def test_a_batch_says_what_each_statement_consumed(ddb, table):
    make_table(ddb, "pk:S", name="other")
    put(ddb, pk="a")
    answer = ddb.batch_execute_statement(
        Statements=[
            part(GET, "a", ConsistentRead=True),
            part(GET, "z"),
            part("SELECT"),
            part("SELECT * FROM other WHERE pk = 'a'"),
        ],
        ReturnConsumedCapacity="TOTAL",
    )
    assert answer["ConsumedCapacity"] == [
        {"TableName": "table", "CapacityUnits": 1.0},
        {"TableName": "table", "CapacityUnits": 0.5},
        {"TableName": "other", "CapacityUnits": 0.5},
    ]
    answer = ddb.batch_execute_statement(Statements=[part(INSERT, "b", 1)], ReturnConsumedCapacity="INDEXES")
    assert answer["ConsumedCapacity"] == [{"TableName": "table", "CapacityUnits": 1.0, "Table": {"CapacityUnits": 1.0}}]
    assert "ConsumedCapacity" not in ddb.batch_execute_statement(Statements=[part(GET, "a")])
