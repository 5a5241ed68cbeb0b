"""SQLite as the one place where state lives: one connection, one writer (the loop), write-ahead log.

A change is `with store.transaction():` around synchronous code; an exception undoes it and forgets the caches that saw
it. Blocks nest: the outermost commits. Checkpoints run on a thread of their own, with a connection of its own, because
SQLite's automatic one would stall a commit for tens of milliseconds.

`durability="process"` survives the process being killed at any instant (WAL, synchronous=NORMAL); `"full"` fsyncs each
commit and survives power loss. A memory store is the same engine on `:memory:`.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import apsw

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

log = logging.getLogger("cloudchamber.storage")

Durability = Literal["process", "full"]
Row = tuple[Any, ...]
T = TypeVar("T")

# A commit changes a few rows on a few pages, and a changed page is written whole: half of SQLite's default measured a
# quarter quicker for small rows, without hurting large ones.
PAGE_BYTES = 2048
# A data folder belongs to one process: SQLite then needs no file locks and no shared memory between processes, which
# saves several system calls a transaction. Connections within the process share the database all the same.
FILE_SYSTEM = "unix-excl"
CHECKPOINT_PAGES = 8000
RESTART_PAGES = 32_000
STATEMENT_CACHE = 400


class StoreBusyError(RuntimeError):
    """Another process has the data folder open."""


class Store:
    """One database. All methods are for the loop's thread."""

    def __init__(self, path: Path | None, durability: Durability = "process") -> None:
        self.path = path
        place, system = (str(path), FILE_SYSTEM) if path else (":memory:", None)
        self._connection = apsw.Connection(place, vfs=system, statementcachesize=STATEMENT_CACHE)
        self._depth = 0
        self._undo: list[Callable[[], None]] = []
        self._shared: dict[type[Any], Any] = {}
        self._migrated: set[str] = set()
        self._configure(durability)
        self._checkpointer = _Checkpointer(path) if path else None
        if self._checkpointer is not None:
            self._connection.set_wal_hook(self._checkpointer.on_commit)

    def _configure(self, durability: Durability) -> None:
        pragma = self._connection.pragma
        self._connection.set_busy_timeout(5000)
        pragma("page_size", PAGE_BYTES)
        if self.path is not None:
            pragma("journal_mode", "wal")
            pragma("wal_autocheckpoint", 0)
            pragma("synchronous", "full" if durability == "full" else "normal")
        else:
            pragma("synchronous", "off")
        pragma("temp_store", "memory")
        pragma("cache_size", -16 * 1024)
        pragma("foreign_keys", True)

    # statements

    def execute(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> apsw.Cursor:
        return self._connection.execute(sql, values)

    def one(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> Row | None:
        """The first row, or None."""
        row: Row | None = self._connection.execute(sql, values).fetchone()
        return row

    def all(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> list[Row]:
        return self._connection.execute(sql, values).fetchall()

    def value(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> Any:
        """The first column of the first row, or None."""
        row = self.one(sql, values)
        return None if row is None else row[0]

    @property
    def changes(self) -> int:
        """Rows the last statement changed."""
        return self._connection.changes()

    def plan(self, sql: str, values: Sequence[Any] = ()) -> str:
        """SQLite's query plan, for the tests that prove which index is used."""
        return "; ".join(str(row[3]) for row in self.all("EXPLAIN QUERY PLAN " + sql, values))

    # transactions

    def transaction(self) -> Store:
        """All or nothing, for synchronous code: `with store.transaction():`. Leaving the outermost block commits."""
        return self

    def __enter__(self) -> None:
        if self._depth == 0:
            self._connection.execute("BEGIN IMMEDIATE")
        self._depth += 1

    def __exit__(self, kind: type[BaseException] | None, *_exc: object) -> None:
        self._depth -= 1
        if self._depth:
            return
        if kind is not None:
            self._undo_all()
            return
        try:
            self._connection.execute("COMMIT")
        except BaseException:
            self._undo_all()
            raise

    def _undo_all(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        for forget in self._undo:
            forget()

    def on_undo(self, forget: Callable[[], None]) -> None:
        """`forget` is called when a transaction is undone or the database replaced: caches drop what they hold."""
        self._undo.append(forget)

    def shared(self, made_of_store: type[T]) -> T:
        """The one object of a class for this database: services with tables in common share what they cache of them."""
        if made_of_store not in self._shared:
            self._shared[made_of_store] = made_of_store(self)  # type: ignore[call-arg]
        found: T = self._shared[made_of_store]
        return found

    # schema

    def ensure(self, name: str, steps: Sequence[str]) -> None:
        """Bring the tables of `name` up to date: each step is run once in a database's life, in order.

        Steps are only ever appended to; that is how a data folder of an older release opens.
        """
        if name in self._migrated:
            return
        self.execute(
            "CREATE TABLE IF NOT EXISTS schema_versions (name TEXT PRIMARY KEY, version INTEGER) WITHOUT ROWID"
        )
        done = self.value("SELECT version FROM schema_versions WHERE name = ?", (name,)) or 0
        if done > len(steps):
            raise RuntimeError(f"the data folder was written by a newer release ({name} is at version {done})")
        if done < len(steps):
            with self.transaction():
                for step in steps[done:]:
                    self.execute(step)
                self.execute("INSERT OR REPLACE INTO schema_versions VALUES (?, ?)", (name, len(steps)))
        self._migrated.add(name)

    def known_schemas(self) -> list[str]:
        """The names whose tables this database has."""
        if self.value("SELECT 1 FROM sqlite_master WHERE name = 'schema_versions'") is None:
            return []
        return [str(row[0]) for row in self.all("SELECT name FROM schema_versions ORDER BY name")]

    # whole databases

    def copy_to(self, path: Path) -> None:
        """Write a consistent copy of the database to a new file."""
        target = apsw.Connection(str(path))
        try:
            self._copy(target, self._connection)
        finally:
            target.close()

    def replace_from(self, path: Path) -> None:
        """Replace everything with the database at `path`."""
        source = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            self._copy(self._connection, source)
        finally:
            source.close()
        self._migrated.clear()
        self._shared.clear()
        for forget in self._undo:
            forget()

    @staticmethod
    def _copy(target: apsw.Connection, source: apsw.Connection) -> None:
        with target.backup("main", source, "main") as backup:
            while not backup.done:
                backup.step(1000)

    def close(self) -> None:
        if self._checkpointer is not None:
            self._checkpointer.stop()
        self._connection.close()


class _Checkpointer:
    """Moves the write-ahead log into the database on a thread of its own, whenever the log has grown by so much.

    A passive checkpoint holds nobody up, but under steady load it never catches up with the writer, and the log could
    grow without bound: past `RESTART_PAGES` the writer is made to wait for the last few pages.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._wanted = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._pages = 0
        self._due = CHECKPOINT_PAGES

    def on_commit(self, _connection: apsw.Connection, _database: str, pages: int) -> int:
        """After each commit, with the length of the log. Runs on the loop's thread."""
        if pages < self._pages:  # the log began anew
            self._due = CHECKPOINT_PAGES
        self._pages = pages
        if pages >= self._due:
            self._due = pages + CHECKPOINT_PAGES
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="checkpoint", daemon=True)
                self._thread.start()
            self._wanted.set()
        return 0

    def _run(self) -> None:
        connection = apsw.Connection(str(self._path), vfs=FILE_SYSTEM)
        connection.set_busy_timeout(1000)
        connection.pragma("journal_mode")  # reading makes the connection aware of the log
        connection.pragma("synchronous", "normal")
        try:
            while self._wanted.wait() and not self._stopping:
                self._wanted.clear()
                self._checkpoint(connection)
        finally:
            connection.close()

    def _checkpoint(self, connection: apsw.Connection) -> None:
        try:
            connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
            if self._pages >= RESTART_PAGES:
                connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_RESTART)
        except apsw.BusyError:
            log.debug("a checkpoint found the database busy")
        except apsw.Error as error:
            log.warning("checkpoint failed: %s", error)

    def stop(self) -> None:
        self._stopping = True
        self._wanted.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
