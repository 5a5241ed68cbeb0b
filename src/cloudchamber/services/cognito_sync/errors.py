"""Cognito Sync's errors."""

from __future__ import annotations

from cloudchamber.core.errors import AwsError


class InvalidParameter(AwsError):
    code = "InvalidParameterException"


class NotAuthorized(AwsError):
    code = "NotAuthorizedException"
    status = 403


class ResourceNotFound(AwsError):
    code = "ResourceNotFoundException"
    status = 404


class ResourceConflict(AwsError):
    code = "ResourceConflictException"
    status = 409


class LimitExceeded(AwsError):
    code = "LimitExceededException"


class InvalidConfiguration(AwsError):
    code = "InvalidConfigurationException"


class InvalidFunctionOutput(AwsError):
    code = "InvalidLambdaFunctionOutputException"


class FunctionThrottled(AwsError):
    code = "LambdaThrottledException"
    status = 429


def no_pool(pool_id: str) -> ResourceNotFound:
    return ResourceNotFound(f"IdentityPool '{pool_id}' not found.")


def no_dataset(name: str) -> ResourceNotFound:
    return ResourceNotFound(f"Dataset '{name}' not found.")


def no_device(device_id: str) -> ResourceNotFound:
    return ResourceNotFound(f"Device '{device_id}' not found.")
