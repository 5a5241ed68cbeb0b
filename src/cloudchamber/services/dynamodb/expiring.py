"""When items expire: a row for each item of a table with time to live, found by its instant or by its item.

A row's key is the number of the table's time to live, which is new each time it is turned on, and the item's key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cloudchamber.services.dynamodb import keys

if TYPE_CHECKING:
    from cloudchamber.services.dynamodb.store import DynamoStore, Stored
    from cloudchamber.services.dynamodb.table import TableView
    from cloudchamber.services.dynamodb.values import Item

EXPIRY = [
    "CREATE TABLE dynamodb_expiry (k BLOB PRIMARY KEY, due REAL NOT NULL) WITHOUT ROWID",
    "CREATE INDEX dynamodb_expiry_by_due ON dynamodb_expiry (due)",
]
FIRST = "SELECT min(due) FROM dynamodb_expiry"
DUE = "SELECT k, due FROM dynamodb_expiry WHERE due < ? ORDER BY due LIMIT ?"
_PUT = "INSERT OR REPLACE INTO dynamodb_expiry VALUES (?, ?)"
_DELETE = "DELETE FROM dynamodb_expiry WHERE k = ?"

# An instant that is later than this is none in seconds (year 5138): such items never expire.
INSTANT_MAX = 1e11


class Expiring(NamedTuple):
    """A row: `key` is the item's, `due` in epoch seconds."""

    ttl_number: int
    key: bytes
    due: float

    @property
    def table_number(self) -> int:
        return int.from_bytes(self.key[:4], "big")


def due_of(item: Item, attribute: str) -> float | None:
    """When an item expires; None for one that does not."""
    value = item.get(attribute)
    if value is None or "N" not in value:
        return None
    due = float(value["N"])
    return due if 0 < due < INSTANT_MAX else None


def note(store: DynamoStore, view: TableView, key: bytes, change: tuple[Stored | None, Item | None]) -> None:
    """An item has changed: what was there, and what is there now."""
    old, new = change
    number, attribute = view.record.ttl_number, view.record.ttl_attribute
    assert number is not None and attribute is not None
    was = None if old is None else due_of(old.item, attribute)
    due = None if new is None else due_of(new, attribute)
    if was != due:
        write(store, number, key, due)


def write(store: DynamoStore, ttl_number: int, key: bytes, due: float | None) -> None:
    row = keys.prefix(ttl_number) + key
    if due is None:
        store.db.execute(_DELETE, (row,))
    else:
        store.db.execute(_PUT, (row, due))


def first_due(store: DynamoStore) -> float | None:
    """The earliest instant at which an item of any table expires."""
    due: float | None = store.db.value(FIRST)
    return due


def expired(store: DynamoStore, now: float, limit: int) -> list[Expiring]:
    """Items that have expired, the earliest first."""
    rows = store.db.all(DUE, (now, limit))
    return [Expiring(int.from_bytes(key[:4], "big"), key[4:], due) for key, due in rows]


def forget(store: DynamoStore, row: Expiring) -> None:
    write(store, row.ttl_number, row.key, None)
