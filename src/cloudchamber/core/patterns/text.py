"""JSON text as a tree that knows where each value stands, for refusals of event patterns.

AWS names the line and column its parser (Jackson) had reached: past the first character of a string, an object or an
array, past the last of anything else. A member's name is read together with the first character of its value.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*"')
_LITERALS = {"true": True, "false": False, "null": None}
DEPTH_MAX = 100
SHOWN_CHARS_MAX = 500


class PatternError(ValueError):
    """What is wrong with a pattern, and the offset that AWS's parser had reached."""

    def __init__(self, reason: str, at: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.at = at

    def shown(self, text: str) -> str:
        """The reason with the place in `text`, in AWS's words."""
        before = text[: self.at]
        line = before.count("\n") + 1
        column = len(before) - (before.rfind("\n") + 1) + 1
        cut = len(text) - SHOWN_CHARS_MAX
        rest = f"[truncated {cut} chars]" if cut > 0 else ""
        source = f'(String)"{text[:SHOWN_CHARS_MAX]}"{rest}'
        return f"{self.reason}\n at [Source: {source}; line: {line}, column: {column}]"


@dataclass(frozen=True, slots=True)
class Node:
    """A JSON value. `value` is a list of nodes for an array, a list of (name, node) for an object; `at` and `end` are
    the offsets after its first token and after all of it."""

    kind: str  # object, array, string, number, literal
    value: Any
    at: int
    end: int

    @property
    def plain(self) -> Any:
        """The value as Python has it."""
        if self.kind == "object":
            return {name: node.plain for name, node in self.value}
        if self.kind == "array":
            return [node.plain for node in self.value]
        return self.value


def parse(text: str, depth_max: int = DEPTH_MAX) -> Node:
    """PatternError for what is no JSON, or nested more deeply than `depth_max`."""
    node, _at = _value(text, _skip(text, 0), depth_max)
    return node


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _unexpected(text: str, at: int, expected: str) -> PatternError:
    if at >= len(text):
        return PatternError("Unexpected end-of-input", len(text))
    return PatternError(f"Unexpected character ('{text[at]}' (code {ord(text[at])})): {expected}", at + 1)


def _value(text: str, at: int, depth: int) -> tuple[Node, int]:
    if depth < 0:
        raise PatternError("Event pattern is nested too deeply", at)
    first = text[at : at + 1]
    if first == "{":
        return _object(text, at, depth)
    if first == "[":
        return _array(text, at, depth)
    if first == '"':
        string, end = _string(text, at)
        return Node("string", string, at + 1, end), end
    number = _NUMBER.match(text, at)
    if number is not None:
        found = json.loads(number.group())
        return Node("number", found, number.end(), number.end()), number.end()
    for word, literal in _LITERALS.items():
        if text.startswith(word, at):
            return Node("literal", literal, at + len(word), at + len(word)), at + len(word)
    raise _unexpected(text, at, "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or "
                                "'false')")  # fmt: skip


def _string(text: str, at: int) -> tuple[str, int]:
    found = _STRING.match(text, at)
    if found is None:
        raise PatternError("Unexpected end-of-input: was expecting closing quote for a string value", len(text))
    string: str = json.loads(found.group())
    return string, found.end()


def _object(text: str, at: int, depth: int) -> tuple[Node, int]:
    members: list[tuple[str, Node]] = []
    start, at = at + 1, _skip(text, at + 1)
    while text[at : at + 1] != "}":
        if members:
            if text[at : at + 1] != ",":
                raise _unexpected(text, at, "was expecting comma to separate Object entries")
            at = _skip(text, at + 1)
        if text[at : at + 1] != '"':
            raise _unexpected(text, at, "was expecting double-quote to start field name")
        name, at = _string(text, at)
        at = _skip(text, at)
        if text[at : at + 1] != ":":
            raise _unexpected(text, at, "was expecting a colon to separate field name and value")
        node, at = _value(text, _skip(text, at + 1), depth - 1)
        members.append((name, node))
        at = _skip(text, at)
    return Node("object", members, start, at + 1), at + 1


def _array(text: str, at: int, depth: int) -> tuple[Node, int]:
    items: list[Node] = []
    start, at = at + 1, _skip(text, at + 1)
    while text[at : at + 1] != "]":
        if items:
            if text[at : at + 1] != ",":
                raise _unexpected(text, at, "was expecting comma to separate Array entries")
            at = _skip(text, at + 1)
        node, at = _value(text, at, depth - 1)
        items.append(node)
        at = _skip(text, at)
    return Node("array", items, start, at + 1), at + 1
