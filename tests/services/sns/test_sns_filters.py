"""Filter policies by themselves: AWS's examples, each operator, arrays, nesting, and what is refused.

https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloudchamber.services.sns import filters
from cloudchamber.services.sns.filters import FilterPolicyError

A = "rugby"


def by_attributes(policy: Any, **attributes: tuple[str, str]) -> bool:
    return filters.compile_policy(json.dumps(policy)).matches(filters.attribute_values(attributes))


def by_body(policy: Any, body: Any) -> bool:
    found = filters.body_values(body if isinstance(body, str) else json.dumps(body))
    return found is not None and filters.compile_policy(json.dumps(policy), filters.BODY).matches(found)


# One condition, a value that it lets through, and one that it does not.
CONDITIONS: list[tuple[Any, Any, Any]] = [
    ("rugby", "rugby", "Rugby"),
    ("100", "100", 100),
    (100, 100.0, "100"),
    (True, True, 1),
    (1, 1, True),
    (None, None, False),
    ({"prefix": "bas"}, "baseball", "abas"),
    ({"suffix": "ball"}, "baseball", "balls"),
    ({"equals-ignore-case": "Tennis"}, "TENNIS", "tennis!"),
    ({"wildcard": "*ball"}, "baseball", "balls"),
    ({"wildcard": "a*c*e"}, "abcde", "abcdef"),
    ({"wildcard": "a\\*c"}, "a*c", "abc"),
    ({"wildcard": "a.c"}, "a.c", "abc"),
    ({"wildcard": "*"}, "", None),
    ({"wildcard": "ab*ba"}, "abba", "aba"),
    ({"wildcard": "*b*c*"}, "abxcd", "acxb"),
    ({"wildcard": "*aaaaaaaa*aaaaaaaa*b"}, "a" * 50 + "b", "a" * 10_000),
    ({"anything-but": ["rugby", "tennis"]}, "baseball", "rugby"),
    ({"anything-but": "rugby"}, "tennis", "rugby"),
    ({"anything-but": [100, 500]}, 101, 100),
    ({"anything-but": {"prefix": "order-"}}, "data-entry", "order-paid"),
    ({"anything-but": {"suffix": "ball"}}, "rugby", "baseball"),
    ({"anything-but": {"wildcard": "*ball"}}, "rugby", "baseball"),
    ({"anything-but": {"prefix": ["a-", "b-"]}}, "c-1", "b-1"),
    ({"anything-but": {"equals-ignore-case": ["Tennis"]}}, "rugby", "tennis"),
    ({"cidr": "10.0.0.0/24"}, "10.0.0.255", "10.1.1.0"),
    ({"cidr": "2001:db8::/32"}, "2001:db8::1", "10.0.0.1"),
    ({"cidr": "10.0.0.0/24"}, "10.0.0.0", "no address"),
    ({"numeric": ["=", 301.5]}, 3.015e2, 301),
    ({"numeric": ["<", 0]}, -1, 0),
    ({"numeric": [">=", 10]}, 10, 9.99),
    ({"numeric": [">", 0, "<=", 150]}, 150, 0),
    ({"numeric": ["=", 5]}, 5, "5"),
]


@pytest.mark.parametrize(("condition", "passing", "held_back"), CONDITIONS, ids=json.dumps)
def test_a_condition_on_a_property_of_the_body(condition: Any, passing: Any, held_back: Any):
    policy = {"k": [condition]}
    assert by_body(policy, {"k": passing})
    assert not by_body(policy, {"k": held_back})
    assert not by_body(policy, {})
    assert by_body(policy, {"k": [held_back, passing]})  # of an array, one is enough
    assert not by_body(policy, {"k": [held_back]})


def test_attributes_compare_by_their_type():
    assert by_attributes({"k": [100]}, k=("Number", "100"))
    assert by_attributes({"k": [100]}, k=("Number.int", "1e2"))
    assert not by_attributes({"k": [100]}, k=("String", "100"))
    assert by_attributes({"k": ["100"]}, k=("String", "100"))
    assert not by_attributes({"k": ["100"]}, k=("Number", "100"))
    assert by_attributes({"k": ["a"]}, k=("String.custom", "a"))
    assert not by_attributes({"k": [{"exists": True}]}, k=("Binary", "YQ=="))  # never compared


def test_each_element_of_a_string_array_counts():
    array = ("String.Array", '["rugby", "tennis", 5, true, null]')
    for wanted in ("rugby", 5, True, None, {"prefix": "ten"}, {"anything-but": ["rugby"]}):
        assert by_attributes({"k": [wanted]}, k=array)
    assert not by_attributes({"k": ["baseball"]}, k=array)
    assert not by_attributes({"k": [{"anything-but": ["rugby"]}]}, k=("String.Array", '["rugby"]'))
    assert not by_attributes({"k": ["rugby"]}, k=("String.Array", "no json"))


def test_keys_are_joined_by_and_values_by_or():
    policy = {"sport": ["rugby", "football"], "price": [{"numeric": [">", 100]}]}
    assert by_body(policy, {"sport": "football", "price": 101})
    assert not by_body(policy, {"sport": "football", "price": 100})
    assert not by_body(policy, {"price": 101})


def test_exists_is_about_leaves():
    assert by_body({"k": [{"exists": True}]}, {"k": None})
    assert not by_body({"k": [{"exists": True}]}, {"k": {"inner": 1}})
    assert by_body({"k": [{"exists": False}]}, {"other": 1})
    assert not by_body({"k": [{"exists": False}]}, {"k": 1})
    assert by_body({"k": [{"exists": False}, "a"]}, {"k": "a"})
    assert by_body({"k": {"inner": [{"exists": False}]}}, {})
    assert by_attributes({"k": [{"exists": False}]}, other=("String", "x"))


def test_nested_properties_and_arrays_of_objects():
    policy = {"person": {"name": ["ann"], "age": [{"numeric": [">", 20]}]}}
    assert by_body(policy, {"person": {"name": "ann", "age": 21}})
    assert by_body(policy, {"person": [{"name": "bob", "age": 30}, {"name": "ann", "age": 30}]})
    # Both have to hold of one object of the array.
    assert not by_body(policy, {"person": [{"name": "bob", "age": 30}, {"name": "ann", "age": 10}]})
    assert not by_body(policy, {"person": "ann"})


def test_or_is_an_operator_only_where_it_has_the_form():
    policy = {"source": ["cloudwatch"], "$or": [{"metric": ["cpu"]}, {"namespace": ["ec2", "es"]}]}
    assert by_body(policy, {"source": "cloudwatch", "metric": "cpu"})
    assert by_body(policy, {"source": "cloudwatch", "namespace": "es"})
    assert not by_body(policy, {"source": "cloudwatch", "namespace": "s3"})
    assert not by_body(policy, {"metric": "cpu"})
    assert by_body({"$or": ["a"]}, {"$or": "a"})
    assert by_body({"$or": [{"prefix": "a"}, {"suffix": "z"}]}, {"$or": "az"})  # a key that is called so
    assert by_attributes({"$or": [{"k": ["a"]}, {"l": ["b"]}]}, l=("String", "b"))


@pytest.mark.parametrize("body", ["no json", "[1]", '"text"', "5"])
def test_a_body_that_is_no_json_object_passes_no_filter(body: str):
    assert not by_body({"k": [{"exists": False}]}, body)


def test_an_empty_policy_lets_everything_through():
    assert by_body({}, {"k": 1})
    assert by_attributes({})


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ("{", "failed to parse JSON."),
        ("[]", "Filter is not an object"),
        ('{"k": "a"}', '"k" must be an object or an array'),
        ('{"k": []}', "Empty arrays are not allowed"),
        ('{"k": {}}', "Filter policy scope MessageAttributes does not support nested filter policy"),
        ('{"k": {"l": ["a"]}}', "Filter policy scope MessageAttributes does not support nested filter policy"),
        ('{"k": [["a"]]}', "Match value must be String, number, true, false, or null"),
        ('{"k": [{}]}', "Match expression name not found"),
        ('{"k": [{"like": "a"}]}', "Unrecognized match type like"),
        ('{"k": [{"prefix": "a", "suffix": "b"}]}', "Only one key allowed in match expression"),
        ('{"k": [{"prefix": 1}]}', "prefix match pattern must be a string"),
        ('{"k": [{"suffix": null}]}', "suffix match pattern must be a string"),
        ('{"k": [{"equals-ignore-case": 1}]}', "equals-ignore-case match pattern must be a string"),
        ('{"k": [{"wildcard": 1}]}', "wildcard match pattern must be a string"),
        ('{"k": [{"wildcard": "a**"}]}', "Consecutive wildcard characters at pos 1"),
        ('{"k": [{"wildcard": "a\\\\b"}]}', "Invalid escape character at pos 1"),
        ('{"k": [{"exists": "yes"}]}', "exists match pattern must be either true or false."),
        ('{"k": [{"cidr": "10.0.0.0"}]}', "Malformed CIDR, one '/' required"),
        ('{"k": [{"cidr": "10.0.0.0/99"}]}', "Malformed CIDR: 10.0.0.0/99"),
        ('{"k": [{"numeric": 5}]}', "Value of numeric must be an array."),
        ('{"k": [{"numeric": []}]}', "Invalid member in numeric match: ]"),
        ('{"k": [{"numeric": [5]}]}', "Invalid member in numeric match: 5"),
        ('{"k": [{"numeric": ["!", 5]}]}', "Unrecognized numeric range operator: !"),
        ('{"k": [{"numeric": ["=", "5"]}]}', "Value of equals must be numeric"),
        ('{"k": [{"numeric": ["<", "5"]}]}', "Value of < must be numeric"),
        ('{"k": [{"numeric": ["=", 1, 2]}]}', "Too many elements in numeric expression"),
        ('{"k": [{"numeric": [">", 1, 2]}]}', "Bad value in numeric range: 2"),
        ('{"k": [{"numeric": [">", 1, ">", 2]}]}', "Bad numeric range operator: >"),
        ('{"k": [{"numeric": [">", 1, "<", "2"]}]}', "Value of < must be numeric"),
        ('{"k": [{"numeric": [">", 2, "<", 1]}]}', "Bottom must be less than top"),
        ('{"k": [{"numeric": [">", 1, "<", 2, 3]}]}', "Too many terms in numeric range expression"),
        ('{"k": [{"numeric": ["=", 2000000000]}]}', "Value must be between -1.0E9 and 1.0E9, inclusive"),
        ('{"k": [{"anything-but": null}]}', "Value of anything-but must be an array or single string/number value."),
        ('{"k": [{"anything-but": [true]}]}', "Inside anything but list, start|null|boolean is not supported."),
        (
            '{"k": [{"anything-but": ["a", 1]}]}',
            "Inside anything but list, either all values are number or string, mixed type is not supported",
        ),
        ('{"k": [{"anything-but": {"like": "a"}}]}', "Unsupported anything-but pattern: like"),
        ('{"k": [{"anything-but": {"prefix": ""}}]}', "Null prefix/suffix not allowed"),
        ('{"k": [{"anything-but": {"prefix": 1}}]}', "prefix/suffix match pattern must be a string"),
        (json.dumps({f"k{n}": [1] for n in range(6)}), "Filter policy can not have more than 5 keys"),
        (json.dumps({"a": list(range(16)), "b": list(range(10))}), "Filter policy is too complex"),
        ("x" * 262_145, "Filter policy is too long"),
    ],
)
def test_what_aws_refuses(policy: str, message: str):
    with pytest.raises(FilterPolicyError) as caught:
        filters.compile_policy(policy)
    assert str(caught.value) == message


def test_the_complexity_of_a_body_policy_multiplies_values_by_depth():
    # AWS's example: (4 x 3) x (3 x 2) = 72.
    policy = {"a": {"b": {"c": [1, 2, 3, 4]}}, "d": {"e": [1, 2, 3]}}
    assert filters.combinations(filters.compile_policy(json.dumps(policy), filters.BODY)) == 72
    wider = {"a": {"b": {"c": [1, 2, 3, 4]}}, "d": {"e": [1, 2, 3, 4, 5, 6, 7]}}
    with pytest.raises(FilterPolicyError, match="too complex"):
        filters.compile_policy(json.dumps(wider), filters.BODY)


def test_an_empty_object_in_a_body_policy_is_refused():
    with pytest.raises(FilterPolicyError, match="Empty objects are not allowed"):
        filters.compile_policy('{"k": {}}', filters.BODY)


@pytest.mark.parametrize("level", ['{"k": ', '{"$or": [{"a": [1]}, '])
def test_a_policy_of_endless_depth_is_too_complex(level: str):
    closing = "}" if "or" not in level else "]}"
    text = level * 300 + '{"a": [1]}' + closing * 300
    with pytest.raises(FilterPolicyError, match="too complex"):
        filters.compile_policy(text, filters.BODY)
