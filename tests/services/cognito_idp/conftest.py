"""What every user pool test needs: a client, and a short way to a pool with an app client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config

from tests.services.cognito_idp.user_pool_calls import FLOWS, Site

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3

    from cloudchamber.testing import RunningCloud

# It is left to the server to find fault, once.
CONFIG = Config(parameter_validation=False, retries={"total_max_attempts": 1})


@pytest.fixture
def idp(aws: boto3.Session) -> Any:
    """A client as the root user of the test's own account."""
    return aws.client("cognito-idp", config=CONFIG)


@pytest.fixture
def make(cloud: RunningCloud, idp: Any) -> Callable[..., Site]:
    """`make(AutoVerifiedAttributes=[…], client={…})` makes a pool and a client."""

    def create(client: dict[str, Any] | None = None, **settings: Any) -> Site:
        pool = idp.create_user_pool(**{"PoolName": "people", **settings})["UserPool"]["Id"]
        wanted = {"ClientName": "app", "ExplicitAuthFlows": FLOWS, **(client or {})}
        made = idp.create_user_pool_client(UserPoolId=pool, **wanted)["UserPoolClient"]
        return Site(cloud, idp, pool, made["ClientId"])

    return create


@pytest.fixture
def site(make: Callable[..., Site]) -> Site:
    """A pool that verifies mail addresses."""
    return make(AutoVerifiedAttributes=["email"])
