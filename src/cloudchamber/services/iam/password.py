"""Passwords: a salted slow hash, and what a password policy asks for.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Final

from cloudchamber.core import ids
from cloudchamber.services.iam.errors import PasswordPolicyViolation
from cloudchamber.services.iam.records import Password

if TYPE_CHECKING:
    from cloudchamber.services.iam.records import PasswordPolicy

SALT_BYTES: Final = 16
SCRYPT_COST: Final = 2**12  # about 10 ms and 4 MiB a hash: the loop waits for it
DEFAULT_LENGTH_MIN: Final = 8
DEFAULT_CLASSES_MIN: Final = 3
SYMBOLS: Final = "! @ # $ % ^ & * ( ) _ + - = [ ] { } | '"


def hashed(text: str) -> Password:
    salt = ids.token_bytes(SALT_BYTES)
    return Password(salt.hex(), _digest(text, salt))


def is_right(password: Password, text: str) -> bool:
    return hmac.compare_digest(password.digest, _digest(text, bytes.fromhex(password.salt)))


def _digest(text: str, salt: bytes) -> str:
    return hashlib.scrypt(text.encode(), salt=salt, n=SCRYPT_COST, r=8, p=1).hex()


def check(text: str, policy: PasswordPolicy | None) -> None:
    """PasswordPolicyViolation. Without a policy of the account's own AWS's default one holds."""
    upper, lower = any(c.isupper() for c in text), any(c.islower() for c in text)
    number, symbol = any(c.isdigit() for c in text), any(c in SYMBOLS and c != " " for c in text)
    if policy is None:
        _check_length(text, DEFAULT_LENGTH_MIN)
        others = any(not c.isalnum() for c in text)
        if sum((upper, lower, number, others)) < DEFAULT_CLASSES_MIN:
            raise PasswordPolicyViolation(
                "Password should have at least three of the following: uppercase letters, lowercase letters, numbers, "
                "non-alphanumeric characters."
            )
        return
    _check_length(text, policy.minimum_length)
    for is_required, has, what in (
        (policy.require_uppercase, upper, "uppercase letter"),
        (policy.require_lowercase, lower, "lowercase letter"),
        (policy.require_numbers, number, "number"),
        (policy.require_symbols, symbol, f"of the following symbols: {SYMBOLS}"),
    ):
        if is_required and not has:
            raise PasswordPolicyViolation(f"Password should have at least one {what}")


def _check_length(text: str, least: int) -> None:
    if len(text) < least:
        raise PasswordPolicyViolation(f"Password should have a minimum length of {least}")


def check_reuse(text: str, used: tuple[Password, ...]) -> None:
    """PasswordPolicyViolation for one of the passwords `used` before."""
    if any(is_right(password, text) for password in used):
        raise PasswordPolicyViolation(
            "Policy constraint violation with password reuse prevention during password change."
        )
