"""EventBridge's records, and the tables of what grows: events on their way and events in archives.

An event that some rule or archive wants is one row, each delivery of it to a target another; both are written in the
transaction that takes the event in, and gone when the last delivery has ended.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

OUTBOX = [
    "CREATE TABLE events_taken (number INTEGER PRIMARY KEY, record BLOB NOT NULL)",
    """CREATE TABLE events_deliveries (id INTEGER PRIMARY KEY AUTOINCREMENT, event INTEGER NOT NULL,
        rule TEXT NOT NULL, target TEXT NOT NULL, since REAL NOT NULL, due REAL NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0)""",
    "CREATE INDEX events_deliveries_by_event ON events_deliveries (event)",
    """CREATE TABLE events_archived (archive TEXT NOT NULL, at REAL NOT NULL, seq INTEGER NOT NULL,
        record BLOB NOT NULL, PRIMARY KEY (archive, at, seq)) WITHOUT ROWID""",
]


@dataclass(frozen=True, slots=True)
class Bus:
    account: str
    region: str
    name: str
    created_at: float
    modified_at: float
    settings: dict[str, Any] = field(default_factory=dict)  # Description, KmsKeyIdentifier, DeadLetterConfig, …
    policy: str = ""
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return f"arn:aws:events:{self.region}:{self.account}:event-bus/{self.name}"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule. `scheduled_at` is what a rate counts from, in epoch seconds."""

    account: str
    region: str
    bus: str
    name: str
    pattern: str = ""
    schedule: str = ""
    state: str = "ENABLED"
    description: str = ""
    role_arn: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    scheduled_at: float = 0.0
    is_scheduled: bool = False  # enabled and with a schedule: what `resume` looks for

    @property
    def bus_arn(self) -> str:
        return f"arn:aws:events:{self.region}:{self.account}:event-bus/{self.bus}"

    @property
    def arn(self) -> str:
        place = self.name if self.bus == "default" else f"{self.bus}/{self.name}"
        return f"arn:aws:events:{self.region}:{self.account}:rule/{place}"


@dataclass(frozen=True, slots=True)
class Target:
    """A target of a rule: `settings` is AWS's Target."""

    rule: str  # the rule's ARN
    id: str
    account: str
    region: str
    bus: str
    rule_name: str
    arn: str
    settings: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Archive:
    account: str
    region: str
    name: str
    bus_arn: str
    created_at: float
    pattern: str = ""
    description: str = ""
    retention_days: int = 0
    kms_key: str = ""

    @property
    def arn(self) -> str:
        return f"arn:aws:events:{self.region}:{self.account}:archive/{self.name}"


@dataclass(frozen=True, slots=True)
class Replay:
    """A replay of an archive. `reached` is the key (instant, sequence) of the last event that was sent again."""

    account: str
    region: str
    name: str
    archive_arn: str
    start: float
    end: float
    destination: dict[str, Any]
    started_at: float
    state: str = "STARTING"
    description: str = ""
    reason: str = ""
    reached: tuple[float, ...] = ()
    ended_at: float = 0.0
    is_at_work: bool = True

    @property
    def arn(self) -> str:
        return f"arn:aws:events:{self.region}:{self.account}:replay/{self.name}"


@dataclass(frozen=True, slots=True)
class Taken:
    """An event that was taken in. `hops` are the accounts and regions it was sent on from; `trace` and `span` are the
    call's that put it."""

    event: dict[str, Any]
    at: float
    trace: str = ""
    span: str = ""
    hops: tuple[str, ...] = ()
    trace_header: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one target. `since` and `due` (the next attempt) are epoch seconds."""

    id: int
    event: int
    rule: str
    target: str
    since: float
    due: float
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Connection:
    """How an HTTP endpoint is authorised. `parameters` are AWS's AuthParameters without what is secret, which is in the
    secret `secret_arn`; `id` is the last part of the ARN. Instants are epoch seconds."""

    account: str
    region: str
    name: str
    id: str
    kind: str
    parameters: dict[str, Any]
    secret_arn: str
    created_at: float
    modified_at: float
    description: str = ""
    state: str = "AUTHORIZED"
    kms_key: str = ""

    @property
    def arn(self) -> str:
        return f"arn:aws:events:{self.region}:{self.account}:connection/{self.name}/{self.id}"


@dataclass(frozen=True, slots=True)
class ApiDestination:
    """An HTTP endpoint as a target. `id` is the last part of the ARN; instants are epoch seconds."""

    account: str
    region: str
    name: str
    id: str
    connection_arn: str
    endpoint: str
    method: str
    created_at: float
    modified_at: float
    rate_per_second: int = 300
    description: str = ""

    @property
    def arn(self) -> str:
        return f"arn:aws:events:{self.region}:{self.account}:api-destination/{self.name}/{self.id}"
