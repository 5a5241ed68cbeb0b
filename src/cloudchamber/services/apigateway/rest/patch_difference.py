"""The patch operations that make one body of another: what CloudFormation asks for when a template has changed. Pure.

`patcher.apply(before, between(patcher, before, after))` is `after`, as far as what differs may be patched at all.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from cloudchamber.core.resource_types import text_of
from cloudchamber.services.apigateway.rest.patch import boolean, encoded, is_variable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudchamber.services.apigateway.rest.patch import Body, Patcher, Path

Operation = dict[str, str]


def between(patcher: Patcher, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Operation]:
    """In an order in which they can be applied: first what goes as a whole."""
    left = copy.deepcopy(dict(before))
    found: list[Operation] = []
    for path in sorted(patcher.paths, key=lambda path: len(path.at)):
        if path.ops == "remove":
            for place, written in _places(path, left):
                if _at(left, place) is not None and _at(after, place) is None:
                    found.append({"op": "remove", "path": written})
                    _drop(left, place)
    seen: set[tuple[str, ...]] = set()
    for path in patcher.paths:
        root = path.at[:-1] if path.form == "named" else path.at
        if path.ops not in ("remove", "copy") and root not in seen:
            seen.add(root)
            found += _members(path, left, after) if path.form == "member" else _lists(path, left, after)
    return found


def _members(path: Path, before: Body, after: Mapping[str, Any]) -> Iterator[Operation]:
    for place, written in sorted({*_places(path, before), *_places(path, after)}):
        old, new = _at(before, place), _at(after, place)
        if old == new:
            continue
        if new is None:
            can = "remove" in path.ops.split()
            nothing = "false" if path.read is boolean else ""
            yield {"op": "remove", "path": written} if can else {"op": "replace", "path": written, "value": nothing}
        else:
            op = "add" if old is None and "add" in path.ops.split() else "replace"
            yield {"op": op, "path": written, "value": text_of(new)}


def _lists(path: Path, before: Body, after: Mapping[str, Any]) -> Iterator[Operation]:
    place = path.at[:-1] if path.form == "named" else path.at
    old, new = _at(before, place) or (), _at(after, place) or ()
    above = "/" + "/".join(path.parts[:-1] if path.form == "named" else path.parts)
    changes = [("remove", one) for one in old if one not in new] + [("add", one) for one in new if one not in old]
    for op, element in changes:
        if path.form == "named":
            yield {"op": op, "path": f"{above}/{encoded(element)}"}
        else:
            yield {"op": op, "path": above, "value": element}


def _places(path: Path, body: Mapping[str, Any]) -> list[tuple[tuple[str, ...], str]]:
    """Where in a body a path leads, and how it is written for each; a variable part stands for the names there are."""
    reached: list[tuple[tuple[str, ...], list[str]]] = [((), [])]
    for level in path.at:
        if "{}" not in level:
            reached = [((*place, level), variables) for place, variables in reached]
            continue
        further = []
        for place, variables in reached:
            names = _at(body, place) or {}
            for name in names:
                parts = name.rpartition("/")[::2] if level == "{}/{}" else (name,)
                further.append(((*place, name), [*variables, *parts]))
        reached = further
    return [(place, _written(path, variables)) for place, variables in reached]


def _written(path: Path, variables: list[str]) -> str:
    rest = iter(variables if path.raw else map(encoded, variables))
    return "/" + "/".join(next(rest) if is_variable(part) else part for part in path.parts)


def _at(body: Mapping[str, Any], place: tuple[str, ...]) -> Any:
    found: Any = body
    for name in place:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _drop(body: Body, place: tuple[str, ...]) -> None:
    holder = _at(body, place[:-1])
    del holder[place[-1]]
