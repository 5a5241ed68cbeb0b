"""Which resource of an API a path means: literal parts first, then variables, greedy ones last.

What stands at a place has to take the request, else the next best place is tried: a method that `/pets` lacks may be
found at `/{proxy+}`.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-request.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import unquote

T = TypeVar("T")
Takes = Callable[[T], bool]


def _everything(target: object) -> bool:
    return True


@dataclass(slots=True)
class _Node(Generic[T]):
    """A place in the tree. `target` is what stands there, None for a place that only leads on."""

    target: T | None = None
    literals: dict[str, Any] = field(default_factory=dict)
    variables: list[tuple[str, Any]] = field(default_factory=list)
    greedy: list[tuple[str, T]] = field(default_factory=list)


class Routes(Generic[T]):
    """Templates such as `/pets/{id}` and `/{proxy+}`, each with what it leads to."""

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()

    def add(self, template: str, target: T) -> None:
        node = self._root
        parts = [part for part in template.split("/") if part]
        for part in parts:
            if part.startswith("{") and part.endswith("+}"):
                node.greedy.append((part[1:-2], target))
                return
            node = _variable(node, part[1:-1]) if part.startswith("{") and part.endswith("}") else _literal(node, part)
        node.target = target

    def find(self, path: str, takes: Takes[T] = _everything) -> tuple[T, dict[str, str]] | None:
        """What a path as sent leads to, of what `takes` the request, and the decoded values of its variables."""
        parts = path.strip("/").split("/") if path.strip("/") else []
        values: list[tuple[str, str]] = []
        target = _walk(self._root, parts, values, takes)
        return None if target is None else (target, {name: unquote(value) for name, value in values})


def _literal(node: _Node[T], part: str) -> _Node[T]:
    return node.literals.setdefault(part, _Node())  # type: ignore[no-any-return]


def _variable(node: _Node[T], name: str) -> _Node[T]:
    for known, child in node.variables:
        if known == name:
            return child  # type: ignore[no-any-return]
    child = _Node()
    node.variables.append((name, child))
    return child


def _walk(node: _Node[T], parts: list[str], values: list[tuple[str, str]], takes: Takes[T]) -> T | None:
    if not parts:
        return node.target if node.target is not None and takes(node.target) else None
    child = node.literals.get(parts[0]) or node.literals.get(unquote(parts[0]))
    if child is not None:
        found = _walk(child, parts[1:], values, takes)
        if found is not None:
            return found  # type: ignore[no-any-return]
    for name, child in node.variables:
        kept = len(values)
        values.append((name, parts[0]))
        found = _walk(child, parts[1:], values, takes)
        if found is not None:
            return found  # type: ignore[no-any-return]
        del values[kept:]
    for name, target in node.greedy:
        if takes(target):
            values.append((name, "/".join(parts)))
            return target
    return None
