"""A cloud for each file, and a function of its own that says what it was called with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.planes.websocket.websocket_calls import WebSocketApi, made_function

if TYPE_CHECKING:
    import boto3

    from cloudchamber.testing.cloud import RunningCloud

ECHO = """
import json

def handler(event, context):
    if "fail" in event.get("body", ""):
        raise ValueError("on purpose")
    if event["requestContext"]["eventType"] == "CONNECT":
        return {"statusCode": int((event.get("queryStringParameters") or {}).get("answer", 200))}
    return {"statusCode": 200, "body": json.dumps(event)}
"""


@pytest.fixture(scope="module")
def aws(cloud: RunningCloud) -> boto3.Session:
    """The account of a file's tests: they share functions, which take a while to start."""
    return cloud.session()


@pytest.fixture(scope="module")
def echo(aws: boto3.Session) -> str:
    """The ARN of a function that gives back its event."""
    return made_function(aws, "echo", ECHO)


@pytest.fixture
def api(cloud: RunningCloud, aws: boto3.Session) -> WebSocketApi:
    return WebSocketApi.made(cloud, aws)
