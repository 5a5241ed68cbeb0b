"""Cognito Sync's records. Key-value records are rows of their own: a removed one stays, without a value, so that other
devices hear of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

RECORDS = [
    """CREATE TABLE cognito_sync_records (identity TEXT NOT NULL, dataset TEXT NOT NULL, key TEXT NOT NULL, value TEXT,
        sync_count INTEGER NOT NULL, modified_at REAL NOT NULL, modified_by TEXT NOT NULL,
        device_modified_at REAL, PRIMARY KEY (identity, dataset, key)) WITHOUT ROWID""",
    "CREATE INDEX cognito_sync_records_by_count ON cognito_sync_records (identity, dataset, sync_count)",
]


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset of an identity. `sync_count` goes on counting after it was deleted and made again."""

    identity: str
    name: str
    pool: str
    created_at: float
    modified_at: float
    modified_by: str = ""
    sync_count: int = 0
    deleted_at_count: int = 0  # the sync count of its last deletion
    exists: bool = True


@dataclass(frozen=True, slots=True)
class Record:
    """`value` None is a record that was removed. Instants in epoch seconds."""

    key: str
    value: str | None
    sync_count: int
    modified_at: float
    modified_by: str
    device_modified_at: float | None


@dataclass(frozen=True, slots=True)
class Session:
    """What a device that has listed a dataset's records may write with."""

    token: str
    identity: str
    dataset: str
    ends_at: float


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """What Cognito Sync keeps of an identity pool. `push` is AWS's PushSync, `events` event type -> function ARN."""

    pool: str
    account: str
    push: dict[str, Any] = field(default_factory=dict)
    events: dict[str, str] = field(default_factory=dict)
    sessions: int = 0
    modified_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Device:
    id: str
    pool: str
    identity: str
    platform: str
    token: str
    endpoint_arn: str


@dataclass(frozen=True, slots=True)
class Subscription:
    identity: str
    dataset: str
    device: str
