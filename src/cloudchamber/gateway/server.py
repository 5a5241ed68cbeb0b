"""The HTTP server: its connections, how long they may be silent, and a graceful end. Listening is `listener.py`'s."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from cloudchamber.core.clock import Clock
from cloudchamber.gateway.connection import Connection
from cloudchamber.gateway.http import Request, Response
from cloudchamber.gateway.upgrade import Upgrade
from cloudchamber.protocol.scalars import rfc822

__all__ = ["Application", "Connection", "Server", "Timeouts", "Upgrade"]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds of the machine's time."""

    idle: float = 75.0  # between requests
    head: float = 20.0  # for a request line and headers to arrive, from their first byte
    body: float = 60.0  # between two pieces of a body
    write: float = 60.0  # in which a client that is answered takes nothing
    half_closed: float = 2.0  # for an answer to a client that has closed its side: most have gone altogether
    linger: float = 2.0  # for a client to read a refusal while it still sends
    stop: float = 10.0  # for answers under way when the server stops


Application = Callable[[Request], Awaitable["Response | Upgrade"]]


class Server:
    """Connections, their limits, and a graceful end. Listening is `listener.py`'s."""

    def __init__(self, application: Application, timeouts: Timeouts | None = None) -> None:
        self.application = application
        self.timeouts = t = timeouts or Timeouts()
        self.loop = asyncio.get_running_loop()
        self.connections: set[Connection] = set()
        self.is_stopping = False
        self._date = (0, b"")
        self._sweep_every = min(1.0, min(t.idle, t.head, t.body, t.write, t.half_closed, t.linger) / 4)
        self._sweeper = self.loop.call_later(self._sweep_every, self._sweep)

    def date(self) -> bytes:
        """The Date header, made once a second."""
        second = int(Clock.wall())
        if self._date[0] != second:
            self._date = (second, f"Date: {rfc822(second)}\r\n".encode())
        return self._date[1]

    def _sweep(self) -> None:
        now = self.loop.time()
        for connection in list(self.connections):
            connection.check_idle(now, self.timeouts)
        self._sweeper = self.loop.call_later(self._sweep_every, self._sweep)

    async def stop(self) -> None:
        """Take nothing new, let answers under way finish, close."""
        self.is_stopping = True
        self._sweeper.cancel()
        for connection in list(self.connections):
            connection.stop()
        deadline = self.loop.time() + self.timeouts.stop
        while any(c.is_busy for c in self.connections) and self.loop.time() < deadline:
            await Clock.sleep_wall(0.01)
        for connection in list(self.connections):
            connection.transport.abort()
        await Clock.breathe()
