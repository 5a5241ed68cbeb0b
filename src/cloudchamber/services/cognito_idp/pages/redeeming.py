"""What applications call: the token endpoint, userInfo and revoke.

https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from cloudchamber.core.errors import AwsError
from cloudchamber.services.cognito_idp.attempts import Entry
from cloudchamber.services.cognito_idp.claims import user_claims
from cloudchamber.services.cognito_idp.issuing import Wish, hashed
from cloudchamber.services.cognito_idp.pages.base import Call, PagesBase
from cloudchamber.services.cognito_idp.pages.oauth import allowed_scopes, is_proof
from cloudchamber.services.cognito_idp.pages.visit import Page, json

if TYPE_CHECKING:
    from cloudchamber.services.cognito_idp.records import Client

NAMES: Final = {
    "IdToken": "id_token", "AccessToken": "access_token", "RefreshToken": "refresh_token", "ExpiresIn": "expires_in",
    "TokenType": "token_type",
}  # fmt: skip
_CORS: Final = [
    ("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Methods", "GET, POST, OPTIONS"),
    ("Access-Control-Allow-Headers", "authorization, content-type, x-amz-user-agent"),
    ("Access-Control-Max-Age", "600"),
]  # fmt: skip


class Refused(Exception):
    """An OAuth error, as the application hears it."""

    def __init__(self, error: str, status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.status = status


class Redeeming(PagesBase):
    async def preflight(self, _call: Call) -> Page:
        return Page(204, list(_CORS))

    def _client(self, call: Call) -> Client:
        """The client that authenticates itself: by Basic or in the form, as long as it has a secret. Refused."""
        basic, form = call.visit.basic, call.visit.form
        name, secret = basic if basic is not None else (form.get("client_id", ""), form.get("client_secret"))
        if basic is not None and form.get("client_id", name) != name:
            raise Refused("invalid_request")
        client = self.store.clients.get(name or "")
        if client is None or client.pool_id != call.pool.id:
            raise Refused("invalid_client" if name else "invalid_request")
        if client.secret and not self.is_secret(client, secret):
            raise Refused("invalid_client")
        if secret and not client.secret:
            raise Refused("invalid_client")
        return client

    async def token(self, call: Call) -> Page:
        grants = {
            "authorization_code": self._for_code, "refresh_token": self._for_refresh_token,
            "client_credentials": self._for_client,
        }  # fmt: skip
        try:
            grant_type = call.visit.form.get("grant_type")
            if not grant_type:
                raise Refused("invalid_request")
            client = self._client(call)
            redeem = grants.get(grant_type)
            if redeem is None:
                raise Refused("unsupported_grant_type")
            made = await redeem(call, client)
        except Refused as refused:
            return json(refused.status, {"error": refused.error})
        except AwsError as error:  # a trigger's, or a user who is gone
            return json(400, {"error": "invalid_grant", "error_description": error.message})
        return json(200, {NAMES[name]: made[name] for name in NAMES if name in made})

    async def _for_code(self, call: Call, client: Client) -> dict[str, Any]:
        """A code serves once, whatever comes of it."""
        form = call.visit.form
        if not form.get("code") or not form.get("redirect_uri"):
            raise Refused("invalid_request")
        kept = self.pages.codes.get(hashed(form["code"]))
        if kept is None or (kept.pool_id, kept.client_id) != (call.pool.id, client.id):
            raise Refused("invalid_grant")
        self.pages.codes.delete(kept.id)
        if call.ctx.now() >= kept.expires_at or form["redirect_uri"] != kept.redirect_uri:
            raise Refused("invalid_grant")
        if kept.code_challenge and not is_proof(kept.code_challenge, form.get("code_verifier")):
            raise Refused("invalid_grant")
        user = self.store.users.get(kept.pool_id, kept.username)
        if user is None or not user.enabled or kept.auth_time < max(user.signed_out_at, user.created_at):
            raise Refused("invalid_grant")
        claims = {"nonce": kept.nonce} if kept.nonce else {}
        wish = Wish("HostedAuth", kept.scopes, claims=claims, auth_time=kept.auth_time)
        return await self.issue(call.ctx, call.pool, client, user, wish)

    async def _for_refresh_token(self, call: Call, client: Client) -> dict[str, Any]:
        token = call.visit.form.get("refresh_token")
        if not token:
            raise Refused("invalid_request")
        try:
            return await self.rotate(call.ctx, Entry(call.pool, client), token)
        except AwsError as error:
            if error.code in ("NotAuthorizedException", "RefreshTokenReuseException", "UserNotFoundException"):
                raise Refused("invalid_grant") from None
            raise

    async def _for_client(self, call: Call, client: Client) -> dict[str, Any]:
        """A token of the application's own, for the resource servers that it may use."""
        settings = client.settings
        if not client.secret or "client_credentials" not in (settings.get("AllowedOAuthFlows") or ()):
            raise Refused("unauthorized_client")
        scopes = allowed_scopes(client, call.visit.form.get("scope"))
        if not scopes:
            raise Refused("invalid_scope")
        return await self.machine_token(call.ctx, call.pool, client, tuple(scopes), _metadata(call))

    async def user_info(self, call: Call) -> Page:
        """https://docs.aws.amazon.com/cognito/latest/developerguide/userinfo-endpoint.html"""
        try:
            subject = await self.subject(call.ctx, call.visit.bearer)
        except AwsError:
            return _unauthorized(401, "invalid_token", "Access token is expired, disabled, or deleted, or the user has "
                                                       "globally signed out.")  # fmt: skip
        scopes = str(subject.claims.get("scope", "")).split()
        if subject.pool.id != call.pool.id:
            return _unauthorized(401, "invalid_token", "Access token does not belong to this user pool.")
        if "openid" not in scopes:
            return _unauthorized(403, "insufficient_scope", "Access token does not contain openid scope")
        found = user_claims(subject.user, subject.client, scopes)
        shown = {name: str(value).lower() if isinstance(value, bool) else value for name, value in found.items()}
        return json(200, {"sub": subject.user.sub, **shown, "username": subject.user.username})

    async def revoke(self, call: Call) -> Page:
        """https://docs.aws.amazon.com/cognito/latest/developerguide/revocation-endpoint.html"""
        token = call.visit.form.get("token")
        try:
            if not token:
                raise Refused("invalid_request")
            client = self._client(call)
            if token.count(".") == 2:
                raise Refused("unsupported_token_type")
            if not client.is_revocable:
                raise Refused("invalid_request")
            grant = self.grant_of(token)
            if grant is not None and grant.client_id != client.id:
                raise Refused("invalid_request")
            if grant is not None:
                secret: dict[str, Any] = {"ClientSecret": client.secret} if client.secret else {}
                await call.ctx.call("cognito-idp:RevokeToken", Token=token, ClientId=client.id, **secret)
        except Refused as refused:
            return json(refused.status, {"error": refused.error})
        return Page(200, [("Access-Control-Allow-Origin", "*"), ("Cache-Control", "no-store")])


def _unauthorized(status: int, error: str, description: str) -> Page:
    told = f'Bearer error="{error}", error_description="{description}"'
    return json(status, {"error": error, "error_description": description}, ("WWW-Authenticate", told))


def _metadata(call: Call) -> dict[str, str]:
    """What the application says for the token generation function, as JSON. Refused."""
    try:
        found = orjson.loads(call.visit.form.get("aws_client_metadata") or "{}")
    except orjson.JSONDecodeError:
        raise Refused("invalid_request") from None
    if not isinstance(found, dict):
        raise Refused("invalid_request")
    return {str(name): str(value) for name, value in found.items()}
