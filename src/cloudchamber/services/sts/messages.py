"""Authorization messages: a refusal in full, sealed so that only who may decode it reads it.

The text follows https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html; the seal is
AES-GCM with the account as associated data: a message opens in this cloud and in the caller's account only.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.services.sts.errors import InvalidAuthorizationMessage

if TYPE_CHECKING:
    from cloudchamber.identity.authorize import Ruling

NONCE_BYTES = 12
_TEXT_BYTES_MAX = 256 * 1024


def describe(ruling: Ruling) -> str:
    """The JSON text of a decoded message."""
    decision, principal, context = ruling.decision, ruling.principal, ruling.request.context
    keys: dict[str, Any] = {"aws:Resource": decision.resource.rpartition(":")[2]}
    for name in ("aws:resourceaccount", "aws:requestedregion"):
        if (value := context.get(name)) is not None:
            keys[{"aws:resourceaccount": "aws:Account", "aws:requestedregion": "aws:Region"}[name]] = value
    keys.update(getattr(context, "service_keys", {}))
    matched = []
    if decision.statement_index >= 0:
        matched.append({"statementId": decision.sid, "effect": "ALLOW" if decision.allowed else "DENY"})
    return orjson.dumps(
        {
            "allowed": decision.allowed,
            "explicitDeny": decision.kind == "explicit_deny",
            "matchedStatements": {"items": matched},
            "failures": {"items": []},
            "context": {
                "principal": {"id": principal.user_id, "name": principal.name, "arn": principal.arn},
                "action": decision.action,
                "resource": decision.resource,
                "conditions": {"items": [_condition(key, value) for key, value in keys.items()]},
            },
        }
    ).decode()


def _condition(key: str, value: Any) -> dict[str, Any]:
    values = [value] if isinstance(value, str) else list(value)
    return {"key": key, "values": {"items": [{"value": item} for item in values]}}


def seal(text: str, account: str, key: bytes, nonce: bytes) -> str:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - heavy, seldom needed

    sealed = AESGCM(key).encrypt(nonce, zlib.compress(text.encode()), account.encode())
    return base64.urlsafe_b64encode(nonce + sealed).rstrip(b"=").decode()


def unseal(message: str, account: str, key: bytes) -> str:
    """The text of a message that `seal` made. InvalidAuthorizationMessage for any other."""
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - heavy, seldom needed
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    try:
        raw = base64.b64decode(message + "=" * (-len(message) % 4), altchars=b"-_", validate=True)
        packed = AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], account.encode())
        return zlib.decompressobj().decompress(packed, _TEXT_BYTES_MAX).decode()
    except (InvalidTag, binascii.Error, ValueError, zlib.error):
        raise InvalidAuthorizationMessage from None
