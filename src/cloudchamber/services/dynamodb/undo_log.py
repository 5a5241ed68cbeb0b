"""What stood where something was changed: enough to put a table back to how it was at an instant.

A change to a table with point-in-time recovery, or to one that is being copied, writes down the row it replaced. The
state at an instant is then the present state with everything that was written down since put back, newest first: the
oldest row of each key wins, whenever that key was copied. So a table that is written to can be copied in pieces.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cloudchamber.services.dynamodb.store import Stored
    from cloudchamber.storage.engine import Store

# Ids are never used twice: copies under way remember the one they began at.
LOG = [
    """CREATE TABLE dynamodb_log (id INTEGER PRIMARY KEY AUTOINCREMENT, number INTEGER NOT NULL, at REAL NOT NULL,
        k BLOB NOT NULL, size INTEGER NOT NULL, data BLOB)""",
    "CREATE INDEX dynamodb_log_by_age ON dynamodb_log (number, at)",
    "CREATE INDEX dynamodb_log_by_id ON dynamodb_log (number, id)",
]
SINCE = "SELECT min(id) FROM dynamodb_log WHERE number = ? AND at > ?"
BACKWARDS = (
    "SELECT id, at, k, size, data FROM dynamodb_log WHERE number = ? AND id >= ? AND id < ? ORDER BY id DESC LIMIT ?"
)
FORWARDS = "SELECT id, at, k, size, data FROM dynamodb_log WHERE number = ? AND id >= ? ORDER BY id LIMIT ?"
TRIM = "DELETE FROM dynamodb_log WHERE id IN (SELECT id FROM dynamodb_log WHERE number = ? AND at < ? LIMIT ?)"


class Undone(NamedTuple):
    """What stood under a key before a change; `data` is None where nothing did."""

    id: int
    at: float
    key: bytes
    size: int
    data: bytes | None


class UndoLog:
    """The log of all tables, by their numbers."""

    def __init__(self, store: Store) -> None:
        self._db = store
        store.ensure("dynamodb_log", LOG)
        # Told of the instant of a change that is the first to be written down, so that somebody looks after its age.
        self.begin_ageing: Callable[[float], None] = lambda _at: None
        self.is_ageing = False

    def write(self, number: int, at: float, key: bytes, old: Stored | None) -> None:
        """In the transaction of the change, which is made at `at`."""
        size, data = (0, None) if old is None else (old.size, old.data)
        self._db.execute(
            "INSERT INTO dynamodb_log (number, at, k, size, data) VALUES (?, ?, ?, ?, ?)",
            (number, at, key, size, data),
        )
        if not self.is_ageing:
            self.is_ageing = True
            self.begin_ageing(at)

    def latest(self) -> int:
        """The id of the newest row of any table."""
        return int(self._db.value("SELECT max(seq) FROM sqlite_sequence WHERE name = 'dynamodb_log'") or 0)

    def first_after(self, number: int, instant: float) -> int | None:
        """The id of the oldest change of a table that was made later than an instant."""
        found: int | None = self._db.value(SINCE, (number, instant))
        return found

    def backwards(self, number: int, low: int, high: int, limit: int) -> list[Undone]:
        """Rows of a table from `high` (exclusive) back to `low`, newest first."""
        return [Undone(*row) for row in self._db.all(BACKWARDS, (number, low, high, limit))]

    def forwards(self, number: int, low: int, rows_at_once: int = 500) -> Iterator[Undone]:
        """Rows of a table from `low` on, oldest first."""
        rows = self._db.all(FORWARDS, (number, low, rows_at_once))
        while rows:
            yield from (Undone(*row) for row in rows)
            rows = self._db.all(FORWARDS, (number, rows[-1][0] + 1, rows_at_once))

    def numbers(self) -> list[int]:
        """Tables that have rows."""
        found: list[int] = []
        number: Any = self._db.value("SELECT min(number) FROM dynamodb_log")
        while number is not None:
            found.append(number)
            number = self._db.value("SELECT min(number) FROM dynamodb_log WHERE number > ?", (number,))
        return found

    def oldest(self, number: int) -> float | None:
        """When the oldest change of a table that is still written down was made."""
        found: float | None = self._db.value("SELECT min(at) FROM dynamodb_log WHERE number = ?", (number,))
        return found

    def trim(self, number: int, before: float, limit: int) -> bool:
        """Delete some of a table's rows older than an instant; whether there may be more."""
        self._db.execute(TRIM, (number, before, limit))
        return self._db.changes == limit
