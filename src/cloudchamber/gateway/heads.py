"""The heads of requests: the target as a path, what must not be in one, and names that need no work twice."""

from __future__ import annotations

import re

_AUTHORITY = re.compile(r"https?://[^/?#]+", re.IGNORECASE)
HEADERS_BYTES_MAX = 64 * 1024
HEADERS_MAX = 200
NAMES_MAX = 2048
_KEYS: dict[bytes, str] = {}


class BadHead(Exception):
    """A request that is refused before anybody has looked at what it wants."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def headers_of(raw: list[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    """Headers as text, their names in lower case. BadHead (431) for too many or too much."""
    if len(raw) > HEADERS_MAX or sum([len(name) + len(value) for name, value in raw]) > HEADERS_BYTES_MAX:
        raise BadHead(431)
    return [(_KEYS.get(name) or _key(name), value.decode("latin-1").rstrip(" \t")) for name, value in raw]


def _key(name: bytes) -> str:
    key = name.decode("latin-1").lower()
    if len(_KEYS) >= NAMES_MAX:
        _KEYS.clear()
    _KEYS[name] = key
    return key


def origin_form(method: str, target: str, version: str) -> str:
    """The path and query of a target, which a client that speaks to a proxy sends with scheme and host."""
    if version not in ("1.1", "1.0"):
        raise BadHead(400)
    if method == "CONNECT":
        raise BadHead(405)
    if target.startswith("/") or (target == "*" and method == "OPTIONS"):
        return target
    authority = _AUTHORITY.match(target)
    if authority is None:
        raise BadHead(400)
    rest = target[authority.end() :]
    return rest if rest.startswith("/") else f"/{rest}"


def without_upgrade(method: str, target: bytes, version: str, headers: list[tuple[bytes, bytes]]) -> bytes:
    """The head again, without the wish to speak another protocol that is not spoken here (`h2c`)."""
    lines = [b"%b: %b\r\n" % header for header in headers if header[0].lower() != b"upgrade"]
    return method.encode() + b" " + target + f" HTTP/{version}\r\n".encode() + b"".join(lines) + b"\r\n"
