"""PutItem, GetItem, UpdateItem, DeleteItem."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.errors import ValidationError
from cloudchamber.core.service import operation
from cloudchamber.services.dynamodb import keys
from cloudchamber.services.dynamodb.base import DynamoBase
from cloudchamber.services.dynamodb.capacity import Used, read_units, show_collection, write_units
from cloudchamber.services.dynamodb.changes import Origin
from cloudchamber.services.dynamodb.errors import ConditionalCheckFailed
from cloudchamber.services.dynamodb.expressions import request as expressions
from cloudchamber.services.dynamodb.writing import (
    Outcome,
    Write,
    check_key,
    read_delete,
    read_key,
    read_put,
    read_update,
)

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.dynamodb import shapes
    from cloudchamber.services.dynamodb.store import Stored
    from cloudchamber.services.dynamodb.table import TableView

_PROJECTION = ("ProjectionExpression",)


class Items(DynamoBase):
    """Operations on one item."""

    @operation
    async def get_item(self, ctx: Context, request: shapes.GetItemInput) -> dict[str, Any]:
        key = read_key(request)
        projection = expressions.read(request, _PROJECTION).projection
        view = self.view(ctx, request["TableName"])
        check_key(view, key)
        self.admit(view, "read", ctx.now())
        found = self.store.get(keys.item_key(view.number, view.key, key))
        answer: dict[str, Any] = {}
        if found is not None:
            answer["Item"] = shown(ctx, found) if projection is None else projection.pick(found.item)
        units = read_units(0 if found is None else found.size, request.get("ConsistentRead", False))
        self.account_for(ctx, Used(view, units), request, answer)
        return answer

    @operation
    async def put_item(self, ctx: Context, request: shapes.PutItemInput) -> dict[str, Any]:
        wanted = _only_old(request)
        write = read_put(request)
        view, outcome = self._write(ctx, request, write)
        answer: dict[str, Any] = {}
        if wanted and outcome.old is not None:
            answer["Attributes"] = shown(ctx, outcome.old)
        return self._written(ctx, view, request, outcome, answer)

    @operation
    async def delete_item(self, ctx: Context, request: shapes.DeleteItemInput) -> dict[str, Any]:
        wanted = _only_old(request)
        write = read_delete(request)
        view, outcome = self._write(ctx, request, write)
        answer: dict[str, Any] = {}
        if wanted and outcome.old is not None:
            answer["Attributes"] = shown(ctx, outcome.old)
        return self._written(ctx, view, request, outcome, answer)

    @operation
    async def update_item(self, ctx: Context, request: shapes.UpdateItemInput) -> dict[str, Any]:
        write = read_update(request)
        view, outcome = self._write(ctx, request, write)
        attributes = _returned(request.get("ReturnValues", "NONE"), write, outcome)
        answer: dict[str, Any] = {"Attributes": attributes} if attributes else {}
        return self._written(ctx, view, request, outcome, answer)

    def _write(self, ctx: Context, request: Any, write: Write) -> tuple[TableView, Outcome]:
        """One write in a transaction of its own."""
        view = self.view(ctx, request["TableName"])
        key = write.fit(view)
        now = ctx.now()
        self.admit(view, "write", now)
        try:
            judged = write.judge(view, key, self.store)
        except ConditionalCheckFailed:  # which uses what the write would have used of the table
            found = self.store.get(key)
            units = write_units(max(write.size, 0 if found is None else found.size))
            self.account_for(ctx, Used(view, units, writes=True), {}, {})
            raise
        with self.platform.store.transaction():
            return view, judged.carry_out(self.changes, Origin(now, span=ctx.span))

    def _written(
        self, ctx: Context, view: TableView, request: Any, outcome: Outcome, answer: dict[str, Any]
    ) -> dict[str, Any]:
        self.announce(view)
        self.account_for(ctx, outcome.used, request, answer)
        item = request.get("Item") or request.get("Key")
        metrics = show_collection(self.store, request, view, item)
        if metrics is not None:
            answer["ItemCollectionMetrics"] = metrics
        return answer


def shown(ctx: Context, found: Stored) -> Any:
    """An item for an answer: its bytes as they are for a client, the item itself for another service."""
    return orjson.Fragment(found.data) if ctx.span.protocol else found.item


def _only_old(request: Any) -> bool:
    wanted = request.get("ReturnValues", "NONE")
    if wanted not in ("NONE", "ALL_OLD"):
        raise ValidationError("ReturnValues can only be ALL_OLD or NONE")
    return bool(wanted == "ALL_OLD")


def _returned(wanted: str, write: Write, outcome: Outcome) -> dict[str, Any] | None:
    """Attributes of UpdateItem's answer, as ReturnValues asks for them."""
    if wanted == "NONE":
        return None
    item = (None if outcome.old is None else outcome.old.item) if wanted.endswith("OLD") else outcome.new
    if item is None or wanted.startswith("ALL"):
        return item
    return None if write.update is None else write.update.changed(item)
