"""Data keys and random bytes: GenerateDataKey, GenerateDataKeyPair, both without plaintext, GenerateRandom.

https://docs.aws.amazon.com/kms/latest/developerguide/data-keys.html
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.errors import NotImplementedByUs, ValidationError
from cloudchamber.core.service import operation
from cloudchamber.services.kms.base import KmsBase
from cloudchamber.services.kms.ciphertext import NONCE_BYTES, seal
from cloudchamber.services.kms.errors import InvalidKeyUsage, UnsupportedOperation
from cloudchamber.services.kms.specs import ENCRYPT, SPECS

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request
    from cloudchamber.services.kms import shapes
    from cloudchamber.services.kms.key import Key

_SIZES_BYTES = {"AES_128": 16, "AES_256": 32}


class DataKeys(KmsBase):
    @operation
    async def generate_data_key(
        self, ctx: Context, request: shapes.GenerateDataKeyRequest
    ) -> shapes.GenerateDataKeyResponse:
        answer: shapes.GenerateDataKeyResponse
        plaintext, answer = self._data_key(ctx, request, "GenerateDataKey")
        answer["Plaintext"] = plaintext
        return answer

    @operation
    async def generate_data_key_without_plaintext(
        self, ctx: Context, request: shapes.GenerateDataKeyWithoutPlaintextRequest
    ) -> shapes.GenerateDataKeyWithoutPlaintextResponse:
        answer: shapes.GenerateDataKeyWithoutPlaintextResponse
        answer = self._data_key(ctx, request, "GenerateDataKeyWithoutPlaintext")[1]
        return answer

    def _data_key(self, ctx: Context, request: Request, name: str) -> tuple[bytes, Any]:
        size, spec = request.get("NumberOfBytes"), request.get("KeySpec")
        if (size is None) == (spec is None):
            raise ValidationError("Please specify either number of bytes or key spec.")
        key = self._sealing_key(ctx, request, name)
        self.stop_dry_run(request)
        plaintext = ids.token_bytes(size or _SIZES_BYTES[spec or ""])
        return plaintext, {"CiphertextBlob": _sealed(self.current(key), key, plaintext, request), **_named(key)}

    def _sealing_key(self, ctx: Context, request: Request, name: str) -> Key:
        """The key that seals a data key: only symmetric ones do."""
        key = self.usable(ctx, request, ENCRYPT, name)
        if key.kind.family != "symmetric":
            raise InvalidKeyUsage(f"{key.arn} key spec is {key.spec} which is not valid for {name}.")
        return key

    @operation
    async def generate_data_key_pair(
        self, ctx: Context, request: shapes.GenerateDataKeyPairRequest
    ) -> shapes.GenerateDataKeyPairResponse:
        answer: shapes.GenerateDataKeyPairResponse
        private, answer = await self._key_pair(ctx, request, "GenerateDataKeyPair")
        answer["PrivateKeyPlaintext"] = private
        return answer

    @operation
    async def generate_data_key_pair_without_plaintext(
        self, ctx: Context, request: shapes.GenerateDataKeyPairWithoutPlaintextRequest
    ) -> shapes.GenerateDataKeyPairWithoutPlaintextResponse:
        answer: shapes.GenerateDataKeyPairWithoutPlaintextResponse
        answer = (await self._key_pair(ctx, request, "GenerateDataKeyPairWithoutPlaintext"))[1]
        return answer

    async def _key_pair(self, ctx: Context, request: Request, name: str) -> tuple[bytes, Any]:
        spec = SPECS.get(request["KeyPairSpec"])
        if spec is None:  # SM2, which AWS has in its China Regions only
            raise UnsupportedOperation(f"Key pair spec {request['KeyPairSpec']} is not supported in this Region.")
        key = self._sealing_key(ctx, request, name)
        self.stop_dry_run(request)
        cipher = self.current(key)  # now: time may pass below
        from cloudchamber.services.kms import keypairs  # noqa: PLC0415 - loads `cryptography`

        if spec.family == "rsa":  # up to a second of work, during which others go on
            private = await asyncio.to_thread(keypairs.make, spec.name)
        else:
            private = keypairs.make(spec.name)
        ctx.meter("kms.rsa_key_pairs" if spec.family == "rsa" else "kms.ecc_key_pairs")
        return private, {
            "PrivateKeyCiphertextBlob": _sealed(cipher, key, private, request),
            "PublicKey": keypairs.public_bytes(keypairs.load_private(private)),
            "KeyPairSpec": spec.name,
            **_named(key),
        }

    @operation
    async def generate_random(
        self, ctx: Context, request: shapes.GenerateRandomRequest
    ) -> shapes.GenerateRandomResponse:
        if request.get("CustomKeyStoreId"):
            raise NotImplementedByUs("Custom key stores exist on AWS and are not implemented in cloudchamber")
        if request.get("Recipient"):
            raise NotImplementedByUs("Recipient (attestation by Nitro enclaves) is not implemented in cloudchamber")
        if request.get("NumberOfBytes") is None:
            raise ValidationError("Please specify number of bytes.")
        ctx.meter("kms.requests")
        return {"Plaintext": ids.token_bytes(request["NumberOfBytes"])}


def _sealed(cipher: Any, key: Key, plaintext: bytes, request: Request) -> bytes:
    return seal(cipher, key, ids.token_bytes(NONCE_BYTES), plaintext, request.get("EncryptionContext"))


def _named(key: Key) -> dict[str, str]:
    return {"KeyId": key.arn, "KeyMaterialId": key.material_id}
