"""PartiQL's literals, paths, conditions and assignments, read into values and judged for items."""

import pytest

from cloudchamber.core.errors import ValidationError
from cloudchamber.services.dynamodb.partiql.parser import read
from cloudchamber.services.dynamodb.partiql.statements import Insert, Select, Update

MALFORMED = "Statement wasn't well formed, can't be processed: "
INVALID = "One or more parameter values were invalid: "
OVERLAP = (
    "Two document paths overlap with each other; must remove or rewrite one of these paths; "
    "path one: [a], path two: [a, b]"
)


def inserted(literal, *parameters):
    """The value that a literal stands for."""
    statement = read(f"INSERT INTO t VALUE {{'v': {literal}}}", parameters)
    assert isinstance(statement, Insert)
    return statement.item["v"]


def holds(condition, item, *parameters):
    statement = read(f"SELECT * FROM t WHERE {condition}", parameters)
    assert isinstance(statement, Select)
    assert statement.where is not None
    return statement.where.holds(item)


def updated(changes, item, *parameters):
    statement = read(f"UPDATE t {changes} WHERE pk = 'a'", parameters)
    assert isinstance(statement, Update)
    return statement.changes.apply(item)


def refusal(text, *parameters):
    with pytest.raises(ValidationError) as refused:
        read(text, parameters)
    return refused.value.message


def n(text):
    return {"N": text}


def s(text):
    return {"S": text}


# literals


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ("'text'", s("text")),
        ("''", s("")),
        ("'it''s'", s("it's")),
        ("'FROM \"t\" WHERE ?'", s('FROM "t" WHERE ?')),
        ("'-- no comment'", s("-- no comment")),
        ("1", n("1")),
        ("-1.50", n("-1.5")),
        ("+.5", n("0.5")),
        ("1e3", n("1000")),
        ("true", {"BOOL": True}),
        ("FALSE", {"BOOL": False}),
        ("null", {"NULL": True}),
        ("[]", {"L": []}),
        ("[1, 'a', [null]]", {"L": [n("1"), s("a"), {"L": [{"NULL": True}]}]}),
        ("{}", {"M": {}}),
        ("{'a': 1, 'b': {'c': 'd'}}", {"M": {"a": n("1"), "b": {"M": {"c": s("d")}}}}),
        ("<<1, 2.50>>", {"NS": ["1", "2.5"]}),
        ("<<'a','b'>>", {"SS": ["a", "b"]}),
        ("[<<'a'>>, <<1>>]", {"L": [{"SS": ["a"]}, {"NS": ["1"]}]}),
        ("/* a comment */ 1 -- another", n("1")),
    ],
)
def test_a_literal_is_a_value(literal, value):
    if "--" in literal and not literal.startswith("'"):
        literal += "\n"
    assert inserted(literal) == value


@pytest.mark.parametrize(
    ("literal", "parameters", "value"),
    [
        ("?", [{"BOOL": True}], {"BOOL": True}),
        ("?", [n("1.0")], n("1")),
        ("[?, 2, ?]", [n("1"), n("3")], {"L": [n("1"), n("2"), n("3")]}),
        ("{'a': ?}", [{"L": []}], {"M": {"a": {"L": []}}}),
        ("<<?, ?>>", [s("a"), s("b")], {"SS": ["a", "b"]}),
        ("<<?>>", [{"B": "aGk="}], {"BS": ["aGk="]}),
        ("[<<1, ?>>]", [n("2")], {"L": [{"NS": ["1", "2"]}]}),
    ],
)
def test_parameters_stand_anywhere_in_a_literal(literal, parameters, value):
    assert inserted(literal, *parameters) == value


def test_a_kept_statement_takes_new_parameters_each_time():
    assert inserted("[?]", n("1")) == {"L": [n("1")]}
    assert inserted("[?]", n("2")) == {"L": [n("2")]}


@pytest.mark.parametrize(
    ("literal", "parameters", "message"),
    [
        (
            "<<1, 'a'>>",
            [],
            MALFORMED + "Sets hold strings, numbers or binaries, all of one type",
        ),
        ("<<null>>", [], MALFORMED + "Sets hold strings, numbers or binaries, all of one type"),
        (
            "<<1, ?>>",
            [{"S": "a"}],
            MALFORMED + "Sets hold strings, numbers or binaries, all of one type",
        ),
        ("<<>>", [], INVALID + "An string set  may not be empty"),
        ("<<1, 1.0>>", [], "Input collection contains duplicates"),
        ("1e200", [], "Number overflow. Attempting to store a number with magnitude larger than supported range"),
        ("'open", [], MALFORMED + "Unexpected term"),
        ("`ion`", [], MALFORMED + "Unexpected term"),
        ("{a: 1}", [], MALFORMED + "Unexpected term"),
        ("{'a' 1}", [], MALFORMED + "Expected COLON"),
        ("[1 2]", [], MALFORMED + "Expected RIGHT_BRACKET"),
        ("<<1 2>>", [], MALFORMED + "Expected RIGHT_DOUBLE_ANGLE_BRACKET"),
        ("missing", [], MALFORMED + "Unexpected keyword"),
        ("-'a'", [], MALFORMED + "Unexpected term"),
        ("= 1", [], MALFORMED + "Unexpected operator"),
        ("[" * 33 + "]" * 33, [], "Nesting Levels have exceeded supported limits: Attributes nested beyond 32 levels"),
        ("[" * 3000, [], MALFORMED + "Unexpected term"),
    ],
)
def test_what_is_no_value_is_refused(literal, parameters, message):
    assert refusal(f"INSERT INTO t VALUE {{'v': {literal}}}", *parameters) == message


# conditions

ITEM = {
    "a": s("apple"), "b": n("5"), "void": {"NULL": True}, "flag": {"BOOL": True}, "tags": {"SS": ["x", "y"]},
    "list": {"L": [n("1"), {"M": {"deep": s("d")}}]}, "key with space": n("1"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("a = 'apple'", True),
        ("'apple' = a", True),
        ("a <> 'pear'", True),
        ("a != 'apple'", False),
        ("b < 6", True),
        ("b <= 4", False),
        ("b > 4.9", True),
        ("5 >= b", True),
        ("flag = true", True),
        ("gone = 1", False),
        ("gone <> 1", True),
        ('"key with space" = 1', True),
        ('"list"[0] = 1', True),
        ("\"list\"[1].deep = 'd'", True),
        ('"list"[1]."deep" = \'e\'', False),
        ("b BETWEEN 5 AND 6", True),
        ("b NOT BETWEEN 5 AND 6", False),
        ("a between 'a' and 'b' and b = 5", True),
        ("b IN [4, 5]", True),
        ("b in (4, 6)", False),
        ("b NOT IN [4, 6]", True),
        ("b IN []", False),
        ("gone IS MISSING", True),
        ("a is missing", False),
        ("a IS NOT MISSING", True),
        ("void IS NULL", True),
        ("void IS NOT NULL", False),
        ("gone IS NULL", False),
        ("begins_with(a, 'app')", True),
        ("BEGINS_WITH(a, 'pp')", False),
        ("contains(a, 'ppl')", True),
        ("contains(tags, 'x')", True),
        ("contains(tags, 'z')", False),
        ("attribute_type(b, 'N')", True),
        ("attribute_type(b, 'S')", False),
        ("size(a) = 5", True),
        ("SIZE(tags) > 2", False),
        ("a = 'apple' AND b = 5", True),
        ("a = 'pear' OR b = 5", True),
        ("a = 'apple' OR a = 'pear' AND b = 6", True),
        ("(a = 'apple' OR a = 'pear') AND b = 6", False),
        ("NOT a = 'apple'", False),
        ("NOT NOT a = 'apple'", True),
        ("NOT (a = 'pear' AND b = 5) AND flag = true", True),
        ("(((a))) = ('apple')", True),
    ],
)
def test_a_condition_holds_or_not(condition, expected):
    assert holds(condition, ITEM) is expected


def test_parameters_of_a_condition_go_in_the_order_they_stand():
    given = [n("4"), n("6"), s("apple"), s("p")]
    assert holds("b BETWEEN ? AND ? AND a IN [?] AND contains(a, ?)", ITEM, *given)
    assert not holds("b BETWEEN ? AND ? AND a IN [?] AND contains(a, ?)", ITEM, *given[:3], s("z"))


@pytest.mark.parametrize(
    ("condition", "detail"),
    [
        ("", "Unexpected term"),
        ("a", "Unexpected term"),
        ("a =", "Missing right-hand side expression of infix operator"),
        ("= 1", "Unexpected operator"),
        ("a = 1 b = 2", "Unexpected token after expression"),
        ("a = 1 AND", "Unexpected term"),
        ("a = (b = 1)", "Unexpected operator"),
        ("(a = 1", "Expected RIGHT_PAREN"),
        ("user = 'x'", "Unexpected keyword"),
        ("a.size = 1", "Invalid path dot component"),
        ("a.1 = 1", "Unexpected term"),
        ("a['b'] = 1", "Invalid path component for simple path"),
        ("a[1.5] = 1", "Invalid path component for simple path"),
        ("a BETWEEN 1 OR 2", "Expected AND keyword"),
        ("a IN 1", "Expected LEFT_PAREN"),
        ("a IS 1", "Expected type name"),
        ("1 IS MISSING", "Unexpected term"),
        ("a LIKE 'x'", "Unexpected keyword"),
        ("begins_with(a)", "Expected COMMA"),
        ("begins_with('a', 'b')", "Expected identifier for simple path"),
        ("upper(a) = 'A'", "Unexpected keyword"),
        ("attribute_exists(a)", "Unexpected term"),
        ("a = 1 # b", "Unexpected term"),
        ("(" * 3000, "Unexpected term"),
    ],
)
def test_what_is_no_condition_is_refused(condition, detail):
    assert refusal(f"SELECT * FROM t WHERE {condition}") == MALFORMED + detail


def test_in_takes_a_hundred_values():
    assert holds(f"b IN [{', '.join(map(str, range(100)))}]", ITEM)
    message = "The IN operator is provided with too many operands; number of operands: 101"
    assert refusal(f"SELECT * FROM t WHERE b IN [{', '.join(map(str, range(101)))}]") == message


# what UPDATE does


@pytest.mark.parametrize(
    ("changes", "after"),
    [
        ("SET x = 1", {"x": n("1")}),
        ("SET b = b + 1", {"b": n("6")}),
        ("SET b = 10 - b", {"b": n("5")}),
        ("SET b = b - 1 - 1", {"b": n("3")}),
        ("SET b = b - (1 - 1)", {"b": n("5")}),
        ("SET x = a", {"x": s("apple")}),
        ("SET x = 1, y = 2 SET z = 3", {"x": n("1"), "y": n("2"), "z": n("3")}),
        ('SET x = list_append("list", [2])', {"x": {"L": [*ITEM["list"]["L"], n("2")]}}),
        ("SET x = LIST_APPEND([0], list_append([1], [2]))", {"x": {"L": [n("0"), n("1"), n("2")]}}),
        ("SET tags = set_add(tags, <<'z', 'x'>>)", {"tags": {"SS": ["x", "y", "z"]}}),
        ("SET fresh = SET_ADD(fresh, <<1>>)", {"fresh": {"NS": ["1"]}}),
        ("SET tags = set_delete(tags, <<'x', 'q'>>)", {"tags": {"SS": ["y"]}}),
        ('SET "list"[0] = 9', {"list": {"L": [n("9"), ITEM["list"]["L"][1]]}}),
        ("SET \"list\"[1].deep = 'e'", {"list": {"L": [n("1"), {"M": {"deep": s("e")}}]}}),
        ("REMOVE a SET x = 1 REMOVE b", {"a": None, "b": None, "x": n("1")}),
        ('REMOVE "list"[0]', {"list": {"L": [ITEM["list"]["L"][1]]}}),
        ("SET tags = set_delete(tags, <<'x', 'y'>>)", {"tags": None}),
    ],
)
def test_an_update_changes_an_item(changes, after):
    expected = {name: value for name, value in {**ITEM, **after}.items() if value is not None}
    assert updated(changes, ITEM) == expected


def test_an_update_takes_parameters():
    assert updated("SET b = b + ? SET x = ?", ITEM, n("2"), s("v")) == {**ITEM, "b": n("7"), "x": s("v")}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ("", MALFORMED + "Expected data manipulation"),
        ("-x SET a = 1", MALFORMED + "Expected data manipulation"),
        ("SET a", MALFORMED + "Expected '='"),
        ("SET 'a' = 1", MALFORMED + "Expected identifier for simple path"),
        ("SET a = if_not_exists(a, 1)", MALFORMED + "Unexpected term"),
        (
            "SET a = set_add(b, <<1>>)",
            (MALFORMED + "set_add changes the attribute it is assigned to"),
        ),
        ("SET a = set_add(a, 1)", "An operand in the update expression has an incorrect data type"),
        (
            "SET a = 1 SET a.b = 2",
            OVERLAP,
        ),
        ("SET a = 1" + " + 1" * 301, "The expression contains too many operators; operator count: 301"),
    ],
)
def test_what_is_no_update_is_refused(changes, message):
    assert refusal(f"UPDATE t {changes} WHERE pk = 'a'") == message
