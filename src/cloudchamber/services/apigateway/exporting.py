"""GetExport: what a stage leads to, as an OpenAPI document."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cloudchamber.core.errors import NotImplementedByUs
from cloudchamber.core.service import Request, operation
from cloudchamber.services.apigateway import records
from cloudchamber.services.apigateway.base import Answer, ApiGatewayBase
from cloudchamber.services.apigateway.errors import BadRequest, NotFound
from cloudchamber.services.apigateway.rest import openapi_text
from cloudchamber.services.apigateway.rest.openapi_write import Export

if TYPE_CHECKING:
    from cloudchamber.core.context import Context

_TYPES = ("oas30", "swagger")
_EXTENSIONS = ("integrations", "authorizers", "apigateway")
_JSON, _YAML = "application/json", "application/yaml"


class Exporting(ApiGatewayBase):
    @operation
    async def get_export(self, ctx: Context, request: Request) -> Answer:
        api = self.api(ctx, request)
        stage = self.api_stage(api, request["stageName"])
        if request["exportType"] not in _TYPES:
            raise BadRequest(f"No API exporter for type '{request['exportType']}'")
        accepts = request.get("accepts") or _JSON
        if accepts not in (_JSON, _YAML):
            raise BadRequest(f"Unsupported media type specified: {accepts}. Must be one of: {_JSON}, {_YAML}")
        extensions = frozenset(filter(None, ((request.get("parameters") or {}).get("extensions") or "").split(",")))
        if "postman" in extensions:
            raise NotImplementedByUs("Postman's extensions exist on AWS and are not implemented in cloudchamber")
        if not extensions <= set(_EXTENSIONS):
            raise BadRequest(f"Invalid extensions specified. Must be one of: {', '.join(_EXTENSIONS)}")
        snapshot = self.store.snapshot(stage.deployment_id)
        deployment = self.store.deployments.get(api.id, stage.deployment_id)
        if snapshot is None or deployment is None:
            raise NotFound("Invalid Deployment identifier specified")
        made = datetime.fromtimestamp(deployment.created_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        version = stage.body.get("documentationVersion")
        documented = self.store.parts.get(api.id, records.DOCUMENTATION_VERSION, version) if version else None
        export = Export(
            snapshot, stage.name, snapshot["api"].get("version") or version or made, request["exportType"] == "oas30",
            extensions, () if documented is None else documented.body["parts"],
        )  # fmt: skip
        text = openapi_text.dumped(export.document(), yaml_form=accepts == _YAML)
        ending = "yaml" if accepts == _YAML else "json"
        return {
            "contentType": accepts,
            "contentDisposition": f'attachment; filename="{request["exportType"]}_{made}.{ending}"',
            "body": text.encode(),
        }
