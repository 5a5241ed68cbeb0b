"""Values as an operation's input has them: members by name whatever its case, text for numbers, JSON for documents.

CloudFormation's properties are AWS's members in another spelling (`LogGroupName` for `logGroupName`) and loose in their
types ("30" for 30, a policy document for its text). The model of the operation says what is meant.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.protocol import models
from cloudchamber.protocol.scalars import parse_timestamp

if TYPE_CHECKING:
    from cloudchamber.protocol.models import Shape


def fitted(operation: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Those of `properties` that `operation` ("logs:CreateLogGroup") takes, in its own spelling and types.

    A value that is not of its member's type stays as it is: the operation says what is wrong with it.
    """
    service, _, name = operation.partition(":")
    return fitted_to(models.load(service).operation(name).input, properties)


def fitted_to(shape: Shape | None, properties: Mapping[str, Any]) -> dict[str, Any]:
    """The same for the input shape of an operation, which a service may have patched."""
    found: dict[str, Any] = {} if shape is None else _structure(shape, properties)
    return found


@lru_cache(maxsize=4096)
def _members(shape: Shape) -> dict[str, tuple[str, Shape]]:
    return {name.lower(): (name, member) for name, member in shape.members.items()}


def _structure(shape: Shape, value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    members = _members(shape)
    fit: dict[str, Any] = {}
    for given, inner in value.items():
        found = members.get(given.lower())
        if found is not None and inner is not None:
            fit[found[0]] = _fit(found[1], inner)
    return fit


def _list(shape: Shape, value: Any) -> Any:
    return [_fit(shape.member, item) for item in (value if isinstance(value, list | tuple) else [value])]


def _map(shape: Shape, value: Any) -> Any:
    return {str(key): _fit(shape.value, item) for key, item in value.items()} if isinstance(value, Mapping) else value


def _text(shape: Shape, value: Any) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping | list):
        return orjson.dumps(value).decode()
    return str(value).lower() if isinstance(value, bool) else str(value)


def _integer(shape: Shape, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | float):
        return value
    try:
        return int(value)
    except (ValueError, OverflowError):
        return value


def _float(shape: Shape, value: Any) -> Any:
    try:
        return value if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return value


def _boolean(shape: Shape, value: Any) -> Any:
    return {"true": True, "false": False}.get(value.lower(), value) if isinstance(value, str) else value


def _timestamp(shape: Shape, value: Any) -> Any:
    try:
        return parse_timestamp(value)
    except ValueError:
        return value


def _blob(shape: Shape, value: Any) -> Any:
    return value.encode() if isinstance(value, str) else value


_FITS: Mapping[str, Callable[[Any, Any], Any]] = {
    "structure": _structure, "list": _list, "map": _map, "string": _text, "character": _text, "integer": _integer,
    "long": _integer, "float": _float, "double": _float, "bigdecimal": _float, "boolean": _boolean,
    "timestamp": _timestamp, "blob": _blob,
}  # fmt: skip


def _fit(shape: Shape, value: Any) -> Any:
    return _FITS[shape.type](shape, value)
