"""pytest fixtures: `cloud`, `account`, `aws`, `clock`, `frozen_clock`, `faults`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    import boto3

    from cloudchamber.testing.cloud import CloudClock, CloudFaults, RunningCloud


@pytest.fixture(scope="session")
def cloud() -> Iterator[RunningCloud]:
    """A cloud in this process, in memory, on a free port; started once."""
    from cloudchamber.testing.cloud import RunningCloud  # noqa: PLC0415 - only where a test asks for it

    running = RunningCloud().start()
    yield running
    running.stop()


@pytest.fixture
def account(cloud: RunningCloud) -> str:
    """An account of the test's own."""
    return cloud.new_account()


@pytest.fixture
def aws(cloud: RunningCloud, account: str) -> boto3.Session:
    """A boto3 session as the root user of the test's own account."""
    return cloud.session(account)


@pytest.fixture
def clock(cloud: RunningCloud) -> Iterator[CloudClock]:
    """The cloud's clock. It flows again when the test ends."""
    yield cloud.clock
    cloud.clock.resume()


@pytest.fixture
def frozen_clock(clock: CloudClock) -> CloudClock:
    """The cloud's clock, standing still until the test advances it."""
    clock.freeze()
    return clock


@pytest.fixture
def faults(cloud: RunningCloud) -> Iterator[CloudFaults]:
    """Faults on purpose; gone when the test ends."""
    yield cloud.faults
    cloud.faults.clear()
