"""What every test of REST APIs needs: a client, and short ways to make APIs and users of the account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.services.apigateway.api_calls import CONFIG, Api

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3


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
