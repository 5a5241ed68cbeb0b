"""What API Gateway keeps of REST APIs and of what belongs to accounts. A `body` has AWS's members, by their names."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - tables read the annotations
from dataclasses import dataclass, field
from typing import Any

RESOURCE, AUTHORIZER, MODEL, VALIDATOR = "resource", "authorizer", "model", "validator"
RESPONSE, DOCUMENTATION, DOCUMENTATION_VERSION = "response", "documentation", "documentation version"
VPC_LINK, CERTIFICATE, ACCOUNT = "vpc link", "client certificate", "account"


@dataclass(frozen=True, slots=True)
class RestApi:
    """`body["policy"]` is the plain JSON text. Instants in epoch seconds."""

    id: str
    account: str
    region: str
    created_at: float
    root_id: str
    body: Mapping[str, Any]
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return f"arn:aws:apigateway:{self.region}::/restapis/{self.id}"


@dataclass(frozen=True, slots=True)
class Part:
    """One thing of an API's draft. A resource's body has its methods, with their integrations and responses, in it."""

    api_id: str
    kind: str
    id: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Deployment:
    """What was deployed is a document of its own: `ApiStore.snapshot`."""

    api_id: str
    id: str
    created_at: float
    description: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """`body` is AWS's Stage without its dates and tags. `version` grows with every change."""

    api_id: str
    name: str
    account: str
    region: str
    created_at: float
    updated_at: float
    body: Mapping[str, Any]
    tags: Mapping[str, str] = field(default_factory=dict)
    version: int = 1

    @property
    def deployment_id(self) -> str:
        return str(self.body["deploymentId"])

    @property
    def arn(self) -> str:
        return f"arn:aws:apigateway:{self.region}::/restapis/{self.api_id}/stages/{self.name}"


@dataclass(frozen=True, slots=True)
class ApiKey:
    account: str
    region: str
    id: str
    value: str
    created_at: float
    updated_at: float
    body: Mapping[str, Any]  # name, description, enabled, customerId, stageKeys
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return f"arn:aws:apigateway:{self.region}::/apikeys/{self.id}"


@dataclass(frozen=True, slots=True)
class UsagePlan:
    account: str
    region: str
    id: str
    created_at: float
    body: Mapping[str, Any]  # name, description, apiStages, throttle, quota, productCode
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return f"arn:aws:apigateway:{self.region}::/usageplans/{self.id}"


@dataclass(frozen=True, slots=True)
class PlanKey:
    """That a key is in a plan."""

    plan_id: str
    key_id: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What an account has beside APIs and keys: VPC links, client certificates, its settings."""

    account: str
    region: str
    kind: str
    id: str
    created_at: float
    body: Mapping[str, Any]
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        place = "vpclinks" if self.kind == VPC_LINK else "clientcertificates"
        return f"arn:aws:apigateway:{self.region}::/{place}/{self.id}"


@dataclass(frozen=True, slots=True)
class Domain:
    """A custom domain name, of both versions of the API. `body` has the members of version 1; names are lower case."""

    account: str
    region: str
    name: str
    created_at: float
    body: Mapping[str, Any]
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return f"arn:aws:apigateway:{self.region}::/domainnames/{self.name}"


@dataclass(frozen=True, slots=True)
class ApiMapping:
    """What a path of a domain leads to: a base path mapping of version 1, an API mapping of version 2."""

    account: str
    region: str
    domain: str
    path: str  # without slashes around it; empty for "(none)"
    id: str
    api_id: str
    stage: str  # empty: the first part of the rest of the path names it
