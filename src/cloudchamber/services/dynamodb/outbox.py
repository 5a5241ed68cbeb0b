"""What the replicas of a global table have yet to hear of one another, and which write of an item is the last.

A change to a table with replicas leaves a row for each other region in the same transaction; `replication.py` delivers
them. Which of two writes wins is decided by the instant of the write, then by the name of its region, so that all
replicas end up alike in whatever order changes arrive. The last write of an item is remembered (also that of one that
was deleted) for as long as a change that might be older is still on its way to the table.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from cloudchamber.services.dynamodb import keys

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudchamber.services.dynamodb.changes import Origin
    from cloudchamber.services.dynamodb.store import Stored
    from cloudchamber.services.dynamodb.table import TableView
    from cloudchamber.services.dynamodb.values import Item
    from cloudchamber.storage.engine import Store

# `k` is a row's key without its table's number, which differs between regions; empty for a setting. `data` is an item's
# JSON, nothing for one that was deleted; for a setting the request that makes the same change elsewhere.
OUTBOX = [
    """CREATE TABLE dynamodb_outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, name TEXT NOT NULL,
        source TEXT NOT NULL, target TEXT NOT NULL, at REAL NOT NULL, k BLOB NOT NULL, data BLOB)""",
    "CREATE INDEX dynamodb_outbox_by_link ON dynamodb_outbox (account, name, target, source, id)",
    "CREATE TABLE dynamodb_versions (k BLOB PRIMARY KEY, at REAL NOT NULL, region TEXT NOT NULL) WITHOUT ROWID",
]
PENDING = (
    "SELECT id, at, k, data FROM dynamodb_outbox WHERE account = ? AND name = ? AND target = ? AND source = ? "
    "ORDER BY id LIMIT ?"
)
VERSION = "SELECT at, region FROM dynamodb_versions WHERE k = ?"
FORGET = (
    "DELETE FROM dynamodb_versions WHERE k IN "
    "(SELECT k FROM dynamodb_versions WHERE k >= ? AND k < ? AND at < ? LIMIT ?)"
)
_TELL = "INSERT INTO dynamodb_outbox (account, name, source, target, at, k, data) VALUES (?, ?, ?, ?, ?, ?, ?)"


class Link(NamedTuple):
    """From one replica of a table to another."""

    account: str
    name: str
    source: str
    target: str


class Parcel(NamedTuple):
    """A change on its way: `at` is the instant of the write."""

    id: int
    at: float
    key: bytes
    data: bytes | None


class Version(NamedTuple):
    """Versions compare as writes win."""

    at: float
    region: str


class Outbox:
    """One for each database."""

    def __init__(self, store: Store) -> None:
        self._db = store
        store.ensure("dynamodb_outbox", OUTBOX)

    # in the transaction of a change

    def tell(
        self, view: TableView, key: bytes, change: tuple[Stored | None, Item | None, bytes | None, int], origin: Origin
    ) -> None:
        """Write down a change to an item for the other replicas; of one that came from there only whose it is."""
        record = view.record
        if origin.replicated_from is not None:
            self.keep(key, Version(origin.replicated_at or origin.at, origin.replicated_from))
            return
        version = Version(origin.at, record.region)
        before = self.version(key)
        if before is not None and before > version:  # what is overwritten here was there first, whatever clocks say
            version = Version(math.nextafter(before.at, math.inf), record.region)
        self.keep(key, version)
        for replica in record.replicas:
            self._db.execute(
                _TELL, (record.account, record.name, record.region, replica["region"], version.at, key[4:], change[2])
            )

    def tell_setting(self, link: Link, at: float, request: bytes) -> None:
        """Write down a change to the table itself, after the items that were changed before it."""
        account, name, source, target = link
        self._db.execute(_TELL, (account, name, source, target, at, b"", request))

    # versions

    def version(self, key: bytes) -> Version | None:
        row = self._db.one(VERSION, (key,))
        return None if row is None else Version(*row)

    def keep(self, key: bytes, version: Version) -> None:
        """This is the last write of the item under a key."""
        self._db.execute("INSERT OR REPLACE INTO dynamodb_versions VALUES (?, ?, ?)", (key, *version))

    def forget_versions(self, number: int, before: float, limit: int) -> None:
        """Forget versions of a table that are older than an instant: some, or all with a limit of -1."""
        self._db.execute(FORGET, (keys.prefix(number), keys.prefix(number + 1), before, limit))

    def copy_versions(self, source: int, target: int) -> None:
        """A new replica knows what the one it is made from knows."""
        rows = self._db.all(
            "SELECT k, at, region FROM dynamodb_versions WHERE k >= ? AND k < ?",
            (keys.prefix(source), keys.prefix(source + 1)),
        )
        for key, at, region in rows:
            self.keep(keys.prefix(target) + key[4:], Version(at, region))

    # parcels

    def links(self) -> list[Link]:
        """Between which replicas something is on its way."""
        return [
            Link(*row) for row in self._db.all("SELECT DISTINCT account, name, source, target FROM dynamodb_outbox")
        ]

    def pending(self, link: Link, limit: int) -> list[Parcel]:
        """The oldest changes on their way, in the order they were made in."""
        account, name, source, target = link
        return [Parcel(*row) for row in self._db.all(PENDING, (account, name, target, source, limit))]

    def oldest_to(self, account: str, name: str, region: str) -> float | None:
        """The instant of the oldest write that a replica has yet to hear of."""
        found: float | None = self._db.value(
            "SELECT min(at) FROM dynamodb_outbox WHERE account = ? AND name = ? AND target = ?", (account, name, region)
        )
        return found

    def waiting(self, link: Link) -> tuple[int, float | None]:
        """How many changes are on their way, and the instant of the oldest."""
        row = self._db.one(
            "SELECT count(*), min(at) FROM dynamodb_outbox WHERE account = ? AND name = ? AND target = ? "
            "AND source = ?",
            (link.account, link.name, link.target, link.source),
        )
        assert row is not None
        return row[0], row[1]

    def delivered(self, ids: Iterable[int]) -> None:
        for one in ids:
            self._db.execute("DELETE FROM dynamodb_outbox WHERE id = ?", (one,))

    def readdress(self, account: str, name: str, region: str, also: str) -> None:
        """What one replica has yet to hear of, another one that is made from it has too."""
        self._db.execute(
            "INSERT INTO dynamodb_outbox (account, name, source, target, at, k, data) "
            "SELECT account, name, source, ?, at, k, data FROM dynamodb_outbox "
            "WHERE account = ? AND name = ? AND target = ? AND source <> ? ORDER BY id",
            (also, account, name, region, also),
        )

    def forget(self, account: str, name: str, region: str) -> None:
        """A replica is gone: nothing goes to it any more, nor comes from it."""
        self._db.execute(
            "DELETE FROM dynamodb_outbox WHERE account = ? AND name = ? AND (target = ? OR source = ?)",
            (account, name, region, region),
        )
