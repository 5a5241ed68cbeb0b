"""A cloud inside the test process, and pytest fixtures for it.

    def test_it(aws):
        sqs = aws.client("sqs")
        ...

The fixtures (`cloud`, `account`, `aws`, `clock`, `faults`) are there once cloudchamber is installed. One server is
started for the whole run; each test that asks for `aws` gets an account of its own, so nothing has to be reset.
"""

from cloudchamber.testing.cloud import CloudClock, CloudFaults, RunningCloud

__all__ = ["CloudClock", "CloudFaults", "RunningCloud"]
