"""kill -9 among uploads: what was acknowledged is there and whole, its event arrives, and no file is left over."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.recovery.test_kill import KillableServer, advance

if TYPE_CHECKING:
    from pathlib import Path

KILLS, WRITERS = 4, 2
WRITER = """
import sys, boto3
from botocore.config import Config
endpoint, name = sys.argv[1:3]
config = Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=10)
keys = dict(region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
s3 = boto3.client("s3", endpoint_url=endpoint, config=config, **keys)
number = 0
print("ready", flush=True)
for line in sys.stdin:
    if line == "stop\\n":
        break
    for _ in range(int(line)):
        number += 1
        key = f"{name}/{number}"
        body = f"{key} ".encode() * (10 if number % 3 else 20_000)
        try:
            if number % 5:
                s3.put_object(Bucket="bucket", Key=key, Body=body)
            else:
                upload = s3.create_multipart_upload(Bucket="bucket", Key=key)["UploadId"]
                where = dict(Bucket="bucket", Key=key, UploadId=upload)
                etag = s3.upload_part(PartNumber=1, Body=body, **where)["ETag"]
                parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
                s3.complete_multipart_upload(MultipartUpload=parts, **where)
        except Exception:
            break
        print(key, flush=True)
    print("pause", flush=True)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def server(folder: Path):
    made = KillableServer(folder)
    made.start()
    yield made
    made.kill()


def heard(sqs, url: str) -> set[str]:
    found: set[str] = set()
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=2).get("Messages"):
        for message in messages:
            found |= {record["s3"]["object"]["key"] for record in json.loads(message["Body"]).get("Records", ())}
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def watched_bucket(server: KillableServer) -> str:
    """A bucket whose events go to a queue; the queue's URL."""
    s3, sqs = server.client("s3"), server.client("sqs")
    s3.create_bucket(Bucket="bucket")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    arn = "arn:aws:sqs:us-east-1:000000000000:q"
    statement = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:*", "Resource": arn}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})
    one = {"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(Bucket="bucket", NotificationConfiguration={"QueueConfigurations": [one]})
    return url


def test_every_acknowledged_object_survives_kill_9_and_is_told_of(server: KillableServer, folder: Path):
    url = watched_bucket(server)
    seed = random.Random(20261121)
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, server.endpoint, f"w{n}"],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for n in range(WRITERS)
    ]  # fmt: skip
    acknowledged: list[str] = []
    try:
        for writer in writers:
            assert writer.stdout.readline() == "ready\n"
        for _ in range(KILLS):
            for writer in writers:
                writer.stdin.write("300\n")
                writer.stdin.flush()
            for _ in range(seed.randrange(5, 40)):
                line = writers[0].stdout.readline().strip()
                assert line != "pause", "the writer ended before the kill"
                acknowledged.append(line)
            server.kill()
            for writer in writers:
                while (line := writer.stdout.readline().strip()) != "pause":
                    acknowledged.append(line)
            server.start()
    finally:
        for writer in writers:
            writer.stdin.write("stop\n")
            writer.stdin.close()
            writer.wait(timeout=20)
            writer.stdout.close()
    s3 = server.client("s3")
    for key in acknowledged:
        body = s3.get_object(Bucket="bucket", Key=key)["Body"].read()
        number = int(key.partition("/")[2])
        expected = f"{key} ".encode() * (10 if number % 3 else 20_000)
        assert hashlib.md5(body).digest() == hashlib.md5(expected).digest()
    advance(server, 5)
    assert set(acknowledged) - heard(server.client("sqs"), url) == set()
    listed = [
        item for page in s3.get_paginator("list_objects_v2").paginate(Bucket="bucket") for item in page["Contents"]
    ]
    large = [item for item in listed if item["Size"] > 64 * 1024]
    uploads = s3.list_multipart_uploads(Bucket="bucket").get("Uploads", ())
    assert len(list((folder / "blobs").glob("*/*"))) <= len(large) + len(uploads)


def test_rules_and_restores_go_on_after_kill_9(server: KillableServer):
    s3 = server.client("s3")
    s3.create_bucket(Bucket="bucket")
    rule = {"Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 1}}
    s3.put_bucket_lifecycle_configuration(Bucket="bucket", LifecycleConfiguration={"Rules": [rule]})
    s3.put_object(Bucket="bucket", Key="tmp/k", Body=b"x")
    s3.put_object(Bucket="bucket", Key="cold", Body=b"cold", StorageClass="DEEP_ARCHIVE")
    s3.restore_object(Bucket="bucket", Key="cold", RestoreRequest={"Days": 5})
    server.kill()
    server.start()
    advance(server, 2 * 86_400)
    s3 = server.client("s3")
    assert [item["Key"] for item in s3.list_objects_v2(Bucket="bucket")["Contents"]] == ["cold"]
    assert s3.get_object(Bucket="bucket", Key="cold")["Body"].read() == b"cold"
