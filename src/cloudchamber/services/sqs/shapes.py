"""Inputs and outputs of sqs, for the type checker. Written by tools/shapes.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

__all__ = ["Any", "Mapping", "NotRequired", "Sequence"]


class AddPermissionRequest(TypedDict):
    QueueUrl: str
    Label: str
    AWSAccountIds: Sequence[str]
    Actions: Sequence[str]


class BatchResultErrorEntry(TypedDict):
    Id: str
    SenderFault: bool
    Code: str
    Message: NotRequired[str]


class CancelMessageMoveTaskRequest(TypedDict):
    TaskHandle: str


class CancelMessageMoveTaskResult(TypedDict):
    ApproximateNumberOfMessagesMoved: NotRequired[int]


class ChangeMessageVisibilityBatchRequest(TypedDict):
    QueueUrl: str
    Entries: Sequence[ChangeMessageVisibilityBatchRequestEntry]


class ChangeMessageVisibilityBatchRequestEntry(TypedDict):
    Id: str
    ReceiptHandle: str
    VisibilityTimeout: NotRequired[int]


class ChangeMessageVisibilityBatchResult(TypedDict):
    Successful: Sequence[ChangeMessageVisibilityBatchResultEntry]
    Failed: Sequence[BatchResultErrorEntry]


class ChangeMessageVisibilityBatchResultEntry(TypedDict):
    Id: str


class ChangeMessageVisibilityRequest(TypedDict):
    QueueUrl: str
    ReceiptHandle: str
    VisibilityTimeout: int


class CreateQueueRequest(TypedDict):
    QueueName: str
    Attributes: NotRequired[Mapping[str, str]]
    tags: NotRequired[Mapping[str, str]]


class CreateQueueResult(TypedDict):
    QueueUrl: NotRequired[str]


class DeleteMessageBatchRequest(TypedDict):
    QueueUrl: str
    Entries: Sequence[DeleteMessageBatchRequestEntry]


class DeleteMessageBatchRequestEntry(TypedDict):
    Id: str
    ReceiptHandle: str


class DeleteMessageBatchResult(TypedDict):
    Successful: Sequence[DeleteMessageBatchResultEntry]
    Failed: Sequence[BatchResultErrorEntry]


class DeleteMessageBatchResultEntry(TypedDict):
    Id: str


class DeleteMessageRequest(TypedDict):
    QueueUrl: str
    ReceiptHandle: str


class DeleteQueueRequest(TypedDict):
    QueueUrl: str


class GetQueueAttributesRequest(TypedDict):
    QueueUrl: str
    AttributeNames: NotRequired[Sequence[str]]


class GetQueueAttributesResult(TypedDict):
    Attributes: NotRequired[Mapping[str, str]]


class GetQueueUrlRequest(TypedDict):
    QueueName: str
    QueueOwnerAWSAccountId: NotRequired[str]


class GetQueueUrlResult(TypedDict):
    QueueUrl: NotRequired[str]


class ListDeadLetterSourceQueuesRequest(TypedDict):
    QueueUrl: str
    NextToken: NotRequired[str]
    MaxResults: NotRequired[int]


class ListDeadLetterSourceQueuesResult(TypedDict):
    queueUrls: Sequence[str]
    NextToken: NotRequired[str]


class ListMessageMoveTasksRequest(TypedDict):
    SourceArn: str
    MaxResults: NotRequired[int]


class ListMessageMoveTasksResult(TypedDict):
    Results: NotRequired[Sequence[ListMessageMoveTasksResultEntry]]


class ListMessageMoveTasksResultEntry(TypedDict):
    TaskHandle: NotRequired[str]
    Status: NotRequired[str]
    SourceArn: NotRequired[str]
    DestinationArn: NotRequired[str]
    MaxNumberOfMessagesPerSecond: NotRequired[int]
    ApproximateNumberOfMessagesMoved: NotRequired[int]
    ApproximateNumberOfMessagesToMove: NotRequired[int]
    FailureReason: NotRequired[str]
    StartedTimestamp: NotRequired[int]


class ListQueueTagsRequest(TypedDict):
    QueueUrl: str


class ListQueueTagsResult(TypedDict):
    Tags: NotRequired[Mapping[str, str]]


class ListQueuesRequest(TypedDict):
    QueueNamePrefix: NotRequired[str]
    NextToken: NotRequired[str]
    MaxResults: NotRequired[int]


class ListQueuesResult(TypedDict):
    QueueUrls: NotRequired[Sequence[str]]
    NextToken: NotRequired[str]


class Message(TypedDict):
    MessageId: NotRequired[str]
    ReceiptHandle: NotRequired[str]
    MD5OfBody: NotRequired[str]
    Body: NotRequired[str]
    Attributes: NotRequired[Mapping[str, str]]
    MD5OfMessageAttributes: NotRequired[str]
    MessageAttributes: NotRequired[Mapping[str, MessageAttributeValue]]


class MessageAttributeValue(TypedDict):
    StringValue: NotRequired[str]
    BinaryValue: NotRequired[bytes]
    StringListValues: NotRequired[Sequence[str]]
    BinaryListValues: NotRequired[Sequence[bytes]]
    DataType: str


class MessageSystemAttributeValue(TypedDict):
    StringValue: NotRequired[str]
    BinaryValue: NotRequired[bytes]
    StringListValues: NotRequired[Sequence[str]]
    BinaryListValues: NotRequired[Sequence[bytes]]
    DataType: str


class PurgeQueueRequest(TypedDict):
    QueueUrl: str


class ReceiveMessageRequest(TypedDict):
    QueueUrl: str
    AttributeNames: NotRequired[Sequence[str]]
    MessageSystemAttributeNames: NotRequired[Sequence[str]]
    MessageAttributeNames: NotRequired[Sequence[str]]
    MaxNumberOfMessages: NotRequired[int]
    VisibilityTimeout: NotRequired[int]
    WaitTimeSeconds: NotRequired[int]
    ReceiveRequestAttemptId: NotRequired[str]


class ReceiveMessageResult(TypedDict):
    Messages: NotRequired[Sequence[Message]]


class RemovePermissionRequest(TypedDict):
    QueueUrl: str
    Label: str


class SendMessageBatchRequest(TypedDict):
    QueueUrl: str
    Entries: Sequence[SendMessageBatchRequestEntry]


class SendMessageBatchRequestEntry(TypedDict):
    Id: str
    MessageBody: str
    DelaySeconds: NotRequired[int]
    MessageAttributes: NotRequired[Mapping[str, MessageAttributeValue]]
    MessageSystemAttributes: NotRequired[Mapping[str, MessageSystemAttributeValue]]
    MessageDeduplicationId: NotRequired[str]
    MessageGroupId: NotRequired[str]


class SendMessageBatchResult(TypedDict):
    Successful: Sequence[SendMessageBatchResultEntry]
    Failed: Sequence[BatchResultErrorEntry]


class SendMessageBatchResultEntry(TypedDict):
    Id: str
    MessageId: str
    MD5OfMessageBody: str
    MD5OfMessageAttributes: NotRequired[str]
    MD5OfMessageSystemAttributes: NotRequired[str]
    SequenceNumber: NotRequired[str]


class SendMessageRequest(TypedDict):
    QueueUrl: str
    MessageBody: str
    DelaySeconds: NotRequired[int]
    MessageAttributes: NotRequired[Mapping[str, MessageAttributeValue]]
    MessageSystemAttributes: NotRequired[Mapping[str, MessageSystemAttributeValue]]
    MessageDeduplicationId: NotRequired[str]
    MessageGroupId: NotRequired[str]


class SendMessageResult(TypedDict):
    MD5OfMessageBody: NotRequired[str]
    MD5OfMessageAttributes: NotRequired[str]
    MD5OfMessageSystemAttributes: NotRequired[str]
    MessageId: NotRequired[str]
    SequenceNumber: NotRequired[str]


class SetQueueAttributesRequest(TypedDict):
    QueueUrl: str
    Attributes: Mapping[str, str]


class StartMessageMoveTaskRequest(TypedDict):
    SourceArn: str
    DestinationArn: NotRequired[str]
    MaxNumberOfMessagesPerSecond: NotRequired[int]


class StartMessageMoveTaskResult(TypedDict):
    TaskHandle: NotRequired[str]


class TagQueueRequest(TypedDict):
    QueueUrl: str
    Tags: Mapping[str, str]


class UntagQueueRequest(TypedDict):
    QueueUrl: str
    TagKeys: Sequence[str]
