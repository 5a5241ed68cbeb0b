"""Inputs and outputs of ecr, for the type checker. Written by tools/shapes.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

__all__ = ["Any", "Mapping", "NotRequired", "Sequence"]


class BatchGetImageRequest(TypedDict):
    registryId: NotRequired[str]
    repositoryName: str
    imageIds: Sequence[ImageIdentifier]
    acceptedMediaTypes: NotRequired[Sequence[str]]


class BatchGetImageResponse(TypedDict):
    images: NotRequired[Sequence[Image]]
    failures: NotRequired[Sequence[ImageFailure]]


class CreateRepositoryRequest(TypedDict):
    registryId: NotRequired[str]
    repositoryName: str
    tags: NotRequired[Sequence[Tag]]
    imageTagMutability: NotRequired[str]
    imageTagMutabilityExclusionFilters: NotRequired[Sequence[ImageTagMutabilityExclusionFilter]]
    imageScanningConfiguration: NotRequired[ImageScanningConfiguration]
    encryptionConfiguration: NotRequired[EncryptionConfiguration]


class CreateRepositoryResponse(TypedDict):
    repository: NotRequired[Repository]


class DeleteLifecyclePolicyRequest(TypedDict):
    registryId: NotRequired[str]
    repositoryName: str


class DeleteLifecyclePolicyResponse(TypedDict):
    registryId: NotRequired[str]
    repositoryName: NotRequired[str]
    lifecyclePolicyText: NotRequired[str]
    lastEvaluatedAt: NotRequired[float]


class DeleteRegistryPolicyRequest(TypedDict):
    pass


class DeleteRegistryPolicyResponse(TypedDict):
    registryId: NotRequired[str]
    policyText: NotRequired[str]


class DeleteReplication(TypedDict):
    enabled: bool


class DeleteRepositoryPolicyRequest(TypedDict):
    registryId: NotRequired[str]
    repositoryName: str


class DeleteRepositoryPolicyResponse(TypedDict):
    registryId: NotRequired[str]
    repositoryName: NotRequired[str]
    policyText: NotRequired[str]


class DeleteRepositoryRequest(TypedDict):
    registryId: NotRequired[str]
    repositoryName: str
    force: NotRequired[bool]


class DeleteRepositoryResponse(TypedDict):
    repository: NotRequired[Repository]


class DescribeImagesFilter(TypedDict):
    tagStatus: NotRequired[str]
    imageStatus: NotRequired[str]


class DescribeImagesRequest(TypedDict):
    registryId: NotRequired[str]
    repositoryName: str
    imageIds: NotRequired[Sequence[ImageIdentifier]]
    nextToken: NotRequired[str]
    maxResults: NotRequired[int]
    filter: NotRequired[DescribeImagesFilter]


class DescribeImagesResponse(TypedDict):
    imageDetails: NotRequired[Sequence[ImageDetail]]
    nextToken: NotRequired[str]


class DescribeRegistryRequest(TypedDict):
    pass


class DescribeRegistryResponse(TypedDict):
    registryId: NotRequired[str]
    replicationConfiguration: NotRequired[ReplicationConfiguration]


class DescribeRepositoriesRequest(TypedDict):
    registryId: NotRequired[str]
    repositoryNames: NotRequired[Sequence[str]]
    nextToken: NotRequired[str]
    maxResults: NotRequired[int]


class DescribeRepositoriesResponse(TypedDict):
    repositories: NotRequired[Sequence[Repository]]
    nextToken: NotRequired[str]


class EncryptionConfiguration(TypedDict):
    encryptionType: str
    kmsKey: NotRequired[str]


class GetLifecyclePolicyRequest(TypedDict):
    registryId: NotRequired[str]
    repositoryName: str


class GetLifecyclePolicyResponse(TypedDict):
    registryId: NotRequired[str]
    repositoryName: NotRequired[str]
    lifecyclePolicyText: NotRequired[str]
    lastEvaluatedAt: NotRequired[float]


class GetRegistryPolicyRequest(TypedDict):
    pass


class GetRegistryPolicyResponse(TypedDict):
    registryId: NotRequired[str]
    policyText: NotRequired[str]


class GetRepositoryPolicyRequest(TypedDict):
    registryId: NotRequired[str]
    repositoryName: str


class GetRepositoryPolicyResponse(TypedDict):
    registryId: NotRequired[str]
    repositoryName: NotRequired[str]
    policyText: NotRequired[str]


class Image(TypedDict):
    registryId: NotRequired[str]
    repositoryName: NotRequired[str]
    imageId: NotRequired[ImageIdentifier]
    imageManifest: NotRequired[str]
    imageManifestMediaType: NotRequired[str]


class ImageDetail(TypedDict):
    registryId: NotRequired[str]
    repositoryName: NotRequired[str]
    imageDigest: NotRequired[str]
    imageTags: NotRequired[Sequence[str]]
    imageSizeInBytes: NotRequired[int]
    imagePushedAt: NotRequired[float]
    imageScanStatus: NotRequired[ImageScanStatus]
    imageScanFindingsSummary: NotRequired[ImageScanFindingsSummary]
    imageManifestMediaType: NotRequired[str]
    artifactMediaType: NotRequired[str]
    lastRecordedPullTime: NotRequired[float]
    subjectManifestDigest: NotRequired[str]
    imageStatus: NotRequired[str]
    lastArchivedAt: NotRequired[float]
    lastActivatedAt: NotRequired[float]


class ImageFailure(TypedDict):
    imageId: NotRequired[ImageIdentifier]
    failureCode: NotRequired[str]
    failureReason: NotRequired[str]


class ImageIdentifier(TypedDict):
    imageDigest: NotRequired[str]
    imageTag: NotRequired[str]


class ImageScanFindingsSummary(TypedDict):
    imageScanCompletedAt: NotRequired[float]
    vulnerabilitySourceUpdatedAt: NotRequired[float]
    findingSeverityCounts: NotRequired[Mapping[str, int]]


class ImageScanStatus(TypedDict):
    status: NotRequired[str]
    description: NotRequired[str]


class ImageScanningConfiguration(TypedDict):
    scanOnPush: NotRequired[bool]


class ImageTagMutabilityExclusionFilter(TypedDict):
    filterType: str
    filter: str


class ListImagesFilter(TypedDict):
    tagStatus: NotRequired[str]
    imageStatus: NotRequired[str]


class ListImagesRequest(TypedDict):
    registryId: NotRequired[str]
    repositoryName: str
    nextToken: NotRequired[str]
    maxResults: NotRequired[int]
    filter: NotRequired[ListImagesFilter]


class ListImagesResponse(TypedDict):
    imageIds: NotRequired[Sequence[ImageIdentifier]]
    nextToken: NotRequired[str]


class ListTagsForResourceRequest(TypedDict):
    resourceArn: str


class ListTagsForResourceResponse(TypedDict):
    tags: NotRequired[Sequence[Tag]]


class PutImageScanningConfigurationRequest(TypedDict):
    registryId: NotRequired[str]
    repositoryName: str
    imageScanningConfiguration: ImageScanningConfiguration


class PutImageScanningConfigurationResponse(TypedDict):
    registryId: NotRequired[str]
    repositoryName: NotRequired[str]
    imageScanningConfiguration: NotRequired[ImageScanningConfiguration]


class PutImageTagMutabilityRequest(TypedDict):
    registryId: NotRequired[str]
    repositoryName: str
    imageTagMutability: str
    imageTagMutabilityExclusionFilters: NotRequired[Sequence[ImageTagMutabilityExclusionFilter]]


class PutImageTagMutabilityResponse(TypedDict):
    registryId: NotRequired[str]
    repositoryName: NotRequired[str]
    imageTagMutability: NotRequired[str]
    imageTagMutabilityExclusionFilters: NotRequired[Sequence[ImageTagMutabilityExclusionFilter]]


class PutLifecyclePolicyRequest(TypedDict):
    registryId: NotRequired[str]
    repositoryName: str
    lifecyclePolicyText: str


class PutLifecyclePolicyResponse(TypedDict):
    registryId: NotRequired[str]
    repositoryName: NotRequired[str]
    lifecyclePolicyText: NotRequired[str]


class PutRegistryPolicyRequest(TypedDict):
    policyText: str


class PutRegistryPolicyResponse(TypedDict):
    registryId: NotRequired[str]
    policyText: NotRequired[str]


class ReplicationConfiguration(TypedDict):
    rules: Sequence[ReplicationRule]


class ReplicationDestination(TypedDict):
    region: str
    registryId: str


class ReplicationRule(TypedDict):
    destinations: Sequence[ReplicationDestination]
    repositoryFilters: NotRequired[Sequence[RepositoryFilter]]
    deleteReplication: NotRequired[DeleteReplication]


class Repository(TypedDict):
    repositoryArn: NotRequired[str]
    registryId: NotRequired[str]
    repositoryName: NotRequired[str]
    repositoryUri: NotRequired[str]
    createdAt: NotRequired[float]
    imageTagMutability: NotRequired[str]
    imageTagMutabilityExclusionFilters: NotRequired[Sequence[ImageTagMutabilityExclusionFilter]]
    imageScanningConfiguration: NotRequired[ImageScanningConfiguration]
    encryptionConfiguration: NotRequired[EncryptionConfiguration]


class RepositoryFilter(TypedDict):
    filter: str
    filterType: str


class SetRepositoryPolicyRequest(TypedDict):
    registryId: NotRequired[str]
    repositoryName: str
    policyText: str
    force: NotRequired[bool]


class SetRepositoryPolicyResponse(TypedDict):
    registryId: NotRequired[str]
    repositoryName: NotRequired[str]
    policyText: NotRequired[str]


class Tag(TypedDict):
    Key: str
    Value: str


class TagResourceRequest(TypedDict):
    resourceArn: str
    tags: Sequence[Tag]


class TagResourceResponse(TypedDict):
    pass


class UntagResourceRequest(TypedDict):
    resourceArn: str
    tagKeys: Sequence[str]


class UntagResourceResponse(TypedDict):
    pass
