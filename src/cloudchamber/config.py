"""What a cloud is started with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 4566
DEFAULT_FOLDER = ".cloudchamber"


# What users may set about services, with the defaults: docs/settings.md says what each means.
SETTINGS: dict[str, float | bool | str] = {
    "cognito-idp.local_issuer": False,
    "dynamodb.recovery_lag_seconds": 0.0,
    "dynamodb.replication_seconds": 0.5,
    "dynamodb.throttling": False,
    "dynamodb.transition_seconds": 0.0,
    "ses.auto_verify": False,
    "ses.relay": "",
    "ses.sandbox": False,
    "ses.smtp_port": 0.0,
}


def read_setting(text: str) -> tuple[str, float | bool | str]:
    """`name=value` as name and value; ValueError for a name that is none, or a value of another kind."""
    name, separator, value = text.partition("=")
    default = SETTINGS.get(name)
    if default is None or not separator:
        raise ValueError(f"{text!r} is not NAME=VALUE with one of {', '.join(sorted(SETTINGS))}")
    if isinstance(default, bool):
        if value not in ("on", "off"):
            raise ValueError(f"{name} is on or off")
        return name, value == "on"
    if isinstance(default, str):
        return name, value
    try:
        return name, float(value)
    except ValueError:
        raise ValueError(f"{name} is a number") from None


@dataclass(frozen=True, slots=True)
class Config:
    """`data_dir` None: everything in memory and gone at the end. Port 0: the system chooses one."""

    data_dir: Path | None = None
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    durability: Literal["process", "full"] = "process"
    origins: tuple[str, ...] = ()  # of pages that may use the API, beside this machine's; "*" for all
    freeze_at: float | None = None  # epoch seconds at which a new cloud's clock stands still
    settings: dict[str, Any] = field(default_factory=dict)
