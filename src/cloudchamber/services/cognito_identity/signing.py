"""The tokens of identities: signed with this cloud's key, which STS asks for by `web_identity_keys`.

The key is made once, when the first token is asked for, and kept in the store.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from cloudchamber.core import ids
from cloudchamber.identity import jwt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from cloudchamber.storage.engine import Store

ISSUER: Final = "https://cognito-identity.amazonaws.com"
PROVIDER: Final = "cognito-identity.amazonaws.com"
ALGORITHM: Final = "RS512"
TAGS_CLAIM: Final = "https://aws.amazon.com/tags"
KEY_BITS: Final = 2048


class Signer:
    """The key in use. `ready` before the rest."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._key: RSAPrivateKey | None = None
        self._key_id = ""
        self._jwk: jwt.Jwk = {}
        store.ensure(
            "cognito_identity_keys", ["CREATE TABLE cognito_identity_keys (id TEXT NOT NULL, pem BLOB NOT NULL)"]
        )
        store.on_undo(self._forget)

    async def ready(self) -> None:
        """The key is there: from the store, or made off the loop."""
        if self._key is not None:
            return
        row = self._store.one("SELECT id, pem FROM cognito_identity_keys")
        if row is None:
            made = await asyncio.to_thread(_make)
            row = self._store.one("SELECT id, pem FROM cognito_identity_keys")  # another call may have been quicker
            if row is None:
                row = (f"cloudchamber-{ids.span_id()}", made)
                with self._store.transaction():
                    self._store.execute("INSERT INTO cognito_identity_keys VALUES (?, ?)", row)
        from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415 - heavy

        key: Any = load_pem_private_key(row[1], None)
        self._key, self._key_id = key, row[0]
        self._jwk = jwt.public_jwk(key, self._key_id, ALGORITHM)

    def _forget(self) -> None:
        self._key = None

    @property
    def keys(self) -> list[jwt.Jwk]:
        """As JWKs."""
        return [self._jwk]

    def sign(self, claims: Mapping[str, Any]) -> str:
        assert self._key is not None
        return jwt.sign(claims, self._key, self._key_id, ALGORITHM)


def _make() -> bytes:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415

    key = rsa.generate_private_key(65537, KEY_BITS)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def tags_claim(tags: Mapping[str, str]) -> dict[str, Any]:
    """The claim with which STS gives a session its tags; nothing without any."""
    return {TAGS_CLAIM: {"principal_tags": {key: [value] for key, value in tags.items()}}} if tags else {}
