"""A gateway server with an application of the test's own, on a loop in a thread."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, Any

import uvloop

from cloudchamber.gateway.http import Request, Response
from cloudchamber.gateway.listener import Listener
from cloudchamber.gateway.server import Connection, Server, Timeouts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

SECONDS_MAX = 20.0
QUICK = Timeouts(idle=0.2, head=0.2, body=0.2, write=0.3, half_closed=0.2, linger=0.1, stop=2.0)


class OwnServer:
    def __init__(self, application: Callable[[Request], Awaitable[Any]], timeouts: Timeouts | None = None) -> None:
        self._application = application
        self._timeouts = timeouts
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(SECONDS_MAX)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            self.loop = runner.get_loop()
            runner.run(self._live())

    async def _live(self) -> None:
        self.stopping = asyncio.Event()
        self.server = Server(self._application, self._timeouts)
        self.listener = Listener(lambda secure: Connection(self.server, secure), lambda: None)  # type: ignore[arg-type,return-value]
        self.port = self.listener.listen("127.0.0.1", 0)
        self._ready.set()
        await self.stopping.wait()
        await self.listener.stop()
        await self.server.stop()

    def look(self, reader: Callable[[], Any]) -> Any:
        async def read() -> Any:
            return reader()

        return asyncio.run_coroutine_threadsafe(read(), self.loop).result(SECONDS_MAX)

    def begin_to_stop(self) -> None:
        with contextlib.suppress(RuntimeError):  # it has stopped already, and closed its loop
            self.loop.call_soon_threadsafe(self.stopping.set)

    def stop(self) -> None:
        if self._thread.is_alive():
            self.begin_to_stop()
            self._thread.join(SECONDS_MAX)

    def __enter__(self) -> OwnServer:
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def connections(self) -> int:
        return self.look(lambda: len(self.server.connections))

    def tasks(self) -> int:
        return self.look(lambda: len(asyncio.all_tasks(self.loop)))


async def echo(request: Request) -> Response:
    """Method, path, query and body, as they were understood."""
    body = await request.buffered(1 << 20)
    text = f"{request.method} {request.path} {request.query_string} {len(body)} ".encode()
    return Response(200, [("Content-Type", "text/plain")], text + body[:64])


async def pieces(*of: bytes) -> AsyncIterator[bytes]:
    for piece in of:
        yield piece


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether a condition comes true on another thread, within a bound that only a bug reaches."""
    pause = threading.Event()
    return any(condition() or pause.wait(0.01) for _ in range(2000))
