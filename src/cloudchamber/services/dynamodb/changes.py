"""The one place where items change: the row, the rows of its indexes, and all that is told of the change.

Everything happens in the transaction the caller has open, so that an index, a stream or a replica never knows more or
less than the table does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import orjson

from cloudchamber.core.errors import ValidationError
from cloudchamber.services.dynamodb import capacity, expiring, keys, limits, streaming
from cloudchamber.services.dynamodb.capacity import Used
from cloudchamber.services.dynamodb.errors import EmptyKey, invalid
from cloudchamber.services.dynamodb.outbox import Outbox
from cloudchamber.services.dynamodb.undo_log import UndoLog
from cloudchamber.services.dynamodb.values import Item, item_size, same

if TYPE_CHECKING:
    from cloudchamber.core.spans import Span
    from cloudchamber.services.dynamodb.store import DynamoStore, Stored
    from cloudchamber.services.dynamodb.table import IndexView, TableView


class Origin(NamedTuple):
    """Who makes a change, and when (epoch seconds). `span` is the call that does."""

    at: float
    identity: dict[str, str] | None = None  # userIdentity of stream records: DynamoDB's own deletions
    replicated_at: float | None = None  # when it was made in the region it comes from; None: here
    replicated_from: str | None = None
    span: Span | None = None


class Changes:
    """Applies changes to items."""

    def __init__(self, store: DynamoStore) -> None:
        self._store = store
        self._log = store.db.shared(UndoLog)
        self._outbox = store.db.shared(Outbox)

    def put(self, view: TableView, key: bytes, old: Stored | None, item: Item, origin: Origin) -> Used:
        """The item stands where `old` stood, or new. It is checked and measured, `item` is not changed any more."""
        return self.put_sized(view, key, old, (item, item_size(item)), origin)

    def put_sized(
        self, view: TableView, key: bytes, old: Stored | None, sized: tuple[Item, int], origin: Origin
    ) -> Used:
        """The same for an item whose size is known."""
        item, size = sized
        data = orjson.dumps(item)
        store = self._store
        if old is None:
            row_id = store.insert(key, size, data)
            used = Used(view, capacity.write_units(size), writes=True)
        else:
            row_id = old.id
            store.replace(key, old, size, data)
            used = Used(view, capacity.write_units(max(size, old.size)), writes=True)
        if view.indexes:
            self._index(view, key, (old, item, size), row_id, used)
        if view.tells:
            self._tell(view, key, (old, item, data, size), origin)
        return used

    def delete(self, view: TableView, key: bytes, old: Stored | None, origin: Origin) -> Used:
        """The item is gone. Deleting what is not there uses a unit, and nobody is told."""
        used = Used(view, capacity.write_units(0 if old is None else old.size), writes=True)
        if old is None:
            return used
        self._store.delete(key, old)
        if view.indexes:
            self._index(view, key, (old, None, 0), old.id, used)
        if view.tells:
            self._tell(view, key, (old, None, None, 0), origin)
        return used

    def place(self, view: TableView | None, key: bytes, old: Stored | None, row: tuple[int, bytes | None]) -> None:
        """What stands under a key is now `row`: a size and an item's JSON, or nothing. For copies: nobody is told.

        Without a table (in a backup) there are no indexes.
        """
        size, data = row
        if data is None:
            if old is None:
                return
            self._store.delete(key, old)
            row_id = old.id
        elif old is None:
            row_id = self._store.insert(key, size, data)
        else:
            row_id = old.id
            self._store.replace(key, old, size, data)
        if view is not None and view.indexes:
            new = None if data is None else orjson.loads(data)
            self._index(view, key, (old, new, size), row_id, Used(view, writes=True))

    def _index(
        self, view: TableView, key: bytes, change: tuple[Stored | None, Item | None, int], row_id: int, used: Used
    ) -> None:
        """Bring the rows of all indexes in line with an item."""
        old, new, size = change
        before = None if old is None else old.item
        for index in view.indexes:
            was = None if before is None else keys.index_key(index.number, index.key, before, key)
            now = None if new is None else keys.index_key(index.number, index.key, new, key)
            if was != now:
                if was is not None:
                    self._store.unlink(was)
                if now is not None:
                    self._store.link(now, row_id)
            if was is not None or now is not None:
                used.add_index(index.name, _index_units(index, (was, old), (now, new), size))

    def _tell(
        self, view: TableView, key: bytes, change: tuple[Stored | None, Item | None, bytes | None, int], origin: Origin
    ) -> None:
        """Write down what streams, recovery and replicas have to know."""
        old, new, _, _ = change
        if view.writes_log:
            self._log.write(view.number, origin.at, key, old)
        is_change = old is None or new is None or not same(old.item, new)
        if is_change and view.record.stream is not None:
            streaming.write(self._store, view, change, origin)
        if view.record.replicas:
            self._outbox.tell(view, key, change, origin)
        if view.record.ttl_number is not None:
            expiring.note(self._store, view, key, (old, new))


def _index_units(
    index: IndexView, was: tuple[bytes | None, Stored | None], now: tuple[bytes | None, Item | None], size: int
) -> float:
    """Write units of an index: nothing where what it shows stays the same, twice where the key changes."""
    (old_key, old), (new_key, new) = was, now
    before = None if old_key is None or old is None else index.project(old.item)
    after = None if new_key is None or new is None else index.project(new)
    sizes = []
    if before is not None and old is not None:
        sizes.append(old.size if index.shows_all else item_size(before))
    if after is not None:
        sizes.append(size if index.shows_all else item_size(after))
    if old_key != new_key:
        return sum(map(capacity.write_units, sizes))
    if before is not None and after is not None and same(before, after):
        return 0.0
    return capacity.write_units(max(sizes))


# checking an item against its table

# Four attributes of so many characters are not too long for a key, whatever they are.
_SHORT_CHARS = limits.SORT_KEY_BYTES // 16
_LONG_PARTITION = "Size of hashkey has exceeded the maximum size limit of2048 bytes"
_LONG_SORT = "Aggregated size of all range keys has exceeded the size limit of 1024 bytes"
_UPDATED = "The update expression attempted to update the secondary index key"


def check_key_values(view: TableView, item: Item, index_kinds: bool = True) -> None:
    """An item to be written has the table's key, of the right kinds, and fits its indexes; ValidationException."""
    for name, kind in view.key.parts:
        value = item.get(name)
        if value is None:
            raise invalid(f"Missing the key {name} in the item")
        if kind not in value:
            raise invalid(f"Type mismatch for key {name} expected: {kind} actual: {next(iter(value))}")
        if value[kind] == "":
            raise EmptyKey(kind, name)
    check_key_sizes(view, item)
    if index_kinds and view.indexes:
        check_index_values(view, item)


def check_index_values(view: TableView, item: Item, *, is_update: bool = False) -> None:
    """Attributes that are keys of indexes are what the index can hold; ValidationException, which an update words in
    its own way."""
    for index in view.indexes:
        is_long = False
        for name, kind in index.key.parts:
            value = item.get(name)
            if value is None:
                continue
            if kind not in value:
                raise (
                    ValidationError(f"{_UPDATED} to unsupported type")
                    if is_update
                    else invalid(
                        f"Type mismatch for Index Key {name} Expected: {kind} Actual: {next(iter(value))} "
                        f"IndexName: {index.name}"
                    )
                )
            inner = value[kind]
            if inner == "":
                raise _emptied(kind) if is_update else EmptyKey(kind, name, index.name)
            is_long = is_long or len(inner) > _SHORT_CHARS
        if is_long:
            _check_index_sizes(index, item, is_update=is_update)


def _emptied(kind: str) -> ValidationError:
    word = "string" if kind == "S" else "binary"
    return ValidationError(
        "One or more parameter values are not valid. The update expression attempted to update a secondary index key "
        "to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty "
        f"{word} value."
    )


def _check_index_sizes(index: IndexView, item: Item, *, is_update: bool) -> None:
    for parts, most, words in (
        (index.key.partition, limits.PARTITION_KEY_BYTES, _LONG_PARTITION),
        (index.key.sort, limits.SORT_KEY_BYTES, _LONG_SORT),
    ):
        if sum(len(keys.raw(item[name], kind)) for name, kind in parts if name in item) > most:
            raise ValidationError(f"{_UPDATED} beyond allowed size limits") if is_update else invalid(words)


def check_key_sizes(view: TableView, item: Item) -> None:
    name, kind = view.partition
    if len(item[name][kind]) > limits.PARTITION_KEY_BYTES // 4 and (
        len(keys.raw(item[name], kind)) > limits.PARTITION_KEY_BYTES
    ):
        raise invalid(_LONG_PARTITION)
    if view.sort is not None:
        name, kind = view.sort
        if len(item[name][kind]) > limits.SORT_KEY_BYTES // 4 and (
            len(keys.raw(item[name], kind)) > limits.SORT_KEY_BYTES
        ):
            raise invalid(_LONG_SORT)
