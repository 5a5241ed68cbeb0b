"""Messages of the AWS Encryption SDK, in which custom senders are handed codes. One algorithm, one frame.

Version 1 of the format with AES-256-GCM and a key derived by HKDF-SHA256 (algorithm 0x0178), which every Encryption
SDK decrypts whose commitment policy allows it, as Cognito's own pages show (REQUIRE_ENCRYPT_ALLOW_DECRYPT).
https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/message-format.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cloudchamber.core import ids

if TYPE_CHECKING:
    from collections.abc import Mapping

_ALGORITHM: Final = (0x0178).to_bytes(2)
_ID_BYTES, _IV_BYTES, _KEY_BYTES = 16, 12, 32
_FINAL: Final = b"\xff\xff\xff\xff"
_FRAME_BYTES: Final = 4096


@dataclass(frozen=True, slots=True)
class DataKey:
    plaintext: bytes
    ciphertext: bytes
    key_arn: str


def _sized(raw: bytes) -> bytes:
    return len(raw).to_bytes(2) + raw


def _context(pairs: Mapping[str, str]) -> bytes:
    if not pairs:
        return b""
    entries = [_sized(name.encode()) + _sized(value.encode()) for name, value in sorted(pairs.items())]
    return len(entries).to_bytes(2) + b"".join(entries)


def seal(plaintext: bytes, key: DataKey, context: Mapping[str, str]) -> bytes:
    """A message of one final frame."""
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - heavy, loaded with the first message
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415

    message_id = ids.token_bytes(_ID_BYTES)
    derived = HKDF(hashes.SHA256(), _KEY_BYTES, None, _ALGORITHM + message_id).derive(key.plaintext)
    cipher = AESGCM(derived)
    wrapped = _sized(b"aws-kms") + _sized(key.key_arn.encode()) + _sized(key.ciphertext)
    header = (
        b"\x01\x80" + _ALGORITHM + message_id + _sized(_context(context)) + (1).to_bytes(2) + wrapped
        + b"\x02" + bytes(4) + bytes([_IV_BYTES]) + _FRAME_BYTES.to_bytes(4)
    )  # fmt: skip
    header_iv, iv, sequence = bytes(_IV_BYTES), (1).to_bytes(_IV_BYTES), (1).to_bytes(4)
    length = len(plaintext).to_bytes(4)
    about = message_id + b"AWSKMSEncryptionClient Final Frame" + sequence + len(plaintext).to_bytes(8)
    body = _FINAL + sequence + iv + length + cipher.encrypt(iv, plaintext, about)
    return header + header_iv + cipher.encrypt(header_iv, b"", header) + body
