"""Event patterns, compiled: which objects they mean.

All fields must match, one of each field's conditions is enough, and of an array of values one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudchamber.core.patterns.operators import KEYWORDS, condition, exact
from cloudchamber.core.patterns.text import Node, PatternError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.patterns.operators import Dialect, Test

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

    @property
    def count(self) -> int:
        return len(self.tests) + self.may_be_absent


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


def compile_fields(node: Node, dialect: Dialect) -> Fields:
    """An object of a pattern. PatternError."""
    if not node.value:
        raise PatternError("Empty objects are not allowed", node.end)
    fields = Fields()
    for name, value in node.value:
        if is_either(name, value):
            fields.either = [compile_fields(one, dialect) for one in value.value]
        elif value.kind == "object":
            fields.by_name[name] = compile_fields(value, dialect)
        elif value.kind == "array":
            fields.by_name[name] = _conditions(value, dialect)
        else:
            raise PatternError(f'"{name}" must be an object or an array', value.at)
    return fields


def is_either(name: str, node: Node) -> bool:
    """Whether `$or` is the operator: an array of two or more objects, none with an operator's name for a field."""
    return (
        name == "$or"
        and node.kind == "array"
        and len(node.value) > 1
        and all(one.kind == "object" and not any(key in KEYWORDS for key, _ in one.value) for one in node.value)
    )


def _conditions(node: Node, dialect: Dialect) -> Conditions:
    if not node.value:
        raise PatternError("Empty arrays are not allowed", node.end)
    tests = [condition(one, dialect) if one.kind == "object" else exact(one) for one in node.value]
    absent = [one.kind == "object" and one.plain == _NOT_EXISTS for one in node.value]
    return Conditions(tuple(test for test, no in zip(tests, absent, strict=True) if not no), any(absent))
