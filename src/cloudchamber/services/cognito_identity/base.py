"""What the operations on identity pools share: finding pools and identities, and pages of listings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from cloudchamber.core import ids
from cloudchamber.core.pagination import InvalidMarker, decode_marker, encode_marker
from cloudchamber.core.resources import Resource, links_of
from cloudchamber.core.service import Platform, Request, Rule, Service
from cloudchamber.services.cognito_identity import limits, policy
from cloudchamber.services.cognito_identity.errors import InvalidParameter, no_identity, no_pool
from cloudchamber.services.cognito_identity.signing import Signer
from cloudchamber.services.cognito_identity.store import IdentityStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.cognito_identity.tables import Identity, Pool


class IdentityBase(Service):
    name: ClassVar[str] = "cognito-identity"
    rules: Mapping[str, Rule] = policy.RULES
    # Traces mask session tokens like the other parts of credentials.
    model_patch: ClassVar[Mapping[str, Any]] = {"shapes": {"SessionTokenString": {"sensitive": True}}}

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.store = IdentityStore(platform.store)
        self.signer = Signer(platform.store)

    # finding

    def pool(self, ctx: Context, request: Request) -> Pool:
        """The pool a signed request names, of the caller's account and region. ResourceNotFoundException."""
        found = self.store.pools.get(request["IdentityPoolId"])
        if found is None or (found.account, found.region) != (ctx.account, ctx.region):
            raise no_pool(request["IdentityPoolId"])
        return found

    def public_pool(self, ctx: Context, pool_id: str) -> Pool:
        """The pool an app without credentials names: the id alone tells it. The call is of its account from here on."""
        found = self.store.pools.get(pool_id)
        if found is None:
            raise no_pool(pool_id)
        ctx.account = ctx.span.account = found.account
        ctx.region = ctx.span.region = found.region
        return found

    def public_identity(self, ctx: Context, identity_id: str) -> tuple[Pool, Identity]:
        found = self.store.identities.get(identity_id)
        pool = None if found is None else self.store.pools.get(found.pool)
        if found is None or pool is None:
            raise no_identity(identity_id)
        return self.public_pool(ctx, pool.id), found

    def identity(self, ctx: Context, identity_id: str) -> tuple[Pool, Identity]:
        """An identity of the caller's account and region. ResourceNotFoundException."""
        found = self.store.identities.get(identity_id)
        pool = None if found is None else self.store.pools.get(found.pool)
        if found is None or pool is None or (pool.account, pool.region) != (ctx.account, ctx.region):
            raise no_identity(identity_id)
        return pool, found

    # Service

    def find(self, arn: str) -> Resource | None:
        pool_id = arn.rpartition(":identitypool/")[2]
        found = self.store.pools.get(pool_id)
        return None if found is None or found.arn != arn else _resource(found)

    def list_resources(self, account: str | None, region: str | None) -> Iterator[Resource]:
        wanted: dict[str, Any] = {k: v for k, v in (("account", account), ("region", region)) if v is not None}
        return (_resource(pool) for pool in self.store.pools.where(**wanted))


def _resource(pool: Pool) -> Resource:
    return Resource(
        pool.arn, "AWS::Cognito::IdentityPool", pool.name, pool.account, pool.region, pool.tags,
        links=links_of(*_reached(pool)), attributes=pool.settings,
    )  # fmt: skip


def _reached(pool: Pool) -> Iterator[str]:
    """Whom a pool lets in, and the roles it gives them."""
    for one in pool.settings.get("CognitoIdentityProviders") or ():
        user_pool = one["ProviderName"].rpartition("/")[2]
        yield f"arn:aws:cognito-idp:{user_pool.partition('_')[0]}:{pool.account}:userpool/{user_pool}"
    yield from pool.settings.get("OpenIdConnectProviderARNs") or ()
    yield from pool.settings.get("SamlProviderARNs") or ()
    yield from pool.roles.values()
    for mapping in pool.mappings.values():
        yield from (rule["RoleARN"] for rule in (mapping.get("RulesConfiguration") or {}).get("Rules") or ())


def new_id(region: str) -> str:
    """The id of a pool or an identity. An identity's is all that a guest needs to be it, so it must not be guessed."""
    raw = ids.token_bytes(16).hex()
    return f"{region}:{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-{'89ab'[int(raw[16], 16) & 3]}{raw[17:20]}-{raw[20:]}"


def begins_after(request: Request) -> str | None:
    """Where the page asked for begins. InvalidParameterException for a marker that is none."""
    marker = request.get("NextToken")
    try:
        return decode_marker(marker) if marker else None
    except InvalidMarker:
        raise InvalidParameter("Invalid NextToken") from None


def page_size(request: Request) -> int:
    return int(request.get("MaxResults") or limits.LIST_PAGE)


def more(keys: list[str], size: int) -> dict[str, str]:
    """The member with the token of the next page, if `keys` has more than this page's `size`."""
    return {"NextToken": encode_marker(keys[size - 1])} if len(keys) > size else {}
