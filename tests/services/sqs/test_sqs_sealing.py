"""Queues with a KMS key: bodies are sealed at rest, and KMS decides who sends and who reads.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html
"""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

SECRET = "the eagle has landed"


@pytest.fixture
def kms(aws):
    return aws.client("kms")


@pytest.fixture
def sqs(aws):
    return aws.client("sqs")


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]["KeyId"]


@pytest.fixture
def sealed(sqs, key):
    """The URL of a queue with a key of its own."""
    return sqs.create_queue(QueueName="sealed", Attributes={"KmsMasterKeyId": key})["QueueUrl"]


def arn_of(sqs, url: str) -> str:
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def user(cloud, aws, name: str, *actions: str):
    iam = aws.client("iam")
    iam.create_user(UserName=name)
    document = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": list(actions), "Resource": "*"}}
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(document))
    made = iam.create_access_key(UserName=name)["AccessKey"]
    return cloud.session_with(made["AccessKeyId"], made["SecretAccessKey"]).client("sqs")


def kept(cloud) -> str:
    """What the tables hold of all messages."""
    return cloud.look(lambda running: "|".join(row[0] for row in running.store.all("SELECT body FROM sqs_messages")))


def test_a_body_is_sealed_at_rest_and_opened_for_its_reader(cloud, sqs, sealed):
    sent = sqs.send_message(QueueUrl=sealed, MessageBody=SECRET)
    sqs.send_message_batch(QueueUrl=sealed, Entries=[{"Id": "1", "MessageBody": SECRET + "!"}])
    assert SECRET not in kept(cloud)
    found = sqs.receive_message(QueueUrl=sealed, MaxNumberOfMessages=10)["Messages"]
    assert [message["Body"] for message in found] == [SECRET, SECRET + "!"]
    assert found[0]["MD5OfBody"] == sent["MD5OfMessageBody"]


def test_who_may_not_make_a_data_key_may_not_send(cloud, aws, sqs, sealed):
    ann = user(cloud, aws, "ann", "sqs:*")
    with pytest.raises(ClientError) as refused:
        ann.send_message(QueueUrl=sealed, MessageBody="x")
    assert refused.value.response["Error"]["Code"] == "KMS.AccessDeniedException"
    assert "kms:GenerateDataKey" in refused.value.response["Error"]["Message"]
    assert isinstance(refused.value, ann.exceptions.KmsAccessDenied)
    assert "Messages" not in sqs.receive_message(QueueUrl=sealed)


def test_who_may_not_decrypt_leaves_the_message_for_others(cloud, aws, sqs, sealed):
    sqs.send_message(QueueUrl=sealed, MessageBody=SECRET)
    ann, bob = user(cloud, aws, "ann", "sqs:*"), user(cloud, aws, "bob", "sqs:*", "kms:Decrypt")
    with pytest.raises(ClientError, match="kms:Decrypt"):
        ann.receive_message(QueueUrl=sealed)
    [message] = bob.receive_message(QueueUrl=sealed, MessageSystemAttributeNames=["All"])["Messages"]
    assert message["Body"] == SECRET
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"


def test_a_disabled_key_closes_the_queue_once_its_data_key_is_old(sqs, kms, key, sealed, frozen_clock):
    sqs.send_message(QueueUrl=sealed, MessageBody="one")
    kms.disable_key(KeyId=key)
    sqs.send_message(QueueUrl=sealed, MessageBody="two")  # within the reuse period nobody asks KMS
    frozen_clock.advance(301)
    for call, request in ((sqs.send_message, {"MessageBody": "three"}), (sqs.receive_message, {})):
        with pytest.raises(ClientError) as refused:
            call(QueueUrl=sealed, **request)
        assert refused.value.response["Error"]["Code"] == "KMS.DisabledException"
    kms.enable_key(KeyId=key)
    found = sqs.receive_message(QueueUrl=sealed, MaxNumberOfMessages=10)["Messages"]
    assert [message["Body"] for message in found] == ["one", "two"]


def test_a_sealed_message_stays_so_in_the_dead_letter_queue(cloud, sqs, key):
    graves = sqs.create_queue(QueueName="graves")["QueueUrl"]
    policy = json.dumps({"deadLetterTargetArn": arn_of(sqs, graves), "maxReceiveCount": 1})
    attributes = {"KmsMasterKeyId": key, "RedrivePolicy": policy, "VisibilityTimeout": "0"}
    url = sqs.create_queue(QueueName="dies", Attributes=attributes)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=SECRET)
    assert sqs.receive_message(QueueUrl=url)["Messages"]
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    assert SECRET not in kept(cloud)
    [message] = sqs.receive_message(QueueUrl=graves)["Messages"]
    assert message["Body"] == SECRET


def test_a_fifo_queue_finds_repetitions_in_what_it_cannot_read(sqs, key):
    attributes = {"KmsMasterKeyId": key, "FifoQueue": "true", "ContentBasedDeduplication": "true"}
    url = sqs.create_queue(QueueName="q.fifo", Attributes=attributes)["QueueUrl"]
    for body in ("a", "a", "b"):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g")
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert [message["Body"] for message in found] == ["a", "b"]


def test_a_topic_needs_the_keys_leave_to_deliver(aws, sqs, key, sealed, clock):
    sns, kms, arn = aws.client("sns"), aws.client("kms"), arn_of(sqs, sealed)
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    sqs.set_queue_attributes(QueueUrl=sealed, Attributes={"Policy": policy})
    topic = sns.create_topic(Name="t")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    sns.publish(TopicArn=topic, Message="lost")
    clock.settle()
    assert "Messages" not in sqs.receive_message(QueueUrl=sealed)
    owner = {
        "Effect": "Allow",
        "Principal": {"AWS": arn.split(":")[4]},
        "Action": "kms:*",
        "Resource": "*",
    }
    service = {
        "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Resource": "*",
        "Action": ["kms:GenerateDataKey*", "kms:Decrypt"],
    }  # fmt: skip
    policy = json.dumps({"Version": "2012-10-17", "Statement": [owner, service]})
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy)
    sns.publish(TopicArn=topic, Message="found")
    clock.settle()
    assert "found" in [message["Body"] for message in sqs.receive_message(QueueUrl=sealed)["Messages"]]


def test_the_key_of_the_account_for_sqs_opens_for_all_who_may_use_the_queue(cloud, aws, sqs):
    url = sqs.create_queue(QueueName="managed", Attributes={"KmsMasterKeyId": "alias/aws/sqs"})["QueueUrl"]
    ann = user(cloud, aws, "ann", "sqs:*")
    ann.send_message(QueueUrl=url, MessageBody=SECRET)
    assert SECRET not in kept(cloud)
    [message] = ann.receive_message(QueueUrl=url)["Messages"]
    assert message["Body"] == SECRET
