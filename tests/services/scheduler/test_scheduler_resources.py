"""Schedules and groups as CloudFormation makes, changes, reads and removes them."""

from __future__ import annotations

from typing import Any

import pytest

from cloudchamber.core.context import INTERNAL
from cloudchamber.core.dispatch import new_span
from cloudchamber.core.errors import AwsError
from cloudchamber.core.resource_types import Desired
from cloudchamber.identity import principals
from cloudchamber.registry import resource_type

SCHEDULE, GROUP = "AWS::Scheduler::Schedule", "AWS::Scheduler::ScheduleGroup"


@pytest.fixture
def handle(cloud, account):
    """`handle(type, "create", …)`: the handler's answer, asked as the account's root user."""

    def ask(name: str, method: str, *given: Any) -> Any:
        async def work(running):
            span = new_span("cloudformation", "Work", "r", None, 0.0)
            ctx = running.dispatcher.open(span, principals.root(account), account, "us-east-1", INTERNAL)
            return await getattr(resource_type(name), method)(ctx, *given)

        return cloud.run(work)

    return ask


def desired(name: str, tags: dict[str, str] | None = None, **properties: Any) -> Desired:
    return Desired(name, "L", properties, "stack-L-0123456789AB", tags or {}, "token", "arn:stack")


def test_a_schedule_of_a_template(handle, role, queue, scheduler):
    q = queue()
    group = handle(GROUP, "create", desired(GROUP, {"team": "a"}, Name="g"))
    assert group.physical_id == "g" and group.attributes["State"] == "ACTIVE"
    assert scheduler.list_tags_for_resource(ResourceArn=group.attributes["Arn"])["Tags"] == [
        {"Key": "team", "Value": "a"}
    ]
    properties: dict[str, Any] = {
        "GroupName": "g", "ScheduleExpression": "rate(1 hour)", "StartDate": "2190-01-01T00:00:00Z",
        "FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": "5"},
        "Target": {"Arn": q.arn, "RoleArn": role, "Input": "x", "RetryPolicy": {"MaximumRetryAttempts": "3"}},
    }  # fmt: skip
    made = handle(SCHEDULE, "create", desired(SCHEDULE, **properties))
    assert made.physical_id == "stack-L-0123456789AB"
    assert made.attributes["Arn"].endswith(":schedule/g/stack-L-0123456789AB")
    assert handle(SCHEDULE, "create", desired(SCHEDULE, **properties)) == made  # the same creation tried again
    assert handle(SCHEDULE, "find", desired(SCHEDULE, **properties)) == made
    read = handle(SCHEDULE, "read", made.physical_id, properties)
    assert read["FlexibleTimeWindow"] == {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5}
    assert read["Target"]["RetryPolicy"]["MaximumRetryAttempts"] == 3
    changed = {**properties, "State": "DISABLED"}
    assert handle(SCHEDULE, "update", made.physical_id, desired(SCHEDULE, **changed), properties) == made
    assert scheduler.get_schedule(Name=made.physical_id, GroupName="g")["State"] == "DISABLED"
    for _ in range(2):
        handle(SCHEDULE, "delete", made.physical_id, changed)
    assert handle(SCHEDULE, "find", desired(SCHEDULE, **changed)) is None
    with pytest.raises(AwsError) as caught:
        handle(SCHEDULE, "read", made.physical_id, changed)
    assert caught.value.code == "ResourceNotFoundException"


def test_a_group_of_a_template(handle):
    made = handle(GROUP, "create", desired(GROUP))
    assert made.physical_id == "stack-L-0123456789AB"
    handle(GROUP, "update", made.physical_id, desired(GROUP, Tags=[{"Key": "a", "Value": "1"}]), {})
    read = handle(GROUP, "read", made.physical_id, {})
    assert read == {"Name": made.physical_id, "Tags": [{"Key": "a", "Value": "1"}], "Arn": made.attributes["Arn"]}
    assert handle(GROUP, "find", desired(GROUP)).physical_id == made.physical_id
    for _ in range(2):
        handle(GROUP, "delete", made.physical_id, {})
    assert handle(GROUP, "find", desired(GROUP)) is None
