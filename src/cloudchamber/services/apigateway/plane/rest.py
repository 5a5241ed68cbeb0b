"""REST APIs as clients meet them: a request's road from its stage to the answer.

stage ─ resource and method ─ authorisation ─ API key and plan ─ throttling ─ validation ─ cache ─ integration ─ answer
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-rest-api.html
"""

from __future__ import annotations

import zlib
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.service import Platform, Request, private_operation
from cloudchamber.services.apigateway.base import ApiGatewayBase
from cloudchamber.services.apigateway.destinations import destination
from cloudchamber.services.apigateway.plane import media_types
from cloudchamber.services.apigateway.plane.access_log import LogShipper
from cloudchamber.services.apigateway.plane.authorizing import Authorizing, unsigned
from cloudchamber.services.apigateway.plane.backends import Backends
from cloudchamber.services.apigateway.plane.caching import Caching
from cloudchamber.services.apigateway.plane.client_plans import ClientPlans
from cloudchamber.services.apigateway.plane.context_variables import Exchange, new_extended_id
from cloudchamber.services.apigateway.plane.deployed import Deployed, Method
from cloudchamber.services.apigateway.plane.execution_log import Traces
from cloudchamber.services.apigateway.plane.functions import Roles
from cloudchamber.services.apigateway.plane.lambda_authorizer import Verdicts
from cloudchamber.services.apigateway.plane.permissions import Permissions
from cloudchamber.services.apigateway.plane.refusals import Refused, Reply, answer, internal
from cloudchamber.services.apigateway.plane.request import from_http
from cloudchamber.services.apigateway.plane.response_cache import ResponseCaches
from cloudchamber.services.apigateway.plane.throttling import Buckets

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.apigateway.plane.request import Incoming
    from cloudchamber.services.apigateway.records import Stage

DEPLOYED_MAX = 500  # stages kept compiled
TOO_LARGE = "HTTP content length exceeded 10485760 bytes."


class RestPlane(ApiGatewayBase):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        now = platform.clock.now
        self.verdicts = Verdicts(now)
        self._buckets = Buckets(now)
        self._roles = Roles(platform)
        permissions = Permissions(platform)
        self.authorizing = Authorizing(platform, permissions, self._roles, self.verdicts)
        self.backends = Backends(platform, self._roles)
        self._client_plans = ClientPlans(self.store, self._buckets)
        self._left_traces = Traces(platform, self.store, self._roles, LogShipper(platform.dispatcher, platform.clock))
        self.caching = Caching(ResponseCaches(now), permissions, self.authorizing)
        self._compiled_stages: OrderedDict[tuple[str, str, bool], tuple[Stage, Deployed]] = OrderedDict()
        self._draws = 0

    # for the door

    def data_plane_api(self, api_id: str) -> tuple[str, str, str] | None:
        """Kind, account and region of a REST API."""
        api = self.store.apis.get(api_id)
        return None if api is None else ("REST", api.account, api.region)

    def custom_domain(self, host: str, path: str) -> tuple[str, str, str] | None:
        """Where a custom domain leads: API, stage (empty where the path names it), and what of the path is before what
        the API sees."""
        return destination(self.store, host, path)

    @private_operation
    async def execute(self, ctx: Context, request: Request) -> dict[str, Any]:
        """A request of a client to an API: `ApiId`, `Stage` (None if `Path` begins with it), `Path`, `SentPath`,
        `BasePath`, `Http`, `Identify`, `IsTooLarge`. Gives `Status`, `Headers`, `Body`."""
        name, path = request["Stage"], request["Path"]
        if name is None:
            name, _, rest = path.lstrip("/").partition("/")
            path = f"/{rest}"
        stage = self.store.stage(request["ApiId"], name)
        if stage is None:
            return _forbidden(ctx)
        begun = self.clock.perf()
        deployed, is_canary = self._drawn(stage)
        if deployed is None or (deployed.is_for_domains_only and self.store.domain(request["Http"].host) is None):
            return _forbidden(ctx)
        incoming = from_http(request["Http"], path, request["SentPath"], request["Identify"])
        incoming.base_path = request["BasePath"]
        exchange = self._exchange(ctx, incoming, stage, deployed)
        exchange.extra["isCanaryRequest"] = is_canary
        found = deployed.find(incoming.method, path)
        method, exchange.path_parameters = (None, {}) if found is None else found
        reply, hit = await self._replied(ctx, exchange, deployed, method, request["IsTooLarge"])
        exchange.status, exchange.response_length = reply.status, len(reply.body)
        exchange.latency_ms = int((self.clock.perf() - begun) * 1000)
        self._left_traces.measure(ctx, exchange, deployed, method, hit)
        if exchange.log is not None or "accessLogSettings" in deployed.stage:
            self._left_traces.write(ctx, exchange, deployed, method)
        ctx.meter("apigateway.rest_requests")
        return {"Status": reply.status, "Headers": reply.headers, "Body": reply.body}

    # stages

    def _drawn(self, stage: Stage) -> tuple[Deployed | None, bool]:
        """What a stage leads to this time, and whether that is its canary."""
        canary = stage.body.get("canarySettings")
        if not canary or not canary.get("percentTraffic"):
            return self._compiled_stage(stage, False), False
        self._draws += 1
        seed = zlib.crc32(f"{stage.api_id}/{stage.name}".encode())
        is_canary = ids.choice_seeded(seed, self._draws) * 100 < canary["percentTraffic"]
        return self._compiled_stage(stage, is_canary), is_canary

    def _compiled_stage(self, stage: Stage, is_canary: bool) -> Deployed | None:
        key = (stage.api_id, stage.name, is_canary)
        kept = self._compiled_stages.get(key)
        if kept is not None and (kept[0] is stage or kept[0] == stage):
            return kept[1]
        body, deployment_id = dict(stage.body), stage.deployment_id
        if is_canary:
            canary = body["canarySettings"]
            deployment_id = canary.get("deploymentId") or deployment_id
            body["variables"] = {**(body.get("variables") or {}), **(canary.get("stageVariableOverrides") or {})}
        snapshot = self.store.snapshot(deployment_id)
        if snapshot is None:
            return None
        made = Deployed(snapshot, body, deployment_id, stage.created_at)
        made.has_own_cache = is_canary and not body["canarySettings"].get("useStageCache")
        if not made.cache_gb:
            self.caching.flush(stage.api_id, stage.name)
        self._compiled_stages[key] = (stage, made)
        if len(self._compiled_stages) > DEPLOYED_MAX:
            self._compiled_stages.popitem(last=False)
        return made

    def flush_cache(self, api_id: str, stage: str) -> None:
        self.caching.flush(api_id, stage)

    def flush_authorizers(self, api_id: str, stage: str) -> None:
        """Have the functions that authorise asked again."""
        self.verdicts.forget(lambda key: key[:2] == (api_id, stage))

    # the road

    def _exchange(self, ctx: Context, incoming: Incoming, stage: Stage, deployed: Deployed) -> Exchange:
        exchange = Exchange(
            incoming, stage.account, stage.region, stage.api_id, stage.name, ctx.request_id, ctx.span.trace_id,
            ctx.now(), new_extended_id(),
        )  # fmt: skip
        exchange.domain_prefix = incoming.host.partition(".")[0]
        exchange.deployment_id = deployed.deployment_id
        exchange.stage_variables = deployed.variables
        return exchange

    async def _replied(
        self, ctx: Context, exchange: Exchange, deployed: Deployed, method: Method | None, is_too_large: bool
    ) -> tuple[Reply, bool | None]:
        """The answer, and whether the cache had it (None if it was not asked)."""
        hit: list[bool] = []
        try:
            if method is None:
                raise unsigned(exchange)
            exchange.resource_id, exchange.resource_path = method.resource_id, method.resource_path
            self._left_traces.begin(exchange, method)
            if is_too_large:
                raise Refused("REQUEST_TOO_LARGE", TOO_LARGE)
            await self._admit(ctx, exchange, deployed, method)
            reply = await self._answered(ctx, exchange, deployed, method, hit)
        except Refused as refused:
            exchange.note(refused.reason, is_error=True)
            reply = answer(refused, exchange, deployed.responses)
        finished(exchange, deployed, reply)
        exchange.note(f"Method completed with status: {reply.status}", is_error=reply.status >= 500)
        return reply, hit[0] if hit else None

    async def _admit(self, ctx: Context, exchange: Exchange, deployed: Deployed, method: Method) -> None:
        """Refused unless the request may be answered."""
        if method.authorization != "NONE" or deployed.policy:
            await self.authorizing.check(ctx, exchange, method.body, method.authorizer, deployed.policy)
        if method.needs_key:
            self._client_plans.check(exchange, from_authorizer=deployed.keys_from_authorizer)
        if method.throttle is not None:
            key = (exchange.api_id, exchange.stage, method.resource_id, method.name)
            if not self._buckets.take(key, *method.throttle):
                raise Refused("THROTTLED", "Too Many Requests", reason="Method throttled")
        if not method.validator.is_idle:
            method.validator.check(exchange)

    async def _answered(
        self, ctx: Context, exchange: Exchange, deployed: Deployed, method: Method, hit: list[bool]
    ) -> Reply:
        if method.backend is None:
            raise internal("No integration defined for method")
        if not method.caches:
            return await self.backends.reply(ctx, exchange, method.backend)
        lookup = self.caching.look(ctx, exchange, deployed, method)
        hit.append(lookup.reply is not None)
        ctx.meter("apigateway.cache_hits" if lookup.reply is not None else "apigateway.cache_misses")
        if lookup.reply is not None:
            kept = lookup.reply
            return Reply(kept.status, [*kept.headers, *lookup.headers], kept.body)
        reply = await self.backends.reply(ctx, exchange, method.backend)
        self.caching.keep(lookup, reply, deployed, method)
        reply.headers += lookup.headers
        return reply


def _forbidden(ctx: Context) -> dict[str, Any]:
    """For a stage there is not."""
    headers = [("Content-Type", "application/json"), ("x-amzn-RequestId", ctx.request_id),
               ("x-amzn-ErrorType", "ForbiddenException")]  # fmt: skip
    return {"Status": 403, "Headers": headers, "Body": b'{"message":"Forbidden"}'}


def finished(exchange: Exchange, deployed: Deployed, reply: Reply) -> None:
    """The answer as it leaves: compressed where the API wants that, with what API Gateway says of itself."""
    headers = reply.headers
    least = deployed.compresses_from
    accepted = exchange.incoming.headers.get("accept-encoding")
    is_encoded = least is not None and any(name.lower() == "content-encoding" for name, _ in headers)
    if least is not None and accepted and len(reply.body) >= least and not is_encoded:
        reply.body, encoding = media_types.compressed(reply.body, accepted)
        if encoding:
            headers.append(("Content-Encoding", encoding))
    headers.append(("x-amzn-RequestId", exchange.request_id))
    headers.append(("x-amz-apigw-id", exchange.extended_request_id))
    if exchange.integration_latency_ms is not None:
        headers.append(("X-Amzn-Trace-Id", f"Root={exchange.trace_id}"))
