"""The comparisons of event patterns, each compiled to a test of one value.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
The words of refusals are those of event-ruler, the open-source library behind EventBridge.
"""

from __future__ import annotations

import ipaddress
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudchamber.core.patterns.text import Node, PatternError

if TYPE_CHECKING:
    from collections.abc import Mapping

Test = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Dialect:
    """What services differ in: the greatest number, and whether a prefix or a suffix may be told to ignore case."""

    number_max: int
    folds: bool = True


_ONE_KEY = "Only one key allowed in match expression"
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq,
}  # fmt: skip


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def exact(node: Node) -> Test:
    """A string, a number, true, false or null."""
    value = node.value
    if node.kind == "string":
        return lambda found: isinstance(found, str) and found == value
    if node.kind == "number":
        return lambda found: is_number(found) and found == value
    if node.kind == "literal":
        return lambda found: found is value
    raise PatternError("Match value must be String, number, true, false, or null", node.at)


def condition(node: Node, dialect: Dialect) -> Test:
    """An operator with its operand, such as `{"prefix": "a"}`. `{"exists": false}` is no test of a value."""
    if not node.value:
        raise PatternError("Match expression name not found", node.end)
    name, operand = node.value[0]
    make = _OPERATORS.get(name)
    if make is None:
        raise PatternError(f"Unrecognized match type {name}", operand.at)
    test = make(operand, dialect)
    if len(node.value) > 1:
        raise PatternError(_ONE_KEY, node.value[1][1].at)
    return test


def _text(node: Node, name: str) -> str:
    if node.kind != "string":
        raise PatternError(f"{name} match pattern must be a string", node.at)
    text: str = node.value
    return text


def _ignoring_case(node: Node, name: str, dialect: Dialect) -> str | None:
    """The text of `{"equals-ignore-case": text}` within a prefix or suffix; None if the operand is no object."""
    if node.kind != "object" or not dialect.folds:
        return None
    if not node.value or node.value[0][0] != "equals-ignore-case":
        raise PatternError(f"Unsupported anything-but pattern: {name}", node.end)
    if len(node.value) > 1:
        raise PatternError(_ONE_KEY, node.value[1][1].at)
    return _text(node.value[0][1], "equals-ignore-case").casefold()


def _prefix(node: Node, dialect: Dialect) -> Test:
    folded = _ignoring_case(node, "prefix", dialect)
    if folded is not None:
        return lambda found: isinstance(found, str) and found.casefold().startswith(folded)
    text = _text(node, "prefix")
    return lambda found: isinstance(found, str) and found.startswith(text)


def _suffix(node: Node, dialect: Dialect) -> Test:
    folded = _ignoring_case(node, "suffix", dialect)
    if folded is not None:
        return lambda found: isinstance(found, str) and found.casefold().endswith(folded)
    text = _text(node, "suffix")
    return lambda found: isinstance(found, str) and found.endswith(text)


def _equals_ignore_case(node: Node, _dialect: Dialect) -> Test:
    text = _text(node, "equals-ignore-case").casefold()
    return lambda found: isinstance(found, str) and found.casefold() == text


def _wildcard(node: Node, _dialect: Dialect) -> Test:
    """`*` stands for any characters; `\\*` and `\\\\` for themselves."""
    text, at = _text(node, "wildcard"), 0
    pieces = [""]  # what stands between the asterisks
    while at < len(text):
        if text[at] == "\\":
            if text[at + 1 : at + 2] not in ("*", "\\"):
                raise PatternError(f"Invalid escape character at pos {at}", node.end)
            at += 1
            pieces[-1] += text[at]
        elif text[at] == "*":
            if text[at + 1 : at + 2] == "*":
                raise PatternError(f"Consecutive wildcard characters at pos {at}", node.end)
            pieces.append("")
        else:
            pieces[-1] += text[at]
        at += 1
    return lambda found: isinstance(found, str) and _has_pieces(found, pieces)


def _has_pieces(text: str, pieces: list[str]) -> bool:
    """Whether a text begins with the first piece, ends with the last and has the others in order in between."""
    if len(pieces) == 1:
        return text == pieces[0]
    first, *middle, last = pieces
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in middle:
        at = text.find(piece, at, end)
        if at < 0:
            return False
        at += len(piece)
    return True


def _cidr(node: Node, _dialect: Dialect) -> Test:
    text = _text(node, "prefix")
    if text.count("/") != 1:
        raise PatternError("Malformed CIDR, one '/' required", node.end)
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise PatternError(f"Malformed CIDR: {text}", node.end) from None

    def test(found: Any) -> bool:
        try:
            return isinstance(found, str) and ipaddress.ip_address(found) in network
        except ValueError:
            return False

    return test


def _exists(node: Node, _dialect: Dialect) -> Test:
    if not isinstance(node.value, bool):
        raise PatternError("exists match pattern must be either true or false.", node.at)
    wanted = node.value
    return lambda _found: wanted


def _number(node: Node | None, name: str, end: int, dialect: Dialect) -> float:
    if node is None or node.kind != "number":
        raise PatternError(f"Value of {name} must be numeric", end if node is None else node.at)
    if abs(node.value) > dialect.number_max:
        bound = f"{dialect.number_max / 1e9:.1f}E9"
        raise PatternError(f"Value must be between -{bound} and {bound}, inclusive", node.at)
    number: float = node.value
    return number


def _numeric(node: Node, dialect: Dialect) -> Test:
    """`["=", 5]`, `["<", 5]`, or a range `[">", 0, "<=", 5]`."""
    if node.kind != "array":
        raise PatternError("Value of numeric must be an array.", node.at)
    parts, end = node.value, node.end
    if not parts or parts[0].kind != "string":
        what = parts[0].value if parts and parts[0].kind in ("number", "literal") else "]"
        raise PatternError(f"Invalid member in numeric match: {what}", parts[0].at if parts else end)
    first = parts[0].value
    if first not in _COMPARISONS:
        raise PatternError(f"Unrecognized numeric range operator: {first}", parts[0].end)
    bottom = _number(parts[1] if len(parts) > 1 else None, "equals" if first == "=" else first, end, dialect)
    holds = _COMPARISONS[first]
    if len(parts) == 2:
        return lambda found: is_number(found) and holds(found, bottom)
    if first not in (">", ">="):
        raise PatternError("Too many elements in numeric expression", parts[2].at)
    if parts[2].kind != "string":
        raise PatternError(f"Bad value in numeric range: {parts[2].value}", parts[2].at)
    second = parts[2].value
    if second not in ("<", "<="):
        raise PatternError(f"Bad numeric range operator: {second}", parts[2].end)
    top = _number(parts[3] if len(parts) > 3 else None, second, end, dialect)
    if len(parts) > 4:
        raise PatternError("Too many terms in numeric range expression", parts[4].at)
    if bottom >= top:
        raise PatternError("Bottom must be less than top", end)
    also = _COMPARISONS[second]
    return lambda found: is_number(found) and holds(found, bottom) and also(found, top)


def _anything_but(node: Node, dialect: Dialect) -> Test:
    """All but some strings or numbers, or but what begins, ends or looks like something."""
    if node.kind == "object":
        tests = _excepted(node, dialect)
    else:
        values = node.value if node.kind == "array" else [node]
        for value in values:
            if value.kind not in ("string", "number"):
                if node.kind == "array":
                    raise PatternError("Inside anything but list, start|null|boolean is not supported.", value.at)
                raise PatternError("Value of anything-but must be an array or single string/number value.", value.at)
        if len({value.kind for value in values}) != 1:
            raise PatternError(
                "Inside anything but list, either all values are number or string, mixed type is not supported",
                node.end,
            )
        tests = [exact(value) for value in values]
    return lambda found: not any(test(found) for test in tests)


def _excepted(node: Node, dialect: Dialect) -> list[Test]:
    if not node.value:
        raise PatternError("Anything-But expression name not found", node.end)
    name, operand = node.value[0]
    if name not in ("prefix", "suffix", "wildcard", "equals-ignore-case"):
        raise PatternError(f"Unsupported anything-but pattern: {name}", operand.at)
    if len(node.value) > 1:
        raise PatternError(_ONE_KEY, node.value[1][1].at)
    texts = operand.value if operand.kind == "array" else [operand]
    if not texts or any(text.kind != "string" for text in texts):
        raise PatternError("prefix/suffix match pattern must be a string", operand.at)
    if name in ("prefix", "suffix") and any(text.value == "" for text in texts):
        raise PatternError("Null prefix/suffix not allowed", operand.end)
    return [_OPERATORS[name](text, dialect) for text in texts]


_OPERATORS: Mapping[str, Callable[[Node, Dialect], Test]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _equals_ignore_case,
    "wildcard": _wildcard,
    "cidr": _cidr,
    "exists": _exists,
    "numeric": _numeric,
    "anything-but": _anything_but,
}
KEYWORDS = frozenset(_OPERATORS)
