"""What every Secrets Manager test needs: a client, a short way to make secrets, and users of the account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config

from tests.services.secretsmanager.secrets_calls import User

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3


# It is left to the server to find fault, once.
CONFIG = Config(parameter_validation=False, retries={"total_max_attempts": 1})


@pytest.fixture
def secrets(aws: boto3.Session) -> Any:
    """A client as the root user of the test's own account."""
    return aws.client("secretsmanager", config=CONFIG)


@pytest.fixture
def elsewhere(aws: boto3.Session) -> Callable[[str], Any]:
    """`elsewhere("eu-west-1")`: a client of the same account in another region."""
    return lambda region: aws.client("secretsmanager", config=CONFIG, region_name=region)


@pytest.fixture
def make(secrets: Any) -> Callable[..., dict[str, Any]]:
    """`make("s", "value")` makes a secret."""

    def create(name: str = "s", value: str = "v", **more: Any) -> dict[str, Any]:
        made: dict[str, Any] = secrets.create_secret(Name=name, SecretString=value, **more)
        return made

    return create


@pytest.fixture
def key(aws: boto3.Session) -> str:
    """The ARN of a key of the account's own."""
    arn: str = aws.client("kms", config=CONFIG).create_key()["KeyMetadata"]["Arn"]
    return arn


@pytest.fixture
def user(new_user: Callable[..., tuple[str, boto3.Session]]) -> Callable[..., User]:
    """`user("bob", statement…)` makes a user whom IAM allows just that."""

    def make_user(name: str, *statements: dict[str, Any]) -> User:
        arn, session = new_user(name, *statements)
        return User(arn, session.client("secretsmanager", config=CONFIG))

    return make_user
