"""Systems of several services: a cloud for each file, and functions made of a few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloudchamber.testing.cloud import RunningCloud
from tests.services.lambda_.lambda_calls import made_role, package

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import boto3


@pytest.fixture(scope="module")
def cloud() -> Iterator[RunningCloud]:
    running = RunningCloud().start()
    yield running
    running.stop()


@pytest.fixture
def function(aws: boto3.Session) -> Callable[..., str]:
    """`function(name, source, *actions)` makes a function whose role is allowed these actions; its ARN."""
    client, iam = aws.client("lambda"), aws.client("iam")

    def make(name: str, source: str, *actions: str, **more: Any) -> str:
        request = {"Runtime": "python3.11", "Handler": "index.handler", "Timeout": 20, **more}
        made = client.create_function(
            FunctionName=name, Code={"ZipFile": package(source)}, Role=made_role(iam, f"role-of-{name}", *actions),
            **request,
        )  # fmt: skip
        return str(made["FunctionArn"])

    return make
