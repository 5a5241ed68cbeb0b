"""The tokens of a statement, and a cursor over them.

Keywords are found in any case; names are kept as they are written, in double quotes or not.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from cloudchamber.services.dynamodb.partiql.faults import malformed
from cloudchamber.services.dynamodb.partiql.keywords import KEYWORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*|/\*.*?\*/)
    |(?P<name>[A-Za-z_$][A-Za-z0-9_$]*)
    |(?P<quoted>"(?:[^"]|"")*")
    |(?P<string>'(?:[^']|'')*')
    |(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    |(?P<symbol><<|>>|<>|!=|<=|>=|[()\[\]{},.:;?*=<>+-])""",
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    kind: str  # name, quoted, keyword, string, number, symbol or end
    text: str  # a keyword in capitals, a symbol, or what is between quotes


_END = Token("end", "")


def _tokens(text: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise malformed("Unexpected term")
        at = match.end()
        kind, found = str(match.lastgroup), match.group()
        if kind == "name":
            word = found.upper()
            yield Token("keyword", word) if word in KEYWORDS else Token("name", found)
        elif kind in ("quoted", "string"):
            yield Token(kind, found[1:-1].replace(found[0] * 2, found[0]))
        elif kind != "space":
            yield Token(kind, found)


class Cursor:
    """Where in a statement its reader is."""

    def __init__(self, text: str) -> None:
        self._tokens = [*_tokens(text), _END]
        self._at = 0

    @property
    def token(self) -> Token:
        return self._tokens[self._at]

    @property
    def following(self) -> Token:
        """The token after the present one."""
        return self._tokens[self._at + 1] if self._at + 1 < len(self._tokens) else _END

    def take(self) -> Token:
        token = self._tokens[self._at]
        if token is not _END:
            self._at += 1
        return token

    def takes(self, symbol: str) -> bool:
        """Go on if this symbol comes next."""
        token = self._tokens[self._at]
        if token.kind != "symbol" or token.text != symbol:
            return False
        self._at += 1
        return True

    def takes_words(self, *words: str) -> bool:
        """Go on if these keywords come next."""
        coming = self._tokens[self._at : self._at + len(words)]
        if [token.text for token in coming if token.kind == "keyword"] != list(words):
            return False
        self._at += len(words)
        return True

    def expect(self, symbol: str) -> None:
        if not self.takes(symbol):
            raise malformed(f"Expected {_TYPES[symbol]}")

    def unexpected(self) -> Exception:
        """What is said of a token where a term should be."""
        kind, text = self.token
        if kind == "keyword":
            return malformed("Unexpected keyword")
        return malformed("Unexpected operator" if text in _OPERATORS else "Unexpected term")


_OPERATORS = ("=", "<>", "!=", "<", "<=", ">", ">=", "+", "-")
_TYPES = {
    "(": "LEFT_PAREN", ")": "RIGHT_PAREN", "[": "LEFT_BRACKET", "]": "RIGHT_BRACKET", "}": "RIGHT_CURLY",
    ">>": "RIGHT_DOUBLE_ANGLE_BRACKET", ":": "COLON", ",": "COMMA",
}  # fmt: skip
