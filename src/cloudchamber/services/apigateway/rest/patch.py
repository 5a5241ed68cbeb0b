"""Patch operations: which paths of a thing may be added to, replaced, removed or copied to, and doing it. Pure.

A `Path` says how AWS spells it (`/variables/{variable_name}`), what may be done there, and where in the body it leads.
https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudchamber.services.apigateway.errors import BadRequest, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Body = dict[str, Any]
_DEEPEST = 3  # parts of a path that is no method setting's
OPERATIONS = ("add", "remove", "replace", "copy", "move", "test")


class NotOfType(ValueError):
    """A value that is not what its path takes; the message says what it must be."""


def text(value: str) -> str:
    return value


def integer(value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise NotOfType("an integer") from None


def integer_or_none(value: str) -> int | None:
    """An empty text takes the value away."""
    return integer(value) if value else None


def number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise NotOfType("a number") from None


def boolean(value: str) -> bool:
    if value.lower() not in ("true", "false"):
        raise NotOfType("a boolean")
    return value.lower() == "true"


@dataclass(frozen=True, slots=True)
class Path:
    """`form`: "member" sets what is at `at`; "named" is a list, one of whose elements the path ends with; "list" is a
    list to which values are added, and from which they are taken. A `{}` of `at` stands for the next variable part of
    the path, decoded, or as it was written where that is `raw`."""

    template: str
    ops: str
    read: Callable[[str], Any] = text
    form: str = "member"
    at: tuple[str, ...] = ()
    raw: bool = False
    must_exist: bool = False  # for replace and remove of an entry
    parts: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        parts = tuple(self.template.split("/")[1:])
        object.__setattr__(self, "parts", parts)
        if not self.at:
            object.__setattr__(self, "at", tuple("{}" if is_variable(part) else part for part in parts))

    def match(self, segments: Sequence[str]) -> tuple[str, ...] | None:
        """Where in the body a path of this template leads; None for a path of another."""
        if len(segments) != len(self.parts):
            return None
        variables = []
        for segment, part in zip(segments, self.parts, strict=True):
            if is_variable(part):
                if not segment:
                    return None
                variables.append(segment if self.raw else decoded(segment))
            elif segment != part:
                return None
        rest = iter(variables)
        return tuple(_filled(place, rest) for place in self.at)


def is_variable(part: str) -> bool:
    """Whether a part of a template stands for any name."""
    return part.startswith(("{", "<"))


def _filled(place: str, variables: Any) -> str:
    while "{}" in place:
        before, _, after = place.partition("{}")
        value = next(variables).replace("{}", "\0")
        place = before + value + after
    return place.replace("\0", "{}")


def decoded(segment: str) -> str:
    return segment.replace("~1", "/").replace("~0", "~")


def encoded(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


class Patcher:
    """What may be patched of one kind of thing."""

    def __init__(self, *paths: Path) -> None:
        self.paths = paths

    def apply(self, body: Mapping[str, Any], operations: Sequence[Mapping[str, Any]] | None) -> Body:
        """The body once all operations are done, in order. BadRequestException, NotFoundException."""
        changed = copy.deepcopy(dict(body))
        for operation in operations or ():
            op, path = operation.get("op") or "", operation.get("path") or ""
            if op not in OPERATIONS:
                raise BadRequest(f"Invalid patch operation specified. Must be one of: [{', '.join(OPERATIONS)}]")
            found, place = self._find(op, path)
            if op == "copy":
                self._copy(changed, place, operation)
            elif found.form == "member":
                _set(changed, found, place, _value(found, operation))
            else:
                _change_list(changed, found, place, operation)
        return changed

    def _find(self, op: str, path: str) -> tuple[Path, tuple[str, ...]]:
        segments = path.split("/")[1:]
        for candidate in self.paths:
            if op in candidate.ops.split():
                place = candidate.match(segments)
                if place is not None:
                    return candidate, place
        # The two blanks are AWS's.
        wrong = f"Invalid patch path  '{path}' specified for op '{op}'."
        if len(segments) > _DEEPEST and any(candidate.raw for candidate in self.paths):
            wrong = f"Invalid method setting path: {path}."
        can = [candidate.template for candidate in self.paths if op in candidate.ops.split()]
        raise BadRequest(f"{wrong} Must be one of: [{', '.join(can)}]")

    def _copy(self, body: Body, place: tuple[str, ...], operation: Mapping[str, Any]) -> None:
        source = tuple(decoded(segment) for segment in (operation.get("from") or "").split("/")[1:])
        value: Any = body
        for name in source:
            value = value.get(name) if isinstance(value, dict) else None
        if not source or value is None:
            raise BadRequest(f"Invalid from path '{operation.get('from')}' specified for op 'copy'.")
        holder = _holder(body, place)
        if isinstance(value, dict) and isinstance(holder.get(place[-1]), dict):
            value = {**holder[place[-1]], **value}
        holder[place[-1]] = copy.deepcopy(value)


def _value(path: Path, operation: Mapping[str, Any]) -> Any:
    """The value an operation brings; None for a removal."""
    if operation["op"] == "remove":
        return None
    given = operation.get("value")
    try:
        return path.read("" if given is None else given)
    except NotOfType as error:
        raise BadRequest(
            f"Invalid patch value  '{given}' specified for op '{operation['op']}'. Must be {error}"
        ) from None


def _holder(body: Body, place: Sequence[str]) -> Body:
    holder = body
    for name in place[:-1]:
        holder = holder.setdefault(name, {})
    return holder


def _set(body: Body, path: Path, place: tuple[str, ...], value: Any) -> None:
    holder = _holder(body, place)
    if path.must_exist and place[-1] not in holder and value is None:
        raise NotFound("Invalid parameter name specified")
    if value is None:
        holder.pop(place[-1], None)
        _prune(body, place[:-1])
    else:
        holder[place[-1]] = value


def _prune(body: Body, place: Sequence[str]) -> None:
    """Take away the maps that a removal has left empty."""
    for depth in range(len(place), 0, -1):
        holder = _holder(body, place[:depth])
        if holder.get(place[depth - 1]) == {}:
            del holder[place[depth - 1]]


def _change_list(body: Body, path: Path, place: tuple[str, ...], operation: Mapping[str, Any]) -> None:
    op, named = operation["op"], path.form == "named"
    at = place[:-1] if named else place
    holder = _holder(body, at)
    held = list(holder.get(at[-1]) or ())
    if named and op == "replace":
        new = _value(path, operation) or place[-1]
        held = [new if one == place[-1] else one for one in held] if place[-1] in held else [new]
    else:
        element = place[-1] if named else path.read(operation.get("value") or "")
        if op == "remove" or element in held:
            held = [one for one in held if one != element]
        if op != "remove":
            held.append(element)
    holder[at[-1]] = held
    if not held:
        del holder[at[-1]]
        _prune(body, at[:-1])
