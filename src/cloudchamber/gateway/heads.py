"""The heads of requests: the target as a path, what must not be in one, and names that need no work twice."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import chain

_AUTHORITY = re.compile(r"https?://[^/?#]+", re.IGNORECASE)
HEADERS_BYTES_MAX = 64 * 1024
HEADERS_MAX = 200
NAMES_MAX = 2048


class BadHead(Exception):
    """A request that is refused before anybody has looked at what it wants."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@lru_cache(maxsize=NAMES_MAX)
def name_of(raw: bytes) -> str:
    """A header's name in lower case."""
    return raw.decode("latin-1").lower()


def check_size(headers: list[tuple[str, str]]) -> None:
    """BadHead (431) for too many headers or too much in them."""
    if len(headers) > HEADERS_MAX or sum(map(len, chain.from_iterable(headers))) > HEADERS_BYTES_MAX:
        raise BadHead(431)


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


def without_upgrade(method: str, target: bytes, version: str, headers: list[tuple[str, str]]) -> bytes:
    """The head again, without the wish to speak another protocol that is not spoken here (`h2c`)."""
    lines = [f"{name}: {value}\r\n" for name, value in headers if name != "upgrade"]
    return method.encode() + b" " + target + f" HTTP/{version}\r\n{''.join(lines)}\r\n".encode("latin-1")
