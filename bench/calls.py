"""The everyday calls that are measured: how to prepare them, and how a boto3 client makes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

if TYPE_CHECKING:
    from collections.abc import Callable

REGION = "us-east-1"
CREDENTIALS = Credentials("test", "test")


def client(service: str, url: str) -> Any:
    config = Config(retries={"total_max_attempts": 1}, tcp_keepalive=True)
    credentials = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return boto3.client(service, endpoint_url=url, region_name=REGION, config=config, **credentials)


@dataclass(frozen=True)
class Call:
    """`prepare(url, is_floor)` gives a function that makes the call once; the floor needs no preparation."""

    name: str
    prepare: Callable[[str, bool], Callable[[], Any]]


def _queue(url: str, is_floor: bool, name: str) -> tuple[Any, str]:
    sqs = client("sqs", url)
    queue_url = f"{url}/000000000000/{name}" if is_floor else sqs.create_queue(QueueName=name)["QueueUrl"]
    return sqs, queue_url


def _send(url: str, is_floor: bool) -> Callable[[], Any]:
    sqs, queue_url = _queue(url, is_floor, "bench-send")
    return lambda: sqs.send_message(QueueUrl=queue_url, MessageBody="x" * 100)


def _send_receive_delete(url: str, is_floor: bool) -> Callable[[], Any]:
    sqs, queue_url = _queue(url, is_floor, "bench-cycle")

    def cycle() -> None:
        sqs.send_message(QueueUrl=queue_url, MessageBody="x" * 100)
        found = sqs.receive_message(QueueUrl=queue_url).get("Messages") or [{"ReceiptHandle": "AQEB"}]
        sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=found[0]["ReceiptHandle"])

    return cycle


def _receive_empty(url: str, is_floor: bool) -> Callable[[], Any]:
    sqs, queue_url = _queue(url, is_floor, "bench-empty")
    return lambda: sqs.receive_message(QueueUrl=queue_url)


def _attributes(url: str, is_floor: bool) -> Callable[[], Any]:
    sqs, queue_url = _queue(url, is_floor, "bench-attributes")
    return lambda: sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["All"])


def _identity(url: str, is_floor: bool) -> Callable[[], Any]:
    sts = client("sts", url)
    return lambda: sts.get_caller_identity()  # noqa: PLW0108 - typed, unlike the client


CALLS = (
    Call("sqs SendMessage", _send),
    Call("sqs ReceiveMessage (empty)", _receive_empty),
    Call("sqs send + receive + delete", _send_receive_delete),
    Call("sqs GetQueueAttributes", _attributes),
    Call("sts GetCallerIdentity", _identity),
)


def signed(url: str, service: str, headers: dict[str, str], body: bytes) -> bytes:
    """A signed POST as bytes on the wire, good for fifteen minutes."""
    request = AWSRequest("POST", url + "/", headers=headers, data=body)
    SigV4Auth(CREDENTIALS, service, REGION).add_auth(request)
    host = url.partition("://")[2]
    lines = [f"POST / HTTP/1.1\r\nHost: {host}\r\n"]
    lines += [f"{name}: {value}\r\n" for name, value in request.headers.items() if name.lower() != "host"]
    lines.append(f"Content-Length: {len(body)}\r\n\r\n")
    return "".join(lines).encode() + body
