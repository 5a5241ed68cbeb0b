"""Signing up, confirming, and forgotten passwords, on the pool's pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cloudchamber.core.errors import AwsError
from cloudchamber.services.cognito_idp.attempts import Entry
from cloudchamber.services.cognito_idp.issuing import hashed
from cloudchamber.services.cognito_idp.pages.base import Call, name_field, with_value
from cloudchamber.services.cognito_idp.pages.entering import CODE, NEW_PASSWORD_FIELDS, Entering
from cloudchamber.services.cognito_idp.pages.html import Field, View
from cloudchamber.services.cognito_idp.pages.records import NEWCOMER_SECONDS, Newcomer
from cloudchamber.services.cognito_idp.records import CONFIRMED
from cloudchamber.services.cognito_idp.signing_up import Confirmation, Registration

if TYPE_CHECKING:
    from cloudchamber.services.cognito_idp.pages.visit import Page
    from cloudchamber.services.cognito_idp.records import Pool, User

_KINDS: Final = {
    "email": ("email", "email"), "phone_number": ("tel", "tel"), "birthdate": ("date", "bday"),
    "website": ("url", "url"), "name": ("text", "name"), "given_name": ("text", "given-name"),
    "family_name": ("text", "family-name"),
}  # fmt: skip
_PREFIX: Final = "attribute."
_CLOSED: Final = "SignUp is not permitted for this user pool"


def _asked_for(pool: Pool) -> list[Field]:
    """The attributes that somebody who signs up is asked for: those a user must have, and where codes go."""
    required = {one["Name"] for one in pool.schema if one["Required"] and one["Name"] != "sub"}
    wanted = required | set(pool.auto_verified)
    if len(pool.username_attributes) == 1:
        wanted -= set(pool.username_attributes)
    fields = []
    for name in sorted(wanted):
        kind, autocomplete = _KINDS.get(name, ("text", "off"))
        label = name.removeprefix("custom:").replace("_", " ").capitalize()
        is_required = name in required or len(pool.auto_verified) == 1
        fields.append(Field(f"{_PREFIX}{name}", label, kind, "", autocomplete, is_required))
    return fields


def _newcomer_id(call: Call, user: User) -> str:
    return hashed(f"{call.browser} {user.pool_id} {user.sub}")


class Joining(Entering):
    # signing up

    async def sign_up_form(self, call: Call) -> Page:
        self.asked(call)
        return self._sign_up_page(call)

    def _sign_up_page(self, call: Call, error: str = "") -> Page:
        if (call.pool.settings.get("AdminCreateUserConfig") or {}).get("AllowAdminCreateUserOnly"):
            return call.show(View("Create an account", _CLOSED, links=[(call.link("/login"), "Sign in")]), 403)
        password = Field("password", "Password", "password", autocomplete="new-password")
        typed = call.visit.form
        fields = [with_value(one, typed) for one in (name_field(call.pool), *_asked_for(call.pool), password)]
        links = [(call.link("/login"), "Sign in")]
        form = call.form("/signup", "Sign up", fields)
        return call.show(View("Create an account", error, forms=(form,), links=links), 400 if error else 200)

    async def join(self, call: Call) -> Page:
        asked, form = self.asked(call), call.visit.form
        name, password = form.get("username", "").strip(), form.get("password", "")
        if not name or not password:
            return self._sign_up_page(call, "Please fill in your name and a password.")
        names = {one.name for one in _asked_for(call.pool)}
        given = {key.removeprefix(_PREFIX): form[key] for key in names if form.get(key)}
        try:
            made = await self.register(call.ctx, call.pool, asked.client, Registration(name, password, given))
        except AwsError as error:
            return self._sign_up_page(call, error.message)
        if made.user.status == CONFIRMED:
            return await self.try_password(call, asked, name, password)
        self._expect(call, made.user)
        sent = "" if made.delivery is None else f"We have sent a code to {made.delivery['Destination']}."
        return self._confirm_page(call, name, notice=sent)

    # confirming

    async def confirm_form(self, call: Call) -> Page:
        self.asked(call)
        return self._confirm_page(call, call.visit.query.get("username", ""))

    def _confirm_page(self, call: Call, name: str, *, error: str = "", notice: str = "") -> Page:
        code = Field("code", "Verification code", autocomplete="one-time-code")
        form = call.form("/confirm", "Confirm account", (name_field(call.pool, name), code))
        again = call.form("/resend", "Send a new code", (Field("username", kind="hidden", value=name),), is_quiet=True)
        forms = (form, again) if name else (form,)
        links = [(call.link("/login"), "Sign in")]
        return call.show(View("Confirm your account", error, notice, forms=forms, links=links), 400 if error else 200)

    async def confirm_code(self, call: Call) -> Page:
        asked, form = self.asked(call), call.visit.form
        name, entry = form.get("username", ""), Entry(call.pool, asked.client)
        given = Confirmation(name, form.get("code", "").strip())
        try:
            user = await self.confirm(call.ctx, call.pool, asked.client, given)
        except AwsError as error:
            return self._confirm_page(call, name, error=error.message)
        if self._expected(call, user):
            # The password was given in this browser: what comes after a password comes now.
            attempt = self.new_attempt(call.ctx, entry, user.username, "USER_PASSWORD_AUTH")
            try:
                outcome = await self.next_step(call.ctx, entry, user, attempt)
            except AwsError as error:
                return self.sign_in_page(call, asked, error=error.message, name=name)
            return await self.go_on(call, asked, outcome, name)
        return self.sign_in_page(call, asked, notice="Your account is confirmed. Please sign in.", name=name)

    def _expect(self, call: Call, user: User) -> None:
        """Remember that somebody has signed up with this browser, until they confirm it."""
        now = call.ctx.now()
        with self.platform.store.transaction():
            self.pages.forget_expired(now)
            self.pages.newcomers.put(Newcomer(_newcomer_id(call, user), call.pool.id, now + NEWCOMER_SECONDS))

    def _expected(self, call: Call, user: User) -> bool:
        """Whether it was with this browser; once."""
        found = self.pages.newcomers.get(_newcomer_id(call, user))
        if found is not None:
            self.pages.newcomers.delete(found.id)
        return found is not None and call.ctx.now() < found.expires_at

    async def send_again(self, call: Call) -> Page:
        asked, name = self.asked(call), call.visit.form.get("username", "")
        try:
            sent = await self.resend(call.ctx, call.pool, asked.client, (name, {}))
        except AwsError as error:
            return self._confirm_page(call, name, error=error.message)
        return self._confirm_page(call, name, notice=f"We have sent a code to {sent['Destination']}.")

    async def confirm_link(self, call: Call) -> Page:
        """Where the link in a mail leads."""
        query = call.visit.query
        client = self.store.clients.get(query.get("client_id", ""))
        if client is None or client.pool_id != call.pool.id:
            return call.show(View("Confirm your account", "Client does not exist."), 400)
        form = Confirmation(query.get("user_name", ""), query.get("confirmation_code", ""))
        try:
            await self.confirm(call.ctx, call.pool, client, form)
        except AwsError as error:
            return call.show(View("Confirm your account", error.message), 400)
        return call.show(View("Confirm your account", notice="Your registration has been confirmed!"))

    # forgotten passwords

    async def forgot_form(self, call: Call) -> Page:
        self.asked(call)
        return self._forgot_page(call, call.visit.query.get("username", ""))

    def _forgot_page(self, call: Call, name: str, error: str = "") -> Page:
        text = "Enter your name and we will send you a code for a new password."
        form = call.form("/forgotPassword", "Reset my password", (name_field(call.pool, name),))
        links = [(call.link("/login"), "Sign in")]
        view = View("Forgot your password?", error, text=text, forms=(form,), links=links)
        return call.show(view, 400 if error else 200)

    async def send_forgotten(self, call: Call) -> Page:
        asked, name = self.asked(call), call.visit.form.get("username", "")
        try:
            sent = await self.forgot(call.ctx, Entry(call.pool, asked.client), name)
        except AwsError as error:
            return self._forgot_page(call, name, error.message)
        return self._reset_page(call, name, notice=f"We have sent a code to {sent['Destination']}.")

    def _reset_page(self, call: Call, name: str, *, error: str = "", notice: str = "") -> Page:
        fields = (Field("username", kind="hidden", value=name), CODE, *NEW_PASSWORD_FIELDS)
        form = call.form("/confirmForgotPassword", "Change password", fields)
        links = [(call.link("/forgotPassword", username=name), "Send a new code")]
        return call.show(View("Change your password", error, notice, forms=(form,), links=links), 400 if error else 200)

    async def reset_form(self, call: Call) -> Page:
        self.asked(call)
        return self._reset_page(call, call.visit.query.get("username", ""))

    async def reset(self, call: Call) -> Page:
        asked, form = self.asked(call), call.visit.form
        name, password = form.get("username", ""), form.get("password", "")
        if password != form.get("password_again"):
            return self._reset_page(call, name, error="The passwords do not match.")
        given = (form.get("code", "").strip(), password)
        try:
            await self.set_forgotten(call.ctx, Entry(call.pool, asked.client), name, given)
        except AwsError as error:
            return self._reset_page(call, name, error=error.message)
        return await self.try_password(call, asked, name, password)
