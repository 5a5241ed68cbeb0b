"""With which key a table is encrypted: DynamoDB's own, unless SSESpecification asks for one in KMS.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
The key is looked up as the caller, through DynamoDB, and has to be one that can be used. What becomes of the key later
does not reach the table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AccessDenied, AwsError, ValidationError
from cloudchamber.services.dynamodb.errors import invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

DEFAULT_KEY = "alias/aws/dynamodb"

Description = dict[str, Any]


async def described(ctx: Context, given: Mapping[str, Any] | None, region: str | None = None) -> Description | None:
    """SSEDescription (without Status) of what SSESpecification asks for; None for DynamoDB's own key.

    The key is in the caller's region if no other is named.

    ValidationException for a key that is none or cannot be used, AccessDenied.
    """
    if given is None:
        return None
    key, kind = given.get("KMSMasterKeyId"), given.get("SSEType")
    if kind == "AES256":
        raise invalid("The only valid SSEType is KMS")
    if not given.get("Enabled"):
        if key is not None or kind is not None:
            raise invalid("SSEType and KMSMasterKeyId cannot be specified when server-side encryption is disabled")
        return None
    if key is not None and kind is None:
        raise invalid("SSEType KMS is required if KMSMasterKeyId is specified")
    return {"SSEType": "KMS", "KMSMasterKeyArn": await _key_arn(ctx, key or DEFAULT_KEY, region)}


def check_change(was: Description | None, now: Description | None) -> None:
    """UpdateTable has to ask for another key than the table has; ValidationException."""
    if was == now:
        by = "default" if now is None else "given KMSMasterKeyId"
        raise invalid(f"Table is already encrypted by {by}")


async def _key_arn(ctx: Context, key: str, region: str | None) -> str:
    try:
        metadata = (await ctx.call("kms:DescribeKey", region=region, KeyId=key))["KeyMetadata"]
    except AwsError as error:
        if error.status >= 500:
            raise
        if error.code.startswith("AccessDenied"):
            raise AccessDenied(_told("KMS key access denied", "AWSKMSException", error, ctx), status=400) from None
        raise ValidationError(_told("KMS validation", error.code, error, ctx)) from None
    arn: str = metadata["Arn"]
    if metadata["KeyState"] == "Enabled" and metadata["KeySpec"] == "SYMMETRIC_DEFAULT":
        return arn
    if metadata["KeySpec"] == "SYMMETRIC_DEFAULT":
        code = "DisabledException" if metadata["KeyState"] == "Disabled" else "KMSInvalidStateException"
        state = "disabled" if metadata["KeyState"] == "Disabled" else "pending deletion"
        raise ValidationError(_told("KMS validation", code, AwsError(f"{arn} is {state}.", code=code), ctx))
    code = "InvalidKeyUsageException"
    raise ValidationError(_told("KMS validation", code, AwsError(f"{arn} is not a symmetric key.", code=code), ctx))


def _told(what: str, exception: str, error: AwsError, ctx: Context) -> str:
    """KMS's error in DynamoDB's words, which are those of the SDK for Java it is written with."""
    code = "AccessDeniedException" if error.code == "AccessDenied" else error.code
    return (
        f"{what} error: com.amazonaws.services.kms.model.{exception}: {error.message} (Service: AWSKMS; "
        f"Status Code: 400; Error Code: {code}; Request ID: {ctx.request_id}; Proxy: null)"
    )
