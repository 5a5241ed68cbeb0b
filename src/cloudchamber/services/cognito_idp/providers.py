"""Identity providers that a pool federates to, and the accounts there that its users are linked with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from cloudchamber.core import ids
from cloudchamber.core.service import Request, operation
from cloudchamber.services.cognito_idp import attributes, limits
from cloudchamber.services.cognito_idp.base import Answer, listed
from cloudchamber.services.cognito_idp.errors import (
    AliasExists,
    DuplicateProvider,
    InvalidParameter,
    LimitExceeded,
    NotAuthorized,
    ResourceNotFound,
    UserNotFound,
)
from cloudchamber.services.cognito_idp.records import EXTERNAL_PROVIDER, Identity, Pool, Provider, User
from cloudchamber.services.cognito_idp.signing_up import SigningUp
from cloudchamber.services.cognito_idp.triggers import Occasion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.cognito_idp.attempts import Entry

_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "OIDC": ("client_id", "attributes_request_method", "oidc_issuer", "authorize_scopes"),
    "SAML": (),
    "Google": ("client_id", "client_secret", "authorize_scopes"),
    "Facebook": ("client_id", "client_secret", "authorize_scopes"),
    "LoginWithAmazon": ("client_id", "client_secret", "authorize_scopes"),
    "SignInWithApple": ("client_id", "team_id", "key_id", "private_key", "authorize_scopes"),
}


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who comes from a provider: their subject there, and what it says about them (claims, SAML attributes)."""

    provider: Provider
    subject: str
    claims: Mapping[str, Any]


class Providers(SigningUp):
    @operation
    async def create_identity_provider(self, ctx: Context, request: Request) -> Answer:
        pool = self.pool(ctx, request)
        name, kind = request["ProviderName"], request["ProviderType"]
        if self.store.providers.get(pool.id, name) is not None:
            raise DuplicateProvider(f"A provider with the name {name} already exists.")
        if self.store.providers.count(pool_id=pool.id) >= limits.PROVIDERS_MAX:
            raise LimitExceeded("Maximum number of identity providers exceeded.")
        now = ctx.now()
        made = Provider(
            pool.id, name, kind, now, now, dict(request["ProviderDetails"]),
            dict(request.get("AttributeMapping") or {"username": "sub"}), tuple(request.get("IdpIdentifiers") or ()),
        )  # fmt: skip
        self._check(pool, made)
        return {"IdentityProvider": _shown(self.store.providers.put(made))}

    def _check(self, pool: Pool, provider: Provider) -> None:
        for detail in _NEEDED[provider.type]:
            if not provider.details.get(detail):
                raise InvalidParameter(f"{detail} is required for {provider.type} identity providers.")
        if provider.type == "SAML" and not {"MetadataURL", "MetadataFile"} & provider.details.keys():
            raise InvalidParameter("MetadataURL or MetadataFile is required for SAML identity providers.")
        known = {attribute["Name"] for attribute in pool.schema} | {"username"}
        for name in provider.mapping:
            if name not in known:
                raise InvalidParameter(f"Invalid attribute mapping: {name} is not in the schema of the user pool.")
        for other in self.store.providers.where(pool_id=pool.id):
            taken = set(other.identifiers) & set(provider.identifiers)
            if other.name != provider.name and taken:
                raise InvalidParameter(f"Identifier {taken.pop()} is already in use.")

    @operation
    async def describe_identity_provider(self, ctx: Context, request: Request) -> Answer:
        return {"IdentityProvider": _shown(self.provider(self.pool(ctx, request), request["ProviderName"]))}

    @operation
    async def update_identity_provider(self, ctx: Context, request: Request) -> Answer:
        pool = self.pool(ctx, request)
        provider = self.provider(pool, request["ProviderName"])
        changed = replace(
            provider, changed_at=ctx.now(), details={**provider.details, **(request.get("ProviderDetails") or {})},
            mapping=dict(request.get("AttributeMapping", provider.mapping)),
            identifiers=tuple(request.get("IdpIdentifiers", provider.identifiers)),
        )  # fmt: skip
        self._check(pool, changed)
        return {"IdentityProvider": _shown(self.store.providers.put(changed))}

    @operation
    async def delete_identity_provider(self, ctx: Context, request: Request) -> Answer:
        provider = self.provider(self.pool(ctx, request), request["ProviderName"])
        self.store.providers.delete(provider.pool_id, provider.name)
        return {}

    @operation
    async def list_identity_providers(self, ctx: Context, request: Request) -> Answer:
        found = self.store.providers.where(pool_id=self.pool(ctx, request).id)
        chosen, more = listed(request, found, lambda provider: provider.name)
        shown = [
            {
                "ProviderName": one.name, "ProviderType": one.type, "LastModifiedDate": one.changed_at,
                "CreationDate": one.created_at,
            }
            for one in chosen
        ]  # fmt: skip
        return {"Providers": shown, **more}

    @operation
    async def get_identity_provider_by_identifier(self, ctx: Context, request: Request) -> Answer:
        for provider in self.store.providers.where(pool_id=self.pool(ctx, request).id):
            if request["IdpIdentifier"] in provider.identifiers:
                return {"IdentityProvider": _shown(provider)}
        raise ResourceNotFound(f"Identity provider with identifier {request['IdpIdentifier']} does not exist.")

    def provider(self, pool: Pool, name: str) -> Provider:
        """ResourceNotFound."""
        found = self.store.providers.get(pool.id, name)
        if found is None:
            raise ResourceNotFound(f"Identity provider {name} does not exist.")
        return found

    # who comes from there

    def linked(self, pool: Pool, provider: str, subject: str) -> User | None:
        """The user with whom an account at a provider is linked."""
        own = self.store.users.get(pool.id, pool.fold(f"{provider}_{subject}"))
        if own is not None:
            return own
        found = self.store.users_with(pool.id, "identity", f"{provider}/{subject}")
        return self.store.users.get(pool.id, found[0]) if found else None

    async def arrived(self, ctx: Context, entry: Entry, arrival: Arrival) -> User:
        """The user who comes from a provider: made at the first time, their mapped attributes brought up to date.

        InvalidParameter where a required attribute lacks, NotAuthorized for one who is disabled, triggers' errors.
        """
        pool, provider = entry.pool, arrival.provider
        given = {
            name: _text(arrival.claims[claim])
            for name, claim in provider.mapping.items()
            if name != "username" and arrival.claims.get(claim) not in (None, "")
        }
        attributes.check(pool, given)
        user = self.linked(pool, provider.name, arrival.subject)
        if user is None:
            return await self._welcomed(ctx, entry, arrival, given)
        if not user.enabled:
            raise NotAuthorized("User is disabled.")
        if user.status == EXTERNAL_PROVIDER and given.items() - user.attributes.items():
            user = replace(user, attributes={**user.attributes, **given}, changed_at=ctx.now())
            with self.platform.store.transaction():
                self.store.put_user(user)
        return user

    async def _welcomed(self, ctx: Context, entry: Entry, arrival: Arrival, given: Mapping[str, str]) -> User:
        pool, provider, now = entry.pool, arrival.provider, ctx.now()
        attributes.check_required(pool, given)
        sub = ids.uuid()
        username = pool.fold(f"{provider.name}_{arrival.subject}")
        issuer = provider.details.get("oidc_issuer")
        identity = Identity(provider.name, arrival.subject, provider.type, now, True, issuer)
        user = User(
            pool.id, username, sub, now, now, EXTERNAL_PROVIDER, {"sub": sub, **given}, identities=(identity,)
        )  # fmt: skip
        request = {
            "userAttributes": {**given, "cognito:email_alias": "", "cognito:phone_number_alias": ""},
            "validationData": {}, "clientMetadata": dict(entry.metadata),
        }  # fmt: skip
        occasion = Occasion("PreSignUp", "PreSignUp_ExternalProvider", username, entry.client.id)
        await self.ask(ctx, pool, occasion, request)
        linked = self.linked(pool, provider.name, arrival.subject)  # the function may have linked them with somebody
        if linked is not None:
            return linked
        with self.platform.store.transaction():
            self.store.put_user(user)
        await self.confirmed(ctx, pool, user, ("ConfirmSignUp", entry.client.id, entry.metadata))
        return user

    @operation
    async def admin_link_provider_for_user(self, ctx: Context, request: Request) -> Answer:
        pool = self.pool(ctx, request)
        target, source = request["DestinationUser"], request["SourceUser"]
        provider = self.provider(pool, source.get("ProviderName") or "")
        user = self._by_provider(pool, target.get("ProviderName") or "Cognito", target.get("ProviderAttributeValue"))
        attribute = source.get("ProviderAttributeName") or "Cognito_Subject"
        subject = source.get("ProviderAttributeValue") or ""
        other = self.linked(pool, provider.name, subject)
        if other is not None and other.username == user.username:
            raise InvalidParameter("SourceUser is already linked to DestinationUser")
        if other is not None and other.status != EXTERNAL_PROVIDER:
            raise AliasExists("User already linked with a different user.")
        if len(user.identities) >= limits.LINKED_IDENTITIES_MAX:
            raise LimitExceeded("Maximum number of linked identities exceeded.")
        identity = Identity(provider.name, subject, provider.type, ctx.now(), False, None, attribute)
        with self.platform.store.transaction():
            if other is not None:
                self.store.remove_user(other)
            self.store.put_user(replace(user, identities=(*user.identities, identity), changed_at=ctx.now()))
        return {}

    def _by_provider(self, pool: Pool, provider: str, name: str | None) -> User:
        if provider in ("Cognito", "COGNITO"):
            return self.user(pool, name or "")
        found = self.linked(pool, provider, name or "")
        if found is None:
            raise UserNotFound
        return found

    @operation
    async def admin_disable_provider_for_user(self, ctx: Context, request: Request) -> Answer:
        """Unlink an account; a user who only comes from there is disabled."""
        pool, who = self.pool(ctx, request), request["User"]
        provider, subject = who.get("ProviderName") or "", who.get("ProviderAttributeValue") or ""
        user = self.linked(pool, provider, subject)
        if user is None:
            raise UserNotFound
        kept = tuple(one for one in user.identities if (one.provider, one.subject) != (provider, subject))
        with self.platform.store.transaction():
            is_gone = user.status == EXTERNAL_PROVIDER and not kept
            self.store.put_user(replace(user, identities=kept, enabled=user.enabled and not is_gone))
        return {}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _shown(provider: Provider) -> Answer:
    shown: Answer = {
        "UserPoolId": provider.pool_id, "ProviderName": provider.name, "ProviderType": provider.type,
        "ProviderDetails": dict(provider.details), "AttributeMapping": dict(provider.mapping),
        "LastModifiedDate": provider.changed_at, "CreationDate": provider.created_at,
    }  # fmt: skip
    if provider.identifiers:
        shown["IdpIdentifiers"] = list(provider.identifiers)
    return shown
