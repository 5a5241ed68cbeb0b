"""Signing up by oneself: SignUp, ConfirmSignUp, ResendConfirmationCode. The pool's own pages take the same steps."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.service import Request, operation
from cloudchamber.services.cognito_idp import attributes, letters
from cloudchamber.services.cognito_idp.attempts import Attempts, Entry
from cloudchamber.services.cognito_idp.codes import SIGN_UP, Errand
from cloudchamber.services.cognito_idp.errors import ExpiredCode, InvalidParameter, NotAuthorized, UserNotFound
from cloudchamber.services.cognito_idp.records import CONFIRMED, UNCONFIRMED, Client, Pool, User
from cloudchamber.services.cognito_idp.triggers import Occasion, user_attributes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context


# What the session of one who has just signed up is good for: confirming, and after that signing in.
SIGNED_UP, CONFIRMED_NOW = "SIGNED_UP", "CONFIRMED_NOW"


@dataclass(frozen=True, slots=True)
class Registration:
    """What somebody who signs up fills in. `password` is empty for one who will sign in by one-time passwords."""

    username: str
    password: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    validation: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Confirmation:
    username: str
    code: str
    force_alias: bool = False
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Registered:
    user: User
    delivery: Mapping[str, str] | None = None


class SigningUp(Attempts):
    async def register(self, ctx: Context, pool: Pool, client: Client, form: Registration) -> Registered:
        """Sign somebody up. UsernameExists, InvalidPassword, InvalidParameter, NotAuthorized, triggers' errors."""
        if (pool.settings.get("AdminCreateUserConfig") or {}).get("AllowAdminCreateUserOnly"):
            raise NotAuthorized("SignUp is not permitted for this user pool")
        attributes.check_writable(client, form.attributes)
        sub = ids.uuid()
        username, said = self.username_of(pool, form.username, sub)
        given = {**form.attributes, **said}
        attributes.check(pool, given)
        attributes.check_required(pool, given)
        self._check_chosen(pool, form.password)
        self.check_name_is_free(pool, username, given, "User already exists")
        verifier = await self.enrolled(pool, username, form.password) if form.password else None
        now = ctx.now()
        user = User(pool.id, username, sub, now, now, UNCONFIRMED, {"sub": sub, **given}, verifier=verifier)
        user = await self._screened(ctx, pool, client, (user, form))
        attribute = self._to_verify(pool, user)
        errand = Errand(SIGN_UP, "SignUp", attribute, client.id, form.metadata) if attribute else None
        with self.platform.store.transaction():
            self.check_name_is_free(pool, username, given, "User already exists")
            for alias in ("email", "phone_number"):
                if user.is_verified(alias):
                    self.check_alias(pool, user, alias)
            self.store.put_user(user)
            code = self.note_code(user, errand, ctx.now()) if errand is not None else ""
        if user.status == CONFIRMED:
            await self.confirmed(ctx, pool, user, ("ConfirmSignUp", client.id, form.metadata))
            return Registered(user)
        if errand is None:
            return Registered(user)
        return Registered(user, await self.send_noted(ctx, pool, user, (errand, code)))

    def _check_chosen(self, pool: Pool, password: str) -> None:
        if password:
            self.check_password(pool, password, "did not conform with policy")
        elif not {"EMAIL_OTP", "SMS_OTP"} & set(pool.first_factors):
            raise InvalidParameter("Password is required.")

    async def _screened(self, ctx: Context, pool: Pool, client: Client, new: tuple[User, Registration]) -> User:
        """The user as the PreSignUp function lets them in."""
        user, form = new
        request = {
            "userAttributes": {k: v for k, v in user.attributes.items() if k != "sub"},
            "validationData": dict(form.validation) or None, "clientMetadata": dict(form.metadata),
        }  # fmt: skip
        empty = {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False}
        occasion = Occasion("PreSignUp", "PreSignUp_SignUp", user.username, client.id, response=empty)
        response = await self.ask(ctx, pool, occasion, request)
        return user if response is None else welcomed(user, response)

    @staticmethod
    def _to_verify(pool: Pool, user: User) -> str | None:
        """Where the code goes: to the phone rather than by mail, where both are verified automatically."""
        for attribute in ("phone_number", "email"):
            if attribute in pool.auto_verified and user.attributes.get(attribute) and not user.is_verified(attribute):
                return attribute if user.status == UNCONFIRMED else None
        return None

    async def confirmed(
        self, ctx: Context, pool: Pool, user: User, how: tuple[str, str, Mapping[str, str]]
    ) -> None:  # fmt: skip
        """Tell the PostConfirmation function; `how` is the source's second half, the client, and its metadata."""
        source, client_id, metadata = how
        request = {"userAttributes": user_attributes(user), "clientMetadata": dict(metadata)}
        occasion = Occasion("PostConfirmation", f"PostConfirmation_{source}", user.username, client_id)
        await self.ask(ctx, pool, occasion, request)

    async def confirm(self, ctx: Context, pool: Pool, client: Client, form: Confirmation) -> User:
        """Confirm a sign-up with its code. CodeMismatch, ExpiredCode, AliasExists, NotAuthorized, UserNotFound."""
        user = self.find_user(pool, form.username)
        if user is None:
            raise ExpiredCode if client.hides_users else UserNotFound("Username/client id combination not found.")
        if user.status != UNCONFIRMED:
            raise NotAuthorized(f"User cannot be confirmed. Current status is {user.status}")
        code = self.check_code(user, SIGN_UP, form.code, ctx.now())
        with self.platform.store.transaction():
            user = replace(
                user, status=CONFIRMED, changed_at=ctx.now(),
                attributes={**user.attributes, f"{code.attribute}_verified": "true"},
            )  # fmt: skip
            self.check_alias(pool, user, code.attribute, force=form.force_alias)
            self.use_code(code)
            self.store.put_user(user)
        await self.confirmed(ctx, pool, user, ("ConfirmSignUp", client.id, form.metadata))
        return user

    async def resend(
        self, ctx: Context, pool: Pool, client: Client, who: tuple[str, Mapping[str, str]]
    ) -> Mapping[str, str]:  # fmt: skip
        """Send a sign-up's code anew; the CodeDeliveryDetails. `who` is a name and metadata. InvalidParameter."""
        name, metadata = who
        user = self.find_user(pool, name)
        if user is None:
            if client.hides_users:
                return simulated(pool, name)
            raise UserNotFound("Username/client id combination not found.")
        if user.status != UNCONFIRMED:
            raise InvalidParameter("User is already confirmed.")
        attribute = self._to_verify(pool, user)
        if attribute is None:
            raise InvalidParameter("Auto verification not turned on.")
        return await self.send_code(ctx, pool, user, Errand(SIGN_UP, "ResendCode", attribute, client.id, metadata))

    # operations

    @operation
    async def sign_up(self, ctx: Context, request: Request) -> dict[str, Any]:
        pool, client = self.entered(ctx, request["ClientId"])
        self.check_secret(client, request["Username"], request.get("SecretHash"))
        form = Registration(
            request["Username"], request.get("Password") or "", attributes.as_dict(request.get("UserAttributes")),
            attributes.as_dict(request.get("ValidationData")), request.get("ClientMetadata") or {},
        )  # fmt: skip
        made = await self.register(ctx, pool, client, form)
        answer: dict[str, Any] = {"UserConfirmed": made.user.status == CONFIRMED, "UserSub": made.user.sub}
        if made.delivery is not None:
            answer["CodeDeliveryDetails"] = made.delivery
        if "ALLOW_USER_AUTH" in client.flows:
            attempt = self.new_attempt(ctx, Entry(pool, client), made.user.username, "USER_AUTH")
            is_done = made.user.status == CONFIRMED
            answer["Session"] = self.challenge(ctx, attempt, CONFIRMED_NOW if is_done else SIGNED_UP, {}).session
        return answer

    @operation
    async def confirm_sign_up(self, ctx: Context, request: Request) -> dict[str, Any]:
        pool, client = self.entered(ctx, request["ClientId"])
        self.check_secret(client, request["Username"], request.get("SecretHash"))
        form = Confirmation(
            request["Username"], request["ConfirmationCode"], bool(request.get("ForceAliasCreation")),
            request.get("ClientMetadata") or {},
        )  # fmt: skip
        session = request.get("Session")
        attempt = self.attempt(ctx, Entry(pool, client), SIGNED_UP, session) if session else None
        user = await self.confirm(ctx, pool, client, form)
        if attempt is None or attempt.username != user.username:
            return {}
        return {"Session": self.challenge(ctx, attempt, CONFIRMED_NOW, {}).session}

    @operation
    async def resend_confirmation_code(self, ctx: Context, request: Request) -> dict[str, Any]:
        pool, client = self.entered(ctx, request["ClientId"])
        self.check_secret(client, request["Username"], request.get("SecretHash"))
        who = (request["Username"], request.get("ClientMetadata") or {})
        return {"CodeDeliveryDetails": await self.resend(ctx, pool, client, who)}


def welcomed(user: User, response: Mapping[str, Any]) -> User:
    """A new user after the answer of a PreSignUp function."""
    given = dict(user.attributes)
    for member, attribute in (("autoVerifyEmail", "email"), ("autoVerifyPhone", "phone_number")):
        if response.get(member):
            if not given.get(attribute):
                raise InvalidParameter(f"User cannot be auto verified: {attribute} is missing")
            given[f"{attribute}_verified"] = "true"
    return replace(user, attributes=given, status=CONFIRMED if response.get("autoConfirmUser") else user.status)


def simulated(pool: Pool, name: str) -> dict[str, str]:
    """CodeDeliveryDetails for somebody who does not exist, where nobody is to learn that."""
    if "email" in pool.auto_verified or "phone_number" not in pool.auto_verified:
        shown = letters.masked("EMAIL", name if attributes.is_email(name) else f"{name}@example.com")
        return {"Destination": shown, "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    shown = letters.masked("SMS", name if attributes.is_phone(name) else "+10000000000")
    return {"Destination": shown, "DeliveryMedium": "SMS", "AttributeName": "phone_number"}
