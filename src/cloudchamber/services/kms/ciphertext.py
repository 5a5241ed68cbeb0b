"""What a symmetric key turns a plaintext into: AES-256-GCM behind a header that says which key material opens it.

    version 1 | kind 1 | account 5 | key id 16 | material number 4 | nonce 12 | ciphertext and tag

`kind` tells a multi-Region key's id (`mrk-…`) from a plain one. Header and encryption context are authenticated, so
changing either makes the blob unreadable. AWS's own format is not documented; clients take blobs as they come.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from cloudchamber.services.kms.errors import InvalidCiphertext

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.services.kms.key import Key

VERSION = 1
PLAIN, MULTI_REGION = 0, 1
NONCE_BYTES, TAG_BYTES = 12, 16
_HEADER = struct.Struct(">BB5s16sI")
_LENGTH = struct.Struct(">I")


class Sealed(NamedTuple):
    """A blob, taken apart."""

    account: str
    key_id: str
    number: int  # of the key material
    header: bytes
    nonce: bytes
    body: bytes


@lru_cache(maxsize=4096)
def _header(account: str, key_id: str, number: int) -> bytes:
    multi_region = key_id.startswith("mrk-")
    digits = key_id[4:] if multi_region else key_id.replace("-", "")
    kind = MULTI_REGION if multi_region else PLAIN
    return _HEADER.pack(VERSION, kind, int(account).to_bytes(5, "big"), bytes.fromhex(digits), number)


def _context(pairs: Mapping[str, str] | None) -> bytes:
    """An encryption context as bytes that no other context has, whatever the order of its pairs."""
    if not pairs:
        return b""
    out: list[bytes] = []
    for pair in sorted(pairs.items()):
        for word in pair:
            raw = word.encode()
            out += (_LENGTH.pack(len(raw)), raw)
    return b"".join(out)


def seal(cipher: Any, key: Key, nonce: bytes, plaintext: bytes, context: Mapping[str, str] | None) -> bytes:
    """The blob of `plaintext` under the key's current material, of which `cipher` is the AESGCM."""
    header = _header(key.account, key.id, key.material_number)
    sealed: bytes = cipher.encrypt(nonce, plaintext, header + _context(context))
    return header + nonce + sealed


def take_apart(blob: bytes) -> Sealed:
    """InvalidCiphertext for what is no blob of ours."""
    size = _HEADER.size
    if len(blob) < size + NONCE_BYTES + TAG_BYTES:
        raise InvalidCiphertext
    version, kind, account, raw, number = _HEADER.unpack_from(blob)
    if version != VERSION or kind not in (PLAIN, MULTI_REGION):
        raise InvalidCiphertext
    digits = raw.hex()
    key_id = f"mrk-{digits}"
    if kind == PLAIN:
        key_id = f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
    nonce = blob[size : size + NONCE_BYTES]
    owner = f"{int.from_bytes(account, 'big'):012d}"
    return Sealed(owner, key_id, number, blob[:size], nonce, blob[size + NONCE_BYTES :])


def unseal(cipher: Any, sealed: Sealed, context: Mapping[str, str] | None) -> bytes:
    """InvalidCiphertext if a bit of it, or of the encryption context, is not what it was."""
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - loaded with the first key

    try:
        plaintext: bytes = cipher.decrypt(sealed.nonce, sealed.body, sealed.header + _context(context))
    except InvalidTag:
        raise InvalidCiphertext from None
    return plaintext
