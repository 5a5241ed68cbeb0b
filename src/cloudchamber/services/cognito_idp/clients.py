"""App clients: what an application may do in a pool, how long its tokens last, and its secrets."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from cloudchamber.core import ids
from cloudchamber.core.service import Request, operation
from cloudchamber.services.cognito_idp import limits
from cloudchamber.services.cognito_idp.base import Answer, listed
from cloudchamber.services.cognito_idp.errors import (
    InvalidOAuthFlow,
    InvalidParameter,
    LimitExceeded,
    ResourceNotFound,
    ScopeDoesNotExist,
)
from cloudchamber.services.cognito_idp.naming import Naming
from cloudchamber.services.cognito_idp.records import Client, Pool

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

ID_CHARS, SECRET_CHARS = 26, 51
SECRETS_MAX = 2
_APART: Final = ("UserPoolId", "ClientId", "ClientName", "GenerateSecret", "ClientSecret")
_SCOPES: Final = ("phone", "email", "openid", "profile", "aws.cognito.signin.user.admin")
_OLD_FLOWS: Final = frozenset(("ADMIN_NO_SRP_AUTH", "CUSTOM_AUTH_FLOW_ONLY", "USER_PASSWORD_AUTH"))
_DEFAULTS: Final[Mapping[str, Any]] = {
    "RefreshTokenValidity": 30, "EnableTokenRevocation": True, "AllowedOAuthFlowsUserPoolClient": False,
    "EnablePropagateAdditionalUserContextData": False, "AuthSessionValidity": 3, "TokenValidityUnits": {},
    "PreventUserExistenceErrors": "LEGACY",
}  # fmt: skip


class Clients(Naming):
    @operation
    async def create_user_pool_client(self, ctx: Context, request: Request) -> Answer:
        pool = self.pool(ctx, request)
        settings = self._settings(pool, request)
        if self.store.clients.count(pool_id=pool.id) >= limits.CLIENTS_MAX:
            raise LimitExceeded("Maximum user pool clients exceeded.")
        given = request.get("ClientSecret") or ""
        secret = given or (_new(SECRET_CHARS) if request.get("GenerateSecret") else "")
        now = ctx.now()
        client_id = _new(ID_CHARS)
        secrets = (_descriptor(client_id, secret, now),) if secret else ()
        client = Client(client_id, pool.id, request["ClientName"], now, now, settings, secrets)
        with self.platform.store.transaction():
            self.store.clients.put(client)
        return {"UserPoolClient": _described(client)}

    @operation
    async def describe_user_pool_client(self, ctx: Context, request: Request) -> Answer:
        return {"UserPoolClient": _described(self.client_of(self.pool(ctx, request), request["ClientId"]))}

    @operation
    async def update_user_pool_client(self, ctx: Context, request: Request) -> Answer:
        """What is left out goes back to its default, as on AWS."""
        pool = self.pool(ctx, request)
        client = self.client_of(pool, request["ClientId"])
        changed = replace(
            client, settings=self._settings(pool, request), name=request.get("ClientName") or client.name,
            changed_at=ctx.now(),
        )  # fmt: skip
        self.store.clients.put(changed)
        return {"UserPoolClient": _described(changed)}

    @operation
    async def delete_user_pool_client(self, ctx: Context, request: Request) -> Answer:
        client = self.client_of(self.pool(ctx, request), request["ClientId"])
        self.store.clients.delete(client.id)
        return {}

    @operation
    async def list_user_pool_clients(self, ctx: Context, request: Request) -> Answer:
        pool = self.pool(ctx, request)
        found = sorted(self.store.clients.where(pool_id=pool.id), key=lambda client: client.id)
        chosen, more = listed(request, found, lambda client: client.id)
        shown = [{"ClientId": one.id, "UserPoolId": pool.id, "ClientName": one.name} for one in chosen]
        return {"UserPoolClients": shown, **more}

    # secrets beside the first

    @operation
    async def add_user_pool_client_secret(self, ctx: Context, request: Request) -> Answer:
        client = self.client_of(self.pool(ctx, request), request["ClientId"])
        if not client.secrets:
            raise InvalidParameter("Cannot add a secret to a client that was created without a secret.")
        if len(client.secrets) >= SECRETS_MAX:
            raise LimitExceeded("Maximum number of client secrets exceeded.")
        added = _descriptor(client.id, request.get("ClientSecret") or _new(SECRET_CHARS), ctx.now())
        self.store.clients.put(replace(client, secrets=(*client.secrets, added)))
        return {"ClientSecretDescriptor": added}

    @operation
    async def list_user_pool_client_secrets(self, ctx: Context, request: Request) -> Answer:
        client = self.client_of(self.pool(ctx, request), request["ClientId"])
        shown = [{k: v for k, v in one.items() if k != "ClientSecretValue"} for one in client.secrets]
        return {"ClientSecrets": shown}

    @operation
    async def delete_user_pool_client_secret(self, ctx: Context, request: Request) -> Answer:
        client = self.client_of(self.pool(ctx, request), request["ClientId"])
        kept = tuple(one for one in client.secrets if one["ClientSecretId"] != request["ClientSecretId"])
        if len(kept) == len(client.secrets):
            raise ResourceNotFound(f"Client secret {request['ClientSecretId']} does not exist.")
        if not kept:
            raise InvalidParameter("Cannot delete the last client secret.")
        self.store.clients.put(replace(client, secrets=kept))
        return {}

    # settings

    def _settings(self, pool: Pool, request: Request) -> dict[str, Any]:
        """InvalidParameter, ScopeDoesNotExist, InvalidOAuthFlow."""
        settings = {**_DEFAULTS, **{name: value for name, value in request.items() if name not in _APART}}
        flows = settings.get("ExplicitAuthFlows") or ()
        if _OLD_FLOWS & set(flows) and any(flow.startswith("ALLOW_") for flow in flows):
            raise InvalidParameter("ExplicitAuthFlows can not contain both values with and without the prefix ALLOW_.")
        made = Client("", pool.id, "", 0, 0, settings)
        if made.rotates and "ALLOW_REFRESH_TOKEN_AUTH" in flows:
            raise InvalidParameter(
                "Refresh token rotation cannot be enabled for app clients with ALLOW_REFRESH_TOKEN_AUTH."
            )
        _check_lifetimes(made)
        self._check_oauth(pool, settings)
        known = {attribute["Name"] for attribute in pool.schema} | {"identities"}
        for member in ("ReadAttributes", "WriteAttributes"):
            if not set(settings.get(member) or ()) <= known:
                raise InvalidParameter(f"Invalid {'read' if member[0] == 'R' else 'write'} attributes specified while "
                                       "creating a client")  # fmt: skip
        return settings

    def _check_oauth(self, pool: Pool, settings: Mapping[str, Any]) -> None:
        flows, scopes = settings.get("AllowedOAuthFlows") or (), settings.get("AllowedOAuthScopes") or ()
        if settings["AllowedOAuthFlowsUserPoolClient"] and not flows:
            raise InvalidOAuthFlow(
                "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth "
                "flows."
            )
        if "client_credentials" in flows and len(flows) > 1:
            raise InvalidOAuthFlow("client_credentials flow can not be selected along with code flow or implicit flow.")
        if "client_credentials" in flows and not any("/" in scope for scope in scopes):
            raise InvalidOAuthFlow("client_credentials flow can not be selected if client does not have custom scopes.")
        servers = {server.identifier: server for server in self.store.resource_servers.where(pool_id=pool.id)}
        custom = {f"{s.identifier}/{scope['ScopeName']}" for s in servers.values() for scope in s.scopes}
        for scope in scopes:
            if scope not in _SCOPES and scope not in custom:
                raise ScopeDoesNotExist(f"Invalid scope requested: {scope}" if "/" not in scope else
                                        f"Scope with identifier {scope} does not exist.")  # fmt: skip
        for url in (*(settings.get("CallbackURLs") or ()), *(settings.get("LogoutURLs") or ())):
            _check_url(url)
        default = settings.get("DefaultRedirectURI")
        if default and default not in (settings.get("CallbackURLs") or ()):
            raise InvalidParameter("Default redirect uri is not in the list of redirect uris.")
        providers = {p.name for p in self.store.providers.where(pool_id=pool.id)} | {"COGNITO"}
        for name in settings.get("SupportedIdentityProviders") or ():
            if name not in providers:
                raise InvalidParameter(f"The provider {name} does not exist for User Pool {pool.id}.")


def _check_url(url: str) -> None:
    """`https`, `http` to this machine, or the scheme of an app; without a fragment."""
    parts = urlsplit(url)
    if not parts.scheme or parts.fragment or "#" in url:
        raise InvalidParameter(f"{url} is not a valid redirect URI.")
    host = parts.hostname or ""
    if parts.scheme == "http" and host not in ("localhost", "127.0.0.1", "::1") and not host.endswith(".localhost"):
        raise InvalidParameter(f"cannot use the HTTP protocol for {url}.")


def _check_lifetimes(client: Client) -> None:
    for name, seconds in (("AccessToken", client.access_s), ("IdToken", client.id_s)):
        if not limits.ACCESS_SECONDS_MIN <= seconds <= limits.ACCESS_SECONDS_MAX:
            raise InvalidParameter(f"Invalid range for token validity: {name} must be between 5 minutes and 1 day.")
        if seconds > client.refresh_s:
            raise InvalidParameter("Invalid range for token validity: Refresh token validity must be greater than "
                                   "access token and ID token validity.")  # fmt: skip
    if not limits.REFRESH_SECONDS_MIN <= client.refresh_s <= limits.REFRESH_SECONDS_MAX:
        raise InvalidParameter("Invalid range for token validity: RefreshToken must be between 1 hour and 3650 days.")


def _new(length: int) -> str:
    """Lower-case letters and digits."""
    found = ""
    while len(found) < length:
        found += ids.alphanumeric(length * 2).lower()
    return found[:length]


def _descriptor(client_id: str, secret: str, now: float) -> dict[str, Any]:
    return {
        "ClientSecretId": f"{client_id}--{int(now * 1000)}-{ids.span_id()}", "ClientSecretValue": secret,
        "ClientSecretCreateDate": now,
    }  # fmt: skip


def _described(client: Client) -> Answer:
    shown: Answer = {
        "UserPoolId": client.pool_id, "ClientName": client.name, "ClientId": client.id,
        "LastModifiedDate": client.changed_at, "CreationDate": client.created_at, **client.settings,
    }  # fmt: skip
    shown["ExplicitAuthFlows"] = list(client.flows)
    if client.secret:
        shown["ClientSecret"] = client.secret
    return shown
