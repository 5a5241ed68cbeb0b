"""What every KMS test needs: a client, keys, and users of the test's own account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config

from tests.services.kms.kms_calls import User

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3

    from cloudchamber.testing import RunningCloud

# It is left to the server to find fault, once.
CONFIG = Config(parameter_validation=False, retries={"total_max_attempts": 1})


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
def user(new_user: Callable[..., tuple[str, boto3.Session]]) -> Callable[..., User]:
    """`user("bob", statement…)` makes a user whom IAM allows just that."""

    def make_user(name: str, *statements: dict[str, Any]) -> User:
        arn, session = new_user(name, *statements)
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
