"""SecureStrings: a value under a KMS key, sealed and opened as the caller, so that key policies decide.

Standard parameters are encrypted by KMS itself, advanced ones under a data key of their own. What is kept is the
ciphertext; the parameter's ARN is its encryption context.
https://docs.aws.amazon.com/systems-manager/latest/userguide/secure-string-parameter-kms-encryption.html
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.errors import AccessDenied, AwsError
from cloudchamber.services.ssm.errors import InvalidKeyId
from cloudchamber.services.ssm.parameter import STANDARD

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

_NONCE_BYTES = 12
_LENGTH_BYTES = 2  # of the encrypted data key's length, which stands first in an advanced ciphertext


async def seal(ctx: Context, arn: str, tier: str, key_id: str, text: str) -> str:
    """The ciphertext of a value, in base64. InvalidKeyId, AccessDenied."""
    context = {"PARAMETER_ARN": arn}
    if tier == STANDARD:
        answer = await _kms(ctx, "Encrypt", KeyId=key_id, Plaintext=text.encode(), EncryptionContext=context)
        return base64.b64encode(answer["CiphertextBlob"]).decode()
    answer = await _kms(ctx, "GenerateDataKey", KeyId=key_id, KeySpec="AES_256", EncryptionContext=context)
    data_key, nonce = answer["CiphertextBlob"], ids.token_bytes(_NONCE_BYTES)
    body = _cipher(answer["Plaintext"]).encrypt(nonce, text.encode(), arn.encode())
    return base64.b64encode(len(data_key).to_bytes(_LENGTH_BYTES, "big") + data_key + nonce + body).decode()


async def unseal(ctx: Context, arn: str, tier: str, sealed: str) -> str:
    """The value behind a ciphertext. InvalidKeyId, AccessDenied."""
    context, blob = {"PARAMETER_ARN": arn}, base64.b64decode(sealed)
    if tier == STANDARD:
        answer = await _kms(ctx, "Decrypt", CiphertextBlob=blob, EncryptionContext=context)
        text: bytes = answer["Plaintext"]
        return text.decode()
    end = _LENGTH_BYTES + int.from_bytes(blob[:_LENGTH_BYTES], "big")
    answer = await _kms(ctx, "Decrypt", CiphertextBlob=blob[_LENGTH_BYTES:end], EncryptionContext=context)
    nonce, body = blob[end : end + _NONCE_BYTES], blob[end + _NONCE_BYTES :]
    text = _cipher(answer["Plaintext"]).decrypt(nonce, body, arn.encode())
    return text.decode()


def _cipher(key: bytes) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - only advanced SecureStrings need it

    return AESGCM(key)


async def _kms(ctx: Context, operation: str, **request: Any) -> Mapping[str, Any]:
    """A call of KMS, whose errors are told in the words of the SDK that Parameter Store calls it with."""
    try:
        return await ctx.call(f"kms:{operation}", **request)
    except AwsError as error:
        if error.status >= 500:
            raise
        code = "AccessDeniedException" if error.code == "AccessDenied" else error.code
        message = (
            f"{error.message} (Service: AWSKMS; Status Code: 400; Error Code: {code}; Request ID: {ctx.request_id}; "
            "Proxy: null)"
        )
        if error.code == "AccessDenied":
            raise AccessDenied(message) from None
        raise InvalidKeyId(message) from None
