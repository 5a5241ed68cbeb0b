"""The checks on a request's parameters as a whole, and their order."""

from __future__ import annotations

from typing import Any

import pytest

from cloudchamber.core.errors import SerializationError, ValidationError
from cloudchamber.services.dynamodb.expressions import request as request_module
from cloudchamber.services.dynamodb.expressions.request import Expressions, check_mixture, read
from tests.unit.dynamodb.expression_reading import refusal

PUT = ("ConditionExpression",)
UPDATE = ("UpdateExpression", "ConditionExpression")
GET = ("ProjectionExpression",)
SCAN = ("FilterExpression", "ProjectionExpression")
QUERY = ("KeyConditionExpression", "FilterExpression", "ProjectionExpression")

MIXED = "Can not use both expression and non-expression parameters in the same request: "
ONLY = "ExpressionAttributeValues can only be specified when using expressions: "
NAMES, VALUES = "ExpressionAttributeNames", "ExpressionAttributeValues"
ONE: dict[str, Any] = {":v": {"N": "1"}}


@pytest.mark.parametrize(
    ("request_", "accepts", "words"),
    [
        (
            {"AttributesToGet": ["a"], "ProjectionExpression": "a"},
            GET,
            MIXED + "Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}",
        ),
        (
            {"Expected": {}, "ConditionExpression": ""},
            PUT,
            MIXED + "Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}",
        ),
        (
            {"AttributeUpdates": {}, "ConditionExpression": "a = b"},
            UPDATE,
            MIXED + "Non-expression parameters: {AttributeUpdates} Expression parameters: {ConditionExpression}",
        ),
        (
            {"QueryFilter": {}, "KeyConditionExpression": "a = :v", "ConditionalOperator": "OR", NAMES: {}},
            QUERY,
            MIXED + "Non-expression parameters: {QueryFilter, ConditionalOperator} "
            "Expression parameters: {KeyConditionExpression}",
        ),
        ({NAMES: {}}, GET, f"{NAMES} can only be specified when using expressions"),
        ({NAMES: {"#a": "a"}, "AttributesToGet": ["a"]}, GET, f"{NAMES} can only be specified when using expressions"),
        ({NAMES: {}, VALUES: {}}, PUT, f"{NAMES} can only be specified when using expressions"),
        ({VALUES: {}}, PUT, ONLY + "ConditionExpression is null"),
        ({VALUES: {}}, UPDATE, ONLY + "UpdateExpression and ConditionExpression are null"),
        ({VALUES: {}}, SCAN, ONLY + "FilterExpression is null"),
        ({VALUES: {}}, QUERY, ONLY + "FilterExpression and KeyConditionExpression are null"),
        ({VALUES: {}, "ProjectionExpression": "a"}, SCAN, ONLY + "FilterExpression is null"),
        ({"ConditionExpression": "", NAMES: {}, VALUES: {}}, PUT, f"{NAMES} must not be empty"),
        ({"ConditionExpression": "", VALUES: {}}, PUT, f"{VALUES} must not be empty"),
        (
            {"ConditionExpression": "", NAMES: {"#hwid.metric": "x"}, VALUES: {}},
            PUT,
            f'{NAMES} contains invalid key: Syntax error; key: "#hwid.metric"',
        ),
        (
            {"ConditionExpression": "", NAMES: {"a": "x"}},
            PUT,
            f'{NAMES} contains invalid key: Syntax error; key: "a"',
        ),
        (
            {"ConditionExpression": "", NAMES: {"#": "x"}},
            PUT,
            f'{NAMES} contains invalid key: Syntax error; key: "#"',
        ),
        (
            {"ConditionExpression": "", VALUES: {"pid": {"S": "x"}}},
            PUT,
            f'{VALUES} contains invalid key: Syntax error; key: "pid"',
        ),
        (
            {"ConditionExpression": "", VALUES: {":v": {"SS": []}}},
            PUT,
            (
                f"{VALUES} contains invalid value: One or more parameter values were invalid: "
                "An string set  may not be empty for key :v"
            ),
        ),
        (
            {"ConditionExpression": "", VALUES: {":v": {}}},
            PUT,
            (
                f"{VALUES} contains invalid value: Supplied AttributeValue is empty, must contain exactly one of the "
                "supported datatypes for key :v"
            ),
        ),
        (
            {"ConditionExpression": "", VALUES: {":v": {"N": "x"}}},
            PUT,
            f"{VALUES} contains invalid value: The parameter cannot be converted to a numeric value: x for key :v",
        ),
        (
            {"ConditionExpression": "", VALUES: ONE},
            PUT,
            "Invalid ConditionExpression: The expression can not be empty;",
        ),
        (
            {"UpdateExpression": "", "ConditionExpression": "", VALUES: ONE},
            UPDATE,
            "Invalid UpdateExpression: The expression can not be empty;",
        ),
        (
            {"ConditionExpression": "a = b", NAMES: {"#b": "x", "#a": "y"}, VALUES: ONE},
            PUT,
            f"Value provided in {NAMES} unused in expressions: keys: {{#b, #a}}",
        ),
        (
            {"ConditionExpression": "a = b", VALUES: ONE},
            PUT,
            f"Value provided in {VALUES} unused in expressions: keys: {{:v}}",
        ),
        (
            {"ConditionExpression": "a = :v", VALUES: {**ONE, ":x": {"S": "y" * 2_097_152}}},
            PUT,
            f"Total size of {NAMES} and {VALUES} has exceeded the maximum allowed size; size: 2097158",
        ),
    ],
)
def test_a_request_is_wrong(request_: Any, accepts: tuple[str, ...], words: str) -> None:
    assert refusal(request_, accepts) == words


def test_a_value_of_the_wrong_json_type_is_no_value_at_all() -> None:
    with pytest.raises(SerializationError):
        read({"ConditionExpression": "a = :v", VALUES: {":v": {"S": 5}}}, PUT)


def test_parameters_are_mixed_over_all_tables_of_a_batch() -> None:
    check_mixture([{"ProjectionExpression": "a"}, {"ProjectionExpression": "b"}])
    with pytest.raises(ValidationError) as refused:
        check_mixture([{"ProjectionExpression": "a"}, {"AttributesToGet": ["b"]}])
    assert refused.value.message == (
        MIXED + "Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}"
    )


def test_a_request_without_expressions_says_nothing() -> None:
    assert read({"TableName": "t", "Key": {}}, UPDATE) == Expressions()


def test_placeholders_are_shared_by_all_expressions_of_a_request() -> None:
    found = read(
        {
            "KeyConditionExpression": "#k = :v",
            "FilterExpression": "#k2 <> :w",
            "ProjectionExpression": "#p, #k2",
            NAMES: {"#k": "k", "#k2": "size", "#p": "p"},
            VALUES: {":v": {"N": "1.0"}, ":w": {"N": "1"}},
        },
        QUERY,
    )
    assert found.key_condition is not None and found.filter is not None and found.projection is not None
    assert found.key_condition.resolve([("k", "N")], []).partition == ({"N": "1"},)
    assert not found.filter.holds({"size": {"N": "1"}})
    assert found.projection.attributes == frozenset(("p", "size"))


def test_one_text_has_other_names_and_values_in_other_requests() -> None:
    for name, value in (("a", "1"), ("b", "2"), ("a", "3")):
        found = read(
            {"ConditionExpression": "#n = :v", NAMES: {"#n": name}, VALUES: {":v": {"N": value}}}, PUT
        ).condition
        assert found is not None
        assert found.holds({name: {"N": value}})
        assert not found.holds({name: {"N": "0"}})


def test_what_is_kept_of_texts_is_bounded() -> None:
    assert request_module._condition.cache_info().maxsize == request_module.CACHED_TEXTS_MAX
    before = request_module._condition.cache_info()
    read({"ConditionExpression": "attribute_exists(#n)", NAMES: {"#n": "n" * 5000}}, PUT)
    after = request_module._condition.cache_info()
    assert (after.hits, after.misses) == (before.hits, before.misses)
