"""What stands in tokens: the claims of ID and access tokens, and what a function may change about them. Pure.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-with-identity-providers.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import orjson

from cloudchamber.services.cognito_idp import attributes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudchamber.services.cognito_idp.records import Client, Grant, Group, User

Claims = dict[str, Any]

ADMIN_SCOPE: Final = "aws.cognito.signin.user.admin"
_BY_SCOPE: Final = {"email": ("email", "email_verified"), "phone": ("phone_number", "phone_number_verified")}
_FLAGS: Final = ("email_verified", "phone_number_verified")
# What a function cannot change.
_FIXED: Final = frozenset((
    "acr", "amr", "at_hash", "auth_time", "azp", "aud", "client_id", "cognito:username", "device_key", "event_id",
    "exp", "iat", "identities", "iss", "jti", "nbf", "nonce", "origin_jti", "scope", "sub", "token_use", "username",
    "version",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bearer:
    """Of whom and for whom tokens are made, as far as claims tell. Times are epoch seconds."""

    user: User
    client: Client
    grant: Grant
    issuer: str
    now: float
    groups: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    preferred_role: str = ""
    is_hosted: bool = False  # signed in on the pool's own pages


def with_groups(bearer: Bearer, groups: Sequence[Group]) -> Bearer:
    """`groups` by precedence. The preferred role is that of the strongest group, unless two of them are at odds."""
    roles = [group.role_arn for group in groups if group.role_arn]
    ranked = [group for group in groups if group.role_arn and group.precedence is not None]
    strongest = {g.role_arn for g in ranked if g.precedence == ranked[0].precedence} if ranked else set()
    preferred = strongest.pop() if len(strongest) == 1 else ""
    return replace(bearer, groups=tuple(g.name for g in groups), roles=tuple(roles), preferred_role=preferred)


def _common(bearer: Bearer, jti: str, use: str, lifetime_s: int) -> Claims:
    grant = bearer.grant
    claims: Claims = {"sub": bearer.user.sub}
    if bearer.groups:
        claims["cognito:groups"] = list(bearer.groups)
    claims["iss"] = bearer.issuer
    if bearer.client.is_revocable:
        claims["origin_jti"] = grant.id
    if grant.event_id:
        claims["event_id"] = grant.event_id
    claims |= {
        "token_use": use, "auth_time": int(grant.auth_time), "exp": int(bearer.now) + lifetime_s,
        "iat": int(bearer.now), "jti": jti,
    }  # fmt: skip
    return claims


def access(bearer: Bearer, jti: str) -> Claims:
    claims = _common(bearer, jti, "access", bearer.client.access_s)
    claims |= {"client_id": bearer.client.id, "scope": " ".join(bearer.grant.scopes), "username": bearer.user.username}
    if bearer.is_hosted:
        claims["version"] = 2
    if bearer.grant.device_key:
        claims["device_key"] = bearer.grant.device_key
    return claims


def machine(client: Client, scopes: Sequence[str], about: tuple[str, float, str]) -> Claims:
    """Of an application's own access token; `about` is the issuer, the time and the token's id."""
    issuer, now, jti = about
    return {
        "sub": client.id, "token_use": "access", "scope": " ".join(scopes), "auth_time": int(now), "iss": issuer,
        "exp": int(now) + client.access_s, "iat": int(now), "version": 2, "jti": jti, "client_id": client.id,
    }  # fmt: skip


def identity(bearer: Bearer, jti: str) -> Claims:
    claims = _common(bearer, jti, "id", bearer.client.id_s)
    claims |= {"aud": bearer.client.id, "cognito:username": bearer.user.username, **bearer.grant.claims}
    if bearer.roles:
        claims["cognito:roles"] = list(bearer.roles)
    if bearer.preferred_role:
        claims["cognito:preferred_role"] = bearer.preferred_role
    return claims | user_claims(bearer.user, bearer.client, bearer.grant.scopes)


def user_claims(user: User, client: Client, scopes: Sequence[str]) -> Claims:
    """A user's attributes as claims: those the client may read, of the scopes that were asked for."""
    found: Claims = attributes.readable(client, {k: v for k, v in user.attributes.items() if v != ""})
    narrowing = [scope for scope in ("email", "phone", "profile") if scope in scopes]
    if narrowing and ADMIN_SCOPE not in scopes:
        of_others = {name for names in _BY_SCOPE.values() for name in names}
        wanted = {name for scope in narrowing for name in _BY_SCOPE.get(scope, ())}
        if "profile" in narrowing:
            wanted |= set(found) - of_others
        found = {name: value for name, value in found.items() if name in wanted or name == "sub"}
    for flag in _FLAGS:
        if flag in found:
            found[flag] = found[flag] == "true"
    if user.identities:
        found["identities"] = identities(user)
    return found


def identities(user: User) -> list[dict[str, Any]]:
    return [
        {
            "userId": one.subject, "providerName": one.provider, "providerType": one.kind, "issuer": one.issuer,
            "primary": "true" if one.is_primary else "false", "dateCreated": str(int(one.created_at * 1000)),
        }
        for one in user.identities
    ]  # fmt: skip


def identities_attribute(user: User) -> str:
    """The attribute `identities`, as JSON."""
    return orjson.dumps(identities(user)).decode()


# what a function changes


@dataclass(frozen=True, slots=True)
class Changes:
    """What the answer of a token generation function says about one token."""

    added: Mapping[str, Any]
    suppressed: Sequence[str]

    def apply(self, claims: Claims) -> Claims:
        kept = {k: v for k, v in claims.items() if k not in self.suppressed or k in _FIXED}
        return kept | {
            k: v for k, v in self.added.items() if k not in _FIXED and not k.startswith(("cognito:", "dev:"))
        }


NO_CHANGES: Final = Changes({}, ())


def changes(of: Mapping[str, Any] | None) -> Changes:
    if not of:
        return NO_CHANGES
    return Changes(of.get("claimsToAddOrOverride") or {}, of.get("claimsToSuppress") or ())


def changed_scopes(scopes: Sequence[str], of: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Scopes of an access token after `scopesToAdd` and `scopesToSuppress`."""
    dropped = (of or {}).get("scopesToSuppress") or ()
    added = (of or {}).get("scopesToAdd") or ()
    return tuple(dict.fromkeys([scope for scope in scopes if scope not in dropped] + list(added)))


def regrouped(bearer: Bearer, override: Mapping[str, Any] | None) -> Bearer:
    """With the groups and roles of `groupOverrideDetails`."""
    if not override:
        return bearer
    groups, roles = override.get("groupsToOverride"), override.get("iamRolesToOverride")
    return replace(
        bearer,
        groups=bearer.groups if groups is None else tuple(groups),
        roles=bearer.roles if roles is None else tuple(roles),
        preferred_role=str(override.get("preferredRole") or bearer.preferred_role),
    )
