"""What EventBridge reads from and writes to its tables: one method for each way rows are looked for, each indexed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.services.events.patterns import compile_pattern
from cloudchamber.services.events.tables import (
    OUTBOX,
    ApiDestination,
    Archive,
    Bus,
    Connection,
    Delivery,
    Replay,
    Rule,
    Taken,
    Target,
)
from cloudchamber.storage.tables import Table, loader

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cloudchamber.core.patterns.fields import Fields
    from cloudchamber.storage.engine import Store

_DELIVERY = "SELECT id, event, rule, target, since, due, attempts FROM events_deliveries"
BUSES_CACHED_MAX = 10_000
Place = tuple[str, str, str]  # account, region and name of a bus


@dataclass(frozen=True, slots=True)
class Listener:
    """A rule or an archive with a pattern, as an event passes by."""

    pattern: Fields | None
    rule: Rule | None = None
    targets: tuple[Target, ...] = ()
    archive: Archive | None = None


class EventsStore:
    def __init__(self, store: Store) -> None:
        self.db = store
        self.buses: Table[Bus] = Table(store, "events_buses", Bus, ("account", "region", "name"))
        self.rules: Table[Rule] = Table(
            store, "events_rules", Rule, ("account", "region", "bus", "name"), [("is_scheduled",)]
        )
        self.targets: Table[Target] = Table(
            store, "events_targets", Target, ("rule", "id"), [("account", "region", "bus", "arn", "rule_name")]
        )
        self.archives: Table[Archive] = Table(
            store, "events_archives", Archive, ("account", "region", "name"), [("bus_arn", "name")]
        )
        self.replays: Table[Replay] = Table(
            store, "events_replays", Replay, ("account", "region", "name"), [("is_at_work",)]
        )
        own = ("account", "region", "name")
        self.connections: Table[Connection] = Table(store, "events_connections", Connection, own)
        self.destinations: Table[ApiDestination] = Table(store, "events_destinations", ApiDestination, own)
        store.ensure("events_outbox", OUTBOX)
        self._load = loader(Taken)
        self._listeners: dict[Place, tuple[Listener, ...]] = {}
        store.on_undo(self._listeners.clear)

    # rules, targets, archives: kept together for each bus, since every event asks for them

    def listeners(self, place: Place) -> tuple[Listener, ...]:
        """The enabled rules with a pattern and a target, and the archives, of a bus."""
        found = self._listeners.get(place)
        if found is None:
            if len(self._listeners) >= BUSES_CACHED_MAX:
                self._listeners.clear()
            found = self._listeners[place] = tuple(self._read_listeners(place))
        return found

    def _read_listeners(self, place: Place) -> Iterator[Listener]:
        account, region, name = place
        for rule in self.rules.where(account=account, region=region, bus=name):
            if rule.pattern and rule.state != "DISABLED":
                targets = tuple(self.targets.where(rule=rule.arn))
                if targets:
                    yield Listener(compile_pattern(rule.pattern), rule, targets)
        bus_arn = f"arn:aws:events:{region}:{account}:event-bus/{name}"
        for archive in self.archives.where(bus_arn=bus_arn, order="name"):
            yield Listener(compile_pattern(archive.pattern) if archive.pattern else None, archive=archive)

    def changed(self, account: str, region: str, bus: str) -> None:
        """Forget what was kept of a bus: its rules, targets or archives have changed."""
        self._listeners.pop((account, region, bus), None)

    # the outbox

    def post(self, taken: Taken, to: Sequence[tuple[Rule, Target]], due: float) -> list[Delivery]:
        """An event and its deliveries, due at once. Inside a transaction."""
        number = self.db.value("INSERT INTO events_taken (record) VALUES (?) RETURNING number", (orjson.dumps(taken),))
        deliveries = []
        for rule, target in to:
            delivery_id = self.db.value(
                "INSERT INTO events_deliveries (event, rule, target, since, due) VALUES (?, ?, ?, ?, ?) RETURNING id",
                (number, rule.arn, target.id, due, due),
            )
            deliveries.append(Delivery(delivery_id, number, rule.arn, target.id, due, due))
        return deliveries

    def taken(self, number: int) -> Taken:
        raw = self.db.value("SELECT record FROM events_taken WHERE number = ?", (number,))
        found: Taken = self._load(orjson.loads(raw))
        return found

    def delivery(self, delivery_id: int) -> Delivery | None:
        row = self.db.one(f"{_DELIVERY} WHERE id = ?", (delivery_id,))
        return None if row is None else Delivery(*row)

    def deliveries(self) -> Iterator[Delivery]:
        """All that are on their way, oldest first."""
        return (Delivery(*row) for row in self.db.all(f"{_DELIVERY} ORDER BY id"))

    def postpone(self, later: Delivery) -> None:
        """Keep when a delivery is tried again. Inside a transaction."""
        values = (later.due, later.attempts, later.id)
        self.db.execute("UPDATE events_deliveries SET due = ?, attempts = ? WHERE id = ?", values)

    def end(self, delivery: Delivery) -> None:
        """A delivery is over, one way or the other. Inside a transaction."""
        self.db.execute("DELETE FROM events_deliveries WHERE id = ?", (delivery.id,))
        self.db.execute(
            "DELETE FROM events_taken WHERE number = ? AND NOT EXISTS "
            "(SELECT 1 FROM events_deliveries WHERE event = ?)",
            (delivery.event, delivery.event),
        )  # fmt: skip

    # archived events

    def archive(self, archive: Archive, taken: Taken, at: float) -> None:
        """Keep an event, and drop those past the archive's retention. Inside a transaction."""
        last = self.db.value("SELECT max(seq) FROM events_archived WHERE archive = ? AND at = ?", (archive.arn, at))
        row = (archive.arn, at, (last or 0) + 1, orjson.dumps(taken.event))
        self.db.execute("INSERT INTO events_archived VALUES (?, ?, ?, ?)", row)
        self.drop_expired(archive, at)

    def drop_expired(self, archive: Archive, now: float) -> None:
        if archive.retention_days:
            before = now - archive.retention_days * 86_400
            self.db.execute("DELETE FROM events_archived WHERE archive = ? AND at <= ?", (archive.arn, before))

    def archive_size(self, archive: Archive) -> tuple[int, int]:
        """How many events an archive holds, and their bytes."""
        row = self.db.one(
            "SELECT count(*), coalesce(sum(length(record)), 0) FROM events_archived WHERE archive = ?", (archive.arn,)
        )
        return (0, 0) if row is None else (row[0], row[1])

    def empty(self, archive: Archive) -> None:
        self.db.execute("DELETE FROM events_archived WHERE archive = ?", (archive.arn,))

    def archived(self, replay: Replay, limit: int) -> list[tuple[float, int, dict[str, Any]]]:
        """The next events a replay is to send: instant, sequence and event."""
        at, seq = replay.reached or (replay.start, 0.0)
        rows = self.db.all(
            "SELECT at, seq, record FROM events_archived WHERE archive = ? AND (at, seq) > (?, ?) AND at < ? "
            "ORDER BY at, seq LIMIT ?",
            (replay.archive_arn, at, seq, replay.end, limit),
        )
        return [(row[0], row[1], orjson.loads(row[2])) for row in rows]
