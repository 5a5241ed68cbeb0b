"""REST APIs themselves: create, copy, describe, update, delete."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Request, operation
from cloudchamber.services.apigateway import records
from cloudchamber.services.apigateway.base import Answer, ApiGatewayBase, check_tags, new_id, paged, picked
from cloudchamber.services.apigateway.errors import BadRequest
from cloudchamber.services.apigateway.records import Part, RestApi
from cloudchamber.services.apigateway.resources_tree import root
from cloudchamber.services.apigateway.rest import defaults, patch_paths, policies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

_KEPT = (
    "name", "description", "version", "binaryMediaTypes", "minimumCompressionSize", "apiKeySource",
    "endpointConfiguration", "policy", "disableExecuteApiEndpoint", "securityPolicy", "endpointAccessMode",
)  # fmt: skip
_ENDPOINTS = ("EDGE", "REGIONAL", "PRIVATE")
_COMPRESSED_MAX = 10_485_760


def checked_api(body: Mapping[str, Any]) -> Answer:
    """Its settings with what AWS fills in; BadRequestException. A policy is looked at where it is set."""
    if not (body.get("name") or "").strip():
        raise BadRequest("API name cannot be empty")
    size = body.get("minimumCompressionSize")
    if size is not None and not 0 <= size <= _COMPRESSED_MAX:
        raise BadRequest(f"Invalid minimum compression size, must be between 0 and {_COMPRESSED_MAX}")
    source = body.get("apiKeySource") or "HEADER"
    if source not in ("HEADER", "AUTHORIZER"):
        raise BadRequest("Invalid API key source specified. Must be one of: HEADER, AUTHORIZER")
    endpoint = dict(body.get("endpointConfiguration") or {})
    endpoint["types"] = types = list(endpoint.get("types") or ["EDGE"])
    if len(types) != 1:
        raise BadRequest("Cannot create an api with multiple Endpoint Types")
    if types[0] not in _ENDPOINTS:
        raise BadRequest(f"Invalid endpoint type specified. Must be one of: {', '.join(_ENDPOINTS)}")
    if endpoint.get("vpcEndpointIds") and types != ["PRIVATE"]:
        raise BadRequest("Only private APIs can have VPC endpoint associations")
    endpoint.setdefault("ipAddressType", "dualstack" if types == ["PRIVATE"] else "ipv4")
    return {
        **body,
        "apiKeySource": source,
        "endpointConfiguration": endpoint,
        "disableExecuteApiEndpoint": bool(body.get("disableExecuteApiEndpoint")),
    }


def shown_api(api: RestApi) -> Answer:
    shown = {"id": api.id, "createdDate": int(api.created_at), **api.body, "rootResourceId": api.root_id}
    shown["apiStatus"] = "AVAILABLE"
    if api.tags:
        shown["tags"] = dict(api.tags)
    if shown.get("policy"):
        shown["policy"] = policies.shown(shown["policy"])
    return {name: value for name, value in shown.items() if value not in (None, "")}


class Apis(ApiGatewayBase):
    def new_api(self, ctx: Context, body: Mapping[str, Any], tags: Mapping[str, str]) -> RestApi:
        """A record that is not kept yet."""
        api = RestApi(new_id(10), ctx.account, ctx.region, ctx.now(), new_id(10), checked_api(body), check_tags(tags))
        return self.with_policy(api)

    def with_policy(self, api: RestApi) -> RestApi:
        """With its policy as AWS keeps it; BadRequestException."""
        text = api.body.get("policy")
        if not text:
            return replace(api, body={name: value for name, value in api.body.items() if name != "policy"})
        stored = policies.stored(text, api.account, api.region, api.id)
        return replace(api, body={**api.body, "policy": stored})

    @operation
    async def create_rest_api(self, ctx: Context, request: Request) -> Answer:
        api = self.new_api(ctx, picked(request, *_KEPT), request.get("tags") or {})
        source = None if not request.get("cloneFrom") else self.api(ctx, {"restApiId": request["cloneFrom"]})
        with self.platform.store.transaction():
            self.store.apis.put(api)
            if source is None:
                self.store.parts.put(root(api))
                for name, body in defaults.MODELS.items():
                    self.store.parts.put(Part(api.id, records.MODEL, name, {"id": new_id(), **body}))
            else:
                self._copy(source, api)
        return shown_api(api)

    def _copy(self, source: RestApi, api: RestApi) -> None:
        """All that the draft of an API has, under its own identifiers but for the root. Inside a transaction."""
        for part in self.store.parts.where(api_id=source.id):
            if part.kind == records.DOCUMENTATION_VERSION:
                continue
            body = dict(part.body)
            if body.get("parentId") == source.root_id:
                body["parentId"] = api.root_id
            self.store.parts.put(Part(api.id, part.kind, api.root_id if part.id == source.root_id else part.id, body))

    @operation
    async def get_rest_api(self, ctx: Context, request: Request) -> Answer:
        return shown_api(self.api(ctx, request))

    @operation
    async def get_rest_apis(self, ctx: Context, request: Request) -> Answer:
        found = self.store.apis.where(account=ctx.account, region=ctx.region, order="id")
        chosen, position = paged(request, found, lambda api: api.id)
        return {"items": [shown_api(api) for api in chosen], **position}

    @operation
    async def update_rest_api(self, ctx: Context, request: Request) -> Answer:
        api = self.api(ctx, request)
        body = patch_paths.REST_API.apply(api.body, request.get("patchOperations"))
        if body.get("endpointConfiguration") != api.body["endpointConfiguration"]:
            body.setdefault("endpointConfiguration", {}).pop("ipAddressType", None)
        changed = self.with_policy(replace(api, body=checked_api(body)))
        self.store.apis.put(changed)
        return shown_api(changed)

    @operation
    async def delete_rest_api(self, ctx: Context, request: Request) -> None:
        api = self.api(ctx, request)
        domains = ", ".join(sorted({mapping.domain for mapping in self.store.mappings.where(api_id=api.id)}))
        if domains:
            raise BadRequest(
                f"Deleting RestApi {api.id} failed. Please remove all base path mappings related to the RestApi in "
                f"your domains: {domains}"
            )
        with self.platform.store.transaction():
            self.leave_plans(api)
            self.store.remove_api(api)

    def leave_plans(self, api: RestApi, stage: str | None = None) -> None:
        """Take an API, or one stage of it, out of the plans that have it. Inside a transaction."""
        for plan in self.store.plans.where(account=api.account, region=api.region):
            stages = plan.body.get("apiStages") or []
            kept = [one for one in stages if one["apiId"] != api.id or stage not in (None, one["stage"])]
            if len(kept) < len(stages):
                self.store.save_plan(replace(plan, body={**plan.body, "apiStages": kept}))
