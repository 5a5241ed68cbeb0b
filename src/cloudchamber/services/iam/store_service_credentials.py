"""Service-specific credentials: a user name and password, or a bearer key, for one service that wants no signature.

What is secret is shown once and kept as a digest: it has 256 random bits, which no search finds.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudchamber.storage.tables import Table

if TYPE_CHECKING:
    from cloudchamber.storage.engine import Store


@dataclass(frozen=True, slots=True)
class ServiceCredential:
    """`user_name` is the credential's own, which has no more to do with its owner's than how it was made."""

    account: str
    user_id: str
    id: str
    service: str
    user_name: str
    digest: str
    created_at: float
    is_active: bool = True
    expires_at: float | None = None

    def status(self, now: float) -> str:
        if self.expires_at is not None and self.expires_at <= now:
            return "Expired"
        return "Active" if self.is_active else "Inactive"


class ServiceCredentialsStore:
    def __init__(self, store: Store) -> None:
        self.credentials: Table[ServiceCredential] = Table(
            store, "iam_service_credentials", ServiceCredential, ("account", "user_id", "id"), [("id",)]
        )


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
