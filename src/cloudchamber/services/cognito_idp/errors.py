"""The errors of Cognito user pools, with the messages that more than one operation gives."""

from cloudchamber.core.errors import AwsError


class InvalidParameter(AwsError):
    code = "InvalidParameterException"


class ResourceNotFound(AwsError):
    code = "ResourceNotFoundException"


class NotAuthorized(AwsError):
    code = "NotAuthorizedException"

    def __init__(self, message: str = "Incorrect username or password.") -> None:
        super().__init__(message)


class UserNotFound(AwsError):
    code = "UserNotFoundException"

    def __init__(self, message: str = "User does not exist.") -> None:
        super().__init__(message)


class UserNotConfirmed(AwsError):
    code = "UserNotConfirmedException"

    def __init__(self) -> None:
        super().__init__("User is not confirmed.")


class PasswordResetRequired(AwsError):
    code = "PasswordResetRequiredException"

    def __init__(self) -> None:
        super().__init__("Password reset required for the user")


class UsernameExists(AwsError):
    code = "UsernameExistsException"


class AliasExists(AwsError):
    code = "AliasExistsException"


class InvalidPassword(AwsError):
    code = "InvalidPasswordException"


class PasswordHistoryViolation(AwsError):
    code = "PasswordHistoryPolicyViolationException"

    def __init__(self) -> None:
        super().__init__("Password has previously been used")


class CodeMismatch(AwsError):
    code = "CodeMismatchException"

    def __init__(self, message: str = "Invalid verification code provided, please try again.") -> None:
        super().__init__(message)


class ExpiredCode(AwsError):
    code = "ExpiredCodeException"

    def __init__(self, message: str = "Invalid code provided, please request a code again.") -> None:
        super().__init__(message)


class CodeDeliveryFailure(AwsError):
    code = "CodeDeliveryFailureException"


class InvalidSmsRole(AwsError):
    code = "InvalidSmsRoleAccessPolicyException"

    def __init__(self) -> None:
        super().__init__("Role does not have permission to publish with SNS")


class InvalidSmsRoleTrust(AwsError):
    code = "InvalidSmsRoleTrustRelationshipException"

    def __init__(self) -> None:
        super().__init__("Role does not have a trust relationship allowing Cognito to assume the role")


class EnableSoftwareTokenMfa(AwsError):
    code = "EnableSoftwareTokenMFAException"

    def __init__(self) -> None:
        super().__init__("Code mismatch")


class SoftwareTokenMfaNotFound(AwsError):
    code = "SoftwareTokenMFANotFoundException"


class GroupExists(AwsError):
    code = "GroupExistsException"

    def __init__(self) -> None:
        super().__init__("A group with the name already exists.")


class DuplicateProvider(AwsError):
    code = "DuplicateProviderException"


class LimitExceeded(AwsError):
    code = "LimitExceededException"


class UserLambdaValidation(AwsError):
    code = "UserLambdaValidationException"


class UnexpectedLambda(AwsError):
    code = "UnexpectedLambdaException"


class InvalidLambdaResponse(AwsError):
    code = "InvalidLambdaResponseException"


class RefreshTokenReuse(AwsError):
    code = "RefreshTokenReuseException"

    def __init__(self) -> None:
        super().__init__("Refresh token has been reused.")


class UnsupportedTokenType(AwsError):
    code = "UnsupportedTokenTypeException"


class UnsupportedOperation(AwsError):
    code = "UnsupportedOperationException"


class UnauthorizedClient(AwsError):
    code = "UnauthorizedException"


class ScopeDoesNotExist(AwsError):
    code = "ScopeDoesNotExistException"


class InvalidOAuthFlow(AwsError):
    code = "InvalidOAuthFlowException"


class PreconditionNotMet(AwsError):
    code = "PreconditionNotMetException"


class UserImportInProgress(AwsError):
    code = "UserImportInProgressException"


class UserPoolTagging(AwsError):
    code = "UserPoolTaggingException"


class DeviceKeyExists(AwsError):
    code = "DeviceKeyExistsException"

    def __init__(self) -> None:
        super().__init__("Device with the device key already exists.")


class UnsupportedUserState(AwsError):
    code = "UnsupportedUserStateException"
