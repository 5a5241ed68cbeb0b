"""The Lambda Runtime API, version 2018-06-01: one listener for each environment, on a port of its own.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
A runtime asks for the next invocation and is left waiting until there is one; it posts the answer or an error. Whoever
connects speaks for the environment: only its processes are told the port.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol

import httptools
import orjson

from cloudchamber.runtime import extensions

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "/2018-06-01/runtime/"
ANSWER_BYTES_MAX = 6 * 1024 * 1024
BODY_BYTES_MAX = 256 * 1024 * 1024
_OK = b'{"status":"OK"}'


class Host(Protocol):
    """The environment behind a listener."""

    def next_wanted(self, asker: Connection) -> None:
        """A runtime is ready for an invocation; `asker.give(…)` hands it one."""

    def answered(self, request_id: str, body: bytes) -> bool:
        """Whether there was such an invocation."""

    def streamed(self, request_id: str, chunk: bytes) -> None:
        """A piece of an answer that is sent as it is made."""

    def failed(self, request_id: str, error: dict[str, Any]) -> bool: ...
    def init_failed(self, error: dict[str, Any]) -> None: ...
    def extension_asks(self, asker: Connection, path: str, headers: Mapping[str, str], body: bytes) -> None: ...


async def listen(host: Host) -> asyncio.Server:
    """Listen on a free port of the loopback interface."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: Connection(host), "127.0.0.1", 0)


class Connection(asyncio.Protocol):
    """One connection of a runtime client."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._transport: asyncio.Transport
        self._parser = httptools.HttpRequestParser(self)
        self._url = b""
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._size = 0
        self._streams = ""
        self.is_open = False

    # asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]
        self.is_open = True

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._transport.close()

    # httptools

    def on_message_begin(self) -> None:
        self._url, self._headers, self._body, self._size, self._streams = b"", {}, [], 0, ""

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        if self._headers.get("lambda-runtime-function-response-mode", "").lower() == "streaming":
            self._streams = _request_id(self._url.decode("latin-1"), "response")
        if "100-continue" in self._headers.get("expect", ""):
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._size > BODY_BYTES_MAX:
            self._transport.close()
        elif self._streams:
            self._host.streamed(self._streams, chunk)
        self._body.append(chunk)

    def on_message_complete(self) -> None:
        path = self._url.decode("latin-1").partition("?")[0]
        method = self._parser.get_method()
        if method == b"GET" and path == f"{PREFIX}invocation/next":
            self._host.next_wanted(self)
        elif path.startswith(extensions.PREFIX):
            self._host.extension_asks(self, path, self._headers, b"".join(self._body))
        elif method == b"POST" and path.startswith(PREFIX):
            self._post(path, b"".join(self._body))
        else:
            self.answer(404, b'{"errorMessage":"Not Found","errorType":"NotFound"}')

    # answers

    def give(self, headers: Mapping[str, str], payload: bytes) -> None:
        """Answer a waiting `next`."""
        self.answer(200, payload, headers)

    def _post(self, path: str, body: bytes) -> None:
        if path == f"{PREFIX}init/error":
            self._host.init_failed(self._error_of(body))
            self.answer(202, _OK)
        elif request_id := _request_id(path, "response"):
            if not self._streams and len(body) > ANSWER_BYTES_MAX:
                self._too_large(request_id, len(body))
            else:
                self._accept(self._host.answered(request_id, body))
        elif request_id := _request_id(path, "error"):
            self._accept(self._host.failed(request_id, self._error_of(body)))
        else:
            self.answer(404, b'{"errorMessage":"Not Found","errorType":"NotFound"}')

    def _too_large(self, request_id: str, size: int) -> None:
        text = f"Response payload size exceeded maximum allowed payload size ({ANSWER_BYTES_MAX} bytes)."
        kind = "Function.ResponseSizeTooLarge"
        self._host.failed(request_id, {"errorMessage": text, "errorType": kind})
        text = f"Exceeded maximum allowed payload size ({ANSWER_BYTES_MAX} bytes)."
        self.answer(413, orjson.dumps({"errorMessage": text, "errorType": "RequestEntityTooLarge"}))

    def _accept(self, is_known: bool) -> None:
        if is_known:
            self.answer(202, _OK)
        else:
            self.answer(400, b'{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}')

    def _error_of(self, body: bytes) -> dict[str, Any]:
        """The error as the runtime describes it. AWS hands on whatever it says."""
        try:
            error = orjson.loads(body)
        except orjson.JSONDecodeError:
            error = {}
        if not isinstance(error, dict) or not error:
            error = {"errorMessage": "", "errorType": self._headers.get("lambda-runtime-function-error-type", "")}
        return error

    def answer(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        if self.is_open:
            more = "".join(f"{name}: {value}\r\n" for name, value in headers.items()) if headers else ""
            head = f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: application/json\r\n{more}"
            self._transport.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode("latin-1", "replace") + body)


_REASONS = {
    200: "OK", 202: "Accepted", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 413: "Payload Too Large",
}  # fmt: skip


def _request_id(path: str, what: str) -> str:
    """The id in `…/invocation/ID/response`; empty for another path."""
    start, _, end = path.removeprefix(f"{PREFIX}invocation/").partition("/")
    return start if end == what and path.startswith(f"{PREFIX}invocation/") else ""
