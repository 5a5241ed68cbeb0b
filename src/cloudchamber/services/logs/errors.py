"""CloudWatch Logs' errors, with the words AWS has for the frequent ones."""

from cloudchamber.core.errors import AwsError


class InvalidParameter(AwsError):
    code = "InvalidParameterException"


class ResourceNotFound(AwsError):
    code = "ResourceNotFoundException"


class NoLogGroup(ResourceNotFound):
    def __init__(self) -> None:
        super().__init__("The specified log group does not exist.")


class NoLogStream(ResourceNotFound):
    def __init__(self) -> None:
        super().__init__("The specified log stream does not exist.")


class ResourceAlreadyExists(AwsError):
    code = "ResourceAlreadyExistsException"


class LimitExceeded(AwsError):
    code = "LimitExceededException"

    def __init__(self, message: str = "Resource limit exceeded.") -> None:
        super().__init__(message)


class InvalidOperation(AwsError):
    code = "InvalidOperationException"


class Validation(AwsError):
    code = "ValidationException"


class TooManyTags(AwsError):
    code = "TooManyTagsException"


class SessionTimeout(AwsError):
    code = "SessionTimeoutException"


class MalformedQuery(AwsError):
    """A query that cannot be read. Offsets count characters of the query string."""

    code = "MalformedQueryException"

    def __init__(self, message: str, begin: int, end: int) -> None:
        location = {"startCharOffset": begin, "endCharOffset": end}
        super().__init__(message, members={"queryCompileError": {"message": message, "location": location}})


def not_found(kind: str) -> ResourceNotFound:
    return ResourceNotFound(f"The specified {kind} does not exist.")
