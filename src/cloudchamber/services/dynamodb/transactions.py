"""TransactGetItems and TransactWriteItems: up to a hundred actions that stand or fall together.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
One loop and one SQLite transaction make them serializable; conflicts between calls cannot happen here.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import orjson

from cloudchamber.core.errors import ValidationError
from cloudchamber.core.service import operation
from cloudchamber.services.dynamodb import keys, limits
from cloudchamber.services.dynamodb.base import DynamoBase
from cloudchamber.services.dynamodb.capacity import Used, read_units, show_collection, write_units
from cloudchamber.services.dynamodb.changes import Origin
from cloudchamber.services.dynamodb.errors import (
    ConditionalCheckFailed,
    EmptyKey,
    IdempotentParameterMismatch,
    Throttled,
    TransactionCanceled,
)
from cloudchamber.services.dynamodb.expressions import request as expressions
from cloudchamber.services.dynamodb.items import shown
from cloudchamber.services.dynamodb.writing import (
    Judged,
    Write,
    check_key,
    read_check,
    read_delete,
    read_key,
    read_put,
    read_update,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.services.dynamodb import shapes
    from cloudchamber.services.dynamodb.store import Stored
    from cloudchamber.services.dynamodb.table import TableView
    from cloudchamber.services.dynamodb.values import Item

_READERS: Mapping[str, Callable[[Mapping[str, Any]], Write]] = {
    "Put": read_put,
    "Update": read_update,
    "Delete": read_delete,
    "ConditionCheck": read_check,
}
_PROJECTION = ("ProjectionExpression",)
_NONE = {"Code": "None"}
_TOO_LARGE = "The aggregate size of the items in the transaction exceeded 4 MB"

Part = TypeVar("Part")
Found = TypeVar("Found")


class Action(NamedTuple):
    """One write of a transaction, fitted to its table."""

    name: str  # of the table, as the request has it
    view: TableView
    write: Write
    key: bytes


class Transactions(DynamoBase):
    @operation
    async def transact_get_items(self, ctx: Context, request: shapes.TransactGetItemsInput) -> dict[str, Any]:
        asked = []
        for part in request["TransactItems"]:
            get = part["Get"]
            asked.append((get["TableName"], read_key(get), expressions.read(get, _PROJECTION).projection))
        views = [self.view(ctx, name) for name, _, _ in asked]
        keyed = [(view, key) for view, (_, key, _) in zip(views, asked, strict=True)]
        rows = _all_or_cancel(keyed, _row)
        _refuse_repetition(rows)
        _all_or_cancel(views, lambda view: self.admit(view, "read", ctx.now()))
        answer: dict[str, Any] = {"Responses": []}
        uses: dict[int, Used] = {}
        size = 0
        for (name, _, projection), view, row in zip(asked, views, rows, strict=True):
            found = self.store.get(row)
            _count(uses, (name, view), found)
            if found is None:
                answer["Responses"].append({})
            else:
                size += found.size
                item = shown(ctx, found) if projection is None else projection.pick(found.item)
                answer["Responses"].append({"Item": item})
        if size > limits.TRANSACTION_BYTES:
            raise ValidationError(_TOO_LARGE)
        return self._account_for_transaction(ctx, request, answer, uses)

    @operation
    async def transact_write_items(self, ctx: Context, request: shapes.TransactWriteItemsInput) -> dict[str, Any]:
        parts = [_one_of(part) for part in request["TransactItems"]]
        writes = [(part["TableName"], _READERS[kind](part)) for kind, part in parts]
        token = request.get("ClientRequestToken")
        digest = _digest(request) if token else b""
        answer: dict[str, Any] = {}
        if token and self._done_before(ctx, token, digest):
            return self._repeated(ctx, request, writes)
        actions = self._fitted(ctx, writes)
        uses = self.perform_all(ctx, actions, (token, digest) if token else None)
        metrics: dict[str, list[Any]] = {}
        for action in actions:
            one = show_collection(self.store, request, action.view, action.write.item)
            if one is not None and action.write.kind != "check":
                metrics.setdefault(action.name, []).append(one)
        if metrics:
            answer["ItemCollectionMetrics"] = metrics
        return self._account_for_transaction(ctx, request, answer, uses)

    # what PartiQL's transactions do as well

    def perform_all(
        self, ctx: Context, actions: Sequence[Action], token: tuple[str, bytes] | None = None
    ) -> dict[int, Used]:
        """All of the actions or none; what they used, by table. TransactionCanceled with a reason for each."""
        origin = Origin(ctx.now(), span=ctx.span)
        found = [self._judge(action, origin.at) for action in actions]
        judged = [one for one in found if isinstance(one, Judged)]
        uses = _uses_of(actions)
        if len(judged) < len(found):
            for one in judged:  # what was looked at is used all the same
                uses[one.view.number].table += 2 * write_units(max(one.size, 0 if one.old is None else one.old.size))
            for used in uses.values():
                self.account_for(ctx, used, {}, {})
            raise TransactionCanceled([_NONE if isinstance(one, Judged) else one for one in found])
        if sum(one.size for one in judged) > limits.TRANSACTION_BYTES:
            raise ValidationError(_TOO_LARGE)
        with self.platform.store.transaction():
            for one in judged:
                uses[one.view.number].add(one.carry_out(self.changes, origin).used, 2.0)
            if token is not None:
                until = origin.at + limits.TRANSACTION_TOKEN_SECONDS
                self.store.keep_token(ctx.account, ctx.region, token, (origin.at, until))
        for used in uses.values():
            self.announce(used.view)
        return uses

    def _judge(self, action: Action, now: float) -> Judged | dict[str, Any]:
        """One action, ready to be carried out, or the reason why it cannot be."""
        try:
            self.admit(action.view, "write", now)
            return action.write.judge(action.view, action.key, self.store)
        except ConditionalCheckFailed as failed:
            return {"Code": "ConditionalCheckFailed", "Message": failed.message, **failed.members}
        except (Throttled, ValidationError) as failed:
            return _reason(failed)

    def _fitted(self, ctx: Context, writes: list[tuple[str, Write]]) -> list[Action]:
        """Each write with its table and row; what does not fit cancels the transaction."""
        views = [self.view(ctx, name) for name, _ in writes]
        named = [(name, view, write) for (name, write), view in zip(writes, views, strict=True)]
        actions = _all_or_cancel(named, _action)
        _refuse_repetition([action.key for action in actions])
        return actions

    # idempotency

    def _done_before(self, ctx: Context, token: str, digest: bytes) -> bool:
        """Whether this very request was carried out under this token in the last ten minutes."""
        known = self.store.token(ctx.account, ctx.region, token, ctx.now())
        if known is not None and known != digest:
            raise IdempotentParameterMismatch
        return known is not None

    def _repeated(self, ctx: Context, request: Any, writes: list[tuple[str, Write]]) -> dict[str, Any]:
        """A repeated request changes nothing, and reads what it would have written."""
        uses: dict[int, Used] = {}
        for name, write in writes:
            view = self.view(ctx, name)
            _count(uses, (name, view), self.store.get(write.fit(view)))
        return self._account_for_transaction(ctx, request, {}, uses)

    def _account_for_transaction(
        self, ctx: Context, request: Any, answer: dict[str, Any], uses: dict[int, Used]
    ) -> dict[str, Any]:
        wanted = request.get("ReturnConsumedCapacity", "NONE")
        for used in uses.values():
            self.account_for(ctx, used, {}, {})
        if wanted != "NONE":
            answer["ConsumedCapacity"] = [used.shown(wanted, is_transaction=True) for used in uses.values()]
        return answer


def _uses_of(actions: Sequence[Action]) -> dict[int, Used]:
    """An account for each table of a transaction, under the name that the request gave it."""
    uses: dict[int, Used] = {}
    for action in actions:
        used = uses.setdefault(action.view.number, Used(action.view, writes=True))
        used.name = action.name
    return uses


def _one_of(part: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The one action a part of a transaction has; ValidationException for several or none."""
    given = [(kind, action) for kind, action in part.items() if action is not None]
    if len(given) != 1:
        raise ValidationError(
            "TransactItems can only contain one of Check, Put, Update or Delete"
            if given
            else "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request"
        )
    return given[0]


def _all_or_cancel(parts: Sequence[Part], do: Callable[[Part], Found]) -> list[Found]:
    """The same for each part of a transaction; TransactionCanceled if it cannot be done for one of them."""
    found: list[Found] = []
    reasons: list[dict[str, Any]] = []
    for part in parts:
        try:
            found.append(do(part))
            reasons.append(_NONE)
        except EmptyKey:
            raise
        except (Throttled, ValidationError) as failed:
            reasons.append(_reason(failed))
    if len(found) < len(parts):
        raise TransactionCanceled(reasons)
    return found


def _reason(failed: Throttled | ValidationError) -> dict[str, Any]:
    code = failed.reason_code if isinstance(failed, Throttled) else "ValidationError"
    return {"Code": code, "Message": failed.message}


def _action(part: tuple[str, TableView, Write]) -> Action:
    name, view, write = part
    return Action(name, view, write, write.fit(view))


def _row(part: tuple[TableView, Item]) -> bytes:
    view, key = part
    check_key(view, key)
    return keys.item_key(view.number, view.key, key)


def _count(uses: dict[int, Used], table: tuple[str, TableView], found: Stored | None) -> None:
    """A read in a transaction, which is twice a strongly consistent one."""
    name, view = table
    used = uses.setdefault(view.number, Used(view))
    used.name = name
    used.table += 2 * read_units(0 if found is None else found.size, is_consistent=True)


def _refuse_repetition(rows: Sequence[bytes]) -> None:
    if len(set(rows)) < len(rows):
        raise ValidationError("Transaction request cannot include multiple operations on one item")


def _digest(request: Mapping[str, Any]) -> bytes:
    """Of all of a request that its token stands for."""
    kept = {name: value for name, value in request.items() if name != "ReturnConsumedCapacity"}
    return hashlib.sha256(orjson.dumps(kept, option=orjson.OPT_SORT_KEYS)).digest()
