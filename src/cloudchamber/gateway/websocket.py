"""WebSocket connections, spoken by the `websockets` library's sans-I/O side over a connection of ours."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, cast

from cloudchamber.gateway.http import Request, Response

if TYPE_CHECKING:
    from websockets.frames import Frame

    from cloudchamber.core.clock import Waiter
    from cloudchamber.gateway.server import Connection

MESSAGE_BYTES_MAX = 1024 * 1024
QUEUED_MAX = 64  # messages that wait for the handler before the client is held back

Handler = Callable[["WebSocket"], Awaitable[None]]


class Closed(Exception):
    """The other side is gone."""


def wants_websocket(request: Request) -> bool:
    return request.headers.get("upgrade", "").lower() == "websocket"


class WebSocket:
    """An upgraded connection; `handler(websocket)` runs until it returns or the client goes away."""

    def __init__(self, request: Request, handler: Handler, headers: list[tuple[str, str]] | None = None) -> None:
        self.request = request
        self._handler = handler
        self._extra = headers or []
        self._messages: deque[str | bytes] = deque()
        self._parts: list[bytes] = []
        self._is_text = True
        self._waiting: asyncio.Future[None] | None = None
        self._closed = False
        self._paused = False
        self._task: asyncio.Task[None] | None = None
        self._on_close: Callable[[], None] | None = None
        self._connection: Connection

    # the server's side (gateway.server.Upgrade)

    def begin(self, connection: Connection, head: bytes) -> None:
        from websockets.datastructures import Headers  # noqa: PLC0415 - only where a WebSocket is opened
        from websockets.http11 import Request as Handshake  # noqa: PLC0415
        from websockets.server import ServerProtocol  # noqa: PLC0415

        self._connection = connection
        self._protocol = ServerProtocol(max_size=MESSAGE_BYTES_MAX)
        query = f"?{self.request.query_string}" if self.request.query_string else ""
        handshake = Handshake(self.request.path + query, Headers(self.request.raw_headers))
        answer = self._protocol.accept(handshake)
        for name, value in self._extra:
            answer.headers[name] = value
        self._protocol.send_response(answer)
        self._flush()
        if answer.status_code != 101:
            connection.transport.close()
            return
        self._task = asyncio.get_running_loop().create_task(self._run())
        if head:
            self.data_received(head)

    def data_received(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if hasattr(event, "opcode"):
                self._on_frame(cast("Frame", event))
        self._flush()

    def connection_lost(self) -> None:
        self._closed = True
        self._wake()

    # inside

    async def _run(self) -> None:
        try:
            await self._handler(self)
        except Closed:
            pass
        finally:
            self.close()

    def _on_frame(self, frame: Frame) -> None:
        from websockets.frames import Opcode  # noqa: PLC0415

        if frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            if frame.opcode is not Opcode.CONT:
                self._is_text = frame.opcode is Opcode.TEXT
            self._parts.append(bytes(frame.data))
            if frame.fin:
                whole = b"".join(self._parts)
                self._parts.clear()
                self._messages.append(whole.decode("utf-8", "replace") if self._is_text else whole)
                if len(self._messages) > QUEUED_MAX and not self._paused:
                    self._paused = True
                    self._connection.transport.pause_reading()
                self._wake()
        elif frame.opcode is Opcode.CLOSE:
            self._closed = True
            self._wake()

    def _wake(self) -> None:
        if self._closed and self._on_close is not None:
            self._on_close()
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

    async def receive(self) -> str | bytes:
        """The next message: str for text, bytes for binary. Closed when there will be none."""
        while not self._messages:
            if self._closed:
                raise Closed
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        message = self._messages.popleft()
        if self._paused and len(self._messages) < QUEUED_MAX // 2:
            self._paused = False
            self._connection.transport.resume_reading()
        return message

    async def __aiter__(self) -> AsyncIterator[str | bytes]:
        try:
            while True:
                yield await self.receive()
        except Closed:
            return

    async def wait_or_closed(self, waiter: Waiter) -> None:
        """Wait for `waiter`; Closed if the client leaves first."""
        self._on_close = waiter.wake
        if not self._closed:
            await waiter.wait()
        if self._closed:
            raise Closed

    def send(self, message: str | bytes) -> None:
        """Closed if the client is gone."""
        if self._closed or self._connection.transport.is_closing():
            raise Closed
        if isinstance(message, str):
            self._protocol.send_text(message.encode())
        else:
            self._protocol.send_binary(message)
        self._flush()

    def close(self, code: int = 1000, reason: str = "") -> None:
        if not self._closed and not self._connection.transport.is_closing():
            self._protocol.send_close(code, reason)
            self._flush()
        self._closed = True

    @staticmethod
    def refusal() -> Response:
        """The answer to an upgrade where none is offered."""
        return Response(426, [("Content-Type", "text/plain")], b"WebSocket is not offered here")
