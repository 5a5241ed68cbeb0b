"""What every Pipes test needs: clients, a role, queues, pipes that have come into their state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config

from tests.services.pipes.pipes_calls import Hour, Queue, made_queue, made_role

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3

    from cloudchamber.testing.cloud import CloudClock

ONCE = Config(retries={"total_max_attempts": 1})


@pytest.fixture
def pipes(aws: boto3.Session) -> Any:
    """A client as the root user of the test's own account."""
    return aws.client("pipes", config=ONCE)


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
    return lambda name="q", **attributes: made_queue(sqs, clock, name, **attributes)


@pytest.fixture
def hour(frozen_clock: CloudClock) -> Hour:
    """The clock stands, at a full hour."""
    start = (int(frozen_clock.now()) // 3600 + 1) * 3600
    frozen_clock.advance(start - frozen_clock.now())
    made = Hour(start)
    made.clock = frozen_clock
    return made


@pytest.fixture
def create(pipes: Any, role: str, clock: CloudClock) -> Callable[..., Any]:
    """`create(source, target, name="p", …)`: what DescribePipe shows once the pipe has come into its state."""

    def make(source: str, target: str, name: str = "p", **more: Any) -> Any:
        request = {"Source": source, "Target": target, "RoleArn": role, **more}
        pipes.create_pipe(Name=name, **request)
        clock.settle()
        return pipes.describe_pipe(Name=name)

    return make
