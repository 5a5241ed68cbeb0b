"""The vocabulary of the Scheduler tests: refusals, roles, queues, schedules."""

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

OFF = {"Mode": "OFF"}


class Hour(float):
    """The full hour at which a test begins, in epoch seconds, and the clock that stands there."""

    clock: CloudClock

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)


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
        """What has arrived once the cloud is at rest, in the order of sending; gone afterwards."""
        self.clock.settle()
        found: list[dict[str, Any]] = []
        while batch := self.sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages"):  # fmt: skip
            for message in batch:
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
            found += batch
        return sorted(found, key=sent_at)

    def bodies(self) -> list[str]:
        return [message["Body"] for message in self.messages()]

    def times(self) -> list[float]:
        """When messages were sent, in epoch seconds."""
        return [sent_at(message) for message in self.messages()]


def sent_at(message: dict[str, Any]) -> float:
    return int(message["Attributes"]["SentTimestamp"]) / 1000


def made_queue(sqs: Any, clock: CloudClock, name: str = "q") -> Queue:
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"} if name.endswith(".fifo") else {}
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return Queue(sqs, url, arn, clock)


def made_role(iam: Any, name: str = "r", actions: Any = "*", condition: Any = None) -> str:
    """A role that the scheduler may assume, and what it may do."""
    trust: dict[str, Any] = {
        "Effect": "Allow", "Principal": {"Service": "scheduler.amazonaws.com"}, "Action": "sts:AssumeRole",
    }  # fmt: skip
    if condition is not None:
        trust["Condition"] = condition
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    if actions:
        allowed = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy)
    return str(arn)


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def attributes_of(message: dict[str, Any]) -> dict[str, str]:
    return {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
