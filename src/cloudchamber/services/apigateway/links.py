"""What the integrations and authorisers of an API name, as ARNs: where its requests go, before there were any.

An integration's URI names a function, or a service with a path or an action. Where it is an action, the resource stands
in the parameters or in a template. What depends on stage variables or on the request is left out.
https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html#apigw-Type-Integration-uri
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from cloudchamber.services.apigateway.plane.functions import function_arn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SERVICE = re.compile(r"arn:[^:]+:apigateway:([\w-]*):([\w.-]+):(path|action)/(.*)\Z", re.DOTALL)
_ISSUER = re.compile(r"https?://[^/]+/(([a-z]{2}(?:-[a-z]+)+-\d)_\w+)/?\Z")
_QUEUE_PATH = re.compile(r"(\d{12})/([\w-]+(?:\.fifo)?)/?\Z")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]+\Z")
# In parameters and templates.
_ARN = re.compile(r"arn:[\w-]+:[\w-]+:[\w-]*:\d{12}:[\w./:-]*\w")
_QUEUE_URL = re.compile(r"https?://[^/\s\"']+/(\d{12})/([\w-]+(?:\.fifo)?)")
_TABLE = re.compile(r"\"TableName\"\s*:\s*\"([\w.-]+)\"")
_BUS = re.compile(r"\"EventBusName\"\s*:\s*\"([\w.-]+)\"")


@lru_cache(maxsize=4096)
def of_uri(uri: str) -> str | None:
    """The function, queue or bucket that a URI names."""
    function = function_arn(uri)
    if function is not None:
        return None if "$" in function else function
    match = _SERVICE.match(uri)
    if match is None or match[3] != "path":
        return None
    subdomain, _, service = match[2].rpartition(".")
    if service == "sqs" and (queue := _QUEUE_PATH.match(match[4])):
        return f"arn:aws:sqs:{match[1]}:{queue[1]}:{queue[2]}"
    bucket = subdomain or match[4].partition("/")[0]
    return f"arn:aws:s3:::{bucket}" if service == "s3" and _BUCKET.match(bucket) else None


def of_text(text: str, region: str, account: str) -> Iterator[str]:
    """What the parameters and templates of a call to a service name: by ARN, by URL, as a table or bus by its name."""
    if "%" in text:
        text = unquote(text)
    yield from _ARN.findall(text)
    yield from (f"arn:aws:sqs:{region}:{owner}:{queue}" for owner, queue in _QUEUE_URL.findall(text))
    yield from (f"arn:aws:dynamodb:{region}:{account}:table/{name}" for name in _TABLE.findall(text))
    yield from (f"arn:aws:events:{region}:{account}:event-bus/{name}" for name in _BUS.findall(text))


def of_issuer(issuer: str, account: str) -> str | None:
    """The user pool that issues tokens under a URL; None for another issuer."""
    match = _ISSUER.match(issuer)
    return match and f"arn:aws:cognito-idp:{match[2]}:{account}:userpool/{match[1]}"


def of_integration(integration: Mapping[str, Any], account: str) -> Iterator[str | None]:
    """An integration of a method, or of a WebSocket API by the same names."""
    uri = integration.get("uri") or ""
    yield of_uri(uri)
    match = None if ":lambda:path/" in uri else _SERVICE.match(uri)
    if match is not None:
        said = ((integration.get(member) or {}).values() for member in ("requestParameters", "requestTemplates"))
        yield from of_text("\n".join((match[4], *(text for texts in said for text in texts))), match[1], account)
    yield integration.get("credentials")


def of_resource(body: Mapping[str, Any], account: str) -> Iterator[str | None]:
    """The integrations of a REST API's resource."""
    for method in (body.get("methods") or {}).values():
        integration = method.get("methodIntegration")
        if integration is not None:
            yield from of_integration(integration, account)


def of_authorizer(body: Mapping[str, Any], account: str) -> Iterator[str | None]:
    """An authoriser of a REST API."""
    yield from body.get("providerARNs") or ()
    yield of_uri(body.get("authorizerUri") or "")
    yield body.get("authorizerCredentials")
