"""IAM's tables. Whatever changes who may do what tells the rest of the cloud here, in one place: `Watched`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from cloudchamber.services.iam.records import (
    AccessKey,
    AccountSettings,
    Attachment,
    CustomerPolicy,
    DeletionTask,
    Group,
    InlinePolicy,
    InstanceProfile,
    KeyUse,
    LoginProfile,
    Membership,
    Role,
    RoleUse,
    User,
)
from cloudchamber.storage.tables import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cloudchamber.storage.engine import Store

R = TypeVar("R")
CHUNK_ROWS = 200


class Watched(Table[R]):
    """A table of what decides on access: after each change, caches of credentials and policies are forgotten."""

    changed: Callable[[], None]

    def put(self, record: R) -> R:
        super().put(record)
        self.changed()
        return record

    def delete(self, *key: Any) -> bool:
        found = super().delete(*key)
        self.changed()
        return found


class IamStore:
    """`changed` is called after each change to a key, principal, policy, attachment or membership."""

    def __init__(self, store: Store, changed: Callable[[], None]) -> None:
        self.db = store
        self._changed = changed
        named, by_id = ("account", "key"), ("id",)
        self.users = self.watched("iam_users", User, named, [by_id, ("account", "boundary")])
        self.groups = self.watched("iam_groups", Group, named, [by_id])
        self.roles = self.watched("iam_roles", Role, named, [by_id, ("account", "boundary")])
        self.profiles: Table[InstanceProfile] = Table(
            store, "iam_instance_profiles", InstanceProfile, named, [("account", "role_id")]
        )
        self.policies = self.watched("iam_policies", CustomerPolicy, named)
        self.inline = self.watched("iam_inline_policies", InlinePolicy, ("owner_id", "name"))
        self.attachments = self.watched(
            "iam_attachments", Attachment, ("owner_id", "policy_arn"), [("account", "policy_arn", "owner_id")]
        )
        self.memberships = self.watched(
            "iam_memberships", Membership, ("group_id", "user_id"), [("user_id", "group_id"), ("account",)]
        )
        self.keys = self.watched("iam_access_keys", AccessKey, by_id, [("user_id", "created_at")])
        self.key_uses: Table[KeyUse] = Table(store, "iam_key_uses", KeyUse, ("key_id",))
        self.role_uses: Table[RoleUse] = Table(store, "iam_role_uses", RoleUse, ("role_id",))
        self.logins: Table[LoginProfile] = Table(
            store, "iam_login_profiles", LoginProfile, ("user_id",), [("account",)]
        )
        self.accounts: Table[AccountSettings] = Table(
            store, "iam_accounts", AccountSettings, ("account",), [("alias",)]
        )
        self.deletions: Table[DeletionTask] = Table(store, "iam_deletions", DeletionTask, ("account", "id"))
        store.on_undo(changed)

    def watched(
        self, name: str, record: type[R], key: Sequence[str], indexed: Sequence[Sequence[str]] = ()
    ) -> Watched[R]:
        """A table whose changes the rest of the cloud hears of."""
        table = Watched(self.db, name, record, key, indexed)
        table.changed = self._changed
        return table

    # by unique id

    def user_by_id(self, user_id: str) -> User | None:
        return next(iter(self.users.where(id=user_id, limit=1)), None)

    def group_by_id(self, group_id: str) -> Group | None:
        return next(iter(self.groups.where(id=group_id, limit=1)), None)

    def role_by_id(self, role_id: str) -> Role | None:
        return next(iter(self.roles.where(id=role_id, limit=1)), None)

    # relations

    def groups_of(self, user_id: str) -> list[Group]:
        found = (self.group_by_id(item.group_id) for item in self.memberships.where("group_id", user_id=user_id))
        return sorted((group for group in found if group is not None), key=lambda group: group.key)

    def members_of(self, group_id: str) -> list[User]:
        found = (self.user_by_id(item.user_id) for item in self.memberships.where(group_id=group_id))
        return sorted((user for user in found if user is not None), key=lambda user: user.key)

    def profiles_of(self, account: str, role_id: str) -> list[InstanceProfile]:
        return self.profiles.where(account=account, role_id=role_id)

    def keys_of(self, user_id: str) -> list[AccessKey]:
        return self.keys.where("created_at, id", user_id=user_id)

    def inline_of(self, owner_id: str) -> list[InlinePolicy]:
        return self.inline.where(owner_id=owner_id)

    def attached_to(self, owner_id: str) -> list[Attachment]:
        return self.attachments.where(owner_id=owner_id)

    def attachment_count(self, account: str, policy_arn: str) -> int:
        return self.attachments.count(account=account, policy_arn=policy_arn)

    def boundary_count(self, account: str, policy_arn: str) -> int:
        users = self.users.count(account=account, boundary=policy_arn)
        return users + self.roles.count(account=account, boundary=policy_arn)

    def attached_arns(self, account: str) -> set[str]:
        rows = self.db.all("SELECT DISTINCT policy_arn FROM iam_attachments WHERE account = ?", (account,))
        return {row[0] for row in rows}

    def boundary_arns(self, account: str) -> set[str]:
        """The managed policies that bound a user or role."""
        found: set[str] = set()
        for table in ("iam_users", "iam_roles"):
            sql = f"SELECT DISTINCT boundary FROM {table} WHERE account = ? AND boundary IS NOT NULL"
            found.update(row[0] for row in self.db.all(sql, (account,)))
        return found

    def versions_in_use(self, account: str) -> int:
        """Versions of an account's managed policies."""
        return sum(len(policy.versions) for policy in self.policies.where(account=account))

    def settings_of(self, account: str) -> AccountSettings:
        return self.accounts.get(account) or AccountSettings(account)

    @staticmethod
    def walk(table: Table[R], key: Callable[[R], str], account: str, after: str | None) -> Iterator[R]:
        """An account's records of a table keyed by name, those after `after`, read as they are asked for."""
        last = None if after is None else (account, after)
        while True:
            rows = table.where("account, key", CHUNK_ROWS, last, account=account)
            yield from rows
            if len(rows) < CHUNK_ROWS:
                return
            last = (account, key(rows[-1]))
