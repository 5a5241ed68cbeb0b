"""The JSON around a message by itself: what a function gets, and what a signature covers."""

from __future__ import annotations

import json

from cloudchamber.services.sns import envelope
from cloudchamber.services.sns.message import Published
from cloudchamber.services.sns.subscription import Subscription

TOPIC = "arn:aws:sns:us-east-1:123456789012:t"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"
SUBSCRIPTION = Subscription(f"{TOPIC}:1", TOPIC, "123456789012", "us-east-1", "lambda", FUNCTION, "confirmed", 0.0, "")


def signed(text: str) -> tuple[str, str]:
    return f"signed {len(text)}", "/SimpleNotificationService-1.pem"


def test_a_function_gets_a_record():
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html"""
    message = Published("id", TOPIC, "m", 1546471662.75, "http://here", "t", "s", attributes={"a": ("String", "x")})
    fields = envelope.members(message, SUBSCRIPTION, "1", signed)
    assert json.loads(envelope.as_lambda_event(message, SUBSCRIPTION, fields)) == {
        "Records": [
            {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "EventSubscriptionArn": f"{TOPIC}:1",
                "Sns": {
                    "Type": "Notification",
                    "MessageId": "id",
                    "TopicArn": TOPIC,
                    "Subject": None,
                    "Message": "m",
                    "Timestamp": "2019-01-02T23:27:42.750Z",
                    "SignatureVersion": "1",
                    "Signature": fields["Signature"],
                    "SigningCertUrl": "http://here/SimpleNotificationService-1.pem",
                    "UnsubscribeUrl": f"http://here/?Action=Unsubscribe&SubscriptionArn={TOPIC}:1",
                    "MessageAttributes": {"a": {"Type": "String", "Value": "x"}},
                },
            }
        ]
    }


def test_a_signature_covers_the_subject_only_where_there_is_one():
    for subject, lines in ((None, []), ("s", ["Subject", "s"])):
        message = Published("id", TOPIC, "m\nn", 0.0, "", "t", "s", subject=subject)
        text = envelope.text_to_sign(envelope.fields_of(message, SUBSCRIPTION))
        assert text.split("\n") == [
            "Message", "m", "n", "MessageId", "id", *lines, "Timestamp", "1970-01-01T00:00:00.000Z", "TopicArn",
            TOPIC, "Type", "Notification", "",
        ]  # fmt: skip


def test_links_fall_back_to_the_subscribers_address_and_then_to_the_default():
    message = Published("id", TOPIC, "m", 0.0, "", "t", "s")
    assert envelope.unsubscribe_url(message, SUBSCRIPTION).startswith("http://localhost:4566/?Action=Unsubscribe&")
