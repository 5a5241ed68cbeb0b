"""What a connection or a message of a WebSocket API leaves: metrics, the access log, the execution log.

Both logs are written as the role that the account has for it, in the background.
https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-logging.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.core.errors import AwsError
from cloudchamber.services.apigateway import records as rest_records
from cloudchamber.services.apigateway.v2.http_calls import HttpCalls

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.apigateway.plane.context_variables import Exchange
    from cloudchamber.services.apigateway.v2.live import LiveStage

SESSION = "BackplaneAssumeRoleSession"


class WebSocketLogs(HttpCalls):
    def begin_log(self, live: LiveStage, exchange: Exchange, event_type: str) -> None:
        """Keep the story of what happens from here on, where the route or the stage wants it."""
        if live.setting(exchange.route_key, "LoggingLevel") not in ("INFO", "ERROR"):
            return
        exchange.log = []
        exchange.logs_data = bool(live.setting(exchange.route_key, "DataTraceEnabled"))
        exchange.note(f"Extended Request Id: {exchange.extended_request_id}")
        exchange.note(f"Starting execution for request: {exchange.request_id}")
        exchange.note(f"Event type: {event_type}, route key: {exchange.route_key}")

    def leave(self, ctx: Context, live: LiveStage, exchange: Exchange, count: str) -> None:
        """The metrics, `count` among them, and the logs of what has ended."""
        status = exchange.status
        values = [(count, 1.0, "Count")] if count else []
        values.append(("ClientError", float(400 <= status < 500), "Count"))
        values.append(("ExecutionError", float(status >= 500), "Count"))
        if exchange.integration_latency_ms is not None:
            values.append(("IntegrationLatency", float(exchange.integration_latency_ms), "Milliseconds"))
            values.append(("IntegrationError", float("integrationErrorMessage" in exchange.extra), "Count"))
        self.measure(ctx, live, exchange.route_key, tuple(values))
        if exchange.error:
            exchange.note(f"Execution failed: {exchange.error['message']}", is_error=True)
        exchange.note(f"Method completed with status: {status}")
        if exchange.log is None and not live.stage.body.get("AccessLogSettings"):
            return
        settings = self.shared.kept.get(ctx.account, ctx.region, rest_records.ACCOUNT, "")
        role = None if settings is None else settings.body.get("cloudwatchRoleArn")
        if role:
            self.clock.spawn(self._write(ctx, live, exchange, role), f"logs of {exchange.api_id}")

    async def _write(self, ctx: Context, live: LiveStage, exchange: Exchange, role: str) -> None:
        try:
            writer = await self.roles.assume(ctx, role, SESSION)
        except AwsError:  # as on AWS nobody is told
            return
        self.log_access(live, exchange, writer)
        place = (exchange.account, exchange.region, f"/aws/apigateway/{exchange.api_id}/{exchange.stage}")
        everything = live.setting(exchange.route_key, "LoggingLevel") == "INFO"
        for text, is_error in exchange.log or ():
            if everything or is_error:
                self.log_lines.add(writer, place, text)
