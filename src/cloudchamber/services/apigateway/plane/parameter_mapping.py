"""Parameter mappings: where a parameter of an integration's request, or of a method's response, takes its value from.

https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-parameter-mapping.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.velocity import to_text
from cloudchamber.services.apigateway.plane import context_variables, json_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.services.apigateway.plane.context_variables import Exchange


@dataclass(frozen=True, slots=True)
class Sources:
    """What can be taken from: parameters by place (`path`, `querystring`, `header`), each name with its values, and
    a body. Header names in lower case."""

    exchange: Exchange
    places: Mapping[str, Mapping[str, list[str]]]
    body: bytes


Value = Callable[[Sources], list[str] | None]


@lru_cache(maxsize=4096)
def compiled(expression: str) -> Value:
    """`method.request.header.X`, `integration.response.body.a.b`, `context.X`, `stageVariables.X`, `'text'`.

    Gives the values, None where there is none.
    """
    if expression.startswith("'"):
        constant = [expression[1:-1] if expression.endswith("'") else expression[1:]]
        return lambda sources: constant
    if expression.startswith("context."):
        names = expression.split(".")[1:]
        return lambda sources: _of_context(sources.exchange, names)
    if expression.startswith("stageVariables."):
        name = expression.partition(".")[2]
        return lambda sources: _one(sources.exchange.stage_variables.get(name))
    _, _, rest = expression.partition(".")
    _, _, rest = rest.partition(".")  # after `method.request.` or `integration.response.`
    place, _, name = rest.partition(".")
    if place == "body":
        return lambda sources: _of_body(sources.body, name)
    is_multi = place.startswith("multivalue")
    place = place.removeprefix("multivalue")
    name = name.lower() if place == "header" else name

    def value(sources: Sources) -> list[str] | None:
        found = sources.places.get(place, {}).get(name)
        return found if found is None or is_multi else found[-1:]

    return value


def _one(value: Any) -> list[str] | None:
    return None if value is None else [to_text(value)]


def _of_context(exchange: Exchange, names: list[str]) -> list[str] | None:
    found: Any = context_variables.document(exchange)
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return _one(found)


def _of_body(body: bytes, path: str) -> list[str] | None:
    if not path:
        return [body.decode("utf-8", "replace")]
    try:
        found = json_path.find(orjson.loads(body), path if path.startswith(("$", "[")) else f"$.{path}")
    except (orjson.JSONDecodeError, json_path.Missing, json_path.BadPath):
        return None
    try:
        return [orjson.dumps(found).decode()] if isinstance(found, dict | list) else _one(found)
    except TypeError:  # nested too deeply
        return None
