"""An integration as it is put: what is refused of it, and what AWS fills in. Pure.

https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import NotImplementedByUs
from cloudchamber.services.apigateway import limits
from cloudchamber.services.apigateway.errors import BadRequest
from cloudchamber.services.apigateway.rest import mappings

if TYPE_CHECKING:
    from collections.abc import Mapping

TYPES = ("HTTP", "AWS", "MOCK", "HTTP_PROXY", "AWS_PROXY")
PASSTHROUGH = ("WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER")
CONTENT_HANDLING = ("CONVERT_TO_BINARY", "CONVERT_TO_TEXT")
_ARN = re.compile(r"^arn:aws[\w-]*:apigateway:[\w-]+:(?P<service>[\w.\-{}$]+):(?P<rest>.*)$", re.DOTALL)
_URL = re.compile(r"^(https?://|\$\{stageVariables\.)\S+$")
_ROLE = re.compile(r"^arn:aws[\w-]*:iam::(\d{12}|\*):(role/.+|user/\*)$")


def check(body: Mapping[str, Any], method: Mapping[str, Any]) -> None:
    """Whether an integration may be put into a method. BadRequestException."""
    kind = body.get("type")
    if kind not in TYPES:
        raise BadRequest(f"Invalid integration type specified. Must be one of {', '.join(TYPES)}")
    if kind != "MOCK":
        if not body.get("httpMethod"):
            raise BadRequest("Enumeration value for HttpMethod must be non-empty")
        if not body.get("uri"):
            raise BadRequest("Invalid URI specified" if kind.startswith("AWS") else _NO_URL)
        if kind.startswith("AWS"):
            _check_arn(body)
        elif not _URL.match(body["uri"]):
            raise BadRequest(_NO_URL)
    _check_options(body)
    mappings.check_integration_request(body.get("requestParameters") or {}, method)


_NO_URL = "Invalid HTTP endpoint specified for URI"


def _check_arn(body: Mapping[str, Any]) -> None:
    match = _ARN.match(body["uri"])
    if match is None:
        raise BadRequest("Invalid ARN specified in the request")
    if not match["rest"].startswith(("path/", "action/")):
        raise BadRequest("AWS ARN for integration must contain path or action")
    service = match["service"].rpartition(".")[2]
    if body["type"] == "AWS_PROXY" and service not in ("lambda", "firehose", "states"):
        raise BadRequest(
            "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations."
        )
    credentials = body.get("credentials")
    if credentials and not _ROLE.match(credentials):
        raise BadRequest("Invalid ARN specified in the request")
    if service != "lambda" and not credentials:
        raise BadRequest("Role ARN must be specified for AWS integrations")


def _check_options(body: Mapping[str, Any]) -> None:
    _one_of(body, "passthroughBehavior", PASSTHROUGH)
    _one_of(body, "contentHandling", CONTENT_HANDLING)
    _one_of(body, "connectionType", ("INTERNET", "VPC_LINK"))
    if body.get("responseTransferMode") == "STREAM":
        raise NotImplementedByUs("Response streaming exists on AWS and is not implemented in cloudchamber")
    if body.get("connectionType") == "VPC_LINK" and not body.get("connectionId"):
        raise BadRequest("VpcLink Id cannot be null or empty for VPC_LINK connection type")
    timeout = body.get("timeoutInMillis")
    if timeout is not None and not limits.INTEGRATION_MS_MIN <= timeout <= limits.INTEGRATION_MS_MAX:
        raise BadRequest(f"Timeout should be between {limits.INTEGRATION_MS_MIN} ms and {limits.INTEGRATION_MS_MAX} ms")


def _one_of(body: Mapping[str, Any], member: str, values: tuple[str, ...]) -> None:
    if body.get(member) is not None and body[member] not in values:
        raise BadRequest(f"Invalid {member} specified. Must be one of {', '.join(values)}")


def filled(body: Mapping[str, Any], resource_id: str) -> dict[str, Any]:
    """With the members that AWS fills in."""
    return {
        "passthroughBehavior": "WHEN_NO_MATCH",
        "timeoutInMillis": limits.INTEGRATION_MS,
        "cacheNamespace": resource_id,
        "cacheKeyParameters": [],
        **body,
    }


def check_response(body: Mapping[str, Any], method_response: Mapping[str, Any]) -> None:
    _one_of(body, "contentHandling", CONTENT_HANDLING)
    pattern = body.get("selectionPattern")
    if pattern:
        try:
            re.compile(pattern)
        except re.error:
            raise BadRequest(f"Invalid selection pattern specified: {pattern}") from None
    mappings.check_integration_response(body.get("responseParameters") or {}, method_response)
