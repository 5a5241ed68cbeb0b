"""What every CloudWatch Logs test needs: a client, a group with a stream, the present, users of the test's account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config

from tests.services.logs.logs_calls import User

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3

    from cloudchamber.testing import CloudClock

# It is left to the server to find fault, once. Live Tail's host prefix cannot be resolved in front of an address.
CONFIG = Config(parameter_validation=False, retries={"total_max_attempts": 1}, inject_host_prefix=False)


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
def user(new_user: Callable[..., tuple[str, boto3.Session]]) -> Callable[..., User]:
    """`user("bob", statement…)` makes a user whom IAM allows just that."""

    def make_user(name: str, *statements: dict[str, Any]) -> User:
        arn, session = new_user(name, *statements)
        return User(arn, session.client("logs", config=CONFIG))

    return make_user
