"""Values of templates and documents as AWS's shapes have them: texts stand for numbers and booleans there. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cloudchamber.core.resource_types import text_of
from cloudchamber.protocol import models

if TYPE_CHECKING:
    from cloudchamber.protocol.models import Shape


@lru_cache(maxsize=64)
def shape_of(operation: str, *, output: bool = False) -> Shape:
    found = models.load("apigateway").operation(operation)
    shape = found.output if output else found.input
    assert shape is not None, operation
    return shape


def coerced(shape: Shape, value: Any, *, rename: Any = str) -> Any:
    """A value of a shape; what is null and what the shape does not know is left out.

    `rename` gives the member that a name stands for. ValueError for what cannot be of the shape.
    """
    if shape.type == "structure":
        named = {rename(name): one for name, one in _of(dict, value).items() if one is not None}
        return {name: coerced(m, named[name], rename=rename) for name, m in shape.members.items() if name in named}
    if shape.type == "list":
        return [coerced(shape.member, one, rename=rename) for one in _of(list, value) if one is not None]
    if shape.type == "map":
        given = {name: one for name, one in _of(dict, value).items() if one is not None}
        return {str(name): coerced(shape.value, one, rename=rename) for name, one in given.items()}
    return _scalar(shape.type, value)


def _of(kind: type, value: Any) -> Any:
    if not isinstance(value, kind):
        raise ValueError(f"{value!r} is no {'object' if kind is dict else 'array'}")
    return value


def _scalar(kind: str, value: Any) -> Any:
    if kind == "boolean":
        if str(value).lower() not in ("true", "false"):
            raise ValueError(f"{value!r} is no boolean")
        return str(value).lower() == "true"
    if kind in ("integer", "long", "float", "double"):
        if isinstance(value, dict | list):
            raise ValueError(f"{value!r} is no number")
        return int(value) if kind in ("integer", "long") else float(value)
    return text_of(value)
