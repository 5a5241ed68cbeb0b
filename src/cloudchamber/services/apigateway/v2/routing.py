"""Which route of an HTTP API a request takes (pure). The most specific wins: a full match, then a greedy path, then
`$default`; of one path the route of the method before the one of `ANY`.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote

Route = Mapping[str, Any]
DEFAULT, ANY = "$default", "ANY"


class _Node:
    """What may follow some segments: fixed text, one variable segment, or all the rest."""

    __slots__ = ("fixed", "greedy", "methods", "variable")

    def __init__(self) -> None:
        self.fixed: dict[str, _Node] = {}
        self.variable: _Node | None = None
        self.greedy: dict[str, tuple[Route, tuple[str, ...]]] = {}  # by method: the route, its variables in order
        self.methods: dict[str, tuple[Route, tuple[str, ...]]] = {}


class Router:
    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = _Node()
        self.default: Route | None = None
        for route in routes:
            if route["RouteKey"] == DEFAULT:
                self.default = route
            else:
                self._add(route)

    def _add(self, route: Route) -> None:
        method, _, path = route["RouteKey"].partition(" ")
        node = self._root
        names: list[str] = []
        for segment in _segments(path):
            if segment.endswith("+}"):
                node.greedy[method] = (route, (*names, segment[1:-2]))
                return
            if segment.startswith("{"):
                names.append(segment[1:-1])
                node.variable = node.variable or _Node()
                node = node.variable
            else:
                node = node.fixed.setdefault(unquote(segment), _Node())
        node.methods[method] = (route, tuple(names))

    def match(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """The route, and its path parameters decoded. `path` as sent: percent-encoded, without the stage."""
        segments = [unquote(segment) for segment in _segments(path)]
        found = _full(self._root, segments, 0, method) or _greedy(self._root, segments, 0, method)
        if found is None:
            return None if self.default is None else (self.default, {})
        (route, names), values = found
        return route, dict(zip(names, values, strict=True))


_Found = tuple[tuple[Route, tuple[str, ...]], tuple[str, ...]]


def _full(node: _Node, segments: list[str], at: int, method: str) -> _Found | None:
    """The route whose segments are as many, and the values of its variables."""
    if at == len(segments):
        here = node.methods.get(method) or node.methods.get(ANY)
        return None if here is None else (here, ())
    segment = segments[at]
    fixed = node.fixed.get(segment)
    found = None if fixed is None else _full(fixed, segments, at + 1, method)
    if found is None and node.variable is not None and segment:
        found = _full(node.variable, segments, at + 1, method)
        if found is not None:
            return found[0], (segment, *found[1])
    return found


def _greedy(node: _Node, segments: list[str], at: int, method: str) -> _Found | None:
    """The route that says most of the path before its greedy variable takes the rest."""
    if at == len(segments) or not segments[at]:
        return None
    segment = segments[at]
    fixed = node.fixed.get(segment)
    found = None if fixed is None else _greedy(fixed, segments, at + 1, method)
    if found is None and node.variable is not None:
        found = _greedy(node.variable, segments, at + 1, method)
        if found is not None:
            return found[0], (segment, *found[1])
    if found is None:
        here = node.greedy.get(method) or node.greedy.get(ANY)
        return None if here is None else (here, ("/".join(segments[at:]),))
    return found


def _segments(path: str) -> list[str]:
    """`/a/b` is two; `/` none; a slash at the end makes an empty one."""
    rest = path.removeprefix("/")
    return rest.split("/") if rest else []
