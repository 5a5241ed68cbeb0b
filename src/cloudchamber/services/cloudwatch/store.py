"""CloudWatch's tables. What grows is points: one row for a metric, unit and minute (or second), samples added up.

The single values are rows of their own beside it, of four significant digits, so that publishing costs the same however
much came before. A row that has outlived its resolution becomes part of a coarser one (`age`), a chunk at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.services.cloudwatch import limits
from cloudchamber.services.cloudwatch.alarm import Alarm
from cloudchamber.services.cloudwatch.records import Action, Dashboard, HistoryItem
from cloudchamber.services.cloudwatch.statistic import Aggregate
from cloudchamber.storage.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudchamber.core.metrics import Dimensions, MetricKey
    from cloudchamber.services.cloudwatch.datum import Datum
    from cloudchamber.storage.engine import Store

TABLES = [
    """CREATE TABLE cloudwatch_metrics (id INTEGER PRIMARY KEY, account TEXT, region TEXT, namespace TEXT, name TEXT,
        dimensions TEXT, latest REAL NOT NULL)""",
    """CREATE UNIQUE INDEX cloudwatch_metrics_by_key
        ON cloudwatch_metrics (account, region, namespace, name, dimensions)""",
    "CREATE INDEX cloudwatch_metrics_by_latest ON cloudwatch_metrics (latest)",
    """CREATE TABLE cloudwatch_points (metric INTEGER, at INTEGER, resolution INTEGER, unit TEXT, count REAL,
        total REAL, low REAL, high REAL, PRIMARY KEY (metric, at, resolution, unit)) WITHOUT ROWID""",
    "CREATE INDEX cloudwatch_points_by_age ON cloudwatch_points (resolution, at)",
    """CREATE TABLE cloudwatch_values (metric INTEGER, at INTEGER, resolution INTEGER, unit TEXT, value REAL,
        count REAL, PRIMARY KEY (metric, at, resolution, unit, value)) WITHOUT ROWID""",
    """CREATE TABLE cloudwatch_history (id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT, region TEXT, alarm TEXT,
        at REAL, type TEXT, record BLOB)""",
    "CREATE INDEX cloudwatch_history_by_alarm ON cloudwatch_history (account, region, alarm, at, id)",
    "CREATE INDEX cloudwatch_history_by_time ON cloudwatch_history (account, region, at, id)",
    "CREATE INDEX cloudwatch_history_by_age ON cloudwatch_history (at)",
    """CREATE TABLE cloudwatch_actions (id INTEGER PRIMARY KEY AUTOINCREMENT, due REAL, attempts INTEGER,
        record BLOB)""",
]
LATEST_STEP_SECONDS = 60.0  # how exactly the instant of a metric's latest data is kept
METRICS_CACHED_MAX = 20_000
AGED_ROWS = 500  # at a time

PUT_POINT = """INSERT INTO cloudwatch_points VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET count = count + excluded.count, total = total + excluded.total,
    low = min(low, excluded.low), high = max(high, excluded.high)"""
PUT_VALUE = """INSERT INTO cloudwatch_values VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET count = count + excluded.count"""
POINTS = """SELECT (at - ?2) / ?4, unit, sum(count), sum(total), min(low), max(high) FROM cloudwatch_points
    WHERE metric = ?1 AND at >= ?2 AND at < ?3 GROUP BY 1, 2"""
VALUES = """SELECT (at - ?2) / ?4, unit, value, sum(count) FROM cloudwatch_values
    WHERE metric = ?1 AND at >= ?2 AND at < ?3 GROUP BY 1, 2, 3"""
HAS_POINTS = "SELECT 1 FROM cloudwatch_points WHERE metric = ? AND at >= ? LIMIT 1"
OLD_POINTS = """SELECT metric, at, unit, count, total, low, high FROM cloudwatch_points
    WHERE resolution = ? AND at < ? ORDER BY at LIMIT ?"""
METRIC = """SELECT id, latest FROM cloudwatch_metrics
    WHERE account = ? AND region = ? AND namespace = ? AND name = ? AND dimensions = ?"""


class CloudWatchStore:
    def __init__(self, store: Store) -> None:
        self.db = store
        self.alarms: Table[Alarm] = Table(
            store, "cloudwatch_alarms", Alarm, ("account", "region", "name"), [("account", "region", "kind", "name")]
        )
        self.dashboards: Table[Dashboard] = Table(store, "cloudwatch_dashboards", Dashboard, ("account", "name"))
        store.ensure("cloudwatch", TABLES)
        self._metrics: dict[MetricKey, tuple[int, float]] = {}
        store.on_undo(self._metrics.clear)

    # points

    def add(self, key: MetricKey, datum: Datum, now: float) -> None:
        """Inside a transaction."""
        metric, samples = self._known(key, now), datum.samples
        if not samples.count:
            return
        place = (metric, datum.at, datum.resolution, datum.unit)
        self.db.execute(PUT_POINT, (*place, samples.count, samples.total, samples.low, samples.high))
        for value, count in samples.values.items():
            self.db.execute(PUT_VALUE, (*place, float(f"{value:.4g}"), count))

    def _known(self, key: MetricKey, now: float) -> int:
        found = self._metrics.get(key)
        if found is None:
            text = _text(key[4])
            row = self.db.one(METRIC, (*key[:4], text))
            if row is None:
                sql = "INSERT INTO cloudwatch_metrics (account, region, namespace, name, dimensions, latest) "
                row = self.db.one(f"{sql} VALUES (?, ?, ?, ?, ?, ?) RETURNING id, latest", (*key[:4], text, now))
                assert row is not None
            found = (row[0], row[1])
            if len(self._metrics) >= METRICS_CACHED_MAX:
                self._metrics.clear()
        metric, latest = found
        if now >= latest + LATEST_STEP_SECONDS:
            self.db.execute("UPDATE cloudwatch_metrics SET latest = ? WHERE id = ?", (now, metric))
            latest = now
        self._metrics[key] = (metric, latest)
        return metric

    def metric(self, key: MetricKey) -> int | None:
        found = self._metrics.get(key)
        if found is not None:
            return found[0]
        row = self.db.one(METRIC, (*key[:4], _text(key[4])))
        return None if row is None else int(row[0])

    def points(
        self, key: MetricKey, span: tuple[int, int, int], unit: str | None = None, with_values: bool = False
    ) -> dict[int, dict[str, Aggregate]]:
        """Start of a period -> unit -> samples, for the periods of `span`: (start, end, seconds of a period)."""
        metric = self.metric(key)
        found: dict[int, dict[str, Aggregate]] = {}
        if metric is None:
            return found
        start, _, period = span
        for index, its_unit, count, total, low, high in self.db.all(POINTS, (metric, *span)):
            if unit in (None, its_unit):
                samples = Aggregate(count, total, low, high, its_unit)
                found.setdefault(start + index * period, {})[its_unit] = samples
        if with_values:
            for index, its_unit, value, count in self.db.all(VALUES, (metric, *span)):
                if unit in (None, its_unit):
                    found[start + index * period][its_unit].values[value] = count
        return found

    def has_points(self, key: MetricKey, since: int) -> bool:
        metric = self.metric(key)
        return metric is not None and self.db.one(HAS_POINTS, (metric, since)) is not None

    def metrics(
        self, owner: tuple[str, str], equal: dict[str, str], since: float, after: int, limit: int
    ) -> list[tuple[int, str, str, Dimensions]]:
        """(id, namespace, name, dimensions) of the metrics that had data since, in the order they appeared."""
        clauses = "".join(f" AND {column} = ?" for column in equal)
        sql = f"""SELECT id, namespace, name, dimensions FROM cloudwatch_metrics
            WHERE account = ? AND region = ?{clauses} AND latest >= ? AND id > ? ORDER BY id LIMIT ?"""
        rows = self.db.all(sql, (*owner, *equal.values(), since, after, limit))
        return [(row[0], row[1], row[2], tuple((n, v) for n, v in orjson.loads(row[3]))) for row in rows]

    # what grows old

    def age(self, now: float) -> bool:
        """Move a chunk of the oldest rows on to a coarser resolution, or out. Whether there may be more to do."""
        with self.db.transaction():
            kept = limits.RETENTION_SECONDS.items()
            is_full = [self._age(resolution, now - seconds) for resolution, seconds in kept]
            self.db.execute("DELETE FROM cloudwatch_history WHERE at < ?", (now - limits.HISTORY_SECONDS,))
            gone = (now - limits.RETENTION_SECONDS[3600],)
            self.db.execute("DELETE FROM cloudwatch_metrics WHERE latest < ?", gone)
            if self.db.changes:
                self._metrics.clear()
        return any(is_full)

    def _age(self, resolution: int, before: float) -> bool:
        coarser = limits.NEXT_RESOLUTION.get(resolution)
        rows = self.db.all(OLD_POINTS, (resolution, before, AGED_ROWS))
        for metric, at, unit, *numbers in rows:
            place = (metric, at, resolution, unit)
            where = "WHERE metric = ? AND at = ? AND resolution = ? AND unit = ?"
            if coarser is not None:
                to = (metric, at // coarser * coarser, coarser, unit)
                self.db.execute(PUT_POINT, (*to, *numbers))
                for value, count in self.db.all(f"SELECT value, count FROM cloudwatch_values {where}", place):
                    self.db.execute(PUT_VALUE, (*to, value, count))
            self.db.execute(f"DELETE FROM cloudwatch_values {where}", place)
            self.db.execute(f"DELETE FROM cloudwatch_points {where}", place)
        return len(rows) == AGED_ROWS

    def next_aging(self) -> float | None:
        """The instant at which the oldest row has outlived its place; None while there is nothing."""
        dues = []
        for resolution, kept in limits.RETENTION_SECONDS.items():
            oldest = self.db.value("SELECT min(at) FROM cloudwatch_points WHERE resolution = ?", (resolution,))
            if oldest is not None:
                dues.append(oldest + kept)
        oldest = self.db.value("SELECT min(at) FROM cloudwatch_history")
        if oldest is not None:
            dues.append(oldest + limits.HISTORY_SECONDS)
        return min(dues) if dues else None

    # alarms' history and actions

    def note(self, item: HistoryItem) -> None:
        """Inside a transaction."""
        sql = "INSERT INTO cloudwatch_history (account, region, alarm, at, type, record) VALUES (?, ?, ?, ?, ?, ?)"
        self.db.execute(sql, (item.account, item.region, item.alarm, item.at, item.type, orjson.dumps(item)))

    def history(
        self, equal: dict[str, Any], between: tuple[float, float], after: tuple[float, int] | None, descending: bool
    ) -> Iterable[tuple[int, HistoryItem]]:
        """(id, item) by time, after the given (instant, id)."""
        clauses = " AND ".join(f"{column} = ?" for column in equal)
        values: list[Any] = [*equal.values(), *between]
        beyond = ""
        if after is not None:
            beyond = f" AND (at, id) {'<' if descending else '>'} (?, ?)"
            values.extend(after)
        order = "DESC" if descending else "ASC"
        sql = f"""SELECT id, record FROM cloudwatch_history WHERE {clauses} AND at >= ? AND at <= ?{beyond}
            ORDER BY at {order}, id {order}"""
        return ((row[0], HistoryItem(**orjson.loads(row[1]))) for row in self.db.execute(sql, values))

    def queue(self, action: Action) -> Action:
        """An action to be done, with its id. Inside a transaction."""
        sql = "INSERT INTO cloudwatch_actions (due, attempts, record) VALUES (?, 0, ?) RETURNING id"
        action.id = int(self.db.value(sql, (action.due, orjson.dumps(action))))
        return action

    def queued(self) -> list[Action]:
        rows = self.db.all("SELECT id, due, attempts, record FROM cloudwatch_actions ORDER BY id")
        found = []
        for number, due, attempts, record in rows:
            action = Action(**orjson.loads(record))
            action.id, action.due, action.attempts = number, due, attempts
            found.append(action)
        return found

    def postpone(self, action: Action) -> None:
        values = (action.due, action.attempts, action.id)
        self.db.execute("UPDATE cloudwatch_actions SET due = ?, attempts = ? WHERE id = ?", values)

    def done(self, action: Action) -> None:
        self.db.execute("DELETE FROM cloudwatch_actions WHERE id = ?", (action.id,))


def _text(dimensions: Dimensions) -> str:
    return orjson.dumps(dimensions).decode()
