"""The password policy of a pool: what a password lacks, and passwords that satisfy it.

https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html
"""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.services.cognito_idp.limits import PASSWORD_CHARS_MAX

if TYPE_CHECKING:
    from collections.abc import Mapping

SYMBOLS = "^$*.[]{}()?-\"!@#%&/\\,><':;|_~`=+"
_TEMPORARY_CHARS = 12
_CLASSES = (
    ("RequireUppercase", string.ascii_uppercase, "Password must have uppercase characters"),
    ("RequireLowercase", string.ascii_lowercase, "Password must have lowercase characters"),
    ("RequireNumbers", string.digits, "Password must have numeric characters"),
    ("RequireSymbols", SYMBOLS + " ", "Password must have symbol characters"),
)
POLICY = {
    "MinimumLength": 8, "RequireUppercase": True, "RequireLowercase": True, "RequireNumbers": True,
    "RequireSymbols": True, "TemporaryPasswordValidityDays": 7,
}  # fmt: skip


def fault(policy: Mapping[str, Any], password: str) -> str | None:
    """The first thing wrong with a password; None for a good one."""
    if len(password) < policy.get("MinimumLength", 6):
        return "Password not long enough"
    if len(password) > PASSWORD_CHARS_MAX:
        return "Password too long"
    for requirement, characters, message in _CLASSES:
        if policy.get(requirement) and not any(character in characters for character in password):
            return message
    return None


def temporary(policy: Mapping[str, Any]) -> str:
    """A random password that satisfies the policy."""
    every = [characters.strip() for _, characters, _ in _CLASSES]
    length = max(_TEMPORARY_CHARS, policy.get("MinimumLength", 0))
    drawn = [_one_of(characters) for characters in every]
    drawn += [_one_of("".join(every)) for _ in range(length - len(drawn))]
    for at in range(len(drawn) - 1, 0, -1):  # Fisher and Yates
        other = _below(at + 1)
        drawn[at], drawn[other] = drawn[other], drawn[at]
    return "".join(drawn)


def _below(bound: int) -> int:
    return int.from_bytes(ids.token_bytes(8)) % bound


def _one_of(characters: str) -> str:
    return characters[_below(len(characters))]
