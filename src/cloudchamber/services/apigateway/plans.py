"""Usage plans: which keys may call which stages, how quickly and how often; and what they have used."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Request, operation
from cloudchamber.services.apigateway import limits
from cloudchamber.services.apigateway.base import Answer, check_tags, new_id, paged, picked
from cloudchamber.services.apigateway.errors import BadRequest, Conflict, LimitExceeded, NotFound
from cloudchamber.services.apigateway.keys import Keys
from cloudchamber.services.apigateway.records import ApiKey, PlanKey, UsagePlan
from cloudchamber.services.apigateway.rest import patch_paths, quota
from cloudchamber.services.apigateway.v2.store import V2Store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

PERIODS = ("DAY", "WEEK", "MONTH")
_KEPT = ("name", "description", "apiStages", "throttle", "quota")
_DAYS_MAX = 90


class Plans(Keys):
    def plan(self, ctx: Context, request: Request) -> UsagePlan:
        found = self.store.plans.get(ctx.account, ctx.region, request["usagePlanId"])
        if found is None:
            raise NotFound("Invalid Usage Plan ID specified")
        return found

    def _checked_plan(self, ctx: Context, body: Mapping[str, Any]) -> Answer:
        """BadRequestException, NotFoundException; the members that have nothing to say are left out."""
        limit = body.get("quota")
        if limit is not None:
            if not isinstance(limit.get("limit"), int) or limit["limit"] <= 0:
                raise BadRequest("Usage Plan quota limit must be greater than zero")
            if limit.get("period") not in PERIODS:
                raise BadRequest(f"Usage Plan quota period must be one of {', '.join(PERIODS)}")
            if not 0 <= (limit.get("offset") or 0) <= limit["limit"]:
                raise BadRequest("Usage Plan quota offset must be between zero and the limit")
        stages = body.get("apiStages") or []
        for throttle in (body.get("throttle") or {}, *(t for s in stages for t in (s.get("throttle") or {}).values())):
            if (throttle.get("rateLimit") or 0) < 0 or (throttle.get("burstLimit") or 0) < 0:
                raise BadRequest("Usage Plan throttle limits must not be negative")
        for stage in stages:
            api_id, name = stage.get("apiId") or "", stage.get("stage") or ""
            others = self.platform.store.shared(V2Store)  # WebSocket APIs have keys too
            api = self.store.apis.get(api_id) or others.apis.get(api_id)
            is_own = api is not None and (api.account, api.region) == (ctx.account, ctx.region)
            if not is_own or (self.store.stages.get(api_id, name) or others.stages.get(api_id, name)) is None:
                raise NotFound(f"API Stage not found: {stage.get('apiId')}:{stage.get('stage')}")
        filled = {**body, "apiStages": stages}
        if limit is not None:
            filled["quota"] = {"offset": 0, **limit}
        return {name: value for name, value in filled.items() if value not in (None, {}, "")}

    @operation
    async def create_usage_plan(self, ctx: Context, request: Request) -> Answer:
        body = self._checked_plan(ctx, picked(request, *_KEPT))
        if self.store.plans.count(account=ctx.account, region=ctx.region) >= limits.USAGE_PLANS_MAX:
            raise LimitExceeded("Maximum number of usage plans per account reached")
        plan = UsagePlan(ctx.account, ctx.region, new_id(), ctx.now(), body, check_tags(request.get("tags") or {}))
        with self.platform.store.transaction():
            self.store.save_plan(plan)
        return _shown(plan)

    @operation
    async def get_usage_plan(self, ctx: Context, request: Request) -> Answer:
        return _shown(self.plan(ctx, request))

    @operation
    async def get_usage_plans(self, ctx: Context, request: Request) -> Answer:
        found = self.store.plans.where(account=ctx.account, region=ctx.region)
        if request.get("keyId"):
            self.key(ctx, request["keyId"])
            found = [plan for plan in found if self.store.plan_keys.get(plan.id, request["keyId"])]
        chosen, position = paged(request, found, lambda plan: plan.id)
        return {"items": [_shown(plan) for plan in chosen], **position}

    @operation
    async def update_usage_plan(self, ctx: Context, request: Request) -> Answer:
        plan = self.plan(ctx, request)
        operations = [
            {**one, "path": (one.get("path") or "").replace("/throttle//", "/throttle/~1")}
            for one in request.get("patchOperations") or ()
        ]
        body = _from_patched(patch_paths.USAGE_PLAN.apply(to_patch(plan.body), operations), plan.body)
        changed = replace(plan, body=self._checked_plan(ctx, body))
        for link in self.store.plan_keys.where(plan_id=plan.id):
            self._check_one_plan(changed, link.key_id)
        with self.platform.store.transaction():
            self.store.save_plan(changed)
        return _shown(changed)

    @operation
    async def delete_usage_plan(self, ctx: Context, request: Request) -> None:
        plan = self.plan(ctx, request)
        for stage in plan.body.get("apiStages") or ():
            raise BadRequest(
                f"Cannot delete Usage Plan {plan.id} because there are API Stages associated with it, including "
                f"{stage['apiId']}:{stage['stage']}"
            )
        with self.platform.store.transaction():
            for link in self.store.plan_keys.where(plan_id=plan.id):
                self.store.plan_keys.delete(link.plan_id, link.key_id)
            self.store.remove_plan(plan)

    # keys in plans

    def _check_one_plan(self, plan: UsagePlan, key_id: str) -> None:
        """A key may be in one plan for a stage."""
        for stage in plan.body.get("apiStages") or ():
            for other in self.store.usage_plans_for(stage["apiId"], stage["stage"]):
                if other.id != plan.id and self.store.plan_keys.get(other.id, key_id):
                    raise Conflict(
                        f"API Key '{key_id}' cannot reference multiple usage plans with the same API stage: "
                        f"{stage['apiId']}:{stage['stage']}"
                    )

    @operation
    async def create_usage_plan_key(self, ctx: Context, request: Request) -> Answer:
        plan = self.plan(ctx, request)
        if request["keyType"] != "API_KEY":
            raise BadRequest("Invalid key type specified. Must be one of: API_KEY")
        key = self.key(ctx, request["keyId"])
        if self.store.plan_keys.get(plan.id, key.id):
            raise Conflict(f"Usage Plan {plan.id} already contains API Key {key.id}")
        self._check_one_plan(plan, key.id)
        self.store.plan_keys.put(PlanKey(plan.id, key.id))
        return _shown_plan_key(key)

    def _key_in_plan(self, ctx: Context, request: Request) -> tuple[UsagePlan, ApiKey]:
        plan = self.plan(ctx, request)
        if self.store.plan_keys.get(plan.id, request["keyId"]) is None:
            raise NotFound("Invalid API Key identifier specified")
        return plan, self.key(ctx, request["keyId"])

    @operation
    async def get_usage_plan_key(self, ctx: Context, request: Request) -> Answer:
        return _shown_plan_key(self._key_in_plan(ctx, request)[1])

    @operation
    async def get_usage_plan_keys(self, ctx: Context, request: Request) -> Answer:
        plan, query = self.plan(ctx, request), request.get("nameQuery") or ""
        keys = [self.key(ctx, link.key_id) for link in self.store.plan_keys.where(plan_id=plan.id)]
        found = [key for key in keys if (key.body.get("name") or "").startswith(query)]
        chosen, position = paged(request, found, lambda key: key.id)
        return {"items": [_shown_plan_key(key) for key in chosen], **position}

    @operation
    async def delete_usage_plan_key(self, ctx: Context, request: Request) -> None:
        plan, key = self._key_in_plan(ctx, request)
        self.store.plan_keys.delete(plan.id, key.id)

    # usage

    @operation
    async def get_usage(self, ctx: Context, request: Request) -> Answer:
        plan = self.plan(ctx, request)
        try:
            first, last = (quota.day_of_text(request[member]) for member in ("startDate", "endDate"))
        except ValueError:
            raise BadRequest("Invalid date specified. Dates must be of the form YYYY-MM-DD") from None
        if not first <= last < first + _DAYS_MAX:
            raise BadRequest(f"Usage date range must be between 1 and {_DAYS_MAX} days")
        if request.get("keyId"):
            keys = [self._key_in_plan(ctx, request)[1].id]
        else:
            keys = [link.key_id for link in self.store.plan_keys.where(plan_id=plan.id)]
        chosen, position = paged(request, keys, str)
        items = {key: self._used(plan, key, first, last) for key in chosen}
        return {
            "usagePlanId": plan.id, "startDate": request["startDate"], "endDate": request["endDate"], **position,
            "items": {key: days for key, days in items.items() if request.get("keyId") or any(d[0] for d in days)},
        }  # fmt: skip

    def _used(self, plan: UsagePlan, key_id: str, first: int, last: int) -> list[list[int]]:
        """For each day what was used, and what was left at its end: 0 where there is no quota."""
        used = self.store.usage(plan.id, key_id, first, last)
        left = self.store.remaining_on if "quota" in plan.body else lambda *_: 0
        return [[used.get(day, 0), left(plan, key_id, day)] for day in range(first, last + 1)]

    @operation
    async def update_usage(self, ctx: Context, request: Request) -> Answer:
        plan, key = self._key_in_plan(ctx, request)
        wanted = patch_paths.USAGE.apply({}, request.get("patchOperations")).get("remaining")
        if wanted is not None:
            if "quota" not in plan.body:
                raise BadRequest(f"Usage Plan {plan.id} has no quota")
            if wanted < 0:
                raise BadRequest("Remaining quota must not be negative")
            with self.platform.store.transaction():
                self.store.set_remaining(plan, key.id, wanted, ctx.now())
        day = quota.day_of(ctx.now())
        date = quota.text_of_day(day)
        items = {key.id: self._used(plan, key.id, day, day)}
        return {"usagePlanId": plan.id, "startDate": date, "endDate": date, "items": items}


def _shown(plan: UsagePlan) -> Answer:
    shown = {"id": plan.id, **plan.body}
    return {**shown, "tags": dict(plan.tags)} if plan.tags else shown


def _shown_plan_key(key: ApiKey) -> Answer:
    return {"id": key.id, "type": "API_KEY", "value": key.value, **picked(key.body, "name")}


def to_patch(body: Mapping[str, Any]) -> Answer:
    """A plan as patches see it: stages as `api:stage`, their throttles beside them."""
    stages = {f"{one['apiId']}:{one['stage']}": one.get("throttle") or {} for one in body.get("apiStages") or ()}
    return {**body, "apiStages": list(stages), "throttles": {name: one for name, one in stages.items() if one}}


def _from_patched(patched: Mapping[str, Any], before: Mapping[str, Any]) -> Answer:
    throttles = patched.get("throttles") or {}
    known = {f"{stage['apiId']}:{stage['stage']}" for stage in before["apiStages"]}
    stages = []
    for name in patched.get("apiStages") or ():
        api_id, _, stage = name.partition(":")
        throttle = {"throttle": throttles[name]} if throttles.get(name) else {}
        stages.append({"apiId": api_id, "stage": stage, **throttle})
    for name in throttles:
        if name not in known | set(patched.get("apiStages") or ()):
            raise NotFound(f"API Stage not found: {name}")
    return {**{member: value for member, value in patched.items() if member != "throttles"}, "apiStages": stages}
