"""What every SNS test needs: clients, topics, queues that take from them, and an HTTP endpoint of the test's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.services.sns.http_endpoint import HttpEndpoint
from tests.services.sns.sns_calls import Queue, made_queue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import boto3


@pytest.fixture
def sns(aws: boto3.Session) -> Any:
    """A client as the root user of the test's own account."""
    return aws.client("sns")


@pytest.fixture
def sqs(aws: boto3.Session) -> Any:
    return aws.client("sqs")


@pytest.fixture
def topic(sns: Any) -> str:
    """The ARN of a standard topic."""
    return str(sns.create_topic(Name="t")["TopicArn"])


@pytest.fixture
def queue(sqs: Any) -> Callable[..., Queue]:
    """`queue("q")` makes a queue (a FIFO one if its name says so) that lets SNS send to it, `open=False` one that
    does not."""

    def make(name: str = "q", open: bool = True) -> Queue:  # noqa: A002
        return made_queue(sqs, name, open)

    return make


@pytest.fixture
def endpoint() -> Iterator[HttpEndpoint]:
    """An HTTP server that keeps what it is sent."""
    server = HttpEndpoint()
    yield server
    server.close()
