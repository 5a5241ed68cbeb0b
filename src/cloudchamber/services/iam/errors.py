"""IAM's errors: https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html and each operation's page."""

from __future__ import annotations

from cloudchamber.core.errors import AwsError


class NoSuchEntity(AwsError):
    code = "NoSuchEntity"
    status = 404


class EntityAlreadyExists(AwsError):
    code = "EntityAlreadyExists"
    status = 409


class DeleteConflict(AwsError):
    code = "DeleteConflict"
    status = 409


class LimitExceeded(AwsError):
    code = "LimitExceeded"
    status = 409


class EntityTemporarilyUnmodifiable(AwsError):
    code = "EntityTemporarilyUnmodifiable"
    status = 409


class ConcurrentModification(AwsError):
    code = "ConcurrentModification"
    status = 409


class InvalidInput(AwsError):
    code = "InvalidInput"


class InvalidUserType(AwsError):
    code = "InvalidUserType"


class MalformedPolicyDocument(AwsError):
    code = "MalformedPolicyDocument"


class PasswordPolicyViolation(AwsError):
    code = "PasswordPolicyViolation"


class PolicyNotAttachable(AwsError):
    code = "PolicyNotAttachable"


class UnmodifiableEntity(AwsError):
    code = "UnmodifiableEntity"


class IamValidationError(AwsError):
    """Input that breaks a constraint, in IAM's spelling of the code."""

    code = "ValidationError"


class AccessDenied(AwsError):
    code = "AccessDenied"
    status = 403


def no_such(kind: str, name: str) -> NoSuchEntity:
    """`no_such("user", "bob")`."""
    return NoSuchEntity(f"The {kind} with name {name} cannot be found.")


def no_such_policy(arn: str) -> NoSuchEntity:
    return NoSuchEntity(f"Policy {arn} was not found.")


def already_exists(kind: str, name: str) -> EntityAlreadyExists:
    """`already_exists("User", "bob")`."""
    return EntityAlreadyExists(f"{kind} with name {name} already exists.")


def over_quota(quota: str, most: int) -> LimitExceeded:
    """`over_quota("AccessKeysPerUser", 2)`."""
    return LimitExceeded(f"Cannot exceed quota for {quota}: {most}")


class InvalidClientTokenId(AwsError):
    code = "InvalidClientTokenId"
    status = 403
