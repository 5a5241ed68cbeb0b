"""Accounts and regions apart from each other, and queue policies that open and shut queues."""

import json

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from tests.services.sqs.sqs_calls import NO_QUEUE, LongPoll, arn_of, attributes, bodies, redrive_policy, refused

# What a policy cannot give to another account.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-overview-of-managing-access.html
OWNERS = {
    "add_permission": {"Label": "l", "AWSAccountIds": ["111122223333"], "Actions": ["SendMessage"]},
    "delete_queue": {},
    "list_queue_tags": {},
    "remove_permission": {"Label": "l"},
    "set_queue_attributes": {"Attributes": {"DelaySeconds": "1"}},
    "tag_queue": {"Tags": {"a": "b"}},
    "untag_queue": {"TagKeys": ["a"]},
}


def statement(effect, principal, action, **more):
    return {"Effect": effect, "Principal": principal, "Action": action, "Resource": "*", **more}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@pytest.fixture
def stranger(cloud):
    """The root user of another account: its client and its account."""
    account = cloud.new_account()
    return cloud.session(account).client("sqs"), account


@pytest.fixture
def nobody(cloud):
    """A client that does not sign."""
    config = Config(signature_version=UNSIGNED)
    return boto3.client("sqs", region_name="us-east-1", endpoint_url=cloud.endpoint, config=config)


def denied(who, action, arn, why="because no resource-based policy allows the {0} action"):
    # SQS writes its actions in small letters.
    return "AccessDenied", f"User: {who} is not authorized to perform: {action} on resource: {arn} " + why.format(
        action
    )


# Isolation


def test_accounts_have_queues_of_their_own(sqs, create, stranger):
    other, _ = stranger
    mine, theirs = create("q"), other.create_queue(QueueName="q")["QueueUrl"]
    sqs.send_message(QueueUrl=mine, MessageBody="mine")
    assert mine != theirs
    assert bodies(other, theirs) == []
    assert other.list_queues()["QueueUrls"] == [theirs]
    assert sqs.list_queues()["QueueUrls"] == [mine]


def test_regions_have_queues_of_their_own(aws, sqs, create):
    ireland = aws.client("sqs", region_name="eu-west-1")
    url = create("q")
    with refused(NO_QUEUE):
        ireland.get_queue_url(QueueName="q")
    ireland.create_queue(QueueName="q", Attributes={"DelaySeconds": "1"})
    assert attributes(sqs, url)["DelaySeconds"] == "0"
    assert attributes(ireland, url)["DelaySeconds"] == "1"  # the same URL here, since the host names no region
    assert arn_of(ireland, url) == arn_of(sqs, url).replace("us-east-1", "eu-west-1")
    ireland.delete_queue(QueueUrl=url)
    assert sqs.list_queues()["QueueUrls"] == [url]


def test_a_region_in_the_url_is_the_region_of_the_queue(aws, account):
    ireland = aws.client("sqs", region_name="eu-west-1")
    ireland.create_queue(QueueName="q")
    for host in ("sqs.eu-west-1.amazonaws.com", "eu-west-1.queue.amazonaws.com"):
        found = aws.client("sqs").get_queue_attributes(QueueUrl=f"https://{host}/{account}/q", AttributeNames=["All"])
        assert found["Attributes"]["QueueArn"] == f"arn:aws:sqs:eu-west-1:{account}:q"


def test_a_poll_does_not_wake_for_a_queue_of_the_same_name_elsewhere(aws, sqs, create, cloud, frozen_clock):
    ireland = aws.client("sqs", region_name="eu-west-1")
    url = create("q")
    ireland.create_queue(QueueName="q")
    poller = LongPoll(cloud, sqs, url)
    ireland.send_message(QueueUrl=url, MessageBody="x")
    assert poller.is_waiting
    frozen_clock.advance(20)
    assert poller.messages() == []


# Queue policies


def test_a_queue_is_shut_to_other_accounts(sqs, create, stranger):
    other, account = stranger
    url = create("q")
    message = denied(f"arn:aws:iam::{account}:root", "sqs:SendMessage", arn_of(sqs, url))
    with refused(*message, status=403):
        other.send_message(QueueUrl=url, MessageBody="x")


def test_a_policy_opens_a_queue_to_another_account(sqs, create, stranger):
    other, account = stranger
    url = create("q", Policy=policy(statement("Allow", {"AWS": account}, "sqs:SendMessage")))
    other.send_message(QueueUrl=url, MessageBody="from outside")
    entries = [{"Id": "1", "MessageBody": "in a batch"}]  # a batch asks for the same permission
    other.send_message_batch(QueueUrl=url, Entries=entries)
    message = denied(f"arn:aws:iam::{account}:root", "sqs:ReceiveMessage", arn_of(sqs, url))
    with refused(*message, status=403):
        other.receive_message(QueueUrl=url)
    [first, _] = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["SenderId"]
    )["Messages"]  # fmt: skip
    assert (first["Body"], first["Attributes"]["SenderId"]) == ("from outside", account)


def test_add_permission_opens_a_queue_and_remove_permission_shuts_it(sqs, create, stranger):
    other, account = stranger
    url = create("q")
    sqs.add_permission(QueueUrl=url, Label="l", AWSAccountIds=[account], Actions=["*"])
    other.send_message(QueueUrl=url, MessageBody="x")
    [message] = other.receive_message(QueueUrl=url)["Messages"]
    other.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    other.purge_queue(QueueUrl=url)
    sqs.remove_permission(QueueUrl=url, Label="l")
    with refused("AccessDenied", status=403):
        other.send_message(QueueUrl=url, MessageBody="x")


def test_the_url_of_another_accounts_queue_is_found_where_its_policy_allows(sqs, create, stranger, account):
    other, stranger_account = stranger
    url = create("q")
    with refused("AccessDenied", status=403):
        other.get_queue_url(QueueName="q", QueueOwnerAWSAccountId=account)
    text = policy(statement("Allow", {"AWS": stranger_account}, "sqs:GetQueueUrl"))
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": text})
    assert other.get_queue_url(QueueName="q", QueueOwnerAWSAccountId=account)["QueueUrl"] == url
    with refused(NO_QUEUE):
        other.get_queue_url(QueueName="q")


@pytest.mark.parametrize("operation", sorted(OWNERS))
def test_some_operations_are_the_owners_whatever_the_policy_says(sqs, create, stranger, operation):
    other, account = stranger
    url = create("q", Policy=policy(statement("Allow", {"AWS": account}, "sqs:*")))
    action = "sqs:" + operation.title().replace("_", "")
    with refused(*denied(f"arn:aws:iam::{account}:root", action, arn_of(sqs, url)), status=403):
        getattr(other, operation)(QueueUrl=url, **OWNERS[operation])


def test_message_move_tasks_are_the_owners_too(sqs, create, stranger):
    other, account = stranger
    dlq = create("dlq", Policy=policy(statement("Allow", {"AWS": account}, "sqs:*")))
    create("q", RedrivePolicy=redrive_policy(arn_of(sqs, dlq), 1))
    arn = arn_of(sqs, dlq)
    handle = sqs.start_message_move_task(SourceArn=arn)["TaskHandle"]
    for call in (
        lambda: other.start_message_move_task(SourceArn=arn),
        lambda: other.list_message_move_tasks(SourceArn=arn),
        lambda: other.cancel_message_move_task(TaskHandle=handle),
    ):
        with refused("AccessDenied", status=403):
            call()


def test_an_explicit_deny_refuses_the_owners_root_too(sqs, create, account):
    url = create("q", Policy=policy(statement("Deny", "*", "sqs:SendMessage")))
    why = "with an explicit deny in a resource-based policy"
    message = denied(f"arn:aws:iam::{account}:root", "sqs:SendMessage", arn_of(sqs, url), why)
    with refused(*message, status=403):
        sqs.send_message(QueueUrl=url, MessageBody="x")
    assert bodies(sqs, url) == []
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    sqs.send_message(QueueUrl=url, MessageBody="x")


def test_a_condition_of_a_policy_is_looked_at(sqs, create, stranger):
    other, account = stranger
    here = statement(
        "Allow", {"AWS": account}, "sqs:SendMessage", Condition={"IpAddress": {"aws:SourceIp": "127.0.0.1"}}
    )
    url = create("q", Policy=policy(here))
    other.send_message(QueueUrl=url, MessageBody="x")
    there = {**here, "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.1"}}}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy(there)})
    with refused("AccessDenied", status=403):
        other.send_message(QueueUrl=url, MessageBody="x")


# Anonymous calls


def test_a_call_without_signature_is_refused(sqs, create, nobody):
    url = create("q")
    with refused("AccessDenied", status=403):
        nobody.send_message(QueueUrl=url, MessageBody="x")
    with refused("AccessDenied", status=403):
        nobody.list_queues()
    with refused("AccessDenied", status=403):
        nobody.create_queue(QueueName="q")


def test_a_policy_opens_a_queue_to_everyone(sqs, create, nobody):
    url = create("q", Policy=policy(statement("Allow", "*", ["sqs:SendMessage", "sqs:ReceiveMessage"])))
    nobody.send_message(QueueUrl=url, MessageBody="from nobody")
    [message] = nobody.receive_message(QueueUrl=url)["Messages"]
    assert message["Body"] == "from nobody"
    for call in (
        lambda: nobody.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"]),
        lambda: nobody.delete_queue(QueueUrl=url),
    ):
        with refused("AccessDenied", status=403):
            call()
