"""Resources of an API: a tree of parts of paths, below the root that every API has."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Request, operation
from cloudchamber.services.apigateway import limits, records
from cloudchamber.services.apigateway.base import Answer, ApiGatewayBase, new_id, paged
from cloudchamber.services.apigateway.errors import BadRequest, LimitExceeded
from cloudchamber.services.apigateway.records import Part, RestApi
from cloudchamber.services.apigateway.rest import patch_paths, paths

if TYPE_CHECKING:
    from cloudchamber.core.context import Context


class Resources(ApiGatewayBase):
    @operation
    async def create_resource(self, ctx: Context, request: Request) -> Answer:
        api = self.api(ctx, request)
        parent = self.part(api, records.RESOURCE, request["parentId"])
        others = self.store.of(api.id, records.RESOURCE)
        paths.check(request["pathPart"], parent.body, self._children(others, parent.id))
        if len(others) >= limits.RESOURCES_MAX:
            raise LimitExceeded(f"Maximum number of resources for this API has been reached: {limits.RESOURCES_MAX}")
        body = {
            "parentId": parent.id,
            "pathPart": request["pathPart"],
            "path": paths.joined(parent.body["path"], request["pathPart"]),
        }
        return shown_resource(self.store.parts.put(Part(api.id, records.RESOURCE, new_id(), body)))

    @staticmethod
    def _children(parts: list[Part], parent_id: str) -> list[tuple[str, Any]]:
        return [(part.id, part.body) for part in parts if part.body.get("parentId") == parent_id]

    @operation
    async def get_resource(self, ctx: Context, request: Request) -> Answer:
        found = self.part(self.api(ctx, request), records.RESOURCE, request["resourceId"])
        return shown_resource(found, embed="methods" in (request.get("embed") or ()))

    @operation
    async def get_resources(self, ctx: Context, request: Request) -> Answer:
        found = self.store.of(self.api(ctx, request).id, records.RESOURCE)
        chosen, position = paged(request, found, lambda part: part.id)
        embed = "methods" in (request.get("embed") or ())
        return {"items": [shown_resource(part, embed=embed) for part in chosen], **position}

    @operation
    async def update_resource(self, ctx: Context, request: Request) -> Answer:
        api = self.api(ctx, request)
        part = self.part(api, records.RESOURCE, request["resourceId"])
        body = patch_paths.RESOURCE.apply(part.body, request.get("patchOperations"))
        if part.id == api.root_id and body != part.body:
            raise BadRequest("Root resource cannot be updated")
        others = self.store.of(api.id, records.RESOURCE)
        if (body.get("parentId"), body.get("pathPart")) != (part.body.get("parentId"), part.body.get("pathPart")):
            parent = self.part(api, records.RESOURCE, body["parentId"])
            if parent.id in {one.id for one in self._below(others, part)}:
                raise BadRequest("Invalid parent identifier specified: a resource cannot be moved below itself")
            siblings = [(i, b) for i, b in self._children(others, parent.id) if i != part.id]
            paths.check(body["pathPart"], parent.body, siblings)
            body["path"] = paths.joined(parent.body["path"], body["pathPart"])
        changed = replace(part, body=body)
        with self.platform.store.transaction():
            self._put_below(others, changed)
        return shown_resource(changed)

    def _put_below(self, others: list[Part], part: Part) -> None:
        """Write a resource, and those below it with their new paths. Inside a transaction."""
        self.store.parts.put(part)
        for child in others:
            if child.body.get("parentId") == part.id:
                path = paths.joined(part.body["path"], child.body["pathPart"])
                self._put_below(others, replace(child, body={**child.body, "path": path}))

    def _below(self, parts: list[Part], part: Part) -> list[Part]:
        """A resource and all that are below it."""
        found = [part]
        for one in found:
            found += [child for child in parts if child.body.get("parentId") == one.id]
        return found

    @operation
    async def delete_resource(self, ctx: Context, request: Request) -> None:
        api = self.api(ctx, request)
        part = self.part(api, records.RESOURCE, request["resourceId"])
        if part.id == api.root_id:
            raise BadRequest("Root resource cannot be deleted")
        with self.platform.store.transaction():
            for one in self._below(self.store.of(api.id, records.RESOURCE), part):
                self.store.parts.delete(one.api_id, one.kind, one.id)


def root(api: RestApi) -> Part:
    """The resource that every API has from its beginning."""
    return Part(api.id, records.RESOURCE, api.root_id, {"path": "/"})


def shown_resource(part: Part, *, embed: bool = False) -> Answer:
    methods = part.body.get("methods") or {}
    answer = {"id": part.id, **{name: value for name, value in part.body.items() if name != "methods"}}
    if methods:
        answer["resourceMethods"] = {name: method if embed else {} for name, method in methods.items()}
    return answer
