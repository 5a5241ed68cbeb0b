"""Pages of IAM's lists: MaxItems, Marker, IsTruncated.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NotRequired, TypedDict, TypeVar

from cloudchamber.core.pagination import InvalidMarker, decode_marker, encode_marker
from cloudchamber.services.iam.errors import IamValidationError
from cloudchamber.services.iam.limits import LIST_ITEMS_DEFAULT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cloudchamber.core.service import Request

T = TypeVar("T")


class Paging(TypedDict):
    IsTruncated: bool
    Marker: NotRequired[str]


def start(request: Request) -> str | None:
    """The key after which the asked page begins. ValidationError for a marker that is none of ours."""
    marker = request.get("Marker")
    if not marker:
        return None
    try:
        return decode_marker(marker)
    except InvalidMarker:
        raise IamValidationError("Invalid Marker.") from None


def page_of(items: Iterable[T], key: Callable[[T], str], request: Request) -> tuple[list[T], Paging]:
    """The page of a list whose items come in any order."""
    after = start(request)
    rest = sorted((item for item in items if after is None or key(item) > after), key=key)
    return first_page(rest, key, request)


def first_page(items: Iterable[T], key: Callable[[T], str], request: Request) -> tuple[list[T], Paging]:
    """The first of `items`, which begin after the request's marker and come in the order of their keys."""
    limit = request.get("MaxItems") or LIST_ITEMS_DEFAULT
    found = list(islice(items, limit + 1))
    if len(found) <= limit:
        return found, {"IsTruncated": False}
    return found[:limit], {"IsTruncated": True, "Marker": encode_marker(key(found[limit - 1]))}
