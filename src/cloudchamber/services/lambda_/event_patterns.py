"""Filter criteria of event source mappings: EventBridge's patterns, compiled once. Pure.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

Test = Callable[[Any], bool]
_MISSING = object()
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "=": lambda a, b: a == b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}  # fmt: skip


class PatternError(ValueError):
    """A pattern that is none."""


@lru_cache(maxsize=256)
def compiled(pattern: str) -> Test:
    """From the text of a pattern to a test of events. PatternError."""
    try:
        tree = orjson.loads(pattern)
    except orjson.JSONDecodeError as error:
        raise PatternError(str(error)) from None
    if not isinstance(tree, dict):
        raise PatternError("a pattern is an object")
    return _object(tree)


def _object(tree: Mapping[str, Any]) -> Test:
    tests: list[tuple[str, Test]] = []
    either: list[Test] = []
    for key, wanted in tree.items():
        if key == "$or" and isinstance(wanted, list):
            either = [_object(one) for one in wanted]
        elif isinstance(wanted, dict):
            tests.append((key, _inside(_object(wanted))))
        elif isinstance(wanted, list):
            tests.append((key, _values([_condition(one) for one in wanted])))
        else:
            raise PatternError(f"{key} must be an object or an array")

    def test(event: Any) -> bool:
        found = event if isinstance(event, dict) else {}
        if either and not any(one(found) for one in either):
            return False
        return all(one(found.get(key, _MISSING)) for key, one in tests)

    return test


def _inside(test: Test) -> Test:
    """An array of objects matches by any of them; where there is nothing, what asks for absence still may."""
    return lambda value: any(map(test, value)) if isinstance(value, list) else test(value)


def _values(conditions: list[Test]) -> Test:
    """One condition, of one value where there are several, is enough."""

    def test(value: Any) -> bool:
        values = value if isinstance(value, list) and value else [value]
        return any(condition(one) for one in values for condition in conditions)

    return test


def _condition(wanted: Any) -> Test:
    if not isinstance(wanted, dict):
        return lambda value: value is not _MISSING and type(value) is type(wanted) and value == wanted
    if len(wanted) != 1:
        raise PatternError("a condition has one operator")
    [(operator, operand)] = wanted.items()
    made = _OPERATORS.get(operator)
    if made is None:
        raise PatternError(f"Unrecognized match type {operator}")
    return made(operand)


def _text(test: Callable[[str, str], bool]) -> Callable[[Any], Test]:
    """An operator on strings; `{"equals-ignore-case": …}` inside of it compares without case."""

    def made(operand: Any) -> Test:
        if isinstance(operand, dict):
            folded = str(operand.get("equals-ignore-case", "")).casefold()
            return lambda value: isinstance(value, str) and test(value.casefold(), folded)
        return lambda value: isinstance(value, str) and test(value, operand)

    return made


def _anything_but(operand: Any) -> Test:
    conditions = [_condition(one) for one in (operand if isinstance(operand, list) else [operand])]
    return lambda value: value is not _MISSING and not any(condition(value) for condition in conditions)


def _numeric(operand: Any) -> Test:
    if (
        not isinstance(operand, list)
        or len(operand) not in (2, 4)
        or any(sign not in _COMPARE for sign in operand[::2])
    ):
        raise PatternError("numeric takes comparisons and numbers by turns")
    pairs = list(zip(map(_COMPARE.__getitem__, operand[::2]), operand[1::2], strict=True))

    def test(value: Any) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool) and all(c(value, n) for c, n in pairs)

    return test


_OPERATORS: dict[str, Callable[[Any], Test]] = {
    "prefix": _text(str.startswith),
    "suffix": _text(str.endswith),
    "equals-ignore-case": lambda operand: lambda v: isinstance(v, str) and v.casefold() == str(operand).casefold(),
    "anything-but": _anything_but,
    "numeric": _numeric,
    "exists": lambda operand: lambda value: (value is not _MISSING) == bool(operand),
}


def matches(patterns: list[str], event: Mapping[str, Any]) -> bool:
    """Whether one of the patterns means the event; without patterns all are meant."""
    return not patterns or any(compiled(pattern)(event) for pattern in patterns)
