"""Every random value of the cloud. Nothing else draws randomness, so a run can be seeded in one place.

What guards something (secrets, tokens, receipt handles) comes from the system's generator; request and span ids, which
guard nothing and are made for every call, from a quick one seeded by it.
"""

from __future__ import annotations

import base64
import random
import secrets
import string

_quick = random.Random(secrets.randbits(256))
_VERSION_4, _RANDOM_BITS = 0x4000_8000_0000_0000_0000, ~0xF000_C000_0000_0000_0000
_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_ALPHANUMERIC = string.ascii_letters + string.digits


def uuid() -> str:
    """A version 4 UUID that guards nothing: message ids, request ids."""
    h = f"{_quick.getrandbits(128) & _RANDOM_BITS | _VERSION_4:032x}"
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"


request_id = uuid


def span_id() -> str:
    """16 hex digits."""
    return f"{_quick.getrandbits(64):016x}"


def trace_id(now: float) -> str:
    """An X-Ray trace id: `1-{8 hex digits of epoch seconds}-{24 hex digits}`."""
    return f"1-{int(now):08x}-{_quick.getrandbits(96):024x}"


def number(bits: int) -> int:
    """A quick random number below 2**bits."""
    return _quick.getrandbits(bits)


def choice_seeded(seed: int, draws: int) -> float:
    """The `draws`-th number in [0, 1) of the sequence of `seed`: the same for the same seed, whatever ran before."""
    return random.Random(f"{seed}:{draws}").random()


def iam_id(prefix: str) -> str:
    """An IAM unique id such as `AIDA…`: the prefix and 17 more characters.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
    """
    return prefix + "".join(secrets.choice(_BASE32) for _ in range(17))


def access_key_id(prefix: str = "AKIA") -> str:
    """20 characters, `AKIA…` for a user's key and `ASIA…` for a temporary one."""
    return prefix + "".join(secrets.choice(_BASE32) for _ in range(16))


def secret_access_key() -> str:
    """40 characters."""
    return base64.b64encode(secrets.token_bytes(30)).decode()


def token(size_bytes: int = 32) -> str:
    """URL-safe text of `size_bytes` random bytes, for what must not be guessed."""
    return secrets.token_urlsafe(size_bytes)


def token_bytes(size_bytes: int) -> bytes:
    return secrets.token_bytes(size_bytes)


def alphanumeric(length: int) -> str:
    return "".join(secrets.choice(_ALPHANUMERIC) for _ in range(length))
