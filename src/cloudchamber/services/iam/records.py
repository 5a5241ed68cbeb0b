"""What IAM keeps, as frozen records. Instants in epoch seconds.

What belongs to a user, group or role names it by unique id (`AIDA…`), so a rename touches one row and whoever comes
back under an old name starts with nothing. Names are unique whatever their case: `key` is the name in lower case.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - the store reads the annotations
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class User:
    account: str
    name: str
    path: str
    id: str
    created_at: float
    boundary: str | None = None  # the ARN of a managed policy
    tags: Mapping[str, str] = field(default_factory=dict)
    password_used_at: float | None = None

    @property
    def key(self) -> str:
        return self.name.lower()

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{self.account}:user{self.path}{self.name}"


@dataclass(frozen=True, slots=True)
class Group:
    account: str
    name: str
    path: str
    id: str
    created_at: float

    @property
    def key(self) -> str:
        return self.name.lower()

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{self.account}:group{self.path}{self.name}"


@dataclass(frozen=True, slots=True)
class Role:
    account: str
    name: str
    path: str
    id: str
    created_at: float
    trust: str  # the trust policy, as it was sent
    description: str | None = None
    max_session_s: int = 3600
    boundary: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    # ARN in `trust` -> unique id it stood for when the policy was stored: a namesake created later is not meant.
    trusted_ids: Mapping[str, str] = field(default_factory=dict)
    linked_service: str | None = None  # the service of a service-linked role

    @property
    def key(self) -> str:
        return self.name.lower()

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{self.account}:role{self.path}{self.name}"


@dataclass(frozen=True, slots=True)
class InstanceProfile:
    account: str
    name: str
    path: str
    id: str
    created_at: float
    role_id: str = ""  # empty without a role
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return self.name.lower()

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{self.account}:instance-profile{self.path}{self.name}"


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    number: int
    document: str
    created_at: float

    @property
    def id(self) -> str:
        return f"v{self.number}"


@dataclass(frozen=True, slots=True)
class CustomerPolicy:
    """A customer managed policy with its versions, oldest first. `newest` is the highest number ever given."""

    account: str
    name: str
    path: str
    id: str
    created_at: float
    updated_at: float
    versions: tuple[PolicyVersion, ...]
    default: int = 1
    newest: int = 1
    description: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return self.name.lower()

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{self.account}:policy{self.path}{self.name}"

    def version(self, version_id: str) -> PolicyVersion | None:
        return next((version for version in self.versions if version.id == version_id), None)

    @property
    def default_version(self) -> PolicyVersion:
        return next(version for version in self.versions if version.number == self.default)

    @property
    def document(self) -> str:
        """The document in force."""
        return self.default_version.document


@dataclass(frozen=True, slots=True)
class InlinePolicy:
    """A policy inside a user, group or role."""

    owner_id: str
    name: str
    document: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A managed policy attached to a user, group or role; `kind` is "user", "group" or "role"."""

    account: str
    owner_id: str
    policy_arn: str
    kind: str


@dataclass(frozen=True, slots=True)
class Membership:
    account: str
    group_id: str
    user_id: str


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A long-term key. A root key's `user_id` is the account id, and its user name is empty."""

    account: str
    id: str
    user_id: str
    secret: str
    created_at: float
    is_active: bool = True

    @property
    def status(self) -> str:
        return "Active" if self.is_active else "Inactive"


@dataclass(frozen=True, slots=True)
class KeyUse:
    """When and for what an access key was last used."""

    key_id: str
    used_at: float
    service: str
    region: str


@dataclass(frozen=True, slots=True)
class RoleUse:
    """When and where a role was last used."""

    role_id: str
    used_at: float
    region: str


@dataclass(frozen=True, slots=True)
class Password:
    """A salted slow hash of a password: hex."""

    salt: str
    digest: str


@dataclass(frozen=True, slots=True)
class LoginProfile:
    """A user's console password; `previous` are earlier ones, newest first."""

    account: str
    user_id: str
    created_at: float
    changed_at: float
    password: Password | None = None
    reset_required: bool = False
    previous: tuple[Password, ...] = ()


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html, with its defaults."""

    minimum_length: int = 6
    require_symbols: bool = False
    require_numbers: bool = False
    require_uppercase: bool = False
    require_lowercase: bool = False
    users_may_change: bool = False
    max_age_days: int = 0  # 0: passwords do not expire
    reuse_prevention: int = 0
    hard_expiry: bool | None = None


@dataclass(frozen=True, slots=True)
class AccountSettings:
    account: str
    alias: str | None = None
    password_policy: PasswordPolicy | None = None


@dataclass(frozen=True, slots=True)
class DeletionTask:
    """The deletion of a service-linked role."""

    account: str
    id: str
    status: str
    created_at: float
