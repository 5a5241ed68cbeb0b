"""WebSocket connections, spoken by the `websockets` library's sans-I/O side over a connection of ours.

A handler receives and sends; others may send and close too, from the same loop. Both directions are bounded: a client
that sends faster than the handler receives is held back, one that takes nothing of what it is sent is cut off.
https://datatracker.ietf.org/doc/html/rfc6455
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, cast

from cloudchamber.gateway.http import Request, Response

if TYPE_CHECKING:
    from websockets.frames import Frame
    from websockets.http11 import Request as Handshake

    from cloudchamber.core.clock import Waiter
    from cloudchamber.gateway.server import Connection, Timeouts

log = logging.getLogger("cloudchamber.websocket")

MESSAGE_BYTES_MAX = 1024 * 1024
QUEUED_MAX = 64  # messages that wait for the handler before the client is held back
QUEUED_BYTES_MAX = 4 * 1024 * 1024
UNSENT_BYTES_MAX = 8 * 1024 * 1024  # what a client may leave unread before it is cut off

NORMAL, GOING_AWAY, ABNORMAL, INVALID_DATA, INTERNAL_ERROR = 1000, 1001, 1006, 1007, 1011
SWITCHING = 101
_CONT, _TEXT, _BINARY, _CLOSE = 0, 1, 2, 8

Handler = Callable[["WebSocket"], Awaitable[None]]


class Closed(Exception):
    """The other side is gone."""


def wants_websocket(request: Request) -> bool:
    return request.wants_websocket


class WebSocket:
    """An upgraded connection; `handler(websocket)` runs until it returns or, told by Closed, the client goes away."""

    def __init__(
        self,
        request: Request,
        handler: Handler,
        headers: list[tuple[str, str]] | None = None,
        sizes_max: tuple[int, int | None] = (MESSAGE_BYTES_MAX, None),
    ) -> None:
        """`sizes_max`: the most bytes that a message and one frame of it may have."""
        self.request = request
        self._handler = handler
        self._extra = headers or []
        self._sizes_max = sizes_max
        self._messages: deque[str | bytes] = deque()
        self._queued_bytes = 0
        self._parts: list[bytes] = []
        self._is_text = True
        self._waiting: asyncio.Future[None] | None = None
        self._can_write: asyncio.Future[None] | None = None
        self._closed = False
        self._paused = False
        self._pinged = False
        self._task: asyncio.Task[None] | None = None
        self._on_close: list[Callable[[], None]] = []
        self._connection: Connection

    # the server's side (gateway.upgrade.Upgrade)

    def begin(self, connection: Connection, head: bytes) -> None:
        from websockets.server import ServerProtocol  # noqa: PLC0415 - only where a WebSocket is opened

        self._connection = connection
        self._protocol = ServerProtocol(max_size=self._sizes_max)
        self._protocol.receive_data(self._handshake())
        asked = self._protocol.events_received()
        if not asked:  # more headers than the library reads: it has said so
            self._refused()
            return
        answer = self._protocol.accept(cast("Handshake", asked[0]))
        if answer.status_code == SWITCHING:
            for name, value in self._extra:
                answer.headers[name] = value
        self._protocol.send_response(answer)
        self._flush()
        if answer.status_code != SWITCHING:
            self._refused()
            return
        self._task = asyncio.get_running_loop().create_task(self._run())
        if head:
            self.data_received(head)

    def data_received(self, data: bytes) -> None:
        self._pinged = False
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if hasattr(event, "opcode"):
                self._on_frame(cast("Frame", event))
        self._flush()

    def connection_lost(self) -> None:
        self._gone()
        self.resume_writing()

    def pause_writing(self) -> None:
        self._can_write = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        if self._can_write is not None and not self._can_write.done():
            self._can_write.set_result(None)
        self._can_write = None

    def check_idle(self, silent_s: float, timeouts: Timeouts) -> None:
        """Ping a silent client; cut off one that does not answer, or does not finish closing."""
        if silent_s > 2 * timeouts.idle or (self._closed and silent_s > timeouts.linger):
            self._connection.transport.abort()
        elif silent_s > timeouts.idle and not self._pinged and not self._closed:
            self._pinged = True
            self._protocol.send_ping(b"")
            self._flush()

    def stop(self) -> None:
        self.close(GOING_AWAY)
        self._connection.transport.close()

    # inside

    def _handshake(self) -> bytes:
        """The request once more, as the library wants to read it."""
        request = self.request
        query = f"?{request.query_string}" if request.query_string else ""
        lines = "".join(f"{name}: {value}\r\n" for name, value in request.raw_headers)
        return f"GET {request.path}{query} HTTP/1.1\r\n{lines}\r\n".encode("latin-1", "replace")

    def _refused(self) -> None:
        self._flush()
        self._gone()
        self._connection.transport.close()

    async def _run(self) -> None:
        code = NORMAL
        try:
            await self._handler(self)
        except Closed:
            pass
        except Exception:
            log.exception("the handler of a WebSocket failed")
            code = INTERNAL_ERROR
        finally:
            self.close(code)

    def _on_frame(self, frame: Frame) -> None:
        opcode = frame.opcode
        if opcode == _CLOSE:
            self._gone()
        elif opcode in (_CONT, _TEXT, _BINARY) and not self._closed:
            if opcode != _CONT:
                self._is_text = opcode == _TEXT
            self._parts.append(bytes(frame.data))
            if frame.fin:
                whole = b"".join(self._parts)
                self._parts.clear()
                self._on_message(whole)

    def _on_message(self, whole: bytes) -> None:
        try:
            message: str | bytes = whole.decode() if self._is_text else whole
        except UnicodeDecodeError:
            self._protocol.fail(INVALID_DATA, "a text message is not UTF-8")
            self._gone()
            return
        self._messages.append(message)
        self._queued_bytes += len(message)
        if not self._paused and (len(self._messages) > QUEUED_MAX or self._queued_bytes > QUEUED_BYTES_MAX):
            self._paused = True
            self._connection.transport.pause_reading()
        self._wake()

    def _gone(self) -> None:
        self._closed = True
        callbacks, self._on_close = self._on_close, []
        for callback in callbacks:
            callback()
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def _flush(self) -> None:
        transport = self._connection.transport
        for data in self._protocol.data_to_send():
            if data:
                transport.write(data)
            else:
                transport.close()

    # the handler's side

    @property
    def is_closed(self) -> bool:
        """Whether nothing more comes and nothing more can be sent."""
        return self._closed

    @property
    def closed_by_client(self) -> tuple[int, str]:
        """Code and reason as the client gave them; 1005 for a close without a code, 1006 for none."""
        received = self._protocol.close_rcvd
        return (ABNORMAL, "") if received is None else (received.code, received.reason)

    @property
    def failed_with(self) -> int:
        """The code with which the connection was ended because of what the client sent (too large); else 0."""
        sent = self._protocol.close_sent
        return 0 if sent is None or self._protocol.parser_exc is None else sent.code

    def on_close(self, callback: Callable[[], None]) -> None:
        """Call `callback` once the connection is closed, by whichever side; at once if it is."""
        if self._closed:
            callback()
        else:
            self._on_close.append(callback)

    async def receive(self) -> str | bytes:
        """The next message: str for text, bytes for binary. Closed when there will be none."""
        while not self._messages:
            if self._closed:
                raise Closed
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        message = self._messages.popleft()
        self._queued_bytes -= len(message)
        if self._paused and len(self._messages) < QUEUED_MAX // 2 and self._queued_bytes < QUEUED_BYTES_MAX // 2:
            self._paused = False
            if not self._connection.transport.is_closing():
                self._connection.transport.resume_reading()
        return message

    async def __aiter__(self) -> AsyncIterator[str | bytes]:
        try:
            while True:
                yield await self.receive()
        except Closed:
            return

    def send(self, message: str | bytes) -> None:
        """Closed if the client is gone, or has left too much unread and is cut off; who sends a lot awaits `drain`."""
        transport = self._connection.transport
        if self._closed or transport.is_closing():
            raise Closed
        if transport.get_write_buffer_size() > UNSENT_BYTES_MAX:
            transport.abort()
            self._gone()
            raise Closed
        if isinstance(message, str):
            self._protocol.send_text(message.encode())
        else:
            self._protocol.send_binary(message)
        self._flush()

    def offer(self, message: str | bytes) -> bool:
        """Send, if the client is still there; whether it is."""
        try:
            self.send(message)
        except Closed:
            return False
        return True

    async def drain(self) -> None:
        """Wait until the client has taken most of what was sent. Closed if it is gone."""
        if self._can_write is not None:
            await asyncio.shield(self._can_write)
        if self._closed:
            raise Closed

    async def wait_or_closed(self, waiter: Waiter) -> None:
        """Wait until the client has taken what was sent and `waiter` is woken; Closed if the client leaves first."""
        if self._can_write is not None:
            await self.drain()
            return  # what came meanwhile has woken nobody: the caller looks
        if waiter.wake not in self._on_close:
            self._on_close.append(waiter.wake)
        if not self._closed:
            await waiter.wait()
        if self._closed:
            raise Closed

    def close(self, code: int = NORMAL, reason: str = "") -> None:
        """Say goodbye; what was sent before still arrives."""
        if not self._closed and not self._connection.transport.is_closing():
            self._protocol.send_close(code, reason)
            self._flush()
        if not self._closed:
            self._gone()

    @staticmethod
    def refusal() -> Response:
        """The answer to an upgrade where none is offered."""
        return Response(
            426, [("Content-Type", "text/plain"), ("Upgrade", "websocket")], b"WebSocket is not offered here"
        )
