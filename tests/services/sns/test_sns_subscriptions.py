"""Subscriptions: endpoints, attributes, listings, and the end of one. Confirmations: test_sns_http, test_sns_mail."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.services.calls import refused
from tests.services.sns.sns_calls import invalid, let_in, made_queue, subscribed

if TYPE_CHECKING:
    from cloudchamber.testing import RunningCloud

QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"


@pytest.mark.parametrize(
    ("protocol", "endpoint", "reason"),
    [
        ("pigeon", "x", "Amazon SNS does not support this protocol string: pigeon"),
        ("sqs", "", "Endpoint"),
        ("sqs", "x", "SQS endpoint ARN"),
        ("sqs", "arn:aws:lambda:us-east-1:123456789012:function:f", "SQS endpoint ARN"),
        ("lambda", "x", "Lambda endpoint ARN"),
        ("application", "x", "Application endpoint ARN"),
        ("http", "https://example.com", "Endpoint must match the specified protocol"),
        ("https", "http://example.com", "Endpoint must match the specified protocol"),
        ("http", "example.com", "Endpoint must match the specified protocol"),
        ("email", "ann", "Email address"),
        ("sms", "ann", "Invalid SMS endpoint: ann"),
        (
            "sqs",
            QUEUE + ".fifo",
            "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics",
        ),
    ],
)
def test_endpoints_aws_does_not_take(sns, topic: str, protocol: str, endpoint: str, reason: str):
    with invalid(reason):
        sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint)


def test_firehose_is_not_there_and_says_so(sns, topic: str):
    with refused("NotImplemented", status=501):
        sns.subscribe(TopicArn=topic, Protocol="firehose", Endpoint="arn:aws:firehose:us-east-1:1:deliverystream/s")


def test_subscribing_to_what_is_not_there(sns, account: str):
    with refused("NotFound", "Topic does not exist", 404):
        sns.subscribe(TopicArn=f"arn:aws:sns:us-east-1:{account}:none", Protocol="sqs", Endpoint=QUEUE)


def test_a_subscription_shows_what_it_is(sns, account: str, topic: str, queue):
    q = queue()
    arn = subscribed(sns, topic, q, RawMessageDelivery="true", FilterPolicy={"k": ["v"]})
    assert arn.startswith(topic + ":")
    found = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert found.pop("SubscriptionPrincipal").startswith("arn:aws:iam::")
    assert found == {
        "SubscriptionArn": arn, "TopicArn": topic, "Owner": account, "Protocol": "sqs", "Endpoint": q.arn,
        "PendingConfirmation": "false", "ConfirmationWasAuthenticated": "true", "RawMessageDelivery": "true",
        "FilterPolicy": '{"k": ["v"]}', "FilterPolicyScope": "MessageAttributes",
    }  # fmt: skip


def test_subscribing_again_gives_the_same_subscription(sns, topic: str, queue):
    q = queue()
    arn = subscribed(sns, topic, q, RawMessageDelivery="true")
    assert subscribed(sns, topic, q) == arn
    assert subscribed(sns, topic, q, RawMessageDelivery="true") == arn
    with invalid("Attributes Reason: Subscription already exists with different attributes"):
        subscribed(sns, topic, q, RawMessageDelivery="false")


def test_lists_are_of_an_account_or_a_topic(sns, account: str, topic: str, queue):
    q = queue()
    arn = subscribed(sns, topic, q)
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ann@example.com")
    listed = sns.list_subscriptions()["Subscriptions"]
    assert listed == sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    by_protocol = {subscription["Protocol"]: subscription for subscription in listed}
    assert by_protocol["sqs"] == {
        "SubscriptionArn": arn, "Owner": account, "Protocol": "sqs", "Endpoint": q.arn, "TopicArn": topic,
    }  # fmt: skip
    assert by_protocol["email"]["SubscriptionArn"] == "PendingConfirmation"
    with refused("NotFound", "Topic does not exist", 404):
        sns.list_subscriptions_by_topic(TopicArn=f"arn:aws:sns:us-east-1:{account}:none")


def test_lists_come_in_pages_of_a_hundred(sns, topic: str):
    for number in range(101):
        sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint=f"+1555010{number:04}")
    for call in (sns.list_subscriptions, lambda **more: sns.list_subscriptions_by_topic(TopicArn=topic, **more)):
        first = call()
        second = call(NextToken=first["NextToken"])
        found = first["Subscriptions"] + second["Subscriptions"]
        assert len({subscription["Endpoint"] for subscription in found}) == 101
        assert "NextToken" not in second


def test_the_counts_of_a_topic(sns, topic: str, queue):
    arn = subscribed(sns, topic, queue())
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ann@example.com")

    def counts() -> tuple[str, ...]:
        found = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
        return tuple(found[f"Subscriptions{kind}"] for kind in ("Confirmed", "Pending", "Deleted"))

    assert counts() == ("1", "1", "0")
    sns.unsubscribe(SubscriptionArn=arn)
    assert counts() == ("0", "1", "1")


def test_unsubscribing_is_idempotent(sns, topic: str, queue):
    arn = subscribed(sns, topic, queue())
    sns.unsubscribe(SubscriptionArn=arn)
    sns.unsubscribe(SubscriptionArn=arn)
    with refused("NotFound", "Subscription does not exist", 404):
        sns.get_subscription_attributes(SubscriptionArn=arn)
    with invalid("SubscriptionArn Reason: An ARN must have at least 6 elements, not 1"):
        sns.unsubscribe(SubscriptionArn="PendingConfirmation")
    with invalid("SubscriptionId"):
        sns.unsubscribe(SubscriptionArn=topic)


# attributes


def test_attributes_are_set_and_taken_away(sns, topic: str, queue):
    arn = subscribed(sns, topic, queue())

    def set_to(name: str, value: str) -> dict[str, str]:
        sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName=name, AttributeValue=value)
        return sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]

    assert set_to("RawMessageDelivery", "true")["RawMessageDelivery"] == "true"
    assert set_to("FilterPolicyScope", "MessageBody").get("FilterPolicy") is None
    assert set_to("FilterPolicy", '{"a": {"b": [1]}}')["FilterPolicyScope"] == "MessageBody"
    assert "FilterPolicy" not in set_to("FilterPolicy", "")
    dead = queue("dead")
    policy = json.dumps({"deadLetterTargetArn": dead.arn})
    assert set_to("RedrivePolicy", policy)["RedrivePolicy"] == policy
    assert "RedrivePolicy" not in set_to("RedrivePolicy", "")


FAULTS: list[tuple[str, str, str]] = [
    ("FilterPolicy", '{"k": "a"}', 'FilterPolicy: "k" must be an object or an array'),
    ("FilterPolicy", "{", "FilterPolicy: failed to parse JSON."),
    (
        "FilterPolicyScope",
        "Body",
        "FilterPolicyScope: Invalid value [Body]. Please use either MessageBody or MessageAttributes",
    ),
    ("RawMessageDelivery", "yes", "RawMessageDelivery: Invalid value [yes]. Must be true or false."),
    ("RedrivePolicy", "{", "RedrivePolicy: failed to parse JSON."),
    ("RedrivePolicy", '{"maxReceiveCount": 1}', "RedrivePolicy: invalid JSON. Attribute maxReceiveCount is unknown."),
    ("RedrivePolicy", '{"deadLetterTargetArn": "x"}', "RedrivePolicy: deadLetterTargetArn is an invalid arn"),
    ("DeliveryPolicy", "{", "DeliveryPolicy: failed to parse JSON."),
]


@pytest.mark.parametrize(("name", "value", "reason"), FAULTS)
def test_attributes_aws_does_not_take(sns, *, topic: str, queue, name: str, value: str, reason: str):
    q = queue()
    with invalid(f"Attributes Reason: {reason}"):
        subscribed(sns, topic, q, **{name: value})
    arn = subscribed(sns, topic, q)
    with invalid(reason):
        sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName=name, AttributeValue=value)


def test_attributes_that_do_not_exist(sns, topic: str, queue):
    q = queue()
    with invalid("Attributes Reason: Unknown attribute Colour"):
        subscribed(sns, topic, q, Colour="red")
    arn = subscribed(sns, topic, q)
    with invalid("AttributeName"):
        sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="Colour", AttributeValue="red")
    with refused("NotFound", "Subscription does not exist", 404):
        sns.set_subscription_attributes(SubscriptionArn=topic + ":x", AttributeName="Colour", AttributeValue="red")


def test_a_dead_letter_queue_is_of_the_topics_account_and_region(sns, topic: str, queue):
    arn = subscribed(sns, topic, queue())
    value = json.dumps({"deadLetterTargetArn": "arn:aws:sqs:eu-west-1:123456789012:q"})
    with invalid("RedrivePolicy: deadLetterTargetArn must be in the same region and account as the topic"):
        sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="RedrivePolicy", AttributeValue=value)


def test_a_topic_has_two_hundred_filter_policies_at_most(sns, topic: str):
    for number in range(200):
        sns.subscribe(
            TopicArn=topic, Protocol="sms", Endpoint=f"+1555010{number:04}", Attributes={"FilterPolicy": '{"k": [1]}'}
        )
    with refused("FilterPolicyLimitExceeded", status=403):
        sns.subscribe(
            TopicArn=topic, Protocol="sms", Endpoint="+15550109999", Attributes={"FilterPolicy": '{"k": [1]}'}
        )


# other accounts


def test_who_owns_the_queue_confirms_for_it(cloud: RunningCloud, sns, topic: str):
    """A queue of another account is sent the token; its owner reads it there and confirms."""
    theirs = cloud.session()
    q = made_queue(theirs.client("sqs"), "q")
    let_in(q, topic)
    answer = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=q.arn)
    assert answer["SubscriptionArn"] == "pending confirmation"
    cloud.clock.settle()
    asked = q.notifications()[0]
    assert asked["Type"] == "SubscriptionConfirmation"
    sns.publish(TopicArn=topic, Message="too early")
    arn = sns.confirm_subscription(TopicArn=topic, Token=asked["Token"])["SubscriptionArn"]
    sns.publish(TopicArn=topic, Message="now")
    cloud.clock.settle()
    assert q.texts() == ["now"]
    assert sns.list_subscriptions()["Subscriptions"][0]["SubscriptionArn"] == arn


def test_the_owner_of_a_queue_subscribes_it_at_once(cloud: RunningCloud, sns, account: str, topic: str):
    theirs = cloud.session()
    their_account = theirs.client("sts").get_caller_identity()["Account"]
    sns.add_permission(TopicArn=topic, Label="l", AWSAccountId=[their_account], ActionName=["Subscribe"])
    q = made_queue(theirs.client("sqs"), "q")
    their_sns = theirs.client("sns")
    arn = subscribed(their_sns, topic, q)
    assert arn.startswith(topic)
    assert their_sns.list_subscriptions()["Subscriptions"][0]["Owner"] == their_account
    # It is theirs: they change and end it without any leave of the topic's owner.
    their_sns.set_subscription_attributes(
        SubscriptionArn=arn, AttributeName="RawMessageDelivery", AttributeValue="true"
    )
    sns.publish(TopicArn=topic, Message="raw")
    cloud.clock.settle()
    assert q.bodies() == ["raw"]
    their_sns.unsubscribe(SubscriptionArn=arn)
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []


@pytest.mark.parametrize("token", ["", "x", "é"])
def test_tokens_that_nobody_was_sent(sns, account: str, topic: str, token: str):
    with invalid("Token"):
        sns.confirm_subscription(TopicArn=topic, Token=token)
    with refused("NotFound", "Topic does not exist", 404):
        sns.confirm_subscription(TopicArn=f"arn:aws:sns:us-east-1:{account}:none", Token=token)


def test_the_owner_of_a_queue_may_subscribe_what_somebody_else_asked_for(cloud: RunningCloud, sns, topic: str):
    theirs = cloud.session()
    their_account = theirs.client("sts").get_caller_identity()["Account"]
    sns.add_permission(TopicArn=topic, Label="l", AWSAccountId=[their_account], ActionName=["Subscribe"])
    q = made_queue(theirs.client("sqs"), "q")
    asked = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=q.arn, ReturnSubscriptionArn=True)["SubscriptionArn"]
    assert subscribed(theirs.client("sns"), topic, q) == asked
    found = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [(s["SubscriptionArn"], s["Owner"]) for s in found] == [(asked, their_account)]
