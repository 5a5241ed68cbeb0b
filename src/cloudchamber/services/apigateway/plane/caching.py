"""Whether a method's answer comes from the stage's cache, and who may have it asked for anew.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudchamber.services.apigateway.plane.integration_request import sources
from cloudchamber.services.apigateway.plane.permissions import INVALIDATE, refusal_text
from cloudchamber.services.apigateway.plane.refusals import Refused, Reply

if TYPE_CHECKING:
    from collections.abc import Hashable

    from cloudchamber.core.context import Context
    from cloudchamber.services.apigateway.plane.authorizing import Authorizing
    from cloudchamber.services.apigateway.plane.context_variables import Exchange
    from cloudchamber.services.apigateway.plane.deployed import Deployed, Method
    from cloudchamber.services.apigateway.plane.permissions import Permissions
    from cloudchamber.services.apigateway.plane.response_cache import Place, ResponseCaches

CANARY = "/Canary"
_WARNING = ("Warning", '199 API-Gateway "Cache-Control header was ignored: not authorized to invalidate the cache"')


@dataclass(slots=True)
class Lookup:
    """Where an answer is, or belongs. `reply` is what was found; `headers` go with the answer in any case."""

    place: Place
    key: Hashable
    reply: Reply | None
    headers: tuple[tuple[str, str], ...] = ()


class Caching:
    def __init__(self, caches: ResponseCaches, permissions: Permissions, authorizing: Authorizing) -> None:
        self._caches = caches
        self._permissions = permissions
        self._authorizing = authorizing

    def look(self, ctx: Context, exchange: Exchange, deployed: Deployed, method: Method) -> Lookup:
        """For a method that caches. Refused (403) for who may not invalidate, where the stage wants it so."""
        parameters: tuple[object, ...] = ()
        if method.cache_keys:
            given = sources(exchange, exchange.incoming.body)
            parameters = tuple([_hashable(value(given)) for value in method.cache_keys])
        # What was fetched with a caller's own credentials is for nobody else.
        caller = exchange.identity.get("accessKey") if method.backend and method.backend.is_of_caller else None
        key = (deployed.born, method.cache_namespace, exchange.incoming.method, parameters, caller)
        stage = f"{exchange.stage}{CANARY}" if deployed.has_own_cache else exchange.stage
        place = (exchange.api_id, stage)
        if "max-age=0" in exchange.incoming.headers.get("cache-control", "").replace(" ", ""):
            headers = self._invalidates(ctx, exchange, deployed, method)
            if headers is None:
                return Lookup(place, key, None)
            return Lookup(place, key, self._caches.get(place, key), headers)
        return Lookup(place, key, self._caches.get(place, key))

    def _invalidates(
        self, ctx: Context, exchange: Exchange, deployed: Deployed, method: Method
    ) -> tuple[tuple[str, str], ...] | None:
        """None if the entry is to be made anew, else what goes with the kept one."""
        settings = method.settings
        if not settings.get("requireAuthorizationForCacheControl", True):
            return None
        try:
            if exchange.principal is None:
                self._authorizing.signed(ctx, exchange)
            decision = self._permissions.decide(ctx, exchange, deployed.policy, INVALIDATE)
            if decision.allowed:
                return None
            text = refusal_text(decision, exchange)
        except Refused as refused:
            text = str(refused.message)
        strategy = settings.get("unauthorizedCacheControlHeaderStrategy") or "SUCCEED_WITH_RESPONSE_HEADER"
        if strategy == "FAIL_WITH_403":
            raise Refused("ACCESS_DENIED", text)
        return (_WARNING,) if strategy == "SUCCEED_WITH_RESPONSE_HEADER" else ()

    def keep(self, lookup: Lookup, reply: Reply, deployed: Deployed, method: Method) -> None:
        """An answer for the next who asks; only what went well."""
        if 200 <= reply.status < 300:
            ttl = method.settings.get("cacheTtlInSeconds")
            kept = Reply(reply.status, list(reply.headers), reply.body)
            self._caches.put(
                lookup.place, lookup.key, kept, ttl_s=300 if ttl is None else float(ttl), size_gb=deployed.cache_gb
            )

    def flush(self, api_id: str, stage: str) -> None:
        """Forget what a stage and its canary have cached."""
        self._caches.flush((api_id, stage))
        self._caches.flush((api_id, f"{stage}{CANARY}"))


def _hashable(values: list[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)
