"""Messages: what may be published, and what of it goes to which protocol. Pure."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import orjson

from cloudchamber.services.sns import limits
from cloudchamber.services.sns.errors import InvalidAttributeValue, InvalidParameter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.service import Request
    from cloudchamber.services.sns.topic import Topic

Kind = Literal["Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"]

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ATTRIBUTE_NAME = re.compile(r"[A-Za-z0-9_.-]{1,256}\Z")
_ATTRIBUTE_TYPE = re.compile(r"(String|Number|Binary)(\..*)?\Z", re.DOTALL)
_IDENTIFIER = re.compile(r"[A-Za-z0-9!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]{1,128}\Z")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?\Z")


@dataclass(frozen=True, slots=True)
class Published:
    """A message on its way. `attributes` are name → type and value, binary values in base64.

    `origin` is the address of this cloud as the publisher's client knew it; `trace` and `span` are the ids of the call
    that published, of which each delivery is a child. A confirmation carries the token it asks to hand back.
    """

    id: str
    topic_arn: str
    text: str
    at: float
    origin: str
    trace: str
    span: str
    kind: Kind = "Notification"
    subject: str | None = None
    by_protocol: dict[str, str] | None = None
    attributes: dict[str, tuple[str, str]] = field(default_factory=dict)
    group_id: str | None = None
    dedup_id: str | None = None
    sequence: int = 0
    token: str = ""

    def text_for(self, protocol: str) -> str:
        if self.by_protocol is None:
            return self.text
        return self.by_protocol.get(protocol, self.by_protocol["default"])

    @property
    def sequence_number(self) -> str:
        return sequence_number(self.sequence)


def sequence_number(number: int) -> str:
    """20 digits, growing, as FIFO topics give them."""
    return str(10_000_000_000_000_000_000 + number * 1000)


def structured(request: Request) -> dict[str, str] | None:
    """The texts by protocol of a message whose structure is json; None for a plain one. InvalidParameter."""
    structure = request.get("MessageStructure")
    if structure is None:
        return None
    if structure != "json":
        raise InvalidParameter("MessageStructure")
    try:
        found = orjson.loads(request["Message"])
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise InvalidParameter("Message Structure - JSON message body failed to parse")
    texts = {name: text for name, text in found.items() if isinstance(text, str)}
    if "default" not in texts:
        raise InvalidParameter("Message Structure - No default entry in JSON message body")
    return texts


def check_content(request: Request, bytes_max: int) -> None:
    """InvalidParameter for a text or a subject AWS does not take."""
    if not request.get("Message"):
        raise InvalidParameter("Empty message")
    subject = request.get("Subject")
    if subject is not None and (
        not subject or len(subject) > limits.SUBJECT_CHARS_MAX or _CONTROL.search(subject) is not None
    ):
        raise InvalidParameter("Subject")
    if size_bytes(request) > bytes_max:
        raise InvalidParameter("Message too long")


def size_bytes(request: Request) -> int:
    """What counts against the limit: the text, and each attribute's name, type and value."""
    total = len((request.get("Message") or "").encode())
    for name, value in (request.get("MessageAttributes") or {}).items():
        content = value.get("BinaryValue") or (value.get("StringValue") or "").encode()
        total += len(name.encode()) + len((value.get("DataType") or "").encode()) + len(content)
    return total


def checked_attributes(raw: Mapping[str, Mapping[str, Any]] | None) -> dict[str, tuple[str, str]]:
    """Name → type and value of message attributes; ParameterValueInvalid."""
    return {name: _checked_attribute(name, value) for name, value in raw.items()} if raw else {}


def _checked_attribute(name: str, value: Mapping[str, Any]) -> tuple[str, str]:
    if not _ATTRIBUTE_NAME.match(name) or name[0] == "." or name[-1] == "." or ".." in name:
        raise InvalidAttributeValue(
            f"The message attribute name '{name}' is invalid. Attribute name can contain A-Z, a-z, 0-9, underscore "
            "(_), hyphen (-), and period (.) characters."
        )
    kind = value.get("DataType") or ""
    if not kind:
        raise InvalidAttributeValue(f"The message attribute '{name}' must contain non-empty message attribute type.")
    matched = _ATTRIBUTE_TYPE.match(kind)
    if matched is None:
        raise InvalidAttributeValue(
            f"The message attribute '{name}' has an invalid message attribute type, the set of supported type "
            "prefixes is Binary, Number, and String."
        )
    wanted = "BinaryValue" if matched[1] == "Binary" else "StringValue"
    if not value.get(wanted):
        raise InvalidAttributeValue(
            f"The message attribute '{name}' must contain non-empty message attribute value for message attribute "
            f"type '{kind}'."
        )
    if matched[1] == "Number" and not _NUMBER.match(value["StringValue"]):
        raise InvalidAttributeValue(f"Could not cast message attribute '{name}' value to number.")
    if matched[1] == "Binary":
        return kind, base64.b64encode(value["BinaryValue"]).decode()
    return kind, value["StringValue"]


def ordering(topic: Topic, request: Request) -> tuple[str | None, str | None]:
    """Group and deduplication id. A standard topic takes a group, for fair queues, and no deduplication id."""
    group_id, dedup_id = request.get("MessageGroupId"), request.get("MessageDeduplicationId")
    for name, value in (("MessageGroupId", group_id), ("MessageDeduplicationId", dedup_id)):
        if value is not None and not _IDENTIFIER.match(value):
            raise InvalidParameter(
                f"{name} Reason: {name} can only include alphanumeric and punctuation characters. 1 to 128 in length"
            )
    if not topic.is_fifo:
        if dedup_id is not None:
            raise InvalidParameter(
                "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not "
                "valid for this topic type"
            )
        return group_id, None
    if group_id is None:
        raise InvalidParameter("The MessageGroupId parameter is required for FIFO topics")
    if dedup_id is None:
        if topic.attributes.get("ContentBasedDeduplication") != "true":
            raise InvalidParameter(
                "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided "
                "explicitly"
            )
        dedup_id = hashlib.sha256(request["Message"].encode()).hexdigest()
    return group_id, dedup_id
