"""What operators and functions ask of the values they are given: types, and the order of BETWEEN's bounds.

Found while a text is read, checked against the values of each request. Only values of the request are judged so: an
attribute of an unfitting type is no error, the condition just does not hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from cloudchamber.services.dynamodb.expressions.tree import Values, in_order

if TYPE_CHECKING:
    from cloudchamber.services.dynamodb.values import Value

ORDERED = frozenset(("S", "N", "B"))
SIZED = frozenset(("S", "B", "SS", "NS", "BS", "L", "M"))
TEXTS = frozenset(("S", "B"))
CONTAINERS = frozenset(("S", "B", "SS", "NS", "BS", "L"))
NUMBERS = frozenset(("N",))
LISTS = frozenset(("L",))
ADDABLE = frozenset(("N", "SS", "NS", "BS"))
SETS = frozenset(("SS", "NS", "BS"))

_LONG_NAMES = {
    "S": "STRING",
    "N": "NUMBER",
    "B": "BINARY",
    "SS": "STRING_SET",
    "NS": "NUMBER_SET",
    "BS": "BINARY_SET",
    "L": "LIST",
    "M": "MAP",
    "BOOL": "BOOLEAN",
    "NULL": "NULL",
}
_KINDS = "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}"


def wrong_type(operator: str, kind: str) -> str:
    return f"Incorrect operand type for operator or function; operator or function: {operator}, operand type: {kind}"


class Demand(Protocol):
    def fault(self, values: Values) -> str | None:
        """What is wrong with the values, in DynamoDB's words; None if nothing is."""


@dataclass(frozen=True, slots=True)
class OfKind:
    """An operand of an operator or function."""

    reference: str
    operator: str
    kinds: frozenset[str]

    def fault(self, values: Values) -> str | None:
        (kind,) = values[self.reference]
        return None if kind in self.kinds else wrong_type(self.operator, kind)


@dataclass(frozen=True, slots=True)
class OfActionKind:
    """The operand of ADD or DELETE."""

    reference: str
    action: str
    kinds: frozenset[str]

    def fault(self, values: Values) -> str | None:
        (kind,) = values[self.reference]
        if kind in self.kinds:
            return None
        return (
            f"Incorrect operand type for operator or function; operator: {self.action}, "
            f"operand type: {_LONG_NAMES[kind]}, typeSet: ALLOWED_FOR_{self.action}_OPERAND"
        )


@dataclass(frozen=True, slots=True)
class InBounds:
    """BETWEEN's bounds: of one type, the lower not above the upper."""

    lower: str
    upper: str

    def fault(self, values: Values) -> str | None:
        lower, upper = values[self.lower], values[self.upper]
        if in_order(lower, upper, strictly=False):
            return None
        demand = "same data type for lower and upper bounds"
        if lower.keys() == upper.keys():
            demand = "upper bound to be greater than or equal to lower bound"
        return (
            f"The BETWEEN operator requires {demand}; lower bound operand: {_shown(lower)}, "
            f"upper bound operand: {_shown(upper)}"
        )


@dataclass(frozen=True, slots=True)
class NamesKind:
    """The second operand of attribute_type."""

    reference: str

    def fault(self, values: Values) -> str | None:
        ((kind, inner),) = values[self.reference].items()
        if kind != "S":
            return wrong_type("attribute_type", kind)
        if inner not in _LONG_NAMES:
            return f"Invalid attribute type name found; type: {inner}, valid types: {_KINDS}"
        return None


def _shown(value: Value) -> str:
    ((kind, inner),) = value.items()
    return f"AttributeValue: {{{kind}:{inner}}}"
