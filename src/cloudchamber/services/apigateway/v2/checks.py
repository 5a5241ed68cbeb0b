"""What API Gateway V2 refuses of APIs, routes, stages and tags, in its words (pure)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cloudchamber.services.apigateway.v2 import limits, records
from cloudchamber.services.apigateway.v2.errors import BadRequest, missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloudchamber.core.service import Request
    from cloudchamber.services.apigateway.v2.records import Api, Part

HTTP_SELECTION = "$request.method $request.path"
METHODS = ("ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
NEW_STAGE: Mapping[str, Mapping[str, Any]] = {
    records.HTTP: {
        "DefaultRouteSettings": {"DetailedMetricsEnabled": False}, "RouteSettings": {}, "StageVariables": {},
    },
    records.WEBSOCKET: {
        "DefaultRouteSettings": {"DataTraceEnabled": False, "DetailedMetricsEnabled": False, "LoggingLevel": "OFF"},
        "RouteSettings": {}, "StageVariables": {},
    },
}  # fmt: skip
_SELECTIONS = (HTTP_SELECTION, "${request.method} ${request.path}")
_KEYS = ("$request.header.x-api-key", "${request.header.x-api-key}",
         "$context.authorizer.usageIdentifierKey", "${context.authorizer.usageIdentifierKey}")  # fmt: skip
_SEGMENT = re.compile(r"[a-zA-Z0-9._~!$&'()*+,;=:@%-]+|\{[a-zA-Z0-9._:-]+\+?\}")
_STAGE = re.compile(r"[a-zA-Z0-9_-]{1,128}\Z")
_URL = re.compile(r"https?://[^\s/]+\S*\Z")
_ORIGIN = re.compile(r"(?:\*|[a-z][a-z0-9+.-]*://(?:\*|\*?[^\s/?#]+))\Z", re.IGNORECASE)
_VARIABLE = re.compile(r"[A-Za-z0-9_-]+\Z")
_VARIABLE_VALUE = re.compile(r"[A-Za-z0-9\-._~:/?#&=,]*\Z")
_ACCESS_LOG = re.compile(r"arn:aws[a-z-]*:(?:logs:[^:]+:\d{12}:log-group:[^:]+(?::\*)?|firehose:[^:]+:\d{12}:\S+)\Z")


def check_api(request: Request, protocol: str) -> None:
    """BadRequestException for members that do not go together."""
    selection = request.get("RouteSelectionExpression")
    if protocol == records.WEBSOCKET:
        if not selection:
            raise missing("RouteSelectionExpression", "protocol type WEBSOCKET")
        for member in ("CorsConfiguration", "Target", "RouteKey", "CredentialsArn"):
            if request.get(member):
                raise BadRequest(f"{member} is not supported for protocol type WEBSOCKET")
    elif selection not in (None, "", "-", *_SELECTIONS):
        raise BadRequest("Route selection expression for HTTP APIs must be ${request.method} ${request.path}")
    if request.get("ApiKeySelectionExpression") not in (None, "", *_KEYS):
        raise BadRequest("Invalid API key selection expression specified")
    if request.get("CorsConfiguration"):
        _check_cors(request["CorsConfiguration"])


def _check_cors(cors: Mapping[str, Any]) -> None:
    origins = cors.get("AllowOrigins") or ()
    for origin in origins:
        if _ORIGIN.match(origin) is None:
            raise BadRequest(f"Invalid origin {origin}: an origin has a scheme and a host, or is *")
    if "*" in origins and cors.get("AllowCredentials"):
        raise BadRequest("Allow origins cannot be * when allow credentials is true")
    for method in cors.get("AllowMethods") or ():
        if method not in ("*", *METHODS[1:]):
            raise BadRequest(f"Invalid method {method} specified in CORS configuration")


def check_tags(tags: Mapping[str, str]) -> None:
    if any(key.lower().startswith("aws:") for key in tags):
        raise BadRequest("aws: prefixed tag key names are not allowed for external use.")
    if len(tags) > limits.TAGS_MAX:
        raise BadRequest(f"The number of tags must not exceed {limits.TAGS_MAX}")


def check_url(url: str) -> None:
    """An HTTP endpoint; a stage variable may stand for any part of it."""
    if _URL.match(url) is None and "${stageVariables." not in url:
        raise BadRequest(f"Invalid HTTP endpoint specified for URI: {url}")


def check_route_key(api: Api, key: str) -> None:
    if not api.is_http or key == records.DEFAULT:
        return
    method, _, path = key.partition(" ")
    segments = path.removeprefix("/").split("/")
    if path == "/":
        segments = []
    proper = method in METHODS and path.startswith("/") and all(map(_SEGMENT.fullmatch, segments))
    greedy = [at for at, segment in enumerate(segments) if segment.endswith("+}")]
    if not proper or (greedy and greedy != [len(segments) - 1]):
        raise BadRequest(
            "The provided route key is not formatted properly for HTTP protocol. Format should be "
            '"<HTTP METHOD> /<RESOURCE PATH>" or "$default"'
        )


def check_authorization(api: Api, body: Mapping[str, Any], authorizers: Mapping[str, Part]) -> None:
    """Whether a route's authorisation is one that its API has, with an authoriser of its kind."""
    kind = body.get("AuthorizationType") or "NONE"
    if not api.is_http:
        if kind != "NONE" and body["RouteKey"] != "$connect":
            raise BadRequest("Currently, authorization is restricted to the $connect route only")
        if kind == "JWT":
            raise BadRequest("Authorization type JWT is not supported for protocol type WEBSOCKET")
    if kind in ("CUSTOM", "JWT"):
        found = authorizers.get(body.get("AuthorizerId") or "")
        wanted = "JWT" if kind == "JWT" else "REQUEST"
        if found is None or found.body["AuthorizerType"] != wanted:
            whom = "JWT requires a valid JWT authorizer" if kind == "JWT" else (
                "CUSTOM or COGNITO_USER_POOLS requires a valid authorizer")  # fmt: skip
            raise BadRequest(f"Invalid authorizer ID specified. Setting the authorization type to {whom}.")
    if len(body.get("AuthorizationScopes") or ()) > limits.SCOPES_MAX:
        raise BadRequest(f"The number of authorization scopes must not exceed {limits.SCOPES_MAX}")


def check_stage_name(api: Api, name: str) -> None:
    if name == records.DEFAULT and api.is_http:
        return
    if _STAGE.match(name) is None:
        raise BadRequest("Stage name only allows a-zA-Z0-9_- characters" + (" or $default" if api.is_http else ""))


def check_stage(api: Api, body: Mapping[str, Any], route_keys: Iterable[str]) -> None:
    """The settings of a stage. `route_keys` are those its API has."""
    for name, value in (body.get("StageVariables") or {}).items():
        if _VARIABLE.match(name) is None or _VARIABLE_VALUE.match(value) is None:
            raise BadRequest(
                f"Invalid stage variable value: {value}. Please use values with alphanumeric characters and the symbols"
                " ' ', -', '.', '_', ':', '/', '?', '&', '=', and ','."
            )
    settings = [body.get("DefaultRouteSettings") or {}, *(body.get("RouteSettings") or {}).values()]
    for one in settings:
        if api.is_http and (one.get("DataTraceEnabled") or one.get("LoggingLevel") not in (None, "OFF")):
            raise BadRequest("Execution logs are not supported on protocol type HTTP")
        if (one.get("ThrottlingRateLimit") or 0) < 0 or (one.get("ThrottlingBurstLimit") or 0) < 0:
            raise BadRequest("Throttling limits must not be negative")
    known = set(route_keys)
    for key in body.get("RouteSettings") or {}:
        if key not in known:
            raise NoSuchRoute(key)
    destination = (body.get("AccessLogSettings") or {}).get("DestinationArn")
    if destination and _ACCESS_LOG.match(destination) is None:
        raise BadRequest(
            "Invalid ARN specified in the request. ARNs must start with 'arn:' and name a log group or a stream"
        )


class NoSuchRoute(BadRequest):
    code = "NotFoundException"
    status = 404

    def __init__(self, key: str) -> None:
        super().__init__(f"Unable to find Route by key {key} within the provided RouteSettings")
