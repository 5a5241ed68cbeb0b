"""What every CloudWatch Logs test needs: a client, a group with a stream, the present, users of the test's account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import botocore.loaders
import pytest
from botocore.config import Config

from tests.services.logs.logs_calls import User, policy

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3

    from cloudchamber.testing import CloudClock, RunningCloud

# It is left to the server to find fault, once. Live Tail's host prefix cannot be resolved in front of an address.
CONFIG = Config(parameter_validation=False, retries={"total_max_attempts": 1}, inject_host_prefix=False)


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
def logs(aws: boto3.Session) -> Any:
    """A client as the root user of the test's own account."""
    return aws.client("logs", config=CONFIG)


@pytest.fixture
def group(logs: Any, now: int) -> str:
    """The group "g" with the stream "s"; its ARN."""
    logs.create_log_group(logGroupName="g")
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    return str(logs.describe_log_groups(logGroupNamePrefix="g")["logGroups"][0]["logGroupArn"])


@pytest.fixture
def now(frozen_clock: CloudClock) -> int:
    """The present, which stands still, in milliseconds."""
    return int(frozen_clock.now() * 1000)


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
        return User(arn, session.client("logs", config=CONFIG))

    return make_user
