"""Tags of buckets and objects: how requests bring them, and what may be one. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from cloudchamber.services.s3 import limits
from cloudchamber.services.s3.errors import BadRequest, InvalidArgument, InvalidTag

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ALLOWED = re.compile(r"[\w\s.:/=+\-@]*\Z")


@lru_cache(maxsize=256)
def from_header(text: str) -> tuple[tuple[str, str], ...]:
    """The tags of an `x-amz-tagging` header, checked: `project=x&stage=dev`."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True, encoding="utf-8", errors="strict")
    except ValueError:
        raise InvalidArgument(
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag "
            "name duplicates.", "x-amz-tagging", text,
        ) from None  # fmt: skip
    if len({key for key, _ in pairs}) < len(pairs):
        raise InvalidArgument(
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag "
            "name duplicates.", "x-amz-tagging", text,
        )  # fmt: skip
    check(pairs, limits.OBJECT_TAGS_MAX, "Object")
    return tuple(pairs)


def from_set(tag_set: Sequence[Mapping[str, Any]], most: int, whose: str) -> dict[str, str]:
    """The tags of a Tagging document, checked. `whose` is Object or Bucket."""
    pairs = [(str(tag["Key"]), str(tag["Value"])) for tag in tag_set]
    if len({key for key, _ in pairs}) < len(pairs):
        raise InvalidTag("Cannot provide multiple Tags with the same key")
    check(pairs, most, whose)
    return dict(pairs)


def check(pairs: Sequence[tuple[str, str]], most: int, whose: str) -> None:
    if len(pairs) > most:
        raise BadRequest(f"{whose} tags cannot be greater than {most}")
    for key, value in pairs:
        if not key or len(key) > limits.TAG_KEY_CHARS_MAX or _ALLOWED.match(key) is None:
            raise InvalidTag("The TagKey you have provided is invalid", TagKey=key)
        if len(value) > limits.TAG_VALUE_CHARS_MAX or _ALLOWED.match(value) is None:
            raise InvalidTag("The TagValue you have provided is invalid", TagKey=key, TagValue=value)
        if key.lower().startswith("aws:"):
            raise InvalidTag("System tags cannot be added/updated by requester")


def as_set(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
