"""CloudWatch Logs' tables and the records that go in and out of them. Instants are epoch milliseconds, as on the wire.

Events belong to a stream *number* and a group *number*: what is deleted is out of reach at once, and its rows are swept
away in the background. Two indexes serve all reading: one stream in time order, and one group in time order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

EVENTS = [
    """CREATE TABLE logs_streams (
        number INTEGER PRIMARY KEY, grp INTEGER NOT NULL, name TEXT NOT NULL, created_at INTEGER NOT NULL,
        first_at INTEGER, last_at INTEGER, ingested_at INTEGER)""",
    "CREATE UNIQUE INDEX logs_streams_by_name ON logs_streams (grp, name)",
    "CREATE INDEX logs_streams_by_last ON logs_streams (grp, coalesce(last_at, 0), name)",
    """CREATE TABLE logs_events (
        seq INTEGER PRIMARY KEY, grp INTEGER NOT NULL, stream INTEGER NOT NULL, at INTEGER NOT NULL,
        ingested_at INTEGER NOT NULL, message TEXT NOT NULL)""",
    "CREATE INDEX logs_events_by_stream ON logs_events (stream, at)",
    "CREATE INDEX logs_events_by_group ON logs_events (grp, at)",
    "CREATE TABLE logs_sizes (grp INTEGER PRIMARY KEY, bytes INTEGER NOT NULL)",
    "CREATE TABLE logs_numbers (next INTEGER NOT NULL, next_seq INTEGER NOT NULL)",
    "INSERT INTO logs_numbers VALUES (1, 1)",
    # What was deleted and has events left: a stream, or (stream 0) a whole group.
    "CREATE TABLE logs_swept (grp INTEGER, stream INTEGER, PRIMARY KEY (grp, stream)) WITHOUT ROWID",
]

OUTBOX = [
    """CREATE TABLE logs_outbox (
        id INTEGER PRIMARY KEY, due REAL NOT NULL, begun REAL NOT NULL, attempts INTEGER NOT NULL,
        account TEXT NOT NULL, region TEXT NOT NULL, group_name TEXT NOT NULL, target TEXT NOT NULL,
        role TEXT NOT NULL, spread TEXT NOT NULL, body BLOB NOT NULL)""",
    "CREATE INDEX logs_outbox_by_due ON logs_outbox (due, id)",
]


@dataclass(frozen=True, slots=True)
class LogGroup:
    account: str
    region: str
    name: str
    number: int
    created_at: int
    retention_days: int | None = None
    kms_key_arn: str | None = None
    log_class: str = "STANDARD"
    is_protected: bool = False
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return f"arn:aws:logs:{self.region}:{self.account}:log-group:{self.name}"

    def floor(self, now_ms: int) -> int:
        """The oldest instant from which events are kept."""
        return 0 if self.retention_days is None else max(0, now_ms - self.retention_days * 86_400_000)


@dataclass(frozen=True, slots=True)
class Stream:
    number: int
    group: int
    name: str
    created_at: int
    first_at: int | None = None
    last_at: int | None = None
    ingested_at: int | None = None


@dataclass(slots=True)
class Event:
    """One log event; `seq` counts all events in the order they came in."""

    seq: int
    stream: int
    at: int
    ingested_at: int
    message: str


@dataclass(frozen=True, slots=True)
class Filter:
    """A metric filter or a subscription filter; `wire` is what the API shows of it beside name and pattern."""

    account: str
    region: str
    group_name: str
    name: str
    pattern: str
    created_at: int
    wire: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Destination:
    account: str
    region: str
    name: str
    target_arn: str
    role_arn: str
    created_at: int
    access_policy: str | None = None
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return f"arn:aws:logs:{self.region}:{self.account}:destination:{self.name}"


@dataclass(frozen=True, slots=True)
class ResourcePolicy:
    """`name` is empty for the policy of one resource, `resource` is empty for a policy of the whole account."""

    account: str
    region: str
    name: str
    resource: str
    document: str
    updated_at: int
    revision: str


@dataclass(frozen=True, slots=True)
class Query:
    """An Insights query with its results once it is complete. `begun_at` and `ended_at` in epoch seconds."""

    account: str
    region: str
    id: str
    text: str
    groups: list[str]  # ARNs
    start_ms: int
    end_ms: int
    limit: int
    begun_at: float
    by: str
    status: str = "Running"
    ended_at: float | None = None
    rows: list[Any] = field(default_factory=list)  # a row is a list of (field, value)
    statistics: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QueryDefinition:
    account: str
    region: str
    id: str
    name: str
    wire: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ExportTask:
    account: str
    region: str
    id: str
    group_name: str
    status: str
    created_at: int
    wire: dict[str, Any]
    message: str = ""
    completed_at: int | None = None
