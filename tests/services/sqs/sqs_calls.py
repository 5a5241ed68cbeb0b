"""The vocabulary of the SQS tests: refusals, what a queue holds, and long polls that run beside the test."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudchamber.testing import RunningCloud

JOIN_SECONDS_MAX = 20
SPINS_MAX = 20_000
NO_QUEUE = "AWS.SimpleQueueService.NonExistentQueue"


@contextmanager
def refused(
    code: str, message: str | None = None, *, query_error: str | None = None, status: int = 400
) -> Iterator[Any]:
    """The call inside fails with exactly this code, message and HTTP status.

    SQS speaks JSON but was a query service: `Error.Code` is the code of old, `QueryErrorCode` the name of the shape.
    """
    with pytest.raises(ClientError) as caught:
        yield caught
    error = caught.value.response["Error"]
    assert error["Code"] == code
    if message is not None:
        assert error["Message"] == message
    if query_error is not None:
        assert error["QueryErrorCode"] == query_error
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def invalid(value: object, parameter: str, reason: str) -> tuple[str, str]:
    return "InvalidParameterValue", f"Value {value} for parameter {parameter} is invalid. Reason: {reason}"


def receive(sqs: Any, url: str, count: int = 10, **options: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=count, MessageSystemAttributeNames=["All"], **options
    ).get("Messages", [])
    return found


def bodies(sqs: Any, url: str, count: int = 10, **options: Any) -> list[str]:
    return [message["Body"] for message in receive(sqs, url, count, **options)]


def counts(sqs: Any, url: str) -> tuple[int, int, int]:
    """How many messages are visible, in flight and delayed."""
    names = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    visible, in_flight, delayed = (int(found[name]) for name in names)
    return visible, in_flight, delayed


def attributes(sqs: Any, url: str, *names: str) -> dict[str, str]:
    found: dict[str, str] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(names) or ["All"])["Attributes"]
    return found


def arn_of(sqs: Any, url: str) -> str:
    return attributes(sqs, url, "QueueArn")["QueueArn"]


def redrive_policy(dead_letter_arn: str, receives_max: int) -> str:
    return json.dumps({"deadLetterTargetArn": dead_letter_arn, "maxReceiveCount": receives_max})


class LongPoll:
    """A ReceiveMessage that waits in a thread. It has begun to wait in the cloud when this object is there.

    Under the frozen clock it cannot time out by itself: that it ends without time being advanced shows that the event
    ended it.
    """

    def __init__(self, cloud: RunningCloud, sqs: Any, url: str, **options: Any) -> None:
        self._answer: dict[str, Any] | None = None
        self._error: BaseException | None = None
        options.setdefault("WaitTimeSeconds", 20)
        before = waiting(cloud)

        def poll() -> None:
            try:
                self._answer = sqs.receive_message(QueueUrl=url, **options)
            except BaseException as error:
                self._error = error

        self._thread = threading.Thread(target=poll, daemon=True)
        self._thread.start()
        for _ in range(SPINS_MAX):
            if waiting(cloud) > before or not self._thread.is_alive():
                return
        raise AssertionError("the poll does not wait")

    @property
    def is_waiting(self) -> bool:
        return self._thread.is_alive()

    def messages(self) -> list[dict[str, Any]]:
        """What the poll was answered, once it has ended; its error is raised."""
        self._thread.join(JOIN_SECONDS_MAX)
        assert not self._thread.is_alive(), "the poll goes on waiting"
        if self._error is not None:
            raise self._error
        assert self._answer is not None
        found: list[dict[str, Any]] = self._answer.get("Messages", [])
        return found

    def bodies(self) -> list[str]:
        return [message["Body"] for message in self.messages()]


def signed_form(
    endpoint: str, account: str, form: dict[str, str], path: str = "/", region: str = "us-east-1"
) -> tuple[dict[str, str], bytes]:
    """Headers and body of a signed POST in the query protocol, as SDKs before 2023 sent it."""
    body = urlencode(form).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    request = AWSRequest("POST", endpoint + path, headers, body)
    SigV4Auth(Credentials(account, "test"), "sqs", region).add_auth(request)
    return dict(request.prepare().headers), body


def waiting(cloud: RunningCloud) -> int:
    """How many polls wait in the cloud."""
    return cloud.look(lambda c: sum(map(len, c.registry.get("sqs").service._waiting.values())))  # type: ignore[attr-defined]


def unswept(cloud: RunningCloud) -> None:
    """What expires from now on stays until something is sent that expires, too, or for `swept`."""
    cloud.look(lambda c: c.registry.get("sqs").service._sweep_timer.cancel())  # type: ignore[attr-defined]


def swept(cloud: RunningCloud) -> None:
    """What has expired is deleted."""
    cloud.run(lambda c: c.registry.get("sqs").service._sweep())  # type: ignore[attr-defined]
