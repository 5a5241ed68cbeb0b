"""Gateway responses: what API Gateway answers by itself, as the API may have changed it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.services.apigateway.plane import context_variables, parameter_mapping
from cloudchamber.services.apigateway.plane.access_log import VARIABLE
from cloudchamber.services.apigateway.rest.defaults import STATUS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.services.apigateway.plane.context_variables import Exchange

INTERNAL = "Internal server error"
NO_ACCESS = "User is not authorized to access this resource"
# Type -> what `x-amzn-ErrorType` says.
_ERROR_TYPES = {
    "ACCESS_DENIED": "AccessDeniedException", "API_CONFIGURATION_ERROR": "InternalServerErrorException",
    "AUTHORIZER_CONFIGURATION_ERROR": "AuthorizerConfigurationException",
    "AUTHORIZER_FAILURE": "AuthorizerConfigurationException", "BAD_REQUEST_BODY": "BadRequestException",
    "BAD_REQUEST_PARAMETERS": "BadRequestException", "EXPIRED_TOKEN": "ExpiredTokenException",
    "INTEGRATION_FAILURE": "InternalServerErrorException", "INTEGRATION_TIMEOUT": "InternalServerErrorException",
    "INVALID_API_KEY": "ForbiddenException", "INVALID_SIGNATURE": "InvalidSignatureException",
    "MISSING_AUTHENTICATION_TOKEN": "MissingAuthenticationTokenException",
    "QUOTA_EXCEEDED": "LimitExceededException", "REQUEST_TOO_LARGE": "RequestEntityTooLargeException",
    "THROTTLED": "TooManyRequestsException", "UNAUTHORIZED": "UnauthorizedException",
    "UNSUPPORTED_MEDIA_TYPE": "UnsupportedMediaTypeException", "DEFAULT_5XX": "InternalServerErrorException",
    "DEFAULT_4XX": "ForbiddenException",
}  # fmt: skip


@dataclass(slots=True)
class Reply:
    """What goes back to the client."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Refused(Exception):
    """The request ends here. `kind` is a gateway response's type; `reason` is for the execution log."""

    def __init__(
        self, kind: str, message: str | None, *, status: int = 0, reason: str = "", error_type: str = ""
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.status = status or int(STATUS[kind] or 500)
        self.reason = reason or str(message)
        self.error_type = error_type or _ERROR_TYPES.get(kind, "ForbiddenException")
        self.validation_error = ""


def internal(reason: str) -> Refused:
    """For an API that is not set up as it must be."""
    return Refused("API_CONFIGURATION_ERROR", INTERNAL, reason=f"Execution failed due to configuration error: {reason}")


def malformed(reason: str) -> Refused:
    """For a function whose answer is none."""
    return Refused("DEFAULT_5XX", INTERNAL, status=502, reason=f"Execution failed due to configuration error: {reason}")


def answer(refused: Refused, exchange: Exchange, customised: Mapping[str, Mapping[str, Any]]) -> Reply:
    """The reply to a refused request. `customised` are the API's own gateway responses by type."""
    exchange.error = {"message": refused.message, "responseType": refused.kind}
    if refused.validation_error:
        exchange.error["validationErrorString"] = refused.validation_error
    headers = [("x-amzn-ErrorType", refused.error_type)]
    own = customised.get(refused.kind)
    base = customised.get("DEFAULT_4XX" if refused.status < 500 else "DEFAULT_5XX")
    chosen = own or base
    if chosen is None:
        return Reply(refused.status, [("Content-Type", "application/json"), *headers], _default(refused))
    status = int(chosen.get("statusCode") or refused.status)
    for target, expression in (chosen.get("responseParameters") or {}).items():
        values = parameter_mapping.compiled(expression)(_sources(exchange))
        if values is not None:
            headers.append((target.removeprefix("gatewayresponse.header."), values[-1]))
    templates = chosen.get("responseTemplates") or {}
    named = any(name.lower() == "content-type" for name, _ in headers)
    if not templates:
        return Reply(status, headers if named else [("Content-Type", "application/json"), *headers], _default(refused))
    kind = _kind(exchange, templates)
    body = _filled(templates[kind], exchange, is_json=kind.endswith("json"))
    return Reply(status, headers if named else [("Content-Type", kind), *headers], body)


def _default(refused: Refused) -> bytes:
    """IAM's refusals spell the member with a capital letter, all others do not."""
    return orjson.dumps({"Message" if refused.kind == "ACCESS_DENIED" else "message": refused.message})


def _kind(exchange: Exchange, templates: Mapping[str, str]) -> str:
    """The media type to answer in: one the client accepts, else JSON, else whatever there is."""
    accepted = [part.partition(";")[0].strip() for part in exchange.incoming.headers.get("accept", "").split(",")]
    for kind in (*accepted, "application/json"):
        if kind in templates:
            return kind
    return next(iter(templates))


def _filled(template: str, exchange: Exchange, *, is_json: bool) -> bytes:
    """The template's `$context` variables in place; this is no Velocity. What validation says has quotes in it."""
    variables = context_variables.document(exchange)

    def value(match: Any) -> str:
        found: Any = variables
        for name in match[1].split("."):
            found = found.get(name) if isinstance(found, dict) else None
        text = "" if found is None else str(found)
        return orjson.dumps(text).decode()[1:-1] if is_json and match[1] == "error.validationErrorString" else text

    return VARIABLE.sub(value, template).encode()


def _sources(exchange: Exchange) -> parameter_mapping.Sources:
    incoming = exchange.incoming
    places = {
        "path": {name: [value] for name, value in exchange.path_parameters.items()}, "querystring": incoming.query,
        "header": incoming.multi_headers,
    }  # fmt: skip
    return parameter_mapping.Sources(exchange, places, incoming.body)
