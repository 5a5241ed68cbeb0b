"""Fan-out to queues: the queue's own policy decides, raw delivery, retries, dead-letter queues, traces."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.services.sns.sns_calls import let_in, made_queue, string, subscribed

if TYPE_CHECKING:
    from cloudchamber.testing import RunningCloud


def dead_letters(queue: Any) -> str:
    return json.dumps({"deadLetterTargetArn": queue.arn})


def test_every_subscribed_queue_gets_the_message(cloud: RunningCloud, sns, topic: str, queue):
    queues = [queue(f"q{number}") for number in range(5)]
    for q in queues:
        subscribed(sns, topic, q)
    sns.publish(TopicArn=topic, Message="m")
    cloud.clock.settle()
    assert [q.texts() for q in queues] == [["m"]] * 5


def test_a_queue_that_does_not_let_sns_in_gets_nothing(cloud: RunningCloud, account: str, sns, topic: str, queue):
    q, dead = queue("q", open=False), queue("dead")
    subscribed(sns, topic, q, RedrivePolicy=dead_letters(dead))
    message_id = sns.publish(TopicArn=topic, Message="m")["MessageId"]
    cloud.clock.settle()
    assert q.bodies() == []
    assert dead.notifications()[0]["MessageId"] == message_id
    refusal = cloud.spans(service="sqs", operation="SendMessage", account=account, error_code="AccessDenied")[0]
    assert refusal.principal == "sns.amazonaws.com"


def test_a_queue_may_let_in_one_topic_only(cloud: RunningCloud, sns, topic: str, queue):
    other = sns.create_topic(Name="other")["TopicArn"]
    q = queue(open=False)
    let_in(q, topic)
    subscribed(sns, topic, q)
    subscribed(sns, other, q)
    sns.publish(TopicArn=other, Message="from the other")
    sns.publish(TopicArn=topic, Message="from the one")
    cloud.clock.settle()
    assert q.texts() == ["from the one"]


def test_a_dead_letter_queue_has_a_policy_of_its_own(cloud: RunningCloud, sns, topic: str, queue):
    q, dead = queue("q", open=False), queue("dead", open=False)
    subscribed(sns, topic, q, RedrivePolicy=dead_letters(dead))
    sns.publish(TopicArn=topic, Message="m")
    cloud.clock.settle()
    assert dead.bodies() == []
    assert outbox(cloud) == (0, 0)


def test_raw_delivery_hands_on_text_and_attributes_alone(cloud: RunningCloud, sns, topic: str, queue):
    q = queue()
    subscribed(sns, topic, q, RawMessageDelivery="true")
    attributes = {
        "s": string("x"),
        "l": string('["a"]', "String.Array"),
        "b": {"DataType": "Binary", "BinaryValue": b"\x00\x01"},
    }
    sns.publish(TopicArn=topic, Message="plain", Subject="gone", MessageAttributes=attributes, MessageGroupId="tenant")
    cloud.clock.settle()
    message = q.messages()[0]
    assert message["Body"] == "plain"
    assert message["MessageAttributes"] == attributes
    assert message["Attributes"]["MessageGroupId"] == "tenant"


def test_what_sqs_cannot_take_is_discarded(cloud: RunningCloud, sns, topic: str, queue):
    """Raw delivery hands on ten attributes at most; AWS counts more as the client's error."""
    q = queue("q")
    subscribed(sns, topic, q, RawMessageDelivery="true")
    sns.publish(TopicArn=topic, Message="m", MessageAttributes={f"a{n}": string("x") for n in range(11)})
    cloud.clock.settle()
    assert q.bodies() == []
    assert outbox(cloud) == (0, 0)


def test_an_unsubscribed_queue_gets_no_more(cloud: RunningCloud, sns, topic: str, queue):
    q = queue()
    arn = subscribed(sns, topic, q)
    sns.publish(TopicArn=topic, Message="1")
    cloud.clock.settle()
    sns.unsubscribe(SubscriptionArn=arn)
    sns.publish(TopicArn=topic, Message="2")
    cloud.clock.settle()
    assert q.texts() == ["1"]


def test_server_errors_are_retried_for_days(
    cloud: RunningCloud, *, frozen_clock, faults, account: str, sns, topic, queue
):
    q, dead = queue("q"), queue("dead")
    subscribed(sns, topic, q, RedrivePolicy=dead_letters(dead))
    fault = faults.add("error", service="sqs", operation="SendMessage", account=account)
    sns.publish(TopicArn=topic, Message="m")
    frozen_clock.advance(3600)
    assert q.bodies() == []
    assert outbox(cloud) == (1, 1)
    faults.remove(fault)
    frozen_clock.advance(20)
    assert q.texts() == ["m"]
    assert dead.bodies() == []
    assert outbox(cloud) == (0, 0)


def test_what_fails_because_a_queue_is_gone_is_not_retried(cloud: RunningCloud, sqs, sns, topic: str, queue):
    q, dead = queue("q"), queue("dead")
    subscribed(sns, topic, q, RedrivePolicy=dead_letters(dead))
    sqs.delete_queue(QueueUrl=q.url)
    sns.publish(TopicArn=topic, Message="m")
    cloud.clock.settle()
    assert dead.texts() == ["m"]


def test_a_deleted_topic_delivers_nothing_more(
    cloud: RunningCloud, *, frozen_clock, faults, account: str, sns, topic, queue
):
    q = queue()
    subscribed(sns, topic, q)
    fault = faults.add("error", service="sqs", operation="SendMessage", account=account)
    sns.publish(TopicArn=topic, Message="m")
    cloud.clock.settle()
    sns.delete_topic(TopicArn=topic)
    faults.remove(fault)
    frozen_clock.advance(60)
    assert q.bodies() == []
    assert outbox(cloud) == (0, 0)


def test_a_delivery_is_a_child_of_the_publish(cloud: RunningCloud, account: str, sns, topic: str, queue):
    q = queue()
    subscribed(sns, topic, q)
    sns.publish(TopicArn=topic, Message="m")
    cloud.clock.settle()
    publish = cloud.spans(service="sns", operation="Publish", account=account)[0]
    send = cloud.spans(service="sqs", operation="SendMessage", account=account)[0]
    assert (send.trace_id, send.parent_id) == (publish.trace_id, publish.span_id)
    assert publish.trace_id in q.messages()[0]["Attributes"]["AWSTraceHeader"]


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_a_queue_of_another_region_gets_the_message(cloud: RunningCloud, account: str, sns, topic: str, region: str):
    q = made_queue(cloud.session(account, region).client("sqs"), "q")
    subscribed(sns, topic, q)
    sns.publish(TopicArn=topic, Message="m")
    cloud.clock.settle()
    assert q.texts() == ["m"]


def test_a_function_that_cannot_be_called_is_a_failed_delivery(cloud: RunningCloud, account: str, sns, topic, queue):
    dead = queue("dead")
    function = f"arn:aws:lambda:us-east-1:{account}:function:none"
    attributes = {"RedrivePolicy": dead_letters(dead)}
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function, Attributes=attributes)
    sns.publish(TopicArn=topic, Message="m")
    cloud.clock.settle()
    assert dead.texts() == ["m"]


def outbox(cloud: RunningCloud) -> tuple[int, int]:
    """How many messages and deliveries are on their way."""
    return cloud.look(
        lambda c: tuple(c.store.value(f"SELECT count(*) FROM {table}") for table in ("sns_messages", "sns_deliveries"))
    )
