"""What every EventBridge test needs: clients, and queues that take from rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.services.events.events_calls import Queue, made_queue

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3

    from cloudchamber.testing import RunningCloud
    from cloudchamber.testing.cloud import CloudClock


@pytest.fixture
def session(cloud: RunningCloud, models: Any) -> Callable[..., boto3.Session]:
    """`session(account, region)`: a session as an account's root user."""

    def make(account: str, region: str = "us-east-1") -> boto3.Session:
        made = cloud.session(account, region)
        made._session.register_component("data_loader", models)
        return made

    return make


@pytest.fixture
def aws(session: Any, account: str) -> boto3.Session:
    made: boto3.Session = session(account)
    return made


@pytest.fixture
def events(aws: boto3.Session) -> Any:
    """A client as the root user of the test's own account."""
    return aws.client("events")


@pytest.fixture
def queue(aws: boto3.Session, clock: CloudClock) -> Callable[..., Queue]:
    """`queue("q")` makes a queue that lets EventBridge send to it, `is_open=False` one that does not."""
    sqs = aws.client("sqs")
    return lambda name="q", is_open=True: made_queue(sqs, clock, name, is_open)
