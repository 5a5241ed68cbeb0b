"""One version of an object, or a delete marker: its record, and the ids of versions. Pure."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

NULL = "null"  # the version id of what was written while the bucket did not version
ARCHIVED = ("GLACIER", "DEEP_ARCHIVE")
STORAGE_CLASSES = frozenset({
    "STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER", "DEEP_ARCHIVE",
    "GLACIER_IR",
})  # fmt: skip


@dataclass(slots=True)
class Version:
    """`seq` orders the versions of a key, newest highest. `modified_at` in epoch seconds.

    `pieces` says where the content is (see `bodies.py`). `checksum` is `ALGORITHM TYPE value`, or empty. `about` has
    what only some requests need: headers, metadata, tags, encryption, lock, restore, replication.
    """

    bucket: int
    key: str
    seq: int
    version: str
    is_latest: bool
    is_marker: bool
    size: int
    etag: str
    modified_at: float
    storage_class: str
    owner: str  # an account
    pieces: str
    checksum: str
    about: dict[str, Any]

    @property
    def is_hidden(self) -> bool:
        """Whether lists of objects leave it out: not the latest, or a delete marker."""
        return self.is_marker or not self.is_latest

    @property
    def tags(self) -> dict[str, str]:
        found: dict[str, str] = self.about.get("tags") or {}
        return found


def version_id(seq: int, noise: bytes) -> str:
    """32 characters that look like nothing and hold `seq`, masked by 18 bytes of `noise`."""
    masked = (seq ^ int.from_bytes(noise[:6])).to_bytes(6)
    return base64.b64encode(noise[:18] + masked, altchars=b"._").decode()


def seq_of(version: str) -> int | None:
    """The place of a version in the order of all, from its id; None for what is no id."""
    try:
        raw = base64.b64decode(version.encode("ascii"), altchars=b"._", validate=True)
    except (binascii.Error, UnicodeError, ValueError):
        return None
    return int.from_bytes(raw[18:]) ^ int.from_bytes(raw[:6]) if len(raw) == 24 else None
