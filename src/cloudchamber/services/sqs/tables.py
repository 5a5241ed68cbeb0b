"""SQS's tables and the records that go in and out of them.

A message belongs to a queue *number*. A FIFO queue also has a row for each message group with messages in it, which
says when the group can next be received from; that keeps a receive from looking at what it may not give out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MESSAGES = [
    """CREATE TABLE sqs_messages (
        seq INTEGER PRIMARY KEY, queue INTEGER NOT NULL, visible_at REAL NOT NULL,
        expires_at REAL NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, body_md5 TEXT NOT NULL, attributes BLOB,
        trace_header TEXT, sender TEXT NOT NULL, sent_at REAL NOT NULL, first_received_at REAL, received_at REAL,
        receives INTEGER NOT NULL DEFAULT 0, receives_here INTEGER NOT NULL DEFAULT 0, receipt INTEGER,
        group_id TEXT, dedup_id TEXT, dead_from TEXT)""",
    "CREATE INDEX sqs_messages_by_visible ON sqs_messages (queue, visible_at)",
    "CREATE INDEX sqs_messages_by_group ON sqs_messages (queue, group_id) WHERE group_id IS NOT NULL",
    """CREATE INDEX sqs_messages_in_flight ON sqs_messages (queue, group_id, visible_at)
        WHERE receipt IS NOT NULL AND group_id IS NOT NULL""",
    "CREATE INDEX sqs_messages_by_expiry ON sqs_messages (expires_at, queue)",
    """CREATE TABLE sqs_groups (queue INTEGER, group_id TEXT, available_at REAL NOT NULL, head INTEGER NOT NULL,
        PRIMARY KEY (queue, group_id)) WITHOUT ROWID""",
    "CREATE INDEX sqs_groups_by_available ON sqs_groups (queue, available_at, head)",
    """CREATE TABLE sqs_sent (queue INTEGER, scope TEXT, dedup_id TEXT, expires_at REAL NOT NULL, id TEXT NOT NULL,
        seq INTEGER NOT NULL, PRIMARY KEY (queue, scope, dedup_id)) WITHOUT ROWID""",
    "CREATE INDEX sqs_sent_by_expiry ON sqs_sent (expires_at)",
    """CREATE TABLE sqs_attempts (queue INTEGER, attempt TEXT, expires_at REAL NOT NULL, taken BLOB NOT NULL,
        PRIMARY KEY (queue, attempt)) WITHOUT ROWID""",
    "CREATE INDEX sqs_attempts_by_expiry ON sqs_attempts (expires_at)",
    "CREATE TABLE sqs_numbers (next INTEGER NOT NULL, next_seq INTEGER NOT NULL)",
    "INSERT INTO sqs_numbers VALUES (1, 1)",
    "CREATE TABLE sqs_swept (queue INTEGER PRIMARY KEY)",
]


@dataclass(slots=True)
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


@dataclass(frozen=True, slots=True)
class Held:
    """How a message stands: its receipt, and until when it is hidden. Instants in epoch seconds."""

    receipt: int | None
    visible_at: float
    received_at: float
    group_id: str | None


@dataclass(frozen=True, slots=True)
class Counts:
    visible: int
    in_flight: int
    delayed: int
