"""CloudWatch's errors. The metric operations and the alarm operations have two styles of their own, as on AWS."""

from cloudchamber.core.errors import AwsError


class InvalidParameterValue(AwsError):
    code = "InvalidParameterValueException"


class InvalidParameterCombination(AwsError):
    code = "InvalidParameterCombinationException"


class MissingParameter(AwsError):
    """`parameter` is what the call should have had."""

    code = "MissingRequiredParameterException"

    def __init__(self, parameter: str) -> None:
        super().__init__(f"The parameter {parameter} is required.")


class InvalidAlarm(AwsError):
    """What alarm operations and GetMetricData refuse."""

    code = "ValidationError"


class InvalidNextToken(AwsError):
    code = "InvalidNextToken"

    def __init__(self) -> None:
        super().__init__("The next token is invalid.")


class NoSuchAlarm(AwsError):
    code = "ResourceNotFound"
    status = 404


class NoSuchResource(AwsError):
    code = "ResourceNotFoundException"
    status = 404

    def __init__(self, arn: str) -> None:
        super().__init__(f"Unknown resource: {arn}", members={"ResourceType": "alarm", "ResourceId": arn})


class NoSuchDashboard(AwsError):
    code = "DashboardNotFoundError"
    status = 404

    def __init__(self, name: str) -> None:
        super().__init__(f"Dashboard {name} does not exist")


class InvalidDashboard(AwsError):
    code = "DashboardInvalidInputError"


class InvalidFormat(AwsError):
    code = "InvalidFormatFault"


class LimitExceeded(AwsError):
    code = "LimitExceededFault"
