"""Models of an API, and what checks requests against them: request validators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.core.service import Request, operation
from cloudchamber.services.apigateway import records
from cloudchamber.services.apigateway.base import Answer, ApiGatewayBase, new_id, paged, picked
from cloudchamber.services.apigateway.errors import Conflict
from cloudchamber.services.apigateway.records import Part, RestApi
from cloudchamber.services.apigateway.rest import patch_paths, schemas

if TYPE_CHECKING:
    from cloudchamber.core.context import Context


class Models(ApiGatewayBase):
    def check_schema(self, api: RestApi, text: str) -> None:
        schemas.parse(text, lambda name: self.store.parts.get(api.id, records.MODEL, name) is not None)

    @operation
    async def create_model(self, ctx: Context, request: Request) -> Answer:
        api = self.api(ctx, request)
        schemas.check_name(request["name"])
        if self.store.parts.get(api.id, records.MODEL, request["name"]) is not None:
            raise Conflict("Model name already exists for this REST API")
        self.check_schema(api, request.get("schema") or "")
        body = {"id": new_id(), **picked(request, "name", "description", "schema", "contentType")}
        return dict(self.store.parts.put(Part(api.id, records.MODEL, body["name"], {"schema": "", **body})).body)

    @operation
    async def get_model(self, ctx: Context, request: Request) -> Answer:
        api = self.api(ctx, request)
        body = dict(self.part(api, records.MODEL, request["modelName"]).body)
        if request.get("flatten"):
            body["schema"] = schemas.flattened(body["schema"], self._schemas(api))
        return body

    def _schemas(self, api: RestApi) -> dict[str, str]:
        return {part.id: part.body["schema"] for part in self.store.of(api.id, records.MODEL)}

    @operation
    async def get_models(self, ctx: Context, request: Request) -> Answer:
        found = self.store.of(self.api(ctx, request).id, records.MODEL)
        chosen, position = paged(request, found, lambda part: part.id)
        return {"items": [dict(part.body) for part in chosen], **position}

    @operation
    async def get_model_template(self, ctx: Context, request: Request) -> Answer:
        api = self.api(ctx, request)
        text = self.part(api, records.MODEL, request["modelName"]).body["schema"]
        return {"value": schemas.template(text, self._schemas(api))}

    @operation
    async def update_model(self, ctx: Context, request: Request) -> Answer:
        api = self.api(ctx, request)
        part = self.part(api, records.MODEL, request["modelName"])
        body = patch_paths.MODEL.apply(part.body, request.get("patchOperations"))
        self.check_schema(api, body["schema"])
        return dict(self.store.parts.put(Part(api.id, part.kind, part.id, body)).body)

    @operation
    async def delete_model(self, ctx: Context, request: Request) -> None:
        api = self.api(ctx, request)
        part = self.part(api, records.MODEL, request["modelName"])
        for resource in self.store.of(api.id, records.RESOURCE):
            for name, method in (resource.body.get("methods") or {}).items():
                where = f"{resource.body['path'].rstrip('/')}/{name}"
                if part.id in (method.get("requestModels") or {}).values():
                    raise Conflict(f"Cannot delete model '{part.id}', is referenced in method request: {where}")
                for response in (method.get("methodResponses") or {}).values():
                    if part.id in (response.get("responseModels") or {}).values():
                        raise Conflict(f"Cannot delete model '{part.id}', is referenced in method response: {where}")
        for other in self.store.of(api.id, records.MODEL):
            if other.id != part.id and part.id in schemas.referred(schemas.parse(other.body["schema"], lambda _: True)):
                raise Conflict(f"Cannot delete model '{part.id}', is referenced in model: {other.id}")
        self.store.parts.delete(api.id, part.kind, part.id)


class RequestValidators(ApiGatewayBase):
    @operation
    async def create_request_validator(self, ctx: Context, request: Request) -> Answer:
        api = self.api(ctx, request)
        flags = ("validateRequestBody", "validateRequestParameters")
        body = {**picked(request, "name"), **{flag: bool(request.get(flag)) for flag in flags}}
        return _shown(self.store.parts.put(Part(api.id, records.VALIDATOR, new_id(), body)))

    @operation
    async def get_request_validator(self, ctx: Context, request: Request) -> Answer:
        return _shown(self.part(self.api(ctx, request), records.VALIDATOR, request["requestValidatorId"]))

    @operation
    async def get_request_validators(self, ctx: Context, request: Request) -> Answer:
        found = self.store.of(self.api(ctx, request).id, records.VALIDATOR)
        chosen, position = paged(request, found, lambda part: part.id)
        return {"items": [_shown(part) for part in chosen], **position}

    @operation
    async def update_request_validator(self, ctx: Context, request: Request) -> Answer:
        api = self.api(ctx, request)
        part = self.part(api, records.VALIDATOR, request["requestValidatorId"])
        body = patch_paths.REQUEST_VALIDATOR.apply(part.body, request.get("patchOperations"))
        return _shown(self.store.parts.put(Part(api.id, part.kind, part.id, body)))

    @operation
    async def delete_request_validator(self, ctx: Context, request: Request) -> None:
        api = self.api(ctx, request)
        part = self.part(api, records.VALIDATOR, request["requestValidatorId"])
        for resource in self.store.of(api.id, records.RESOURCE):
            for name, method in (resource.body.get("methods") or {}).items():
                if method.get("requestValidatorId") == part.id:
                    raise Conflict(
                        f"Cannot delete request validator '{part.id}', is referenced in method: "
                        f"{resource.body['path'].rstrip('/')}/{name}"
                    )
        self.store.parts.delete(api.id, part.kind, part.id)


def _shown(part: Part) -> Answer:
    return {"id": part.id, **part.body}
