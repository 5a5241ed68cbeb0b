"""PartiQL's statements as a whole: their clauses, their parameters, and what is refused."""

import pytest

from cloudchamber.core.errors import ValidationError
from cloudchamber.services.dynamodb.partiql.parser import prepare, read
from cloudchamber.services.dynamodb.partiql.statements import Delete, Exists, Insert, Select, Update

MALFORMED = "Statement wasn't well formed, can't be processed: "


def refusal(text, parameters=None):
    with pytest.raises(ValidationError) as refused:
        read(text, parameters)
    assert refused.value.code == "ValidationException"
    return refused.value.message


@pytest.mark.parametrize(
    ("text", "table", "index"),
    [
        ("SELECT * FROM Music", "Music", None),
        ('select * from "my-table.v2";', "my-table.v2", None),
        ('SELECT * FROM "Music"."by-year"', "Music", "by-year"),
        ("SELECT * FROM Music.years", "Music", "years"),
        ('SELECT * FROM "a""b"', 'a"b', None),
    ],
)
def test_a_select_names_a_table_and_perhaps_an_index(text, table, index):
    statement = read(text, None)
    assert isinstance(statement, Select)
    assert (statement.table, statement.index, statement.columns) == (table, index, None)


def test_columns_are_named_by_the_ends_of_their_paths():
    statement = read('SELECT a, b.c, d[1], "e f".g[0][2], gone FROM t', None)
    assert isinstance(statement, Select)
    assert statement.columns is not None
    one, two = {"N": "1"}, {"N": "2"}
    item = {
        "a": one,
        "b": {"M": {"c": two, "x": one}},
        "d": {"L": [one, two]},
        "e f": {"M": {"g": {"L": [{"L": [one, one, two]}]}}},
        "other": one,
    }
    assert statement.columns.pick(item) == {"a": one, "c": two, "d[1]": two, "g[0][2]": two}


def test_order_by_names_attributes_and_directions():
    statement = read("SELECT * FROM t WHERE pk = 1 ORDER BY pk DESC, sk ASC, x", None)
    assert isinstance(statement, Select)
    assert statement.order == (("pk", True), ("sk", False), ("x", False))


@pytest.mark.parametrize("words", ["ALL OLD", "ALL NEW", "MODIFIED OLD", "modified new"])
def test_an_update_returns_what_it_is_asked_for(words):
    statement = read(f"UPDATE t SET a = 1 WHERE pk = 1 RETURNING {words} *", None)
    assert isinstance(statement, Update)
    assert statement.returning == words.upper().replace(" ", "_")


def test_the_other_statements():
    inserted = read("INSERT INTO \"t\" VALUE {'pk': ?}", [{"S": "a"}])
    assert isinstance(inserted, Insert)
    assert inserted.item == {"pk": {"S": "a"}}
    deleted = read("DELETE FROM t WHERE pk = 'a' RETURNING ALL OLD *", None)
    assert isinstance(deleted, Delete)
    assert (deleted.table, deleted.returning) == ("t", "ALL_OLD")
    existing = read("EXISTS(SELECT * FROM t WHERE pk = ?)", [{"S": "a"}])
    assert isinstance(existing, Exists)
    assert existing.where is not None
    assert existing.where.holds({"pk": {"S": "a"}})


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        (" ", "Unexpected term"),
        ("hello", "Unexpected term"),
        ("CREATE TABLE t", "Unexpected keyword"),
        ("SELECT", "Unexpected term"),
        ("SELECT FROM t", "Unexpected keyword"),
        ("SELECT * t", "Expected FROM after SELECT list"),
        (
            "SELECT *, a FROM t",
            ("Other expressions may not be present in the select list when '*' is used without dot notation."),
        ),
        ("SELECT a + 1 FROM t", "Expected FROM after SELECT list"),
        ("SELECT COUNT(*) FROM t", "Unexpected keyword"),
        ("SELECT DISTINCT a FROM t", "Unexpected keyword"),
        ("SELECT * FROM", "Unexpected term"),
        ("SELECT * FROM 't'", "Unexpected term"),
        ("SELECT * FROM a.b.c", "Invalid path component for simple path"),
        ("SELECT * FROM a, b", "Unexpected token after expression"),
        ("SELECT * FROM my-table", "Unexpected token after expression"),
        ("SELECT * FROM t LIMIT 1", "Unexpected token after expression"),
        ("SELECT * FROM t GROUP BY a", "Unexpected token after expression"),
        ("SELECT * FROM t; SELECT * FROM t", "Unexpected token after semicolon. (Only one query is allowed.)"),
        ("INSERT t VALUE {}", "Unexpected keyword"),
        ("INSERT INTO t {}", "Unexpected term"),
        ("INSERT INTO 't' VALUE {}", "Expected identifier for simple path"),
        ("INSERT INTO t.i VALUE {}", "Invalid path component for simple path"),
        ("UPDATE t WHERE pk = 1", "Expected data manipulation"),
        ("DELETE t", "Expected FROM after DELETE"),
        ("DELETE FROM t RETURNING *", "Expected ( MODIFIED | ALL ) ( NEW | OLD ) in each returning element."),
        ("DELETE FROM t RETURNING ALL OLD a", "Unsupported syntax in RETURNING columns."),
        ("EXISTS SELECT * FROM t", "Expected LEFT_PAREN"),
        ("EXISTS(DELETE FROM t)", "Unexpected keyword"),
    ],
)
def test_what_is_no_statement_is_refused(text, detail):
    assert refusal(text) == MALFORMED + detail


def test_a_delete_returns_the_old_item_only():
    assert refusal("DELETE FROM t WHERE pk = 1 RETURNING ALL NEW *") == "DELETE statements can return ALL OLD * only"


def test_there_are_as_many_parameters_as_question_marks():
    mismatch = "Number of parameters in request and statement don't match."
    assert refusal("SELECT * FROM t WHERE a = ?") == mismatch
    assert refusal("SELECT * FROM t WHERE a = ?", [{"S": "a"}, {"S": "b"}]) == mismatch
    assert refusal("SELECT * FROM t WHERE a = '?'", [{"S": "a"}]) == mismatch


def test_parameters_are_checked_as_values():
    message = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
    assert refusal("SELECT * FROM t WHERE a = ?", [{}]) == message


def test_a_text_is_read_once():
    assert prepare("SELECT * FROM once") is prepare("SELECT * FROM once")
