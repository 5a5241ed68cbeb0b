"""Topics: creating, listing, attributes, permissions, tags, data protection policies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.services.calls import refused
from tests.services.sns.sns_calls import invalid

if TYPE_CHECKING:
    from cloudchamber.testing import RunningCloud

NOT_THERE = "arn:aws:sns:us-east-1:{}:none"


def attributes(sns: Any, topic: str) -> dict[str, str]:
    return sns.get_topic_attributes(TopicArn=topic)["Attributes"]


@pytest.mark.parametrize("name", ["", "a b", "a.b", "x" * 257, "ü", "t.fifo"])
def test_a_topic_has_a_name_of_letters_digits_hyphens_and_underscores(sns, name: str):
    with invalid("Topic Name"):
        sns.create_topic(Name=name)


@pytest.mark.parametrize("name", ["t", "a b.fifo", "x" * 252 + ".fifo"])
def test_a_fifo_topic_is_called_so(sns, name: str):
    with invalid(
        "Fifo Topic names must end with .fifo and must be made up of only uppercase and lowercase ASCII letters, "
        "numbers, underscores, and hyphens, and must be between 1 and 256 characters long."
    ):
        sns.create_topic(Name=name, Attributes={"FifoTopic": "true"})


def test_a_new_topic_is_as_aws_makes_it(sns, account: str, topic: str):
    assert topic == f"arn:aws:sns:us-east-1:{account}:t"
    found = attributes(sns, topic)
    policy = json.loads(found.pop("Policy"))
    delivery = json.loads(found.pop("EffectiveDeliveryPolicy"))
    assert found == {
        "TopicArn": topic, "Owner": account, "DisplayName": "", "SubscriptionsConfirmed": "0",
        "SubscriptionsPending": "0", "SubscriptionsDeleted": "0",
    }  # fmt: skip
    assert policy["Id"] == "__default_policy_ID"
    assert policy["Statement"][0]["Condition"] == {"StringEquals": {"AWS:SourceOwner": account}}
    assert delivery["http"]["defaultHealthyRetryPolicy"] == {
        "minDelayTarget": 20, "maxDelayTarget": 20, "numRetries": 3, "numMaxDelayRetries": 0,
        "numNoDelayRetries": 0, "numMinDelayRetries": 0, "backoffFunction": "linear",
    }  # fmt: skip


def test_creating_a_topic_again_gives_the_same_one(sns, topic: str):
    assert sns.create_topic(Name="t")["TopicArn"] == topic
    with invalid("Attributes Reason: Topic already exists with different attributes"):
        sns.create_topic(Name="t", Attributes={"DisplayName": "T"})
    with invalid("Tags Reason: Topic already exists with different tags"):
        sns.create_topic(Name="t", Tags=[{"Key": "k", "Value": "v"}])


def test_a_fifo_topic_shows_what_it_is(sns):
    arn = sns.create_topic(Name="t.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    found = attributes(sns, arn)
    assert (found["FifoTopic"], found["ContentBasedDeduplication"]) == ("true", "false")
    sns.set_topic_attributes(TopicArn=arn, AttributeName="ContentBasedDeduplication", AttributeValue="true")
    assert attributes(sns, arn)["ContentBasedDeduplication"] == "true"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"Unknown": "x"}, "Attributes Reason: Unknown attribute Unknown"),
        ({"ContentBasedDeduplication": "true"}, "Content-based deduplication can only be set for FIFO topics"),
        ({"SignatureVersion": "3"}, "Attributes Reason: SignatureVersion: Invalid value [3]"),
        ({"MaximumMessageSize": "1000"}, "Attributes Reason: MaximumMessageSize: Invalid value [1000]"),
        ({"TracingConfig": "On"}, "Attributes Reason: TracingConfig: Invalid value [On]"),
        ({"Policy": "{"}, "Attributes Reason: Policy Error: null"),
        ({"DeliveryPolicy": "{"}, "Attributes Reason: DeliveryPolicy: failed to parse JSON."),
    ],
)
def test_a_topic_is_not_created_with_attributes_aws_does_not_take(sns, given: dict[str, str], reason: str):
    with invalid(reason):
        sns.create_topic(Name="t", Attributes=given)


def test_archives_are_not_there_and_say_so(sns):
    attributes = {"FifoTopic": "true", "ArchivePolicy": '{"MessageRetentionPeriod": "30"}'}
    with refused("NotImplemented", status=501):
        sns.create_topic(Name="t.fifo", Attributes=attributes)


def test_a_deleted_topic_is_gone_with_its_subscriptions(sns, queue, topic: str):
    subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue().arn)["SubscriptionArn"]
    sns.delete_topic(TopicArn=topic)
    sns.delete_topic(TopicArn=topic)  # idempotent
    with refused("NotFound", "Topic does not exist", 404):
        sns.get_topic_attributes(TopicArn=topic)
    with refused("NotFound", "Subscription does not exist", 404):
        sns.get_subscription_attributes(SubscriptionArn=subscription)
    assert sns.list_subscriptions()["Subscriptions"] == []


@pytest.mark.parametrize(
    ("arn", "reason"),
    [
        ("x", "TopicArn Reason: An ARN must have at least 6 elements, not 1"),
        ("arn:aws:sns:us-east-1:1", "TopicArn Reason: An ARN must have at least 6 elements, not 5"),
        ("arn:aws:sqs:us-east-1:{}:t", "TopicArn"),
        ("arn:aws:sns:eu-west-1:{}:t", "TopicArn"),  # another region's
    ],
)
def test_what_is_no_topic_of_this_region(sns, account: str, arn: str, reason: str):
    with invalid(reason):
        sns.get_topic_attributes(TopicArn=arn.format(account))


def test_lists_come_in_pages_of_a_hundred(sns):
    arns = [sns.create_topic(Name=f"t{number:03}")["TopicArn"] for number in range(101)]
    first = sns.list_topics()
    second = sns.list_topics(NextToken=first["NextToken"])
    assert [t["TopicArn"] for t in first["Topics"] + second["Topics"]] == arns
    assert len(second["Topics"]) == 1
    assert "NextToken" not in second
    with invalid("NextToken"):
        sns.list_topics(NextToken="?")


def test_topics_of_other_accounts_and_regions_are_not_listed(cloud: RunningCloud, account: str, sns, topic: str):
    assert cloud.session(account, "eu-west-1").client("sns").list_topics()["Topics"] == []
    assert cloud.session().client("sns").list_topics()["Topics"] == []


# attributes


def test_attributes_are_set_and_taken_away(sns, topic: str):
    for name, value in (("DisplayName", "News"), ("SignatureVersion", "2"), ("TracingConfig", "Active"),
                        ("MaximumMessageSize", "1048576"), ("KmsMasterKeyId", "alias/k"),
                        ("SQSSuccessFeedbackSampleRate", "50")):  # fmt: skip
        sns.set_topic_attributes(TopicArn=topic, AttributeName=name, AttributeValue=value)
        assert attributes(sns, topic)[name] == value
    sns.set_topic_attributes(TopicArn=topic, AttributeName="KmsMasterKeyId", AttributeValue="")
    assert "KmsMasterKeyId" not in attributes(sns, topic)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("Unknown", "x", "AttributeName"),
        ("FifoTopic", "true", "AttributeName"),
        ("DisplayName", "x" * 101, "AttributeValue Reason: DisplayName: Invalid value [" + "x" * 101 + "]"),
        ("Policy", "{", "Policy Error: null"),
        ("ContentBasedDeduplication", "true", "Content-based deduplication can only be set for FIFO topics"),
        ("HTTPSuccessFeedbackSampleRate", "101", ("AttributeValue Reason: HTTPSuccessFeedbackSampleRate: Invalid value "
                                                 "[101]")),
    ],
)  # fmt: skip
def test_attributes_aws_does_not_take(sns, topic: str, name: str, value: str, reason: str):
    with invalid(reason):
        sns.set_topic_attributes(TopicArn=topic, AttributeName=name, AttributeValue=value)


def test_attributes_of_a_topic_that_is_not_there(sns, account: str):
    with refused("NotFound", "Topic does not exist", 404):
        sns.set_topic_attributes(TopicArn=NOT_THERE.format(account), AttributeName="DisplayName", AttributeValue="x")


def test_a_policy_speaks_of_sns_only(sns, topic: str):
    document = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": topic}]}
    with invalid("Policy statement action out of service scope!"):
        sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(document))


def test_large_messages_are_for_queues_and_functions_only(sns, topic: str):
    sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+15550100001")
    with pytest.raises(sns.exceptions.InvalidParameterException):
        sns.set_topic_attributes(TopicArn=topic, AttributeName="MaximumMessageSize", AttributeValue="1048576")
    large = sns.create_topic(Name="large", Attributes={"MaximumMessageSize": "1048576"})["TopicArn"]
    with pytest.raises(sns.exceptions.InvalidParameterException):
        sns.subscribe(TopicArn=large, Protocol="sms", Endpoint="+15550100001")


# permissions


def statements(sns: Any, topic: str) -> list[dict[str, Any]]:
    return json.loads(attributes(sns, topic)["Policy"])["Statement"]


def test_a_permission_is_a_statement_of_the_policy(sns, topic: str):
    sns.add_permission(TopicArn=topic, Label="l", AWSAccountId=["111111111111"], ActionName=["Publish"])
    added = statements(sns, topic)[1]
    assert added == {
        "Sid": "l", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
        "Action": "SNS:Publish", "Resource": topic,
    }  # fmt: skip
    with invalid("Statement already exists"):
        sns.add_permission(TopicArn=topic, Label="l", AWSAccountId=["111111111111"], ActionName=["Publish"])
    sns.remove_permission(TopicArn=topic, Label="l")
    assert [statement["Sid"] for statement in statements(sns, topic)] == ["__default_statement_ID"]


def test_permissions_aws_does_not_take(sns, account: str, topic: str):
    with invalid("Policy statement action out of service scope!"):
        sns.add_permission(TopicArn=topic, Label="l", AWSAccountId=["111111111111"], ActionName=["SendMessage"])
    with invalid("Policy Error: PrincipalNotFound"):
        sns.add_permission(TopicArn=topic, Label="l", AWSAccountId=["x"], ActionName=["Publish"])
    with refused("NotFound", "Topic does not exist", 404):
        sns.add_permission(
            TopicArn=NOT_THERE.format(account), Label="l", AWSAccountId=["111111111111"], ActionName=["Publish"]
        )
    with refused("NotFound", "Topic does not exist", 404):
        sns.remove_permission(TopicArn=NOT_THERE.format(account), Label="l")


# tags


def test_tags_are_added_overwritten_and_taken_away(sns):
    arn = sns.create_topic(Name="t", Tags=[{"Key": "a", "Value": "1"}])["TopicArn"]
    sns.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "2"}, {"Key": "b", "Value": ""}])
    assert sns.list_tags_for_resource(ResourceArn=arn)["Tags"] == [
        {"Key": "a", "Value": "2"},
        {"Key": "b", "Value": ""},
    ]
    sns.untag_resource(ResourceArn=arn, TagKeys=["a", "none"])
    assert sns.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": ""}]


def test_tags_aws_does_not_take(sns, account: str, topic: str):
    with invalid("Duplicated keys are not allowed."):
        sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}])
    with refused("TagLimitExceeded", "Could not complete request: tag quota of per resource exceeded"):
        sns.tag_resource(ResourceArn=topic, Tags=[{"Key": str(n), "Value": ""} for n in range(51)])
    missing = NOT_THERE.format(account)
    for call, more in (
        (sns.tag_resource, {"Tags": []}),
        (sns.untag_resource, {"TagKeys": []}),
        (sns.list_tags_for_resource, {}),
    ):
        with refused("ResourceNotFound", "Resource does not exist", 404):
            call(ResourceArn=missing, **more)


# data protection


def test_a_data_protection_policy_is_kept(sns, account: str, topic: str):
    assert "DataProtectionPolicy" not in sns.get_data_protection_policy(ResourceArn=topic)
    sns.put_data_protection_policy(ResourceArn=topic, DataProtectionPolicy='{"Name": "p"}')
    assert sns.get_data_protection_policy(ResourceArn=topic)["DataProtectionPolicy"] == '{"Name": "p"}'
    with invalid("DataProtectionPolicy Reason: failed to parse JSON."):
        sns.put_data_protection_policy(ResourceArn=topic, DataProtectionPolicy="[")
    with refused("NotFound", "Topic does not exist", 404):
        sns.get_data_protection_policy(ResourceArn=NOT_THERE.format(account))
