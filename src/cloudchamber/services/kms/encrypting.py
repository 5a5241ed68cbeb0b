"""Encrypt, Decrypt, ReEncrypt.

https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cloudchamber.core import ids
from cloudchamber.core.errors import ValidationError
from cloudchamber.core.service import operation
from cloudchamber.services.kms.base import KmsBase
from cloudchamber.services.kms.ciphertext import NONCE_BYTES, seal, take_apart, unseal
from cloudchamber.services.kms.errors import IncorrectKey, InvalidCiphertext, NotFound
from cloudchamber.services.kms.specs import ENCRYPT, SYMMETRIC

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request
    from cloudchamber.services.kms import shapes
    from cloudchamber.services.kms.key import Key


class Opened(NamedTuple):
    key: Key
    plaintext: bytes
    material_id: str  # of a symmetric key, else empty


class Encrypting(KmsBase):
    @operation
    async def encrypt(self, ctx: Context, request: shapes.EncryptRequest) -> shapes.EncryptResponse:
        key = self.usable(ctx, request, ENCRYPT, "Encrypt")
        algorithm = request.get("EncryptionAlgorithm", SYMMETRIC)
        self.check_algorithm(key, algorithm)
        self.stop_dry_run(request)
        blob = self.sealed(key, algorithm, request["Plaintext"], request.get("EncryptionContext"))
        return {"CiphertextBlob": blob, "KeyId": key.arn, "EncryptionAlgorithm": algorithm}

    def sealed(self, key: Key, algorithm: str, plaintext: bytes, context: Any) -> bytes:
        """`plaintext` under the key's current material."""
        if algorithm == SYMMETRIC:
            return seal(self.current(key), key, ids.token_bytes(NONCE_BYTES), plaintext, context)
        if context:
            raise ValidationError("EncryptionContext is not supported with asymmetric encryption algorithms.")
        from cloudchamber.services.kms import keypairs  # noqa: PLC0415 - loads `cryptography`

        return keypairs.rsa_encrypt(self.current(key), algorithm, plaintext, key.spec)

    @operation
    async def decrypt(self, ctx: Context, request: shapes.DecryptRequest) -> shapes.DecryptResponse:
        algorithm = request.get("EncryptionAlgorithm", SYMMETRIC)
        opened = self._opened(ctx, request, "Decrypt", algorithm)
        answer: shapes.DecryptResponse = {
            "KeyId": opened.key.arn, "Plaintext": opened.plaintext, "EncryptionAlgorithm": algorithm,
        }  # fmt: skip
        if opened.material_id:
            answer["KeyMaterialId"] = opened.material_id
        return answer

    @operation
    async def re_encrypt(self, ctx: Context, request: shapes.ReEncryptRequest) -> shapes.ReEncryptResponse:
        out_of = request.get("SourceEncryptionAlgorithm", SYMMETRIC)
        into = request.get("DestinationEncryptionAlgorithm", SYMMETRIC)
        target = self.keyring.locate(ctx, request["DestinationKeyId"], aliases=True)
        if target.key is None:
            raise NotFound(target.missing)
        self.check_use(ctx, target.key, {}, (ENCRYPT, "ReEncryptTo"))
        self.check_algorithm(target.key, into)
        source: dict[str, Any] = {
            "KeyId": request.get("SourceKeyId"),
            "EncryptionContext": request.get("SourceEncryptionContext"),
            **{name: request[name] for name in _SHARED if name in request},  # type: ignore[literal-required]
        }
        opened = self._opened(ctx, source, "ReEncryptFrom", out_of)
        blob = self.sealed(target.key, into, opened.plaintext, request.get("DestinationEncryptionContext"))
        answer: shapes.ReEncryptResponse = {
            "CiphertextBlob": blob,
            "SourceKeyId": opened.key.arn,
            "KeyId": target.key.arn,
            "SourceEncryptionAlgorithm": out_of,
            "DestinationEncryptionAlgorithm": into,
        }
        if opened.material_id:
            answer["SourceKeyMaterialId"] = opened.material_id
        if into == SYMMETRIC:
            answer["DestinationKeyMaterialId"] = target.key.material_id
        return answer

    def _opened(self, ctx: Context, request: Request, operation_name: str, algorithm: str) -> Opened:
        """The plaintext of a request's ciphertext. DryRunOperation if it was only to be tried."""
        blob, key = request.get("CiphertextBlob"), self._named(ctx, request)
        ignored = request.get("DryRun") and "IGNORE_CIPHERTEXT" in (request.get("DryRunModifiers") or ())
        if blob is None and not ignored:
            raise ValidationError(
                "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: Member must "
                "not be null"
            )
        if ignored and key is None:
            raise ValidationError("You must specify a KeyId with DryRunModifiers IGNORE_CIPHERTEXT.")
        if algorithm != SYMMETRIC:
            if key is None:
                raise ValidationError(f"You must specify a KeyId with EncryptionAlgorithm {algorithm}.")
            return self._opened_by_pair(ctx, key, request, (operation_name, algorithm))
        sealed = None
        if key is None:
            sealed = take_apart(blob or b"")
            key = self.keyring.locate_id(ctx, sealed.account, sealed.key_id).key
            if key is None:
                raise InvalidCiphertext
        self.check_use(ctx, key, request, (ENCRYPT, operation_name))
        self.check_algorithm(key, algorithm)
        if ignored:
            self.stop_dry_run(request)
        sealed = sealed or take_apart(blob or b"")
        if (sealed.account, sealed.key_id) != (key.account, key.id):
            raise IncorrectKey
        cipher = self.store.loaded(key, sealed.number)
        material = self.store.materials.get(key.account, key.region, key.id, sealed.number)
        if cipher is None or material is None:
            raise InvalidCiphertext
        plaintext = unseal(cipher, sealed, request.get("EncryptionContext"))
        self.stop_dry_run(request)
        return Opened(key, plaintext, material.id)

    def _opened_by_pair(self, ctx: Context, key: Key, request: Request, use: tuple[str, str]) -> Opened:
        """The plaintext of what was encrypted with a public key, here or elsewhere."""
        name, algorithm = use
        self.check_use(ctx, key, request, (ENCRYPT, name))
        self.check_algorithm(key, algorithm)
        blob = request.get("CiphertextBlob")
        if blob is None:
            self.stop_dry_run(request)
        from cloudchamber.services.kms import keypairs  # noqa: PLC0415 - loads `cryptography`

        plaintext = keypairs.rsa_decrypt(self.current(key), algorithm, blob or b"")
        self.stop_dry_run(request)
        return Opened(key, plaintext, "")

    def _named(self, ctx: Context, request: Request) -> Key | None:
        if request.get("KeyId") is None:
            return None
        located = self.keyring.locate(ctx, request["KeyId"], aliases=True)
        if located.key is None:
            raise NotFound(located.missing)
        return located.key


_SHARED = ("CiphertextBlob", "GrantTokens", "DryRun", "DryRunModifiers")
