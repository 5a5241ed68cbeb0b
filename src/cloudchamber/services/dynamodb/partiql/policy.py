"""What PartiQL asks IAM: statement by statement, for the table or the index that it names.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html

A statement that cannot be read asks nothing: it is refused for what it is, and touches no table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AwsError
from cloudchamber.core.service import Check, Request, Rule
from cloudchamber.services.dynamodb.expressions.tree import Test, roots
from cloudchamber.services.dynamodb.partiql.parser import read
from cloudchamber.services.dynamodb.partiql.planning import conjuncts, values_of
from cloudchamber.services.dynamodb.partiql.statements import Delete, Exists, Insert, Select, Statement, Update
from cloudchamber.services.dynamodb.policy import LazyKeys, locate, table_arn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.dynamodb.store import DynamoStore
    from cloudchamber.services.dynamodb.table import TableView


def statement_rules(store: DynamoStore) -> Mapping[str, Rule]:
    """Operation -> what IAM is asked."""

    def single(ctx: Context, request: Request) -> Iterator[Check]:
        yield from _checks(store, ctx, request)

    def batch(ctx: Context, request: Request) -> Iterator[Check]:
        for part in request.get("Statements") or ():
            yield from _checks(store, ctx, part)

    def transaction(ctx: Context, request: Request) -> Iterator[Check]:
        for part in request.get("TransactStatements") or ():
            yield from _checks(store, ctx, part, "ExecuteTransaction")

    return {"ExecuteStatement": single, "BatchExecuteStatement": batch, "ExecuteTransaction": transaction}


def _checks(store: DynamoStore, ctx: Context, part: Request, enclosing: str | None = None) -> Iterator[Check]:
    try:
        statement = read(part["Statement"], part.get("Parameters"))
        arn = table_arn(ctx, {"TableName": statement.table})
    except AwsError:
        return
    index = statement.index if isinstance(statement, Select) else None

    def find() -> dict[str, Any]:
        view = store.view(*locate(ctx, statement.table))
        return {"dynamodb:enclosingoperation": enclosing, **_keys(statement, view)}

    yield Check(f"dynamodb:{statement.action}", f"{arn}/index/{index}" if index else arn, LazyKeys(find))


def _keys(statement: Statement, view: TableView | None) -> dict[str, Any]:
    """The condition keys of a statement; those that tell of items, only where there is the table."""
    if view is None:
        return {}
    if isinstance(statement, Insert):
        item = statement.item if "M" in getattr(statement.value, "value", {}) else {}
        return {
            "dynamodb:leadingkeys": _texts([item[view.partition.name]] if view.partition.name in item else None),
            "dynamodb:attributes": sorted(item),
        }
    if isinstance(statement, Update | Delete):
        changed = statement.changes.attributes if isinstance(statement, Update) else frozenset()
        return {
            "dynamodb:leadingkeys": _leading(statement.where, view.partition.name),
            "dynamodb:attributes": sorted(changed | _attributes(statement.where)),
            "dynamodb:returnvalues": (statement.returning or "NONE").replace("MODIFIED", "UPDATED"),
        }
    return _keys_of_select(statement.select if isinstance(statement, Exists) else statement, view)


def _keys_of_select(select: Select, view: TableView) -> dict[str, Any]:
    index = None if select.index is None else view.index(select.index)
    parts = (view.key if index is None else index.key).partition
    values = [values_of(select.where, part.name) for part in parts]
    columns = select.columns
    if columns is not None:
        select_kind = "SPECIFIC_ATTRIBUTES"
    else:
        select_kind = "ALL_ATTRIBUTES" if select.index is None else "ALL_PROJECTED_ATTRIBUTES"
    return {
        "dynamodb:leadingkeys": _leading(select.where, parts[0].name),
        "dynamodb:attributes": None if columns is None else sorted(columns.attributes | _attributes(select.where)),
        "dynamodb:select": select_kind,
        "dynamodb:fulltablescan": "true" if None in values else "false",
    }


def _leading(where: Test | None, name: str) -> list[str] | None:
    """Whatever is said of the partition key, for `pk = 'mine' AND pk = 'yours'` must not pass for one of them."""
    found = [values for test in conjuncts(where) if (values := values_of(test, name)) is not None]
    return _texts([value for values in found for value in values]) if found else None


def _attributes(where: Test | None) -> frozenset[str]:
    return frozenset() if where is None else roots(where.paths())


def _texts(values: list[Any] | None) -> list[str] | None:
    """Keys' values as conditions compare them."""
    return None if values is None else sorted({str(next(iter(value.values()))) for value in values})
