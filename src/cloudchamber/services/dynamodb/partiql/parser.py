"""The texts of statements, read once and kept; a request then only puts its parameters in.

    SELECT * | path, ... FROM table[.index] [WHERE condition] [ORDER BY key [ASC | DESC], ...]
    INSERT INTO table VALUE item
    UPDATE table {SET path = term, ... | REMOVE path} ... WHERE condition [RETURNING (ALL | MODIFIED) (OLD | NEW) *]
    DELETE FROM table WHERE condition [RETURNING ALL OLD *]
    EXISTS '(' SELECT ... ')'

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.statements.html
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from cloudchamber.core.errors import ValidationError
from cloudchamber.services.dynamodb import values
from cloudchamber.services.dynamodb.expressions import actions
from cloudchamber.services.dynamodb.expressions.documents import clash
from cloudchamber.services.dynamodb.partiql.faults import malformed
from cloudchamber.services.dynamodb.partiql.statements import (
    Columns,
    Delete,
    Exists,
    Insert,
    Select,
    Statement,
    Update,
)
from cloudchamber.services.dynamodb.partiql.terms import TermReader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudchamber.services.dynamodb.expressions.actions import Action
    from cloudchamber.services.dynamodb.expressions.tree import Path, Test
    from cloudchamber.services.dynamodb.values import Value

CACHED_TEXTS_MAX = 1024
_RETURNING = ("ALL OLD", "ALL NEW", "MODIFIED OLD", "MODIFIED NEW")


class Prepared(NamedTuple):
    """A statement before its parameters are known, and how many it has."""

    statement: Statement
    parameters: int


def read(text: str, parameters: Sequence[Value] | None) -> Statement:
    """A request's statement. ValidationException; parameters' numbers are brought into DynamoDB's form, in place."""
    given = parameters or ()
    prepared = prepare(text)
    if len(given) != prepared.parameters:
        raise ValidationError("Number of parameters in request and statement don't match.")
    if not given:
        return prepared.statement
    for value in given:
        values.check(value)
    return prepared.statement.bind({f"?{at}": value for at, value in enumerate(given)})


@lru_cache(CACHED_TEXTS_MAX)
def prepare(text: str) -> Prepared:
    """ValidationException for what is no statement."""
    try:
        reader = _StatementReader(text)
        statement = reader.statement()
    except RecursionError:
        raise malformed("Unexpected term") from None
    if reader.parameters == 0:
        statement = statement.bind({})
    return Prepared(statement, reader.parameters)


class _StatementReader(TermReader):
    def statement(self) -> Statement:
        found = self._statement()
        if self.takes(";") and self.token.kind != "end":
            raise malformed("Unexpected token after semicolon. (Only one query is allowed.)")
        if self.token.kind != "end":
            raise malformed("Unexpected token after expression")
        return found

    def _statement(self) -> Statement:
        if self.takes_words("SELECT"):
            return self._select()
        if self.takes_words("INSERT", "INTO"):
            return self._insert()
        if self.takes_words("UPDATE"):
            return self._update()
        if self.takes_words("DELETE"):
            return self._delete()
        if self.takes_words("EXISTS"):
            return self._exists()
        raise self.unexpected()

    def _table(self) -> str:
        path = self.path()
        (name,) = path.elements if len(path.elements) == 1 else (None,)
        if name is None:
            raise malformed("Invalid path component for simple path")
        return str(name)

    # SELECT

    def _select(self) -> Select:
        columns = self._columns()
        if not self.takes_words("FROM"):
            raise malformed("Expected FROM after SELECT list")
        table, index = self._source()
        where = self._where()
        order = self._order() if self.takes_words("ORDER", "BY") else ()
        return Select(table, index, columns, where, order)

    def _columns(self) -> Columns | None:
        if self.takes("*"):
            if self.token.text == ",":
                raise malformed(
                    "Other expressions may not be present in the select list when '*' is used without dot notation."
                )
            return None
        paths = [self._column()]
        while self.takes(","):
            paths.append(self._column())
        return Columns(tuple(paths))

    def _column(self) -> Path:
        if self.token.kind not in ("name", "quoted"):
            raise self.unexpected()
        return self.path()

    def _source(self) -> tuple[str, str | None]:
        if self.token.kind not in ("name", "quoted"):
            raise self.unexpected()
        elements = self.path().elements
        if len(elements) > 2 or int in map(type, elements):
            raise malformed("Invalid path component for simple path")
        return elements[0], elements[1] if len(elements) == 2 else None

    def _where(self) -> Test | None:
        return self.condition() if self.takes_words("WHERE") else None

    def _order(self) -> tuple[tuple[str, bool], ...]:
        found: list[tuple[str, bool]] = []
        while not found or self.takes(","):
            path = self.path()
            descends = self.takes_words("DESC")
            if not descends:
                self.takes_words("ASC")
            found.append((_shown(path), descends))
        return tuple(found)

    def _exists(self) -> Exists:
        self.expect("(")
        if not self.takes_words("SELECT"):
            raise self.unexpected()
        select = self._select()
        self.expect(")")
        return Exists(select)

    # changes

    def _insert(self) -> Insert:
        table = self._table()
        if not self.takes_words("VALUE"):
            raise self.unexpected()
        return Insert(table, self.literal())

    def _update(self) -> Update:
        table = self._table()
        found: list[Action] = []
        while True:
            if self.takes_words("SET"):
                found.append(self._set())
                while self.takes(","):
                    found.append(self._set())
            elif self.takes_words("REMOVE"):
                found.append(actions.Remove(self.path()))
            else:
                break
        if not found:
            raise malformed("Expected data manipulation")
        if words := clash([action.path for action in found]):
            raise ValidationError(words)
        where = self._where()
        return Update(table, actions.Update(tuple(found)), where, self._returning())

    def _set(self) -> Action:
        path = self.path()
        if not self.takes("="):
            raise malformed("Expected '='")
        name = self.token.text.lower()
        if self.token.kind == "name" and name in ("set_add", "set_delete") and self.following.text == "(":
            return self._set_change(path, name)
        return actions.Set(path, self.assigned())

    def _set_change(self, path: Path, function: str) -> Action:
        """`path = set_add(path, members)`: it changes the set it reads, no other."""
        self.take()
        self.take()
        if self.path() != path:
            raise malformed(f"{function} changes the attribute it is assigned to")
        self.expect(",")
        members = self.literal()
        self.expect(")")
        return (actions.Add if function == "set_add" else actions.Delete)(path, members)

    def _delete(self) -> Delete:
        if not self.takes_words("FROM"):
            raise malformed("Expected FROM after DELETE")
        table = self._table()
        where = self._where()
        returning = self._returning()
        if returning not in (None, "ALL_OLD"):
            raise ValidationError("DELETE statements can return ALL OLD * only")
        return Delete(table, where, returning)

    def _returning(self) -> str | None:
        if not self.takes_words("RETURNING"):
            return None
        for words in _RETURNING:
            if self.takes_words(*words.split()):
                if not self.takes("*"):
                    raise malformed("Unsupported syntax in RETURNING columns.")
                return words.replace(" ", "_")
        raise malformed("Expected ( MODIFIED | ALL ) ( NEW | OLD ) in each returning element.")


def _shown(path: Path) -> str:
    """A path as it was written."""
    shown = ""
    for element in path.elements:
        shown += f"[{element}]" if type(element) is int else f".{element}" if shown else str(element)
    return shown
