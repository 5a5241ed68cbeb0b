"""The tables of user pools. Users are found by name, by sub, by what they may sign in with, and by attribute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.services.cognito_idp.records import (
    Attempt,
    Client,
    Code,
    Device,
    Domain,
    Grant,
    Group,
    ImportJob,
    Membership,
    Pool,
    Provider,
    ResourceServer,
    SigningKey,
    User,
)
from cloudchamber.storage.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cloudchamber.storage.engine import Store

# Attributes that ListUsers filters by, of which three can stand in for a username.
SEARCHED = ("sub", "email", "phone_number", "preferred_username", "name", "given_name", "family_name")
_ATTRIBUTES = [
    """CREATE TABLE cognito_attributes (pool_id TEXT, name TEXT, value TEXT, username TEXT,
        PRIMARY KEY (pool_id, name, value, username)) WITHOUT ROWID""",
]
_OF_A_POOL = (
    "cognito_clients", "cognito_users", "cognito_groups", "cognito_memberships", "cognito_attempts", "cognito_grants",
    "cognito_codes", "cognito_devices", "cognito_domains", "cognito_resource_servers", "cognito_providers",
    "cognito_keys", "cognito_imports", "cognito_attributes",
)  # fmt: skip


class UserPoolStore:
    def __init__(self, store: Store) -> None:
        self.db = store
        self.pools: Table[Pool] = Table(store, "cognito_pools", Pool, ("id",), [("account", "region", "id")])
        self.clients: Table[Client] = Table(store, "cognito_clients", Client, ("id",), [("pool_id", "id")])
        self.users: Table[User] = Table(store, "cognito_users", User, ("pool_id", "username"))
        self.groups: Table[Group] = Table(store, "cognito_groups", Group, ("pool_id", "name"))
        self.memberships: Table[Membership] = Table(
            store, "cognito_memberships", Membership, ("pool_id", "group_name", "username"), [("pool_id", "username")]
        )
        self.attempts: Table[Attempt] = Table(
            store, "cognito_attempts", Attempt, ("id",), [("expires_at",), ("pool_id", "username")]
        )
        self.grants: Table[Grant] = Table(
            store, "cognito_grants", Grant, ("id",), [("expires_at",), ("pool_id", "username")]
        )
        self.codes: Table[Code] = Table(store, "cognito_codes", Code, ("pool_id", "username", "purpose"))
        self.devices: Table[Device] = Table(store, "cognito_devices", Device, ("pool_id", "username", "key"))
        self.domains: Table[Domain] = Table(store, "cognito_domains", Domain, ("name",), [("pool_id",)])
        self.resource_servers: Table[ResourceServer] = Table(
            store, "cognito_resource_servers", ResourceServer, ("pool_id", "identifier")
        )
        self.providers: Table[Provider] = Table(store, "cognito_providers", Provider, ("pool_id", "name"))
        self.keys: Table[SigningKey] = Table(store, "cognito_keys", SigningKey, ("pool_id", "use"))
        self.imports: Table[ImportJob] = Table(store, "cognito_imports", ImportJob, ("pool_id", "id"))
        store.ensure("cognito:attributes", _ATTRIBUTES)

    # users

    def put_user(self, user: User) -> User:
        """Write a user and what they are found by. Inside a transaction."""
        self._forget(user.pool_id, user.username)
        self.users.put(user)
        for name, value in _found_by(user):
            self.db.execute(
                "INSERT OR REPLACE INTO cognito_attributes VALUES (?, ?, ?, ?)",
                (user.pool_id, name, value, user.username),
            )
        return user

    def _forget(self, pool_id: str, username: str) -> None:
        old = self.users.get(pool_id, username)
        for name, value in () if old is None else _found_by(old):
            self.db.execute(
                "DELETE FROM cognito_attributes WHERE pool_id = ? AND name = ? AND value = ? AND username = ?",
                (pool_id, name, value, username),
            )

    def remove_user(self, user: User) -> None:
        """A user with all that is theirs. Inside a transaction."""
        self._forget(user.pool_id, user.username)
        self.users.delete(user.pool_id, user.username)
        place = (user.pool_id, user.username)
        for membership in self.memberships.where(pool_id=user.pool_id, username=user.username):
            self.memberships.delete(membership.pool_id, membership.group_name, membership.username)
        for device in self.devices.where(pool_id=user.pool_id, username=user.username):
            self.devices.delete(*place, device.key)
        for code in self.codes.where(pool_id=user.pool_id, username=user.username):
            self.codes.delete(*place, code.purpose)
        for attempt in self.attempts.where(pool_id=user.pool_id, username=user.username):
            self.attempts.delete(attempt.id)
        for grant in self.grants.where(pool_id=user.pool_id, username=user.username):
            self.grants.delete(grant.id)

    def users_with(self, pool_id: str, attribute: str, value: str, *, prefix: bool = False) -> list[str]:
        """The usernames of those whose attribute (one of SEARCHED) is, or begins with, a value, in whatever case."""
        value = value.lower()
        sql = "SELECT username FROM cognito_attributes WHERE pool_id = ? AND name = ? AND "
        if prefix:
            sql += "value >= ? AND substr(value, 1, ?) = ? ORDER BY username"
            return [row[0] for row in self.db.all(sql, (pool_id, attribute, value, len(value), value))]
        return [row[0] for row in self.db.all(sql + "value = ? ORDER BY username", (pool_id, attribute, value))]

    def users_of(self, pool_id: str, names: Iterable[str]) -> list[User]:
        found = [self.users.get(pool_id, name) for name in names]
        return [user for user in found if user is not None]

    def groups_of(self, user: User) -> list[Group]:
        """By precedence, the strongest first; those without one come last."""
        names = [m.group_name for m in self.memberships.where(pool_id=user.pool_id, username=user.username)]
        found = [group for name in names if (group := self.groups.get(user.pool_id, name)) is not None]
        return sorted(found, key=lambda g: (g.precedence is None, g.precedence or 0, g.name))

    # what ends

    def forget_expired(self, now: float) -> None:
        """Drop attempts and grants whose time has passed. Inside a transaction."""
        for table in ("cognito_attempts", "cognito_grants"):
            self.db.execute(f"DELETE FROM {table} WHERE expires_at <= ?", (now,))

    def remove_pool(self, pool: Pool) -> None:
        """A pool with all that is in it. Inside a transaction."""
        for table in _OF_A_POOL:
            self.db.execute(f"DELETE FROM {table} WHERE pool_id = ?", (pool.id,))
        self.pools.delete(pool.id)


def _found_by(user: User) -> Iterator[tuple[str, str]]:
    """The attributes (and accounts elsewhere) a user is found by, in lower case."""
    for name in SEARCHED:
        value = user.attributes.get(name)
        if value:
            yield name, value.lower()
    for identity in user.identities:
        yield "identity", f"{identity.provider}/{identity.subject}".lower()
