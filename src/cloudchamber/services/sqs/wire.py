"""The traits of SQS's query protocol, which the SDKs' model lost when it moved to JSON.

Old SDKs, the AWS CLI v1 of old, signed links and many tools still speak it; names are those of the API reference.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/
"""

from __future__ import annotations

from typing import Any

NAMESPACE = "http://queue.amazonaws.com/doc/2012-11-05/"
_PAIR = {"flattened": True, "key": {"locationName": "Name"}, "value": {"locationName": "Value"}}


def _items(name: str) -> dict[str, Any]:
    return {"flattened": True, "member": {"locationName": name}}


def _map(name: str) -> dict[str, Any]:
    return {**_PAIR, "locationName": name}


_SHAPES: dict[str, Any] = {
    "QueueAttributeMap": _map("Attribute"),
    "MessageSystemAttributeMap": _map("Attribute"),
    "MessageBodyAttributeMap": _map("MessageAttribute"),
    "MessageBodySystemAttributeMap": _map("MessageSystemAttribute"),
    "TagMap": {
        "flattened": True, "locationName": "Tag", "key": {"locationName": "Key"}, "value": {"locationName": "Value"},
    },
    "TagKeyList": _items("TagKey"),
    "AttributeNameList": _items("AttributeName"),
    "MessageSystemAttributeList": _items("MessageSystemAttributeName"),
    "MessageAttributeNameList": _items("MessageAttributeName"),
    "ActionNameList": _items("ActionName"),
    "AWSAccountIdList": _items("AWSAccountId"),
    "QueueUrlList": _items("QueueUrl"),
    "MessageList": _items("Message"),
    "SendMessageBatchRequestEntryList": _items("SendMessageBatchRequestEntry"),
    "SendMessageBatchResultEntryList": _items("SendMessageBatchResultEntry"),
    "DeleteMessageBatchRequestEntryList": _items("DeleteMessageBatchRequestEntry"),
    "DeleteMessageBatchResultEntryList": _items("DeleteMessageBatchResultEntry"),
    "ChangeMessageVisibilityBatchRequestEntryList": _items("ChangeMessageVisibilityBatchRequestEntry"),
    "ChangeMessageVisibilityBatchResultEntryList": _items("ChangeMessageVisibilityBatchResultEntry"),
    "BatchResultErrorEntryList": _items("BatchResultErrorEntry"),
    "ListMessageMoveTasksResultEntryList": _items("ListMessageMoveTasksResultEntry"),
    "StringList": _items("StringListValue"),
    "BinaryList": _items("BinaryListValue"),
}  # fmt: skip


def _error(code: str, status: int = 400) -> dict[str, Any]:
    return {"error": {"code": code, "httpStatusCode": status, "senderFault": True}}


_PREFIX = "AWS.SimpleQueueService."
_ERRORS: dict[str, Any] = {
    "QueueDoesNotExist": _error(_PREFIX + "NonExistentQueue"),
    "QueueNameExists": _error("QueueAlreadyExists"),
    "QueueDeletedRecently": _error(_PREFIX + "QueueDeletedRecently"),
    "UnsupportedOperation": _error(_PREFIX + "UnsupportedOperation"),
    "MessageNotInflight": _error(_PREFIX + "MessageNotInflight"),
    "PurgeQueueInProgress": _error(_PREFIX + "PurgeQueueInProgress", 403),
    "EmptyBatchRequest": _error(_PREFIX + "EmptyBatchRequest"),
    "TooManyEntriesInBatchRequest": _error(_PREFIX + "TooManyEntriesInBatchRequest"),
    "BatchEntryIdsNotDistinct": _error(_PREFIX + "BatchEntryIdsNotDistinct"),
    "InvalidBatchEntryId": _error(_PREFIX + "InvalidBatchEntryId"),
    "BatchRequestTooLong": _error(_PREFIX + "BatchRequestTooLong"),
    "ReceiptHandleIsInvalid": _error("ReceiptHandleIsInvalid", 404),
    "ResourceNotFoundException": _error("ResourceNotFoundException", 404),
    "OverLimit": _error("OverLimit", 403),
    "KmsAccessDenied": _error("KMS.AccessDeniedException"),
    "KmsDisabled": _error("KMS.DisabledException"),
    "KmsInvalidKeyUsage": _error("KMS.InvalidKeyUsageException"),
    "KmsInvalidState": _error("KMS.InvalidStateException"),
    "KmsNotFound": _error("KMS.NotFoundException"),
    "KmsOptInRequired": _error("KMS.OptInRequired"),
    "KmsThrottled": _error("KMS.ThrottlingException"),
}

MODEL_PATCH: dict[str, Any] = {"metadata": {"xmlNamespace": NAMESPACE}, "shapes": _ERRORS}
QUERY_PATCH: dict[str, Any] = {"shapes": _SHAPES}
