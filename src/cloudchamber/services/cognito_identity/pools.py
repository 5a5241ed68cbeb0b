"""Identity pools: what they are, which roles they give, which claims they turn into tags."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from cloudchamber.core.service import operation
from cloudchamber.services.cognito_identity import limits
from cloudchamber.services.cognito_identity.base import IdentityBase, begins_after, more, new_id, page_size
from cloudchamber.services.cognito_identity.errors import InvalidParameter, LimitExceeded
from cloudchamber.services.cognito_identity.tables import Pool, TagMap
from cloudchamber.services.cognito_identity.tagging import check_tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request
    from cloudchamber.services.cognito_identity import shapes

_SETTINGS: Final = (
    "AllowUnauthenticatedIdentities", "AllowClassicFlow", "SupportedLoginProviders", "DeveloperProviderName",
    "OpenIdConnectProviderARNs", "CognitoIdentityProviders", "SamlProviderARNs",
)  # fmt: skip
PUBLIC_PROVIDERS: Final = (
    "graph.facebook.com", "accounts.google.com", "appleid.apple.com", "www.amazon.com", "api.twitter.com",
    "www.digits.com",
)  # fmt: skip
DEFAULT_TAGS: Final = {"username": "sub", "client": "aud"}


class Pools(IdentityBase):
    @operation
    async def create_identity_pool(self, ctx: Context, request: shapes.CreateIdentityPoolInput) -> shapes.IdentityPool:
        if self.store.pools.count(account=ctx.account, region=ctx.region) >= limits.POOLS_MAX:
            raise LimitExceeded("You have exceeded the maximum number of identity pools.")
        tags = dict(request.get("IdentityPoolTags") or {})
        check_tags(tags)
        name, settings = request["IdentityPoolName"], _settings(request)
        pool = Pool(new_id(ctx.region), ctx.account, ctx.region, name, ctx.now(), settings, tags)
        self.store.pools.put(pool)
        return _shown(pool)

    @operation
    async def describe_identity_pool(
        self, ctx: Context, request: shapes.DescribeIdentityPoolInput
    ) -> shapes.IdentityPool:
        return _shown(self.pool(ctx, request))

    @operation
    async def update_identity_pool(self, ctx: Context, request: shapes.IdentityPool) -> shapes.IdentityPool:
        pool, settings = self.pool(ctx, request), _settings(request)
        if pool.developer_provider and settings.get("DeveloperProviderName", "") != pool.developer_provider:
            raise InvalidParameter("Developer provider name cannot be changed once it is set.")
        tags = pool.tags if request.get("IdentityPoolTags") is None else dict(request["IdentityPoolTags"])
        check_tags(tags)
        pool = replace(pool, name=request["IdentityPoolName"], settings=settings, tags=tags)
        self.store.pools.put(pool)
        return _shown(pool)

    @operation
    async def delete_identity_pool(self, ctx: Context, request: shapes.DeleteIdentityPoolInput) -> None:
        pool = self.pool(ctx, request)
        with self.platform.store.transaction():
            self.store.drop_pool(pool)

    @operation
    async def list_identity_pools(
        self, ctx: Context, request: shapes.ListIdentityPoolsInput
    ) -> shapes.ListIdentityPoolsResponse:
        after, size = begins_after(request), page_size(request)
        found = self.store.pools.where(
            order="id", limit=size + 1, after=None if after is None else (after,), account=ctx.account,
            region=ctx.region,
        )  # fmt: skip
        pools = [{"IdentityPoolId": pool.id, "IdentityPoolName": pool.name} for pool in found[:size]]
        return {"IdentityPools": pools, **more([pool.id for pool in found], size)}  # type: ignore[typeddict-item]

    # roles

    @operation
    async def set_identity_pool_roles(self, ctx: Context, request: shapes.SetIdentityPoolRolesInput) -> None:
        pool = self.pool(ctx, request)
        mappings: dict[str, Any] = {name: dict(one) for name, one in (request.get("RoleMappings") or {}).items()}
        for mapping in mappings.values():
            _check_mapping(mapping)
        self.store.pools.put(replace(pool, roles=dict(request["Roles"]), mappings=mappings))

    @operation
    async def get_identity_pool_roles(
        self, ctx: Context, request: shapes.GetIdentityPoolRolesInput
    ) -> shapes.GetIdentityPoolRolesResponse:
        pool = self.pool(ctx, request)
        answer: dict[str, Any] = {"IdentityPoolId": pool.id, "Roles": pool.roles}
        if pool.mappings:
            answer["RoleMappings"] = pool.mappings
        return answer  # type: ignore[return-value]

    # principal tags

    @operation
    async def set_principal_tag_attribute_map(
        self, ctx: Context, request: shapes.SetPrincipalTagAttributeMapInput
    ) -> shapes.SetPrincipalTagAttributeMapResponse:
        pool, uses_defaults = self.pool(ctx, request), bool(request.get("UseDefaults"))
        given = dict(request.get("PrincipalTags") or {})
        if uses_defaults and given:
            raise InvalidParameter("PrincipalTags cannot be specified when UseDefaults is true.")
        tag_map = TagMap(
            pool.id, request["IdentityProviderName"], uses_defaults, dict(DEFAULT_TAGS) if uses_defaults else given
        )
        self.store.tag_maps.put(tag_map)
        return _shown_map(tag_map)

    @operation
    async def get_principal_tag_attribute_map(
        self, ctx: Context, request: shapes.GetPrincipalTagAttributeMapInput
    ) -> shapes.GetPrincipalTagAttributeMapResponse:
        pool, provider = self.pool(ctx, request), request["IdentityProviderName"]
        found = self.store.tag_maps.get(pool.id, provider) or TagMap(pool.id, provider, uses_defaults=False)
        answer: shapes.GetPrincipalTagAttributeMapResponse = {**_shown_map(found)}
        return answer


def _settings(request: Request | Mapping[str, Any]) -> dict[str, Any]:
    """The settings a request gives a pool; those it does not name go back to nothing, as on AWS."""
    for name in request.get("SupportedLoginProviders") or {}:
        if name not in PUBLIC_PROVIDERS:
            raise InvalidParameter("Please provide a valid public provider")
    for provider in request.get("CognitoIdentityProviders") or ():
        if not provider.get("ProviderName") or not provider.get("ClientId"):
            raise InvalidParameter("Please provide a valid Cognito identity provider: ProviderName and ClientId")
    return {name: request[name] for name in _SETTINGS if request.get(name) is not None}


def _check_mapping(mapping: Mapping[str, Any]) -> None:
    if not mapping.get("AmbiguousRoleResolution"):
        raise InvalidParameter("AmbiguousRoleResolution is required for role mapping type Token or Rules.")
    rules = (mapping.get("RulesConfiguration") or {}).get("Rules") or ()
    if mapping["Type"] == "Rules" and not rules:
        raise InvalidParameter("RulesConfiguration is required for role mapping type Rules.")
    if mapping["Type"] == "Token" and rules:
        raise InvalidParameter("RulesConfiguration is not allowed for role mapping type Token.")
    if len(rules) > limits.RULES_PER_PROVIDER_MAX:
        raise InvalidParameter(f"Up to {limits.RULES_PER_PROVIDER_MAX} rules can be specified per identity provider.")


def _shown(pool: Pool) -> shapes.IdentityPool:
    answer: Any = {"IdentityPoolId": pool.id, "IdentityPoolName": pool.name, **pool.settings}
    answer["IdentityPoolTags"] = pool.tags
    return answer  # type: ignore[no-any-return]


def _shown_map(tag_map: TagMap) -> shapes.SetPrincipalTagAttributeMapResponse:
    return {
        "IdentityPoolId": tag_map.pool,
        "IdentityProviderName": tag_map.provider,
        "UseDefaults": tag_map.uses_defaults,
        "PrincipalTags": tag_map.tags,
    }
