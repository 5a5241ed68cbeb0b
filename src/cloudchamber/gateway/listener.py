"""Accepts connections and tells TLS from plain HTTP by the first byte, so that both share one port.

The first byte is peeked at, not read: the connection is then handed to the loop whole, with or without TLS.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

log = logging.getLogger("cloudchamber.listener")

TLS_HANDSHAKE = 0x16
FIRST_BYTE_SECONDS = 20.0
HANDSHAKE_SECONDS = 20.0
BACKLOG = 1024
ACCEPT_BATCH = 64

ConnectionFactory = Callable[[bool], asyncio.Protocol]


class Listener:
    """One listening socket. `factory(secure)` makes the protocol of a connection."""

    def __init__(self, factory: ConnectionFactory, tls: Callable[[], ssl.SSLContext]) -> None:
        self._factory = factory
        self._tls = tls
        self._loop = asyncio.get_running_loop()
        self._sockets: list[socket.socket] = []
        self._waiting: dict[socket.socket, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def listen(self, host: str, port: int) -> int:
        """Bind and listen; the port, which is the system's choice for 0. OSError if it is taken."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
        except OSError:
            listening.close()
            raise
        listening.listen(BACKLOG)
        listening.setblocking(False)
        self._sockets.append(listening)
        self._loop.add_reader(listening.fileno(), self._accept, listening)
        bound: int = listening.getsockname()[1]
        return bound

    def _accept(self, listening: socket.socket) -> None:
        for _ in range(ACCEPT_BATCH):
            try:
                connection, _address = listening.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE):  # out of descriptors: let some go before trying again
                    self._loop.remove_reader(listening.fileno())
                    self._loop.call_later(0.2, self._resume, listening)
                return
            connection.setblocking(False)
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._peek(connection)

    def _resume(self, listening: socket.socket) -> None:
        if listening in self._sockets:
            self._loop.add_reader(listening.fileno(), self._accept, listening)

    def _peek(self, connection: socket.socket) -> None:
        try:
            first = connection.recv(1, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            if connection not in self._waiting:
                self._waiting[connection] = self._loop.call_later(FIRST_BYTE_SECONDS, self._give_up, connection)
                self._loop.add_reader(connection.fileno(), self._peek, connection)
            return
        except OSError:
            first = b""
        self._stop_waiting(connection)
        if not first:
            connection.close()
            return
        task = self._loop.create_task(self._hand_over(connection, first[0] == TLS_HANDSHAKE))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _stop_waiting(self, connection: socket.socket) -> None:
        timer = self._waiting.pop(connection, None)
        if timer is not None:
            timer.cancel()
            self._loop.remove_reader(connection.fileno())

    def _give_up(self, connection: socket.socket) -> None:
        self._stop_waiting(connection)
        connection.close()

    async def _hand_over(self, connection: socket.socket, secure: bool) -> None:
        try:
            if secure:
                await self._loop.connect_accepted_socket(
                    lambda: self._factory(True), connection, ssl=self._tls(), ssl_handshake_timeout=HANDSHAKE_SECONDS
                )
            else:
                await self._loop.connect_accepted_socket(lambda: self._factory(False), connection)
        except OSError as error:  # what a client says where a handshake should be is its own affair
            log.debug("connection not established: %s", error)
            connection.close()
        except Exception:
            log.exception("connection not established")
            connection.close()

    async def stop(self) -> None:
        for listening in self._sockets:
            self._loop.remove_reader(listening.fileno())
            listening.close()
        self._sockets.clear()
        for connection in list(self._waiting):
            self._give_up(connection)
        for task in self._tasks:  # handshakes that have not ended would hold the end up
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
