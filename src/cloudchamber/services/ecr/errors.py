"""ECR's errors. Most messages name the repository and the registry, which is an account's number."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudchamber.core.errors import AwsError

if TYPE_CHECKING:
    from cloudchamber.core.errors import ValidationError

# The first complaint of the framework: the member, and what it must do.
_COMPLAINT = re.compile(r" at '([^']+)' failed to satisfy constraint: Member (.*?)(?:; Value |$)", re.DOTALL)
_PATTERN = "must satisfy regular expression pattern: "


class InvalidParameter(AwsError):
    code = "InvalidParameterException"


class RepositoryNotFound(AwsError):
    code = "RepositoryNotFoundException"

    def __init__(self, name: str, registry: str) -> None:
        super().__init__(f"The repository with name '{name}' does not exist in the registry with id '{registry}'")


class RepositoryAlreadyExists(AwsError):
    code = "RepositoryAlreadyExistsException"

    def __init__(self, name: str, registry: str) -> None:
        super().__init__(f"The repository with name '{name}' already exists in the registry with id '{registry}'")


class RepositoryPolicyNotFound(AwsError):
    code = "RepositoryPolicyNotFoundException"

    def __init__(self, name: str, registry: str) -> None:
        super().__init__(
            f"Repository policy does not exist for the repository with name '{name}' in the registry with id "
            f"'{registry}'"
        )


class LifecyclePolicyNotFound(AwsError):
    code = "LifecyclePolicyNotFoundException"

    def __init__(self, name: str, registry: str) -> None:
        super().__init__(
            f"Lifecycle policy does not exist for the repository with name '{name}' in the registry with id "
            f"'{registry}'"
        )


class RegistryPolicyNotFound(AwsError):
    code = "RegistryPolicyNotFoundException"

    def __init__(self, registry: str) -> None:
        super().__init__(f"Registry policy does not exist in the registry with id '{registry}'")


class ImageNotFound(AwsError):
    """`digest` and `tag` are "null" where they are not given, as in AWS's message."""

    code = "ImageNotFoundException"

    def __init__(self, digest: str, tag: str, name: str, registry: str) -> None:
        super().__init__(
            f"The image with imageId {{imageDigest:'{digest}', imageTag:'{tag}'}} does not exist within the repository "
            f"with name '{name}' in the registry with id '{registry}'"
        )


class InvalidTag(AwsError):
    code = "InvalidTagParameterException"


class TooManyTags(AwsError):
    code = "TooManyTagsException"


class KmsError(AwsError):
    code = "KmsException"


def invalid(member: str, constraint: str) -> InvalidParameter:
    return InvalidParameter(f"Invalid parameter at '{member}' failed to satisfy constraint: '{constraint}'")


def of_framework(error: ValidationError) -> InvalidParameter:
    """What the model does not let through, in ECR's words: one complaint at a time."""
    found = _COMPLAINT.search(error.message)
    if found is None:
        return InvalidParameter(error.message)
    member, constraint = found.groups()
    if constraint.startswith(_PATTERN):
        constraint = f"must satisfy regular expression '{constraint.removeprefix(_PATTERN)}'"
    return invalid(member, constraint)
