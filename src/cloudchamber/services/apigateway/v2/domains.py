"""Custom domain names and API mappings: the same ones that version 1 of the API has, by version 2's names.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-custom-domain-names.html
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AwsError, NotImplementedByUs
from cloudchamber.core.service import Request, operation
from cloudchamber.services.apigateway.records import ApiMapping, Domain
from cloudchamber.services.apigateway.rest import domain_names
from cloudchamber.services.apigateway.v2 import checks
from cloudchamber.services.apigateway.v2.base import V2Base, listed, new_id
from cloudchamber.services.apigateway.v2.errors import BadRequest, Conflict, NotFound, no_api, no_stage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

# Members of a DomainNameConfiguration -> those of version 1.
_REGIONAL = {"CertificateArn": "regionalCertificateArn", "CertificateName": "regionalCertificateName",
             "SecurityPolicy": "securityPolicy",
             "OwnershipVerificationCertificateArn": "ownershipVerificationCertificateArn"}  # fmt: skip
_SHOWN = {"ApiGatewayDomainName": "regionalDomainName", "HostedZoneId": "regionalHostedZoneId",
          "DomainNameStatus": "domainNameStatus", **_REGIONAL}  # fmt: skip
_EDGE = {**_SHOWN, "ApiGatewayDomainName": "distributionDomainName", "HostedZoneId": "distributionHostedZoneId",
         "CertificateArn": "certificateArn", "CertificateName": "certificateName",
         "CertificateUploadDate": "certificateUploadDate"}  # fmt: skip
_MTLS = {"TruststoreUri": "truststoreUri", "TruststoreVersion": "truststoreVersion"}
_KEY = re.compile(r"[a-zA-Z0-9$\-_.+!*'()]+(?:/[a-zA-Z0-9$\-_.+!*'()]+)*\Z")
MAPPING_ONLY = "API_MAPPING_ONLY"


class Domains(V2Base):
    @operation
    async def create_domain_name(self, ctx: Context, request: Request) -> dict[str, Any]:
        if not request.get("DomainNameConfigurations"):
            raise BadRequest("Domain name configurations must be specified")
        checks.check_tags(request.get("Tags") or {})
        try:
            name = domain_names.check_name(request["DomainName"])
            body = domain_names.filled(_body(request, {}), ctx.region, ctx.now())
        except AwsError as error:
            raise BadRequest(error.message, status=error.status, code=error.code) from None
        if self.shared.domains.where(name=name, limit=1):
            raise BadRequest("The domain name you provided already exists.")
        domain = Domain(ctx.account, ctx.region, name, ctx.now(), body, dict(request.get("Tags") or {}))
        return _shown(self._keep_domain(domain))

    def _keep_domain(self, domain: Domain) -> Domain:
        with self.platform.store.transaction():
            self.shared.domains.put(domain)
            self.shared.domains_changed()
        return domain

    def _domain(self, ctx: Context, request: Request) -> Domain:
        found = self.shared.domains.get(ctx.account, ctx.region, request["DomainName"].lower())
        if found is None:
            raise NotFound("Invalid domain name identifier specified")
        return found

    @operation
    async def get_domain_name(self, ctx: Context, request: Request) -> dict[str, Any]:
        return _shown(self._domain(ctx, request))

    @operation
    async def get_domain_names(self, ctx: Context, request: Request) -> dict[str, Any]:
        found = self.shared.domains.where(account=ctx.account, region=ctx.region)
        return listed(request, found, lambda domain: domain.name, _shown)

    @operation
    async def update_domain_name(self, ctx: Context, request: Request) -> dict[str, Any]:
        domain = self._domain(ctx, request)
        try:
            body = domain_names.filled(_body(request, domain.body), ctx.region, ctx.now())
        except AwsError as error:
            raise BadRequest(error.message, status=error.status, code=error.code) from None
        return _shown(self._keep_domain(replace(domain, body=body)))

    @operation
    async def delete_domain_name(self, ctx: Context, request: Request) -> None:
        domain = self._domain(ctx, request)
        with self.platform.store.transaction():
            for mapping in self._mappings(domain):
                self._drop_mapping(mapping)
            self.shared.domains.delete(domain.account, domain.region, domain.name)
            self.shared.domains_changed()

    # mappings

    def _mappings(self, domain: Domain) -> list[ApiMapping]:
        return self.shared.mappings.where(account=domain.account, region=domain.region, domain=domain.name)

    def _drop_mapping(self, mapping: ApiMapping) -> None:
        self.shared.mappings.delete(mapping.account, mapping.region, mapping.domain, mapping.path)

    def _mapping(self, domain: Domain, mapping_id: str) -> ApiMapping:
        for mapping in self._mappings(domain):
            if mapping.id == mapping_id:
                return mapping
        raise NotFound("Invalid API mapping identifier specified")

    def _keep_mapping(self, mapping: ApiMapping, before: ApiMapping | None = None) -> dict[str, Any]:
        with self.platform.store.transaction():
            if before is not None:
                self._drop_mapping(before)
            self.shared.mappings.put(mapping)
            self.shared.domains_changed()
        return _shown_mapping(mapping)

    def _check_mapping(self, ctx: Context, mapping: ApiMapping) -> None:
        """Whether there is what a mapping leads to, of whichever kind, and its path is free."""
        api: Any = self.store.apis.get(mapping.api_id) or self.shared.apis.get(mapping.api_id)
        if api is None or (api.account, api.region) != (ctx.account, ctx.region):
            raise no_api(ctx.account, mapping.api_id)
        stage = self.store.stages.get(mapping.api_id, mapping.stage)
        if stage is None and self.shared.stages.get(mapping.api_id, mapping.stage) is None:
            raise no_stage()
        if mapping.path and _KEY.match(mapping.path) is None:
            raise BadRequest("API mapping key should not start with a '/' or have consecutive '/'s.")
        there = self.shared.mappings.get(mapping.account, mapping.region, mapping.domain, mapping.path)
        if there is not None and there.id != mapping.id:
            raise Conflict("ApiMapping key already exists for this domain name")

    @operation
    async def create_api_mapping(self, ctx: Context, request: Request) -> dict[str, Any]:
        domain = self._domain(ctx, request)
        mapping = ApiMapping(
            domain.account, domain.region, domain.name, request.get("ApiMappingKey") or "", new_id(6),
            request["ApiId"], request["Stage"],
        )  # fmt: skip
        self._check_mapping(ctx, mapping)
        return self._keep_mapping(mapping)

    @operation
    async def get_api_mapping(self, ctx: Context, request: Request) -> dict[str, Any]:
        return _shown_mapping(self._mapping(self._domain(ctx, request), request["ApiMappingId"]))

    @operation
    async def get_api_mappings(self, ctx: Context, request: Request) -> dict[str, Any]:
        found = self._mappings(self._domain(ctx, request))
        return listed(request, found, lambda mapping: mapping.id, _shown_mapping)

    @operation
    async def update_api_mapping(self, ctx: Context, request: Request) -> dict[str, Any]:
        before = self._mapping(self._domain(ctx, request), request["ApiMappingId"])
        key = request.get("ApiMappingKey")
        mapping = replace(
            before, path=before.path if key is None else key, api_id=request["ApiId"],
            stage=request.get("Stage") or before.stage,
        )  # fmt: skip
        self._check_mapping(ctx, mapping)
        return self._keep_mapping(mapping, before)

    @operation
    async def delete_api_mapping(self, ctx: Context, request: Request) -> None:
        mapping = self._mapping(self._domain(ctx, request), request["ApiMappingId"])
        with self.platform.store.transaction():
            self._drop_mapping(mapping)
            self.shared.domains_changed()


def _body(request: Request, before: Mapping[str, Any]) -> dict[str, Any]:
    """A domain in version 1's members, with what a request says of it."""
    body = dict(before)
    for configuration in (request.get("DomainNameConfigurations") or ())[:1]:
        kind = configuration.get("EndpointType") or "REGIONAL"
        if kind != "REGIONAL":
            raise BadRequest("Only REGIONAL EndpointType is supported")
        body["endpointConfiguration"] = {
            "types": [kind], "ipAddressType": configuration.get("IpAddressType") or "ipv4",
        }  # fmt: skip
        body |= {ours: configuration[name] for name, ours in _REGIONAL.items() if configuration.get(name)}
    if request.get("RoutingMode") not in (None, MAPPING_ONLY):
        raise NotImplementedByUs("Routing rules exist on AWS and are not implemented in cloudchamber")
    mutual = request.get("MutualTlsAuthentication")
    if mutual is not None:
        body["mutualTlsAuthentication"] = {ours: mutual[name] for name, ours in _MTLS.items() if mutual.get(name)}
        if not body["mutualTlsAuthentication"]:
            del body["mutualTlsAuthentication"]
    return body


def _shown(domain: Domain) -> dict[str, Any]:
    body, endpoint = domain.body, domain.body["endpointConfiguration"]
    configurations = []
    for kind in endpoint["types"]:
        members = _EDGE if kind == "EDGE" else _SHOWN
        shown = {name: body[ours] for name, ours in members.items() if body.get(ours) is not None}
        configurations.append({**shown, "EndpointType": kind, "IpAddressType": endpoint.get("ipAddressType", "ipv4")})
    found: dict[str, Any] = {
        "DomainName": domain.name, "ApiMappingSelectionExpression": "$request.basepath",
        "DomainNameArn": f"arn:aws:apigateway:{domain.region}::/domainnames/{domain.name}",
        "DomainNameConfigurations": configurations, "RoutingMode": MAPPING_ONLY, "Tags": dict(domain.tags),
    }  # fmt: skip
    mutual = body.get("mutualTlsAuthentication")
    if mutual:
        found["MutualTlsAuthentication"] = {name: mutual[ours] for name, ours in _MTLS.items() if ours in mutual}
    return found


def _shown_mapping(mapping: ApiMapping) -> dict[str, Any]:
    return {
        "ApiMappingId": mapping.id, "ApiId": mapping.api_id, "Stage": mapping.stage, "ApiMappingKey": mapping.path,
    }  # fmt: skip
