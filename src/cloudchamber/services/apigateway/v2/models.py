"""Operations on models: JSON schemas that messages of a WebSocket API are held against."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.service import Request, operation
from cloudchamber.services.apigateway.v2 import records
from cloudchamber.services.apigateway.v2.base import V2Base, given, listed, merged, new_id
from cloudchamber.services.apigateway.v2.errors import BadRequest, Conflict
from cloudchamber.services.apigateway.v2.records import Api, Part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

_MEMBERS = ("ContentType", "Description", "Name", "Schema")
_SAMPLES: Mapping[str, Any] = {"string": "", "integer": 0, "number": 0, "boolean": True, "array": [], "object": {}}


class Models(V2Base):
    @operation
    async def create_model(self, ctx: Context, request: Request) -> dict[str, Any]:
        api = self.api(ctx, request)
        body = {"ContentType": "application/json", **given(request, _MEMBERS)}
        self._check_model(api, body)
        part = Part(api.id, records.MODEL, "", new_id(6), body)
        self.put_part(api, part)
        return _shown(part)

    def _check_model(self, api: Api, body: Mapping[str, Any], part_id: str = "") -> None:
        if api.is_http:
            raise BadRequest("Models are not supported on protocol type HTTP")
        name = body["Name"]
        if not (name.isascii() and name.isalnum()):
            raise BadRequest("Model name must be alphanumeric: " + name)
        schema_of(body)
        if any(part.body["Name"] == name and part.id != part_id for part in self.store.of(api.id, records.MODEL)):
            raise Conflict("Model name already exists for this API")

    @operation
    async def get_model(self, ctx: Context, request: Request) -> dict[str, Any]:
        return _shown(self.part(self.api(ctx, request), records.MODEL, request["ModelId"]))

    @operation
    async def get_models(self, ctx: Context, request: Request) -> dict[str, Any]:
        found = self.store.of(self.api(ctx, request).id, records.MODEL)
        return listed(request, found, lambda part: part.id, _shown)

    @operation
    async def get_model_template(self, ctx: Context, request: Request) -> dict[str, Any]:
        part = self.part(self.api(ctx, request), records.MODEL, request["ModelId"])
        sample = _sample(schema_of(part.body))
        return {"Value": orjson.dumps(sample, option=orjson.OPT_INDENT_2).decode()}

    @operation
    async def update_model(self, ctx: Context, request: Request) -> dict[str, Any]:
        api = self.api(ctx, request)
        part = self.part(api, records.MODEL, request["ModelId"])
        body = merged(part.body, request, _MEMBERS)
        self._check_model(api, body, part.id)
        part = replace(part, body=body)
        self.put_part(api, part)
        return _shown(part)

    @operation
    async def delete_model(self, ctx: Context, request: Request) -> None:
        api = self.api(ctx, request)
        self.drop_part(api, self.part(api, records.MODEL, request["ModelId"]))


def schema_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """BadRequestException for a text that is no schema."""
    try:
        schema = orjson.loads(body.get("Schema") or "{}")
    except orjson.JSONDecodeError:
        schema = None
    if not isinstance(schema, dict):
        raise BadRequest("Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema]")
    return schema


def _sample(schema: Mapping[str, Any]) -> Any:
    """A document that has each property of a schema."""
    properties = schema.get("properties")
    if isinstance(properties, dict):
        return {name: _sample(one if isinstance(one, dict) else {}) for name, one in properties.items()}
    if isinstance(schema.get("items"), dict):
        return [_sample(schema["items"])]
    kind = schema.get("type")
    return _SAMPLES.get(kind, "") if isinstance(kind, str) else ""


def _shown(part: Part) -> dict[str, Any]:
    return {**part.body, "ModelId": part.id}
