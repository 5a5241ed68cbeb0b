"""What every SSM test needs: a client, a short way to put parameters, and users of the test's own account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import botocore.loaders
import pytest
from botocore.config import Config

from tests.services.ssm.ssm_calls import User, policy

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
        return User(arn, session.client("ssm", config=CONFIG))

    return make_user
