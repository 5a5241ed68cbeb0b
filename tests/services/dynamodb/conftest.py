"""What every DynamoDB test needs: a client and tables of the test's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config

from tests.services.dynamodb.table_calls import table_request

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3


@pytest.fixture
def ddb(aws: boto3.Session) -> Any:
    """A client as the root user of the test's own account. What is wrong with a request is for the cloud to say."""
    return aws.client("dynamodb", config=Config(parameter_validation=False, retries={"total_max_attempts": 1}))


@pytest.fixture
def create(ddb: Any) -> Callable[..., str]:
    """`create("t", "pk:S", "sk:N", indexes={"by_a": "a:S b:N"})` makes an on-demand table; its name.

    `local` has local indexes by name, each with its sort key; what else is given goes into the request.
    """

    def make(name: str, *key: str, **options: Any) -> str:
        ddb.create_table(**table_request(name, *key, **options))
        return name

    return make
