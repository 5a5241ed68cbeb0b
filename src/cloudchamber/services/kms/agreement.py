"""Secrets shared with others: DeriveSharedSecret (ECDH), Encapsulate and Decapsulate (ML-KEM).

https://docs.aws.amazon.com/kms/latest/APIReference/API_DeriveSharedSecret.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.core.service import operation
from cloudchamber.services.kms.base import KmsBase
from cloudchamber.services.kms.specs import AGREE, ENCAPSULATE

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.kms import shapes


class Agreement(KmsBase):
    @operation
    async def derive_shared_secret(
        self, ctx: Context, request: shapes.DeriveSharedSecretRequest
    ) -> shapes.DeriveSharedSecretResponse:
        key = self.usable(ctx, request, AGREE, "DeriveSharedSecret")
        algorithm = request["KeyAgreementAlgorithm"]
        self.check_algorithm(key, algorithm)
        private = self.current(key)
        from cloudchamber.services.kms import keypairs  # noqa: PLC0415 - loads `cryptography`

        shared = keypairs.agree(private, request["PublicKey"])
        self.stop_dry_run(request)
        return {
            "KeyId": key.arn, "SharedSecret": shared, "KeyAgreementAlgorithm": algorithm, "KeyOrigin": key.origin,
        }  # fmt: skip

    @operation
    async def encapsulate(self, ctx: Context, request: shapes.EncapsulateRequest) -> shapes.EncapsulateResponse:
        key = self.usable(ctx, request, ENCAPSULATE, "Encapsulate")
        self.stop_dry_run(request)
        private = self.current(key)
        from cloudchamber.services.kms import keypairs  # noqa: PLC0415 - loads `cryptography`

        shared, sealed = keypairs.shared_secret(private)
        return {
            "KeyId": key.arn, "SharedSecret": shared, "SharedSecretCiphertextBlob": sealed,
            "EncapsulationAlgorithm": request["EncapsulationAlgorithm"],
        }  # fmt: skip

    @operation
    async def decapsulate(self, ctx: Context, request: shapes.DecapsulateRequest) -> shapes.DecapsulateResponse:
        key = self.usable(ctx, request, ENCAPSULATE, "Decapsulate")
        private = self.current(key)
        from cloudchamber.services.kms import keypairs  # noqa: PLC0415 - loads `cryptography`

        shared = keypairs.opened_secret(private, request["SharedSecretCiphertextBlob"])
        self.stop_dry_run(request)
        return {
            "KeyId": key.arn, "SharedSecret": shared, "EncapsulationAlgorithm": request["EncapsulationAlgorithm"],
        }  # fmt: skip
