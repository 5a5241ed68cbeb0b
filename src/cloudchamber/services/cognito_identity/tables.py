"""The records of identity pools: pools, identities, the logins linked to them, and the maps of principal tags."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Pool:
    """`settings` has AWS's members of an IdentityPool beside id, name and tags; instants are epoch seconds."""

    id: str  # REGION:UUID
    account: str
    region: str
    name: str
    created_at: float
    settings: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)  # "authenticated", "unauthenticated" -> role ARN
    mappings: dict[str, dict[str, Any]] = field(default_factory=dict)  # provider -> AWS's RoleMapping

    @property
    def arn(self) -> str:
        return f"arn:aws:cognito-identity:{self.region}:{self.account}:identitypool/{self.id}"

    @property
    def developer_provider(self) -> str:
        return str(self.settings.get("DeveloperProviderName") or "")

    @property
    def allows_guests(self) -> bool:
        return bool(self.settings.get("AllowUnauthenticatedIdentities"))


@dataclass(frozen=True, slots=True)
class Identity:
    id: str  # REGION:UUID
    pool: str
    created_at: float
    modified_at: float
    # Whether a login was ever linked: without one such an identity is nobody's, where a guest's is anybody's who
    # knows its id.
    is_authenticated: bool = False
    merged_into: str = ""  # the identity that took its place; it is disabled then


@dataclass(frozen=True, slots=True)
class Login:
    """Who an identity is with a provider: the subject of its tokens, or what the developer's backend calls the user."""

    pool: str
    provider: str
    subject: str
    identity: str


@dataclass(frozen=True, slots=True)
class TagMap:
    """Which claims of a provider's tokens become principal tags: `tags` is tag key -> claim."""

    pool: str
    provider: str
    uses_defaults: bool
    tags: dict[str, str] = field(default_factory=dict)
