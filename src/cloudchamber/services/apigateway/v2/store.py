"""The tables of HTTP and WebSocket APIs. An API's draft lies in parts; a deployment is one document of them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.services.apigateway.v2 import records
from cloudchamber.services.apigateway.v2.records import Api, Deployment, Part, Stage, VpcLink
from cloudchamber.storage.tables import Table

if TYPE_CHECKING:
    from cloudchamber.storage.engine import Store

_TABLES = [
    "CREATE TABLE apigatewayv2_snapshots (api_id TEXT, id TEXT, document BLOB NOT NULL, PRIMARY KEY (api_id, id))"
]


class V2Store:
    """Made through `Store.shared`: the control plane and the connections' API see one."""

    def __init__(self, store: Store) -> None:
        self.db = store
        self.apis: Table[Api] = Table(store, "apigatewayv2_apis", Api, ("id",), [("account", "region", "id")])
        self.parts: Table[Part] = Table(store, "apigatewayv2_parts", Part, ("api_id", "kind", "parent", "id"))
        self.deployments: Table[Deployment] = Table(store, "apigatewayv2_deployments", Deployment, ("api_id", "id"))
        self.stages: Table[Stage] = Table(store, "apigatewayv2_stages", Stage, ("api_id", "name"))
        self.vpc_links: Table[VpcLink] = Table(store, "apigatewayv2_vpclinks", VpcLink, ("account", "region", "id"))
        store.ensure("apigatewayv2", _TABLES)

    def of(self, api_id: str, kind: str, parent: str = "") -> list[Part]:
        return self.parts.where(api_id=api_id, kind=kind, parent=parent)

    def draft(self, api: Api) -> dict[str, Any]:
        """An API as it would be deployed now: `api` (its settings), `routes` with their `Responses`, and by id
        `integrations` (with `Responses` too), `authorizers`; `models` is name to schema."""
        return {
            "api": {**api.settings, "ApiId": api.id, "ProtocolType": api.protocol},
            "routes": [
                {**part.body, "RouteId": part.id, "Responses": self._bodies(api, records.ROUTE_RESPONSE, part.id)}
                for part in self.of(api.id, records.ROUTE)
            ],
            "integrations": {
                part.id: {**part.body, "Responses": self._bodies(api, records.INTEGRATION_RESPONSE, part.id)}
                for part in self.of(api.id, records.INTEGRATION)
            },
            "authorizers": {part.id: dict(part.body) for part in self.of(api.id, records.AUTHORIZER)},
            "models": {part.body["Name"]: part.body["Schema"] for part in self.of(api.id, records.MODEL)},
        }

    def _bodies(self, api: Api, kind: str, parent: str) -> list[dict[str, Any]]:
        return [dict(part.body) for part in self.of(api.id, kind, parent)]

    # deployments

    def snapshot(self, api_id: str, deployment_id: str) -> dict[str, Any] | None:
        """What was deployed; read and parsed anew at each call."""
        raw = self.db.value(
            "SELECT document FROM apigatewayv2_snapshots WHERE api_id = ? AND id = ?", (api_id, deployment_id)
        )
        return None if raw is None else orjson.loads(raw)

    def add_deployment(self, deployment: Deployment, document: dict[str, Any]) -> None:
        """Inside a transaction."""
        self.deployments.put(deployment)
        self.db.execute(
            "INSERT INTO apigatewayv2_snapshots VALUES (?, ?, ?)",
            (deployment.api_id, deployment.id, orjson.dumps(document)),
        )

    def remove_deployment(self, deployment: Deployment) -> None:
        """Inside a transaction."""
        self.deployments.delete(deployment.api_id, deployment.id)
        self.db.execute(
            "DELETE FROM apigatewayv2_snapshots WHERE api_id = ? AND id = ?", (deployment.api_id, deployment.id)
        )

    # whole APIs

    def empty(self, api: Api) -> None:
        """Take an API's draft away. Inside a transaction."""
        for part in self.parts.where(api_id=api.id):
            self.parts.delete(part.api_id, part.kind, part.parent, part.id)

    def remove_part(self, part: Part, responses: str = "") -> None:
        """A part with its responses, which are of the kind `responses`. Inside a transaction."""
        if responses:
            for response in self.of(part.api_id, responses, part.id):
                self.parts.delete(part.api_id, responses, part.id, response.id)
        self.parts.delete(part.api_id, part.kind, part.parent, part.id)

    def remove_api(self, api: Api) -> None:
        """An API with all that is in it. Inside a transaction."""
        self.empty(api)
        for stage in self.stages.where(api_id=api.id):
            self.stages.delete(api.id, stage.name)
        for deployment in self.deployments.where(api_id=api.id):
            self.remove_deployment(deployment)
        self.apis.delete(api.id)
