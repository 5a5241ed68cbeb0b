"""Login profiles, changing one's password, and the account's password policy.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateLoginProfile.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cloudchamber.core.service import operation
from cloudchamber.services.iam import limits, password, wire
from cloudchamber.services.iam.base import IamBase
from cloudchamber.services.iam.errors import (
    AccessDenied,
    EntityAlreadyExists,
    IamValidationError,
    InvalidUserType,
    NoSuchEntity,
)
from cloudchamber.services.iam.records import LoginProfile, PasswordPolicy

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.iam import shapes
    from cloudchamber.services.iam.records import User


class Passwords(IamBase):
    def _login(self, user: User) -> LoginProfile:
        found = self.store.logins.get(user.id)
        if found is None:
            raise NoSuchEntity(f"Login Profile for User {user.name} cannot be found.")
        return found

    @operation
    async def create_login_profile(
        self, ctx: Context, request: shapes.CreateLoginProfileRequest
    ) -> shapes.CreateLoginProfileResponse:
        user, text = self.user_or_caller(ctx, request), request.get("Password")
        if not text:
            raise IamValidationError(
                "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must not be null"
            )
        if self.store.logins.get(user.id) is not None:
            raise EntityAlreadyExists(f"Login Profile for user {user.name} already exists.")
        password.check(text, self.store.settings_of(ctx.account).password_policy)
        now, reset = ctx.now(), bool(request.get("PasswordResetRequired"))
        login = LoginProfile(ctx.account, user.id, now, now, password.hashed(text), reset)
        self.store.logins.put(login)
        return {"LoginProfile": _shown(user, login)}

    @operation
    async def get_login_profile(
        self, ctx: Context, request: shapes.GetLoginProfileRequest
    ) -> shapes.GetLoginProfileResponse:
        user = self.user_or_caller(ctx, request)
        return {"LoginProfile": _shown(user, self._login(user))}

    @operation
    async def update_login_profile(self, ctx: Context, request: shapes.UpdateLoginProfileRequest) -> None:
        """An administrator's new password is checked against the policy, but not for having been used before."""
        login = self._login(self.user(ctx, request["UserName"]))
        text = request.get("Password")
        if text:
            password.check(text, self.store.settings_of(ctx.account).password_policy)
            login = _with_password(login, text, ctx.now())
        self.store.logins.put(replace(login, reset_required=request.get("PasswordResetRequired", login.reset_required)))

    @operation
    async def delete_login_profile(self, ctx: Context, request: shapes.DeleteLoginProfileRequest) -> None:
        self.store.logins.delete(self._login(self.user_or_caller(ctx, request)).user_id)

    @operation
    async def change_password(self, ctx: Context, request: shapes.ChangePasswordRequest) -> None:
        if ctx.principal.kind != "user":
            raise InvalidUserType("Only IAM Users can change their own password.")
        login = self._login(self.user_or_caller(ctx, {}))
        if login.password is None or not password.is_right(login.password, request["OldPassword"]):
            raise AccessDenied("The old password was incorrect.")
        policy, text = self.store.settings_of(ctx.account).password_policy, request["NewPassword"]
        password.check(text, policy)
        remembered = 0 if policy is None else policy.reuse_prevention
        password.check_reuse(text, (login.password, *login.previous)[:remembered])
        self.store.logins.put(replace(_with_password(login, text, ctx.now()), reset_required=False))

    # the account's password policy

    @operation
    async def get_account_password_policy(
        self, ctx: Context, request: object
    ) -> shapes.GetAccountPasswordPolicyResponse:
        policy = self.store.settings_of(ctx.account).password_policy
        if policy is None:
            raise _no_policy(ctx.account)
        return {"PasswordPolicy": wire.password_policy(policy)}

    @operation
    async def update_account_password_policy(
        self, ctx: Context, request: shapes.UpdateAccountPasswordPolicyRequest
    ) -> None:
        """What a request leaves out goes back to its default."""
        policy = PasswordPolicy(
            minimum_length=request.get("MinimumPasswordLength", 6),
            require_symbols=request.get("RequireSymbols", False),
            require_numbers=request.get("RequireNumbers", False),
            require_uppercase=request.get("RequireUppercaseCharacters", False),
            require_lowercase=request.get("RequireLowercaseCharacters", False),
            users_may_change=request.get("AllowUsersToChangePassword", False),
            max_age_days=request.get("MaxPasswordAge", 0),
            reuse_prevention=request.get("PasswordReusePrevention", 0),
            hard_expiry=request.get("HardExpiry"),
        )
        self.store.accounts.put(replace(self.store.settings_of(ctx.account), password_policy=policy))

    @operation
    async def delete_account_password_policy(self, ctx: Context, request: object) -> None:
        settings = self.store.settings_of(ctx.account)
        if settings.password_policy is None:
            raise _no_policy(ctx.account)
        self.store.accounts.put(replace(settings, password_policy=None))


def _no_policy(account: str) -> NoSuchEntity:
    return NoSuchEntity(f"The Password Policy with domain name {account} cannot be found.")


def _with_password(login: LoginProfile, text: str, now: float) -> LoginProfile:
    old = () if login.password is None else (login.password,)
    previous = (*old, *login.previous)[: limits.MEMORABLE_PASSWORDS_MAX]
    return replace(login, password=password.hashed(text), previous=previous, changed_at=now)


def _shown(user: User, login: LoginProfile) -> shapes.LoginProfile:
    return {
        "UserName": user.name,
        "CreateDate": wire.instant(login.created_at),
        "PasswordResetRequired": login.reset_required,
    }
