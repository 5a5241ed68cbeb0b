"""Cognito Sync's tables, and the statements over records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.services.cognito_sync import limits
from cloudchamber.services.cognito_sync.tables import (
    RECORDS,
    Dataset,
    Device,
    PoolSettings,
    Record,
    Session,
    Subscription,
)
from cloudchamber.storage.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudchamber.storage.engine import Store

_FIELDS = "key, value, sync_count, modified_at, modified_by, device_modified_at"
_BYTES = "coalesce(sum(length(CAST(key AS BLOB)) + length(CAST(value AS BLOB))), 0)"


class SyncStore:
    def __init__(self, store: Store) -> None:
        self.db = store
        self.datasets: Table[Dataset] = Table(
            store, "cognito_sync_datasets", Dataset, ("identity", "name"), [("pool", "identity")]
        )
        self.sessions: Table[Session] = Table(store, "cognito_sync_sessions", Session, ("token",), [("ends_at",)])
        self.pools: Table[PoolSettings] = Table(
            store, "cognito_sync_pools", PoolSettings, ("pool",), [("account", "pool")]
        )
        self.devices: Table[Device] = Table(store, "cognito_sync_devices", Device, ("id",), [("identity",)])
        self.subscriptions: Table[Subscription] = Table(
            store, "cognito_sync_subscriptions", Subscription, ("identity", "dataset", "device")
        )
        store.ensure("cognito_sync_records", RECORDS)

    def record(self, identity: str, dataset: str, key: str) -> Record | None:
        row = self.db.one(
            f"SELECT {_FIELDS} FROM cognito_sync_records WHERE identity = ? AND dataset = ? AND key = ?",
            (identity, dataset, key),
        )
        return None if row is None else Record(*row)

    def records(self, identity: str, dataset: str, page: tuple[int, str, int]) -> list[Record]:
        """Those that changed after a sync count, by key, after a key, at most so many."""
        since, after, limit = page
        rows = self.db.all(
            f"SELECT {_FIELDS} FROM cognito_sync_records WHERE identity = ? AND dataset = ? AND sync_count > ? "
            "AND key > ? ORDER BY key LIMIT ?",
            (identity, dataset, since, after, limit),
        )
        return [Record(*row) for row in rows]

    def count(self, identity: str, dataset: str, since: int = 0) -> int:
        return int(
            self.db.value(
                "SELECT count(*) FROM cognito_sync_records WHERE identity = ? AND dataset = ? AND sync_count > ?",
                (identity, dataset, since),
            )
        )

    def size(self, identity: str, dataset: str) -> tuple[int, int]:
        """How many records a dataset has that were not removed, and their bytes."""
        row = self.db.one(
            f"SELECT count(*), {_BYTES} FROM cognito_sync_records "
            "WHERE identity = ? AND dataset = ? AND value IS NOT NULL",
            (identity, dataset),
        )
        return (0, 0) if row is None else (row[0], row[1])

    def put(self, dataset: Dataset, records: Iterable[Record]) -> None:
        """Inside a transaction."""
        for one in records:
            self.db.execute(
                "INSERT OR REPLACE INTO cognito_sync_records VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    dataset.identity, dataset.name, one.key, one.value, one.sync_count, one.modified_at,
                    one.modified_by, one.device_modified_at,
                ),
            )  # fmt: skip

    def clear(self, dataset: Dataset) -> None:
        """Inside a transaction."""
        where = (dataset.identity, dataset.name)
        self.db.execute("DELETE FROM cognito_sync_records WHERE identity = ? AND dataset = ?", where)

    def begin(self, session: Session, now: float) -> None:
        """Keep a session, and forget some that have ended. Inside a transaction."""
        ended = self.db.all(
            "SELECT token FROM cognito_sync_sessions WHERE ends_at <= ? LIMIT ?", (now, limits.SWEEP_ROWS)
        )
        for row in ended:
            self.sessions.delete(row[0])
        self.sessions.put(session)
