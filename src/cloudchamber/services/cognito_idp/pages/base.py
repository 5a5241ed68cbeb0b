"""What the pages share: the visit at hand, who is signed in with a browser, and forms that no other site can send."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from cloudchamber.core import ids
from cloudchamber.services.cognito_idp.issuing import hashed
from cloudchamber.services.cognito_idp.pages import html
from cloudchamber.services.cognito_idp.pages.html import Field, Form, View
from cloudchamber.services.cognito_idp.pages.oauth import CARRIED, asked
from cloudchamber.services.cognito_idp.pages.records import SESSION_SECONDS, BrowserSession, PageStore
from cloudchamber.services.cognito_idp.providers import Providers
from cloudchamber.services.cognito_idp.recovery import Recovery

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Platform
    from cloudchamber.services.cognito_idp.pages.oauth import Asked
    from cloudchamber.services.cognito_idp.pages.visit import Page, Visit
    from cloudchamber.services.cognito_idp.records import Pool, User

SESSION_COOKIE, FORM_COOKIE = "cognito", "XSRF-TOKEN"
SECRET_BYTES: Final = 32
_FORM_COOKIE_SECONDS: Final = 86_400


@dataclass
class Call:
    """A visit to a pool's pages."""

    ctx: Context
    pool: Pool
    visit: Visit
    cookies: list[tuple[str, str]] = field(default_factory=list)  # headers that go out with whatever is answered

    @cached_property
    def _form_secret(self) -> str:
        """What only this browser has: its forms show the hash of it. Other sites cannot read it, nor send it."""
        found = self.visit.cookies.get(FORM_COOKIE)
        if not found:
            found = ids.token(SECRET_BYTES)
            self.cookies.append(self.visit.set_cookie(FORM_COOKIE, found, _FORM_COOKIE_SECONDS))
        return found

    @property
    def browser(self) -> str:
        """The browser, as a hash of its secret."""
        return hashed(f"browser {self._form_secret}")

    @property
    def form_token(self) -> str:
        return hashed(f"form {self._form_secret}")

    @property
    def is_own_form(self) -> bool:
        if not self.visit.cookies.get(FORM_COOKIE):
            return False
        return hmac.compare_digest(self.form_token.encode(), self.visit.form.get("_csrf", "").encode())

    @property
    def carried(self) -> dict[str, str]:
        """The authorization request that goes along from page to page."""
        return {name: self.visit.query[name] for name in CARRIED if self.visit.query.get(name)}

    def form(self, path: str, button: str, fields: Sequence[Field] = (), *, is_quiet: bool = False) -> Form:
        return Form(self.visit.link(path, self.carried), self.form_token, button, fields, is_quiet)

    def link(self, path: str, **more: str) -> str:
        return self.visit.link(path, {**self.carried, **more})

    def show(self, view: View, status: int = 200) -> Page:
        return html.page(view, status)


class PagesBase(Recovery, Providers):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.pages = PageStore(platform.store)

    def asked(self, call: Call) -> Asked:
        """What the application asks for. PageError, CallbackError."""
        query = call.visit.query
        client = self.store.clients.get(query.get("client_id", ""))
        return asked(client if client is not None and client.pool_id == call.pool.id else None, query)

    # browsers that are signed in

    def browser_session(self, call: Call) -> tuple[BrowserSession, User] | None:
        """Who is signed in with this browser: for an hour, unless they were signed out everywhere."""
        cookie = call.visit.cookies.get(SESSION_COOKIE)
        found = self.pages.sessions.get(hashed(cookie)) if cookie else None
        if found is None or found.pool_id != call.pool.id or call.ctx.now() >= found.expires_at:
            return None
        user = self.store.users.get(found.pool_id, found.username)
        if user is None or user.sub != found.sub or not user.enabled or user.signed_out_at > found.auth_time:
            return None
        return found, user

    def remember(self, call: Call, user: User) -> BrowserSession:
        """Sign a browser in."""
        now, cookie = call.ctx.now(), ids.token(SECRET_BYTES)
        session = BrowserSession(hashed(cookie), user.pool_id, user.username, user.sub, now, now + SESSION_SECONDS)
        with self.platform.store.transaction():
            self.pages.forget_expired(now)
            self.pages.sessions.put(session)
        call.cookies.append(call.visit.set_cookie(SESSION_COOKIE, cookie, SESSION_SECONDS))
        call.ctx.meter("cognito-idp.sign_ins")
        return session

    def forget(self, call: Call) -> None:
        """Sign a browser out."""
        cookie = call.visit.cookies.get(SESSION_COOKIE)
        if cookie:
            self.pages.sessions.delete(hashed(cookie))
        call.cookies.append(call.visit.set_cookie(SESSION_COOKIE, "", 0))


def name_field(pool: Pool, value: str = "") -> Field:
    """What a user is asked for to say who they are."""
    names = set(pool.username_attributes)
    if names == {"email"}:
        return Field("username", "Email", "email", value, "username")
    if names == {"phone_number"}:
        return Field("username", "Phone number", "tel", value, "username")
    label = "Email or phone number" if names else "Username"
    if not names and "email" in pool.alias_attributes:
        label = "Username or email"
    return Field("username", label, "text", value, "username")


def with_value(one: Field, given: Mapping[str, str]) -> Field:
    """A field with what was typed before; passwords and codes are typed again."""
    is_secret = one.kind == "password" or one.autocomplete == "one-time-code"
    return one if is_secret or one.name not in given else replace(one, value=given[one.name])
