"""Giving out tokens, and telling whether one that comes back still counts.

A sign-in that succeeds becomes a grant. Its id stands in every token as `origin_jti`; its refresh token is kept as a
hash. An access token is void once its grant is revoked, its user signed out everywhere, or either of them is gone.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from cloudchamber.core import ids
from cloudchamber.identity import jwt
from cloudchamber.services.cognito_idp import claims
from cloudchamber.services.cognito_idp.errors import NotAuthorized, UserNotFound
from cloudchamber.services.cognito_idp.records import Client, Grant, Pool, User
from cloudchamber.services.cognito_idp.triggers import Occasion, Triggers, user_attributes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

GENERATION: Final = "PreTokenGeneration"
REFRESH_BYTES = 64


@dataclass(frozen=True, slots=True)
class Wish:
    """How tokens are to be. `source` is the trigger source's second half."""

    source: str = "Authentication"
    scopes: tuple[str, ...] = (claims.ADMIN_SCOPE,)
    device_key: str = ""
    claims: Mapping[str, Any] = field(default_factory=dict)  # for the ID token: nonce, at_hash
    metadata: Mapping[str, str] = field(default_factory=dict)
    auth_time: float | None = None  # now, unless the sign-in was earlier
    refreshes: bool = True  # whether a refresh token is given (the implicit flow gives none)


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose token was read: all that an operation of a user needs."""

    pool: Pool
    client: Client
    user: User
    claims: Mapping[str, Any]


def hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def refresh_token(grant_id: str) -> str:
    """A new refresh token of a grant: which one it belongs to, and a secret."""
    return f"{grant_id.replace('-', '')}.{ids.token(REFRESH_BYTES)}"


class Issuing(Triggers):
    async def issue(self, ctx: Context, pool: Pool, client: Client, user: User, wish: Wish) -> dict[str, Any]:
        """An AuthenticationResult for a sign-in that succeeded, and the grant behind it."""
        now = ctx.now()
        grant = Grant(
            ids.uuid(), pool.id, client.id, user.username, wish.auth_time or now, now + client.refresh_s,
            scopes=wish.scopes, device_key=wish.device_key, claims=dict(wish.claims), event_id=ids.uuid(),
        )  # fmt: skip
        result = await self.tokens(ctx, pool, grant, wish)
        if wish.refreshes:
            result["RefreshToken"] = token = refresh_token(grant.id)
            grant = replace(grant, refresh_hash=hashed(token))
        with self.platform.store.transaction():
            self.store.forget_expired(now)
            self.store.grants.put(grant)
            self.note_active(ctx, grant)
        return result

    def note_active(self, ctx: Context, grant: Grant) -> None:
        """AWS bills each user once in a month in which they are active. Inside a transaction."""
        user = self.store.users.get(grant.pool_id, grant.username)
        month = datetime.fromtimestamp(ctx.now(), UTC).strftime("%Y-%m")
        if user is not None and user.active_in != month:
            self.store.users.put(replace(user, active_in=month))
            ctx.meter("cognito-idp.active_users")

    async def tokens(self, ctx: Context, pool: Pool, grant: Grant, wish: Wish) -> dict[str, Any]:
        """ID and access token of a grant, as the pool's function wants them."""
        await self.prepare_keys(pool)
        client, user = self.client_of(pool, grant.client_id), self.user(pool, grant.username)
        bearer = claims.Bearer(
            user, client, grant, self.issuer_of(pool), ctx.now(), is_hosted=wish.source == "HostedAuth"
        )
        bearer = claims.with_groups(bearer, self.store.groups_of(user))
        for_id, for_access = claims.NO_CHANGES, claims.NO_CHANGES
        details = await self._generation(ctx, pool, bearer, wish)
        if details is not None:
            bearer = claims.regrouped(bearer, details.get("groupOverrideDetails"))
            access = details.get("accessTokenGeneration")
            scopes = claims.changed_scopes(grant.scopes, access)
            bearer = replace(bearer, grant=replace(grant, scopes=scopes))
            for_id = claims.changes(details.get("idTokenGeneration", details))
            for_access = claims.changes(access)
        result: dict[str, Any] = {
            "AccessToken": self.sign(pool, "access", for_access.apply(claims.access(bearer, ids.uuid()))),
            "ExpiresIn": client.access_s,
            "TokenType": "Bearer",
        }
        if claims.ADMIN_SCOPE in grant.scopes or "openid" in grant.scopes:
            result["IdToken"] = self.sign(pool, "id", for_id.apply(claims.identity(bearer, ids.uuid())))
        return result

    async def _generation(
        self, ctx: Context, pool: Pool, bearer: claims.Bearer, wish: Wish
    ) -> Mapping[str, Any] | None:
        """What the token generation function answers: the details of version 1, or of 2 and 3."""
        config = (pool.settings.get("LambdaConfig") or {}).get("PreTokenGenerationConfig") or {}
        version = {"V1_0": "1", "V2_0": "2", "V3_0": "3"}[config.get("LambdaVersion", "V1_0")]
        trigger = "PreTokenGenerationConfig" if config else GENERATION
        request: dict[str, Any] = {
            "userAttributes": user_attributes(bearer.user),
            "groupConfiguration": {
                "groupsToOverride": list(bearer.groups), "iamRolesToOverride": list(bearer.roles),
                "preferredRole": bearer.preferred_role or None,
            },
            "clientMetadata": dict(wish.metadata),
        }  # fmt: skip
        name = "claimsOverrideDetails"
        if version != "1":
            request["scopes"], name = list(bearer.grant.scopes), "claimsAndScopeOverrideDetails"
        occasion = Occasion(
            trigger, f"TokenGeneration_{wish.source}", bearer.user.username, bearer.client.id, version, {name: None}
        )
        response = await self.ask(ctx, pool, occasion, request)
        return None if response is None else response.get(name)

    async def machine_token(
        self, ctx: Context, pool: Pool, client: Client, scopes: tuple[str, ...], metadata: Mapping[str, str]
    ) -> dict[str, Any]:
        """The access token of an application itself (client credentials). A version 3 function is asked about it."""
        await self.prepare_keys(pool)
        config = (pool.settings.get("LambdaConfig") or {}).get("PreTokenGenerationConfig") or {}
        changes = claims.NO_CHANGES
        if config.get("LambdaVersion") == "V3_0":
            name = "claimsAndScopeOverrideDetails"
            occasion = Occasion(
                "PreTokenGenerationConfig", "TokenGeneration_ClientCredentials", None, client.id, "3", {name: None}
            )
            request = {"scopes": list(scopes), "clientMetadata": dict(metadata)}
            details = ((await self.ask(ctx, pool, occasion, request)) or {}).get(name) or {}
            changes = claims.changes(details.get("accessTokenGeneration"))
            scopes = claims.changed_scopes(scopes, details.get("accessTokenGeneration"))
        own = claims.machine(client, scopes, (self.issuer_of(pool), ctx.now(), ids.uuid()))
        token = self.sign(pool, "access", changes.apply(own))
        return {"AccessToken": token, "ExpiresIn": client.access_s, "TokenType": "Bearer"}

    # tokens that come back

    async def subject(self, ctx: Context, token: str) -> Subject:
        """Whose access token this is, if it counts; the call is then of its pool. NotAuthorized, UserNotFound."""
        try:
            unverified = jwt.read(token)
            pool = self.store.pools.get(str(unverified.claims.get("iss")).rpartition("/")[2])
            if pool is None:
                raise NotAuthorized("Invalid Access Token")
            found = jwt.verify(unverified, await self.published(pool), algorithms=("RS256",))
        except jwt.TokenError:
            raise NotAuthorized("Invalid Access Token") from None
        self.settle_in(ctx, pool)
        if found.get("token_use") != "access" or found.get("iss") not in (pool.issuer, self.issuer_of(pool)):
            raise NotAuthorized("Invalid Access Token")
        if ctx.now() >= found["exp"]:
            raise NotAuthorized("Access Token has expired")
        client = self.store.clients.get(found["client_id"])
        user = self.store.users.get(pool.id, str(found.get("username")))
        if user is None or user.sub != found["sub"]:
            raise UserNotFound
        if client is None or self._is_void(found, user):
            raise NotAuthorized("Access Token has been revoked")
        if not user.enabled:
            raise NotAuthorized("User is disabled.")
        return Subject(pool, client, user, found)

    async def signed_in(self, ctx: Context, token: str) -> Subject:
        """The same, for operations on oneself: the token needs the scope for them. NotAuthorized, UserNotFound."""
        found = await self.subject(ctx, token)
        if claims.ADMIN_SCOPE not in str(found.claims.get("scope", "")).split():
            raise NotAuthorized("Access Token does not have required scopes")
        return found

    def _is_void(self, found: Mapping[str, Any], user: User) -> bool:
        if found["iat"] < int(user.signed_out_at):
            return True
        origin = found.get("origin_jti")
        if origin is None:
            return False
        grant = self.store.grants.get(origin)
        return grant is None or grant.revoked

    def grant_of(self, token: str) -> Grant | None:
        """The grant whose refresh token, present or previous, this is; None for a made-up one."""
        start, separator, _ = token.partition(".")
        if not separator or len(start) != 32:
            return None
        grant = self.store.grants.get(f"{start[:8]}-{start[8:12]}-{start[12:16]}-{start[16:20]}-{start[20:]}")
        if grant is None:
            return None
        known = [one for one in (grant.refresh_hash, grant.previous_hash) if one]
        given = hashed(token)
        return grant if any(hmac.compare_digest(given, one) for one in known) else None

    def sign_out(self, user: User, now: float) -> User:
        """Void all of a user's tokens. Inside a transaction."""
        for grant in self.store.grants.where(pool_id=user.pool_id, username=user.username):
            self.store.grants.put(replace(grant, revoked=True))
        return self.store.put_user(replace(user, signed_out_at=now))
