"""What mails and text messages say: the pool's own words, a function's, or Cognito's. Pure.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-settings-message-customizations.html
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.services.cognito_idp.records import Pool

CODE, USERNAME = "{####}", "{username}"
_LINK: Final = re.compile(r"\{##(.*?)##\}", re.DOTALL)
_VERIFICATION: Final = (
    "Your verification code",
    f"Your verification code is {CODE}",
    f"Your verification code is {CODE}",
)
_INVITATION: Final = (
    "Your temporary password",
    f"Your username is {USERNAME} and temporary password is {CODE}.",
    f"Your username is {USERNAME} and temporary password is {CODE}.",
)
_AUTHENTICATION: Final = (
    "Your authentication code",
    f"Your authentication code is {CODE}",
    f"Your authentication code is {CODE}",
)
_BY_LINK: Final = (
    "Your verification link",
    "Please click the link below to verify your email address. {##Verify Email##} ",
)


@dataclass(frozen=True, slots=True)
class Words:
    """Templates: {####} stands for the code, {username} for the name, {##text##} for a link."""

    subject: str
    email: str
    sms: str
    is_link: bool = False


def words(pool: Pool, source: str) -> Words:
    """The templates for an occasion: the second half of CustomMessage's trigger sources."""
    if source == "AdminCreateUser":
        own = (pool.settings.get("AdminCreateUserConfig") or {}).get("InviteMessageTemplate") or {}
        return _worded(_INVITATION, own.get("EmailSubject"), own.get("EmailMessage"), own.get("SMSMessage"))
    if source == "Authentication":
        mail = pool.mfa.get("EmailMfaConfiguration") or {}
        text = (pool.mfa.get("SmsMfaConfiguration") or {}).get("SmsAuthenticationMessage")
        return _worded(_AUTHENTICATION, mail.get("Subject"), mail.get("Message"), text)
    settings = pool.settings
    own = settings.get("VerificationMessageTemplate") or {}
    text = own.get("SmsMessage") or settings.get("SmsVerificationMessage")
    if own.get("DefaultEmailOption") == "CONFIRM_WITH_LINK" and source in ("SignUp", "ResendCode"):
        found = _worded(
            (*_BY_LINK, _VERIFICATION[2]), own.get("EmailSubjectByLink"), own.get("EmailMessageByLink"), text
        )
        return Words(found.subject, found.email, found.sms, is_link=True)
    subject = own.get("EmailSubject") or settings.get("EmailVerificationSubject")
    return _worded(_VERIFICATION, subject, own.get("EmailMessage") or settings.get("EmailVerificationMessage"), text)


def _worded(default: tuple[str, str, str], *own: str | None) -> Words:
    subject, email, sms = (mine or standard for mine, standard in zip(own, default, strict=True))
    return Words(subject, email, sms)


def changed(given: Words, response: Mapping[str, Any]) -> Words:
    """With what a CustomMessage function answers."""
    return Words(
        response.get("emailSubject") or given.subject, response.get("emailMessage") or given.email,
        response.get("smsMessage") or given.sms, given.is_link,
    )  # fmt: skip


def filled(template: str, code: str, username: str, link: str = "") -> str:
    """HTML, as mails are."""
    text = template.replace(USERNAME, username)
    if link:
        text = _LINK.sub(lambda found: f'<a href="{html.escape(link)}">{found[1]}</a>', text)
    return text.replace(CODE, code)


def plain(text: str) -> str:
    """A mail's text without its tags; a link is followed by its address."""
    with_links = re.sub(r'<a [^>]*href="([^"]*)"[^>]*>(.*?)</a>', lambda f: f"{f[2]} ({html.unescape(f[1])})", text)
    return html.unescape(re.sub(r"<[^>]*>", "", re.sub(r"<br\s*/?>|</p>", "\n", with_links)))


def masked(medium: str, destination: str) -> str:
    """A destination as CodeDeliveryDetails show it: `m***@e***`, `+*******0100`."""
    if medium == "EMAIL":
        name, _, host = destination.partition("@")
        return f"{name[:1]}***@{host[:1]}***"
    return "+" + "*" * max(len(destination) - 5, 0) + destination[-4:]
