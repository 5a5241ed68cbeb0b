"""EventBridge's errors."""

from cloudchamber.core.errors import AwsError


class ValidationException(AwsError):
    code = "ValidationException"


class ResourceNotFound(AwsError):
    code = "ResourceNotFoundException"


class ResourceAlreadyExists(AwsError):
    code = "ResourceAlreadyExistsException"


class LimitExceeded(AwsError):
    code = "LimitExceededException"


class PolicyLengthExceeded(AwsError):
    code = "PolicyLengthExceededException"


class IllegalStatus(AwsError):
    code = "IllegalStatusException"


class InvalidEventPattern(AwsError):
    """`reason` is what follows "Event pattern is not valid. Reason: "."""

    code = "InvalidEventPatternException"

    def __init__(self, reason: str) -> None:
        super().__init__(f"Event pattern is not valid. Reason: {reason}")


def no_bus(name: str) -> ResourceNotFound:
    return ResourceNotFound(f"Event bus {name} does not exist.")


def no_rule(name: str, bus: str) -> ResourceNotFound:
    return ResourceNotFound(f"Rule {name} does not exist on EventBus {bus}.")


def invalid_parameter(name: str, reason: str = "") -> ValidationException:
    return ValidationException(f"Parameter {name} is not valid." + (f" Reason: {reason}" if reason else ""))


class EndpointBusy(AwsError):
    """An API destination that may take the event another time."""

    code = "EndpointBusy"
    status = 503


class EndpointRefused(AwsError):
    """An API destination that will not take the event."""

    code = "EndpointRefused"


class TooEarly(AwsError):
    """A call of an API destination whose turn comes at `slot`, in epoch seconds."""

    code = "TooEarly"
    status = 429

    def __init__(self, slot: float) -> None:
        super().__init__("The API destination takes no more calls this moment.")
        self.slot = slot
