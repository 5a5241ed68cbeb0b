"""Pipes as CloudFormation makes, changes, reads and removes them."""

from __future__ import annotations

from typing import Any

import pytest

from cloudchamber.core.context import INTERNAL
from cloudchamber.core.dispatch import new_span
from cloudchamber.core.errors import AwsError
from cloudchamber.core.resource_types import Desired
from cloudchamber.identity import principals
from cloudchamber.registry import resource_type

PIPE = "AWS::Pipes::Pipe"


@pytest.fixture
def handle(cloud, account):
    """`handle("create", …)`: the handler's answer, asked as the account's root user."""

    def ask(method: str, *given: Any) -> Any:
        async def work(running):
            span = new_span("cloudformation", "Work", "r", None, 0.0)
            ctx = running.dispatcher.open(span, principals.root(account), account, "us-east-1", INTERNAL)
            return await getattr(resource_type(PIPE), method)(ctx, *given)

        return cloud.run(work)

    return ask


def desired(tags: dict[str, str] | None = None, **properties: Any) -> Desired:
    return Desired(PIPE, "L", properties, "stack-L-0123456789AB", tags or {}, "token", "arn:stack")


def test_a_pipe_of_a_template(handle, pipes, queue, role):
    source, target = queue("source"), queue("target")
    properties: dict[str, Any] = {
        "Source": source.arn, "Target": target.arn, "RoleArn": role, "Description": "d",
        "SourceParameters": {"SqsQueueParameters": {"BatchSize": "2"}},
        "TargetParameters": {"InputTemplate": "<$.body>"},
    }  # fmt: skip
    made = handle("create", desired({"team": "a"}, **properties))
    assert made.physical_id == "stack-L-0123456789AB"
    assert made.attributes["CurrentState"] == "RUNNING"
    assert made.attributes["Arn"].endswith(":pipe/stack-L-0123456789AB")
    source.send("x")
    assert target.bodies() == ["x"]
    assert handle("find", desired(**properties)).physical_id == made.physical_id
    read = handle("read", made.physical_id, properties)
    assert read["SourceParameters"] == {"SqsQueueParameters": {"BatchSize": 2}}
    assert (read["Tags"], read["Description"]) == ({"team": "a"}, "d")
    changed = {**properties, "DesiredState": "STOPPED", "Tags": {"b": "2"}}
    del changed["Description"]
    assert handle("update", made.physical_id, desired(**changed), properties).attributes["CurrentState"] == "STOPPED"
    found = pipes.describe_pipe(Name=made.physical_id)
    assert (found["Tags"], found["Description"]) == ({"b": "2"}, "")
    for _ in range(2):
        handle("delete", made.physical_id, changed)
    assert handle("find", desired(**changed)) is None


def test_a_pipe_that_cannot_read_its_source_fails_the_creation(handle, queue, role):
    q = queue()
    with pytest.raises(AwsError) as caught:
        handle("create", desired(Source=f"{q.arn}-none", Target=q.arn, RoleArn=role))
    assert (caught.value.code, caught.value.message) == ("NotStabilized", "Queue not found.")
