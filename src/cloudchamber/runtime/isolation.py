"""What keeps functions apart on this machine, said plainly."""

from __future__ import annotations

import subprocess
import sys
from functools import lru_cache

from cloudchamber.runtime.interpreters import CHILD

_ALWAYS = (
    "own process session, killed whole at timeout or end; own environment variables and working directory; "
    "memory watched, open files bounded"
)
_NOT = "not isolated: network, other processes' visibility, CPU share"


@lru_cache(maxsize=1)
def statement() -> str:
    """One sentence for `status`."""
    if _has_namespaces():
        return f"{_ALWAYS}; own /tmp, code read-only in /var/task, the rest of the disk read-only; {_NOT}"
    return f"{_ALWAYS}; own folder for temporary files; {_NOT}, the disk (no user namespaces here)"


def _has_namespaces() -> bool:
    test = f"import sys; sys.path.insert(0, {str(CHILD)!r}); import sandbox; sys.exit(not sandbox.is_offered())"
    command = [getattr(sys, "_base_executable", None) or sys.executable, "-I", "-S", "-c", test]
    try:
        return subprocess.run(command, check=False, timeout=5).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
