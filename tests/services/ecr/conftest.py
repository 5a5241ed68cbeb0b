"""What every ECR test needs: a client, a repository, and users of the account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import botocore.loaders
import pytest
from botocore.config import Config

from tests.services.ecr.ecr_calls import User, policy

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3

    from cloudchamber.testing import RunningCloud

# It is left to the server to find fault, once.
CONFIG = Config(parameter_validation=False, retries={"total_max_attempts": 1})


@pytest.fixture(scope="session")
def models() -> Any:
    """botocore's reader of service models with all that it has read, which takes longer than most tests."""
    return botocore.loaders.create_loader()


@pytest.fixture
def aws(cloud: RunningCloud, account: str, models: Any) -> boto3.Session:
    session = cloud.session(account)
    session._session.register_component("data_loader", models)
    return session


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
def user(cloud: RunningCloud, aws: boto3.Session, models: Any) -> Callable[..., User]:
    """`user("bob", statement…)` makes a user whom IAM allows just that."""
    iam = aws.client("iam")

    def make_user(name: str, *statements: dict[str, Any]) -> User:
        arn = iam.create_user(UserName=name)["User"]["Arn"]
        if statements:
            iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy(*statements))
        access = iam.create_access_key(UserName=name)["AccessKey"]
        session = cloud.session_with(access["AccessKeyId"], access["SecretAccessKey"])
        session._session.register_component("data_loader", models)
        return User(arn, session.client("ecr", config=CONFIG))

    return make_user
