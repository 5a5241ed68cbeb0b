"""HTTP messages as the gateway's doors see them: a request with a body at hand or on its way, and its answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from cloudchamber.core.errors import AwsError
from cloudchamber.protocol.wire import Response

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

__all__ = ["BodyStream", "BodyTooLarge", "Disconnected", "Request", "Response"]

BUFFER_BYTES_MAX = 256 * 1024  # of a streamed body, before the client is told to wait


class BodyTooLarge(AwsError):
    code = "RequestEntityTooLarge"
    status = 413


class Disconnected(Exception):
    """The client went away before its body was complete."""


class BodyStream:
    """A request body as it arrives. Reading slowly holds the client back."""

    def __init__(self, pause: Callable[[], None], resume: Callable[[], None]) -> None:
        self._chunks: list[bytes] = []
        self._size = 0
        self._ended = False
        self._broken = False
        self._paused = False
        self._pause = pause
        self._resume = resume
        self._waiting: asyncio.Future[None] | None = None

    # the server's side

    def feed(self, chunk: bytes) -> None:
        self._chunks.append(chunk)
        self._size += len(chunk)
        if self._size > BUFFER_BYTES_MAX and not self._paused:
            self._paused = True
            self._pause()
        self._wake()

    def end(self) -> None:
        self._ended = True
        self._wake()

    def break_off(self) -> None:
        self._broken = not self._ended
        self._ended = True
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    # the reader's side

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        while not self._chunks:
            if self._broken:
                raise Disconnected
            if self._ended:
                raise StopAsyncIteration
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        chunk = b"".join(self._chunks)
        self._chunks.clear()
        self._size = 0
        if self._paused:
            self._paused = False
            self._resume()
        return chunk

    async def read(self, limit_bytes: int) -> bytes:
        """All of it; RequestEntityTooLarge past `limit_bytes`."""
        parts: list[bytes] = []
        size = 0
        async for chunk in self:
            size += len(chunk)
            if size > limit_bytes:
                raise BodyTooLarge("Request size exceeded")
            parts.append(chunk)
        return b"".join(parts)

    @property
    def is_complete(self) -> bool:
        return self._ended and not self._broken


class Request:
    """One HTTP request. `body` is empty while `stream` is set; `await buffered()` makes the one from the other."""

    __slots__ = (
        "body",
        "client_ip",
        "headers",
        "host",
        "method",
        "path",
        "query_string",
        "raw_headers",
        "secure",
        "stream",
    )

    def __init__(
        self, method: str, target: str, raw_headers: list[tuple[str, str]], client_ip: str, secure: bool
    ) -> None:
        self.method = method
        self.path, _, self.query_string = target.partition("?")
        self.raw_headers = raw_headers
        headers: dict[str, str] = {}
        for name, value in raw_headers:
            headers[name] = f"{headers[name]},{value}" if name in headers else value
        self.headers = headers
        self.host = headers.get("host", "")
        self.client_ip = client_ip
        self.secure = secure
        self.body = b""
        self.stream: BodyStream | None = None

    @property
    def endpoint(self) -> str:
        """Scheme, host and port as the client has them."""
        return f"{'https' if self.secure else 'http'}://{self.host}"

    async def buffered(self, limit_bytes: int) -> bytes:
        """The whole body. RequestEntityTooLarge past the limit, Disconnected if the client goes away."""
        if self.stream is not None:
            self.body = await self.stream.read(limit_bytes)
            self.stream = None
        elif len(self.body) > limit_bytes:
            raise BodyTooLarge("Request size exceeded")
        return self.body
