"""The vocabulary of the Secrets Manager tests: refusals, policies, users."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY = 86_400
MISSING = "Secrets Manager can't find the specified secret."
DELETED = "You can't perform this operation on the secret because it was marked for deletion."
TOKENS = [f"{n:08}-0000-0000-0000-000000000000" for n in range(200)]


class User(NamedTuple):
    arn: str
    secrets: Any


@contextmanager
def refused(code: str, message: str | None = None) -> Iterator[Any]:
    """The call inside fails with exactly this code and message (any message for None)."""
    with pytest.raises(ClientError) as caught:
        yield caught
    error = caught.value.response["Error"]
    assert (error["Code"], error["Message"] if message is not None else None) == (code, message)


def denied(who: str, action: str, resource: str) -> tuple[str, str]:
    return "AccessDeniedException", (
        f"User: {who} is not authorized to perform: {action} on resource: {resource} because no identity-based policy "
        f"allows the {action} action"
    )


def statement(action: Any, resource: Any = "*", effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def stages(secrets: Any, name: str = "s") -> dict[str, str]:
    """Label -> version."""
    shown = secrets.describe_secret(SecretId=name).get("VersionIdsToStages", {})
    return {label: version for version, labels in shown.items() for label in labels}
