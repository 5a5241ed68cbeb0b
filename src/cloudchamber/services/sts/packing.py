"""How full a session token is: session policies and tags are packed, and refused when they take too much room.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html (PackedPolicySize)
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from cloudchamber.core.errors import ValidationError
from cloudchamber.identity.document import MalformedPolicy
from cloudchamber.identity.validation import validate_identity_policy
from cloudchamber.services.sts.errors import MalformedPolicyDocument, PackedPolicyTooLarge
from cloudchamber.services.sts.limits import PACKED_BYTES_MAX, SESSION_POLICY_ARNS_MAX, SESSION_POLICY_CHARS_MAX

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def check_policy(document: str) -> None:
    """An inline session policy: an identity policy of limited length. MalformedPolicyDocument, ValidationError."""
    if len(document) > SESSION_POLICY_CHARS_MAX:
        raise _broken(document, "policy", f"Member must have length less than or equal to {SESSION_POLICY_CHARS_MAX}")
    try:
        validate_identity_policy(document)
    except MalformedPolicy as error:
        raise MalformedPolicyDocument(error.message) from None


def check_policy_arns(arns: Sequence[str]) -> None:
    """ValidationError for too many."""
    if len(arns) > SESSION_POLICY_ARNS_MAX:
        shown = "[" + ", ".join(arns) + "]"
        text = f"Member must have length less than or equal to {SESSION_POLICY_ARNS_MAX}"
        raise _broken(shown, "policyArns", text)


def packed_percent(policies: Sequence[str], arns: Sequence[str], tags: Mapping[str, str]) -> int | None:
    """How much of the room policies and tags take; None where there are none. PackedPolicyTooLarge above 100."""
    if not (policies or arns or tags):
        return None
    words = [*policies, *arns, *(word for tag in tags.items() for word in tag)]
    size_bytes = len(zlib.compress("\0".join(words).encode(), 9))
    percent = -(-100 * size_bytes // PACKED_BYTES_MAX)
    if percent <= 100:
        return percent
    if tags:
        raise PackedPolicyTooLarge(f"Packed size of session tags consumes {percent}% of allotted space.")
    raise PackedPolicyTooLarge(f"Packed policy consumes {percent}% of allotted space, please use smaller policy.")


def _broken(value: str, member: str, constraint: str) -> ValidationError:
    return ValidationError(
        f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"
    )
