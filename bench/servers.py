"""Servers under measurement, each a process of its own, and what the system says of them."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = os.sysconf("SC_PAGE_SIZE")


class Server:
    def __init__(self, name: str, url: str, process: subprocess.Popen[bytes] | None) -> None:
        self.name = name
        self.url = url
        self.process = process

    @property
    def is_ours(self) -> bool:
        return self.process is not None

    def cpu_seconds(self) -> float:
        """Time on a processor so far, of all the process's threads, as the scheduler counts it."""
        assert self.process is not None
        threads = Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9

    def memory_mib(self) -> float:
        assert self.process is not None
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * PAGE / 2**20


def answers(port: int) -> bool:
    """Whether the server on a port answers a plain request; as little work as asking can be."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as asking:
            asking.sendall(b"GET /_localstack/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            return asking.recv(12) == b"HTTP/1.1 200"
    except OSError:
        return False


@contextlib.contextmanager
def null_server() -> Iterator[Server]:
    process = subprocess.Popen([sys.executable, "-m", "bench.null_server"], stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield Server("floor", process.stdout.readline().decode().strip(), process)
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def cloudchamber(durability: str = "process") -> Iterator[Server]:
    """A cloud with a data folder on disk, as users run it."""
    with tempfile.TemporaryDirectory(prefix="cloudchamber-bench-") as folder:
        command = [
            sys.executable, "-m", "cloudchamber", "--json", "up", "--port", "0", "--data-dir", folder,
            "--durability", durability,
        ]  # fmt: skip
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert process.stdout is not None
        try:
            facts = json.loads(process.stdout.readline())
            yield Server("cloudchamber", facts["endpoint"], process)
        finally:
            process.kill()
            process.wait()


def startup_seconds() -> float:
    """From starting the command to its first answer."""
    with tempfile.TemporaryDirectory(prefix="cloudchamber-bench-") as folder:
        port = free_port()
        begun = time.perf_counter()
        command = [sys.executable, "-m", "cloudchamber", "up", "--port", str(port), "--data-dir", folder]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            while not answers(port):
                if process.poll() is not None:
                    raise RuntimeError("the server ended")
                time.sleep(0.002)
            return time.perf_counter() - begun
        finally:
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
