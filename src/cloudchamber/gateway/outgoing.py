"""What is on its way to a client: no more of it is held than a client takes."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from cloudchamber.gateway.answers import framed
from cloudchamber.gateway.http import Disconnected

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

log = logging.getLogger("cloudchamber.server")

JOINED_BODY_BYTES = 64 * 1024  # an answer's body up to this size is copied behind its head
HIGH_WATER_BYTES = 512 * 1024


class Outgoing:
    """The sending side of a connection."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._can_write: asyncio.Future[None] | None = None
        self._unsent, self._unsent_since = 0, 0.0
        transport.set_write_buffer_limits(high=HIGH_WATER_BYTES)

    def write(self, head: bytes, body: bytes) -> None:
        if len(body) <= JOINED_BODY_BYTES:
            self._transport.write(head + body)
        else:
            self._transport.writelines((head, body))

    # back-pressure

    def pause(self) -> None:
        self._can_write = asyncio.get_running_loop().create_future()

    def resume(self) -> None:
        if self._can_write is not None and not self._can_write.done():
            self._can_write.set_result(None)
        self._can_write = None

    @property
    def is_full(self) -> bool:
        return self._can_write is not None

    async def drain(self) -> None:
        """Wait until the client has taken most of what was sent, or is gone."""
        if self._can_write is not None:
            await asyncio.shield(self._can_write)

    @property
    def unsent(self) -> int:
        """Bytes that the client has not taken."""
        return self._transport.get_write_buffer_size()

    def stalled_s(self, now: float) -> float:
        """For how many seconds the client has taken nothing of what waits for it."""
        unsent = self.unsent
        if unsent != self._unsent or not unsent:
            self._unsent, self._unsent_since = unsent, now
        return now - self._unsent_since

    async def stream(self, body: Any, framing: int, sends_body: bool) -> None:
        """Send a body piece by piece. Disconnected if the client goes away, or the body fails on the way."""
        try:
            if sends_body:
                await self._pour(framed(body, framing))
        except Disconnected:
            self._transport.abort()
            raise
        except Exception:  # the head is out: the only honest end is a broken one
            log.exception("streaming an answer failed")
            self._transport.abort()
            raise Disconnected from None
        finally:
            close = getattr(body, "aclose", None)
            if close is not None:
                await close()

    async def _pour(self, pieces: AsyncIterator[bytes]) -> None:
        async for piece in pieces:
            if self._transport.is_closing():
                raise Disconnected
            self._transport.write(piece)
            if self._can_write is not None:
                await self.drain()
