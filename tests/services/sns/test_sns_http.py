"""HTTP endpoints: confirmation, headers, signatures that verify, retries on the clock, unsubscribing by a link."""

from __future__ import annotations

import base64
import json
import threading
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from tests.services.calls import refused
from tests.services.sns.http_endpoint import HttpEndpoint
from tests.services.sns.sns_calls import invalid, opened

if TYPE_CHECKING:
    from cloudchamber.testing import RunningCloud

SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}


def verify(message: dict[str, Any]) -> None:
    """As AWS's documents say; InvalidSignature."""
    with urllib.request.urlopen(message["SigningCertURL"]) as answer:
        certificate = x509.load_pem_x509_certificate(answer.read())
    text = "".join(f"{name}\n{message[name]}\n" for name in SIGNED[message["Type"]] if name in message)
    digest = {"1": hashes.SHA1(), "2": hashes.SHA256()}[message["SignatureVersion"]]
    signature = base64.b64decode(message["Signature"])
    certificate.public_key().verify(signature, text.encode(), padding.PKCS1v15(), digest)


def subscribe(cloud: RunningCloud, sns: Any, topic: str, endpoint: HttpEndpoint, **attributes: Any) -> str:
    """Subscribe and confirm as the endpoint would, by the link; the subscription's ARN."""
    text = {name: value if isinstance(value, str) else json.dumps(value) for name, value in attributes.items()}
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url, Attributes=text)
    cloud.clock.settle()
    status, _ = opened(endpoint.got.pop().json["SubscribeURL"])
    assert status == 200
    return str(sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"][0]["SubscriptionArn"])


def test_an_endpoint_is_asked_and_answers_by_the_link(cloud: RunningCloud, sns, topic: str, endpoint: HttpEndpoint):
    answer = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url)
    assert answer["SubscriptionArn"] == "pending confirmation"
    cloud.clock.settle()
    asked = endpoint.got.pop()
    message = asked.json
    assert list(message) == [
        "Type", "MessageId", "Token", "TopicArn", "Message", "SubscribeURL", "Timestamp", "SignatureVersion",
        "Signature", "SigningCertURL",
    ]  # fmt: skip
    assert message["Message"] == (
        f"You have chosen to subscribe to the topic {topic}.\n"
        "To confirm the subscription, visit the SubscribeURL included in this message."
    )
    assert asked.headers["x-amz-sns-message-type"] == "SubscriptionConfirmation"
    assert asked.headers["x-amz-sns-message-id"] == message["MessageId"]
    assert asked.headers["x-amz-sns-topic-arn"] == topic
    assert "x-amz-sns-subscription-arn" not in asked.headers
    verify(message)
    sns.publish(TopicArn=topic, Message="too early")
    status, text = opened(message["SubscribeURL"])
    assert status == 200
    arn = sns.list_subscriptions()["Subscriptions"][0]["SubscriptionArn"]
    assert f"<SubscriptionArn>{arn}</SubscriptionArn>" in text
    cloud.clock.settle()
    assert endpoint.got == []
    found = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert (found["PendingConfirmation"], found["ConfirmationWasAuthenticated"]) == ("false", "false")


def test_asking_again_sends_another_token(cloud: RunningCloud, sns, topic: str, endpoint: HttpEndpoint):
    for _ in range(2):
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url)
        cloud.clock.settle()
    old, new = (got.json["Token"] for got in endpoint.got)
    assert old != new
    with invalid("Token"):
        sns.confirm_subscription(TopicArn=topic, Token=old)
    arn = sns.confirm_subscription(TopicArn=topic, Token=new)["SubscriptionArn"]
    assert sns.confirm_subscription(TopicArn=topic, Token=new)["SubscriptionArn"] == arn


def test_return_subscription_arn_shows_what_waits(sns, topic: str, endpoint: HttpEndpoint):
    answer = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url, ReturnSubscriptionArn=True)
    found = sns.get_subscription_attributes(SubscriptionArn=answer["SubscriptionArn"])["Attributes"]
    assert found["PendingConfirmation"] == "true"
    assert json.loads(found["EffectiveDeliveryPolicy"])["healthyRetryPolicy"]["numRetries"] == 3


def test_a_token_is_good_for_two_days(cloud: RunningCloud, frozen_clock, sns, topic: str, endpoint: HttpEndpoint):
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url)
    cloud.clock.settle()
    token = endpoint.got.pop().json["Token"]
    frozen_clock.advance(2 * 86_400 - 1)
    assert len(sns.list_subscriptions()["Subscriptions"]) == 1
    frozen_clock.advance(1)
    assert sns.list_subscriptions()["Subscriptions"] == []
    with invalid("Token"):
        sns.confirm_subscription(TopicArn=topic, Token=token)


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_notification_is_signed(cloud: RunningCloud, sns, topic: str, endpoint: HttpEndpoint, version: str):
    sns.set_topic_attributes(TopicArn=topic, AttributeName="SignatureVersion", AttributeValue=version)
    arn = subscribe(cloud, sns, topic, endpoint)
    message_id = sns.publish(TopicArn=topic, Message="Grüße\n", Subject="s")["MessageId"]
    cloud.clock.settle()
    got = endpoint.got.pop()
    assert got.json["SignatureVersion"] == version
    verify(got.json)
    with pytest.raises(InvalidSignature):
        verify({**got.json, "Message": "changed"})
    assert got.headers["x-amz-sns-message-type"] == "Notification"
    assert got.headers["x-amz-sns-message-id"] == message_id
    assert got.headers["x-amz-sns-subscription-arn"] == arn
    assert got.headers["content-type"] == "text/plain; charset=UTF-8"
    assert got.headers["user-agent"] == "Amazon Simple Notification Service Agent"
    assert "x-amz-sns-rawdelivery" not in got.headers


def test_a_certificate_that_was_never_made(cloud: RunningCloud):
    assert opened(f"{cloud.endpoint}/SimpleNotificationService-0.pem")[0] == 404


def test_raw_delivery_and_the_content_type(cloud: RunningCloud, sns, topic: str, endpoint: HttpEndpoint):
    policy = {"requestPolicy": {"headerContentType": "application/json"}}
    subscribe(cloud, sns, topic, endpoint, RawMessageDelivery="true", DeliveryPolicy=policy)
    sns.publish(TopicArn=topic, Message='{"a": 1}')
    cloud.clock.settle()
    got = endpoint.got.pop()
    assert got.text == '{"a": 1}'
    assert got.headers["x-amz-sns-rawdelivery"] == "true"
    assert got.headers["content-type"] == "application/json"


def test_server_errors_are_retried_as_the_policy_says(
    cloud: RunningCloud, frozen_clock, sns, topic: str, endpoint: HttpEndpoint
):
    retry = {"minDelayTarget": 10, "maxDelayTarget": 30, "numRetries": 3, "numNoDelayRetries": 1}
    subscribe(cloud, sns, topic, endpoint, DeliveryPolicy={"healthyRetryPolicy": retry})
    endpoint.statuses = [500, 503, 429]
    message_id = sns.publish(TopicArn=topic, Message="m")["MessageId"]
    cloud.clock.settle()
    assert len(endpoint.got) == 2  # at once and once more without delay
    frozen_clock.advance(9)
    assert len(endpoint.got) == 2
    frozen_clock.advance(1)
    assert len(endpoint.got) == 3
    frozen_clock.advance(30)
    assert [got.json["MessageId"] for got in endpoint.got] == [message_id] * 4
    frozen_clock.advance(3600)
    assert len(endpoint.got) == 4


def test_after_the_last_retry_the_dead_letter_queue_has_it(
    cloud: RunningCloud, *, frozen_clock, sns, topic: str, endpoint: HttpEndpoint, queue
):
    dead = queue("dead")
    subscribe(cloud, sns, topic, endpoint, RedrivePolicy={"deadLetterTargetArn": dead.arn})
    endpoint.statuses = [500] * 4
    message_id = sns.publish(TopicArn=topic, Message="m")["MessageId"]
    frozen_clock.advance(59)
    assert (len(endpoint.got), dead.bodies()) == (3, [])
    frozen_clock.advance(1)
    assert len(endpoint.got) == 4
    assert dead.notifications()[0]["MessageId"] == message_id


@pytest.mark.parametrize("status", [400, 403, 404, 301])
def test_other_answers_are_final(
    cloud: RunningCloud, *, frozen_clock, sns, topic: str, endpoint: HttpEndpoint, queue, status: int
):
    dead = queue("dead")
    subscribe(cloud, sns, topic, endpoint, RedrivePolicy={"deadLetterTargetArn": dead.arn})
    endpoint.statuses = [status]
    sns.publish(TopicArn=topic, Message="m")
    frozen_clock.advance(3600)
    assert len(endpoint.got) == 1
    assert dead.texts() == ["m"]


def test_an_endpoint_that_is_down_is_retried(cloud: RunningCloud, frozen_clock, sns, topic: str, queue):
    server, dead = HttpEndpoint(), queue("dead")
    subscribe(cloud, sns, topic, server, RedrivePolicy={"deadLetterTargetArn": dead.arn})
    server.close()
    sns.publish(TopicArn=topic, Message="m")
    frozen_clock.advance(40)
    assert dead.bodies() == []
    frozen_clock.advance(20)
    assert dead.texts() == ["m"]


def test_a_throttled_endpoint_gets_so_many_a_second(
    cloud: RunningCloud, frozen_clock, sns, topic: str, endpoint: HttpEndpoint
):
    subscribe(cloud, sns, topic, endpoint, DeliveryPolicy={"throttlePolicy": {"maxReceivesPerSecond": 2}})
    for number in range(5):
        sns.publish(TopicArn=topic, Message=str(number))
    cloud.clock.settle()
    assert len(endpoint.got) == 1
    frozen_clock.advance(1)
    assert len(endpoint.got) == 3
    frozen_clock.advance(1)
    assert [got.json["Message"] for got in endpoint.got] == ["0", "1", "2", "3", "4"]


def test_a_slow_endpoint_holds_no_other_back(cloud: RunningCloud, sns, topic: str, endpoint: HttpEndpoint, queue):
    """Endpoints outside are called side by side with those within."""
    subscribe(cloud, sns, topic, endpoint)
    q = queue()
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=q.arn)
    let_go = threading.Event()
    endpoint.hold = let_go
    sns.publish(TopicArn=topic, Message="m")
    found = q.sqs.receive_message(QueueUrl=q.url, WaitTimeSeconds=5)["Messages"]
    assert json.loads(found[0]["Body"])["Message"] == "m"
    assert endpoint.got == []
    let_go.set()
    cloud.clock.settle()
    assert len(endpoint.got) == 1


# leaving


def test_leaving_by_the_link_can_be_taken_back(cloud: RunningCloud, sns, topic: str, endpoint: HttpEndpoint):
    subscribe(cloud, sns, topic, endpoint)
    sns.publish(TopicArn=topic, Message="m")
    cloud.clock.settle()
    assert opened(endpoint.got.pop().json["UnsubscribeURL"])[0] == 200
    assert sns.list_subscriptions()["Subscriptions"] == []
    cloud.clock.settle()
    told = endpoint.got.pop()
    assert told.json["Type"] == told.headers["x-amz-sns-message-type"] == "UnsubscribeConfirmation"
    verify(told.json)
    assert opened(told.json["SubscribeURL"])[0] == 200
    sns.publish(TopicArn=topic, Message="back")
    cloud.clock.settle()
    assert endpoint.got.pop().json["Message"] == "back"


def test_a_confirmation_may_forbid_leaving_by_the_link(cloud: RunningCloud, sns, topic: str, endpoint: HttpEndpoint):
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url)
    cloud.clock.settle()
    asked = endpoint.got.pop().json
    # That takes a signature itself.
    status, text = opened(asked["SubscribeURL"] + "&AuthenticateOnUnsubscribe=true")
    assert (status, "<Code>AuthorizationError</Code>" in text) == (403, True)
    arn = sns.confirm_subscription(TopicArn=topic, Token=asked["Token"], AuthenticateOnUnsubscribe="true")[
        "SubscriptionArn"
    ]
    sns.publish(TopicArn=topic, Message="m")
    cloud.clock.settle()
    status, text = opened(endpoint.got.pop().json["UnsubscribeURL"])
    assert (status, "<Code>AuthorizationError</Code>" in text) == (403, True)
    sns.unsubscribe(SubscriptionArn=arn)
    with refused("NotFound", "Subscription does not exist", 404):
        sns.get_subscription_attributes(SubscriptionArn=arn)


def test_a_subscriber_who_leaves_signed_is_told_nothing(cloud: RunningCloud, sns, topic: str, endpoint: HttpEndpoint):
    arn = subscribe(cloud, sns, topic, endpoint)
    sns.unsubscribe(SubscriptionArn=arn)
    cloud.clock.settle()
    assert endpoint.got == []


@pytest.mark.parametrize("query", ["Action=Unsubscribe", "Action=ConfirmSubscription&Token=x"])
def test_a_link_that_lacks_something(cloud: RunningCloud, query: str):
    status, text = opened(f"{cloud.endpoint}/?{query}")
    assert (status, "<Code>ValidationError</Code>" in text) == (400, True)
