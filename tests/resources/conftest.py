"""A stack of a test's own account, and clients that look at what it made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import botocore.loaders
import pytest

from cloudchamber.testing.cloud import RunningCloud
from tests.resources.stack_calls import Stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="module")
def cloud() -> Iterator[RunningCloud]:
    """A cloud for a file of tests."""
    running = RunningCloud().start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def models() -> Any:
    """botocore's reader of service models with all that it has read, which takes longer than most tests."""
    return botocore.loaders.create_loader()


@pytest.fixture
def client(cloud: RunningCloud, account: str, models: Any) -> Callable[..., Any]:
    """`client("iam")`: a client as the root user of the test's own account."""

    def make(service: str, region: str = "us-east-1") -> Any:
        session = cloud.session(account, region)
        session._session.register_component("data_loader", models)
        return session.client(service)

    return make


@pytest.fixture
def stack(cloud: RunningCloud, account: str) -> Stack:
    return Stack(cloud, account)
