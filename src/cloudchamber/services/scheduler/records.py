"""What EventBridge Scheduler keeps: groups, schedules, and invocations that have not ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

INVOCATIONS = [
    """CREATE TABLE scheduler_invocations (id INTEGER PRIMARY KEY AUTOINCREMENT, schedule TEXT NOT NULL,
        execution TEXT NOT NULL, scheduled REAL NOT NULL, since REAL NOT NULL, due REAL NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0)""",
    "CREATE INDEX scheduler_invocations_by_schedule ON scheduler_invocations (schedule)",
]


@dataclass(frozen=True, slots=True)
class Group:
    """A schedule group. `token` is the client token it was made with."""

    account: str
    region: str
    name: str
    created_at: float
    modified_at: float
    tags: dict[str, str] = field(default_factory=dict)
    token: str = ""

    @property
    def arn(self) -> str:
        return f"arn:aws:scheduler:{self.region}:{self.account}:schedule-group/{self.name}"


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule. `settings` are the request's members under AWS's names. All instants are epoch seconds.

    `counts_from` is what a rate counts from; all that was due up to `reached` has been done.
    """

    account: str
    region: str
    group_name: str
    name: str
    settings: dict[str, Any]
    created_at: float
    modified_at: float
    counts_from: float
    reached: float
    is_enabled: bool = True
    token: str = ""

    @property
    def arn(self) -> str:
        return f"arn:aws:scheduler:{self.region}:{self.account}:schedule/{self.group_name}/{self.name}"

    @property
    def group_arn(self) -> str:
        return f"arn:aws:scheduler:{self.region}:{self.account}:schedule-group/{self.group_name}"

    @property
    def target(self) -> dict[str, Any]:
        found: dict[str, Any] = self.settings["Target"]
        return found


@dataclass(frozen=True, slots=True)
class Invocation:
    """One firing on its way to the target. `scheduled` is the instant the schedule names, `since` the one from which
    its age counts (later in a flexible window), `due` the next attempt: all in epoch seconds."""

    id: int
    schedule: str
    execution: str
    scheduled: float
    since: float
    due: float
    attempts: int = 0
