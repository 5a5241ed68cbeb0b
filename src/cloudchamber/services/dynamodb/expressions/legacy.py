"""The parameters from before expressions, checked in DynamoDB's words and read into the same trees.

Expected, QueryFilter, ScanFilter, KeyConditions, AttributeUpdates, AttributesToGet, ConditionalOperator.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cloudchamber.core.errors import ValidationError
from cloudchamber.services.dynamodb import values
from cloudchamber.services.dynamodb.errors import invalid
from cloudchamber.services.dynamodb.expressions import actions, tree
from cloudchamber.services.dynamodb.expressions.actions import Action, Update
from cloudchamber.services.dynamodb.expressions.documents import Projection
from cloudchamber.services.dynamodb.expressions.keys import KeyCondition, KeyTerm
from cloudchamber.services.dynamodb.expressions.tree import Condition, Literal, Path, Test

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cloudchamber.services.dynamodb.values import Value

_TYPE_MISMATCH = "Type mismatch for attribute to update"


class _Operator(NamedTuple):
    """How many arguments it takes, of which types (None: any), and the test it is."""

    arguments_min: int
    arguments_max: float
    kinds: frozenset[str] | None
    test: Callable[[Path, list[Literal]], Test]
    on_keys: str | None = None


def _comparison(operator: str) -> Callable[[Path, list[Literal]], Test]:
    return lambda path, arguments: tree.Comparison(operator, path, arguments[0])


def _not_contains(path: Path, arguments: list[Literal]) -> Test:
    """Holds only for what is there: a missing attribute neither contains nor does not."""
    return tree.And((tree.AttributeExists(path), tree.Not(tree.Contains(path, arguments[0]))))


_ORDERED = frozenset(("S", "N", "B"))
_TEXTS = frozenset(("S", "B"))
_SCALARS = frozenset(("S", "N", "B", "BOOL", "NULL"))

_OPERATORS = {
    "EQ": _Operator(1, 1, None, _comparison("="), "="),
    "NE": _Operator(1, 1, None, _comparison("<>")),
    "LE": _Operator(1, 1, _ORDERED, _comparison("<="), "<="),
    "LT": _Operator(1, 1, _ORDERED, _comparison("<"), "<"),
    "GE": _Operator(1, 1, _ORDERED, _comparison(">="), ">="),
    "GT": _Operator(1, 1, _ORDERED, _comparison(">"), ">"),
    "NOT_NULL": _Operator(0, 0, None, lambda path, _: tree.AttributeExists(path)),
    "NULL": _Operator(0, 0, None, lambda path, _: tree.AttributeNotExists(path)),
    "CONTAINS": _Operator(1, 1, _SCALARS, lambda path, arguments: tree.Contains(path, arguments[0])),
    "NOT_CONTAINS": _Operator(1, 1, _SCALARS, _not_contains),
    "BEGINS_WITH": _Operator(1, 1, _TEXTS, lambda path, arguments: tree.BeginsWith(path, arguments[0]), "begins_with"),
    "IN": _Operator(1, float("inf"), _ORDERED, lambda path, arguments: tree.In(path, tuple(arguments))),
    "BETWEEN": _Operator(2, 2, _ORDERED, lambda path, arguments: tree.Between(path, *arguments), "BETWEEN"),
}


def _checked(operator_name: str, arguments: Sequence[Value]) -> _Operator:
    """The operator, if it takes these arguments. ValidationException."""
    operator = _OPERATORS[operator_name]
    for argument in arguments:
        values.check(argument)
    if not operator.arguments_min <= len(arguments) <= operator.arguments_max:
        raise invalid(f"Invalid number of argument(s) for the {operator_name} ComparisonOperator")
    kinds = [next(iter(argument)) for argument in arguments]
    for kind in kinds:
        if operator.kinds is not None and kind not in operator.kinds:
            raise invalid(f"ComparisonOperator {operator_name} is not valid for {kind} AttributeValue type")
    if len(set(kinds)) > 1:
        raise invalid("AttributeValues inside AttributeValueList must be of same type")
    if operator_name == "BETWEEN" and not tree.in_order(*arguments, strictly=False):
        raise invalid(
            "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"
        )
    return operator


def _test(name: str, operator_name: str, arguments: Sequence[Value]) -> Test:
    operator = _checked(operator_name, arguments)
    return operator.test(Path((name,)), [Literal(argument) for argument in arguments])


def _combined(tests: list[Test], conditional_operator: str | None) -> Condition | None:
    if conditional_operator is not None and len(tests) < 2:
        raise invalid("ConditionalOperator can only be used when Filter or Expected has two or more elements")
    if not tests:
        return None
    if len(tests) == 1:
        return Condition(tests[0])
    return Condition((tree.Or if conditional_operator == "OR" else tree.And)(tuple(tests)))


# conditions


def expected(entries: Mapping[str, Mapping[str, Any]], conditional_operator: str | None) -> Condition | None:
    """Expected."""
    return _combined([_expectation(name, entry) for name, entry in entries.items()], conditional_operator)


def _expectation(name: str, entry: Mapping[str, Any]) -> Test:
    operator, listed = entry.get("ComparisonOperator"), entry.get("AttributeValueList")
    value, exists = entry.get("Value"), entry.get("Exists")
    if operator is None:
        if listed is not None:
            raise _unexpected("AttributeValueList can only be used with a ComparisonOperator", name)
        if exists is False:
            if value is not None:
                raise _unexpected("Value cannot be used when Exists is false", name)
            return _test(name, "NULL", ())
        if value is None:
            raise _unexpected(f"Value must be provided when Exists is {'null' if exists is None else 'true'}", name)
        return _test(name, "EQ", (value,))
    if exists is not None:
        raise _unexpected("Exists and ComparisonOperator cannot be used together", name)
    if value is not None and listed is not None:
        raise _unexpected("Value and AttributeValueList cannot be used together", name)
    if value is None and listed is None and operator not in ("NULL", "NOT_NULL"):
        raise _unexpected(f"Value or AttributeValueList must be used with ComparisonOperator: {operator}", name)
    return _test(name, operator, (value,) if value is not None else listed or ())


def _unexpected(words: str, name: str) -> ValidationError:
    return ValidationError(
        "1 validation error detected: One or more parameter values were invalid: " + f"{words} for Attribute: {name}"
    )


def filtered(entries: Mapping[str, Mapping[str, Any]], conditional_operator: str | None) -> Condition | None:
    """QueryFilter or ScanFilter."""
    tests = [
        _test(name, entry["ComparisonOperator"], entry.get("AttributeValueList") or ())
        for name, entry in entries.items()
    ]
    return _combined(tests, conditional_operator)


def key_condition(entries: Mapping[str, Mapping[str, Any]]) -> KeyCondition:
    """KeyConditions."""
    if not 1 <= len(entries) <= 2:
        raise ValidationError("Conditions can be of length 1 or 2 only")
    terms = {}
    for name, entry in entries.items():
        arguments = entry.get("AttributeValueList") or ()
        operator = _checked(entry["ComparisonOperator"], arguments)
        if operator.on_keys is None:
            raise ValidationError("Attempted conditional constraint is not an indexable operation")
        terms[name] = KeyTerm(operator.on_keys, tuple(arguments))
    return KeyCondition(terms)


# updates and projections


def update(entries: Mapping[str, Mapping[str, Any]]) -> Update:
    """AttributeUpdates."""
    return Update(tuple([_action(Path((name,)), entry) for name, entry in entries.items()]))


def _action(path: Path, entry: Mapping[str, Any]) -> Action:
    value, action = entry.get("Value"), entry.get("Action", "PUT")
    if value is None:
        if action != "DELETE":
            raise invalid("Only DELETE action is allowed when no attribute value is specified")
        return actions.Remove(path)
    values.check(value)
    (kind,) = value
    if action == "DELETE":
        if kind not in ("SS", "NS", "BS"):
            raise invalid(f"DELETE action with value is not supported for the type {kind}")
        return actions.Delete(path, Literal(value), _TYPE_MISMATCH)
    if action == "ADD":
        if kind not in ("N", "SS", "NS", "BS", "L"):
            raise invalid(f"ADD action is not supported for the type {kind}")
        return actions.Add(path, Literal(value), _TYPE_MISMATCH)
    return actions.Set(path, Literal(value))


def projection(names: Sequence[str]) -> Projection:
    """AttributesToGet: names of attributes, never paths."""
    seen = set()
    for name in names:
        if name in seen:
            raise invalid(f"Duplicate value in attribute name: {name}")
        seen.add(name)
    return Projection(tuple([Path((name,)) for name in names]))
