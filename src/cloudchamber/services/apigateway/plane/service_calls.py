"""Integrations with AWS services: the request that AWS would be sent over the wire, made, read and run here.

The URI names the service and an action (`action/PutItem`) or a path (`path/{bucket}/{key}`). What it says becomes a
request of the service's own protocol, which is parsed as if it had come in, runs as the integration's role, and is
answered in the same protocol; those that speak XML give JSON instead, as they do for API Gateway.
https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import orjson

from cloudchamber.core.errors import AwsError, NotImplementedByUs
from cloudchamber.protocol import models
from cloudchamber.protocol.compile import compile_codec
from cloudchamber.protocol.errors import ErrorSerializer
from cloudchamber.protocol.routing import Router
from cloudchamber.protocol.wire import PlainRequest, Response
from cloudchamber.services.apigateway.plane.integration_request import with_path
from cloudchamber.services.apigateway.plane.integration_response import Answered
from cloudchamber.services.apigateway.plane.refusals import internal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from cloudchamber.core.context import Context
    from cloudchamber.core.dispatch import Dispatcher
    from cloudchamber.core.service import Service
    from cloudchamber.identity.principals import Principal
    from cloudchamber.protocol.compile import Codec
    from cloudchamber.protocol.models import ServiceModel
    from cloudchamber.services.apigateway.plane.integration_request import Prepared

_URI = re.compile(r"arn:[^:]+:apigateway:([^:]*):([^:]+):(path|action)/(.*)\Z", re.DOTALL)
_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"
# What URIs call a service -> botocore's name, where that is another.
_NAMES = {"email": "ses", "monitoring": "cloudwatch", "states": "stepfunctions", "streams.dynamodb": "dynamodbstreams"}


class ServiceCalls:
    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        self._codecs: dict[tuple[str, str, str], Codec] = {}

    async def call(self, ctx: Context, uri: str, method: str, prepared: Prepared, principal: Principal) -> Answered:
        """The service's answer, also where it is an error. Refused (500) for a URI that names no service of AWS's."""
        match = _URI.match(uri)
        if match is None:
            raise internal("Invalid URI of an AWS service.")
        region, service = match[1], match[2].rpartition(".")[2]
        name = _NAMES.get(match[2]) or _NAMES.get(service, service)
        try:
            model = _model(name)
        except (KeyError, ValueError, OSError):
            raise internal(f"Unknown service {name}.") from None
        request = _wire(model, method, (match[3], match[4]), prepared)
        answer = await self._answer(ctx, name, region, request, principal)
        body = answer.body if isinstance(answer.body, bytes) else b"".join([piece async for piece in answer.body])
        return Answered(answer.status, answer.headers, body, str(answer.status))

    async def _answer(
        self, ctx: Context, name: str, region: str, request: PlainRequest, principal: Principal
    ) -> Response:
        model, protocol, request_id = _model(name), _model(name).protocols[0], ctx.request_id
        wraps = True
        try:
            route = _router(name).route(request)
            protocol = route.protocol
            bound = self._dispatcher.lookup(name, route.operation)
            wraps = bound.service.wraps_errors
            codec = self._codec(bound.service, route.operation, protocol)
            if model.operation(route.operation).streams_input:
                request.stream = _pieces(request.body)
            parameters = bound.service.adopt(request, codec.parse(request))
            output = await self._dispatcher.call(
                ctx, f"{name}:{route.operation}", parameters, (principal, region or None, None)
            )
        except NotImplementedByUs as error:
            return Response(501, [("Content-Type", _JSON)], orjson.dumps({"message": error.message}))
        except AwsError as error:
            if protocol in ("query", "ec2"):
                return _json_error(error, request_id)
            return ErrorSerializer(model, protocol, wraps)(error, request_id)
        if protocol in ("query", "ec2"):
            return _json_answer(model, route.operation, output, request_id)
        return codec.serialize(output, request_id)

    def _codec(self, service: Service, operation: str, protocol: str) -> Codec:
        key = (service.name, operation, protocol)
        found = self._codecs.get(key)
        if found is None:
            kind = type(service)
            patches = [kind.model_patch, kind.query_patch] if protocol == "query" else [kind.model_patch]
            model = models.load_patched(service.name, *patches)
            found = self._codecs[key] = compile_codec(model.operation(operation), protocol)
        return found


@lru_cache(maxsize=64)
def _model(name: str) -> ServiceModel:
    return models.load(name)


@lru_cache(maxsize=64)
def _router(name: str) -> Router:
    return Router(_model(name))


async def _pieces(body: bytes) -> AsyncIterator[bytes]:
    yield body


def _wire(model: ServiceModel, method: str, target: tuple[str, str], prepared: Prepared) -> PlainRequest:
    """The request over the wire: the mapped parameters, the body, and the action where the URI names one."""
    kind, rest = target
    values = {name: quote(value, safe="/~") for name, value in prepared.path.items()}
    path, _, query = with_path(rest, values).partition("?")
    headers = {name.lower(): ",".join(values) for name, values in prepared.headers.items()}
    pairs = [(name, value) for name, values in prepared.query.items() for value in values]
    text = "&".join(part for part in (query, urlencode(pairs, quote_via=quote)) if part)
    body = prepared.body
    if kind == "path":
        is_form = headers.get("content-type", "").startswith(_FORM)
        if not is_form and "x-amz-target" not in headers and "query" in model.protocols and body[:7] == b"Action=":
            headers["content-type"] = _FORM
        return PlainRequest(method, f"/{path}", text, headers, body)
    action, _, extra = path.partition("&")
    if "query" not in model.protocols and "json" in model.protocols:
        headers.setdefault("x-amz-target", f"{model.target_prefix}.{action}")
        headers["content-type"] = f"application/x-amz-json-{model.json_version}"
        return PlainRequest("POST", "/", text, headers, body or b"{}")
    named = f"Action={action}&Version={model.api_version}"
    text = "&".join(part for part in (named, extra, text) if part)
    headers.setdefault("content-type", _FORM)
    return PlainRequest(method, "/", text, headers, body if headers["content-type"].startswith(_FORM) else b"")


def _json_answer(model: ServiceModel, operation: str, output: Mapping[str, Any], request_id: str) -> Response:
    """`{"SendMessageResponse": {"ResponseMetadata": …, "SendMessageResult": …}}`, with null for what is absent."""
    shape = model.operation(operation).output
    answer: dict[str, Any] = {"ResponseMetadata": {"RequestId": request_id}}
    if shape is not None and shape.members:
        answer[f"{operation}Result"] = {name: _plain(output.get(name)) for name in shape.members}
    body = orjson.dumps({f"{operation}Response": answer})
    return Response(200, [("Content-Type", _JSON), ("x-amzn-RequestId", request_id)], body)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def _json_error(error: AwsError, request_id: str) -> Response:
    kind = "Sender" if error.is_sender_fault else "Receiver"
    found = {"Error": {"Code": error.code, "Message": error.message, "Type": kind}, "RequestId": request_id}
    return Response(error.status, [("Content-Type", _JSON), ("x-amzn-RequestId", request_id)], orjson.dumps(found))
