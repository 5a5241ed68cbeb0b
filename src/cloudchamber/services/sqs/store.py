"""SQS's tables: queues as typed records, messages as rows with an index for each way they are looked for.

A message belongs to a queue *number*. A FIFO queue also has a row for each message group with messages in it, which says
when the group can next be received from; that keeps a receive from looking at what it may not give out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core import ids
from cloudchamber.services.sqs.message import Message
from cloudchamber.services.sqs.queue import Queue
from cloudchamber.storage.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudchamber.storage.engine import Store

SCHEMA = [
    """CREATE TABLE sqs_messages (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, queue INTEGER NOT NULL, visible_at REAL NOT NULL, expires_at REAL NOT NULL,
        id TEXT NOT NULL, body TEXT NOT NULL, body_md5 TEXT NOT NULL, attributes BLOB, trace_header TEXT,
        sender TEXT NOT NULL, sent_at REAL NOT NULL, first_received_at REAL, receives INTEGER NOT NULL DEFAULT 0,
        receives_here INTEGER NOT NULL DEFAULT 0, receipt INTEGER, group_id TEXT, dedup_id TEXT, dead_from TEXT)""",
    "CREATE INDEX sqs_messages_by_visible ON sqs_messages (queue, visible_at, seq)",
    "CREATE INDEX sqs_messages_by_group ON sqs_messages (queue, group_id, seq) WHERE group_id IS NOT NULL",
    "CREATE INDEX sqs_messages_in_flight ON sqs_messages (queue, group_id, visible_at) "
    "WHERE receipt IS NOT NULL AND group_id IS NOT NULL",
    "CREATE INDEX sqs_messages_by_expiry ON sqs_messages (expires_at)",
    """CREATE TABLE sqs_groups (queue INTEGER, group_id TEXT, available_at REAL NOT NULL, head INTEGER NOT NULL,
        PRIMARY KEY (queue, group_id)) WITHOUT ROWID""",
    "CREATE INDEX sqs_groups_by_available ON sqs_groups (queue, available_at, head)",
    """CREATE TABLE sqs_sent (queue INTEGER, scope TEXT, dedup_id TEXT, expires_at REAL NOT NULL, id TEXT NOT NULL,
        seq INTEGER NOT NULL, PRIMARY KEY (queue, scope, dedup_id)) WITHOUT ROWID""",
    "CREATE INDEX sqs_sent_by_expiry ON sqs_sent (expires_at)",
    """CREATE TABLE sqs_attempts (queue INTEGER, attempt TEXT, expires_at REAL NOT NULL, receipts BLOB NOT NULL,
        PRIMARY KEY (queue, attempt)) WITHOUT ROWID""",
    "CREATE INDEX sqs_attempts_by_expiry ON sqs_attempts (expires_at)",
    "CREATE TABLE sqs_numbers (next INTEGER NOT NULL)",
    "INSERT INTO sqs_numbers VALUES (1)",
    "CREATE TABLE sqs_swept (queue INTEGER PRIMARY KEY)",
]

_COLUMNS = (
    "seq, id, body, body_md5, attributes, trace_header, sender, sent_at, expires_at, first_received_at, receives, "
    "receives_here, group_id, dedup_id, dead_from, receipt"
)
_VISIBLE = (
    f"SELECT {_COLUMNS} FROM sqs_messages WHERE queue = ? AND visible_at <= ? AND expires_at > ? "
    "ORDER BY visible_at, seq LIMIT ?"
)
_IN_GROUP = (
    f"SELECT {_COLUMNS} FROM sqs_messages WHERE queue = ? AND group_id = ? AND visible_at <= ? AND expires_at > ? "
    "ORDER BY seq LIMIT ?"
)
_INSERT = (
    "INSERT INTO sqs_messages (queue, visible_at, expires_at, id, body, body_md5, attributes, trace_header, sender, "
    "sent_at, group_id, dedup_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING seq"
)
_TAKE = (
    "UPDATE sqs_messages SET visible_at = ?, receipt = ?, receives = receives + 1, receives_here = receives_here + 1, "
    "first_received_at = coalesce(first_received_at, ?) WHERE seq = ?"
)


@dataclass(frozen=True, slots=True)
class NewMessage:
    id: str
    body: str
    body_md5: str
    attributes: dict[str, Any] | None
    trace_header: str | None
    sender: str
    group_id: str | None
    dedup_id: str | None


@dataclass(frozen=True, slots=True)
class MoveTask:
    """A message move task. Instants in epoch seconds; `handle` is opaque."""

    account: str
    region: str
    handle: str
    source_arn: str
    destination_arn: str | None
    status: str
    started_at: float
    to_move: int
    moved: int = 0
    per_second: int | None = None
    failure: str | None = None


@dataclass(slots=True)
class Counts:
    visible: int
    in_flight: int
    delayed: int


class SqsStore:
    def __init__(self, store: Store) -> None:
        self.db = store
        self.queues: Table[Queue] = Table(store, "sqs_queues", Queue, ("account", "region", "name"), [("number",)])
        self.moves: Table[MoveTask] = Table(
            store, "sqs_moves", MoveTask, ("account", "region", "handle"), [("source_arn", "started_at")]
        )
        store.ensure("sqs_messages", SCHEMA)
        self._totals: dict[int, int] = {}
        store.on_undo(self._totals.clear)

    # queues

    def new_number(self) -> int:
        number: int = self.db.value("UPDATE sqs_numbers SET next = next + 1 RETURNING next - 1")
        return number

    def abandon(self, number: int) -> None:
        """The messages of a deleted or purged queue are out of reach at once, and swept away later."""
        self.db.execute("INSERT OR IGNORE INTO sqs_swept VALUES (?)", (number,))
        self._totals.pop(number, None)

    def sweep_abandoned(self, limit: int) -> bool:
        """Delete some abandoned rows; whether there is more."""
        number = self.db.value("SELECT queue FROM sqs_swept LIMIT 1")
        if number is None:
            return False
        self.db.execute(
            "DELETE FROM sqs_messages WHERE seq IN (SELECT seq FROM sqs_messages WHERE queue = ? LIMIT ?)",
            (number, limit),
        )
        if self.db.changes < limit:
            for table in ("sqs_groups", "sqs_sent", "sqs_attempts"):
                self.db.execute(f"DELETE FROM {table} WHERE queue = ?", (number,))
            self.db.execute("DELETE FROM sqs_swept WHERE queue = ?", (number,))
        return self.db.value("SELECT 1 FROM sqs_swept LIMIT 1") is not None

    # counting

    def total(self, number: int) -> int:
        """Messages in a queue: counted once, then kept."""
        found = self._totals.get(number)
        if found is None:
            found = int(self.db.value("SELECT count(*) FROM sqs_messages WHERE queue = ?", (number,)))
            self._totals[number] = found
        return found

    def _counted(self, number: int, change: int) -> None:
        if number in self._totals:
            self._totals[number] += change

    def counts(self, number: int, now: float) -> Counts:
        hidden = self.db.one(
            "SELECT count(*), count(nullif(receives_here, 0)) FROM sqs_messages WHERE queue = ? AND visible_at > ?",
            (number, now),
        )
        assert hidden is not None
        return Counts(self.total(number) - hidden[0], hidden[1], hidden[0] - hidden[1])

    def in_flight(self, number: int, now: float) -> int:
        return self.counts(number, now).in_flight

    # sending

    def insert(self, number: int, message: NewMessage, now: float, visible_at: float, expires_at: float) -> int:
        """The sequence of the new message."""
        attributes = None if message.attributes is None else dump_attributes(message.attributes)
        seq: int = self.db.value(
            _INSERT,
            (
                number, visible_at, expires_at, message.id, message.body, message.body_md5, attributes,
                message.trace_header, message.sender, now, message.group_id, message.dedup_id,
            ),
        )  # fmt: skip
        self._counted(number, 1)
        if message.dedup_id is not None:  # a FIFO queue's: standard queues have groups too, without order
            self.db.execute(
                "INSERT OR IGNORE INTO sqs_groups VALUES (?, ?, ?, ?)", (number, message.group_id, visible_at, seq)
            )
        return seq

    def insert_fifo_marker(
        self, number: int, scope: str, dedup_id: str, expires_at: float, sent: tuple[str, int]
    ) -> None:
        """Remember what was sent, for deduplication."""
        self.db.execute(
            "INSERT OR REPLACE INTO sqs_sent VALUES (?, ?, ?, ?, ?, ?)", (number, scope, dedup_id, expires_at, *sent)
        )

    def sent_before(self, number: int, scope: str, dedup_id: str, now: float) -> tuple[str, int] | None:
        """Message id and sequence of what was sent under this deduplication id in the last five minutes."""
        row = self.db.one(
            "SELECT id, seq FROM sqs_sent WHERE queue = ? AND scope = ? AND dedup_id = ? AND expires_at > ?",
            (number, scope, dedup_id, now),
        )
        return None if row is None else (row[0], row[1])

    # receiving

    def visible(self, number: int, now: float, limit: int) -> list[Message]:
        return [_message(row) for row in self.db.execute(_VISIBLE, (number, now, now, limit))]

    def peek(self, number: int, now: float, is_fifo: bool) -> bool:
        """Whether there may be something to receive."""
        table, column = ("sqs_groups", "available_at") if is_fifo else ("sqs_messages", "visible_at")
        found = self.db.value(f"SELECT 1 FROM {table} WHERE queue = ? AND {column} <= ? LIMIT 1", (number, now))
        return found is not None

    def is_in_use(self, number: int) -> bool:
        """Whether a queue has this number now: not before it was deleted or purged."""
        return bool(self.queues.where(number=number, limit=1))

    def available_groups(self, number: int, now: float, limit: int) -> list[str]:
        """FIFO groups with a message to give out, the one that has waited longest first."""
        rows = self.db.all(
            "SELECT group_id FROM sqs_groups WHERE queue = ? AND available_at <= ? ORDER BY available_at, head LIMIT ?",
            (number, now, limit),
        )
        return [row[0] for row in rows]

    def oldest(self, queue: Queue, now: float, limit: int) -> list[Message]:
        """Messages a redrive can take, in order of arrival."""
        if not queue.is_fifo:
            return self.visible(queue.number, now, limit)
        rows = self.db.execute(
            f"SELECT {_COLUMNS} FROM sqs_messages WHERE queue = ? AND visible_at <= ? ORDER BY visible_at, seq LIMIT ?",
            (queue.number, now, limit),
        )
        return [_message(row) for row in rows]

    def in_group(self, number: int, group_id: str, now: float, limit: int) -> list[Message]:
        return [_message(row) for row in self.db.execute(_IN_GROUP, (number, group_id, now, now, limit))]

    def take(self, message: Message, now: float, visible_at: float, receipt: int) -> None:
        """A receive: hide the message and remember its receipt."""
        self.db.execute(_TAKE, (visible_at, receipt, now, message.seq))
        message.receives += 1
        message.receives_here += 1
        message.receipt = receipt
        if message.first_received_at is None:
            message.first_received_at = now

    def regroup(self, number: int, group_id: str) -> None:
        """Work out anew when a FIFO group can be received from: when nothing of it is in flight, from its head."""
        head = self.db.one(
            "SELECT seq, visible_at FROM sqs_messages WHERE queue = ? AND group_id = ? ORDER BY seq LIMIT 1",
            (number, group_id),
        )
        if head is None:
            self.db.execute("DELETE FROM sqs_groups WHERE queue = ? AND group_id = ?", (number, group_id))
            return
        held = self.db.value(
            "SELECT max(visible_at) FROM sqs_messages WHERE queue = ? AND group_id = ? AND receipt IS NOT NULL",
            (number, group_id),
        )
        available_at = max(head[1], held or 0.0)
        self.db.execute(
            "INSERT OR REPLACE INTO sqs_groups VALUES (?, ?, ?, ?)", (number, group_id, available_at, head[0])
        )

    def next_visible(self, number: int, now: float, is_fifo: bool) -> float | None:
        """The next instant at which a hidden message (or a FIFO group) can be received."""
        table, column = ("sqs_groups", "available_at") if is_fifo else ("sqs_messages", "visible_at")
        found: float | None = self.db.value(
            f"SELECT {column} FROM {table} WHERE queue = ? AND {column} > ? ORDER BY {column} LIMIT 1", (number, now)
        )
        return found

    def by_receipt(self, number: int, seq: int) -> tuple[int | None, float, float, str | None] | None:
        """Receipt, visible_at, first_received_at and group of a message that is still there."""
        row = self.db.one(
            "SELECT receipt, visible_at, first_received_at, group_id FROM sqs_messages WHERE seq = ? AND queue = ?",
            (seq, number),
        )
        return None if row is None else (row[0], row[1], row[2] or 0.0, row[3])

    def set_visible_at(self, seq: int, visible_at: float) -> None:
        self.db.execute("UPDATE sqs_messages SET visible_at = ? WHERE seq = ?", (visible_at, seq))

    def delete(self, number: int, seq: int) -> None:
        self.db.execute("DELETE FROM sqs_messages WHERE seq = ?", (seq,))
        if self.db.changes:
            self._counted(number, -1)

    def move(self, message: Message, source: Queue, target: Queue, now: float) -> None:
        """Into another queue (dead-letter or redrive), keeping its identity; a FIFO queue orders it anew."""
        self._counted(source.number, -1)
        if source.is_fifo:
            self.db.execute("DELETE FROM sqs_messages WHERE seq = ?", (message.seq,))
            copy = NewMessage(
                message.id, message.body, message.body_md5, message.attributes, message.trace_header, message.sender,
                message.group_id, message.dedup_id,
            )  # fmt: skip
            seq = self.insert(target.number, copy, now, now, now + target.retention_s)
            self.db.execute(
                "UPDATE sqs_messages SET receives = ?, dead_from = ?, first_received_at = ? WHERE seq = ?",
                (message.receives, source.arn, message.first_received_at, seq),
            )
            return
        self.db.execute(
            "UPDATE sqs_messages SET queue = ?, visible_at = ?, receipt = NULL, receives_here = 0, dead_from = ?, "
            "expires_at = ? WHERE seq = ?",
            (target.number, now, source.arn, message.sent_at + target.retention_s, message.seq),
        )
        self._counted(target.number, 1)

    # receive attempts

    def attempt(self, number: int, attempt: str, now: float) -> list[tuple[int, int]] | None:
        """Message and receipt of what an earlier receive with this attempt id gave out."""
        raw = self.db.value(
            "SELECT receipts FROM sqs_attempts WHERE queue = ? AND attempt = ? AND expires_at > ?",
            (number, attempt, now),
        )
        return None if raw is None else [(seq, receipt) for seq, receipt in orjson.loads(raw)]

    def keep_attempt(self, number: int, attempt: str, expires_at: float, taken: Iterable[Message]) -> None:
        receipts = orjson.dumps([(message.seq, message.receipt) for message in taken])
        self.db.execute(
            "INSERT OR REPLACE INTO sqs_attempts VALUES (?, ?, ?, ?)", (number, attempt, expires_at, receipts)
        )

    def message(self, number: int, seq: int) -> Message | None:
        row = self.db.one(f"SELECT {_COLUMNS} FROM sqs_messages WHERE seq = ? AND queue = ?", (seq, number))
        return None if row is None else _message(row)

    # ageing

    def next_expiry(self) -> float | None:
        found = [
            self.db.value(f"SELECT expires_at FROM {table} ORDER BY expires_at LIMIT 1")
            for table in ("sqs_messages", "sqs_sent", "sqs_attempts")
        ]
        return min((at for at in found if at is not None), default=None)

    def expire(self, now: float, limit: int) -> bool:
        """Delete what is older than its retention; whether there is more."""
        rows = self.db.all(
            "DELETE FROM sqs_messages WHERE seq IN (SELECT seq FROM sqs_messages WHERE expires_at <= ? "
            "ORDER BY expires_at LIMIT ?) RETURNING queue, group_id, dedup_id",
            (now, limit),
        )
        for number, group_id, dedup_id in rows:
            self._counted(number, -1)
            if dedup_id is not None:
                self.regroup(number, group_id)
        for table in ("sqs_sent", "sqs_attempts"):
            self.db.execute(f"DELETE FROM {table} WHERE expires_at <= ?", (now,))
        return len(rows) == limit

    def set_retention(self, number: int, retention_s: int) -> None:
        """A changed retention applies to what is in the queue already."""
        self.db.execute("UPDATE sqs_messages SET expires_at = sent_at + ? WHERE queue = ?", (retention_s, number))


def dump_attributes(attributes: dict[str, Any]) -> bytes:
    plain = {
        name: {k: {"hex": v.hex()} if isinstance(v, bytes) else v for k, v in value.items()}
        for name, value in attributes.items()
    }
    return orjson.dumps(plain)


def load_attributes(raw: bytes) -> dict[str, Any]:
    return {
        name: {k: bytes.fromhex(v["hex"]) if isinstance(v, dict) else v for k, v in value.items()}
        for name, value in orjson.loads(raw).items()
    }


def _message(row: tuple[Any, ...]) -> Message:
    attributes = None if row[4] is None else load_attributes(row[4])
    values: tuple[Any, ...] = (*row[:4], attributes, *row[5:15], row[15] or 0)
    return Message(*values)


def new_message_id() -> str:
    return ids.uuid()
