"""What Cognito Sync's operations share: whose data a call is about, and whether it may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from cloudchamber.core.errors import AwsError
from cloudchamber.core.pagination import InvalidMarker, decode_marker
from cloudchamber.core.service import Platform, Request, Rule, Service
from cloudchamber.identity import principals
from cloudchamber.services.cognito_sync import limits, policy
from cloudchamber.services.cognito_sync.errors import InvalidParameter, NotAuthorized, ResourceNotFound, no_pool
from cloudchamber.services.cognito_sync.store import SyncStore
from cloudchamber.services.cognito_sync.tables import PoolSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

OURSELVES: Final = principals.service("cognito-sync.amazonaws.com")
COGNITO: Final = "cognito-identity.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Owner:
    """An identity whose data is asked for. `merged_from` are identities it took the place of; `is_user` tells a call
    with credentials from the identity pool from one with a developer's."""

    pool: str
    identity: str
    merged_from: tuple[str, ...]
    is_user: bool

    def place(self, dataset: str) -> tuple[str, str]:
        """Whose dataset a name is, and its name there: `NAME.IDENTITY` is one that came in by a merge."""
        for source in self.merged_from:
            if dataset.endswith(f".{source}"):
                return source, dataset.removesuffix(f".{source}")
        return self.identity, dataset


class SyncBase(Service):
    name: ClassVar[str] = "cognito-sync"
    rules: Mapping[str, Rule] = policy.RULES

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.store = SyncStore(platform.store)

    def pool(self, ctx: Context, request: Request) -> PoolSettings:
        """What is kept of a pool of the caller's account and region. ResourceNotFoundException."""
        pool_id = request["IdentityPoolId"]
        if ctx.resources.find(pool_arn(ctx, pool_id)) is None:
            raise no_pool(pool_id)
        return self.store.pools.get(pool_id) or PoolSettings(pool_id, ctx.account)

    def developers_pool(self, ctx: Context, request: Request) -> PoolSettings:
        """Likewise, for operations that users cannot call."""
        if _user_of(ctx) is not None:
            raise NotAuthorized("This operation cannot be called with Cognito Identity credentials.")
        return self.pool(ctx, request)

    async def owner(self, ctx: Context, request: Request) -> Owner:
        """Whose data a request is about: a user's own only. NotAuthorizedException, ResourceNotFoundException."""
        pool_id, identity_id = self.pool(ctx, request).pool, request["IdentityId"]
        user = _user_of(ctx)
        if user is not None and user != (pool_id, identity_id):
            raise NotAuthorized(f"Access to Identity '{identity_id}' is forbidden.")
        try:
            found = await ctx.call("cognito-identity:find_identity", IdentityPoolId=pool_id, IdentityId=identity_id)
        except AwsError as error:
            if error.code != "ResourceNotFoundException":
                raise
            raise ResourceNotFound(error.message) from None
        return Owner(pool_id, identity_id, tuple(found["MergedFrom"]), user is not None)

    async def users_own(self, ctx: Context, request: Request) -> Owner:
        """Likewise, for operations that only users can call."""
        owner = await self.owner(ctx, request)
        if not owner.is_user:
            raise NotAuthorized("This operation can only be called with Cognito Identity credentials.")
        return owner


def _user_of(ctx: Context) -> tuple[Any, Any] | None:
    """The pool and the identity whose credentials these are; None for a developer's."""
    session = ctx.principal.session
    if session is None or session.federated_provider != COGNITO:
        return None
    return session.web_identity.get(f"{COGNITO}:aud"), session.web_identity.get(f"{COGNITO}:sub")


def pool_arn(ctx: Context, pool_id: str) -> str:
    return f"arn:aws:cognito-identity:{ctx.region}:{ctx.account}:identitypool/{pool_id}"


def page_of(request: Request, most: int = limits.LIST_PAGE) -> tuple[str, int]:
    """After which key a page begins, and its size. InvalidParameterException."""
    marker, size = request.get("NextToken"), request.get("MaxResults")
    try:
        after = decode_marker(marker) if marker else ""
    except InvalidMarker:
        raise InvalidParameter("Invalid NextToken") from None
    return after, most if not size or size < 1 else min(int(size), most)
