"""SES's records, and the tables of what grows: events on their way, and how much was sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SQL = [
    """CREATE TABLE ses_outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, due REAL NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0, record BLOB NOT NULL)""",
    """CREATE TABLE ses_statistics (account TEXT, region TEXT, bucket INTEGER, attempts INTEGER NOT NULL DEFAULT 0,
        bounces INTEGER NOT NULL DEFAULT 0, complaints INTEGER NOT NULL DEFAULT 0, rejects INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (account, region, bucket)) WITHOUT ROWID""",
    """CREATE TABLE ses_relayed (id INTEGER PRIMARY KEY AUTOINCREMENT, due REAL NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0, sender TEXT NOT NULL, recipients TEXT NOT NULL, data BLOB NOT NULL)""",
]


@dataclass(frozen=True, slots=True)
class Relayed:
    """A mail on its way to the real server: MIME with the addresses of its envelope."""

    id: int
    attempts: int
    sender: str
    recipients: tuple[str, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class Identity:
    """An address or a domain. Instants are epoch seconds; `topics` and `with_headers` go by notification type."""

    account: str
    region: str
    name: str
    token: str  # guards the link that verifies an address; shown as the TXT record of a domain
    asked_at: float
    verified_at: float | None = None
    dkim_tokens: tuple[str, ...] = ()
    dkim_enabled: bool = False
    dkim_origin: str = "AWS_SES"
    dkim_key_length: str = "RSA_2048_BIT"
    mail_from_domain: str = ""
    on_mx_failure: str = "USE_DEFAULT_VALUE"
    forwards_feedback: bool = True
    topics: dict[str, str] = field(default_factory=dict)
    with_headers: tuple[str, ...] = ()
    policies: dict[str, str] = field(default_factory=dict)
    configuration_set: str = ""
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def is_domain(self) -> bool:
        return "@" not in self.name

    @property
    def arn(self) -> str:
        return f"arn:aws:ses:{self.region}:{self.account}:identity/{self.name}"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where events of a configuration set go. `types` as v2 spells them; one of the targets is set."""

    name: str
    types: tuple[str, ...]
    is_enabled: bool = True
    topic: str = ""
    bus: str = ""
    dimensions: tuple[dict[str, str], ...] = ()  # of CloudWatch's metrics, as v2 spells them


@dataclass(frozen=True, slots=True)
class ConfigurationSet:
    """`options` holds v2's option structures by member name, as they were put."""

    account: str
    region: str
    name: str
    created_at: float
    is_enabled: bool = True
    has_metrics: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    destinations: tuple[Destination, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return f"arn:aws:ses:{self.region}:{self.account}:configuration-set/{self.name}"


@dataclass(frozen=True, slots=True)
class Template:
    account: str
    region: str
    name: str
    created_at: float
    subject: str = ""
    text: str = ""
    html: str = ""
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return f"arn:aws:ses:{self.region}:{self.account}:template/{self.name}"


@dataclass(frozen=True, slots=True)
class Suppressed:
    """An address to which nothing is sent any more. `reason` is BOUNCE or COMPLAINT."""

    account: str
    region: str
    address: str
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """`suppresses` are the reasons for which the suppression list is heeded."""

    account: str
    region: str
    is_enabled: bool = True
    suppresses: tuple[str, ...] = ("BOUNCE", "COMPLAINT")
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Post:
    """An event on its way: the call that delivers it, made as SES on behalf of `source_arn`."""

    account: str
    region: str
    operation: str  # "sns:Publish"
    source_arn: str
    request: dict[str, Any]
    trace: str
    span: str
