"""Credentials: what an access key id stands for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from cloudchamber.identity.principals import Principal


@dataclass(frozen=True, slots=True)
class Credential:
    """A secret and whose it is. Temporary ones have a session token and an expiry (epoch seconds)."""

    access_key_id: str
    secret: str
    principal: Principal
    session_token: str | None = None
    expires_at: float | None = None


class CredentialSource(Protocol):
    """A service that gives out credentials."""

    def credential(self, access_key_id: str) -> Credential | None:
        """What an active key of this service stands for; None for one it does not know."""
