"""Conditional requests and ranges: whether a read or write goes ahead, and which bytes a read gets. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cloudchamber.protocol.scalars import parse_timestamp
from cloudchamber.services.s3.errors import InvalidRange, NoSuchKey, PreconditionFailed, S3Error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.services.s3.version import Version

_RANGE = re.compile(r"bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*\Z", re.ASCII)
NUMBER_CHARS_MAX = 18


class NotModified(Exception):
    """The reader has the object already."""


def check_read(request: Mapping[str, Any], version: Version, prefix: str = "") -> None:
    """PreconditionFailed, or NotModified where the answer has no content. `prefix` is CopySource for copies.

    As HTTP has it, a date decides only where there is no entity tag to go by.
    """
    if_match, if_none_match = request.get(f"{prefix}IfMatch"), request.get(f"{prefix}IfNoneMatch")
    unmodified = _instant(request.get(f"{prefix}IfUnmodifiedSince"))
    modified = _instant(request.get(f"{prefix}IfModifiedSince"))
    header = "x-amz-copy-source-" if prefix else ""
    if if_match is not None:
        if not matches(if_match, version.etag):
            raise PreconditionFailed(f"{header}If-Match")
    elif unmodified is not None and int(version.modified_at) > unmodified:
        raise PreconditionFailed(f"{header}If-Unmodified-Since")
    if if_none_match is not None:
        if matches(if_none_match, version.etag):
            raise PreconditionFailed(f"{header}If-None-Match") if prefix else NotModified
    elif modified is not None and int(version.modified_at) <= modified:
        raise PreconditionFailed(f"{header}If-Modified-Since") if prefix else NotModified


def check_write(request: Mapping[str, Any], current: Version | None) -> None:
    """Whether a write may replace `current` (a delete marker counts as nothing). PreconditionFailed, NoSuchKey."""
    if_match, if_none_match = request.get("IfMatch"), request.get("IfNoneMatch")
    if if_match is None and if_none_match is None:
        return
    there = current is not None and not current.is_marker
    if if_none_match is not None:
        if if_none_match.strip() != "*":
            raise _unsupported("If-None-Match")
        if there:
            raise PreconditionFailed("If-None-Match")
    if if_match is not None:
        if not there:
            raise NoSuchKey(None, Key=request["Key"])
        assert current is not None
        if not matches(if_match, current.etag):
            raise PreconditionFailed("If-Match")


def _unsupported(header: str) -> S3Error:
    error = S3Error("A header you provided implies functionality that is not implemented", Header=header)
    return error.named("NotImplemented", 501)


def matches(header: str, etag: str) -> bool:
    """Whether an `If-Match` header names an entity tag, given without its quotes."""
    if header.strip() == "*":
        return True
    return any(part.strip().removeprefix("W/").strip('"') == etag for part in header.split(","))


def _instant(text: str | None) -> float | None:
    try:
        return None if text is None else parse_timestamp(text)
    except ValueError:
        return None


def byte_range(header: str | None, size: int) -> tuple[int, int] | None:
    """First byte and length of the range a header asks for; None for all of it. A header that is none is passed over.

    InvalidRange where nothing of it is there.
    """
    found = None if header is None else _RANGE.match(header.strip())
    if found is None or not (found[1] or found[2]) or max(len(found[1]), len(found[2])) > NUMBER_CHARS_MAX:
        return None
    if not found[1]:
        length = min(int(found[2]), size)
        first, last = size - length, size - 1
    else:
        first = int(found[1])
        last = min(int(found[2]), size - 1) if found[2] else size - 1
        if found[2] and int(found[2]) < first:
            return None
    if first >= size or last < first:
        raise InvalidRange(None, RangeRequested=header, ActualObjectSize=size)
    return first, last - first + 1
