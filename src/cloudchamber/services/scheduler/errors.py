"""EventBridge Scheduler's errors: https://docs.aws.amazon.com/scheduler/latest/APIReference/CommonErrors.html"""

from cloudchamber.core.errors import AwsError


class ValidationException(AwsError):
    code = "ValidationException"


class ResourceNotFound(AwsError):
    code = "ResourceNotFoundException"
    status = 404


class Conflict(AwsError):
    code = "ConflictException"
    status = 409


class QuotaExceeded(AwsError):
    code = "ServiceQuotaExceededException"
    status = 402


def no_schedule(name: str) -> ResourceNotFound:
    return ResourceNotFound(f"Schedule {name} does not exist.")


def no_group(name: str) -> ResourceNotFound:
    return ResourceNotFound(f"Schedule group {name} does not exist.")
