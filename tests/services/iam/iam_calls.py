"""The vocabulary of the IAM tests: refusals and policy documents."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator

STATUS = {
    "NoSuchEntity": 404, "EntityAlreadyExists": 409, "DeleteConflict": 409, "LimitExceeded": 409, "AccessDenied": 403,
}  # fmt: skip
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


@contextmanager
def refused(code: str, message: str | None = None) -> Iterator[Any]:
    """The call inside fails with exactly this code and message, and the HTTP status that IAM gives the code."""
    with pytest.raises(ClientError) as caught:
        yield caught
    error = caught.value.response["Error"]
    assert (error["Code"], error["Message"] if message is not None else None) == (code, message)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == STATUS.get(code, 400)


def statement(action: Any = "*", resource: Any = "*", effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def policy(*statements: dict[str, Any]) -> str:
    """A policy document; of one statement that allows everything if none is given."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements) or [statement()]})


def trust(principal: Any = None, action: str = "sts:AssumeRole") -> str:
    """A trust policy, of Lambda unless a principal is given."""
    whom = principal or {"Service": "lambda.amazonaws.com"}
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": whom, "Action": action}]}
    )


def denied(who: str, action: str, resource: str, policy_type: str = "identity-based policy") -> str:
    """IAM's message when no policy allows something."""
    return (
        f"User: {who} is not authorized to perform: {action} on resource: {resource} because no {policy_type} allows "
        f"the {action} action"
    )


def denied_explicitly(who: str, action: str, resource: str, policy_type: str = "an identity-based policy") -> str:
    call = f"User: {who} is not authorized to perform: {action} on resource: {resource}"
    return f"{call} with an explicit deny in {policy_type}"
