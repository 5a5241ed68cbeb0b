"""What the tests of several services say: a refusal, a queue that things arrive in."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudchamber.testing.cloud import CloudClock


def policy(*statements: dict[str, Any]) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@contextmanager
def refused(code: str, message: str | None = None, status: int = 400) -> Iterator[Any]:
    """The call inside fails with exactly this code, message and HTTP status."""
    with pytest.raises(ClientError) as caught:
        yield caught
    error = caught.value.response["Error"]
    assert error["Code"] == code, error
    if message is not None:
        assert error["Message"] == message
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


@dataclass(frozen=True)
class Queue:
    sqs: Any
    url: str
    arn: str
    clock: CloudClock

    def messages(self) -> list[dict[str, Any]]:
        """What has arrived once the cloud is at rest; gone afterwards."""
        self.clock.settle()
        found: list[dict[str, Any]] = []
        while batch := self.sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages"):  # fmt: skip
            for message in batch:
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
            found += batch
        return found

    def bodies(self) -> list[str]:
        return [message["Body"] for message in self.messages()]

    def events(self) -> list[Any]:
        return [json.loads(body) for body in self.bodies()]
