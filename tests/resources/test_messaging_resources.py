"""The resource types of SQS, SNS and Systems Manager that policies and subscriptions are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cloudchamber.core.errors import AwsError

if TYPE_CHECKING:
    from tests.resources.stack_calls import Stack


def policy(action: str, arn: str) -> dict[str, Any]:
    statement = {"Sid": "s", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": action, "Resource": arn}
    return {"Version": "2012-10-17", "Statement": [statement]}


def test_an_inline_policy_of_a_queue(stack: Stack, client: Any):
    queue = stack.create("AWS::SQS::Queue")
    made = stack.create(
        "AWS::SQS::QueueInlinePolicy", Queue=queue.ref, PolicyDocument=policy("sqs:SendMessage", queue.att("Arn"))
    )
    assert made.ref == queue.ref
    wanted = policy("sqs:ReceiveMessage", queue.att("Arn"))
    made.update(Queue=queue.ref, PolicyDocument=wanted)
    assert made.read() == {"Queue": queue.ref, "PolicyDocument": wanted}
    made.delete()
    found = client("sqs").get_queue_attributes(QueueUrl=queue.ref, AttributeNames=["Policy"])
    assert "Policy" not in found.get("Attributes", {})
    queue.delete()
    made.delete()


def test_an_inline_policy_of_a_topic(stack: Stack, client: Any):
    topic = stack.create("AWS::SNS::Topic")
    before = client("sns").get_topic_attributes(TopicArn=topic.ref)["Attributes"]["Policy"]
    made = stack.create(
        "AWS::SNS::TopicInlinePolicy", TopicArn=topic.ref, PolicyDocument=policy("sns:Publish", topic.ref)
    )
    wanted = policy("sns:Subscribe", topic.ref)
    made.update(TopicArn=topic.ref, PolicyDocument=wanted)
    assert made.read() == {"TopicArn": topic.ref, "PolicyDocument": wanted}
    made.delete()
    after = client("sns").get_topic_attributes(TopicArn=topic.ref)["Attributes"]["Policy"]
    assert json.loads(after) == json.loads(before)


def test_a_subscription_changes_its_filter(stack: Stack, client: Any):
    topic, queue = stack.create("AWS::SNS::Topic"), stack.create("AWS::SQS::Queue")
    wanted = {"TopicArn": topic.ref, "Protocol": "sqs", "Endpoint": queue.att("Arn")}
    made = stack.create("AWS::SNS::Subscription", **wanted, FilterPolicy={"kind": ["a"]}, RawMessageDelivery="true")
    assert made.ref == made.att("Arn")
    made.update(**wanted, FilterPolicy={"kind": ["b"]})
    found = client("sns").get_subscription_attributes(SubscriptionArn=made.ref)["Attributes"]
    assert (json.loads(found["FilterPolicy"]), found["RawMessageDelivery"]) == ({"kind": ["b"]}, "false")
    assert made.read()["FilterPolicy"] == {"kind": ["b"]}
    made.delete()
    made.delete()
    assert client("sns").list_subscriptions()["Subscriptions"] == []


def test_a_subscription_to_a_topic_of_another_region(stack: Stack, client: Any):
    topic = client("sns", "eu-west-1").create_topic(Name="far")["TopicArn"]
    queue = stack.create("AWS::SQS::Queue").att("Arn")
    made = stack.create("AWS::SNS::Subscription", TopicArn=topic, Protocol="sqs", Endpoint=queue, Region="eu-west-1")
    assert made.ref.startswith(topic)
    made.delete()
    assert client("sns", "eu-west-1").list_subscriptions()["Subscriptions"] == []


def test_replays_are_refused(stack: Stack):
    with pytest.raises(AwsError) as caught:
        stack.create("AWS::SNS::Subscription", TopicArn="t", Protocol="sqs", ReplayPolicy={"PointType": "Timestamp"})
    assert "the property ReplayPolicy is not implemented" in caught.value.message


def test_a_parameter_that_others_may_read(stack: Stack, client: Any):
    parameter = stack.create("AWS::SSM::Parameter", Name="shared", Type="String", Value="v", Tier="Advanced")
    arn = f"arn:aws:ssm:us-east-1:{stack.account}:parameter/{parameter.ref}"

    def allow(account: str) -> dict[str, Any]:
        statement = {
            "Effect": "Allow", "Principal": {"AWS": account}, "Resource": arn,
            "Action": ["ssm:GetParameters", "ssm:GetParameter"],
        }  # fmt: skip
        return {"Version": "2012-10-17", "Statement": [statement]}

    made = stack.create("AWS::SSM::ResourcePolicy", ResourceArn=arn, Policy=allow("111122223333"))
    before = made.att("PolicyHash")
    made.update(ResourceArn=arn, Policy=allow("444455556666"))
    assert made.att("PolicyHash") != before
    assert made.read()["Policy"] == allow("444455556666")
    made.delete()
    assert client("ssm").get_resource_policies(ResourceArn=arn)["Policies"] == []
    made.delete()
