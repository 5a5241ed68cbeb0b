"""The command as a person at a shell uses it: one that answers and ends, and a cloud in a terminal."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SECONDS_MAX = 120


def run(*arguments: str, folder: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cloudchamber", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=check, timeout=SECONDS_MAX)


@contextmanager
def up_in_a_terminal(folder: Path) -> Iterator[tuple[str, Callable[[str], str]]]:
    """The endpoint of a cloud that was started in a terminal, and `until(text)`: all that was written up to a text."""
    seen, terminal = b"", pty.openpty()
    command = [sys.executable, "-m", "cloudchamber", "up", "--port", "0", "--ephemeral"]
    process = subprocess.Popen(command, stdout=terminal[1], stderr=terminal[1], cwd=folder)

    def until(text: str) -> str:
        nonlocal seen
        while text.encode() not in seen:
            seen += os.read(terminal[0], 65536)
        return seen.decode()

    try:
        endpoint = re.search(r"http://localhost:\d+", click.unstyle(until("calls as they happen")))
        assert endpoint is not None
        yield endpoint[0], until
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
        for end in terminal:
            os.close(end)
