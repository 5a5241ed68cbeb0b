"""Federation: a browser goes to an OpenID Connect provider and comes back with a code, which stands for a user.

Whoever comes back has to be who went away: the state is a secret that serves once, within ten minutes, and only in the
browser that was sent. The ID token has to be the provider's, for this client, with the nonce that was sent along.
https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-oidc-flow.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cloudchamber.core.errors import AwsError
from cloudchamber.identity import jwt, principals
from cloudchamber.services.cognito_idp.discovery import Discovery
from cloudchamber.services.cognito_idp.pages.oauth import COGNITO, CallbackError, providers_of
from cloudchamber.services.cognito_idp.pages.provider_calls import ProviderFailed, fetched
from cloudchamber.services.cognito_idp.pages.saml_federation import SamlFederation
from cloudchamber.services.cognito_idp.pages.visit import redirect, with_query
from cloudchamber.services.cognito_idp.providers import Arrival

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.services.cognito_idp.pages.base import Call
    from cloudchamber.services.cognito_idp.pages.oauth import Asked
    from cloudchamber.services.cognito_idp.pages.visit import Page
    from cloudchamber.services.cognito_idp.records import Provider

RESPONSE_PATH: Final = "/oauth2/idpresponse"
CLOCK_SKEW_SECONDS: Final = 300.0
_ENDPOINTS: Final = {
    "authorize_url": "authorization_endpoint", "token_url": "token_endpoint", "attributes_url": "userinfo_endpoint",
    "jwks_uri": "jwks_uri",
}  # fmt: skip
_OURSELVES: Final = principals.service("cognito-idp.amazonaws.com")


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a provider is asked. `jwks_uri` is empty where the issuer's own configuration tells."""

    authorize_url: str
    token_url: str
    attributes_url: str = ""
    jwks_uri: str = ""


class Federating(SamlFederation, Discovery):
    async def authorize(self, call: Call) -> Page:
        """The authorization endpoint: who is signed in goes back to the application, any other goes to sign in."""
        asked, query = self.asked(call), call.visit.query
        name = query.get("identity_provider") or query.get("idp_identifier") or COGNITO
        offered = providers_of(asked.client)
        if name != COGNITO:
            return await self.send_away(call, asked, self._provider(call, asked, name))
        prompts = asked.prompt.split()
        found = None if {"login", "select_account"} & set(prompts) else self.browser_session(call)
        if found is not None:
            session, user = found
            return await self.finish(call, asked, user, session.auth_time)
        if prompts == ["none"]:
            raise CallbackError(asked, "login_required")
        if COGNITO not in offered and len(offered) == 1:
            return await self.send_away(call, asked, self._provider(call, asked, offered[0]))
        more = {"login_hint": query["login_hint"]} if query.get("login_hint") else {}
        return redirect(call.link("/login", **more))

    def _provider(self, call: Call, asked: Asked, name: str) -> Provider:
        """An identity provider of the client, by its name or one of its identifiers. CallbackError."""
        for provider in self.store.providers.where(pool_id=call.pool.id):
            if (provider.name == name or name in provider.identifiers) and provider.name in providers_of(asked.client):
                return provider
        raise CallbackError(asked, "invalid_request", "identity provider is not supported for this client")

    async def send_away(self, call: Call, asked: Asked, provider: Provider) -> Page:
        """To an identity provider, from which the browser comes back."""
        if provider.type == "SAML":
            return await self.send_to_saml(call, asked, provider)
        if provider.type != "OIDC":
            raise CallbackError(asked, "server_error", f"{provider.type} providers are not implemented in cloudchamber")
        try:
            endpoints = await self._endpoints(provider, call.visit.origin)
        except ProviderFailed as error:
            raise CallbackError(asked, "server_error", str(error)) from None
        state, away = self.away(call, provider)
        details = provider.details
        given = {
            "client_id": details["client_id"], "redirect_uri": call.visit.address + RESPONSE_PATH,
            "scope": details["authorize_scopes"], "response_type": "code", "state": state, "nonce": away.nonce,
        }  # fmt: skip
        return redirect(with_query(endpoints.authorize_url, given))

    async def _endpoints(self, provider: Provider, origin: str) -> Endpoints:
        """As given, else as the issuer publishes them; a pool of this cloud is at `origin`. ProviderFailed."""
        given = {name: provider.details.get(name, "") for name in _ENDPOINTS}
        if given["authorize_url"] and given["token_url"]:
            return Endpoints(**given)
        issuer = provider.details["oidc_issuer"]
        pool = self.store.pools.get(issuer.rpartition("/")[2])
        if pool is not None and issuer in (pool.issuer, self.issuer_of(pool)):
            found = await self.openid_configuration(pool.id, origin) or {}
        else:
            found = await fetched("GET", issuer.rstrip("/") + "/.well-known/openid-configuration")
            if found.get("issuer") != issuer:
                raise ProviderFailed("The identity provider's configuration is another issuer's")
        told = {name: given[name] or str(found.get(member) or "") for name, member in _ENDPOINTS.items()}
        if not told["authorize_url"] or not told["token_url"]:
            raise ProviderFailed("The identity provider has no authorization or token endpoint")
        return Endpoints(**{**told, "jwks_uri": given["jwks_uri"]})

    async def idp_response(self, call: Call) -> Page:
        """The browser is back."""
        query = call.visit.query
        away = self.returned(call, query.get("state", ""))
        wanted, provider = self.awaited(call, away)
        if query.get("error") or not query.get("code"):
            told = query.get("error_description") or query.get("error") or "no code"
            raise CallbackError(wanted, "invalid_request", told[:200])
        try:
            arrival = await self._arrival(call, provider, query["code"], away.nonce)
        except ProviderFailed as error:
            raise CallbackError(wanted, "server_error", str(error)) from None
        return await self.let_in(call, wanted, arrival)

    async def _arrival(self, call: Call, provider: Provider, code: str, nonce: str) -> Arrival:
        """Who the provider says it is. ProviderFailed."""
        details, endpoints = provider.details, await self._endpoints(provider, self.platform.endpoint)
        form = {
            "grant_type": "authorization_code", "code": code, "client_id": details["client_id"],
            "redirect_uri": call.visit.address + RESPONSE_PATH,
        }  # fmt: skip
        if details.get("client_secret"):
            form["client_secret"] = details["client_secret"]
        answer = await fetched("POST", endpoints.token_url, form)
        claims: dict[str, Any] = dict(await self._verified(call, provider, endpoints, str(answer.get("id_token"))))
        if claims.get("nonce") != nonce:
            raise ProviderFailed("The ID token has another nonce")
        if endpoints.attributes_url and answer.get("access_token"):
            bearer = {"authorization": f"Bearer {answer['access_token']}"}
            method = details.get("attributes_request_method", "GET")
            found = await fetched(method, endpoints.attributes_url, None, bearer)
            if found.get("sub") != claims.get("sub"):
                raise ProviderFailed("The identity provider's attributes are of another user")
            claims |= found
        subject = claims.get(provider.mapping.get("username", "sub"))
        if not isinstance(subject, str) or not subject:
            raise ProviderFailed("The ID token has no claim for the username")
        return Arrival(provider, subject, claims)

    async def _verified(self, call: Call, provider: Provider, endpoints: Endpoints, token: str) -> Mapping[str, Any]:
        """The claims of an ID token that is the provider's and for this pool. ProviderFailed."""
        issuer, client_id = provider.details["oidc_issuer"], provider.details["client_id"]
        try:
            if endpoints.jwks_uri:
                keys = (await fetched("GET", endpoints.jwks_uri)).get("keys")
                claims = jwt.verify(token, [key for key in keys or () if isinstance(key, dict)])
            else:
                claims = await self._by_published(call, issuer, token)
            jwt.check_issuer(claims, issuer)
            jwt.check_audience(claims, (client_id,))
            jwt.check_times(claims, call.ctx.now(), skew_s=CLOCK_SKEW_SECONDS, required=("exp", "iat"))
        except jwt.TokenError as error:
            raise ProviderFailed(f"Bad id_token issued by the identity provider: {error}"[:200]) from None
        except AwsError as error:
            raise ProviderFailed(error.message) from None
        return claims

    @staticmethod
    async def _by_published(call: Call, issuer: str, token: str) -> jwt.Claims:
        """Verified with the issuer's keys as STS keeps them; anew where those do not fit."""
        asked = await call.ctx.call("sts:issuer_keys", principal=_OURSELVES, Issuer=issuer)
        try:
            return jwt.verify(token, asked["Keys"])
        except (jwt.NoSuchKey, jwt.BadSignature):
            if asked["IsNew"]:
                raise
        asked = await call.ctx.call("sts:issuer_keys", principal=_OURSELVES, Issuer=issuer, Anew=True)
        return jwt.verify(token, asked["Keys"])
