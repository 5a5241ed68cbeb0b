"""What is wrong with an update expression or a projection, word for word; and what a projection picks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.dynamodb.expression_reading import fault, reading

if TYPE_CHECKING:
    from cloudchamber.services.dynamodb.expressions.documents import Projection


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "The expression can not be empty;"),
        ("INVALID SYNTAX HERE", 'Syntax error; token: "INVALID", near: "INVALID SYNTAX"'),
        ("ADD hits : incr", 'Syntax error; token: ":", near: "hits : incr"'),
        ("set _something = :v", 'Syntax error; token: "_", near: "set _something"'),
        ("SET", 'Syntax error; token: "<EOF>", near: "SET"'),
        ("SET a", 'Syntax error; token: "<EOF>", near: "a"'),
        ("SET a :v", 'Syntax error; token: ":v", near: "a :v"'),
        ("SET a = :v,", 'Syntax error; token: "<EOF>", near: ","'),
        ("SET a = :v, REMOVE b", 'Syntax error; token: "REMOVE", near: ", REMOVE b"'),
        ("SET a = :v + :v + :v", 'Syntax error; token: "+", near: ":v + :v"'),
        ("SET a = (b + :v) + :v", 'Syntax error; token: "+", near: ") + :v"'),
        ("SET a = b * c", 'Syntax error; token: "*", near: "b * c"'),
        ("SET a = 0", 'Syntax error; token: "0", near: "= 0"'),
        ("SET :v = a", 'Syntax error; token: ":v", near: "SET :v ="'),
        ("SET a = if_not_exists(b, c + :v)", 'Syntax error; token: "+", near: "c + :v"'),
        ("SET a = #f(b)", 'Syntax error; token: "(", near: "#f(b"'),
        ("REMOVE a = :v", 'Syntax error; token: "=", near: "a = :v"'),
        ("REMOVE a b", 'Syntax error; token: "b", near: "a b"'),
        ("ADD a b", 'Syntax error; token: "b", near: "a b"'),
        ("DELETE a", 'Syntax error; token: "<EOF>", near: "a"'),
        ("SET a = ((:v))", "The expression has redundant parentheses;"),
        ("SET a = " + "(" * 2000 + ":v" + ")" * 2000, "The expression has redundant parentheses;"),
        ("SET a = foo(b)", "Invalid function name; function: foo"),
        ("SET a = size(b)", "The function is not allowed in an update expression; function: size"),
        ("SET a = :v SET b = :v", 'The "SET" section can only be used once in an update expression;'),
        ("REMOVE a ADD b :v remove c", 'The "REMOVE" section can only be used once in an update expression;'),
        ("SET status = :v", "Attribute name is a reserved keyword; reserved keyword: status"),
        ("SET a = b.comment", "Attribute name is a reserved keyword; reserved keyword: comment"),
        ("SET #a = :v", "An expression attribute name used in the document path is not defined; attribute name: #a"),
        ("SET a = :w", "An expression attribute value used in expression is not defined; attribute value: :w"),
        (
            "SET a = list_append(b)",
            (
                "Incorrect number of operands for operator or function; operator or function: list_append, "
                "number of operands: 1"
            ),
        ),
        (
            "SET a = if_not_exists(b, c, d)",
            (
                "Incorrect number of operands for operator or function; operator or function: if_not_exists, "
                "number of operands: 3"
            ),
        ),
        (
            "SET a = if_not_exists(:v, b)",
            "Operator or function requires a document path; operator or function: if_not_exists",
        ),
        (
            "SET a = list_append(a, b) + c",
            "Incorrect operand type for operator or function; operator or function: +, operand type: L",
        ),
        (
            "SET a = :v, a = :v",
            (
                "Two document paths overlap with each other; must remove or rewrite one of these paths; "
                "path one: [a], path two: [a]"
            ),
        ),
        (
            "SET b = :v, a = :v REMOVE a.b.c",
            (
                "Two document paths overlap with each other; must remove or rewrite one of these paths; "
                "path one: [a], path two: [a, b, c]"
            ),
        ),
        (
            "SET a[1].b = :v REMOVE a[1]",
            (
                "Two document paths overlap with each other; must remove or rewrite one of these paths; "
                "path one: [a, [1], b], path two: [a, [1]]"
            ),
        ),
        (
            "SET a.b = :v, a[1] = :v",
            (
                "Two document paths conflict with each other; must remove or rewrite one of these paths; "
                "path one: [a, b], path two: [a, [1]]"
            ),
        ),
    ],
)
def test_an_update_expression_is_wrong(text: str, words: str) -> None:
    assert fault("UpdateExpression", text, {":v": {"N": "1"}}) == f"Invalid UpdateExpression: {words}"


@pytest.mark.parametrize(
    ("text", "value", "operator", "kind"),
    [
        ("SET a = b + :v", {"S": "x"}, "operator or function: +", "S"),
        ("SET a = :v - b", {"NULL": True}, "operator or function: -", "NULL"),
        ("SET a = list_append(b, :v)", {"M": {}}, "operator or function: list_append", "M"),
        ("SET a = list_append(:v, b)", {"SS": ["x"]}, "operator or function: list_append", "SS"),
        ("ADD a :v", {"S": "x"}, "operator: ADD", "STRING, typeSet: ALLOWED_FOR_ADD_OPERAND"),
        ("ADD a :v", {"L": []}, "operator: ADD", "LIST, typeSet: ALLOWED_FOR_ADD_OPERAND"),
        ("ADD a :v", {"M": {}}, "operator: ADD", "MAP, typeSet: ALLOWED_FOR_ADD_OPERAND"),
        ("DELETE a :v", {"N": "1"}, "operator: DELETE", "NUMBER, typeSet: ALLOWED_FOR_DELETE_OPERAND"),
    ],
)
def test_values_of_an_update_are_of_fitting_types(text: str, value: Any, operator: str, kind: str) -> None:
    assert fault("UpdateExpression", text, {":v": value}) == (
        f"Invalid UpdateExpression: Incorrect operand type for operator or function; {operator}, operand type: {kind}"
    )


def test_an_update_has_300_operators_at_most_and_assignments_are_none() -> None:
    names = [f"a{number}" for number in range(350)]
    assert reading("UpdateExpression", "SET " + ",".join(f"{name}=:v" for name in names), {":v": {"N": "1"}}).update
    sums = ",".join(f"{name}=:v+:v" for name in names[:301])
    assert fault("UpdateExpression", f"SET {sums}", {":v": {"N": "1"}}) == (
        "Invalid UpdateExpression: The expression contains too many operators; operator count: 301"
    )


ITEM: dict[str, Any] = {
    "a": {"S": "x"},
    "m": {"M": {"k": {"N": "1"}, "l": {"L": [{"N": "0"}, {"M": {"x": {"S": "y"}, "z": {"S": "w"}}}, {"N": "2"}]}}},
    "l": {"L": [{"N": "0"}, {"N": "1"}, {"N": "2"}]},
    "x.y": {"N": "5"},
}


def projection(text: str, names: dict[str, str] | None = None) -> Projection:
    read = reading("ProjectionExpression", text, None, names).projection
    assert read is not None
    return read


@pytest.mark.parametrize(
    ("text", "picked"),
    [
        ("a, l", {"a": {"S": "x"}, "l": ITEM["l"]}),
        ("nothing", {}),
        ("a.b", {}),
        ("a[0]", {}),
        ("m.k", {"m": {"M": {"k": {"N": "1"}}}}),
        ("m.nothing", {}),
        ("m.nothing.deeper, a", {"a": {"S": "x"}}),
        ("l[2], l[0]", {"l": {"L": [{"N": "0"}, {"N": "2"}]}}),
        ("l[1]", {"l": {"L": [{"N": "1"}]}}),
        ("l[7]", {}),
        ("l.k, m[0]", {}),
        ("m.l[1].x, m.l[2]", {"m": {"M": {"l": {"L": [{"M": {"x": {"S": "y"}}}, {"N": "2"}]}}}}),
        ("m.l[0].x", {}),
        ("#d", {"x.y": {"N": "5"}}),
    ],
)
def test_a_projection_picks_parts_and_closes_lists_up(text: str, picked: dict[str, Any]) -> None:
    assert projection(text, {"#d": "x.y"} if "#d" in text else None).pick(ITEM) == picked


def test_what_a_projection_reads() -> None:
    assert projection("a, m.k, l[0]").attributes == frozenset(("a", "m", "l"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "The expression can not be empty;"),
        ("!!", 'Syntax error; token: "!", near: "!!"'),
        ("a b", 'Syntax error; token: "b", near: "a b"'),
        ("a" + "[0]" * 1000, "The document path has too many nesting elements; nesting levels: 1001"),
        ("a,", 'Syntax error; token: "<EOF>", near: ","'),
        ("a, :v", 'Syntax error; token: ":v", near: ", :v"'),
        ("name", "Attribute name is a reserved keyword; reserved keyword: name"),
        ("#a", "An expression attribute name used in the document path is not defined; attribute name: #a"),
        (
            "a, b, a",
            (
                "Two document paths overlap with each other; must remove or rewrite one of these paths; "
                "path one: [a], path two: [a]"
            ),
        ),
        (
            "a.b, a",
            (
                "Two document paths overlap with each other; must remove or rewrite one of these paths; "
                "path one: [a, b], path two: [a]"
            ),
        ),
        (
            "a.b.c, a.b[0]",
            (
                "Two document paths conflict with each other; must remove or rewrite one of these paths; "
                "path one: [a, b, c], path two: [a, b, [0]]"
            ),
        ),
    ],
)
def test_a_projection_is_wrong(text: str, words: str) -> None:
    assert fault("ProjectionExpression", text) == f"Invalid ProjectionExpression: {words}"
