"""ExecuteStatement: INSERT, UPDATE and DELETE of one item."""

import pytest

from tests.services.dynamodb.item_calls import INVALID, MISMATCH, get, invalid, make_table, put, refused, unwire
from tests.services.dynamodb.partiql_calls import MALFORMED, rows, run

NO_KEY = "Where clause does not contain a mandatory equality on all key attributes"
FAILED = "The conditional request failed"
DUPLICATE = "Duplicate primary key exists in table"


@pytest.fixture
def table(ddb):
    return make_table(ddb, "pk:S", "sk:N")


# wrong input


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "UPDATE table-x SET a = 1",
            (MALFORMED + "Expected identifier for simple path"),
        ),
        ("nonsense", MALFORMED + "Unexpected term"),
        ('UPDATE "table" SET a = 1', NO_KEY),
        ("UPDATE \"table\" SET a = 1 WHERE pk = 'a'", NO_KEY),
        ("UPDATE \"table\" SET a = 1 WHERE pk = 'a' AND sk > 1", NO_KEY),
        ("UPDATE \"table\" SET a = 1 WHERE pk = 'a' AND sk = 1 OR x = 1", NO_KEY),
        ("DELETE FROM \"table\" WHERE pk IN ['a'] AND sk = 1", NO_KEY),
        ("DELETE FROM \"table\" WHERE pk = 'a' AND sk = 'b'", MISMATCH),
        (
            "UPDATE \"table\" SET sk = 2 WHERE pk = 'a' AND sk = 1",
            INVALID + "Cannot update attribute sk. This attribute is part of the key",
        ),
        (
            "INSERT INTO \"table\" VALUE {'pk': 'a'}",
            (INVALID + "Missing the key sk in the item"),
        ),
        (
            "INSERT INTO \"table\" VALUE {'pk': 1, 'sk': 1}",
            (INVALID + "Type mismatch for key pk expected: S actual: N"),
        ),
        ("INSERT INTO \"table\" VALUE 'a'", MALFORMED + "Unexpected term"),
        (
            "EXISTS(SELECT * FROM \"table\" WHERE pk = 'a' AND sk = 1)",
            ("EXISTS statements can be used in transactions only"),
        ),
    ],
)
def test_a_statement_that_cannot_be_done_is_refused(ddb, table, text, message):
    with invalid(message):
        run(ddb, text)


def test_parameters_have_to_match_the_statement(ddb, table):
    with invalid("Number of parameters in request and statement don't match."):
        run(ddb, "INSERT INTO \"table\" VALUE {'pk': ?, 'sk': ?}", "a")


def test_an_item_that_is_too_large_is_refused(ddb, table):
    with invalid("Item size has exceeded the maximum allowed size"):
        run(ddb, "INSERT INTO \"table\" VALUE {'pk': 'a', 'sk': 1, 'v': ?}", "x" * 400 * 1024)


def test_a_statement_is_no_longer_than_8192_characters(ddb):
    with pytest.raises(ddb.exceptions.ClientError, match="less than or equal to 8192"):
        run(ddb, "SELECT * FROM t " + " " * 8192)


# wrong state


@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO gone VALUE {'pk': 'a'}",
        "UPDATE gone SET a = 1 WHERE pk = 'a'",
        "DELETE FROM gone WHERE pk = 'a'",
    ],
)
def test_a_table_that_is_not_there_is_not_found(ddb, text):
    with refused("ResourceNotFoundException", "Requested resource not found"):
        run(ddb, text)


def test_an_insert_does_not_replace(ddb, table):
    put(ddb, pk="a", sk=1, v="old")
    with refused("DuplicateItemException", DUPLICATE) as answer:
        run(ddb, "INSERT INTO \"table\" VALUE {'pk': 'a', 'sk': 1, 'v': 'new'}")
    assert "Item" not in answer
    assert get(ddb, pk="a", sk=1) == {"pk": "a", "sk": 1, "v": "old"}


def test_an_update_changes_only_what_is_there(ddb, table):
    with refused("ConditionalCheckFailedException", FAILED):
        run(ddb, "UPDATE \"table\" SET v = 1 WHERE pk = 'a' AND sk = 1")
    assert get(ddb, pk="a", sk=1) is None


@pytest.mark.parametrize("text", ["UPDATE \"table\" SET v = 'new'", 'DELETE FROM "table"'])
def test_what_is_demanded_beside_the_key_is_a_condition(ddb, table, text):
    put(ddb, pk="a", sk=1, v="old")
    where = "WHERE pk = 'a' AND sk = 1 AND v = 'other'"
    with refused("ConditionalCheckFailedException", FAILED) as answer:
        run(ddb, f"{text} {where}", ReturnValuesOnConditionCheckFailure="NONE")
    assert "Item" not in answer
    with refused("ConditionalCheckFailedException", FAILED) as answer:
        run(ddb, f"{text} {where}", ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert unwire(answer["Item"]) == get(ddb, pk="a", sk=1) == {"pk": "a", "sk": 1, "v": "old"}


def test_an_update_that_does_not_fit_the_item_changes_nothing(ddb, table):
    put(ddb, pk="a", sk=1, v="text")
    where = "WHERE pk = 'a' AND sk = 1"
    for change, message in (
        ("SET x = v + 1", "An operand in the update expression has an incorrect data type"),
        ("SET x = gone + 1", "The provided expression refers to an attribute that does not exist in the item"),
        ("SET m.x = 1", "The document path provided in the update expression is invalid for update"),
    ):
        with invalid(message):
            run(ddb, f'UPDATE "table" SET y = 1 {change} {where}')
    assert get(ddb, pk="a", sk=1) == {"pk": "a", "sk": 1, "v": "text"}


# behaviour


def test_an_insert_puts_an_item(ddb, table):
    answer = run(ddb, "INSERT INTO \"table\" VALUE {'pk': ?, 'sk': 1, 'tags': <<'x'>>, 'm': {'l': [1, null]}}", "a")
    assert answer["Items"] == []
    assert get(ddb, pk="a", sk=1) == {"pk": "a", "sk": 1, "tags": {"x"}, "m": {"l": [1, None]}}


def test_an_update_sets_and_removes(ddb, table):
    put(ddb, pk="a", sk=1, count=1, old="x", log=["first"], tags={"x"})
    answer = run(
        ddb,
        'UPDATE "table" SET "count" = "count" + ? SET log = list_append(log, [?]), tags = set_add(tags, ?) REMOVE "old"'
        " WHERE pk = 'a' AND sk = 1 AND \"count\" = 1",
        2, "second", {"y"},
    )  # fmt: skip
    assert answer["Items"] == []
    assert get(ddb, pk="a", sk=1) == {"pk": "a", "sk": 1, "count": 3, "log": ["first", "second"], "tags": {"x", "y"}}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("ALL OLD", {"pk": "a", "sk": 1, "v": 1, "w": 5}),
        ("ALL NEW", {"pk": "a", "sk": 1, "v": 2, "w": 5}),
        ("MODIFIED OLD", {"v": 1}),
        ("MODIFIED NEW", {"v": 2}),
    ],
)
def test_an_update_returns_the_item(ddb, table, words, expected):
    put(ddb, pk="a", sk=1, v=1, w=5)
    assert rows(ddb, f"UPDATE \"table\" SET v = 2 WHERE pk = 'a' AND sk = 1 RETURNING {words} *") == [expected]


def test_a_delete_deletes_and_returns_the_item(ddb, table):
    put(ddb, pk="a", sk=1, v=1)
    assert rows(ddb, "DELETE FROM \"table\" WHERE pk = 'a' AND sk = 1 AND v = 1 RETURNING ALL OLD *") == [
        {"pk": "a", "sk": 1, "v": 1}
    ]
    assert get(ddb, pk="a", sk=1) is None


def test_deleting_what_is_not_there_succeeds(ddb, table):
    assert rows(ddb, "DELETE FROM \"table\" WHERE pk = 'a' AND sk = 1 AND v = 1 RETURNING ALL OLD *") == []


def test_changes_say_what_they_consumed(ddb, table):
    texts = [
        "INSERT INTO \"table\" VALUE {'pk': 'a', 'sk': 1, 'v': ?}",
        "UPDATE \"table\" SET v = ? WHERE pk = 'a' AND sk = 1",
        "DELETE FROM \"table\" WHERE pk = 'a' AND sk = 1 AND v <> ?",
    ]
    for text, size, units in zip(texts, (1500, 100, 1), (2.0, 2.0, 1.0), strict=True):
        answer = run(ddb, text, "x" * size, ReturnConsumedCapacity="TOTAL")
        assert answer["ConsumedCapacity"] == {"TableName": "table", "CapacityUnits": units}


def test_a_table_may_be_named_by_its_arn(ddb, table, account):
    run(ddb, f"INSERT INTO \"arn:aws:dynamodb:us-east-1:{account}:table/table\" VALUE {{'pk': 'a', 'sk': 1}}")
    assert get(ddb, pk="a", sk=1) == {"pk": "a", "sk": 1}
