"""API keys: made, imported from CSV, and put into usage plans."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.service import Request, operation
from cloudchamber.services.apigateway import limits
from cloudchamber.services.apigateway.base import Answer, ApiGatewayBase, check_tags, new_id, paged, picked, said
from cloudchamber.services.apigateway.errors import BadRequest, Conflict, LimitExceeded, NotFound
from cloudchamber.services.apigateway.records import ApiKey, PlanKey
from cloudchamber.services.apigateway.rest import patch_paths

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

_VALUE_CHARS = 40


def shown_key(key: ApiKey, *, value: bool) -> Answer:
    shown: Answer = {
        "id": key.id,
        **key.body,
        "createdDate": int(key.created_at),
        "lastUpdatedDate": int(key.updated_at),
    }
    shown |= {"value": key.value} if value else {}
    return {**shown, "tags": dict(key.tags)} if key.tags else shown


class Keys(ApiGatewayBase):
    def key(self, ctx: Context, key_id: str) -> ApiKey:
        found = self.store.keys.get(ctx.account, ctx.region, key_id)
        if found is None:
            raise NotFound("Invalid API Key identifier specified")
        return found

    def _new_key(self, ctx: Context, body: Mapping[str, Any], value: str, tags: Mapping[str, str]) -> ApiKey:
        """A record that is not kept yet."""
        if value and len(value) < limits.API_KEY_CHARS_MIN:
            raise BadRequest(f"API Key value should be at least {limits.API_KEY_CHARS_MIN} characters")
        if len(value) > limits.API_KEY_CHARS_MAX:
            raise BadRequest(f"API Key value exceeds maximum size of {limits.API_KEY_CHARS_MAX} characters")
        if value and self.store.api_key(ctx.account, ctx.region, value) is not None:
            raise Conflict("API Key already exists")
        if self.store.keys.count(account=ctx.account, region=ctx.region) >= limits.API_KEYS_MAX:
            raise LimitExceeded("Maximum number of API keys per account reached")
        now = ctx.now()
        secret = value or ids.alphanumeric(_VALUE_CHARS)
        return ApiKey(ctx.account, ctx.region, new_id(10), secret, now, now, body, check_tags(tags))

    @operation
    async def create_api_key(self, ctx: Context, request: Request) -> Answer:
        body = picked(request, "name", "description", "customerId")
        body["enabled"] = bool(request.get("enabled"))
        body["stageKeys"] = [f"{one.get('restApiId')}/{one.get('stageName')}" for one in request.get("stageKeys") or ()]
        key = self._new_key(ctx, body, request.get("value") or "", request.get("tags") or {})
        return shown_key(self.store.keys.put(key), value=True)

    @operation
    async def get_api_key(self, ctx: Context, request: Request) -> Answer:
        return shown_key(self.key(ctx, request["apiKey"]), value=bool(request.get("includeValue")))

    @operation
    async def get_api_keys(self, ctx: Context, request: Request) -> Answer:
        query, customer = request.get("nameQuery") or "", request.get("customerId")
        found = [
            key
            for key in self.store.keys.where(account=ctx.account, region=ctx.region)
            if (key.body.get("name") or "").startswith(query) and customer in (None, key.body.get("customerId"))
        ]
        chosen, position = paged(request, found, lambda key: key.id)
        with_values = bool(request.get("includeValues"))
        return {"items": [shown_key(key, value=with_values) for key in chosen], **position}

    @operation
    async def update_api_key(self, ctx: Context, request: Request) -> Answer:
        key = self.key(ctx, request["apiKey"])
        body = said(patch_paths.API_KEY.apply(key.body, request.get("patchOperations")))
        return shown_key(self.store.keys.put(replace(key, body=body, updated_at=ctx.now())), value=False)

    @operation
    async def delete_api_key(self, ctx: Context, request: Request) -> None:
        key = self.key(ctx, request["apiKey"])
        with self.platform.store.transaction():
            for link in self.store.plan_keys.where(key_id=key.id):
                self.store.plan_keys.delete(link.plan_id, link.key_id)
            self.store.keys.delete(ctx.account, ctx.region, key.id)

    @operation
    async def import_api_keys(self, ctx: Context, request: Request) -> Answer:
        if request["format"] != "csv":
            raise BadRequest("Invalid format specified. Must be one of: csv")
        rows = _rows(request["body"])
        warnings: list[str] = []
        with self.platform.store.transaction():
            found = [self._import(ctx, row, warnings) for row in rows]
            if warnings and request.get("failOnWarnings"):
                raise BadRequest("; ".join(warnings))
        return {"ids": [key.id for key in found], "warnings": warnings}

    def _import(self, ctx: Context, row: Mapping[str, str], warnings: list[str]) -> ApiKey:
        body: Answer = {"name": row["name"], "enabled": row.get("enabled", "").strip().lower() == "true"}
        if row.get("description"):
            body["description"] = row["description"]
        key = self.store.keys.put(self._new_key(ctx, {**body, "stageKeys": []}, row["key"].strip(), {}))
        for plan_id in filter(None, (one.strip() for one in (row.get("usageplanids") or "").split(","))):
            if self.store.plans.get(ctx.account, ctx.region, plan_id) is None:
                warnings.append(f"Usage plan {plan_id} of API key {row['name']} does not exist")
            else:
                self.store.plan_keys.put(PlanKey(plan_id, key.id))
        return key


def _rows(content: bytes) -> list[dict[str, str]]:
    """The rows of a file of keys, by their columns' names in lower case. BadRequestException."""
    try:
        lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error):
        raise BadRequest("Unable to parse the API keys file") from None
    columns = [column.strip().lower() for column in lines[0]] if lines else []
    if not {"name", "key"} <= set(columns):
        raise BadRequest("The API keys file must have the columns Name and Key")
    return [dict(zip(columns, line, strict=False)) for line in lines[1:] if any(line)]
