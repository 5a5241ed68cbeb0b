"""API Gateway's tables, and what the data plane reads from them: stages, what is deployed, keys, plans, usage, domains.

What an API is drafted as lies in parts; a deployment is one JSON document of them all (`draft`), in AWS's members:
`{"api", "resources", "authorizers", "models", "requestValidators", "gatewayResponses"}`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.services.apigateway import records
from cloudchamber.services.apigateway.records import (
    ApiKey,
    ApiMapping,
    Deployment,
    Domain,
    Kept,
    Part,
    PlanKey,
    RestApi,
    Stage,
    UsagePlan,
)
from cloudchamber.services.apigateway.rest import quota
from cloudchamber.storage.tables import Table

if TYPE_CHECKING:
    from cloudchamber.storage.engine import Store

_TABLES = [
    "CREATE TABLE apigateway_snapshots (id TEXT PRIMARY KEY, document BLOB NOT NULL)",
    """CREATE TABLE apigateway_plan_stages (api_id, stage, plan_id, account, region,
        PRIMARY KEY (api_id, stage, plan_id)) WITHOUT ROWID""",
    """CREATE TABLE apigateway_usage (plan, key, day INTEGER, used INTEGER NOT NULL,
        PRIMARY KEY (plan, key, day)) WITHOUT ROWID""",
    """CREATE TABLE apigateway_usage_grants (plan, key, begun INTEGER, granted INTEGER NOT NULL,
        PRIMARY KEY (plan, key, begun)) WITHOUT ROWID""",
]
CACHE_MAX = 10_000
_PLACE = ("account", "region", "id")


class ApiStore:
    """Made through `Store.shared`, so that both versions of the API see one."""

    def __init__(self, store: Store) -> None:
        self.db = store
        self.apis: Table[RestApi] = Table(store, "apigateway_apis", RestApi, ("id",), [("account", "region", "id")])
        self.parts: Table[Part] = Table(store, "apigateway_parts", Part, ("api_id", "kind", "id"))
        self.deployments: Table[Deployment] = Table(store, "apigateway_deployments", Deployment, ("api_id", "id"))
        self.stages: Table[Stage] = Table(store, "apigateway_stages", Stage, ("api_id", "name"))
        self.keys: Table[ApiKey] = Table(
            store, "apigateway_keys", ApiKey, _PLACE, [("account", "region", "value"), ("id",)]
        )
        self.plans: Table[UsagePlan] = Table(store, "apigateway_plans", UsagePlan, _PLACE, [("id",)])
        self.plan_keys: Table[PlanKey] = Table(
            store, "apigateway_plan_keys", PlanKey, ("plan_id", "key_id"), [("key_id",)]
        )
        self.kept: Table[Kept] = Table(store, "apigateway_kept", Kept, ("account", "region", "kind", "id"), [("id",)])
        at = ("account", "region")
        self.domains: Table[Domain] = Table(store, "apigateway_domains", Domain, (*at, "name"), [("name",)])
        self.mappings: Table[ApiMapping] = Table(
            store, "apigateway_mappings", ApiMapping, (*at, "domain", "path"), [("api_id",)]
        )
        store.ensure("apigateway", _TABLES)
        self._plans: dict[tuple[str, str], tuple[UsagePlan, ...]] = {}
        self._domains: dict[str, tuple[Domain, tuple[ApiMapping, ...]] | None] = {}
        store.on_undo(self._plans.clear)
        store.on_undo(self._domains.clear)

    # what is deployed

    def stage(self, api_id: str, name: str) -> Stage | None:
        return self.stages.get(api_id, name)

    def snapshot(self, deployment_id: str) -> dict[str, Any] | None:
        """What was deployed; read and parsed anew at each call."""
        raw = self.db.value("SELECT document FROM apigateway_snapshots WHERE id = ?", (deployment_id,))
        return None if raw is None else orjson.loads(raw)

    def save_snapshot(self, deployment_id: str, document: dict[str, Any]) -> None:
        """Inside a transaction."""
        self.db.execute("INSERT INTO apigateway_snapshots VALUES (?, ?)", (deployment_id, orjson.dumps(document)))

    def draft(self, api_id: str) -> dict[str, Any] | None:
        """An API as it would be deployed now, in the form of a snapshot."""
        api = self.apis.get(api_id)
        if api is None:
            return None
        shapes = {"id": api.id, "rootResourceId": api.root_id, "account": api.account, "region": api.region}
        return {
            "api": {**api.body, **shapes},
            "resources": [{"id": part.id, **part.body} for part in self.of(api_id, records.RESOURCE)],
            "authorizers": [{"id": part.id, **part.body} for part in self.of(api_id, records.AUTHORIZER)],
            "models": {part.id: part.body["schema"] for part in self.of(api_id, records.MODEL)},
            "requestValidators": [{"id": part.id, **part.body} for part in self.of(api_id, records.VALIDATOR)],
            "gatewayResponses": {part.id: dict(part.body) for part in self.of(api_id, records.RESPONSE)},
        }

    def of(self, api_id: str, kind: str) -> list[Part]:
        return self.parts.where(api_id=api_id, kind=kind)

    # keys and plans

    def api_key(self, account: str, region: str, value: str) -> ApiKey | None:
        """The key with a value, as clients send it."""
        found = self.keys.where(account=account, region=region, value=value, limit=1)
        return found[0] if found else None

    def usage_plans_for(self, api_id: str, stage: str) -> tuple[UsagePlan, ...]:
        """The plans a stage is in."""
        found = self._plans.get((api_id, stage))
        if found is None:
            if len(self._plans) >= CACHE_MAX:
                self._plans.clear()
            rows = self.db.all(
                "SELECT account, region, plan_id FROM apigateway_plan_stages WHERE api_id = ? AND stage = ?",
                (api_id, stage),
            )
            plans = (self.plans.get(*row) for row in rows)
            found = self._plans[(api_id, stage)] = tuple(plan for plan in plans if plan is not None)
        return found

    def plan_of(self, api_id: str, stage: str, key_id: str) -> UsagePlan | None:
        """The plan under which a key may call a stage."""
        for plan in self.usage_plans_for(api_id, stage):
            if self.plan_keys.get(plan.id, key_id) is not None:
                return plan
        return None

    def save_plan(self, plan: UsagePlan) -> UsagePlan:
        """A plan with the index of its stages. Inside a transaction."""
        self._plans.clear()
        self.db.execute("DELETE FROM apigateway_plan_stages WHERE plan_id = ?", (plan.id,))
        for stage in plan.body.get("apiStages") or ():
            row = (stage["apiId"], stage["stage"], plan.id, plan.account, plan.region)
            self.db.execute("INSERT INTO apigateway_plan_stages VALUES (?, ?, ?, ?, ?)", row)
        return self.plans.put(plan)

    def remove_plan(self, plan: UsagePlan) -> None:
        """Inside a transaction."""
        self._plans.clear()
        for table, column in (("plan_stages", "plan_id"), ("usage", "plan"), ("usage_grants", "plan")):
            self.db.execute(f"DELETE FROM apigateway_{table} WHERE {column} = ?", (plan.id,))
        self.plans.delete(plan.account, plan.region, plan.id)

    # usage

    def add_usage(self, plan: UsagePlan, key_id: str, now: float) -> bool:
        """Count a request of a key; False, and not counted, where its quota is used up."""
        limits = plan.body.get("quota")
        if limits is not None and self.remaining(plan, key_id, now) <= 0:
            return False
        self.db.execute(
            "INSERT INTO apigateway_usage VALUES (?, ?, ?, 1) ON CONFLICT DO UPDATE SET used = used + 1",
            (plan.id, key_id, quota.day_of(now)),
        )
        return True

    def usage(self, plan_id: str, key_id: str, first: int, last: int) -> dict[int, int]:
        """Day -> requests, of the days on which there were some."""
        rows = self.db.all(
            "SELECT day, used FROM apigateway_usage WHERE plan = ? AND key = ? AND day BETWEEN ? AND ?",
            (plan_id, key_id, first, last),
        )
        return {row[0]: row[1] for row in rows}

    def remaining(self, plan: UsagePlan, key_id: str, now: float) -> int:
        """What is left to a key of its plan's quota in the present period. Only for a plan that has a quota."""
        return self.remaining_on(plan, key_id, quota.day_of(now))

    def remaining_on(self, plan: UsagePlan, key_id: str, day: int) -> int:
        """What was left at the end of a day."""
        limits = plan.body["quota"]
        begun = quota.first_day(limits["period"], day)
        row = self.db.one(
            "SELECT (SELECT coalesce(sum(used), 0) FROM apigateway_usage WHERE plan = ?1 AND key = ?2 AND day BETWEEN"
            " ?3 AND ?4), (SELECT granted FROM apigateway_usage_grants WHERE plan = ?1 AND key = ?2 AND begun = ?3)",
            (plan.id, key_id, begun, day),
        )
        used, granted = (0, 0) if row is None else (row[0], row[1] or 0)
        return max(0, quota.allowed(limits, begun, quota.day_of(plan.created_at)) + granted - used)

    def set_remaining(self, plan: UsagePlan, key_id: str, wanted: int, now: float) -> None:
        """Let a key have so many requests left in the present period. Inside a transaction."""
        begun = quota.first_day(plan.body["quota"]["period"], quota.day_of(now))
        self.db.execute(
            "INSERT INTO apigateway_usage_grants VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET granted = granted"
            " + excluded.granted",
            (plan.id, key_id, begun, wanted - self.remaining(plan, key_id, now)),
        )

    # domains

    def domain(self, host: str) -> tuple[Domain, tuple[ApiMapping, ...]] | None:
        """The custom domain a host names, wherever it is, and its mappings, those of longer paths first."""
        name = host.partition(":")[0].lower()
        if name not in self._domains:
            if len(self._domains) >= CACHE_MAX:
                self._domains.clear()
            found = self.domains.where(name=name, limit=1)
            if not found:  # then perhaps one with a wildcard in the place of its first part
                found = self.domains.where(name=f"*.{name.partition('.')[2]}", limit=1)
            self._domains[name] = (found[0], self._mappings(found[0])) if found else None
        return self._domains[name]

    def _mappings(self, domain: Domain) -> tuple[ApiMapping, ...]:
        found = self.mappings.where(account=domain.account, region=domain.region, domain=domain.name)
        return tuple(sorted(found, key=lambda mapping: -len(mapping.path)))

    def domains_changed(self) -> None:
        """To be called with every change of a domain or of a mapping."""
        self._domains.clear()

    # whole APIs

    def remove_api(self, api: RestApi) -> None:
        """An API with all that is in it. Inside a transaction."""
        for part in self.parts.where(api_id=api.id):
            self.parts.delete(part.api_id, part.kind, part.id)
        for stage in self.stages.where(api_id=api.id):
            self.stages.delete(api.id, stage.name)
        for deployment in self.deployments.where(api_id=api.id):
            self.remove_deployment(deployment)
        self.apis.delete(api.id)

    def remove_deployment(self, deployment: Deployment) -> None:
        self.deployments.delete(deployment.api_id, deployment.id)
        self.db.execute("DELETE FROM apigateway_snapshots WHERE id = ?", (deployment.id,))
