"""The vocabulary of the Pipes tests: refusals, roles, queues, pipes that have come into their state."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudchamber.testing.cloud import CloudClock


class Hour(float):
    """The full hour at which a test begins, in epoch seconds, and the clock that stands there."""

    clock: CloudClock

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def settle(self) -> None:
        self.clock.settle()


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


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

    def send(self, *bodies: str, **more: Any) -> None:
        """In one call, so that a pipe finds them together."""
        entries = [{"Id": str(n), "MessageBody": body, **more} for n, body in enumerate(bodies)]
        assert "Failed" not in self.sqs.send_message_batch(QueueUrl=self.url, Entries=entries)

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

    def count(self) -> int:
        """How many there are, on their way to somebody or not."""
        self.clock.settle()
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return sum(int(found[name]) for name in names)


def made_queue(sqs: Any, clock: CloudClock, name: str = "q", **attributes: str) -> Queue:
    if name.endswith(".fifo"):
        attributes |= {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return Queue(sqs, url, arn, clock)


def made_role(iam: Any, name: str = "p", actions: Any = "*", condition: Any = None) -> str:
    """A role that pipes may work as, and what it may do."""
    trust: dict[str, Any] = {
        "Effect": "Allow", "Principal": {"Service": "pipes.amazonaws.com"}, "Action": "sts:AssumeRole",
    }  # fmt: skip
    if condition is not None:
        trust["Condition"] = condition
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    if actions:
        allow(iam, name, actions)
    return str(arn)


def allow(iam: Any, role: str, actions: Any) -> None:
    allowed = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_role_policy(RoleName=role, PolicyName="p", PolicyDocument=policy)
