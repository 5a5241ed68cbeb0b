"""OpenAPI documents as text: JSON or YAML, read with a bound on what aliases may unfold to."""

from __future__ import annotations

import asyncio
import datetime
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.services.apigateway import limits
from cloudchamber.services.apigateway.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

_NODES_MAX = 500_000


def parse(content: bytes) -> dict[str, Any]:
    """The document; BadRequestException for what is none."""
    if len(content) > limits.DEFINITION_BYTES_MAX:
        raise BadRequest(f"Request payload size exceeds the limit of {limits.DEFINITION_BYTES_MAX} bytes")
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError:
        document = _parse_yaml(content)
    if not isinstance(document, dict):
        raise BadRequest("Invalid OpenAPI input.")
    return document


async def read(content: bytes) -> dict[str, Any]:
    """The same on a thread, for YAML is slow to read."""
    return await asyncio.to_thread(parse, content)


def _parse_yaml(content: bytes) -> Any:
    import yaml  # noqa: PLC0415 - only for documents that are no JSON

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _plain(yaml.load(content, loader), [0])
    except (yaml.YAMLError, RecursionError, ValueError):
        raise BadRequest("Unable to parse API definition because of a malformed OpenAPI document.") from None


def _plain(value: Any, count: list[int]) -> Any:
    """YAML's values as JSON has them: keys are texts (`200:`), dates too. ValueError for what unfolds to too much."""
    count[0] += 1
    if count[0] > _NODES_MAX:
        raise ValueError("too large")
    if isinstance(value, dict):
        return {_key(name): _plain(inner, count) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner, count) for inner in value]
    return value.isoformat() if isinstance(value, datetime.date | datetime.datetime) else value


def _key(name: Any) -> str:
    if isinstance(name, bool):
        return "true" if name else "false"
    return name.isoformat() if isinstance(name, datetime.date) else str(name)


def dumped(document: Mapping[str, Any], *, yaml_form: bool = False) -> str:
    if not yaml_form:
        return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()
    import yaml  # noqa: PLC0415

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text: str = yaml.dump(document, Dumper=dumper, sort_keys=False, explicit_start=True, allow_unicode=True)
    return text
