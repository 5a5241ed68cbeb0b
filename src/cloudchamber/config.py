"""What a cloud is started with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 4566
DEFAULT_FOLDER = ".cloudchamber"


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
