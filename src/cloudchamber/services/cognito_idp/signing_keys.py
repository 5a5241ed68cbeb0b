"""The keys that sign a pool's tokens: one for ID tokens and one for access tokens, made when first needed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.service import Platform, Request, private_operation
from cloudchamber.identity import jwt
from cloudchamber.services.cognito_idp.base import CognitoBase
from cloudchamber.services.cognito_idp.errors import ResourceNotFound
from cloudchamber.services.cognito_idp.limits import KEY_BITS
from cloudchamber.services.cognito_idp.records import SigningKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from cloudchamber.core.context import Context
    from cloudchamber.services.cognito_idp.records import Pool

USES = ("id", "access")
KEY_ID_BYTES = 32
CACHE_MAX = 1000


class SigningKeys(CognitoBase):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self._loaded: dict[tuple[str, str], tuple[str, RSAPrivateKey]] = {}
        self._published: dict[str, list[jwt.Jwk]] = {}
        self._is_local_issuer = bool(platform.settings.get("cognito-idp.local_issuer", False))
        platform.store.on_undo(self._loaded.clear)
        platform.store.on_undo(self._published.clear)

    async def prepare_keys(self, pool: Pool) -> None:
        """Afterwards the pool has both keys. Making them takes tens of milliseconds, off the loop."""
        if self.store.keys.get(pool.id, USES[0]) is not None:
            return
        made = [SigningKey(pool.id, use, _key_id(), await asyncio.to_thread(_make)) for use in USES]
        with self.platform.store.transaction():
            if self.store.keys.get(pool.id, USES[0]) is None:  # another call may have been quicker
                for key in made:
                    self.store.keys.put(key)

    def sign(self, pool: Pool, use: str, claims: dict[str, Any]) -> str:
        """A token, once `prepare_keys` was waited for."""
        key_id, key = self._key(pool, use)
        return jwt.sign(claims, key, key_id)

    def _key(self, pool: Pool, use: str) -> tuple[str, RSAPrivateKey]:
        found = self._loaded.get((pool.id, use))
        if found is None:
            kept = self.store.keys.get(pool.id, use)
            assert kept is not None
            if len(self._loaded) >= CACHE_MAX:
                self._loaded.clear()
            found = self._loaded[pool.id, use] = (kept.id, _load(kept.private))
        return found

    async def published(self, pool: Pool) -> list[jwt.Jwk]:
        """The public halves, as JWKs."""
        found = self._published.get(pool.id)
        if found is None:
            await self.prepare_keys(pool)
            pairs = [self._key(pool, use) for use in USES]
            found = [jwt.public_jwk(key, key_id) for key_id, key in pairs]
            if len(self._published) >= CACHE_MAX:
                self._published.clear()
            self._published[pool.id] = found
        return found

    @private_operation
    async def web_identity_keys(self, ctx: Context, request: Request) -> dict[str, Any]:
        """The `Keys` (JWKs) of the pool whose tokens an `Issuer` signs. ResourceNotFound."""
        pool = self.store.pools.get(str(request["Issuer"]).rpartition("/")[2])
        if pool is None or request["Issuer"] not in (pool.issuer, self.issuer_of(pool)):
            raise ResourceNotFound(f"User pool of {request['Issuer']} does not exist.")
        return {"Keys": await self.published(pool)}

    def issuer_of(self, pool: Pool) -> str:
        """What stands in `iss`: AWS's issuer, or an address of this cloud where the settings say so."""
        return f"{self.address}/{pool.id}" if self._is_local_issuer else pool.issuer


def _key_id() -> str:
    return ids.alphanumeric(KEY_ID_BYTES + 11) + "="


def _make() -> bytes:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - heavy, loaded with the first key
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415

    made = rsa.generate_private_key(65537, KEY_BITS)
    return made.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _load(der: bytes) -> RSAPrivateKey:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - as above

    key: Any = serialization.load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
    found: RSAPrivateKey = key
    return found
