"""What an integration may be: its type, its target, its subtype and its parameter mappings (pure).

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudchamber.services.apigateway.plane.functions import function_arn
from cloudchamber.services.apigateway.v2 import checks, limits
from cloudchamber.services.apigateway.v2.errors import BadRequest, missing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.services.apigateway.v2.records import Api


@dataclass(frozen=True, slots=True)
class Subtype:
    """A service's operation that an HTTP API can call: who it belongs to, and its parameters."""

    operation: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()


_SQS, _STATES = ("QueueUrl",), ("StateMachineArn",)
SUBTYPES: Mapping[str, Subtype] = {
    "EventBridge-PutEvents": Subtype(
        "events:PutEvents", ("Detail", "DetailType", "Source"), ("Time", "EventBusName", "Resources", "TraceHeader")),
    "SQS-SendMessage": Subtype(
        "sqs:SendMessage", (*_SQS, "MessageBody"),
        ("DelaySeconds", "MessageAttributes", "MessageDeduplicationId", "MessageGroupId", "MessageSystemAttributes")),
    "SQS-ReceiveMessage": Subtype(
        "sqs:ReceiveMessage", _SQS,
        ("AttributeNames", "MaxNumberOfMessages", "MessageAttributeNames", "ReceiveRequestAttemptId",
         "VisibilityTimeout", "WaitTimeSeconds")),
    "SQS-DeleteMessage": Subtype("sqs:DeleteMessage", (*_SQS, "ReceiptHandle")),
    "SQS-PurgeQueue": Subtype("sqs:PurgeQueue", _SQS),
    "AppConfig-GetConfiguration": Subtype(
        "appconfig:GetConfiguration", ("Application", "Environment", "Configuration", "ClientId"),
        ("ClientConfigurationVersion",)),
    "Kinesis-PutRecord": Subtype(
        "kinesis:PutRecord", ("StreamName", "Data", "PartitionKey"),
        ("SequenceNumberForOrdering", "ExplicitHashKey")),
    "StepFunctions-StartExecution": Subtype("stepfunctions:StartExecution", _STATES, ("Name", "Input")),
    "StepFunctions-StartSyncExecution": Subtype(
        "stepfunctions:StartSyncExecution", _STATES, ("Name", "Input", "TraceHeader")),
    "StepFunctions-StopExecution": Subtype("stepfunctions:StopExecution", ("ExecutionArn",), ("Cause", "Error")),
}  # fmt: skip

_RESERVED = re.compile(
    r"(?:access-control-.*|apigw-.*|authorization|connection|content-encoding|content-length|content-location|forwarded|"
    r"keep-alive|origin|proxy-authenticate|proxy-authorization|te|trailers|transfer-encoding|upgrade|x-amz-.*|x-amzn-.*|"
    r"x-forwarded-for|x-forwarded-host|x-forwarded-proto|via)\Z",
    re.IGNORECASE,
)
_REQUEST_KEY = re.compile(r"(?:(append|overwrite|remove):(header|querystring)\.(.+)|overwrite:path)\Z")
_RESPONSE_KEY = re.compile(r"(?:(append|overwrite|remove):(header)\.(.+)|overwrite:statuscode)\Z")
_STATUS = re.compile(r"[1-5]\d\d\Z")
_HTTP_METHODS = frozenset(checks.METHODS)
_NOT_HTTP = ("RequestTemplates", "TemplateSelectionExpression", "PassthroughBehavior", "ContentHandlingStrategy")


def check_integration(api: Api, body: Mapping[str, Any]) -> None:
    """BadRequestException for what does not go together."""
    kind = body["IntegrationType"]
    if body.get("ConnectionType") == "VPC_LINK":
        if not body.get("ConnectionId"):
            raise missing("ConnectionId", "VPC_LINK integration")
        if api.is_http and kind != "HTTP_PROXY":
            raise BadRequest("VPC_LINK integrations of HTTP APIs have to be of the type HTTP_PROXY")
    if api.is_http:
        _check_of_http(kind, body)
    else:
        _check_of_websocket(kind, body)
    if kind in ("AWS", "AWS_PROXY") and not body.get("IntegrationSubtype"):
        uri = body.get("IntegrationUri") or ""
        if kind == "AWS_PROXY" and function_arn(uri) is None:
            raise BadRequest("Invalid function ARN or invalid uri")
        if kind == "AWS" and not uri.startswith("arn:aws:apigateway:"):
            raise BadRequest("Invalid ARN specified in the request")
    if kind in ("HTTP", "HTTP_PROXY") and body.get("ConnectionType") != "VPC_LINK":
        checks.check_url(body.get("IntegrationUri") or "")


def _check_of_http(kind: str, body: Mapping[str, Any]) -> None:
    if kind not in ("AWS_PROXY", "HTTP_PROXY"):
        raise BadRequest(
            "Currently, an API with a protocol type of HTTP may only be associated with proxy integrations "
            "(AWS_PROXY, HTTP_PROXY)"
        )
    version, subtype = body.get("PayloadFormatVersion"), body.get("IntegrationSubtype")
    if not version:
        raise missing("PayloadFormatVersion", "integration")
    if version not in ("1.0", "2.0") or (version == "2.0" and (kind == "HTTP_PROXY" or subtype)):
        raise BadRequest(f"Unsupported PayloadFormatVersion: {version}")
    for member in _NOT_HTTP:
        if body.get(member):
            raise BadRequest(f"{member} is not supported on protocol type HTTP")
    if subtype:
        _check_subtype(kind, subtype, body)
        return
    if not body.get("IntegrationUri"):
        raise missing("IntegrationUri", "integration")
    if kind == "HTTP_PROXY" and body.get("IntegrationMethod") not in _HTTP_METHODS:
        raise missing("IntegrationMethod", "HTTP_PROXY integration")
    _check_mappings(body.get("RequestParameters") or {}, _REQUEST_KEY)
    for status, mappings in (body.get("ResponseParameters") or {}).items():
        if _STATUS.match(status) is None:
            raise BadRequest(f"Invalid status code specified for response parameters: {status}")
        _check_mappings(mappings, _RESPONSE_KEY)


def _check_subtype(kind: str, name: str, body: Mapping[str, Any]) -> None:
    found = SUBTYPES.get(name)
    if found is None or kind != "AWS_PROXY":
        raise BadRequest(f"Invalid integration subtype specified: {name}")
    if not body.get("CredentialsArn"):
        raise missing("CredentialsArn", f"integration subtype {name}")
    given = body.get("RequestParameters") or {}
    for parameter in found.required:
        if parameter not in given:
            raise missing(parameter, f"integration subtype {name}")
    for parameter in given:
        if parameter not in (*found.required, *found.optional, "Region", "AttributeName"):
            raise BadRequest(f"Parameter {parameter} is not supported by integration subtype {name}")


def _check_mappings(mappings: Mapping[str, str], pattern: re.Pattern[str]) -> None:
    for key in mappings:
        found = pattern.match(key)
        if found is None:
            raise BadRequest(f"Invalid mapping expression specified: {key}")
        if found[2] == "header" and _RESERVED.match(found[3]):
            raise BadRequest(f"Operations on header {found[3]} are restricted")


def _check_of_websocket(kind: str, body: Mapping[str, Any]) -> None:
    if body.get("PayloadFormatVersion") not in (None, "1.0"):
        raise BadRequest(f"Unsupported PayloadFormatVersion: {body['PayloadFormatVersion']}")
    if body.get("IntegrationSubtype") or body.get("TlsConfig"):
        raise BadRequest("IntegrationSubtype and TlsConfig are not supported on protocol type WEBSOCKET")
    if (body.get("TimeoutInMillis") or 0) > limits.WEBSOCKET_TIMEOUT_MS:
        raise BadRequest("Timeout should be between 50 ms and 29000 ms")
    if kind == "MOCK":
        return
    if not body.get("IntegrationUri"):
        raise missing("IntegrationUri", "integration")
    if kind in ("HTTP", "HTTP_PROXY") and not body.get("IntegrationMethod"):
        raise missing("IntegrationMethod", "integration")
