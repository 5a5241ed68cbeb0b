"""Event patterns, without a cloud."""

from __future__ import annotations

import json

import pytest

from cloudchamber.services.events.errors import InvalidEventPattern
from cloudchamber.services.events.patterns import compile_pattern

EVENT = {
    "source": "app", "resources": ["arn:a", "arn:b"],
    "detail": {"n": 5, "s": "Hello", "yes": True, "none": None, "ip": "10.0.0.7", "file": "dir/a.png", "list": [],
               "items": [{"id": 1}, {"id": 2}]},
}  # fmt: skip


def matches(detail: object) -> bool:
    return compile_pattern(json.dumps({"detail": detail})).matches(EVENT)


@pytest.mark.parametrize(
    "detail",
    [
        {"s": ["Hello"]},
        {"s": ["no", "Hello"]},
        {"n": [5.0]},
        {"yes": [True]},
        {"none": [None]},
        {"s": [{"prefix": "He"}]},
        {"s": [{"prefix": {"equals-ignore-case": "hE"}}]},
        {"file": [{"suffix": ".png"}]},
        {"file": [{"suffix": {"equals-ignore-case": ".PNG"}}]},
        {"s": [{"equals-ignore-case": "hELLO"}]},
        {"file": [{"wildcard": "dir/*.p*g"}]},
        {"ip": [{"cidr": "10.0.0.0/24"}]},
        {"n": [{"numeric": ["=", 5]}]},
        {"n": [{"numeric": [">", 0, "<=", 5]}]},
        {"n": [{"exists": True}]},
        {"gone": [{"exists": False}]},
        {"gone": {"deeper": [{"exists": False}]}},
        {"s": [{"anything-but": "other"}]},
        {"s": [{"anything-but": ["a", "b"]}]},
        {"n": [{"anything-but": [1, 2]}]},
        {"s": [{"anything-but": {"prefix": "X"}}]},
        {"s": [{"anything-but": {"suffix": ["x", "y"]}}]},
        {"s": [{"anything-but": {"wildcard": "*z*"}}]},
        {"s": [{"anything-but": {"equals-ignore-case": ["bye", "hi"]}}]},
        {"$or": [{"n": [1]}, {"s": ["Hello"]}]},
        {"items": {"id": [2]}},
        {"$or": [{"n": [5]}, {"s": ["x"]}], "gone": [{"exists": False}]},
    ],
    ids=json.dumps,
)
def test_a_pattern_that_matches(detail):
    assert matches(detail)


@pytest.mark.parametrize(
    "detail",
    [
        {"s": ["hello"]},
        {"n": ["5"]},
        {"yes": ["true"]},
        {"gone": ["x"]},
        {"gone": [{"anything-but": "x"}]},
        {"s": [{"prefix": "he"}]},
        {"file": [{"wildcard": "dir/*.jpg"}]},
        {"ip": [{"cidr": "10.0.1.0/24"}]},
        {"n": [{"numeric": ["<", 5]}]},
        {"n": [{"exists": False}]},
        {"gone": [{"exists": True}]},
        {"s": [{"anything-but": ["Hello", "b"]}]},
        {"s": [{"anything-but": {"prefix": ["X", "Hel"]}}]},
        {"s": [{"anything-but": {"equals-ignore-case": "HELLO"}}]},
        {"$or": [{"n": [1]}, {"s": ["x"]}]},
        {"n": [5], "s": ["x"]},
        {"items": {"id": [3]}},
    ],
    ids=json.dumps,
)
def test_a_pattern_that_does_not_match(detail):
    assert not matches(detail)


def test_one_value_of_an_array_is_enough():
    assert compile_pattern('{"resources": ["arn:b"]}').matches(EVENT)
    assert not compile_pattern('{"resources": ["arn:c"]}').matches(EVENT)


REFUSALS = [
    ('{"source": ["aws.health"], "detail": {}}', "Empty objects are not allowed", 1, 40),
    ('{"source": "app"}', '"source" must be an object or an array', 1, 13),
    ('{\n  "source": 5}', '"source" must be an object or an array', 2, 14),
    ('["a"]', "Filter is not an object", 1, 2),
    ('{"a": []}', "Empty arrays are not allowed", 1, 9),
    ('{"a": [{"like": "x"}]}', "Unrecognized match type like", 1, 18),
    ('{"a": [{"suffix": ["x"]}]}', "suffix match pattern must be a string", 1, 20),
    ('{"a": [{"exists": "x"}]}', "exists match pattern must be either true or false.", 1, 20),
    ('{"a": [{"numeric": [">", 5, "<", 1]}]}', "Bottom must be less than top", 1, 36),
    ('{"a": [{"cidr": "10.0.0.0"}]}', "Malformed CIDR, one '/' required", 1, 27),
    ('{"a": [["x"]]}', "Match value must be String, number, true, false, or null", 1, 9),
    ('{"a": [{"wildcard": "a**"}]}', "Consecutive wildcard characters at pos 1", 1, 26),
    (
        "{'a': 1}",
        "Unexpected character (''' (code 39)): was expecting double-quote to start field name",
        1,
        3,
    ),
]


@pytest.mark.parametrize(("text", "reason", "line", "column"), REFUSALS, ids=[r[1] for r in REFUSALS])
def test_a_refusal_names_reason_and_place(text, reason, line, column):
    with pytest.raises(InvalidEventPattern) as caught:
        compile_pattern(text)
    assert caught.value.message == (
        f'Event pattern is not valid. Reason: {reason}\n at [Source: (String)"{text}"; line: {line}, column: {column}]'
    )


def test_a_long_pattern_is_shown_in_part():
    text = '{"a": "' + "x" * 600 + '"}'
    with pytest.raises(InvalidEventPattern) as caught:
        compile_pattern(text)
    assert f'(String)"{text[:500]}"[truncated {len(text) - 500} chars]; line: 1, column: 8]' in caught.value.message
