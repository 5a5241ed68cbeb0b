"""What an update makes of an item: every clause and function, document paths, lists, and what it shows as updated."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from cloudchamber.core.errors import ValidationError
from cloudchamber.services.dynamodb.expressions.actions import Update, check_keys
from tests.unit.dynamodb.expression_reading import reading

ITEM: dict[str, Any] = {
    "n": {"N": "10"},
    "s": {"S": "x"},
    "ss": {"SS": ["a", "b"]},
    "l": {"L": [{"N": "0"}, {"N": "1"}, {"N": "2"}]},
    "m": {"M": {"k": {"N": "7"}, "l": {"L": [{"M": {"x": {"S": "y"}}}, {"S": "z"}]}}},
}

NO_ATTRIBUTE = "The provided expression refers to an attribute that does not exist in the item"
WRONG_TYPE = "An operand in the update expression has an incorrect data type"
NO_PATH = "The document path provided in the update expression is invalid for update"


def update(text: str, values: dict[str, Any] | None = None, names: dict[str, str] | None = None) -> Update:
    read = reading("UpdateExpression", text, values, names).update
    assert read is not None
    return read


def applied(text: str, values: dict[str, Any] | None = None) -> dict[str, Any]:
    """What is different after the update; None stands for what went."""
    item = copy.deepcopy(ITEM)
    new = update(text, values).apply(item)
    assert item == ITEM, "an update never changes the item it is given"
    return {name: new.get(name) for name in {**item, **new} if new.get(name) != item.get(name)}


def numbers(*found: int) -> dict[str, Any]:
    return {"L": [{"N": str(number)} for number in found]}


@pytest.mark.parametrize(
    ("text", "values", "different"),
    [
        ("SET a = :v", {":v": {"S": "new"}}, {"a": {"S": "new"}}),
        ("set n = :v", {":v": {"S": "other type"}}, {"n": {"S": "other type"}}),
        ("SET a = n, n = s", None, {"a": {"N": "10"}, "n": {"S": "x"}}),
        ("SET n = s, s = n", None, {"n": {"S": "x"}, "s": {"N": "10"}}),
        ("SET n = n + :v", {":v": {"N": "0.10"}}, {"n": {"N": "10.1"}}),
        ("SET n = n - :v", {":v": {"N": "11"}}, {"n": {"N": "-1"}}),
        ("SET n=:v+n", {":v": {"N": "1"}}, {"n": {"N": "11"}}),
        ("SET a = :v - n", {":v": {"N": "1"}}, {"a": {"N": "-9"}}),
        ("SET a = (n + :v)", {":v": {"N": "1"}}, {"a": {"N": "11"}}),
        ("SET a = (n) + (:v)", {":v": {"N": "1"}}, {"a": {"N": "11"}}),
        ("SET n = if_not_exists(n, :v) + :v", {":v": {"N": "1"}}, {"n": {"N": "11"}}),
        ("SET a = if_not_exists(a, :v) + :v", {":v": {"N": "1"}}, {"a": {"N": "2"}}),
        ("SET a = if_not_exists(b, n)", None, {"a": {"N": "10"}}),
        ("SET a = if_not_exists(b, if_not_exists(c, s))", None, {"a": {"S": "x"}}),
        ("SET n = if_not_exists(n, :v)", {":v": {"N": "1"}}, {}),
        ("SET l = list_append(l, :v)", {":v": numbers(3)}, {"l": numbers(0, 1, 2, 3)}),
        ("SET l = list_append(:v, l)", {":v": numbers(3)}, {"l": numbers(3, 0, 1, 2)}),
        (
            "SET a = list_append(if_not_exists(a, :e), :v)",
            {":e": {"L": []}, ":v": numbers(3)},
            {"a": numbers(3)},
        ),
        ("SET l[1] = :v", {":v": {"N": "9"}}, {"l": numbers(0, 9, 2)}),
        ("SET l[7] = :v", {":v": {"N": "9"}}, {"l": numbers(0, 1, 2, 9)}),
        ("SET l[9] = :b, l[7] = :a", {":a": {"N": "7"}, ":b": {"N": "9"}}, {"l": numbers(0, 1, 2, 7, 9)}),
        ("SET l[0] = l[2], l[2] = l[0]", None, {"l": numbers(2, 1, 0)}),
        ("SET m.fresh = :v", {":v": {"S": "v"}}, {"m": {"M": {**ITEM["m"]["M"], "fresh": {"S": "v"}}}}),
        (
            "SET m.l[0].x = m.k",
            None,
            {"m": {"M": {"k": {"N": "7"}, "l": {"L": [{"M": {"x": {"N": "7"}}}, {"S": "z"}]}}}},
        ),
        ("REMOVE s", None, {"s": None}),
        ("REMOVE s, nothing", None, {"s": None}),
        ("REMOVE l[0]", None, {"l": numbers(1, 2)}),
        ("REMOVE l[0], l[2]", None, {"l": numbers(1)}),
        ("REMOVE l[0], l[1], l[2]", None, {"l": numbers()}),
        ("REMOVE l[3]", None, {}),
        ("REMOVE m.nothing", None, {}),
        ("REMOVE m.l[0].x, m.k", None, {"m": {"M": {"l": {"L": [{"M": {}}, {"S": "z"}]}}}}),
        ("SET l[1] = :v REMOVE l[0]", {":v": {"N": "9"}}, {"l": numbers(9, 2)}),
        ("REMOVE l[0] SET l[5] = :v", {":v": {"N": "9"}}, {"l": numbers(1, 2, 9)}),
        ("REMOVE l[4] SET l[5] = :v", {":v": {"N": "9"}}, {"l": numbers(0, 1, 2, 9)}),
        ("ADD n :v", {":v": {"N": "-10"}}, {"n": {"N": "0"}}),
        ("ADD a :v", {":v": {"N": "5"}}, {"a": {"N": "5"}}),
        ("ADD ss :v", {":v": {"SS": ["b", "c"]}}, {"ss": {"SS": ["a", "b", "c"]}}),
        ("ADD a :v", {":v": {"NS": ["1"]}}, {"a": {"NS": ["1"]}}),
        ("ADD m.k :v, m.z :v", {":v": {"N": "1"}}, {"m": {"M": {**ITEM["m"]["M"], "k": {"N": "8"}, "z": {"N": "1"}}}}),
        ("ADD l[1] :v", {":v": {"N": "1"}}, {"l": numbers(0, 2, 2)}),
        ("DELETE ss :v", {":v": {"SS": ["b", "zz"]}}, {"ss": {"SS": ["a"]}}),
        ("DELETE ss :v", {":v": {"SS": ["b", "a"]}}, {"ss": None}),
        ("DELETE nothing :v", {":v": {"SS": ["b"]}}, {}),
        (
            "ADD n :one DELETE ss :a SET s = n, b = s REMOVE l",
            {":one": {"N": "1"}, ":a": {"SS": ["a"]}},
            {"n": {"N": "11"}, "ss": {"SS": ["b"]}, "s": {"N": "10"}, "b": {"S": "x"}, "l": None},
        ),
    ],
)
def test_an_update_gives_a_new_item(text: str, values: Any, different: dict[str, Any]) -> None:
    assert applied(text, values) == different


@pytest.mark.parametrize(
    ("text", "values", "words"),
    [
        ("SET a = b", None, NO_ATTRIBUTE),
        ("SET a = b + :v", {":v": {"N": "1"}}, NO_ATTRIBUTE),
        ("SET a = list_append(b, :v)", {":v": {"L": []}}, NO_ATTRIBUTE),
        ("SET a = if_not_exists(b, c)", None, NO_ATTRIBUTE),
        ("SET a = l[3]", None, NO_ATTRIBUTE),
        ("SET a = s + :v", {":v": {"N": "1"}}, WRONG_TYPE),
        ("SET a = list_append(s, :v)", {":v": {"L": []}}, WRONG_TYPE),
        ("ADD s :v", {":v": {"N": "1"}}, WRONG_TYPE),
        ("ADD ss :v", {":v": {"NS": ["1"]}}, WRONG_TYPE),
        ("DELETE s :v", {":v": {"SS": ["x"]}}, WRONG_TYPE),
        ("SET b.c = :v", {":v": {"N": "1"}}, NO_PATH),
        ("SET b[0] = :v", {":v": {"N": "1"}}, NO_PATH),
        ("SET s.c = :v", {":v": {"N": "1"}}, NO_PATH),
        ("SET m[0] = :v", {":v": {"N": "1"}}, NO_PATH),
        ("SET l.c = :v", {":v": {"N": "1"}}, NO_PATH),
        ("SET m.b.c = :v", {":v": {"N": "1"}}, NO_PATH),
        ("SET l[5].c = :v", {":v": {"N": "1"}}, NO_PATH),
        ("REMOVE b.c", None, NO_PATH),
        ("REMOVE l.c", None, NO_PATH),
        ("REMOVE m.b.c", None, NO_PATH),
        ("ADD b.c :v", {":v": {"N": "1"}}, NO_PATH),
        ("DELETE b.c :v", {":v": {"SS": ["x"]}}, NO_PATH),
        (
            "SET n = n + :v",
            {":v": {"N": "1e-100"}},
            "Attempting to store more than 38 significant digits in a Number",
        ),
        (
            "ADD a :v",
            {":v": {"N": "9e125"}},
            "Number overflow. Attempting to store a number with magnitude larger than supported range",
        ),
    ],
)
def test_an_item_may_not_allow_an_update(text: str, values: Any, words: str) -> None:
    made = update(text, values)
    with pytest.raises(ValidationError) as refused:
        made.apply({**ITEM, "a": {"N": "9e125"}})
    assert refused.value.message == words


def test_documents_stay_within_32_levels() -> None:
    def nested(levels: int) -> dict[str, Any]:
        value: dict[str, Any] = {"N": "1"}
        for _ in range(levels):
            value = {"L": [value]}
        return value

    made = update("SET m.a = :v", {":v": nested(31)})
    assert made.apply(ITEM)["m"]["M"]["a"] == nested(31)
    with pytest.raises(ValidationError, match="Nesting Levels have exceeded supported limits"):
        update("SET m.a = :v", {":v": nested(32)}).apply(ITEM)


def test_an_update_shares_what_it_does_not_change() -> None:
    new = update("SET m.k = :v, a = s", {":v": {"N": "1"}}).apply(ITEM)
    assert new["l"] is ITEM["l"]
    assert new["m"]["M"]["l"] is ITEM["m"]["M"]["l"]


@pytest.mark.parametrize(
    ("text", "values", "old", "new"),
    [
        ("SET n = :v", {":v": {"N": "1"}}, {"n": {"N": "10"}}, {"n": {"N": "1"}}),
        ("SET a = :v REMOVE s", {":v": {"N": "1"}}, {"s": {"S": "x"}}, {"a": {"N": "1"}}),
        ("SET m.k = :v", {":v": {"N": "1"}}, {"m": {"M": {"k": {"N": "7"}}}}, {"m": {"M": {"k": {"N": "1"}}}}),
        ("SET m.fresh = :v", {":v": {"N": "1"}}, {}, {"m": {"M": {"fresh": {"N": "1"}}}}),
        ("SET l[2] = :v, l[0] = :v", {":v": {"N": "9"}}, {"l": numbers(0, 2)}, {"l": numbers(9, 9)}),
        (
            "SET m.l[0].x = :v",
            {":v": {"N": "1"}},
            {"m": {"M": {"l": {"L": [{"M": {"x": {"S": "y"}}}]}}}},
            {"m": {"M": {"l": {"L": [{"M": {"x": {"N": "1"}}}]}}}},
        ),
        ("ADD n :v", {":v": {"N": "1"}}, {"n": {"N": "10"}}, {"n": {"N": "11"}}),
        ("DELETE ss :v", {":v": {"SS": ["a", "b"]}}, {"ss": {"SS": ["a", "b"]}}, {}),
        ("SET l = list_append(l, :v)", {":v": numbers(3)}, {"l": numbers(0, 1, 2)}, {"l": numbers(0, 1, 2, 3)}),
    ],
)
def test_the_updated_parts_of_the_item_before_and_after(text: str, values: Any, old: Any, new: Any) -> None:
    made = update(text, values)
    assert made.changed(ITEM) == old
    assert made.changed(made.apply(ITEM)) == new


def test_the_attributes_an_update_writes_and_reads() -> None:
    made = update(
        "SET a.x = b + c, d = if_not_exists(e, f), g = list_append(:l, h[0]) REMOVE #i ADD j :n DELETE k :s",
        {":l": {"L": []}, ":n": {"N": "1"}, ":s": {"SS": ["x"]}},
        {"#i": "i.i"},
    )
    assert made.assigned == frozenset(("a", "d", "g", "i.i", "j", "k"))
    assert made.attributes == frozenset(("a", "b", "c", "d", "e", "f", "g", "h", "i.i", "j", "k"))
    assert [str(path) for path in made.paths] == ["[a, x]", "[d]", "[g]", "[i.i]", "[j]", "[k]"]


def test_the_key_cannot_be_updated() -> None:
    made = update("SET a = :v, id = :v", {":v": {"N": "1"}})
    check_keys(made, ("pk", "sk"))
    with pytest.raises(ValidationError) as refused:
        check_keys(made, ("id",))
    assert refused.value.message == (
        "One or more parameter values were invalid: Cannot update attribute id. This attribute is part of the key"
    )
