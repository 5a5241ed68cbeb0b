"""The vocabulary of the Secrets Manager tests: refusals, policies, users."""

from __future__ import annotations

from typing import Any, NamedTuple

DAY = 86_400
MISSING = "Secrets Manager can't find the specified secret."
DELETED = "You can't perform this operation on the secret because it was marked for deletion."
TOKENS = [f"{n:08}-0000-0000-0000-000000000000" for n in range(200)]


class User(NamedTuple):
    arn: str
    secrets: Any


def denied(who: str, action: str, resource: str) -> tuple[str, str]:
    return "AccessDeniedException", (
        f"User: {who} is not authorized to perform: {action} on resource: {resource} because no identity-based policy "
        f"allows the {action} action"
    )


def statement(action: Any, resource: Any = "*", effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def stages(secrets: Any, name: str = "s") -> dict[str, str]:
    """Label -> version."""
    shown = secrets.describe_secret(SecretId=name).get("VersionIdsToStages", {})
    return {label: version for version, labels in shown.items() for label in labels}
