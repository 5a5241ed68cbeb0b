"""Passwords changed and forgotten, and attributes that change: what is verified, and what waits for its code."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from cloudchamber.core.service import Request, operation
from cloudchamber.services.cognito_idp.attempts import Entry
from cloudchamber.services.cognito_idp.codes import FORGOT, Errand
from cloudchamber.services.cognito_idp.errors import (
    CodeMismatch,
    InvalidParameter,
    NotAuthorized,
    UserNotFound,
)
from cloudchamber.services.cognito_idp.records import (
    CONFIRMED,
    EXTERNAL_PROVIDER,
    FORCE_CHANGE_PASSWORD,
    Pool,
    User,
)
from cloudchamber.services.cognito_idp.signing_in import SigningIn
from cloudchamber.services.cognito_idp.signing_up import SigningUp, simulated

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.cognito_idp.base import Answer

_RECOVERY: Final = {"verified_email": "email", "verified_phone_number": "phone_number"}
_DEFAULT_RECOVERY: Final = ("phone_number", "email")


class Recovery(SigningIn, SigningUp):
    # forgotten passwords

    @staticmethod
    def recovery_attribute(pool: Pool, user: User) -> str:
        """Where a forgotten password's code goes, by the pool's priorities. InvalidParameter, NotAuthorized."""
        mechanisms = (pool.settings.get("AccountRecoverySetting") or {}).get("RecoveryMechanisms")
        if mechanisms:
            names = [one["Name"] for one in sorted(mechanisms, key=lambda one: one["Priority"])]
            if names == ["admin_only"]:
                raise NotAuthorized("Contact administrator to reset password.")
            order = [_RECOVERY[name] for name in names if name in _RECOVERY]
        else:
            order = list(_DEFAULT_RECOVERY)
        for attribute in order:
            if user.is_verified(attribute):
                return attribute
        raise InvalidParameter(
            "Cannot reset password for the user as there is no registered/verified email or phone_number"
        )

    @staticmethod
    def reset_errand(attribute: str, client_id: str, metadata: Mapping[str, str]) -> Errand:
        return Errand(FORGOT, "ForgotPassword", attribute, client_id, metadata)

    async def forgot(self, ctx: Context, entry: Entry, name: str) -> Mapping[str, str]:
        """Send the code for a new password; the CodeDeliveryDetails, simulated for nobody."""
        pool, client = entry.pool, entry.client
        user = self.find_user(pool, name) or await self.migrate(ctx, entry, name, ("ForgotPassword", ""))
        if client.hides_users and (user is None or not self._is_reachable(pool, user)):
            return simulated(pool, name)
        if user is None:
            raise UserNotFound("Username/client id combination not found.")
        if not user.enabled:
            raise NotAuthorized("User is disabled.")
        if user.status in (FORCE_CHANGE_PASSWORD, EXTERNAL_PROVIDER):
            raise NotAuthorized("User password cannot be reset in the current state.")
        attribute = self.recovery_attribute(pool, user)
        return await self.send_code(ctx, pool, user, self.reset_errand(attribute, client.id, entry.metadata))

    def _is_reachable(self, pool: Pool, user: User) -> bool:
        """Whether a code can be sent at all; where not, nobody is to learn that there is such a user."""
        try:
            self.recovery_attribute(pool, user)
        except InvalidParameter:
            return False
        return user.enabled

    async def set_forgotten(self, ctx: Context, entry: Entry, name: str, given: tuple[str, str]) -> User:
        """A new password for a code; `given` is the code and the password."""
        pool, (code_text, password) = entry.pool, given
        self.check_password(pool, password)  # before the name: it is not to be told by this who there is
        user = self.find_user(pool, name)
        if entry.client.hides_users and (user is None or not user.enabled):
            raise CodeMismatch
        if user is None:
            raise UserNotFound("Username/client id combination not found.")
        if not user.enabled:
            raise NotAuthorized("User is disabled.")
        self.check_code(user, FORGOT, code_text, ctx.now())
        await self.check_history(pool, user, password)
        verifier = await self.enrolled(pool, user.username, password)
        with self.platform.store.transaction():
            code = self.check_code(user, FORGOT, code_text, ctx.now())  # it may have been used meanwhile
            changed = self.with_password(pool, self.again(user), verifier, ctx.now())
            flag = {f"{code.attribute}_verified": "true"}
            changed = replace(changed, status=CONFIRMED, attributes={**changed.attributes, **flag})
            self.use_code(code)
            self.store.put_user(changed)
        await self.confirmed(ctx, pool, changed, ("ConfirmForgotPassword", entry.client.id, entry.metadata))
        return changed

    @operation
    async def forgot_password(self, ctx: Context, request: Request) -> Answer:
        pool, client = self.entered(ctx, request["ClientId"])
        self.check_secret(client, request["Username"], request.get("SecretHash"))
        entry = Entry(pool, client, request.get("ClientMetadata") or {})
        return {"CodeDeliveryDetails": await self.forgot(ctx, entry, request["Username"])}

    @operation
    async def confirm_forgot_password(self, ctx: Context, request: Request) -> Answer:
        pool, client = self.entered(ctx, request["ClientId"])
        self.check_secret(client, request["Username"], request.get("SecretHash"))
        entry = Entry(pool, client, request.get("ClientMetadata") or {})
        await self.set_forgotten(ctx, entry, request["Username"], (request["ConfirmationCode"], request["Password"]))
        return {}

    @operation
    async def change_password(self, ctx: Context, request: Request) -> Answer:
        subject = await self.signed_in(ctx, request["AccessToken"])
        pool, user, password = subject.pool, subject.user, request["ProposedPassword"]
        self.check_not_locked(user, ctx.now())
        if user.has_password:
            await self.check_own_password(ctx, pool, user, request.get("PreviousPassword") or "")
        self.check_password(pool, password)
        await self.check_history(pool, user, password)
        verifier = await self.enrolled(pool, user.username, password)
        with self.platform.store.transaction():
            self.store.put_user(self.with_password(pool, self.again(user), verifier, ctx.now()))
        return {}

    # attributes

    async def change_attributes(
        self, ctx: Context, pool: Pool, user: User, change: tuple[Mapping[str, str], Collection[str], Mapping[str, str]]
    ) -> list[dict[str, str]]:
        """Change attributes; the CodeDeliveryDetails of those whose codes were sent. `change` is the values, the
        verification flags that are part of them, and metadata. InvalidParameter, AliasExists."""
        given, flags, metadata = change
        waits = (pool.settings.get("UserAttributeUpdateSettings") or {}).get(
            "AttributesRequireVerificationBeforeUpdate"
        )
        now, changed, pending = ctx.now(), dict(user.attributes), dict(user.pending)
        to_verify = []
        for name, value in given.items():
            is_new = name in ("email", "phone_number") and value and value != changed.get(name)
            if is_new and f"{name}_verified" not in flags:
                if name in pool.auto_verified:
                    to_verify.append((name, value))
                if name in (waits or ()) and changed.get(name):
                    pending[name] = value
                    continue
                changed[f"{name}_verified"] = "false"
            if value == "":
                self._check_dispensable(pool, name)
                changed.pop(name, None)
                changed.pop(f"{name}_verified", None)
            else:
                changed[name] = value
        user = replace(user, attributes=changed, pending=pending, changed_at=now)
        with self.platform.store.transaction():
            for alias in ("email", "phone_number", "preferred_username"):
                if alias in given and alias not in pending:
                    self._check_changed(pool, user, alias)
            self.store.put_user(user)
        sent = []
        for name, value in to_verify:
            errand = Errand(name, "UpdateUserAttribute", name, metadata=metadata, to=value)
            sent.append(await self.send_code(ctx, pool, user, errand))
        return sent

    def _check_changed(self, pool: Pool, user: User, attribute: str) -> None:
        if attribute in pool.username_attributes or attribute == "preferred_username" or user.is_verified(attribute):
            self.check_alias(pool, user, attribute)

    @staticmethod
    def _check_dispensable(pool: Pool, name: str) -> None:
        if name in pool.username_attributes or any(one["Name"] == name and one["Required"] for one in pool.schema):
            raise InvalidParameter(f"user.{name}: Attribute cannot be deleted. Attribute is required.")

    def drop_attributes(self, ctx: Context, pool: Pool, user: User, names: Iterable[str]) -> None:
        """InvalidParameter for one that a user must have."""
        by_name = {attribute["Name"]: attribute for attribute in pool.schema}
        for name in names:
            if name not in by_name:
                raise InvalidParameter(f"user.{name}: Attribute does not exist in the schema.\n")
            self._check_dispensable(pool, name)
            if not by_name[name]["Mutable"]:
                raise InvalidParameter(f"user.{name}: Attribute cannot be deleted.")
        gone = {flag for name in names for flag in (name, f"{name}_verified")}
        kept: dict[str, Any] = {name: value for name, value in user.attributes.items() if name not in gone}
        with self.platform.store.transaction():
            self.store.put_user(replace(user, attributes=kept, changed_at=ctx.now()))

    def verify_attribute(self, ctx: Context, pool: Pool, user: User, what: tuple[str, str]) -> None:
        """An attribute is verified by its code; `what` is the attribute and the code. A value that waited takes
        effect. CodeMismatch, ExpiredCode, AliasExists."""
        attribute, given = what
        code = self.check_code(user, attribute, given, ctx.now())
        with self.platform.store.transaction():
            pending = {k: v for k, v in user.pending.items() if k != attribute}
            changed = {**user.attributes, attribute: code.to, f"{attribute}_verified": "true"}
            verified = replace(user, attributes=changed, pending=pending, changed_at=ctx.now())
            self.check_alias(pool, verified, attribute)
            self.use_code(code)
            self.store.put_user(verified)
