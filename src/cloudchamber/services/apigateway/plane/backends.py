"""Integrations at work: functions, AWS services, HTTP endpoints, and none at all.

https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-integration-settings.html
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import orjson

from cloudchamber.core.errors import AwsError
from cloudchamber.identity.principals import ANONYMOUS
from cloudchamber.services.apigateway.plane import functions, proxy_event
from cloudchamber.services.apigateway.plane.http_call import CallFailed, CallTimedOut, HttpCaller, Outgoing
from cloudchamber.services.apigateway.plane.integration_request import (
    RequestMapping,
    with_path,
    with_stage_variables,
)
from cloudchamber.services.apigateway.plane.integration_response import Answered, ResponseMapping, proxied_headers
from cloudchamber.services.apigateway.plane.refusals import Refused, Reply, internal, malformed
from cloudchamber.services.apigateway.plane.service_calls import ServiceCalls

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Platform
    from cloudchamber.identity.principals import Principal
    from cloudchamber.services.apigateway.plane.context_variables import Exchange
    from cloudchamber.services.apigateway.plane.functions import Roles
    from cloudchamber.services.apigateway.plane.integration_request import Prepared
    from cloudchamber.services.apigateway.plane.media_types import BinaryTypes

TIMEOUT_MS = 29_000
TIMED_OUT = "Endpoint request timed out"
_PATH_SAFE = "/:@!$&'()*+,;="
_PER_API = "AmazonAPIGateway_{}"
_LABEL = re.compile(r"\{[^}]*\}")


class Backend:
    """A method's integration, compiled."""

    def __init__(self, integration: Mapping[str, Any], binary: BinaryTypes) -> None:
        self.kind: str = integration["type"]
        self.uri: str = integration.get("uri") or ""
        self.http_method: str = integration.get("httpMethod") or "POST"
        self.credentials: str | None = integration.get("credentials")
        self.seconds_max = (integration.get("timeoutInMillis") or TIMEOUT_MS) / 1000
        self.verifies = not (integration.get("tlsConfig") or {}).get("insecureSkipVerification")
        self.request = RequestMapping(integration, binary)
        self.response = ResponseMapping(integration, binary)
        self.binary = binary
        self.is_function = self.kind.startswith("AWS") and ":lambda:path/" in self.uri
        credentials = self.credentials or ""
        self.is_of_caller = credentials.startswith("arn:") and credentials.endswith(":user/*")


class Backends:
    def __init__(self, platform: Platform, roles: Roles) -> None:
        self._roles = roles
        self._services = ServiceCalls(platform.dispatcher)
        self._http = HttpCaller()
        self._clock = platform.clock

    async def reply(self, ctx: Context, exchange: Exchange, backend: Backend) -> Reply:
        """The reply a method's integration leads to. Refused."""
        begun = self._clock.perf()
        try:
            async with asyncio.timeout(backend.seconds_max):
                return await self._reply(ctx, exchange, backend)
        except TimeoutError:
            reason = "Execution failed due to a timeout error"
            raise Refused("INTEGRATION_TIMEOUT", TIMED_OUT, reason=reason) from None
        finally:
            exchange.integration_latency_ms = int((self._clock.perf() - begun) * 1000)

    async def _reply(self, ctx: Context, exchange: Exchange, backend: Backend) -> Reply:
        if backend.kind == "AWS_PROXY":
            return await self._function_proxy(ctx, exchange, backend)
        if backend.kind == "HTTP_PROXY":
            return await self._http_proxy(exchange, backend)
        prepared = backend.request.prepared(exchange)
        if backend.kind == "MOCK":
            answered = _mocked(prepared)
        elif backend.kind == "HTTP":
            answered = await self._http_call(exchange, backend, prepared)
        elif backend.is_function:
            answered = await self._function(ctx, exchange, backend, prepared)
        else:
            answered = await self._service(ctx, exchange, backend, prepared)
        exchange.integration_status = answered.status
        if exchange.log is not None:
            exchange.note(
                f"Endpoint response body before transformations: {answered.body[:1024].decode(errors='replace')}"
            )
        return backend.response.reply(exchange, answered)

    # functions

    async def _principal(self, ctx: Context, exchange: Exchange, backend: Backend) -> Principal:
        """Who calls for the integration: its role, the caller where it says so, else API Gateway."""
        if backend.is_of_caller:
            return exchange.principal or ANONYMOUS
        try:
            return await self._roles.of(ctx, backend.credentials, exchange.api_id)
        except AwsError as error:
            raise internal(f"API Gateway does not have permission to assume the provided role: {error.code}") from None

    def _function_of(self, exchange: Exchange, backend: Backend) -> tuple[str, str]:
        """The ARN of the function, and of the method on whose behalf it is called."""
        arn = functions.function_arn(with_stage_variables(backend.uri, exchange.stage_variables))
        if arn is None:
            raise internal("Invalid function name.")
        place = f"{exchange.region}:{exchange.account}:{exchange.api_id}/{exchange.stage}/{exchange.incoming.method}"
        return arn, f"arn:aws:execute-api:{place}{_LABEL.sub('*', exchange.resource_path)}"

    async def _invoked(
        self, ctx: Context, exchange: Exchange, backend: Backend, event: Mapping[str, Any] | bytes
    ) -> bytes:
        arn, source = self._function_of(exchange, backend)
        principal = await self._principal(ctx, exchange, backend)
        try:
            return await functions.invoke(ctx, arn, event, principal, source)
        except AwsError as error:
            exchange.integration_status = error.status
            exchange.extra["integrationErrorMessage"] = error.message
            if error.status == 429:
                raise Refused("DEFAULT_5XX", "Internal server error", status=500, reason=error.message) from None
            raise internal(f"Invalid permissions on Lambda function: {error.code}: {error.message}") from None

    async def _function_proxy(self, ctx: Context, exchange: Exchange, backend: Backend) -> Reply:
        event = proxy_event.rest_event(exchange, backend.request.is_binary(exchange))
        if exchange.log is not None:
            text = orjson.dumps(event)[:1024].decode(errors="replace")
            exchange.note(f"Endpoint request body after transformations: {text}", is_data=True)
        try:
            payload = await self._invoked(ctx, exchange, backend, event)
        except functions.FunctionFailed as failed:
            exchange.integration_status = 200
            exchange.extra["integrationErrorMessage"] = failed.message
            raise malformed(f"Lambda execution failed with status 200 due to customer function error: {failed.message}"
                            ) from None  # fmt: skip
        exchange.integration_status = 200
        try:
            answer = proxy_event.answer_v1(payload)
            body = answer.body
            if answer.was_base64 and self._takes_binary(exchange, backend, answer):
                body = proxy_event.decoded(answer)
        except proxy_event.MalformedAnswer as error:
            raise malformed(f"Malformed Lambda proxy response: {error}") from None
        headers = proxied_headers(answer.headers)
        if not any(name.lower() == "content-type" for name, _ in headers):
            headers.insert(0, ("Content-Type", "application/json"))
        return Reply(answer.status, headers, body)

    @staticmethod
    def _takes_binary(exchange: Exchange, backend: Backend, answer: proxy_event.ProxyAnswer) -> bool:
        content_type = next((value for name, value in answer.headers if name.lower() == "content-type"), None)
        return backend.binary.wanted_by(exchange.incoming) or backend.binary.has(content_type)

    async def _function(self, ctx: Context, exchange: Exchange, backend: Backend, prepared: Prepared) -> Answered:
        headers = {name.lower(): values[-1] for name, values in prepared.headers.items()}
        payload = prepared.body or b"{}"
        json_type = [("Content-Type", "application/json")]
        try:
            if headers.get("x-amz-invocation-type") == "Event":
                arn, source = self._function_of(exchange, backend)
                principal = await self._principal(ctx, exchange, backend)
                await functions.invoke_async(ctx, arn, payload, principal, source)
                return Answered(202, json_type, b"", "")
            return Answered(200, json_type, await self._invoked(ctx, exchange, backend, payload), "")
        except functions.FunctionFailed as failed:
            return Answered(200, json_type, failed.payload, failed.message)
        except AwsError as error:
            raise internal(f"{error.code}: {error.message}") from None

    # services

    async def _service(self, ctx: Context, exchange: Exchange, backend: Backend, prepared: Prepared) -> Answered:
        uri = with_stage_variables(backend.uri, exchange.stage_variables)
        principal = await self._principal(ctx, exchange, backend) if backend.credentials else ANONYMOUS
        given = exchange.incoming.headers.get("content-type")
        if given and not any(name.lower() == "content-type" for name in prepared.headers):
            prepared.headers["Content-Type"] = [given]
        answered = await self._services.call(ctx, uri, backend.http_method, prepared, principal)
        if answered.status == 501:
            raise Refused(
                "API_CONFIGURATION_ERROR",
                orjson.loads(answered.body)["message"],
                status=501,
                error_type="NotImplemented",
            )
        return answered

    # HTTP

    async def _http_call(self, exchange: Exchange, backend: Backend, prepared: Prepared) -> Answered:
        headers = [(name, value) for name, values in prepared.headers.items() for value in values]
        names = {name.lower() for name, _ in headers}
        for name in ("content-type", "accept"):
            value = exchange.incoming.headers.get(name)
            if name not in names and (value or (name == "content-type" and prepared.body)):
                headers.append((name.title(), value or "application/json"))
        return await self._sent(exchange, backend, prepared, headers)

    async def _http_proxy(self, exchange: Exchange, backend: Backend) -> Reply:
        """All of the request but the host goes on, with what is mapped in its place."""
        incoming = exchange.incoming
        prepared = backend.request.parameters(exchange, incoming.body)
        prepared.body = incoming.body
        prepared.query = {**incoming.query, **prepared.query}
        mapped = {name.lower() for name in prepared.headers}
        headers = [pair for pair in incoming.raw_headers if pair[0] not in mapped and pair[0] != "x-amzn-trace-id"]
        headers += [(name, value) for name, values in prepared.headers.items() for value in values]
        headers = [pair for pair in headers if not pair[0].startswith("x-forwarded-")]
        headers += list(proxy_event.forwarded(exchange).items())
        answered = await self._sent(exchange, backend, prepared, headers)
        exchange.integration_status = answered.status
        return Reply(answered.status, proxied_headers(answered.headers), answered.body)

    async def _sent(
        self, exchange: Exchange, backend: Backend, prepared: Prepared, headers: list[tuple[str, str]]
    ) -> Answered:
        uri = with_stage_variables(backend.uri, exchange.stage_variables)
        values = {**exchange.path_parameters, **prepared.path}
        url = with_path(uri, {name: quote(value, safe=_PATH_SAFE) for name, value in values.items()})
        pairs = [(name, value) for name, values in prepared.query.items() for value in values]
        if pairs:
            url += ("&" if "?" in url else "?") + urlencode(pairs)
        names = {name.lower() for name, _ in headers}
        if "user-agent" not in names:
            headers.append(("User-Agent", _PER_API.format(exchange.api_id)))
        headers.append(("x-amzn-apigateway-api-id", exchange.api_id))
        method = exchange.incoming.method if backend.http_method == "ANY" else backend.http_method
        request = Outgoing(method, url, headers, prepared.body, backend.seconds_max, backend.verifies)
        exchange.note(f"Sending request to {url}")
        try:
            answer = await self._http.call(request)
        except CallTimedOut as error:
            raise Refused("INTEGRATION_TIMEOUT", TIMED_OUT, reason=str(error)) from None
        except CallFailed as error:
            text = "Network error communicating with endpoint"
            raise Refused("INTEGRATION_FAILURE", text, reason=f"Execution failed: {error}") from None
        return Answered(answer.status, answer.headers, answer.body, str(answer.status))


def _mocked(prepared: Prepared) -> Answered:
    """The status that the request's template writes: `{"statusCode": 200}`."""
    try:
        status = int(orjson.loads(prepared.body)["statusCode"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        raise internal("Unable to parse statusCode. It should be an integer and defined in request template.") from None
    return Answered(status, [("Content-Type", "application/json")], b"{}", str(status))
