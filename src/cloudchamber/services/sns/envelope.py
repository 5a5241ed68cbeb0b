"""The JSON in which SNS wraps a message, byte for byte in AWS's layout, and the text that its signature covers. Pure.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudchamber.services.sns.message import Published
    from cloudchamber.services.sns.subscription import Subscription


_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
FALLBACK_ORIGIN = "http://localhost:4566"


def timestamp(at: float) -> str:
    """`2012-05-02T00:54:06.655Z`."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def origin_of(message: Published, subscription: Subscription) -> str:
    return message.origin or subscription.origin or FALLBACK_ORIGIN


def confirm_url(message: Published, subscription: Subscription) -> str:
    origin = origin_of(message, subscription)
    return f"{origin}/?Action=ConfirmSubscription&TopicArn={message.topic_arn}&Token={message.token}"


def unsubscribe_url(message: Published, subscription: Subscription) -> str:
    return f"{origin_of(message, subscription)}/?Action=Unsubscribe&SubscriptionArn={subscription.arn}"


def fields_of(message: Published, subscription: Subscription) -> dict[str, str]:
    """The members that say what the message is, in AWS's order, without signature and links."""
    fields = {"Type": message.kind, "MessageId": message.id}
    if message.kind != "Notification":
        fields |= {
            "Token": message.token,
            "TopicArn": message.topic_arn,
            "Message": message.text,
            "SubscribeURL": confirm_url(message, subscription),
        }
    else:
        if message.sequence:
            fields["SequenceNumber"] = message.sequence_number
        fields["TopicArn"] = message.topic_arn
        if message.subject is not None:
            fields["Subject"] = message.subject
        fields["Message"] = message.text_for(subscription.protocol)
    fields["Timestamp"] = timestamp(message.at)
    return fields


def text_to_sign(fields: dict[str, str]) -> str:
    return "".join(f"{name}\n{fields[name]}\n" for name in _SIGNED[fields["Type"]] if name in fields)


def members(
    message: Published, subscription: Subscription, version: str, sign: Callable[[str], tuple[str, str]]
) -> dict[str, str]:
    """All members but the attributes. What FIFO topics send is not signed."""
    fields = fields_of(message, subscription)
    if not message.sequence:
        signature, certificate_path = sign(text_to_sign(fields))
        fields["SignatureVersion"] = version
        fields["Signature"] = signature
        fields["SigningCertURL"] = origin_of(message, subscription) + certificate_path
    if message.kind == "Notification":
        fields["UnsubscribeURL"] = unsubscribe_url(message, subscription)
    return fields


def attribute_members(message: Published) -> dict[str, dict[str, str]]:
    return {name: {"Type": kind, "Value": value} for name, (kind, value) in message.attributes.items()}


def as_json(message: Published, fields: dict[str, str]) -> str:
    """AWS's layout: a member a line, a space on both sides of the colon, attributes indented by four."""
    lines = [f'  "{name}" : {_dumped(value)}' for name, value in fields.items()]
    attributes = attribute_members(message) if message.kind == "Notification" else {}
    if attributes:
        inner = ",\n".join(f"    {_dumped(name)} : {_dumped(value)}" for name, value in attributes.items())
        lines.append(f'  "MessageAttributes" : {{\n{inner}\n  }}')
    return "{\n" + ",\n".join(lines) + "\n}"


def as_lambda_event(message: Published, subscription: Subscription, fields: dict[str, str]) -> bytes:
    """The event a function gets: https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html"""
    record = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription.arn,
        "Sns": {
            **{name.replace("URL", "Url"): value for name, value in fields.items()},
            "Subject": message.subject,
            "MessageAttributes": attribute_members(message),
        },
    }
    return orjson.dumps({"Records": [record]})


def _dumped(value: Any) -> str:
    return orjson.dumps(value).decode()
