"""Any operation of any service, called from the console or the command line, as the root user of an account.

Input and output are JSON with AWS's member names. Bytes go in as text and come out in base64, instants are epoch
seconds, a body that is streamed comes whole up to a bound.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AwsError
from cloudchamber.identity import principals
from cloudchamber.protocol import models
from cloudchamber.protocol.fitting import fitted_to
from cloudchamber.registry import SERVICES

if TYPE_CHECKING:
    from cloudchamber.cloud import Cloud

BODY_BYTES_MAX = 1024 * 1024
LOOKS = ("Describe", "Filter", "Get", "Head", "List", "Query", "Scan")


@dataclass(frozen=True, slots=True)
class Place:
    """Where, and whether only to look, which leaves no trace."""

    account: str
    region: str
    only_looks: bool = False


async def call(cloud: Cloud, operation: str, request: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """`output`, or `error` with code, message and status as AWS gives them. ValueError for no such operation."""
    service, _, name = operation.partition(":")
    if place.only_looks and not name.startswith(LOOKS):
        raise ValueError(f"{operation[:100]} does more than to look: it leaves a trace")
    if service not in SERVICES or not models.load(service).has_operation(name):
        raise ValueError(f"no operation {operation[:100]}")
    enter = cloud.dispatcher.look if place.only_looks else cloud.dispatcher.enter
    root = principals.root(place.account)
    try:
        shape = cloud.registry.get(service).model.operation(name).input
        output = await enter(root, place.account, place.region, operation, fitted_to(shape, request))
        return {"output": await _shown(output)}
    except AwsError as error:
        return {"error": {"code": error.code, "message": error.message, "status": error.status}}


async def _shown(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): await _shown(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [await _shown(inner) for inner in value]
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode()
    if isinstance(value, AsyncIterator | Iterator) or hasattr(value, "read") or hasattr(value, "__aiter__"):
        return base64.b64encode(await _collected(value)).decode()
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


async def _collected(stream: Any) -> bytes:
    if hasattr(stream, "read"):
        data: bytes = stream.read(BODY_BYTES_MAX)
        return data
    taken = bytearray()
    if hasattr(stream, "__aiter__"):
        async for piece in stream:
            taken += piece if isinstance(piece, bytes) else b""
            if len(taken) >= BODY_BYTES_MAX:
                break
    else:
        for piece in stream:
            taken += piece
            if len(taken) >= BODY_BYTES_MAX:
                break
    return bytes(taken[:BODY_BYTES_MAX])
