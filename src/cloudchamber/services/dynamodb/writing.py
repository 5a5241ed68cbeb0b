"""One write of one item, whichever operation asks for it: read from a request, fitted to its table, performed.

PutItem, UpdateItem and DeleteItem do one of these, BatchWriteItem several without conditions, TransactWriteItems
several that stand or fall together, PartiQL makes them from statements.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from cloudchamber.core.errors import ValidationError
from cloudchamber.services.dynamodb import keys, limits
from cloudchamber.services.dynamodb.capacity import Used, write_units
from cloudchamber.services.dynamodb.changes import check_index_values, check_key_sizes, check_key_values
from cloudchamber.services.dynamodb.errors import ConditionalCheckFailed, EmptyKey
from cloudchamber.services.dynamodb.expressions import request as expressions
from cloudchamber.services.dynamodb.expressions.actions import check_keys
from cloudchamber.services.dynamodb.values import Item, check, check_item, item_size, resized

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.services.dynamodb.changes import Changes, Origin
    from cloudchamber.services.dynamodb.expressions.actions import Update
    from cloudchamber.services.dynamodb.expressions.tree import Condition
    from cloudchamber.services.dynamodb.store import DynamoStore, Stored
    from cloudchamber.services.dynamodb.table import TableView

_CONDITION = ("ConditionExpression",)
_UPDATE = ("UpdateExpression", "ConditionExpression")
KEY_MISMATCH = "The provided key element does not match the schema"
_TOO_LARGE = "Item size has exceeded the maximum allowed size"


class Outcome(NamedTuple):
    """What a write found, what it left, and what it used."""

    old: Stored | None
    new: Item | None
    used: Used


@dataclass(slots=True)
class Write:
    """`item` is what is put, or the key of what is updated, deleted or checked."""

    kind: Literal["put", "update", "delete", "check"]
    item: Item
    size: int = 0
    condition: Condition | None = None
    update: Update | None = None
    shows_failed: bool = False  # whether a failed condition shows the item
    only_deletes: bool = False  # a legacy update that leaves alone what is not there

    def fit(self, view: TableView) -> bytes:
        """The key of the item's row; ValidationException for an item or a key that is not of this table."""
        if self.kind == "put":
            check_key_values(view, self.item)
        else:
            check_key(view, self.item)
            if self.update is not None:
                check_keys(self.update, view.key_names)
        return keys.item_key(view.number, view.key, self.item)

    def judge(self, view: TableView, key: bytes, store: DynamoStore) -> Judged:
        """What the write will leave, if nothing forbids it. ConditionalCheckFailed, ValidationException.

        It reads only, so that a write which is refused costs no transaction.
        """
        old = store.get(key)
        if self.condition is not None and not self.condition.holds({} if old is None else old.item):
            raise ConditionalCheckFailed(old.item if self.shows_failed and old is not None else None)
        if self.kind == "put":
            return Judged("put", view, key, old, self.item, self.size)
        if self.kind in ("delete", "check"):
            return Judged(self.kind, view, key, old)
        if old is None and self.only_deletes:
            return Judged("check", view, key, old)
        before = dict(self.item) if old is None else old.item
        new = before if self.update is None else self.update.apply(before)
        size = item_size(new) if old is None else resized(old.item, old.size, new)
        if size > limits.ITEM_BYTES:
            raise ValidationError("Item size to update has exceeded the maximum allowed size")
        if view.indexes:
            check_index_values(view, new, is_update=True)
        return Judged("put", view, key, old, new, size)


class Judged(NamedTuple):
    """A write that nothing forbids, with what stands there now: to be carried out before anything else changes."""

    kind: str  # put, delete, or check, which changes nothing
    view: TableView
    key: bytes
    old: Stored | None
    new: Item | None = None
    size: int = 0

    def carry_out(self, changes: Changes, origin: Origin) -> Outcome:
        """In the caller's transaction."""
        kind, view, key, old, new, size = self
        if new is not None:
            return Outcome(old, new, changes.put_sized(view, key, old, (new, size), origin))
        if kind == "delete":
            return Outcome(old, None, changes.delete(view, key, old, origin))
        return Outcome(old, None, Used(view, write_units(0 if old is None else old.size), writes=True))


def check_key(view: TableView, key: Item) -> None:
    """A key is that of the table: its attributes, no others, of the right kinds; ValidationException."""
    parts = view.key.parts
    if len(key) != len(parts):
        raise ValidationError(KEY_MISMATCH)
    for name, kind in parts:
        value = key.get(name)
        if value is None or kind not in value:
            raise ValidationError(KEY_MISMATCH)
        if value[kind] == "":
            raise EmptyKey(kind, name)
    check_key_sizes(view, key)


# from requests


def read_put(part: Mapping[str, Any]) -> Write:
    """A Put, from PutItem's request or a transaction's part."""
    item = part["Item"]
    size = check_item(item)
    asked = expressions.read(part, _CONDITION)
    if size > limits.ITEM_BYTES:
        raise ValidationError(_TOO_LARGE)
    return Write("put", item, size, asked.condition, shows_failed=_shows_failed(part))


def read_update(part: Mapping[str, Any]) -> Write:
    key = read_key(part)
    asked = expressions.read(part, _UPDATE)
    legacy = part.get("AttributeUpdates") or {}
    only_deletes = bool(legacy) and all(change.get("Action") == "DELETE" for change in legacy.values())
    return Write("update", key, 0, asked.condition, asked.update, _shows_failed(part), only_deletes)


def read_delete(part: Mapping[str, Any]) -> Write:
    key = read_key(part)
    return Write("delete", key, 0, expressions.read(part, _CONDITION).condition, shows_failed=_shows_failed(part))


def read_check(part: Mapping[str, Any]) -> Write:
    key = read_key(part)
    return Write("check", key, 0, expressions.read(part, _CONDITION).condition, shows_failed=_shows_failed(part))


def read_key(part: Mapping[str, Any]) -> Item:
    """A request's key, its values checked by themselves; ValidationException."""
    key: Item = part["Key"]
    if type(key) is not dict:
        check_item(key)
    for value in key.values():
        check(value)
    return key


def _shows_failed(part: Mapping[str, Any]) -> bool:
    return part.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
