"""What SQS reads from and writes to its tables: one method for each way rows are looked for, each with an index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core import ids
from cloudchamber.services.sqs.message import Message
from cloudchamber.services.sqs.queue import Queue
from cloudchamber.services.sqs.tables import MESSAGES, Counts, Held, MoveTask, NewMessage
from cloudchamber.storage.tables import Table

if TYPE_CHECKING:
    from cloudchamber.storage.engine import Store

_COLUMNS = (
    "seq, id, body, body_md5, attributes, trace_header, sender, sent_at, first_received_at, receives, receives_here, "
    "group_id, dedup_id, dead_from, receipt"
)
_VISIBLE = (
    f"SELECT {_COLUMNS} FROM sqs_messages WHERE queue = ? AND visible_at <= ? AND expires_at > ? "
    "ORDER BY visible_at, seq LIMIT ?"
)
_GROUP_HEAD = f"SELECT {_COLUMNS}, visible_at FROM sqs_messages WHERE queue = ? AND group_id = ? ORDER BY seq LIMIT ?"
_ANY_GROUP = "SELECT 1 FROM sqs_groups WHERE queue = ? AND available_at <= ? LIMIT 1"
_ANY_MESSAGE = "SELECT 1 FROM sqs_messages WHERE queue = ? AND visible_at <= ? AND expires_at > ? LIMIT 1"
SEQS_AT_ONCE = 1000
_INSERT = (
    "INSERT INTO sqs_messages (seq, queue, visible_at, expires_at, id, body, body_md5, attributes, trace_header, "
    "sender, sent_at, group_id, dedup_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_TAKE = (
    "UPDATE sqs_messages SET visible_at = ?, receipt = ?, received_at = ?, receives = receives + 1, "
    "receives_here = receives_here + 1, first_received_at = coalesce(first_received_at, ?) WHERE seq = ?"
)


class SqsStore:
    def __init__(self, store: Store) -> None:
        self.db = store
        self.queues: Table[Queue] = Table(
            store, "sqs_queues", Queue, ("account", "region", "name"), [("number",), ("dead_letter_arn",)]
        )
        self.moves: Table[MoveTask] = Table(
            store, "sqs_moves", MoveTask, ("account", "region", "handle"), [("source_arn", "started_at")]
        )
        store.ensure("sqs_messages", MESSAGES)
        self._totals: dict[int, int] = {}
        self._seq = self._seqs_end = 0
        store.on_undo(self._forget)

    # queues

    def named(self, account: str, region: str, prefix: str, after: str, limit: int) -> list[Queue]:
        """Queues whose names begin with `prefix` and come after `after`, by name."""
        found: list[Queue] = []
        if prefix > after:
            exact = self.queues.get(account, region, prefix)
            found = [] if exact is None else [exact]
        later = (max(prefix, after),)
        found += self.queues.where(account=account, region=region, order="name", after=later, limit=limit)
        return [queue for queue in found[:limit] if queue.name.startswith(prefix)]

    def sources_of(self, dead_letter_arn: str) -> list[Queue]:
        """Queues whose redrive policy names this dead-letter queue, by name."""
        return self.queues.where(dead_letter_arn=dead_letter_arn)

    def new_number(self) -> int:
        number: int = self.db.value("UPDATE sqs_numbers SET next = next + 1 RETURNING next - 1")
        return number

    def _forget(self) -> None:
        """Caches drop what a transaction that was undone put into them."""
        self._totals.clear()
        self._seq = self._seqs_end = 0

    def _new_seq(self) -> int:
        """The next place in the order of all messages; taken in blocks, so that most sends write nothing for it."""
        if self._seq >= self._seqs_end:
            self._seqs_end = self.db.value(
                "UPDATE sqs_numbers SET next_seq = next_seq + ? RETURNING next_seq", (SEQS_AT_ONCE,)
            )
            self._seq = self._seqs_end - SEQS_AT_ONCE
        seq, self._seq = self._seq, self._seq + 1
        return seq

    def is_in_use(self, number: int) -> bool:
        """Whether a queue has this number now: not after it was deleted or purged."""
        return bool(self.queues.where(number=number, limit=1))

    def abandon(self, number: int) -> None:
        """The messages of a deleted or purged queue are out of reach at once, and swept away later."""
        self.db.execute("INSERT OR IGNORE INTO sqs_swept VALUES (?)", (number,))
        self._totals.pop(number, None)

    def sweep_abandoned(self, limit: int) -> bool:
        """Delete some abandoned rows; whether there is more."""
        number = self.db.value("SELECT min(queue) FROM sqs_swept")
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
        return self.db.value("SELECT min(queue) FROM sqs_swept") is not None

    # counting

    def total(self, number: int) -> int:
        """Messages in a queue, expired ones that are not swept away yet included: counted once, then kept."""
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
            "SELECT count(*), count(nullif(receives_here, 0)) FROM sqs_messages "
            "WHERE queue = ? AND visible_at > ? AND expires_at > ?",
            (number, now, now),
        )
        assert hidden is not None
        return Counts(self.kept(number, now) - hidden[0], hidden[1], hidden[0] - hidden[1])

    def kept(self, number: int, now: float) -> int:
        """Messages in a queue that have not expired: visible, in flight and delayed."""
        expired = self.db.value(  # few: they are swept away within a minute
            "SELECT count(*) FROM sqs_messages INDEXED BY sqs_messages_by_expiry WHERE expires_at <= ? AND queue = ?",
            (now, number),
        )
        return self.total(number) - int(expired)

    def oldest(self, number: int, now: float) -> float | None:
        """When the message was sent that waits longest, or None: of those received and come back, roughly."""
        found = self.db.one(
            "SELECT sent_at FROM sqs_messages WHERE queue = ? AND expires_at > ? ORDER BY visible_at LIMIT 1",
            (number, now),
        )
        return None if found is None else float(found[0])

    def first(self, number: int, now: float, limit: int) -> list[Message]:
        """Messages that are in the queue, visible or not, soonest visible first."""
        sql = f"SELECT {_COLUMNS} FROM sqs_messages WHERE queue = ? AND expires_at > ? ORDER BY visible_at LIMIT ?"
        return [_message(row) for row in self.db.all(sql, (number, now, limit))]

    # sending

    def insert(self, number: int, message: NewMessage, now: float, visible_at: float, expires_at: float) -> int:
        """The sequence of the new message."""
        attributes = None if message.attributes is None else dump_attributes(message.attributes)
        seq = self._new_seq()
        self.db.execute(
            _INSERT,
            (
                seq, number, visible_at, expires_at, message.id, message.body, message.body_md5, attributes,
                message.trace_header, message.sender, now, message.group_id, message.dedup_id,
            ),
        )  # fmt: skip
        self._counted(number, 1)
        if message.dedup_id is not None:  # a FIFO queue's: standard queues have groups too, without order
            self.db.execute(
                "INSERT OR IGNORE INTO sqs_groups VALUES (?, ?, ?, ?)", (number, message.group_id, visible_at, seq)
            )
        return seq

    def remember_sent(self, number: int, scope: str, dedup_id: str, expires_at: float, sent: tuple[str, int]) -> None:
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

    def delay(self, queue: Queue, delay_s: int) -> None:
        """Give what was never received from a FIFO queue a new delay."""
        self.db.execute(
            "UPDATE sqs_messages SET visible_at = sent_at + ? WHERE queue = ? AND receives_here = 0",
            (delay_s, queue.number),
        )
        for row in self.db.all("SELECT group_id FROM sqs_groups WHERE queue = ?", (queue.number,)):
            self.regroup(queue.number, row[0])

    # receiving

    def visible(self, number: int, now: float, limit: int) -> list[Message]:
        return [_message(row) for row in self.db.execute(_VISIBLE, (number, now, now, limit))]

    def peek(self, number: int, now: float, is_fifo: bool) -> bool:
        """Whether there may be something to receive."""
        if is_fifo:
            return self.db.value(_ANY_GROUP, (number, now)) is not None
        return self.db.value(_ANY_MESSAGE, (number, now, now)) is not None

    def next_visible(self, number: int, now: float, is_fifo: bool) -> float | None:
        """The next instant at which a hidden message (or a FIFO group) can be received."""
        table, column = ("sqs_groups", "available_at") if is_fifo else ("sqs_messages", "visible_at")
        found: float | None = self.db.value(
            f"SELECT {column} FROM {table} WHERE queue = ? AND {column} > ? ORDER BY {column} LIMIT 1", (number, now)
        )
        return found

    def available_groups(self, number: int, now: float, limit: int) -> list[str]:
        """FIFO groups with a message to give out, the one that has waited longest first."""
        rows = self.db.all(
            "SELECT group_id FROM sqs_groups WHERE queue = ? AND available_at <= ? ORDER BY available_at, head LIMIT ?",
            (number, now, limit),
        )
        return [row[0] for row in rows]

    def in_group(self, number: int, group_id: str, now: float, limit: int) -> list[Message]:
        """The first messages of a FIFO group, up to the first that is hidden."""
        rows = self.db.all(_GROUP_HEAD, (number, group_id, limit))
        hidden = next((at for at, row in enumerate(rows) if row[-1] > now), len(rows))
        return [_message(row) for row in rows[:hidden]]

    def take(self, message: Message, now: float, visible_at: float, receipt: int) -> None:
        """A receive: hide the message and remember its receipt."""
        self.db.execute(_TAKE, (visible_at, receipt, now, now, message.seq))
        message.receives += 1
        message.receives_here += 1
        message.receipt = receipt
        if message.first_received_at is None:
            message.first_received_at = now

    def regroup(self, number: int, group_id: str) -> float | None:
        """Work out anew when a FIFO group can be received from: when nothing of it is in flight, from its head.

        None for a group that is empty.
        """
        head = self.db.one(
            "SELECT seq, visible_at FROM sqs_messages WHERE queue = ? AND group_id = ? ORDER BY seq LIMIT 1",
            (number, group_id),
        )
        if head is None:
            self.db.execute("DELETE FROM sqs_groups WHERE queue = ? AND group_id = ?", (number, group_id))
            return None
        held = self.db.value(
            "SELECT max(visible_at) FROM sqs_messages WHERE queue = ? AND group_id = ? AND receipt IS NOT NULL",
            (number, group_id),
        )
        available_at: float = max(head[1], held or 0.0)
        self.db.execute(
            "INSERT OR REPLACE INTO sqs_groups VALUES (?, ?, ?, ?)", (number, group_id, available_at, head[0])
        )
        return available_at

    def message(self, number: int, seq: int) -> Message | None:
        row = self.db.one(f"SELECT {_COLUMNS} FROM sqs_messages WHERE seq = ? AND queue = ?", (seq, number))
        return None if row is None else _message(row)

    def held(self, number: int, seq: int, now: float) -> Held | None:
        """How a message stands that is still in the queue."""
        row = self.db.one(
            "SELECT receipt, visible_at, received_at, group_id FROM sqs_messages "
            "WHERE seq = ? AND queue = ? AND expires_at > ?",
            (seq, number, now),
        )
        return None if row is None else Held(row[0], row[1], row[2] or 0.0, row[3])

    def set_visible_at(self, seq: int, visible_at: float) -> None:
        self.db.execute("UPDATE sqs_messages SET visible_at = ? WHERE seq = ?", (visible_at, seq))

    def delete(self, number: int, seq: int) -> None:
        self.db.execute("DELETE FROM sqs_messages WHERE seq = ?", (seq,))
        if self.db.changes:
            self._counted(number, -1)

    # from queue to queue

    def bury(self, message: Message, source: Queue, target: Queue, now: float) -> None:
        """Into the dead-letter queue, keeping its identity and what was counted of it.

        A standard message keeps the instant at which it was sent, from which its retention runs. A FIFO message is
        enqueued anew, its id for deduplication id, since messages of two queues may share theirs.
        """
        if source.is_fifo:
            self.delete(source.number, message.seq)
            seq = self.insert(target.number, _copy(message, message.id, message.id), now, now, now + target.retention_s)
            self.db.execute(
                "UPDATE sqs_messages SET receives = ?, dead_from = ?, first_received_at = ? WHERE seq = ?",
                (message.receives, source.arn, message.first_received_at, seq),
            )
            return
        self._counted(source.number, -1)
        self._counted(target.number, 1)
        self.db.execute(
            "UPDATE sqs_messages SET queue = ?, visible_at = ?, receipt = NULL, receives_here = 0, dead_from = ?, "
            "expires_at = ? WHERE seq = ?",
            (target.number, now, source.arn, message.sent_at + target.retention_s, message.seq),
        )

    def redrive(self, message: Message, source: Queue, target: Queue, now: float) -> None:
        """Out of a dead-letter queue, as a new message."""
        self.delete(source.number, message.seq)
        self.insert(
            target.number, _copy(message, new_message_id(), message.dedup_id), now, now, now + target.retention_s
        )

    # receive attempts

    def attempt(self, number: int, attempt: str, now: float) -> list[tuple[int, int, float]] | None:
        """Message, receipt and end of the visibility timeout of what an earlier receive with this id gave out."""
        raw = self.db.value(
            "SELECT taken FROM sqs_attempts WHERE queue = ? AND attempt = ? AND expires_at > ?",
            (number, attempt, now),
        )
        return None if raw is None else [(seq, receipt, until) for seq, receipt, until in orjson.loads(raw)]

    def keep_attempt(self, number: int, attempt: str, expires_at: float, taken: list[tuple[int, int, float]]) -> None:
        values = (number, attempt, expires_at, orjson.dumps(taken))
        self.db.execute("INSERT OR REPLACE INTO sqs_attempts VALUES (?, ?, ?, ?)", values)

    # ageing

    def next_expiry(self) -> float | None:
        found = [
            self.db.value(f"SELECT min(expires_at) FROM {table}")
            for table in ("sqs_messages", "sqs_sent", "sqs_attempts")
        ]
        return min((at for at in found if at is not None), default=None)

    def expire(self, now: float, limit: int) -> tuple[bool, set[int]]:
        """Delete what is older than its retention: whether there is more, and which FIFO queues had some of it."""
        for table in ("sqs_sent", "sqs_attempts"):
            self.db.execute(f"DELETE FROM {table} WHERE expires_at <= ?", (now,))
        return self._expire("expires_at <= ? ORDER BY expires_at", (now, limit))

    def has_expired(self, number: int, now: float) -> bool:
        """Whether a queue has messages that have expired and are not swept away yet."""
        sql = "SELECT 1 FROM sqs_messages INDEXED BY sqs_messages_by_expiry WHERE expires_at <= ? AND queue = ? LIMIT 1"
        return self.db.value(sql, (now, number)) is not None

    def expire_in(self, number: int, now: float, limit: int) -> bool:
        """Delete what is older than its retention in one queue; whether there is more."""
        return self._expire("expires_at <= ? AND queue = ?", (now, number, limit))[0]

    def _expire(self, which: str, values: tuple[float, ...]) -> tuple[bool, set[int]]:
        """`values` are those of the condition, and how many at most."""
        found = f"SELECT seq FROM sqs_messages INDEXED BY sqs_messages_by_expiry WHERE {which} LIMIT ?"
        sql = f"DELETE FROM sqs_messages WHERE seq IN ({found}) RETURNING queue, group_id, dedup_id"
        rows = self.db.all(sql, values)
        for number, _, _ in rows:
            self._counted(number, -1)
        groups = {(row[0], row[1]) for row in rows if row[2] is not None}
        for number, group_id in groups:
            self.regroup(number, group_id)
        return len(rows) == values[-1], {number for number, _ in groups}

    def set_retention(self, number: int, retention_s: int) -> None:
        """A changed retention applies to what is in the queue already."""
        self.db.execute("UPDATE sqs_messages SET expires_at = sent_at + ? WHERE queue = ?", (retention_s, number))


def _copy(message: Message, message_id: str, dedup_id: str | None) -> NewMessage:
    return NewMessage(
        message_id, message.body, message.body_md5, message.attributes, message.trace_header, message.sender,
        message.group_id, dedup_id,
    )  # fmt: skip


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
    values: tuple[Any, ...] = (*row[:4], attributes, *row[5:14], row[14] or 0)
    return Message(*values)


def new_message_id() -> str:
    return ids.uuid()
