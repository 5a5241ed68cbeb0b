"""What every ECR test needs: a client, a repository, and users of the account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config

from tests.services.ecr.ecr_calls import User

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3

    from cloudchamber.testing import RunningCloud

# It is left to the server to find fault, once.
CONFIG = Config(parameter_validation=False, retries={"total_max_attempts": 1})


@pytest.fixture
def ecr(aws: boto3.Session) -> Any:
    """A client as the root user of the test's own account."""
    return aws.client("ecr", config=CONFIG)


@pytest.fixture
def stranger(cloud: RunningCloud, models: Any) -> User:
    """The root user of another account."""
    number = cloud.new_account()
    session = cloud.session(number)
    session._session.register_component("data_loader", models)
    return User(f"arn:aws:iam::{number}:root", session.client("ecr", config=CONFIG))


@pytest.fixture
def app(ecr: Any) -> dict[str, Any]:
    """A repository named "app"."""
    made: dict[str, Any] = ecr.create_repository(repositoryName="app")["repository"]
    return made


@pytest.fixture
def user(new_user: Callable[..., tuple[str, boto3.Session]]) -> Callable[..., User]:
    """`user("bob", statement…)` makes a user whom IAM allows just that."""

    def make_user(name: str, *statements: dict[str, Any]) -> User:
        arn, session = new_user(name, *statements)
        return User(arn, session.client("ecr", config=CONFIG))

    return make_user
