"""KMS's errors. Some of AWS's carry no message at all, and so do ours."""

from cloudchamber.core.errors import AwsError


class NotFound(AwsError):
    code = "NotFoundException"


class AlreadyExists(AwsError):
    code = "AlreadyExistsException"


class Conflict(AwsError):
    code = "ConflictException"


class Disabled(AwsError):
    code = "DisabledException"


class InvalidState(AwsError):
    code = "KMSInvalidStateException"


class InvalidArn(AwsError):
    code = "InvalidArnException"


class InvalidAliasName(AwsError):
    code = "InvalidAliasNameException"


class InvalidCiphertext(AwsError):
    code = "InvalidCiphertextException"


class InvalidGrantId(AwsError):
    code = "InvalidGrantIdException"


class InvalidGrantToken(AwsError):
    code = "InvalidGrantTokenException"


class InvalidImportToken(AwsError):
    code = "InvalidImportTokenException"


class ExpiredImportToken(AwsError):
    code = "ExpiredImportTokenException"


class IncorrectKey(AwsError):
    code = "IncorrectKeyException"

    def __init__(self) -> None:
        super().__init__("The key ID in the request does not identify a CMK that can perform this operation.")


class IncorrectKeyMaterial(AwsError):
    code = "IncorrectKeyMaterialException"


class InvalidKeyUsage(AwsError):
    code = "InvalidKeyUsageException"


class InvalidMac(AwsError):
    code = "KMSInvalidMacException"


class InvalidMarker(AwsError):
    code = "InvalidMarkerException"


class InvalidSignature(AwsError):
    code = "KMSInvalidSignatureException"


class LimitExceeded(AwsError):
    code = "LimitExceededException"


class MalformedPolicyDocument(AwsError):
    code = "MalformedPolicyDocumentException"


class TagError(AwsError):
    code = "TagException"


class UnsupportedOperation(AwsError):
    code = "UnsupportedOperationException"


class DryRunOperation(AwsError):
    code = "DryRunOperationException"

    def __init__(self) -> None:
        super().__init__("The request would have succeeded, but the DryRun option is set.")
