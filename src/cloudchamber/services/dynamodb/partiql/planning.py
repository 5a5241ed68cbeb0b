"""The key in a statement's conditions: which rows a SELECT reads, which item the others change.

A SELECT whose condition leaves the partition key only some values (`=`, `IN`, or `OR` between them) reads these
partitions, narrowed by what it says of the sort key; any other one scans. What the key does not settle is a filter, or
the condition of a write.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.select.html
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from cloudchamber.core.errors import ValidationError
from cloudchamber.services.dynamodb import keys, limits
from cloudchamber.services.dynamodb.expressions import tree
from cloudchamber.services.dynamodb.expressions.keys import KeyCondition, KeyRange, KeyTerm
from cloudchamber.services.dynamodb.expressions.tree import Condition, Literal, Operand, Path, Test
from cloudchamber.services.dynamodb.partiql.statements import Delete, Exists, Insert, Select, Update
from cloudchamber.services.dynamodb.values import Item, Value, check_item, equal
from cloudchamber.services.dynamodb.writing import Write

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cloudchamber.services.dynamodb.keys import KeySchema, Part
    from cloudchamber.services.dynamodb.partiql.statements import Change
    from cloudchamber.services.dynamodb.table import TableView

PARTITIONS_MAX = 50  # values of the partition key in one IN

_MIRRORED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


# what conditions say of one attribute


def conjuncts(test: Test | None) -> Iterator[Test]:
    """The conditions that must all hold."""
    if isinstance(test, tree.And):
        for part in test.parts:
            yield from conjuncts(part)
    elif test is not None:
        yield test


def term_of(test: Test) -> tuple[str, KeyTerm] | None:
    """What a condition says of an attribute, in the way a key condition does; None if it says something else."""
    operands: tuple[Operand, ...]
    if isinstance(test, tree.Comparison) and test.operator != "<>":
        operator, path, operands = test.operator, test.left, (test.right,)
        if isinstance(path, Literal):
            operator, path, operands = _MIRRORED[operator], test.right, (path,)
    elif isinstance(test, tree.Between):
        operator, path, operands = "BETWEEN", test.operand, (test.lower, test.upper)
    elif isinstance(test, tree.BeginsWith):
        operator, path, operands = "begins_with", test.operand, (test.prefix,)
    else:
        return None
    values = _literals(operands)
    if values is None or not isinstance(path, Path) or len(path.elements) > 1:
        return None
    return path.elements[0], KeyTerm(operator, tuple(values))


def values_of(test: Test | None, name: str) -> list[Value] | None:
    """The only values an attribute can have where the condition holds; None if there may be any."""
    if isinstance(test, tree.Comparison) and test.operator == "=":
        term = term_of(test)
        return list(term[1].operands) if term is not None and term[0] == name else None
    if isinstance(test, tree.In):
        return _literals(test.choices) if test.operand == Path((name,)) else None
    if isinstance(test, tree.And):
        return next((found for part in test.parts if (found := values_of(part, name)) is not None), None)
    if isinstance(test, tree.Or):
        each = [values_of(part, name) for part in test.parts]
        return None if None in each else [value for found in each for value in found or ()]
    return None


def _literals(operands: Sequence[Operand]) -> list[Value] | None:
    values = [operand.value for operand in operands if isinstance(operand, Literal)]
    return values if len(values) == len(operands) else None


# SELECT


@dataclass(frozen=True, slots=True)
class Plan:
    """`ranges` of partitions in the order they are read, or None for a scan; `sorts` what a page is sorted by."""

    ranges: tuple[KeyRange, ...] | None
    filter: Condition | None
    descending: bool = False
    sorts: tuple[tuple[Part, bool], ...] = ()


def plan(select: Select, key: KeySchema) -> Plan:
    """How to read a table or an index that has this key. ValidationException."""
    order = _order(select, key)
    left = list(conjuncts(select.where))
    partitions = [_narrow(left, part.name) for part in key.partition]
    if any(values is None for values in partitions):
        if order:
            raise ValidationError(
                "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause."
            )
        return Plan(None, _all(list(conjuncts(select.where))))
    combined = list(product(*[values or () for values in partitions]))
    if len(combined) > PARTITIONS_MAX:
        raise ValidationError(
            f"The IN operator is provided with too many operands; number of operands: {len(combined)}"
        )
    sort_terms = _sort_terms(left, key.sort)
    ranges = [_range(key, values, sort_terms) for values in combined]
    for at, part in reversed(list(enumerate(key.partition))):
        if part.name in order:
            ranges.sort(key=lambda one: keys.raw(one.partition[at], part.kind), reverse=order[part.name])
    by_sort = [(part, order[part.name]) for part in key.sort if part.name in order]
    sorts: tuple[tuple[Part, bool], ...] = ()
    if len(ranges) > 1 and by_sort and next(iter(order)) == by_sort[0][0].name:
        sorts = tuple(by_sort)
    return Plan(tuple(ranges), _all(left), bool(by_sort) and by_sort[0][1], sorts)


def _order(select: Select, key: KeySchema) -> dict[str, bool]:
    """ORDER BY: whether an attribute of the key descends."""
    if select.order and select.where is None:
        raise ValidationError("Must have WHERE clause in the statement when using ORDER BY clause.")
    for name, _ in select.order:
        if name not in key.names:
            raise ValidationError(f"Variable reference {name} in ORDER BY clause must be part of the primary key")
    return dict(select.order)


def _narrow(left: list[Test], name: str) -> list[Value] | None:
    """The values of a partition attribute; the condition that gives just these is not left."""
    for at, test in enumerate(left):
        found = values_of(test, name)
        if found is not None:
            if isinstance(test, tree.Comparison | tree.In):
                del left[at]
            distinct: list[Value] = []
            for value in found:
                if not any(equal(value, known) for known in distinct):
                    distinct.append(value)
            return distinct
    return None


def _sort_terms(left: list[Test], sort: tuple[Part, ...]) -> dict[str, KeyTerm]:
    """What is said of the sort attributes, from the left, as far as a range can express it; it is not left."""
    terms: dict[str, KeyTerm] = {}
    for part in sort:
        for at, test in enumerate(left):
            found = term_of(test)
            if found is not None and found[0] == part.name and (found[1].operator != "begins_with" or part.kind != "N"):
                terms[part.name] = found[1]
                del left[at]
                break
        else:
            break
        if terms[part.name].operator != "=":
            break
    return terms


def _range(key: KeySchema, partition: tuple[Value, ...], sort_terms: dict[str, KeyTerm]) -> KeyRange:
    given = {part.name: KeyTerm("=", (value,)) for part, value in zip(key.partition, partition, strict=True)}
    return KeyCondition({**given, **sort_terms}).resolve(key.partition, key.sort)


def _all(tests: Sequence[Test]) -> Condition | None:
    if not tests:
        return None
    return Condition(tests[0] if len(tests) == 1 else tree.And(tuple(tests)))


# one item


def key_of(where: Test | None, view: TableView) -> tuple[Item, list[Test]] | None:
    """The primary key that a condition demands, and what else it demands; None where it leaves the key open."""
    left = list(conjuncts(where))
    key: Item = {}
    for name in view.key_names:
        for at, test in enumerate(left):
            term = term_of(test)
            if term is not None and term[0] == name and term[1].operator == "=":
                key[name] = term[1].operands[0]
                del left[at]
                break
        else:
            return None
    return key, left


def write_of(change: Change | Exists, view: TableView, *, shows_failed: bool = False) -> Write:
    """What a statement does to one item. ValidationException."""
    there: Test = tree.AttributeExists(Path((view.partition.name,)))
    absent: Test = tree.AttributeNotExists(Path((view.partition.name,)))
    if isinstance(change, Insert):
        item = change.item
        size = check_item(item)
        if size > limits.ITEM_BYTES:
            raise ValidationError("Item size has exceeded the maximum allowed size")
        return Write("put", item, size, Condition(absent), shows_failed=shows_failed)
    found = key_of(change.where, view)
    if found is None:
        raise ValidationError("Where clause does not contain a mandatory equality on all key attributes")
    key, rest = found
    if isinstance(change, Delete):
        met = _all(rest)
        condition = None if met is None else Condition(tree.Or((absent, met.root)))
        return Write("delete", key, 0, condition, shows_failed=shows_failed)
    condition = _all([there, *rest])
    if isinstance(change, Update):
        return Write("update", key, 0, condition, change.changes, shows_failed)
    return Write("check", key, 0, condition, shows_failed=shows_failed)
