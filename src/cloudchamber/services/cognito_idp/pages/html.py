"""The pages in HTML: forms with labels, no script, as wide as a phone and as a desk, light and dark. Pure.

Whatever comes from outside is escaped here and nowhere else.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Final

from cloudchamber.services.cognito_idp.pages.visit import SAFETY, Page

if TYPE_CHECKING:
    from collections.abc import Sequence

_STYLE: Final = """
:root{color-scheme:light dark;--ink:#16191f;--paper:#f2f3f3;--card:#fff;--line:#687078;--act:#0b5cad;--bad:#b3261e;
--good:#1d6b2f}
@media (prefers-color-scheme:dark){:root{--ink:#eaeded;--paper:#0f1b2a;--card:#1b2738;--line:#95a5b0;--act:#6cb4ff;
--bad:#ff9a92;--good:#8fdc9f}}
*{box-sizing:border-box}
body{margin:0;font:1rem/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
main{max-width:26rem;margin:2rem auto;padding:1.5rem;background:var(--card);border-radius:.5rem}
h1{margin:0 0 1rem;font-size:1.4rem}
label,legend{display:block;margin:.75rem 0 .25rem;font-weight:600;padding:0}
fieldset{border:0;margin:0;padding:0}
fieldset label{font-weight:400;margin:.25rem 0}
input:not([type=radio]){width:100%;padding:.6rem;font:inherit;color:inherit;background:transparent;
border:1px solid var(--line);border-radius:.25rem}
button,.button{display:block;width:100%;margin:1rem 0 0;padding:.65rem;font:inherit;font-weight:600;text-align:center;
text-decoration:none;border:1px solid var(--act);border-radius:.25rem;color:var(--card);background:var(--act)}
.button,button.quiet{color:var(--act);background:transparent}
a{color:var(--act)}
:focus-visible{outline:3px solid var(--act);outline-offset:2px}
.error{color:var(--bad);border-left:4px solid var(--bad);padding-left:.75rem}
.notice{color:var(--good);border-left:4px solid var(--good);padding-left:.75rem}
code{overflow-wrap:anywhere}
@media (max-width:30rem){main{margin:0;min-height:100vh;border-radius:0}}
"""
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY: Final = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'"
HEADERS: Final = [("Content-Type", "text/html; charset=utf-8"), ("Content-Security-Policy", _POLICY), *SAFETY]


@dataclass(frozen=True, slots=True)
class Field:
    """An input. `options` makes it a choice of one; a hidden one has no label."""

    name: str
    label: str = ""
    kind: str = "text"
    value: str = ""
    autocomplete: str = "off"
    is_required: bool = True
    options: tuple[tuple[str, str], ...] = ()

    def html(self, is_first: bool) -> str:
        if self.kind == "hidden":
            return f'<input type="hidden" name="{escape(self.name)}" value="{escape(self.value)}">'
        if self.options:
            return self._choice()
        name = escape(self.name)
        numeric = ' inputmode="numeric"' if self.autocomplete == "one-time-code" else ""
        return (
            f'<label for="{name}">{escape(self.label)}</label>'
            f'<input id="{name}" name="{name}" type="{escape(self.kind)}" value="{escape(self.value)}"'
            f' autocomplete="{escape(self.autocomplete)}"{numeric} autocapitalize="none"'
            f"{' required' if self.is_required else ''}{' autofocus' if is_first else ''}>"
        )

    def _choice(self) -> str:
        name = escape(self.name)
        inputs = "".join(
            f'<label><input type="radio" name="{name}" value="{escape(value)}"{" checked" if at == 0 else ""}> '
            f"{escape(label)}</label>"
            for at, (value, label) in enumerate(self.options)
        )
        return f"<fieldset><legend>{escape(self.label)}</legend>{inputs}</fieldset>"


@dataclass(frozen=True, slots=True)
class Form:
    """A form that posts to `action`; `token` is what shows that it is ours."""

    action: str
    token: str
    button: str
    fields: Sequence[Field] = ()
    is_quiet: bool = False

    def html(self) -> str:
        shown = [one for one in self.fields if one.kind != "hidden" and not one.options]
        first = next((one for one in shown if not one.value), None)
        inputs = "".join(one.html(one is first and not self.is_quiet) for one in self.fields)
        quiet = ' class="quiet"' if self.is_quiet else ""
        return (
            f'<form method="post" action="{escape(self.action)}">'
            f'<input type="hidden" name="_csrf" value="{escape(self.token)}">{inputs}'
            f'<button type="submit" name="button" value="{escape(self.button)}"{quiet}>{escape(self.button)}</button>'
            "</form>"
        )


@dataclass(frozen=True, slots=True)
class View:
    """What a page shows, from top to bottom."""

    title: str
    error: str = ""
    notice: str = ""
    text: str = ""
    code: str = ""  # to be typed elsewhere: the secret of an authenticator app
    forms: Sequence[Form] = ()
    links: Sequence[tuple[str, str]] = ()  # (address, text)
    buttons: Sequence[tuple[str, str]] = field(default_factory=tuple)


def page(view: View, status: int = 200) -> Page:
    parts = [f"<h1>{escape(view.title)}</h1>"]
    if view.error:
        parts.append(f'<p class="error" role="alert">{escape(view.error)}</p>')
    if view.notice:
        parts.append(f'<p class="notice" role="status">{escape(view.notice)}</p>')
    if view.text:
        parts.append(f"<p>{escape(view.text)}</p>")
    if view.code:
        parts.append(f"<p><code>{escape(view.code)}</code></p>")
    parts += [f'<a class="button" href="{escape(to)}">{escape(text)}</a>' for to, text in view.buttons]
    parts += [form.html() for form in view.forms]
    parts += [f'<p><a href="{escape(to)}">{escape(text)}</a></p>' for to, text in view.links]
    body = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(view.title)}</title><style>{_STYLE}</style></head>"
        f"<body><main>{''.join(parts)}</main></body></html>"
    )
    return Page(status, list(HEADERS), body.encode())
