"""kill -9 in the midst of a deployment: the stack goes on to its end, or back; nothing is made twice or left behind."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.recovery.test_kill import KillableServer, advance

if TYPE_CHECKING:
    from pathlib import Path

QUEUES = 12
KILLS = 6


@pytest.fixture
def server(tmp_path: Path):
    made = KillableServer(tmp_path / "data")
    made.start()
    slow(made)
    yield made
    made.kill()


def template(delay: int, name: str, extra: dict[str, Any] | None = None) -> str:
    """A chain of queues, so that a deployment has many steps; `name` is of one that is replaced when it changes."""
    resources: dict[str, Any] = {}
    for number in range(QUEUES):
        resources[f"Q{number}"] = {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": delay}}
        if number:
            resources[f"Q{number}"]["DependsOn"] = f"Q{number - 1}"
    resources["R"] = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}, "DependsOn": f"Q{QUEUES // 2}"}
    return json.dumps({"Resources": {**resources, **(extra or {})}})


def kill_under_way(server: KillableServer, seed: random.Random) -> bool:
    """Kill the process once some of a deployment's steps are done, and start it again. Whether there was more to do."""
    events = server.client("cloudformation")
    wanted = seed.randrange(3, 25)
    begun = len(events.describe_stack_events(StackName="s")["StackEvents"])
    for _ in range(200):
        found = events.describe_stack_events(StackName="s")["StackEvents"]
        done = events.describe_stacks(StackName="s")["Stacks"][0]["StackStatus"]
        if len(found) - begun >= wanted or not done.endswith("_IN_PROGRESS"):
            break
    server.kill()
    server.start()
    return done.endswith("_IN_PROGRESS")


def ended(server: KillableServer, name: str = "s") -> str:
    advance(server, 1)
    found = server.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
    return str(found["StackStatus"])


def slow(server: KillableServer) -> None:
    """SQS takes its time, so that there is something to interrupt."""
    command = [sys.executable, "-m", "cloudchamber", "--endpoint", server.endpoint, "fault", "add", "latency"]
    subprocess.run([*command, "--service", "sqs", "--latency", "0.05s"], check=True, capture_output=True)


def names(server: KillableServer) -> list[str]:
    found = server.client("sqs").list_queues().get("QueueUrls", [])
    return sorted(url.rpartition("/")[2] for url in found)


def test_a_deployment_ends_well_however_often_it_is_killed(server: KillableServer):
    seed = random.Random(20261121)
    cfn = server.client("cloudformation")
    cfn.create_stack(StackName="s", TemplateBody=template(1, "one"))
    assert sum(kill_under_way(server, seed) for _ in range(KILLS // 2)) > 0
    assert ended(server) == "CREATE_COMPLETE"
    assert len(names(server)) == QUEUES + 1
    cfn = server.client("cloudformation")
    before = {
        each["LogicalResourceId"]: each["PhysicalResourceId"]
        for each in cfn.describe_stack_resources(StackName="s")["StackResources"]
    }
    cfn.update_stack(StackName="s", TemplateBody=template(2, "two"))
    assert sum(kill_under_way(server, seed) for _ in range(KILLS // 2)) > 0
    assert ended(server) == "UPDATE_COMPLETE"
    assert [name for name in names(server) if name in ("one", "two")] == ["two"]
    assert len(names(server)) == QUEUES + 1
    sqs = server.client("sqs")
    for number in range(QUEUES):
        url = f"{server.endpoint}/000000000000/{before[f'Q{number}'].rpartition('/')[2]}"
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])["Attributes"]
        assert found == {"DelaySeconds": "2"}


def test_an_update_that_fails_is_undone_after_kills(server: KillableServer):
    seed = random.Random(7)
    cfn = server.client("cloudformation")
    cfn.create_stack(StackName="s", TemplateBody=template(1, "one"))
    assert ended(server) == "CREATE_COMPLETE"
    before = names(server)
    broken = {
        "Type": "AWS::SSM::Parameter",
        "Properties": {"Type": "String", "Value": "v", "AllowedPattern": "[0-9]+"},
        "DependsOn": [f"Q{QUEUES - 1}", "R"],
    }
    cfn.update_stack(StackName="s", TemplateBody=template(2, "two", {"X": broken, "N": {"Type": "AWS::SQS::Queue"}}))
    assert sum(kill_under_way(server, seed) for _ in range(KILLS)) > 0
    assert ended(server) == "UPDATE_ROLLBACK_COMPLETE"
    assert names(server) == before
    sqs = server.client("sqs")
    for name in before:
        found = sqs.get_queue_attributes(QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"], AttributeNames=["All"])
        assert found["Attributes"]["DelaySeconds"] == ("0" if name == "one" else "1")


def test_a_deletion_goes_on_after_a_kill(server: KillableServer):
    cfn = server.client("cloudformation")
    stack_id = cfn.create_stack(StackName="s", TemplateBody=template(1, "one"))["StackId"]
    assert ended(server) == "CREATE_COMPLETE"
    cfn.delete_stack(StackName="s")
    server.kill()
    server.start()
    assert ended(server, stack_id) == "DELETE_COMPLETE"
    assert names(server) == []


def test_what_waits_goes_on_waiting(server: KillableServer):
    """A wait condition's handle and its deadline outlive the process."""
    cfn = server.client("cloudformation")
    wait = {
        "H": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
        "W": {
            "Type": "AWS::CloudFormation::WaitCondition",
            "Properties": {"Handle": {"Ref": "H"}, "Timeout": 600},
        },
    }
    cfn.create_stack(StackName="s", TemplateBody=template(1, "one", wait))
    advance(server, 1)
    server.kill()
    server.start()
    assert ended(server) == "CREATE_IN_PROGRESS"
    advance(server, 700)
    assert ended(server) == "ROLLBACK_COMPLETE"
    assert names(server) == []
