"""What WebSocket APIs call for a connection or a message, and what becomes of the answer.

Proxies hand on the event or the message as it is. The others make a request by templates and parameter mappings, call
a function, a service of AWS, an HTTP endpoint or nobody (MOCK), and make the message to the client by the templates of
an integration response.
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integrations.html
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import orjson

from cloudchamber.core.errors import AwsError
from cloudchamber.services.apigateway.plane import integration_request, parameter_mapping, patterns, proxy_event
from cloudchamber.services.apigateway.plane import refusals as rest_refusals
from cloudchamber.services.apigateway.plane.functions import FunctionFailed, function_arn, invoke
from cloudchamber.services.apigateway.plane.http_call import HOP_BY_HOP, CallFailed, Outgoing
from cloudchamber.services.apigateway.plane.integration_request import Prepared
from cloudchamber.services.apigateway.plane.service_calls import ServiceCalls
from cloudchamber.services.apigateway.v2.http_integrations import HttpIntegrations, with_variables
from cloudchamber.services.apigateway.v2.records import DEFAULT
from cloudchamber.services.apigateway.v2.values import Scope, compiled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Platform
    from cloudchamber.services.apigateway.plane.context_variables import Exchange
    from cloudchamber.services.apigateway.v2.live import LiveIntegration


LOGGED_BYTES_MAX = 1024


class IntegrationFailed(Exception):
    """There is no answer; why, for logs. `said` is what the client is told."""

    def __init__(self, reason: str, said: str = "Internal server error") -> None:
        super().__init__(reason)
        self.said = said


@dataclass(eq=False)
class Happening:
    """A connection made, a message, or a connection ended: with the members of its event's `requestContext`."""

    exchange: Exchange
    event: Mapping[str, Any]
    body: str | None = None

    @cached_property
    def scope(self) -> Scope:
        """What expressions look at; a body is read once."""
        incoming = self.exchange.incoming
        return Scope(
            lambda: {**self.exchange.extra, "stage": self.exchange.stage}, incoming.headers, incoming.query,
            incoming.path, {}, self.exchange.stage_variables, (self.body or "").encode(),
        )  # fmt: skip


@dataclass(slots=True)
class Outcome:
    """An integration's answer. `error` is what a function that failed said: integration responses are chosen by it."""

    status: int
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)
    error: str | None = None
    is_binary: bool = False


class WebSocketIntegrations(HttpIntegrations):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.services = ServiceCalls(platform.dispatcher)

    async def run_integration(self, ctx: Context, integration: LiveIntegration, happening: Happening) -> Outcome:
        """The answer, after the integration's response. IntegrationFailed."""
        exchange, begun = happening.exchange, self.clock.perf()
        try:
            async with asyncio.timeout(integration.timeout_s):
                outcome = await self._outcome(ctx, integration, happening)
        except TimeoutError:
            raise IntegrationFailed("Endpoint request timed out", "Endpoint request timed out") from None
        except rest_refusals.Refused as refused:  # of templates and of what is set up wrong
            raise IntegrationFailed(refused.reason, refused.message or "Internal server error") from None
        except FunctionFailed as failed:
            raise IntegrationFailed(f"Lambda execution failed: {failed.message}") from None
        except (AwsError, CallFailed) as error:
            raise IntegrationFailed(str(error)) from None
        except proxy_event.MalformedAnswer as error:
            raise IntegrationFailed(f"Malformed Lambda proxy response: {error}") from None
        finally:
            exchange.integration_latency_ms = round((self.clock.perf() - begun) * 1000)
        exchange.integration_status = outcome.status
        answered = outcome.body[:LOGGED_BYTES_MAX].decode("utf-8", "replace")
        exchange.note(f"Endpoint response body before transformations: {answered}", is_data=True)
        return outcome

    async def _outcome(self, ctx: Context, integration: LiveIntegration, happening: Happening) -> Outcome:
        kind = integration.body["IntegrationType"]
        if kind == "AWS_PROXY":
            return await self._proxied(ctx, integration, happening)
        prepared = _prepared(integration.body, happening)
        if kind == "HTTP_PROXY":
            return await self._http(integration, happening, prepared)
        if kind == "MOCK":
            outcome = Outcome(_mock_status(prepared.body))
        elif kind == "HTTP":
            outcome = await self._http(integration, happening, prepared)
        else:
            outcome = await self._aws(ctx, integration, happening, prepared)
        return _responded(integration.body, happening, outcome)

    async def _proxied(self, ctx: Context, integration: LiveIntegration, happening: Happening) -> Outcome:
        exchange = happening.exchange
        event = proxy_event.websocket_event(exchange, happening.event, happening.body)
        sent = (happening.body or "")[:LOGGED_BYTES_MAX]
        exchange.note(f"Endpoint request body after transformations: {sent}", is_data=True)
        # With the port, so that the address functions make of it, https://{domainName}/{stage}, leads here.
        event["requestContext"]["domainName"] = exchange.incoming.host
        arn = function_arn(with_variables(integration.body["IntegrationUri"], happening.scope)) or ""
        principal = await self.principal_of(ctx, integration.body.get("CredentialsArn"), exchange)
        payload = await invoke(ctx, arn, event, principal, source_of(exchange))
        if happening.event["eventType"] != "CONNECT" and payload in (b"null", b""):
            return Outcome(200)
        answer = proxy_event.answer_v1(payload)
        headers = [(name, value) for name, value in answer.headers if name.lower() not in HOP_BY_HOP]
        return Outcome(answer.status, proxy_event.decoded(answer), headers)

    async def _http(self, integration: LiveIntegration, happening: Happening, prepared: Prepared) -> Outcome:
        url = integration_request.with_path(
            with_variables(integration.body["IntegrationUri"], happening.scope), prepared.path
        )
        pairs = [(name, value) for name, values in prepared.query.items() for value in values]
        if pairs:
            url += ("&" if "?" in url else "?") + urlencode(pairs)
        headers = [(name, ",".join(values)) for name, values in prepared.headers.items()]
        if not any(name.lower() == "content-type" for name, _ in headers):
            headers.append(("Content-Type", "application/json"))
        method = integration.body["IntegrationMethod"]
        method = "POST" if method == "ANY" else method
        answer = await self.http.call(Outgoing(method, url, headers, prepared.body, integration.timeout_s))
        return Outcome(answer.status, answer.body, [(name.lower(), value) for name, value in answer.headers])

    async def _aws(
        self, ctx: Context, integration: LiveIntegration, happening: Happening, prepared: Prepared
    ) -> Outcome:
        body, exchange = integration.body, happening.exchange
        uri = with_variables(body["IntegrationUri"], happening.scope)
        principal = await self.principal_of(ctx, body.get("CredentialsArn"), exchange)
        arn = function_arn(uri)
        if arn is None:
            method = body.get("IntegrationMethod") or "POST"
            answer = await self.services.call(ctx, uri, method, prepared, principal)
            return Outcome(answer.status, answer.body, [(name.lower(), value) for name, value in answer.headers])
        try:
            return Outcome(200, await invoke(ctx, arn, prepared.body or b"{}", principal, source_of(exchange)))
        except FunctionFailed as failed:
            return Outcome(200, failed.payload, error=failed.message)


def source_of(exchange: Exchange) -> str:
    """What a function's policy knows the call by: the route in its stage."""
    place = f"{exchange.region}:{exchange.account}:{exchange.api_id}"
    return f"arn:aws:execute-api:{place}/{exchange.stage}/{exchange.route_key}"


# requests


def _prepared(body: Mapping[str, Any], happening: Happening) -> Prepared:
    """The request of an integration that is given no event."""
    exchange, made = happening.exchange, Prepared()
    text = happening.body or ""
    sources = parameter_mapping.Sources(
        exchange, {"querystring": exchange.incoming.query, "header": exchange.incoming.multi_headers}, text.encode()
    )
    for target, expression in (body.get("RequestParameters") or {}).items():
        place, _, name = target.removeprefix("integration.request.").partition(".")
        found = parameter_mapping.compiled(expression)(sources)
        if found is None:
            continue
        if place == "path":
            made.path[name] = found[-1]
        else:
            (made.query if place == "querystring" else made.headers)[name] = found
    template = _template(body, "RequestTemplates", happening.scope)
    if template is not None:
        text = integration_request.rendered(template, exchange, text)
    elif _refuses(body):
        raise IntegrationFailed("no template fits and the body may not pass through", "Unsupported Media Type")
    made.body = _converted(body.get("ContentHandlingStrategy"), text.encode("utf-8", "surrogatepass"))
    return made


def _template(body: Mapping[str, Any], member: str, scope: Scope) -> str | None:
    templates: Mapping[str, str] = body.get(member) or {}
    if not templates:
        return None
    expression = body.get("TemplateSelectionExpression")
    key = compiled(expression)(scope) if expression else DEFAULT
    found = templates.get(key or DEFAULT)
    return templates.get(DEFAULT) if found is None else found


def _refuses(body: Mapping[str, Any]) -> bool:
    if body["IntegrationType"] == "HTTP_PROXY":
        return False
    behaviour = body.get("PassthroughBehavior") or "WHEN_NO_MATCH"
    return behaviour == "NEVER" or (behaviour == "WHEN_NO_TEMPLATES" and bool(body.get("RequestTemplates")))


def _converted(strategy: str | None, content: bytes) -> bytes:
    if strategy == "CONVERT_TO_TEXT":
        return base64.b64encode(content)
    if strategy == "CONVERT_TO_BINARY":
        try:
            return base64.b64decode(content, validate=True)
        except (binascii.Error, ValueError):
            raise IntegrationFailed("the body is no base64") from None
    return content


def _mock_status(body: bytes) -> int:
    """The `statusCode` that a MOCK's request template gives."""
    try:
        found = orjson.loads(body)
        return int(found["statusCode"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        raise IntegrationFailed("the request template of a MOCK gives no statusCode") from None


# responses


def _responded(body: Mapping[str, Any], happening: Happening, outcome: Outcome) -> Outcome:
    """The answer as the integration response that fits makes it; as it is where there is none."""
    responses = {response["IntegrationResponseKey"]: response for response in body["Responses"]}
    if not responses:
        return outcome
    scope = happening.scope
    scope.response_status, scope.response_body = outcome.status, outcome.body
    scope.response_headers = dict(outcome.headers)
    selected = outcome.error
    if selected is None:
        expression = body.get("IntegrationResponseSelectionExpression") or "${integration.response.statuscode}"
        selected = compiled(expression)(scope) or ""
    chosen = responses.get(DEFAULT)
    for key, response in responses.items():
        if key != DEFAULT and patterns.is_match(key[1:-1], selected, is_dotall=True):
            chosen = response
            break
    if chosen is None:
        raise IntegrationFailed("No match for output mapping and no default output mapping configured.")
    template = _template(chosen, "ResponseTemplates", scope)
    text = outcome.body
    if template is not None:
        made = integration_request.rendered(template, happening.exchange, outcome.body.decode("utf-8", "replace"))
        text = made.encode("utf-8", "surrogatepass")
    strategy = chosen.get("ContentHandlingStrategy")
    is_binary = strategy == "CONVERT_TO_BINARY"
    return Outcome(outcome.status, _converted(strategy, text), outcome.headers, is_binary=is_binary)
