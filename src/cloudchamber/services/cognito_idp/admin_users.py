"""Users as administrators handle them: made with a temporary password, shown, changed, disabled, removed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.service import Request, operation
from cloudchamber.services.cognito_idp import attributes, limits, passwords
from cloudchamber.services.cognito_idp.claims import identities_attribute
from cloudchamber.services.cognito_idp.delivery import Parcel
from cloudchamber.services.cognito_idp.errors import (
    InvalidParameter,
    NotAuthorized,
    UnsupportedUserState,
)
from cloudchamber.services.cognito_idp.records import (
    CONFIRMED,
    EXTERNAL_PROVIDER,
    FORCE_CHANGE_PASSWORD,
    RESET_REQUIRED,
    UNCONFIRMED,
    Pool,
    User,
)
from cloudchamber.services.cognito_idp.recovery import Recovery
from cloudchamber.services.cognito_idp.triggers import Occasion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.cognito_idp.base import Answer


class AdminUsers(Recovery):
    @operation
    async def admin_create_user(self, ctx: Context, request: Request) -> Answer:
        pool = self.pool(ctx, request)
        if request.get("MessageAction") == "RESEND":
            return await self._invite_again(ctx, pool, request)
        sub = ids.uuid()
        username, said = self.username_of(pool, request["Username"], sub)
        given = {**attributes.as_dict(request.get("UserAttributes")), **said}
        attributes.check(pool, given)
        self._check_name(pool, username, given)
        password = request.get("TemporaryPassword") or ""
        if password:
            self.check_password(pool, password, "did not conform with password policy")
        elif not self._is_passwordless(pool, given):
            password = passwords.temporary(pool.password_policy)
        verifier = await self.enrolled(pool, username, password) if password else None
        now = ctx.now()
        user = User(
            pool.id, username, sub, now, now, FORCE_CHANGE_PASSWORD if password else CONFIRMED, {"sub": sub, **given},
            verifier=verifier, temporary_until=self._temporary_until(pool, now) if password else None,
        )  # fmt: skip
        await self._screened_by_admin(ctx, pool, user, request)
        with self.platform.store.transaction():
            self._check_name(pool, username, given)
            for alias in ("email", "phone_number"):
                if user.is_verified(alias):
                    self.check_alias(pool, user, alias, force=bool(request.get("ForceAliasCreation")))
            self.store.put_user(user)
        if request.get("MessageAction") != "SUPPRESS" and password:
            await self._invite(ctx, pool, user, (password, request))
        return {"User": self.shown(user)}

    @staticmethod
    def _is_passwordless(pool: Pool, given: Mapping[str, str]) -> bool:
        """Whether the new user can do without a password: one-time passwords reach them."""
        ways = {"EMAIL_OTP": "email", "SMS_OTP": "phone_number"}
        return any(given.get(ways[factor]) for factor in pool.first_factors if factor in ways)

    def _check_name(self, pool: Pool, username: str, given: Mapping[str, str]) -> None:
        plain = {name: value for name, value in given.items() if name != "preferred_username"}
        self.check_name_is_free(pool, username, plain, "User account already exists")

    @staticmethod
    def _temporary_until(pool: Pool, now: float) -> float:
        days = pool.password_policy.get("TemporaryPasswordValidityDays") or limits.TEMPORARY_PASSWORD_DAYS
        return now + float(days) * limits.DAY_SECONDS

    async def _screened_by_admin(self, ctx: Context, pool: Pool, user: User, request: Request) -> None:
        asked = {
            "userAttributes": {k: v for k, v in user.attributes.items() if k != "sub"},
            "validationData": attributes.as_dict(request.get("ValidationData")) or None,
            "clientMetadata": request.get("ClientMetadata") or {},
        }  # fmt: skip
        occasion = Occasion("PreSignUp", "PreSignUp_AdminCreateUser", user.username)
        await self.ask(ctx, pool, occasion, asked)

    async def _invite(self, ctx: Context, pool: Pool, user: User, what: tuple[str, Request]) -> None:
        """Send a temporary password by the wanted ways, by text message unless another was wanted."""
        password, request = what
        wanted = request.get("DesiredDeliveryMediums") or ["SMS"]
        ways = [a for medium, a in (("SMS", "phone_number"), ("EMAIL", "email")) if medium in wanted]
        if "DesiredDeliveryMediums" not in request and not user.attributes.get("phone_number"):
            ways = ["email"]
        for attribute in ways:
            if user.attributes.get(attribute):
                metadata = request.get("ClientMetadata") or {}
                await self.deliver(ctx, pool, Parcel(user, attribute, "AdminCreateUser", password, metadata=metadata))

    async def _invite_again(self, ctx: Context, pool: Pool, request: Request) -> Answer:
        user = self.user(pool, request["Username"])
        if user.status != FORCE_CHANGE_PASSWORD:
            raise UnsupportedUserState(f"Resend not possible. {user.username} status is not FORCE_CHANGE_PASSWORD")
        password = request.get("TemporaryPassword") or passwords.temporary(pool.password_policy)
        self.check_password(pool, password, "did not conform with password policy")
        verifier = await self.enrolled(pool, user.username, password)
        now = ctx.now()
        changed = replace(
            self.again(user), verifier=verifier, temporary_until=self._temporary_until(pool, now), changed_at=now
        )
        with self.platform.store.transaction():
            self.store.put_user(changed)
        await self._invite(ctx, pool, changed, (password, request))
        return {"User": self.shown(changed)}

    @operation
    async def admin_get_user(self, ctx: Context, request: Request) -> Answer:
        user = self.user(self.pool(ctx, request), request["Username"])
        shown = self.shown(user)
        shown["UserAttributes"] = shown.pop("Attributes")
        if user.identities:
            shown["UserAttributes"].append({"Name": "identities", "Value": identities_attribute(user)})
        return {**shown, **shown_mfa(user)}

    @operation
    async def admin_set_user_password(self, ctx: Context, request: Request) -> Answer:
        pool = self.pool(ctx, request)
        user, password = self.user(pool, request["Username"]), request["Password"]
        if user.status == EXTERNAL_PROVIDER:
            raise InvalidParameter("User's status is not allowed for this operation.")
        self.check_password(pool, password)
        await self.check_history(pool, user, password)
        verifier = await self.enrolled(pool, user.username, password)
        now = ctx.now()
        with self.platform.store.transaction():
            changed = self.with_password(pool, self.again(user), verifier, now)
            if request.get("Permanent"):
                changed = replace(changed, status=CONFIRMED)
            else:
                until = self._temporary_until(pool, now)
                changed = replace(changed, status=FORCE_CHANGE_PASSWORD, temporary_until=until)
            self.store.put_user(changed)
        return {}

    @operation
    async def admin_confirm_sign_up(self, ctx: Context, request: Request) -> Answer:
        pool = self.pool(ctx, request)
        user = self.user(pool, request["Username"])
        if user.status != UNCONFIRMED:
            raise NotAuthorized(f"User cannot be confirmed. Current status is {user.status}")
        user = replace(user, status=CONFIRMED, changed_at=ctx.now())
        with self.platform.store.transaction():
            self.store.put_user(user)
        how = ("ConfirmSignUp", "CLIENT_ID_NOT_APPLICABLE", request.get("ClientMetadata") or {})
        await self.confirmed(ctx, pool, user, how)
        return {}

    @operation
    async def admin_enable_user(self, ctx: Context, request: Request) -> Answer:
        return self._enable(ctx, request, True)

    @operation
    async def admin_disable_user(self, ctx: Context, request: Request) -> Answer:
        return self._enable(ctx, request, False)

    def _enable(self, ctx: Context, request: Request, enabled: bool) -> Answer:
        user = self.user(self.pool(ctx, request), request["Username"])
        with self.platform.store.transaction():
            if not enabled:
                user = self.sign_out(user, ctx.now())
            self.store.put_user(replace(user, enabled=enabled, changed_at=ctx.now()))
        return {}

    @operation
    async def admin_delete_user(self, ctx: Context, request: Request) -> Answer:
        user = self.user(self.pool(ctx, request), request["Username"])
        with self.platform.store.transaction():
            self.store.remove_user(user)
        return {}

    @operation
    async def admin_update_user_attributes(self, ctx: Context, request: Request) -> Answer:
        pool = self.pool(ctx, request)
        user = self.user(pool, request["Username"])
        given = attributes.as_dict(request["UserAttributes"])
        attributes.check(pool, given)
        attributes.check_mutable(pool, given, user.attributes)
        flags = {name for name in given if name.endswith("_verified") and given[name]}
        await self.change_attributes(ctx, pool, user, (given, flags, request.get("ClientMetadata") or {}))
        return {}

    @operation
    async def admin_delete_user_attributes(self, ctx: Context, request: Request) -> Answer:
        pool = self.pool(ctx, request)
        self.drop_attributes(ctx, pool, self.user(pool, request["Username"]), request["UserAttributeNames"])
        return {}

    @operation
    async def admin_reset_user_password(self, ctx: Context, request: Request) -> Answer:
        pool = self.pool(ctx, request)
        user = self.user(pool, request["Username"])
        if user.status not in (CONFIRMED, RESET_REQUIRED):
            raise NotAuthorized("User password cannot be reset in the current state.")
        attribute = self.recovery_attribute(pool, user)
        user = replace(user, status=RESET_REQUIRED, changed_at=ctx.now())
        with self.platform.store.transaction():
            self.store.put_user(user)
        metadata = request.get("ClientMetadata") or {}
        await self.send_code(ctx, pool, user, self.reset_errand(attribute, "CLIENT_ID_NOT_APPLICABLE", metadata))
        return {}

    @operation
    async def admin_user_global_sign_out(self, ctx: Context, request: Request) -> Answer:
        user = self.user(self.pool(ctx, request), request["Username"])
        with self.platform.store.transaction():
            self.sign_out(user, ctx.now())
        return {}

    @operation
    async def admin_set_user_settings(self, ctx: Context, request: Request) -> Answer:
        user = self.user(self.pool(ctx, request), request["Username"])
        self.store.users.put(with_mfa_options(user, request["MFAOptions"]))
        return {}


def with_mfa_options(user: User, options: list[dict[str, str]]) -> User:
    """The older way to turn MFA by text message on and off."""
    for option in options:
        if option.get("AttributeName") != "phone_number" or option.get("DeliveryMedium") != "SMS":
            raise InvalidParameter("Only SMS to phone_number can be set.")
    others = tuple(factor for factor in user.mfa if factor != "SMS_MFA")
    return replace(user, mfa_options=tuple(options), mfa=("SMS_MFA", *others) if options else others)


def shown_mfa(user: User) -> dict[str, Any]:
    """A user's second factors, as GetUser and AdminGetUser have them."""
    shown: dict[str, Any] = {}
    if user.mfa:
        shown["UserMFASettingList"] = list(user.mfa)
    if user.preferred_mfa:
        shown["PreferredMfaSetting"] = user.preferred_mfa
    return shown
