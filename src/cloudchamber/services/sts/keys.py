"""Access key ids of temporary credentials: which account one belongs to can be read from it, without a look-up.

`ASIA` and 80 bits in base32: a one (so that the first character is Q or later, as on AWS), 40 bits of account, 39
random bits.
"""

from __future__ import annotations

import base64
import binascii

PREFIX = "ASIA"
_RANDOM_BITS = 39
_ACCOUNTS = 10**12


def access_key_id(account: str, random: bytes) -> str:
    """A key id of `account`; `random` is at least five bytes."""
    noise = int.from_bytes(random[:5], "big") >> 1
    number = 1 << 79 | int(account) << _RANDOM_BITS | noise
    return PREFIX + base64.b32encode(number.to_bytes(10, "big")).decode()


def account_of(key_id: str) -> str | None:
    """The account in a key id; None for one that was not made here."""
    if len(key_id) != 20 or not key_id.startswith(PREFIX):
        return None
    try:
        number = int.from_bytes(base64.b32decode(key_id[4:]), "big")
    except (binascii.Error, ValueError):
        return None
    account = (number >> _RANDOM_BITS) & (1 << 40) - 1
    return f"{account:012d}" if number >> 79 and account < _ACCOUNTS else None
