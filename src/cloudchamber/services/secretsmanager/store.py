"""Secrets Manager's tables: secrets and their versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.services.secretsmanager.secret import Secret, Version
from cloudchamber.storage.tables import Table

if TYPE_CHECKING:
    from cloudchamber.storage.engine import Store

_SUFFIX_CHARS = 7  # a hyphen and six characters


class SecretsStore:
    def __init__(self, store: Store) -> None:
        self.db = store
        place = ("account", "region", "name")
        self.secrets: Table[Secret] = Table(store, "secretsmanager_secrets", Secret, place, [("due_at",)])
        self.versions: Table[Version] = Table(store, "secretsmanager_versions", Version, (*place, "id"))

    def by_arn(self, arn: str, *, partial: bool = False) -> Secret | None:
        """The secret behind an ARN, which with `partial` may lack its last six characters."""
        parts = arn.split(":", 6)
        if len(parts) != 7 or parts[2] != "secretsmanager" or parts[5] != "secret":
            return None
        account, region, name = parts[4], parts[3], parts[6]
        found = self.secrets.get(account, region, name[:-_SUFFIX_CHARS])
        if found is not None and found.suffix == name[1 - _SUFFIX_CHARS :]:
            return found
        return self.secrets.get(account, region, name) if partial else None

    def versions_of(self, secret: Secret) -> list[Version]:
        return self.versions.where(account=secret.account, region=secret.region, name=secret.name)

    def remove(self, secret: Secret) -> None:
        """A secret with all its versions. Inside a transaction."""
        for version in self.versions_of(secret):
            self.versions.delete(version.account, version.region, version.name, version.id)
        self.secrets.delete(secret.account, secret.region, secret.name)

    def next_due(self) -> float | None:
        due: float | None = self.db.value("SELECT min(due_at) FROM secretsmanager_secrets WHERE due_at IS NOT NULL")
        return due

    def due(self, now: float, limit: int) -> list[tuple[Any, ...]]:
        """Account, region and name of secrets to which something is to happen."""
        sql = "SELECT account, region, name FROM secretsmanager_secrets WHERE due_at <= ? ORDER BY due_at LIMIT ?"
        return self.db.all(sql, (now, limit))

    def planned(self) -> list[Secret]:
        """Secrets to which something will happen."""
        sql = "SELECT account, region, name FROM secretsmanager_secrets WHERE due_at IS NOT NULL"
        found = [self.secrets.get(*place) for place in self.db.all(sql)]
        return [secret for secret in found if secret is not None]
