"""What botocore sends and understands: its serialiser and its parsers around our bytes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cloudchamber.protocol.wire import Response


async def _gather(stream: Any) -> bytes:
    return b"".join([chunk async for chunk in stream])


def body_of(response: Response) -> bytes:
    """The whole body of an answer, also of one that streams."""
    if isinstance(response.body, bytes):
        return response.body
    return asyncio.run(_gather(response.body))
