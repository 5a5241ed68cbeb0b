"""The tree of a condition: operands that are found in an item, and conditions that hold for one or not.

Nodes are what PartiQL builds as well. An expression's text gives a tree with `Reference`s in it (its paths are
resolved already); `bind` puts the values of one request in their place and gives the tree that is evaluated.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from cloudchamber.services.dynamodb.values import Item, Value, binary_size, equal

Values = Mapping[str, Value]


class Operand(Protocol):
    """What has a value in an item, or none."""

    def find(self, item: Item) -> Value | None: ...

    def bind(self, values: Values) -> Operand: ...

    def paths(self) -> Iterator[Path]: ...


class Test(Protocol):
    """What holds for an item or does not."""

    def holds(self, item: Item) -> bool: ...

    def bind(self, values: Values) -> Test: ...

    def paths(self) -> Iterator[Path]: ...


# operands


@dataclass(frozen=True, slots=True)
class Path:
    """A document path: the name of an attribute, then names in maps (str) and positions in lists (int)."""

    elements: tuple[Any, ...]

    def find(self, item: Item) -> Value | None:
        elements = self.elements
        value: Value | None = item.get(elements[0])
        if value is None or len(elements) == 1:
            return value
        for element in elements[1:]:
            if type(element) is str:
                value = value["M"].get(element) if "M" in value else None
            else:
                value = value["L"][element] if "L" in value and element < len(value["L"]) else None
            if value is None:
                return None
        return value

    def bind(self, _values: Values) -> Path:
        return self

    def paths(self) -> Iterator[Path]:
        yield self

    def __str__(self) -> str:
        """As DynamoDB's messages show it: `[a, b, [1]]`."""
        return "[" + ", ".join(name if type(name) is str else f"[{name}]" for name in self.elements) + "]"


@dataclass(frozen=True, slots=True)
class Literal:
    value: Value

    def find(self, _item: Item) -> Value | None:
        return self.value

    def bind(self, _values: Values) -> Literal:
        return self

    def paths(self) -> Iterator[Path]:
        return iter(())


@dataclass(frozen=True, slots=True)
class Reference:
    """A placeholder `:name` of a value, until it is bound."""

    name: str

    def find(self, _item: Item) -> Value | None:
        raise RuntimeError(f"{self.name} was never bound")

    def bind(self, values: Values) -> Literal:
        return Literal(values[self.name])

    def paths(self) -> Iterator[Path]:
        return iter(())


@dataclass(frozen=True, slots=True)
class Size:
    """Of strings UTF-16 code units, of binaries bytes, of sets, lists and maps elements; no value for other types."""

    operand: Operand

    def find(self, item: Item) -> Value | None:
        value = self.operand.find(item)
        if value is None:
            return None
        ((kind, inner),) = value.items()
        if kind == "S":
            return {"N": str(len(inner) if inner.isascii() else len(inner.encode("utf-16-le")) // 2)}
        if kind == "B":
            return {"N": str(binary_size(inner))}
        if kind in ("SS", "NS", "BS", "L", "M"):
            return {"N": str(len(inner))}
        return None

    def bind(self, values: Values) -> Size:
        operand = self.operand.bind(values)
        return self if operand is self.operand else Size(operand)

    def paths(self) -> Iterator[Path]:
        return self.operand.paths()


# conditions


def in_order(smaller: Value, larger: Value, *, strictly: bool) -> bool:
    """Whether one value comes before another (or with it): only among two strings, numbers or binaries."""
    ((kind, left),) = smaller.items()
    right = larger.get(kind)
    if right is None:
        return False
    if kind == "N":
        left, right = Decimal(left), Decimal(right)
    elif kind == "B":
        left, right = base64.b64decode(left), base64.b64decode(right)
    elif kind != "S":  # code points come in the order of their UTF-8
        return False
    return bool(left < right if strictly else left <= right)


@dataclass(frozen=True, slots=True)
class Comparison:
    """`=`, `<>`, `<`, `<=`, `>` or `>=`. What is missing equals nothing, and differs from everything."""

    operator: str
    left: Operand
    right: Operand

    def holds(self, item: Item) -> bool:
        operator = self.operator
        left, right = self.left.find(item), self.right.find(item)
        if left is None or right is None:
            return operator == "<>"
        if operator == "=":
            return equal(left, right)
        if operator == "<>":
            return not equal(left, right)
        if operator[0] == "<":
            return in_order(left, right, strictly=operator == "<")
        return in_order(right, left, strictly=operator == ">")

    def bind(self, values: Values) -> Comparison:
        return Comparison(self.operator, self.left.bind(values), self.right.bind(values))

    def paths(self) -> Iterator[Path]:
        yield from self.left.paths()
        yield from self.right.paths()


@dataclass(frozen=True, slots=True)
class Between:
    operand: Operand
    lower: Operand
    upper: Operand

    def holds(self, item: Item) -> bool:
        value, lower, upper = self.operand.find(item), self.lower.find(item), self.upper.find(item)
        if value is None or lower is None or upper is None:
            return False
        return in_order(lower, value, strictly=False) and in_order(value, upper, strictly=False)

    def bind(self, values: Values) -> Between:
        return Between(self.operand.bind(values), self.lower.bind(values), self.upper.bind(values))

    def paths(self) -> Iterator[Path]:
        for operand in (self.operand, self.lower, self.upper):
            yield from operand.paths()


@dataclass(frozen=True, slots=True)
class In:
    operand: Operand
    choices: tuple[Operand, ...]

    def holds(self, item: Item) -> bool:
        value = self.operand.find(item)
        if value is None:
            return False
        return any((found := choice.find(item)) is not None and equal(value, found) for choice in self.choices)

    def bind(self, values: Values) -> In:
        return In(self.operand.bind(values), tuple(choice.bind(values) for choice in self.choices))

    def paths(self) -> Iterator[Path]:
        for operand in (self.operand, *self.choices):
            yield from operand.paths()


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Test, ...]

    def holds(self, item: Item) -> bool:
        for part in self.parts:  # noqa: SIM110  # a generator would cost more than the conditions
            if not part.holds(item):
                return False
        return True

    def bind(self, values: Values) -> And:
        return And(tuple([part.bind(values) for part in self.parts]))

    def paths(self) -> Iterator[Path]:
        for part in self.parts:
            yield from part.paths()


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Test, ...]

    def holds(self, item: Item) -> bool:
        for part in self.parts:  # noqa: SIM110
            if part.holds(item):
                return True
        return False

    def bind(self, values: Values) -> Or:
        return Or(tuple([part.bind(values) for part in self.parts]))

    def paths(self) -> Iterator[Path]:
        for part in self.parts:
            yield from part.paths()


@dataclass(frozen=True, slots=True)
class Not:
    part: Test

    def holds(self, item: Item) -> bool:
        return not self.part.holds(item)

    def bind(self, values: Values) -> Not:
        return Not(self.part.bind(values))

    def paths(self) -> Iterator[Path]:
        return self.part.paths()


@dataclass(frozen=True, slots=True)
class AttributeExists:
    path: Path

    def holds(self, item: Item) -> bool:
        return self.path.find(item) is not None

    def bind(self, _values: Values) -> AttributeExists:
        return self

    def paths(self) -> Iterator[Path]:
        yield self.path


@dataclass(frozen=True, slots=True)
class AttributeNotExists:
    path: Path

    def holds(self, item: Item) -> bool:
        return self.path.find(item) is None

    def bind(self, _values: Values) -> AttributeNotExists:
        return self

    def paths(self) -> Iterator[Path]:
        yield self.path


@dataclass(frozen=True, slots=True)
class AttributeType:
    """`kind` finds the name of a type, as a string."""

    path: Path
    kind: Operand

    def holds(self, item: Item) -> bool:
        value, kind = self.path.find(item), self.kind.find(item)
        return value is not None and kind is not None and kind.get("S") in value

    def bind(self, values: Values) -> AttributeType:
        return AttributeType(self.path, self.kind.bind(values))

    def paths(self) -> Iterator[Path]:
        yield self.path
        yield from self.kind.paths()


@dataclass(frozen=True, slots=True)
class BeginsWith:
    operand: Operand
    prefix: Operand

    def holds(self, item: Item) -> bool:
        value, prefix = self.operand.find(item), self.prefix.find(item)
        if value is None or prefix is None:
            return False
        if "S" in value and "S" in prefix:
            return bool(value["S"].startswith(prefix["S"]))
        if "B" in value and "B" in prefix:
            return base64.b64decode(value["B"]).startswith(base64.b64decode(prefix["B"]))
        return False

    def bind(self, values: Values) -> BeginsWith:
        return BeginsWith(self.operand.bind(values), self.prefix.bind(values))

    def paths(self) -> Iterator[Path]:
        yield from self.operand.paths()
        yield from self.prefix.paths()


@dataclass(frozen=True, slots=True)
class Contains:
    """A part of a string or a binary, an element of a set or a list."""

    container: Operand
    element: Operand

    def holds(self, item: Item) -> bool:
        container, element = self.container.find(item), self.element.find(item)
        if container is None or element is None:
            return False
        ((kind, inner),) = container.items()
        if kind == "L":
            return any(equal(each, element) for each in inner)
        if kind in ("SS", "NS", "BS"):
            return element.get(kind[0]) in inner
        if kind not in element:
            return False
        if kind == "S":
            return element["S"] in inner
        return kind == "B" and base64.b64decode(element["B"]) in base64.b64decode(inner)

    def bind(self, values: Values) -> Contains:
        return Contains(self.container.bind(values), self.element.bind(values))

    def paths(self) -> Iterator[Path]:
        yield from self.container.paths()
        yield from self.element.paths()


@dataclass(frozen=True, slots=True)
class Condition:
    """What a request demands of an item: ConditionExpression, FilterExpression, Expected, QueryFilter, ScanFilter."""

    root: Test

    def holds(self, item: Item) -> bool:
        """Whether it holds for an item, or (of an item that is not there) for `{}`."""
        return self.root.holds(item)

    @property
    def attributes(self) -> frozenset[str]:
        """The top-level attributes it reads."""
        return roots(self.root.paths())


def roots(paths: Iterator[Path] | tuple[Path, ...]) -> frozenset[str]:
    """The names of the top-level attributes that paths lead into."""
    return frozenset(path.elements[0] for path in paths)
