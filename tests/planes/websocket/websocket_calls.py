"""The vocabulary of the WebSocket tests: functions, APIs, clients that speak through the library `websockets`."""

from __future__ import annotations

import contextlib
import json
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from websockets.sync.client import ClientConnection, connect

from tests.services.lambda_.lambda_calls import allow, made_role, package

if TYPE_CHECKING:
    from collections.abc import Iterator

    import boto3

    from cloudchamber.testing import RunningCloud

__all__ = ["ONCE", "WebSocketApi", "allow", "made_function", "made_role"]

ONCE = Config(retries={"total_max_attempts": 1}, read_timeout=30)


def made_function(aws: boto3.Session, name: str, source: str, *actions: str, **more: Any) -> str:
    """The ARN of a function that API Gateway may call, whose role is allowed these actions."""
    functions = aws.client("lambda")
    request = {"Runtime": "python3.11", "Handler": "index.handler", "Timeout": 10, "MemorySize": 256, **more}
    role = made_role(aws.client("iam"), f"{name}-role", *actions)
    made = functions.create_function(FunctionName=name, Code={"ZipFile": package(source)}, Role=role, **request)
    functions.add_permission(
        FunctionName=name, StatementId="gateway", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com"
    )
    return str(made["FunctionArn"])


@dataclass
class WebSocketApi:
    """A WebSocket API with one stage, `prod`, and what tests do with it."""

    cloud: RunningCloud
    aws: boto3.Session
    id: str
    client: Any

    @classmethod
    def made(cls, cloud: RunningCloud, aws: boto3.Session, **more: Any) -> WebSocketApi:
        client = aws.client("apigatewayv2", config=ONCE)
        request = {"Name": "chat", "ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "$request.body.action"}
        return cls(cloud, aws, client.create_api(**{**request, **more})["ApiId"], client)

    def integration(self, **body: Any) -> str:
        return str(self.client.create_integration(ApiId=self.id, **body)["IntegrationId"])

    def function(self, arn: str, **more: Any) -> str:
        """An integration that hands events to a function."""
        return self.integration(IntegrationType="AWS_PROXY", IntegrationUri=arn, **more)

    def route(self, key: str, integration: str, *, two_way: bool = False, **more: Any) -> str:
        if two_way:
            more["RouteResponseSelectionExpression"] = "$default"
        made = self.client.create_route(ApiId=self.id, RouteKey=key, Target=f"integrations/{integration}", **more)
        if two_way:
            self.client.create_route_response(ApiId=self.id, RouteId=made["RouteId"], RouteResponseKey="$default")
        return str(made["RouteId"])

    def deploy(self, **more: Any) -> None:
        self.client.create_stage(ApiId=self.id, StageName="prod", AutoDeploy=True, **more)

    @property
    def host(self) -> str:
        return f"{self.id}.execute-api.us-east-1.localhost:{self.cloud.port}"

    @contextlib.contextmanager
    def connected(self, query: str = "", **more: Any) -> Iterator[ClientConnection]:
        plain = socket.create_connection(("127.0.0.1", self.cloud.port))
        with connect(f"ws://{self.host}/prod{query}", sock=plain, open_timeout=10, close_timeout=5, **more) as client:
            yield client

    @property
    def management(self) -> Any:
        """A client of `@connections`."""
        address = f"{self.cloud.endpoint}/_aws/execute-api/{self.id}/prod"
        return self.aws.client("apigatewaymanagementapi", endpoint_url=address, config=ONCE)


def ask(client: ClientConnection, message: Any) -> Any:
    """What the other side answers to a message."""
    client.send(message if isinstance(message, str) else json.dumps(message))
    return read(client)


def read(client: ClientConnection) -> Any:
    text = client.recv(timeout=20)
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
