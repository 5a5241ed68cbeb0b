"""What every SSM test needs: a client, a short way to put parameters, and users of the test's own account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config

from tests.services.ssm.ssm_calls import User

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3


# It is left to the server to find fault, once.
CONFIG = Config(parameter_validation=False, retries={"total_max_attempts": 1})


@pytest.fixture
def ssm(aws: boto3.Session) -> Any:
    """A client as the root user of the test's own account."""
    return aws.client("ssm", config=CONFIG)


@pytest.fixture
def put(ssm: Any) -> Callable[..., dict[str, Any]]:
    """`put("/a/b", "value")` writes a String."""

    def write(name: str, value: str = "v", **more: Any) -> dict[str, Any]:
        answer: dict[str, Any] = ssm.put_parameter(Name=name, Value=value, **{"Type": "String", **more})
        return answer

    return write


@pytest.fixture
def user(new_user: Callable[..., tuple[str, boto3.Session]]) -> Callable[..., User]:
    """`user("bob", statement…)` makes a user whom IAM allows just that."""

    def make_user(name: str, *statements: dict[str, Any]) -> User:
        arn, session = new_user(name, *statements)
        return User(arn, session.client("ssm", config=CONFIG))

    return make_user
