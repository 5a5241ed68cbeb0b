"""Stages: what leads clients to a deployment, with variables, caches, canaries and settings for methods."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Request, operation
from cloudchamber.services.apigateway import limits, records
from cloudchamber.services.apigateway.apis import Apis
from cloudchamber.services.apigateway.base import Answer, check_tags, picked, said
from cloudchamber.services.apigateway.errors import BadRequest, Conflict, LimitExceeded, NotFound
from cloudchamber.services.apigateway.records import RestApi, Stage
from cloudchamber.services.apigateway.rest import patch_paths

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

_KEPT = (
    "stageName", "deploymentId", "description", "cacheClusterEnabled", "cacheClusterSize", "variables",
    "documentationVersion", "canarySettings", "tracingEnabled",
)  # fmt: skip
_NAME = re.compile(r"^[a-zA-Z0-9_\-]{1,128}$")
_VARIABLE, _VALUE = re.compile(r"^\w+$"), re.compile(r"^[A-Za-z0-9\-._~:/?#&=,]*$")
CACHE_SIZES = ("0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237")
LOG_LEVELS = ("OFF", "ERROR", "INFO")
STRATEGIES = ("FAIL_WITH_403", "SUCCEED_WITH_RESPONSE_HEADER", "SUCCEED_WITHOUT_RESPONSE_HEADER")
# What AWS fills in where one setting of a method is made.
METHOD_SETTINGS: Mapping[str, Any] = {
    "metricsEnabled": False,
    "loggingLevel": "OFF",
    "dataTraceEnabled": False,
    "throttlingBurstLimit": 5000,
    "throttlingRateLimit": 10_000.0,
    "cachingEnabled": False,
    "cacheTtlInSeconds": 300,
    "cacheDataEncrypted": False,
    "requireAuthorizationForCacheControl": True,
    "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
}


def checked_stage(body: Mapping[str, Any]) -> Answer:
    """A stage's body with what AWS fills in; BadRequestException."""
    if not _NAME.match(body["stageName"]):
        raise BadRequest("Stage name only allows a-zA-Z0-9_-")
    variables = (body.get("canarySettings") or {}).get("stageVariableOverrides") or {}
    for name, value in (*(body.get("variables") or {}).items(), *variables.items()):
        if not _VARIABLE.match(name) or not _VALUE.match(value):
            raise BadRequest(
                f"Invalid stage variable specified: {name}. Names are alphanumeric with underscores, values match "
                "[A-Za-z0-9-._~:/?#&=,]+"
            )
    size = body.get("cacheClusterSize")
    if size is not None and size not in CACHE_SIZES:
        raise BadRequest(f"Invalid cache cluster size specified. Must be one of {', '.join(CACHE_SIZES)}")
    percent = (body.get("canarySettings") or {}).get("percentTraffic") or 0.0
    if not 0 <= percent <= 100:
        raise BadRequest("Percentage traffic must be between 0.0 and 100.0")
    enabled = bool(body.get("cacheClusterEnabled"))
    filled = {
        **said(body),
        "cacheClusterEnabled": enabled,
        "cacheClusterStatus": "AVAILABLE" if enabled else "NOT_AVAILABLE",
        "tracingEnabled": bool(body.get("tracingEnabled")),
        "methodSettings": {key: _checked_settings(one) for key, one in (body.get("methodSettings") or {}).items()},
    }
    if enabled:
        filled.setdefault("cacheClusterSize", CACHE_SIZES[0])
    return filled


def _checked_settings(given: Mapping[str, Any]) -> Answer:
    settings = {**METHOD_SETTINGS, **given}
    if settings["loggingLevel"] not in LOG_LEVELS:
        raise BadRequest(f"Invalid logging level specified. Must be one of {', '.join(LOG_LEVELS)}")
    if settings["unauthorizedCacheControlHeaderStrategy"] not in STRATEGIES:
        raise BadRequest(f"Invalid cache control header strategy specified. Must be one of {', '.join(STRATEGIES)}")
    if not 0 <= settings["cacheTtlInSeconds"] <= 3600:
        raise BadRequest("Invalid cache TTL specified. Must be between 0 and 3600 seconds")
    return settings


def shown_stage(stage: Stage) -> Answer:
    shown: Answer = {**stage.body, "createdDate": int(stage.created_at), "lastUpdatedDate": int(stage.updated_at)}
    return {**shown, "tags": dict(stage.tags)} if stage.tags else shown


class Stages(Apis):
    def new_stage(self, ctx: Context, api: RestApi, body: Mapping[str, Any], tags: Mapping[str, str]) -> Stage:
        """A record that is not kept yet."""
        if self.store.stages.get(api.id, body["stageName"]) is not None:
            raise Conflict("Stage already exists")
        if self.store.stages.count(api_id=api.id) >= limits.STAGES_MAX:
            raise LimitExceeded(f"Maximum number of stages per API reached: {limits.STAGES_MAX}")
        now = ctx.now()
        checked = checked_stage(body)
        return Stage(api.id, body["stageName"], ctx.account, ctx.region, now, now, checked, check_tags(tags))

    def _check_named(self, api: RestApi, body: Mapping[str, Any]) -> None:
        """Whether what a stage leads to is there."""
        canary = body.get("canarySettings") or {}
        for deployment in {body["deploymentId"], canary.get("deploymentId") or body["deploymentId"]}:
            if self.store.deployments.get(api.id, deployment) is None:
                raise BadRequest("Deployment id does not exist")
        version = body.get("documentationVersion")
        if version and self.store.parts.get(api.id, records.DOCUMENTATION_VERSION, version) is None:
            raise NotFound("Invalid Documentation version specified")
        certificate = body.get("clientCertificateId")
        if certificate:
            place = (api.account, api.region, records.CERTIFICATE, certificate)
            if self.store.kept.get(*place) is None:
                raise NotFound("Invalid Client Certificate identifier specified")

    @operation
    async def create_stage(self, ctx: Context, request: Request) -> Answer:
        api = self.api(ctx, request)
        body = picked(request, *_KEPT)
        if body.get("canarySettings"):
            canary = {"percentTraffic": 0.0, "useStageCache": False, **body["canarySettings"]}
            body["canarySettings"] = {"deploymentId": body["deploymentId"], **canary}
        self._check_named(api, body)
        return shown_stage(self.store.stages.put(self.new_stage(ctx, api, body, request.get("tags") or {})))

    @operation
    async def get_stage(self, ctx: Context, request: Request) -> Answer:
        return shown_stage(self.api_stage(self.api(ctx, request), request["stageName"]))

    @operation
    async def get_stages(self, ctx: Context, request: Request) -> Answer:
        found = self.store.stages.where(api_id=self.api(ctx, request).id)
        wanted = request.get("deploymentId")
        return {"item": [shown_stage(stage) for stage in found if wanted in (None, stage.deployment_id)]}

    @operation
    async def update_stage(self, ctx: Context, request: Request) -> Answer:
        api = self.api(ctx, request)
        stage = self.api_stage(api, request["stageName"])
        body = patch_paths.STAGE.apply(stage.body, request.get("patchOperations"))
        if body.get("canarySettings"):
            defaults = {"percentTraffic": 0.0, "useStageCache": False, "deploymentId": body["deploymentId"]}
            body["canarySettings"] = {**defaults, **body["canarySettings"]}
        body = checked_stage(body)
        self._check_named(api, body)
        stage = replace(stage, body=body, updated_at=ctx.now(), version=stage.version + 1)
        return shown_stage(self.store.stages.put(stage))

    @operation
    async def delete_stage(self, ctx: Context, request: Request) -> None:
        api = self.api(ctx, request)
        stage = self.api_stage(api, request["stageName"])
        mappings = self.store.mappings.where(api_id=api.id)
        domains = ", ".join(sorted({mapping.domain for mapping in mappings if mapping.stage == stage.name}))
        if domains:
            raise BadRequest(
                f"Deleting stage {stage.name} failed. Please remove all base path mappings related to the stage in "
                f"your domains: {domains}"
            )
        with self.platform.store.transaction():
            self.leave_plans(api, stage.name)
            self.store.stages.delete(api.id, stage.name)
