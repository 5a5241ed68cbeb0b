"""BatchGetItem and BatchWriteItem: many items of several tables in one call, without all-or-nothing.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import ValidationError
from cloudchamber.core.service import operation
from cloudchamber.services.dynamodb import keys, limits, values
from cloudchamber.services.dynamodb.base import DynamoBase
from cloudchamber.services.dynamodb.capacity import Used, read_units, show_collection
from cloudchamber.services.dynamodb.changes import Origin
from cloudchamber.services.dynamodb.errors import Throttled
from cloudchamber.services.dynamodb.expressions import request as expressions
from cloudchamber.services.dynamodb.items import shown
from cloudchamber.services.dynamodb.writing import KEY_MISMATCH, Write, check_key, read_delete, read_key, read_put

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.dynamodb import shapes
    from cloudchamber.services.dynamodb.table import TableView

_PROJECTION = ("ProjectionExpression",)


class Batches(DynamoBase):
    @operation
    async def batch_get_item(self, ctx: Context, request: shapes.BatchGetItemInput) -> dict[str, Any]:
        asked = request["RequestItems"]
        expressions.check_mixture(asked.values())
        if sum(len(part["Keys"]) for part in asked.values()) > limits.BATCH_GET_KEYS:
            raise ValidationError("Too many items requested for the BatchGetItem call")
        wanted = [_Keys(part) for part in asked.values()]
        views = [self.view(ctx, name) for name in asked]
        for keyed, view in zip(wanted, views, strict=True):
            keyed.fit(view)
        _refuse_duplicates([row for keyed in wanted for row in keyed.rows])
        able = self._able(views, "read", ctx.now())
        answer: dict[str, Any] = {"Responses": {}, "UnprocessedKeys": {}}
        left = limits.BATCH_GET_BYTES
        uses = []
        for (name, part), keyed, view in zip(asked.items(), wanted, views, strict=True):
            if view.number not in able:
                answer["Responses"][name], answer["UnprocessedKeys"][name] = [], part
                continue
            used, left = self._get(ctx, (name, part, keyed), view, (answer, left))
            uses.append(used)
        return self._account_for_all(ctx, request, answer, uses)

    def _get(
        self,
        ctx: Context,
        asked: tuple[str, Mapping[str, Any], _Keys],
        view: TableView,
        state: tuple[dict[str, Any], int],
    ) -> tuple[Used, int]:
        """The keys of one table, as long as the answer has room; what room is left then."""
        name, part, keyed = asked
        answer, left = state
        used = Used(view)
        used.name = name
        items = answer["Responses"].setdefault(name, [])
        is_consistent = part.get("ConsistentRead", False)
        for at, key in enumerate(keyed.rows):
            found = self.store.get(key)
            if found is not None and found.size > left:
                answer["UnprocessedKeys"][name] = {**part, "Keys": keyed.keys[at:]}
                return used, 0
            used.table += read_units(0 if found is None else found.size, is_consistent)
            if found is not None:
                left -= found.size
                items.append(shown(ctx, found) if keyed.projection is None else keyed.projection.pick(found.item))
        return used, left

    @operation
    async def batch_write_item(self, ctx: Context, request: shapes.BatchWriteItemInput) -> dict[str, Any]:
        asked = request["RequestItems"]
        count = sum(map(len, asked.values()))
        if count > limits.BATCH_WRITE_REQUESTS:
            raise ValidationError("Too many items requested for the BatchWriteItem call")
        writes = {name: [_read_write(part) for part in parts] for name, parts in asked.items()}
        fitted = []
        for name, parts in writes.items():
            view = self.view(ctx, name)
            fitted.append((name, view, [(write, _fit(write, view)) for write in parts]))
        _refuse_duplicates([key for _, _, rows in fitted for _, key in rows])
        able = self._able([view for _, view, _ in fitted], "write", ctx.now())
        answer: dict[str, Any] = {
            "UnprocessedItems": {name: asked[name] for name, view, _ in fitted if view.number not in able}
        }
        fitted = [one for one in fitted if one[1].number in able]
        with self.platform.store.transaction():
            uses = [self._write_all(ctx, *one) for one in fitted]
        for name, view, rows in fitted:
            self.announce(view)
            self._collections(request, view, (name, rows), answer)
        return self._account_for_all(ctx, request, answer, uses)

    def _write_all(self, ctx: Context, name: str, view: TableView, rows: list[tuple[Write, bytes]]) -> Used:
        used, origin = Used(view, writes=True), Origin(ctx.now(), span=ctx.span)
        used.name = name
        for write, key in rows:
            used.add(write.judge(view, key, self.store).carry_out(self.changes, origin).used)
        return used

    def _able(self, views: list[TableView], kind: str, now: float) -> set[int]:
        """The numbers of the tables that have capacity left; Throttled if none has. The others' part is not done."""
        able, refusal = set(), None
        for view in views:
            try:
                self.admit(view, kind, now)
                able.add(view.number)
            except Throttled as throttled:
                refusal = throttled
        if refusal is not None and not able:
            raise refusal
        return able

    def _collections(
        self, request: Any, view: TableView, written: tuple[str, list[tuple[Write, bytes]]], answer: dict[str, Any]
    ) -> None:
        name, rows = written
        found = [show_collection(self.store, request, view, write.item) for write, _ in rows]
        metrics = [one for one in found if one is not None]
        if metrics:
            answer.setdefault("ItemCollectionMetrics", {})[name] = metrics

    def _account_for_all(self, ctx: Context, request: Any, answer: dict[str, Any], uses: list[Used]) -> dict[str, Any]:
        capacities = []
        for used in uses:
            one: dict[str, Any] = {}
            self.account_for(ctx, used, request, one)
            if one:
                capacities.append(one["ConsumedCapacity"])
        if capacities:
            answer["ConsumedCapacity"] = capacities
        return answer


class _Keys:
    """What BatchGetItem wants of one table."""

    def __init__(self, part: Mapping[str, Any]) -> None:
        self.keys = [read_key({"Key": key}) for key in part["Keys"]]
        self.projection = expressions.read(part, _PROJECTION).projection
        self.rows: list[bytes] = []

    def fit(self, view: TableView) -> None:
        """ValidationException for a key that is not of the table."""
        for key in self.keys:
            check_key(view, key)
        self.rows = [keys.item_key(view.number, view.key, key) for key in self.keys]


def _refuse_duplicates(rows: list[bytes]) -> None:
    if len(set(rows)) < len(rows):
        raise ValidationError("Provided list of item keys contains duplicates")


def _fit(write: Write, view: TableView) -> bytes:
    """The key of an item's row. A batch says of a put's key what is said of other keys; ValidationException."""
    if any(kind not in write.item.get(name, ()) for name, kind in view.key.parts):
        raise ValidationError(KEY_MISMATCH)
    return write.fit(view)


def _read_write(part: Mapping[str, Any]) -> Write:
    """A PutRequest or a DeleteRequest; ValidationException for both or neither."""
    put, delete = part.get("PutRequest"), part.get("DeleteRequest")
    if put is not None and delete is not None:
        raise ValidationError(values.SEVERAL)
    if put is not None:
        return read_put(put)
    if delete is None:
        raise ValidationError(values.EMPTY)
    return read_delete(delete)
