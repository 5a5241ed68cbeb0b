"""A call once more, as who made it: the same input, their policies as they stand now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from cloudchamber.core.spans import Summary
from cloudchamber.registry import SERVICES

if TYPE_CHECKING:
    from cloudchamber.cloud import Cloud
    from cloudchamber.core.spans import Span


class Wire(NamedTuple):
    """A request as far as the parsers of bodies look at one."""

    body: bytes
    method: str = "POST"
    path: str = "/"
    query_string: str = ""
    headers: Mapping[str, str] = {}
    stream: None = None


async def replay(cloud: Cloud, span: Span) -> dict[str, Any]:
    """`request_id` of the new call, and `error` (code, message, status) if it ended with one. ValueError for a call
    that cannot be made again: it was none of an AWS operation, or its input is not there any more."""
    if span.service not in SERVICES or not cloud.registry.get(span.service).model.has_operation(span.operation):
        raise ValueError(f"{span.service}:{span.operation or '?'} is no operation of AWS's API")
    if span.identity is None or span.input is None or _is_cut(span.input):
        raise ValueError("the input of this call is no longer there as a whole")
    request_id, error = await cloud.dispatcher.again(span, _parameters(cloud, span))
    told = None if error is None else {"code": error.code, "message": error.message, "status": error.status}
    return {"request_id": request_id, "error": told}


def _parameters(cloud: Cloud, span: Span) -> Mapping[str, Any]:
    if not span.protocol:  # it was handed over within the cloud
        return dict(span.input)
    loaded = cloud.registry.get(span.service)
    if isinstance(span.input, Mapping):
        return loaded.service.adopt(Wire(b""), dict(span.input))
    wire = Wire(bytes(span.input))
    return loaded.service.adopt(wire, loaded.codec(span.operation, span.protocol).parse(wire))


def _is_cut(value: Any) -> bool:
    """Whether something too large was left out when the call was recorded."""
    if isinstance(value, Mapping):
        return any(_is_cut(inner) for inner in value.values())
    if isinstance(value, list | tuple):
        return any(_is_cut(inner) for inner in value)
    return isinstance(value, Summary)
