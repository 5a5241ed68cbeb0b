"""The server's side of the zygotes: one process for each interpreter in use, from which environments are forked."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.runtime import interpreters

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PRELOADED = "boto3,json,logging,urllib.request,decimal,datetime"
END_SECONDS_MAX = 3.0


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended: what `os.wait` says, and the most memory it used, in KiB."""

    status: int
    peak_kb: int = 0

    @property
    def reason(self) -> str:
        """`exit status 1` or `signal: killed`, as AWS says it; empty for an exit without an error."""
        if os.WIFSIGNALED(self.status):
            return f"signal: {_SIGNALS.get(os.WTERMSIG(self.status), str(os.WTERMSIG(self.status)))}"
        code = os.waitstatus_to_exitcode(self.status)
        return f"exit status {code}" if code else ""


_SIGNALS: dict[int, str] = {
    signal.SIGKILL: "killed", signal.SIGTERM: "terminated", signal.SIGSEGV: "segmentation fault",
    signal.SIGABRT: "aborted", signal.SIGBUS: "bus error", signal.SIGFPE: "floating point exception",
    signal.SIGILL: "illegal instruction", signal.SIGINT: "interrupt", signal.SIGTRAP: "trace/breakpoint trap",
}  # fmt: skip


class Child:
    """A forked process. `on_exit` is called once, on the loop."""

    def __init__(self, on_exit: Callable[[Exit], None]) -> None:
        self.pid = 0
        self.is_wanted = True
        self._on_exit = on_exit

    def kill(self) -> None:
        """The process and all that it started."""
        self.is_wanted = False
        if self.pid:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(self.pid, signal.SIGKILL)

    def began(self, pid: int) -> None:
        self.pid = pid
        if not self.is_wanted:
            self.kill()

    def ended(self, how: Exit) -> None:
        self.pid = 0
        self._on_exit(how)


class Zygote:
    """One interpreter, waiting to be forked. It dies with this process."""

    def __init__(self, interpreter: str, preload: str) -> None:
        self._loop = asyncio.get_running_loop()
        self._children: dict[int, Child] = {}
        self._numbers = 0
        self._received = b""
        self._unsent: deque[tuple[bytes, int]] = deque()
        self._control, theirs = socket.socketpair()
        places = [f"{name}={folder}" for name, folder in interpreters.offered().items()]
        script = str(interpreters.CHILD / "zygote.py")
        command = [interpreter, "-I", "-S", script, str(theirs.fileno()), preload, *places]
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self._process = subprocess.Popen(
            command, pass_fds=[theirs.fileno()], env=kept, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd="/"
        )
        theirs.close()
        self._loop.add_reader(self._control.fileno(), self._listen)
        self.is_alive = True

    def fork(self, order: Mapping[str, Any], output: int, on_exit: Callable[[Exit], None]) -> Child:
        """Fork an environment whose output goes to the file descriptor `output`. OSError if the zygote has died."""
        self._numbers += 1
        child = self._children[self._numbers] = Child(on_exit)
        line = orjson.dumps({"id": self._numbers, **order}) + b"\n"
        self._unsent.append((line, os.dup(output)))
        if len(self._unsent) == 1:
            self._send()
        return child

    def _send(self) -> None:
        """Hand on what waits, as far as the socket takes it; many at once fill it."""
        while self._unsent:
            line, output = self._unsent[0]
            try:
                sent = socket.send_fds(self._control, [line], [output] if output >= 0 else [], socket.MSG_DONTWAIT)
            except BlockingIOError:
                self._loop.add_writer(self._control.fileno(), self._send)
                return
            if output >= 0:
                os.close(output)
            if sent < len(line):  # its file descriptor has gone with the first piece
                self._unsent[0] = (line[sent:], -1)
            else:
                self._unsent.popleft()
        self._loop.remove_writer(self._control.fileno())

    def _listen(self) -> None:
        try:
            data = self._control.recv(65536, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close()
            return
        *lines, self._received = (self._received + data).split(b"\n")
        for line in lines:
            said = orjson.loads(line)
            if "pid" in said:
                self._children[said["id"]].began(said["pid"])
            else:
                self._children.pop(said["id"]).ended(Exit(said["status"], said["peak_kb"]))

    def close(self) -> None:
        """End it and all that was forked from it."""
        if not self.is_alive:
            return
        self.is_alive = False
        self._loop.remove_reader(self._control.fileno())
        self._loop.remove_writer(self._control.fileno())
        for _, output in self._unsent:
            if output >= 0:
                os.close(output)
        self._unsent.clear()
        children, self._children = list(self._children.values()), {}
        for child in children:
            child.kill()
        self._control.close()
        try:
            self._process.wait(END_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for child in children:
            child.ended(Exit(int(signal.SIGKILL)))


class Zygotes:
    """The zygotes in use, by interpreter."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Zygote] = {}

    def of(self, interpreter: str, preload: str = PRELOADED) -> Zygote:
        found = self._known.get((interpreter, preload))
        if found is None or not found.is_alive:
            found = self._known[interpreter, preload] = Zygote(interpreter, preload)
        return found

    def close(self) -> None:
        for zygote in self._known.values():
            zygote.close()
        self._known.clear()
