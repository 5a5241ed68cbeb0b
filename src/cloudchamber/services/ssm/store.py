"""Parameter Store's tables: parameters, their versions, and settings of the service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudchamber.services.ssm.parameter import Parameter, Version
from cloudchamber.storage.tables import Table

if TYPE_CHECKING:
    from cloudchamber.storage.engine import Store

COUNTS_MAX = 4000


@dataclass(frozen=True, slots=True)
class Setting:
    """A service setting that is not at its default. `modified_at` in epoch seconds."""

    account: str
    region: str
    id: str
    value: str
    modified_at: float
    modified_by: str


class SsmStore:
    def __init__(self, store: Store) -> None:
        self.db = store
        place = ("account", "region")
        self.parameters: Table[Parameter] = Table(
            store,
            "ssm_parameters",
            Parameter,
            (*place, "path"),
            [(*place, "parent", "path"), (*place, "tier"), ("due_at",)],
        )
        self.versions: Table[Version] = Table(store, "ssm_versions", Version, (*place, "path", "number"))
        self.settings: Table[Setting] = Table(store, "ssm_settings", Setting, (*place, "id"))
        self._counts: dict[tuple[str, str, str], int] = {}
        store.on_undo(self._counts.clear)

    # parameters

    def by_arn(self, arn: str) -> Parameter | None:
        parts = arn.split(":", 5)
        if len(parts) != 6 or not parts[5].startswith("parameter/"):
            return None
        return self.parameters.get(parts[4], parts[3], parts[5].removeprefix("parameter"))

    def latest(self, parameter: Parameter) -> Version:
        found = self.versions.get(parameter.account, parameter.region, parameter.path, parameter.version)
        assert found is not None, "a parameter has its latest version"
        return found

    def history(self, parameter: Parameter, after: int = 0, limit: int = -1) -> list[Version]:
        """Oldest first, after a version number."""
        return self.versions.where(
            account=parameter.account, region=parameter.region, path=parameter.path, order="number", after=(after,),
            limit=limit,
        )  # fmt: skip

    def under(self, place: tuple[str, str], prefix: str, after: str, limit: int) -> list[Parameter]:
        """Parameters of an account and region below a path (`""` for all), by path, after a path."""
        begin = f"{prefix}/"
        found = self.parameters.where(
            account=place[0], region=place[1], order="path", after=(max(begin, after),), limit=limit
        )
        return [parameter for parameter in found if parameter.path.startswith(begin)]

    def directly_under(self, place: tuple[str, str], prefix: str, after: str, limit: int) -> list[Parameter]:
        """The same, one level deep."""
        return self.parameters.where(
            account=place[0], region=place[1], parent=prefix or "/", order="path", after=(after,), limit=limit
        )

    def add(self, parameter: Parameter, version: Version, was: Parameter | None) -> None:
        """A new version of a parameter, which may be its first. Inside a transaction."""
        if was is not None:
            self._counted(was, -1)
        self._counted(parameter, 1)
        self.parameters.put(parameter)
        self.versions.put(version)

    def remove(self, parameter: Parameter) -> None:
        """A parameter with all its versions. Inside a transaction."""
        self._counted(parameter, -1)
        for version in self.history(parameter):
            self.versions.delete(version.account, version.region, version.path, version.number)
        self.parameters.delete(parameter.account, parameter.region, parameter.path)

    def count(self, account: str, region: str, tier: str) -> int:
        """How many parameters of a tier there are: counted once, then kept."""
        found = self._counts.get((account, region, tier))
        if found is None:
            if len(self._counts) >= COUNTS_MAX:
                self._counts.clear()
            found = self.parameters.count(account=account, region=region, tier=tier)
            self._counts[account, region, tier] = found
        return found

    def _counted(self, parameter: Parameter, change: int) -> None:
        key = (parameter.account, parameter.region, parameter.tier)
        if key in self._counts:
            self._counts[key] += change

    # what comes due

    def next_due(self) -> float | None:
        due: float | None = self.db.value("SELECT min(due_at) FROM ssm_parameters WHERE due_at IS NOT NULL")
        return due

    def due(self, now: float, limit: int) -> list[tuple[Any, ...]]:
        """Account, region and path of parameters on which a policy is to act."""
        sql = "SELECT account, region, path FROM ssm_parameters WHERE due_at <= ? ORDER BY due_at LIMIT ?"
        return self.db.all(sql, (now, limit))
