"""Parameter Store's errors. A parameter that is not there carries no message, on AWS and here."""

from cloudchamber.core.errors import AwsError, ValidationError


class ParameterNotFound(AwsError):
    code = "ParameterNotFound"


class ParameterVersionNotFound(AwsError):
    code = "ParameterVersionNotFound"

    def __init__(self, selector: object, name: str) -> None:
        super().__init__(
            f"Systems Manager could not find version {selector} of {name}. Verify the version and try again."
        )


class ParameterAlreadyExists(AwsError):
    code = "ParameterAlreadyExists"

    def __init__(self) -> None:
        super().__init__(
            "The parameter already exists. To overwrite this value, set the overwrite option in the request to true."
        )


class ParameterLimitExceeded(AwsError):
    code = "ParameterLimitExceeded"


class ParameterMaxVersionLimitExceeded(AwsError):
    code = "ParameterMaxVersionLimitExceeded"


class ParameterVersionLabelLimitExceeded(AwsError):
    code = "ParameterVersionLabelLimitExceeded"

    def __init__(self) -> None:
        super().__init__(
            "A parameter version can have maximum 10 labels.Move one or more labels to another version and try again."
        )


class ParameterPatternMismatch(AwsError):
    code = "ParameterPatternMismatchException"


class InvalidAllowedPattern(AwsError):
    code = "InvalidAllowedPatternException"

    def __init__(self) -> None:
        super().__init__("The request does not meet the regular expression requirement.")


class HierarchyLevelLimitExceeded(AwsError):
    code = "HierarchyLevelLimitExceededException"

    def __init__(self) -> None:
        super().__init__(
            "A hierarchy can have a maximum of 15 levels. For more information, see About requirements and constraints "
            "for parameter names in the AWS Systems Manager User Guide."
        )


class InvalidKeyId(AwsError):
    code = "InvalidKeyId"


class InvalidPolicyType(AwsError):
    code = "InvalidPolicyTypeException"


class InvalidPolicyAttribute(AwsError):
    code = "InvalidPolicyAttributeException"


class IncompatiblePolicy(AwsError):
    code = "IncompatiblePolicyException"


class PoliciesLimitExceeded(AwsError):
    code = "PoliciesLimitExceededException"


class InvalidFilterKey(AwsError):
    code = "InvalidFilterKey"


class InvalidFilterOption(AwsError):
    code = "InvalidFilterOption"


class InvalidFilterValue(AwsError):
    code = "InvalidFilterValue"


class InvalidNextToken(AwsError):
    code = "InvalidNextToken"

    def __init__(self) -> None:
        super().__init__("The specified token is not valid.")


class InvalidResourceId(AwsError):
    code = "InvalidResourceId"


class TooManyTags(AwsError):
    code = "TooManyTagsError"


class ServiceSettingNotFound(AwsError):
    code = "ServiceSettingNotFound"

    def __init__(self) -> None:
        super().__init__(
            "The specified service setting was not found. Either the service name or the setting has not been "
            "provisioned by the AWS service team."
        )


class ResourceNotFound(AwsError):
    code = "ResourceNotFoundException"


class ResourcePolicyInvalidParameter(AwsError):
    code = "ResourcePolicyInvalidParameterException"


class ResourcePolicyNotFound(AwsError):
    code = "ResourcePolicyNotFoundException"


class ResourcePolicyConflict(AwsError):
    code = "ResourcePolicyConflictException"


class ResourcePolicyLimitExceeded(AwsError):
    code = "ResourcePolicyLimitExceededException"


class MalformedResourcePolicy(AwsError):
    code = "MalformedResourcePolicyDocumentException"


def constraint(text: str) -> ValidationError:
    """A broken constraint that AWS's framework checks and botocore's model does not have."""
    return ValidationError(f"1 validation error detected: {text}")
