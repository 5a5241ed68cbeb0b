"""A request on its way through an API, and the `$context` variables that speak of it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from cloudchamber.core import ids

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.identity.principals import Principal
    from cloudchamber.services.apigateway.plane.request import Incoming

_COGNITO = "cognito-identity.amazonaws.com"
_CREDENTIAL = re.compile(r"Credential=([^/&,\s]+)/")
_IDENTITY = (
    "cognitoIdentityPoolId", "accountId", "cognitoIdentityId", "caller", "sourceIp", "principalOrgId", "accessKey",
    "cognitoAuthenticationType", "cognitoAuthenticationProvider", "userArn", "userAgent", "user",
)  # fmt: skip


# Escapes of characters that need none: a path with and without them is the same path (RFC 3986, section 6.2.2.2).
_NEEDLESS = re.compile(r"%(?:2[DdEe]|3\d|4[1-9A-Fa-f]|5[\dAa]|5[Ff]|6[1-9A-Fa-f]|7[\dAa]|7[Ee])")


@dataclass(slots=True)
class Exchange:
    """A request, where it belongs, and what has become of it so far. Durations in milliseconds."""

    incoming: Incoming
    account: str
    region: str
    api_id: str
    stage: str
    request_id: str
    trace_id: str  # as X-Ray spells it: `1-…-…`
    at: float  # epoch seconds of the cloud's time
    extended_request_id: str = ""
    domain_prefix: str = ""
    deployment_id: str = ""
    resource_path: str = ""  # `/pets/{id}`; of an HTTP API the path of its route
    resource_id: str = ""
    route_key: str = ""
    path_parameters: Mapping[str, str] = field(default_factory=dict)  # decoded
    stage_variables: Mapping[str, str] = field(default_factory=dict)
    authorizer: Mapping[str, Any] = field(default_factory=dict)  # `principalId` and context, or `claims`
    identity: dict[str, Any] = field(default_factory=dict)  # what is known of the caller, by AWS's names
    principal: Principal | None = None  # of a call that had to be signed
    error: dict[str, Any] = field(default_factory=dict)  # message, responseType, validationErrorString
    extra: dict[str, Any] = field(default_factory=dict)  # further variables, by their name after `$context.`
    overrides: dict[str, Any] = field(default_factory=dict)  # requestOverride, responseOverride: templates set them
    status: int = 0
    response_length: int = 0
    latency_ms: int = 0
    integration_latency_ms: int | None = None
    integration_status: int | None = None
    log: list[tuple[str, bool]] | None = None  # lines for the execution log, whether each is of an error
    logs_data: bool = True  # whether what clients and integrations send is in it

    def note(self, text: str, *, is_error: bool = False, is_data: bool = False) -> None:
        """A line for the execution log, where there is one."""
        if self.log is not None and (self.logs_data or not is_data):
            self.log.append((f"({self.request_id}) {text}", is_error))

    @property
    def method_arn(self) -> str:
        """What `execute-api:Invoke` is asked of."""
        path, method = self.incoming.path.lstrip("/"), self.incoming.method
        if not self.route_key:
            path = path.rstrip("/")  # a REST API takes it for the same
        if "%" in path:
            path = _canonical(path, self.resource_path)
        return f"arn:aws:execute-api:{self.region}:{self.account}:{self.api_id}/{self.stage}/{method}/{path}"

    def signed_by(self, principal: Principal) -> None:
        """The caller, known by the signature."""
        self.principal = principal
        incoming = self.incoming
        key = _CREDENTIAL.search(incoming.headers.get("authorization", "") or unquote(incoming.query_string))
        self.identity |= {
            "accountId": principal.account, "caller": principal.user_id, "user": principal.user_id,
            "userArn": principal.arn, "accessKey": None if key is None else key[1],
        }  # fmt: skip
        token: Mapping[str, Any] = {} if principal.session is None else principal.session.web_identity
        if f"{_COGNITO}:sub" in token:
            methods = token.get(f"{_COGNITO}:amr") or []
            kind, *others = methods if isinstance(methods, list) else [methods]
            self.identity |= {
                "cognitoIdentityId": token[f"{_COGNITO}:sub"], "cognitoIdentityPoolId": token.get(f"{_COGNITO}:aud"),
                "cognitoAuthenticationType": kind, "cognitoAuthenticationProvider": ",".join(others) or None,
            }  # fmt: skip


def _canonical(path: str, template: str) -> str:
    """The one spelling of a path in ARNs: what leads to a resource must not slip past a policy about it. Fixed parts
    are as the resource has them."""
    parts = _NEEDLESS.sub(lambda found: chr(int(found[0][1:], 16)), path).split("/")
    if template.startswith("/"):
        for at, part in enumerate(template[1:].split("/")[: len(parts)]):
            if part and not part.startswith("{"):
                parts[at] = part
    return "/".join(parts)


def new_extended_id() -> str:
    """As `x-amz-apigw-id` has it: 15 characters and `=`."""
    return base64.b64encode(ids.number(88).to_bytes(11)).decode()


def identity(exchange: Exchange) -> dict[str, Any]:
    """`requestContext.identity`: all of its members, null where nothing is known."""
    known = exchange.identity
    found: dict[str, Any] = {name: known.get(name) for name in _IDENTITY}
    found["sourceIp"] = exchange.incoming.ip
    found["userAgent"] = exchange.incoming.headers.get("user-agent")
    for name in ("apiKey", "apiKeyId", "clientCert"):
        if name in known:
            found[name] = known[name]
    return found


def request_time(at: float) -> str:
    """`09/Apr/2015:12:34:56 +0000`."""
    return _clf(int(at))


@lru_cache(maxsize=64)
def _clf(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")


def document(exchange: Exchange) -> dict[str, Any]:
    """All of `$context`, as templates see it. Names that were not given are missing."""
    incoming = exchange.incoming
    found: dict[str, Any] = {
        "accountId": exchange.account, "apiId": exchange.api_id, "stage": exchange.stage,
        "requestId": exchange.request_id, "extendedRequestId": exchange.extended_request_id,
        "httpMethod": incoming.method, "path": incoming.sent_path, "protocol": "HTTP/1.1",
        "domainName": incoming.domain_name, "domainPrefix": exchange.domain_prefix,
        "resourcePath": exchange.resource_path, "resourceId": exchange.resource_id,
        "deploymentId": exchange.deployment_id, "xrayTraceId": exchange.trace_id,
        "awsEndpointRequestId": exchange.extended_request_id,
        "requestTime": request_time(exchange.at), "requestTimeEpoch": int(exchange.at * 1000),
        "identity": {name: value for name, value in identity(exchange).items() if value is not None},
        "isCanaryRequest": False,
    }  # fmt: skip
    if exchange.route_key:
        found["routeKey"] = exchange.route_key
    if exchange.authorizer:
        found["authorizer"] = exchange.authorizer
    if exchange.error:
        message = exchange.error.get("message")
        found["error"] = {"messageString": quoted(message), **exchange.error}
    found.update(exchange.overrides)
    found.update(exchange.extra)
    return found


def quoted(text: str | None) -> str:
    """`$context.error.messageString`: the message in quotes."""
    return "null" if text is None else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def logged(exchange: Exchange) -> dict[str, Any]:
    """`$context` as access logs see it: with how it ended."""
    found = document(exchange)
    found["status"] = exchange.status
    found["responseLength"] = exchange.response_length
    found["responseLatency"] = exchange.latency_ms
    if exchange.integration_latency_ms is not None:
        status = exchange.integration_status
        found["integrationLatency"] = exchange.integration_latency_ms
        found["integrationStatus"] = status
        found["integration"] = {
            "latency": exchange.integration_latency_ms, "status": status, "integrationStatus": status,
            **found.get("integration", {}),
        }  # fmt: skip
    return found
