"""SNS's errors, by the codes the query protocol gives them."""

from cloudchamber.core.errors import AwsError


class InvalidParameter(AwsError):
    """`reason` is what follows "Invalid parameter: "."""

    code = "InvalidParameter"

    def __init__(self, reason: str) -> None:
        super().__init__(f"Invalid parameter: {reason}")


class InvalidAttributeValue(AwsError):
    """A message attribute that AWS does not take."""

    code = "ParameterValueInvalid"


class NotFound(AwsError):
    code = "NotFound"
    status = 404


class NoSuchTopic(NotFound):
    def __init__(self) -> None:
        super().__init__("Topic does not exist")


class NoSuchSubscription(NotFound):
    def __init__(self) -> None:
        super().__init__("Subscription does not exist")


class NoSuchResource(AwsError):
    code = "ResourceNotFound"
    status = 404

    def __init__(self) -> None:
        super().__init__("Resource does not exist")


class AuthorizationError(AwsError):
    code = "AuthorizationError"
    status = 403


class SubscriptionLimitExceeded(AwsError):
    code = "SubscriptionLimitExceeded"
    status = 403


class FilterPolicyLimitExceeded(AwsError):
    code = "FilterPolicyLimitExceeded"
    status = 403


class TagLimitExceeded(AwsError):
    code = "TagLimitExceeded"

    def __init__(self) -> None:
        super().__init__("Could not complete request: tag quota of per resource exceeded")


class EndpointDisabled(AwsError):
    code = "EndpointDisabled"

    def __init__(self) -> None:
        super().__init__("Endpoint is disabled")


class PlatformApplicationDisabled(AwsError):
    code = "PlatformApplicationDisabled"

    def __init__(self) -> None:
        super().__init__("Platform application is disabled")


class EmptyBatchRequest(AwsError):
    code = "EmptyBatchRequest"

    def __init__(self) -> None:
        super().__init__("The batch request doesn't contain any entries.")


class TooManyEntriesInBatchRequest(AwsError):
    code = "TooManyEntriesInBatchRequest"

    def __init__(self) -> None:
        super().__init__("The batch request contains more entries than permissible.")


class BatchEntryIdsNotDistinct(AwsError):
    code = "BatchEntryIdsNotDistinct"

    def __init__(self) -> None:
        super().__init__("Two or more batch entries in the request have the same Id.")


class InvalidBatchEntryId(AwsError):
    code = "InvalidBatchEntryId"

    def __init__(self) -> None:
        super().__init__("The Id of a batch entry in a batch request doesn't abide by the specification.")


class BatchRequestTooLong(AwsError):
    code = "BatchRequestTooLong"

    def __init__(self) -> None:
        super().__init__("The length of all the batch messages put together is more than the limit.")


class KmsRefusal(AwsError):
    """What KMS said to a publish on an encrypted topic, under SNS's name for it."""


class OptedOut(AwsError):
    code = "OptedOut"


class UserError(AwsError):
    code = "UserError"


class VerificationFailed(AwsError):
    """A one-time password that is not the one that was sent."""

    code = "VerificationException"
    status = 400

    def __init__(self) -> None:
        text = "The one-time password is invalid."
        super().__init__(text, members={"Message": text, "Status": "INVALID_OTP"})
