"""PutEvents, and events on their way to queues."""

from __future__ import annotations

import json

import pytest

from tests.services.calls import refused
from tests.services.events.events_calls import let_in, put, rule_to

# wrong input


@pytest.mark.parametrize("missing", ["Source", "DetailType", "Detail"])
def test_an_entry_needs_its_parts(events, missing):
    entry = {"Source": "app", "DetailType": "done", "Detail": "{}"}
    del entry[missing]
    answer = events.put_events(Entries=[entry])
    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"] == [
        {
            "ErrorCode": "InvalidArgument",
            "ErrorMessage": f"Parameter {missing} is not valid. Reason: {missing} is a required argument.",
        }
    ]


@pytest.mark.parametrize("detail", ["nonsense", "[1]", '"text"', "{"])
def test_a_detail_must_be_a_json_object(events, detail):
    answer = events.put_events(Entries=[{"Source": "app", "DetailType": "done", "Detail": detail}])
    assert answer["Entries"] == [{"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}]


def test_only_services_speak_as_aws(events):
    answer = put(events, Source="aws.s3")
    assert answer == {
        "ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": "Not authorized for the source.",
    }  # fmt: skip


def test_entries_together_have_a_size(events):
    big = json.dumps({"x": "x" * 600_000})
    with refused("ValidationException", "Total size of the entries in the request is over the limit."):
        events.put_events(Entries=[{"Source": "a", "DetailType": "d", "Detail": big}] * 2)


# wrong state


def test_an_event_for_a_bus_that_is_not_there_is_taken_and_goes_nowhere(events):
    assert "EventId" in put(events, EventBusName="nowhere")


# behaviour


def test_a_matching_event_reaches_the_queue_as_aws_writes_it(events, queue, account):
    q = queue()
    rule_to(events, q.arn)
    event_id = put(events, {"a": 1}, Resources=["arn:x"], Time=1_700_000_000)["EventId"]
    put(events, Source="other")
    assert q.events() == [
        {
            "version": "0", "id": event_id, "detail-type": "done", "source": "app", "account": account,
            "time": "2023-11-14T22:13:20Z", "region": "us-east-1", "resources": ["arn:x"], "detail": {"a": 1},
        }
    ]  # fmt: skip


def test_one_bad_entry_does_not_stop_the_others(events, queue):
    q = queue()
    rule_to(events, q.arn)
    good = {"Source": "app", "DetailType": "done", "Detail": "{}"}
    answer = events.put_events(Entries=[good, {"Source": "app"}, good])
    assert answer["FailedEntryCount"] == 1
    assert ["EventId" in entry for entry in answer["Entries"]] == [True, False, True]
    assert len(q.events()) == 2


def test_a_disabled_rule_is_silent_until_enabled(events, queue):
    q = queue()
    rule_to(events, q.arn)
    events.disable_rule(Name="r")
    put(events)
    assert q.events() == []
    events.enable_rule(Name="r")
    put(events)
    assert len(q.events()) == 1


def test_a_fifo_queue_gets_the_group_of_its_target(events, queue):
    q = queue("q.fifo")
    rule_to(events, q.arn, SqsParameters={"MessageGroupId": "g"})
    put(events)
    assert [m["Attributes"]["MessageGroupId"] for m in q.messages()] == ["g"]


def test_the_queue_policy_may_name_the_rule(events, queue):
    q, dead = queue(is_open=False), queue("dead")
    arn = rule_to(events, q.arn, DeadLetterConfig={"Arn": dead.arn})
    let_in(q, arn.replace("rule/r", "rule/another"))
    put(events, {"n": 1})
    assert q.events() == []
    let_in(q, arn)
    put(events, {"n": 2})
    assert [event["detail"] for event in q.events()] == [{"n": 2}]
    assert [event["detail"] for event in dead.events()] == [{"n": 1}]


def test_a_topic_gets_the_event_as_its_message(events, aws, queue, clock):
    sns, q = aws.client("sns"), queue(is_open=False)
    topic = sns.create_topic(Name="t")["TopicArn"]
    policy = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sns:Publish",
        "Resource": topic}]}  # fmt: skip
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(policy))
    policy["Statement"][0] |= {
        "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": q.arn,
    }  # fmt: skip
    q.sqs.set_queue_attributes(QueueUrl=q.url, Attributes={"Policy": json.dumps(policy)})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=q.arn, Attributes={"RawMessageDelivery": "true"})
    rule_to(events, topic)
    put(events, {"n": 1})
    assert [event["detail"] for event in q.events()] == [{"n": 1}]


def test_an_s3_upload_fires_a_rule(events, aws, queue, account):
    s3, q = aws.client("s3"), queue()
    bucket = f"uploads-{account}"
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}})
    pattern = {
        "source": ["aws.s3"], "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [bucket]}, "object": {"key": [{"prefix": "in/"}]}},
    }  # fmt: skip
    rule_to(events, q.arn, pattern)
    s3.put_object(Bucket=bucket, Key="out/a", Body=b"x")
    s3.put_object(Bucket=bucket, Key="in/a", Body=b"x")
    found = q.events()
    assert [(e["source"], e["account"], e["detail"]["object"]["key"]) for e in found] == [("aws.s3", account, "in/a")]
    assert found[0]["resources"] == [f"arn:aws:s3:::{bucket}"]
