"""Parameter policies: when a parameter expires, and when somebody is to be told. Pure.

https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-policies.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.services.ssm import limits
from cloudchamber.services.ssm.errors import (
    IncompatiblePolicy,
    InvalidPolicyAttribute,
    InvalidPolicyType,
    PoliciesLimitExceeded,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

EXPIRATION, BEFORE_EXPIRATION, NO_CHANGE = "Expiration", "ExpirationNotification", "NoChangeNotification"
PENDING, FINISHED = "Pending", "Finished"
_ATTRIBUTES = {EXPIRATION: {"Timestamp"}, BEFORE_EXPIRATION: {"Before", "Unit"}, NO_CHANGE: {"After", "Unit"}}


@dataclass(frozen=True, slots=True)
class Policy:
    """`seconds` is the instant of an Expiration (epoch), or the time before it or after the last change."""

    type: str
    text: str
    seconds: float
    status: str = PENDING

    def shown(self) -> dict[str, str]:
        return {"PolicyText": self.text, "PolicyType": self.type, "PolicyStatus": self.status}


def parse(text: str) -> tuple[Policy, ...]:
    """The policies in a request; empty for `{}` and `[]`, which take them away. InvalidPolicyType and the others."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise InvalidPolicyAttribute("The policies are not a JSON array.") from None
    if not found:
        return ()
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise InvalidPolicyAttribute("The policies are not a JSON array.")
    if len(found) > limits.POLICIES_MAX:
        raise PoliciesLimitExceeded(
            "You specified more than the maximum number of allowed policies for the parameter. The maximum is 10."
        )
    policies = tuple(map(_policy, found))
    expirations = sum(policy.type == EXPIRATION for policy in policies)
    if expirations > 1:
        raise IncompatiblePolicy(
            "There is a conflict in the policies specified for this parameter. You can't, for example, specify two "
            "Expiration policies for a parameter. Review your policies, and try again."
        )
    if not expirations and any(policy.type == BEFORE_EXPIRATION for policy in policies):
        raise IncompatiblePolicy("An ExpirationNotification policy needs an Expiration policy beside it.")
    return policies


def _policy(body: dict[str, Any]) -> Policy:
    kind = body.get("Type")
    if kind not in _ATTRIBUTES:
        raise InvalidPolicyType(
            "The policy type isn't supported. Parameter Store supports the following policy types: Expiration, "
            "ExpirationNotification, and NoChangeNotification."
        )
    attributes = body.get("Attributes")
    if body.get("Version") != "1.0" or not isinstance(attributes, dict) or set(attributes) != _ATTRIBUTES[kind]:
        raise InvalidPolicyAttribute(f"A policy attribute or its value is invalid: {kind}.")
    try:
        seconds = _instant(attributes["Timestamp"]) if kind == EXPIRATION else _span(attributes, kind)
    except (ValueError, TypeError, AttributeError, KeyError):
        raise InvalidPolicyAttribute(f"A policy attribute or its value is invalid: {kind}.") from None
    return Policy(kind, orjson.dumps(body).decode(), seconds)


def _instant(text: str) -> float:
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _span(attributes: dict[str, Any], kind: str) -> float:
    count = int(attributes["Before" if kind == BEFORE_EXPIRATION else "After"])
    if count < 1:
        raise ValueError(count)
    return count * limits.SECONDS[attributes["Unit"]]


def acts_at(policy: Policy, policies: Sequence[Policy], changed_at: float) -> float:
    """The instant at which a policy acts, in epoch seconds."""
    if policy.type == NO_CHANGE:
        return changed_at + policy.seconds
    expires_at = next(one.seconds for one in policies if one.type == EXPIRATION)
    return expires_at if policy.type == EXPIRATION else expires_at - policy.seconds


def next_due(policies: Sequence[Policy], changed_at: float) -> float | None:
    """The next instant at which one of them acts; None for never."""
    pending = [acts_at(policy, policies, changed_at) for policy in policies if policy.status == PENDING]
    return min(pending, default=None)


def acted(policies: Sequence[Policy], changed_at: float, now: float) -> tuple[Policy, ...]:
    """The policies as they stand once those that are due have acted."""
    return tuple(
        replace(policy, status=FINISHED) if acts_at(policy, policies, changed_at) <= now else policy
        for policy in policies
    )


def after_change(policies: Sequence[Policy]) -> tuple[Policy, ...]:
    """A new version begins the wait for a change anew."""
    return tuple(replace(one, status=PENDING) if one.type == NO_CHANGE else one for one in policies)
