"""What statements are made of: literals, document paths, conditions, and what SET assigns.

    condition ::= condition OR condition | condition AND condition | NOT condition | '(' condition ')' | function
                | term comparator term | term [NOT] BETWEEN term AND term | term [NOT] IN '[' term, ... ']'
                | path IS [NOT] MISSING | path IS [NOT] NULL
    term      ::= path | literal | '?' | size '(' path ')'
    literal   ::= 'text' | number | true | false | null | '[' literal, ... ']' | '<<' literal, ... '>>'
                | '{' 'name': literal, ... '}'

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-operators.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-functions.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.data-types.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.core.errors import ValidationError
from cloudchamber.services.dynamodb import numbers
from cloudchamber.services.dynamodb.expressions import tree
from cloudchamber.services.dynamodb.expressions.actions import Arithmetic, ListAppend
from cloudchamber.services.dynamodb.expressions.tokens import IN_OPERANDS_MAX, LIST_INDEX_MAX, OPERATORS_MAX
from cloudchamber.services.dynamodb.expressions.tree import Literal, Operand, Path, Reference, Size, Test
from cloudchamber.services.dynamodb.partiql.faults import malformed
from cloudchamber.services.dynamodb.partiql.statements import Collection
from cloudchamber.services.dynamodb.partiql.tokens import Cursor

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudchamber.services.dynamodb.values import Value

_COMPARATORS = {"=": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_CONSTANTS: dict[str, Value] = {"TRUE": {"BOOL": True}, "FALSE": {"BOOL": False}, "NULL": {"NULL": True}}
_TESTS: dict[str, Callable[[Path, Operand], Test]] = {
    "begins_with": tree.BeginsWith,
    "contains": tree.Contains,
    "attribute_type": tree.AttributeType,
}


class TermReader(Cursor):
    """Reads terms, and counts the parameters among them."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.parameters = 0
        self.operators = 0  # of arithmetic

    # paths

    def path(self) -> Path:
        """`name`, `"name"`, and after them `.name`, `."name"` or `[index]`."""
        if self.token.kind not in ("name", "quoted"):
            raise malformed("Expected identifier for simple path")
        elements: list[str | int] = [self.take().text]
        while True:
            if self.takes("."):
                if self.token.kind not in ("name", "quoted"):
                    raise malformed("Invalid path dot component")
                elements.append(self.take().text)
            elif self.takes("["):
                elements.append(self._index())
            else:
                return Path(tuple(elements))

    def _index(self) -> int:
        kind, text = self.take()
        if kind != "number" or not text.isdigit() or int(text) > LIST_INDEX_MAX:
            raise malformed("Invalid path component for simple path")
        self.expect("]")
        return int(text)

    # terms

    def term(self) -> Operand:
        """A path, a literal, a parameter, or `size` of a path."""
        kind, text = self.token
        if kind in ("name", "quoted"):
            return self.path()
        if kind == "keyword" and text == "SIZE" and self.following.text == "(":
            self.take()
            self.take()
            path = self.path()
            self.expect(")")
            return Size(path)
        return self.literal()

    def literal(self) -> Operand:
        """A value; with parameters in it, it has yet to be bound."""
        kind, text = self.token
        if kind == "string":
            self.take()
            return Literal({"S": text})
        if kind == "number":
            return self._number("")
        if kind == "keyword" and text in _CONSTANTS:
            self.take()
            return Literal(_CONSTANTS[text])
        if self.takes("?"):
            self.parameters += 1
            return Reference(f"?{self.parameters - 1}")
        if self.takes("-") or self.takes("+"):
            return self._number(text)
        if self.takes("["):
            return _collected(Collection("L", self._listed("]")))
        if self.takes("<<"):
            return _collected(Collection("<<", self._listed(">>")))
        if self.takes("{"):
            return _collected(self._map())
        raise self.unexpected()

    def _number(self, sign: str) -> Literal:
        if self.token.kind != "number":
            raise self.unexpected()
        return Literal({"N": numbers.canonical(sign + self.take().text)})

    def _listed(self, end: str, item: Callable[[], Operand] | None = None) -> tuple[Operand, ...]:
        """Literals (or other items) separated by commas, up to an end."""
        found: list[Operand] = []
        while not self.takes(end):
            if found:
                self._comma_or(end)
            found.append((item or self.literal)())
        return tuple(found)

    def _map(self) -> Collection:
        names: list[str] = []
        parts: list[Operand] = []
        while not self.takes("}"):
            if names:
                self._comma_or("}")
            if self.token.kind != "string":
                raise self.unexpected()
            names.append(self.take().text)
            self.expect(":")
            parts.append(self.literal())
        return Collection("M", tuple(parts), tuple(names))

    def _comma_or(self, end: str) -> None:
        """Between two members nothing but a comma stands: whatever else should have been the end."""
        if not self.takes(","):
            self.expect(end)

    # conditions

    def condition(self) -> Test:
        return self._test(self._alternatives())

    def _alternatives(self) -> Test | Operand:
        found = self._conjunction()
        if not self.takes_words("OR"):
            return found
        parts = [self._test(found), self._test(self._conjunction())]
        while self.takes_words("OR"):
            parts.append(self._test(self._conjunction()))
        return tree.Or(tuple(parts))

    def _conjunction(self) -> Test | Operand:
        found = self._negated()
        if not self.takes_words("AND"):
            return found
        parts = [self._test(found), self._test(self._negated())]
        while self.takes_words("AND"):
            parts.append(self._test(self._negated()))
        return tree.And(tuple(parts))

    def _negated(self) -> Test | Operand:
        negations = 0
        while self.takes_words("NOT"):
            negations += 1
        found = self._compared(self._leaf())
        if not negations:
            return found
        test = self._test(found)
        return tree.Not(test) if negations % 2 else test

    def _leaf(self) -> Test | Operand:
        """A function, a term, or whatever stands in parentheses."""
        if self.takes("("):
            found = self._alternatives()
            self.expect(")")
            return found
        kind, text = self.token
        if kind == "name" and self.following.text == "(" and self.following.kind == "symbol":
            return self._function(text.lower())
        return self.term()

    def _function(self, name: str) -> Test:
        make = _TESTS.get(name)
        if make is None:
            raise malformed("Unexpected term")
        self.take()
        self.take()
        path = self.path()
        self.expect(",")
        operand = self.term()
        self.expect(")")
        return make(path, operand)

    def _compared(self, found: Test | Operand) -> Test | Operand:
        """With the operator after it, if there is one."""
        kind, text = self.token
        if kind == "symbol" and text in _COMPARATORS:
            left = _operand(found)
            self.take()
            return tree.Comparison(_COMPARATORS[text], left, self._right())
        if kind != "keyword":
            return found
        if self.takes_words("IS"):
            return self._is(_operand(found))
        negated = text == "NOT" and self.following.text in ("BETWEEN", "IN") and self.takes_words("NOT")
        if self.takes_words("BETWEEN"):
            test: Test = self._between(_operand(found))
        elif self.takes_words("IN"):
            test = tree.In(_operand(found), self._choices())
        else:
            return found
        return tree.Not(test) if negated else test

    def _right(self) -> Operand:
        if self.token.kind == "end":
            raise malformed("Missing right-hand side expression of infix operator")
        return _operand(self._leaf())

    def _between(self, operand: Operand) -> Test:
        lower = self._right()
        if not self.takes_words("AND"):
            raise malformed("Expected AND keyword")
        return tree.Between(operand, lower, self._right())

    def _choices(self) -> tuple[Operand, ...]:
        end = "]" if self.takes("[") else ")"
        if end == ")":
            self.expect("(")
        choices = self._listed(end, self.term)
        if len(choices) > IN_OPERANDS_MAX:
            raise ValidationError(
                f"The IN operator is provided with too many operands; number of operands: {len(choices)}"
            )
        return choices

    def _is(self, operand: Operand) -> Test:
        negated = self.takes_words("NOT")
        if not isinstance(operand, Path):
            raise malformed("Unexpected term")
        if self.takes_words("MISSING"):
            return tree.AttributeExists(operand) if negated else tree.AttributeNotExists(operand)
        if not self.takes_words("NULL"):
            raise malformed("Expected type name")
        test = tree.AttributeType(operand, Literal({"S": "NULL"}))
        return tree.Not(test) if negated else test

    def _test(self, found: Test | Operand) -> Test:
        """What was found, where a condition is wanted."""
        if isinstance(found, _OPERANDS):
            raise self.unexpected()
        return found  # type: ignore[return-value]  # whatever is no operand is a test

    # what SET assigns

    def assigned(self) -> Operand:
        """Terms with `+` and `-` between them."""
        found = self._assigned_term()
        while self.token.kind == "symbol" and self.token.text in ("+", "-"):
            self.operators += 1
            if self.operators > OPERATORS_MAX:
                raise ValidationError(f"The expression contains too many operators; operator count: {self.operators}")
            found = Arithmetic(self.take().text, found, self._assigned_term())
        return found

    def _assigned_term(self) -> Operand:
        if self.takes("("):
            found = self.assigned()
            self.expect(")")
            return found
        if self.token.kind == "name" and self.following == ("symbol", "("):
            return self._list_append()
        return self.term()

    def _list_append(self) -> Operand:
        if self.take().text.lower() != "list_append":
            raise malformed("Unexpected term")
        self.take()
        first = self._assigned_term()
        self.expect(",")
        second = self._assigned_term()
        self.expect(")")
        return ListAppend(first, second)


_OPERANDS = (Path, Literal, Reference, Size, Collection)


def _operand(found: Test | Operand) -> Operand:
    """What was found, where a value is wanted."""
    if not isinstance(found, _OPERANDS):
        raise malformed("Unexpected operator")
    return found


def _collected(made: Collection) -> Operand:
    """A literal at once if nothing is missing in it."""
    return made.bind({}) if all(isinstance(part, Literal) for part in made.parts) else made
