"""Inputs and outputs of sns, for the type checker. Written by tools/shapes.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

__all__ = ["Any", "Mapping", "NotRequired", "Sequence"]


class AddPermissionInput(TypedDict):
    TopicArn: str
    Label: str
    AWSAccountId: Sequence[str]
    ActionName: Sequence[str]


class BatchResultErrorEntry(TypedDict):
    Id: str
    Code: str
    Message: NotRequired[str]
    SenderFault: bool


class CheckIfPhoneNumberIsOptedOutInput(TypedDict):
    phoneNumber: str


class CheckIfPhoneNumberIsOptedOutResponse(TypedDict):
    isOptedOut: NotRequired[bool]


class ConfirmSubscriptionInput(TypedDict):
    TopicArn: str
    Token: str
    AuthenticateOnUnsubscribe: NotRequired[str]


class ConfirmSubscriptionResponse(TypedDict):
    SubscriptionArn: NotRequired[str]


class CreateEndpointResponse(TypedDict):
    EndpointArn: NotRequired[str]


class CreatePlatformApplicationInput(TypedDict):
    Name: str
    Platform: str
    Attributes: Mapping[str, str]


class CreatePlatformApplicationResponse(TypedDict):
    PlatformApplicationArn: NotRequired[str]


class CreatePlatformEndpointInput(TypedDict):
    PlatformApplicationArn: str
    Token: str
    CustomUserData: NotRequired[str]
    Attributes: NotRequired[Mapping[str, str]]


class CreateSMSSandboxPhoneNumberInput(TypedDict):
    PhoneNumber: str
    LanguageCode: NotRequired[str]


class CreateSMSSandboxPhoneNumberResult(TypedDict):
    pass


class CreateTopicInput(TypedDict):
    Name: str
    Attributes: NotRequired[Mapping[str, str]]
    Tags: NotRequired[Sequence[Tag]]
    DataProtectionPolicy: NotRequired[str]


class CreateTopicResponse(TypedDict):
    TopicArn: NotRequired[str]


class DeleteEndpointInput(TypedDict):
    EndpointArn: str


class DeletePlatformApplicationInput(TypedDict):
    PlatformApplicationArn: str


class DeleteSMSSandboxPhoneNumberInput(TypedDict):
    PhoneNumber: str


class DeleteSMSSandboxPhoneNumberResult(TypedDict):
    pass


class DeleteTopicInput(TypedDict):
    TopicArn: str


class Endpoint(TypedDict):
    EndpointArn: NotRequired[str]
    Attributes: NotRequired[Mapping[str, str]]


class GetDataProtectionPolicyInput(TypedDict):
    ResourceArn: str


class GetDataProtectionPolicyResponse(TypedDict):
    DataProtectionPolicy: NotRequired[str]


class GetEndpointAttributesInput(TypedDict):
    EndpointArn: str


class GetEndpointAttributesResponse(TypedDict):
    Attributes: NotRequired[Mapping[str, str]]


class GetPlatformApplicationAttributesInput(TypedDict):
    PlatformApplicationArn: str


class GetPlatformApplicationAttributesResponse(TypedDict):
    Attributes: NotRequired[Mapping[str, str]]


class GetSMSAttributesInput(TypedDict):
    attributes: NotRequired[Sequence[str]]


class GetSMSAttributesResponse(TypedDict):
    attributes: NotRequired[Mapping[str, str]]


class GetSMSSandboxAccountStatusInput(TypedDict):
    pass


class GetSMSSandboxAccountStatusResult(TypedDict):
    IsInSandbox: bool


class GetSubscriptionAttributesInput(TypedDict):
    SubscriptionArn: str


class GetSubscriptionAttributesResponse(TypedDict):
    Attributes: NotRequired[Mapping[str, str]]


class GetTopicAttributesInput(TypedDict):
    TopicArn: str


class GetTopicAttributesResponse(TypedDict):
    Attributes: NotRequired[Mapping[str, str]]


class ListEndpointsByPlatformApplicationInput(TypedDict):
    PlatformApplicationArn: str
    NextToken: NotRequired[str]


class ListEndpointsByPlatformApplicationResponse(TypedDict):
    Endpoints: NotRequired[Sequence[Endpoint]]
    NextToken: NotRequired[str]


class ListOriginationNumbersRequest(TypedDict):
    NextToken: NotRequired[str]
    MaxResults: NotRequired[int]


class ListOriginationNumbersResult(TypedDict):
    NextToken: NotRequired[str]
    PhoneNumbers: NotRequired[Sequence[PhoneNumberInformation]]


class ListPhoneNumbersOptedOutInput(TypedDict):
    nextToken: NotRequired[str]


class ListPhoneNumbersOptedOutResponse(TypedDict):
    phoneNumbers: NotRequired[Sequence[str]]
    nextToken: NotRequired[str]


class ListPlatformApplicationsInput(TypedDict):
    NextToken: NotRequired[str]


class ListPlatformApplicationsResponse(TypedDict):
    PlatformApplications: NotRequired[Sequence[PlatformApplication]]
    NextToken: NotRequired[str]


class ListSMSSandboxPhoneNumbersInput(TypedDict):
    NextToken: NotRequired[str]
    MaxResults: NotRequired[int]


class ListSMSSandboxPhoneNumbersResult(TypedDict):
    PhoneNumbers: Sequence[SMSSandboxPhoneNumber]
    NextToken: NotRequired[str]


class ListSubscriptionsByTopicInput(TypedDict):
    TopicArn: str
    NextToken: NotRequired[str]


class ListSubscriptionsByTopicResponse(TypedDict):
    Subscriptions: NotRequired[Sequence[Subscription]]
    NextToken: NotRequired[str]


class ListSubscriptionsInput(TypedDict):
    NextToken: NotRequired[str]


class ListSubscriptionsResponse(TypedDict):
    Subscriptions: NotRequired[Sequence[Subscription]]
    NextToken: NotRequired[str]


class ListTagsForResourceRequest(TypedDict):
    ResourceArn: str


class ListTagsForResourceResponse(TypedDict):
    Tags: NotRequired[Sequence[Tag]]


class ListTopicsInput(TypedDict):
    NextToken: NotRequired[str]


class ListTopicsResponse(TypedDict):
    Topics: NotRequired[Sequence[Topic]]
    NextToken: NotRequired[str]


class MessageAttributeValue(TypedDict):
    DataType: str
    StringValue: NotRequired[str]
    BinaryValue: NotRequired[bytes]


class OptInPhoneNumberInput(TypedDict):
    phoneNumber: str


class OptInPhoneNumberResponse(TypedDict):
    pass


class PhoneNumberInformation(TypedDict):
    CreatedAt: NotRequired[float]
    PhoneNumber: NotRequired[str]
    Status: NotRequired[str]
    Iso2CountryCode: NotRequired[str]
    RouteType: NotRequired[str]
    NumberCapabilities: NotRequired[Sequence[str]]


class PlatformApplication(TypedDict):
    PlatformApplicationArn: NotRequired[str]
    Attributes: NotRequired[Mapping[str, str]]


class PublishBatchInput(TypedDict):
    TopicArn: str
    PublishBatchRequestEntries: Sequence[PublishBatchRequestEntry]


class PublishBatchRequestEntry(TypedDict):
    Id: str
    Message: str
    Subject: NotRequired[str]
    MessageStructure: NotRequired[str]
    MessageAttributes: NotRequired[Mapping[str, MessageAttributeValue]]
    MessageDeduplicationId: NotRequired[str]
    MessageGroupId: NotRequired[str]


class PublishBatchResponse(TypedDict):
    Successful: NotRequired[Sequence[PublishBatchResultEntry]]
    Failed: NotRequired[Sequence[BatchResultErrorEntry]]


class PublishBatchResultEntry(TypedDict):
    Id: NotRequired[str]
    MessageId: NotRequired[str]
    SequenceNumber: NotRequired[str]


class PublishInput(TypedDict):
    TopicArn: NotRequired[str]
    TargetArn: NotRequired[str]
    PhoneNumber: NotRequired[str]
    Message: str
    Subject: NotRequired[str]
    MessageStructure: NotRequired[str]
    MessageAttributes: NotRequired[Mapping[str, MessageAttributeValue]]
    MessageDeduplicationId: NotRequired[str]
    MessageGroupId: NotRequired[str]


class PublishResponse(TypedDict):
    MessageId: NotRequired[str]
    SequenceNumber: NotRequired[str]


class PutDataProtectionPolicyInput(TypedDict):
    ResourceArn: str
    DataProtectionPolicy: str


class RemovePermissionInput(TypedDict):
    TopicArn: str
    Label: str


class SMSSandboxPhoneNumber(TypedDict):
    PhoneNumber: NotRequired[str]
    Status: NotRequired[str]


class SetEndpointAttributesInput(TypedDict):
    EndpointArn: str
    Attributes: Mapping[str, str]


class SetPlatformApplicationAttributesInput(TypedDict):
    PlatformApplicationArn: str
    Attributes: Mapping[str, str]


class SetSMSAttributesInput(TypedDict):
    attributes: Mapping[str, str]


class SetSMSAttributesResponse(TypedDict):
    pass


class SetSubscriptionAttributesInput(TypedDict):
    SubscriptionArn: str
    AttributeName: str
    AttributeValue: NotRequired[str]


class SetTopicAttributesInput(TypedDict):
    TopicArn: str
    AttributeName: str
    AttributeValue: NotRequired[str]


class SubscribeInput(TypedDict):
    TopicArn: str
    Protocol: str
    Endpoint: NotRequired[str]
    Attributes: NotRequired[Mapping[str, str]]
    ReturnSubscriptionArn: NotRequired[bool]


class SubscribeResponse(TypedDict):
    SubscriptionArn: NotRequired[str]


class Subscription(TypedDict):
    SubscriptionArn: NotRequired[str]
    Owner: NotRequired[str]
    Protocol: NotRequired[str]
    Endpoint: NotRequired[str]
    TopicArn: NotRequired[str]


class Tag(TypedDict):
    Key: str
    Value: str


class TagResourceRequest(TypedDict):
    ResourceArn: str
    Tags: Sequence[Tag]


class TagResourceResponse(TypedDict):
    pass


class Topic(TypedDict):
    TopicArn: NotRequired[str]


class UnsubscribeInput(TypedDict):
    SubscriptionArn: str


class UntagResourceRequest(TypedDict):
    ResourceArn: str
    TagKeys: Sequence[str]


class UntagResourceResponse(TypedDict):
    pass


class VerifySMSSandboxPhoneNumberInput(TypedDict):
    PhoneNumber: str
    OneTimePassword: str


class VerifySMSSandboxPhoneNumberResult(TypedDict):
    pass
