"""What HTTP APIs call for a request: functions, HTTP endpoints, services of AWS; and the answer made of what they say.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations.html
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from cloudchamber.core.errors import AwsError
from cloudchamber.services.apigateway.plane import proxy_event
from cloudchamber.services.apigateway.plane.functions import FunctionFailed, function_arn, invoke
from cloudchamber.services.apigateway.plane.http_call import (
    HOP_BY_HOP,
    Answered,
    CallFailed,
    CallTimedOut,
    HttpCaller,
    Outgoing,
)
from cloudchamber.services.apigateway.v2.http_authorization import BROKEN, FORBIDDEN, HttpAuthorization, Refused
from cloudchamber.services.apigateway.v2.parameter_mapping import Parts
from cloudchamber.services.apigateway.v2.policy import OF_CALLER
from cloudchamber.services.apigateway.v2.service_calls import BadParameter, call_service, parameters_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Platform
    from cloudchamber.identity.principals import Principal
    from cloudchamber.services.apigateway.plane.context_variables import Exchange
    from cloudchamber.services.apigateway.v2.live import LiveIntegration, LiveStage
    from cloudchamber.services.apigateway.v2.values import Scope

UNAVAILABLE = (503, "Service Unavailable")
SESSION = "apigateway"
_THROTTLED = frozenset({"TooManyRequestsException", "ThrottlingException"})
_STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.([A-Za-z0-9_]+)\}")
_LABEL = re.compile(r"\{([^{}]+?)\+?\}")


class HttpIntegrations(HttpAuthorization):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.http = HttpCaller()

    async def integrate(self, ctx: Context, live: LiveStage, exchange: Exchange, scope: Scope) -> Answered:
        """The integration's answer, mapped; Refused where there is none."""
        integration = live.integration_of(live.routes[exchange.route_key])
        if integration is None:
            raise Refused(BROKEN, "No integration is attached to this route")
        exchange.extra["integration"] = {"requestId": exchange.request_id}
        begun = self.clock.perf()
        try:
            async with asyncio.timeout(integration.timeout_s):
                answer = await self._call(ctx, integration, exchange, scope)
        except TimeoutError:
            raise Refused(UNAVAILABLE, "Integration timed out") from None
        finally:
            exchange.integration_latency_ms = round((self.clock.perf() - begun) * 1000)
        exchange.integration_status = answer.status
        return _mapped(integration, answer, scope)

    async def _call(self, ctx: Context, integration: LiveIntegration, exchange: Exchange, scope: Scope) -> Answered:
        body = integration.body
        if body.get("IntegrationSubtype"):
            return await self._call_service(ctx, integration, exchange, scope)
        if body["IntegrationType"] == "AWS_PROXY":
            return await self._call_function(ctx, integration, exchange, scope)
        return await self._call_http(integration, exchange, scope)

    async def principal_of(self, ctx: Context, credentials: str | None, exchange: Exchange) -> Principal:
        """Whom an integration calls as: its role, the caller, or API Gateway itself. AwsError."""
        if credentials == OF_CALLER:
            if exchange.principal is None:
                raise AwsError("The caller's credentials are not known", code="AccessDeniedException", status=403)
            return exchange.principal
        return await self.roles.of(ctx, credentials, SESSION)

    async def _call_function(
        self, ctx: Context, integration: LiveIntegration, exchange: Exchange, scope: Scope
    ) -> Answered:
        is_first_format = integration.body["PayloadFormatVersion"] == "1.0"
        event = _event(integration, exchange, scope)
        arn = function_arn(with_variables(integration.body["IntegrationUri"], scope))
        if arn is None:
            raise Refused(BROKEN, "The integration's URI names no function")
        try:
            principal = await self.principal_of(ctx, integration.body.get("CredentialsArn"), exchange)
            payload = await invoke(ctx, arn, event, principal, _source(exchange))
            read = proxy_event.answer_v1 if is_first_format else proxy_event.answer_v2
            answer = read(payload)
            content = proxy_event.decoded(answer)
        except FunctionFailed as failed:
            raise _broken(exchange, f"The Lambda function returned the following error: {failed.message}") from None
        except proxy_event.MalformedAnswer as error:
            raise _broken(exchange, f"The response from the Lambda function is not valid: {error}") from None
        except AwsError as error:
            said = UNAVAILABLE if error.code in _THROTTLED else BROKEN
            raise _broken(exchange, error.message or error.code, said) from None
        headers = [(name.lower(), value) for name, value in answer.headers if name.lower() not in HOP_BY_HOP]
        if not any(name == "content-type" for name, _ in headers):
            headers.append(("content-type", "text/plain; charset=utf-8"))
        return Answered(answer.status, headers, content)

    async def _call_http(self, integration: LiveIntegration, exchange: Exchange, scope: Scope) -> Answered:
        if not integration.body["IntegrationUri"].startswith("http"):
            raise _broken(exchange, "There is no VPC to reach through a VPC link", UNAVAILABLE)
        incoming = exchange.incoming
        parts = Parts(list(incoming.raw_headers), _pairs(exchange))
        before = list(parts.query)
        integration.request_mappings.apply(parts, scope)
        url = _url(integration, exchange, scope, parts)
        query = incoming.query_string if parts.query == before else urlencode(parts.query)
        if query:
            url += ("&" if "?" in url else "?") + query
        method = integration.body.get("IntegrationMethod") or "ANY"
        forwarded = f"for={incoming.ip};host={incoming.host};proto={incoming.scheme}"
        headers = [
            *parts.headers, ("forwarded", forwarded), ("via", "HTTP/1.1 AmazonAPIGateway"),
            ("x-amzn-trace-id", incoming.headers.get("x-amzn-trace-id") or f"Root={exchange.trace_id}"),
        ]  # fmt: skip
        outgoing = Outgoing(
            incoming.method if method == "ANY" else method, url, headers, incoming.body, integration.timeout_s
        )
        try:
            answer = await self.http.call(outgoing)
        except CallTimedOut as error:
            raise _broken(exchange, str(error), UNAVAILABLE) from None
        except CallFailed as error:
            raise _broken(exchange, str(error), UNAVAILABLE) from None
        return Answered(answer.status, [(name.lower(), value) for name, value in answer.headers], answer.body)

    async def _call_service(
        self, ctx: Context, integration: LiveIntegration, exchange: Exchange, scope: Scope
    ) -> Answered:
        subtype = integration.body["IntegrationSubtype"]
        try:
            parameters = parameters_of(subtype, integration.body["RequestParameters"], scope)
            principal = await self.principal_of(ctx, integration.body["CredentialsArn"], exchange)
        except BadParameter as error:
            raise _broken(exchange, str(error), (400, "Bad Request")) from None
        except AwsError as error:
            said = FORBIDDEN if integration.body["CredentialsArn"] == OF_CALLER else BROKEN
            raise _broken(exchange, error.message, said) from None
        return await call_service(ctx, subtype, parameters, principal)


def _broken(exchange: Exchange, reason: str, said: tuple[int, str] = BROKEN) -> Refused:
    exchange.extra["integrationErrorMessage"] = reason
    exchange.extra["integration"] = {**exchange.extra.get("integration", {}), "error": reason}
    return Refused(said, reason)


def _event(integration: LiveIntegration, exchange: Exchange, scope: Scope) -> dict[str, Any]:
    """The event, after the request's mappings, with paths as AWS gives them: with the stage."""
    if integration.request_mappings:
        exchange = _remapped(integration, exchange, scope)
    path = exchange.incoming.sent_path
    if integration.body["PayloadFormatVersion"] == "1.0":
        if exchange.authorizer:
            exchange = replace(exchange, authorizer=_authorizer_v1(exchange))
        event = proxy_event.http_event_v1(exchange)
        event["path"] = path
        return event
    event = proxy_event.http_event_v2(exchange)
    event["rawPath"] = event["requestContext"]["http"]["path"] = path
    return event


def _authorizer_v1(exchange: Exchange) -> Mapping[str, Any]:
    """`requestContext.authorizer` of format 1.0; who signed is told by `identity` there."""
    if "jwt" in exchange.authorizer:
        found: Mapping[str, Any] = exchange.authorizer["jwt"]
        return found
    if "lambda" in exchange.authorizer:
        known: Mapping[str, Any] = exchange.extra["authorizer"]
        return known
    return {}


def _remapped(integration: LiveIntegration, exchange: Exchange, scope: Scope) -> Exchange:
    """The exchange with its request as the mappings make it."""
    incoming = exchange.incoming
    parts = Parts(list(incoming.raw_headers), _pairs(exchange))
    before = list(parts.query)
    integration.request_mappings.apply(parts, scope)
    joined: dict[str, str] = {}
    for name, value in parts.headers:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    changed = replace(
        incoming, headers=joined, raw_headers=parts.headers, path=parts.path or incoming.path,
        sent_path=parts.path or incoming.sent_path, _query=None, _multi_headers=None,
        query_string=incoming.query_string if parts.query == before else urlencode(parts.query),
    )  # fmt: skip
    return replace(exchange, incoming=changed)


def _pairs(exchange: Exchange) -> list[tuple[str, str]]:
    return [(name, value) for name, values in exchange.incoming.query.items() for value in values]


def _source(exchange: Exchange) -> str:
    """What a function's policy knows the call by: the route in its stage."""
    route = "$default"
    if exchange.route_key != "$default":
        route = exchange.incoming.method + exchange.resource_path
    return f"arn:aws:execute-api:{exchange.region}:{exchange.account}:{exchange.api_id}/{exchange.stage}/{route}"


def with_variables(text: str, scope: Scope) -> str:
    """A text with its stage variables filled in."""
    if "${stageVariables." not in text:
        return text
    return _STAGE_VARIABLE.sub(lambda found: scope.stage_variables.get(found[1], ""), text)


def _url(integration: LiveIntegration, exchange: Exchange, scope: Scope, parts: Parts) -> str:
    """The integration's URL with path parameters filled in, or with the path that a mapping says."""
    url = with_variables(integration.body["IntegrationUri"], scope)
    parameters: Mapping[str, str] = exchange.path_parameters
    url = _LABEL.sub(lambda label: quote(parameters.get(label[1], ""), safe="/~:@!$&'()*+,;=-._"), url)
    if parts.path is None:
        return url
    split = urlsplit(url)
    return urlunsplit((split.scheme, split.netloc, "/" + parts.path.lstrip("/"), split.query, ""))


def _mapped(integration: LiveIntegration, answer: Answered, scope: Scope) -> Answered:
    """The answer after the mappings for its status."""
    mappings = integration.response_mappings.get(str(answer.status))
    if not mappings:
        return answer
    scope.response_headers = dict(answer.headers)
    scope.response_body = answer.body
    scope.response_status = answer.status
    parts = Parts(list(answer.headers), [])
    mappings.apply(parts, scope)
    return Answered(parts.status or answer.status, parts.headers, answer.body)
