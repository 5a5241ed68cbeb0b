"""Custom domain names and their base path mappings. Version 2 of the API has the same ones, by other names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Request, operation
from cloudchamber.services.apigateway.base import Answer, ApiGatewayBase, check_tags, new_id, paged, picked, said
from cloudchamber.services.apigateway.errors import BadRequest, Conflict, NotFound
from cloudchamber.services.apigateway.records import ApiMapping, Domain
from cloudchamber.services.apigateway.rest import domain_names, patch_paths

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

_KEPT = (
    "certificateName", "certificateBody", "certificateChain", "certificateArn", "regionalCertificateName",
    "regionalCertificateArn", "endpointConfiguration", "securityPolicy", "mutualTlsAuthentication",
    "ownershipVerificationCertificateArn", "routingMode", "endpointAccessMode",
)  # fmt: skip
_SECRET = ("certificateBody", "certificateChain")


class Domains(ApiGatewayBase):
    def domain(self, ctx: Context, request: Request) -> Domain:
        found = self.store.domains.get(ctx.account, ctx.region, request["domainName"].lower())
        if found is None:
            raise NotFound("Invalid domain name identifier specified")
        return found

    def save_domain(self, domain: Domain) -> Domain:
        with self.platform.store.transaction():
            self.store.domains.put(domain)
            self.store.domains_changed()
        return domain

    @operation
    async def create_domain_name(self, ctx: Context, request: Request) -> Answer:
        name = domain_names.check_name(request["domainName"])
        if self.store.domains.where(name=name, limit=1):
            raise BadRequest("The domain name you provided already exists.")
        body = domain_names.filled(picked(request, *_KEPT), ctx.region, ctx.now())
        tags = check_tags(request.get("tags") or {})
        return shown_domain(self.save_domain(Domain(ctx.account, ctx.region, name, ctx.now(), body, tags)))

    @operation
    async def get_domain_name(self, ctx: Context, request: Request) -> Answer:
        return shown_domain(self.domain(ctx, request))

    @operation
    async def get_domain_names(self, ctx: Context, request: Request) -> Answer:
        found = self.store.domains.where(account=ctx.account, region=ctx.region)
        chosen, position = paged(request, found, lambda domain: domain.name)
        return {"items": [shown_domain(domain) for domain in chosen], **position}

    @operation
    async def update_domain_name(self, ctx: Context, request: Request) -> Answer:
        domain = self.domain(ctx, request)
        body = said(patch_paths.DOMAIN_NAME.apply(domain.body, request.get("patchOperations")))
        body = domain_names.filled(body, ctx.region, ctx.now())
        return shown_domain(self.save_domain(replace(domain, body=body)))

    @operation
    async def delete_domain_name(self, ctx: Context, request: Request) -> None:
        domain = self.domain(ctx, request)
        found = self.store.mappings.where(account=domain.account, region=domain.region, domain=domain.name)
        with self.platform.store.transaction():
            for mapping in found:
                self.store.mappings.delete(mapping.account, mapping.region, mapping.domain, mapping.path)
            self.store.domains.delete(domain.account, domain.region, domain.name)
            self.store.domains_changed()

    # base path mappings

    def _mapping(self, domain: Domain, given: str) -> ApiMapping:
        path = domain_names.base_path(given)
        found = self.store.mappings.get(domain.account, domain.region, domain.name, path)
        if found is None:
            raise NotFound("Invalid base path mapping identifier specified")
        return found

    def _save_mapping(self, mapping: ApiMapping, before: ApiMapping | None = None) -> ApiMapping:
        with self.platform.store.transaction():
            if before is not None:
                self.store.mappings.delete(before.account, before.region, before.domain, before.path)
            self.store.mappings.put(mapping)
            self.store.domains_changed()
        return mapping

    def _check_leads(self, ctx: Context, api_id: str, stage: str) -> None:
        """Whether there is what a mapping leads to."""
        api = self.store.apis.get(api_id)
        if api is None or (api.account, api.region) != (ctx.account, ctx.region):
            raise BadRequest("Invalid REST API identifier specified")
        if stage and self.store.stages.get(api_id, stage) is None:
            raise BadRequest("Invalid stage identifier specified")

    @operation
    async def create_base_path_mapping(self, ctx: Context, request: Request) -> Answer:
        domain = self.domain(ctx, request)
        path, stage = domain_names.base_path(request.get("basePath")), request.get("stage") or ""
        self._check_leads(ctx, request["restApiId"], stage)
        place = (domain.account, domain.region, domain.name, path)
        if self.store.mappings.get(*place) is not None:
            raise Conflict("Base path already exists for this domain name")
        return _shown_mapping(self._save_mapping(ApiMapping(*place, new_id(), request["restApiId"], stage)))

    @operation
    async def get_base_path_mapping(self, ctx: Context, request: Request) -> Answer:
        return _shown_mapping(self._mapping(self.domain(ctx, request), request["basePath"]))

    @operation
    async def get_base_path_mappings(self, ctx: Context, request: Request) -> Answer:
        domain = self.domain(ctx, request)
        found = self.store.mappings.where(account=domain.account, region=domain.region, domain=domain.name)
        chosen, position = paged(request, found, lambda mapping: mapping.path)
        return {"items": [_shown_mapping(mapping) for mapping in chosen], **position}

    @operation
    async def update_base_path_mapping(self, ctx: Context, request: Request) -> Answer:
        domain = self.domain(ctx, request)
        mapping = self._mapping(domain, request["basePath"])
        body = patch_paths.BASE_PATH_MAPPING.apply(_shown_mapping(mapping), request.get("patchOperations"))
        path, stage = domain_names.base_path(body["basePath"]), body.get("stage") or ""
        self._check_leads(ctx, body["restApiId"], stage)
        if path != mapping.path and self.store.mappings.get(*_place(domain), path) is not None:
            raise Conflict("Base path already exists for this domain name")
        changed = replace(mapping, path=path, stage=stage, api_id=body["restApiId"])
        return _shown_mapping(self._save_mapping(changed, mapping))

    @operation
    async def delete_base_path_mapping(self, ctx: Context, request: Request) -> None:
        mapping = self._mapping(self.domain(ctx, request), request["basePath"])
        with self.platform.store.transaction():
            self.store.mappings.delete(mapping.account, mapping.region, mapping.domain, mapping.path)
            self.store.domains_changed()


def _place(domain: Domain) -> tuple[str, str, str]:
    return domain.account, domain.region, domain.name


def shown_domain(domain: Domain) -> Answer:
    body: Mapping[str, Any] = {name: value for name, value in domain.body.items() if name not in _SECRET}
    arn = f"arn:aws:apigateway:{domain.region}:{domain.account}:/domainnames/{domain.name}"
    shown: Answer = {"domainName": domain.name, "domainNameArn": arn, **body}
    return {**shown, "tags": dict(domain.tags)} if domain.tags else shown


def _shown_mapping(mapping: ApiMapping) -> Answer:
    shown = {"basePath": mapping.path or domain_names.NONE, "restApiId": mapping.api_id}
    return {**shown, "stage": mapping.stage} if mapping.stage else shown
