"""What every S3 test needs: a client, buckets of the test's own, and refusals in a form to compare."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cloudchamber.testing import RunningCloud

ONCE = Config(retries={"total_max_attempts": 1})


@pytest.fixture
def client_of(cloud: RunningCloud, models: Any) -> Callable[..., Any]:
    """`client_of(account)` or `client_of(key, secret)`: an S3 client, or one of another service."""

    def make(key: str, secret: str = "test", token: str | None = None, service: str = "s3", **more: Any) -> Any:
        region = more.pop("region", "us-east-1")
        session = cloud.session_with(key, secret, token, region=region)
        session._session.register_component("data_loader", models)
        return session.client(service, config=more.pop("config", ONCE), **more)

    return make


@pytest.fixture
def s3(client_of: Callable[..., Any], account: str) -> Any:
    """A client as the root user of the test's own account."""
    return client_of(account)


@pytest.fixture
def names(account: str) -> Iterator[str]:
    """Names for buckets, which all accounts share."""
    return (f"b{account}-{number}" for number in itertools.count())


@pytest.fixture
def bucket(s3: Any, names: Iterator[str]) -> str:
    """A bucket of the test's own."""
    name = next(names)
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture
def versioned(s3: Any, bucket: str) -> str:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return bucket


@pytest.fixture
def user(client_of: Callable[..., Any], account: str) -> Callable[..., Any]:
    """`user(statement, …)`: an S3 client as a new IAM user of the test's account with such a policy."""
    iam = client_of(account, service="iam")
    numbers = itertools.count()

    def make(*statements: dict[str, Any], config: Config = ONCE) -> Any:
        name = f"u{next(numbers)}"
        iam.create_user(UserName=name)
        if statements:
            document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
            iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return client_of(key["AccessKeyId"], key["SecretAccessKey"], config=config)

    return make


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    """A client that signs nothing."""
    with httpx.Client(timeout=20) as client:
        yield client


def allow(*actions: str, on: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    """An Allow statement."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": on, **more}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def refusal(call: Callable[..., Any], **parameters: Any) -> tuple[str, int, str]:
    """Code, status and message of the error that a call ends in."""
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    error = raised.value.response
    return error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"], error["Error"].get("Message", "")


def keys(listed: dict[str, Any]) -> list[str]:
    return [item["Key"] for item in listed.get("Contents", [])]
