"""Many connections that send signed requests in turn, again and again: how many answers a second a server gives.

python -m bench.raw_client URL CONNECTIONS REQUESTS < requests, a JSON list of their bytes as Latin-1
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import json
import sys
import time
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import uvloop

if TYPE_CHECKING:
    from collections.abc import Iterator


class Sender(asyncio.Protocol):
    """Sends a request, reads one answer of known form (Content-Length), sends the next."""

    def __init__(self, requests: Iterator[bytes], times: int, done: asyncio.Future[int]) -> None:
        self._requests = requests
        self._left = times
        self._done = done
        self._buffer = b""
        self._failed = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are not of the class
        self._transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, body = self._buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        lowered = head.lower()
        at = lowered.find(b"content-length:")
        length = int(lowered[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(body) < length:
            return
        self._failed += not head.startswith(b"HTTP/1.1 200")
        self._buffer = body[length:]
        self._left -= 1
        if self._left > 0:
            self._transport.write(next(self._requests))
        else:
            self._transport.close()
            self._done.set_result(self._failed)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(exc or ConnectionError("closed"))


async def run(url: str, connections: int, times: int, requests: list[bytes]) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    parts = urlsplit(url)
    begun = time.perf_counter()
    waiting = []
    turns = itertools.cycle(requests)
    for _ in range(connections):
        done: asyncio.Future[int] = loop.create_future()
        factory = functools.partial(Sender, turns, times // connections, done)
        await loop.create_connection(factory, parts.hostname or "localhost", parts.port or 80)
        waiting.append(done)
    failed = sum(await asyncio.gather(*waiting))
    seconds = time.perf_counter() - begun
    return {"per_second": times / seconds, "failed": failed}


def main() -> None:
    url, connections, times = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    requests = [request.encode("latin-1") for request in json.load(sys.stdin)]
    sys.stdout.write(json.dumps(uvloop.run(run(url, connections, times, requests))))


if __name__ == "__main__":
    main()
