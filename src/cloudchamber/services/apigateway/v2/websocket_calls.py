"""Connections of WebSocket APIs: made, receiving, ended. The gateway holds the sockets and calls these operations.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.service import Request, private_operation
from cloudchamber.services.apigateway.plane import context_variables
from cloudchamber.services.apigateway.plane.context_variables import Exchange
from cloudchamber.services.apigateway.plane.lambda_authorizer import AuthorizerFailed, Unauthorized
from cloudchamber.services.apigateway.plane.proxy_event import headers_and_query
from cloudchamber.services.apigateway.plane.request import from_http
from cloudchamber.services.apigateway.v2 import limits
from cloudchamber.services.apigateway.v2.connections import GOING_AWAY, Connection, new_connection_id
from cloudchamber.services.apigateway.v2.http_authorization import BROKEN, FORBIDDEN, UNAUTHORIZED, Refused
from cloudchamber.services.apigateway.v2.http_calls import TOO_MANY
from cloudchamber.services.apigateway.v2.records import DEFAULT
from cloudchamber.services.apigateway.v2.values import compiled
from cloudchamber.services.apigateway.v2.websocket_integrations import (
    Happening,
    IntegrationFailed,
    Outcome,
    WebSocketIntegrations,
)
from cloudchamber.services.apigateway.v2.websocket_logs import WebSocketLogs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.apigateway.v2.live import LiveStage

CONNECT, DISCONNECT = "$connect", "$disconnect"
METERED_BYTES = 32 * 1024
_KEPT_HEADERS = ("sec-websocket-protocol",)


class WebSocketCalls(WebSocketLogs, WebSocketIntegrations):
    @private_operation
    async def connect(self, ctx: Context, request: Request) -> dict[str, Any]:
        """A handshake, with the members of `execute`. `Connection` and `Headers` for who is let in; else `Status`,
        `Headers` and `Body` of a refusal."""
        http = request["Http"]
        api = self.store.apis.get(request["ApiId"])
        live, path = (None, "") if api is None else self.placed(api, request["Stage"], request["Path"])
        if live is None or self.is_closed_to(live, http.host):
            return _refusal(FORBIDDEN, {})
        incoming = from_http(http, path, request["SentPath"], request["Identify"])
        now = ctx.now()
        connection = Connection(
            new_connection_id(), live.api.id, live.stage.name, ctx.account, ctx.region, incoming, now, now
        )
        exchange = self._exchange_of(ctx, live, connection, CONNECT, "CONNECT")
        self.begin_log(live, exchange, "CONNECT")
        known = {"connectionId": connection.id, "requestId": exchange.request_id}
        try:
            outcome = await self._connect(ctx, live, connection, exchange)
            exchange.status = outcome.status
        except Refused as refused:
            exchange.status, exchange.error = refused.status, {"message": refused.reason}
            return _refusal((refused.status, refused.message), known)
        except IntegrationFailed as failed:
            exchange.status, exchange.error = 502, {"message": str(failed)}
            return _refusal((502, failed.said), known)
        finally:
            self.leave(ctx, live, exchange, "ConnectCount")
        if not 200 <= outcome.status < 300:
            return {"Status": outcome.status, "Headers": outcome.headers, "Body": outcome.body}
        return {
            "Connection": connection,
            "Headers": [pair for pair in outcome.headers if pair[0].lower() in _KEPT_HEADERS],
        }

    def _exchange_of(
        self, ctx: Context, live: LiveStage, connection: Connection, route_key: str, kind: str
    ) -> Exchange:
        request_id = context_variables.new_extended_id()
        exchange = Exchange(
            connection.incoming, ctx.account, ctx.region, live.api.id, live.stage.name, request_id,
            ctx.span.trace_id, ctx.now(), extended_request_id=request_id, route_key=route_key,
            deployment_id=live.stage.deployment_id, stage_variables=live.variables,
            authorizer=connection.authorizer, identity=connection.identity,
        )  # fmt: skip
        exchange.extra |= {
            "eventType": kind, "connectionId": connection.id, "connectedAt": round(connection.connected_at * 1000),
            "messageDirection": "IN", "routeKey": route_key,
        }  # fmt: skip
        return exchange

    async def _connect(self, ctx: Context, live: LiveStage, connection: Connection, exchange: Exchange) -> Outcome:
        route = live.routes.get(CONNECT)
        if route is None:
            return Outcome(200)
        if self.is_throttled(live, CONNECT):
            raise Refused(TOO_MANY, "throttled")
        _check_parameters(route, exchange)
        await self._authorize_connection(ctx, live, route, exchange)
        if route.get("ApiKeyRequired"):
            self._check_api_key(ctx, live, exchange)
        connection.authorizer, connection.identity = exchange.authorizer, exchange.identity
        integration = live.integration_of(route)
        if integration is None:
            return Outcome(200)
        happening = Happening(exchange, _event_of(exchange))
        return await self.run_integration(ctx, integration, happening)

    async def _authorize_connection(
        self, ctx: Context, live: LiveStage, route: Mapping[str, Any], exchange: Exchange
    ) -> None:
        kind = route.get("AuthorizationType") or "NONE"
        place = f"{exchange.region}:{exchange.account}:{exchange.api_id}/{exchange.stage}"
        arn = f"arn:aws:execute-api:{place}/{CONNECT}"
        if kind == "AWS_IAM":
            await self.authorize_by_iam(ctx, exchange, arn)
            exchange.authorizer = {}
        elif kind == "CUSTOM":
            await self._ask_authorizer(ctx, live, route, exchange, arn)

    async def _ask_authorizer(
        self, ctx: Context, live: LiveStage, route: Mapping[str, Any], exchange: Exchange, arn: str
    ) -> None:
        authorizer = live.authorizers[route["AuthorizerId"]]
        scope = Happening(exchange, {}).scope
        for source in authorizer.get("IdentitySource") or ():
            if not compiled("${" + source + "}")(scope):
                raise Refused(UNAUTHORIZED, f"{source} is missing")
        incoming = exchange.incoming
        event = {
            "type": "REQUEST", "methodArn": arn, **headers_and_query(incoming.multi_headers, incoming.query),
            "stageVariables": dict(exchange.stage_variables),
            "requestContext": {**_context_of(exchange), "identity": context_variables.identity(exchange)},
        }  # fmt: skip
        try:
            verdict = await self.ask_function(ctx, route["AuthorizerId"], authorizer, event)
        except Unauthorized:
            raise Refused(UNAUTHORIZED, "the function said Unauthorized") from None
        except AuthorizerFailed as failed:
            raise Refused((500, "Internal server error"), str(failed)) from None
        if verdict.opinion(exchange, arn) != "allow":
            raise Refused(FORBIDDEN, "the authorizer's answer does not allow the request")
        exchange.authorizer = {
            "principalId": verdict.principal_id, **{name: _text(value) for name, value in verdict.context.items()},
        }  # fmt: skip
        if verdict.usage_key is not None:
            exchange.extra["usageIdentifierKey"] = verdict.usage_key

    def _check_api_key(self, ctx: Context, live: LiveStage, exchange: Exchange) -> None:
        """An API key of a usage plan that the stage is in, with some of its quota left."""
        by_authorizer = "authorizer" in live.settings["ApiKeySelectionExpression"]
        value = exchange.extra.get("usageIdentifierKey") if by_authorizer else None
        value = value or (None if by_authorizer else exchange.incoming.headers.get("x-api-key"))
        key = self.shared.api_key(ctx.account, ctx.region, value) if value else None
        plan = None
        if key is not None and key.body.get("enabled", True):
            plan = self.shared.plan_of(live.api.id, live.stage.name, key.id)
        if key is None or plan is None:
            raise Refused(FORBIDDEN, "no valid API key")
        throttle = plan.body.get("throttle")
        if throttle:
            rate, burst = float(throttle.get("rateLimit") or 0), float(throttle.get("burstLimit") or 0)
            if not self.buckets.take((plan.id, key.id), rate, burst):
                raise Refused(TOO_MANY, "throttled by the usage plan")
        if not self.shared.add_usage(plan, key.id, ctx.now()):
            raise Refused((429, "Limit Exceeded"), "the quota is used up")
        exchange.identity |= {"apiKey": key.value, "apiKeyId": key.id}

    # an open connection

    def opened(self, connection: Connection, socket: Any) -> None:
        """The handshake is answered: others may send from now on."""
        connection.socket = socket
        self.connections.add(connection)
        self._watch(connection)

    def _watch(self, connection: Connection) -> None:
        """Close what was idle for too long, or open for too long."""
        idle = connection.last_active_at + limits.IDLE_SECONDS_MAX
        due = min(idle, connection.connected_at + limits.CONNECTION_SECONDS_MAX)
        if due <= self.clock.now():
            connection.close(*GOING_AWAY)
            return
        connection.timer = self.clock.at(due, lambda: self._watch(connection), f"connection {connection.id}")

    @private_operation
    async def message(self, ctx: Context, request: Request) -> dict[str, Any]:
        """`Connection` has sent the text `Message`."""
        connection: Connection = request["Connection"]
        text: str = request["Message"]
        live = self._live_of(connection)
        if live is None or self.connections.get(connection.id) is not connection:
            connection.close(*GOING_AWAY)
            return {}
        connection.last_active_at = ctx.now()
        ctx.meter("apigateway.websocket_messages", max(1, -(-len(text.encode()) // METERED_BYTES)))
        exchange = self._exchange_of(ctx, live, connection, DEFAULT, "MESSAGE")
        exchange.extra["messageId"] = context_variables.new_extended_id()
        happening = Happening(exchange, {}, text)
        exchange.status = 200
        try:
            await self._route(ctx, live, connection, happening)
        except Refused as refused:
            exchange.status, exchange.error = refused.status, {"message": refused.reason}
            connection.send(_said(connection, refused.message, exchange), ctx.now())
        except IntegrationFailed as failed:
            exchange.status, exchange.error = 500, {"message": str(failed)}
            exchange.extra["integrationErrorMessage"] = str(failed)
            connection.send(_said(connection, failed.said, exchange), ctx.now())
        finally:
            self.leave(ctx, live, exchange, "MessageCount")
        return {}

    def _live_of(self, connection: Connection) -> LiveStage | None:
        api = self.store.apis.get(connection.api_id)
        stage = None if api is None else self.store.stages.get(connection.api_id, connection.stage)
        return None if api is None or stage is None else self.live.get(api, stage)

    async def _route(self, ctx: Context, live: LiveStage, connection: Connection, happening: Happening) -> None:
        exchange, scope = happening.exchange, happening.scope
        key = compiled(live.settings["RouteSelectionExpression"])(scope)
        if key in (None, CONNECT, DISCONNECT) or key not in live.routes:
            key = DEFAULT
        route = live.routes.get(key)
        if route is None:
            raise Refused(FORBIDDEN, "no route")
        exchange.route_key = exchange.extra["routeKey"] = key
        self.begin_log(live, exchange, "MESSAGE")
        happening.event = _event_of(exchange)
        if self.is_throttled(live, key):
            raise Refused(TOO_MANY, "throttled")
        self._validate(live, route, happening)
        integration = live.integration_of(route)
        if integration is None:
            raise Refused(BROKEN, "No integration is attached to this route")
        outcome = await self.run_integration(ctx, integration, happening)
        if route["Responses"] and outcome.body:
            exchange.response_length = len(outcome.body)
            answer = outcome.body if outcome.is_binary else outcome.body.decode("utf-8", "replace")
            connection.send(answer, ctx.now())

    @staticmethod
    def _validate(live: LiveStage, route: Mapping[str, Any], happening: Happening) -> None:
        """Hold a message against the route's model, where it has one."""
        models, expression = route.get("RequestModels"), route.get("ModelSelectionExpression")
        if not models or not expression:
            return
        name = models.get(compiled(expression)(happening.scope) or DEFAULT) or models.get(DEFAULT)
        if name is None:
            return
        try:
            errors = live.schemas.errors(name, orjson.loads(happening.body or ""))
        except orjson.JSONDecodeError:
            errors = ["Unable to parse JSON"]
        if errors:
            happening.exchange.extra["error"] = {"validationErrorString": f"[{', '.join(errors)}]"}
            raise Refused((400, "Invalid request body"), "; ".join(errors))

    @private_operation
    async def disconnect(self, ctx: Context, request: Request) -> dict[str, Any]:
        """`Connection` has ended, with `Code` and `Reason`. The route is called once, and nobody hears what it says."""
        connection = request["Connection"]
        if connection.timer is not None:
            connection.timer.cancel()
        if not self.connections.remove(connection):
            return {}
        minutes = -(-(ctx.now() - connection.connected_at) // 60)
        ctx.meter("apigateway.websocket_connection_minutes", max(1.0, minutes))
        live = self._live_of(connection)
        if live is None:
            return {}
        route = live.routes.get(DISCONNECT)
        integration = None if route is None else live.integration_of(route)
        exchange = self._exchange_of(ctx, live, connection, DISCONNECT, "DISCONNECT")
        self.begin_log(live, exchange, "DISCONNECT")
        exchange.extra |= {"disconnectStatusCode": request["Code"], "disconnectReason": request["Reason"]}
        exchange.status = 200
        try:
            if integration is not None:
                await self.run_integration(ctx, integration, Happening(exchange, _event_of(exchange)))
        except IntegrationFailed as failed:
            exchange.status, exchange.error = 500, {"message": str(failed)}
        finally:
            self.leave(ctx, live, exchange, "")
        return {}


def _check_parameters(route: Mapping[str, Any], exchange: Exchange) -> None:
    """Refused if the handshake lacks a parameter that the route needs."""
    missing = []
    for key, rule in (route.get("RequestParameters") or {}).items():
        place, _, name = key.removeprefix("route.request.").partition(".")
        incoming = exchange.incoming
        given = incoming.query.get(name) if place == "querystring" else incoming.headers.get(name.lower())
        if rule.get("Required") and not given:
            missing.append(name)
    if missing:
        raise Refused((400, f"Missing required request parameters: [{', '.join(missing)}]"), "parameters are missing")


def _event_of(exchange: Exchange) -> dict[str, Any]:
    """What `requestContext` says of the event beyond what all events say."""
    return {name: value for name, value in exchange.extra.items() if name in _EVENT}


_EVENT = frozenset({
    "eventType", "connectionId", "connectedAt", "messageId", "disconnectStatusCode", "disconnectReason",
})  # fmt: skip


def _context_of(exchange: Exchange) -> dict[str, Any]:
    """`requestContext` for an authoriser."""
    return {
        "routeKey": exchange.route_key, "stage": exchange.stage, "requestId": exchange.request_id,
        "extendedRequestId": exchange.extended_request_id, "apiId": exchange.api_id, "messageDirection": "IN",
        "requestTime": context_variables.request_time(exchange.at), "requestTimeEpoch": round(exchange.at * 1000),
        "domainName": exchange.incoming.domain_name, **_event_of(exchange),
    }  # fmt: skip


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _said(connection: Connection, message: str, exchange: Exchange) -> str:
    """An error, as the client of a connection gets it."""
    known = {"message": message, "connectionId": connection.id, "requestId": exchange.request_id}
    return orjson.dumps(known).decode()


def _refusal(what: tuple[int, str], known: Mapping[str, str]) -> dict[str, Any]:
    status, message = what
    body = orjson.dumps({"message": message, **known})
    return {"Status": status, "Headers": [("content-type", "application/json")], "Body": body}
