"""The vocabulary of the HTTP API tests: an API with a stage, functions, and a client that knows its host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
from botocore.config import Config

if TYPE_CHECKING:
    import boto3

    from cloudchamber.testing import RunningCloud

ONCE = Config(retries={"total_max_attempts": 1}, read_timeout=30)


@dataclass
class HttpApi:
    """An HTTP API; `deploy` gives it the stage `$default`, which follows every change."""

    cloud: RunningCloud
    aws: boto3.Session
    id: str
    client: Any

    @classmethod
    def made(cls, cloud: RunningCloud, aws: boto3.Session, **more: Any) -> HttpApi:
        client = aws.client("apigatewayv2", config=ONCE)
        return cls(cloud, aws, client.create_api(**{"Name": "api", "ProtocolType": "HTTP", **more})["ApiId"], client)

    def integration(self, **body: Any) -> str:
        return str(self.client.create_integration(ApiId=self.id, **body)["IntegrationId"])

    def function(self, arn: str, version: str = "2.0", **more: Any) -> str:
        body = {"IntegrationType": "AWS_PROXY", "IntegrationUri": arn, "PayloadFormatVersion": version}
        return self.integration(**body, **more)

    def http(self, url: str, method: str = "ANY", **more: Any) -> str:
        body = {"IntegrationType": "HTTP_PROXY", "IntegrationUri": url, "PayloadFormatVersion": "1.0"}
        return self.integration(**body, IntegrationMethod=method, **more)

    def service(self, subtype: str, role: str, **parameters: str) -> str:
        return self.integration(
            IntegrationType="AWS_PROXY", IntegrationSubtype=subtype, PayloadFormatVersion="1.0", CredentialsArn=role,
            RequestParameters=parameters,
        )  # fmt: skip

    def route(self, key: str, integration: str, **more: Any) -> str:
        made = self.client.create_route(ApiId=self.id, RouteKey=key, Target=f"integrations/{integration}", **more)
        return str(made["RouteId"])

    def deploy(self, name: str = "$default", **more: Any) -> None:
        self.client.create_stage(ApiId=self.id, StageName=name, AutoDeploy=True, **more)

    @property
    def host(self) -> str:
        return f"{self.id}.execute-api.us-east-1.localhost:{self.cloud.port}"

    def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"host": self.host, **more.pop("headers", {})}
        return httpx.request(method, f"http://127.0.0.1:{self.cloud.port}{path}", headers=headers, timeout=30, **more)

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.call("GET", path, **more)
