"""What tests of Cognito Sync need: an identity pool that takes an issuer's tokens, and its users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from tests.services.cognito_identity.identity_calls import Federation
from tests.services.sts.oidc_issuer import Issuer, serving
from tests.services.sts.sts_calls import Actors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudchamber.testing import RunningCloud
    from cloudchamber.testing.cloud import CloudClock


@pytest.fixture
def actors(cloud: RunningCloud, account: str) -> Actors:
    return Actors(cloud, account)


@pytest.fixture
def identity(actors: Actors) -> Any:
    """A client as the account's root user."""
    return actors.root.client("cognito-identity")


@pytest.fixture(scope="module")
def anyone(cloud: RunningCloud) -> Any:
    """A client without credentials, as apps use it."""
    config = Config(signature_version=UNSIGNED, retries={"max_attempts": 0})
    return boto3.client("cognito-identity", region_name="us-east-1", endpoint_url=cloud.endpoint, config=config)


@pytest.fixture(scope="module")
def issuer(cloud: RunningCloud) -> Iterator[Issuer]:
    with serving(Issuer(now=cloud.clock.now), "/realms/test") as running:
        yield running


@pytest.fixture
def federation(actors: Actors, issuer: Issuer, clock: CloudClock, anyone: Any) -> Federation:
    """A pool that takes the issuer's tokens and guests, with a role for each."""
    return Federation(actors, issuer, anyone)
