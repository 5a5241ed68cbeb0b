"""kill -9 at random instants, again and again: what was acknowledged is there, once, and what was going on goes on.

Writers in several processes send numbered messages and note each one only after its answer has come. The server is
killed under them and started again on the same folder and port. At the end every noted message is there exactly once.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config

if TYPE_CHECKING:
    from pathlib import Path

WRITERS, KILLS = 3, 8
CONFIG = Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=10)

WRITER = """
import sys, boto3
from botocore.config import Config
endpoint, name, kind = sys.argv[1:4]
config = Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=10)
keys = dict(region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
sqs = boto3.client("sqs", endpoint_url=endpoint, config=config, **keys)
url = f"{endpoint}/000000000000/{kind}"
number = 0
print("ready", flush=True)
for line in sys.stdin:
    if line == "stop\\n":
        break
    for _ in range(int(line)):
        number += 1
        extra = {"MessageGroupId": name, "MessageDeduplicationId": f"{name}-{number}"} if kind.endswith("fifo") else {}
        try:
            sqs.send_message(QueueUrl=url, MessageBody=f"{name}-{number}", **extra)
        except Exception:
            break
        print(f"{name}-{number}", flush=True)
    print("pause", flush=True)
"""


class KillableServer:
    """The real command, on a folder that outlives it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = 0
        self.endpoint = ""
        self._process: subprocess.Popen[bytes]

    def start(self) -> None:
        command = [
            sys.executable,
            "-m",
            "cloudchamber",
            "--json",
            "up",
            "--port",
            str(self.port),
            "--data-dir",
            str(self._folder),
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        facts = json.loads(self._process.stdout.readline())
        self.endpoint = facts["endpoint"]
        self.port = int(self.endpoint.rpartition(":")[2])

    def kill(self) -> None:
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def client(self, service: str):
        return boto3.client(
            service, endpoint_url=self.endpoint, region_name="us-east-1", config=CONFIG,
            aws_access_key_id="test", aws_secret_access_key="test",
        )  # fmt: skip


@pytest.fixture
def server(tmp_path: Path):
    made = KillableServer(tmp_path / "data")
    made.start()
    yield made
    made.kill()


def drain(sqs, url: str) -> list[str]:
    """Every message of a queue, deleted as it is received."""
    bodies: list[str] = []
    while True:
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        if not found:
            return bodies
        bodies += [message["Body"] for message in found]
        entries = [{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(found)]
        answer = sqs.delete_message_batch(QueueUrl=url, Entries=entries)
        assert "Failed" not in answer


@pytest.mark.parametrize("kind", ["standard", "ordered.fifo"])
def test_every_acknowledged_message_survives_kill_9_exactly_once(server: KillableServer, kind: str):
    attributes = {"FifoQueue": "true"} if kind.endswith("fifo") else {}
    server.client("sqs").create_queue(QueueName=kind, Attributes=attributes)
    seed = random.Random(20261121)
    command = [sys.executable, "-c", WRITER, server.endpoint]
    writers = [
        subprocess.Popen([*command, f"w{n}", kind], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for n in range(WRITERS)
    ]
    acknowledged: list[str] = []
    try:
        for writer in writers:
            assert writer.stdout.readline() == "ready\n"
        for _ in range(KILLS):
            for writer in writers:
                writer.stdin.write("400\n")
                writer.stdin.flush()
            until = seed.randrange(5, 60)
            while until:  # kill after so many acknowledgements of the first writer: a random instant for the others
                line = writers[0].stdout.readline().strip()
                assert line != "pause", "the writer ended before the kill"
                acknowledged.append(line)
                until -= 1
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
    sqs = server.client("sqs")
    found = Counter(drain(sqs, f"{server.endpoint}/000000000000/{kind}"))
    assert len(acknowledged) > KILLS * 5
    assert sorted(set(acknowledged) - set(found)) == []
    assert {body: count for body, count in found.items() if count > 1} == {}
    # A message whose answer was cut off may be there or not, but nothing else is.
    assert len(set(found) - set(acknowledged)) <= WRITERS * KILLS


def test_visibility_timeouts_and_the_clock_go_on_after_kill_9(server: KillableServer):
    sqs = server.client("sqs")
    url = sqs.create_queue(QueueName="q", Attributes={"VisibilityTimeout": "600"})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="hidden")
    sqs.send_message(QueueUrl=url, MessageBody="delayed", DelaySeconds=900)
    handle = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    advance(server, 300)
    server.kill()
    server.start()
    sqs = server.client("sqs")
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=600)
    advance(server, 599)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    advance(server, 2)
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert sorted(message["Body"] for message in found) == ["delayed", "hidden"]


def advance(server: KillableServer, seconds: float) -> None:
    command = [sys.executable, "-m", "cloudchamber", "--endpoint", server.endpoint]
    subprocess.run([*command, "time", "advance", f"{seconds}s"], check=True, capture_output=True)


def test_users_keys_and_policies_survive_kill_9_and_still_decide(server: KillableServer):
    iam = server.client("iam")
    iam.create_user(UserName="ann")
    keys = iam.create_access_key(UserName="ann")["AccessKey"]
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sqs:ListQueues", "Resource": "*"}],
    }
    iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=json.dumps(document))
    server.kill()
    server.start()
    sqs = boto3.client(
        "sqs", endpoint_url=server.endpoint, region_name="us-east-1", config=CONFIG,
        aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"],
    )  # fmt: skip
    assert "QueueUrls" not in sqs.list_queues()
    with pytest.raises(sqs.exceptions.ClientError) as caught:
        sqs.create_queue(QueueName="q")
    assert caught.value.response["Error"]["Code"] == "AccessDenied"


def test_temporary_credentials_survive_kill_9_and_expire_when_they_should(server: KillableServer):
    token = server.client("sts").get_session_token(DurationSeconds=900)["Credentials"]
    server.kill()
    server.start()
    sqs = boto3.client(
        "sqs", endpoint_url=server.endpoint, region_name="us-east-1", config=CONFIG,
        aws_access_key_id=token["AccessKeyId"], aws_secret_access_key=token["SecretAccessKey"],
        aws_session_token=token["SessionToken"],
    )  # fmt: skip
    sqs.list_queues()
    advance(server, 901)
    with pytest.raises(sqs.exceptions.ClientError) as caught:
        sqs.list_queues()
    assert caught.value.response["Error"]["Code"] == "ExpiredToken"


def test_a_message_move_task_goes_on_after_kill_9(server: KillableServer):
    sqs = server.client("sqs")
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    source = sqs.create_queue(QueueName="source", Attributes={"RedrivePolicy": policy})["QueueUrl"]
    for number in range(12):
        sqs.send_message(QueueUrl=dead, MessageBody=str(number))
    destination = sqs.get_queue_attributes(QueueUrl=source, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sqs.start_message_move_task(SourceArn=arn, DestinationArn=destination, MaxNumberOfMessagesPerSecond=1)
    server.kill()
    server.start()
    advance(server, 20)
    assert sorted(drain(server.client("sqs"), source), key=int) == [str(number) for number in range(12)]
