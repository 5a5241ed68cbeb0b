"""Log groups and streams: made, listed, deleted, tagged; retention, protection, KMS keys."""

import pytest

from cloudchamber.services.logs import limits
from tests.services.calls import policy, refused
from tests.services.logs.logs_calls import NO_GROUP, NO_STREAM, messages, put, statement

# wrong input


@pytest.mark.parametrize("name", ["", "a b", "x" * 513, "a:b"])
def test_a_group_name_has_its_characters(logs, name):
    with refused("InvalidParameterException") as caught:
        logs.create_log_group(logGroupName=name)
    assert "'logGroupName' failed to satisfy constraint" in caught.value.response["Error"]["Message"]


@pytest.mark.parametrize("name", ["aws/lambda/f", "AWS/x"])
def test_groups_of_aws_are_reserved(logs, name):
    with refused("InvalidParameterException", "Log groups starting with AWS/ are reserved for AWS."):
        logs.create_log_group(logGroupName=name)


@pytest.mark.parametrize("name", ["a:b", "*", ""])
def test_a_stream_name_has_its_characters(logs, group, name):
    with refused("InvalidParameterException"):
        logs.create_log_stream(logGroupName="g", logStreamName=name)


def test_a_retention_is_one_of_those_aws_offers(logs, group):
    options = ", ".join(map(str, limits.RETENTION_DAYS))
    with refused(
        "InvalidParameterException",
        "1 validation error detected: Value '2' at 'retentionInDays' failed to satisfy constraint: Member must "
        f"satisfy enum value set: [{options}]",
    ):
        logs.put_retention_policy(logGroupName="g", retentionInDays=2)


def test_a_prefix_and_a_pattern_exclude_each_other(logs):
    with refused(
        "InvalidParameterException",
        "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
    ):
        logs.describe_log_groups(logGroupNamePrefix="a", logGroupNamePattern="b")


def test_streams_with_a_prefix_are_not_ordered_by_their_events(logs, group):
    with refused("InvalidParameterException", "Cannot order by LastEventTime with a logStreamNamePrefix."):
        logs.describe_log_streams(logGroupName="g", logStreamNamePrefix="s", orderBy="LastEventTime")


@pytest.mark.parametrize("more", [{}, {"logGroupName": "g", "logGroupIdentifier": "g"}])
def test_a_group_is_named_in_one_way(logs, group, more):
    with refused("InvalidParameterException"):
        logs.describe_log_streams(**more)


# wrong state


def test_a_group_and_a_stream_are_made_once(logs, group):
    with refused("ResourceAlreadyExistsException", "The specified log group already exists"):
        logs.create_log_group(logGroupName="g")
    with refused("ResourceAlreadyExistsException", "The specified log stream already exists"):
        logs.create_log_stream(logGroupName="g", logStreamName="s")


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("delete_log_group", {}), ("create_log_stream", {"logStreamName": "s"}),
        ("delete_log_stream", {"logStreamName": "s"}), ("describe_log_streams", {}),
        ("put_retention_policy", {"retentionInDays": 1}), ("delete_retention_policy", {}),
        ("get_log_events", {"logStreamName": "s"}), ("filter_log_events", {}),
        ("put_log_events", {"logStreamName": "s", "logEvents": [{"timestamp": 1, "message": "x"}]}),
        ("list_tags_log_group", {}), ("tag_log_group", {"tags": {"a": "b"}}),
        ("describe_subscription_filters", {}), ("disassociate_kms_key", {}),
        ("delete_metric_filter", {"filterName": "f"}), ("describe_metric_filters", {}),
    ],
)  # fmt: skip
def test_what_needs_a_group_says_that_there_is_none(logs, operation, more):
    with refused(*NO_GROUP):
        getattr(logs, operation)(logGroupName="nope", **more)


def test_a_stream_that_is_not_there_cannot_be_deleted(logs, group):
    with refused(*NO_STREAM):
        logs.delete_log_stream(logGroupName="g", logStreamName="nope")


def test_a_protected_group_stays(logs):
    logs.create_log_group(logGroupName="g", deletionProtectionEnabled=True)
    with refused("ValidationException"):
        logs.delete_log_group(logGroupName="g")
    logs.put_log_group_deletion_protection(logGroupIdentifier="g", deletionProtectionEnabled=False)
    logs.delete_log_group(logGroupName="g")
    assert logs.describe_log_groups()["logGroups"] == []


# behaviour


def test_a_group_is_shown_with_all_that_is_set_on_it(logs, account, now):
    logs.create_log_group(logGroupName="/a/b", logGroupClass="STANDARD", tags={"x": "y"})
    logs.put_retention_policy(logGroupName="/a/b", retentionInDays=7)
    arn = f"arn:aws:logs:us-east-1:{account}:log-group:/a/b"
    assert logs.describe_log_groups()["logGroups"] == [{
        "logGroupName": "/a/b", "creationTime": now, "retentionInDays": 7, "metricFilterCount": 0, "arn": f"{arn}:*",
        "logGroupArn": arn, "storedBytes": 0, "logGroupClass": "STANDARD", "deletionProtectionEnabled": False,
    }]  # fmt: skip
    logs.delete_retention_policy(logGroupName="/a/b")
    assert "retentionInDays" not in logs.describe_log_groups()["logGroups"][0]


def test_groups_are_listed_by_name_in_pages_by_prefix_and_by_pattern(logs):
    names = ["a", "a/1", "a/2", "B/x", "c/App"]
    for name in names:
        logs.create_log_group(logGroupName=name)
    pages = list(logs.get_paginator("describe_log_groups").paginate(PaginationConfig={"PageSize": 2}))
    found = [group["logGroupName"] for page in pages for group in page["logGroups"]]
    assert (len(pages), found) == (3, sorted(names))

    def listed(**by):
        return [group["logGroupName"] for group in logs.describe_log_groups(**by)["logGroups"]]

    assert listed(logGroupNamePrefix="a") == ["a", "a/1", "a/2"]
    assert listed(logGroupNamePrefix="a/") == ["a/1", "a/2"]
    assert listed(logGroupNamePattern="app") == ["c/App"]  # in any case
    assert listed(logGroupIdentifiers=["a/2", "nope"]) == ["a/2"]
    assert [g["logGroupName"] for g in logs.list_log_groups(logGroupNamePattern="^c/A")["logGroups"]] == ["c/App"]


def test_a_deleted_group_is_gone_with_all_in_it_and_can_be_made_anew(logs, group, now, frozen_clock):
    put(logs, now, "old")
    logs.delete_log_group(logGroupName="g")
    logs.create_log_group(logGroupName="g")
    assert logs.describe_log_streams(logGroupName="g")["logStreams"] == []
    frozen_clock.settle()
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    assert messages(logs.get_log_events(logGroupName="g", logStreamName="s")) == []
    assert logs.describe_log_groups()["logGroups"][0]["storedBytes"] == 0


def test_a_deleted_streams_events_are_not_found_any_more(logs, group, now, frozen_clock):
    put(logs, now, "old")
    logs.delete_log_stream(logGroupName="g", logStreamName="s")
    assert messages(logs.filter_log_events(logGroupName="g")) == []
    frozen_clock.settle()
    assert logs.describe_log_groups()["logGroups"][0]["storedBytes"] == 0


def test_streams_are_listed_by_name_and_by_their_last_events(logs, group, now):
    for name, at in (("b", now - 5), ("a", now), ("c", now - 9)):
        logs.create_log_stream(logGroupName="g", logStreamName=name)
        put(logs, at, "x", stream=name)

    def listed(**by):
        pages = logs.get_paginator("describe_log_streams").paginate(
            logGroupName="g", **by, PaginationConfig={"PageSize": 2}
        )
        return "".join(stream["logStreamName"] for page in pages for stream in page["logStreams"])

    assert listed() == "abcs"
    assert listed(descending=True) == "scba"
    assert listed(orderBy="LastEventTime") == "scba"  # the one without events is the oldest
    assert listed(orderBy="LastEventTime", descending=True) == "abcs"
    assert listed(logStreamNamePrefix="b") == "b"


def test_a_stream_shows_the_times_of_its_events(logs, group, now, frozen_clock):
    created = logs.describe_log_streams(logGroupName="g")["logStreams"][0]
    assert created == {"logStreamName": "s", "creationTime": now, "arn": f"{group}:log-stream:s", "storedBytes": 0}
    put(logs, now - 1000, "x", "y")
    found = logs.describe_log_streams(logGroupIdentifier=group)["logStreams"][0]
    times = (found["firstEventTimestamp"], found["lastEventTimestamp"], found["lastIngestionTime"])
    assert times == (now - 1000, now - 999, now)


def test_events_go_when_their_retention_is_over(logs, group, now, frozen_clock):
    put(logs, now - 12 * 3_600_000, "older", "old")
    put(logs, now, "new")
    logs.put_retention_policy(logGroupName="g", retentionInDays=1)
    assert messages(logs.filter_log_events(logGroupName="g")) == ["older", "old", "new"]
    frozen_clock.advance(12 * 3600 + 1)
    assert messages(logs.filter_log_events(logGroupName="g")) == ["new"]
    assert messages(logs.get_log_events(logGroupName="g", logStreamName="s", startFromHead=True)) == ["new"]
    frozen_clock.advance(3600)  # rows go a little later than they are hidden
    assert logs.describe_log_groups()["logGroups"][0]["storedBytes"] == 26 + 3
    frozen_clock.advance(13 * 3600)
    assert logs.describe_log_groups()["logGroups"][0]["storedBytes"] == 0


def test_a_short_retention_is_not_held_up_by_a_long_one(logs, group, now, frozen_clock):
    logs.create_log_group(logGroupName="long")
    logs.create_log_stream(logGroupName="long", logStreamName="s")
    logs.put_retention_policy(logGroupName="long", retentionInDays=3653)
    logs.put_retention_policy(logGroupName="g", retentionInDays=1)
    put(logs, now, "x", group="long")
    put(logs, now, "x")
    frozen_clock.advance(26 * 3600)
    sizes = {found["logGroupName"]: found["storedBytes"] for found in logs.describe_log_groups()["logGroups"]}
    assert sizes == {"g": 0, "long": 27}


# tags


def test_tags_are_set_and_taken_away_through_both_apis(logs, group):
    logs.tag_resource(resourceArn=group, tags={"a": "1", "b": "2"})
    logs.tag_log_group(logGroupName="g", tags={"b": "3"})
    assert logs.list_tags_log_group(logGroupName="g")["tags"] == {"a": "1", "b": "3"}
    logs.untag_resource(resourceArn=group, tagKeys=["a"])
    assert logs.list_tags_for_resource(resourceArn=group)["tags"] == {"b": "3"}
    logs.untag_log_group(logGroupName="g", tags=["b"])
    assert logs.list_tags_for_resource(resourceArn=group)["tags"] == {}


def test_there_are_at_most_fifty_tags(logs, group):
    logs.tag_resource(resourceArn=group, tags={str(n): "x" for n in range(50)})
    with refused("TooManyTagsException"):
        logs.tag_resource(resourceArn=group, tags={"more": "x"})


# KMS


def test_a_key_is_taken_if_its_policy_lets_cloudwatch_logs_in(logs, aws, group, account):
    kms = aws.client("kms")
    key = kms.create_key()["KeyMetadata"]
    message = f"The specified KMS key does not exist or is not allowed to be used with Arn '{group}'"
    with refused("AccessDeniedException", message):
        logs.associate_kms_key(logGroupName="g", kmsKeyId=key["Arn"])
    service = {"Principal": {"Service": "logs.us-east-1.amazonaws.com"}}
    own = {"Principal": {"AWS": f"arn:aws:iam::{account}:root"}}
    allowed = policy(
        statement("kms:*", **own),
        statement(
            ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
            **service,
            Condition={"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": group}},
        ),
    )
    kms.put_key_policy(KeyId=key["KeyId"], Policy=allowed, PolicyName="default")
    logs.associate_kms_key(logGroupName="g", kmsKeyId=key["Arn"])
    assert logs.describe_log_groups()["logGroups"][0]["kmsKeyId"] == key["Arn"]
    logs.disassociate_kms_key(logGroupName="g")
    assert "kmsKeyId" not in logs.describe_log_groups()["logGroups"][0]


def test_a_key_that_is_not_there_is_refused(logs, account):
    key = f"arn:aws:kms:us-east-1:{account}:key/12345678-1234-1234-1234-123456789012"
    with refused("InvalidParameterException"):
        logs.create_log_group(logGroupName="k", kmsKeyId=key)
    assert logs.describe_log_groups()["logGroups"] == []
