"""Keys as bytes that compare as DynamoDB orders: a Query is one range of a table's rows, and so is a segment of a Scan.

A row's key in the store:

    table or index number (4 bytes) - hash of the partition key (4) - its length (2) - partition key - sort key [- more]

The hash spreads partitions as DynamoDB's does: a Scan walks them in an order that says nothing, and a segment of a
parallel Scan is a range of hashes. In an index, whose keys need not be unique, the key of the item follows.
"""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from cloudchamber.services.dynamodb import numbers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudchamber.services.dynamodb.values import Item, Value

HASHES = 1 << 32
_END = b"\x00\x00"


class Part(NamedTuple):
    """A key attribute: its name and its kind, `S`, `N` or `B`."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class KeySchema:
    """A table's key has one partition attribute and at most one sort attribute; a global index may have more."""

    partition: tuple[Part, ...]
    sort: tuple[Part, ...] = ()

    @property
    def parts(self) -> tuple[Part, ...]:
        return self.partition + self.sort

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(part.name for part in self.partition + self.sort)


def prefix(number: int) -> bytes:
    """What the keys of a table's or an index's rows begin with."""
    return number.to_bytes(4, "big")


def after(key: bytes) -> bytes:
    """The least key that is greater than all that begin with `key`; longer than any for one of 0xFF only."""
    cut = key.rstrip(b"\xff")
    return cut[:-1] + bytes((cut[-1] + 1,)) if cut else key + b"\xff"


def raw(value: Value, kind: str) -> bytes:
    """A key attribute's bytes in their order; for the last part of a key."""
    inner: str = value[kind]
    if kind == "S":
        return inner.encode()
    if kind == "N":
        return numbers.encode(inner)
    return base64.b64decode(inner)


def ended(value: Value, kind: str) -> bytes:
    """The same with an end of its own, so that more can follow without disturbing the order."""
    found = raw(value, kind)
    return found if kind == "N" else found.replace(b"\x00", b"\x00\xff") + _END


def begun(value: Value, kind: str) -> bytes:
    """What all texts of a part that ends by itself begin with, if they begin with this one."""
    return raw(value, kind).replace(b"\x00", b"\x00\xff")


def partition_key(number: int, partition: bytes) -> bytes:
    """What the keys of all rows of one partition begin with."""
    return (
        number.to_bytes(4, "big")
        + zlib.crc32(partition).to_bytes(4, "big")
        + len(partition).to_bytes(2, "big")
        + partition
    )


def item_key(number: int, schema: KeySchema, item: Mapping[str, Any]) -> bytes:
    """The key of an item's row in its table. Its key attributes have been checked."""
    name, kind = schema.partition[0]
    key = partition_key(number, raw(item[name], kind))
    if schema.sort:
        name, kind = schema.sort[0]
        key += raw(item[name], kind)
    return key


def index_partition(number: int, parts: Sequence[Part], values: Sequence[Value]) -> bytes:
    """What the keys of all rows of one partition of an index begin with."""
    joined = b"".join(ended(value, part.kind) for part, value in zip(parts, values, strict=True))
    return partition_key(number, joined)


def index_key(number: int, schema: KeySchema, item: Item, own: bytes) -> bytes | None:
    """The key of an item's row in an index; None for an item that is not in it. `own` is its key in the table."""
    try:
        partition = b"".join([ended(item[name], kind) for name, kind in schema.partition])
        sort = b"".join([ended(item[name], kind) for name, kind in schema.sort])
    except KeyError:  # an attribute is absent, or of another kind
        return None
    return partition_key(number, partition) + sort + own[4:]


def segment(number: int, at: int, total: int) -> tuple[bytes, bytes]:
    """The range of keys, from and up to, of one segment of a parallel Scan."""
    start, end = HASHES * at // total, HASHES * (at + 1) // total
    first = prefix(number) + start.to_bytes(4, "big")
    last = prefix(number + 1) if end == HASHES else prefix(number) + end.to_bytes(4, "big")
    return first, last
