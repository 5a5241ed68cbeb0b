"""Key conditions: what a Query demands of the key, made a range of one partition.

A key may have several partition attributes and several sort attributes (indexes with multi-attribute keys): each
partition attribute needs `=`, sort attributes are given from the left, and only the last may have another operator.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudchamber.core.errors import ValidationError
from cloudchamber.services.dynamodb.errors import invalid
from cloudchamber.services.dynamodb.expressions import tree
from cloudchamber.services.dynamodb.expressions.tree import Condition, Literal, Operand, Path, Test

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from cloudchamber.services.dynamodb.values import Value

KeyAttribute = tuple[str, str]  # its name, its type: S, N or B

_NOT_SUPPORTED = "Query key condition not supported"
_MIRRORED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_LABELS: dict[type, str] = {
    tree.Or: "OR",
    tree.Not: "NOT",
    tree.In: "IN",
    tree.AttributeExists: "attribute_exists",
    tree.AttributeNotExists: "attribute_not_exists",
    tree.AttributeType: "attribute_type",
    tree.Contains: "contains",
}


@dataclass(frozen=True, slots=True)
class KeyRange:
    """Part of one partition. `operator` and `operands` are of the last sort attribute given; None: the whole of it."""

    partition: tuple[Value, ...]
    sort_equal: tuple[Value, ...]
    operator: str | None
    operands: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class KeyTerm:
    """`=`, `<`, `<=`, `>`, `>=`, `BETWEEN` or `begins_with`, or (from KeyConditions) what no key allows."""

    operator: str
    operands: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class KeyCondition:
    """KeyConditionExpression or KeyConditions, before it is known which attributes the key has."""

    terms: Mapping[str, KeyTerm]

    @property
    def attributes(self) -> frozenset[str]:
        """The attributes it reads."""
        return frozenset(self.terms)

    def resolve(self, partitions: Sequence[KeyAttribute], sorts: Sequence[KeyAttribute]) -> KeyRange:
        """The range of a table's or an index's keys. ValidationException if it does not fit the key."""
        terms = self.terms
        for name, _ in partitions:
            if name not in terms:
                raise _missed(name)
        given = sum(name in terms for name, _ in sorts)
        if given < len(terms) - len(partitions):  # there is a condition on something else
            missed = next((name for name, _ in sorts if name not in terms), None)
            raise ValidationError(_NOT_SUPPORTED) if missed is None else _missed(missed)
        for name, _ in sorts[:given]:
            if name not in terms:
                raise _missed(name)
        used = (*partitions, *sorts[:given])
        last = used[-1][0] if given else None
        for name, kind in used:
            term = terms[name]
            if term.operator != "=" and name != last:
                raise ValidationError(_NOT_SUPPORTED)
            _check_operands(name, kind, term.operands)
        return KeyRange(
            tuple([terms[name].operands[0] for name, _ in partitions]),
            tuple([terms[name].operands[0] for name, _ in sorts[: max(given - 1, 0)]]),
            None if last is None else terms[last].operator,
            () if last is None else terms[last].operands,
        )


def _missed(name: str) -> ValidationError:
    return ValidationError(f"Query condition missed key schema element: {name}")


def _check_operands(name: str, kind: str, operands: tuple[Value, ...]) -> None:
    for value in operands:
        inner = value.get(kind)
        if inner is None:
            raise invalid("Condition parameter type does not match schema type")
        if not inner:
            what = "string" if kind == "S" else "binary"
            raise ValidationError(
                "One or more parameter values are not valid. The AttributeValue for a key attribute "
                f"cannot contain an empty {what} value. Key: {name}"
            )


# from the tree of an expression


def key_condition(root: Test) -> KeyCondition:
    """A bound KeyConditionExpression. ValidationException for what no key condition may have."""
    terms: dict[str, KeyTerm] = {}
    for test in _conjuncts(root):
        name, term = _term(test)
        if name in terms:
            raise ValidationError("KeyConditionExpressions must only contain one condition per key")
        terms[name] = term
    return KeyCondition(terms)


def _conjuncts(test: Test) -> Iterator[Test]:
    if isinstance(test, tree.And):
        for part in test.parts:
            yield from _conjuncts(part)
    else:
        yield test


def _term(test: Test) -> tuple[str, KeyTerm]:
    if isinstance(test, tree.Comparison) and test.operator != "<>":
        operator, left, right = test.operator, test.left, test.right
        if isinstance(left, Literal) and isinstance(right, Path):
            operator, left, right = _MIRRORED[operator], right, left
        return _key_term(operator, left, right)
    if isinstance(test, tree.Between):
        return _key_term("BETWEEN", test.operand, test.lower, test.upper)
    if isinstance(test, tree.BeginsWith):
        return _key_term("begins_with", test.operand, test.prefix)
    label = _LABELS.get(type(test), "<>")
    raise ValidationError(f"Invalid operator used in KeyConditionExpression: {label}")


def _key_term(operator: str, key: Operand, *operands: Operand) -> tuple[str, KeyTerm]:
    found = (key, *operands)
    if any(isinstance(operand, tree.Size) for operand in found):
        raise ValidationError("Invalid operator used in KeyConditionExpression: size")
    paths = [operand for operand in found if isinstance(operand, Path)]
    if not paths:
        raise ValidationError("Invalid condition in KeyConditionExpression: No key attribute specified")
    if len(paths) > 1:
        raise ValidationError(
            "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition"
        )
    if not isinstance(key, Path):
        raise ValidationError(
            f"Invalid condition in KeyConditionExpression: {operator} operator must have the key attribute "
            "as its first operand"
        )
    if len(key.elements) > 1:
        raise ValidationError("KeyConditionExpressions cannot have conditions on nested attributes")
    values = tuple([operand.value for operand in operands if isinstance(operand, Literal)])
    return key.elements[0], KeyTerm(operator, values)


def check_filter(condition: Condition, key_names: Collection[str], *, legacy: bool = False) -> None:
    """ValidationException if a Query's filter reads an attribute of the key it queries by."""
    for name in key_names:
        if name in condition.attributes:
            what = "QueryFilter" if legacy else "Filter Expression"
            raise ValidationError(f"{what} can only contain non-primary key attributes: Primary key attribute: {name}")
