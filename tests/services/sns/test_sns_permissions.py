"""Who may use a topic: IAM policies, topic policies, other accounts, nobody in particular, condition keys."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.services.calls import refused
from tests.services.sns.sns_calls import opened

if TYPE_CHECKING:
    from cloudchamber.testing import RunningCloud


@pytest.fixture
def user(cloud: RunningCloud, aws: Any) -> Any:
    """`user(statement, …)`: an SNS client of a user of the test's account with these statements."""
    iam = aws.client("iam")

    def make(*statements: dict[str, Any]) -> Any:
        iam.create_user(UserName="ann")
        document = {"Version": "2012-10-17", "Statement": list(statements)}
        if statements:
            iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=json.dumps(document))
        key = iam.create_access_key(UserName="ann")["AccessKey"]
        return cloud.session_with(key["AccessKeyId"], key["SecretAccessKey"]).client("sns")

    return make


def allow(action: str, resource: str = "*", **condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement


def test_a_refusal_has_snss_own_code(user, account: str, topic: str):
    ann = user()
    with refused(
        "AuthorizationError",
        f"User: arn:aws:iam::{account}:user/ann is not authorized to perform: sns:Publish on resource: {topic} because "
        "no identity-based policy allows the sns:Publish action",
        403,
    ):
        ann.publish(TopicArn=topic, Message="m")


def test_leave_for_one_topic_is_no_leave_for_another(user, sns, topic: str):
    other = sns.create_topic(Name="other")["TopicArn"]
    ann = user(allow("sns:Publish", topic))
    ann.publish(TopicArn=topic, Message="m")
    ann.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[{"Id": "a", "Message": "m"}])
    with refused("AuthorizationError", status=403):
        ann.publish(TopicArn=other, Message="m")
    with refused("AuthorizationError", status=403):
        ann.publish(PhoneNumber="+15550100", Message="m")


def test_protocol_and_endpoint_are_condition_keys(user, topic: str):
    ann = user(
        allow("sns:Subscribe", StringEquals={"sns:Protocol": "email"}, StringLike={"sns:Endpoint": "*@example.com"})
    )
    ann.subscribe(TopicArn=topic, Protocol="email", Endpoint="ann@example.com")
    for protocol, endpoint in (("email", "ann@example.org"), ("http", "http://localhost/@example.com")):
        with refused("AuthorizationError", status=403):
            ann.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint)


def test_another_account_needs_the_topics_policy(cloud: RunningCloud, sns, topic: str):
    theirs = cloud.session()
    their_sns, their_account = theirs.client("sns"), theirs.client("sts").get_caller_identity()["Account"]
    with refused("AuthorizationError", status=403):
        their_sns.publish(TopicArn=topic, Message="m")
    sns.add_permission(TopicArn=topic, Label="l", AWSAccountId=[their_account], ActionName=["Publish"])
    their_sns.publish(TopicArn=topic, Message="m")
    with refused("AuthorizationError", status=403):
        their_sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+15550100")


def test_an_explicit_deny_hits_the_owner_too(sns, topic: str):
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "SNS:Publish", "Resource": topic}],
    }
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(document))
    with refused("AuthorizationError", status=403):
        sns.publish(TopicArn=topic, Message="m")


def test_nobody_in_particular_may_what_the_policy_opens(cloud: RunningCloud, sns, topic: str):
    path, port = f"/?Action=Publish&TopicArn={topic}&Message=m", cloud.port

    def status() -> int:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", path, headers={"Host": f"sns.us-east-1.localhost:{port}"})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status

    assert status() == 403
    statement = {"Effect": "Allow", "Principal": "*", "Action": "SNS:Publish", "Resource": topic}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(document))
    assert status() == 200


def test_creating_with_tags_needs_leave_to_tag(user, account: str):
    ann = user(allow("sns:CreateTopic"))
    ann.create_topic(Name="plain")
    with refused("AuthorizationError", status=403):
        ann.create_topic(Name="tagged", Tags=[{"Key": "k", "Value": "v"}])


def test_a_tag_of_the_topic_may_decide(user, sns):
    red = sns.create_topic(Name="red", Tags=[{"Key": "colour", "Value": "red"}])["TopicArn"]
    blue = sns.create_topic(Name="blue", Tags=[{"Key": "colour", "Value": "blue"}])["TopicArn"]
    ann = user(allow("sns:Publish", StringEquals={"aws:ResourceTag/colour": "red"}))
    ann.publish(TopicArn=red, Message="m")
    with refused("AuthorizationError", status=403):
        ann.publish(TopicArn=blue, Message="m")


def test_a_subscription_is_its_owners_and_the_topics(cloud: RunningCloud, sns, account: str, topic: str):
    arn = sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+15550100")["SubscriptionArn"]
    stranger = cloud.session().client("sns")
    with refused("AuthorizationError", status=403):
        stranger.get_subscription_attributes(SubscriptionArn=arn)
    with refused("AuthorizationError", status=403):
        stranger.set_subscription_attributes(SubscriptionArn=arn, AttributeName="FilterPolicy", AttributeValue="{}")
    with refused("AuthorizationError", status=403):
        stranger.unsubscribe(SubscriptionArn=arn)


def test_a_signed_request_to_confirm_needs_leave(cloud: RunningCloud, user, sns, account: str, topic: str):
    """The link needs none: its token is enough."""
    address = f"ann-{account}@example.com"
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=address)
    cloud.clock.settle()
    (asked,) = cloud.mail(address)
    ann = user()
    with refused("AuthorizationError", status=403):
        ann.confirm_subscription(TopicArn=topic, Token="x")
    assert opened(asked.links[0])[0] == 200


def test_the_key_of_an_encrypted_topic_is_the_publishers_to_have(aws, user, sns, topic: str):
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    sns.set_topic_attributes(TopicArn=topic, AttributeName="KmsMasterKeyId", AttributeValue=key)
    ann = user(allow("sns:Publish"))
    with refused("KMSAccessDenied"):
        ann.publish(TopicArn=topic, Message="m")
