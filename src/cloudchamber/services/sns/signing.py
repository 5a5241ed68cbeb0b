"""The key with which messages are signed, and its certificate. Made when the first message needs it, and kept.

AWS's certificate is issued for sns.amazonaws.com and fetched from the SigningCertURL of a message; so is this one.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids

if TYPE_CHECKING:
    from cloudchamber.storage.engine import Store

KEY_BITS = 2048
VALID_DAYS = 365 * 50  # the cloud's time can be moved on by years
SIGNED_KEPT = 16  # a message is signed once for all its subscriptions
PREFIX, SUFFIX = "/SimpleNotificationService-", ".pem"


class Signer:
    """Signs with the one key of a database."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._key: Any = None
        self._path = ""
        self._signed = lru_cache(maxsize=SIGNED_KEPT)(self._sign)
        store.on_undo(self._forget)

    def sign(self, text: str, version: str, now: float) -> tuple[str, str]:
        """The signature in base64 (version 1: SHA1, version 2: SHA256) and the path of the certificate."""
        if self._key is None:
            self._open(now)
        return self._signed(text, version), self._path

    def certificate(self, path: str) -> bytes | None:
        """The certificate at a path, in PEM."""
        found: bytes | None = self._store.value(
            "SELECT certificate FROM sns_signing WHERE id = ?", (path.removeprefix(PREFIX).removesuffix(SUFFIX),)
        )
        return found

    def _sign(self, text: str, version: str) -> str:
        from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - only who signs pays for it
        from cryptography.hazmat.primitives.asymmetric import padding  # noqa: PLC0415

        digest = hashes.SHA256() if version == "2" else hashes.SHA1()
        return base64.b64encode(self._key.sign(text.encode(), padding.PKCS1v15(), digest)).decode()

    def _open(self, now: float) -> None:
        """Load the key, or make it."""
        from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

        row = self._store.one("SELECT id, key FROM sns_signing LIMIT 1")
        if row is None:
            row = (ids.token_bytes(16).hex(), *_made(now))
            with self._store.transaction():
                self._store.execute("INSERT INTO sns_signing VALUES (?, ?, ?)", row)
        self._key = load_pem_private_key(row[1], None)
        self._path = f"{PREFIX}{row[0]}{SUFFIX}"

    def _forget(self) -> None:
        """The database may be another one now, with a key of its own."""
        self._key = None
        self._signed.cache_clear()


def _made(now: float) -> tuple[bytes, bytes]:
    """A new key and its certificate, in PEM."""
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415

    key = rsa.generate_private_key(65537, KEY_BITS)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.amazonaws.com")])
    begins = datetime.fromtimestamp(now, UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(ids.token_bytes(16)))
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=VALID_DAYS))
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private, certificate.public_bytes(encoding)
