"""Operations on deployments and stages. A stage with AutoDeploy gets a deployment with every change of its API."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Request, operation
from cloudchamber.services.apigateway.v2 import checks, limits, records
from cloudchamber.services.apigateway.v2.base import NO_ROUTES, V2Base, given, listed, merged, new_id
from cloudchamber.services.apigateway.v2.errors import BadRequest, Conflict, NotFound, TooManyRequests
from cloudchamber.services.apigateway.v2.records import Api, Deployment, Stage

if TYPE_CHECKING:
    from cloudchamber.core.context import Context

_MEMBERS = (
    "AccessLogSettings", "AutoDeploy", "ClientCertificateId", "DefaultRouteSettings", "DeploymentId", "Description",
    "RouteSettings", "StageVariables",
)  # fmt: skip


class Stages(V2Base):
    @operation
    async def create_deployment(self, ctx: Context, request: Request) -> dict[str, Any]:
        api = self.api(ctx, request)
        name = request.get("StageName")
        stage = self.stage(api, name) if name else None
        if stage is not None and stage.is_automatic:
            raise BadRequest("Deployments cannot be made to a stage that has AutoDeploy enabled")
        document = self.store.draft(api)
        if not document["routes"]:
            raise BadRequest(NO_ROUTES[api.protocol])
        deployment = Deployment(api.id, new_id(6), ctx.now(), request.get("Description") or "")
        with self.platform.store.transaction():
            self.store.add_deployment(deployment, document)
            if stage is not None:
                self._put_stage(stage, {**stage.body, "DeploymentId": deployment.id}, ctx.now())
        return _shown_deployment(deployment)

    def _deployment(self, api: Api, deployment_id: str) -> Deployment:
        found = self.store.deployments.get(api.id, deployment_id)
        if found is None:
            raise NotFound("Invalid Deployment identifier specified")
        return found

    @operation
    async def get_deployment(self, ctx: Context, request: Request) -> dict[str, Any]:
        return _shown_deployment(self._deployment(self.api(ctx, request), request["DeploymentId"]))

    @operation
    async def get_deployments(self, ctx: Context, request: Request) -> dict[str, Any]:
        found = self.store.deployments.where(api_id=self.api(ctx, request).id)
        return listed(request, found, lambda deployment: deployment.id, _shown_deployment)

    @operation
    async def update_deployment(self, ctx: Context, request: Request) -> dict[str, Any]:
        deployment = self._deployment(self.api(ctx, request), request["DeploymentId"])
        if request.get("Description") is not None:
            deployment = self.store.deployments.put(replace(deployment, description=request["Description"]))
        return _shown_deployment(deployment)

    @operation
    async def delete_deployment(self, ctx: Context, request: Request) -> None:
        api = self.api(ctx, request)
        deployment = self._deployment(api, request["DeploymentId"])
        if any(stage.deployment_id == deployment.id for stage in self.store.stages.where(api_id=api.id)):
            raise BadRequest("Active stages pointing to this deployment must be moved or deleted")
        with self.platform.store.transaction():
            self.store.remove_deployment(deployment)

    # stages

    @operation
    async def create_stage(self, ctx: Context, request: Request) -> dict[str, Any]:
        api, name = self.api(ctx, request), request["StageName"]
        checks.check_stage_name(api, name)
        checks.check_tags(request.get("Tags") or {})
        if self.store.stages.get(api.id, name) is not None:
            raise Conflict("Stage already exists")
        if self.store.stages.count(api_id=api.id) >= limits.STAGES_MAX:
            raise TooManyRequests("Maximum number of Stages for this API has been reached.")
        body = {**checks.NEW_STAGE[api.protocol], **given(request, _MEMBERS)}
        body["DefaultRouteSettings"] = {
            **checks.NEW_STAGE[api.protocol]["DefaultRouteSettings"], **body["DefaultRouteSettings"],
        }  # fmt: skip
        self._check_stage(api, body, request)
        stage = Stage(api.id, name, ctx.now(), ctx.now(), body, dict(request.get("Tags") or {}))
        with self.platform.store.transaction():
            self.store.stages.put(stage)
            if stage.is_automatic:
                self.deploy_by_itself(api, [stage])
        return _shown_stage(self.stage(api, name))

    def _check_stage(self, api: Api, body: dict[str, Any], request: Request) -> None:
        if request.get("DeploymentId"):
            self._deployment(api, request["DeploymentId"])
            if body.get("AutoDeploy"):
                raise BadRequest("DeploymentId cannot be set for a stage that has AutoDeploy enabled")
        checks.check_stage(api, body, [part.body["RouteKey"] for part in self.store.of(api.id, records.ROUTE)])

    def _put_stage(self, stage: Stage, body: dict[str, Any], now: float) -> Stage:
        return self.store.stages.put(replace(stage, body=body, updated_at=now, version=stage.version + 1))

    @operation
    async def get_stage(self, ctx: Context, request: Request) -> dict[str, Any]:
        return _shown_stage(self.stage(self.api(ctx, request), request["StageName"]))

    @operation
    async def get_stages(self, ctx: Context, request: Request) -> dict[str, Any]:
        found = self.store.stages.where(api_id=self.api(ctx, request).id)
        return listed(request, found, lambda stage: stage.name, _shown_stage)

    @operation
    async def update_stage(self, ctx: Context, request: Request) -> dict[str, Any]:
        api = self.api(ctx, request)
        stage = self.stage(api, request["StageName"])
        body = merged(stage.body, request, _MEMBERS)
        default = request.get("DefaultRouteSettings")
        if default is not None:
            body["DefaultRouteSettings"] = {**stage.body["DefaultRouteSettings"], **default}
        self._check_stage(api, body, request)
        begins = bool(body.get("AutoDeploy")) and not stage.is_automatic
        with self.platform.store.transaction():
            stage = self._put_stage(stage, body, ctx.now())
            if begins:
                self.deploy_by_itself(api, [stage])
        return _shown_stage(self.stage(api, stage.name))

    @operation
    async def delete_stage(self, ctx: Context, request: Request) -> None:
        api = self.api(ctx, request)
        stage = self.stage(api, request["StageName"])
        self.check_unmapped(api, stage.name)
        with self.platform.store.transaction():
            self.store.stages.delete(api.id, stage.name)
        self.forget(api, stage.name)

    @operation
    async def delete_access_log_settings(self, ctx: Context, request: Request) -> None:
        stage = self.stage(self.api(ctx, request), request["StageName"])
        body = {name: value for name, value in stage.body.items() if name != "AccessLogSettings"}
        self._put_stage(stage, body, ctx.now())

    @operation
    async def delete_route_settings(self, ctx: Context, request: Request) -> None:
        stage, key = self.stage(self.api(ctx, request), request["StageName"]), request["RouteKey"]
        settings = dict(stage.body.get("RouteSettings") or {})
        if settings.pop(key, None) is None:
            raise checks.NoSuchRoute(key)
        self._put_stage(stage, {**stage.body, "RouteSettings": settings}, ctx.now())

    @operation
    async def reset_authorizers_cache(self, ctx: Context, request: Request) -> None:
        api = self.api(ctx, request)
        stage = self.stage(api, request["StageName"])
        self.verdicts.forget(lambda key: key[:2] == (api.id, stage.name))


def _shown_deployment(deployment: Deployment) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "DeploymentId": deployment.id, "CreatedDate": deployment.created_at, "DeploymentStatus": "DEPLOYED",
        "AutoDeployed": deployment.is_automatic,
    }  # fmt: skip
    return shown | ({"Description": deployment.description} if deployment.description else {})


def _shown_stage(stage: Stage) -> dict[str, Any]:
    return {
        **stage.body, "StageName": stage.name, "CreatedDate": stage.created_at, "LastUpdatedDate": stage.updated_at,
        "Tags": dict(stage.tags),
    }  # fmt: skip
