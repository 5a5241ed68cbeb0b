"""What every Lambda test needs: clients, a role, and functions made of a few lines of source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config

from tests.services.lambda_.lambda_calls import ECHO, made_role, package

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3


ONCE = Config(retries={"total_max_attempts": 1}, read_timeout=30)


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
