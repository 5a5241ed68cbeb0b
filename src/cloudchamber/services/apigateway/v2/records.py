"""What is kept of HTTP and WebSocket APIs. `settings` and `body` have AWS's members, as AWS spells them; instants are
epoch seconds."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - tables read the annotations
from dataclasses import dataclass, field
from typing import Any

# The kinds of parts, by the names AWS's errors have for them.
ROUTE, INTEGRATION, AUTHORIZER, MODEL = "Route", "Integration", "Authorizer", "Model"
ROUTE_RESPONSE, INTEGRATION_RESPONSE = "RouteResponse", "IntegrationResponse"

HTTP, WEBSOCKET = "HTTP", "WEBSOCKET"
DEFAULT = "$default"


@dataclass(frozen=True, slots=True)
class Api:
    id: str
    account: str
    region: str
    protocol: str
    created_at: float
    settings: Mapping[str, Any]
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return f"arn:aws:apigateway:{self.region}::/apis/{self.id}"

    @property
    def is_http(self) -> bool:
        return self.protocol == HTTP


@dataclass(frozen=True, slots=True)
class Part:
    """One thing of an API's draft; `parent` is the route or integration a response belongs to, else empty."""

    api_id: str
    kind: str
    parent: str
    id: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Deployment:
    """What was deployed is a document of its own: `V2Store.snapshot`."""

    api_id: str
    id: str
    created_at: float
    description: str = ""
    is_automatic: bool = False


@dataclass(frozen=True, slots=True)
class Stage:
    """`version` grows with every change, so that what was made of it can be told from what it is now."""

    api_id: str
    name: str
    created_at: float
    updated_at: float
    body: Mapping[str, Any]
    tags: Mapping[str, str] = field(default_factory=dict)
    version: int = 1

    @property
    def deployment_id(self) -> str:
        return str(self.body.get("DeploymentId") or "")

    @property
    def is_automatic(self) -> bool:
        return bool(self.body.get("AutoDeploy"))


@dataclass(frozen=True, slots=True)
class VpcLink:
    account: str
    region: str
    id: str
    created_at: float
    body: Mapping[str, Any]
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return f"arn:aws:apigateway:{self.region}::/vpclinks/{self.id}"
