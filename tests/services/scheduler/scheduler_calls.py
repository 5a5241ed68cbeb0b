"""The vocabulary of the Scheduler tests: roles, queues, schedules."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.services import calls

if TYPE_CHECKING:
    from cloudchamber.testing.cloud import CloudClock

OFF = {"Mode": "OFF"}


class Hour(float):
    """The full hour at which a test begins, in epoch seconds, and the clock that stands there."""

    clock: CloudClock

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)


class Queue(calls.Queue):
    def messages(self) -> list[dict[str, Any]]:
        """As they were sent, one after another."""
        return sorted(super().messages(), key=sent_at)

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
