"""kill -9 while time runs: every minute of a schedule is fired, at least once, whatever the process was about to do."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.recovery.test_kill import KillableServer, advance, drain

if TYPE_CHECKING:
    from pathlib import Path

KILLS, MINUTES = 5, 240


@pytest.fixture
def server(tmp_path: Path):
    made = KillableServer(tmp_path / "data")
    made.start()
    yield made
    made.kill()


def clock(server: KillableServer, *action: str) -> float:
    """`cloudchamber time …`: the cloud's time after it."""
    command = [sys.executable, "-m", "cloudchamber", "--endpoint", server.endpoint, "--json", "time", *action]
    found = subprocess.run(command, check=True, capture_output=True)
    return datetime.fromisoformat(json.loads(found.stdout)["now"]).timestamp()


def test_every_minute_is_fired_though_the_process_be_killed(server: KillableServer):
    iam, sqs = server.client("iam"), server.client("sqs")
    trust = {"Effect": "Allow", "Principal": {"Service": "scheduler.amazonaws.com"}, "Action": "sts:AssumeRole"}
    allowed = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": trust})
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    document = json.dumps({"Version": "2012-10-17", "Statement": allowed})
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=document)
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    now = clock(server, "freeze")
    start = (int(now) // 60 + 2) * 60
    server.client("scheduler").create_schedule(
        Name="s", ScheduleExpression="rate(1 minute)", StartDate=start, EndDate=start + (MINUTES - 1) * 60,
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": "arn:aws:sqs:us-east-1:000000000000:q", "RoleArn": role,
                "Input": "<aws.scheduler.scheduled-time>"},
    )  # fmt: skip
    seed = random.Random(20261121)
    command = [sys.executable, "-m", "cloudchamber", "--endpoint", server.endpoint, "time", "advance"]
    for _ in range(KILLS):
        advancing = subprocess.Popen([*command, "2h"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:  # the client takes a while to start; then it is killed under way
            advancing.wait(timeout=0.3 + seed.random() * 0.4)
        except subprocess.TimeoutExpired:
            pass
        server.kill()
        advancing.wait(timeout=20)
        server.start()
    advance(server, MINUTES * 60 + 240)
    found = drain(server.client("sqs"), url)
    due = [datetime.fromtimestamp(start + n * 60, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for n in range(MINUTES)]
    assert sorted(set(found)) == due
    assert len(found) <= MINUTES + KILLS
