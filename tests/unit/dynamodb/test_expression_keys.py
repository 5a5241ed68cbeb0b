"""Key conditions: the ranges they are on a key, and those that no key or not this key allows."""

from __future__ import annotations

from typing import Any

import pytest

from cloudchamber.core.errors import ValidationError
from cloudchamber.services.dynamodb.expressions.keys import KeyCondition, KeyRange, check_filter
from cloudchamber.services.dynamodb.expressions.request import read
from tests.unit.dynamodb.expression_reading import ACCEPTS, fault, reading

PK, SK = ("pk", "S"), ("sk", "N")
VALUES: dict[str, Any] = {":p": {"S": "a"}, ":n": {"N": "1"}, ":m": {"N": "2"}, ":s": {"S": "b"}}


def condition(text: str) -> KeyCondition:
    read = reading(
        "KeyConditionExpression", text, {name: value for name, value in VALUES.items() if name in text}
    ).key_condition
    assert read is not None
    return read


def legacy(entries: dict[str, tuple[str, list[Any]]]) -> KeyCondition:
    conditions = {
        name: {"ComparisonOperator": operator, "AttributeValueList": operands}
        for name, (operator, operands) in entries.items()
    }
    key_condition = read({"KeyConditions": conditions}, ACCEPTS["KeyConditionExpression"]).key_condition
    assert key_condition is not None
    return key_condition


A, ONE, TWO, B = VALUES[":p"], VALUES[":n"], VALUES[":m"], VALUES[":s"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pk = :p", KeyRange((A,), (), None, ())),
        (":p = pk", KeyRange((A,), (), None, ())),
        ("(pk = :p) AND (sk = :n)", KeyRange((A,), (), "=", (ONE,))),
        ("sk = :n AND pk = :p", KeyRange((A,), (), "=", (ONE,))),
        ("pk = :p AND sk < :n", KeyRange((A,), (), "<", (ONE,))),
        ("pk = :p AND sk <= :n", KeyRange((A,), (), "<=", (ONE,))),
        ("pk = :p and sk > :n", KeyRange((A,), (), ">", (ONE,))),
        ("pk = :p AND :n > sk", KeyRange((A,), (), "<", (ONE,))),
        ("pk = :p AND sk >= :n", KeyRange((A,), (), ">=", (ONE,))),
        ("pk = :p AND sk BETWEEN :n AND :m", KeyRange((A,), (), "BETWEEN", (ONE, TWO))),
    ],
)
def test_a_key_condition_is_a_range_of_one_partition(text: str, expected: KeyRange) -> None:
    assert condition(text).resolve([PK], [SK]) == expected


def test_begins_with_on_strings() -> None:
    made = condition("begins_with(sk, :s) AND pk = :p")
    assert made.resolve([PK], [("sk", "S")]) == KeyRange((A,), (), "begins_with", (B,))
    assert made.attributes == frozenset(("pk", "sk"))


PARTS = [("p1", "S"), ("p2", "N")]
SORTS = [("s1", "N"), ("s2", "S"), ("s3", "N")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("p2 = :n AND p1 = :p", KeyRange((A, ONE), (), None, ())),
        ("p1 = :p AND p2 = :n AND s1 > :n", KeyRange((A, ONE), (), ">", (ONE,))),
        ("p1 = :p AND p2 = :n AND s1 = :n AND s2 = :s", KeyRange((A, ONE), (ONE,), "=", (B,))),
        (
            "p1 = :p AND p2 = :n AND s1 = :n AND s2 = :s AND s3 BETWEEN :n AND :m",
            KeyRange((A, ONE), (ONE, B), "BETWEEN", (ONE, TWO)),
        ),
    ],
)
def test_keys_of_several_attributes_are_given_from_the_left(text: str, expected: KeyRange) -> None:
    assert condition(text).resolve(PARTS, SORTS) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("p1 = :p", "Query condition missed key schema element: p2"),
        ("p1 = :p AND p2 = :n AND s2 = :s", "Query condition missed key schema element: s1"),
        ("p1 = :p AND p2 = :n AND s1 > :n AND s2 = :s", "Query key condition not supported"),
        ("p1 = :p AND p2 > :n", "Query key condition not supported"),
    ],
)
def test_keys_of_several_attributes_may_not_fit(text: str, words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        condition(text).resolve(PARTS, SORTS)
    assert refused.value.message == words


TYPE_MISMATCH = "One or more parameter values were invalid: Condition parameter type does not match schema type"
MISSED_PK = "Query condition missed key schema element: pk"
MISSED_SK = "Query condition missed key schema element: sk"
NOT_SUPPORTED = "Query key condition not supported"


@pytest.mark.parametrize(
    ("text", "sorts", "words"),
    [
        ("sk = :n", [SK], MISSED_PK),
        ("x = :n", [], MISSED_PK),
        ("pk = :p AND x = :n", [SK], MISSED_SK),
        ("pk = :p AND x = :n", [], NOT_SUPPORTED),
        ("pk = :p AND sk = :n AND x = :n", [SK], NOT_SUPPORTED),
        ("pk > :p", [SK], NOT_SUPPORTED),
        ("begins_with(pk, :p) AND sk = :n", [SK], NOT_SUPPORTED),
        ("pk = :n", [], TYPE_MISMATCH),
        ("pk = :p AND sk = :s", [SK], TYPE_MISMATCH),
        ("pk = :p AND begins_with(sk, :s)", [SK], TYPE_MISMATCH),
    ],
)
def test_a_key_condition_may_not_fit_the_key(text: str, sorts: Any, words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        condition(text).resolve([PK], sorts)
    assert refused.value.message == words


@pytest.mark.parametrize(("kind", "word"), [("S", "string"), ("B", "binary")])
def test_no_key_is_empty(kind: str, word: str) -> None:
    made = reading("KeyConditionExpression", "pk = :p", {":p": {kind: ""}}).key_condition
    assert made is not None
    with pytest.raises(ValidationError) as refused:
        made.resolve([("pk", kind)], [])
    assert refused.value.message == (
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty "
        f"{word} value. Key: pk"
    )


INVALID = "Invalid operator used in KeyConditionExpression: "
INVALID_CONDITION = "Invalid condition in KeyConditionExpression: "


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("pk = :p OR sk = :n", INVALID + "OR"),
        ("pk = :p AND (sk = :n OR sk = :m)", INVALID + "OR"),
        ("pk = :p AND NOT sk = :n", INVALID + "NOT"),
        ("pk = :p AND sk <> :n", INVALID + "<>"),
        ("pk IN (:p, :s)", INVALID + "IN"),
        ("pk = :p AND contains(sk, :s)", INVALID + "contains"),
        ("attribute_exists(pk)", INVALID + "attribute_exists"),
        ("attribute_not_exists(pk)", INVALID + "attribute_not_exists"),
        ("pk = :p AND size(sk) = :n", INVALID + "size"),
        ("pk = sk AND sk = :n", INVALID_CONDITION + "Multiple attribute names used in one condition"),
        ("pk BETWEEN sk AND :n", INVALID_CONDITION + "Multiple attribute names used in one condition"),
        (":p = :s", INVALID_CONDITION + "No key attribute specified"),
        (
            "begins_with(:p, pk)",
            INVALID_CONDITION + "begins_with operator must have the key attribute as its first operand",
        ),
        ("pk.a = :p", "KeyConditionExpressions cannot have conditions on nested attributes"),
        ("pk = :p AND pk = :s", "KeyConditionExpressions must only contain one condition per key"),
        ("", "Invalid KeyConditionExpression: The expression can not be empty;"),
        ("GI-1-PK = :p", 'Invalid KeyConditionExpression: Syntax error; token: "-", near: "GI-1"'),
        (
            "pk = :p AND begins_with(sk, :n)",
            (
                "Invalid KeyConditionExpression: Incorrect operand type for operator or function; "
                "operator or function: begins_with, operand type: N"
            ),
        ),
        (
            "pk = :p AND sk BETWEEN :m AND :n",
            (
                "Invalid KeyConditionExpression: The BETWEEN operator requires upper bound to be greater than or "
                "equal to lower bound; lower bound operand: AttributeValue: {N:2}, "
                "upper bound operand: AttributeValue: {N:1}"
            ),
        ),
        (
            "name = :p",
            "Invalid KeyConditionExpression: Attribute name is a reserved keyword; reserved keyword: name",
        ),
    ],
)
def test_what_no_key_condition_may_have(text: str, words: str) -> None:
    values = {name: value for name, value in VALUES.items() if name in text}
    assert fault("KeyConditionExpression", text, values or None) == words


def test_unused_placeholders_are_found_before_what_no_key_condition_may_have() -> None:
    assert fault("KeyConditionExpression", "pk = :p OR sk = :n", VALUES) == (
        "Value provided in ExpressionAttributeValues unused in expressions: keys: {:m, :s}"
    )


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ({"pk": ("EQ", [A])}, KeyRange((A,), (), None, ())),
        ({"sk": ("LE", [ONE]), "pk": ("EQ", [A])}, KeyRange((A,), (), "<=", (ONE,))),
        ({"pk": ("EQ", [A]), "sk": ("LT", [ONE])}, KeyRange((A,), (), "<", (ONE,))),
        ({"pk": ("EQ", [A]), "sk": ("GT", [ONE])}, KeyRange((A,), (), ">", (ONE,))),
        ({"pk": ("EQ", [A]), "sk": ("GE", [ONE])}, KeyRange((A,), (), ">=", (ONE,))),
        ({"pk": ("EQ", [A]), "sk": ("EQ", [ONE])}, KeyRange((A,), (), "=", (ONE,))),
        ({"pk": ("EQ", [A]), "sk": ("BETWEEN", [ONE, TWO])}, KeyRange((A,), (), "BETWEEN", (ONE, TWO))),
    ],
)
def test_key_conditions_from_before_expressions(entries: Any, expected: KeyRange) -> None:
    assert legacy(entries).resolve([PK], [SK]) == expected


def test_begins_with_from_before_expressions() -> None:
    made = legacy({"pk": ("EQ", [A]), "sk": ("BEGINS_WITH", [B])})
    assert made.resolve([PK], [("sk", "S")]).operator == "begins_with"


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({"pk": ("NE", [A])}, "Attempted conditional constraint is not an indexable operation"),
        ({"pk": ("NOT_NULL", [])}, "Attempted conditional constraint is not an indexable operation"),
        ({name: ("EQ", [A]) for name in "abc"}, "Conditions can be of length 1 or 2 only"),
        ({}, "Conditions can be of length 1 or 2 only"),
        (
            {"pk": ("EQ", [])},
            "One or more parameter values were invalid: Invalid number of argument(s) for the EQ ComparisonOperator",
        ),
    ],
)
def test_what_no_key_conditions_may_have(entries: Any, words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        legacy(entries)
    assert refused.value.message == words


def test_a_query_needs_a_key_condition() -> None:
    for request in ({}, {"FilterExpression": "attribute_exists(a)"}):
        with pytest.raises(ValidationError) as refused:
            read(request, ACCEPTS["KeyConditionExpression"])
        assert refused.value.message == (
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
        )


def test_a_filter_reads_no_attributes_of_the_key() -> None:
    made = reading("FilterExpression", "a = :p AND attribute_exists(sk.b)", {":p": A}).filter
    assert made is not None
    check_filter(made, ("pk", "b"))
    with pytest.raises(ValidationError) as refused:
        check_filter(made, ("pk", "sk"))
    assert refused.value.message == (
        "Filter Expression can only contain non-primary key attributes: Primary key attribute: sk"
    )
    with pytest.raises(ValidationError, match=r"^QueryFilter can only contain non-primary key attributes"):
        check_filter(made, ("a",), legacy=True)
