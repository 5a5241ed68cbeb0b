"""A cloud inside the test process, and pytest fixtures for it.

    def test_it(aws):
        sqs = aws.client("sqs")
        ...

The fixtures (`cloud`, `account`, `aws`, `clock`, `frozen_clock`, `faults`) are there once cloudchamber is installed.
One server is started for the whole run; each test that asks for `aws` gets an account of its own: nothing is reset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cloudchamber.testing.cloud import CloudClock, CloudFaults, RunningCloud

__all__ = ["CloudClock", "CloudFaults", "RunningCloud"]


def __getattr__(name: str) -> Any:
    """Import the cloud when it is asked for: pytest loads this package in every project it is installed in."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from cloudchamber.testing import cloud  # noqa: PLC0415

    return getattr(cloud, name)
