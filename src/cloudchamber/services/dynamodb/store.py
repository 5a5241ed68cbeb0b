"""DynamoDB's rows: tables by name, items by key, index rows that point at items, numbers for all of them.

Items of all tables are in one SQLite table: `k` is the key of `keys.py`, `data` the item as it goes over the wire. An
index row holds the id of its item's row. What a transaction changed is undone here too: counts and views are caches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.services.dynamodb import keys
from cloudchamber.services.dynamodb.expiring import EXPIRY
from cloudchamber.services.dynamodb.table import TableRecord, TableView
from cloudchamber.services.dynamodb.tables_sql import ITEMS
from cloudchamber.storage.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudchamber.services.dynamodb.values import Item
    from cloudchamber.storage.engine import Store

VIEWS_MAX = 10_000
_GET = "SELECT id, size, data FROM dynamodb_items WHERE k = ?"
_INSERT = "INSERT INTO dynamodb_items (k, size, data) VALUES (?, ?, ?) RETURNING id"
_UPDATE = "UPDATE dynamodb_items SET size = ?, data = ? WHERE id = ?"


class Stored:
    """An item as it is in the store: its row's id, its size in bytes as DynamoDB reckons, and its JSON."""

    __slots__ = ("_item", "data", "id", "size")

    def __init__(self, row_id: int, size: int, data: bytes) -> None:
        self.id = row_id
        self.size = size
        self.data = data
        self._item: Item | None = None

    @property
    def item(self) -> Item:
        """The item; decoded when it is first asked for. Not to be changed."""
        if self._item is None:
            self._item = orjson.loads(self.data)
        return self._item


class DynamoStore:
    """One for each database, shared by DynamoDB and DynamoDB Streams."""

    def __init__(self, store: Store) -> None:
        self.db = store
        self.tables: Table[TableRecord] = Table(
            store, "dynamodb_tables", TableRecord, ("account", "region", "name"), [("number",)]
        )
        store.ensure("dynamodb_items", ITEMS)
        store.ensure("dynamodb_expiry", EXPIRY)
        self._views: dict[tuple[str, str, str], TableView] = {}
        self._totals: dict[int, list[int]] = {}
        store.on_undo(self._forget)

    def _forget(self) -> None:
        self._views.clear()
        self._totals.clear()

    # tables

    def view(self, account: str, region: str, name: str) -> TableView | None:
        """The table of that name, ready for use, whatever its status."""
        key = (account, region, name)
        found = self._views.get(key)
        if found is None:
            record = self.tables.get(*key)
            if record is None:
                return None
            if len(self._views) >= VIEWS_MAX:
                self._views.clear()
            found = self._views[key] = TableView(record)
        return found

    def save(self, record: TableRecord) -> TableView:
        """Insert or replace a table."""
        self.tables.put(record)
        view = self._views[record.account, record.region, record.name] = TableView(record)
        return view

    def by_number(self, number: int) -> TableView | None:
        """The table that has a number now."""
        found = self.tables.where(number=number, limit=1)
        return self.view(found[0].account, found[0].region, found[0].name) if found else None

    def drop(self, record: TableRecord) -> None:
        """A table is gone; its rows are out of reach at once and swept away later."""
        self.tables.delete(record.account, record.region, record.name)
        self._views.pop((record.account, record.region, record.name), None)
        self._totals.pop(record.number, None)
        for index in record.indexes:
            self.abandon(index.number)
        if record.ttl_number is not None:
            self.abandon(record.ttl_number)
        self.abandon(record.number)

    def new_number(self) -> int:
        """A number for a table, an index, a stream or a backup; never used twice."""
        number: int = self.db.value("UPDATE dynamodb_numbers SET next = next + 1 RETURNING next - 1")
        return number

    def abandon(self, number: int) -> None:
        """The rows under this number are to be swept away."""
        self.db.execute("INSERT OR IGNORE INTO dynamodb_swept VALUES (?)", (number,))

    def sweep(self, limit: int) -> bool:
        """Delete some abandoned rows; whether there may be more."""
        number = self.db.value("SELECT min(number) FROM dynamodb_swept")
        if number is None:
            return False
        span = (keys.prefix(number), keys.prefix(number + 1), limit)
        deleted = 0
        for table in ("dynamodb_items", "dynamodb_index", "dynamodb_expiry"):
            self.db.execute(
                f"DELETE FROM {table} WHERE k IN (SELECT k FROM {table} WHERE k >= ? AND k < ? LIMIT ?)", span
            )
            deleted += self.db.changes
        if not deleted:
            self.db.execute("DELETE FROM dynamodb_swept WHERE number = ?", (number,))
        return deleted > 0 or self.db.value("SELECT min(number) FROM dynamodb_swept") is not None

    # items

    def get(self, key: bytes) -> Stored | None:
        row = self.db.one(_GET, (key,))
        return None if row is None else Stored(*row)

    def insert(self, key: bytes, size: int, data: bytes) -> int:
        """The id of the new row."""
        row_id: int = self.db.value(_INSERT, (key, size, data))
        total = self._totals.get(int.from_bytes(key[:4], "big"))
        if total is not None:
            total[0] += 1
            total[1] += size
        return row_id

    def replace(self, key: bytes, old: Stored, size: int, data: bytes) -> None:
        self.db.execute(_UPDATE, (size, data, old.id))
        total = self._totals.get(int.from_bytes(key[:4], "big"))
        if total is not None:
            total[1] += size - old.size

    def delete(self, key: bytes, old: Stored) -> None:
        self.db.execute("DELETE FROM dynamodb_items WHERE id = ?", (old.id,))
        total = self._totals.get(int.from_bytes(key[:4], "big"))
        if total is not None:
            total[0] -= 1
            total[1] -= old.size

    def totals(self, number: int) -> tuple[int, int]:
        """Items of a table and their bytes: counted once, then kept."""
        found = self._totals.get(number)
        if found is None:
            row = self.db.one(
                "SELECT count(*), coalesce(sum(size), 0) FROM dynamodb_items WHERE k >= ? AND k < ?",
                (keys.prefix(number), keys.prefix(number + 1)),
            )
            assert row is not None
            found = self._totals[number] = [row[0], row[1]]
        return found[0], found[1]

    # transactions' tokens

    def token(self, account: str, region: str, token: str, now: float) -> bytes | None:
        """The digest of the transaction that was carried out under a token, while that is remembered."""
        found: bytes | None = self.db.value(
            "SELECT digest FROM dynamodb_tokens WHERE account = ? AND region = ? AND token = ? AND expires_at > ?",
            (account, region, token, now),
        )
        return found

    def keep_token(self, account: str, region: str, token: tuple[str, bytes], times: tuple[float, float]) -> None:
        """Remember a transaction by token and digest from now until an instant; forget those whose time is over."""
        now, until = times
        self.db.execute("DELETE FROM dynamodb_tokens WHERE expires_at <= ?", (now,))
        self.db.execute(
            "INSERT OR REPLACE INTO dynamodb_tokens VALUES (?, ?, ?, ?, ?)",
            (account, region, token[0], until, token[1]),
        )

    # index rows

    def link(self, key: bytes, row_id: int) -> None:
        self.db.execute("INSERT OR REPLACE INTO dynamodb_index VALUES (?, ?)", (key, row_id))

    def unlink(self, key: bytes) -> None:
        self.db.execute("DELETE FROM dynamodb_index WHERE k = ?", (key,))

    # ranges

    def range(self, low: bytes, high: bytes, *, of_index: bool, descending: bool) -> Iterator[tuple[Any, ...]]:
        """Rows from `low` (inclusive) up to `high` (exclusive), in order or in reverse, read as they are asked for:
        key, size, data; of an index with the items its rows point at."""
        return self.db.execute(_RANGES["index" if of_index else "items", descending], (low, high))

    def held(self, start: bytes, *, of_index: bool = False) -> int:
        """Bytes of the items whose rows' keys begin with `start`; of an index, of the items its rows point at."""
        size: int = self.db.value(_HELD[of_index], (start, keys.after(start)))
        return size

    def walk(self, number: int, rows_at_once: int = 500) -> Iterator[list[tuple[Any, ...]]]:
        """All of a table in batches of (key, size, data, id). What changes behind the cursor is not seen again."""
        low, high = keys.prefix(number), keys.prefix(number + 1)
        while True:
            rows = self.db.all(
                "SELECT k, size, data, id FROM dynamodb_items WHERE k >= ? AND k < ? ORDER BY k LIMIT ?",
                (low, high, rows_at_once),
            )
            if not rows:
                return
            yield rows
            low = rows[-1][0] + b"\x00"


def _range(table: str, descending: bool) -> str:
    order = "DESC" if descending else "ASC"
    if table == "items":
        return f"SELECT k, size, data FROM dynamodb_items WHERE k >= ? AND k < ? ORDER BY k {order}"
    return (
        "SELECT x.k, i.size, i.data FROM dynamodb_index x CROSS JOIN dynamodb_items i ON i.id = x.item "
        f"WHERE x.k >= ? AND x.k < ? ORDER BY x.k {order}"
    )


_HELD = {
    False: "SELECT coalesce(sum(size), 0) FROM dynamodb_items WHERE k >= ? AND k < ?",
    True: "SELECT coalesce(sum(i.size), 0) FROM dynamodb_index x CROSS JOIN dynamodb_items i ON i.id = x.item "
    "WHERE x.k >= ? AND x.k < ?",
}
_RANGES = {(table, down): _range(table, down) for table in ("items", "index") for down in (False, True)}
