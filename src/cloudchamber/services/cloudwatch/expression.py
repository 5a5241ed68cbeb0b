"""Metric math, parsed: text to a tree of tuples.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html

Nodes: ("number", 1.5), ("text", "abc"), ("id", "m1"), ("list", nodes), ("call", "SUM", nodes), ("unary", "-", node),
("binary", "+", left, right). Operators by rising strength: OR AND, comparisons, + -, * / %, unary -, ^.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

Node = tuple[Any, ...]

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|(?P<name>[A-Za-z_]\w*)|(?P<text>"[^"]*"|'[^']*')
    |(?P<sign>==|!=|<=|>=|&&|\|\||[-+*/%^()\[\],<>]))""",
    re.VERBOSE,
)
_LEVELS: tuple[frozenset[str], ...] = (
    frozenset({"OR", "||"}),
    frozenset({"AND", "&&"}),
    frozenset({"==", "!=", "<", ">", "<=", ">="}),
    frozenset({"+", "-"}),
    frozenset({"*", "/", "%"}),
)
_ALIASES = {"||": "OR", "&&": "AND"}
DEPTH_MAX = 50


class BadExpression(ValueError):
    """Text that is no metric math; the message says where."""


@lru_cache(maxsize=1024)
def parse(text: str) -> Node:
    parser = _Parser(text)
    tree = parser.level(0)
    if parser.next is not None:
        raise BadExpression(f"Unexpected '{parser.next}'")
    return tree


def ids_in(tree: Node) -> set[str]:
    """The ids of other queries that an expression reads."""
    if tree[0] == "id":
        return {tree[1]}
    found: set[str] = set()
    for part in tree[1:]:
        if isinstance(part, tuple):
            found |= ids_in(part) if part and isinstance(part[0], str) else set().union(*map(ids_in, part))
    return found


def calls_in(tree: Node) -> set[str]:
    """The functions an expression calls."""
    found = {tree[1]} if tree[0] == "call" else set()
    for part in tree[1:]:
        if isinstance(part, tuple):
            found |= calls_in(part) if part and isinstance(part[0], str) else set().union(*map(calls_in, part))
    return found


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        at, text = 0, text.rstrip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise BadExpression(f"Unexpected character '{text[at]}' at {at}")
            self._tokens.append((str(found.lastgroup), found[str(found.lastgroup)]))
            at = found.end()
        self._at = 0
        self._depth = 0

    @property
    def next(self) -> str | None:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else None

    def _take(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise BadExpression("Unexpected end")
        self._at += 1
        return self._tokens[self._at - 1]

    def _expect(self, sign: str) -> None:
        found = self._take()[1]
        if found != sign:
            raise BadExpression(f"Unexpected '{found}', must be '{sign}'")

    def level(self, number: int) -> Node:
        if number == len(_LEVELS):
            return self._unary()
        left = self.level(number + 1)
        while (sign := self.next) is not None and sign.upper() in _LEVELS[number]:
            self._take()
            left = ("binary", _ALIASES.get(sign, sign.upper()), left, self.level(number + 1))
        return left

    def _unary(self) -> Node:
        if self.next in ("-", "+"):
            sign = self._take()[1]
            inner = self._deeper(self._unary)
            return ("unary", "-", inner) if sign == "-" else inner
        base = self._atom()
        if self.next == "^":
            self._take()
            return ("binary", "^", base, self._deeper(self._unary))
        return base

    def _deeper(self, part: Any) -> Node:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise BadExpression("Too deeply nested")
        found: Node = part()
        self._depth -= 1
        return found

    def _atom(self) -> Node:
        kind, token = self._take()
        if kind == "number":
            return ("number", float(token))
        if kind == "text":
            return ("text", token[1:-1])
        if token == "(":
            inner = self._deeper(lambda: self.level(0))
            self._expect(")")
            return inner
        if token == "[":
            return ("list", self._items("]"))
        if kind == "name":
            if self.next == "(":
                self._take()
                return ("call", token.upper(), self._items(")"))
            return ("id", token)
        raise BadExpression(f"Unexpected '{token}'")

    def _items(self, end: str) -> tuple[Node, ...]:
        items: list[Node] = []
        if self.next == end:
            self._take()
            return ()
        while True:
            items.append(self._deeper(lambda: self.level(0)))
            sign = self._take()[1]
            if sign == end:
                return tuple(items)
            if sign != ",":
                raise BadExpression(f"Unexpected '{sign}', must be ',' or '{end}'")
