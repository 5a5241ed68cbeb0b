"""Users about themselves, by their access token: shown, changed, verified, signed out, gone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cloudchamber.core.service import Request, operation
from cloudchamber.services.cognito_idp import attributes
from cloudchamber.services.cognito_idp.admin_users import AdminUsers, shown_mfa, with_mfa_options
from cloudchamber.services.cognito_idp.codes import Errand
from cloudchamber.services.cognito_idp.errors import (
    InvalidParameter,
    UnauthorizedClient,
    UnsupportedOperation,
    UnsupportedTokenType,
)

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.cognito_idp.base import Answer


class Profile(AdminUsers):
    @operation
    async def get_user(self, ctx: Context, request: Request) -> Answer:
        subject = await self.signed_in(ctx, request["AccessToken"])
        user = subject.user
        shown = attributes.as_list(attributes.readable(subject.client, user.attributes))
        answer: Answer = {"Username": user.username, "UserAttributes": shown, **shown_mfa(user)}
        if user.mfa_options:
            answer["MFAOptions"] = list(user.mfa_options)
        return answer

    @operation
    async def delete_user(self, ctx: Context, request: Request) -> Answer:
        subject = await self.signed_in(ctx, request["AccessToken"])
        with self.platform.store.transaction():
            self.store.remove_user(subject.user)
        return {}

    @operation
    async def update_user_attributes(self, ctx: Context, request: Request) -> Answer:
        subject = await self.signed_in(ctx, request["AccessToken"])
        given = attributes.as_dict(request["UserAttributes"])
        attributes.check_writable(subject.client, given)
        attributes.check(subject.pool, given)
        attributes.check_mutable(subject.pool, given, subject.user.attributes)
        change = (given, (), request.get("ClientMetadata") or {})
        return {"CodeDeliveryDetailsList": await self.change_attributes(ctx, subject.pool, subject.user, change)}

    @operation
    async def delete_user_attributes(self, ctx: Context, request: Request) -> Answer:
        subject = await self.signed_in(ctx, request["AccessToken"])
        attributes.check_writable(subject.client, request["UserAttributeNames"])
        self.drop_attributes(ctx, subject.pool, subject.user, request["UserAttributeNames"])
        return {}

    @operation
    async def get_user_attribute_verification_code(self, ctx: Context, request: Request) -> Answer:
        subject = await self.signed_in(ctx, request["AccessToken"])
        name, user = request["AttributeName"], subject.user
        if name not in attributes.VERIFIED:
            raise InvalidParameter(f"{name} is not a verifiable attribute.")
        value = user.pending.get(name) or user.attributes.get(name)
        if not value:
            raise InvalidParameter(f"User does not have {name} attribute.")
        metadata = request.get("ClientMetadata") or {}
        errand = Errand(name, "VerifyUserAttribute", name, subject.client.id, metadata, value)
        return {"CodeDeliveryDetails": await self.send_code(ctx, subject.pool, user, errand)}

    @operation
    async def verify_user_attribute(self, ctx: Context, request: Request) -> Answer:
        subject = await self.signed_in(ctx, request["AccessToken"])
        self.verify_attribute(ctx, subject.pool, subject.user, (request["AttributeName"], request["Code"]))
        return {}

    @operation
    async def set_user_settings(self, ctx: Context, request: Request) -> Answer:
        subject = await self.signed_in(ctx, request["AccessToken"])
        self.store.users.put(with_mfa_options(subject.user, request["MFAOptions"]))
        return {}

    # signing out

    @operation
    async def global_sign_out(self, ctx: Context, request: Request) -> Answer:
        subject = await self.signed_in(ctx, request["AccessToken"])
        with self.platform.store.transaction():
            self.sign_out(subject.user, ctx.now())
        return {}

    @operation
    async def revoke_token(self, ctx: Context, request: Request) -> Answer:
        """A refresh token with all that came of it. One that is not known is no error, as RFC 7009 has it."""
        _, client = self.entered(ctx, request["ClientId"])
        given = request.get("ClientSecret")
        if client.secret and not self.is_secret(client, given):
            raise UnauthorizedClient("Invalid client secret." if given else "Client secret is missing.")
        if not client.is_revocable:
            raise UnsupportedOperation("Token revocation is not enabled for this client.")
        token = request["Token"]
        if token.count(".") == 2:
            raise UnsupportedTokenType("Invalid token type.")
        grant = self.grant_of(token)
        if grant is not None:
            if grant.client_id != client.id:
                raise UnauthorizedClient("Invalid token.")
            self.store.grants.put(replace(grant, revoked=True))
        return {}
