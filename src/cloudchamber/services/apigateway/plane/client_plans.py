"""API keys and the usage plans they are in: which key a request has, whether it may go on, what it has used up.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.services.apigateway.plane.refusals import Refused
from cloudchamber.services.apigateway.plane.throttling import allowance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.services.apigateway.plane.context_variables import Exchange
    from cloudchamber.services.apigateway.plane.throttling import Buckets
    from cloudchamber.services.apigateway.records import UsagePlan
    from cloudchamber.services.apigateway.store import ApiStore


class ClientPlans:
    def __init__(self, store: ApiStore, buckets: Buckets) -> None:
        self._store = store
        self._buckets = buckets

    def check(self, exchange: Exchange, *, from_authorizer: bool) -> None:
        """Refused (403) without a key that is in a plan with the stage, and (429) beyond what the plan allows."""
        value = exchange.extra.pop("usageIdentifierKey", None)
        if not from_authorizer:
            value = exchange.incoming.header("x-api-key")
        key = None if not value else self._store.api_key(exchange.account, exchange.region, value)
        plan = None
        if key is not None and key.body.get("enabled"):
            plan = self._store.plan_of(exchange.api_id, exchange.stage, key.id)
        if key is None or plan is None:
            raise Refused("INVALID_API_KEY", "Forbidden", reason="API Key not authorized")
        exchange.identity |= {"apiKey": value, "apiKeyId": key.id}
        self._throttle(exchange, plan, key.id)
        if not self._store.add_usage(plan, key.id, exchange.at):
            raise Refused("QUOTA_EXCEEDED", "Limit Exceeded", reason="API Key usage limit exceeded")

    def _throttle(self, exchange: Exchange, plan: UsagePlan, key_id: str) -> None:
        method = f"{exchange.resource_path}/{exchange.incoming.method}"
        own: Mapping[str, Any] | None = None
        for stage in plan.body.get("apiStages") or ():
            if (stage.get("apiId"), stage.get("stage")) == (exchange.api_id, exchange.stage):
                own = (stage.get("throttle") or {}).get(method)
        for limits, place in ((own, method), (plan.body.get("throttle"), "")):
            if limits:
                allowed = allowance(limits.get("rateLimit"), limits.get("burstLimit"))
                if allowed is not None and not self._buckets.take((plan.id, key_id, place), *allowed):
                    raise Refused("THROTTLED", "Too Many Requests", reason="API Key throttled")
                return
