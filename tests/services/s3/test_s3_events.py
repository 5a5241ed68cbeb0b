"""Notifications: what reaches a queue, in which form, with which filters; setup; failure and retry."""

import json
import re

import pytest

from cloudchamber.services.s3 import events
from cloudchamber.services.s3.bucket import Bucket
from cloudchamber.services.s3.version import Version
from tests.services.s3.conftest import refusal


@pytest.fixture
def sqs(client_of, account):
    return client_of(account, service="sqs")


@pytest.fixture
def queue(sqs, account, bucket):
    return make_queue(sqs, account, bucket)


def make_queue(sqs, account, bucket, name="q"):
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{account}:{name}"
    statement = {
        "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": f"arn:aws:s3:::{bucket}"},
                      "StringEquals": {"aws:SourceAccount": account}},
    }  # fmt: skip
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})
    return url, arn


def notify(s3, bucket, arn, *wanted, **rules):
    one = {"Id": "mine", "QueueArn": arn, "Events": list(wanted)}
    if rules:
        one["Filter"] = {"Key": {"FilterRules": [{"Name": n, "Value": v} for n, v in rules.items()]}}
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"QueueConfigurations": [one]})


def received(cloud, sqs, url):
    cloud.clock.settle()
    found = []
    while batch := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in batch:
            found.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def test_a_queue_hears_what_happens_in_awss_form(cloud, s3, sqs, bucket, queue, account):  # noqa: PLR0917
    url, arn = queue
    notify(s3, bucket, arn, "s3:ObjectCreated:*", "s3:ObjectRemoved:*")
    (test,) = received(cloud, sqs, url)
    assert (test["Event"], test["Service"], test["Bucket"]) == ("s3:TestEvent", "Amazon S3", bucket)
    etag = s3.put_object(Bucket=bucket, Key="a b/ü+", Body=b"abc")["ETag"].strip('"')
    s3.delete_object(Bucket=bucket, Key="a b/ü+")
    created, removed = (message["Records"][0] for message in received(cloud, sqs, url))
    assert (created["eventName"], created["eventSource"], created["eventVersion"]) == (
        "ObjectCreated:Put", "aws:s3", "2.1",
    )  # fmt: skip
    assert (created["awsRegion"], created["userIdentity"]) == ("us-east-1", {"principalId": f"AWS:{account}"})
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", created["eventTime"])
    thing = created["s3"]["object"]
    assert (thing["key"], thing["size"], thing["eTag"]) == ("a+b/%C3%BC%2B", 3, etag)
    assert (created["s3"]["configurationId"], created["s3"]["bucket"]["name"]) == ("mine", bucket)
    assert created["s3"]["bucket"]["arn"] == f"arn:aws:s3:::{bucket}"
    assert (removed["eventName"], "size" in removed["s3"]["object"]) == ("ObjectRemoved:Delete", False)
    assert removed["s3"]["object"]["sequencer"] >= thing["sequencer"]


def test_events_are_chosen_by_kind_prefix_and_suffix(cloud, s3, sqs, versioned, queue):
    url, arn = queue
    wanted = ("s3:ObjectCreated:Copy", "s3:ObjectRemoved:DeleteMarkerCreated", "s3:ObjectTagging:*")
    notify(s3, versioned, arn, *wanted, prefix="img/", suffix=".png")
    received(cloud, sqs, url)
    for key in ("img/a.png", "img/a.jpg", "doc/a.png"):
        s3.put_object(Bucket=versioned, Key=f"source/{key}", Body=b"")
        s3.copy_object(Bucket=versioned, Key=key, CopySource=f"{versioned}/source/{key}")
        s3.put_object_tagging(Bucket=versioned, Key=key, Tagging={"TagSet": []})
        s3.delete_object(Bucket=versioned, Key=key)
    records = [message["Records"][0] for message in received(cloud, sqs, url)]
    assert [(record["eventName"], record["s3"]["object"]["key"]) for record in records] == [
        ("ObjectCreated:Copy", "img/a.png"), ("ObjectTagging:Put", "img/a.png"),
        ("ObjectRemoved:DeleteMarkerCreated", "img/a.png"),
    ]  # fmt: skip


def test_what_s3_does_by_itself_is_told_as_its_own(cloud, s3, sqs, versioned, queue, frozen_clock):  # noqa: PLR0917
    url, arn = queue
    notify(s3, versioned, arn, "s3:LifecycleTransition", "s3:LifecycleExpiration:*", "s3:ObjectRestore:*")
    received(cloud, sqs, url)
    s3.put_bucket_lifecycle_configuration(Bucket=versioned, LifecycleConfiguration={"Rules": [
        {"ID": "1", "Status": "Enabled", "Filter": {"ObjectSizeGreaterThan": 0}, "Expiration": {"Days": 20},
         "Transitions": [{"Days": 1, "StorageClass": "GLACIER"}]}]})  # fmt: skip
    s3.put_object(Bucket=versioned, Key="k", Body=b"x")
    frozen_clock.advance(2 * 86_400)
    request = {"Days": 1, "GlacierJobParameters": {"Tier": "Expedited"}}
    s3.restore_object(Bucket=versioned, Key="k", RestoreRequest=request)
    records = []
    for _ in range(10):  # a queue keeps messages for four days
        frozen_clock.advance(3 * 86_400)
        records += [message["Records"][0] for message in received(cloud, sqs, url)]
    assert [(record["eventName"], record["eventVersion"]) for record in records] == [
        ("LifecycleTransition", "2.3"), ("ObjectRestore:Post", "2.1"), ("ObjectRestore:Completed", "2.1"),
        ("ObjectRestore:Delete", "2.3"), ("LifecycleExpiration:DeleteMarkerCreated", "2.3"),
    ]  # fmt: skip
    moved, asked, completed, _, expired = records
    assert moved["lifecycleEventData"] == {"transitionEventData": {"destinationStorageClass": "GLACIER"}}
    assert completed["glacierEventData"]["restoreEventData"]["lifecycleRestoreStorageClass"] == "GLACIER"
    assert asked["requestParameters"] == {"sourceIPAddress": "127.0.0.1"}
    for own in (moved, expired):
        assert own["userIdentity"] == {"principalId": "s3.amazonaws.com"}
        assert own["requestParameters"] == {"sourceIPAddress": "s3.amazonaws.com"}


@pytest.mark.parametrize(
    ("event", "detail"),
    [
        ("LifecycleTransition", {"destination-storage-class": "GLACIER"}),
        ("ObjectRestore:Post", {"source-storage-class": "GLACIER"}),
        ("ObjectRestore:Completed", {"source-storage-class": "GLACIER", "restore-expiry-time": "1970-01-02T00:00:00Z"}),
    ],
)
def test_eventbridge_hears_of_storage_classes(event, detail):
    bucket = Bucket("b", 1, "123456789012", "us-east-1", 0.0)
    version = Version(
        1, "k", 1, "null", True, False, 3, "e", 0.0, "GLACIER", "", "", "", {"restore": {"until": 86_400}}
    )
    told = events.bridged(bucket, event, version, events.Origin(0.0, "p", "s3.amazonaws.com", "s3.amazonaws.com", "r"))
    assert told["Detail"] == {
        "version": "0", "event-version": "1.0", "bucket": {"name": "b"}, "request-id": "r",
        "object": {"key": "k", "size": 3, "etag": "e", "sequencer": "000000000000000001"},
        "requester": "s3.amazonaws.com", **detail,
    }  # fmt: skip


def test_a_destination_has_to_take_messages(s3, bucket, sqs, account):
    unable = ("InvalidArgument", 400, "Unable to validate the following destination configurations")
    sqs.create_queue(QueueName="closed")
    for name in ("closed", "missing"):
        one = {"QueueArn": f"arn:aws:sqs:us-east-1:{account}:{name}", "Events": ["s3:ObjectCreated:*"]}
        configuration = {"QueueConfigurations": [one]}
        put = s3.put_bucket_notification_configuration
        assert refusal(put, Bucket=bucket, NotificationConfiguration=configuration) == unable
    assert "QueueConfigurations" not in s3.get_bucket_notification_configuration(Bucket=bucket)
    one["QueueArn"] = f"arn:aws:sqs:eu-west-1:{account}:closed"
    found = refusal(put, Bucket=bucket, NotificationConfiguration=configuration)
    assert found[2] == "The notification destination service region is not valid for the bucket location constraint"


def test_configurations_that_would_hear_the_same_are_refused(s3, bucket, queue):
    def configuration(*prefixes):
        rules = [{"FilterRules": [{"Name": "prefix", "Value": prefix}]} for prefix in prefixes]
        ones = [{"QueueArn": queue[1], "Events": ["s3:ObjectCreated:*"], "Filter": {"Key": rule}} for rule in rules]
        return {"QueueConfigurations": ones}

    put = s3.put_bucket_notification_configuration
    found = refusal(put, Bucket=bucket, NotificationConfiguration=configuration("a", "ab"))
    assert found[2].startswith("Configuration is ambiguously defined.")
    put(Bucket=bucket, NotificationConfiguration=configuration("a", "b"))


def test_an_event_that_is_not_taken_is_delivered_later(cloud, s3, sqs, bucket, queue, account, frozen_clock):  # noqa: PLR0917
    url, arn = queue
    notify(s3, bucket, arn, "s3:ObjectCreated:*")
    received(cloud, sqs, url)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    frozen_clock.advance(30)
    assert received(cloud, sqs, url) == []
    make_queue(sqs, account, bucket)
    frozen_clock.advance(120)
    (message,) = received(cloud, sqs, url)
    assert message["Records"][0]["s3"]["object"]["key"] == "k"


def test_what_was_undone_is_not_told(cloud, s3, sqs, bucket, queue):
    url, arn = queue
    notify(s3, bucket, arn, "s3:ObjectCreated:*")
    received(cloud, sqs, url)
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    assert refusal(s3.put_object, Bucket=bucket, Key="k", Body=b"", IfNoneMatch="*")[0] == "PreconditionFailed"
    assert len(received(cloud, sqs, url)) == 1


def test_a_topic_hears_it_as_s3_and_tells_its_queue(cloud, s3, sqs, client_of, bucket, account):  # noqa: PLR0917
    sns = client_of(account, service="sns")
    topic = sns.create_topic(Name="uploads")["TopicArn"]
    queue = f"arn:aws:sqs:us-east-1:{account}:heard"
    url = sqs.create_queue(QueueName="heard")["QueueUrl"]
    wanted = {"TopicConfigurations": [{"TopicArn": topic, "Events": ["s3:ObjectCreated:*"]}]}
    code, _, message = refusal(
        s3.put_bucket_notification_configuration, Bucket=bucket, NotificationConfiguration=wanted
    )
    assert (code, message) == ("InvalidArgument", "Unable to validate the following destination configurations")
    for arn, service, action, set_policy in (
        (topic, "s3", "sns:Publish",
         lambda text: sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=text)),
        (queue, "sns", "sqs:SendMessage",
         lambda text: sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": text})),
    ):  # fmt: skip
        statement = {
            "Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": action, "Resource": arn,
        }  # fmt: skip
        set_policy(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"})
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=wanted)
    s3.put_object(Bucket=bucket, Key="k", Body=b"abc")
    test, told = received(cloud, sqs, url)
    assert test["Event"] == "s3:TestEvent"
    assert (told["Records"][0]["eventName"], told["Records"][0]["s3"]["object"]["key"]) == ("ObjectCreated:Put", "k")
