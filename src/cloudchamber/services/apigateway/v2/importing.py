"""OpenAPI documents made into HTTP APIs and back: ImportApi, ReimportApi, ExportApi."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Request, operation
from cloudchamber.services.apigateway.rest import openapi_text
from cloudchamber.services.apigateway.v2 import authorizers, checks, integrations, openapi_read, openapi_write, records
from cloudchamber.services.apigateway.v2.apis import Apis
from cloudchamber.services.apigateway.v2.base import new_id
from cloudchamber.services.apigateway.v2.errors import BadRequest, NotFound
from cloudchamber.services.apigateway.v2.integration_checks import check_integration
from cloudchamber.services.apigateway.v2.records import DEFAULT, Api, Part

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.apigateway.v2.openapi_read import Definition


class Importing(Apis):
    @operation
    async def import_api(self, ctx: Context, request: Request) -> dict[str, Any]:
        found = self._definition(ctx, request)
        api = self.new_api(ctx, records.HTTP, found.settings, found.tags)
        parts = await self._passed(ctx, self._parts(api, found))
        _check_warnings(request, found)
        with self.platform.store.transaction():
            self.store.apis.put(api)
            for part in parts:
                self.store.parts.put(part)
        return self._shown_import(ctx, api, found)

    @operation
    async def reimport_api(self, ctx: Context, request: Request) -> dict[str, Any]:
        """The whole API as the document has it; stages and what is deployed to them stay."""
        api = self.api(ctx, request)
        if not api.is_http:
            raise BadRequest("Only HTTP APIs can be imported")
        found = self._definition(ctx, request)
        kept = {name: value for name, value in api.settings.items() if name != "CorsConfiguration"}
        api = replace(api, settings={**kept, **found.settings}, tags={**api.tags, **found.tags})
        parts = await self._passed(ctx, self._parts(api, found))
        _check_warnings(request, found)
        with self.platform.store.transaction():
            self.store.apis.put(api)
            self.store.empty(api)
            for part in parts:
                self.store.parts.put(part)
            self.changed(api)
        return self._shown_import(ctx, api, found)

    @staticmethod
    async def _passed(ctx: Context, parts: list[Part]) -> list[Part]:
        """The parts, of whose roles IAM was asked whether who calls may pass them on."""
        roles = {part.body.get(member) for part in parts for member in ("CredentialsArn", "AuthorizerCredentialsArn")}
        await ctx.call("apigateway:pass_roles", Roles=sorted(str(role) for role in roles if role))
        return parts

    @staticmethod
    def _definition(ctx: Context, request: Request) -> Definition:
        text = request["Body"]
        for name, value in (("AccountId", ctx.account), ("Region", ctx.region), ("Partition", "aws"),
                            ("URLSuffix", "amazonaws.com")):  # fmt: skip
            text = text.replace("${AWS::" + name + "}", value)
        found = openapi_read.read(openapi_text.parse(text.encode()), request.get("Basepath") or "ignore")
        checks.check_api(found.settings, records.HTTP)
        checks.check_tags(found.tags)
        return found

    @staticmethod
    def _parts(api: Api, found: Definition) -> list[Part]:
        """The parts of an API, checked. What of the document is no integration of an HTTP API becomes a warning."""
        parts: list[Part] = []
        names: dict[str, Part] = {}
        for name, given in found.authorizers.items():
            body = authorizers.with_defaults(api, given)
            authorizers.check_authorizer(api, body)
            names[name] = Part(api.id, records.AUTHORIZER, "", new_id(6), body)
        parts += names.values()
        by_id = {part.id: part for part in names.values()}
        for route in found.routes:
            body = {name: value for name, value in route.items() if name not in ("Integration", "Authorizer")}
            checks.check_route_key(api, body["RouteKey"])
            if "Authorizer" in route:
                body["AuthorizerId"] = names[route["Authorizer"]].id
            checks.check_authorization(api, body, by_id)
            if "Integration" in route:
                try:
                    integration = integrations.with_defaults(api, route["Integration"])
                    check_integration(api, integration)
                except BadRequest as error:
                    found.warnings.append(f"Unable to create integration for {body['RouteKey']}: {error.message}")
                else:
                    part = Part(api.id, records.INTEGRATION, "", new_id(7), integration)
                    parts.append(part)
                    body["Target"] = f"integrations/{part.id}"
            parts.append(Part(api.id, records.ROUTE, "", new_id(7), body))
        return parts

    def _shown_import(self, ctx: Context, api: Api, found: Definition) -> dict[str, Any]:
        said = {"ImportInfo": found.info, "Warnings": found.warnings}
        return {**self.shown_api(ctx, api), **{name: texts for name, texts in said.items() if texts}}

    @operation
    async def export_api(self, ctx: Context, request: Request) -> dict[str, Any]:
        api = self.api(ctx, request)
        if not api.is_http:
            raise BadRequest("Only HTTP APIs can be exported")
        if request["Specification"] != "OAS30":
            raise BadRequest("Invalid specification specified. Must be one of: OAS30")
        if request["OutputType"] not in ("YAML", "JSON"):
            raise BadRequest("Invalid output type specified. Must be one of: YAML, JSON")
        if request.get("ExportVersion") not in (None, "1.0"):
            raise BadRequest("Invalid export version specified. Must be one of: 1.0")
        draft: dict[str, Any] | None = self.store.draft(api)
        server, name = self.endpoint_of(ctx, api), request.get("StageName")
        if name:
            draft = self.store.snapshot(api.id, self.stage(api, name).deployment_id)
            if name != DEFAULT:
                server = f"{server}/{name}"
        if draft is None:
            raise NotFound(f"Nothing is deployed to the stage {name}")
        extended = request.get("IncludeExtensions", True)
        document = openapi_write.document_of(draft, api.tags, server, extended=extended)
        return {"body": openapi_text.dumped(document, yaml_form=request["OutputType"] == "YAML").encode()}


def _check_warnings(request: Request, found: Definition) -> None:
    if found.warnings and request.get("FailOnWarnings"):
        raise BadRequest("Warnings found during import:\n\t" + "\n\t".join(found.warnings))
