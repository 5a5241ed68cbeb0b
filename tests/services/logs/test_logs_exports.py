"""Export tasks: events as gzipped files in a bucket."""

import gzip

import pytest

from tests.services.calls import policy, refused
from tests.services.logs.logs_calls import put


@pytest.fixture
def bucket(aws, account):
    """A bucket whose policy lets CloudWatch Logs in, as AWS's documentation has it."""
    s3, name = aws.client("s3"), f"exports-{account}"
    s3.create_bucket(Bucket=name)
    service = {"Effect": "Allow", "Principal": {"Service": "logs.us-east-1.amazonaws.com"}}
    s3.put_bucket_policy(
        Bucket=name,
        Policy=policy(
            {**service, "Action": "s3:GetBucketAcl", "Resource": f"arn:aws:s3:::{name}"},
            {**service, "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{name}/*",
             "Condition": {"StringEquals": {"aws:SourceAccount": account}}},
        ),
    )  # fmt: skip
    return name


def export(logs, bucket, begin, end, **more):
    return logs.create_export_task(**{"logGroupName": "g", "from": begin, "to": end, "destination": bucket, **more})[
        "taskId"
    ]


def test_a_bucket_that_is_not_there_or_lets_nobody_in(logs, group, aws, account):
    with refused("InvalidParameterException"):
        export(logs, "nope-" + account, 0, 1)
    aws.client("s3").create_bucket(Bucket=f"closed-{account}")
    message = (
        "GetBucketAcl call on the given bucket failed. Please check if CloudWatch Logs has been granted permission to "
        "perform this operation."
    )
    with refused("InvalidParameterException", message):
        export(logs, f"closed-{account}", 0, 1)
    with refused("InvalidParameterException"):
        export(logs, f"closed-{account}", 2, 1)


@pytest.mark.usefixtures("group")
def test_events_are_written_stream_by_stream(logs, aws, bucket, now, frozen_clock):
    logs.create_log_stream(logGroupName="g", logStreamName="t/u")
    put(logs, now, "a", "b", "c")
    put(logs, now, "d", stream="t/u")
    task = export(logs, bucket, now, now + 2, destinationPrefix="p", taskName="mine")
    frozen_clock.settle()
    s3 = aws.client("s3")
    keys = [found["Key"] for found in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert sorted(keys) == sorted([f"p/{task}/s/000000.gz", f"p/{task}/t-u/000000.gz", "p/aws-logs-write-test"])
    body = s3.get_object(Bucket=bucket, Key=f"p/{task}/s/000000.gz")["Body"].read()
    lines = gzip.decompress(body).decode().splitlines()
    assert [line.split(" ", 1)[1] for line in lines] == ["a", "b"]  # the end is left out
    found = logs.describe_export_tasks(taskId=task)["exportTasks"][0]
    shown = (found["status"]["code"], found["taskName"], found["from"], found["to"])
    assert shown == ("COMPLETED", "mine", now, now + 2)
    assert found["executionInfo"] == {"creationTime": now, "completionTime": now}
    with refused("InvalidOperationException"):
        logs.cancel_export_task(taskId=task)


def test_tasks_that_are_not_there(logs):
    with refused("ResourceNotFoundException", "The specified export task does not exist."):
        logs.cancel_export_task(taskId="nope")
    with refused("ResourceNotFoundException", "The specified export task does not exist."):
        logs.describe_export_tasks(taskId="nope")
    assert logs.describe_export_tasks()["exportTasks"] == []
