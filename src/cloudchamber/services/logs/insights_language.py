"""Insights queries as text: tokens, and expressions compiled to functions of a row. Pure.

A row is a dict of field names. What a slash means depends on the place: the parser asks for a regular expression where
one may stand. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import regex  # type: ignore[import-untyped, unused-ignore]

from cloudchamber.core.errors import NotImplementedByUs
from cloudchamber.services.logs import insights_values as values
from cloudchamber.services.logs.errors import MalformedQuery

if TYPE_CHECKING:
    from collections.abc import Callable

    Row = dict[str, Any]
    Value = Callable[[Row], Any]

REGEX_SECONDS_MAX = 2.0  # on one text: an expression that never ends must not stop the cloud
_TOKEN = re.compile(
    r"""(?P<period>\d+(?:ms|milliseconds?|seconds?|sec|s|minutes?|min|m|hours?|hr|h|days?|d|weeks?|w)\b)
    |(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
    |(?P<quoted>`[^`]+`)|(?P<name>[@A-Za-z_][\w.@]*)|(?P<op>=~|!=|<=|>=|[-+*/%^=<>(),\[\]|])""",
    re.VERBOSE,
)
_SPACE = re.compile(r"(?:\s+|\#[^\n]*)*")
_REGEX = re.compile(r"/((?:\\.|[^/\\\n])+)/")


class Reader:
    """Reads a query from left to right."""

    def __init__(self, query: str, now_ms: int) -> None:
        self.query = query
        self._at = 0
        self._now_ms = now_ms
        # Set while the outputs of `stats` are read: the aggregates met, whose results stand in the row by their place.
        self.aggregates: list[values.Aggregate] | None = None

    # tokens

    def _skip(self) -> None:
        found = _SPACE.match(self.query, self._at)
        self._at = found.end() if found else self._at

    @property
    def at(self) -> int:
        """Where the next token begins."""
        self._skip()
        return self._at

    def peek(self) -> tuple[str, str]:
        """Kind and text of the next token; empty at the end."""
        self._skip()
        found = _TOKEN.match(self.query, self._at)
        if found is None or found.lastgroup is None:
            if self._at < len(self.query):
                raise self.unexpected()
            return "", ""
        return found.lastgroup, found[0]

    def take(self) -> tuple[str, str]:
        token = self.peek()
        if not token[0]:
            raise self.unexpected()
        self._at += len(token[1])
        return token

    def word(self, *words: str) -> str:
        """The next token if it is one of these words, in lower case; else empty, and nothing is taken."""
        kind, text = self.peek()
        if kind == "name" and text.lower() in words:
            self.take()
            return text.lower()
        return ""

    def symbol(self, *symbols: str) -> str:
        kind, text = self.peek()
        if kind == "op" and text in symbols:
            self.take()
            return text
        return ""

    def expect(self, symbol: str) -> None:
        if not self.symbol(symbol):
            raise self.unexpected()

    def unexpected(self) -> MalformedQuery:
        self._skip()
        before = self.query[: self._at]
        line, column = before.count("\n") + 1, self._at - before.rfind("\n") - 1
        found = self.query[self._at : self._at + 1] or "<EOF>"
        end = min(len(self.query), self._at + 1)
        return MalformedQuery(f"unexpected symbol found {found} at line {line} and position {column}", self._at, end)

    def refuse(self, message: str, begin: int) -> MalformedQuery:
        return MalformedQuery(message, begin, self._at)

    def regex(self) -> Any:
        """A `/regular expression/`, compiled; None where there is none."""
        self._skip()
        found = _REGEX.match(self.query, self._at)
        if found is None:
            return None
        begin, self._at = self._at, found.end()
        try:
            return regex.compile(found[1].replace("\\/", "/"))
        except regex.error as error:
            raise self.refuse(f"Invalid regular expression: {error}", begin) from None

    def string(self) -> str:
        kind, text = self.take()
        if kind != "string":
            self._at -= len(text)
            raise self.unexpected()
        return unquote(text)

    def field(self) -> str:
        """The name of a field."""
        kind, text = self.take()
        if kind not in ("name", "quoted"):
            self._at -= len(text)
            raise self.unexpected()
        return text.strip("`")

    def whole(self) -> int:
        """A whole number."""
        kind, text = self.take()
        if kind != "number" or not text.isdigit():
            self._at -= len(text)
            raise self.unexpected()
        return int(text)

    # expressions

    def labelled(self, read: Callable[[], Value]) -> tuple[str, Value]:
        """An expression with its name: what stands behind `as`, or its own text."""
        begin = self.at
        value = read()
        label = self.query[begin : self._at].strip().strip("`")
        return (self.field() if self.word("as") else label), value

    def expression(self) -> Value:
        parts = [self._and()]
        while self.word("or"):
            parts.append(self._and())
        return parts[0] if len(parts) == 1 else lambda row: any(values.truth(part(row)) for part in parts)

    def _and(self) -> Value:
        parts = [self._not()]
        while self.word("and"):
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else lambda row: all(values.truth(part(row)) for part in parts)

    def _not(self) -> Value:
        if self.word("not"):
            inner = self._not()
            return lambda row: not values.truth(inner(row))
        return self._comparison()

    def _comparison(self) -> Value:
        left = self._sum()
        op = self.symbol("=", "!=", "<", "<=", ">", ">=", "=~")
        if op == "=~":
            return self._like(left)
        if op:
            return _compared(op, left, self._sum())
        negated = bool(self.word("not"))
        kind = self.word("like", "in")
        if kind == "like":
            test = self._like(left)
        elif kind == "in":
            test = self._in(left)
        elif negated:
            raise self.unexpected()
        else:
            return left
        return (lambda row: not test(row)) if negated else test

    def _like(self, left: Value) -> Value:
        pattern = self.regex()
        if pattern is not None:
            return lambda row: (
                (value := left(row)) is not None
                and (pattern.search(values.text(value), timeout=REGEX_SECONDS_MAX) is not None)
            )
        part = self.string()
        return lambda row: (value := left(row)) is not None and part in values.text(value)

    def _in(self, left: Value) -> Value:
        self.expect("[")
        options = [self._sum()]
        while self.symbol(","):
            options.append(self._sum())
        self.expect("]")
        return lambda row: any(values.equal(left(row), option(row)) for option in options)

    def _sum(self) -> Value:
        value = self._product()
        while op := self.symbol("+", "-"):
            value = _calculated(op, value, self._product())
        return value

    def _product(self) -> Value:
        value = self._power()
        while op := self.symbol("*", "/", "%"):
            value = _calculated(op, value, self._power())
        return value

    def _power(self) -> Value:
        value = self._single()
        return _calculated("^", value, self._power()) if self.symbol("^") else value

    def _single(self) -> Value:
        if self.symbol("-"):
            inner = self._single()
            return lambda row: values.arithmetic("-", 0, inner(row))
        if self.symbol("("):
            inside = self.expression()
            self.expect(")")
            return inside
        kind, text = self.take()
        if kind in ("number", "period", "string"):
            literal = _literal(kind, text)
            return lambda row: literal
        if kind == "name" and self.symbol("("):
            return self._call(text)
        if kind not in ("name", "quoted"):
            self._at -= len(text)
            raise self.unexpected()
        if text in ("true", "false"):
            return lambda row: text == "true"
        name = text.strip("`")
        return lambda row: row.get(name)

    def _call(self, name: str) -> Value:
        """A call whose opening parenthesis was read."""
        begin, lower = self._at - len(name) - 1, name.lower()
        if lower in values.AGGREGATES and self.aggregates is not None:
            return self._aggregate(lower)
        arguments = []
        if not self.symbol(")"):
            arguments.append(self.expression())
            while self.symbol(","):
                arguments.append(self.expression())
            self.expect(")")
        if lower == "bin" and len(arguments) == 1:
            period = arguments[0]
            return lambda row: values.floor_instant(row.get("@timestamp"), period(row))
        if lower == "now" and not arguments:
            return lambda row: self._now_ms // 1000
        if lower in values.ELSEWHERE:
            raise NotImplementedByUs(f"the Insights function {name} is not implemented in cloudchamber")
        found = values.FUNCTIONS.get(lower)
        if found is None:
            raise self.refuse(f"Unknown function: {name}", begin)
        function, least, most = found
        if len(arguments) < least or (most is not None and len(arguments) > most):
            raise self.refuse(f"Wrong number of arguments of function: {name}", begin)
        return lambda row: function(*(argument(row) for argument in arguments))

    def _aggregate(self, kind: str) -> Value:
        waiting, self.aggregates = self.aggregates, None  # no aggregates inside an aggregate
        assert waiting is not None
        argument, share = None, 50.0
        if kind == "count" and (self.symbol("*") or self.peek() == ("op", ")")):
            pass
        else:
            argument = self.expression()
            if kind == "pct":
                self.expect(",")
                text = self.take()[1]
                share = values.number(text) or 0.0
        self.expect(")")
        self.aggregates = waiting
        key = f"\0{len(waiting)}"
        waiting.append(values.Aggregate(kind, argument, share))
        return lambda row: row.get(key)


def _literal(kind: str, text: str) -> Any:
    if kind == "string":
        return unquote(text)
    if kind == "number":
        return float(text) if set(text) & set(".eE") else int(text)
    count = text.rstrip("abcdefghijklmnopqrstuvwxyz")
    return values.Period(int(count) * values.UNITS_MS[text[len(count) :]])


def _calculated(op: str, left: Value, right: Value) -> Value:
    return lambda row: values.arithmetic(op, left(row), right(row))


def _compared(op: str, left: Value, right: Value) -> Value:
    compare: dict[str, Callable[[Any, Any], bool]] = {
        "=": values.equal, "!=": lambda a, b: not values.equal(a, b), "<": values.less,
        ">": lambda a, b: values.less(b, a), "<=": _at_most, ">=": lambda a, b: _at_most(b, a),
    }  # fmt: skip
    test = compare[op]
    return lambda row: test(left(row), right(row))


def _at_most(left: Any, right: Any) -> bool:
    return values.less(left, right) or values.equal(left, right)


def unquote(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])
