"""Conditions, projections and updates over random items, against the same written with plain Python values."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cloudchamber.core.errors import ValidationError
from cloudchamber.services.dynamodb.expressions.request import read

Document = dict[str, Any]

NAMES = ("a1", "b1", "c1")
scalars = st.one_of(st.integers(-3, 3), st.sampled_from(["", "a", "ab", "b"]), st.booleans(), st.none())
documents: st.SearchStrategy[Any] = st.recursive(
    st.one_of(scalars, st.frozensets(st.sampled_from("abc"), min_size=1)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)),
    max_leaves=6,
)
items = st.dictionaries(st.sampled_from(NAMES), documents, max_size=3)
paths = st.tuples(
    st.sampled_from(NAMES), st.lists(st.one_of(st.sampled_from(NAMES), st.integers(0, 3)), max_size=2)
).map(lambda parts: (parts[0], *parts[1]))


def wire(value: Any) -> Any:
    match value:
        case bool():
            return {"BOOL": value}
        case None:
            return {"NULL": True}
        case int():
            return {"N": str(value)}
        case str():
            return {"S": value}
        case frozenset():
            return {"SS": sorted(value)}
        case list():
            return {"L": [wire(each) for each in value]}
        case _:
            return {"M": wire_item(value)}


def wire_item(item: Document) -> Any:
    return {name: wire(value) for name, value in item.items()}


def text(path: tuple[Any, ...]) -> str:
    return path[0] + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path[1:])


MISSING = object()


def look(value: Any, path: tuple[Any, ...]) -> Any:
    for part in path:
        if isinstance(part, int):
            value = value[part] if isinstance(value, list) and part < len(value) else MISSING
        else:
            value = value.get(part, MISSING) if isinstance(value, dict) else MISSING
    return value


def same(left: Any, right: Any) -> bool:
    return MISSING not in (left, right) and wire(left) == wire(right)


def less(left: Any, right: Any) -> bool:
    return type(left) is type(right) and type(left) in (int, str) and bool(left < right)


# conditions: a tree of tuples is written as text and judged in Python


leaves = st.one_of(
    st.tuples(
        st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), paths, st.integers(-3, 3) | st.sampled_from(["a", "b"])
    ),
    st.tuples(st.sampled_from(["=", "<>"]), paths, documents),
    st.tuples(st.sampled_from(["attribute_exists", "attribute_not_exists"]), paths),
    st.tuples(st.just("contains"), paths, scalars),
    st.tuples(st.just("begins_with"), paths, st.sampled_from(["", "a", "b"])),
    st.tuples(st.just("size"), paths, st.integers(0, 3)),
)
conditions: st.SearchStrategy[Any] = st.recursive(
    leaves,
    lambda inner: st.one_of(st.tuples(st.sampled_from(["AND", "OR"]), inner, inner), st.tuples(st.just("NOT"), inner)),
    max_leaves=5,
)


def written(condition: Any, values: Document) -> str:
    match condition:
        case ("AND" | "OR") as operator, left, right:
            return f"({written(left, values)}) {operator} ({written(right, values)})"
        case "NOT", inner:
            return f"NOT ({written(inner, values)})"
        case ("attribute_exists" | "attribute_not_exists") as function, path:
            return f"{function}({text(path)})"
    operator, path, value = condition
    name = f":v{len(values)}"
    values[name] = wire(value)
    if operator == "size":
        return f"size({text(path)}) = {name}"
    if operator in ("contains", "begins_with"):
        return f"{operator}({text(path)}, {name})"
    return f"{text(path)} {operator} {name}"


def judged(condition: Any, item: Document) -> bool:
    match condition:
        case "AND", left, right:
            return judged(left, item) and judged(right, item)
        case "OR", left, right:
            return judged(left, item) or judged(right, item)
        case "NOT", inner:
            return not judged(inner, item)
        case "attribute_exists", path:
            return look(item, path) is not MISSING
        case "attribute_not_exists", path:
            return look(item, path) is MISSING
    operator, path, value = condition
    found = look(item, path)
    match operator:
        case "=":
            return same(found, value)
        case "<>":
            return not same(found, value)
        case "<":
            return less(found, value)
        case ">":
            return less(value, found)
        case "<=":
            return less(found, value) or (type(found) is type(value) and same(found, value))
        case ">=":
            return less(value, found) or (type(found) is type(value) and same(found, value))
        case "contains":
            if isinstance(found, list):
                return any(same(each, value) for each in found)
            return isinstance(found, str | frozenset) and isinstance(value, str) and value in found
        case "begins_with":
            return isinstance(found, str) and found.startswith(value)
        case _:
            return isinstance(found, str | frozenset | list | dict) and len(found) == value


@settings(max_examples=400, deadline=None)
@given(condition=conditions, item=items)
def test_a_condition_holds_as_in_python(condition: Any, item: Document) -> None:
    values: Document = {}
    request: Document = {"ConditionExpression": written(condition, values)}
    if values:
        request["ExpressionAttributeValues"] = values
    found = read(request, ("ConditionExpression",)).condition
    assert found is not None
    assert found.holds(wire_item(item)) is judged(condition, item)


@settings(max_examples=200, deadline=None)
@given(path=paths, item=items)
def test_a_projection_of_one_path_picks_what_is_there(path: tuple[Any, ...], item: Document) -> None:
    found = read({"ProjectionExpression": text(path)}, ("ProjectionExpression",)).projection
    assert found is not None
    value = look(item, path)
    expected: Document = {}
    if value is not MISSING:
        expected = wire(value)
        for part in reversed(path[1:]):
            expected = {"L": [expected]} if isinstance(part, int) else {"M": {part: expected}}
        expected = {path[0]: expected}
    assert found.pick(wire_item(item)) == expected


def changed(item: Document, path: tuple[Any, ...], value: Any) -> Document | None:
    """SET (or REMOVE, of MISSING) in plain Python; None where the path leads nowhere."""
    item = copy.deepcopy(item)
    holder = look(item, path[:-1])
    last = path[-1]
    if not isinstance(holder, list if isinstance(last, int) else dict):
        return None
    if value is MISSING:
        if isinstance(holder, dict):
            holder.pop(last, None)
        else:
            del holder[last : last + 1]
    elif isinstance(holder, list):
        holder[last : last + 1] = [value]
    else:
        holder[last] = value
    return item


@settings(max_examples=300, deadline=None)
@given(path=paths, value=st.just(MISSING) | documents, item=items)
def test_an_update_changes_one_place(path: tuple[Any, ...], value: Any, item: Document) -> None:
    request: Document = {"UpdateExpression": f"REMOVE {text(path)}"}
    if value is not MISSING:
        request = {"UpdateExpression": f"SET {text(path)} = :v", "ExpressionAttributeValues": {":v": wire(value)}}
    update = read(request, ("UpdateExpression",)).update
    assert update is not None
    before = wire_item(item)
    kept = copy.deepcopy(before)
    expected = changed(item, path, value)
    try:
        after = update.apply(before)
    except ValidationError:
        assert expected is None
    else:
        assert expected is not None
        assert after == wire_item(expected)
        assert before == kept
