"""The errors of identity pools, in AWS's words where they are known."""

from __future__ import annotations

from cloudchamber.core.errors import AwsError


class InvalidParameter(AwsError):
    code = "InvalidParameterException"


class NotAuthorized(AwsError):
    code = "NotAuthorizedException"


class ResourceNotFound(AwsError):
    code = "ResourceNotFoundException"


class ResourceConflict(AwsError):
    code = "ResourceConflictException"


class LimitExceeded(AwsError):
    code = "LimitExceededException"


class ExternalServiceFailed(AwsError):
    code = "ExternalServiceException"


class DeveloperUserAlreadyRegistered(AwsError):
    code = "DeveloperUserAlreadyRegisteredException"


class InvalidPoolConfiguration(AwsError):
    code = "InvalidIdentityPoolConfigurationException"

    def __init__(self) -> None:
        super().__init__("Invalid identity pool configuration. Check assigned IAM roles for this pool.")


def no_pool(pool_id: str) -> ResourceNotFound:
    return ResourceNotFound(f"IdentityPool '{pool_id}' not found.")


def no_identity(identity_id: str) -> ResourceNotFound:
    return ResourceNotFound(f"Identity '{identity_id}' not found.")


def forbidden(identity_id: str) -> NotAuthorized:
    return NotAuthorized(f"Access to Identity '{identity_id}' is forbidden.")


def no_guests() -> NotAuthorized:
    return NotAuthorized("Unauthenticated access is not supported for this identity pool.")


def unsupported_provider() -> NotAuthorized:
    return NotAuthorized("Token is not from a supported provider of this identity pool.")


def no_match() -> NotAuthorized:
    return NotAuthorized(
        "Logins don't match. Please include at least one valid login for this identity or identity pool."
    )


def bad_login(reason: str) -> NotAuthorized:
    return NotAuthorized(f"Invalid login token. {reason}")


def linked_elsewhere() -> ResourceConflict:
    return ResourceConflict("Login is already linked to another account.")
