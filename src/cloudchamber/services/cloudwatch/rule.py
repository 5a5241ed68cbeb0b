"""Rules of composite alarms, parsed and worked out.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html

    ALARM("cpu too high") AND (NOT OK(disk) OR INSUFFICIENT_DATA(net)) OR FALSE
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cloudchamber.services.cloudwatch.errors import InvalidAlarm

if TYPE_CHECKING:
    from collections.abc import Callable

Node = tuple[Any, ...]
STATES = ("ALARM", "OK", "INSUFFICIENT_DATA")
_TOKEN = re.compile(r"""\s*(?:("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|([()])|([^\s()"']+))""")
DEPTH_MAX = 50


@lru_cache(maxsize=1024)
def parse(text: str) -> Node:
    """("state", "ALARM", name), ("not", rule), ("and" or "or", left, right), ("constant", bool). InvalidAlarm."""
    if text != text.strip() or not text:
        raise InvalidAlarm("AlarmRule must not contain leading or trailing whitespace or be null")
    parser = _Parser(text)
    tree = parser.either()
    parser.end()
    return tree


def names_in(tree: Node) -> list[str]:
    """The alarms a rule depends on, each once; ARNs are reduced to names."""
    if tree[0] == "state":
        return [tree[2]]
    found = [name for part in tree[1:] if isinstance(part, tuple) for name in names_in(part)]
    return list(dict.fromkeys(found))


def holds(tree: Node, state_of: Callable[[str], str]) -> bool:
    kind = tree[0]
    if kind == "constant":
        return bool(tree[1])
    if kind == "state":
        return state_of(tree[2]) == str(tree[1])
    if kind == "not":
        return not holds(tree[1], state_of)
    if kind == "and":
        return holds(tree[1], state_of) and holds(tree[2], state_of)
    return holds(tree[1], state_of) or holds(tree[2], state_of)


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, int, bool]] = []  # what, where, whether it was in quotes
        at = 0
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise InvalidAlarm(f"Error in AlarmRule [Unsupported token '{text[at]}' at char {at}]")
            quoted, start = found[1] is not None, found.start(found.lastindex or 0)
            self._tokens.append(
                (re.sub(r"\\(.)", r"\1", found[1][1:-1]) if quoted else found[0].strip(), start, quoted)
            )
            at = found.end()
        self._at = 0
        self._depth = 0
        self._length = len(text)

    def either(self) -> Node:
        left = self._both()
        while self._is("OR"):
            left = ("or", left, self._both())
        return left

    def _both(self) -> Node:
        left = self._single()
        while self._is("AND"):
            left = ("and", left, self._single())
        return left

    def _single(self) -> Node:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise InvalidAlarm("Error in AlarmRule [too deeply nested]")
        found = self._part()
        self._depth -= 1
        return found

    def _part(self) -> Node:
        if self._is("NOT"):
            return ("not", self._single())
        if self._is("("):
            inner = self.either()
            self._expect(")")
            return inner
        for state in STATES:
            if self._is(state):
                self._expect("(")
                name, _, _ = self._take()
                self._expect(")")
                return ("state", state, name.split(":", 6)[6] if name.startswith("arn:") else name)
        for word in ("TRUE", "FALSE"):
            if self._is(word):
                return ("constant", word == "TRUE")
        token, at, _ = self._take()
        raise InvalidAlarm(f"Error in AlarmRule [Unsupported token '{token}' at char {at}]")

    def end(self) -> None:
        if self._at < len(self._tokens):
            token, at, _ = self._tokens[self._at]
            raise InvalidAlarm(f"Error in AlarmRule [Unsupported token '{token}' at char {at}]")

    def _is(self, word: str) -> bool:
        """Take the next token if it is this word."""
        if self._at < len(self._tokens):
            token, _, quoted = self._tokens[self._at]
            if token == word and not quoted:
                self._at += 1
                return True
        return False

    def _take(self) -> tuple[str, int, bool]:
        if self._at >= len(self._tokens):
            raise InvalidAlarm(f"Error in AlarmRule [Unexpected end at char {self._length}]")
        self._at += 1
        return self._tokens[self._at - 1]

    def _expect(self, sign: str) -> None:
        token, at, quoted = self._take()
        if token != sign or quoted:
            raise InvalidAlarm(f"Error in AlarmRule [Unsupported token '{token}' at char {at}, must be: '{sign}']")
