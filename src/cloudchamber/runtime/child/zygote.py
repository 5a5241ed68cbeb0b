"""The zygote: a process that has loaded what functions need and forks an execution environment whenever it is told to.

    python -I -S zygote.py FD PRELOAD NAME=FOLDER…

Orders come as lines of JSON over the socket FD, each with the write end of the pipe for the environment's output; back
go `{"id", "pid"}` when it was forked and `{"id", "status", "peak_kb"}` when it ended. The socket's end is the zygote's.
Of the packages beside the standard library a function sees those that are NAMEd, and loads PRELOAD among them for it.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.machinery
import json
import os
import select
import signal
import socket
import sys
from typing import Any

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import bootstrap  # type: ignore[import-not-found,unused-ignore]
import sandbox  # type: ignore[import-not-found,unused-ignore]

sys.path.pop(0)
ORDER_BYTES_MAX = 1 << 20
END_TURNS_MAX, END_TURN_SECONDS = 40, 0.05


class Offered:
    """Finds the packages that are offered to functions, after all that they bring themselves."""

    def __init__(self, folders: dict[str, str]) -> None:
        self._folders = folders

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if path is not None or name not in self._folders:
            return None
        return importlib.machinery.PathFinder.find_spec(name, [self._folders[name]], target)


class Zygote:
    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._running: dict[int, dict[str, Any]] = {}
        self._received = b""
        self._outputs: list[int] = []
        self._wake, wakened = os.pipe()
        for end in (self._wake, wakened):
            os.set_blocking(end, False)
        self._wakened = wakened
        signal.set_wakeup_fd(wakened, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server's to handle

    def run(self) -> None:
        while True:
            ready, _, _ = select.select([self._control.fileno(), self._wake], [], [])
            if self._wake in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._wake, 4096)
            if self._control.fileno() in ready and not self._take():
                break
            self._reap()
        self._end()

    def _end(self) -> None:
        """The server has gone, by whatever way: so does all that ran for it."""
        for pid in self._running:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
        for _ in range(END_TURNS_MAX):
            if not self._running:
                break
            select.select([self._wake], [], [], END_TURN_SECONDS)
            self._reap()

    def _take(self) -> bool:
        try:
            data, outputs, _, _ = socket.recv_fds(self._control, ORDER_BYTES_MAX, 16)
        except OSError:
            return False
        if not data:
            return False
        self._outputs += outputs
        *lines, self._received = (self._received + data).split(b"\n")
        for line in lines:
            self._fork(json.loads(line), self._outputs.pop(0))
        return True

    def _fork(self, order: dict[str, Any], output: int) -> None:
        pid = os.fork()
        if pid == 0:
            self._become(order, output)
        os.close(output)
        self._running[pid] = order
        self._tell({"id": order["id"], "pid": pid})

    def _become(self, order: dict[str, Any], output: int) -> None:
        """The child: never returns."""
        try:
            sandbox.die_with_parent()
            os.setsid()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            nothing = os.open(os.devnull, os.O_RDONLY)
            for source, target in ((nothing, 0), (output, 1), (output, 2)):
                os.dup2(source, target)
            for number in (nothing, output, self._wake, self._wakened, self._control.fileno(), *self._outputs):
                os.close(number)
            sandbox.limit(order["data_bytes"], order["files"], order["processes"])
            bootstrap.start(order, sandbox.enter({name: order[name] for name in sandbox.PLACES}))
        except BaseException as error:
            with contextlib.suppress(BaseException):
                sys.stderr.write(f"the environment could not be set up: {error!r}\n")
                sys.stderr.flush()
        finally:
            os._exit(1)

    def _reap(self) -> None:
        while True:
            try:
                pid, status, used = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            order = self._running.pop(pid, None)
            if order is not None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(pid, signal.SIGKILL)
                self._end_strays(order["environment"]["AWS_LAMBDA_RUNTIME_API"])
                self._tell({"id": order["id"], "status": status, "peak_kb": used.ru_maxrss})

    def _end_strays(self, address: str) -> None:
        """Descendants of an environment that left its session: orphans are children of this process now."""
        with contextlib.suppress(OSError), open(f"/proc/self/task/{os.getpid()}/children") as listed:
            mark = f"AWS_LAMBDA_RUNTIME_API={address}".encode()
            for pid in {int(text) for text in listed.read().split()} - set(self._running):
                with contextlib.suppress(OSError), open(f"/proc/{pid}/environ", "rb") as environ:
                    if mark in environ.read().split(b"\0"):
                        os.kill(pid, signal.SIGKILL)

    def _tell(self, what: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):
            self._control.sendall(json.dumps(what).encode() + b"\n")


def main() -> None:
    sandbox.adopt_orphans()
    control = socket.socket(fileno=int(sys.argv[1]))
    offered = dict(text.split("=", 1) for text in sys.argv[3:])
    sandbox.packages += offered.values()
    sys.meta_path.append(Offered(offered))
    for name in filter(None, sys.argv[2].split(",")):
        with contextlib.suppress(Exception):  # a function that needs it will say what is wrong
            importlib.import_module(name)
    gc.collect()
    gc.freeze()
    Zygote(control).run()


if __name__ == "__main__":
    main()
