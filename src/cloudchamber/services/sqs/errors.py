"""SQS's errors, by the codes the query protocol gives them (the JSON protocol's names are in `wire.py`)."""

from cloudchamber.core.errors import AwsError


class QueueDoesNotExist(AwsError):
    code = "AWS.SimpleQueueService.NonExistentQueue"

    def __init__(self, protocol: str) -> None:
        suffix = " for this wsdl version" if protocol == "query" else ""
        super().__init__(f"The specified queue does not exist{suffix}.")


class QueueNameExists(AwsError):
    code = "QueueAlreadyExists"


class InvalidParameterValue(AwsError):
    code = "InvalidParameterValue"


class MissingParameter(AwsError):
    code = "MissingParameter"

    def __init__(self, name: str) -> None:
        super().__init__(f"The request must contain the parameter {name}.")


class InvalidAttributeName(AwsError):
    code = "InvalidAttributeName"


class InvalidAttributeValue(AwsError):
    code = "InvalidAttributeValue"

    def __init__(self, name: str) -> None:
        super().__init__(f"Invalid value for the parameter {name}.")


class InvalidMessageContents(AwsError):
    code = "InvalidMessageContents"


class UnsupportedOperation(AwsError):
    code = "AWS.SimpleQueueService.UnsupportedOperation"


class ReceiptHandleIsInvalid(AwsError):
    code = "ReceiptHandleIsInvalid"
    status = 404


class OverLimit(AwsError):
    code = "OverLimit"
    status = 403


class PurgeQueueInProgress(AwsError):
    code = "AWS.SimpleQueueService.PurgeQueueInProgress"
    status = 403


class ResourceNotFound(AwsError):
    code = "ResourceNotFoundException"
    status = 404


class EmptyBatchRequest(AwsError):
    code = "AWS.SimpleQueueService.EmptyBatchRequest"


class TooManyEntriesInBatchRequest(AwsError):
    code = "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"


class BatchEntryIdsNotDistinct(AwsError):
    code = "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"


class InvalidBatchEntryId(AwsError):
    code = "AWS.SimpleQueueService.InvalidBatchEntryId"


class BatchRequestTooLong(AwsError):
    code = "AWS.SimpleQueueService.BatchRequestTooLong"


class KmsRefusal(AwsError):
    """KMS has refused the key of a queue; the code says why."""


def invalid_value(value: object, parameter: str, reason: str) -> InvalidParameterValue:
    return InvalidParameterValue(f"Value {value} for parameter {parameter} is invalid. Reason: {reason}")
