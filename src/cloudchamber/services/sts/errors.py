"""STS's errors: https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html and each operation's page."""

from __future__ import annotations

from cloudchamber.core.errors import AwsError


class InvalidParameterValue(AwsError):
    code = "InvalidParameterValue"


class MalformedPolicyDocument(AwsError):
    code = "MalformedPolicyDocument"


class PackedPolicyTooLarge(AwsError):
    code = "PackedPolicyTooLarge"


class InvalidIdentityToken(AwsError):
    code = "InvalidIdentityToken"


class ExpiredIdentityToken(AwsError):
    """The token an identity provider gave; expired credentials of our own are the gateway's `ExpiredToken`."""

    code = "ExpiredTokenException"


class IdpCommunicationError(AwsError):
    code = "IDPCommunicationError"


class IdpRejectedClaim(AwsError):
    code = "IDPRejectedClaim"
    status = 403


class InvalidAuthorizationMessage(AwsError):
    code = "InvalidAuthorizationMessageException"

    def __init__(self) -> None:
        super().__init__("Message is not valid")


class InvalidClientTokenId(AwsError):
    code = "InvalidClientTokenId"
    status = 403
