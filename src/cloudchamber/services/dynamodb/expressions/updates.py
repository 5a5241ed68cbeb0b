"""The texts of update expressions and projections, read into `actions` and paths.

    update  ::= SET path '=' value, ... | REMOVE path, ... | ADD path :value, ... | DELETE path :value, ...
    value   ::= operand | operand '+' operand | operand '-' operand | '(' value ')'
    operand ::= path | :value | if_not_exists '(' path, operand ')' | list_append '(' operand, operand ')'
              | '(' operand ')'

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ProjectionExpressions.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.services.dynamodb.expressions import actions, conditions, operands
from cloudchamber.services.dynamodb.expressions.actions import Action, Arithmetic, IfNotExists, ListAppend, Update
from cloudchamber.services.dynamodb.expressions.documents import Projection, clash
from cloudchamber.services.dynamodb.expressions.operands import OfActionKind, OfKind
from cloudchamber.services.dynamodb.expressions.tokens import Parsed, Parser, Phase
from cloudchamber.services.dynamodb.expressions.tree import Operand, Path, Reference

if TYPE_CHECKING:
    from collections.abc import Callable

_NOWHERE = Path(("",))


class UpdateParser(Parser):
    keywords = frozenset(("SET", "REMOVE", "ADD", "DELETE"))

    def read(self) -> Parsed[Update]:
        sections: dict[str, Callable[[], Action]] = {
            "SET": self._set,
            "REMOVE": self._remove,
            "ADD": self._add,
            "DELETE": self._delete,
        }
        found: list[Action] = []
        seen = set()
        while self.token.kind != "end":
            section = self.keyword()
            if section is None:
                raise self.syntax_error()
            self.take()
            if section in seen:
                self.note(Phase.SECTION, f'The "{section}" section can only be used once in an update expression;')
            seen.add(section)
            found.append(sections[section]())
            while self.takes(","):
                found.append(sections[section]())
        if words := clash([action.path for action in found]):
            self.note(Phase.LATE, words)
        return self.parsed(Update(tuple(found)))

    def _set(self) -> Action:
        path = self.path()
        self.expect("=")
        return actions.Set(path, self._value())

    def _remove(self) -> Action:
        return actions.Remove(self.path())

    def _add(self) -> Action:
        path = self.path()
        return actions.Add(path, self._set_operand("ADD", operands.ADDABLE))

    def _delete(self) -> Action:
        path = self.path()
        return actions.Delete(path, self._set_operand("DELETE", operands.SETS))

    def _set_operand(self, action: str, kinds: frozenset[str]) -> Operand:
        if self.token.kind != "value":
            raise self.syntax_error()
        reference = self.reference()
        self.demands.append(OfActionKind(reference.name, action, kinds))
        return reference

    def _value(self) -> Operand:
        left = self._operand(value=True)
        operator = self.token.text
        if operator not in ("+", "-") or isinstance(left, Arithmetic):
            return left
        self.take()
        self.count_operator()
        right = self._operand()
        self._demand(operator, operands.NUMBERS, left, right)
        return Arithmetic(operator, left, right)

    def _operand(self, *, value: bool = False) -> Operand:
        """An operand; in the parentheses of a whole value there may be + or - as well."""
        kind, text, _, _ = self.token
        if kind == "value":
            return self.reference()
        if text == "(":
            opened = self.at
            self.take()
            inner = self._value() if value else self._operand()
            self.close(opened)
            return inner
        return self._call() if self.keyword() is None and self.is_call() else self.path()

    def _call(self) -> Operand:
        name = self.take().text
        self.count_operator()
        self.take()
        arguments = [self._operand()]
        while self.takes(","):
            arguments.append(self._operand())
        self.expect(")")
        if name not in conditions.UPDATE_FUNCTIONS:
            if name in conditions.ARGUMENTS:
                self.note(Phase.MISUSE, f"The function is not allowed in an update expression; function: {name}")
            else:
                self.note(Phase.FUNCTION, f"Invalid function name; function: {name}")
            return _NOWHERE
        if len(arguments) != 2:
            self.note(
                Phase.LATE,
                "Incorrect number of operands for operator or function; "
                f"operator or function: {name}, number of operands: {len(arguments)}",
            )
            return _NOWHERE
        first, second = arguments
        if name == "list_append":
            self._demand(name, operands.LISTS, first, second)
            return ListAppend(first, second)
        if not isinstance(first, Path):
            self.note(Phase.LATE, f"Operator or function requires a document path; operator or function: {name}")
            return _NOWHERE
        return IfNotExists(first, second)

    def _demand(self, operator: str, kinds: frozenset[str], *found: Operand) -> None:
        for operand in found:
            if isinstance(operand, Reference):
                self.demands.append(OfKind(operand.name, operator, kinds))
            elif isinstance(operand, ListAppend) and "L" not in kinds:
                self.note(Phase.LATE, operands.wrong_type(operator, "L"))


class ProjectionParser(Parser):
    def read(self) -> Parsed[Projection]:
        paths = [self.path()]
        while self.takes(","):
            paths.append(self.path())
        if words := clash(paths):
            self.note(Phase.LATE, words)
            paths = paths[:1]
        return self.parsed(Projection(tuple(paths)))
