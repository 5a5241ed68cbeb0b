"""What every SQS test needs: a client and queues of the test's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3


@pytest.fixture
def sqs(aws: boto3.Session) -> Any:
    """A client as the root user of the test's own account."""
    return aws.client("sqs")


@pytest.fixture
def create(sqs: Any) -> Callable[..., str]:
    """`create("q", DelaySeconds=5)` makes a queue (a FIFO one if its name says so); its URL."""

    def make(name: str = "q", **attributes: Any) -> str:
        if name.endswith(".fifo"):
            attributes.setdefault("FifoQueue", "true")
        text = {key: str(value) for key, value in attributes.items()}
        return str(sqs.create_queue(QueueName=name, Attributes=text)["QueueUrl"])

    return make
