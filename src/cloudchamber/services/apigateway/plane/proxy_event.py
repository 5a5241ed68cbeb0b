"""Lambda proxy integration: the events functions are given, and the answers they give.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import orjson

from cloudchamber.services.apigateway.plane.context_variables import identity, request_time
from cloudchamber.services.apigateway.plane.request import titled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.services.apigateway.plane.context_variables import Exchange
    from cloudchamber.services.apigateway.plane.request import Incoming, Multi

_TEXT_TYPES = frozenset({
    "application/json", "application/javascript", "application/xml", "application/x-www-form-urlencoded",
})  # fmt: skip


class MalformedAnswer(Exception):
    """A function's result that is no answer of a proxy integration."""


@dataclass(frozen=True, slots=True)
class ProxyAnswer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes
    was_base64: bool


# events


def rest_event(exchange: Exchange, is_binary: bool) -> dict[str, Any]:
    """The event of a REST API. `is_binary`: the body is of one of the API's binary media types."""
    incoming = exchange.incoming
    return {
        "resource": exchange.resource_path, "path": incoming.base_path + incoming.path,
        "httpMethod": incoming.method, **_headers_and_query(exchange),
        "pathParameters": dict(exchange.path_parameters) or None,
        "stageVariables": dict(exchange.stage_variables) or None,
        "requestContext": request_context(exchange),
        **_body(incoming, is_binary),
    }  # fmt: skip


def request_context(exchange: Exchange) -> dict[str, Any]:
    """`requestContext` of format 1.0 as REST APIs give it, to integrations and to authorisers."""
    incoming = exchange.incoming
    found: dict[str, Any] = {
        "resourceId": exchange.resource_id, "resourcePath": exchange.resource_path, "httpMethod": incoming.method,
        "extendedRequestId": exchange.extended_request_id, "requestTime": request_time(exchange.at),
        "path": incoming.sent_path, "accountId": exchange.account, "protocol": "HTTP/1.1", "stage": exchange.stage,
        "domainPrefix": exchange.domain_prefix, "requestTimeEpoch": int(exchange.at * 1000),
        "requestId": exchange.request_id, "identity": identity(exchange), "domainName": incoming.domain_name,
        "deploymentId": exchange.deployment_id, "apiId": exchange.api_id,
    }  # fmt: skip
    if exchange.authorizer:
        found["authorizer"] = dict(exchange.authorizer)
    return found


def http_event_v1(exchange: Exchange) -> dict[str, Any]:
    """The event of an HTTP API, payload format 1.0."""
    incoming = exchange.incoming
    context = request_context(exchange)
    del context["deploymentId"]
    context["resourceId"] = exchange.route_key
    path = unquote(incoming.path)
    return {
        "version": "1.0", "resource": exchange.resource_path, "path": path, "httpMethod": incoming.method,
        **_headers_and_query(exchange),
        "requestContext": context,
        "pathParameters": dict(exchange.path_parameters) or None,
        "stageVariables": dict(exchange.stage_variables) or None,
        **_body(incoming, not is_text(incoming.content_type)),
    }  # fmt: skip


def http_event_v2(exchange: Exchange) -> dict[str, Any]:
    """The event of an HTTP API, payload format 2.0. `exchange.authorizer` is as the format has it: `jwt`, `lambda`,
    `iam`."""
    incoming = exchange.incoming
    headers = {**incoming.headers, **forwarded(exchange)}
    cookies = headers.pop("cookie", "")
    path = unquote(incoming.path)
    context: dict[str, Any] = {
        "accountId": exchange.account, "apiId": exchange.api_id, "domainName": incoming.domain_name,
        "domainPrefix": exchange.domain_prefix,
        "http": {
            "method": incoming.method, "path": path, "protocol": "HTTP/1.1", "sourceIp": incoming.ip,
            "userAgent": incoming.headers.get("user-agent", ""),
        },
        "requestId": exchange.extended_request_id or exchange.request_id, "routeKey": exchange.route_key,
        "stage": exchange.stage, "time": request_time(exchange.at), "timeEpoch": int(exchange.at * 1000),
    }  # fmt: skip
    if exchange.authorizer:
        context["authorizer"] = dict(exchange.authorizer)
    found: dict[str, Any] = {
        "version": "2.0", "routeKey": exchange.route_key, "rawPath": path, "rawQueryString": incoming.query_string,
    }  # fmt: skip
    if cookies:
        found["cookies"] = [cookie.strip() for cookie in cookies.split(";")]
    found["headers"] = headers
    if incoming.query:
        found["queryStringParameters"] = {name: ",".join(values) for name, values in incoming.query.items()}
    found["requestContext"] = context
    if exchange.path_parameters:
        found["pathParameters"] = dict(exchange.path_parameters)
    if exchange.stage_variables:
        found["stageVariables"] = dict(exchange.stage_variables)
    body = _body(incoming, not is_text(incoming.content_type))
    if body["body"] is not None:
        found["body"] = body["body"]
    return {**found, "isBase64Encoded": body["isBase64Encoded"]}


def websocket_event(exchange: Exchange, connection: Mapping[str, Any], body: str | None) -> dict[str, Any]:
    """The event of a WebSocket API. `connection` has `eventType`, `connectionId`, `connectedAt` (epoch milliseconds)
    and what else belongs into the context; headers and query are those of the handshake, given on $connect only."""
    incoming = exchange.incoming
    context: dict[str, Any] = {
        "routeKey": exchange.route_key, "stage": exchange.stage, "requestId": exchange.extended_request_id,
        "extendedRequestId": exchange.extended_request_id, "requestTime": request_time(exchange.at),
        "requestTimeEpoch": int(exchange.at * 1000), "messageDirection": "IN", "apiId": exchange.api_id,
        "domainName": incoming.domain_name,
        "identity": {"userAgent": incoming.headers.get("user-agent"), "sourceIp": incoming.ip, **exchange.identity},
        **connection,
    }  # fmt: skip
    if exchange.authorizer:
        context["authorizer"] = dict(exchange.authorizer)
    found: dict[str, Any] = {}
    if connection.get("eventType") != "MESSAGE":
        shown = _headers_and_query(exchange)
        if connection.get("eventType") == "DISCONNECT":
            shown = {name: shown[name] for name in ("headers", "multiValueHeaders")}
        found = {name: value for name, value in shown.items() if value is not None}
    if exchange.stage_variables:
        found["stageVariables"] = dict(exchange.stage_variables)
    found["requestContext"] = context
    if body is not None:
        found["body"] = body
    return {**found, "isBase64Encoded": False}


def forwarded(exchange: Exchange) -> dict[str, str]:
    """The headers that API Gateway adds on the way, by their lower-case names."""
    incoming = exchange.incoming
    before = incoming.headers.get("x-forwarded-for")
    return {
        "x-amzn-trace-id": incoming.headers.get("x-amzn-trace-id") or f"Root={exchange.trace_id}",
        "x-forwarded-for": f"{before}, {incoming.ip}" if before else incoming.ip,
        "x-forwarded-port": incoming.port, "x-forwarded-proto": incoming.scheme,
    }  # fmt: skip


def headers_and_query(headers: Multi, query: Multi) -> dict[str, Any]:
    """The four members of format 1.0; null where there is nothing."""
    return {
        "headers": {titled(name): values[-1] for name, values in headers.items()} or None,
        "multiValueHeaders": {titled(name): values for name, values in headers.items()} or None,
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
    }  # fmt: skip


def _headers_and_query(exchange: Exchange) -> dict[str, Any]:
    incoming = exchange.incoming
    headers = {**incoming.multi_headers, **{name: [value] for name, value in forwarded(exchange).items()}}
    return headers_and_query(headers, incoming.query)


def _body(incoming: Incoming, is_binary: bool) -> dict[str, Any]:
    body = incoming.body
    if not body:
        return {"body": None, "isBase64Encoded": False}
    if is_binary:
        return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    return {"body": body.decode("utf-8", "replace"), "isBase64Encoded": False}


@lru_cache(maxsize=256)
def is_text(content_type: str) -> bool:
    """Whether an HTTP API hands a body of this media type on as text."""
    return content_type.startswith("text/") or content_type in _TEXT_TYPES or content_type.endswith(("+json", "+xml"))


# answers


def answer_v1(payload: bytes) -> ProxyAnswer:
    """A result of format 1.0, and of REST APIs. MalformedAnswer."""
    result = _parsed(payload)
    if not isinstance(result, dict) or "statusCode" not in result:
        raise MalformedAnswer("no statusCode")
    many, headers = _mapping(result, "multiValueHeaders"), []
    for name, values in many.items():
        if not isinstance(values, list):
            raise MalformedAnswer(f"multiValueHeaders.{name} is no list")
        headers += [(name, _text(value)) for value in values]
    taken = {name.lower() for name in many}
    headers += [(n, _text(v)) for n, v in _mapping(result, "headers").items() if n.lower() not in taken]
    return _answer(result, headers)


def answer_v2(payload: bytes) -> ProxyAnswer:
    """A result of format 2.0. One without `statusCode` is the body of an answer 200. MalformedAnswer."""
    result = _parsed(payload)
    if not isinstance(result, dict) or "statusCode" not in result:
        body = result.encode() if isinstance(result, str) else orjson.dumps(result)
        return ProxyAnswer(200, [("content-type", "application/json")], body, False)
    headers = [(name, _text(value)) for name, value in _mapping(result, "headers").items()]
    cookies = result.get("cookies") or []
    if not isinstance(cookies, list):
        raise MalformedAnswer("cookies is no list")
    headers += [("set-cookie", _text(cookie)) for cookie in cookies]
    return _answer(result, headers)


def _parsed(payload: bytes) -> Any:
    try:
        return orjson.loads(payload or b"null")
    except orjson.JSONDecodeError:
        raise MalformedAnswer("not JSON") from None


def _mapping(result: Mapping[str, Any], member: str) -> dict[str, Any]:
    found = result.get(member) or {}
    if not isinstance(found, dict):
        raise MalformedAnswer(f"{member} is no map")
    return found


def _answer(result: Mapping[str, Any], headers: list[tuple[str, str]]) -> ProxyAnswer:
    status = result["statusCode"]
    if isinstance(status, bool) or not str(status).isdigit() or not 200 <= int(status) <= 599:
        raise MalformedAnswer("statusCode is no status")
    body = result.get("body")
    if body is None:
        body = ""
    if not isinstance(body, str):
        raise MalformedAnswer("body is no text")
    is_base64 = result.get("isBase64Encoded") in (True, "true")
    return ProxyAnswer(int(status), headers, body.encode("utf-8", "surrogatepass"), is_base64)


def decoded(answer: ProxyAnswer) -> bytes:
    """The body that a base64 answer stands for; MalformedAnswer if it is none."""
    if not answer.was_base64:
        return answer.body
    try:
        return base64.b64decode(answer.body, validate=True)
    except (binascii.Error, ValueError):
        raise MalformedAnswer("the body is no base64") from None


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        raise MalformedAnswer("a header's value is no scalar")
    return "" if value is None else str(value)
