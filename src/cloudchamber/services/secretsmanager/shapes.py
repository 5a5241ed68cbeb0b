"""Inputs and outputs of secretsmanager, for the type checker. Written by tools/shapes.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

__all__ = ["Any", "Mapping", "NotRequired", "Sequence"]


class APIErrorType(TypedDict):
    SecretId: NotRequired[str]
    ErrorCode: NotRequired[str]
    Message: NotRequired[str]


class BatchGetSecretValueRequest(TypedDict):
    SecretIdList: NotRequired[Sequence[str]]
    Filters: NotRequired[Sequence[Filter]]
    MaxResults: NotRequired[int]
    NextToken: NotRequired[str]


class BatchGetSecretValueResponse(TypedDict):
    SecretValues: NotRequired[Sequence[SecretValueEntry]]
    NextToken: NotRequired[str]
    Errors: NotRequired[Sequence[APIErrorType]]


class CancelRotateSecretRequest(TypedDict):
    SecretId: str


class CancelRotateSecretResponse(TypedDict):
    ARN: NotRequired[str]
    Name: NotRequired[str]
    VersionId: NotRequired[str]


class CreateSecretRequest(TypedDict):
    Name: str
    ClientRequestToken: NotRequired[str]
    Description: NotRequired[str]
    KmsKeyId: NotRequired[str]
    SecretBinary: NotRequired[bytes]
    SecretString: NotRequired[str]
    Tags: NotRequired[Sequence[Tag]]
    AddReplicaRegions: NotRequired[Sequence[ReplicaRegionType]]
    ForceOverwriteReplicaSecret: NotRequired[bool]
    Type: NotRequired[str]
    CrossAccountPrimaryARN: NotRequired[str]


class CreateSecretResponse(TypedDict):
    ARN: NotRequired[str]
    Name: NotRequired[str]
    VersionId: NotRequired[str]
    ReplicationStatus: NotRequired[Sequence[ReplicationStatusType]]


class CrossAccountPrimaryType(TypedDict):
    PrimarySecretARN: NotRequired[str]
    ReplicationStatus: NotRequired[str]
    StatusMessage: NotRequired[str]


class CrossAccountReplicaEntry(TypedDict):
    ReplicaSecretARN: NotRequired[str]
    ReplicationRoleARN: NotRequired[str]
    ReplicationStatus: NotRequired[str]
    StatusMessage: NotRequired[str]


class DeleteResourcePolicyRequest(TypedDict):
    SecretId: str
    PolicyName: NotRequired[str]


class DeleteResourcePolicyResponse(TypedDict):
    ARN: NotRequired[str]
    Name: NotRequired[str]
    PolicyName: NotRequired[str]


class DeleteSecretRequest(TypedDict):
    SecretId: str
    RecoveryWindowInDays: NotRequired[int]
    ForceDeleteWithoutRecovery: NotRequired[bool]


class DeleteSecretResponse(TypedDict):
    ARN: NotRequired[str]
    Name: NotRequired[str]
    DeletionDate: NotRequired[float]


class DescribeSecretRequest(TypedDict):
    SecretId: str


class DescribeSecretResponse(TypedDict):
    ARN: NotRequired[str]
    Name: NotRequired[str]
    Type: NotRequired[str]
    Description: NotRequired[str]
    KmsKeyId: NotRequired[str]
    RotationEnabled: NotRequired[bool]
    RotationLambdaARN: NotRequired[str]
    RotationRules: NotRequired[RotationRulesType]
    ExternalSecretRotationMetadata: NotRequired[Sequence[ExternalSecretRotationMetadataItem]]
    ExternalSecretRotationRoleArn: NotRequired[str]
    LastRotatedDate: NotRequired[float]
    LastChangedDate: NotRequired[float]
    LastAccessedDate: NotRequired[float]
    DeletedDate: NotRequired[float]
    NextRotationDate: NotRequired[float]
    Tags: NotRequired[Sequence[Tag]]
    VersionIdsToStages: NotRequired[Mapping[str, Sequence[str]]]
    OwningService: NotRequired[str]
    CreatedDate: NotRequired[float]
    PrimaryRegion: NotRequired[str]
    ReplicationStatus: NotRequired[Sequence[ReplicationStatusType]]
    CrossAccountPrimary: NotRequired[CrossAccountPrimaryType]
    CrossAccountReplicas: NotRequired[Sequence[CrossAccountReplicaEntry]]


class ExternalSecretRotationMetadataItem(TypedDict):
    Key: NotRequired[str]
    Value: NotRequired[str]


class Filter(TypedDict):
    Key: NotRequired[str]
    Values: NotRequired[Sequence[str]]


class GetRandomPasswordRequest(TypedDict):
    PasswordLength: NotRequired[int]
    ExcludeCharacters: NotRequired[str]
    ExcludeNumbers: NotRequired[bool]
    ExcludePunctuation: NotRequired[bool]
    ExcludeUppercase: NotRequired[bool]
    ExcludeLowercase: NotRequired[bool]
    IncludeSpace: NotRequired[bool]
    RequireEachIncludedType: NotRequired[bool]


class GetRandomPasswordResponse(TypedDict):
    RandomPassword: NotRequired[str]


class GetResourcePolicyRequest(TypedDict):
    SecretId: str
    PolicyName: NotRequired[str]


class GetResourcePolicyResponse(TypedDict):
    ARN: NotRequired[str]
    Name: NotRequired[str]
    ResourcePolicy: NotRequired[str]
    PolicyName: NotRequired[str]


class GetSecretValueRequest(TypedDict):
    SecretId: str
    VersionId: NotRequired[str]
    VersionStage: NotRequired[str]


class GetSecretValueResponse(TypedDict):
    ARN: NotRequired[str]
    Name: NotRequired[str]
    VersionId: NotRequired[str]
    SecretBinary: NotRequired[bytes]
    SecretString: NotRequired[str]
    VersionStages: NotRequired[Sequence[str]]
    CreatedDate: NotRequired[float]


class ListResourcePoliciesRequest(TypedDict):
    SecretId: str
    MaxResults: NotRequired[int]
    NextToken: NotRequired[str]


class ListResourcePoliciesResponse(TypedDict):
    ResourcePolicies: Sequence[ResourcePolicySummary]
    NextToken: NotRequired[str]


class ListSecretVersionIdsRequest(TypedDict):
    SecretId: str
    MaxResults: NotRequired[int]
    NextToken: NotRequired[str]
    IncludeDeprecated: NotRequired[bool]


class ListSecretVersionIdsResponse(TypedDict):
    Versions: NotRequired[Sequence[SecretVersionsListEntry]]
    NextToken: NotRequired[str]
    ARN: NotRequired[str]
    Name: NotRequired[str]


class ListSecretsRequest(TypedDict):
    IncludePlannedDeletion: NotRequired[bool]
    MaxResults: NotRequired[int]
    NextToken: NotRequired[str]
    Filters: NotRequired[Sequence[Filter]]
    SortOrder: NotRequired[str]
    SortBy: NotRequired[str]


class ListSecretsResponse(TypedDict):
    SecretList: NotRequired[Sequence[SecretListEntry]]
    NextToken: NotRequired[str]


class PutResourcePolicyRequest(TypedDict):
    SecretId: str
    ResourcePolicy: str
    PolicyName: NotRequired[str]
    BlockPublicPolicy: NotRequired[bool]


class PutResourcePolicyResponse(TypedDict):
    ARN: NotRequired[str]
    Name: NotRequired[str]
    PolicyName: NotRequired[str]


class PutSecretValueRequest(TypedDict):
    SecretId: str
    ClientRequestToken: NotRequired[str]
    SecretBinary: NotRequired[bytes]
    SecretString: NotRequired[str]
    VersionStages: NotRequired[Sequence[str]]
    RotationToken: NotRequired[str]


class PutSecretValueResponse(TypedDict):
    ARN: NotRequired[str]
    Name: NotRequired[str]
    VersionId: NotRequired[str]
    VersionStages: NotRequired[Sequence[str]]


class RemoveRegionsFromReplicationRequest(TypedDict):
    SecretId: str
    RemoveReplicaRegions: Sequence[str]


class RemoveRegionsFromReplicationResponse(TypedDict):
    ARN: NotRequired[str]
    ReplicationStatus: NotRequired[Sequence[ReplicationStatusType]]


class ReplicaRegionType(TypedDict):
    Region: NotRequired[str]
    KmsKeyId: NotRequired[str]


class ReplicateSecretToRegionsRequest(TypedDict):
    SecretId: str
    AddReplicaRegions: Sequence[ReplicaRegionType]
    ForceOverwriteReplicaSecret: NotRequired[bool]


class ReplicateSecretToRegionsResponse(TypedDict):
    ARN: NotRequired[str]
    ReplicationStatus: NotRequired[Sequence[ReplicationStatusType]]


class ReplicationStatusType(TypedDict):
    Region: NotRequired[str]
    KmsKeyId: NotRequired[str]
    Status: NotRequired[str]
    StatusMessage: NotRequired[str]
    LastAccessedDate: NotRequired[float]


class ResourcePolicySummary(TypedDict):
    PolicyName: NotRequired[str]


class RestoreSecretRequest(TypedDict):
    SecretId: str


class RestoreSecretResponse(TypedDict):
    ARN: NotRequired[str]
    Name: NotRequired[str]


class RotateSecretRequest(TypedDict):
    SecretId: str
    ClientRequestToken: NotRequired[str]
    RotationLambdaARN: NotRequired[str]
    RotationRules: NotRequired[RotationRulesType]
    ExternalSecretRotationMetadata: NotRequired[Sequence[ExternalSecretRotationMetadataItem]]
    ExternalSecretRotationRoleArn: NotRequired[str]
    RotateImmediately: NotRequired[bool]


class RotateSecretResponse(TypedDict):
    ARN: NotRequired[str]
    Name: NotRequired[str]
    VersionId: NotRequired[str]


class RotationRulesType(TypedDict):
    AutomaticallyAfterDays: NotRequired[int]
    Duration: NotRequired[str]
    ScheduleExpression: NotRequired[str]


class SecretListEntry(TypedDict):
    ARN: NotRequired[str]
    Name: NotRequired[str]
    Type: NotRequired[str]
    Description: NotRequired[str]
    KmsKeyId: NotRequired[str]
    RotationEnabled: NotRequired[bool]
    RotationLambdaARN: NotRequired[str]
    RotationRules: NotRequired[RotationRulesType]
    ExternalSecretRotationMetadata: NotRequired[Sequence[ExternalSecretRotationMetadataItem]]
    ExternalSecretRotationRoleArn: NotRequired[str]
    LastRotatedDate: NotRequired[float]
    LastChangedDate: NotRequired[float]
    LastAccessedDate: NotRequired[float]
    DeletedDate: NotRequired[float]
    NextRotationDate: NotRequired[float]
    Tags: NotRequired[Sequence[Tag]]
    SecretVersionsToStages: NotRequired[Mapping[str, Sequence[str]]]
    OwningService: NotRequired[str]
    CreatedDate: NotRequired[float]
    PrimaryRegion: NotRequired[str]


class SecretValueEntry(TypedDict):
    ARN: NotRequired[str]
    Name: NotRequired[str]
    VersionId: NotRequired[str]
    SecretBinary: NotRequired[bytes]
    SecretString: NotRequired[str]
    VersionStages: NotRequired[Sequence[str]]
    CreatedDate: NotRequired[float]


class SecretVersionsListEntry(TypedDict):
    VersionId: NotRequired[str]
    VersionStages: NotRequired[Sequence[str]]
    LastAccessedDate: NotRequired[float]
    CreatedDate: NotRequired[float]
    KmsKeyIds: NotRequired[Sequence[str]]


class StopReplicationToReplicaRequest(TypedDict):
    SecretId: str


class StopReplicationToReplicaResponse(TypedDict):
    ARN: NotRequired[str]


class Tag(TypedDict):
    Key: NotRequired[str]
    Value: NotRequired[str]


class TagResourceRequest(TypedDict):
    SecretId: str
    Tags: Sequence[Tag]


class UntagResourceRequest(TypedDict):
    SecretId: str
    TagKeys: Sequence[str]


class UpdateSecretRequest(TypedDict):
    SecretId: str
    ClientRequestToken: NotRequired[str]
    Description: NotRequired[str]
    KmsKeyId: NotRequired[str]
    SecretBinary: NotRequired[bytes]
    SecretString: NotRequired[str]
    Type: NotRequired[str]


class UpdateSecretResponse(TypedDict):
    ARN: NotRequired[str]
    Name: NotRequired[str]
    VersionId: NotRequired[str]


class UpdateSecretVersionStageRequest(TypedDict):
    SecretId: str
    VersionStage: str
    RemoveFromVersionId: NotRequired[str]
    MoveToVersionId: NotRequired[str]


class UpdateSecretVersionStageResponse(TypedDict):
    ARN: NotRequired[str]
    Name: NotRequired[str]


class ValidateResourcePolicyRequest(TypedDict):
    SecretId: NotRequired[str]
    ResourcePolicy: str


class ValidateResourcePolicyResponse(TypedDict):
    PolicyValidationPassed: NotRequired[bool]
    ValidationErrors: NotRequired[Sequence[ValidationErrorsEntry]]


class ValidationErrorsEntry(TypedDict):
    CheckName: NotRequired[str]
    ErrorMessage: NotRequired[str]
