"""Values under KMS: each version has a data key of its own, which KMS gives and opens as the caller.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.errors import AccessDenied, AwsError
from cloudchamber.services.secretsmanager.errors import DecryptionFailure, EncryptionFailure, InvalidRequest
from cloudchamber.services.secretsmanager.secret import DEFAULT_KEY, Secret, Version

if TYPE_CHECKING:
    from cloudchamber.core.context import Context

_NONCE_BYTES = 12
_NO_ACCESS = "Access to KMS is not allowed"


async def seal(ctx: Context, secret: Secret, version_id: str, value: bytes | str) -> Version:
    """A version of a secret, in the secret's region. AccessDenied, EncryptionFailure."""
    try:
        answer = await ctx.call(
            "kms:GenerateDataKey", region=secret.region, KeyId=secret.kms_key or DEFAULT_KEY, KeySpec="AES_256",
            EncryptionContext=_context(secret, version_id),
        )  # fmt: skip
    except AwsError as error:
        if error.status >= 500:
            raise
        if error.code == "AccessDenied":
            raise AccessDenied(_NO_ACCESS, status=400) from None
        raise EncryptionFailure from None
    nonce, plain = ids.token_bytes(_NONCE_BYTES), value.encode() if isinstance(value, str) else value
    sealed = nonce + _cipher(answer["Plaintext"]).encrypt(nonce, plain, version_id.encode())
    return Version(
        secret.account, secret.region, secret.name, version_id, ctx.now(), secret.kms_key, answer["CiphertextBlob"],
        sealed, isinstance(value, bytes),
    )  # fmt: skip


async def unseal(ctx: Context, secret: Secret, version: Version) -> bytes | str:
    """The value of a version. AccessDenied, DecryptionFailure, InvalidRequest."""
    if not version.kms_key and ctx.principal.account != secret.account:
        raise InvalidRequest(
            "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS "
            "service key."
        )
    try:
        answer = await ctx.call(
            "kms:Decrypt", region=secret.region, CiphertextBlob=version.data_key,
            EncryptionContext=_context(secret, version.id),
        )  # fmt: skip
    except AwsError as error:
        if error.status >= 500:
            raise
        if error.code == "AccessDenied":
            old = version.kms_key != secret.kms_key
            more = ". This version of secret is not encrypted with the current KMS key." if old else ""
            raise AccessDenied(_NO_ACCESS + more, status=400) from None
        raise DecryptionFailure from None
    sealed = version.sealed
    plain: bytes = _cipher(answer["Plaintext"]).decrypt(
        sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], version.id.encode()
    )
    return plain if version.is_binary else plain.decode()


def _cipher(key: bytes) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - loaded with the first value

    return AESGCM(key)


def _context(secret: Secret, version_id: str) -> dict[str, str]:
    return {"SecretARN": secret.arn, "SecretVersionId": version_id}
