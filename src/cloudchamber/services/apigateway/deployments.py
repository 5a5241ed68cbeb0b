"""Deployments: an API's draft as it was at a moment, for stages to lead to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Request, operation
from cloudchamber.services.apigateway.base import Answer, new_id, paged, picked
from cloudchamber.services.apigateway.errors import BadRequest, NotFound
from cloudchamber.services.apigateway.records import Deployment, RestApi, Stage
from cloudchamber.services.apigateway.rest import patch_paths
from cloudchamber.services.apigateway.stages import Stages, checked_stage

if TYPE_CHECKING:
    from cloudchamber.core.context import Context

_OF_STAGE = ("cacheClusterEnabled", "cacheClusterSize", "variables", "tracingEnabled")


class Deployments(Stages):
    @operation
    async def create_deployment(self, ctx: Context, request: Request) -> Answer:
        api = self.api(ctx, request)
        draft = self.store.draft(api.id) or {}
        methods = [method for part in draft["resources"] for method in (part.get("methods") or {}).values()]
        if not methods:
            raise BadRequest("The REST API doesn't contain any methods")
        if any("methodIntegration" not in method for method in methods):
            raise BadRequest("No integration defined for method")
        deployment = Deployment(api.id, new_id(), ctx.now(), request.get("description") or "")
        stage = None if not request.get("stageName") else self._deployed(ctx, api, deployment, request)
        with self.platform.store.transaction():
            self.store.deployments.put(deployment)
            self.store.save_snapshot(deployment.id, draft)
            if stage is not None:
                self.store.stages.put(stage)
        return shown_deployment(deployment)

    def _deployed(self, ctx: Context, api: RestApi, deployment: Deployment, request: Request) -> Stage:
        """The stage a deployment names, leading to it; made if there is none."""
        found = self.store.stages.get(api.id, request["stageName"])
        given = picked(request, *_OF_STAGE)
        if request.get("stageDescription") is not None:
            given["description"] = request["stageDescription"]
        canary = request.get("canarySettings")
        if found is None:
            if canary:
                raise BadRequest("Deployment canary settings can only be set for an existing stage")
            given |= {"stageName": request["stageName"], "deploymentId": deployment.id}
            return self.new_stage(ctx, api, given, {})
        body: Answer = {**found.body, **given}
        if canary:
            body["canarySettings"] = {"percentTraffic": 0.0, "useStageCache": False, **canary}
            body["canarySettings"]["deploymentId"] = deployment.id
        else:
            body["deploymentId"] = deployment.id
        return replace(found, body=checked_stage(body), updated_at=ctx.now(), version=found.version + 1)

    def deployment(self, ctx: Context, request: Request) -> Deployment:
        found = self.store.deployments.get(self.api(ctx, request).id, request["deploymentId"])
        if found is None:
            raise NotFound("Invalid Deployment identifier specified")
        return found

    @operation
    async def get_deployment(self, ctx: Context, request: Request) -> Answer:
        deployment = self.deployment(ctx, request)
        shown = shown_deployment(deployment)
        if "apisummary" in (request.get("embed") or ()):
            shown["apiSummary"] = self._summary(deployment)
        return shown

    def _summary(self, deployment: Deployment) -> dict[str, Any]:
        snapshot = self.store.snapshot(deployment.id) or {"resources": ()}
        return {
            resource["path"]: {
                name: {"authorizationType": method["authorizationType"], "apiKeyRequired": method["apiKeyRequired"]}
                for name, method in resource["methods"].items()
            }
            for resource in snapshot["resources"]
            if resource.get("methods")
        }

    @operation
    async def get_deployments(self, ctx: Context, request: Request) -> Answer:
        found = self.store.deployments.where(api_id=self.api(ctx, request).id)
        chosen, position = paged(request, found, lambda deployment: deployment.id)
        return {"items": [shown_deployment(deployment) for deployment in chosen], **position}

    @operation
    async def update_deployment(self, ctx: Context, request: Request) -> Answer:
        deployment = self.deployment(ctx, request)
        body = patch_paths.DEPLOYMENT.apply({"description": deployment.description}, request.get("patchOperations"))
        return shown_deployment(self.store.deployments.put(replace(deployment, description=body["description"])))

    @operation
    async def delete_deployment(self, ctx: Context, request: Request) -> None:
        deployment = self.deployment(ctx, request)
        for stage in self.store.stages.where(api_id=deployment.api_id):
            canary = (stage.body.get("canarySettings") or {}).get("deploymentId")
            if deployment.id in (stage.deployment_id, canary):
                raise BadRequest("Active stages pointing to this deployment must be moved or deleted")
        with self.platform.store.transaction():
            self.store.remove_deployment(deployment)


def shown_deployment(deployment: Deployment) -> Answer:
    shown: Answer = {"id": deployment.id, "createdDate": int(deployment.created_at)}
    return {**shown, "description": deployment.description} if deployment.description else shown
