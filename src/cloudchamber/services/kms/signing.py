"""Signatures and message authentication codes: Sign, Verify, GenerateMac, VerifyMac.

https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from cloudchamber.core.service import operation
from cloudchamber.services.kms.base import KmsBase
from cloudchamber.services.kms.errors import InvalidMac, InvalidSignature
from cloudchamber.services.kms.specs import MAC, SIGN

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.kms import shapes


class Signing(KmsBase):
    @operation
    async def sign(self, ctx: Context, request: shapes.SignRequest) -> shapes.SignResponse:
        key, algorithm = self.usable(ctx, request, SIGN, "Sign"), request["SigningAlgorithm"]
        self.check_algorithm(key, algorithm)
        private = self.current(key)
        from cloudchamber.services.kms import keypairs  # noqa: PLC0415 - loads `cryptography`

        kind = request.get("MessageType") or "RAW"
        keypairs.check_message(algorithm, kind, request["Message"])
        self.stop_dry_run(request)
        signature = keypairs.make_signature(private, algorithm, kind, request["Message"])
        return {"KeyId": key.arn, "Signature": signature, "SigningAlgorithm": algorithm}

    @operation
    async def verify(self, ctx: Context, request: shapes.VerifyRequest) -> shapes.VerifyResponse:
        key, algorithm = self.usable(ctx, request, SIGN, "Verify"), request["SigningAlgorithm"]
        self.check_algorithm(key, algorithm)
        private = self.current(key)
        from cloudchamber.services.kms import keypairs  # noqa: PLC0415 - loads `cryptography`

        kind, message = request.get("MessageType") or "RAW", request["Message"]
        keypairs.check_message(algorithm, kind, message)
        self.stop_dry_run(request)
        if not keypairs.is_signature(private, (algorithm, kind), message, request["Signature"]):
            raise InvalidSignature
        return {"KeyId": key.arn, "SignatureValid": True, "SigningAlgorithm": algorithm}

    @operation
    async def generate_mac(self, ctx: Context, request: shapes.GenerateMacRequest) -> shapes.GenerateMacResponse:
        key, algorithm = self.usable(ctx, request, MAC, "GenerateMac"), request["MacAlgorithm"]
        self.check_algorithm(key, algorithm)
        self.stop_dry_run(request)
        mac = _mac(self.current(key), algorithm, request["Message"])
        return {"Mac": mac, "MacAlgorithm": algorithm, "KeyId": key.arn}

    @operation
    async def verify_mac(self, ctx: Context, request: shapes.VerifyMacRequest) -> shapes.VerifyMacResponse:
        key, algorithm = self.usable(ctx, request, MAC, "VerifyMac"), request["MacAlgorithm"]
        self.check_algorithm(key, algorithm)
        self.stop_dry_run(request)
        if not hmac.compare_digest(_mac(self.current(key), algorithm, request["Message"]), request["Mac"]):
            raise InvalidMac
        return {"KeyId": key.arn, "MacValid": True, "MacAlgorithm": algorithm}


def _mac(secret: bytes, algorithm: str, message: bytes) -> bytes:
    name = "sha" + algorithm.rpartition("_")[2]
    assert name in hashlib.algorithms_guaranteed
    return hmac.digest(secret, message, name)
