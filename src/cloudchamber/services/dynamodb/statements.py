"""ExecuteStatement, BatchExecuteStatement and ExecuteTransaction: PartiQL.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from cloudchamber.core.errors import AwsError, ValidationError
from cloudchamber.core.service import Request, operation
from cloudchamber.services.dynamodb import keys
from cloudchamber.services.dynamodb.capacity import Used, read_units
from cloudchamber.services.dynamodb.errors import ConditionalCheckFailed, TransactionCanceled
from cloudchamber.services.dynamodb.expressions.request import Expressions
from cloudchamber.services.dynamodb.items import Items
from cloudchamber.services.dynamodb.partiql.faults import DuplicateItem
from cloudchamber.services.dynamodb.partiql.pages import digest_of, read_page, stop_of, token_of
from cloudchamber.services.dynamodb.partiql.parser import read
from cloudchamber.services.dynamodb.partiql.planning import key_of, plan, write_of
from cloudchamber.services.dynamodb.partiql.statements import Exists, Insert, Select, Statement, Update
from cloudchamber.services.dynamodb.reading import Reading
from cloudchamber.services.dynamodb.transactions import Transactions
from cloudchamber.services.dynamodb.writing import check_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.services.dynamodb.expressions.tree import Test
    from cloudchamber.services.dynamodb.partiql.statements import Change
    from cloudchamber.services.dynamodb.table import TableView
    from cloudchamber.services.dynamodb.values import Item
    from cloudchamber.services.dynamodb.writing import Outcome, Write

Part = TypeVar("Part")
Found = TypeVar("Found")

# What a batch calls the errors of single statements.
_CODES = {
    "ConditionalCheckFailedException": "ConditionalCheckFailed",
    "DuplicateItemException": "DuplicateItem",
    "ProvisionedThroughputExceededException": "ProvisionedThroughputExceeded",
    "ResourceNotFoundException": "ResourceNotFound",
    "ThrottlingException": "ThrottlingError",
    "ValidationException": "ValidationError",
}
_EXISTS = "EXISTS statements can be used in transactions only"


class Statements(Items, Transactions):
    @operation
    async def execute_statement(self, ctx: Context, request: Request) -> dict[str, Any]:
        statement = read(request["Statement"], request.get("Parameters"))
        if isinstance(statement, Select):
            return self._page(ctx, request, statement)
        if isinstance(statement, Exists):
            raise ValidationError(_EXISTS)
        view, outcome = self._changed_by(ctx, request, statement)
        item = _returned(statement, outcome)
        return self._written(ctx, view, request, outcome, {"Items": [] if item is None else [item]})

    def _page(self, ctx: Context, request: Any, select: Select) -> dict[str, Any]:
        view = self.view(ctx, select.table)
        index = None if select.index is None else self.index(ctx, view, select.index)
        found = plan(select, view.key if index is None else index.key)
        reading = Reading.of(request, view, index, Expressions(filter=found.filter, projection=select.columns))
        start = stop_of(request)
        self.admit(view, "read", ctx.now())
        page, stop = read_page(self.store, reading, found, start)
        answer: dict[str, Any] = {"Items": page.shown(ctx)}
        if stop is not None:
            answer["NextToken"] = token_of(stop, request)
            if stop.key is not None:
                answer["LastEvaluatedKey"] = stop.key
        self.account_for(ctx, page.used, request, answer)
        return answer

    def _changed_by(self, ctx: Context, request: Mapping[str, Any], change: Change) -> tuple[TableView, Outcome]:
        """INSERT, UPDATE or DELETE in a transaction of its own."""
        write = write_of(change, self.view(ctx, change.table), shows_failed=_shows_failed(request))
        try:
            return self._write(ctx, {"TableName": change.table}, write)
        except ConditionalCheckFailed as failed:
            if isinstance(change, Insert):
                raise DuplicateItem(failed.members.get("Item")) from None
            raise

    # batches

    @operation
    async def batch_execute_statement(self, ctx: Context, request: Request) -> dict[str, Any]:
        parts = request["Statements"]
        statements = [_read_or_fault(part) for part in parts]
        if len({isinstance(one, Select) for one in statements if not isinstance(one, AwsError)}) > 1:
            raise ValidationError("Statements in a batch must be either all reads or all writes")
        options = {"ReturnConsumedCapacity": request.get("ReturnConsumedCapacity", "NONE")}
        answer: dict[str, Any] = {"Responses": []}
        for part, statement in zip(parts, statements, strict=True):
            response, capacity = self._respond(ctx, {**part, **options}, statement)
            answer["Responses"].append(response)
            if capacity is not None:
                answer.setdefault("ConsumedCapacity", []).append(capacity)
        return answer

    def _respond(
        self, ctx: Context, part: Mapping[str, Any], statement: Statement | ValidationError
    ) -> tuple[dict[str, Any], Any]:
        """What a batch says of one statement, and ConsumedCapacity if that was asked for."""
        if isinstance(statement, ValidationError):
            return {"Error": _error(statement)}, None
        response: dict[str, Any] = {"TableName": statement.table}
        used: dict[str, Any] = {}
        try:
            item = self._of_batch(ctx, part, statement, used)
        except AwsError as failed:
            if failed.code not in _CODES:
                raise
            response["Error"] = _error(failed)
        else:
            if item is not None:
                response["Item"] = item
        return response, used.get("ConsumedCapacity")

    def _of_batch(
        self, ctx: Context, part: Mapping[str, Any], statement: Statement, used: dict[str, Any]
    ) -> Item | None:
        """One statement of a batch: the item it gives."""
        if isinstance(statement, Exists):
            raise ValidationError(_EXISTS)
        if isinstance(statement, Select):
            view, row, rest = self._singled_out(ctx, statement, "BatchExecuteStatement")
            self.admit(view, "read", ctx.now())
            item, size = self._matching(row, rest, statement)
            self.account_for(ctx, Used(view, read_units(size, part.get("ConsistentRead", False))), part, used)
            return item
        view, outcome = self._changed_by(ctx, part, statement)
        self._written(ctx, view, part, outcome, used)
        return _returned(statement, outcome)

    def _singled_out(self, ctx: Context, select: Select, operation_name: str) -> tuple[TableView, bytes, list[Test]]:
        """The table and the row of the one item that a SELECT can give, and its other conditions."""
        view = self.view(ctx, select.table)
        found = key_of(select.where, view)
        if found is None or select.index is not None:
            raise ValidationError(
                f"Select statements within {operation_name} must specify the primary key in the where clause."
            )
        key, rest = found
        check_key(view, key)
        return view, keys.item_key(view.number, view.key, key), rest

    def _matching(self, row: bytes, rest: list[Test], select: Select) -> tuple[Item | None, int]:
        """The item in a row, if the conditions hold for it, and the bytes that were read."""
        found = self.store.get(row)
        if found is None:
            return None, 0
        if not all(test.holds(found.item) for test in rest):
            return None, found.size
        return found.item if select.columns is None else select.columns.pick(found.item), found.size

    # transactions

    @operation
    async def execute_transaction(self, ctx: Context, request: Request) -> dict[str, Any]:
        parts = request["TransactStatements"]
        statements = _each(parts, lambda part: read(part["Statement"], part.get("Parameters")))
        selects = [one for one in statements if isinstance(one, Select)]
        if selects:
            if len(selects) < len(statements):
                raise ValidationError("Statements in a transaction must be either all reads or all writes")
            return self._read_all(ctx, request, selects)
        writes = _each(list(zip(parts, statements, strict=True)), lambda pair: self._planned(ctx, *pair))
        token = request.get("ClientRequestToken")
        digest = digest_of(parts) if token else b""
        if token and self._done_before(ctx, token, digest):
            return self._repeated(ctx, request, writes)
        actions = self._fitted(ctx, writes)
        try:
            uses = self.perform_all(ctx, actions, (token, digest) if token else None)
        except TransactionCanceled as canceled:
            raise _told_of_duplicates(canceled, statements) from None
        return self._account_for_transaction(ctx, request, {}, uses)

    def _planned(self, ctx: Context, part: Mapping[str, Any], statement: Statement) -> tuple[str, Write]:
        assert not isinstance(statement, Select)
        view = self.view(ctx, statement.table)
        return statement.table, write_of(statement, view, shows_failed=_shows_failed(part))

    def _read_all(self, ctx: Context, request: Any, selects: list[Select]) -> dict[str, Any]:
        found = _each(selects, lambda select: self._singled_out(ctx, select, "ExecuteTransaction"))
        if len({row for _, row, _ in found}) < len(found):
            raise ValidationError("Transaction request cannot include multiple operations on one item")
        answer: dict[str, Any] = {"Responses": []}
        uses: dict[int, Used] = {}
        for select, (view, row, rest) in zip(selects, found, strict=True):
            self.admit(view, "read", ctx.now())
            item, size = self._matching(row, rest, select)
            uses.setdefault(view.number, Used(view)).table += 2 * read_units(size, is_consistent=True)
            answer["Responses"].append({} if item is None else {"Item": item})
        return self._account_for_transaction(ctx, request, answer, uses)


def _shows_failed(part: Mapping[str, Any]) -> bool:
    return part.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"


def _returned(change: Change, outcome: Outcome) -> Item | None:
    """What RETURNING asks for."""
    if isinstance(change, Insert) or change.returning is None:
        return None
    old = None if outcome.old is None else outcome.old.item
    item = old if change.returning.endswith("OLD") else outcome.new
    if item is not None and isinstance(change, Update) and change.returning.startswith("MODIFIED"):
        return change.changes.changed(item)
    return item


def _read_or_fault(part: Mapping[str, Any]) -> Statement | ValidationError:
    try:
        return read(part["Statement"], part.get("Parameters"))
    except ValidationError as fault:
        return fault


def _error(failed: AwsError) -> dict[str, Any]:
    return {"Code": _CODES[failed.code], "Message": failed.message, **failed.members}


def _each(parts: Sequence[Part], do: Callable[[Part], Found]) -> list[Found]:
    """The same for each statement of a transaction; if one is not as it should be, TransactionCanceled."""
    found: list[Found] = []
    reasons: list[dict[str, Any]] = []
    for part in parts:
        try:
            found.append(do(part))
            reasons.append({"Code": "None"})
        except ValidationError as failed:
            reasons.append({"Code": "ValidationError", "Message": failed.message})
    if len(found) < len(parts):
        raise TransactionCanceled(reasons)
    return found


def _told_of_duplicates(canceled: TransactionCanceled, statements: Sequence[Statement]) -> TransactionCanceled:
    """An INSERT's condition is that there is no such item: that it failed has a name of its own."""
    reasons = []
    for reason, statement in zip(canceled.members["CancellationReasons"], statements, strict=True):
        if isinstance(statement, Insert) and reason["Code"] == "ConditionalCheckFailed":
            reason = {**reason, "Code": "DuplicateItem", "Message": DuplicateItem().message}
        reasons.append(reason)
    return TransactionCanceled(reasons)
