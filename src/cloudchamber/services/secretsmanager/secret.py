"""A secret, its versions, its rotation and its replicas: records, and what follows from them. Pure.

A staging label is on one version at a time, so a secret knows its labels as label -> version. What a version holds is
ciphertext.
https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - tables read the annotations
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudchamber.services.secretsmanager.schedule import Rules  # noqa: TC001 - tables read the annotations

if TYPE_CHECKING:
    from collections.abc import Iterable

CURRENT, PREVIOUS, PENDING = "AWSCURRENT", "AWSPREVIOUS", "AWSPENDING"
DEFAULT_KEY = "alias/aws/secretsmanager"
IN_SYNC, FAILED = "InSync", "Failed"


@dataclass(frozen=True, slots=True)
class Rotation:
    """How and when a secret is rotated. Instants in epoch seconds."""

    function_arn: str
    rules: Rules
    is_enabled: bool = True
    rotated_at: float | None = None
    next_at: float | None = None  # when the next window opens
    next_by: float | None = None  # and closes
    token: str = ""  # the version that a rotation under way makes
    attempts: int = 0  # of that rotation
    retry_at: float | None = None  # when it is tried anew
    is_test: bool = False  # only the configuration is tried


@dataclass(frozen=True, slots=True)
class Replica:
    """A copy in another region, as the primary knows it."""

    region: str
    kms_key: str = ""
    status: str = IN_SYNC
    message: str = ""


@dataclass(frozen=True, slots=True)
class Secret:
    """Instants in epoch seconds. `kms_key` is as it was given, empty for the account's default."""

    account: str
    region: str
    name: str
    suffix: str  # the six characters at the end of its ARN
    created_at: float
    changed_at: float
    description: str = ""
    kms_key: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    stages: Mapping[str, str] = field(default_factory=dict)  # label -> version
    policy: str | None = None
    accessed_on: float | None = None  # midnight of that day
    deletion_at: float | None = None
    rotation: Rotation | None = None
    replicas: tuple[Replica, ...] = ()
    primary_region: str = ""  # of a replica; empty for what is none

    @property
    def arn(self) -> str:
        return arn(self.account, self.region, f"{self.name}-{self.suffix}")

    @property
    def due_at(self) -> float | None:
        """The next instant at which something happens to it by itself: deletion or rotation."""
        if self.deletion_at is not None:
            return self.deletion_at
        rotation = self.rotation
        if rotation is None or self.primary_region:
            return None
        return rotation.retry_at or (rotation.next_at if rotation.is_enabled else None)

    def labels_of(self, version_id: str) -> list[str]:
        return [label for label, holder in self.stages.items() if holder == version_id]

    def labels_by_version(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for label, holder in self.stages.items():
            found.setdefault(holder, []).append(label)
        return found


@dataclass(frozen=True, slots=True)
class Version:
    """A value under a data key of its own, which is under a KMS key. Instants in epoch seconds."""

    account: str
    region: str
    name: str
    id: str
    created_at: float
    kms_key: str  # as the secret had it
    data_key: bytes  # encrypted
    sealed: bytes
    is_binary: bool = False
    accessed_on: float | None = None


def arn(account: str, region: str, name: str) -> str:
    return f"arn:aws:secretsmanager:{region}:{account}:secret:{name}"


def attached(stages: Mapping[str, str], labels: Iterable[str], version_id: str) -> dict[str, str]:
    """The labels once some are put on a version: AWSPREVIOUS goes to the version that loses AWSCURRENT."""
    changed = dict(stages)
    for label in labels:
        if label == CURRENT and stages.get(CURRENT, version_id) != version_id:
            changed[PREVIOUS] = stages[CURRENT]
        changed[label] = version_id
    return changed


def described(secret: Secret) -> dict[str, Any]:
    """The members that DescribeSecret and ListSecrets share."""
    shown: dict[str, Any] = {
        "ARN": secret.arn, "Name": secret.name, "LastChangedDate": secret.changed_at, "CreatedDate": secret.created_at,
        "Description": secret.description or None, "KmsKeyId": secret.kms_key or None,
        "LastAccessedDate": secret.accessed_on, "DeletedDate": secret.deletion_at,
        "Tags": [{"Key": key, "Value": value} for key, value in secret.tags.items()] or None,
    }  # fmt: skip
    rotation = secret.rotation
    if rotation is not None:
        shown |= {
            "RotationEnabled": rotation.is_enabled,
            "RotationLambdaARN": rotation.function_arn,
            "RotationRules": rotation.rules.shown(),
            "LastRotatedDate": rotation.rotated_at,
            "NextRotationDate": rotation.next_by if rotation.is_enabled else None,
        }
    if secret.primary_region or secret.replicas:
        shown["PrimaryRegion"] = secret.primary_region or secret.region
    return {name: value for name, value in shown.items() if value is not None}


def replication_status(secret: Secret, accessed: Mapping[str, float | None]) -> list[dict[str, Any]]:
    """How each replica stands; `accessed` is region -> the day its copy was last read."""
    found = []
    for replica in secret.replicas:
        one: dict[str, Any] = {"Region": replica.region, "KmsKeyId": replica.kms_key or DEFAULT_KEY}
        one |= {"Status": replica.status, "StatusMessage": replica.message or None}
        one["LastAccessedDate"] = accessed.get(replica.region)
        found.append({name: value for name, value in one.items() if value is not None})
    return found
