"""What goes in and out of the protocols: an HTTP request and response without any I/O."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

Headers = list[tuple[str, str]]
Streamed = AsyncIterator[bytes]


class WireRequest(Protocol):
    """The parts of a request that the protocols read. The gateway's `Request` is one."""

    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str:
        """The path as sent: percent-encoded, without the query string."""

    @property
    def query_string(self) -> str: ...
    @property
    def headers(self) -> Mapping[str, str]:
        """Lower-case names; repeated headers joined with a comma."""

    @property
    def body(self) -> bytes: ...
    @property
    def stream(self) -> Any:
        """The body as it arrives, for operations whose input streams."""


@dataclass(slots=True)
class PlainRequest:
    """A request held in memory (tests, replays, calls between services over the wire form)."""

    method: str = "POST"
    path: str = "/"
    query_string: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    stream: Any = None


@dataclass(slots=True)
class Response:
    """An HTTP answer. `body` is bytes, or an iterator of chunks that is sent as it comes."""

    status: int
    headers: Headers
    body: bytes | Streamed = b""
