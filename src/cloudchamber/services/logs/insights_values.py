"""Values in Insights queries: how they compare, how they are shown, and the functions that make new ones. Pure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html
"""

from __future__ import annotations

import datetime
import ipaddress
import math
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_NUMBER = re.compile(r"\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*")
DECIMALS = 4
UNITS_MS = {
    "ms": 1, "millisecond": 1, "milliseconds": 1, "s": 1000, "sec": 1000, "second": 1000, "seconds": 1000,
    "m": 60_000, "min": 60_000, "minute": 60_000, "minutes": 60_000, "h": 3_600_000, "hr": 3_600_000,
    "hour": 3_600_000, "hours": 3_600_000, "d": 86_400_000, "day": 86_400_000, "days": 86_400_000,
    "w": 604_800_000, "week": 604_800_000, "weeks": 604_800_000,
}  # fmt: skip


class Instant(int):
    """Epoch milliseconds, shown as a date and time."""


class Period(int):
    """A length of time in milliseconds, such as `5m`."""


def number(value: Any) -> float | None:
    """None for what is no number."""
    if isinstance(value, int | float):
        return float(value)
    return float(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else None


def text(value: Any) -> str:
    """A value as results show it."""
    if isinstance(value, str):
        return value
    if isinstance(value, Instant):
        at = datetime.datetime.fromtimestamp(value / 1000, datetime.UTC)
        return f"{at:%Y-%m-%d %H:%M:%S}.{value % 1000:03d}"
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        rounded = round(value, DECIMALS)
        return str(int(rounded)) if rounded.is_integer() else repr(rounded)
    return "" if value is None else str(value)


def truth(value: Any) -> bool:
    return value not in (None, "", "0", "false") and value != 0


def equal(left: Any, right: Any) -> bool:
    if left is None or right is None:
        return False
    one, other = number(left), number(right)
    if one is not None and other is not None:
        return one == other
    for flag, literal in ((left, right), (right, left)):
        if isinstance(flag, bool):
            return str(literal).lower() == ("true" if flag else "false")
    return text(left) == text(right)


def less(left: Any, right: Any) -> bool:
    if left is None or right is None:
        return False
    one, other = number(left), number(right)
    return one < other if one is not None and other is not None else text(left) < text(right)


def sort_key(value: Any) -> tuple[int, float, str]:
    """What is missing first, then numbers, then texts."""
    if value is None:
        return (0, 0.0, "")
    found = number(value)
    return (2, 0.0, text(value)) if found is None else (1, found, "")


def arithmetic(op: str, left: Any, right: Any) -> float | None:
    one, other = number(left), number(right)
    if one is None or other is None:
        return None
    try:
        made = _ARITHMETIC[op](one, other)
    except (ZeroDivisionError, OverflowError, ValueError):
        return None
    return None if isinstance(made, complex) else made


_ARITHMETIC: dict[str, Callable[[float, float], Any]] = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a / b,
    "%": math.fmod, "^": lambda a, b: a**b,
}  # fmt: skip


def _numeric(function: Callable[..., float]) -> Callable[..., float | None]:
    def call(*values: Any) -> float | None:
        numbers = [number(value) for value in values]
        try:
            return None if None in numbers else function(*numbers)
        except (ValueError, OverflowError):
            return None

    return call


def _textual(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of a text and more; nothing where the text is missing."""
    return lambda value, *more: None if value is None else function(text(value), *more)


def _substring(value: str, start: Any, length: Any = None) -> str:
    begin = int(number(start) or 0)
    return value[begin:] if length is None else value[begin : begin + int(number(length) or 0)]


def _address(value: Any, *versions: int) -> bool:
    try:
        return ipaddress.ip_address(text(value)).version in versions
    except ValueError:
        return False


def _in_subnet(value: Any, subnet: Any, *versions: int) -> bool:
    try:
        return _address(value, *versions) and ipaddress.ip_address(text(value)) in ipaddress.ip_network(
            text(subnet), strict=False
        )
    except ValueError:
        return False


def floor_instant(value: Any, period: Any) -> Instant | None:
    at, length = number(value), number(period)
    return None if at is None or not length else Instant(int(at // length * length))


def _ceil_instant(value: Any, period: Any) -> Instant | None:
    at, length = number(value), number(period)
    return None if at is None or not length else Instant(int(-(-at // length) * length))


# Functions that AWS has and this cloud has not.
ELSEWHERE = ("jsonparse", "jsonstringify")
# Name in lower case -> (function, fewest arguments, most arguments or None).
FUNCTIONS: dict[str, tuple[Callable[..., Any], int, int | None]] = {
    "abs": (_numeric(abs), 1, 1), "ceil": (_numeric(math.ceil), 1, 1), "floor": (_numeric(math.floor), 1, 1),
    "greatest": (_numeric(max), 1, None), "least": (_numeric(min), 1, None), "log": (_numeric(math.log), 1, 1),
    "sqrt": (_numeric(math.sqrt), 1, 1),
    "ispresent": (lambda value: value is not None, 1, 1),
    "coalesce": (lambda *values: next((value for value in values if value is not None), None), 1, None),
    "if": (lambda test, yes, no: yes if truth(test) else no, 3, 3),
    "isempty": (lambda value: value in (None, ""), 1, 1),
    "isblank": (lambda value: not text(value).strip(), 1, 1),
    "concat": (lambda *values: "".join(text(value) for value in values), 1, None),
    "ltrim": (_textual(lambda value, what=None: value.lstrip(what)), 1, 2),
    "rtrim": (_textual(lambda value, what=None: value.rstrip(what)), 1, 2),
    "trim": (_textual(lambda value, what=None: value.strip(what)), 1, 2),
    "strlen": (_textual(len), 1, 1), "toupper": (_textual(str.upper), 1, 1), "tolower": (_textual(str.lower), 1, 1),
    "substr": (_textual(_substring), 2, 3),
    "replace": (_textual(lambda value, what, by: value.replace(text(what), text(by))), 3, 3),
    "strcontains": (lambda value, what: int(text(what) in text(value)), 2, 2),
    "datefloor": (floor_instant, 2, 2), "dateceil": (_ceil_instant, 2, 2),
    "frommillis": (lambda value: None if number(value) is None else Instant(int(number(value) or 0)), 1, 1),
    "tomillis": (lambda value: None if number(value) is None else int(number(value) or 0), 1, 1),
    "isvalidip": (lambda value: _address(value, 4, 6), 1, 1), "isvalidipv4": (lambda value: _address(value, 4), 1, 1),
    "isvalidipv6": (lambda value: _address(value, 6), 1, 1),
    "isipinsubnet": (lambda value, subnet: _in_subnet(value, subnet, 4, 6), 2, 2),
    "isipv4insubnet": (lambda value, subnet: _in_subnet(value, subnet, 4), 2, 2),
    "isipv6insubnet": (lambda value, subnet: _in_subnet(value, subnet, 6), 2, 2),
}  # fmt: skip


class Aggregate:
    """A number or value made of many rows; `argument` is what is looked at in each, None for the row itself."""

    def __init__(self, kind: str, argument: Callable[[Any], Any] | None, share: float = 0.0) -> None:
        self.kind = kind
        self._argument = argument
        self._share = share

    def over(self, rows: list[dict[str, Any]]) -> Any:
        argument = self._argument
        if argument is None:
            return len(rows)
        if self.kind in ("earliest", "latest"):
            return self._at_end(rows)
        values = [value for row in rows if (value := argument(row)) is not None]
        if self.kind == "count":
            return len(values)
        if self.kind == "count_distinct":
            return len({text(value) for value in values})
        if self.kind in ("min", "sortsfirst"):
            return min(values, key=sort_key, default=None)
        if self.kind in ("max", "sortslast"):
            return max(values, key=sort_key, default=None)
        return self._numeric([found for value in values if (found := number(value)) is not None])

    def _at_end(self, rows: list[dict[str, Any]]) -> Any:
        with_value = [row for row in rows if self._argument is not None and self._argument(row) is not None]
        pick = min if self.kind == "earliest" else max
        row = pick(with_value, key=lambda one: one.get("@timestamp", 0), default=None)
        return None if row is None or self._argument is None else self._argument(row)

    def _numeric(self, numbers: list[float]) -> float | None:
        if self.kind == "sum":
            return math.fsum(numbers)
        if not numbers:
            return None
        if self.kind == "avg":
            return math.fsum(numbers) / len(numbers)
        if self.kind == "stddev":
            mean = math.fsum(numbers) / len(numbers)
            return math.sqrt(math.fsum((n - mean) ** 2 for n in numbers) / len(numbers))
        ordered = sorted(numbers)  # pct and median
        place = min(len(ordered) - 1, max(0, math.ceil(self._share / 100 * len(ordered)) - 1))
        return ordered[place]


# Name in lower case -> how many arguments it takes at most.
AGGREGATES = {
    "count": 1, "sum": 1, "avg": 1, "min": 1, "max": 1, "stddev": 1, "count_distinct": 1, "earliest": 1, "latest": 1,
    "sortsfirst": 1, "sortslast": 1, "pct": 2, "median": 1,
}  # fmt: skip
