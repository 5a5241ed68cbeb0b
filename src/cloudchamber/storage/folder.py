"""The data folder: one process at a time, and where it says how it can be reached."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from cloudchamber.storage.engine import StoreBusyError

LOCK, RUNNING = "lock", "running.json"


class DataFolder:
    """`path` None makes a temporary folder that goes with the process."""

    def __init__(self, path: Path | None) -> None:
        self._temporary = None if path is not None else tempfile.TemporaryDirectory(prefix="cloudchamber-")
        self.path = path if path is not None else Path(self._temporary.name)  # type: ignore[union-attr]
        self.path.mkdir(parents=True, exist_ok=True)
        ignore = self.path / ".gitignore"
        if path is not None and not ignore.exists():
            ignore.write_text("*\n")
        self._lock = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise StoreBusyError(f"another cloudchamber has {self.path} open") from None

    @property
    def is_temporary(self) -> bool:
        return self._temporary is not None

    def announce(self, facts: dict[str, Any]) -> None:
        """Write down the process and its endpoint, for `status` and `down`."""
        aside = self.path / (RUNNING + ".new")
        aside.write_text(json.dumps(facts))
        aside.rename(self.path / RUNNING)

    def close(self) -> None:
        (self.path / RUNNING).unlink(missing_ok=True)
        os.close(self._lock)
        if self._temporary is not None:
            self._temporary.cleanup()


def running(path: Path) -> dict[str, Any] | None:
    """What the process that has the folder open announced; None if there is none."""
    try:
        lock = os.open(path / LOCK, os.O_RDWR)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        try:
            found: dict[str, Any] = json.loads((path / RUNNING).read_text())
            return found
        except (OSError, ValueError):
            return {}
    finally:
        os.close(lock)
    return None
