"""Visitors who are away at their identity provider, and what happens when they are back.

Whoever comes back has to be who went away: the state is a secret that serves once, within ten minutes, and only in the
browser that was sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.core import ids
from cloudchamber.core.errors import AwsError
from cloudchamber.services.cognito_idp.attempts import Entry
from cloudchamber.services.cognito_idp.issuing import hashed
from cloudchamber.services.cognito_idp.pages.base import SECRET_BYTES, Call
from cloudchamber.services.cognito_idp.pages.joining import Joining
from cloudchamber.services.cognito_idp.pages.oauth import CallbackError, PageError, asked
from cloudchamber.services.cognito_idp.pages.records import AWAY_SECONDS, Away

if TYPE_CHECKING:
    from cloudchamber.services.cognito_idp.pages.oauth import Asked
    from cloudchamber.services.cognito_idp.pages.visit import Page
    from cloudchamber.services.cognito_idp.providers import Arrival
    from cloudchamber.services.cognito_idp.records import Provider


class Visitors(Joining):
    def away(self, call: Call, provider: Provider) -> tuple[str, Away]:
        """Note that somebody goes away: the state that brings them back, and what is kept under it."""
        state, now = ids.token(SECRET_BYTES), call.ctx.now()
        away = Away(
            hashed(state), call.pool.id, provider.name, ids.token(16), call.browser, now + AWAY_SECONDS, call.carried
        )
        with self.platform.store.transaction():
            self.pages.forget_expired(now)
            self.pages.away.put(away)
        return state, away

    def returned(self, call: Call, state: str) -> Away:
        """Who comes back with a state, which serves no more. PageError for anybody else."""
        away = self.pages.away.get(hashed(state))
        if away is None or (away.pool_id, away.browser) != (call.pool.id, call.browser):
            raise PageError("Invalid state")
        self.pages.away.delete(away.id)
        if call.ctx.now() >= away.expires_at:
            raise PageError("Invalid state")
        return away

    def awaited(self, call: Call, away: Away) -> tuple[Asked, Provider]:
        """What their application has asked for, and the provider. PageError, CallbackError."""
        client = self.store.clients.get(away.query.get("client_id", ""))
        wanted = asked(client if client is not None and client.pool_id == call.pool.id else None, away.query)
        provider = self.store.providers.get(call.pool.id, away.provider)
        if provider is None:
            raise CallbackError(wanted, "invalid_request", "identity provider does not exist")
        return wanted, provider

    async def let_in(self, call: Call, wanted: Asked, arrival: Arrival) -> Page:
        """Back to the application as the user whom the provider has named."""
        try:
            user = await self.arrived(call.ctx, Entry(call.pool, wanted.client), arrival)
        except AwsError as error:
            raise CallbackError(wanted, "invalid_request", error.message) from None
        return await self.welcome(call, wanted, user)
