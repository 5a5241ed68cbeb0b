"""What is wrong with a condition, word for word."""

from __future__ import annotations

from typing import Any

import pytest

from cloudchamber.services.dynamodb.expressions.reserved import RESERVED_WORDS
from tests.unit.dynamodb.expression_reading import fault, reading

KINDS: dict[str, Any] = {
    "S": {"S": "x"},
    "N": {"N": "1"},
    "B": {"B": "eA=="},
    "BOOL": {"BOOL": True},
    "NULL": {"NULL": True},
    "SS": {"SS": ["x"]},
    "NS": {"NS": ["1"]},
    "BS": {"BS": ["eA=="]},
    "L": {"L": []},
    "M": {"M": {}},
}


@pytest.mark.parametrize(
    ("text", "token", "near"),
    [
        ("a-b", "-", "a-b"),
        ("tenantAgent:abc123-x", ":abc123", "tenantAgent:abc123-"),
        ("_type = :v", "_", "_type"),
        ("__typename <> :v", "_", "__"),
        ("a = :v AND _b = :v", "_", "AND _b"),
        ("contains()", ")", "()"),
        ("!!", "!", "!!"),
        ("a", "<EOF>", "a"),
        ("a = ", "<EOF>", "="),
        ("a = :v AND", "<EOF>", "AND"),
        ("a = :v b", "b", ":v b"),
        ("a = = :v", "=", "= = :v"),
        ("a == :v", "=", "== :v"),
        ("a != :v", "!", "a !="),
        ("(a = :v", "<EOF>", ":v"),
        ("a = :v)", ")", ":v)"),
        ("a = (b = c)", "=", "b = c"),
        (":v", "<EOF>", ":v"),
        ("a AND b = :v", "AND", "a AND b"),
        ("NOT a", "<EOF>", "a"),
        ("a BETWEEN :v", "<EOF>", ":v"),
        ("a BETWEEN :v OR :v", "OR", ":v OR :v"),
        ("a IN :v", ":v", "IN :v"),
        ("a IN ()", ")", "()"),
        ("a = 5", "5", "= 5"),
        ('a = "x"', '"', '= "x'),
        ("a. = :v", "=", ". = :v"),
        ("a[b] = :v", "b", "[b]"),
        ("a[:v] = :v", ":v", "[:v]"),
        ("a[-1] = :v", "-", "[-1"),
        ("#f(a) = :v", "(", "#f(a"),
        ("and = :v", "and", "and ="),
        (": = a", ":", ": ="),
        ("# = a", "#", "# ="),
        ("(a = b) = :v", "=", ") = :v"),
    ],
)
def test_a_syntax_error_shows_the_token_with_its_neighbours(text: str, token: str, near: str) -> None:
    words = f'Syntax error; token: "{token}", near: "{near}"'
    assert fault("ConditionExpression", text, {":v": {"N": "1"}}) == f"Invalid ConditionExpression: {words}"
    assert fault("FilterExpression", text, {":v": {"N": "1"}}) == f"Invalid FilterExpression: {words}"


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_an_expression_is_not_empty(text: str) -> None:
    assert fault("ConditionExpression", text) == "Invalid ConditionExpression: The expression can not be empty;"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("((a = :v))", "The expression has redundant parentheses;"),
        ("a = :v AND ((a = :v))", "The expression has redundant parentheses;"),
        ("a = ((:v))", "The expression has redundant parentheses;"),
        ("((a)) = :v", "The expression has redundant parentheses;"),
        ("(((status = :v)))", "The expression has redundant parentheses;"),
        ("(" * 2000 + "a = :v" + ")" * 2000, "The expression has redundant parentheses;"),
        ("foo(a)", "Invalid function name; function: foo"),
        ("Size(a) = :v", "Invalid function name; function: Size"),
        ("foo(a, b, c) = :v", "Invalid function name; function: foo"),
        ("if_not_exists(a, :v) = :v", "The function is not allowed in a condition expression; function: if_not_exists"),
        ("size(a)", "The function is not allowed to be used this way in an expression; function: size"),
        ("NOT size(a)", "The function is not allowed to be used this way in an expression; function: size"),
        (
            "attribute_exists(a) = :v",
            "The function is not allowed to be used this way in an expression; function: attribute_exists",
        ),
        (
            "size(contains(a, :v)) = :v",
            "The function is not allowed to be used this way in an expression; function: contains",
        ),
        ("status = :v", "Attribute name is a reserved keyword; reserved keyword: status"),
        ("a.Name = :v", "Attribute name is a reserved keyword; reserved keyword: Name"),
        ("size = :v", "Attribute name is a reserved keyword; reserved keyword: size"),
        (
            "#a = :v",
            "An expression attribute name used in the document path is not defined; attribute name: #a",
        ),
        ("a = :w", "An expression attribute value used in expression is not defined; attribute value: :w"),
        (
            "attribute_exists(a, b)",
            (
                "Incorrect number of operands for operator or function; operator or function: attribute_exists, "
                "number of operands: 2"
            ),
        ),
        (
            "begins_with(a)",
            (
                "Incorrect number of operands for operator or function; operator or function: begins_with, "
                "number of operands: 1"
            ),
        ),
        (
            "size(a, b) = :v",
            "Incorrect number of operands for operator or function; operator or function: size, number of operands: 2",
        ),
        (
            "attribute_exists(:v)",
            "Operator or function requires a document path; operator or function: attribute_exists",
        ),
        (
            "attribute_type(:v, :v)",
            "Operator or function requires a document path; operator or function: attribute_type",
        ),
        (
            "a = a",
            (
                "The first operand must be distinct from the remaining operands for this operator or function; "
                "operator: =, first operand: [a]"
            ),
        ),
        (
            "contains(a.b[1], a.b[1])",
            (
                "The first operand must be distinct from the remaining operands for this operator or function; "
                "operator: contains, first operand: [a, b, [1]]"
            ),
        ),
        (
            "a IN (b, a)",
            (
                "The first operand must be distinct from the remaining operands for this operator or function; "
                "operator: IN, first operand: [a]"
            ),
        ),
        (
            "size(size(a)) = :v",
            "Incorrect operand type for operator or function; operator or function: size, operand type: N",
        ),
        (
            "begins_with(size(a), b)",
            "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N",
        ),
        ("a[99999999999] = :v", "List index is not within the allowable range; index: [99999999999]"),
        (
            ".".join(["a"] * 33) + " = :v",
            "The document path has too many nesting elements; nesting levels: 33",
        ),
    ],
)
def test_a_text_is_wrong(text: str, words: str) -> None:
    assert fault("ConditionExpression", text, {":v": {"N": "1"}}) == f"Invalid ConditionExpression: {words}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        # syntax first, then the whole text phase by phase, whatever the places
        ("#no = :no AND", 'Syntax error; token: "<EOF>", near: "AND"'),
        ("a = :no AND status = :v", "Attribute name is a reserved keyword; reserved keyword: status"),
        ("#no = :no AND foo(a)", "Invalid function name; function: foo"),
        ("a = a AND b = :no", "An expression attribute value used in expression is not defined; attribute value: :no"),
        (
            ":v < a AND b = :no AND #no = c",
            "An expression attribute name used in the document path is not defined; attribute name: #no",
        ),
    ],
)
def test_faults_are_found_in_order(text: str, words: str) -> None:
    assert fault("ConditionExpression", text, {":v": {"L": []}}) == f"Invalid ConditionExpression: {words}"


ALLOWED = [
    ("a < :v", "<", "S N B"),
    ("a <= :v", "<=", "S N B"),
    (":v > a", ">", "S N B"),
    ("a >= :v", ">=", "S N B"),
    ("a BETWEEN :v AND b", "BETWEEN", "S N B"),
    (":v BETWEEN a AND b", "BETWEEN", "S N B"),
    ("begins_with(a, :v)", "begins_with", "S B"),
    ("begins_with(:v, a)", "begins_with", "S B"),
    ("contains(:v, a)", "contains", "S B SS NS BS L"),
    ("size(:v) = a", "size", "S B SS NS BS L M"),
    ("a = :v", "=", "S N B BOOL NULL SS NS BS L M"),
    ("a IN (:v, b)", "IN", "S N B BOOL NULL SS NS BS L M"),
    ("contains(a, :v)", "contains", "S N B BOOL NULL SS NS BS L M"),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("text", "operator", "allowed"), ALLOWED)
def test_values_of_the_request_are_of_fitting_types(text: str, operator: str, allowed: str, kind: str) -> None:
    values = {":v": KINDS[kind]}
    if kind in allowed.split():
        assert reading("ConditionExpression", text, values).condition is not None
    else:
        assert fault("ConditionExpression", text, values) == (
            "Invalid ConditionExpression: Incorrect operand type for operator or function; "
            f"operator or function: {operator}, operand type: {kind}"
        )


@pytest.mark.parametrize(
    ("lower", "upper", "words"),
    [
        (
            {"N": "2"},
            {"N": "1.0"},
            (
                "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
                "lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}"
            ),
        ),
        (
            {"S": "b"},
            {"S": "a"},
            (
                "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
                "lower bound operand: AttributeValue: {S:b}, upper bound operand: AttributeValue: {S:a}"
            ),
        ),
        (
            {"N": "1"},
            {"S": "a"},
            (
                "The BETWEEN operator requires same data type for lower and upper bounds; "
                "lower bound operand: AttributeValue: {N:1}, upper bound operand: AttributeValue: {S:a}"
            ),
        ),
    ],
)
def test_bounds_are_in_order(lower: Any, upper: Any, words: str) -> None:
    assert fault("FilterExpression", "a BETWEEN :l AND :u", {":l": lower, ":u": upper}) == (
        f"Invalid FilterExpression: {words}"
    )


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (
            {"S": "string"},
            "Invalid attribute type name found; type: string, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
        ),
        (
            {"N": "1"},
            "Incorrect operand type for operator or function; operator or function: attribute_type, operand type: N",
        ),
    ],
)
def test_a_type_is_named_by_its_letters(value: Any, words: str) -> None:
    assert fault("ConditionExpression", "attribute_type(a, :t)", {":t": value}) == (
        f"Invalid ConditionExpression: {words}"
    )


def test_there_are_573_reserved_words_in_any_case() -> None:
    assert len(RESERVED_WORDS) == 573
    for word in sorted(RESERVED_WORDS - {"AND", "OR", "NOT", "BETWEEN", "IN"}):
        assert fault("ProjectionExpression", word.lower()) == (
            f"Invalid ProjectionExpression: Attribute name is a reserved keyword; reserved keyword: {word.lower()}"
        )


def test_an_expression_has_4096_bytes_at_most() -> None:
    text = "a" * 4091 + " = :v"
    assert len(text) == 4096
    assert reading("ConditionExpression", text, {":v": {"N": "1"}}).condition is not None
    assert fault("ConditionExpression", "a" + text, {":v": {"N": "1"}}) == (
        "Invalid ConditionExpression: Expression size has exceeded the maximum allowed size; expression size: 4097"
    )
    assert fault("ConditionExpression", "é" * 2049, None).endswith("expression size: 4098")


def test_an_expression_has_300_operators_at_most() -> None:
    text = " OR ".join(["a<:v"] * 150)
    assert reading("ConditionExpression", "NOT " + text, {":v": {"N": "1"}}).condition is not None
    assert fault("ConditionExpression", text + " OR a=:v", {":v": {"N": "1"}}) == (
        "Invalid ConditionExpression: The expression contains too many operators; operator count: 301"
    )


def test_in_has_100_choices_at_most() -> None:
    choices = {f":v{number}": {"N": str(number)} for number in range(101)}
    hundred = dict(list(choices.items())[:100])
    assert reading("FilterExpression", f"a IN ({','.join(hundred)})", hundred).filter is not None
    assert fault("FilterExpression", f"a IN ({','.join(choices)})", choices) == (
        "Invalid FilterExpression: The IN operator is provided with too many operands; number of operands: 101"
    )
