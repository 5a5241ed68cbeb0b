"""What the pages keep: browsers that are signed in, codes that applications redeem, and visitors who are away at their
identity provider. Each is found by the hash of a secret that only the browser or the application has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cloudchamber.storage.tables import Table

if TYPE_CHECKING:
    from cloudchamber.storage.engine import Store

SESSION_SECONDS = 3600
CODE_SECONDS = 300
AWAY_SECONDS = 600
NEWCOMER_SECONDS = 3600
_TABLES = ("cognito_page_sessions", "cognito_page_codes", "cognito_page_away", "cognito_page_newcomers")
FORGOTTEN_MAX = 100


@dataclass(frozen=True, slots=True)
class BrowserSession:
    id: str
    pool_id: str
    username: str
    sub: str
    auth_time: float
    expires_at: float


@dataclass(frozen=True, slots=True)
class AuthorizationCode:
    id: str
    pool_id: str
    client_id: str
    username: str
    redirect_uri: str
    scopes: tuple[str, ...]
    nonce: str
    code_challenge: str
    auth_time: float
    expires_at: float


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody whom an identity provider is to send back; `query` is what their application asked for."""

    id: str
    pool_id: str
    provider: str
    nonce: str
    browser: str  # the hash of a cookie: only the browser that went away may come back
    expires_at: float
    query: dict[str, str] = field(default_factory=dict)
    # What a SAML provider has said, until the browser comes for it.
    subject: str = ""
    claims: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A browser in which somebody signed up, with a password, and has not confirmed it yet. `id` is the hash of browser
    and user."""

    id: str
    pool_id: str
    expires_at: float


class PageStore:
    def __init__(self, store: Store) -> None:
        ends = [("expires_at",)]
        self.sessions: Table[BrowserSession] = Table(store, "cognito_page_sessions", BrowserSession, ("id",), ends)
        self.codes: Table[AuthorizationCode] = Table(store, "cognito_page_codes", AuthorizationCode, ("id",), ends)
        self.away: Table[Away] = Table(store, "cognito_page_away", Away, ("id",), ends)
        self.newcomers: Table[Newcomer] = Table(store, "cognito_page_newcomers", Newcomer, ("id",), ends)
        self._db = store

    def forget_expired(self, now: float) -> None:
        """Let go of some of what has ended. Inside a transaction."""
        for table in _TABLES:
            self._db.execute(
                f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE expires_at <= ? LIMIT ?)",
                (now, FORGOTTEN_MAX),
            )
