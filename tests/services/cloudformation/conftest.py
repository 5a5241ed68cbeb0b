"""What every CloudFormation test needs: clients, and stacks that are deployed to the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.services.cloudformation.cfn_calls import Stacks

if TYPE_CHECKING:
    import boto3

    from cloudchamber.testing import RunningCloud


@pytest.fixture
def cfn(aws: boto3.Session) -> Any:
    """A client as the root user of the test's own account."""
    return aws.client("cloudformation")


@pytest.fixture
def sqs(aws: boto3.Session) -> Any:
    return aws.client("sqs")


@pytest.fixture
def ssm(aws: boto3.Session) -> Any:
    return aws.client("ssm")


@pytest.fixture
def stacks(cloud: RunningCloud, cfn: Any) -> Stacks:
    return Stacks(cloud, cfn)
