"""Shard iterators: where a reader stands in a shard, in a text that needs no memory of ours.

`<ARN of the stream>|1|<base64>`, as AWS's are; the rest is the number of the next record, the instant at which the
iterator was given out and the shard's id, with a checksum against texts that were cut or made up.
"""

from __future__ import annotations

import base64
import binascii
import struct
import zlib
from typing import NamedTuple

_HEAD = struct.Struct(">IQQ")


class Position(NamedTuple):
    """Where to read on: sequence numbers from `start`. `issued_ms` in epoch milliseconds."""

    arn: str
    shard_id: str
    start: int
    issued_ms: int


def encode(position: Position) -> str:
    rest = struct.pack(">QQ", position.start, position.issued_ms) + position.shard_id.encode()
    raw = zlib.crc32(rest).to_bytes(4, "big") + rest
    return f"{position.arn}|1|{base64.b64encode(raw).decode()}"


def decode(text: str) -> Position | None:
    """None for a text that is no iterator."""
    arn, _, rest = text.partition("|1|")
    try:
        raw = base64.b64decode(rest, validate=True)
        shard_id = raw[_HEAD.size :].decode()
    except (binascii.Error, ValueError):
        return None
    if len(raw) < _HEAD.size:
        return None
    checksum, start, issued_ms = _HEAD.unpack_from(raw)
    return Position(arn, shard_id, start, issued_ms) if checksum == zlib.crc32(raw[4:]) else None


def arn_of(text: str) -> str:
    """The ARN of the stream an iterator is for, or what stands in its place."""
    return text.partition("|")[0]
