"""The HTTP/1.1 server: a bare asyncio protocol over httptools, made for many small calls.

A connection parses what arrives, queues whole requests (or ones whose body still streams) and answers them in order,
one at a time. Limits on headers, bodies and idleness are enforced here; what an answer says is the application's.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol, cast

import httptools

from cloudchamber.core.clock import Clock
from cloudchamber.core.faults import Dropped
from cloudchamber.gateway.http import BodyStream, Disconnected, Request, Response
from cloudchamber.protocol.scalars import rfc822

log = logging.getLogger("cloudchamber.server")

HEADERS_BYTES_MAX = 64 * 1024
HEADERS_MAX = 200
TARGET_BYTES_MAX = 32 * 1024
INLINE_BODY_BYTES = 64 * 1024  # a body up to this size is complete before its request is handled
PIPELINED_MAX = 64
WRITE_HIGH_WATER = 512 * 1024


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds of the machine's time."""

    idle: float = 75.0  # between requests
    head: float = 20.0  # for a request line and headers to arrive
    body: float = 60.0  # between two pieces of a body
    stop: float = 10.0  # for answers under way when the server stops


class Upgrade(Protocol):
    """Takes a connection over from HTTP (a WebSocket)."""

    def begin(self, connection: Connection, head: bytes) -> None: ...
    def data_received(self, data: bytes) -> None: ...
    def connection_lost(self) -> None: ...


Application = Callable[[Request], Awaitable["Response | Upgrade"]]

_REASONS = {status.value: status.phrase for status in HTTPStatus}
_STATUS_LINES: dict[int, bytes] = {}


def status_line(status: int) -> bytes:
    line = _STATUS_LINES.get(status)
    if line is None:
        line = _STATUS_LINES[status] = f"HTTP/1.1 {status} {_REASONS.get(status, 'Unknown')}\r\n".encode()
    return line


class Connection(asyncio.Protocol):
    """One client connection."""

    def __init__(self, server: Server, secure: bool) -> None:
        self._server = server
        self._secure = secure
        self._parser = httptools.HttpRequestParser(self)
        self._queue: deque[tuple[Request, bool, bool]] = deque()  # request, keep-alive, expects 100-continue
        self._task: asyncio.Task[None] | None = None
        self._wake: asyncio.Future[None] | None = None
        self._stream: BodyStream | None = None
        self._body: list[bytes] = []
        self._body_size = 0
        self._upgrade: Upgrade | None = None
        self._can_write: asyncio.Future[None] | None = None
        self._reading = True
        self._closing = False
        self._busy = False
        self._in_head = False
        self.last_seen = server.loop.time()
        self.transport: asyncio.Transport
        self._client_ip = ""
        self._reset()

    def _reset(self) -> None:
        self._target = b""
        self._headers: list[tuple[str, str]] = []
        self._head_size = 0
        self._expects_continue = False
        self._request: Request | None = None

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        self._client_ip = peer[0] if isinstance(peer, tuple) else "127.0.0.1"
        self.transport.set_write_buffer_limits(high=WRITE_HIGH_WATER)
        self._server.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.connections.discard(self)
        self._closing = True
        if self._stream is not None:
            self._stream.break_off()
        if self._upgrade is not None:
            self._upgrade.connection_lost()
        if self._can_write is not None and not self._can_write.done():
            self._can_write.set_result(None)
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)
        if self._task is not None and self._busy:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        self.last_seen = self._server.loop.time()
        if self._upgrade is not None:
            self._upgrade.data_received(data)
            return
        if self._closing:
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._leftover = data[upgrade.args[0] :]
        except httptools.HttpParserError:
            self._refuse(400, "Bad Request")

    def pause_writing(self) -> None:
        self._can_write = self._server.loop.create_future()

    def resume_writing(self) -> None:
        if self._can_write is not None and not self._can_write.done():
            self._can_write.set_result(None)
        self._can_write = None

    # httptools callbacks

    def on_message_begin(self) -> None:
        self._in_head = True

    def on_url(self, url: bytes) -> None:
        self._target += url
        if len(self._target) > TARGET_BYTES_MAX:
            self._refuse(414, "Request-URI Too Long")

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head_size += len(name) + len(value) + 4
        if self._head_size > HEADERS_BYTES_MAX or len(self._headers) >= HEADERS_MAX:
            self._refuse(431, "Request Header Fields Too Large")
            return
        key = name.decode("latin-1").lower()
        self._headers.append((key, value.decode("latin-1")))
        if key == "expect" and value.lower() == b"100-continue":
            self._expects_continue = True

    def on_headers_complete(self) -> None:
        self._in_head = False
        if self._closing:
            return
        method = self._parser.get_method().decode("ascii")
        target = self._target.decode("latin-1")
        if not target.startswith("/") and target != "*":  # absolute form, as sent through a proxy
            scheme, separator, rest = target.partition("://")
            target = "/" + rest.partition("/")[2] if separator and scheme in ("http", "https") else target
        self._request = Request(method, target, self._headers, self._client_ip, self._secure)
        if self._expects_continue:
            self._start_streaming()

    def on_body(self, chunk: bytes) -> None:
        if self._stream is not None:
            self._stream.feed(chunk)
            return
        self._body.append(chunk)
        self._body_size += len(chunk)
        if self._body_size > INLINE_BODY_BYTES and self._request is not None and not self._closing:
            self._start_streaming()

    def on_message_complete(self) -> None:
        request, stream = self._request, self._stream
        if self._closing:
            return
        if stream is not None:
            stream.end()
            self._stream = None
        elif request is not None:
            request.body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
            self._enqueue(request)
        self._body = []
        self._body_size = 0
        self._reset()

    def _start_streaming(self) -> None:
        assert self._request is not None
        self._stream = self._request.stream = BodyStream(self._pause_reading, self._resume_reading)
        for chunk in self._body:
            self._stream.feed(chunk)
        self._body = []
        self._enqueue(self._request)

    def _enqueue(self, request: Request) -> None:
        keep_alive = self._parser.should_keep_alive()
        self._queue.append((request, keep_alive, self._expects_continue))
        if len(self._queue) > PIPELINED_MAX:
            self._pause_reading()
        if self._task is None:
            self._task = self._server.loop.create_task(self._serve())
        elif self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    def _pause_reading(self) -> None:
        if self._reading and not self.transport.is_closing():
            self._reading = False
            self.transport.pause_reading()

    def _resume_reading(self) -> None:
        if not self._reading and not self.transport.is_closing():
            self._reading = True
            self.transport.resume_reading()

    # answering

    async def _serve(self) -> None:
        """Answer requests in order until the connection ends."""
        try:
            while not self._closing:
                if not self._queue:
                    self._wake = self._server.loop.create_future()
                    await self._wake
                    continue
                request, keep_alive, expects_continue = self._queue.popleft()
                if not self._queue:
                    self._resume_reading()
                self._busy = True
                if expects_continue:
                    self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                goes_on = await self._answer(request, keep_alive)
                self._busy = False
                if not goes_on:
                    return
        except Disconnected:
            self.transport.close()
        except Exception:
            log.exception("connection failed")
            self.transport.abort()

    async def _answer(self, request: Request, keep_alive: bool) -> bool:
        """Whether the connection goes on with the next request."""
        try:
            answer = await self._server.application(request)
        except Dropped:
            self.transport.abort()
            return False
        if not isinstance(answer, Response):
            self._upgrade = answer
            answer.begin(self, self._leftover)
            return False
        unread = request.stream is not None and not request.stream.is_complete
        keep_alive = keep_alive and not unread and not self._server.is_stopping
        body = answer.body
        if isinstance(body, bytes):
            self.transport.write(
                head_of(answer, len(body), keep_alive, self._server.date()) + self._visible(request, body)
            )
        else:
            await self._stream_out(request, answer, keep_alive)
        if self._can_write is not None:
            await self._can_write
        if not keep_alive:
            self._closing = True
            self.transport.close()
        return keep_alive

    @staticmethod
    def _visible(request: Request, body: bytes) -> bytes:
        return b"" if request.method == "HEAD" else body

    async def _stream_out(self, request: Request, answer: Response, keep_alive: bool) -> None:
        length = next((v for k, v in answer.headers if k.lower() == "content-length"), None)
        self.transport.write(head_of(answer, None if length is None else -1, keep_alive, self._server.date()))
        body = cast("Any", answer.body)
        try:
            if request.method != "HEAD":
                async for chunk in body:
                    if self.transport.is_closing():
                        raise Disconnected
                    if chunk:
                        self.transport.write(chunk if length is not None else b"%x\r\n%b\r\n" % (len(chunk), chunk))
                    if self._can_write is not None:
                        await self._can_write
                if length is None:
                    self.transport.write(b"0\r\n\r\n")
        except Disconnected:
            raise
        except Exception:  # the head is out: the only honest end is a broken one
            log.exception("streaming an answer failed")
            self.transport.abort()
            raise Disconnected from None
        finally:
            close = getattr(body, "aclose", None)
            if close is not None:
                await close()

    def _refuse(self, status: int, reason: str) -> None:
        if self._closing:
            return
        self._closing = True
        body = reason.encode()
        answer = Response(status, [("Content-Type", "text/plain")], body)
        self.transport.write(head_of(answer, len(body), False, self._server.date()) + body)
        self.transport.close()

    # housekeeping

    _leftover = b""

    def check_idle(self, now: float, timeouts: Timeouts) -> None:
        """Close a connection that has been silent for too long."""
        if self._upgrade is not None:
            return
        silent = now - self.last_seen
        if self._stream is not None:
            if self._reading and silent > timeouts.body:
                self.transport.abort()
        elif self._busy:
            return
        elif silent > (timeouts.head if self._in_head or self._request is not None else timeouts.idle):
            self._refuse(408, "Request Timeout") if self._in_head else self.transport.close()

    def stop(self) -> None:
        """Close now if idle; an answer under way closes it when it is out."""
        if not self._busy:
            self._closing = True
            self.transport.close()

    @property
    def is_busy(self) -> bool:
        return self._busy


def head_of(answer: Response, length: int | None, keep_alive: bool, date: bytes) -> bytes:
    """Status line and headers. `length` is the body's, None for chunked, -1 where the headers already say."""
    parts = [status_line(answer.status)]
    for name, value in answer.headers:
        parts.append(f"{name}: {_clean(value)}\r\n".encode("utf-8", "replace"))
    if length is None:
        parts.append(b"Transfer-Encoding: chunked\r\n")
    elif length >= 0 and not any(name.lower() == "content-length" for name, _ in answer.headers):
        if answer.status >= 200 and answer.status not in (204, 304):
            parts.append(b"Content-Length: %d\r\n" % length)
    parts.append(date)
    if not keep_alive:
        parts.append(b"Connection: close\r\n")
    parts.append(b"\r\n")
    return b"".join(parts)


def _clean(value: str) -> str:
    """A header value cannot break out of its line."""
    if "\r" in value or "\n" in value:
        return value.replace("\r", " ").replace("\n", " ")
    return value


class Server:
    """Connections, their limits, and a graceful end. Listening is `listener.py`'s."""

    def __init__(self, application: Application, timeouts: Timeouts | None = None) -> None:
        self.application = application
        self.timeouts = timeouts or Timeouts()
        self.loop = asyncio.get_running_loop()
        self.connections: set[Connection] = set()
        self.is_stopping = False
        self._date = (0, b"")
        self._sweeper = self.loop.call_later(1.0, self._sweep)

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
        self._sweeper = self.loop.call_later(1.0, self._sweep)

    async def stop(self) -> None:
        """Take nothing new, let answers under way finish, close."""
        self.is_stopping = True
        self._sweeper.cancel()
        for connection in list(self.connections):
            connection.stop()
        deadline = self.loop.time() + self.timeouts.stop
        while any(c.is_busy for c in self.connections) and self.loop.time() < deadline:
            await asyncio.sleep(0.01)
        for connection in list(self.connections):
            connection.transport.abort()
        await asyncio.sleep(0)
