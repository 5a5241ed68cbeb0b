"""Whether the user of an ID token is still signed in: what identity pools with `ServerSideTokenCheck` ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.core.service import Request, private_operation
from cloudchamber.identity import jwt
from cloudchamber.services.cognito_idp.base import CognitoBase

if TYPE_CHECKING:
    from cloudchamber.core.context import Context


class TokenChecks(CognitoBase):
    @private_operation
    async def is_signed_in(self, ctx: Context, request: Request) -> dict[str, bool]:
        """{"UserPoolId", "IdToken": a token whose signature was verified} → {"IsSignedIn": whether its user is there,
        enabled, and has not been signed out since}."""
        try:
            claims = jwt.read(request["IdToken"]).claims
        except jwt.MalformedToken:
            return {"IsSignedIn": False}
        user = self.store.users.get(request["UserPoolId"], str(claims.get("cognito:username")))
        if user is None or user.sub != claims.get("sub") or not user.enabled:
            return {"IsSignedIn": False}
        issued_at = claims.get("iat")
        if not isinstance(issued_at, int | float) or issued_at < int(user.signed_out_at):
            return {"IsSignedIn": False}
        origin = claims.get("origin_jti")
        grant = None if origin is None else self.store.grants.get(str(origin))
        return {"IsSignedIn": origin is None or (grant is not None and not grant.revoked)}
