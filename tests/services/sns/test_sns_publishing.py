"""Publish and PublishBatch: what AWS takes, what it answers, and what of a message reaches a queue."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.services.calls import refused
from tests.services.sns.sns_calls import invalid, string, subscribed

if TYPE_CHECKING:
    from cloudchamber.testing import RunningCloud


def test_a_message_needs_a_destination(sns, topic: str):
    for destination in ({}, {"TopicArn": topic, "TargetArn": topic}, {"TopicArn": topic, "PhoneNumber": "+15550100"}):
        with invalid("TopicArn or TargetArn Reason: no value for required parameter"):
            sns.publish(Message="m", **destination)
    with invalid("TopicArn Reason: An ARN must have at least 6 elements, not 1"):
        sns.publish(Message="m", TopicArn="x")


def test_a_topic_that_is_not_there(sns, account: str):
    missing = f"arn:aws:sns:us-east-1:{account}:none"
    with refused("NotFound", "Topic does not exist", 404):
        sns.publish(TopicArn=missing, Message="m")
    with refused("NotFound", "Topic does not exist", 404):
        sns.publish_batch(TopicArn=missing, PublishBatchRequestEntries=[{"Id": "a", "Message": "m"}])


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ({"Message": ""}, "Empty message"),
        ({"Message": "x" * 262_145}, "Message too long"),
        ({"Message": "m", "Subject": ""}, "Subject"),
        ({"Message": "m", "Subject": "x" * 101}, "Subject"),
        ({"Message": "m", "Subject": "a\nb"}, "Subject"),
        ({"Message": "m", "MessageStructure": "xml"}, "MessageStructure"),
        ({"Message": "m", "MessageStructure": "json"}, "Message Structure - JSON message body failed to parse"),
        ({"Message": "[]", "MessageStructure": "json"}, "Message Structure - JSON message body failed to parse"),
        (
            {"Message": '{"sqs": "m"}', "MessageStructure": "json"},
            "Message Structure - No default entry in JSON message body",
        ),
        (
            {"Message": '{"default": 5}', "MessageStructure": "json"},
            "Message Structure - No default entry in JSON message body",
        ),
        (
            {"Message": "m", "MessageDeduplicationId": "d"},
            (
                "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not "
                "valid for this topic type"
            ),
        ),
        (
            {"Message": "m", "MessageGroupId": "a b"},
            (
                "MessageGroupId Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to "
                "128 in length"
            ),
        ),
    ],
    ids=lambda part: str(part)[:40],
)
def test_messages_aws_does_not_take(sns, topic: str, request_: dict[str, Any], reason: str):
    with invalid(reason):
        sns.publish(TopicArn=topic, **request_)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("a b", string("x"), ("The message attribute name 'a b' is invalid. Attribute name can contain A-Z, a-z, 0-9, "
                             "underscore (_), hyphen (-), and period (.) characters.")),
        ("a", string("x", ""), "The message attribute 'a' must contain non-empty message attribute type."),
        ("a", string("x", "Text"), ("The message attribute 'a' has an invalid message attribute type, the set of "
                                   "supported type prefixes is Binary, Number, and String.")),
        ("a", string(""), ("The message attribute 'a' must contain non-empty message attribute value for message "
                          "attribute type 'String'.")),
        ("a", string("x", "Number"), "Could not cast message attribute 'a' value to number."),
        ("a", string("x", "Binary"), ("The message attribute 'a' must contain non-empty message attribute value for "
                                     "message attribute type 'Binary'.")),
    ],
)  # fmt: skip
def test_attributes_aws_does_not_take(sns, topic: str, name: str, value: dict[str, str], message: str):
    with refused("ParameterValueInvalid", message):
        sns.publish(TopicArn=topic, Message="m", MessageAttributes={name: value})


def test_attributes_count_towards_the_size(sns, topic: str):
    full = {"a": string("x" * 262_000)}
    sns.publish(TopicArn=topic, Message="x" * 100, MessageAttributes=full)
    with invalid("Message too long"):
        sns.publish(TopicArn=topic, Message="x" * 138, MessageAttributes=full)


def test_a_topic_may_take_larger_messages(sns):
    large = sns.create_topic(Name="large", Attributes={"MaximumMessageSize": "1048576"})["TopicArn"]
    sns.publish(TopicArn=large, Message="x" * 1_048_576)
    with invalid("Message too long"):
        sns.publish(TopicArn=large, Message="x" * 1_048_577)


def test_a_notification_is_laid_out_as_aws_does(cloud: RunningCloud, frozen_clock, sns, topic: str, queue):
    frozen_clock.freeze(1_335_920_046.655)
    q = queue()
    arn = subscribed(sns, topic, q)
    attributes = {"store": string("ex"), "raw": {"DataType": "Binary", "BinaryValue": b"abc"}}
    message_id = sns.publish(TopicArn=topic, Message='Grüße "x"\n', Subject="Hé", MessageAttributes=attributes)[
        "MessageId"
    ]
    cloud.clock.settle()
    body = q.bodies()[0]
    found = json.loads(body)
    assert body == (
        "{\n"
        '  "Type" : "Notification",\n'
        f'  "MessageId" : "{message_id}",\n'
        f'  "TopicArn" : "{topic}",\n'
        '  "Subject" : "Hé",\n'
        '  "Message" : "Grüße \\"x\\"\\n",\n'
        '  "Timestamp" : "2012-05-02T00:54:06.655Z",\n'
        '  "SignatureVersion" : "1",\n'
        f'  "Signature" : "{found["Signature"]}",\n'
        f'  "SigningCertURL" : "{found["SigningCertURL"]}",\n'
        f'  "UnsubscribeURL" : "{cloud.endpoint}/?Action=Unsubscribe&SubscriptionArn={arn}",\n'
        '  "MessageAttributes" : {\n'
        '    "store" : {"Type":"String","Value":"ex"},\n'
        '    "raw" : {"Type":"Binary","Value":"YWJj"}\n'
        "  }\n"
        "}"
    )
    assert found["SigningCertURL"].startswith(f"{cloud.endpoint}/SimpleNotificationService-")


def test_each_protocol_has_its_own_text(cloud: RunningCloud, sns, topic: str, queue):
    q = queue()
    subscribed(sns, topic, q)
    sns.publish(TopicArn=topic, Message='{"default": "d", "sqs": "for queues", "x": 1}', MessageStructure="json")
    sns.publish(TopicArn=topic, Message='{"default": "for all"}', MessageStructure="json")
    cloud.clock.settle()
    assert q.texts() == ["for queues", "for all"]


def test_the_target_may_be_a_topic(cloud: RunningCloud, sns, topic: str, queue):
    q = queue()
    subscribed(sns, topic, q)
    sns.publish(TargetArn=topic, Message="m")
    cloud.clock.settle()
    assert q.texts() == ["m"]


def test_filters_choose_the_subscriptions(cloud: RunningCloud, sns, topic: str, queue):
    by_attribute, by_body, all_of_it = queue("a"), queue("b"), queue("c")
    subscribed(sns, topic, by_attribute, FilterPolicy={"kind": ["order"]})
    subscribed(sns, topic, by_body, FilterPolicy={"kind": ["order"]}, FilterPolicyScope="MessageBody")
    subscribed(sns, topic, all_of_it)
    sns.publish(TopicArn=topic, Message="1", MessageAttributes={"kind": string("order")})
    sns.publish(TopicArn=topic, Message='{"kind": "order"}')
    sns.publish(TopicArn=topic, Message="3", MessageAttributes={"kind": string("refund")})
    cloud.clock.settle()
    assert by_attribute.texts() == ["1"]
    assert by_body.texts() == ['{"kind": "order"}']
    assert len(all_of_it.texts()) == 3


def test_a_changed_filter_holds_at_once(cloud: RunningCloud, sns, topic: str, queue):
    q = queue()
    arn = subscribed(sns, topic, q, FilterPolicy={"k": ["a"]})
    sns.publish(TopicArn=topic, Message="1")
    sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="FilterPolicy", AttributeValue="")
    sns.publish(TopicArn=topic, Message="2")
    cloud.clock.settle()
    assert q.texts() == ["2"]


# batches


@pytest.mark.parametrize(
    ("entries", "code", "message"),
    [
        ([], "EmptyBatchRequest", "The batch request doesn't contain any entries."),
        (
            [{"Id": str(n), "Message": "m"} for n in range(11)],
            "TooManyEntriesInBatchRequest",
            "The batch request contains more entries than permissible.",
        ),
        (
            [{"Id": "a b", "Message": "m"}],
            "InvalidBatchEntryId",
            "The Id of a batch entry in a batch request doesn't abide by the specification.",
        ),
        (
            [{"Id": "a", "Message": "m"}, {"Id": "a", "Message": "m"}],
            "BatchEntryIdsNotDistinct",
            "Two or more batch entries in the request have the same Id.",
        ),
        (
            [{"Id": "a", "Message": "x" * 200_000}, {"Id": "b", "Message": "x" * 100_000}],
            "BatchRequestTooLong",
            "The length of all the batch messages put together is more than the limit.",
        ),
    ],
    ids=lambda part: str(part)[:30],
)
def test_batches_aws_does_not_take(sns, topic: str, entries: list[dict[str, str]], code: str, message: str):
    with refused(code, message):
        sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)


def test_an_entry_fails_alone(cloud: RunningCloud, sns, topic: str, queue):
    q = queue()
    subscribed(sns, topic, q)
    entries = [{"Id": "a", "Message": "1"}, {"Id": "b", "Message": ""}, {"Id": "c", "Message": "3"}]
    answer = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    assert [entry["Id"] for entry in answer["Successful"]] == ["a", "c"]
    assert answer["Failed"] == [
        {"Id": "b", "Code": "InvalidParameter", "Message": "Invalid parameter: Empty message", "SenderFault": True}
    ]
    cloud.clock.settle()
    found = q.notifications()
    assert [n["Message"] for n in found] == ["1", "3"]
    assert [n["MessageId"] for n in found] == [entry["MessageId"] for entry in answer["Successful"]]


# encryption


def test_who_publishes_to_an_encrypted_topic_needs_the_key(cloud: RunningCloud, aws, sns, topic: str, queue):
    q = queue()
    subscribed(sns, topic, q)
    kms = aws.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    sns.set_topic_attributes(TopicArn=topic, AttributeName="KmsMasterKeyId", AttributeValue=key)
    sns.publish(TopicArn=topic, Message="m")
    cloud.clock.settle()
    assert q.texts() == ["m"]
    kms.disable_key(KeyId=key)
    with refused("KMSDisabled"):
        sns.publish(TopicArn=topic, Message="m")
    sns.set_topic_attributes(TopicArn=topic, AttributeName="KmsMasterKeyId", AttributeValue="alias/none")
    with refused("KMSNotFound"):
        sns.publish(TopicArn=topic, Message="m")
