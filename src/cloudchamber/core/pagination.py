"""Pages of a listing: markers that a client hands back, opaque and checked."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")


class InvalidMarker(ValueError):
    """A marker that no listing of ours gave out."""


def encode_marker(text: str) -> str:
    return base64.urlsafe_b64encode(b"1" + text.encode()).decode()  # never empty: an empty marker means none


def decode_marker(marker: str) -> str:
    """The text in a marker; InvalidMarker if it is none of ours."""
    try:
        decoded = base64.b64decode(marker.encode("ascii"), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError, ValueError):
        raise InvalidMarker(marker) from None
    if not decoded.startswith("1"):
        raise InvalidMarker(marker)
    return decoded[1:]


def page(items: Sequence[T], key: Callable[[T], str], limit: int, marker: str | None) -> tuple[list[T], str | None]:
    """At most `limit` of `items` (sorted by `key`) after `marker`, and the marker of the next page or None."""
    after = None if not marker else decode_marker(marker)
    rest = [item for item in items if after is None or key(item) > after]
    chosen = rest[:limit]
    more = len(rest) > limit
    return chosen, encode_marker(key(chosen[-1])) if more and chosen else None
