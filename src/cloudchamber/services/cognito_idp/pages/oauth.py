"""What an application may ask for: the client, its callback URL, response type, scopes and proof keys. Pure.

A wrong client or callback URL is told to the user on a page; everything else to the application, by its callback.
https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cloudchamber.services.cognito_idp.pages.visit import with_fragment, with_query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.services.cognito_idp.records import Client

FLOWS: Final = {"code": "code", "token": "implicit"}
COGNITO: Final = "COGNITO"
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43,128}")
_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")
# What of an authorization request is handed on from page to page.
CARRIED: Final = (
    "client_id", "response_type", "redirect_uri", "scope", "state", "nonce", "code_challenge", "code_challenge_method",
    "prompt",
)  # fmt: skip


class PageError(Exception):
    """A request with which nobody can be sent back to the application: the user is told on a page."""


class CallbackError(Exception):
    """The application is told, by `error` in a redirect to its callback URL."""

    def __init__(self, asked: Asked, error: str, description: str = "") -> None:
        super().__init__(error)
        self.asked = asked
        self.error = error
        self.description = description

    @property
    def location(self) -> str:
        told = {"error": self.error}
        if self.description:
            told["error_description"] = self.description
        return self.asked.back(told)


@dataclass(frozen=True, slots=True)
class Asked:
    """An authorization request that holds."""

    client: Client
    redirect_uri: str
    response_type: str
    scopes: tuple[str, ...] = ()
    state: str = ""
    nonce: str = ""
    code_challenge: str = ""
    prompt: str = ""

    def back(self, told: Mapping[str, str]) -> str:
        """The callback URL with something to tell: in the query, or in the fragment for the implicit flow's tokens."""
        given = {**told, **({"state": self.state} if self.state else {})}
        is_implicit = self.response_type == "token" and "error" not in told
        return (with_fragment if is_implicit else with_query)(self.redirect_uri, given)


def asked(client: Client | None, query: Mapping[str, str]) -> Asked:
    """PageError, CallbackError."""
    if not query.get("client_id"):
        raise PageError("Required String parameter 'client_id' is not present")
    if client is None:
        raise PageError("Client does not exist.")
    settings = client.settings
    if not settings.get("AllowedOAuthFlowsUserPoolClient"):
        raise PageError("Client is not enabled for OAuth2.0 flows.")
    redirect_uri = query.get("redirect_uri") or settings.get("DefaultRedirectURI") or ""
    if not redirect_uri:
        raise PageError("Required String parameter 'redirect_uri' is not present")
    if redirect_uri not in (settings.get("CallbackURLs") or ()):
        raise PageError("redirect_mismatch")
    response_type = query.get("response_type", "")
    found = Asked(
        client, redirect_uri, response_type, (), query.get("state", ""), query.get("nonce", ""),
        query.get("code_challenge", ""), query.get("prompt", ""),
    )  # fmt: skip
    if response_type not in FLOWS:
        raise CallbackError(found, "invalid_request", "invalid response_type")
    if FLOWS[response_type] not in (settings.get("AllowedOAuthFlows") or ()):
        raise CallbackError(found, "unauthorized_client")
    _check_proof(found, query.get("code_challenge_method"))
    scopes = allowed_scopes(client, query.get("scope"))
    if scopes is None:
        raise CallbackError(found, "invalid_scope")
    return Asked(
        client, redirect_uri, response_type, scopes, found.state, found.nonce, found.code_challenge, found.prompt
    )


def _check_proof(found: Asked, method: str | None) -> None:
    if not found.code_challenge and not method:
        return
    if method != "S256":
        raise CallbackError(found, "invalid_request", "code_challenge_method must be S256")
    if found.response_type != "code" or not _CHALLENGE.fullmatch(found.code_challenge):
        raise CallbackError(found, "invalid_request", "invalid code_challenge")


def allowed_scopes(client: Client, wanted: str | None) -> tuple[str, ...] | None:
    """The scopes a client gets: those asked for, all that it has if none are; None for one that it does not have."""
    allowed = tuple(client.settings.get("AllowedOAuthScopes") or ())
    names = tuple(dict.fromkeys((wanted or "").split()))
    return None if not set(names) <= set(allowed) else names or allowed


def is_proof(challenge: str, verifier: str | None) -> bool:
    """Whether a code verifier is the one the challenge was made of (S256)."""
    if verifier is None or not _VERIFIER.fullmatch(verifier):
        return False
    made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    return hmac.compare_digest(made, challenge.rstrip("=").encode())


def providers_of(client: Client) -> tuple[str, ...]:
    """Where a client's users may come from: COGNITO is the pool itself."""
    return tuple(client.settings.get("SupportedIdentityProviders") or (COGNITO,))
