"""The four statements and EXISTS, as they were read; `bind` puts a request's parameters in their places.

Conditions and updates are the trees of expressions; parameters are references in them, `?0`, `?1`, ….
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from cloudchamber.core.errors import ValidationError
from cloudchamber.services.dynamodb import values
from cloudchamber.services.dynamodb.expressions import actions
from cloudchamber.services.dynamodb.expressions.documents import Projection
from cloudchamber.services.dynamodb.expressions.tree import Literal, Operand, Path, Test, Values
from cloudchamber.services.dynamodb.partiql.faults import malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudchamber.services.dynamodb.expressions.actions import Update as Changes
    from cloudchamber.services.dynamodb.values import Item, Value

_SETS = {"S": "SS", "N": "NS", "B": "BS"}


@dataclass(frozen=True, slots=True)
class Collection:
    """A list, a map or a set (kind `L`, `M` or `<<`) with parameters in it; `names` are a map's."""

    kind: str
    parts: tuple[Operand, ...]
    names: tuple[str, ...] = ()

    def find(self, _item: Item) -> Value | None:
        raise RuntimeError("its parameters were never bound")

    def bind(self, given: Values) -> Literal:
        """ValidationException for a set of what sets cannot hold."""
        found = [part.bind(given) for part in self.parts]
        inner = [part.value for part in found if isinstance(part, Literal)]
        if self.kind == "L":
            value: Value = {"L": inner}
        elif self.kind == "M":
            value = {"M": dict(zip(self.names, inner, strict=True))}
        else:
            value = _set(inner)
        values.check(value)
        return Literal(value)

    def paths(self) -> Iterator[Path]:
        return iter(())


def _set(members: list[Value]) -> Value:
    kinds = {next(iter(member)) for member in members} or {"S"}
    kind = _SETS.get(kinds.pop())
    if kinds or kind is None:
        raise malformed("Sets hold strings, numbers or binaries, all of one type")
    return {kind: [next(iter(member.values())) for member in members]}


@dataclass(frozen=True, slots=True)
class Columns(Projection):
    """The attributes of what SELECT gives: each named by the end of its path."""

    def pick(self, item: Item) -> Item:
        picked = {}
        for path in self.paths:
            value = path.find(item)
            if value is not None:
                picked[_column(path)] = value
        return picked


def _column(path: Path) -> str:
    name = ""
    for element in path.elements:
        name = element if type(element) is str else f"{name}[{element}]"
    return name


@dataclass(frozen=True, slots=True)
class Select:
    """`order` names key attributes, and whether each descends. No columns: all of them."""

    action: ClassVar[str] = "PartiQLSelect"
    table: str
    index: str | None
    columns: Columns | None
    where: Test | None
    order: tuple[tuple[str, bool], ...] = ()

    def bind(self, given: Values) -> Select:
        return self if self.where is None else replace(self, where=self.where.bind(given))


@dataclass(frozen=True, slots=True)
class Insert:
    action: ClassVar[str] = "PartiQLInsert"
    table: str
    value: Operand

    def bind(self, given: Values) -> Insert:
        return Insert(self.table, self.value.bind(given))

    @property
    def item(self) -> Item:
        """What is inserted, once it is bound; ValidationException for what is no map."""
        if not isinstance(self.value, Literal) or "M" not in self.value.value:
            raise malformed("Unexpected term")
        item: Item = self.value.value["M"]
        return item


@dataclass(frozen=True, slots=True)
class Update:
    """`returning` is ALL_OLD, ALL_NEW, MODIFIED_OLD, MODIFIED_NEW or None."""

    action: ClassVar[str] = "PartiQLUpdate"
    table: str
    changes: Changes
    where: Test | None
    returning: str | None = None

    def bind(self, given: Values) -> Update:
        changes = self.changes.bind(given)
        for change in changes.actions:  # what set_add and set_delete became would take numbers and lists as well
            if isinstance(change, actions.Add | actions.Delete):
                operand = change.value
                if isinstance(operand, Literal) and not operand.value.keys() & {"SS", "NS", "BS"}:
                    raise ValidationError("An operand in the update expression has an incorrect data type")
        where = None if self.where is None else self.where.bind(given)
        return Update(self.table, changes, where, self.returning)


@dataclass(frozen=True, slots=True)
class Delete:
    action: ClassVar[str] = "PartiQLDelete"
    table: str
    where: Test | None
    returning: str | None = None

    def bind(self, given: Values) -> Delete:
        return self if self.where is None else replace(self, where=self.where.bind(given))


@dataclass(frozen=True, slots=True)
class Exists:
    """A condition on one item, in transactions."""

    action: ClassVar[str] = "PartiQLSelect"
    select: Select

    @property
    def table(self) -> str:
        return self.select.table

    @property
    def where(self) -> Test | None:
        return self.select.where

    def bind(self, given: Values) -> Exists:
        return Exists(self.select.bind(given))


Change = Insert | Update | Delete
Statement = Select | Change | Exists
