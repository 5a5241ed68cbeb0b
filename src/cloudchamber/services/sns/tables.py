"""SNS's own tables: the outbox, and what FIFO topics remember.

A published message is one row, each delivery of it another; both are written in the transaction of the publish, and
gone when the last delivery has ended. Deliveries of FIFO topics stand in a lane, the message group: in each lane of a
subscription one at a time, in the order of their ids.
"""

from __future__ import annotations

from dataclasses import dataclass

OUTBOX = [
    "CREATE TABLE sns_messages (number INTEGER PRIMARY KEY, record BLOB NOT NULL)",
    """CREATE TABLE sns_deliveries (id INTEGER PRIMARY KEY AUTOINCREMENT, message INTEGER NOT NULL,
        subscription TEXT NOT NULL, lane TEXT, due REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0)""",
    "CREATE INDEX sns_deliveries_by_message ON sns_deliveries (message)",
    "CREATE INDEX sns_deliveries_by_lane ON sns_deliveries (subscription, lane, id) WHERE lane IS NOT NULL",
    """CREATE TABLE sns_sent (topic TEXT, scope TEXT, dedup_id TEXT, expires_at REAL NOT NULL, id TEXT NOT NULL,
        sequence INTEGER NOT NULL, PRIMARY KEY (topic, scope, dedup_id)) WITHOUT ROWID""",
    "CREATE INDEX sns_sent_by_expiry ON sns_sent (expires_at)",
    "CREATE TABLE sns_numbers (sequence INTEGER NOT NULL)",
    "INSERT INTO sns_numbers VALUES (1)",
    "CREATE TABLE sns_signing (id TEXT PRIMARY KEY, key BLOB NOT NULL, certificate BLOB NOT NULL)",
]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message on its way to one subscription. `due` is the instant of the next attempt, in epoch seconds."""

    id: int
    message: int
    subscription: str
    lane: str | None
    due: float
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Application:
    """A platform application, as one registers it with a push service."""

    account: str
    region: str
    platform: str
    name: str
    attributes: dict[str, str]

    @property
    def arn(self) -> str:
        return f"arn:aws:sns:{self.region}:{self.account}:app/{self.platform}/{self.name}"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A device on which an application is installed."""

    arn: str
    application: str
    token: str
    attributes: dict[str, str]

    @property
    def is_enabled(self) -> bool:
        return self.attributes.get("Enabled") == "true"


@dataclass(frozen=True, slots=True)
class Phone:
    """What an account knows of a phone number: whether it wants no messages, and how it stands in the SMS sandbox."""

    account: str
    region: str
    number: str
    opted_out: bool = False
    sandbox_status: str = ""  # Pending or Verified; empty for a number that is not in the sandbox
    password: str = ""


@dataclass(frozen=True, slots=True)
class SmsSettings:
    account: str
    region: str
    attributes: dict[str, str]
