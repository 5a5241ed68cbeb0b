"""Lambda's errors, by the names of its model."""

from __future__ import annotations

from cloudchamber.core.errors import AwsError


class LambdaError(AwsError):
    """`members` carry the Type that Lambda's answers have."""

    def __init__(self, message: str, **members: str) -> None:
        super().__init__(message, members={"Type": "User" if self.status < 500 else "Service", **members})


class ResourceNotFound(LambdaError):
    code = "ResourceNotFoundException"
    status = 404


class FunctionNotFound(ResourceNotFound):
    def __init__(self, arn: str) -> None:
        super().__init__(f"Function not found: {arn}")


class NoSuchThing(ResourceNotFound):
    def __init__(self) -> None:
        super().__init__("The resource you requested does not exist.")


class ResourceConflict(LambdaError):
    code = "ResourceConflictException"
    status = 409


class InvalidParameterValue(LambdaError):
    code = "InvalidParameterValueException"


class InvalidRequestContent(LambdaError):
    code = "InvalidRequestContentException"


class RequestTooLarge(LambdaError):
    code = "RequestTooLargeException"
    status = 413


class PreconditionFailed(LambdaError):
    code = "PreconditionFailedException"
    status = 412

    def __init__(self, what: str = "GetFunction/GetAlias") -> None:
        super().__init__(
            f"The RevisionId provided does not match the latest RevisionId. Call the {what} API to retrieve the latest "
            "RevisionId"
        )


class TooManyRequests(LambdaError):
    code = "TooManyRequestsException"
    status = 429

    def __init__(self, reason: str = "ConcurrentInvocationLimitExceeded") -> None:
        super().__init__("Rate Exceeded.", Reason=reason)


class PolicyLengthExceeded(LambdaError):
    code = "PolicyLengthExceededException"


class NoProvisionedConcurrency(LambdaError):
    code = "ProvisionedConcurrencyConfigNotFoundException"
    status = 404

    def __init__(self) -> None:
        super().__init__("No Provisioned Concurrency Config found for this function")


class NoCodeSigningConfig(LambdaError):
    code = "CodeSigningConfigNotFoundException"
    status = 404


class InvalidRuntime(LambdaError):
    """What nothing on this machine can run."""

    code = "InvalidRuntimeException"
    status = 502


class RecursiveInvocation(LambdaError):
    code = "RecursiveInvocationException"

    def __init__(self) -> None:
        super().__init__(
            "Lambda detected the function being invoked in a recursive loop with other Amazon Web Services resources "
            "and stopped your function's invocation."
        )
