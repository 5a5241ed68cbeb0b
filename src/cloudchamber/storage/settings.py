"""Small values of the cloud itself (clock, faults, usage), by key, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from cloudchamber.storage.engine import Store


class Settings:
    def __init__(self, store: Store) -> None:
        self._store = store
        self.ensure()

    def ensure(self) -> None:
        self._store.ensure("settings", ["CREATE TABLE settings (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID"])

    def get(self, key: str) -> Any:
        """None where nothing was put."""
        raw = self._store.value("SELECT value FROM settings WHERE key = ?", (key,))
        return None if raw is None else orjson.loads(raw)

    def put(self, key: str, value: Any) -> None:
        self._store.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (key, orjson.dumps(value)))
