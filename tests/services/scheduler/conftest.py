"""What every Scheduler test needs: clients, a role, queues, a clock that stands at a full hour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config

from tests.services.scheduler.scheduler_calls import OFF, Hour, Queue, made_queue, made_role

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3

    from cloudchamber.testing.cloud import CloudClock

ONCE = Config(retries={"total_max_attempts": 1})


@pytest.fixture
def scheduler(aws: boto3.Session) -> Any:
    """A client as the root user of the test's own account."""
    return aws.client("scheduler", config=ONCE)


@pytest.fixture
def iam(aws: boto3.Session) -> Any:
    return aws.client("iam")


@pytest.fixture
def role(iam: Any) -> str:
    """A role that may do everything."""
    return made_role(iam)


@pytest.fixture
def queue(aws: boto3.Session, clock: CloudClock) -> Callable[..., Queue]:
    sqs = aws.client("sqs")
    return lambda name="q": made_queue(sqs, clock, name)


@pytest.fixture
def hour(frozen_clock: CloudClock) -> Hour:
    """The clock stands, at a full hour."""
    start = (int(frozen_clock.now()) // 3600 + 1) * 3600
    frozen_clock.advance(start - frozen_clock.now())
    made = Hour(start)
    made.clock = frozen_clock
    return made


@pytest.fixture
def create(scheduler: Any, role: str) -> Callable[..., str]:
    """`create("rate(1 hour)", target_arn, name="s", Input="x")`: a schedule's ARN. What is no member of Target goes to
    the schedule."""
    outside = ("StartDate", "EndDate", "State", "GroupName", "ActionAfterCompletion", "ScheduleExpressionTimezone",
               "FlexibleTimeWindow", "ClientToken", "Description")  # fmt: skip

    def make(expression: str, arn: str, name: str = "s", **more: Any) -> str:
        settings = {member: more.pop(member) for member in outside if member in more}
        made = scheduler.create_schedule(
            Name=name, ScheduleExpression=expression, Target={"Arn": arn, "RoleArn": role, **more},
            **{"FlexibleTimeWindow": OFF, **settings},
        )  # fmt: skip
        return str(made["ScheduleArn"])

    return make
