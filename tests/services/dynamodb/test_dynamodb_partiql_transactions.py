"""ExecuteTransaction: statements that stand or fall together."""

import pytest

from tests.services.dynamodb.item_calls import INVALID, get, invalid, item, make_table, put, refused, unwire
from tests.services.dynamodb.partiql_calls import MALFORMED, part, transact

NONE = {"Code": "None"}
GET = 'SELECT * FROM "table" WHERE pk = ?'
INSERT = "INSERT INTO \"table\" VALUE {'pk': ?, 'v': ?}"
UPDATE = 'UPDATE "table" SET v = v + ? WHERE pk = ?'


@pytest.fixture
def table(ddb):
    return make_table(ddb, "pk:S")


def canceled(ddb, *parts, **options):
    """The reasons for which a transaction is canceled."""
    with pytest.raises(ddb.exceptions.TransactionCanceledException) as caught:
        transact(ddb, *parts, **options)
    answer = caught.value.response
    codes = ", ".join(reason["Code"] for reason in answer["CancellationReasons"])
    assert answer["Error"]["Message"] == (
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
    )
    return answer["CancellationReasons"]


# wrong input


def test_a_transaction_reads_or_writes(ddb, table):
    with invalid("Statements in a transaction must be either all reads or all writes"):
        transact(ddb, part(GET, "a"), part(INSERT, "b", 1))
    with invalid("Statements in a transaction must be either all reads or all writes"):
        transact(ddb, part(GET, "a"), part("EXISTS(SELECT * FROM \"table\" WHERE pk = 'a')"))
    assert get(ddb, pk="b") is None


def test_a_transaction_has_at_most_100_statements(ddb, table):
    with pytest.raises(ddb.exceptions.ClientError, match="less than or equal to 100"):
        transact(ddb, *[part(INSERT, str(n), n) for n in range(101)])


@pytest.mark.parametrize("second", [part(INSERT, "a", 2), part(UPDATE, 1, "a")])
def test_an_item_may_be_changed_once(ddb, table, second):
    put(ddb, pk="a", v=1)
    with invalid("Transaction request cannot include multiple operations on one item"):
        transact(ddb, part(UPDATE, 1, "a"), second)


def test_an_item_may_be_read_once(ddb, table):
    with invalid("Transaction request cannot include multiple operations on one item"):
        transact(ddb, part(GET, "a"), part(GET, "a"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELEKT", MALFORMED + "Unexpected term"),
        (GET, "Number of parameters in request and statement don't match."),
        (
            'UPDATE "table" SET v = 1 WHERE v = 2',
            ("Where clause does not contain a mandatory equality on all key attributes"),
        ),
        (
            "INSERT INTO \"table\" VALUE {'v': 1}",
            (INVALID + "Missing the key pk in the item"),
        ),
        (
            'EXISTS(SELECT * FROM "table" WHERE v = 2)',
            ("Where clause does not contain a mandatory equality on all key attributes"),
        ),
    ],
)
def test_a_statement_that_cannot_be_done_cancels_the_transaction(ddb, table, text, message):
    reasons = canceled(ddb, part(INSERT, "a", 1), part(text))
    assert reasons == [NONE, {"Code": "ValidationError", "Message": message}]
    assert get(ddb, pk="a") is None


def test_a_select_in_a_transaction_gives_one_item(ddb, table):
    message = "Select statements within ExecuteTransaction must specify the primary key in the where clause."
    assert canceled(ddb, part('SELECT * FROM "table"')) == [{"Code": "ValidationError", "Message": message}]


# wrong state


def test_a_table_that_is_not_there_is_not_found(ddb, table):
    with refused("ResourceNotFoundException", "Requested resource not found"):
        transact(ddb, part(INSERT, "a", 1), part("INSERT INTO gone VALUE {'pk': 'a'}"))
    assert get(ddb, pk="a") is None


def test_one_failure_undoes_all_and_every_statement_has_its_reason(ddb, table):
    put(ddb, pk="a", v=1)
    put(ddb, pk="t", v="text")
    failed = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
    reasons = canceled(
        ddb,
        part(INSERT, "b", 1),
        part(INSERT, "a", 1, ReturnValuesOnConditionCheckFailure="ALL_OLD"),
        part(UPDATE, 1, "z"),
        part(UPDATE, 1, "t"),
        part("EXISTS(SELECT * FROM \"table\" WHERE pk = 'y' AND v IS MISSING)"),
    )
    duplicate = {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table", "Item": item(pk="a", v=1)}
    mistyped = "An operand in the update expression has an incorrect data type"
    assert reasons == [NONE, duplicate, failed, {"Code": "ValidationError", "Message": mistyped}, failed]
    assert get(ddb, pk="b") is None


def test_exists_shows_the_item_that_does_not_meet_its_conditions(ddb, table):
    put(ddb, pk="a", v=1)
    check = part("EXISTS(SELECT * FROM \"table\" WHERE pk = 'a' AND v = 2)")
    reasons = canceled(ddb, {**check, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}, part(INSERT, "b", 1))
    assert [reason["Code"] for reason in reasons] == ["ConditionalCheckFailed", "None"]
    assert unwire(reasons[0]["Item"]) == {"pk": "a", "v": 1}


# behaviour


def test_all_changes_are_made(ddb, table):
    for pk in ("a", "b", "c"):
        put(ddb, pk=pk, v=1)
    answer = transact(
        ddb,
        part(INSERT, "new", 1),
        part(UPDATE, 5, "a"),
        part("DELETE FROM \"table\" WHERE pk = 'b'"),
        part("EXISTS(SELECT * FROM \"table\" WHERE pk = 'c' AND v = 1)"),
    )
    assert "Responses" not in answer
    found = [get(ddb, pk=pk) for pk in ("new", "a", "b", "c")]
    assert found == [{"pk": "new", "v": 1}, {"pk": "a", "v": 6}, None, {"pk": "c", "v": 1}]


def test_reads_give_what_is_there(ddb, table):
    put(ddb, pk="a", v=1, m={"x": 1})
    put(ddb, pk="b", v=2)
    answer = transact(
        ddb,
        part("SELECT v, m.x FROM \"table\" WHERE pk = 'a'"),
        part(GET, "z"),
        part(GET + " AND v = 2", "b"),
        part(GET + " AND v = 3", "c"),
    )
    assert answer["Responses"] == [{"Item": item(v=1, x=1)}, {}, {"Item": item(pk="b", v=2)}, {}]


def test_a_token_makes_a_transaction_happen_once(ddb, table, frozen_clock):
    put(ddb, pk="a", v=1)
    first = transact(ddb, part(UPDATE, 1, "a"), ClientRequestToken="t", ReturnConsumedCapacity="TOTAL")
    assert first["ConsumedCapacity"] == [{"TableName": "table", "CapacityUnits": 2.0, "WriteCapacityUnits": 2.0}]
    again = transact(ddb, part(UPDATE, 1, "a"), ClientRequestToken="t", ReturnConsumedCapacity="TOTAL")
    assert again["ConsumedCapacity"] == [{"TableName": "table", "CapacityUnits": 2.0, "ReadCapacityUnits": 2.0}]
    assert get(ddb, pk="a") == {"pk": "a", "v": 2}
    message = "The request uses the same client token as a previous, but non-identical request."
    with refused("IdempotentParameterMismatchException", message):
        transact(ddb, part(UPDATE, 7, "a"), ClientRequestToken="t")
    frozen_clock.advance(601)
    transact(ddb, part(UPDATE, 1, "a"), ClientRequestToken="t")
    assert get(ddb, pk="a") == {"pk": "a", "v": 3}


def test_a_canceled_transaction_leaves_its_token_free(ddb, table):
    assert canceled(ddb, part(UPDATE, 1, "a"), ClientRequestToken="t")
    put(ddb, pk="a", v=1)
    transact(ddb, part(UPDATE, 1, "a"), ClientRequestToken="t")
    assert get(ddb, pk="a") == {"pk": "a", "v": 2}


def test_a_transaction_says_what_each_table_consumed(ddb, table):
    make_table(ddb, "pk:S", name="other")
    put(ddb, pk="a", v=1)
    answer = transact(
        ddb,
        part(GET, "a"),
        part(GET, "b"),
        part("SELECT * FROM other WHERE pk = 'a'"),
        ReturnConsumedCapacity="TOTAL",
    )
    assert answer["ConsumedCapacity"] == [
        {"TableName": "table", "CapacityUnits": 4.0, "ReadCapacityUnits": 4.0},
        {"TableName": "other", "CapacityUnits": 2.0, "ReadCapacityUnits": 2.0},
    ]
