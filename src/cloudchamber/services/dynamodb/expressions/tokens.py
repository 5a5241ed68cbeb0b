"""What all kinds of expressions have in common: tokens, document paths, placeholders, and how errors are told.

DynamoDB checks a text in phases: its syntax; then, over the whole text, the phases of `Phase` in their order; then
what depends on the values of the request (`operands`). A parser raises `Fault`; who calls it knows which parameter
the text came in, and makes `Invalid <parameter>: <fault>` of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from cloudchamber.services.dynamodb.expressions.reserved import RESERVED_WORDS
from cloudchamber.services.dynamodb.expressions.tree import Path, Reference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.services.dynamodb.expressions.operands import Demand

EXPRESSION_BYTES_MAX = 4096
OPERATORS_MAX = 300
IN_OPERANDS_MAX = 100
PATH_ELEMENTS_MAX = 32
LIST_INDEX_MAX = 2_147_483_647

_TOKEN = re.compile(
    r"(?P<name>[A-Za-z][A-Za-z0-9_]*)|(?P<alias>#[A-Za-z0-9_]+)|(?P<value>:[A-Za-z0-9_]+)|(?P<number>[0-9]+)"
    r"|(?P<symbol><>|<=|>=|\S)"
)

Tree = TypeVar("Tree")


class Fault(Exception):
    """What is wrong with an expression, in DynamoDB's words, without the name of the parameter."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class Phase(IntEnum):
    """The order in which what is wrong with a text of right syntax is found."""

    PARENTHESES = 0
    FUNCTION = 1
    MISUSE = 2
    SECTION = 3
    RESERVED = 4
    NAME = 5
    LATE = 6  # only after the placeholders of values have been found defined


class Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Parsed(Generic[Tree]):
    """A text that was read: the tree with references to values, and what is to be asked of those values."""

    tree: Tree
    aliases: frozenset[str]
    references: tuple[str, ...]
    late_fault: str | None
    demands: tuple[Demand, ...]


class Parser:
    """A cursor over the tokens of one text. `names` are the ExpressionAttributeNames."""

    keywords: frozenset[str] = frozenset()

    def __init__(self, text: str, names: Mapping[str, str]) -> None:
        self.text = text
        self.names = names
        self.tokens = [
            Token(str(match.lastgroup), match.group(), match.start(), match.end()) for match in _TOKEN.finditer(text)
        ]
        if not self.tokens:
            raise Fault("The expression can not be empty;")
        self.tokens.append(Token("end", "<EOF>", self.tokens[-1].end, self.tokens[-1].end))
        self.at = 0
        self.operators = 0
        self.group = (0, 0)
        self.aliases: set[str] = set()
        self.references: dict[str, None] = {}
        self.faults: dict[Phase, str] = {}
        self.demands: list[Demand] = []

    # the cursor

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def takes(self, text: str) -> bool:
        """Go on if this symbol comes next."""
        if self.tokens[self.at].text != text:
            return False
        self.at += 1
        return True

    def expect(self, text: str) -> None:
        if not self.takes(text):
            raise self.syntax_error()

    def close(self, opened: int) -> None:
        """The parenthesis that was opened at a token closes here; nothing but another pair may not be in it."""
        if self.group == (opened + 1, self.at - 1):
            self.note(Phase.PARENTHESES, "The expression has redundant parentheses;")
        self.expect(")")
        self.group = (opened, self.at - 1)

    def keyword(self) -> str | None:
        """The keyword that comes next, in capitals; None if no keyword does."""
        token = self.tokens[self.at]
        if token.kind == "name":
            word = token.text.upper()
            if word in self.keywords:
                return word
        return None

    def is_call(self) -> bool:
        """Whether the name of a function and an opening parenthesis come next."""
        return self.token.kind == "name" and self.tokens[self.at + 1].text == "("

    # what is wrong

    def syntax_error(self) -> Fault:
        """The token that comes next is wrong here: it is shown with its neighbours."""
        token, before = self.token, self.tokens[max(self.at - 1, 0)]
        after = self.tokens[min(self.at + 1, len(self.tokens) - 1)]
        return Fault(f'Syntax error; token: "{token.text}", near: "{self.text[before.start : after.end]}"')

    def note(self, phase: Phase, words: str) -> None:
        """Remember what is wrong, if nothing of that phase was before."""
        self.faults.setdefault(phase, words)

    def count_operator(self) -> None:
        self.operators += 1
        if self.operators > OPERATORS_MAX:
            raise Fault(f"The expression contains too many operators; operator count: {self.operators}")

    def parsed(self, tree: Tree) -> Parsed[Tree]:
        """The whole text was read into this tree. Raises what the first phases found."""
        if self.token.kind != "end":
            raise self.syntax_error()
        late = self.faults.pop(Phase.LATE, None)
        if self.faults:
            raise Fault(self.faults[min(self.faults)])
        return Parsed(tree, frozenset(self.aliases), tuple(self.references), late, tuple(self.demands))

    # what all expressions have

    def reference(self) -> Reference:
        token = self.take()
        self.references[token.text] = None
        return Reference(token.text)

    def path(self) -> Path:
        """`name`, `#alias`, and after them `.name`, `.#alias` or `[index]`."""
        if self.keyword():
            raise self.syntax_error()
        elements: list[str | int] = [self._name()]
        while True:
            if self.takes("."):
                elements.append(self._name())
            elif self.takes("["):
                elements.append(self._index())
            else:
                break
        if len(elements) > PATH_ELEMENTS_MAX:
            self.note(Phase.LATE, f"The document path has too many nesting elements; nesting levels: {len(elements)}")
            del elements[PATH_ELEMENTS_MAX:]  # what follows need not reckon with more
        return Path(tuple(elements))

    def _name(self) -> str:
        kind, text, _, _ = self.token
        if kind == "name":
            self.at += 1
            if text.upper() in RESERVED_WORDS:
                self.note(Phase.RESERVED, f"Attribute name is a reserved keyword; reserved keyword: {text}")
            return text
        if kind != "alias":
            raise self.syntax_error()
        self.at += 1
        self.aliases.add(text)
        name = self.names.get(text)
        if name is None:
            self.note(
                Phase.NAME,
                f"An expression attribute name used in the document path is not defined; attribute name: {text}",
            )
            return text
        return name

    def _index(self) -> int:
        if self.token.kind != "number":
            raise self.syntax_error()
        index = int(self.take().text)
        self.expect("]")
        if index > LIST_INDEX_MAX:
            self.note(Phase.LATE, f"List index is not within the allowable range; index: [{index}]")
        return index
