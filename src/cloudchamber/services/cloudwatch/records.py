"""CloudWatch's smaller records: dashboards, items of an alarm's history, actions on their way."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A dashboard as it was put. Dashboards belong to an account, not to a region."""

    account: str
    name: str
    body: str
    modified_at: float  # epoch seconds
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return f"arn:aws:cloudwatch::{self.account}:dashboard/{self.name}"


@dataclass(frozen=True, slots=True)
class HistoryItem:
    """What happened to an alarm. `type` is ConfigurationUpdate, StateUpdate or Action; `data` is JSON text."""

    account: str
    region: str
    alarm: str
    alarm_type: str
    at: float
    type: str
    summary: str
    data: str


@dataclass(slots=True)
class Action:
    """Something an alarm has to do: what to tell (`message`, `text` for people) to whom (`target`, an ARN)."""

    account: str
    region: str
    alarm: str
    alarm_type: str
    alarm_arn: str
    target: str
    state: str
    subject: str
    message: str
    text: str
    event: str  # what a function gets, as JSON
    due: float = 0.0
    id: int = 0
    attempts: int = 0
