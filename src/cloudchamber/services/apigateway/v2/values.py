"""Values taken from a request or a response by expressions such as `$request.header.name` (pure).

A value is text; `$…` or `${…}` in it stand for what is found there, and for nothing where nothing is. Compiled once.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import orjson

JSON_BYTES_MAX = 100 * 1024  # of a body that is looked into
_NAME = r"[A-Za-z0-9_-]+(?::[A-Za-z][\w-]*)*"  # a claim may be called `cognito:username`
_PIECE = re.compile(rf"\\\$|\$\{{([^{{}}]+)\}}|\$([A-Za-z]\w*(?:\.{_NAME}|\[(?:\d+|'[^']+'|\"[^\"]+\")\])*)")
_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]|\[['\"]([^'\"]+)['\"]\]")

Finder = Callable[["Scope"], str | None]


@dataclass(eq=False)
class Scope:
    """What expressions can look at. Names of headers are lower case; `context` makes `$context` when it is asked."""

    context: Callable[[], Mapping[str, Any]] = dict
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    path: str = ""
    path_parameters: Mapping[str, str] = field(default_factory=dict)
    stage_variables: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    response_headers: Mapping[str, str] = field(default_factory=dict)
    response_body: bytes = b""
    response_status: int = 0

    @cached_property
    def variables(self) -> Mapping[str, Any]:
        return self.context()

    @cached_property
    def document(self) -> Any:
        return _json(self.body)

    @cached_property
    def response_document(self) -> Any:
        return _json(self.response_body)


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body[:JSON_BYTES_MAX]) if body else None
    except orjson.JSONDecodeError:
        return None


@lru_cache(maxsize=4096)
def compiled(text: str) -> Finder:
    """The value a text stands for; None where it is one expression and that finds nothing."""
    pieces: list[str | Finder] = []
    end = 0
    for found in _PIECE.finditer(text):
        pieces.append(text[end : found.start()])
        expression = found[1] or found[2]
        finder = None if expression is None else _finder(expression)
        pieces.append("$" if found[0] == "\\$" else found[0] if finder is None else finder)
        end = found.end()
    pieces.append(text[end:])
    kept = [piece for piece in pieces if piece != ""]
    if len(kept) == 1 and not isinstance(kept[0], str):
        return kept[0]
    if all(isinstance(piece, str) for piece in kept):
        whole = "".join(map(str, kept))
        return lambda scope: whole
    return lambda scope: "".join([piece if isinstance(piece, str) else piece(scope) or "" for piece in kept])


def _finder(expression: str) -> Finder | None:
    """What an expression finds; None for one of no known kind, which is text."""
    for prefix, make in _KINDS:
        if expression == prefix or expression.startswith((f"{prefix}.", f"{prefix}[")):
            return make(expression[len(prefix) :].removeprefix("."))
    return None


def _header(name: str) -> Finder:
    lower = name.lower()
    return lambda scope: scope.headers.get(lower)


def _response_header(name: str) -> Finder:
    lower = name.lower()
    return lambda scope: scope.response_headers.get(lower)


def _query(name: str) -> Finder:
    return lambda scope: ",".join(scope.query[name]) if name in scope.query else None


def _path(name: str) -> Finder:
    if not name:
        return lambda scope: scope.path
    return lambda scope: scope.path_parameters.get(name)


def _variable(name: str) -> Finder:
    return lambda scope: scope.stage_variables.get(name)


def _context(name: str) -> Finder:
    steps = name.split(".")

    def find(scope: Scope) -> str | None:
        found: Any = scope.variables
        for at, step in enumerate(steps):
            if not isinstance(found, Mapping):
                return None
            whole = ".".join(steps[at:])  # claims such as `cognito:username` may have dots in them
            if whole in found:
                return text_of(found[whole])
            found = found.get(step)
        return text_of(found)

    return find


def _body(path: str) -> Finder:
    if not path:
        return lambda scope: scope.body.decode("utf-8", "replace")
    steps = steps_of(path)
    return lambda scope: text_of(at_path(scope.document, steps))


def _response_body(path: str) -> Finder:
    if not path:
        return lambda scope: scope.response_body.decode("utf-8", "replace")
    steps = steps_of(path)
    return lambda scope: text_of(at_path(scope.response_document, steps))


def _response_status(rest: str) -> Finder:
    return lambda scope: str(scope.response_status)


_KINDS: tuple[tuple[str, Callable[[str], Finder]], ...] = (
    ("request.header", _header), ("request.querystring", _query), ("request.path", _path), ("request.body", _body),
    ("response.header", _response_header), ("response.body", _response_body),
    ("integration.response.header", _response_header), ("integration.response.body", _response_body),
    ("integration.response.statuscode", _response_status),
    ("route.request.header", _header), ("route.request.querystring", _query), ("route.request.body", _body),
    ("context", _context), ("stageVariables", _variable),
)  # fmt: skip


def steps_of(path: str) -> tuple[str | int, ...]:
    """`a.b[0]` as its steps."""
    return tuple(int(found[2]) if found[2] else found[1] or found[3] for found in _STEP.finditer(path))


def at_path(document: Any, steps: Sequence[str | int]) -> Any:
    for step in steps:
        if isinstance(step, int):
            if not isinstance(document, list) or step >= len(document):
                return None
            document = document[step]
        elif isinstance(document, dict):
            document = document.get(step)
        else:
            return None
    return document


def text_of(value: Any) -> str | None:
    """A value as text: JSON for what has parts."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        return orjson.dumps(value).decode() if isinstance(value, dict | list) else str(value)
    except TypeError:  # nested too deeply
        return None
