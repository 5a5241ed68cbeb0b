"""Lambda's tables. Events wait in one of their own: it grows with load, and its rows are outbox rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.services.lambda_.records import (
    Alias,
    Event,
    Function,
    Layer,
    Mapping,
    Policy,
    Setting,
    SigningConfig,
    Url,
    Version,
)  # fmt: skip
from cloudchamber.storage.tables import Table

if TYPE_CHECKING:
    from cloudchamber.storage.engine import Store

_EVENTS = [
    """CREATE TABLE lambda_events (id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, region TEXT NOT NULL,
        function TEXT NOT NULL, qualifier TEXT NOT NULL, request_id TEXT NOT NULL, payload BLOB NOT NULL,
        queued_at REAL NOT NULL, due REAL NOT NULL, attempts INTEGER NOT NULL, throttles INTEGER NOT NULL,
        trace TEXT NOT NULL)""",
    "CREATE INDEX lambda_events_by_due ON lambda_events (due, id)",
    # A layer's numbers are never given out twice, deleted versions included.
    """CREATE TABLE lambda_layer_numbers (account TEXT, region TEXT, name TEXT, next INTEGER NOT NULL,
        PRIMARY KEY (account, region, name)) WITHOUT ROWID""",
]
# How far a mapping has come in each shard of its stream: the last record that is done with, and whether all are.
_POSITIONS = [
    """CREATE TABLE lambda_positions (mapping TEXT, shard TEXT, sequence TEXT NOT NULL, is_ended INTEGER NOT NULL,
        PRIMARY KEY (mapping, shard)) WITHOUT ROWID""",
    # The tumbling window that is open in a shard: [start, end, state] as JSON.
    "ALTER TABLE lambda_positions ADD COLUMN window BLOB",
]
_COLUMNS = "account, region, function, qualifier, request_id, payload, queued_at, due, attempts, throttles, trace"
_PLACE = ("account", "region", "name")


class LambdaStore:
    def __init__(self, store: Store) -> None:
        self.db = store
        self.functions: Table[Function] = Table(store, "lambda_functions", Function, _PLACE)
        self.versions: Table[Version] = Table(
            store, "lambda_versions", Version, (*_PLACE, "version"), [(*_PLACE, "number")]
        )
        self.aliases: Table[Alias] = Table(store, "lambda_aliases", Alias, ("account", "region", "function", "name"))
        self.policies: Table[Policy] = Table(store, "lambda_policies", Policy, ("arn",))
        self.settings: Table[Setting] = Table(
            store, "lambda_settings", Setting, ("account", "region", "function", "kind", "qualifier")
        )
        self.urls: Table[Url] = Table(
            store, "lambda_urls", Url, ("account", "region", "function", "qualifier"), [("id",)]
        )
        self.layers: Table[Layer] = Table(store, "lambda_layers", Layer, (*_PLACE, "version"))
        self.signing: Table[SigningConfig] = Table(
            store, "lambda_signing", SigningConfig, ("arn",), [("account", "region", "arn")]
        )
        self.mappings: Table[Mapping] = Table(
            store, "lambda_mappings", Mapping, ("uuid",), [("account", "region", "uuid"), ("source_arn",)]
        )
        store.ensure("lambda_outbox", _EVENTS)
        store.ensure("lambda_positions", _POSITIONS)

    # events

    def queue(self, event: Event) -> Event:
        """Keep an event; inside a transaction. The one with its id."""
        values = (
            event.account, event.region, event.function, event.qualifier, event.request_id, event.payload,
            event.queued_at, event.due, event.attempts, event.throttles, event.trace,
        )  # fmt: skip
        marks = ", ".join("?" * len(values))
        number = self.db.value(f"INSERT INTO lambda_events ({_COLUMNS}) VALUES ({marks}) RETURNING id", values)
        return Event(number, *values)

    def event(self, number: int) -> Event | None:
        row = self.db.one(f"SELECT id, {_COLUMNS} FROM lambda_events WHERE id = ?", (number,))
        return None if row is None else Event(*row)

    def events_due(self) -> list[tuple[int, float]]:
        """Id and due time of every event that waits, soonest first."""
        return [(row[0], row[1]) for row in self.db.all("SELECT id, due FROM lambda_events ORDER BY due, id")]

    def postpone(self, event: Event) -> None:
        self.db.execute(
            "UPDATE lambda_events SET due = ?, attempts = ?, throttles = ? WHERE id = ?",
            (event.due, event.attempts, event.throttles, event.id),
        )

    def end_event(self, number: int) -> None:
        self.db.execute("DELETE FROM lambda_events WHERE id = ?", (number,))

    # positions in streams

    def positions(self, mapping: str) -> dict[str, tuple[str, bool]]:
        """Shard -> the sequence number that is done with (empty for none), and whether the shard is."""
        rows = self.db.all("SELECT shard, sequence, is_ended FROM lambda_positions WHERE mapping = ?", (mapping,))
        return {row[0]: (row[1], bool(row[2])) for row in rows}

    def window(self, mapping: str, shard: str) -> tuple[float, float, dict[str, Any]] | None:
        """The tumbling window that is open in a shard: start, end, state."""
        sql = "SELECT window FROM lambda_positions WHERE mapping = ? AND shard = ?"
        found = self.db.value(sql, (mapping, shard))
        return None if found is None else tuple(orjson.loads(found))

    def keep_position(
        self, mapping: str, shard: str, sequence: str, is_ended: bool,
        window: tuple[float, float, dict[str, Any]] | None = None,
    ) -> None:  # fmt: skip
        values = (mapping, shard, sequence, is_ended, None if window is None else orjson.dumps(window))
        self.db.execute("INSERT OR REPLACE INTO lambda_positions VALUES (?, ?, ?, ?, ?)", values)

    def forget_positions(self, mapping: str) -> None:
        self.db.execute("DELETE FROM lambda_positions WHERE mapping = ?", (mapping,))
