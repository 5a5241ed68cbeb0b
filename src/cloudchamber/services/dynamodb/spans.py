"""Which rows a Query or a Scan reads: a range of keys, from `low` (inclusive) up to `high` (exclusive)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cloudchamber.core.errors import ValidationError
from cloudchamber.services.dynamodb import keys, values
from cloudchamber.services.dynamodb.writing import check_key

if TYPE_CHECKING:
    from cloudchamber.services.dynamodb.expressions.keys import KeyRange
    from cloudchamber.services.dynamodb.reading import Reading
    from cloudchamber.services.dynamodb.values import Item, Value

_INVALID = "The provided starting key is invalid"


class Span(NamedTuple):
    low: bytes
    high: bytes


def query_span(reading: Reading, found: KeyRange) -> Span:
    """The rows of a key condition: all of a partition, or those whose sort key is in a range."""
    if reading.index is None:
        start = keys.partition_key(reading.number, keys.raw(found.partition[0], reading.key.partition[0].kind))
    else:
        start = keys.index_partition(reading.number, reading.key.partition, found.partition)
        for part, value in zip(reading.key.sort, found.sort_equal, strict=False):
            start += keys.ended(value, part.kind)
    if found.operator is None:
        return Span(start, keys.after(start))
    kind = reading.key.sort[len(found.sort_equal)].kind
    return _sorted(start, found, kind, is_index=reading.index is not None)


def _sorted(start: bytes, found: KeyRange, kind: str, *, is_index: bool) -> Span:
    def first(value: Value) -> bytes:
        """The least key of rows with this value."""
        return start + (keys.ended(value, kind) if is_index else keys.raw(value, kind))

    def past(value: Value) -> bytes:
        """The least key after those of rows with this value."""
        return keys.after(first(value)) if is_index else first(value) + b"\x00"

    operator, operand = found.operator, found.operands[0]
    if operator == "begins_with":
        begun = start + (keys.begun(operand, kind) if is_index else keys.raw(operand, kind))
        return Span(begun, keys.after(begun))
    low = past(operand) if operator == ">" else first(operand) if operator in ("=", ">=", "BETWEEN") else start
    if operator in (">", ">="):
        return Span(low, keys.after(start))
    if operator == "<":
        return Span(low, first(operand))
    return Span(low, past(found.operands[-1]))


def scan_span(reading: Reading, at: int, total: int) -> Span:
    """The rows of one segment of a Scan."""
    return Span(*keys.segment(reading.number, at, total))


def resume_after(
    reading: Reading, span: Span, start: Item, *, descending: bool = False, segments: tuple[int, int] | None = None
) -> Span:
    """What is left of the rows after the one that ExclusiveStartKey names; ValidationException if it names none."""
    key = _start_key(reading, start, is_scan=segments is not None)
    if not span.low <= key < span.high:
        if segments is not None:
            at, total = segments
            raise ValidationError(
                f"{_INVALID}: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. "
                f"TotalSegments: {total} Segment: {at}"
            )
        raise ValidationError("The provided starting key is outside query boundaries based on provided conditions")
    return Span(span.low, key) if descending else Span(key + b"\x00", span.high)


def _start_key(reading: Reading, start: Item, *, is_scan: bool) -> bytes:
    for value in start.values():
        values.check(value)
    own = {name: start[name] for name in reading.view.key_names if name in start}
    names = {*reading.key.names, *reading.view.key_names}
    mismatch = ValidationError(
        f"{_INVALID}: The provided key element does not match the schema"
        if is_scan or reading.index is None
        else _INVALID
    )
    if set(start) != names:
        raise mismatch
    try:
        check_key(reading.view, own)
    except ValidationError as fault:
        raise ValidationError(f"{_INVALID}: {fault.message}") from None
    key = keys.item_key(reading.view.number, reading.view.key, own)
    if reading.index is None:
        return key
    found = keys.index_key(reading.number, reading.key, start, key)
    if found is None:
        raise mismatch
    return found
