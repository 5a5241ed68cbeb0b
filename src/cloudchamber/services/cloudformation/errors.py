"""CloudFormation's errors. Most of what it refuses is a ValidationError whose text says it all."""

from __future__ import annotations

from cloudchamber.core.errors import AwsError


class ValidationError(AwsError):
    code = "ValidationError"


PREFIX = "Template format error: "


class TemplateFormatError(ValidationError):
    """`reason` is what follows "Template format error: "."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{PREFIX}{reason}")


class TemplateError(ValidationError):
    """`reason` is what follows "Template error: "."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Template error: {reason}")


class NoSuchStack(ValidationError):
    def __init__(self, name: str) -> None:
        super().__init__(f"Stack with id {name} does not exist")


class StackExists(AwsError):
    code = "AlreadyExistsException"

    def __init__(self, name: str) -> None:
        super().__init__(f"Stack [{name}] already exists")


class AlreadyExists(AwsError):
    code = "AlreadyExistsException"


class InsufficientCapabilities(AwsError):
    code = "InsufficientCapabilitiesException"

    def __init__(self, needed: list[str]) -> None:
        super().__init__(f"Requires capabilities : [{', '.join(needed)}]")


class NoSuchChangeSet(AwsError):
    code = "ChangeSetNotFound"
    status = 404

    def __init__(self, name: str) -> None:
        super().__init__(f"ChangeSet [{name}] does not exist")


class InvalidChangeSetStatus(AwsError):
    code = "InvalidChangeSetStatus"


class TypeNotFound(AwsError):
    code = "TypeNotFoundException"
    status = 404


class ResourceFailed(AwsError):
    """A resource could not be made as its template wants it: the message is the status reason."""

    code = "GeneralServiceException"
