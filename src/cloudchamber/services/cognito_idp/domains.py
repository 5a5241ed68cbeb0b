"""The domains of pools, under which their pages are; resource servers with the scopes that applications ask for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cloudchamber.core.service import Request, operation
from cloudchamber.services.cognito_idp import limits
from cloudchamber.services.cognito_idp.base import Answer, CognitoBase, listed
from cloudchamber.services.cognito_idp.errors import InvalidParameter, LimitExceeded, ResourceNotFound
from cloudchamber.services.cognito_idp.records import Domain, Pool, ResourceServer

if TYPE_CHECKING:
    from cloudchamber.core.context import Context

_RESERVED = ("aws", "amazon", "cognito")
_CLOUDFRONT = "d111111abcdef8.cloudfront.net"
_NO_DOMAIN = "No such domain or user pool exists."


class Domains(CognitoBase):
    @operation
    async def create_user_pool_domain(self, ctx: Context, request: Request) -> Answer:
        pool, name = self.pool(ctx, request), request["Domain"]
        custom = request.get("CustomDomainConfig")
        for word in _RESERVED:
            if custom is None and word in name:
                raise InvalidParameter(f"Domain cannot contain reserved word: {word}")
        if self.store.domains.get(name) is not None:
            raise InvalidParameter("Domain already associated with another user pool.")
        for present in self.store.domains.where(pool_id=pool.id):
            if (present.custom is None) == (custom is None):
                raise InvalidParameter(f"User pool {pool.id} already has a domain configured.")
        made = Domain(name, pool.id, custom, request.get("ManagedLoginVersion") or 1)
        self.store.domains.put(made)
        return _told(made)

    @operation
    async def describe_user_pool_domain(self, ctx: Context, request: Request) -> Answer:
        """An empty description where there is none."""
        domain = self.store.domains.get(request["Domain"])
        pool = None if domain is None else self.store.pools.get(domain.pool_id)
        if domain is None or pool is None or pool.account != ctx.account or pool.region != ctx.region:
            return {"DomainDescription": {}}
        shown: Answer = {
            "UserPoolId": pool.id, "AWSAccountId": pool.account, "Domain": domain.name, "Status": "ACTIVE",
            "CloudFrontDistribution": _CLOUDFRONT, "Version": str(int(pool.created_at)),
            "S3Bucket": f"aws-cognito-prod-{pool.region}-assets", "CustomDomainConfig": domain.custom or {},
            "ManagedLoginVersion": domain.version,
        }  # fmt: skip
        return {"DomainDescription": shown}

    @operation
    async def update_user_pool_domain(self, ctx: Context, request: Request) -> Answer:
        domain = self._domain(ctx, request)
        changed = replace(
            domain, custom=request.get("CustomDomainConfig") or domain.custom,
            version=request.get("ManagedLoginVersion") or domain.version,
        )  # fmt: skip
        self.store.domains.put(changed)
        return _told(changed)

    @operation
    async def delete_user_pool_domain(self, ctx: Context, request: Request) -> Answer:
        self.store.domains.delete(self._domain(ctx, request).name)
        return {}

    def _domain(self, ctx: Context, request: Request) -> Domain:
        found = self.store.domains.get(request["Domain"])
        if found is None or found.pool_id != self.pool(ctx, request).id:
            raise InvalidParameter(_NO_DOMAIN)
        return found

    # resource servers

    @operation
    async def create_resource_server(self, ctx: Context, request: Request) -> Answer:
        pool = self.pool(ctx, request)
        if self.store.resource_servers.get(pool.id, request["Identifier"]) is not None:
            raise InvalidParameter(f"{request['Identifier']} already exists in user pool {pool.id}.")
        if self.store.resource_servers.count(pool_id=pool.id) >= limits.RESOURCE_SERVERS_MAX:
            raise LimitExceeded("Maximum number of resource servers exceeded.")
        return self._put_server(pool, request)

    @operation
    async def update_resource_server(self, ctx: Context, request: Request) -> Answer:
        pool = self.pool(ctx, request)
        self._server(pool, request["Identifier"])
        return self._put_server(pool, request)

    def _put_server(self, pool: Pool, request: Request) -> Answer:
        scopes = tuple(dict(scope) for scope in request.get("Scopes") or ())
        if len({scope["ScopeName"] for scope in scopes}) != len(scopes):
            raise InvalidParameter("Duplicate scope names.")
        made = ResourceServer(pool.id, request["Identifier"], request["Name"], scopes)
        return {"ResourceServer": _shown(self.store.resource_servers.put(made))}

    @operation
    async def describe_resource_server(self, ctx: Context, request: Request) -> Answer:
        return {"ResourceServer": _shown(self._server(self.pool(ctx, request), request["Identifier"]))}

    @operation
    async def delete_resource_server(self, ctx: Context, request: Request) -> Answer:
        server = self._server(self.pool(ctx, request), request["Identifier"])
        self.store.resource_servers.delete(server.pool_id, server.identifier)
        return {}

    @operation
    async def list_resource_servers(self, ctx: Context, request: Request) -> Answer:
        found = self.store.resource_servers.where(pool_id=self.pool(ctx, request).id)
        chosen, more = listed(request, found, lambda server: server.identifier)
        return {"ResourceServers": [_shown(server) for server in chosen], **more}

    def _server(self, pool: Pool, identifier: str) -> ResourceServer:
        found = self.store.resource_servers.get(pool.id, identifier)
        if found is None:
            raise ResourceNotFound("Resource server does not exist.")
        return found


def _told(domain: Domain) -> Answer:
    told: Answer = {"ManagedLoginVersion": domain.version}
    if domain.custom:
        told["CloudFrontDomain"] = _CLOUDFRONT
    return told


def _shown(server: ResourceServer) -> Answer:
    return {
        "UserPoolId": server.pool_id, "Identifier": server.identifier, "Name": server.name,
        "Scopes": list(server.scopes),
    }  # fmt: skip
