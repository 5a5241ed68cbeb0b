"""What CloudWatch Logs reads from and writes to its tables: one method for each way rows are looked for."""

from __future__ import annotations

import heapq
from itertools import chain
from typing import TYPE_CHECKING

from cloudchamber.services.logs import limits
from cloudchamber.services.logs.tables import (
    EVENTS,
    OUTBOX,
    Destination,
    Event,
    ExportTask,
    Filter,
    LogGroup,
    Query,
    QueryDefinition,
    ResourcePolicy,
    Stream,
)
from cloudchamber.storage.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cloudchamber.storage.engine import Store

SEQS_AT_ONCE = 1000
CACHE_MAX = 10_000
FIRST_CHUNK_ROWS, CHUNK_ROWS_MAX = 50, 1000
_STREAM = "number, grp, name, created_at, first_at, last_at, ingested_at"
_EVENT = "seq, stream, at, ingested_at, message"
_INSERT = "INSERT INTO logs_events (seq, grp, stream, at, ingested_at, message) VALUES (?, ?, ?, ?, ?, ?)"
_TOUCH = (
    "UPDATE logs_streams SET first_at = min(coalesce(first_at, ?1), ?1), last_at = max(coalesce(last_at, ?2), ?2), "
    "ingested_at = ?3 WHERE number = ?4"
)
_GROW = "INSERT INTO logs_sizes VALUES (?1, ?2) ON CONFLICT (grp) DO UPDATE SET bytes = bytes + ?2"

# A place between events: (instant in ms, seq).
Position = tuple[int, int]


class LogsStore:
    def __init__(self, store: Store) -> None:
        self.db = store
        place = ("account", "region")
        self.groups: Table[LogGroup] = Table(store, "logs_groups", LogGroup, (*place, "name"), [("number",)])
        of_group = (*place, "group_name", "name")
        self.metric_filters: Table[Filter] = Table(store, "logs_metric_filters", Filter, of_group)
        self.subscriptions: Table[Filter] = Table(store, "logs_subscriptions", Filter, of_group)
        self.destinations: Table[Destination] = Table(store, "logs_destinations", Destination, (*place, "name"))
        self.policies: Table[ResourcePolicy] = Table(
            store, "logs_policies", ResourcePolicy, (*place, "resource", "name")
        )
        self.queries: Table[Query] = Table(store, "logs_queries", Query, (*place, "id"), [("begun_at",), ("status",)])
        self.definitions: Table[QueryDefinition] = Table(
            store, "logs_query_definitions", QueryDefinition, (*place, "id"), [(*place, "name")]
        )
        self.exports: Table[ExportTask] = Table(
            store, "logs_exports", ExportTask, (*place, "id"), [("status",), (*place, "created_at")]
        )
        store.ensure("logs_events", EVENTS)
        store.ensure("logs_outbox", OUTBOX)
        self._streams: dict[tuple[int, str], int] = {}
        self._names: dict[int, str | None] = {}
        self._seq = self._seqs_end = 0
        store.on_undo(self._forget)

    def _forget(self) -> None:
        """Caches drop what a transaction that was undone put into them."""
        self._streams.clear()
        self._names.clear()
        self._seq = self._seqs_end = 0

    def _new_seqs(self, count: int) -> int:
        """The first of so many places in the order of all events; taken in blocks, which mostly writes nothing."""
        if self._seq + count > self._seqs_end:
            block = max(count, SEQS_AT_ONCE)
            self._seqs_end = self.db.value(
                "UPDATE logs_numbers SET next_seq = next_seq + ? RETURNING next_seq", (block,)
            )
            self._seq = self._seqs_end - block
        first, self._seq = self._seq, self._seq + count
        return first

    def new_number(self) -> int:
        number: int = self.db.value("UPDATE logs_numbers SET next = next + 1 RETURNING next - 1")
        return number

    @property
    def last_seq(self) -> int:
        """The place of the newest event of all."""
        return self.db.value("SELECT max(seq) FROM logs_events") or 0

    # groups

    def group_by_arn(self, arn: str) -> LogGroup | None:
        """The group of an ARN, which may go on behind the group's name."""
        parts = arn.split(":", 7)
        if len(parts) < 7 or parts[2] != "logs" or parts[5] != "log-group":
            return None
        return self.groups.get(parts[4], parts[3], parts[6])

    def filters_of(self, table: Table[Filter], group: LogGroup) -> list[Filter]:
        return table.where(account=group.account, region=group.region, group_name=group.name)

    def delete_group(self, group: LogGroup) -> None:
        """The group and what hangs on it; its events are swept away later."""
        for table in (self.metric_filters, self.subscriptions):
            for one in self.filters_of(table, group):
                table.delete(one.account, one.region, one.group_name, one.name)
        self.policies.delete(group.account, group.region, group.arn, "")
        self.groups.delete(group.account, group.region, group.name)
        self.db.execute("INSERT INTO logs_swept VALUES (?, 0)", (group.number,))
        self.db.execute("DELETE FROM logs_sizes WHERE grp = ?", (group.number,))
        self._streams.clear()
        self._names.clear()

    def size_bytes(self, group: LogGroup) -> int:
        return self.db.value("SELECT bytes FROM logs_sizes WHERE grp = ?", (group.number,)) or 0

    # streams

    def stream_number(self, group: LogGroup, name: str) -> int | None:
        found = self._streams.get((group.number, name))
        if found is None:
            found = self.db.value("SELECT number FROM logs_streams WHERE grp = ? AND name = ?", (group.number, name))
            if found is not None:
                if len(self._streams) >= CACHE_MAX:
                    self._streams.clear()
                self._streams[group.number, name] = found
        return found

    def stream_name(self, number: int) -> str | None:
        """None for a stream that was deleted."""
        if number not in self._names:
            if len(self._names) >= CACHE_MAX:
                self._names.clear()
            self._names[number] = self.db.value("SELECT name FROM logs_streams WHERE number = ?", (number,))
        return self._names[number]

    def add_stream(self, group: LogGroup, name: str, now_ms: int) -> int:
        number = self.new_number()
        self.db.execute(
            "INSERT INTO logs_streams (number, grp, name, created_at) VALUES (?, ?, ?, ?)",
            (number, group.number, name, now_ms),
        )
        self._streams[group.number, name] = number
        return number

    def delete_stream(self, group: LogGroup, number: int) -> None:
        self.db.execute("DELETE FROM logs_streams WHERE number = ?", (number,))
        self.db.execute("INSERT INTO logs_swept VALUES (?, ?)", (group.number, number))
        self._streams.clear()
        self._names.clear()

    def streams_by_name(self, group: LogGroup, prefix: str, after: str | None, limit: int, down: bool) -> list[Stream]:
        """Streams whose names begin with `prefix`, in order of their names, after a name."""
        low, high, order = prefix, prefix + "\U0010ffff", "DESC" if down else "ASC"
        if after is not None:
            low, high = (low, after) if down else (max(low, after + "\0"), high)
        rows = self.db.all(
            f"SELECT {_STREAM} FROM logs_streams WHERE grp = ? AND name >= ? AND name < ? "
            f"ORDER BY name {order} LIMIT ?",
            (group.number, low, high, limit),
        )
        return [Stream(*row) for row in rows]

    def streams_by_last_event(
        self, group: LogGroup, after: tuple[int, str] | None, limit: int, down: bool
    ) -> list[Stream]:
        """Streams in order of their last events; those without any count as the oldest."""
        op, order = ("<", "DESC") if down else (">", "ASC")
        at = after or ((1 << 62, "") if down else (-1, ""))
        rows = self.db.all(
            f"SELECT {_STREAM} FROM logs_streams WHERE grp = ? AND (coalesce(last_at, 0), name) {op} (?, ?) "
            f"ORDER BY coalesce(last_at, 0) {order}, name {order} LIMIT ?",
            (group.number, *at, limit),
        )
        return [Stream(*row) for row in rows]

    # events

    def append(self, group: LogGroup, stream: int, events: Sequence[tuple[int, str]], now_ms: int) -> list[Event]:
        """Write events, given as (instant, message), in their order. Inside a transaction."""
        seq, size, execute, made = self._new_seqs(len(events)), 0, self.db.execute, []
        for at, message in events:
            execute(_INSERT, (seq, group.number, stream, at, now_ms, message))
            made.append(Event(seq, stream, at, now_ms, message))
            size += len(message) if message.isascii() else len(message.encode())
            seq += 1
        instants = [at for at, _ in events]
        execute(_TOUCH, (min(instants), max(instants), now_ms, stream))
        execute(_GROW, (group.number, size + limits.EVENT_OVERHEAD_BYTES * len(events)))
        return made

    def of_stream(self, stream: int, begin: Position, end: Position, limit: int, down: bool = False) -> list[Event]:
        """Events of a stream strictly between two positions, from the beginning, or from the end backwards."""
        return self._range("stream", stream, begin, end, (limit, down))

    def of_group(self, group: int, begin: Position, end: Position, limit: int, down: bool = False) -> list[Event]:
        """The same of all streams of a group."""
        return self._range("grp", group, begin, end, (limit, down))

    def _range(self, of: str, number: int, begin: Position, end: Position, page: tuple[int, bool]) -> list[Event]:
        limit, down = page
        order = "DESC" if down else "ASC"
        rows = self.db.all(
            f"SELECT {_EVENT} FROM logs_events WHERE {of} = ? AND (at, seq) > (?, ?) AND (at, seq) < (?, ?) "
            f"ORDER BY at {order}, seq {order} LIMIT ?",
            (number, *begin, *end, limit),
        )
        return [Event(*row) for row in rows]

    def walk(
        self, group: int, streams: Sequence[int] | None, span: tuple[Position, Position], down: bool = False
    ) -> Iterator[Event]:
        """All events of a group, or of some of its streams, in order, read a chunk at a time."""
        begin, end = span
        if streams is None:
            return self._walk("grp", group, begin, end, down)
        walks = [self._walk("stream", stream, begin, end, down) for stream in streams]
        if len(walks) == 1:
            return walks[0]
        return heapq.merge(*walks, key=lambda event: (event.at, event.seq), reverse=down)

    def _walk(self, of: str, number: int, begin: Position, end: Position, down: bool) -> Iterator[Event]:
        rows = FIRST_CHUNK_ROWS
        while chunk := self._range(of, number, begin, end, (rows, down)):
            yield from chunk
            if len(chunk) < rows:
                return
            reached, rows = (chunk[-1].at, chunk[-1].seq), min(2 * rows, CHUNK_ROWS_MAX)
            begin, end = (begin, reached) if down else (reached, end)

    def since(self, after: int, limit: int) -> list[tuple[int, Event]]:
        """What came in, to whatever group, after a place in the order of all events, as (group, event)."""
        rows = self.db.all(f"SELECT grp, {_EVENT} FROM logs_events WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit))
        return [(row[0], Event(*row[1:])) for row in rows]

    def event(self, seq: int) -> tuple[int, Event] | None:
        """One event with its group's number."""
        row = self.db.one(f"SELECT grp, {_EVENT} FROM logs_events WHERE seq = ?", (seq,))
        return None if row is None else (row[0], Event(*row[1:]))

    # what is to go

    def oldest(self, group: LogGroup) -> int | None:
        found: int | None = self.db.value("SELECT min(at) FROM logs_events WHERE grp = ?", (group.number,))
        return found

    def expire(self, group: LogGroup, before_ms: int, limit: int) -> bool:
        """Delete some of a group's oldest events; whether there may be more."""
        where = "seq IN (SELECT seq FROM logs_events WHERE grp = ? AND at < ? ORDER BY at LIMIT ?)"
        return self._delete(group.number, where, (group.number, before_ms, limit), limit)

    def sweep(self, limit: int) -> bool:
        """Delete some rows of what was deleted; whether there may be more."""
        found = self.db.one("SELECT grp, stream FROM logs_swept LIMIT 1")
        if found is None:
            return False
        group, stream = found
        of, number = ("stream", stream) if stream else ("grp", group)
        more = self._delete(
            group, f"seq IN (SELECT seq FROM logs_events WHERE {of} = ? LIMIT ?)", (number, limit), limit
        )
        if not more:
            if not stream:
                self.db.execute("DELETE FROM logs_streams WHERE grp = ?", (group,))
            self.db.execute("DELETE FROM logs_swept WHERE grp = ? AND stream = ?", found)
        return self.db.value("SELECT 1 FROM logs_swept") is not None

    def _delete(self, group: int, where: str, values: tuple[int, ...], limit: int) -> bool:
        sizes = self.db.all(f"DELETE FROM logs_events WHERE {where} RETURNING octet_length(message)", values)
        gone = sum(chain.from_iterable(sizes)) + limits.EVENT_OVERHEAD_BYTES * len(sizes)
        self.db.execute("UPDATE logs_sizes SET bytes = max(0, bytes - ?) WHERE grp = ?", (gone, group))
        return len(sizes) >= limit
