"""Parameter mappings of HTTP APIs: what an integration adds to, replaces in and takes out of requests and responses.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudchamber.services.apigateway.v2.values import Finder, Scope, compiled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Change:
    action: str  # append, overwrite, remove
    place: str  # header, querystring, path, statuscode
    name: str
    value: Finder


@dataclass(slots=True)
class Parts:
    """What mappings may change of a request or response. Names of headers are lower case; `path` stays None and
    `status` 0 where nothing is said of them."""

    headers: Pairs
    query: Pairs
    path: str | None = None
    status: int = 0


class Mappings:
    """`{"append:header.name": "$request.querystring.x", …}`, compiled."""

    def __init__(self, mappings: Mapping[str, str]) -> None:
        self._changes = [_change(key, value) for key, value in mappings.items()]

    def __bool__(self) -> bool:
        return bool(self._changes)

    def apply(self, parts: Parts, scope: Scope) -> None:
        """Change `parts` as said, with values from `scope`, which stays as the client sent it."""
        for change in self._changes:
            if change.place == "header":
                parts.headers = _changed(parts.headers, change, change.name.lower(), scope)
            elif change.place == "querystring":
                parts.query = _changed(parts.query, change, change.name, scope)
            elif change.place == "path":
                parts.path = change.value(scope)
            else:
                status = change.value(scope) or ""
                parts.status = int(status) if status.isdigit() and 100 <= int(status) <= 599 else parts.status


def _change(key: str, value: str) -> _Change:
    action, _, place = key.partition(":")
    where, _, name = place.partition(".")
    return _Change(action, where, name, compiled(value))


def _changed(pairs: Sequence[tuple[str, str]], change: _Change, name: str, scope: Scope) -> Pairs:
    """Appending joins with what is there by a comma, as one value."""
    value = None if change.action == "remove" else change.value(scope)
    if value is None and change.action != "remove":
        return list(pairs)
    kept = [pair for pair in pairs if pair[0] != name]
    if value is None:
        return kept
    before = [pair[1] for pair in pairs if pair[0] == name] if change.action == "append" else []
    return [*kept, (name, ",".join([*before, value]))]
