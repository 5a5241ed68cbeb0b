"""What every Lambda test needs: clients, a role, and functions made of a few lines of source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import botocore.loaders
import pytest
from botocore.config import Config

from tests.services.lambda_.lambda_calls import ECHO, made_role, package

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3

    from cloudchamber.testing import RunningCloud

ONCE = Config(retries={"total_max_attempts": 1}, read_timeout=30)


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
def client(aws: boto3.Session) -> Any:
    """A client as the root user of the test's own account."""
    return aws.client("lambda", config=ONCE)


@pytest.fixture
def iam(aws: boto3.Session) -> Any:
    return aws.client("iam")


@pytest.fixture
def sqs(aws: boto3.Session) -> Any:
    return aws.client("sqs")


@pytest.fixture
def role(iam: Any) -> str:
    """A role for functions that may do nothing."""
    return made_role(iam)


@pytest.fixture
def function(client: Any, role: str) -> Callable[..., Any]:
    """`function(source)` makes a Python function called `f`; more members of CreateFunction as keywords."""

    def make(source: str | dict[str, str] = ECHO, name: str = "f", **more: Any) -> Any:
        request = {"Runtime": "python3.11", "Handler": "index.handler", "Role": role, "Timeout": 5, **more}
        request.setdefault("Code", {"ZipFile": package(source)})
        return client.create_function(FunctionName=name, **request)

    return make
