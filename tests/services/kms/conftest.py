"""What every KMS test needs: a client, keys, and users of the test's own account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import botocore.loaders
import pytest
from botocore.config import Config

from tests.services.kms.kms_calls import User, policy

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3

    from cloudchamber.testing import RunningCloud

# It is left to the server to find fault, once.
CONFIG = Config(parameter_validation=False, retries={"total_max_attempts": 1})


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
def kms(aws: boto3.Session) -> Any:
    """A client as the root user of the test's own account."""
    return aws.client("kms", config=CONFIG)


@pytest.fixture
def elsewhere(aws: boto3.Session) -> Callable[[str], Any]:
    """`elsewhere("eu-west-1")`: a client of the same account in another region."""
    return lambda region: aws.client("kms", config=CONFIG, region_name=region)


@pytest.fixture
def make(kms: Any) -> Callable[..., dict[str, Any]]:
    """`make(KeySpec=…)` makes a key; its metadata."""
    return lambda **options: kms.create_key(**options)["KeyMetadata"]


@pytest.fixture
def key(make: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """A symmetric key's metadata."""
    return make()


@pytest.fixture
def user(cloud: RunningCloud, aws: boto3.Session, models: Any) -> Callable[..., User]:
    """`user("bob", statement…)` makes a user whom IAM allows just that."""
    iam = aws.client("iam")

    def make_user(name: str, *statements: dict[str, Any]) -> User:
        arn = iam.create_user(UserName=name)["User"]["Arn"]
        if statements:
            iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy(*statements))
        access = iam.create_access_key(UserName=name)["AccessKey"]
        session = cloud.session_with(access["AccessKeyId"], access["SecretAccessKey"])
        session._session.register_component("data_loader", models)
        return User(arn, session.client("kms", config=CONFIG))

    return make_user


@pytest.fixture(scope="module")
def shared(cloud: RunningCloud) -> Any:
    """A client in an account for keys that take long to make and that no test changes."""
    return cloud.session(cloud.new_account()).client("kms", config=CONFIG)


@pytest.fixture(scope="module")
def rsa_signer(shared: Any) -> dict[str, Any]:
    made: dict[str, Any] = shared.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]
    return made


@pytest.fixture(scope="module")
def rsa_box(shared: Any) -> dict[str, Any]:
    made: dict[str, Any] = shared.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]
    return made
