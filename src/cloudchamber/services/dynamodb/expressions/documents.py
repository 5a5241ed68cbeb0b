"""Document paths over an item: which ones clash, what they pick out of an item, how an item is rewritten along them.

Paths that do not clash form a layout: a tree of names (of maps) or positions (of lists) whose leaves are numbers
of paths. Picking and rewriting go down that tree, so that an item is walked once, whatever the number of paths.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import ValidationError
from cloudchamber.services.dynamodb.expressions.tree import Path, roots

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cloudchamber.services.dynamodb.values import Item, Value

Layout = dict[Any, Any]  # str | int -> Layout | int; mypy has no recursive type that is checked this way

REMOVED = object()
UNCHANGED = object()


def layout_of(paths: Iterable[Path]) -> Layout | None:
    """The layout of paths, or None if two of them clash."""
    layout: Layout = {}
    for number, path in enumerate(paths):
        level = layout
        for element in path.elements[:-1]:
            level = level.setdefault(element, {})
            if type(level) is int:
                return None
        last = path.elements[-1]
        if last in level:
            return None
        level[last] = number
    return layout if _is_of_one_kind(layout) else None


def _is_of_one_kind(layout: Layout) -> bool:
    """Whether no level has names and positions both."""
    if len({type(element) for element in layout}) > 1:
        return False
    return all(_is_of_one_kind(below) for below in layout.values() if type(below) is dict)


def clash(paths: Sequence[Path]) -> str | None:
    """DynamoDB's words for the first two paths that cannot stand beside each other; None if all can."""
    if len(paths) < 2 or layout_of(paths) is not None:
        return None
    for at, second in enumerate(paths):
        for first in paths[:at]:
            for one, two in zip(first.elements, second.elements, strict=False):
                if type(one) is not type(two):
                    return _clash("conflict", first, second)
                if one != two:
                    break
            else:
                return _clash("overlap", first, second)
    return None


def _clash(verb: str, first: Path, second: Path) -> str:
    return (
        f"Two document paths {verb} with each other; must remove or rewrite one of these paths; "
        f"path one: {first}, path two: {second}"
    )


# picking


def pick(item: Item, layout: Layout) -> Item:
    """What the paths of a layout lead to, in maps and lists of nothing else; elements of lists close up."""
    picked = {}
    for name, below in layout.items():
        value = item.get(name)
        if value is not None and type(below) is dict:
            value = _pick(value, below)
        if value is not None:
            picked[name] = value
    return picked


def _pick(value: Value, layout: Layout) -> Value | None:
    if type(next(iter(layout))) is str:
        members = pick(value["M"], layout) if "M" in value else None
        return {"M": members} if members else None
    if "L" not in value:
        return None
    elements = value["L"]
    picked = []
    for index in sorted(layout):
        if index >= len(elements):
            break
        below = layout[index]
        element = _pick(elements[index], below) if type(below) is dict else elements[index]
        if element is not None:
            picked.append(element)
    return {"L": picked} if picked else None


@dataclass(frozen=True, slots=True)
class Projection:
    """ProjectionExpression or AttributesToGet: the parts of an item that are asked for."""

    paths: tuple[Path, ...]
    _layout: Layout = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_layout", layout_of(self.paths) or {})

    def pick(self, item: Item) -> Item:
        """A new item of those parts; it shares values with the old one."""
        return pick(item, self._layout)

    @property
    def attributes(self) -> frozenset[str]:
        """The top-level attributes it reads."""
        return roots(self.paths)


# rewriting


def rewrite(members: Mapping[str, Value], layout: Layout, writes: Sequence[Any]) -> Item:
    """The members with a value, REMOVED or UNCHANGED at the end of each path. What is off the paths is shared."""
    new = dict(members)
    for name, below in layout.items():
        if type(below) is dict:
            value = new.get(name)
            if value is None:
                raise _no_such_document()
            new[name] = _rewrite(value, below, writes)
            continue
        write = writes[below]
        if write is REMOVED:
            new.pop(name, None)
        elif write is not UNCHANGED:
            new[name] = write
    return new


def _rewrite(value: Value, layout: Layout, writes: Sequence[Any]) -> Value:
    if type(next(iter(layout))) is str:
        if "M" not in value:
            raise _no_such_document()
        return {"M": rewrite(value["M"], layout, writes)}
    if "L" not in value:
        raise _no_such_document()
    # Positions are those before the update: removals come last, and what lies beyond the end is appended in order.
    elements: list[Value] = list(value["L"])
    length = len(elements)
    removed: set[int] = set()
    for index in sorted(layout):
        below = layout[index]
        if type(below) is dict:
            if index >= length:
                raise _no_such_document()
            elements[index] = _rewrite(elements[index], below, writes)
            continue
        write = writes[below]
        if write is REMOVED:
            removed.add(index)
        elif write is not UNCHANGED:
            if index < length:
                elements[index] = write
            else:
                elements.append(write)
    if removed:
        elements = [element for index, element in enumerate(elements) if index not in removed or index >= length]
    return {"L": elements}


def _no_such_document() -> ValidationError:
    return ValidationError("The document path provided in the update expression is invalid for update")
