"""What is deployed to a stage, made ready for requests: once for each deployment and each change of the stage."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudchamber.services.apigateway.plane.validation import Schemas
from cloudchamber.services.apigateway.v2.parameter_mapping import Mappings
from cloudchamber.services.apigateway.v2.routing import Router

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.services.apigateway.v2.records import Api, Stage
    from cloudchamber.services.apigateway.v2.store import V2Store

STAGES_MAX = 256
EVERY_ROUTE = ""


@dataclass(slots=True)
class LiveIntegration:
    id: str
    body: Mapping[str, Any]
    request_mappings: Mappings
    response_mappings: Mapping[str, Mappings]  # by status

    @property
    def timeout_s(self) -> float:
        return float(self.body["TimeoutInMillis"]) / 1000


@dataclass(slots=True)
class LiveStage:
    """An API as a stage has it."""

    api: Api
    stage: Stage
    settings: Mapping[str, Any]  # the API's, as they were deployed
    router: Router
    routes: Mapping[str, Mapping[str, Any]]  # by route key
    integrations: Mapping[str, LiveIntegration]
    authorizers: Mapping[str, Mapping[str, Any]]
    limits: Mapping[str, tuple[float, float]]  # rate and burst by route key; `EVERY_ROUTE` is shared by the others
    schemas: Schemas

    @property
    def variables(self) -> Mapping[str, str]:
        return self.stage.body.get("StageVariables") or {}

    def setting(self, route_key: str, name: str) -> Any:
        """A setting of a route: its own, else the stage's."""
        own = (self.stage.body.get("RouteSettings") or {}).get(route_key) or {}
        return own[name] if own.get(name) is not None else self.stage.body["DefaultRouteSettings"].get(name)

    def integration_of(self, route: Mapping[str, Any]) -> LiveIntegration | None:
        return self.integrations.get((route.get("Target") or "").removeprefix("integrations/"))

    def limit_of(self, route_key: str) -> tuple[str, float, float] | None:
        """Whose limit counts for a route, with its rate and burst; None where no limit is set."""
        key = route_key if route_key in self.limits else EVERY_ROUTE
        found = self.limits.get(key)
        return None if found is None else (key, *found)


class LiveStages:
    """Those in use; the longest unused go first."""

    def __init__(self, store: V2Store) -> None:
        self._store = store
        self._kept: OrderedDict[tuple[str, str], LiveStage] = OrderedDict()

    def get(self, api: Api, stage: Stage) -> LiveStage | None:
        """None while nothing is deployed to the stage."""
        key = (api.id, stage.name)
        found = self._kept.get(key)
        if found is not None and found.stage is stage:
            self._kept.move_to_end(key)
            return found
        document = self._store.snapshot(api.id, stage.deployment_id) if stage.deployment_id else None
        if document is None:
            return None
        made = self._kept[key] = _made(api, stage, document)
        if len(self._kept) > STAGES_MAX:
            self._kept.popitem(last=False)
        return made


def _made(api: Api, stage: Stage, document: Mapping[str, Any]) -> LiveStage:
    integrations = {}
    for integration_id, body in document["integrations"].items():
        is_mapped = api.is_http and not body.get("IntegrationSubtype")
        integrations[integration_id] = LiveIntegration(
            integration_id,
            body,
            Mappings((body.get("RequestParameters") if is_mapped else None) or {}),
            {
                status: Mappings(mappings)
                for status, mappings in ((body.get("ResponseParameters") if is_mapped else None) or {}).items()
            },
        )
    routes = {route["RouteKey"]: route for route in document["routes"]}
    return LiveStage(
        api, stage, document["api"], Router(document["routes"] if api.is_http else ()), routes, integrations,
        document["authorizers"], _limits(stage.body), Schemas(document["models"]),
    )  # fmt: skip


def _limits(body: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    """Rate and burst of each route with limits of its own, and of the others together where the stage has some."""
    found: dict[str, tuple[float, float]] = {}
    default = body.get("DefaultRouteSettings") or {}
    for key, own in ((EVERY_ROUTE, default), *(body.get("RouteSettings") or {}).items()):
        settings = {**default, **own}
        rate, burst = settings.get("ThrottlingRateLimit"), settings.get("ThrottlingBurstLimit")
        if (own.get("ThrottlingRateLimit"), own.get("ThrottlingBurstLimit")) != (None, None):
            found[key] = (float(rate or 0), float(burst or 0))
    return found
