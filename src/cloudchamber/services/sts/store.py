"""STS's tables: sessions by access key, and the key that seals authorization messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.core import ids
from cloudchamber.services.sts.session import Session
from cloudchamber.storage.tables import Table

if TYPE_CHECKING:
    from cloudchamber.storage.engine import Store

SEAL_KEY_BYTES = 32
NEXT_EXPIRY = "SELECT min(expires_at) FROM sts_sessions"
EXPIRED = "SELECT access_key_id FROM sts_sessions WHERE expires_at <= ? ORDER BY expires_at LIMIT ?"


class StsStore:
    def __init__(self, store: Store) -> None:
        self.db = store
        self.sessions: Table[Session] = Table(store, "sts_sessions", Session, ("access_key_id",), [("expires_at",)])
        store.ensure("sts_seal", ["CREATE TABLE sts_seal (key BLOB NOT NULL)"])

    def next_expiry(self) -> float | None:
        """When the first session that is still kept expires or did."""
        found: float | None = self.db.value(NEXT_EXPIRY)
        return found

    def forget_expired(self, before: float, limit: int) -> bool:
        """Delete some sessions that expired at or before an instant; whether there is more."""
        keys = [row[0] for row in self.db.all(EXPIRED, (before, limit))]
        for key in keys:
            self.sessions.delete(key)
        return len(keys) == limit

    def seal_key(self) -> bytes:
        """The key of this cloud's authorization messages, made when first needed."""
        found: bytes | None = self.db.value("SELECT key FROM sts_seal")
        if found is None:
            found = ids.token_bytes(SEAL_KEY_BYTES)
            with self.db.transaction():
                self.db.execute("INSERT INTO sts_seal VALUES (?)", (found,))
        return found
