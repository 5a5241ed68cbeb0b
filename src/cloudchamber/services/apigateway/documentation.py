"""Documentation of APIs: parts, each at a location, and versions of them all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Request, operation
from cloudchamber.services.apigateway import limits, records
from cloudchamber.services.apigateway.base import Answer, ApiGatewayBase, new_id, paged
from cloudchamber.services.apigateway.errors import BadRequest, Conflict, LimitExceeded
from cloudchamber.services.apigateway.records import Part, RestApi
from cloudchamber.services.apigateway.rest import documentation, openapi_text, patch_paths
from cloudchamber.services.apigateway.rest.coercion import coerced, shape_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudchamber.core.context import Context

EXTENSION = "x-amazon-apigateway-documentation"


class Documentation(ApiGatewayBase):
    def _at(self, api: RestApi, location: Mapping[str, str]) -> Part | None:
        parts = self.store.of(api.id, records.DOCUMENTATION)
        return next((part for part in parts if part.body["location"] == location), None)

    @operation
    async def create_documentation_part(self, ctx: Context, request: Request) -> Answer:
        api = self.api(ctx, request)
        location = documentation.checked(request["location"])
        if self._at(api, location) is not None:
            raise Conflict("Documentation part already exists for the specified location: " + _said(location))
        if self.store.parts.count(api_id=api.id, kind=records.DOCUMENTATION) >= limits.DOCUMENTATION_PARTS_MAX:
            raise LimitExceeded("Maximum number of documentation parts for this API has been reached")
        body = {"location": location, "properties": documentation.check_properties(request["properties"])}
        return _shown(self.store.parts.put(Part(api.id, records.DOCUMENTATION, new_id(), body)))

    @operation
    async def get_documentation_part(self, ctx: Context, request: Request) -> Answer:
        return _shown(self.part(self.api(ctx, request), records.DOCUMENTATION, request["documentationPartId"]))

    @operation
    async def get_documentation_parts(self, ctx: Context, request: Request) -> Answer:
        api = self.api(ctx, request)
        found = self.store.of(api.id, records.DOCUMENTATION)
        if request.get("locationStatus") == "UNDOCUMENTED":
            known = [part.body["location"] for part in found]
            missing = [one for one in documentation.entities(self.store.draft(api.id) or {}) if one not in known]
            found = [Part(api.id, "", _said(one), {"location": one}) for one in missing]
        wanted = [part for part in found if _matches(part.body["location"], request)]
        chosen, position = paged(request, wanted, lambda part: part.id)
        return {"items": [_shown(part) for part in chosen], **position}

    @operation
    async def update_documentation_part(self, ctx: Context, request: Request) -> Answer:
        part = self.part(self.api(ctx, request), records.DOCUMENTATION, request["documentationPartId"])
        body = patch_paths.DOCUMENTATION_PART.apply(part.body, request.get("patchOperations"))
        documentation.check_properties(body["properties"])
        return _shown(self.store.parts.put(replace(part, body=body)))

    @operation
    async def delete_documentation_part(self, ctx: Context, request: Request) -> None:
        part = self.part(self.api(ctx, request), records.DOCUMENTATION, request["documentationPartId"])
        self.store.parts.delete(part.api_id, part.kind, part.id)

    @operation
    async def import_documentation_parts(self, ctx: Context, request: Request) -> Answer:
        api = self.api(ctx, request)
        block = (await openapi_text.read(request["body"])).get(EXTENSION)
        parts = block.get("documentationParts") if isinstance(block, dict) else None
        if not isinstance(parts, list):
            raise BadRequest(f"Unable to import documentation parts: no {EXTENSION} found")
        with self.platform.store.transaction():
            found = self.put_documentation(api, parts, overwrite=request.get("mode") == "overwrite")
        return {"ids": found, "warnings": []}

    def put_documentation(self, api: RestApi, parts: Sequence[Mapping[str, Any]], *, overwrite: bool) -> list[str]:
        """Write parts as OpenAPI documents have them, each over the one at its place. Inside a transaction."""
        if overwrite:
            for part in self.store.of(api.id, records.DOCUMENTATION):
                self.store.parts.delete(part.api_id, part.kind, part.id)
        known = {_said(part.body["location"]): part.id for part in self.store.of(api.id, records.DOCUMENTATION)}
        found = []
        shape = shape_of("CreateDocumentationPart").members["location"]
        for one in parts:
            try:
                location = documentation.checked(coerced(shape, one.get("location")))
            except (ValueError, AttributeError):
                raise BadRequest("Invalid documentation part specified") from None
            properties = one.get("properties")
            text = properties if isinstance(properties, str) else openapi_text.dumped(properties or {})
            identifier = known.setdefault(_said(location), new_id())
            body = {"location": location, "properties": documentation.check_properties(text)}
            self.store.parts.put(Part(api.id, records.DOCUMENTATION, identifier, body))
            found.append(identifier)
        return found

    # versions

    @operation
    async def create_documentation_version(self, ctx: Context, request: Request) -> Answer:
        api, version = self.api(ctx, request), request["documentationVersion"]
        if self.store.parts.get(api.id, records.DOCUMENTATION_VERSION, version) is not None:
            raise Conflict(f"Documentation version already exists: {version}")
        parts = [dict(part.body) for part in self.store.of(api.id, records.DOCUMENTATION)]
        body = {"createdDate": ctx.now(), "description": request.get("description") or "", "parts": parts}
        stage = self.api_stage(api, request["stageName"]) if request.get("stageName") else None
        with self.platform.store.transaction():
            made = self.store.parts.put(Part(api.id, records.DOCUMENTATION_VERSION, version, body))
            if stage is not None:
                changed = {**stage.body, "documentationVersion": version}
                self.store.stages.put(replace(stage, body=changed, updated_at=ctx.now(), version=stage.version + 1))
        return _shown_version(made)

    @operation
    async def get_documentation_version(self, ctx: Context, request: Request) -> Answer:
        return _shown_version(self._version(ctx, request))

    def _version(self, ctx: Context, request: Request) -> Part:
        return self.part(self.api(ctx, request), records.DOCUMENTATION_VERSION, request["documentationVersion"])

    @operation
    async def get_documentation_versions(self, ctx: Context, request: Request) -> Answer:
        found = self.store.of(self.api(ctx, request).id, records.DOCUMENTATION_VERSION)
        chosen, position = paged(request, found, lambda part: part.id)
        return {"items": [_shown_version(part) for part in chosen], **position}

    @operation
    async def update_documentation_version(self, ctx: Context, request: Request) -> Answer:
        part = self._version(ctx, request)
        body = patch_paths.DOCUMENTATION_VERSION.apply(part.body, request.get("patchOperations"))
        return _shown_version(self.store.parts.put(replace(part, body=body)))

    @operation
    async def delete_documentation_version(self, ctx: Context, request: Request) -> None:
        part = self._version(ctx, request)
        for stage in self.store.stages.where(api_id=part.api_id):
            if stage.body.get("documentationVersion") == part.id:
                raise BadRequest(f"Documentation version {part.id} is in use by stage {stage.name}")
        self.store.parts.delete(part.api_id, part.kind, part.id)


def _said(location: Mapping[str, str]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in location.items())


def _matches(location: Mapping[str, str], request: Request) -> bool:
    return (
        request.get("type") in (None, location["type"])
        and request.get("path") in (None, location.get("path"))
        and (request.get("nameQuery") or "") in location.get("name", "")
    )


def _shown(part: Part) -> Answer:
    return {**({"id": part.id} if part.kind else {}), **part.body}


def _shown_version(part: Part) -> Answer:
    shown = {"version": part.id, "createdDate": int(part.body["createdDate"])}
    return {**shown, "description": part.body["description"]} if part.body.get("description") else shown
