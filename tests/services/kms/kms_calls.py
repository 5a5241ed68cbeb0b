"""The vocabulary of the KMS tests: refusals, policies, users."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY = 86_400
MISSING = "12345678-1234-1234-1234-123456789012"


class User(NamedTuple):
    arn: str
    kms: Any


@contextmanager
def refused(code: str, message: str | None = None, status: int = 400) -> Iterator[Any]:
    """The call inside fails with exactly this code, message and HTTP status."""
    with pytest.raises(ClientError) as caught:
        yield caught
    error = caught.value.response["Error"]
    assert (error["Code"], error["Message"] if message is not None else None) == (code, message)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def denied(who: str, action: str, resource: str, kind: str = "identity-based policy") -> tuple[str, str]:
    return "AccessDeniedException", (
        f"User: {who} is not authorized to perform: {action} on resource: {resource} because no {kind} allows the "
        f"{action} action"
    )


def statement(action: Any = "kms:*", effect: str = "Allow", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def account_statement(account: str) -> dict[str, Any]:
    """What the default key policy says: IAM decides."""
    return statement(Principal={"AWS": f"arn:aws:iam::{account}:root"})


def state(kms: Any, key: dict[str, Any]) -> str:
    found: str = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"]
    return found
