"""A KMS key, its key materials and its state: the records, and the rules of when it can be used. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping  # noqa: TC003 - tables read the annotations
from dataclasses import dataclass, field
from typing import Any

from cloudchamber.services.kms.errors import Disabled, InvalidState
from cloudchamber.services.kms.specs import ALGORITHM_MEMBERS, OLD_NAMES, SPECS, Spec

ENABLED, DISABLED, PENDING_IMPORT = "Enabled", "Disabled", "PendingImport"
PENDING_DELETION, PENDING_REPLICA_DELETION = "PendingDeletion", "PendingReplicaDeletion"
CURRENT, NON_CURRENT = "CURRENT", "NON_CURRENT"
PENDING_ROTATION = "PENDING_ROTATION"
PENDING_REPLICAS = "PENDING_MULTI_REGION_IMPORT_AND_ROTATION"
EXTERNAL, AWS_KMS = "EXTERNAL", "AWS_KMS"
_WORDS = {
    PENDING_IMPORT: "pending import",
    PENDING_DELETION: "pending deletion",
    PENDING_REPLICA_DELETION: "pending replica deletion",
}
KEY_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Material:
    """A key material of a key. `secret` is None while imported material is missing; instants in epoch seconds.

    A secret is 32 bytes for symmetric keys, the bytes of an HMAC key, or a PKCS #8 document. Related multi-Region keys
    hold copies under the same number.
    """

    account: str
    region: str
    key_id: str
    number: int
    id: str
    state: str
    secret: bytes | None
    rotated_at: float | None = None
    rotation_type: str = ""
    description: str = ""
    expires_at: float | None = None

    @property
    def is_pending(self) -> bool:
        return self.state in (PENDING_ROTATION, PENDING_REPLICAS)


@dataclass(frozen=True, slots=True)
class Key:
    """A KMS key. Instants are in epoch seconds."""

    account: str
    region: str
    id: str
    spec: str
    usage: str
    state: str
    created_at: float
    policy: str
    origin: str = AWS_KMS
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    managed_for: str = ""  # "s3" for alias/aws/s3: an AWS managed key
    primary_region: str = ""  # of a multi-Region key, else empty
    material_number: int = 0  # the current key material
    material_id: str = ""
    deletion_at: float | None = None
    deletion_days: int = 0
    expires_at: float | None = None  # the earliest instant at which an imported material expires
    rotation_days: int | None = None  # None: automatic rotation is off
    next_rotation_at: float | None = None
    rotations_on_demand: int = 0

    @property
    def arn(self) -> str:
        return f"arn:aws:kms:{self.region}:{self.account}:key/{self.id}"

    @property
    def kind(self) -> Spec:
        return SPECS[self.spec]

    @property
    def algorithms(self) -> tuple[str, ...]:
        return self.kind.algorithms[self.usage]

    @property
    def is_multi_region(self) -> bool:
        return bool(self.primary_region)

    @property
    def is_primary(self) -> bool:
        return self.primary_region == self.region

    @property
    def is_pending_deletion(self) -> bool:
        return self.state in (PENDING_DELETION, PENDING_REPLICA_DELETION)

    @property
    def rotates(self) -> bool:
        """Automatic rotation rests while a key is not enabled; a replica follows its primary."""
        return self.state == ENABLED and (not self.is_multi_region or self.is_primary)

    @property
    def due_at(self) -> float | None:
        """The next instant at which something happens to the key by itself."""
        instants = (self.deletion_at, self.expires_at, self.next_rotation_at if self.rotates else None)
        return min((at for at in instants if at is not None), default=None)


def check_not_pending_deletion(key: Key) -> None:
    """InvalidState for a key that is going to be deleted."""
    if key.is_pending_deletion:
        raise InvalidState(f"{key.arn} is {_WORDS[key.state]}.")


def check_usable(key: Key) -> None:
    """Disabled or InvalidState unless the key is enabled.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
    """
    if key.state == ENABLED:
        return
    if key.state == DISABLED:
        raise Disabled(f"{key.arn} is disabled.")
    raise InvalidState(f"{key.arn} is {_WORDS[key.state]}.")


def check_not_pending(key: Key) -> None:
    """InvalidState while the key waits for material or deletion."""
    if key.state in _WORDS:
        raise InvalidState(f"{key.arn} is {_WORDS[key.state]}.")


def material_id(key_id: str, secret: bytes) -> str:
    """64 hex digits that depend on the key and the material: importing a material again finds its id again."""
    return hashlib.sha256(key_id.encode() + b"\0" + secret).hexdigest()


def algorithm_members(key: Key) -> dict[str, list[str]]:
    """`EncryptionAlgorithms`, `SigningAlgorithms`, …: the one that the key's usage has."""
    return {ALGORITHM_MEMBERS[key.usage]: list(key.algorithms)}


def spec_members(key: Key) -> dict[str, str]:
    """KeySpec, and CustomerMasterKeySpec where the old name has the value."""
    members = {"KeySpec": key.spec}
    if key.spec in OLD_NAMES:
        members["CustomerMasterKeySpec"] = key.spec
    return members


def metadata(key: Key, related_regions: list[str]) -> Any:
    """`KeyMetadata`. `related_regions` are those in which a multi-Region key exists."""
    shown: dict[str, Any] = {
        "AWSAccountId": key.account,
        "KeyId": key.id,
        "Arn": key.arn,
        "CreationDate": key.created_at,
        "Enabled": key.state == ENABLED,
        "Description": key.description,
        "KeyUsage": key.usage,
        "KeyState": key.state,
        "Origin": key.origin,
        "KeyManager": "AWS" if key.managed_for else "CUSTOMER",
        "MultiRegion": key.is_multi_region,
        **spec_members(key),
        **algorithm_members(key),
    }
    if key.kind.family == "symmetric" and key.material_id:
        shown["CurrentKeyMaterialId"] = key.material_id
    if key.deletion_at is not None:
        shown["DeletionDate"] = key.deletion_at
    if key.state == PENDING_REPLICA_DELETION:
        shown["PendingDeletionWindowInDays"] = key.deletion_days
    if key.origin == EXTERNAL and key.material_id and key.state != PENDING_IMPORT:
        expires = key.expires_at is not None
        shown["ExpirationModel"] = "KEY_MATERIAL_EXPIRES" if expires else "KEY_MATERIAL_DOES_NOT_EXPIRE"
        if expires:
            shown["ValidTo"] = key.expires_at
    if key.is_multi_region:
        shown["MultiRegionConfiguration"] = _configuration(key, related_regions)
    return shown


def _configuration(key: Key, regions: list[str]) -> dict[str, Any]:
    def named(region: str) -> dict[str, str]:
        return {"Arn": f"arn:aws:kms:{region}:{key.account}:key/{key.id}", "Region": region}

    return {
        "MultiRegionKeyType": "PRIMARY" if key.is_primary else "REPLICA",
        "PrimaryKey": named(key.primary_region),
        "ReplicaKeys": [named(region) for region in regions if region != key.primary_region],
    }
