"""What every test of REST APIs needs: a client, and short ways to make APIs and users of the account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import botocore.loaders
import pytest

from tests.services.apigateway.api_calls import CONFIG, Api

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3

    from cloudchamber.testing import RunningCloud


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
def gateway(aws: boto3.Session) -> Any:
    """A client as the root user of the test's own account."""
    return aws.client("apigateway", config=CONFIG)


@pytest.fixture
def api(gateway: Any) -> Api:
    """An API with a root and nothing else."""
    return Api(gateway, gateway.create_rest_api(name="pets"))


@pytest.fixture
def mocked(api: Api) -> Api:
    """An API with one method, GET of its root, that a mock answers."""
    api.method("GET")
    return api


@pytest.fixture
def make(gateway: Any) -> Callable[..., Api]:
    """`make(name="n", …)` makes an API."""
    return lambda **settings: Api(gateway, gateway.create_rest_api(**{"name": "pets", **settings}))
