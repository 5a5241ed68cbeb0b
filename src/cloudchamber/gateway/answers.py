"""Answers as bytes: status line, headers, framing. Nothing an application says can break out of its line or frame."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from cloudchamber.protocol.wire import Headers, Response

# How a body whose length the application has not given is framed; else its length in bytes.
CHUNKED, UNTIL_CLOSE = -1, -2

CLOSE = b"Connection: close\r\n"
KEEP_ALIVE_1_0 = b"Connection: keep-alive\r\n"
NAMES_MAX = 2048

_REASONS = {status.value: status.phrase for status in HTTPStatus}
_STATUS_LINES: dict[int, bytes] = {}
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_OURS = frozenset({"connection", "transfer-encoding", "keep-alive", "upgrade", "date"})

# Header name -> its bytes with the colon; empty for one that is not sent: no token, or the server's own to say.
_NAMES: dict[str, bytes] = {}


def status_line(status: int) -> bytes:
    line = _STATUS_LINES.get(status)
    if line is None:
        line = _STATUS_LINES[status] = f"HTTP/1.1 {status} {_REASONS.get(status, 'Unknown')}\r\n".encode()
    return line


def has_body(status: int) -> bool:
    """Whether an answer of this status has a body at all."""
    return status >= 200 and status not in (204, 304)


def declared_length(headers: Headers) -> int | None:
    """The Content-Length an application gives; None for none or nonsense."""
    for name, value in headers:
        if len(name) == 14 and name.lower() == "content-length":
            return int(value) if value.isascii() and value.isdigit() else None
    return None


def head_of(answer: Response, length: int, connection: bytes, date: bytes) -> bytes:
    """Status line and headers of an answer whose body is `length` bytes, or CHUNKED, or UNTIL_CLOSE."""
    status = answer.status
    parts = [_STATUS_LINES.get(status) or status_line(status)]
    says_length = False
    for name, value in answer.headers:
        prefix = _NAMES.get(name)
        if prefix is None:
            prefix = _name(name)
        if len(name) == 14 and name.lower() == "content-length":
            declared = declared_length([(name, value)])
            if length < 0 or status < 200 or status == 204 or declared is None:
                continue
            if 0 < length != declared:  # an application's mistake: the rest would be the beginning of the next answer
                continue
            says_length = True
        if prefix:
            parts.append(prefix)
            parts.append(value.encode() if value.isascii() and value.isprintable() else _value(value))
            parts.append(b"\r\n")
    if length == CHUNKED:
        parts.append(b"Transfer-Encoding: chunked\r\n")
    elif length >= 0 and not says_length and has_body(status):
        parts.append(b"Content-Length: %d\r\n" % length)
    parts += (date, connection, b"\r\n")
    return b"".join(parts)


def streamed_head(answer: Response, connection: bytes, date: bytes, is_http_1_0: bool) -> tuple[bytes, int]:
    """The head of an answer whose body comes in pieces, and how these are framed."""
    framing = declared_length(answer.headers)
    if framing is None:
        framing = UNTIL_CLOSE if is_http_1_0 or not has_body(answer.status) else CHUNKED
    return head_of(answer, framing, connection, date), framing


async def framed(body: AsyncIterator[bytes], framing: int) -> AsyncIterator[bytes]:
    """The pieces of a body as they are sent. EOFError if they are fewer bytes than declared; what is more is cut."""
    left = framing
    async for chunk in body:
        if framing >= 0:
            chunk = chunk[:left]
            left -= len(chunk)
        if chunk:
            yield b"%x\r\n%b\r\n" % (len(chunk), chunk) if framing == CHUNKED else chunk
        if left == 0:
            break
    if framing == CHUNKED:
        yield b"0\r\n\r\n"
    elif left > 0:
        raise EOFError(f"{left} bytes less than the answer declares")


def _name(name: str) -> bytes:
    known = f"{name}: ".encode("ascii") if _TOKEN.match(name) and name.lower() not in _OURS else b""
    if len(_NAMES) >= NAMES_MAX:
        _NAMES.clear()
    _NAMES[name] = known
    return known


def _value(value: str) -> bytes:
    """A header's value that is no plain text. What came in as bytes goes out as the same bytes."""
    if _FORBIDDEN.search(value) is not None:
        value = _FORBIDDEN.sub(" ", value)
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8", "replace")
