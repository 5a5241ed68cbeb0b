"""The tables of identity pools, and the questions put to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.services.cognito_identity.tables import Identity, Login, Pool, TagMap
from cloudchamber.storage.tables import Table

if TYPE_CHECKING:
    from cloudchamber.storage.engine import Store


class IdentityStore:
    def __init__(self, store: Store) -> None:
        self.pools: Table[Pool] = Table(store, "cognito_identity_pools", Pool, ("id",), [("account", "region", "id")])
        self.identities: Table[Identity] = Table(
            store, "cognito_identity_identities", Identity, ("id",), [("pool", "id"), ("merged_into",)]
        )
        self.logins: Table[Login] = Table(
            store, "cognito_identity_logins", Login, ("pool", "provider", "subject"), [("identity",)]
        )
        self.tag_maps: Table[TagMap] = Table(store, "cognito_identity_tag_maps", TagMap, ("pool", "provider"))

    def logins_of(self, identity: str) -> list[Login]:
        return self.logins.where(identity=identity)

    def drop_identity(self, identity: Identity) -> None:
        """Inside a transaction."""
        for login in self.logins_of(identity.id):
            self.logins.delete(login.pool, login.provider, login.subject)
        self.identities.delete(identity.id)

    def drop_pool(self, pool: Pool) -> None:
        """With all that is in it. Inside a transaction."""
        for identity in self.identities.where(pool=pool.id):
            self.drop_identity(identity)
        for tag_map in self.tag_maps.where(pool=pool.id):
            self.tag_maps.delete(tag_map.pool, tag_map.provider)
        self.pools.delete(pool.id)
