"""Clients, APIs of both kinds, and refusals."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import boto3


FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"


@contextmanager
def refused(code: str, message: str | None = None, status: int = 400) -> Iterator[None]:
    """The call inside fails with exactly this code, message and HTTP status."""
    with pytest.raises(ClientError) as caught:
        yield
    error = caught.value.response["Error"]
    assert error["Code"] == code, error
    if message is not None:
        assert error["Message"] == message
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


@pytest.fixture
def client(aws: boto3.Session) -> Any:
    once = Config(retries={"total_max_attempts": 1}, parameter_validation=False)
    return aws.client("apigatewayv2", config=once)


@pytest.fixture
def http(client: Any) -> str:
    """The id of an HTTP API."""
    return str(client.create_api(Name="api", ProtocolType="HTTP")["ApiId"])


@pytest.fixture
def socket(client: Any) -> str:
    """The id of a WebSocket API."""
    made = client.create_api(Name="ws", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")
    return str(made["ApiId"])


@pytest.fixture
def proxy(client: Any) -> Callable[..., str]:
    """`proxy(api)` makes an integration with a function that is not there."""

    def make(api: str, **more: Any) -> str:
        body = {"IntegrationType": "AWS_PROXY", "IntegrationUri": FUNCTION, "PayloadFormatVersion": "2.0", **more}
        return str(client.create_integration(ApiId=api, **body)["IntegrationId"])

    return make
