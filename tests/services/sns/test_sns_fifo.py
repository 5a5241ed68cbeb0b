"""FIFO topics: order per message group, deduplication, sequence numbers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.services.calls import refused
from tests.services.sns.sns_calls import invalid, subscribed

if TYPE_CHECKING:
    from cloudchamber.testing import RunningCloud


@pytest.fixture
def ordered(sns: Any) -> str:
    return str(sns.create_topic(Name="t.fifo", Attributes={"FifoTopic": "true"})["TopicArn"])


def publish(sns: Any, topic: str, text: str, group: str = "g", **more: str) -> dict[str, Any]:
    more.setdefault("MessageDeduplicationId", f"{group}-{text}")
    return sns.publish(TopicArn=topic, Message=text, MessageGroupId=group, **more)


def test_a_message_needs_a_group_and_a_deduplication_id(sns, ordered: str):
    with invalid("The MessageGroupId parameter is required for FIFO topics"):
        sns.publish(TopicArn=ordered, Message="m", MessageDeduplicationId="d")
    with invalid(
        "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"
    ):
        sns.publish(TopicArn=ordered, Message="m", MessageGroupId="g")


@pytest.mark.parametrize("protocol", ["http", "email", "sms", "lambda"])
def test_only_queues_subscribe(sns, ordered: str, protocol: str):
    with invalid(f"Invalid protocol type: {protocol}"):
        sns.subscribe(TopicArn=ordered, Protocol=protocol, Endpoint="x")


def test_messages_arrive_in_order_once_and_unsigned(cloud: RunningCloud, sns, ordered: str, queue):
    q = queue("q.fifo")
    subscribed(sns, ordered, q)
    sent = [publish(sns, ordered, str(number)) for number in range(12)]
    cloud.clock.settle()
    found = q.messages() + q.messages()
    notifications = [json.loads(message["Body"]) for message in found]
    assert [n["Message"] for n in notifications] == [str(number) for number in range(12)]
    assert [n["SequenceNumber"] for n in notifications] == [answer["SequenceNumber"] for answer in sent]
    numbers = [int(answer["SequenceNumber"]) for answer in sent]
    assert numbers == sorted(set(numbers))
    assert len(sent[0]["SequenceNumber"]) == 20
    assert "Signature" not in notifications[0]
    attributes = found[0]["Attributes"]
    assert (attributes["MessageGroupId"], attributes["MessageDeduplicationId"]) == ("g", "g-0")


def test_a_repeated_message_is_accepted_and_not_delivered(cloud: RunningCloud, frozen_clock, sns, ordered: str, queue):
    q = queue("q.fifo")
    subscribed(sns, ordered, q)
    first = publish(sns, ordered, "1", MessageDeduplicationId="d")
    again = publish(sns, ordered, "2", MessageDeduplicationId="d")
    assert (again["MessageId"], again["SequenceNumber"]) == (first["MessageId"], first["SequenceNumber"])
    cloud.clock.settle()
    assert q.texts() == ["1"]
    frozen_clock.advance(301)
    publish(sns, ordered, "3", MessageDeduplicationId="d")
    cloud.clock.settle()
    assert q.texts() == ["3"]


def test_deduplication_by_content_and_by_group(cloud: RunningCloud, sns, queue):
    attributes = {"FifoTopic": "true", "ContentBasedDeduplication": "true", "FifoThroughputScope": "MessageGroup"}
    topic = sns.create_topic(Name="c.fifo", Attributes=attributes)["TopicArn"]
    q = queue("q.fifo")
    q.sqs.set_queue_attributes(QueueUrl=q.url, Attributes={"DeduplicationScope": "messageGroup"})
    subscribed(sns, topic, q, RawMessageDelivery="true")
    for group in ("a", "a", "b"):
        sns.publish(TopicArn=topic, Message="same", MessageGroupId=group)
    cloud.clock.settle()
    assert sorted(message["Attributes"]["MessageGroupId"] for message in q.messages()) == ["a", "b"]


def test_a_batch_keeps_its_order_and_knows_its_repetitions(cloud: RunningCloud, sns, ordered: str, queue):
    q = queue("q.fifo")
    subscribed(sns, ordered, q, RawMessageDelivery="true")
    entries = [
        {"Id": str(n), "Message": str(n), "MessageGroupId": "g", "MessageDeduplicationId": str(n % 3)} for n in range(5)
    ]
    answer = sns.publish_batch(TopicArn=ordered, PublishBatchRequestEntries=entries)
    assert len(answer["Successful"]) == 5
    cloud.clock.settle()
    assert q.bodies() == ["0", "1", "2"]


def test_a_failure_holds_back_its_group_and_no_other(
    cloud: RunningCloud, *, frozen_clock, faults, account: str, sns, ordered: str, queue
):
    q = queue("q.fifo")
    subscribed(sns, ordered, q, RawMessageDelivery="true")
    # The first attempt and three retries at once fail; the next follows after a second.
    faults.add("error", service="sqs", operation="SendMessage", account=account, times=4)
    publish(sns, ordered, "1", "a")
    cloud.clock.settle()
    publish(sns, ordered, "2", "a")
    publish(sns, ordered, "1", "b")
    cloud.clock.settle()
    assert q.bodies() == ["1"]
    frozen_clock.advance(1)
    assert q.bodies() == ["1", "2"]


def test_a_standard_queue_may_subscribe_too(cloud: RunningCloud, sns, ordered: str, queue):
    q = queue("plain")
    subscribed(sns, ordered, q)
    publish(sns, ordered, "m")
    cloud.clock.settle()
    assert q.texts() == ["m"]


def test_a_dead_letter_queue_is_fifo_as_the_queue_is(cloud: RunningCloud, sns, ordered: str, queue):
    q, dead = queue("q.fifo", open=False), queue("dead.fifo")
    with invalid(
        "Attributes Reason: RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic."
    ):
        subscribed(sns, ordered, q, RedrivePolicy={"deadLetterTargetArn": queue("dead").arn})
    subscribed(sns, ordered, q, RedrivePolicy={"deadLetterTargetArn": dead.arn})
    publish(sns, ordered, "1")
    publish(sns, ordered, "2")
    cloud.clock.settle()
    assert dead.texts() == ["1", "2"]


def test_a_fifo_topic_has_a_hundred_subscriptions_at_most(sns, account: str, ordered: str):
    for number in range(100):
        sns.subscribe(TopicArn=ordered, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{account}:q{number}.fifo")
    with refused("SubscriptionLimitExceeded", status=403):
        sns.subscribe(TopicArn=ordered, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{account}:q.fifo")
