"""Streams, their shards and their records.

A stream is one line of shards: only the newest is open, and takes all that is written. A shard is a range of the
sequence numbers that all streams share, so a record belongs to its stream, and by its number to a shard; the range
begins with a number that no record has, and so is never empty.

An open shard is followed by a child once it is four hours old, when somebody next looks or writes. What is older than
24 hours is taken away: records, shards that were closed by then, streams that were. The clock may have been set back in
between, so that age and order of numbers are two things; nothing before a record that was taken away is read any more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.services.dynamodb.streams_sql import CHANGES
from cloudchamber.storage.tables import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cloudchamber.core.clock import Waiter
    from cloudchamber.storage.engine import Store

SHARD_SECONDS = 4 * 3600
# Sequence numbers are shown with 21 digits, the fewest AWS's have, so that texts are in the order of the numbers.
_SHOWN_FROM = 10**20

_INSERT = "INSERT INTO dynamodb_changes VALUES (?, ?, ?, ?, ?)"
READ = "SELECT seq, data FROM dynamodb_changes WHERE stream = ? AND seq >= ? AND seq <= ? ORDER BY seq"
NEXT = "SELECT seq, at FROM dynamodb_changes WHERE stream = ? AND seq >= ? ORDER BY seq LIMIT 1"
AGED = "SELECT seq, stream FROM dynamodb_changes WHERE at <= ? ORDER BY at LIMIT ?"


@dataclass(frozen=True, slots=True)
class Stream:
    """A table's stream, from when it was enabled until a day after it was disabled. Instants in epoch seconds."""

    account: str
    region: str
    table_name: str
    label: str
    number: int
    table_id: str
    view_type: str
    key: tuple[str, ...]  # the table's partition key, and its sort key if it has one
    created_at: float
    settled_at: float  # ENABLING, or DISABLING, until then
    closed_at: float | None = None
    trimmed: int = 0  # the last of its records that was taken away for its age

    @property
    def arn(self) -> str:
        return f"arn:aws:dynamodb:{self.region}:{self.account}:table/{self.table_name}/stream/{self.label}"

    def status(self, now: float) -> str:
        if self.closed_at is None:
            return "ENABLING" if now < self.settled_at else "ENABLED"
        return "DISABLING" if now < self.settled_at else "DISABLED"


@dataclass(frozen=True, slots=True)
class Shard:
    """A range of sequence numbers; open while it has no last one. Instants in epoch seconds."""

    stream: int
    id: str
    first: int
    opened_at: float
    parent: str | None = None
    last: int | None = None
    closed_at: float | None = None


def shown(seq: int) -> str:
    """A sequence number as clients see it."""
    return str(_SHOWN_FROM + seq)


def hidden(text: str) -> int | None:
    """The number behind a text; None for what is none, negative or 0 for one that was never given out."""
    return int(text) - _SHOWN_FROM if text.isascii() and text.isdigit() else None


class StreamStore:
    """One for each database, shared by DynamoDB, which writes, and DynamoDB Streams, which reads."""

    def __init__(self, db: Store) -> None:
        self.db = db
        self.streams: Table[Stream] = Table(
            db, "dynamodb_streams", Stream, ("account", "region", "table_name", "label"), [("number",), ("closed_at",)]
        )
        self.shards: Table[Shard] = Table(db, "dynamodb_shards", Shard, ("stream", "id"), [("closed_at",)])
        db.ensure("dynamodb_changes", CHANGES)
        self._open: dict[int, Shard] = {}
        self._next: int | None = None
        self.waiting: dict[int, list[Waiter]] = {}  # who waits for records, by number of the stream
        # Told of the instant of a change or of an end, when nothing older was told of before.
        self.begin_ageing: Callable[[float], None] = lambda at: None
        self.ages_from = math.inf
        db.on_undo(self._forget)

    def _forget(self) -> None:
        self._open.clear()
        self._next = None

    # streams

    def by_number(self, number: int) -> Stream | None:
        found = self.streams.where(number=number, limit=1)
        return found[0] if found else None

    def latest(self, account: str, region: str, table_name: str) -> Stream | None:
        """The newest stream of the tables that have had this name."""
        found = self.streams.where(order="label DESC", account=account, region=region, table_name=table_name, limit=1)
        return found[0] if found else None

    def open(self, stream: Stream) -> None:
        """A stream begins, with its first shard."""
        self.streams.put(stream)
        self._open_shard(stream.number, stream.created_at, None)

    def close(self, stream: Stream, now: float, settled_at: float) -> None:
        """A stream ends, and so does its open shard."""
        self._close_shard(self.open_shard(stream.number), now)
        self.streams.put(replace(stream, closed_at=now, settled_at=settled_at))
        self._age(now)
        self.wake(stream.number)

    # shards

    def open_shard(self, number: int) -> Shard:
        found = self._open.get(number)
        if found is None:
            found = next(shard for shard in self.shards.where(stream=number) if shard.last is None)
            self._open[number] = found
        return found

    def is_due(self, number: int, now: float) -> bool:
        """Whether the open shard of a stream is to be followed by another."""
        return now >= self.open_shard(number).opened_at + SHARD_SECONDS

    def roll(self, number: int, now: float) -> None:
        """The open shard is closed and a child goes on."""
        shard = self.open_shard(number)
        self._close_shard(shard, now)
        self._open_shard(number, now, shard.id)
        self._age(now)
        self.wake(number)

    def _open_shard(self, number: int, now: float, parent: str | None) -> None:
        shard_id = f"shardId-{int(now * 1000):020d}-{ids.number(32):08x}"
        shard = Shard(number, shard_id, self._take(), now, parent)
        self._keep_next()
        self._open[number] = self.shards.put(shard)

    def _close_shard(self, shard: Shard, now: float) -> None:
        self.shards.put(replace(shard, last=self.next - 1, closed_at=now))
        del self._open[shard.stream]

    # records

    @property
    def next(self) -> int:
        """The number that the next change will have."""
        if self._next is None:
            newest = self.db.value("SELECT max(seq) FROM dynamodb_changes") or 0
            self._next = max(self.db.value("SELECT seq FROM dynamodb_next_change"), newest + 1)
        return self._next

    def _take(self) -> int:
        seq = self.next
        self._next = seq + 1
        return seq

    def _keep_next(self) -> None:
        self.db.execute("UPDATE dynamodb_next_change SET seq = ?", (self.next,))

    def begin(self, number: int, now: float) -> int:
        """The sequence number for a record of a stream, to be followed by its `append`."""
        if self.is_due(number, now):
            self.roll(number, now)
        return self._take()

    def append(self, number: int, seq: int, at: float, data: bytes, trace: str | None) -> None:
        """`trace` is the X-Ray header of the call that made the change."""
        self.db.execute(_INSERT, (seq, number, at, data, trace))
        if at < self.ages_from:
            self._age(at)
        if self.waiting:
            self.wake(number)

    def read(self, shard: Shard, start: int) -> Iterator[tuple[int, bytes]]:
        """The records of a shard from a number on: number and JSON."""
        return self.db.execute(READ, (shard.stream, start, self.end_of(shard)))

    def trace(self, seq: int) -> str | None:
        found = self.db.value("SELECT trace FROM dynamodb_changes WHERE seq = ?", (seq,))
        return None if found is None else str(found)

    def end_of(self, shard: Shard) -> int:
        """The last number that a record of the shard can have by now."""
        return self.next - 1 if shard.last is None else shard.last

    def has_record(self, shard: Shard, start: int) -> bool:
        found = self.db.one(NEXT, (shard.stream, start))
        return found is not None and found[0] <= self.end_of(shard)

    def at_or_after(self, shard: Shard, at: float) -> int:
        """The number of the shard's first record that was made at an instant or later; else the one after its end.

        Found by halving: records are in the order of their instants.
        """
        low, high = shard.first, self.end_of(shard) + 1
        while low < high:
            middle = (low + high) // 2
            found = self.db.one(NEXT, (shard.stream, middle))
            if found is None or found[0] >= high or found[1] >= at:
                high = middle
            else:
                low = found[0] + 1
        return low

    # waking

    def wake(self, number: int) -> None:
        """All who wait for a stream look again, once the transaction this happens in has ended."""
        for waiter in self.waiting.pop(number, ()):
            waiter.wake()

    # ageing

    def _age(self, at: float) -> None:
        if at < self.ages_from:
            self.ages_from = at
            self.begin_ageing(at)

    def oldest(self) -> float | None:
        """The instant of the oldest thing that is to be taken away some day."""
        found = self.db.all(
            "SELECT min(at) FROM dynamodb_changes"
            " UNION ALL SELECT min(closed_at) FROM dynamodb_shards"
            " UNION ALL SELECT min(closed_at) FROM dynamodb_streams"
        )
        return min((row[0] for row in found if row[0] is not None), default=None)

    def trim(self, until: float, limit: int) -> bool:
        """Take away some of what is no younger than `until`; whether there may be more."""
        trimmed: dict[int, int] = {}
        aged = self.db.all(AGED, (until, limit))
        if aged:
            self._keep_next()
        for seq, number in aged:
            self.db.execute("DELETE FROM dynamodb_changes WHERE seq = ?", (seq,))
            trimmed[number] = max(seq, trimmed.get(number, 0))
        for number, seq in trimmed.items():
            stream = self.by_number(number)
            if stream is not None and stream.trimmed < seq:
                self.streams.put(replace(stream, trimmed=seq))
        gone = self._closed("dynamodb_shards", "stream, id", until, limit)
        for key in gone:
            self.shards.delete(*key)
        ended = self._closed("dynamodb_streams", "account, region, table_name, label", until, limit)
        for key in ended:
            self.streams.delete(*key)
        return limit in (len(aged), len(gone), len(ended))

    def _closed(self, table: str, key: str, until: float, limit: int) -> list[tuple[Any, ...]]:
        return self.db.all(f"SELECT {key} FROM {table} WHERE closed_at <= ? LIMIT ?", (until, limit))
