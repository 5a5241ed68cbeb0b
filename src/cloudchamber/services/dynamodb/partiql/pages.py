"""A page of a SELECT: partition after partition, or a scan, and the token that goes on where it stopped.

A token belongs to its statement and parameters, and says in which range of rows to go on, and after which key.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from cloudchamber.core.errors import ValidationError
from cloudchamber.core.pagination import InvalidMarker, decode_marker, encode_marker
from cloudchamber.services.dynamodb import keys, limits
from cloudchamber.services.dynamodb.capacity import READ_UNIT_BYTES, Used
from cloudchamber.services.dynamodb.reading import Page
from cloudchamber.services.dynamodb.spans import query_span, resume_after, scan_span

if TYPE_CHECKING:
    from cloudchamber.services.dynamodb.keys import Part
    from cloudchamber.services.dynamodb.partiql.planning import Plan
    from cloudchamber.services.dynamodb.reading import Reading
    from cloudchamber.services.dynamodb.store import DynamoStore
    from cloudchamber.services.dynamodb.values import Item

_WHOLE = (0, 1)  # the one segment of a scan that is not parallel


class Stop(NamedTuple):
    """Where a page ended: in the range of this number, after this key; None: before its first row."""

    at: int
    key: Item | None


_START = Stop(0, None)


def digest_of(asked: Any) -> bytes:
    """Of what a token stands for."""
    return hashlib.sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)).digest()


def token_of(stop: Stop, request: Any) -> str:
    return encode_marker(orjson.dumps([_statement_of(request), stop.at, stop.key]).decode())


def stop_of(request: Any) -> Stop:
    """Where a request's NextToken says to go on. ValidationException for a token of another statement."""
    token = request.get("NextToken")
    if token is None:
        return _START
    try:
        statement, at, key = orjson.loads(decode_marker(token))
    except (InvalidMarker, ValueError, TypeError):
        raise ValidationError("NextToken does not match request") from None
    is_stop = type(at) is int and at >= 0 and (key is None or type(key) is dict)
    if statement != _statement_of(request) or not is_stop:
        raise ValidationError("NextToken does not match request")
    return Stop(at, key)


def _statement_of(request: Any) -> str:
    return digest_of([request["Statement"], request.get("Parameters")]).hex()


def read_page(store: DynamoStore, reading: Reading, plan: Plan, start: Stop) -> tuple[Page, Stop | None]:
    """Read until the limit, a mebibyte, or the end: what was read, and where to go on."""
    whole = reading
    if plan.sorts:  # by attributes that need not be among the columns
        reading = replace(reading, projection=None, select="ALL_ATTRIBUTES")
    page, stop = _read(store, reading, plan, start)
    if plan.sorts:
        page.items = _sorted(page.items, plan.sorts)
        if whole.projection is not None:
            page.items = [whole.projection.pick(item) for item in page.items]
    return page, stop


def _read(store: DynamoStore, reading: Reading, plan: Plan, start: Stop) -> tuple[Page, Stop | None]:
    page = Page(Used(reading.view))
    scans = plan.ranges is None
    spans = [scan_span(reading, *_WHOLE)] if plan.ranges is None else [query_span(reading, r) for r in plan.ranges]
    for at, span in enumerate(spans[start.at :], start.at):
        if at == start.at and start.key is not None:
            span = resume_after(
                reading, span, start.key, descending=plan.descending, segments=_WHOLE if scans else None
            )
        one = reading.page(store, span, descending=plan.descending)
        page.used.add(one.used)
        page.items += one.items
        page.count += one.count
        page.scanned += one.scanned
        if one.last is not None:
            return page, Stop(at, one.last)
        if reading.limit is not None:
            reading = replace(reading, limit=reading.limit - one.scanned)
        if at + 1 < len(spans) and _bytes_read(page, reading) >= limits.PAGE_BYTES:
            return page, Stop(at + 1, None)
    return page, None


def _bytes_read(page: Page, reading: Reading) -> float:
    """At most so many, to the unit."""
    return page.used.total * READ_UNIT_BYTES * (1 if reading.is_consistent else 2)


def _sorted(items: list[Any], sorts: tuple[tuple[Part, bool], ...]) -> list[Item]:
    found: list[Item] = [orjson.loads(item) if type(item) is bytes else item for item in items]
    for part, descends in reversed(sorts):
        found.sort(key=lambda item: keys.raw(item[part.name], part.kind), reverse=descends)
    return found
