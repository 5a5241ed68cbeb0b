"""What KMS reads from and writes to its tables, and what it keeps in memory of it.

Related multi-Region keys share an id, which no other key has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudchamber.services.kms.grant import Grant
from cloudchamber.services.kms.key import Key, Material
from cloudchamber.storage.tables import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.storage.engine import Store

CACHE_MAX = 4000


@dataclass(frozen=True, slots=True)
class Alias:
    """A name for a key of the same account and region. Instants in epoch seconds."""

    account: str
    region: str
    name: str  # with its "alias/"
    key_id: str
    created_at: float
    updated_at: float

    @property
    def arn(self) -> str:
        return f"arn:aws:kms:{self.region}:{self.account}:{self.name}"

    @property
    def target(self) -> str:
        """The ARN of its key, in one column: by three, SQLite would rather go through the primary key."""
        return f"arn:aws:kms:{self.region}:{self.account}:key/{self.key_id}"


@dataclass(frozen=True, slots=True)
class ImportParameters:
    """What GetParametersForImport gave out: the token's id and the private half of the wrapping key."""

    id: str
    account: str
    region: str
    key_id: str
    algorithm: str
    wrapping_key: bytes
    valid_to: float


class KmsStore:
    def __init__(self, store: Store) -> None:
        self.db = store
        place = ("account", "region")
        self.keys: Table[Key] = Table(store, "kms_keys", Key, (*place, "id"), [("id",), ("due_at",)])
        self.materials: Table[Material] = Table(store, "kms_materials", Material, (*place, "key_id", "number"))
        self.aliases: Table[Alias] = Table(store, "kms_aliases", Alias, (*place, "name"), [("target", "name")])
        self.grants: Table[Grant] = Table(
            store, "kms_grants", Grant, (*place, "key_id", "id"), [("retirable", "key_id", "id")]
        )
        self.imports: Table[ImportParameters] = Table(
            store, "kms_imports", ImportParameters, ("id",), [("valid_to",), (*place, "key_id")]
        )
        self._grants_by: dict[tuple[str, str, str], Mapping[str, tuple[Grant, ...]]] = {}
        self._names: dict[tuple[str, str, str], list[str]] = {}
        self._loaded: dict[tuple[str, str, str, int], Any] = {}
        store.on_undo(self.forget)

    def forget(self) -> None:
        """Caches drop what they hold."""
        self._grants_by.clear()
        self._names.clear()
        self._loaded.clear()

    # keys

    def key(self, arn: str) -> Key | None:
        """The key behind a key's ARN."""
        parts = arn.split(":", 5)
        if len(parts) != 6 or not parts[5].startswith("key/"):
            return None
        return self.keys.get(parts[4], parts[3], parts[5][4:])

    def related(self, key: Key) -> list[Key]:
        """The keys with this id in all regions, itself included, by region."""
        if not key.is_multi_region:
            return [key]
        return self.keys.where(id=key.id)

    def regions(self, key: Key) -> list[str]:
        return [found.region for found in self.related(key)] if key.is_multi_region else []

    def next_due(self) -> float | None:
        """The next instant at which something happens to a key by itself."""
        due: float | None = self.db.value("SELECT min(due_at) FROM kms_keys WHERE due_at IS NOT NULL")
        return due

    def due(self, now: float, limit: int) -> list[tuple[str, str, str]]:
        """Account, region and id of keys to which something is to happen."""
        sql = "SELECT account, region, id FROM kms_keys WHERE due_at <= ? ORDER BY due_at LIMIT ?"
        return [(str(a), str(r), str(i)) for a, r, i in self.db.all(sql, (now, limit))]

    def remove(self, key: Key) -> None:
        """A key with all that belongs to it."""
        mine: dict[str, Any] = {"account": key.account, "region": key.region, "key_id": key.id}
        for alias in self.aliases.where(target=key.arn):
            self.aliases.delete(alias.account, alias.region, alias.name)
        for material in self.materials.where(**mine):
            self.materials.delete(material.account, material.region, material.key_id, material.number)
        for grant in self.grants.where(**mine):
            self.grants.delete(grant.account, grant.region, grant.key_id, grant.id)
        for found in self.imports.where(**mine):
            self.imports.delete(found.id)
        self.keys.delete(key.account, key.region, key.id)
        self.forget()

    # materials

    def materials_of(self, key: Key) -> list[Material]:
        """Oldest first."""
        return self.materials.where(account=key.account, region=key.region, key_id=key.id)

    def put_material(self, material: Material) -> Material:
        self._loaded.pop((material.account, material.region, material.key_id, material.number), None)
        return self.materials.put(material)

    def drop_material(self, material: Material) -> None:
        place = (material.account, material.region, material.key_id, material.number)
        self._loaded.pop(place, None)
        self.materials.delete(*place)

    def loaded(self, key: Key, number: int) -> Any:
        """What works with a material of the key (see `keypairs.load`); None if that material is not there."""
        place = (key.account, key.region, key.id, number)
        found = self._loaded.get(place)
        if found is None:
            material = self.materials.get(*place)
            if material is None or material.secret is None:
                return None
            from cloudchamber.services.kms import keypairs  # noqa: PLC0415 - loads `cryptography`

            found = keypairs.load(key.kind, material.secret)
            if len(self._loaded) >= CACHE_MAX:
                self._loaded.clear()
            self._loaded[place] = found
        return found

    # aliases

    def names_of(self, key: Key) -> list[str]:
        """The names of a key's aliases."""
        place = (key.account, key.region, key.id)
        found = self._names.get(place)
        if found is None:
            if len(self._names) >= CACHE_MAX:
                self._names.clear()
            rows = self.aliases.where(target=key.arn, order="name")
            found = self._names[place] = [alias.name for alias in rows]
        return found

    def put_alias(self, alias: Alias) -> None:
        self._names.clear()
        self.aliases.put(alias)

    def drop_alias(self, alias: Alias) -> None:
        self._names.clear()
        self.aliases.delete(alias.account, alias.region, alias.name)

    # grants

    def grants_on(self, key: Key) -> Mapping[str, tuple[Grant, ...]]:
        """Grantee -> grants on a key."""
        place = (key.account, key.region, key.id)
        found = self._grants_by.get(place)
        if found is None:
            by: dict[str, tuple[Grant, ...]] = {}
            for grant in self.grants.where(account=key.account, region=key.region, key_id=key.id):
                by[grant.grantee] = (*by.get(grant.grantee, ()), grant)
            if len(self._grants_by) >= CACHE_MAX:
                self._grants_by.clear()
            found = self._grants_by[place] = by
        return found

    def put_grant(self, grant: Grant) -> None:
        self._grants_by.pop((grant.account, grant.region, grant.key_id), None)
        self.grants.put(grant)

    def drop_grant(self, grant: Grant) -> None:
        self._grants_by.pop((grant.account, grant.region, grant.key_id), None)
        self.grants.delete(grant.account, grant.region, grant.key_id, grant.id)
