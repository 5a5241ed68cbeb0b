"""What mapping templates see: `$input`, `$util`, `$context`, `$stageVariables`.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, unquote_plus

import orjson

from cloudchamber.core import velocity
from cloudchamber.services.apigateway.plane import context_variables, json_path
from cloudchamber.services.apigateway.plane.request import titled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.services.apigateway.plane.context_variables import Exchange

OUTPUT_CHARS_MAX = 10 * 1024 * 1024
_LIMITS = velocity.Limits(output_chars_max=OUTPUT_CHARS_MAX, iterations_max=1000)
_ESCAPES = {'"': '\\"', "'": "\\'", "\\": "\\\\", "/": "\\/", "\b": "\\b", "\n": "\\n", "\t": "\\t", "\f": "\\f",
            "\r": "\\r"}  # fmt: skip


class JsonArray(list[Any]):
    """A list of a JSON document, which writes itself as JSON where a map does not."""

    def velocity_text(self) -> str:
        return orjson.dumps(self, default=list).decode()


class Headers(dict[str, Any]):
    """Headers by name in any case: how the client has spelled them is not known any more."""

    def get(self, name: Any, default: Any = None) -> Any:
        return super().get(titled(name.lower()) if isinstance(name, str) else name, default)

    def __contains__(self, name: object) -> bool:
        return super().__contains__(titled(name.lower()) if isinstance(name, str) else name)


@dataclass(frozen=True, slots=True)
class Parameters:
    """Of the method request: names as they are looked up. Headers by lower-case names."""

    path: Mapping[str, str]
    query: Mapping[str, list[str]]
    headers: Mapping[str, list[str]]


def parameters_of(exchange: Exchange) -> Parameters:
    incoming = exchange.incoming
    return Parameters(exchange.path_parameters, incoming.query, incoming.multi_headers)


def template(text: str) -> velocity.Template:
    """A mapping template, parsed. velocity.TemplateError."""
    return velocity.parse(text, _LIMITS, shows_undefined=False)


def rendered(of: velocity.Template, exchange: Exchange, body: str, parameters: Parameters) -> str:
    """What a template makes of a body. What it sets in `$context` is in `exchange.overrides`. TemplateError."""
    context = context_variables.document(exchange)
    for name in ("requestOverride", "responseOverride"):
        context[name] = exchange.overrides.setdefault(name, {})
        for part in ("header", "path", "querystring"):
            context[name].setdefault(part, {})
    variables = {
        "input": _input(body, parameters), "util": UTIL, "context": context,
        "stageVariables": dict(exchange.stage_variables),
    }  # fmt: skip
    return of.render(variables)


def _input(body: str, parameters: Parameters) -> velocity.Tool:
    document: list[Any] = []

    def parsed() -> Any:
        if not document:
            try:
                document.append(arrays(orjson.loads(body)) if body.strip() else {})
            except (orjson.JSONDecodeError, RecursionError):
                raise velocity.TemplateError("the body is not JSON") from None
        return document[0]

    def path(expression: str) -> Any:
        try:
            found = json_path.find(parsed(), expression)
        except json_path.Missing:
            return None
        return JsonArray(found) if type(found) is list else found

    def json(expression: str) -> str:
        try:
            return orjson.dumps(json_path.find(parsed(), expression), default=list).decode()
        except json_path.Missing:
            return '""'

    def params(name: str | None = None) -> Any:
        everything = {
            "path": dict(parameters.path),
            "querystring": {key: values[-1] for key, values in parameters.query.items()},
            "header": Headers({titled(key): values[-1] for key, values in parameters.headers.items()}),
        }
        if name is None:
            return everything
        if name in everything and name not in parameters.path:
            return everything[name]
        for place in ("path", "querystring"):
            if name in everything[place]:
                return everything[place][name]
        return everything["header"].get(name, "")

    return velocity.Tool({"path": path, "json": json, "params": params}, {"body": body}, body)


def arrays(value: Any) -> Any:
    """A JSON document whose lists are `JsonArray`s."""
    if isinstance(value, dict):
        return {name: arrays(inner) for name, inner in value.items()}
    return JsonArray([arrays(inner) for inner in value]) if isinstance(value, list) else value


def _text(value: Any) -> str:
    return "" if value is None else velocity.to_text(value)


def escape_javascript(value: Any) -> str:
    """As in JavaScript's quotes of either kind; what is not ASCII by its number."""
    return "".join([_ESCAPES.get(char) or (char if " " <= char < "\x7f" else _numbered(char)) for char in _text(value)])


@lru_cache(maxsize=4096)
def _numbered(char: str) -> str:
    raw = char.encode("utf-16-be", "surrogatepass")
    return "".join([f"\\u{raw[at : at + 2].hex().upper()}" for at in range(0, len(raw), 2)])


def _parse_json(value: Any) -> Any:
    try:
        return arrays(orjson.loads(_text(value)))
    except (orjson.JSONDecodeError, RecursionError):
        raise velocity.TemplateError("parseJson was given what is no JSON") from None


def _decode(value: Any) -> str:
    try:
        return base64.b64decode(_text(value)).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        raise velocity.TemplateError("base64Decode was given what is no base64") from None


UTIL = velocity.Tool({
    "escapeJavaScript": escape_javascript, "parseJson": _parse_json,
    "urlEncode": lambda value: quote_plus(_text(value), safe="*"),
    "urlDecode": lambda value: unquote_plus(_text(value)),
    "base64Encode": lambda value: base64.b64encode(_text(value).encode()).decode(), "base64Decode": _decode,
})  # fmt: skip
