"""Condition operators: each (operator, key, values) of a Condition block becomes one closure over the request context.

An operator is taken apart into quantifier (`ForAllValues:`, `ForAnyValue:`), base (`StringLike`, …), negation and
`IfExists`. The base gives a test of one value against the policy's values; the rest is the same for all operators:

* the key is missing: false, but true for a negated operator, for `IfExists` and for `ForAllValues`;
* without a quantifier the key has one value; a negated operator holds when no policy value matches;
* `ForAllValues` holds when every value of the request does, `ForAnyValue` when one does; `ForAnyValue` looks for a
  value, so `IfExists` changes nothing there.

AWS: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Set operators for multivalued context keys".
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import math
import operator
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Final, Literal

from cloudchamber.identity.patterns import Flavour, Lookup, PatternSet, Value, Variable

Quantifier = Literal["one", "all", "any"]
Match = Callable[[str, Lookup], bool]
Compare = Callable[[float, float], bool]

# base name in lower case → (flavour of pattern, case folded)
_TEXT: Final[dict[str, tuple[Flavour, bool]]] = {
    "stringequals": ("exact", False),
    "stringequalsignorecase": ("exact", True),
    "stringlike": ("glob", False),
    "arnequals": ("arn", False),
    "arnlike": ("arn", False),
}
_COMPARE: Final[dict[str, Compare]] = {
    "equals": operator.eq,
    "lessthan": operator.lt,
    "lessthanequals": operator.le,
    "greaterthan": operator.gt,
    "greaterthanequals": operator.ge,
}
# negated name → (base name)
_NEGATED: Final = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
    "notipaddress": "ipaddress",
}
_OTHER: Final = frozenset({"bool", "binaryequals", "ipaddress", "null"})
_BASES: Final = frozenset(_TEXT) | _OTHER | {f"{kind}{name}" for kind in ("numeric", "date") for name in _COMPARE}


class UnknownOperator(ValueError):
    """The document names a condition operator that AWS does not have."""


class Condition:
    """One line of a Condition block. `operator` and `key` are as written; `holds` answers for a request."""

    __slots__ = ("holds", "key", "operator", "values", "variables")

    def __init__(self, operator_name: str, key: str, values: Sequence[str], *, variables: bool) -> None:
        """`variables`: whether the document's version knows policy variables. Raises UnknownOperator."""
        self.operator = operator_name
        self.key = key
        self.values = tuple(values)
        quantifier, base, negated, if_exists = take_apart(operator_name)
        self.variables: tuple[Variable, ...] = ()
        if base == "null":
            self.holds = _null(key.lower(), self.values)
            return
        if base in _TEXT:
            flavour, fold = _TEXT[base]
            patterns = PatternSet(self.values, flavour, variables=variables, fold=fold)
            self.variables = tuple(patterns.variables())
            match: Match = patterns.matches
            if quantifier == "one" and not fold and patterns.only_literals():
                self.holds = _literal(key.lower(), patterns.literals, negated, if_exists)
                return
        else:
            match = _typed_match(base, self.values)
        self.holds = _quantified(quantifier, key.lower(), match, negated, if_exists)


def take_apart(operator_name: str) -> tuple[Quantifier, str, bool, bool]:
    """(quantifier, base name in lower case, negated, IfExists). Raises UnknownOperator."""
    name = operator_name.lower()
    quantifier: Quantifier = "one"
    if name.startswith("forallvalues:"):
        quantifier, name = "all", name[13:]
    elif name.startswith("foranyvalue:"):
        quantifier, name = "any", name[12:]
    if_exists = name.endswith("ifexists")
    if if_exists:
        name = name[:-8]
    base = _NEGATED.get(name, name)
    if base not in _BASES or (base == "null" and if_exists):
        raise UnknownOperator(operator_name)
    return quantifier, base, base != name, if_exists


def _literal(key: str, values: frozenset[str], negated: bool, if_exists: bool) -> Callable[[Lookup], bool]:
    """The everyday condition, a key that equals one of some constants, without the general machinery."""
    when_missing = negated or if_exists

    def holds(lookup: Lookup) -> bool:
        value = lookup.get(key)
        if value is None:
            return when_missing
        if isinstance(value, str):
            return (value in values) is not negated
        if not value:
            return when_missing
        return (not values.isdisjoint(value)) is not negated

    return holds


def _quantified(
    quantifier: Quantifier, key: str, match: Match, negated: bool, if_exists: bool
) -> Callable[[Lookup], bool]:
    def one(lookup: Lookup) -> bool:
        values = _values(lookup.get(key))
        if not values:
            return negated or if_exists
        return any(match(value, lookup) for value in values) is not negated

    def every(lookup: Lookup) -> bool:
        return all(match(value, lookup) is not negated for value in _values(lookup.get(key)) if value)

    def some(lookup: Lookup) -> bool:
        return any(match(value, lookup) is not negated for value in _values(lookup.get(key)))

    return {"one": one, "all": every, "any": some}[quantifier]


def _values(value: Value | None) -> Sequence[str]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else value


def _null(key: str, values: Iterable[str]) -> Callable[[Lookup], bool]:
    """`"Null": {key: "true"}` holds when the key is missing, `"false"` when it is there."""
    wanted = {value.lower() == "true" for value in values}
    return lambda lookup: (not _values(lookup.get(key))) in wanted


def _typed_match(base: str, values: Sequence[str]) -> Match:
    if base == "bool":
        flags = frozenset(value.lower() for value in values)
        return lambda value, _lookup: value.lower() in flags
    if base == "binaryequals":
        blobs = [blob for blob in map(_decode, values) if blob is not None]
        return lambda value, _lookup: _decode(value) in blobs
    if base == "ipaddress":
        return _ip_match(values)
    if base.startswith("numeric"):
        return _ordered_match(_COMPARE[base[7:]], values, parse_number)
    return _ordered_match(_COMPARE[base[4:]], values, parse_date)


def _ordered_match(compare: Compare, values: Sequence[str], read: Callable[[str], float | None]) -> Match:
    limits = [limit for limit in map(read, values) if limit is not None]

    def match(value: str, _lookup: Lookup) -> bool:
        number = read(value)
        return number is not None and any(compare(number, limit) for limit in limits)

    return match


def _ip_match(values: Sequence[str]) -> Match:
    networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
    for value in values:
        try:
            networks.append(ipaddress.ip_network(value, strict=False))
        except ValueError:
            continue

    def match(value: str, _lookup: Lookup) -> bool:
        try:
            address = ipaddress.ip_address(value)
        except ValueError:
            return False
        return any(address in network for network in networks)

    return match


def _decode(value: str) -> bytes | None:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None


def parse_number(text: str) -> float | None:
    """An integer or decimal number; None for anything else. Integers stay exact."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def parse_date(text: str) -> float | None:
    """Epoch seconds of a W3C ISO 8601 date or of a number of epoch seconds; None for anything else."""
    number = parse_number(text)
    if number is not None:
        # A year alone is a date too, and no request is made in the first hours of 1970.
        return _epoch(f"{text}-01-01") if len(text) == 4 and text.isdigit() else number
    if len(text) == 7:
        text += "-01"
    return _epoch(text)


def _epoch(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
