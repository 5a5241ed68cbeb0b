"""The vocabulary of the KMS tests: refusals, policies, users."""

from __future__ import annotations

from typing import Any, NamedTuple

DAY = 86_400
MISSING = "12345678-1234-1234-1234-123456789012"


class User(NamedTuple):
    arn: str
    kms: Any


def denied(who: str, action: str, resource: str, kind: str = "identity-based policy") -> tuple[str, str]:
    return "AccessDeniedException", (
        f"User: {who} is not authorized to perform: {action} on resource: {resource} because no {kind} allows the "
        f"{action} action"
    )


def statement(action: Any = "kms:*", effect: str = "Allow", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def account_statement(account: str) -> dict[str, Any]:
    """What the default key policy says: IAM decides."""
    return statement(Principal={"AWS": f"arn:aws:iam::{account}:root"})


def state(kms: Any, key: dict[str, Any]) -> str:
    found: str = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"]
    return found
