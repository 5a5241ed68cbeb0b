"""What a request of a REST API leaves: metrics, a line in the access log, the story in the execution log.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from cloudchamber.core.arn import Arn
from cloudchamber.core.errors import AwsError
from cloudchamber.core.metrics import Measured
from cloudchamber.services.apigateway import records
from cloudchamber.services.apigateway.plane import access_log, context_variables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.core.metrics import Dimensions
    from cloudchamber.core.service import Platform
    from cloudchamber.services.apigateway.plane.access_log import LogShipper
    from cloudchamber.services.apigateway.plane.context_variables import Exchange
    from cloudchamber.services.apigateway.plane.deployed import Deployed, Method
    from cloudchamber.services.apigateway.plane.functions import Roles
    from cloudchamber.services.apigateway.store import ApiStore

NAMESPACE = "AWS/ApiGateway"
STREAMS = 4  # of an execution log's group


class Traces:
    def __init__(self, platform: Platform, store: ApiStore, roles: Roles, shipper: LogShipper) -> None:
        self._clock = platform.clock
        self._store = store
        self._roles = roles
        self._shipper = shipper

    @staticmethod
    def measure(ctx: Context, exchange: Exchange, deployed: Deployed, method: Method | None, hit: bool | None) -> None:
        """`hit`: whether the cache had the answer; None if it was not asked."""
        status = exchange.status
        values: tuple[tuple[str, float, str], ...] = (
            ("Count", 1.0, "Count"),
            ("Latency", float(exchange.latency_ms), "Milliseconds"),
            ("4XXError", 1.0, "Count") if 400 <= status < 500 else ("4XXError", 0.0, "Count"),
            ("5XXError", 1.0, "Count") if status >= 500 else ("5XXError", 0.0, "Count"),
        )
        if exchange.integration_latency_ms is not None:
            values += (("IntegrationLatency", float(exchange.integration_latency_ms), "Milliseconds"),)
        if hit is not None:
            values += (("CacheHitCount", 1.0, "Count") if hit else ("CacheMissCount", 1.0, "Count"),)
        name = ("ApiName", str(deployed.api.get("name", "")))
        also: tuple[Dimensions, ...] = ((name, ("Stage", exchange.stage)),)
        if method is not None and method.settings.get("metricsEnabled"):
            also += ((name, ("Method", exchange.incoming.method), ("Resource", method.resource_path), also[0][1]),)
        ctx.emit(Measured(exchange.account, exchange.region, NAMESPACE, (name,), values, also))

    def begin(self, exchange: Exchange, method: Method) -> None:
        if (method.settings.get("loggingLevel") or "OFF") != "OFF":
            exchange.log = []
            exchange.logs_data = bool(method.settings.get("dataTraceEnabled"))
            begin(exchange, method)

    def write(self, ctx: Context, exchange: Exchange, deployed: Deployed, method: Method | None) -> None:
        """The access log and the execution log, as far as the stage has them and the account's role may write them."""
        settings = deployed.stage.get("accessLogSettings") or {}
        lines = self._story(exchange, method)
        destination, pattern = settings.get("destinationArn"), settings.get("format")
        if not lines and not (destination and pattern):
            return
        role = self._store.kept.get(exchange.account, exchange.region, records.ACCOUNT, "")
        role_arn = None if role is None else role.body.get("cloudwatchRoleArn")
        if not role_arn:
            return
        text = ""
        if destination and pattern:
            text = access_log.compiled(pattern)(context_variables.logged(exchange))
        work = self._hand_over(ctx, role_arn, (exchange, text, str(destination), lines))
        self._clock.spawn(work, f"logs of {exchange.api_id}")

    @staticmethod
    def _story(exchange: Exchange, method: Method | None) -> list[str]:
        if exchange.log is None or method is None:
            return []
        everything = method.settings.get("loggingLevel") == "INFO"
        return [text for text, is_error in exchange.log if everything or is_error]

    async def _hand_over(self, ctx: Context, role_arn: str, parcel: tuple[Exchange, str, str, list[str]]) -> None:
        exchange, text, destination, lines = parcel
        try:
            principal = await self._roles.assume(ctx, role_arn, "BackplaneAssumeRoleSession")
        except AwsError:
            return
        if text and destination.split(":")[2:3] == ["logs"]:
            arn = Arn.parse(destination)
            group = arn.resource.removeprefix("log-group:").removesuffix(":*")
            self._shipper.add(principal, (arn.account, arn.region, group), text)
        group = f"API-Gateway-Execution-Logs_{exchange.api_id}/{exchange.stage}"
        at = int(hashlib.md5(exchange.request_id.encode(), usedforsecurity=False).hexdigest(), 16) % STREAMS
        stream = hashlib.md5(f"{group}{at}".encode(), usedforsecurity=False).hexdigest()
        for line in lines:
            self._shipper.add(principal, (exchange.account, exchange.region, group), line, stream)


def begin(exchange: Exchange, method: Method) -> None:
    """How the story of a request opens."""
    incoming = exchange.incoming
    exchange.note(f"Extended Request Id: {exchange.extended_request_id}")
    exchange.note(f"Starting execution for request: {exchange.request_id}")
    exchange.note(f"HTTP Method: {incoming.method}, Resource Path: {incoming.path}")
    exchange.note(f"Method request path: {_shown(exchange.path_parameters)}", is_data=True)
    query = {name: values[-1] for name, values in incoming.query.items()}
    exchange.note(f"Method request query string: {_shown(query)}", is_data=True)
    exchange.note(f"Method request headers: {_shown(incoming.headers)}", is_data=True)
    body = incoming.body[:1024].decode("utf-8", "replace")
    exchange.note(f"Method request body before transformations: {body}", is_data=True)


def _shown(values: Mapping[str, str]) -> str:
    return "{" + ", ".join([f"{name}={_masked(name, value)}" for name, value in values.items()]) + "}"


def _masked(name: str, value: str) -> str:
    """What opens doors is shown by its end."""
    return f"{'*' * max(0, len(value) - 6)}{value[-6:]}" if name in ("authorization", "x-api-key") else value
