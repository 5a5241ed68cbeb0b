"""Bearer tokens: whose keys have signed them, and whether they are of now. Scopes are the asker's business.

Keys come through `sts:issuer_keys`, which knows the issuers of this cloud (Cognito's user pools) and fetches those of
others from where they publish them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AwsError
from cloudchamber.identity import jwt
from cloudchamber.services.apigateway.plane.functions import API_GATEWAY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudchamber.core.context import Context


class BadToken(Exception):
    """A token that is not taken; why, in words for `www-authenticate` and logs. `is_expired` for one of yesterday."""

    def __init__(self, reason: str, *, is_expired: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_expired = is_expired


def bearer(value: str) -> str:
    """The token in a header's value, with or without `Bearer` before it."""
    scheme, space, token = value.strip().partition(" ")
    return token.strip() if space and scheme.lower() == "bearer" else value.strip()


async def verified(ctx: Context, text: str, issuers: Sequence[str]) -> Mapping[str, Any]:
    """The claims of a token that one of `issuers` has signed and whose time it is. BadToken."""
    try:
        token = jwt.read(text)
    except jwt.MalformedToken:
        raise BadToken("the token is malformed") from None
    issuer = token.claims.get("iss")
    if issuer not in issuers:
        raise BadToken("OIDC discovery endpoint does not match the token's issuer")
    claims = await _signed(ctx, token, str(issuer))
    try:
        jwt.check_times(claims, ctx.now(), required=("exp",))
    except jwt.ExpiredToken:
        raise BadToken("the token has expired", is_expired=True) from None
    except jwt.NotYetValid:
        raise BadToken("the token is not yet valid") from None
    except jwt.BadClaim as error:
        raise BadToken(f"the claim {error.name} is not valid") from None
    return claims


async def _signed(ctx: Context, token: jwt.Unverified, issuer: str) -> Mapping[str, Any]:
    for anew in (False, True):  # keys that were kept may have been rotated
        try:
            answer = await ctx.call("sts:issuer_keys", principal=API_GATEWAY, Issuer=issuer, Anew=anew)
            return jwt.verify(token, answer["Keys"])
        except jwt.NoSuchKey:
            continue
        except jwt.TokenError:
            break
        except AwsError as error:
            raise BadToken(f"unable to fetch keys of the issuer: {error.code}") from None
    raise BadToken("the signature is not valid")


def scopes_of(claims: Mapping[str, Any]) -> frozenset[str]:
    """`scope` (a text with spaces) and `scp` (a list, or a text)."""
    found: set[str] = set()
    for name in ("scope", "scp"):
        value = claims.get(name)
        found.update(value.split() if isinstance(value, str) else map(str, value) if isinstance(value, list) else ())
    return frozenset(found)
