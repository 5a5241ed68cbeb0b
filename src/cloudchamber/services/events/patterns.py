"""Event patterns: which events a rule means. Pure.

A pattern compiles to a tree once and is kept; an event is then held against it. All fields must match, one of each
field's conditions is enough, and of an array of values one.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cloudchamber.services.events import limits
from cloudchamber.services.events.errors import InvalidEventPattern
from cloudchamber.services.events.pattern_operators import KEYWORDS, condition, exact
from cloudchamber.services.events.pattern_text import Node, PatternError, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.services.events.pattern_operators import Test

_EMPTY: Mapping[str, Any] = {}
_NOT_EXISTS = {"exists": False}


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions of one field. `may_be_absent`: one of them is `{"exists": false}`."""

    tests: tuple[Test, ...]
    may_be_absent: bool

    def matches(self, value: Any) -> bool:
        found = [one for one in value if not isinstance(one, dict)] if isinstance(value, list) else [value]
        return any(test(one) for one in found for test in self.tests) if found else self.may_be_absent


@dataclass(slots=True)
class Fields:
    """An object of a pattern: conditions and objects by name, and `$or` with its alternatives."""

    by_name: dict[str, Conditions | Fields] = field(default_factory=dict)
    either: list[Fields] = field(default_factory=list)

    def matches(self, found: Mapping[str, Any]) -> bool:
        """Whether an event, or an object within it, is meant."""
        for name, wanted in self.by_name.items():
            value = found.get(name, _EMPTY)  # an object is no value: what is looked for is what is in it
            if isinstance(wanted, Fields):
                if not _any_object(wanted, value):
                    return False
            elif not (wanted.may_be_absent if isinstance(value, dict) else wanted.matches(value)):
                return False
        return not self.either or any(fields.matches(found) for fields in self.either)


def _any_object(wanted: Fields, value: Any) -> bool:
    if isinstance(value, list):
        return any(wanted.matches(one) for one in value if isinstance(one, dict))
    return wanted.matches(value if isinstance(value, dict) else _EMPTY)


@lru_cache(maxsize=4096)
def compile_pattern(text: str) -> Fields:
    """InvalidEventPattern, in AWS's words, for what AWS does not take."""
    try:
        node = parse(text)
        if node.kind != "object":
            raise PatternError("Filter is not an object", node.at)
        if len(text) > limits.PATTERN_CHARS_MAX:
            raise InvalidEventPattern(f"Event pattern is too long: {len(text)} characters")
        return _fields(node)
    except PatternError as error:
        raise InvalidEventPattern(error.shown(text)) from None


def _fields(node: Node) -> Fields:
    if not node.value:
        raise PatternError("Empty objects are not allowed", node.end)
    fields = Fields()
    for name, value in node.value:
        if _is_or(name, value):
            fields.either = [_fields(one) for one in value.value]
        elif value.kind == "object":
            fields.by_name[name] = _fields(value)
        elif value.kind == "array":
            fields.by_name[name] = _conditions(value)
        else:
            raise PatternError(f'"{name}" must be an object or an array', value.at)
    return fields


def _is_or(name: str, node: Node) -> bool:
    """Whether `$or` is the operator: an array of two or more objects, none with an operator's name for a field."""
    return (
        name == "$or"
        and node.kind == "array"
        and len(node.value) > 1
        and all(one.kind == "object" and not any(key in KEYWORDS for key, _ in one.value) for one in node.value)
    )


def _conditions(node: Node) -> Conditions:
    if not node.value:
        raise PatternError("Empty arrays are not allowed", node.end)
    tests = [condition(one) if one.kind == "object" else exact(one) for one in node.value]
    absent = [one.kind == "object" and one.plain == _NOT_EXISTS for one in node.value]
    return Conditions(tuple(test for test, no in zip(tests, absent, strict=True) if not no), any(absent))
