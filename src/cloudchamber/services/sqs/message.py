"""Messages: what may be sent, their MD5s, and receipt handles. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cloudchamber.core import ids
from cloudchamber.services.sqs import limits
from cloudchamber.services.sqs.errors import (
    InvalidMessageContents,
    InvalidParameterValue,
    ReceiptHandleIsInvalid,
    UnsupportedOperation,
)

Attributes = Mapping[str, Mapping[str, Any]]

# What XML 1.0 can carry, which is what SQS takes.
_FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ATTRIBUTE_NAME = re.compile(r"[A-Za-z0-9_.-]{1,256}\Z")
_ATTRIBUTE_TYPE = re.compile(r"(String|Number|Binary)(\..*)?\Z", re.DOTALL)
_IDENTIFIER = re.compile(r"[A-Za-z0-9!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]{1,128}\Z")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?\Z")
_HANDLE = struct.Struct(">QQQ")
HANDLE_PREFIX = "AQEB"


@dataclass(slots=True)
class Message:
    """A message as it stands in the store. Instants are epoch seconds."""

    seq: int
    id: str
    body: str
    body_md5: str
    attributes: dict[str, Any] | None
    trace_header: str | None
    sender: str
    sent_at: float
    first_received_at: float | None
    receives: int  # over all queues it has been in
    receives_here: int
    group_id: str | None
    dedup_id: str | None
    dead_from: str | None  # the ARN of the queue it was moved from
    receipt: int = 0

    @property
    def sequence_number(self) -> str:
        return sequence_number(self.seq)


def sequence_number(seq: int) -> str:
    """20 digits, growing, as FIFO queues give them."""
    return str(18_849_496_460_467_696_128 + seq * 256)


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def attributes_md5(attributes: Attributes) -> str:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html"""
    digest = hashlib.md5(usedforsecurity=False)

    def add(raw: bytes) -> None:
        digest.update(struct.pack(">I", len(raw)))
        digest.update(raw)

    for name in sorted(attributes):
        value = attributes[name]
        add(name.encode())
        add(value["DataType"].encode())
        if value["DataType"].startswith("Binary"):
            digest.update(b"\x02")
            add(value["BinaryValue"])
        else:
            digest.update(b"\x01")
            add(value["StringValue"].encode())
    return digest.hexdigest()


def size_bytes(body: str, attributes: Attributes | None) -> int:
    """What counts against the limit: the body, and each attribute's name, type and value."""
    total = len(body.encode())
    for name, value in (attributes or {}).items():
        content = value.get("BinaryValue") or (value.get("StringValue") or "").encode()
        total += len(name.encode()) + len(value.get("DataType", "").encode()) + len(content)
    return total


def check_body(body: str, attributes: Attributes | None, bytes_max: int) -> None:
    """InvalidMessageContents for characters, InvalidParameterValue for size."""
    if _FORBIDDEN.search(body):
        raise InvalidMessageContents(
            "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to "
            "#xFFFD | #x10000 to #x10FFFF"
        )
    if (len(body) * 4 > bytes_max or attributes) and size_bytes(body, attributes) > bytes_max:
        raise InvalidParameterValue(
            f"One or more parameters are invalid. Reason: Message must be shorter than {bytes_max} bytes."
        )


def check_attributes(attributes: Attributes) -> None:
    """InvalidParameterValue for message attributes AWS does not take."""
    if len(attributes) > limits.MESSAGE_ATTRIBUTES_MAX:
        raise InvalidParameterValue(
            f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum "
            f"[{limits.MESSAGE_ATTRIBUTES_MAX}]."
        )
    for name, value in attributes.items():
        _check_attribute_name(name)
        _check_attribute_value(name, value)


def _check_attribute_name(name: str) -> None:
    lowered = name.lower()
    if lowered.startswith(("aws.", "amazon.")):
        raise InvalidParameterValue(f"The message attribute name '{name}' is invalid. Attribute name can not start "
                                    "with 'AWS.' or 'Amazon.'.")  # fmt: skip
    if not _ATTRIBUTE_NAME.match(name) or name.startswith(".") or name.endswith(".") or ".." in name:
        raise InvalidParameterValue(
            f"The message attribute name '{name}' is invalid. Attribute name can contain A-Z, a-z, 0-9, underscore "
            "(_), hyphen (-), and period (.) characters."
        )


def _check_attribute_value(name: str, value: Mapping[str, Any]) -> None:
    kind = value.get("DataType") or ""
    if not kind:
        raise InvalidParameterValue(f"The message attribute '{name}' must contain non-empty message attribute type.")
    matched = _ATTRIBUTE_TYPE.match(kind)
    if matched is None or len(kind) > 256:
        raise InvalidParameterValue(
            f"The type of message (user) attribute '{name}' is invalid. You must use only the following supported type "
            "prefixes: Binary, Number, String."
        )
    if value.get("StringListValues") or value.get("BinaryListValues"):
        raise UnsupportedOperation("Message attribute list values in SendMessage operation are not supported.")
    is_binary = matched[1] == "Binary"
    wanted, other = ("BinaryValue", "StringValue") if is_binary else ("StringValue", "BinaryValue")
    if not value.get(wanted):
        if value.get(other):
            field = "Binary" if is_binary else "String"
            raise InvalidParameterValue(f"The message attribute '{name}' with type '{kind}' must use field '{field}'.")
        raise InvalidParameterValue(
            f"Message (user) attribute '{name}' must contain a non-empty value of type '{kind}'."
        )
    if matched[1] == "Number" and not _NUMBER.match(value["StringValue"]):
        raise InvalidParameterValue(f"Can't cast the value of message (user) attribute '{name}' to a number.")
    if not is_binary and _FORBIDDEN.search(value["StringValue"]):
        raise InvalidMessageContents("Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 "
                                     "to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF")  # fmt: skip


def check_system_attributes(attributes: Attributes) -> str | None:
    """The trace header, the one system attribute that can be sent."""
    for name, value in attributes.items():
        if name != "AWSTraceHeader":
            raise InvalidParameterValue(f"Message system attribute name '{name}' is invalid.")
        if value.get("DataType") != "String" or not value.get("StringValue"):
            raise InvalidParameterValue(
                "The message system attribute 'AWSTraceHeader' must have type 'String' and a value."
            )
    found = attributes.get("AWSTraceHeader")
    return None if found is None else str(found["StringValue"])


def is_identifier(text: str) -> bool:
    """Whether `text` can be a MessageGroupId, a MessageDeduplicationId or a ReceiveRequestAttemptId."""
    return _IDENTIFIER.match(text) is not None


def receipt_handle(queue_number: int, seq: int, receipt: int) -> str:
    packed = _HANDLE.pack(queue_number, seq, receipt)
    return HANDLE_PREFIX + base64.b64encode(packed + hashlib.sha256(packed).digest()[:24]).decode()


def parse_handle(handle: str) -> tuple[int, int, int]:
    """Queue number, message and receipt of a handle; ReceiptHandleIsInvalid for what no queue gave out."""
    try:
        if not handle.startswith(HANDLE_PREFIX):
            raise ValueError
        raw = base64.b64decode(handle[len(HANDLE_PREFIX) :], validate=True)
        packed, check = raw[: _HANDLE.size], raw[_HANDLE.size :]
        if hashlib.sha256(packed).digest()[:24] != check:
            raise ValueError
        number, seq, receipt = _HANDLE.unpack(packed)
    except (ValueError, binascii.Error, struct.error):
        raise ReceiptHandleIsInvalid(
            f'The input receipt handle "{handle[:1024]}" is not a valid receipt handle.'
        ) from None
    return number, seq, receipt


def new_receipt() -> int:
    return ids.number(62)
