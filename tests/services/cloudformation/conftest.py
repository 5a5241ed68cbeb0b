"""What every CloudFormation test needs: clients, and stacks that are deployed to the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import botocore.loaders
import pytest

from tests.services.cloudformation.cfn_calls import Stacks

if TYPE_CHECKING:
    import boto3

    from cloudchamber.testing import RunningCloud


@pytest.fixture(scope="session")
def models() -> Any:
    """botocore's reader of service models with all that it has read, which takes longer than most tests."""
    return botocore.loaders.create_loader()


@pytest.fixture
def aws(cloud: RunningCloud, account: str, models: Any) -> boto3.Session:
    session = cloud.session(account)
    session._session.register_component("data_loader", models)
    return session


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
