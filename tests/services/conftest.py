"""What the tests of all services need: a cloud for each file, quick sessions, users whom IAM allows just so much.

Timers that a test leaves behind (schedules, pollers, alarms) are nobody else's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import botocore.loaders
import pytest

from cloudchamber.testing.cloud import RunningCloud
from tests.services.calls import policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import boto3


@pytest.fixture(scope="module")
def cloud() -> Iterator[RunningCloud]:
    """A cloud in this process, in memory, on a free port; started once for a file."""
    running = RunningCloud().start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def models() -> Any:
    """botocore's reader of service models with all that it has read, which takes longer than most tests."""
    return botocore.loaders.create_loader()


@pytest.fixture
def aws(cloud: RunningCloud, account: str, models: Any) -> boto3.Session:
    """A session as the root user of the test's own account."""
    session = cloud.session(account)
    session._session.register_component("data_loader", models)
    return session


@pytest.fixture
def new_user(cloud: RunningCloud, aws: boto3.Session, models: Any) -> Callable[..., tuple[str, boto3.Session]]:
    """`new_user("bob", statement…)` makes a user whom IAM allows just that: the ARN, and a session of theirs."""
    iam = aws.client("iam")

    def make(name: str, *statements: dict[str, Any]) -> tuple[str, boto3.Session]:
        arn: str = iam.create_user(UserName=name)["User"]["Arn"]
        if statements:
            iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy(*statements))
        access = iam.create_access_key(UserName=name)["AccessKey"]
        session = cloud.session_with(access["AccessKeyId"], access["SecretAccessKey"])
        session._session.register_component("data_loader", models)
        return arn, session

    return make
