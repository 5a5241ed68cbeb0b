"""Signing in on the pool's page: name and password, then whatever challenges follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from cloudchamber.core.errors import AwsError
from cloudchamber.services.cognito_idp.attempts import Challenge, Entry, Outcome
from cloudchamber.services.cognito_idp.errors import InvalidParameter
from cloudchamber.services.cognito_idp.pages.authorizing import Authorizing
from cloudchamber.services.cognito_idp.pages.base import Call, name_field
from cloudchamber.services.cognito_idp.pages.html import Field, View
from cloudchamber.services.cognito_idp.pages.oauth import COGNITO, providers_of
from cloudchamber.services.cognito_idp.pages.visit import redirect
from cloudchamber.services.cognito_idp.records import EMAIL_MFA, SMS_MFA, TOTP_MFA
from cloudchamber.services.cognito_idp.second_factors import ANSWERS, NEW_PASSWORD, SELECT, SETUP

if TYPE_CHECKING:
    from cloudchamber.services.cognito_idp.pages.oauth import Asked
    from cloudchamber.services.cognito_idp.pages.visit import Page

CODE: Final = Field("code", "Code", autocomplete="one-time-code")
_FACTORS: Final = {SMS_MFA: "Text message", EMAIL_MFA: "Email", TOTP_MFA: "Authenticator app"}
# After these the same challenge can be answered again; after others the sign-in begins anew.
_AGAIN: Final = frozenset((
    "CodeMismatchException", "EnableSoftwareTokenMFAException", "ExpiredCodeException", "InvalidParameterException",
    "InvalidPasswordException", "PasswordHistoryPolicyViolationException",
))  # fmt: skip


class Entering(Authorizing):
    async def login(self, call: Call) -> Page:
        return self.sign_in_page(call, self.asked(call), name=call.visit.query.get("login_hint", ""))

    def sign_in_page(self, call: Call, asked: Asked, *, error: str = "", notice: str = "", name: str = "") -> Page:
        offered = providers_of(asked.client)
        buttons = [
            (call.visit.link("/oauth2/authorize", {**call.carried, "identity_provider": one.name}),
             f"Continue with {one.name}")
            for one in self.store.providers.where(pool_id=call.pool.id) if one.name in offered
        ]  # fmt: skip
        if COGNITO not in offered:
            return call.show(View("Sign in", error, notice, buttons=buttons), 400 if error else 200)
        password = Field("password", "Password", "password", autocomplete="current-password")
        links = [(call.link("/forgotPassword"), "Forgot your password?")]
        if not (call.pool.settings.get("AdminCreateUserConfig") or {}).get("AllowAdminCreateUserOnly"):
            links.append((call.link("/signup"), "Create an account"))
        form = call.form("/login", "Sign in", (name_field(call.pool, name), password))
        return call.show(View("Sign in", error, notice, forms=(form,), links=links, buttons=buttons),
                         400 if error else 200)  # fmt: skip

    async def enter(self, call: Call) -> Page:
        """The form was sent: the first one, or the answer to a challenge."""
        asked, form = self.asked(call), call.visit.form
        if COGNITO not in providers_of(asked.client):
            return self.sign_in_page(call, asked, error="Incorrect username or password.")
        if "challenge" in form:
            return await self._answer_form(call, asked)
        return await self.try_password(call, asked, form.get("username", ""), form.get("password", ""))

    async def try_password(self, call: Call, asked: Asked, name: str, password: str) -> Page:
        parameters = {"USERNAME": name, "PASSWORD": password}
        entry = Entry(call.pool, asked.client)
        try:
            outcome = await self.begin(call.ctx, entry, "USER_PASSWORD_AUTH", parameters)
        except AwsError as error:
            if error.code == "UserNotConfirmedException":
                return redirect(call.link("/confirm", username=name))
            if error.code == "PasswordResetRequiredException":
                return redirect(call.link("/forgotPassword", username=name))
            return self.sign_in_page(call, asked, error=error.message, name=name)
        return await self.go_on(call, asked, outcome, name)

    async def go_on(self, call: Call, asked: Asked, outcome: Outcome, name: str) -> Page:
        """In, or on to the next challenge."""
        if not isinstance(outcome, Challenge):
            return await self.welcome(call, asked, outcome.user)
        told = dict(outcome.parameters)
        if outcome.name == SETUP:
            if TOTP_MFA not in orjson.loads(told.get("MFAS_CAN_SETUP", "[]")):
                return self.sign_in_page(call, asked, error="Multi-factor authentication cannot be set up here.")
            made = await call.ctx.call("cognito-idp:AssociateSoftwareToken", Session=outcome.session)
            outcome = Challenge(SETUP, {"SECRET": made["SecretCode"]}, made["Session"])
        return self._challenge_page(call, outcome, name)

    def _challenge_page(self, call: Call, challenge: Challenge, name: str, error: str = "") -> Page:
        told = {
            key: value for key, value in challenge.parameters.items()
            if key in ("CODE_DELIVERY_DESTINATION", "MFAS_CAN_CHOOSE", "SECRET", "requiredAttributes")
        }  # fmt: skip
        kept = (
            Field("challenge", kind="hidden", value=challenge.name),
            Field("session", kind="hidden", value=challenge.session),
            Field("username", kind="hidden", value=name),
            Field("told", kind="hidden", value=orjson.dumps(told).decode()),
        )
        view = _VIEWS.get(challenge.name)
        if view is None:
            raise InvalidParameter(f"{challenge.name} cannot be answered on this page.")
        title, text, button, fields = view(told)
        form = call.form("/login", button, (*kept, *fields))
        code = told.get("SECRET", "")
        return call.show(View(title, error, text=text, code=code, forms=(form,)), 400 if error else 200)

    async def _answer_form(self, call: Call, asked: Asked) -> Page:
        form = call.visit.form
        name, session = form.get("username", ""), form.get("session", "")
        challenge = Challenge(form["challenge"], _told(form.get("told", "")), session)
        if challenge.name not in _VIEWS:
            return self.sign_in_page(call, asked, error="Invalid session for the user.")
        responses = {"USERNAME": name}
        if challenge.name in ANSWERS:
            responses[ANSWERS[challenge.name]] = form.get("code", "")
        elif challenge.name == SELECT:
            responses["ANSWER"] = form.get("answer", "")
        elif challenge.name == NEW_PASSWORD:
            responses["NEW_PASSWORD"] = form.get("password", "")
            responses |= {key: value for key, value in form.items() if key.startswith("userAttributes.") and value}
        try:
            if challenge.name == NEW_PASSWORD and form.get("password") != form.get("password_again"):
                raise InvalidParameter("The passwords do not match.")
            if challenge.name == SETUP:
                verified = await call.ctx.call(
                    "cognito-idp:VerifySoftwareToken", Session=session, UserCode=form.get("code", "")
                )
                session = verified["Session"]
            entry = Entry(call.pool, asked.client)
            outcome = await self.respond(call.ctx, entry, (challenge.name, session), responses)
        except AwsError as error:
            if error.code in _AGAIN:
                return self._challenge_page(call, challenge, name, error.message)
            return self.sign_in_page(call, asked, error=error.message, name=name)
        return await self.go_on(call, asked, outcome, name)


def _told(text: str) -> dict[str, str]:
    """What a challenge's page has shown; nothing where the form was tampered with."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return {str(k): v for k, v in found.items() if isinstance(v, str)} if isinstance(found, dict) else {}


Shown = tuple[str, str, str, tuple[Field, ...]]


def _sent_code(told: dict[str, str]) -> Shown:
    to = told.get("CODE_DELIVERY_DESTINATION", "")
    return "Enter the code", f"We have sent a code to {to}.", "Sign in", (CODE,)


def _app_code(_told: dict[str, str]) -> Shown:
    return "Enter the code", "Open your authenticator app for the code.", "Sign in", (CODE,)


def _set_up(_told: dict[str, str]) -> Shown:
    return "Set up an authenticator app", "Type this key into your app, then enter its code.", "Sign in", (CODE,)


def _choose(told: dict[str, str]) -> Shown:
    names: Any = _list(told.get("MFAS_CAN_CHOOSE"))
    options = tuple((name, _FACTORS.get(name, name)) for name in names)
    return "Choose how to confirm that it is you", "", "Continue", (Field("answer", "Send a code by", options=options),)


def _new_password(told: dict[str, str]) -> Shown:
    lacking = [
        Field(name, name.removeprefix("userAttributes.").replace("_", " ").capitalize())
        for name in _list(told.get("requiredAttributes"))
    ]
    return "Change your password", "Please choose a password of your own.", "Send", (*lacking, *NEW_PASSWORD_FIELDS)


def _list(text: str | None) -> list[str]:
    try:
        found = orjson.loads(text or "[]")
    except orjson.JSONDecodeError:
        return []
    return [str(one) for one in found] if isinstance(found, list) else []


NEW_PASSWORD_FIELDS: Final = (
    Field("password", "New password", "password", autocomplete="new-password"),
    Field("password_again", "New password again", "password", autocomplete="new-password"),
)
_VIEWS: Final = {
    SMS_MFA: _sent_code, EMAIL_MFA: _sent_code, TOTP_MFA: _app_code, SETUP: _set_up, SELECT: _choose,
    NEW_PASSWORD: _new_password,
}  # fmt: skip
