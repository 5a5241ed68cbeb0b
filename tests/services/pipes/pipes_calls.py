"""The vocabulary of the Pipes tests: roles, queues, pipes that have come into their state."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.services import calls

if TYPE_CHECKING:
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


class Queue(calls.Queue):
    def send(self, *bodies: str, **more: Any) -> None:
        """In one call, so that a pipe finds them together."""
        entries = [{"Id": str(n), "MessageBody": body, **more} for n, body in enumerate(bodies)]
        assert "Failed" not in self.sqs.send_message_batch(QueueUrl=self.url, Entries=entries)

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
