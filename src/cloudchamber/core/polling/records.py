"""What is read from queues and streams, in the form in which functions, filters and targets see it. Pure."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

Record = dict[str, Any]
Records = list[Record]


def of_message(message: Mapping[str, Any], queue: str) -> Record:
    """A message of the queue with this ARN. https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event"""
    attributes = {name: _attribute(given) for name, given in (message.get("MessageAttributes") or {}).items()}
    record: Record = {
        "messageId": message["MessageId"], "receiptHandle": message["ReceiptHandle"], "body": message["Body"],
        "attributes": dict(message.get("Attributes") or {}), "messageAttributes": attributes,
        "md5OfBody": message["MD5OfBody"], "eventSource": "aws:sqs", "eventSourceARN": queue,
        "awsRegion": queue.split(":")[3],
    }  # fmt: skip
    if message.get("MD5OfMessageAttributes"):
        record["md5OfMessageAttributes"] = message["MD5OfMessageAttributes"]
    return record


def _attribute(given: Mapping[str, Any]) -> dict[str, Any]:
    """A message attribute under the names that events have, its binary value as base64."""
    found: dict[str, Any] = {"stringListValues": [], "binaryListValues": [], "dataType": given["DataType"]}
    if "StringValue" in given:
        found["stringValue"] = given["StringValue"]
    if "BinaryValue" in given:
        found["binaryValue"] = base64.b64encode(given["BinaryValue"]).decode()
    return found


def view_of(record: Record) -> Record:
    """A message's record as patterns see it: the body as a value where it is JSON."""
    try:
        return {**record, "body": orjson.loads(record["body"])}
    except orjson.JSONDecodeError:
        return record


def sequence_of(change: Record) -> str:
    """The sequence number of a stream's record."""
    return str(change["dynamodb"]["SequenceNumber"])


def item_of(change: Record) -> bytes:
    """What tells the items of a table apart."""
    return orjson.dumps(change["dynamodb"]["Keys"], option=orjson.OPT_SORT_KEYS)


def created_at(change: Record) -> float:
    """Epoch seconds."""
    return float(change["dynamodb"]["ApproximateCreationDateTime"])


def queue_url(arn: str) -> str:
    parts = arn.split(":")
    return f"http://localhost/{parts[4]}/{parts[5]}"


def iso(at: float) -> str:
    """`2023-01-01T12:00:00.123Z`."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
