"""The vocabulary of the SES tests: simple mails, and what a topic was told."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from tests.services.calls import refused


def unverified(*identities: str) -> Any:
    return refused(
        "MessageRejected",
        "Email address is not verified. The following identities failed the check in region US-EAST-1: "
        + ", ".join(identities),
    )


@dataclass(frozen=True)
class Listener:
    sqs: Any
    url: str
    topic: str

    def texts(self) -> list[str]:
        """What arrived since it was asked last."""
        found = []
        while messages := self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(message["Body"])
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self.texts()]


def send(ses: Any, source: str, *to: str, subject: str = "Hello", text: str = "hi", **more: Any) -> str:
    """A simple mail; its message id."""
    message = {"Subject": {"Data": subject}, "Body": {"Text": {"Data": text}}}
    answer = ses.send_email(Source=source, Destination={"ToAddresses": list(to)}, Message=message, **more)
    return str(answer["MessageId"])


def send_v2(sesv2: Any, source: str, *to: str, subject: str = "Hello", text: str = "hi", **more: Any) -> str:
    content = {"Simple": {"Subject": {"Data": subject}, "Body": {"Text": {"Data": text}}}}
    answer = sesv2.send_email(
        FromEmailAddress=source, Destination={"ToAddresses": list(to)}, Content=content, **more
    )  # fmt: skip
    return str(answer["MessageId"])


def opened(url: str) -> int:
    """The status a browser gets at an address."""
    try:
        with urllib.request.urlopen(url) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
