"""Which items a condition holds for: operators, functions, types, what is missing, precedence, document paths."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.unit.dynamodb.expression_reading import reading


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


ITEM: dict[str, Any] = {
    "s": {"S": "banana"},
    "e": {"S": ""},
    "u": {"S": "é𝄞"},
    "n": {"N": "10"},
    "d": {"N": "-0.5"},
    "b": {"B": b64(b"\x80abc")},
    "t": {"BOOL": True},
    "z": {"NULL": True},
    "ss": {"SS": ["a", "b"]},
    "ns": {"NS": ["1", "20"]},
    "bs": {"BS": [b64(b"x"), b64(b"y")]},
    "l": {"L": [{"S": "a"}, {"N": "1"}, {"M": {"k": {"L": [{"BOOL": False}]}}}, {"SS": ["p", "q"]}]},
    "m": {"M": {"k": {"N": "7"}, "x.y": {"S": "dot"}, "deep": {"M": {"er": {"L": [{"N": "1"}, {"N": "2"}]}}}}},
    "a.b": {"S": "dotted"},
}


def holds(text: str, values: dict[str, Any] | None = None, names: dict[str, str] | None = None) -> bool:
    condition = reading("ConditionExpression", text, values, names).condition
    assert condition is not None
    return condition.holds(ITEM)


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("s = :v", {"S": "banana"}, True),
        ("s = :v", {"S": "Banana"}, False),
        ("n = :v", {"N": "10"}, True),
        ("n = :v", {"N": "10.00"}, True),
        ("n = :v", {"N": "1e1"}, True),
        ("n = :v", {"S": "10"}, False),
        ("b = :v", {"B": b64(b"\x80abc")}, True),
        ("t = :v", {"BOOL": True}, True),
        ("t = :v", {"BOOL": False}, False),
        ("z = :v", {"NULL": True}, True),
        ("ss = :v", {"SS": ["b", "a"]}, True),
        ("ss = :v", {"SS": ["b"]}, False),
        ("ns = :v", {"NS": ["20.0", "1"]}, True),
        ("l = :v", {"L": [{"S": "a"}]}, False),
        ("l[3] = :v", {"SS": ["q", "p"]}, True),
        ("m.deep = :v", {"M": {"er": {"L": [{"N": "1.0"}, {"N": "2"}]}}}, True),
        ("gone = :v", {"S": ""}, False),
        (":v = s", {"S": "banana"}, True),
        # what is missing differs from everything
        ("gone <> :v", {"S": "x"}, True),
        ("s <> :v", {"S": "banana"}, False),
        ("s <> :v", {"N": "1"}, True),
        ("ss <> :v", {"SS": ["b", "a"]}, False),
        # order: by UTF-8 bytes, by value, by unsigned bytes
        ("s < :v", {"S": "bananas"}, True),
        ("s < :v", {"S": "banana"}, False),
        ("s <= :v", {"S": "banana"}, True),
        ("s > :v", {"S": "b"}, True),
        ("u < :v", {"S": "ê"}, True),
        ("n < :v", {"N": "9"}, False),
        ("n > :v", {"N": "9"}, True),
        ("n >= :v", {"N": "10"}, True),
        ("d < :v", {"N": "-0.4999"}, True),
        ("b > :v", {"B": b64(b"\x7f")}, True),
        ("n < :v", {"S": "99"}, False),
        ("n >= :v", {"S": "0"}, False),
        ("t < :v", {"S": "z"}, False),
        ("ss >= :v", {"S": "a"}, False),
        ("gone < :v", {"N": "1"}, False),
        ("NOT gone < :v", {"N": "1"}, True),
    ],
)
def test_a_comparison_holds_between_values_of_one_type(text: str, value: Any, expected: bool) -> None:
    assert holds(text, {":v": value}) is expected


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("n BETWEEN :a AND :b", [{"N": "10"}, {"N": "10"}], True),
        ("n BETWEEN :a AND :b", [{"N": "9"}, {"N": "11"}], True),
        ("n BETWEEN :a AND :b", [{"N": "11"}, {"N": "12"}], False),
        ("n BETWEEN :a AND :b", [{"S": "1"}, {"S": "2"}], False),
        ("s between :a and :b", [{"S": "b"}, {"S": "c"}], True),
        ("gone BETWEEN :a AND :b", [{"N": "1"}, {"N": "2"}], False),
        (":a BETWEEN d AND n AND :b = :b", [{"N": "3"}, {"N": "2"}], True),
        ("n IN (:a, :b)", [{"N": "1"}, {"N": "10.0"}], True),
        ("n in (:a, :b)", [{"N": "1"}, {"S": "10"}], False),
        ("ss IN (:a, :b)", [{"SS": ["b", "a"]}, {"S": "x"}], True),
        ("gone IN (:a, :b)", [{"S": ""}, {"NULL": True}], False),
        ("s IN (gone, :a, :b)", [{"S": "banana"}, {"NULL": True}], True),
        ("NOT n IN (:a, :b)", [{"N": "1"}, {"N": "2"}], True),
    ],
)
def test_between_and_in(text: str, values: list[Any], expected: bool) -> None:
    assert holds(text, {":a": values[0], ":b": values[1]}) is expected


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("attribute_exists(s)", None, True),
        ("attribute_exists(gone)", None, False),
        ("attribute_exists(z)", None, True),
        ("attribute_not_exists(gone)", None, True),
        ("attribute_not_exists(m.k)", None, False),
        ("attribute_exists(m.nope.deeper)", None, False),
        ("attribute_exists(l[3])", None, True),
        ("attribute_exists(l[4])", None, False),
        ("attribute_exists(s[0])", None, False),
        ("attribute_exists(l.k)", None, False),
        ("attribute_exists(m[0])", None, False),
        ("attribute_exists(l[2].k[0])", None, True),
        ("attribute_type(ss, :v)", {"S": "SS"}, True),
        ("attribute_type(ss, :v)", {"S": "L"}, False),
        ("attribute_type(gone, :v)", {"S": "NULL"}, False),
        ("attribute_type(z, :v)", {"S": "NULL"}, True),
        ("begins_with(s, :v)", {"S": "ban"}, True),
        ("begins_with(s, :v)", {"S": ""}, True),
        ("begins_with(s, :v)", {"S": "an"}, False),
        ("begins_with(b, :v)", {"B": b64(b"\x80a")}, True),
        ("begins_with(b, :v)", {"S": "a"}, False),
        ("begins_with(n, :v)", {"S": "1"}, False),
        ("begins_with(gone, :v)", {"S": ""}, False),
        ("contains(s, :v)", {"S": "nan"}, True),
        ("contains(s, :v)", {"S": "x"}, False),
        ("contains(s, :v)", {"N": "1"}, False),
        ("contains(b, :v)", {"B": b64(b"bc")}, True),
        ("contains(ss, :v)", {"S": "a"}, True),
        ("contains(ss, :v)", {"S": "c"}, False),
        ("contains(ss, :v)", {"SS": ["a"]}, False),
        ("contains(ns, :v)", {"N": "2e1"}, True),
        ("contains(ns, :v)", {"S": "20"}, False),
        ("contains(bs, :v)", {"B": b64(b"x")}, True),
        ("contains(l, :v)", {"N": "1.0"}, True),
        ("contains(l, :v)", {"SS": ["q", "p"]}, True),
        ("contains(l, :v)", {"S": "b"}, False),
        ("contains(n, :v)", {"N": "1"}, False),
        ("contains(m, :v)", {"S": "k"}, False),
        ("contains(gone, :v)", {"S": ""}, False),
        ("contains(:v, s)", {"L": [{"S": "banana"}]}, True),
    ],
)
def test_a_function_holds(text: str, value: Any, expected: bool) -> None:
    assert holds(text, None if value is None else {":v": value}) is expected


@pytest.mark.parametrize(
    ("attribute", "size"),
    [("s", 6), ("e", 0), ("u", 3), ("b", 4), ("ss", 2), ("ns", 2), ("bs", 2), ("l", 4), ("m", 3), ("m.deep.er", 2)],
)
def test_size_counts_utf16_units_bytes_or_elements(attribute: str, size: int) -> None:
    assert holds(f"size({attribute}) = :n", {":n": {"N": str(size)}})
    assert not holds(f"size({attribute}) > :n", {":n": {"N": str(size)}})


@pytest.mark.parametrize("attribute", ["n", "t", "z", "gone"])
def test_size_of_what_has_none_makes_a_comparison_false(attribute: str) -> None:
    assert not holds(f"size({attribute}) >= :n", {":n": {"N": "0"}})


def test_the_size_of_a_value_of_the_request_may_be_asked() -> None:
    assert holds("size(:s) = size(s)", {":s": {"S": "orange"}})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("s = :s OR s = :x AND s = :x", True),
        ("(s = :s OR s = :x) AND s = :x", False),
        ("NOT s = :x AND s = :s", True),
        ("NOT (s = :x AND s = :s)", True),
        ("NOT NOT s = :s", True),
        ("not s = :s or s <> :x", True),
        ("s = :s AND (s = :x OR (s = :s AND NOT s = :x))", True),
        ("s=:s AND s<>:x", True),
        ("(size(s)) > size(e) AND (s) = (:s) AND :x = :x", True),
    ],
)
def test_not_binds_before_and_before_or(text: str, expected: bool) -> None:
    values = {":s": {"S": "banana"}, ":x": {"S": "x"}}
    assert holds(text, {name: value for name, value in values.items() if name in text}) is expected


def test_names_with_dots_are_reached_through_placeholders_only() -> None:
    assert holds("#d = :v", {":v": {"S": "dotted"}}, {"#d": "a.b"})
    assert holds("m.#d = :v", {":v": {"S": "dot"}}, {"#d": "x.y"})
    assert not holds("a.b = :v", {":v": {"S": "dotted"}})


def test_a_name_behind_a_placeholder_may_be_reserved_or_look_like_a_placeholder() -> None:
    assert not holds("attribute_exists(#a) OR attribute_exists(#b)", None, {"#a": "status", "#b": "#a"})


def test_a_condition_on_an_item_that_is_not_there() -> None:
    condition = reading("ConditionExpression", "attribute_not_exists(pk) AND v <> :v", {":v": {"N": "1"}}).condition
    assert condition is not None
    assert condition.holds({})


def test_the_attributes_a_condition_reads_are_top_level_names() -> None:
    condition = reading(
        "ConditionExpression",
        "(a.x = b[0] OR NOT contains(c, :v)) AND size(d) IN (e, :v) AND f BETWEEN :v AND g AND "
        "begins_with(h, :v) AND attribute_type(i, :t) AND attribute_exists(#j.k) AND attribute_not_exists(l)",
        {":v": {"S": "x"}, ":t": {"S": "S"}},
        {"#j": "a.j"},
    ).condition
    assert condition is not None
    assert condition.attributes == frozenset(("a", "b", "c", "d", "e", "f", "g", "h", "i", "a.j", "l"))


def test_a_condition_may_nest_as_deeply_as_operators_allow() -> None:
    condition = reading("ConditionExpression", "NOT (" * 299 + "a = :v" + ")" * 299, {":v": {"N": "1"}}).condition
    assert condition is not None
    assert condition.holds({"a": {"N": "2"}})
