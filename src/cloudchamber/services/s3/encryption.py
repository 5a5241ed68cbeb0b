"""Encryption at rest: which kind a write gets, the keys it takes from KMS, and who may read it again.

Content is kept as it came: SSE-S3 shows in headers alone. SSE-KMS asks KMS for a data key when writing and to decrypt
it when reading, as the caller, so key policies decide as on AWS. Of SSE-C a salted hash of the key is kept, and
nothing is read without the key.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/serv-side-encryption.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core import ids
from cloudchamber.services.s3.base import S3Base
from cloudchamber.services.s3.errors import Denied, InvalidArgument, InvalidRequest, S3Error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request
    from cloudchamber.services.s3.bucket import Bucket
    from cloudchamber.services.s3.version import Version

MANAGED_KEY = "alias/aws/s3"
KMS_KINDS = ("aws:kms", "aws:kms:dsse")
KEY_BYTES = 32
_HEADER = "x-amz-server-side-encryption"
_NEEDS_KEY = (
    "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve "
    "the object."
)


class Encryption(S3Base):
    async def seal(self, ctx: Context, bucket: Bucket, request: Request) -> dict[str, Any] | None:
        """How a write is encrypted: by its headers, else the bucket's default. None for SSE-S3.

        InvalidArgument for headers that do not fit together; KMS's errors where its key cannot be used.
        """
        customer = customer_key(request)
        kind = request.get("ServerSideEncryption")
        if customer is not None:
            if kind is not None:
                raise InvalidArgument(
                    "Server Side Encryption with Customer provided key is incompatible with the encryption method "
                    "specified", _HEADER, kind,
                )  # fmt: skip
            salt = ids.token_bytes(16)
            return {"kind": "C", "md5": customer[1], "salt": salt.hex(), "hash": _salted(salt, customer[0])}
        if kind is None:
            default = _default(bucket)
            kind, key, uses_bucket_key = default["kind"], default.get("key"), default.get("bucket_key", False)
        else:
            key, uses_bucket_key = None, False
        key, uses_bucket_key = request.get("SSEKMSKeyId") or key, request.get("BucketKeyEnabled", uses_bucket_key)
        if kind == "AES256":
            if request.get("SSEKMSKeyId"):
                raise InvalidArgument(
                    "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption "
                    ": aws:kms", _HEADER, "AES256",
                )  # fmt: skip
            return None
        if kind not in KMS_KINDS:
            raise InvalidArgument("The encryption method specified is not supported", _HEADER, kind)
        context = _context(bucket, request, uses_bucket_key)
        sealed = await ctx.call(
            "kms:GenerateDataKey", region=bucket.region, KeyId=key or MANAGED_KEY, KeySpec="AES_256",
            EncryptionContext=context,
        )  # fmt: skip
        blob = base64.b64encode(sealed["CiphertextBlob"]).decode()
        return {
            "kind": kind, "key": sealed["KeyId"], "data_key": blob, "context": context,
            "bucket_key": bool(uses_bucket_key),
        }  # fmt: skip

    async def unseal(self, ctx: Context, bucket: Bucket, version: Version, request: Request) -> None:
        """Whether the caller may read what is encrypted so. KMS's AccessDenied, S3's own for a wrong customer key."""
        sealed = version.about.get("encryption")
        if sealed is None:
            if request.get("SSECustomerKey") or request.get("SSECustomerAlgorithm"):
                raise InvalidRequest("The encryption parameters are not applicable to this object.")
            return
        if sealed["kind"] == "C":
            check_customer_key(sealed, request)
        else:
            if request.get("SSECustomerKey") or request.get("SSECustomerAlgorithm"):
                raise InvalidRequest("The encryption parameters are not applicable to this object.")
            if ctx.principal.kind == "anonymous":
                raise InvalidArgument(
                    "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature "
                    "Version 4.", "Authorization", "null",
                )  # fmt: skip
            await ctx.call(
                "kms:Decrypt", region=bucket.region, CiphertextBlob=base64.b64decode(sealed["data_key"]),
                EncryptionContext=sealed["context"],
            )  # fmt: skip


def check_customer_key(sealed: Mapping[str, Any], request: Request) -> None:
    """Whether a request brings the very key with which something was written. InvalidRequest, AccessDenied."""
    customer = customer_key(request)
    if customer is None:
        raise InvalidRequest(_NEEDS_KEY)
    if not hmac.compare_digest(_salted(bytes.fromhex(sealed["salt"]), customer[0]), sealed["hash"]):
        raise Denied


def needs_customer_key(version: Version) -> bool:
    return bool((version.about.get("encryption") or {}).get("kind") == "C")


def customer_key(request: Request, prefix: str = "") -> tuple[bytes, str] | None:
    """The key of an SSE-C request and its MD5 as sent; None for a request without. `prefix` is CopySource for copies.

    InvalidArgument for a key that is none, or whose MD5 is another's.
    """
    algorithm = request.get(f"{prefix}SSECustomerAlgorithm")
    text, md5 = request.get(f"{prefix}SSECustomerKey"), request.get(f"{prefix}SSECustomerKeyMD5")
    if algorithm is None and text is None and md5 is None:
        return None
    name = f"{_HEADER}-customer-algorithm"
    if algorithm is None:
        raise InvalidArgument(
            "Requests specifying Server Side Encryption with Customer provided keys must provide a valid encryption "
            "algorithm.", name, "null",
        )  # fmt: skip
    if algorithm != "AES256":
        raise S3Error("The encryption request that you specified is not valid. The valid value is AES256.").named(
            "InvalidEncryptionAlgorithmError"
        )
    if text is None:
        raise InvalidArgument(
            "Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate secret "
            "key.", f"{_HEADER}-customer-key", "null",
        )  # fmt: skip
    try:
        key = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeError, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise InvalidArgument("The secret key was invalid for the specified algorithm.", f"{_HEADER}-customer-key")
    if md5 is None:
        raise InvalidArgument(
            "Requests specifying Server Side Encryption with Customer provided keys must provide the client "
            "calculated MD5 of the secret key.", f"{_HEADER}-customer-key-MD5", "null",
        )  # fmt: skip
    if base64.b64encode(hashlib.md5(key, usedforsecurity=False).digest()).decode() != md5:
        raise InvalidArgument(
            "The calculated MD5 hash of the key did not match the hash that was provided.",
            f"{_HEADER}-customer-key-MD5",
        )
    return key, md5


def shown(sealed: Mapping[str, Any] | None) -> dict[str, Any]:
    """What answers say of how something is encrypted."""
    if sealed is None:
        return {"ServerSideEncryption": "AES256"}
    if sealed["kind"] == "C":
        return {"SSECustomerAlgorithm": "AES256", "SSECustomerKeyMD5": sealed["md5"]}
    found = {"ServerSideEncryption": sealed["kind"], "SSEKMSKeyId": sealed["key"]}
    return {**found, "BucketKeyEnabled": True} if sealed["bucket_key"] else found


def _default(bucket: Bucket) -> dict[str, Any]:
    rules = (bucket.configurations.get("encryption") or {}).get("Rules") or [{}]
    by_default = rules[0].get("ApplyServerSideEncryptionByDefault") or {"SSEAlgorithm": "AES256"}
    return {
        "kind": by_default["SSEAlgorithm"],
        "key": by_default.get("KMSMasterKeyID"),
        "bucket_key": bool(rules[0].get("BucketKeyEnabled")),
    }


def _context(bucket: Bucket, request: Request, uses_bucket_key: bool) -> dict[str, str]:
    arn = bucket.arn if uses_bucket_key else f"{bucket.arn}/{request['Key']}"
    context = {"aws:s3:arn": arn}
    given = request.get("SSEKMSEncryptionContext")
    if given is not None:
        try:
            found = orjson.loads(base64.b64decode(given))
            context |= {str(key): str(value) for key, value in found.items()}
        except (ValueError, AttributeError):
            raise InvalidArgument(
                "The header 'x-amz-server-side-encryption-context' must be base64 of a JSON object of strings"
            ) from None
    return context


def _salted(salt: bytes, key: bytes) -> str:
    return hmac.digest(salt, key, "sha256").hex()
