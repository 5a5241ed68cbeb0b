"""Event ids and page tokens, which are instants and places written as AWS writes them: 56 digits, instant first."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.services.logs.errors import InvalidParameter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cloudchamber.services.logs.store import Position

_SHIFT = 144
# What a page token may carry: the name behind which, or the two names, or the place, from which a listing goes on.
_KINDS: dict[str, Callable[[Any], bool]] = {
    "after": lambda value: isinstance(value, str),
    "pair": lambda value: isinstance(value, list) and [type(part) for part in value] == [str, str],
    **dict.fromkeys(("at", "seq", "row"), lambda value: isinstance(value, int) and 0 <= value < 1 << 62),
}
END: Position = (1 << 62, 0)


def _nothing(value: Any) -> bool:
    return False


def event_id(at: int, seq: int) -> str:
    """56 digits that sort as the events do."""
    return f"{at << _SHIFT | seq:056d}"


def read_id(text: str) -> Position:
    """ValueError for what is no id."""
    number = int(text)
    return number >> _SHIFT, number & ((1 << _SHIFT) - 1)


def stream_token(direction: str, position: Position) -> str:
    """`f/…` goes on forward from a position, `b/…` backward."""
    return f"{direction}/{event_id(*position)}/s"


def read_stream_token(token: str) -> tuple[str, Position]:
    """The direction and position of a token; InvalidParameter for what GetLogEvents never gave out."""
    direction, _, rest = token.partition("/")
    digits = rest.removesuffix("/s")
    if direction not in ("f", "b") or not digits.isdecimal() or len(digits) > 60:
        raise InvalidParameter("The specified nextToken is invalid.")
    return direction, read_id(digits)


def page_token(**content: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(content)).decode()


def read_page_token(token: str | None) -> Mapping[str, Any]:
    """What a page token carries, nothing for none; InvalidParameter for what is no token."""
    if token is None:
        return {}
    try:
        found = orjson.loads(base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        raise InvalidParameter("The specified nextToken is invalid.") from None
    if not isinstance(found, dict) or not all(_KINDS.get(name, _nothing)(value) for name, value in found.items()):
        raise InvalidParameter("The specified nextToken is invalid.")
    return found
