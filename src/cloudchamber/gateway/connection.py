"""One client connection: HTTP/1.1 over httptools, made for many small calls.

It parses what arrives, queues whole requests (or ones whose body still streams) and answers them in order, one at a
time. What cannot be parsed is refused in its turn, after the answers to what came before it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING, cast

import httptools

from cloudchamber.core.faults import Dropped
from cloudchamber.gateway import answers
from cloudchamber.gateway.heads import BadHead, check_size, name_of, origin_form, without_upgrade
from cloudchamber.gateway.http import BodyStream, Disconnected, Request, Response
from cloudchamber.gateway.outgoing import Outgoing

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudchamber.gateway.server import Server, Timeouts
    from cloudchamber.gateway.upgrade import Upgrade

log = logging.getLogger("cloudchamber.server")

TARGET_BYTES_MAX = 32 * 1024
UNPRODUCTIVE_BYTES_MAX = 96 * 1024  # of input that completes nothing: an endless header
INLINE_BODY_BYTES = 64 * 1024  # a body up to this size is complete before its request is handled
PIPELINED_MAX = 64


class Connection(asyncio.Protocol):
    """One client connection."""

    def __init__(self, server: Server, secure: bool) -> None:
        self._server = server
        self._secure = secure
        self._parser = httptools.HttpRequestParser(self)
        # Request, whether the connection goes on after it, and whether it speaks HTTP/1.0.
        self._queue: deque[tuple[Request, bool, bool]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._wake: asyncio.Future[None] | None = None
        self._stream: BodyStream | None = None
        self._body: list[bytes] = []
        self._body_size = 0
        self._upgrade: Upgrade | None = None
        self._leftover: bytes | None = None  # what follows a request to upgrade that is not answered yet
        self._replay: bytes | None = None  # the head of a request whose wish to upgrade is passed over
        self._pauses = 0
        self._queue_is_full = False
        self._refusal: bytes | None = None  # the answer to what could not be parsed, once its turn comes
        self._deaf = False  # nothing more is read from this client
        self._closing = False
        self._busy = False
        self._in_head = False
        self._unproductive = 0
        self._lingers_since: float | None = None
        self._half_closed_since: float | None = None
        self.last_seen = self._head_since = server.loop.time()
        self.transport: asyncio.Transport
        self._out: Outgoing
        self._client_ip = ""
        self._reset()

    def _reset(self) -> None:
        self._target = b""
        self._headers: list[tuple[str, str]] = []
        self._request: Request | None = None
        self._keep_alive = True
        self._is_http_1_0 = False

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        self._client_ip = peer[0] if isinstance(peer, tuple) else "127.0.0.1"
        self._out = Outgoing(self.transport)
        self._server.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.connections.discard(self)
        self._closing = self._deaf = True
        if self._stream is not None:
            self._stream.break_off()
        if self._upgrade is not None:
            self._upgrade.connection_lost()
        self.resume_writing()
        self._rouse()
        if self._task is not None and self._busy:
            self._task.cancel()

    def eof_received(self) -> bool:
        """A client that closed its side is still answered what it has asked."""
        if self._upgrade is not None or self._closing:
            return False
        self._deaf = True
        if self._stream is not None:
            self._stream.break_off()
            self._stream = None
        self._half_closed_since = self._server.loop.time()
        return (self._busy or bool(self._queue)) and not self._secure

    def data_received(self, data: bytes) -> None:
        self.last_seen = self._server.loop.time()
        if self._upgrade is not None:
            self._upgrade.data_received(data)
        elif self._leftover is not None:
            self._leftover += data
        elif not self._deaf:
            self._unproductive += len(data)
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                self._upgrade_asked(data[upgrade.args[0] :])
            except httptools.HttpParserError:
                self._refuse(400)
            if self._unproductive > UNPRODUCTIVE_BYTES_MAX:
                self._refuse(431)

    def pause_writing(self) -> None:
        self._out.pause()
        if self._upgrade is not None:
            self._upgrade.pause_writing()

    def resume_writing(self) -> None:
        self._out.resume()
        if self._upgrade is not None:
            self._upgrade.resume_writing()

    # httptools callbacks

    def on_message_begin(self) -> None:
        self._in_head = True
        self._head_since = self.last_seen

    def on_url(self, url: bytes) -> None:
        self._target += url
        if len(self._target) > TARGET_BYTES_MAX:
            self._refuse(414)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name_of(name), value.decode("latin-1").rstrip(" \t")))

    def on_headers_complete(self) -> None:
        self._in_head = False
        if self._deaf:
            return
        parser = self._parser
        method = parser.get_method().decode("ascii")
        version = parser.get_http_version()
        self._is_http_1_0 = version == "1.0"
        self._keep_alive = parser.should_keep_alive()
        headers, self._headers = self._headers, []  # what comes now are trailers
        try:
            target = origin_form(method, self._target.decode("latin-1"), version)
            check_size(headers)
            request = Request(method, target, headers, self._client_ip, self._secure)
            request.check(self._is_http_1_0)
        except BadHead as bad:
            self._refuse(bad.status)
            return
        if parser.should_upgrade():
            if not request.wants_websocket:
                self._replay = without_upgrade(method, self._target, version, headers)
                return
            self._keep_alive = False
        self._request = request
        if "expect" in request.headers and not self._is_http_1_0:
            expected = request.headers["expect"].lower() == "100-continue"
            self._start_streaming(self._continue if expected else None)

    def on_body(self, chunk: bytes) -> None:
        self._unproductive = 0
        if self._stream is not None:
            self._stream.feed(chunk)
            return
        self._body.append(chunk)
        self._body_size += len(chunk)
        if self._body_size > INLINE_BODY_BYTES and self._request is not None and not self._deaf:
            self._start_streaming(None)

    def on_message_complete(self) -> None:
        self._unproductive = 0
        request, stream = self._request, self._stream
        if self._deaf:
            return
        if stream is not None:
            stream.end()
            self._stream = None
        elif request is not None:
            request.body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
            self._enqueue(request)
        if self._body:
            self._body = []
            self._body_size = 0
        self._reset()

    def _upgrade_asked(self, leftover: bytes) -> None:
        """The parser stops at a request that wants to upgrade: the rest is the new protocol's, if it is taken."""
        if self._replay is None:
            self._leftover = leftover
            self._pause_reading()
            return
        replay, self._replay = self._replay, None
        self._parser = httptools.HttpRequestParser(self)
        self._reset()
        self.data_received(replay + leftover)

    def _start_streaming(self, demand: Callable[[], None] | None) -> None:
        assert self._request is not None
        self._stream = self._request.stream = BodyStream(self._pause_reading, self._resume_reading, demand)
        for chunk in self._body:
            self._stream.feed(chunk)
        self._body = []
        self._body_size = 0
        self._enqueue(self._request)

    def _continue(self) -> None:
        """The application wants the body that the client has announced."""
        if not self.transport.is_closing():
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _enqueue(self, request: Request) -> None:
        self._queue.append((request, self._keep_alive, self._is_http_1_0))
        if len(self._queue) > PIPELINED_MAX and not self._queue_is_full:
            self._queue_is_full = True
            self._pause_reading()
        if self._task is None:
            self._task = self._server.loop.create_task(self._serve())
        else:
            self._rouse()

    def _rouse(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    def _pause_reading(self) -> None:
        self._pauses += 1
        if self._pauses == 1 and not self.transport.is_closing():
            self.transport.pause_reading()

    def _resume_reading(self) -> None:
        self._pauses -= 1
        if self._pauses == 0 and not self.transport.is_closing():
            self.transport.resume_reading()

    # answering

    async def _serve(self) -> None:
        """Answer requests in order until the connection ends."""
        try:
            while not self._closing:
                if not self._queue:
                    if self._refusal is not None or self._half_closed_since is not None:
                        self._hang_up()
                        return
                    self._wake = self._server.loop.create_future()
                    await self._wake
                    continue
                request, keep_alive, is_http_1_0 = self._queue.popleft()
                if self._queue_is_full and not self._queue:
                    self._queue_is_full = False
                    self._resume_reading()
                self._busy = True
                goes_on = await self._answer(request, keep_alive, is_http_1_0)
                self._busy = False
                if not goes_on:
                    return
        except Disconnected:
            self._busy = False
            self._queue.clear()
            self._hang_up()
        except Exception:
            log.exception("connection failed")
            self.transport.abort()

    async def _answer(self, request: Request, keep_alive: bool, is_http_1_0: bool) -> bool:
        """Whether the connection goes on with the next request."""
        server = self._server
        try:
            answer = await server.application(request)
        except Dropped:
            self.transport.abort()
            return False
        if not isinstance(answer, Response):
            self._switch(answer)
            return False
        is_unread = False
        if request.stream is not None:
            is_unread = not request.stream.is_complete
            request.stream.release()
        body = answer.body
        keep_alive = keep_alive and not is_unread and not server.is_stopping
        if is_http_1_0 and not isinstance(body, bytes):
            keep_alive = keep_alive and answers.declared_length(answer.headers) is not None
        connection = (answers.KEEP_ALIVE_1_0 if is_http_1_0 else b"") if keep_alive else answers.CLOSE
        sends_body = request.method != "HEAD" and answers.has_body(answer.status)
        if isinstance(body, bytes):
            self._out.write(answers.head_of(answer, len(body), connection, server.date()), body if sends_body else b"")
        else:
            head, framing = answers.streamed_head(answer, connection, server.date(), is_http_1_0)
            self.transport.write(head)
            await self._out.stream(body, framing, sends_body)
        if self._out.is_full:
            await self._out.drain()
        if not keep_alive:
            self._refusal = None
            self._hang_up(is_unread)
        return keep_alive

    def _switch(self, upgrade: Upgrade) -> None:
        leftover, self._leftover = self._leftover, None
        if leftover is None:  # the application's mistake: the client did not ask for it
            self._refuse(426)
            self._hang_up()
            return
        self._upgrade = upgrade
        upgrade.begin(self, leftover)
        self._resume_reading()

    def _refuse(self, status: int) -> None:
        """Answer what cannot be parsed, in its turn, and hear nothing more."""
        if self._deaf:
            return
        self._deaf = True
        line = answers.status_line(status)
        body = line[13:-2]
        answer = Response(status, [("Content-Type", "text/plain")], body)
        self._refusal = answers.head_of(answer, len(body), answers.CLOSE, self._server.date()) + body
        if self._stream is not None:
            self._stream.break_off()
            self._stream = None
        if not self._busy and not self._queue:
            self._hang_up()

    def _hang_up(self, is_unread: bool = False) -> None:
        """Close once all is written. A client that may still be sending is heard out for a while: closing on it
        would reset the connection, and it would never read why."""
        if self._closing or self.transport.is_closing():
            return
        self._closing = self._deaf = True
        if self._refusal is not None:
            self.transport.write(self._refusal)
            is_unread = True
        self._rouse()
        if not is_unread or self._half_closed_since is not None:
            self.transport.close()
            return
        self._lingers_since = self._server.loop.time()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        if self._pauses:
            self._pauses = 0
            self.transport.resume_reading()

    # housekeeping

    def check_idle(self, now: float, timeouts: Timeouts) -> None:
        """Close a connection that has been silent for too long, or takes nothing of what it is sent."""
        silent = now - self.last_seen
        if self._out.stalled_s(now) > timeouts.write:
            self.transport.abort()
        elif self._upgrade is not None:
            self._upgrade.check_idle(silent, timeouts)
        elif self._lingers_since is not None:
            if now - self._lingers_since > timeouts.linger:
                self.transport.abort()
        elif self._half_closed_since is not None:
            if now - self._half_closed_since > timeouts.half_closed and not self._out.unsent:
                self.transport.abort()
        elif self._stream is not None:
            if not self._pauses and self._stream.is_wanted and silent > timeouts.body:
                self._refuse(408)
        elif self._in_head:
            if now - self._head_since > timeouts.head and not self._busy:
                self._refuse(408)
        elif not self._busy and silent > (timeouts.idle if self._request is None else timeouts.body):
            self._refuse(408) if self._request is not None else self.transport.close()

    def stop(self) -> None:
        """Close now if idle; an answer under way closes it when it is out."""
        if self._upgrade is not None:
            self._upgrade.stop()
        elif not self._busy and not self._queue:
            self._hang_up()

    @property
    def is_busy(self) -> bool:
        return self._busy or bool(self._queue) or self.transport.get_write_buffer_size() > 0
