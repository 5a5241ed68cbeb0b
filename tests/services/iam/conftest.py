"""What every IAM test needs: a client, and users with keys of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3

    from cloudchamber.testing import RunningCloud


@pytest.fixture
def iam(aws: boto3.Session) -> Any:
    """A client as the root user of the test's own account, which leaves it to the server to find fault."""
    return aws.client("iam", config=Config(parameter_validation=False))


@pytest.fixture
def sign_in(cloud: RunningCloud, iam: Any) -> Callable[..., boto3.Session]:
    """`sign_in("bob")` makes the user if there is none, and gives a session with a new key of theirs."""

    def make(name: str = "bob") -> boto3.Session:
        if all(user["UserName"] != name for user in iam.list_users()["Users"]):
            iam.create_user(UserName=name)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return cloud.session_with(key["AccessKeyId"], key["SecretAccessKey"])

    return make
