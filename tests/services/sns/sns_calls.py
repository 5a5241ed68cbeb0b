"""The vocabulary of the SNS tests: queues that a topic may send to, and what they hold."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from tests.services.calls import refused


def invalid(reason: str) -> Any:
    return refused("InvalidParameter", f"Invalid parameter: {reason}")


@dataclass(frozen=True)
class Queue:
    sqs: Any
    url: str
    arn: str

    def messages(self, count: int = 10) -> list[dict[str, Any]]:
        """What can be received; gone afterwards."""
        found: list[dict[str, Any]] = self.sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=count, MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages", [])  # fmt: skip
        for message in found:
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def bodies(self) -> list[str]:
        return [message["Body"] for message in self.messages()]

    def notifications(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in self.bodies()]

    def texts(self) -> list[str]:
        return [notification["Message"] for notification in self.notifications()]


def made_queue(sqs: Any, name: str, is_open: bool = True) -> Queue:
    attributes = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    made = Queue(sqs, url, arn)
    if is_open:
        let_in(made)
    return made


def let_in(queue: Queue, source_arn: str | None = None) -> None:
    """The queue policy of AWS's documents, for all topics or one."""
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue.arn,
    }
    if source_arn is not None:
        statement["Condition"] = {"ArnEquals": {"aws:SourceArn": source_arn}}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    queue.sqs.set_queue_attributes(QueueUrl=queue.url, Attributes={"Policy": json.dumps(document)})


def subscribed(sns: Any, topic: str, queue: Queue, **attributes: Any) -> str:
    """Subscribe a queue; the subscription's ARN."""
    text = {name: value if isinstance(value, str) else json.dumps(value) for name, value in attributes.items()}
    return str(sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn, Attributes=text)["SubscriptionArn"])


def string(value: str, kind: str = "String") -> dict[str, str]:
    return {"DataType": kind, "StringValue": value}


def opened(url: str) -> tuple[int, str]:
    """What a browser gets at an address."""
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
