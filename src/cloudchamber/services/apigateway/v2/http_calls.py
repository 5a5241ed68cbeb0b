"""A client's request to an HTTP API, from the route it takes to the answer, its access log and its metrics.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.metrics import Measured
from cloudchamber.core.service import Request, private_operation
from cloudchamber.identity import principals
from cloudchamber.services.apigateway.destinations import destination
from cloudchamber.services.apigateway.plane import access_log, context_variables
from cloudchamber.services.apigateway.plane.context_variables import Exchange
from cloudchamber.services.apigateway.plane.request import from_http
from cloudchamber.services.apigateway.plane.throttling import Buckets
from cloudchamber.services.apigateway.v2 import cors, limits
from cloudchamber.services.apigateway.v2.http_authorization import Refused
from cloudchamber.services.apigateway.v2.http_integrations import HttpIntegrations
from cloudchamber.services.apigateway.v2.live import LiveStage, LiveStages
from cloudchamber.services.apigateway.v2.records import DEFAULT, Api
from cloudchamber.services.apigateway.v2.values import Scope

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Platform
    from cloudchamber.services.apigateway.plane.http_call import Answered

NOT_FOUND, FORBIDDEN = (404, "Not Found"), (403, "Forbidden")
TOO_LARGE, TOO_MANY = (413, "Request Entity Too Large"), (429, "Too Many Requests")
NAMESPACE = "AWS/ApiGateway"
METERED_BYTES = 512 * 1024
Answer = dict[str, Any]


class HttpCalls(HttpIntegrations):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.live = LiveStages(self.store)
        self.buckets = Buckets(platform.clock.now)
        self.log_lines = access_log.LogShipper(platform.dispatcher, platform.clock)

    # the door's questions

    def data_plane_api(self, api_id: str) -> tuple[str, str, str] | None:
        """Kind, account and region of an API."""
        api = self.store.apis.get(api_id)
        return None if api is None else (api.protocol, api.account, api.region)

    def custom_domain(self, host: str, path: str) -> tuple[str, str, str] | None:
        """Where a custom domain leads: API, stage (empty where the path names it), and what of the path is before
        what the API sees."""
        return destination(self.shared, host, path)

    def placed(self, api: Api, stage: str | None, path: str) -> tuple[LiveStage | None, str]:
        """The stage a path is for, and what follows it: of a named stage the name comes first, `$default` has none."""
        if stage is not None:
            found = self.store.stages.get(api.id, stage)
            return (None if found is None else self.live.get(api, found)), path
        name, slash, rest = path.lstrip("/").partition("/")
        found = self.store.stages.get(api.id, name) if name else None
        if found is not None:
            return self.live.get(api, found), f"{slash or '/'}{rest}"
        found = self.store.stages.get(api.id, DEFAULT)
        return (None if found is None else self.live.get(api, found)), path

    def is_closed_to(self, live: LiveStage, host: str) -> bool:
        """Whether an API is to be reached through its custom domains only, and this is not one."""
        return bool(live.settings.get("DisableExecuteApiEndpoint")) and self.shared.domain(host) is None

    @private_operation
    async def execute(self, ctx: Context, request: Request) -> Answer:
        """Answer a request: see `gateway/apis.py` for its members. `Status`, `Headers`, `Body`."""
        begun = self.clock.perf()
        api = self.store.apis.get(request["ApiId"])
        if api is None or not api.is_http:
            return _said(FORBIDDEN)
        http = request["Http"]
        live, path = self.placed(api, request["Stage"], request["Path"])
        if live is None or self.is_closed_to(live, http.host):
            return _said(NOT_FOUND)
        is_bare = live.stage.name == DEFAULT and not request["BasePath"]
        incoming = from_http(http, path, path if is_bare else request["SentPath"], request["Identify"])
        exchange = self._exchange(ctx, live, incoming)
        found = await self._answer(ctx, live, exchange, request["IsTooLarge"])
        exchange.latency_ms = round((self.clock.perf() - begun) * 1000)
        self._finish(ctx, live, exchange)
        return found

    def _exchange(self, ctx: Context, live: LiveStage, incoming: Any) -> Exchange:
        request_id = context_variables.new_extended_id()
        return Exchange(
            incoming, ctx.account, ctx.region, live.api.id, live.stage.name, request_id, ctx.span.trace_id, ctx.now(),
            extended_request_id=request_id, domain_prefix=incoming.domain_name.partition(".")[0],
            deployment_id=live.stage.deployment_id, stage_variables=live.variables,
        )  # fmt: skip

    async def _answer(self, ctx: Context, live: LiveStage, exchange: Exchange, is_too_large: bool) -> Answer:
        incoming, rules = exchange.incoming, live.settings.get("CorsConfiguration")
        if rules and cors.is_preflight(incoming.method, incoming.headers):
            made: Answer = {
                "Status": 204,
                "Headers": cors.headers_for(rules, incoming.headers, is_asked=True),
                "Body": b"",
            }
        else:
            try:
                if is_too_large:
                    raise Refused(TOO_LARGE, "the request is too large")
                made = _as_answer(await self._routed(ctx, live, exchange))
            except Refused as refused:
                exchange.error = {"message": refused.message, "responseType": refused.reason}
                made = _said((refused.status, refused.message), *refused.headers)
            if rules:
                added = cors.headers_for(rules, incoming.headers, is_asked=False)
                made["Headers"] = cors.without_cors(made["Headers"]) + added
        made["Headers"].append(("apigw-requestid", exchange.request_id))
        exchange.status, exchange.response_length = made["Status"], len(made["Body"])
        return made

    async def _routed(self, ctx: Context, live: LiveStage, exchange: Exchange) -> Answered:
        incoming = exchange.incoming
        found = live.router.match(incoming.method, incoming.path)
        if found is None:
            raise Refused(NOT_FOUND, "no route")
        route, exchange.path_parameters = found
        exchange.route_key = route["RouteKey"]
        exchange.resource_path = exchange.route_key.partition(" ")[2] or DEFAULT
        if self.is_throttled(live, exchange.route_key):
            raise Refused(TOO_MANY, "throttled")
        scope = Scope(
            lambda: context_variables.document(exchange), incoming.headers, incoming.query, incoming.path,
            exchange.path_parameters, live.variables, incoming.body,
        )  # fmt: skip
        await self.authorize(ctx, live, exchange, scope)
        return await self.integrate(ctx, live, exchange, scope)

    def is_throttled(self, live: LiveStage, route_key: str) -> bool:
        """Whether a request comes too soon after those before it."""
        limit = live.limit_of(route_key)
        if limit is None:
            return False
        key, rate, burst = limit
        return not self.buckets.take((live.api.id, live.stage.name, key), rate, burst)

    # afterwards

    def _finish(self, ctx: Context, live: LiveStage, exchange: Exchange) -> None:
        sent = len(exchange.incoming.body) + exchange.response_length
        ctx.meter("apigateway.http_requests", max(1, -(-sent // METERED_BYTES)))
        self.log_access(live, exchange, principals.root(live.api.account))
        values = [
            ("Count", 1.0, "Count"), ("Latency", float(exchange.latency_ms), "Milliseconds"),
            ("4xx", float(400 <= exchange.status < 500), "Count"), ("5xx", float(exchange.status >= 500), "Count"),
            ("DataProcessed", float(sent), "Bytes"),
        ]  # fmt: skip
        if exchange.integration_latency_ms is not None:
            values.append(("IntegrationLatency", float(exchange.integration_latency_ms), "Milliseconds"))
        self.measure(ctx, live, exchange.route_key, tuple(values))

    def log_access(self, live: LiveStage, exchange: Exchange, writer: Any) -> None:
        """A line in the stage's access log, if it keeps one in a log group. `writer` is who may write there."""
        settings = live.stage.body.get("AccessLogSettings") or {}
        destination = settings.get("DestinationArn") or ""
        if ":log-group:" not in destination or not settings.get("Format"):
            return
        parts = destination.split(":", 6)
        group = parts[6].removesuffix(":*")
        line = access_log.compiled(settings["Format"])(context_variables.logged(exchange))
        self.log_lines.add(writer, (parts[4], parts[3], group), line.rstrip("\n"))

    def measure(
        self, ctx: Context, live: LiveStage, route_key: str, values: tuple[tuple[str, float, str], ...]
    ) -> None:
        """Metrics of the API, of its stage, and of the route where the stage wants them in detail."""
        api, stage = ("ApiId", live.api.id), ("Stage", live.stage.name)
        dimensions: list[tuple[tuple[str, str], ...]] = [(api,), (api, stage)]
        if route_key and live.setting(route_key, "DetailedMetricsEnabled"):
            if live.api.is_http and route_key != DEFAULT:
                method, _, path = route_key.partition(" ")
                dimensions.append((api, ("Method", method), ("Resource", path), stage))
            dimensions.append((api, ("Route", route_key), stage))
        for one in dimensions:
            ctx.emit(Measured(live.api.account, live.api.region, NAMESPACE, one, values))


def _said(what: tuple[int, str], *headers: tuple[str, str]) -> Answer:
    """An answer of API Gateway's own."""
    status, message = what
    found = [("content-type", "application/json"), *headers]
    return {"Status": status, "Headers": found, "Body": orjson.dumps({"message": message})}


def _as_answer(answered: Answered) -> Answer:
    if len(answered.body) > limits.PAYLOAD_BYTES_MAX:
        raise Refused((500, "Internal Server Error"), "the response is too large")
    return {"Status": answered.status, "Headers": list(answered.headers), "Body": answered.body}
