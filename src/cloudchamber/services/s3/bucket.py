"""A bucket's record, the rules of bucket names, and account ids as S3 shows them. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

Versioning = Literal["", "Enabled", "Suspended"]
Ownership = Literal["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"]

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{1,61})[a-z0-9]\Z")
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}\Z")
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+){1,3}-\d\Z")
_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
_CANONICAL_ID = re.compile(r"[0-9a-f]{52}([0-9]{12})\Z")
BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


@dataclass(frozen=True, slots=True)
class Grant:
    """One grant of an ACL. `grantee` is a canonical user id, or a group's URI."""

    grantee: str
    permission: str  # READ, WRITE, READ_ACP, WRITE_ACP, FULL_CONTROL


@dataclass(frozen=True, slots=True)
class Bucket:
    """`created_at` in epoch seconds. `configurations` are as they were put, by name."""

    name: str
    number: int  # what its objects belong to: a bucket that is made anew has none of the old one's
    account: str
    region: str
    created_at: float
    versioning: Versioning = ""
    ownership: Ownership = "BucketOwnerEnforced"
    blocks: dict[str, bool] = field(default_factory=lambda: dict.fromkeys(BLOCKS, True))
    has_blocks: bool = True
    grants: tuple[Grant, ...] = ()
    policy: str | None = None
    locks_objects: bool = False
    tags: dict[str, str] = field(default_factory=dict)
    configurations: dict[str, Any] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return f"arn:aws:s3:::{self.name}"

    @property
    def is_versioned(self) -> bool:
        return self.versioning == "Enabled"

    @property
    def takes_acls(self) -> bool:
        return self.ownership != "BucketOwnerEnforced"


def is_name(name: str) -> bool:
    """Whether a new general purpose bucket may be called so."""
    return (
        _NAME.match(name) is not None
        and ".." not in name
        and _ADDRESS.match(name) is None
        and not name.startswith(_PREFIXES)
        and not name.endswith(_SUFFIXES)
    )


def is_region(name: str) -> bool:
    """Whether a name has the form of a region's: there are new ones every year."""
    return _REGION.match(name) is not None


@lru_cache(maxsize=1024)
def canonical_id(account: str) -> str:
    """The canonical user id of an account: 64 hex digits, the last twelve of which are the account's own."""
    return hashlib.sha256(f"canonical user {account}".encode()).hexdigest()[:52] + account


def account_of_canonical(user_id: str) -> str | None:
    """The account behind a canonical user id; None for what is none."""
    found = _CANONICAL_ID.match(user_id)
    return found[1] if found and canonical_id(found[1]) == user_id else None


def owner(account: str) -> dict[str, str]:
    """The Owner element; S3 gives no display names any more."""
    return {"ID": canonical_id(account)}
