"""A browser's or an application's request as the pages see it, and what they answer. Pure.

Neither shows what is in it: queries, forms and cookies have passwords and codes in them.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, quote, urlencode

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

Headers = list[tuple[str, str]]
FIELDS_MAX: Final = 100
# Nothing but this page's own style: no script, no frame, no picture from elsewhere. Other origins learn which pages
# somebody comes from, not what is in their addresses: without that a local site refuses who comes back to it.
SAFETY: Final = (
    ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"), ("Cache-Control", "no-store"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
)  # fmt: skip


def pairs(text: str) -> dict[str, str]:
    """A query or a form; of a name that comes twice, the last value."""
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS_MAX))
    except ValueError:
        return {}


@dataclass
class Visit:
    """`base` is the path of the domain's root (empty where the host names it), `origin` scheme, host and port."""

    method: str
    path: str  # below the base
    query_text: str
    body: bytes = field(repr=False)
    cookie: str = field(repr=False)
    authorization: str = field(repr=False)
    base: str = ""
    origin: str = ""

    @cached_property
    def query(self) -> dict[str, str]:
        return pairs(self.query_text)

    @cached_property
    def form(self) -> dict[str, str]:
        return pairs(self.body.decode("utf-8", "replace"))

    @cached_property
    def cookies(self) -> dict[str, str]:
        found = (part.strip().partition("=") for part in self.cookie.split(";"))
        return {name: value for name, separator, value in found if separator}

    @property
    def is_secure(self) -> bool:
        return self.origin.startswith("https:")

    @property
    def address(self) -> str:
        """Where the domain's root is, as an absolute URL."""
        return self.origin + self.base

    def link(self, path: str, query: Mapping[str, str] | None = None) -> str:
        """A link to a page of the domain."""
        return f"{self.base}{path}" + (f"?{urlencode(query)}" if query else "")

    def set_cookie(self, name: str, value: str, seconds: int) -> tuple[str, str]:
        """A cookie that scripts cannot read and other sites cannot send with forms of theirs; 0 seconds removes it."""
        secure = "; Secure" if self.is_secure else ""
        text = f"{name}={value}; Path={self.base or '/'}; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
        return "Set-Cookie", text

    @property
    def basic(self) -> tuple[str, str] | None:
        """The client and the secret of a Basic authorization; None for none, ("", "") for one that is no such thing."""
        kind, _, text = self.authorization.partition(" ")
        if kind.lower() != "basic":
            return None
        try:
            name, separator, secret = base64.b64decode(text.strip(), validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return (name, secret) if separator else ("", "")

    @property
    def bearer(self) -> str:
        kind, _, text = self.authorization.partition(" ")
        return text.strip() if kind.lower() == "bearer" else ""


@dataclass
class Page:
    """An answer."""

    status: int
    headers: Headers = field(repr=False)
    body: bytes = field(default=b"", repr=False)


def redirect(to: str, *headers: tuple[str, str]) -> Page:
    """A redirect whose target stands in no cache and in no other site's log."""
    return Page(302, [("Location", to), *SAFETY, *headers])


def json(status: int, value: object, *headers: tuple[str, str]) -> Page:
    """An answer to an application, which may be a page of another origin."""
    own = [("Content-Type", "application/json;charset=UTF-8"), ("Pragma", "no-cache"), *SAFETY]
    return Page(status, [*own, ("Access-Control-Allow-Origin", "*"), *headers], orjson.dumps(value))


def with_query(url: str, more: Mapping[str, str]) -> str:
    """A URL, also one of an application's own scheme (`myapp://`), with further parameters in its query."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode(more, quote_via=quote)}"


def with_fragment(url: str, more: Mapping[str, str]) -> str:
    return f"{url}#{urlencode(more, quote_via=quote)}"
