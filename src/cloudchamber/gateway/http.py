"""HTTP messages as the gateway's doors see them: a request with a body at hand or on its way, and its answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from cloudchamber.core.errors import AwsError
from cloudchamber.gateway.heads import BadHead
from cloudchamber.protocol.wire import Response

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

__all__ = ["BodyStream", "BodyTooLarge", "Disconnected", "Request", "Response"]

BUFFER_BYTES_MAX = 256 * 1024  # of a streamed body, before the client is told to wait


class BodyTooLarge(AwsError):
    code = "RequestEntityTooLarge"
    status = 413


class Disconnected(AwsError):
    """The client went away before its body was complete: nobody is there to be told."""

    code = "IncompleteBody"


class BodyStream:
    """A request body as it arrives. Reading slowly holds the client back."""

    def __init__(
        self, pause: Callable[[], None], resume: Callable[[], None], demand: Callable[[], None] | None = None
    ) -> None:
        """`demand` is called when the body is first waited for: the client sends it only then (100-continue)."""
        self._chunks: list[bytes] = []
        self._size = 0
        self._ended = False
        self._broken = False
        self._paused = False
        self._pause = pause
        self._resume = resume
        self._demand = demand
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

    def release(self) -> None:
        """Nobody will read the rest: let go of it, and of the client."""
        self._chunks.clear()
        self._size = 0
        if self._paused:
            self._paused = False
            self._resume()

    @property
    def is_wanted(self) -> bool:
        """Whether the client has been asked for it."""
        return self._demand is None

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
            if self._demand is not None:
                demand, self._demand = self._demand, None
                demand()
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        chunk = b"".join(self._chunks)
        self.release()
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
        "sent_path",
        "stream",
    )

    def __init__(
        self, method: str, target: str, raw_headers: list[tuple[str, str]], client_ip: str, secure: bool
    ) -> None:
        self.method = method
        self.sent_path, _, self.query_string = target.partition("?")
        self.path = self.sent_path  # unlike what was sent where the host names a bucket (`buckets.py`)
        self.raw_headers = raw_headers
        headers = dict(raw_headers)
        if len(headers) != len(raw_headers):
            headers = _joined(raw_headers)
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

    def check(self, is_http_1_0: bool) -> None:
        """BadHead for a request without exactly one host, or whose body comes in a form that is not read here."""
        if (not self.host and not is_http_1_0) or "," in self.host:
            raise BadHead(400)
        if "transfer-encoding" in self.headers and self.headers["transfer-encoding"].lower() != "chunked":
            raise BadHead(501)

    @property
    def wants_websocket(self) -> bool:
        headers = self.headers
        return (
            headers.get("upgrade", "").lower() == "websocket"
            and "upgrade" in headers.get("connection", "").lower()
            and self.method == "GET"
            and headers.get("content-length", "0") == "0"
            and "transfer-encoding" not in headers
        )

    async def buffered(self, limit_bytes: int) -> bytes:
        """The whole body. RequestEntityTooLarge past the limit, Disconnected if the client goes away."""
        if self.stream is not None:
            length = self.headers.get("content-length", "")
            if length.isdigit() and int(length) > limit_bytes:
                raise BodyTooLarge("Request size exceeded")
            self.body = await self.stream.read(limit_bytes)
            self.stream = None
        elif len(self.body) > limit_bytes:
            raise BodyTooLarge("Request size exceeded")
        return self.body


def _joined(raw_headers: list[tuple[str, str]]) -> dict[str, str]:
    """Headers by name, repeated ones joined with a comma."""
    headers: dict[str, str] = {}
    for name, value in raw_headers:
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers
