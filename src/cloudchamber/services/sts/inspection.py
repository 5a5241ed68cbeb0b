"""Who am I, whose key is this, and why was that refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.errors import ValidationError
from cloudchamber.core.service import operation, private_operation
from cloudchamber.services.sts import keys, limits, messages
from cloudchamber.services.sts.base import StsBase
from cloudchamber.services.sts.errors import InvalidAuthorizationMessage, InvalidClientTokenId

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.sts import shapes

_KEY_ID = re.compile(r"\w{16,128}", re.ASCII)


class Inspection(StsBase):
    def constrains(self, operation_name: str) -> bool:
        """Root keys of this cloud (`test`, an account number) are shorter than AWS's keys."""
        return operation_name != "GetAccessKeyInfo"

    @operation
    async def get_caller_identity(
        self, ctx: Context, request: shapes.GetCallerIdentityRequest
    ) -> shapes.GetCallerIdentityResponse:
        caller = ctx.principal
        return {"UserId": caller.user_id, "Account": caller.account or ctx.account, "Arn": caller.arn}

    @operation
    async def get_access_key_info(
        self, ctx: Context, request: shapes.GetAccessKeyInfoRequest
    ) -> shapes.GetAccessKeyInfoResponse:
        key_id = request.get("AccessKeyId")
        if not key_id:
            raise _broken("null", "Member must not be null")
        account = keys.account_of(key_id)
        if account is None:
            credential = self.platform.identities.credential(key_id)
            account = None if credential is None else credential.principal.account
        if account is None and not _KEY_ID.fullmatch(key_id):
            if len(key_id) < 16:
                raise _broken(f"'{key_id}'", "Member must have length greater than or equal to 16")
            raise _broken(f"'{key_id}'", "Member must satisfy regular expression pattern: [\\w]*")
        if account is None:
            raise InvalidClientTokenId("The security token included in the request is invalid.")
        return {"Account": account}

    @operation
    async def decode_authorization_message(
        self, ctx: Context, request: shapes.DecodeAuthorizationMessageRequest
    ) -> shapes.DecodeAuthorizationMessageResponse:
        return {
            "DecodedMessage": messages.unseal(request["EncodedMessage"], ctx.account, self.store.seal_key()),
        }

    @private_operation
    async def encode_authorization_message(self, ctx: Context, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """The encoded message of a refusal, for services that answer with one (EC2's UnauthorizedOperation).

        `Ruling` is what the Gatekeeper left on the refused call's span. The answer has `EncodedMessage`.
        """
        ruling = request["Ruling"]
        account = ruling.principal.account or ctx.account
        nonce = ids.token_bytes(messages.NONCE_BYTES)
        sealed = messages.seal(messages.describe(ruling), account, self.store.seal_key(), nonce)
        if len(sealed) > limits.AUTHORIZATION_MESSAGE_CHARS_MAX:
            raise InvalidAuthorizationMessage
        return {"EncodedMessage": sealed}


def _broken(value: str, constraint: str) -> ValidationError:
    return ValidationError(
        f"1 validation error detected: Value {value} at 'accessKeyId' failed to satisfy constraint: {constraint}"
    )
