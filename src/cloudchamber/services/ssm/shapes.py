"""Inputs and outputs of ssm, for the type checker. Written by tools/shapes.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

__all__ = ["Any", "Mapping", "NotRequired", "Sequence"]


class AddTagsToResourceRequest(TypedDict):
    ResourceType: str
    ResourceId: str
    Tags: Sequence[Tag]


class AddTagsToResourceResult(TypedDict):
    pass


class DeleteParameterRequest(TypedDict):
    Name: str


class DeleteParameterResult(TypedDict):
    pass


class DeleteParametersRequest(TypedDict):
    Names: Sequence[str]


class DeleteParametersResult(TypedDict):
    DeletedParameters: NotRequired[Sequence[str]]
    InvalidParameters: NotRequired[Sequence[str]]


class DeleteResourcePolicyRequest(TypedDict):
    ResourceArn: str
    PolicyId: str
    PolicyHash: str
    DeletionMode: NotRequired[str]


class DeleteResourcePolicyResponse(TypedDict):
    pass


class DescribeParametersRequest(TypedDict):
    Filters: NotRequired[Sequence[ParametersFilter]]
    ParameterFilters: NotRequired[Sequence[ParameterStringFilter]]
    MaxResults: NotRequired[int]
    NextToken: NotRequired[str]
    Shared: NotRequired[bool]


class DescribeParametersResult(TypedDict):
    Parameters: NotRequired[Sequence[ParameterMetadata]]
    NextToken: NotRequired[str]


class GetParameterHistoryRequest(TypedDict):
    Name: str
    WithDecryption: NotRequired[bool]
    MaxResults: NotRequired[int]
    NextToken: NotRequired[str]


class GetParameterHistoryResult(TypedDict):
    Parameters: NotRequired[Sequence[ParameterHistory]]
    NextToken: NotRequired[str]


class GetParameterRequest(TypedDict):
    Name: str
    WithDecryption: NotRequired[bool]


class GetParameterResult(TypedDict):
    Parameter: NotRequired[Parameter]


class GetParametersByPathRequest(TypedDict):
    Path: str
    Recursive: NotRequired[bool]
    ParameterFilters: NotRequired[Sequence[ParameterStringFilter]]
    WithDecryption: NotRequired[bool]
    MaxResults: NotRequired[int]
    NextToken: NotRequired[str]


class GetParametersByPathResult(TypedDict):
    Parameters: NotRequired[Sequence[Parameter]]
    NextToken: NotRequired[str]


class GetParametersRequest(TypedDict):
    Names: Sequence[str]
    WithDecryption: NotRequired[bool]


class GetParametersResult(TypedDict):
    Parameters: NotRequired[Sequence[Parameter]]
    InvalidParameters: NotRequired[Sequence[str]]


class GetResourcePoliciesRequest(TypedDict):
    ResourceArn: str
    NextToken: NotRequired[str]
    MaxResults: NotRequired[int]


class GetResourcePoliciesResponse(TypedDict):
    NextToken: NotRequired[str]
    Policies: NotRequired[Sequence[GetResourcePoliciesResponseEntry]]


class GetResourcePoliciesResponseEntry(TypedDict):
    PolicyId: NotRequired[str]
    PolicyHash: NotRequired[str]
    Policy: NotRequired[str]


class GetServiceSettingRequest(TypedDict):
    SettingId: str


class GetServiceSettingResult(TypedDict):
    ServiceSetting: NotRequired[ServiceSetting]


class LabelParameterVersionRequest(TypedDict):
    Name: str
    ParameterVersion: NotRequired[int]
    Labels: Sequence[str]


class LabelParameterVersionResult(TypedDict):
    InvalidLabels: NotRequired[Sequence[str]]
    ParameterVersion: NotRequired[int]


class ListTagsForResourceRequest(TypedDict):
    ResourceType: str
    ResourceId: str


class ListTagsForResourceResult(TypedDict):
    TagList: NotRequired[Sequence[Tag]]


class Parameter(TypedDict):
    Name: NotRequired[str]
    Type: NotRequired[str]
    Value: NotRequired[str]
    Version: NotRequired[int]
    Selector: NotRequired[str]
    SourceResult: NotRequired[str]
    LastModifiedDate: NotRequired[float]
    ARN: NotRequired[str]
    DataType: NotRequired[str]


class ParameterHistory(TypedDict):
    Name: NotRequired[str]
    Type: NotRequired[str]
    KeyId: NotRequired[str]
    LastModifiedDate: NotRequired[float]
    LastModifiedUser: NotRequired[str]
    Description: NotRequired[str]
    Value: NotRequired[str]
    AllowedPattern: NotRequired[str]
    Version: NotRequired[int]
    Labels: NotRequired[Sequence[str]]
    Tier: NotRequired[str]
    Policies: NotRequired[Sequence[ParameterInlinePolicy]]
    DataType: NotRequired[str]


class ParameterInlinePolicy(TypedDict):
    PolicyText: NotRequired[str]
    PolicyType: NotRequired[str]
    PolicyStatus: NotRequired[str]


class ParameterMetadata(TypedDict):
    Name: NotRequired[str]
    ARN: NotRequired[str]
    Type: NotRequired[str]
    KeyId: NotRequired[str]
    LastModifiedDate: NotRequired[float]
    LastModifiedUser: NotRequired[str]
    Description: NotRequired[str]
    AllowedPattern: NotRequired[str]
    Version: NotRequired[int]
    Tier: NotRequired[str]
    Policies: NotRequired[Sequence[ParameterInlinePolicy]]
    DataType: NotRequired[str]


class ParameterStringFilter(TypedDict):
    Key: str
    Option: NotRequired[str]
    Values: NotRequired[Sequence[str]]


class ParametersFilter(TypedDict):
    Key: str
    Values: Sequence[str]


class PutParameterRequest(TypedDict):
    Name: str
    Description: NotRequired[str]
    Value: str
    Type: NotRequired[str]
    KeyId: NotRequired[str]
    Overwrite: NotRequired[bool]
    AllowedPattern: NotRequired[str]
    Tags: NotRequired[Sequence[Tag]]
    Tier: NotRequired[str]
    Policies: NotRequired[str]
    DataType: NotRequired[str]


class PutParameterResult(TypedDict):
    Version: NotRequired[int]
    Tier: NotRequired[str]


class PutResourcePolicyRequest(TypedDict):
    ResourceArn: str
    Policy: str
    PolicyId: NotRequired[str]
    PolicyHash: NotRequired[str]


class PutResourcePolicyResponse(TypedDict):
    PolicyId: NotRequired[str]
    PolicyHash: NotRequired[str]


class RemoveTagsFromResourceRequest(TypedDict):
    ResourceType: str
    ResourceId: str
    TagKeys: Sequence[str]


class RemoveTagsFromResourceResult(TypedDict):
    pass


class ResetServiceSettingRequest(TypedDict):
    SettingId: str


class ResetServiceSettingResult(TypedDict):
    ServiceSetting: NotRequired[ServiceSetting]


class ServiceSetting(TypedDict):
    SettingId: NotRequired[str]
    SettingValue: NotRequired[str]
    LastModifiedDate: NotRequired[float]
    LastModifiedUser: NotRequired[str]
    ARN: NotRequired[str]
    Status: NotRequired[str]


class Tag(TypedDict):
    Key: str
    Value: str


class UnlabelParameterVersionRequest(TypedDict):
    Name: str
    ParameterVersion: int
    Labels: Sequence[str]


class UnlabelParameterVersionResult(TypedDict):
    RemovedLabels: NotRequired[Sequence[str]]
    InvalidLabels: NotRequired[Sequence[str]]


class UpdateServiceSettingRequest(TypedDict):
    SettingId: str
    SettingValue: str


class UpdateServiceSettingResult(TypedDict):
    pass
