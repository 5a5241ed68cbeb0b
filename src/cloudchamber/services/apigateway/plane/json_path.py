"""JSONPath, as mapping templates and parameter mappings use it: names, indexes, slices, wildcards, descent, filters.

Paths without wildcards, slices, filters and descent are definite: they give the one value, the others a list.
https://goessner.net/articles/JsonPath/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

Step = Callable[[Any], Iterator[Any]]
RESULTS_MAX = 100_000
_NAME = re.compile(r"[^.\[\]()\s'\"]+")
_SLICE = re.compile(r"(-?\d+)?:(-?\d+)?(?::(-?\d+))?\Z")
_QUOTED = re.compile(r"\s*(?:'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\")\s*(,|\Z)")
_FILTER = re.compile(r"\?\(\s*@((?:\.[\w-]+|\['[^']*'\])*)\s*(?:(==|!=|<=|>=|<|>)\s*(.+?))?\s*\)\Z", re.DOTALL)


class BadPath(ValueError):
    """Text that is no path."""


class Missing(LookupError):
    """A definite path that leads nowhere."""


@lru_cache(maxsize=2048)
def compiled(text: str) -> tuple[tuple[Step, ...], bool]:
    """The steps of a path, and whether it is definite. BadPath."""
    text = text.strip()
    at = 1 if text.startswith("$") else 0
    steps: list[Step] = []
    is_definite = True
    while at < len(text):
        if text.startswith("..", at):
            steps.append(_descend)
            is_definite = False
            at += 1 if text.startswith("..[", at) else 2
            if text.startswith(".[", at):
                at += 1
                continue
            if text.startswith("[", at):
                continue
            step, at, definite = _named(text, at)
        elif text[at] == "[":
            end = _closing(text, at)
            step, definite = _bracket(text[at + 1 : end].strip())
            at = end + 1
        else:
            step, at, definite = _named(text, at + 1 if text[at] == "." else at)
        steps.append(step)
        is_definite = is_definite and definite
    return tuple(steps), is_definite


def find(value: Any, path: str) -> Any:
    """The value at a definite path, else the list of values. Missing, BadPath."""
    steps, is_definite = compiled(path)
    found = [value]
    for step in steps:
        found = [inner for one in found for inner in step(one)]
        if len(found) > RESULTS_MAX:
            raise BadPath("the path finds too much")
    if not is_definite:
        return found
    if not found:
        raise Missing(path)
    return found[0]


def _named(text: str, at: int) -> tuple[Step, int, bool]:
    match = _NAME.match(text, at)
    if match is None:
        raise BadPath(f"{text!r} has no name at {at}")
    if match[0] == "*":
        return _all, match.end(), False
    return _member(match[0]), match.end(), True


def _closing(text: str, at: int) -> int:
    """Where the bracket at `at` closes."""
    depth, quote = 0, ""
    for position in range(at, len(text)):
        mark = text[position]
        if quote:
            quote = "" if mark == quote and text[position - 1] != "\\" else quote
        elif mark in "'\"":
            quote = mark
        elif mark in "[(":
            depth += 1
        elif mark in "])":
            depth -= 1
            if depth == 0:
                return position
    raise BadPath(f"{text!r} does not close a bracket")


def _bracket(inner: str) -> tuple[Step, bool]:
    if inner == "*":
        return _all, False
    if inner.startswith("?"):
        return _filtered(inner), False
    names = _names(inner)
    if names is not None:
        steps = [_member(name) for name in names]
        return (steps[0], True) if len(steps) == 1 else (_union(steps), False)
    cut = _SLICE.match(inner)
    if cut is not None:
        bounds = slice(*(None if part is None else int(part) for part in cut.groups()))
        return (lambda value: iter(value[bounds] if isinstance(value, list) else ())), False
    indexes = [part.strip() for part in inner.split(",")]
    if not all(re.fullmatch(r"-?\d+", part) for part in indexes):
        raise BadPath(f"[{inner}] is no subscript")
    items = [_item(int(part)) for part in indexes]
    return (items[0], True) if len(items) == 1 else (_union(items), False)


def _names(inner: str) -> list[str] | None:
    found, at = [], 0
    while at < len(inner):
        match = _QUOTED.match(inner, at)
        if match is None:
            return None
        found.append(re.sub(r"\\(.)", r"\1", match[1] if match[1] is not None else match[2]))
        at = match.end()
    return found or None


def _member(name: str) -> Step:
    return lambda value: iter((value[name],) if isinstance(value, dict) and name in value else ())


def _item(at: int) -> Step:
    return lambda value: iter((value[at],) if isinstance(value, list) and -len(value) <= at < len(value) else ())


def _union(steps: list[Step]) -> Step:
    return lambda value: (found for step in steps for found in step(value))


def _all(value: Any) -> Iterator[Any]:
    return iter(value.values() if isinstance(value, dict) else value if isinstance(value, list) else ())


def _descend(value: Any) -> Iterator[Any]:
    """A value and all that is in it."""
    todo = [value]
    while todo:
        one = todo.pop()
        yield one
        todo.extend(reversed(list(_all(one))))


def _filtered(inner: str) -> Step:
    match = _FILTER.match(inner)
    if match is None:
        raise BadPath(f"[{inner}] is no filter")
    path, operator, literal = match[1], match[2], match[3]
    wanted = None if literal is None else _literal(literal)

    def holds(value: Any) -> bool:
        try:
            found = find(value, "$" + path)
        except Missing:
            return False
        return True if operator is None else _compares(found, operator, wanted)

    return lambda value: (item for item in _all(value) if holds(item))


def _literal(text: str) -> Any:
    if text[:1] in "'\"":
        return text[1:-1]
    constants: dict[str, Any] = {"true": True, "false": False, "null": None}
    if text in constants:
        return constants[text]
    try:
        return float(text)
    except ValueError:
        raise BadPath(f"{text!r} is no value to compare with") from None


def _compares(found: Any, operator: str, wanted: Any) -> bool:
    if operator in ("==", "!="):
        return bool((found == wanted) is (operator == "=="))
    both = isinstance(found, str) is isinstance(wanted, str) and found is not None and wanted is not None
    if not both or isinstance(found, dict | list):
        return False
    below, above = found < wanted, found > wanted
    return bool({"<": below, "<=": not above, ">": above, ">=": not below}[operator])
