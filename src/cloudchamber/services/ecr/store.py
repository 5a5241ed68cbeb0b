"""ECR's tables: repositories, and what is set for a whole registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.services.ecr.repository import Registry, Repository
from cloudchamber.storage.tables import Table

if TYPE_CHECKING:
    from cloudchamber.storage.engine import Store


class EcrStore:
    def __init__(self, store: Store) -> None:
        place = ("account", "region")
        self.repositories: Table[Repository] = Table(store, "ecr_repositories", Repository, (*place, "name"))
        self.registries: Table[Registry] = Table(store, "ecr_registries", Registry, place)

    def by_arn(self, arn: str) -> Repository | None:
        parts = arn.split(":", 5)
        if len(parts) != 6 or parts[2] != "ecr" or not parts[5].startswith("repository/"):
            return None
        return self.repositories.get(parts[4], parts[3], parts[5].removeprefix("repository/"))
