"""The texts of conditions, filters and key conditions, read into the tree of `tree`.

    condition ::= condition OR condition | condition AND condition | NOT condition | '(' condition ')' | function
                | operand comparator operand | operand BETWEEN operand AND operand | operand IN '(' operand, ... ')'
    operand   ::= path | :value | size '(' operand ')' | '(' operand ')'

An opening parenthesis may begin either, so a parenthesis is read as whatever it holds and judged by its place.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from __future__ import annotations

from dataclasses import dataclass

from cloudchamber.services.dynamodb.expressions import operands, tree
from cloudchamber.services.dynamodb.expressions.operands import InBounds, NamesKind, OfKind, wrong_type
from cloudchamber.services.dynamodb.expressions.tokens import IN_OPERANDS_MAX, Parsed, Parser, Phase
from cloudchamber.services.dynamodb.expressions.tree import Operand, Path, Reference, Size, Test

ARGUMENTS = {
    "attribute_exists": 1,
    "attribute_not_exists": 1,
    "attribute_type": 2,
    "begins_with": 2,
    "contains": 2,
    "size": 1,
}
UPDATE_FUNCTIONS = ("if_not_exists", "list_append")

_COMPARATORS = frozenset(("=", "<>", "<", "<=", ">", ">="))
_NEVER = tree.Or(())  # in the place of what is wrong, until that is told
_NOWHERE = Path(("",))


@dataclass(frozen=True, slots=True)
class _Call:
    """A function before its place shows whether it is a condition or an operand."""

    name: str
    arguments: tuple[_Found, ...]


_Found = Path | Reference | _Call | Test


class ConditionParser(Parser):
    keywords = frozenset(("AND", "OR", "NOT", "BETWEEN", "IN"))

    def read(self) -> Parsed[Test]:
        return self.parsed(self._condition(self._expression()))

    # grammar: two frames a level of nesting, since texts may nest some hundred levels

    def _expression(self) -> _Found:
        alternatives: list[Test] = []
        parts: list[_Found] = [self._term()]
        while (word := self.keyword()) in ("AND", "OR"):
            parts[-1] = self._condition(parts[-1])
            self.take()
            self.count_operator()
            if word == "OR":
                alternatives.append(_all(parts))
                parts = []
            parts.append(self._term())
        if not alternatives and len(parts) == 1:
            return parts[0]
        parts[-1] = self._condition(parts[-1])
        alternatives.append(_all(parts))
        return alternatives[0] if len(alternatives) == 1 else tree.Or(tuple(alternatives))

    def _term(self) -> _Found:
        negations = 0
        while self.keyword() == "NOT":
            self.take()
            self.count_operator()
            negations += 1
        found: _Found
        opened = self.at
        if self.takes("("):
            found = self._expression()
            self.close(opened)
        else:
            found = self._leaf()
        found = self._compared(found)
        for _ in range(negations):
            found = tree.Not(self._condition(found))
        return found

    def _compared(self, found: _Found) -> _Found:
        """With the operator after it, if there is one."""
        operator = self.token.text
        if operator in _COMPARATORS:
            return self._comparison(operator, found)
        word = self.keyword()
        if word == "BETWEEN":
            return self._between(found)
        if word == "IN":
            return self._in(found)
        return found

    def _comparison(self, operator: str, found: _Found) -> Test:
        left = self._operand(found)
        self.take()
        self.count_operator()
        right = self._next_operand()
        if operator not in ("=", "<>"):
            self._demand(operator, operands.ORDERED, left, right)
        self._distinct(operator, left, right)
        return tree.Comparison(operator, left, right)

    def _between(self, found: _Found) -> Test:
        operand = self._operand(found)
        self.take()
        self.count_operator()
        lower = self._next_operand()
        if self.keyword() != "AND":
            raise self.syntax_error()
        self.take()
        upper = self._next_operand()
        self._demand("BETWEEN", operands.ORDERED, operand, lower, upper)
        if isinstance(lower, Reference) and isinstance(upper, Reference):
            self.demands.append(InBounds(lower.name, upper.name))
        self._distinct("BETWEEN", operand, lower, upper)
        return tree.Between(operand, lower, upper)

    def _in(self, found: _Found) -> Test:
        operand = self._operand(found)
        self.take()
        self.count_operator()
        self.expect("(")
        choices = [self._next_operand()]
        while self.takes(","):
            choices.append(self._next_operand())
        self.expect(")")
        if len(choices) > IN_OPERANDS_MAX:
            self.note(
                Phase.LATE,
                f"The IN operator is provided with too many operands; number of operands: {len(choices)}",
            )
        self._distinct("IN", operand, *choices)
        return tree.In(operand, tuple(choices))

    def _leaf(self) -> _Found:
        if self.token.kind == "value":
            return self.reference()
        if self.keyword() or not self.is_call():
            return self.path()
        name = self.take().text
        self.count_operator()
        self.take()
        arguments = [self._argument()]
        while self.takes(","):
            arguments.append(self._argument())
        self.expect(")")
        if name not in ARGUMENTS:
            if name in UPDATE_FUNCTIONS:
                self.note(Phase.MISUSE, f"The function is not allowed in a condition expression; function: {name}")
            else:
                self.note(Phase.FUNCTION, f"Invalid function name; function: {name}")
        return _Call(name, tuple(arguments))

    def _argument(self) -> _Found:
        """An operand, in parentheses or not, that is judged when the function is."""
        opened = self.at
        if not self.takes("("):
            return self._leaf()
        inner = self._argument()
        self.close(opened)
        return inner

    # what stands where

    def _next_operand(self) -> Operand:
        return self._operand(self._argument())

    def _operand(self, found: _Found) -> Operand:
        """What was found, where a value is wanted."""
        if isinstance(found, Path | Reference):
            return found
        if not isinstance(found, _Call):
            raise self.syntax_error()
        if found.name != "size":
            self._misused(found.name)
            return _NOWHERE
        arguments = self._arguments(found)
        if arguments is None:
            return _NOWHERE
        self._demand("size", operands.SIZED, *arguments)
        return Size(arguments[0])

    def _condition(self, found: _Found) -> Test:
        """What was found, where a condition is wanted."""
        if isinstance(found, Path | Reference):
            raise self.syntax_error()
        if not isinstance(found, _Call):
            return found
        if found.name == "size":
            self._misused(found.name)
            return _NEVER
        arguments = self._arguments(found)
        return _NEVER if arguments is None else self._function(found.name, arguments)

    def _misused(self, function: str) -> None:
        if function in ARGUMENTS:
            self.note(
                Phase.MISUSE,
                f"The function is not allowed to be used this way in an expression; function: {function}",
            )

    def _arguments(self, call: _Call) -> list[Operand] | None:
        """Its arguments, if it is a function of conditions and there are as many as it takes."""
        arguments = [self._operand(argument) for argument in call.arguments]
        wanted = ARGUMENTS.get(call.name)
        if wanted is None:
            return None
        if len(arguments) == wanted:
            return arguments
        self.note(
            Phase.LATE,
            "Incorrect number of operands for operator or function; "
            f"operator or function: {call.name}, number of operands: {len(arguments)}",
        )
        return None

    def _function(self, name: str, arguments: list[Operand]) -> Test:
        first = arguments[0]
        if name in ("begins_with", "contains"):
            if name == "begins_with":
                self._demand(name, operands.TEXTS, *arguments)
            else:
                self._demand(name, operands.CONTAINERS, first)
            self._distinct(name, *arguments)
            return (tree.BeginsWith if name == "begins_with" else tree.Contains)(first, arguments[1])
        if not isinstance(first, Path):
            self.note(Phase.LATE, f"Operator or function requires a document path; operator or function: {name}")
            return _NEVER
        if name == "attribute_type":
            kind = arguments[1]
            if isinstance(kind, Reference):
                self.demands.append(NamesKind(kind.name))
            return tree.AttributeType(first, kind)
        return (tree.AttributeExists if name == "attribute_exists" else tree.AttributeNotExists)(first)

    def _demand(self, operator: str, kinds: frozenset[str], *found: Operand) -> None:
        for operand in found:
            if isinstance(operand, Reference):
                self.demands.append(OfKind(operand.name, operator, kinds))
            elif isinstance(operand, Size) and "N" not in kinds:
                self.note(Phase.LATE, wrong_type(operator, "N"))

    def _distinct(self, operator: str, first: Operand, *others: Operand) -> None:
        if isinstance(first, Path) and first in others:
            self.note(
                Phase.LATE,
                "The first operand must be distinct from the remaining operands for this operator or function; "
                f"operator: {operator}, first operand: {first}",
            )


def _all(parts: list[_Found]) -> Test:
    tests: list[Test] = parts  # type: ignore[assignment]  # each was made a condition before
    return tests[0] if len(tests) == 1 else tree.And(tuple(tests))
