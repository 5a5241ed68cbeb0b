"""Checksums of content as it passes: the algorithms, what a request declares, and checksums of checksums. Pure.

CRC32C and CRC64NVME are AWS's own code (`awscrt`), loaded when the first content needs one of them.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from cloudchamber.services.s3.errors import BadDigest, InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

FULL, COMPOSITE = "FULL_OBJECT", "COMPOSITE"
# Name -> size in bytes of a checksum.
SIZES: Mapping[str, int] = {"CRC32": 4, "CRC32C": 4, "CRC64NVME": 8, "SHA1": 20, "SHA256": 32, "SHA512": 64, "MD5": 16}
MEMBERS: Mapping[str, str] = {name: f"Checksum{name}" for name in SIZES}
DEFAULT = "CRC64NVME"  # what S3 computes for content that came without a checksum
TRAILER_PREFIX = "x-amz-checksum-"
UNSUPPORTED = (
    "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
    "[CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"
)
FOREIGN = ("ChecksumXXHASH64", "ChecksumXXHASH3", "ChecksumXXHASH128")


class Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...


class _Crc:
    """A CRC by a function that goes on from a previous value."""

    def __init__(self, function: Callable[[bytes, int], int], size: int) -> None:
        self._function = function
        self._size = size
        self._value = 0

    def update(self, data: bytes) -> None:
        self._value = self._function(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._size)


@lru_cache(maxsize=8)
def _crt(name: str) -> Any:
    from awscrt import checksums  # type: ignore[import-not-found, import-untyped, unused-ignore]  # noqa: PLC0415

    return getattr(checksums, name)


def digest(algorithm: str) -> Digest:
    if algorithm == "CRC32":
        return _Crc(zlib.crc32, 4)
    if algorithm in ("CRC32C", "CRC64NVME"):
        return _Crc(_crt(algorithm.lower()), SIZES[algorithm])
    return hashlib.new(algorithm.lower(), usedforsecurity=False)


def of(algorithm: str, content: bytes) -> str:
    made = digest(algorithm)
    made.update(content)
    return base64.b64encode(made.digest()).decode()


def declared(request: Mapping[str, Any]) -> tuple[str, str] | None:
    """Algorithm and value of the checksum in a request's headers. InvalidRequest for several, or a malformed one."""
    found = [(name, request[member]) for name, member in MEMBERS.items() if request.get(member) is not None]
    if any(request.get(member) is not None for member in FOREIGN):
        raise InvalidRequest("The algorithm type you specified in x-amz-checksum- header is not supported here.")
    if not found:
        return None
    if len(found) > 1:
        raise InvalidRequest("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
    check_form(*found[0])
    return found[0]


def check_form(algorithm: str, value: str) -> None:
    """InvalidRequest for a value that cannot be one of the algorithm's."""
    try:
        size = len(base64.b64decode(value.encode("ascii"), validate=True))
    except (binascii.Error, UnicodeError, ValueError):
        size = -1
    if size != SIZES[algorithm]:
        raise InvalidRequest(f"Value for x-amz-checksum-{algorithm.lower()} header is invalid.")


def announced(trailer: str | None) -> str | None:
    """The algorithm whose value follows the content, from `x-amz-trailer`."""
    name = (trailer or "").strip().lower()
    if not name.startswith(TRAILER_PREFIX):
        return None
    algorithm = name.removeprefix(TRAILER_PREFIX).upper()
    if algorithm not in SIZES:
        raise InvalidRequest("The value specified in the x-amz-trailer header is not supported")
    return algorithm


def mismatch(algorithm: str) -> BadDigest:
    return BadDigest(f"The {algorithm} you specified did not match the calculated checksum.")


def compose(algorithm: str, values: Sequence[str]) -> str:
    """The checksum of the parts' checksums, with the number of parts: `…==-3`."""
    return f"{of(algorithm, b''.join(base64.b64decode(value) for value in values))}-{len(values)}"


def join(algorithm: str, parts: Sequence[tuple[str, int]]) -> str:
    """The CRC of content from the CRCs and sizes in bytes of its parts."""
    combine = _crt(f"combine_{algorithm.lower()}")
    total = 0
    for value, size in parts:
        total = combine(total, int.from_bytes(base64.b64decode(value)), size)
    return base64.b64encode(total.to_bytes(SIZES[algorithm])).decode()


def is_crc(algorithm: str) -> bool:
    return algorithm.startswith("CRC")


def split(checksum: str) -> tuple[str, str, str] | None:
    """Algorithm, type and value of a stored checksum; None for none."""
    if not checksum:
        return None
    algorithm, kind, value = checksum.split(" ", 2)
    return algorithm, kind, value


def members(checksum: str) -> dict[str, str]:
    """A stored checksum as members of an answer."""
    found = split(checksum)
    return {} if found is None else {MEMBERS[found[0]]: found[2], "ChecksumType": found[1]}
