"""The actions of an update, and the operands that only updates have: SET, REMOVE, ADD, DELETE, +, -, functions.

Every right-hand side sees the item as it was before the update; then all results are written at once.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from cloudchamber.core.errors import ValidationError
from cloudchamber.services.dynamodb import numbers, values
from cloudchamber.services.dynamodb.errors import invalid
from cloudchamber.services.dynamodb.expressions import documents
from cloudchamber.services.dynamodb.expressions.documents import REMOVED, UNCHANGED
from cloudchamber.services.dynamodb.expressions.tree import Operand, Path, Values, roots

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from cloudchamber.services.dynamodb.values import Item, Value

_WRONG_TYPE = "An operand in the update expression has an incorrect data type"
_NO_ATTRIBUTE = "The provided expression refers to an attribute that does not exist in the item"


class Action(Protocol):
    """One change at one path."""

    @property
    def path(self) -> Path: ...

    def outcome(self, item: Item) -> Any:
        """The value to write, or REMOVED or UNCHANGED. ValidationException if the item does not allow it."""

    def bind(self, values: Values) -> Action: ...

    def reads(self) -> Iterator[Path]: ...


# operands


def _needed(value: Value | None) -> Value:
    if value is None:
        raise ValidationError(_NO_ATTRIBUTE)
    return value


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`+` or `-` on numbers."""

    operator: str
    left: Operand
    right: Operand

    def find(self, item: Item) -> Value | None:
        left, right = _needed(self.left.find(item)), _needed(self.right.find(item))
        if "N" not in left or "N" not in right:
            raise ValidationError(_WRONG_TYPE)
        reckon = numbers.add if self.operator == "+" else numbers.subtract
        return {"N": reckon(left["N"], right["N"])}

    def bind(self, values: Values) -> Arithmetic:
        return Arithmetic(self.operator, self.left.bind(values), self.right.bind(values))

    def paths(self) -> Iterator[Path]:
        yield from self.left.paths()
        yield from self.right.paths()


@dataclass(frozen=True, slots=True)
class IfNotExists:
    path: Path
    default: Operand

    def find(self, item: Item) -> Value | None:
        value = self.path.find(item)
        return self.default.find(item) if value is None else value

    def bind(self, values: Values) -> IfNotExists:
        return IfNotExists(self.path, self.default.bind(values))

    def paths(self) -> Iterator[Path]:
        yield self.path
        yield from self.default.paths()


@dataclass(frozen=True, slots=True)
class ListAppend:
    first: Operand
    second: Operand

    def find(self, item: Item) -> Value | None:
        first, second = _needed(self.first.find(item)), _needed(self.second.find(item))
        if "L" not in first or "L" not in second:
            raise ValidationError(_WRONG_TYPE)
        return {"L": first["L"] + second["L"]}

    def bind(self, values: Values) -> ListAppend:
        return ListAppend(self.first.bind(values), self.second.bind(values))

    def paths(self) -> Iterator[Path]:
        yield from self.first.paths()
        yield from self.second.paths()


# actions


@dataclass(frozen=True, slots=True)
class Set:
    path: Path
    value: Operand

    def outcome(self, item: Item) -> Any:
        value = self.value.find(item)
        if value is None:
            raise ValidationError(_NO_ATTRIBUTE)
        depth = len(self.path.elements) - 1
        if depth:
            values.check(value, depth)  # it may be nested more deeply now than documents may be
        return value

    def bind(self, values: Values) -> Set:
        return Set(self.path, self.value.bind(values))

    def reads(self) -> Iterator[Path]:
        return self.value.paths()


@dataclass(frozen=True, slots=True)
class Remove:
    path: Path

    def outcome(self, _item: Item) -> Any:
        return REMOVED

    def bind(self, _values: Values) -> Remove:
        return self

    def reads(self) -> Iterator[Path]:
        return iter(())


@dataclass(frozen=True, slots=True)
class Add:
    """To a number or a set, and from the older parameters to a list; `mismatch` says that the item has another type."""

    path: Path
    value: Operand
    mismatch: str = _WRONG_TYPE

    def outcome(self, item: Item) -> Any:
        value, current = _needed(self.value.find(item)), self.path.find(item)
        if current is None:
            return value
        ((kind, new),) = value.items()
        old = current.get(kind)
        if old is None:
            raise ValidationError(self.mismatch)
        if kind == "N":
            return {"N": numbers.add(old, new)}
        if kind == "L":
            return {"L": old + new}
        known = set(old)
        return {kind: old + [element for element in new if element not in known]}

    def bind(self, values: Values) -> Add:
        return Add(self.path, self.value.bind(values), self.mismatch)

    def reads(self) -> Iterator[Path]:
        yield self.path


@dataclass(frozen=True, slots=True)
class Delete:
    """Elements from a set; an attribute that would be an empty set goes."""

    path: Path
    value: Operand
    mismatch: str = _WRONG_TYPE

    def outcome(self, item: Item) -> Any:
        value, current = _needed(self.value.find(item)), self.path.find(item)
        if current is None:
            return UNCHANGED
        ((kind, gone),) = value.items()
        old = current.get(kind)
        if old is None:
            raise ValidationError(self.mismatch)
        leaving = set(gone)
        left = [element for element in old if element not in leaving]
        return {kind: left} if left else REMOVED

    def bind(self, values: Values) -> Delete:
        return Delete(self.path, self.value.bind(values), self.mismatch)

    def reads(self) -> Iterator[Path]:
        yield self.path


class Update:
    """UpdateExpression or AttributeUpdates. Its actions' paths do not clash."""

    __slots__ = ("_is_flat", "actions")

    def __init__(self, actions: tuple[Action, ...]) -> None:
        self.actions = actions
        self._is_flat = all(len(action.path.elements) == 1 for action in actions)

    def bind(self, values: Values) -> Update:
        return Update(tuple([action.bind(values) for action in self.actions]))

    def apply(self, item: Item) -> Item:
        """The item after the update: a new one, which shares what did not change. ValidationException."""
        if not self._is_flat:
            writes = [action.outcome(item) for action in self.actions]
            return documents.rewrite(item, documents.layout_of(self.paths) or {}, writes)
        new = dict(item)
        for action in self.actions:
            write = action.outcome(item)
            if write is REMOVED:
                new.pop(action.path.elements[0], None)
            elif write is not UNCHANGED:
                new[action.path.elements[0]] = write
        return new

    def changed(self, item: Item) -> Item:
        """What the updated paths lead to in an item, before or after the update: UPDATED_OLD and UPDATED_NEW."""
        return documents.pick(item, documents.layout_of(self.paths) or {})

    @property
    def paths(self) -> tuple[Path, ...]:
        """Where it writes, in its own order."""
        return tuple([action.path for action in self.actions])

    @property
    def assigned(self) -> frozenset[str]:
        """The top-level attributes it writes."""
        return roots(self.paths)

    @property
    def attributes(self) -> frozenset[str]:
        """The top-level attributes it writes or reads."""
        return self.assigned.union(*(roots(action.reads()) for action in self.actions))


def check_keys(update: Update, key_names: Collection[str]) -> None:
    """ValidationException if the update writes an attribute of the key."""
    for path in update.paths:
        if path.elements[0] in key_names:
            raise invalid(f"Cannot update attribute {path.elements[0]}. This attribute is part of the key")
