"""Time-based one-time passwords of authenticator apps (SHA-1, 6 digits, 30 s).

https://www.rfc-editor.org/rfc/rfc6238
"""

from __future__ import annotations

import base64
import binascii
import hmac

from cloudchamber.core import ids

SECRET_BYTES, STEP_SECONDS, DIGITS = 32, 30, 6


def new_secret() -> str:
    """The shared secret, as users type it into their app: 52 characters of Base32."""
    return base64.b32encode(ids.token_bytes(SECRET_BYTES)).decode().rstrip("=")


def code(secret: str, step: int) -> str:
    """The code of a 30-second step since 1970."""
    try:
        key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    except binascii.Error:
        return ""
    digest = hmac.digest(key, step.to_bytes(8), "sha1")
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at : at + 4]) & 0x7FFFFFFF) % 10**DIGITS:0{DIGITS}d}"


def step_of(secret: str, given: str, now: float, around: int) -> int | None:
    """The step whose code was given, at most `around` steps from now; None for a wrong code."""
    present = int(now // STEP_SECONDS)
    for step in range(present - around, present + around + 1):
        if step >= 0 and hmac.compare_digest(code(secret, step).encode(), given.encode()):
            return step
    return None
