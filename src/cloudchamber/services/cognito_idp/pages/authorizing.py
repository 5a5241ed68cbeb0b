"""Back to the application: with a code or with tokens for who is signed in, or after signing out.

https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.services.cognito_idp.issuing import Wish, hashed
from cloudchamber.services.cognito_idp.pages.base import SECRET_BYTES, Call, PagesBase
from cloudchamber.services.cognito_idp.pages.oauth import PageError
from cloudchamber.services.cognito_idp.pages.records import CODE_SECONDS, AuthorizationCode
from cloudchamber.services.cognito_idp.pages.visit import redirect

if TYPE_CHECKING:
    from cloudchamber.services.cognito_idp.pages.oauth import Asked
    from cloudchamber.services.cognito_idp.pages.visit import Page
    from cloudchamber.services.cognito_idp.records import User


class Authorizing(PagesBase):
    async def finish(self, call: Call, asked: Asked, user: User, auth_time: float) -> Page:
        """Back to the application, with a code or with tokens."""
        if asked.response_type == "token":
            return await self._with_tokens(call, asked, user, auth_time)
        code = ids.token(SECRET_BYTES)
        now = call.ctx.now()
        kept = AuthorizationCode(
            hashed(code), call.pool.id, asked.client.id, user.username, asked.redirect_uri, asked.scopes, asked.nonce,
            asked.code_challenge, auth_time, now + CODE_SECONDS,
        )  # fmt: skip
        with self.platform.store.transaction():
            self.pages.forget_expired(now)
            self.pages.codes.put(kept)
        return redirect(asked.back({"code": code}))

    async def _with_tokens(self, call: Call, asked: Asked, user: User, auth_time: float) -> Page:
        claims = {"nonce": asked.nonce} if asked.nonce else {}
        wish = Wish("HostedAuth", asked.scopes, claims=claims, auth_time=auth_time, refreshes=False)
        made = await self.issue(call.ctx, call.pool, asked.client, user, wish)
        told: dict[str, Any] = {"id_token": made["IdToken"]} if "IdToken" in made else {}
        told |= {"access_token": made["AccessToken"], "token_type": "Bearer", "expires_in": str(made["ExpiresIn"])}
        return redirect(asked.back(told))

    async def welcome(self, call: Call, asked: Asked, user: User) -> Page:
        """Somebody has just signed in."""
        session = self.remember(call, user)
        return await self.finish(call, asked, user, session.auth_time)

    async def logout(self, call: Call) -> Page:
        """https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html"""
        query = call.visit.query
        client = self.store.clients.get(query.get("client_id", ""))
        if client is None or client.pool_id != call.pool.id:
            raise PageError("Client does not exist." if query.get("client_id") else
                            "Required String parameter 'client_id' is not present")  # fmt: skip
        if "logout_uri" in query:
            if query["logout_uri"] not in (client.settings.get("LogoutURLs") or ()):
                raise PageError("redirect_mismatch")
            self.forget(call)
            return redirect(query["logout_uri"])
        asked = self.asked(call)
        self.forget(call)
        return redirect(call.visit.link("/login", {**call.carried, "redirect_uri": asked.redirect_uri}))
