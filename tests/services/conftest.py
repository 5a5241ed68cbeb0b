"""A cloud for each file of tests: timers that a test leaves behind (schedules, pollers, alarms) are nobody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cloudchamber.testing.cloud import RunningCloud

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def cloud() -> Iterator[RunningCloud]:
    """A cloud in this process, in memory, on a free port; started once for a file."""
    running = RunningCloud().start()
    yield running
    running.stop()
