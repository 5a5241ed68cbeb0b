"""A repository and a registry's policy: records, and how they are shown. Pure.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_Repository.html
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - tables read the annotations
from dataclasses import dataclass, field
from typing import Any

MUTABLE = "MUTABLE"
EXCLUDING = frozenset({"MUTABLE_WITH_EXCLUSION", "IMMUTABLE_WITH_EXCLUSION"})
AES256 = "AES256"


@dataclass(frozen=True, slots=True)
class Repository:
    """`created_at` in epoch seconds; `kms_key` is an ARN, empty for a key of S3's own."""

    account: str
    region: str
    name: str
    created_at: float
    mutability: str = MUTABLE
    excluded_tags: tuple[str, ...] = ()  # patterns of tags that `mutability` does not hold for
    scans_on_push: bool = False
    encryption: str = AES256
    kms_key: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    policy: str | None = None
    lifecycle: str | None = None

    @property
    def arn(self) -> str:
        return arn(self.account, self.region, self.name)

    @property
    def uri(self) -> str:
        return f"{self.account}.dkr.ecr.{self.region}.amazonaws.com/{self.name}"


@dataclass(frozen=True, slots=True)
class Registry:
    """What an account has set for all its repositories of a region."""

    account: str
    region: str
    policy: str


def arn(account: str, region: str, name: str) -> str:
    return f"arn:aws:ecr:{region}:{account}:repository/{name}"


def named(repository: Repository) -> dict[str, Any]:
    """What most answers begin with."""
    return {"registryId": repository.account, "repositoryName": repository.name}


def mutability(repository: Repository) -> dict[str, Any]:
    shown: dict[str, Any] = {"imageTagMutability": repository.mutability}
    if repository.excluded_tags:
        shown["imageTagMutabilityExclusionFilters"] = [
            {"filterType": "WILDCARD", "filter": pattern} for pattern in repository.excluded_tags
        ]
    return shown


def described(repository: Repository) -> Any:
    encryption = {"encryptionType": repository.encryption}
    if repository.kms_key:
        encryption["kmsKey"] = repository.kms_key
    return {
        "repositoryArn": repository.arn, **named(repository), "repositoryUri": repository.uri,
        "createdAt": repository.created_at, **mutability(repository),
        "imageScanningConfiguration": {"scanOnPush": repository.scans_on_push}, "encryptionConfiguration": encryption,
    }  # fmt: skip
