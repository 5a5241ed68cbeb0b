"""What every CloudWatch test needs: a client, and short words for publishing and for alarms."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import boto3


@pytest.fixture
def cw(aws: boto3.Session) -> Any:
    """A client as the root user of the test's own account."""
    return aws.client("cloudwatch")


@pytest.fixture
def put(cw: Any) -> Callable[..., None]:
    """`put(1, 2, MetricName="m", …)`: one datum a value."""

    def publish(*values: float, **members: Any) -> None:
        data = [{"MetricName": "m", "Value": value, **members} for value in values]
        cw.put_metric_data(Namespace="n", MetricData=data)

    return publish


@pytest.fixture
def alarm(cw: Any) -> Callable[..., None]:
    """An alarm "a" on the sum of `n`/`m`, above 1 in one minute unless said otherwise."""

    def make(**members: Any) -> None:
        metric = {"MetricName": "m", "Namespace": "n", "Statistic": "Sum", "Period": 60}
        cw.put_metric_alarm(
            **{"AlarmName": "a", "EvaluationPeriods": 1, "Threshold": 1.0,
               "ComparisonOperator": "GreaterThanThreshold",
               **({} if "Metrics" in members else metric), **members}
        )  # fmt: skip

    return make


@pytest.fixture
def shown(cw: Any) -> Callable[..., Any]:
    """An alarm as DescribeAlarms has it."""

    def describe(name: str = "a") -> Any:
        found = cw.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        (one,) = found["MetricAlarms"] + found["CompositeAlarms"]
        return one

    return describe


@pytest.fixture
def refused() -> Callable[..., Any]:
    """The call inside fails with exactly this code, message and HTTP status."""

    @contextmanager
    def expect(code: str, message: str | None = None, status: int = 400) -> Iterator[None]:
        with pytest.raises(ClientError) as caught:
            yield
        error = caught.value.response["Error"]
        assert error["Code"] == code, error
        if message is not None:
            assert error["Message"] == message
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status

    return expect
