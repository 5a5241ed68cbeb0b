"""EventBridge Pipes' errors: https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/CommonErrors.html"""

from cloudchamber.core.errors import AwsError


class ValidationException(AwsError):
    code = "ValidationException"


class NotFound(AwsError):
    code = "NotFoundException"
    status = 404


class Conflict(AwsError):
    code = "ConflictException"
    status = 409

    def __init__(self, message: str, name: str) -> None:
        super().__init__(message, members={"resourceId": name, "resourceType": "Pipe"})


class QuotaExceeded(AwsError):
    code = "ServiceQuotaExceededException"
    status = 402


class Failure(Exception):
    """A step of an execution that failed for all of its events. `error` is what a service answered, if one did."""

    def __init__(self, message: str, service: str = "", error: AwsError | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.service = service
        self.error = error
