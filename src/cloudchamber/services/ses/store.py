"""What SES reads from and writes to its tables: one method for each way rows are looked for, each with an index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from cloudchamber.services.ses import limits
from cloudchamber.services.ses.tables import (
    SQL,
    AccountSettings,
    ConfigurationSet,
    Identity,
    Post,
    Relayed,
    Suppressed,
    Template,
)
from cloudchamber.storage.tables import Table, loader

if TYPE_CHECKING:
    from cloudchamber.storage.engine import Store

_COUNT = """INSERT INTO ses_statistics (account, region, bucket, attempts, bounces, complaints, rejects)
    VALUES (?, ?, ?, ?, ?, ?, 0) ON CONFLICT (account, region, bucket) DO UPDATE SET
    attempts = attempts + excluded.attempts, bounces = bounces + excluded.bounces,
    complaints = complaints + excluded.complaints"""


class SesStore:
    """One for both APIs: what one writes, the other reads."""

    def __init__(self, store: Store) -> None:
        self.db = store
        place = ("account", "region", "name")
        self.identities: Table[Identity] = Table(store, "ses_identities", Identity, place, [("token",)])
        self.sets: Table[ConfigurationSet] = Table(store, "ses_sets", ConfigurationSet, place)
        self.templates: Table[Template] = Table(store, "ses_templates", Template, place)
        self.suppressed: Table[Suppressed] = Table(
            store, "ses_suppressed", Suppressed, ("account", "region", "address")
        )
        self.accounts: Table[AccountSettings] = Table(store, "ses_accounts", AccountSettings, ("account", "region"))
        store.ensure("ses_outbox", SQL)
        self._load = loader(Post)

    def settings(self, account: str, region: str) -> AccountSettings:
        return self.accounts.get(account, region) or AccountSettings(account, region)

    def by_token(self, token: str) -> Identity | None:
        found = self.identities.where(token=token, limit=1)
        return found[0] if found else None

    # the outbox

    def post(self, post: Post, due: float) -> int:
        """Keep an event that is to be delivered. Inside a transaction."""
        raw = orjson.dumps(post)
        return int(self.db.value("INSERT INTO ses_outbox (due, record) VALUES (?, ?) RETURNING id", (due, raw)))

    def posts(self) -> list[tuple[int, float]]:
        """Id and instant of the next attempt of all that is on its way, oldest first."""
        return [(row[0], row[1]) for row in self.db.all("SELECT id, due FROM ses_outbox ORDER BY id")]

    def posted(self, post_id: int) -> tuple[Post, int] | None:
        """An event and how often it was tried in vain."""
        row = self.db.one("SELECT record, attempts FROM ses_outbox WHERE id = ?", (post_id,))
        return None if row is None else (self._load(orjson.loads(row[0])), row[1])

    def postpone(self, post_id: int, due: float) -> None:
        with self.db.transaction():
            self.db.execute("UPDATE ses_outbox SET attempts = attempts + 1, due = ? WHERE id = ?", (due, post_id))

    def end(self, post_id: int) -> None:
        with self.db.transaction():
            self.db.execute("DELETE FROM ses_outbox WHERE id = ?", (post_id,))

    # mails for the real server

    def hand_on(self, sender: str, recipients: list[str], data: bytes, due: float) -> int:
        """Keep a mail that is to be relayed. Inside a transaction."""
        values = (due, sender, orjson.dumps(recipients), data)
        sql = "INSERT INTO ses_relayed (due, sender, recipients, data) VALUES (?, ?, ?, ?) RETURNING id"
        return int(self.db.value(sql, values))

    def relayed(self) -> list[tuple[int, float]]:
        """Id and instant of the next attempt of all that is on its way, oldest first."""
        return [(row[0], row[1]) for row in self.db.all("SELECT id, due FROM ses_relayed ORDER BY id")]

    def to_relay(self, mail_id: int) -> Relayed | None:
        sql = "SELECT id, attempts, sender, recipients, data FROM ses_relayed WHERE id = ?"
        row = self.db.one(sql, (mail_id,))
        return None if row is None else Relayed(row[0], row[1], row[2], tuple(orjson.loads(row[3])), row[4])

    def relay_later(self, mail_id: int, due: float) -> None:
        with self.db.transaction():
            self.db.execute("UPDATE ses_relayed SET attempts = attempts + 1, due = ? WHERE id = ?", (due, mail_id))

    def end_relay(self, mail_id: int) -> None:
        with self.db.transaction():
            self.db.execute("DELETE FROM ses_relayed WHERE id = ?", (mail_id,))

    # how much was sent

    def count(self, account: str, region: str, now: float, counts: tuple[int, int, int]) -> None:
        """Add attempts, bounces and complaints. Inside a transaction."""
        bucket = int(now) // limits.STATISTICS_BUCKET_SECONDS * limits.STATISTICS_BUCKET_SECONDS
        self.db.execute(_COUNT, (account, region, bucket, *counts))
        self.db.execute(
            "DELETE FROM ses_statistics WHERE account = ? AND region = ? AND bucket < ?",
            (account, region, bucket - limits.STATISTICS_KEPT_SECONDS),
        )

    def sent_since(self, account: str, region: str, since: float) -> int:
        sql = "SELECT total(attempts) FROM ses_statistics WHERE account = ? AND region = ? AND bucket > ?"
        return int(self.db.value(sql, (account, region, since)))

    def statistics(self, account: str, region: str) -> list[tuple[int, int, int, int, int]]:
        """Begin of each quarter of an hour in which something was sent, attempts, bounces, complaints, rejects."""
        rows = self.db.all(
            "SELECT bucket, attempts, bounces, complaints, rejects FROM ses_statistics "
            "WHERE account = ? AND region = ? ORDER BY bucket",
            (account, region),
        )
        return [(row[0], row[1], row[2], row[3], row[4]) for row in rows]
