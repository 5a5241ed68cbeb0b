"""The conditions of filter policies, each compiled to a test of one value. Pure.

https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
Where AWS's documents are silent on a refusal, its words are those of event-ruler, the open-source library behind it.
"""

from __future__ import annotations

import ipaddress
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cloudchamber.services.sns import limits

if TYPE_CHECKING:
    from collections.abc import Mapping

Test = Callable[[Any], bool]

_ONE_KEY = "Only one key allowed in match expression"
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq,
}  # fmt: skip


class FilterPolicyError(ValueError):
    """A filter policy AWS does not take, in its words."""


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def exact(value: Any) -> Test:
    """A string, a number, true, false or null."""
    if isinstance(value, str):
        return lambda found: isinstance(found, str) and found == value
    if is_number(value):
        return lambda found: is_number(found) and found == value
    if value is None or isinstance(value, bool):
        return lambda found: found is value
    raise FilterPolicyError("Match value must be String, number, true, false, or null")


def condition(expression: Mapping[str, Any]) -> Test:
    """An operator with its operand, such as `{"prefix": "a"}`. `{"exists": false}` is no test of a value."""
    if not expression:
        raise FilterPolicyError("Match expression name not found")
    name, operand = next(iter(expression.items()))
    make = _OPERATORS.get(name)
    if make is None:
        raise FilterPolicyError(f"Unrecognized match type {name}")
    test = make(operand)
    if len(expression) > 1:
        raise FilterPolicyError(_ONE_KEY)
    return test


def _text(operand: Any, name: str) -> str:
    if not isinstance(operand, str):
        raise FilterPolicyError(f"{name} match pattern must be a string")
    return operand


def _prefix(operand: Any) -> Test:
    text = _text(operand, "prefix")
    return lambda found: isinstance(found, str) and found.startswith(text)


def _suffix(operand: Any) -> Test:
    text = _text(operand, "suffix")
    return lambda found: isinstance(found, str) and found.endswith(text)


def _equals_ignore_case(operand: Any) -> Test:
    text = _text(operand, "equals-ignore-case").casefold()
    return lambda found: isinstance(found, str) and found.casefold() == text


def _wildcard(operand: Any) -> Test:
    """`*` stands for any characters; `\\*` and `\\\\` for themselves."""
    text, at = _text(operand, "wildcard"), 0
    pieces = [""]  # what stands between the asterisks
    while at < len(text):
        if text[at] == "\\":
            if text[at + 1 : at + 2] not in ("*", "\\"):
                raise FilterPolicyError(f"Invalid escape character at pos {at}")
            at += 1
            pieces[-1] += text[at]
        elif text[at] == "*":
            if text[at + 1 : at + 2] == "*":
                raise FilterPolicyError(f"Consecutive wildcard characters at pos {at}")
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


def _cidr(operand: Any) -> Test:
    text = _text(operand, "prefix")
    if text.count("/") != 1:
        raise FilterPolicyError("Malformed CIDR, one '/' required")
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise FilterPolicyError(f"Malformed CIDR: {text}") from None

    def test(found: Any) -> bool:
        try:
            return isinstance(found, str) and ipaddress.ip_address(found) in network
        except ValueError:
            return False

    return test


def _exists(operand: Any) -> Test:
    if not isinstance(operand, bool):
        raise FilterPolicyError("exists match pattern must be either true or false.")
    return lambda _found: operand


def _number(operand: Any, name: str) -> float:
    if not is_number(operand):
        raise FilterPolicyError(f"Value of {name} must be numeric")
    if abs(operand) > limits.FILTER_NUMBER_MAX:
        raise FilterPolicyError("Value must be between -1.0E9 and 1.0E9, inclusive")
    number: float = operand
    return number


def _numeric(operand: Any) -> Test:
    """`["=", 5]`, `["<", 5]`, or a range `[">", 0, "<=", 5]`."""
    if not isinstance(operand, list):
        raise FilterPolicyError("Value of numeric must be an array.")
    first = operand[0] if operand else None
    if not isinstance(first, str):
        raise FilterPolicyError(f"Invalid member in numeric match: {']' if not operand else first}")
    if first not in _COMPARISONS:
        raise FilterPolicyError(f"Unrecognized numeric range operator: {first}")
    bottom = _number(operand[1] if len(operand) > 1 else None, "equals" if first == "=" else first)
    holds = _COMPARISONS[first]
    if len(operand) == 2:
        return lambda found: is_number(found) and holds(found, bottom)
    if first not in (">", ">="):
        raise FilterPolicyError("Too many elements in numeric expression")
    second = operand[2]
    if not isinstance(second, str):
        raise FilterPolicyError(f"Bad value in numeric range: {second}")
    if second not in ("<", "<="):
        raise FilterPolicyError(f"Bad numeric range operator: {second}")
    top = _number(operand[3] if len(operand) > 3 else None, second)
    if len(operand) > 4:
        raise FilterPolicyError("Too many terms in numeric range expression")
    if bottom >= top:
        raise FilterPolicyError("Bottom must be less than top")
    also = _COMPARISONS[second]
    return lambda found: is_number(found) and holds(found, bottom) and also(found, top)


def _anything_but(operand: Any) -> Test:
    """All but some strings or numbers, or but what begins, ends or looks like something."""
    if isinstance(operand, dict):
        tests = _excepted(operand)
    else:
        values = operand if isinstance(operand, list) else [operand]
        if not all(isinstance(value, str) or is_number(value) for value in values):
            if isinstance(operand, list):
                raise FilterPolicyError("Inside anything but list, start|null|boolean is not supported.")
            raise FilterPolicyError("Value of anything-but must be an array or single string/number value.")
        if len({isinstance(value, str) for value in values}) != 1:
            raise FilterPolicyError(
                "Inside anything but list, either all values are number or string, mixed type is not supported"
            )
        tests = [exact(value) for value in values]
    return lambda found: not any(test(found) for test in tests)


def _excepted(expression: Mapping[str, Any]) -> list[Test]:
    if not expression:
        raise FilterPolicyError("Anything-But expression name not found")
    name, operand = next(iter(expression.items()))
    if name not in ("prefix", "suffix", "wildcard", "equals-ignore-case"):
        raise FilterPolicyError(f"Unsupported anything-but pattern: {name}")
    if len(expression) > 1:
        raise FilterPolicyError(_ONE_KEY)
    texts = operand if isinstance(operand, list) else [operand]
    if not texts or not all(isinstance(text, str) for text in texts):
        raise FilterPolicyError("prefix/suffix match pattern must be a string")
    if "" in texts and name in ("prefix", "suffix"):
        raise FilterPolicyError("Null prefix/suffix not allowed")
    return [_OPERATORS[name](text) for text in texts]


_OPERATORS: Mapping[str, Callable[[Any], Test]] = {
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
