"""Secrets Manager's errors."""

from cloudchamber.core.errors import AwsError


class ResourceNotFound(AwsError):
    code = "ResourceNotFoundException"

    def __init__(self, message: str = "Secrets Manager can't find the specified secret.") -> None:
        super().__init__(message)


class ResourceExists(AwsError):
    code = "ResourceExistsException"


class InvalidRequest(AwsError):
    code = "InvalidRequestException"


class InvalidParameter(AwsError):
    code = "InvalidParameterException"


class InvalidNextToken(AwsError):
    code = "InvalidNextTokenException"

    def __init__(self) -> None:
        super().__init__("Invalid NextToken.")


class LimitExceeded(AwsError):
    code = "LimitExceededException"


class EncryptionFailure(AwsError):
    code = "EncryptionFailure"

    def __init__(self) -> None:
        super().__init__(
            "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that the KMS "
            "key is available, enabled, and not in an invalid state."
        )


class DecryptionFailure(AwsError):
    code = "DecryptionFailure"

    def __init__(self) -> None:
        super().__init__("Secrets Manager can't decrypt the protected secret text using the provided KMS key.")


class MalformedPolicyDocument(AwsError):
    code = "MalformedPolicyDocumentException"


class PublicPolicy(AwsError):
    code = "PublicPolicyException"


MARKED_FOR_DELETION = "You can't perform this operation on the secret because it was marked for deletion."
