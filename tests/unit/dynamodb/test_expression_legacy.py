"""Expected, QueryFilter, ScanFilter, AttributeUpdates, AttributesToGet, ConditionalOperator."""

from __future__ import annotations

from typing import Any

import pytest

from cloudchamber.core.errors import ValidationError
from cloudchamber.services.dynamodb.expressions.request import read
from tests.unit.dynamodb.expression_reading import refusal

WRITE = ("ConditionExpression",)
UPDATE = ("UpdateExpression", "ConditionExpression")
SCAN = ("FilterExpression", "ProjectionExpression")
INVALID = "One or more parameter values were invalid: "

ITEM: dict[str, Any] = {
    "s": {"S": "banana"},
    "n": {"N": "10"},
    "b": {"B": "gGFiYw=="},
    "t": {"BOOL": True},
    "ss": {"SS": ["a", "b"]},
    "l": {"L": [{"S": "a"}, {"N": "1"}]},
}


def entry(operator: str, *operands: Any) -> dict[str, Any]:
    return {"ComparisonOperator": operator, **({"AttributeValueList": list(operands)} if operands else {})}


@pytest.mark.parametrize(
    ("name", "operator", "operands", "expected"),
    [
        ("s", "EQ", [{"S": "banana"}], True),
        ("n", "EQ", [{"N": "10.0"}], True),
        ("ss", "EQ", [{"SS": ["b", "a"]}], True),
        ("t", "EQ", [{"BOOL": True}], True),
        ("gone", "EQ", [{"S": ""}], False),
        ("s", "NE", [{"S": "banana"}], False),
        ("s", "NE", [{"N": "1"}], True),
        ("gone", "NE", [{"N": "1"}], True),
        ("n", "LE", [{"N": "10"}], True),
        ("n", "LT", [{"N": "10"}], False),
        ("n", "GE", [{"N": "10"}], True),
        ("n", "GT", [{"N": "9"}], True),
        ("n", "GT", [{"S": "9"}], False),
        ("gone", "LT", [{"N": "9"}], False),
        ("s", "NOT_NULL", [], True),
        ("gone", "NOT_NULL", [], False),
        ("gone", "NULL", [], True),
        ("s", "NULL", [], False),
        ("s", "CONTAINS", [{"S": "nan"}], True),
        ("ss", "CONTAINS", [{"S": "a"}], True),
        ("l", "CONTAINS", [{"N": "1"}], True),
        ("b", "CONTAINS", [{"B": "YQ=="}], True),
        ("s", "NOT_CONTAINS", [{"S": "x"}], True),
        ("s", "NOT_CONTAINS", [{"S": "nan"}], False),
        ("ss", "NOT_CONTAINS", [{"S": "c"}], True),
        ("gone", "NOT_CONTAINS", [{"S": "x"}], False),
        ("s", "BEGINS_WITH", [{"S": "ban"}], True),
        ("n", "BEGINS_WITH", [{"S": "1"}], False),
        ("n", "IN", [{"N": "1"}, {"N": "10"}], True),
        ("gone", "IN", [{"N": "1"}], False),
        ("n", "BETWEEN", [{"N": "9"}, {"N": "11"}], True),
        ("s", "BETWEEN", [{"S": "c"}, {"S": "d"}], False),
    ],
)
def test_a_comparison_operator_in_filters_and_expectations(
    name: str, operator: str, operands: list[Any], expected: bool
) -> None:
    entries = {name: entry(operator, *operands)}
    condition = read({"Expected": entries}, WRITE).condition
    assert condition is not None
    assert condition.holds(ITEM) is expected
    for parameter in ("ScanFilter", "QueryFilter"):
        filter_ = read({parameter: entries}, SCAN).filter
        assert filter_ is not None
        assert filter_.holds(ITEM) is expected


@pytest.mark.parametrize(
    ("expectation", "expected"),
    [
        ({"s": {"Value": {"S": "banana"}}}, True),
        ({"s": {"Value": {"S": "banana"}, "Exists": True}}, True),
        ({"s": {"Value": {"S": "x"}, "Exists": True}}, False),
        ({"s": {"Exists": False}}, False),
        ({"gone": {"Exists": False}}, True),
        ({"n": {"Value": {"N": "9"}, "ComparisonOperator": "GT"}}, True),
        ({"s.x": {"Exists": False}}, True),
    ],
)
def test_an_expectation_of_a_value_or_of_none(expectation: Any, expected: bool) -> None:
    condition = read({"Expected": expectation}, WRITE).condition
    assert condition is not None
    assert condition.holds(ITEM) is expected


@pytest.mark.parametrize(("operator", "expected"), [(None, False), ("AND", False), ("OR", True)])
def test_the_conditional_operator_joins_several(operator: str | None, expected: bool) -> None:
    entries = {"s": entry("NULL"), "n": entry("NOT_NULL")}
    request: dict[str, Any] = {"Expected": entries, **({"ConditionalOperator": operator} if operator else {})}
    condition = read(request, WRITE).condition
    assert condition is not None
    assert condition.holds(ITEM) is expected
    assert condition.attributes == frozenset(("s", "n"))


def test_no_expectations_are_no_condition() -> None:
    assert read({"Expected": {}}, WRITE).condition is None


DETECTED = "1 validation error detected: " + INVALID


@pytest.mark.parametrize(
    ("expectation", "words"),
    [
        ({}, DETECTED + "Value must be provided when Exists is null for Attribute: a"),
        ({"Exists": True}, DETECTED + "Value must be provided when Exists is true for Attribute: a"),
        (
            {"Exists": False, "Value": {"S": "x"}},
            DETECTED + "Value cannot be used when Exists is false for Attribute: a",
        ),
        (
            {"AttributeValueList": [{"S": "x"}], "Exists": False},
            DETECTED + "AttributeValueList can only be used with a ComparisonOperator for Attribute: a",
        ),
        (
            {"Exists": True, "ComparisonOperator": "EQ", "AttributeValueList": [{"S": "x"}]},
            DETECTED + "Exists and ComparisonOperator cannot be used together for Attribute: a",
        ),
        (
            {"Value": {"S": "x"}, "ComparisonOperator": "EQ", "AttributeValueList": [{"S": "x"}]},
            DETECTED + "Value and AttributeValueList cannot be used together for Attribute: a",
        ),
        (
            {"ComparisonOperator": "EQ"},
            DETECTED + "Value or AttributeValueList must be used with ComparisonOperator: EQ for Attribute: a",
        ),
        ({"Value": {}}, "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
    ],
)
def test_an_expectation_is_wrong(expectation: Any, words: str) -> None:
    assert refusal({"Expected": {"a": expectation}}, WRITE) == words


S, N = {"S": "a"}, {"N": "1"}


@pytest.mark.parametrize(
    ("operator", "operands", "words"),
    [
        ("EQ", [], "Invalid number of argument(s) for the EQ ComparisonOperator"),
        ("EQ", [S, S], "Invalid number of argument(s) for the EQ ComparisonOperator"),
        ("BETWEEN", [S], "Invalid number of argument(s) for the BETWEEN ComparisonOperator"),
        ("NULL", [S], "Invalid number of argument(s) for the NULL ComparisonOperator"),
        ("NOT_NULL", [S], "Invalid number of argument(s) for the NOT_NULL ComparisonOperator"),
        ("IN", [], "Invalid number of argument(s) for the IN ComparisonOperator"),
        ("LE", [{"SS": ["a"]}], "ComparisonOperator LE is not valid for SS AttributeValue type"),
        ("GT", [{"BOOL": True}], "ComparisonOperator GT is not valid for BOOL AttributeValue type"),
        ("BEGINS_WITH", [N], "ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type"),
        ("CONTAINS", [{"L": []}], "ComparisonOperator CONTAINS is not valid for L AttributeValue type"),
        ("NOT_CONTAINS", [{"M": {}}], "ComparisonOperator NOT_CONTAINS is not valid for M AttributeValue type"),
        ("IN", [{"SS": ["a"]}], "ComparisonOperator IN is not valid for SS AttributeValue type"),
        ("IN", [S, N], "AttributeValues inside AttributeValueList must be of same type"),
        ("BETWEEN", [S, N], "AttributeValues inside AttributeValueList must be of same type"),
        (
            "BETWEEN",
            [{"N": "2"}, {"N": "1"}],
            "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound",
        ),
    ],
)
def test_arguments_do_not_fit_an_operator(operator: str, operands: list[Any], words: str) -> None:
    entries = {"a": {"ComparisonOperator": operator, "AttributeValueList": operands}}
    assert refusal({"ScanFilter": entries}, SCAN) == INVALID + words
    assert refusal({"Expected": entries}, WRITE) == INVALID + words


@pytest.mark.parametrize(
    ("request_", "accepts", "words"),
    [
        ({"ConditionalOperator": "OR"}, WRITE, "ConditionalOperator cannot be used without Filter or Expected"),
        (
            {"ConditionalOperator": "OR", "Expected": {"a": entry("NULL")}},
            WRITE,
            "ConditionalOperator can only be used when Filter or Expected has two or more elements",
        ),
        (
            {"ConditionalOperator": "AND", "ScanFilter": {"a": entry("NULL")}},
            SCAN,
            "ConditionalOperator can only be used when Filter or Expected has two or more elements",
        ),
        ({"AttributesToGet": ["a", "b", "a"]}, SCAN, "Duplicate value in attribute name: a"),
        (
            {"AttributeUpdates": {"a": {"Action": "PUT"}}},
            UPDATE,
            "Only DELETE action is allowed when no attribute value is specified",
        ),
        (
            {"AttributeUpdates": {"a": {}}},
            UPDATE,
            "Only DELETE action is allowed when no attribute value is specified",
        ),
        (
            {"AttributeUpdates": {"a": {"Action": "ADD", "Value": {"S": "x"}}}},
            UPDATE,
            "ADD action is not supported for the type S",
        ),
        (
            {"AttributeUpdates": {"a": {"Action": "DELETE", "Value": {"N": "1"}}}},
            UPDATE,
            "DELETE action with value is not supported for the type N",
        ),
    ],
)
def test_older_parameters_are_wrong(request_: Any, accepts: tuple[str, ...], words: str) -> None:
    assert refusal(request_, accepts) == INVALID + words


@pytest.mark.parametrize(
    ("updates", "different"),
    [
        ({"a": {"Value": {"S": "v"}}}, {"a": {"S": "v"}}),
        ({"s": {"Value": {"N": "01"}, "Action": "PUT"}}, {"s": {"N": "1"}}),
        ({"s": {"Action": "DELETE"}, "gone": {"Action": "DELETE"}}, {"s": None}),
        ({"ss": {"Action": "DELETE", "Value": {"SS": ["a", "x"]}}}, {"ss": {"SS": ["b"]}}),
        ({"ss": {"Action": "DELETE", "Value": {"SS": ["a", "b"]}}}, {"ss": None}),
        ({"n": {"Action": "ADD", "Value": {"N": "1"}}}, {"n": {"N": "11"}}),
        ({"a": {"Action": "ADD", "Value": {"N": "1"}}}, {"a": {"N": "1"}}),
        ({"ss": {"Action": "ADD", "Value": {"SS": ["c"]}}}, {"ss": {"SS": ["a", "b", "c"]}}),
        ({"l": {"Action": "ADD", "Value": {"L": [{"S": "z"}]}}}, {"l": {"L": [*ITEM["l"]["L"], {"S": "z"}]}}),
        ({"s.x": {"Value": {"S": "no path"}}}, {"s.x": {"S": "no path"}}),
        ({}, {}),
    ],
)
def test_attribute_updates(updates: Any, different: dict[str, Any]) -> None:
    update = read({"AttributeUpdates": updates}, UPDATE).update
    assert update is not None
    new = update.apply(ITEM)
    assert {name: new.get(name) for name in {**ITEM, **new} if new.get(name) != ITEM.get(name)} == different
    assert update.assigned == frozenset(updates)


@pytest.mark.parametrize("action", ["ADD", "DELETE"])
def test_attribute_updates_of_another_type(action: str) -> None:
    update = read({"AttributeUpdates": {"s": {"Action": action, "Value": {"SS": ["a"]}}}}, UPDATE).update
    assert update is not None
    with pytest.raises(ValidationError) as refused:
        update.apply(ITEM)
    assert refused.value.message == "Type mismatch for attribute to update"


def test_attributes_to_get_are_names_and_no_paths() -> None:
    projection = read({"AttributesToGet": ["s", "l[0]"]}, SCAN).projection
    assert projection is not None
    assert projection.pick({**ITEM, "l[0]": {"N": "1"}}) == {"s": {"S": "banana"}, "l[0]": {"N": "1"}}
