"""kill -9 between publish and delivery: what was acknowledged reaches its queues, FIFO topics in order, and retries,
tokens and mails are where they were.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import apsw
import pytest

from cloudchamber.storage.snapshots import DATABASE
from tests.recovery.test_kill import KillableServer, advance, drain

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 5
QUEUES = 3

PUBLISHER = """
import sys, boto3
from botocore.config import Config
endpoint, topic = sys.argv[1:3]
config = Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=10)
keys = dict(region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
sns = boto3.client("sns", endpoint_url=endpoint, config=config, **keys)
number = 0
print("ready", flush=True)
for line in sys.stdin:
    if line == "stop\\n":
        break
    for _ in range(int(line)):
        number += 1
        extra = {"MessageGroupId": "g", "MessageDeduplicationId": str(number)} if topic.endswith("fifo") else {}
        try:
            sns.publish(TopicArn=topic, Message=str(number), **extra)
        except Exception:
            break
        print(number, flush=True)
    print("pause", flush=True)
"""


@pytest.fixture
def server(tmp_path: Path):
    made = KillableServer(tmp_path / "data")
    made.start()
    yield made
    made.kill()


def queue(server: KillableServer, name: str) -> tuple[str, str]:
    """URL and ARN of a queue that lets SNS in."""
    sqs = server.client("sqs")
    arn = f"arn:aws:sqs:us-east-1:000000000000:{name}"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    attributes = {"Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}
    if name.endswith(".fifo"):
        attributes["FifoQueue"] = "true"
    return sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"], arn


def settle(server: KillableServer) -> None:
    advance(server, 1)


@pytest.mark.parametrize("suffix", ["", ".fifo"])
def test_every_acknowledged_message_reaches_every_queue(server: KillableServer, suffix: str):
    sns = server.client("sns")
    attributes = {"FifoTopic": "true"} if suffix else {}
    topic = sns.create_topic(Name=f"t{suffix}", Attributes=attributes)["TopicArn"]
    urls = []
    for number in range(QUEUES):
        url, arn = queue(server, f"q{number}{suffix}")
        raw = {"RawMessageDelivery": "true"}
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=raw)
        urls.append(url)
    seed = random.Random(20261121)
    command = [sys.executable, "-c", PUBLISHER, server.endpoint, topic]
    publisher = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    acknowledged: list[str] = []
    try:
        assert publisher.stdout.readline() == "ready\n"
        for _ in range(KILLS):
            publisher.stdin.write("400\n")
            publisher.stdin.flush()
            acknowledged += [publisher.stdout.readline().strip() for _ in range(seed.randrange(5, 60))]
            server.kill()
            while (line := publisher.stdout.readline().strip()) != "pause":
                acknowledged.append(line)
            server.start()
    finally:
        publisher.stdin.write("stop\n")
        publisher.stdin.close()
        publisher.wait(timeout=20)
        publisher.stdout.close()
    settle(server)
    assert len(acknowledged) > KILLS * 5
    for url in urls:
        found = drain(server.client("sqs"), url)
        assert sorted(set(acknowledged) - set(found)) == []
        if suffix:  # and each once: the queue knows what it was sent before
            assert found == sorted(set(found), key=int)


def test_retries_go_on_after_kill_9(server: KillableServer):
    """Nobody listens at the endpoint: the dead-letter queue has the message after the third retry."""
    sns = server.client("sns")
    topic = sns.create_topic(Name="t")["TopicArn"]
    url, arn = queue(server, "dead")
    subscription = sns.subscribe(
        TopicArn=topic, Protocol="http", Endpoint="http://127.0.0.1:9/", ReturnSubscriptionArn=True,
        Attributes={"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn})},
    )["SubscriptionArn"]  # fmt: skip
    confirm(server, topic)
    assert sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]["PendingConfirmation"] == "false"
    sns.publish(TopicArn=topic, Message="m")
    advance(server, 30)
    server.kill()
    server.start()
    advance(server, 25)
    server.kill()
    server.start()
    advance(server, 25)
    assert [json.loads(body)["Message"] for body in drain(server.client("sqs"), url)] == ["m"]


def confirm(server: KillableServer, topic: str) -> None:
    """As nobody could who listens to the endpoint: with the token in the database."""
    server.kill()
    connection = apsw.Connection(str(server._folder / DATABASE))
    (record,) = next(connection.execute("SELECT record FROM sns_subscriptions"))
    connection.close()
    server.start()
    server.client("sns").confirm_subscription(TopicArn=topic, Token=json.loads(record)["token"])


def test_tokens_mails_and_the_signing_key_survive_kill_9(server: KillableServer):
    sns = server.client("sns")
    topic = sns.create_topic(Name="t")["TopicArn"]
    url, arn = queue(server, "q")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ann@example.com")
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="bob@example.com")
    sns.publish(TopicArn=topic, Message="1")
    settle(server)
    asked = mails(server, "ann@example.com")
    server.kill()
    server.start()
    assert mails(server, "ann@example.com") == asked
    sns = server.client("sns")
    (link,) = asked[0]["links"]
    token = link.partition("Token=")[2]
    assert sns.confirm_subscription(TopicArn=topic, Token=token)["SubscriptionArn"].startswith(topic)
    sns.publish(TopicArn=topic, Message="2")
    advance(server, 2 * 86_400)
    endpoints = [found["Endpoint"] for found in sns.list_subscriptions()["Subscriptions"]]
    assert sorted(endpoints) == ["ann@example.com", arn]  # bob's token was good for two days
    notifications = [json.loads(body) for body in drain(server.client("sqs"), url)]
    assert len({notification["SigningCertURL"] for notification in notifications}) == 1
    assert len(notifications) == 2


def mails(server: KillableServer, to: str) -> list[dict[str, Any]]:
    command = [
        sys.executable,
        "-m",
        "cloudchamber",
        "--endpoint",
        server.endpoint,
        "--json",
        "mail",
        "list",
        "--to",
        to,
    ]
    found = subprocess.run(command, check=True, capture_output=True)
    listed: list[dict[str, Any]] = json.loads(found.stdout)["messages"]
    return listed
