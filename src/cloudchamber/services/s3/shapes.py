"""Inputs and outputs of s3, for the type checker. Written by tools/shapes.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

__all__ = ["Any", "Mapping", "NotRequired", "Sequence"]


class AbortIncompleteMultipartUpload(TypedDict):
    DaysAfterInitiation: NotRequired[int]


class AbortMultipartUploadOutput(TypedDict):
    RequestCharged: NotRequired[str]
    VersionId: NotRequired[str]


class AbortMultipartUploadRequest(TypedDict):
    Bucket: str
    Key: str
    UploadId: str
    RequestPayer: NotRequired[str]
    ExpectedBucketOwner: NotRequired[str]
    IfMatchInitiatedTime: NotRequired[float]


class AccelerateConfiguration(TypedDict):
    Status: NotRequired[str]


class AccessControlPolicy(TypedDict):
    Grants: NotRequired[Sequence[Grant]]
    Owner: NotRequired[Owner]


class AccessControlTranslation(TypedDict):
    Owner: str


class AnalyticsAndOperator(TypedDict):
    Prefix: NotRequired[str]
    Tags: NotRequired[Sequence[Tag]]


class AnalyticsConfiguration(TypedDict):
    Id: str
    Filter: NotRequired[AnalyticsFilter]
    StorageClassAnalysis: StorageClassAnalysis


class AnalyticsExportDestination(TypedDict):
    S3BucketDestination: AnalyticsS3BucketDestination


class AnalyticsFilter(TypedDict):
    Prefix: NotRequired[str]
    Tag: NotRequired[Tag]
    And: NotRequired[AnalyticsAndOperator]


class AnalyticsS3BucketDestination(TypedDict):
    Format: str
    BucketAccountId: NotRequired[str]
    Bucket: str
    Prefix: NotRequired[str]


class BlockedEncryptionTypes(TypedDict):
    EncryptionType: NotRequired[Sequence[str]]


class Bucket(TypedDict):
    Name: NotRequired[str]
    CreationDate: NotRequired[float]
    BucketRegion: NotRequired[str]
    BucketArn: NotRequired[str]


class BucketInfo(TypedDict):
    DataRedundancy: NotRequired[str]
    Type: NotRequired[str]


class BucketLifecycleConfiguration(TypedDict):
    Rules: Sequence[LifecycleRule]


class BucketLoggingStatus(TypedDict):
    LoggingEnabled: NotRequired[LoggingEnabled]


class CORSConfiguration(TypedDict):
    CORSRules: Sequence[CORSRule]


class CORSRule(TypedDict):
    ID: NotRequired[str]
    AllowedHeaders: NotRequired[Sequence[str]]
    AllowedMethods: Sequence[str]
    AllowedOrigins: Sequence[str]
    ExposeHeaders: NotRequired[Sequence[str]]
    MaxAgeSeconds: NotRequired[int]


class CSVInput(TypedDict):
    FileHeaderInfo: NotRequired[str]
    Comments: NotRequired[str]
    QuoteEscapeCharacter: NotRequired[str]
    RecordDelimiter: NotRequired[str]
    FieldDelimiter: NotRequired[str]
    QuoteCharacter: NotRequired[str]
    AllowQuotedRecordDelimiter: NotRequired[bool]


class CSVOutput(TypedDict):
    QuoteFields: NotRequired[str]
    QuoteEscapeCharacter: NotRequired[str]
    RecordDelimiter: NotRequired[str]
    FieldDelimiter: NotRequired[str]
    QuoteCharacter: NotRequired[str]


class Checksum(TypedDict):
    ChecksumCRC32: NotRequired[str]
    ChecksumCRC32C: NotRequired[str]
    ChecksumCRC64NVME: NotRequired[str]
    ChecksumSHA1: NotRequired[str]
    ChecksumSHA256: NotRequired[str]
    ChecksumSHA512: NotRequired[str]
    ChecksumMD5: NotRequired[str]
    ChecksumXXHASH64: NotRequired[str]
    ChecksumXXHASH3: NotRequired[str]
    ChecksumXXHASH128: NotRequired[str]
    ChecksumType: NotRequired[str]


class CommonPrefix(TypedDict):
    Prefix: NotRequired[str]


class CompleteMultipartUploadOutput(TypedDict):
    Location: NotRequired[str]
    Bucket: NotRequired[str]
    Key: NotRequired[str]
    Expiration: NotRequired[str]
    ETag: NotRequired[str]
    ChecksumCRC32: NotRequired[str]
    ChecksumCRC32C: NotRequired[str]
    ChecksumCRC64NVME: NotRequired[str]
    ChecksumSHA1: NotRequired[str]
    ChecksumSHA256: NotRequired[str]
    ChecksumSHA512: NotRequired[str]
    ChecksumMD5: NotRequired[str]
    ChecksumXXHASH64: NotRequired[str]
    ChecksumXXHASH3: NotRequired[str]
    ChecksumXXHASH128: NotRequired[str]
    ChecksumType: NotRequired[str]
    ServerSideEncryption: NotRequired[str]
    VersionId: NotRequired[str]
    SSEKMSKeyId: NotRequired[str]
    BucketKeyEnabled: NotRequired[bool]
    RequestCharged: NotRequired[str]


class CompleteMultipartUploadRequest(TypedDict):
    Bucket: str
    Key: str
    MultipartUpload: NotRequired[CompletedMultipartUpload]
    UploadId: str
    ChecksumCRC32: NotRequired[str]
    ChecksumCRC32C: NotRequired[str]
    ChecksumCRC64NVME: NotRequired[str]
    ChecksumSHA1: NotRequired[str]
    ChecksumSHA256: NotRequired[str]
    ChecksumSHA512: NotRequired[str]
    ChecksumMD5: NotRequired[str]
    ChecksumXXHASH64: NotRequired[str]
    ChecksumXXHASH3: NotRequired[str]
    ChecksumXXHASH128: NotRequired[str]
    ChecksumType: NotRequired[str]
    MpuObjectSize: NotRequired[int]
    RequestPayer: NotRequired[str]
    ExpectedBucketOwner: NotRequired[str]
    IfMatch: NotRequired[str]
    IfNoneMatch: NotRequired[str]
    SSECustomerAlgorithm: NotRequired[str]
    SSECustomerKey: NotRequired[str]
    SSECustomerKeyMD5: NotRequired[str]


class CompletedMultipartUpload(TypedDict):
    Parts: NotRequired[Sequence[CompletedPart]]


class CompletedPart(TypedDict):
    ETag: NotRequired[str]
    ChecksumCRC32: NotRequired[str]
    ChecksumCRC32C: NotRequired[str]
    ChecksumCRC64NVME: NotRequired[str]
    ChecksumSHA1: NotRequired[str]
    ChecksumSHA256: NotRequired[str]
    ChecksumSHA512: NotRequired[str]
    ChecksumMD5: NotRequired[str]
    ChecksumXXHASH64: NotRequired[str]
    ChecksumXXHASH3: NotRequired[str]
    ChecksumXXHASH128: NotRequired[str]
    PartNumber: NotRequired[int]


class Condition(TypedDict):
    HttpErrorCodeReturnedEquals: NotRequired[str]
    KeyPrefixEquals: NotRequired[str]


class CopyObjectOutput(TypedDict):
    CopyObjectResult: NotRequired[CopyObjectResult]
    Expiration: NotRequired[str]
    CopySourceVersionId: NotRequired[str]
    VersionId: NotRequired[str]
    ServerSideEncryption: NotRequired[str]
    SSECustomerAlgorithm: NotRequired[str]
    SSECustomerKeyMD5: NotRequired[str]
    SSEKMSKeyId: NotRequired[str]
    SSEKMSEncryptionContext: NotRequired[str]
    BucketKeyEnabled: NotRequired[bool]
    RequestCharged: NotRequired[str]


class CopyObjectRequest(TypedDict):
    ACL: NotRequired[str]
    Bucket: str
    CacheControl: NotRequired[str]
    ChecksumAlgorithm: NotRequired[str]
    ContentDisposition: NotRequired[str]
    ContentEncoding: NotRequired[str]
    ContentLanguage: NotRequired[str]
    ContentType: NotRequired[str]
    CopySource: str
    CopySourceIfMatch: NotRequired[str]
    CopySourceIfModifiedSince: NotRequired[float]
    CopySourceIfNoneMatch: NotRequired[str]
    CopySourceIfUnmodifiedSince: NotRequired[float]
    Expires: NotRequired[str]
    GrantFullControl: NotRequired[str]
    GrantRead: NotRequired[str]
    GrantReadACP: NotRequired[str]
    GrantWriteACP: NotRequired[str]
    IfMatch: NotRequired[str]
    IfNoneMatch: NotRequired[str]
    Key: str
    Metadata: NotRequired[Mapping[str, str]]
    MetadataDirective: NotRequired[str]
    TaggingDirective: NotRequired[str]
    AnnotationDirective: NotRequired[str]
    ServerSideEncryption: NotRequired[str]
    StorageClass: NotRequired[str]
    WebsiteRedirectLocation: NotRequired[str]
    SSECustomerAlgorithm: NotRequired[str]
    SSECustomerKey: NotRequired[str]
    SSECustomerKeyMD5: NotRequired[str]
    SSEKMSKeyId: NotRequired[str]
    SSEKMSEncryptionContext: NotRequired[str]
    BucketKeyEnabled: NotRequired[bool]
    CopySourceSSECustomerAlgorithm: NotRequired[str]
    CopySourceSSECustomerKey: NotRequired[str]
    CopySourceSSECustomerKeyMD5: NotRequired[str]
    RequestPayer: NotRequired[str]
    Tagging: NotRequired[str]
    ObjectLockMode: NotRequired[str]
    ObjectLockRetainUntilDate: NotRequired[float]
    ObjectLockLegalHoldStatus: NotRequired[str]
    ObjectLockEventHold: NotRequired[str]
    ObjectLockEventHoldDurationDays: NotRequired[int]
    ObjectLockEventHoldDurationYears: NotRequired[int]
    ExpectedBucketOwner: NotRequired[str]
    ExpectedSourceBucketOwner: NotRequired[str]


class CopyObjectResult(TypedDict):
    ETag: NotRequired[str]
    LastModified: NotRequired[float]
    ChecksumType: NotRequired[str]
    ChecksumCRC32: NotRequired[str]
    ChecksumCRC32C: NotRequired[str]
    ChecksumCRC64NVME: NotRequired[str]
    ChecksumSHA1: NotRequired[str]
    ChecksumSHA256: NotRequired[str]
    ChecksumSHA512: NotRequired[str]
    ChecksumMD5: NotRequired[str]
    ChecksumXXHASH64: NotRequired[str]
    ChecksumXXHASH3: NotRequired[str]
    ChecksumXXHASH128: NotRequired[str]


class CopyPartResult(TypedDict):
    ETag: NotRequired[str]
    LastModified: NotRequired[float]
    ChecksumCRC32: NotRequired[str]
    ChecksumCRC32C: NotRequired[str]
    ChecksumCRC64NVME: NotRequired[str]
    ChecksumSHA1: NotRequired[str]
    ChecksumSHA256: NotRequired[str]
    ChecksumSHA512: NotRequired[str]
    ChecksumMD5: NotRequired[str]
    ChecksumXXHASH64: NotRequired[str]
    ChecksumXXHASH3: NotRequired[str]
    ChecksumXXHASH128: NotRequired[str]


class CreateBucketConfiguration(TypedDict):
    LocationConstraint: NotRequired[str]
    Location: NotRequired[LocationInfo]
    Bucket: NotRequired[BucketInfo]
    Tags: NotRequired[Sequence[Tag]]


class CreateBucketOutput(TypedDict):
    Location: NotRequired[str]
    BucketArn: NotRequired[str]


class CreateBucketRequest(TypedDict):
    ACL: NotRequired[str]
    Bucket: str
    CreateBucketConfiguration: NotRequired[CreateBucketConfiguration]
    GrantFullControl: NotRequired[str]
    GrantRead: NotRequired[str]
    GrantReadACP: NotRequired[str]
    GrantWrite: NotRequired[str]
    GrantWriteACP: NotRequired[str]
    ObjectLockEnabledForBucket: NotRequired[bool]
    ObjectOwnership: NotRequired[str]
    BucketNamespace: NotRequired[str]


class CreateMultipartUploadOutput(TypedDict):
    AbortDate: NotRequired[float]
    AbortRuleId: NotRequired[str]
    Bucket: NotRequired[str]
    Key: NotRequired[str]
    UploadId: NotRequired[str]
    ServerSideEncryption: NotRequired[str]
    SSECustomerAlgorithm: NotRequired[str]
    SSECustomerKeyMD5: NotRequired[str]
    SSEKMSKeyId: NotRequired[str]
    SSEKMSEncryptionContext: NotRequired[str]
    BucketKeyEnabled: NotRequired[bool]
    RequestCharged: NotRequired[str]
    ChecksumAlgorithm: NotRequired[str]
    ChecksumType: NotRequired[str]
    VersionId: NotRequired[str]


class CreateMultipartUploadRequest(TypedDict):
    ACL: NotRequired[str]
    Bucket: str
    CacheControl: NotRequired[str]
    ContentDisposition: NotRequired[str]
    ContentEncoding: NotRequired[str]
    ContentLanguage: NotRequired[str]
    ContentType: NotRequired[str]
    Expires: NotRequired[str]
    GrantFullControl: NotRequired[str]
    GrantRead: NotRequired[str]
    GrantReadACP: NotRequired[str]
    GrantWriteACP: NotRequired[str]
    Key: str
    Metadata: NotRequired[Mapping[str, str]]
    ServerSideEncryption: NotRequired[str]
    StorageClass: NotRequired[str]
    WebsiteRedirectLocation: NotRequired[str]
    SSECustomerAlgorithm: NotRequired[str]
    SSECustomerKey: NotRequired[str]
    SSECustomerKeyMD5: NotRequired[str]
    SSEKMSKeyId: NotRequired[str]
    SSEKMSEncryptionContext: NotRequired[str]
    BucketKeyEnabled: NotRequired[bool]
    RequestPayer: NotRequired[str]
    Tagging: NotRequired[str]
    ObjectLockMode: NotRequired[str]
    ObjectLockRetainUntilDate: NotRequired[float]
    ObjectLockLegalHoldStatus: NotRequired[str]
    ObjectLockEventHold: NotRequired[str]
    ObjectLockEventHoldDurationDays: NotRequired[int]
    ObjectLockEventHoldDurationYears: NotRequired[int]
    ExpectedBucketOwner: NotRequired[str]
    ChecksumAlgorithm: NotRequired[str]
    ChecksumType: NotRequired[str]


class DefaultRetention(TypedDict):
    Mode: NotRequired[str]
    Days: NotRequired[int]
    Years: NotRequired[int]
    DefaultEventHold: NotRequired[EventHoldDuration]


class Delete(TypedDict):
    Objects: Sequence[ObjectIdentifier]
    Quiet: NotRequired[bool]


class DeleteBucketAnalyticsConfigurationRequest(TypedDict):
    Bucket: str
    Id: str
    ExpectedBucketOwner: NotRequired[str]


class DeleteBucketCorsRequest(TypedDict):
    Bucket: str
    ExpectedBucketOwner: NotRequired[str]


class DeleteBucketEncryptionRequest(TypedDict):
    Bucket: str
    ExpectedBucketOwner: NotRequired[str]


class DeleteBucketIntelligentTieringConfigurationRequest(TypedDict):
    Bucket: str
    Id: str
    ExpectedBucketOwner: NotRequired[str]


class DeleteBucketInventoryConfigurationRequest(TypedDict):
    Bucket: str
    Id: str
    ExpectedBucketOwner: NotRequired[str]


class DeleteBucketLifecycleRequest(TypedDict):
    Bucket: str
    ExpectedBucketOwner: NotRequired[str]


class DeleteBucketMetricsConfigurationRequest(TypedDict):
    Bucket: str
    Id: str
    ExpectedBucketOwner: NotRequired[str]


class DeleteBucketOwnershipControlsRequest(TypedDict):
    Bucket: str
    ExpectedBucketOwner: NotRequired[str]


class DeleteBucketPolicyRequest(TypedDict):
    Bucket: str
    ExpectedBucketOwner: NotRequired[str]


class DeleteBucketReplicationRequest(TypedDict):
    Bucket: str
    ExpectedBucketOwner: NotRequired[str]


class DeleteBucketRequest(TypedDict):
    Bucket: str
    ExpectedBucketOwner: NotRequired[str]


class DeleteBucketTaggingRequest(TypedDict):
    Bucket: str
    ExpectedBucketOwner: NotRequired[str]


class DeleteBucketWebsiteRequest(TypedDict):
    Bucket: str
    ExpectedBucketOwner: NotRequired[str]


class DeleteMarkerEntry(TypedDict):
    Owner: NotRequired[Owner]
    Key: NotRequired[str]
    VersionId: NotRequired[str]
    IsLatest: NotRequired[bool]
    LastModified: NotRequired[float]


class DeleteMarkerReplication(TypedDict):
    Status: NotRequired[str]


class DeleteObjectOutput(TypedDict):
    DeleteMarker: NotRequired[bool]
    VersionId: NotRequired[str]
    RequestCharged: NotRequired[str]


class DeleteObjectRequest(TypedDict):
    Bucket: str
    Key: str
    MFA: NotRequired[str]
    VersionId: NotRequired[str]
    RequestPayer: NotRequired[str]
    BypassGovernanceRetention: NotRequired[bool]
    ExpectedBucketOwner: NotRequired[str]
    IfMatch: NotRequired[str]
    IfMatchLastModifiedTime: NotRequired[float]
    IfMatchSize: NotRequired[int]


class DeleteObjectTaggingOutput(TypedDict):
    VersionId: NotRequired[str]


class DeleteObjectTaggingRequest(TypedDict):
    Bucket: str
    Key: str
    VersionId: NotRequired[str]
    ExpectedBucketOwner: NotRequired[str]


class DeleteObjectsOutput(TypedDict):
    Deleted: NotRequired[Sequence[DeletedObject]]
    RequestCharged: NotRequired[str]
    Errors: NotRequired[Sequence[Error]]


class DeleteObjectsRequest(TypedDict):
    Bucket: str
    Delete: Delete
    MFA: NotRequired[str]
    RequestPayer: NotRequired[str]
    BypassGovernanceRetention: NotRequired[bool]
    ExpectedBucketOwner: NotRequired[str]
    ChecksumAlgorithm: NotRequired[str]


class DeletePublicAccessBlockRequest(TypedDict):
    Bucket: str
    ExpectedBucketOwner: NotRequired[str]


class DeletedObject(TypedDict):
    Key: NotRequired[str]
    VersionId: NotRequired[str]
    DeleteMarker: NotRequired[bool]
    DeleteMarkerVersionId: NotRequired[str]


class Destination(TypedDict):
    Bucket: str
    Account: NotRequired[str]
    StorageClass: NotRequired[str]
    AccessControlTranslation: NotRequired[AccessControlTranslation]
    EncryptionConfiguration: NotRequired[EncryptionConfiguration]
    ReplicationTime: NotRequired[ReplicationTime]
    Metrics: NotRequired[Metrics]


class Encryption(TypedDict):
    EncryptionType: str
    KMSKeyId: NotRequired[str]
    KMSContext: NotRequired[str]


class EncryptionConfiguration(TypedDict):
    ReplicaKmsKeyID: NotRequired[str]


class Error(TypedDict):
    Key: NotRequired[str]
    VersionId: NotRequired[str]
    Code: NotRequired[str]
    Message: NotRequired[str]


class ErrorDocument(TypedDict):
    Key: str


class EventBridgeConfiguration(TypedDict):
    pass


class EventHoldDuration(TypedDict):
    Days: NotRequired[int]
    Years: NotRequired[int]


class ExistingObjectReplication(TypedDict):
    Status: str


class FilterRule(TypedDict):
    Name: NotRequired[str]
    Value: NotRequired[str]


class GetBucketAccelerateConfigurationOutput(TypedDict):
    Status: NotRequired[str]
    RequestCharged: NotRequired[str]


class GetBucketAccelerateConfigurationRequest(TypedDict):
    Bucket: str
    ExpectedBucketOwner: NotRequired[str]
    RequestPayer: NotRequired[str]


class GetBucketAclOutput(TypedDict):
    Owner: NotRequired[Owner]
    Grants: NotRequired[Sequence[Grant]]


class GetBucketAclRequest(TypedDict):
    Bucket: str
    ExpectedBucketOwner: NotRequired[str]


class GetBucketAnalyticsConfigurationOutput(TypedDict):
    AnalyticsConfiguration: NotRequired[AnalyticsConfiguration]


class GetBucketAnalyticsConfigurationRequest(TypedDict):
    Bucket: str
    Id: str
    ExpectedBucketOwner: NotRequired[str]


class GetBucketCorsOutput(TypedDict):
    CORSRules: NotRequired[Sequence[CORSRule]]


class GetBucketCorsRequest(TypedDict):
    Bucket: str
    ExpectedBucketOwner: NotRequired[str]


class GetBucketEncryptionOutput(TypedDict):
    ServerSideEncryptionConfiguration: NotRequired[ServerSideEncryptionConfiguration]


class GetBucketEncryptionRequest(TypedDict):
    Bucket: str
    ExpectedBucketOwner: NotRequired[str]


class GetBucketIntelligentTieringConfigurationOutput(TypedDict):
    IntelligentTieringConfiguration: NotRequired[IntelligentTieringConfiguration]


class GetBucketIntelligentTieringConfigurationRequest(TypedDict):
    Bucket: str
    Id: str
    ExpectedBucketOwner: NotRequired[str]


class GetBucketInventoryConfigurationOutput(TypedDict):
    InventoryConfiguration: NotRequired[InventoryConfiguration]


class GetBucketInventoryConfigurationRequest(TypedDict):
    Bucket: str
    Id: str
    ExpectedBucketOwner: NotRequired[str]


class GetBucketLifecycleConfigurationOutput(TypedDict):
    Rules: NotRequired[Sequence[LifecycleRule]]
    TransitionDefaultMinimumObjectSize: NotRequired[str]


class GetBucketLifecycleConfigurationRequest(TypedDict):
    Bucket: str
    ExpectedBucketOwner: NotRequired[str]


class GetBucketLocationOutput(TypedDict):
    LocationConstraint: NotRequired[str]


class GetBucketLocationRequest(TypedDict):
    Bucket: str
    ExpectedBucketOwner: NotRequired[str]


class GetBucketLoggingOutput(TypedDict):
    LoggingEnabled: NotRequired[LoggingEnabled]


class GetBucketLoggingRequest(TypedDict):
    Bucket: str
    ExpectedBucketOwner: NotRequired[str]


class GetBucketMetricsConfigurationOutput(TypedDict):
    MetricsConfiguration: NotRequired[MetricsConfiguration]


class GetBucketMetricsConfigurationRequest(TypedDict):
    Bucket: str
    Id: str
    ExpectedBucketOwner: NotRequired[str]


class GetBucketNotificationConfigurationRequest(TypedDict):
    Bucket: str
    ExpectedBucketOwner: NotRequired[str]


class GetBucketOwnershipControlsOutput(TypedDict):
    OwnershipControls: NotRequired[OwnershipControls]


class GetBucketOwnershipControlsRequest(TypedDict):
    Bucket: str
    ExpectedBucketOwner: NotRequired[str]


class GetBucketPolicyOutput(TypedDict):
    Policy: NotRequired[str]


class GetBucketPolicyRequest(TypedDict):
    Bucket: str
    ExpectedBucketOwner: NotRequired[str]


class GetBucketPolicyStatusOutput(TypedDict):
    PolicyStatus: NotRequired[PolicyStatus]


class GetBucketPolicyStatusRequest(TypedDict):
    Bucket: str
    ExpectedBucketOwner: NotRequired[str]


class GetBucketReplicationOutput(TypedDict):
    ReplicationConfiguration: NotRequired[ReplicationConfiguration]


class GetBucketReplicationRequest(TypedDict):
    Bucket: str
    ExpectedBucketOwner: NotRequired[str]


class GetBucketRequestPaymentOutput(TypedDict):
    Payer: NotRequired[str]


class GetBucketRequestPaymentRequest(TypedDict):
    Bucket: str
    ExpectedBucketOwner: NotRequired[str]


class GetBucketTaggingOutput(TypedDict):
    TagSet: Sequence[Tag]


class GetBucketTaggingRequest(TypedDict):
    Bucket: str
    ExpectedBucketOwner: NotRequired[str]


class GetBucketVersioningOutput(TypedDict):
    Status: NotRequired[str]
    MFADelete: NotRequired[str]


class GetBucketVersioningRequest(TypedDict):
    Bucket: str
    ExpectedBucketOwner: NotRequired[str]


class GetBucketWebsiteOutput(TypedDict):
    RedirectAllRequestsTo: NotRequired[RedirectAllRequestsTo]
    IndexDocument: NotRequired[IndexDocument]
    ErrorDocument: NotRequired[ErrorDocument]
    RoutingRules: NotRequired[Sequence[RoutingRule]]


class GetBucketWebsiteRequest(TypedDict):
    Bucket: str
    ExpectedBucketOwner: NotRequired[str]


class GetObjectAclOutput(TypedDict):
    Owner: NotRequired[Owner]
    Grants: NotRequired[Sequence[Grant]]
    RequestCharged: NotRequired[str]


class GetObjectAclRequest(TypedDict):
    Bucket: str
    Key: str
    VersionId: NotRequired[str]
    RequestPayer: NotRequired[str]
    ExpectedBucketOwner: NotRequired[str]


class GetObjectAttributesOutput(TypedDict):
    DeleteMarker: NotRequired[bool]
    LastModified: NotRequired[float]
    VersionId: NotRequired[str]
    RequestCharged: NotRequired[str]
    ETag: NotRequired[str]
    Checksum: NotRequired[Checksum]
    ObjectParts: NotRequired[GetObjectAttributesParts]
    StorageClass: NotRequired[str]
    ObjectSize: NotRequired[int]


class GetObjectAttributesParts(TypedDict):
    TotalPartsCount: NotRequired[int]
    PartNumberMarker: NotRequired[int]
    NextPartNumberMarker: NotRequired[int]
    MaxParts: NotRequired[int]
    IsTruncated: NotRequired[bool]
    Parts: NotRequired[Sequence[ObjectPart]]


class GetObjectAttributesRequest(TypedDict):
    Bucket: str
    Key: str
    VersionId: NotRequired[str]
    MaxParts: NotRequired[int]
    PartNumberMarker: NotRequired[int]
    SSECustomerAlgorithm: NotRequired[str]
    SSECustomerKey: NotRequired[str]
    SSECustomerKeyMD5: NotRequired[str]
    RequestPayer: NotRequired[str]
    ExpectedBucketOwner: NotRequired[str]
    ObjectAttributes: Sequence[str]


class GetObjectLegalHoldOutput(TypedDict):
    LegalHold: NotRequired[ObjectLockLegalHold]


class GetObjectLegalHoldRequest(TypedDict):
    Bucket: str
    Key: str
    VersionId: NotRequired[str]
    RequestPayer: NotRequired[str]
    ExpectedBucketOwner: NotRequired[str]


class GetObjectLockConfigurationOutput(TypedDict):
    ObjectLockConfiguration: NotRequired[ObjectLockConfiguration]


class GetObjectLockConfigurationRequest(TypedDict):
    Bucket: str
    ExpectedBucketOwner: NotRequired[str]


class GetObjectOutput(TypedDict):
    Body: NotRequired[Any]
    DeleteMarker: NotRequired[bool]
    AcceptRanges: NotRequired[str]
    Expiration: NotRequired[str]
    Restore: NotRequired[str]
    LastModified: NotRequired[float]
    ContentLength: NotRequired[int]
    ETag: NotRequired[str]
    ChecksumCRC32: NotRequired[str]
    ChecksumCRC32C: NotRequired[str]
    ChecksumCRC64NVME: NotRequired[str]
    ChecksumSHA1: NotRequired[str]
    ChecksumSHA256: NotRequired[str]
    ChecksumSHA512: NotRequired[str]
    ChecksumMD5: NotRequired[str]
    ChecksumXXHASH64: NotRequired[str]
    ChecksumXXHASH3: NotRequired[str]
    ChecksumXXHASH128: NotRequired[str]
    ChecksumType: NotRequired[str]
    MissingMeta: NotRequired[int]
    VersionId: NotRequired[str]
    CacheControl: NotRequired[str]
    ContentDisposition: NotRequired[str]
    ContentEncoding: NotRequired[str]
    ContentLanguage: NotRequired[str]
    ContentRange: NotRequired[str]
    ContentType: NotRequired[str]
    Expires: NotRequired[str]
    WebsiteRedirectLocation: NotRequired[str]
    ServerSideEncryption: NotRequired[str]
    Metadata: NotRequired[Mapping[str, str]]
    SSECustomerAlgorithm: NotRequired[str]
    SSECustomerKeyMD5: NotRequired[str]
    SSEKMSKeyId: NotRequired[str]
    BucketKeyEnabled: NotRequired[bool]
    StorageClass: NotRequired[str]
    RequestCharged: NotRequired[str]
    ReplicationStatus: NotRequired[str]
    PartsCount: NotRequired[int]
    TagCount: NotRequired[int]
    ObjectLockMode: NotRequired[str]
    ObjectLockRetainUntilDate: NotRequired[float]
    ObjectLockLegalHoldStatus: NotRequired[str]
    ObjectLockEventHold: NotRequired[str]
    ObjectLockEventHoldDurationDays: NotRequired[int]
    ObjectLockEventHoldDurationYears: NotRequired[int]


class GetObjectRequest(TypedDict):
    Bucket: str
    IfMatch: NotRequired[str]
    IfModifiedSince: NotRequired[float]
    IfNoneMatch: NotRequired[str]
    IfUnmodifiedSince: NotRequired[float]
    Key: str
    Range: NotRequired[str]
    ResponseCacheControl: NotRequired[str]
    ResponseContentDisposition: NotRequired[str]
    ResponseContentEncoding: NotRequired[str]
    ResponseContentLanguage: NotRequired[str]
    ResponseContentType: NotRequired[str]
    ResponseExpires: NotRequired[float]
    VersionId: NotRequired[str]
    SSECustomerAlgorithm: NotRequired[str]
    SSECustomerKey: NotRequired[str]
    SSECustomerKeyMD5: NotRequired[str]
    RequestPayer: NotRequired[str]
    PartNumber: NotRequired[int]
    ExpectedBucketOwner: NotRequired[str]
    ChecksumMode: NotRequired[str]


class GetObjectRetentionOutput(TypedDict):
    Retention: NotRequired[ObjectLockRetention]


class GetObjectRetentionRequest(TypedDict):
    Bucket: str
    Key: str
    VersionId: NotRequired[str]
    RequestPayer: NotRequired[str]
    ExpectedBucketOwner: NotRequired[str]


class GetObjectTaggingOutput(TypedDict):
    VersionId: NotRequired[str]
    TagSet: Sequence[Tag]


class GetObjectTaggingRequest(TypedDict):
    Bucket: str
    Key: str
    VersionId: NotRequired[str]
    ExpectedBucketOwner: NotRequired[str]
    RequestPayer: NotRequired[str]


class GetPublicAccessBlockOutput(TypedDict):
    PublicAccessBlockConfiguration: NotRequired[PublicAccessBlockConfiguration]


class GetPublicAccessBlockRequest(TypedDict):
    Bucket: str
    ExpectedBucketOwner: NotRequired[str]


class GlacierJobParameters(TypedDict):
    Tier: str


class Grant(TypedDict):
    Grantee: NotRequired[Grantee]
    Permission: NotRequired[str]


class Grantee(TypedDict):
    DisplayName: NotRequired[str]
    EmailAddress: NotRequired[str]
    ID: NotRequired[str]
    Type: str
    URI: NotRequired[str]


class HeadBucketOutput(TypedDict):
    BucketArn: NotRequired[str]
    BucketLocationType: NotRequired[str]
    BucketLocationName: NotRequired[str]
    BucketRegion: NotRequired[str]
    AccessPointAlias: NotRequired[bool]


class HeadBucketRequest(TypedDict):
    Bucket: str
    ExpectedBucketOwner: NotRequired[str]


class HeadObjectOutput(TypedDict):
    DeleteMarker: NotRequired[bool]
    AcceptRanges: NotRequired[str]
    Expiration: NotRequired[str]
    Restore: NotRequired[str]
    ArchiveStatus: NotRequired[str]
    LastModified: NotRequired[float]
    ContentLength: NotRequired[int]
    ChecksumCRC32: NotRequired[str]
    ChecksumCRC32C: NotRequired[str]
    ChecksumCRC64NVME: NotRequired[str]
    ChecksumSHA1: NotRequired[str]
    ChecksumSHA256: NotRequired[str]
    ChecksumSHA512: NotRequired[str]
    ChecksumMD5: NotRequired[str]
    ChecksumXXHASH64: NotRequired[str]
    ChecksumXXHASH3: NotRequired[str]
    ChecksumXXHASH128: NotRequired[str]
    ChecksumType: NotRequired[str]
    ETag: NotRequired[str]
    MissingMeta: NotRequired[int]
    VersionId: NotRequired[str]
    CacheControl: NotRequired[str]
    ContentDisposition: NotRequired[str]
    ContentEncoding: NotRequired[str]
    ContentLanguage: NotRequired[str]
    ContentType: NotRequired[str]
    ContentRange: NotRequired[str]
    Expires: NotRequired[str]
    WebsiteRedirectLocation: NotRequired[str]
    ServerSideEncryption: NotRequired[str]
    Metadata: NotRequired[Mapping[str, str]]
    SSECustomerAlgorithm: NotRequired[str]
    SSECustomerKeyMD5: NotRequired[str]
    SSEKMSKeyId: NotRequired[str]
    BucketKeyEnabled: NotRequired[bool]
    StorageClass: NotRequired[str]
    RequestCharged: NotRequired[str]
    ReplicationStatus: NotRequired[str]
    PartsCount: NotRequired[int]
    TagCount: NotRequired[int]
    ObjectLockMode: NotRequired[str]
    ObjectLockRetainUntilDate: NotRequired[float]
    ObjectLockLegalHoldStatus: NotRequired[str]
    ObjectLockEventHold: NotRequired[str]
    ObjectLockEventHoldDurationDays: NotRequired[int]
    ObjectLockEventHoldDurationYears: NotRequired[int]


class HeadObjectRequest(TypedDict):
    Bucket: str
    IfMatch: NotRequired[str]
    IfModifiedSince: NotRequired[float]
    IfNoneMatch: NotRequired[str]
    IfUnmodifiedSince: NotRequired[float]
    Key: str
    Range: NotRequired[str]
    ResponseCacheControl: NotRequired[str]
    ResponseContentDisposition: NotRequired[str]
    ResponseContentEncoding: NotRequired[str]
    ResponseContentLanguage: NotRequired[str]
    ResponseContentType: NotRequired[str]
    ResponseExpires: NotRequired[float]
    VersionId: NotRequired[str]
    SSECustomerAlgorithm: NotRequired[str]
    SSECustomerKey: NotRequired[str]
    SSECustomerKeyMD5: NotRequired[str]
    RequestPayer: NotRequired[str]
    PartNumber: NotRequired[int]
    ExpectedBucketOwner: NotRequired[str]
    ChecksumMode: NotRequired[str]


class IndexDocument(TypedDict):
    Suffix: str


class Initiator(TypedDict):
    ID: NotRequired[str]
    DisplayName: NotRequired[str]


class InputSerialization(TypedDict):
    CSV: NotRequired[CSVInput]
    CompressionType: NotRequired[str]
    JSON: NotRequired[JSONInput]
    Parquet: NotRequired[ParquetInput]


class IntelligentTieringAndOperator(TypedDict):
    Prefix: NotRequired[str]
    Tags: NotRequired[Sequence[Tag]]


class IntelligentTieringConfiguration(TypedDict):
    Id: str
    Filter: NotRequired[IntelligentTieringFilter]
    Status: str
    Tierings: Sequence[Tiering]


class IntelligentTieringFilter(TypedDict):
    Prefix: NotRequired[str]
    Tag: NotRequired[Tag]
    And: NotRequired[IntelligentTieringAndOperator]


class InventoryConfiguration(TypedDict):
    Destination: InventoryDestination
    IsEnabled: bool
    Filter: NotRequired[InventoryFilter]
    Id: str
    IncludedObjectVersions: str
    OptionalFields: NotRequired[Sequence[str]]
    Schedule: InventorySchedule


class InventoryDestination(TypedDict):
    S3BucketDestination: InventoryS3BucketDestination


class InventoryEncryption(TypedDict):
    SSES3: NotRequired[SSES3]
    SSEKMS: NotRequired[SSEKMS]


class InventoryFilter(TypedDict):
    Prefix: str


class InventoryS3BucketDestination(TypedDict):
    AccountId: NotRequired[str]
    Bucket: str
    Format: str
    Prefix: NotRequired[str]
    Encryption: NotRequired[InventoryEncryption]


class InventorySchedule(TypedDict):
    Frequency: str


class JSONInput(TypedDict):
    Type: NotRequired[str]


class JSONOutput(TypedDict):
    RecordDelimiter: NotRequired[str]


class LambdaFunctionConfiguration(TypedDict):
    Id: NotRequired[str]
    LambdaFunctionArn: str
    Events: Sequence[str]
    Filter: NotRequired[NotificationConfigurationFilter]


class LifecycleExpiration(TypedDict):
    Date: NotRequired[float]
    Days: NotRequired[int]
    ExpiredObjectDeleteMarker: NotRequired[bool]


class LifecycleRule(TypedDict):
    Expiration: NotRequired[LifecycleExpiration]
    ID: NotRequired[str]
    Prefix: NotRequired[str]
    Filter: NotRequired[LifecycleRuleFilter]
    Status: str
    Transitions: NotRequired[Sequence[Transition]]
    NoncurrentVersionTransitions: NotRequired[Sequence[NoncurrentVersionTransition]]
    NoncurrentVersionExpiration: NotRequired[NoncurrentVersionExpiration]
    AbortIncompleteMultipartUpload: NotRequired[AbortIncompleteMultipartUpload]


class LifecycleRuleAndOperator(TypedDict):
    Prefix: NotRequired[str]
    Tags: NotRequired[Sequence[Tag]]
    ObjectSizeGreaterThan: NotRequired[int]
    ObjectSizeLessThan: NotRequired[int]


class LifecycleRuleFilter(TypedDict):
    Prefix: NotRequired[str]
    Tag: NotRequired[Tag]
    ObjectSizeGreaterThan: NotRequired[int]
    ObjectSizeLessThan: NotRequired[int]
    And: NotRequired[LifecycleRuleAndOperator]


class ListBucketAnalyticsConfigurationsOutput(TypedDict):
    IsTruncated: NotRequired[bool]
    ContinuationToken: NotRequired[str]
    NextContinuationToken: NotRequired[str]
    AnalyticsConfigurationList: NotRequired[Sequence[AnalyticsConfiguration]]


class ListBucketAnalyticsConfigurationsRequest(TypedDict):
    Bucket: str
    ContinuationToken: NotRequired[str]
    ExpectedBucketOwner: NotRequired[str]


class ListBucketIntelligentTieringConfigurationsOutput(TypedDict):
    IsTruncated: NotRequired[bool]
    ContinuationToken: NotRequired[str]
    NextContinuationToken: NotRequired[str]
    IntelligentTieringConfigurationList: NotRequired[Sequence[IntelligentTieringConfiguration]]


class ListBucketIntelligentTieringConfigurationsRequest(TypedDict):
    Bucket: str
    ContinuationToken: NotRequired[str]
    ExpectedBucketOwner: NotRequired[str]


class ListBucketInventoryConfigurationsOutput(TypedDict):
    ContinuationToken: NotRequired[str]
    InventoryConfigurationList: NotRequired[Sequence[InventoryConfiguration]]
    IsTruncated: NotRequired[bool]
    NextContinuationToken: NotRequired[str]


class ListBucketInventoryConfigurationsRequest(TypedDict):
    Bucket: str
    ContinuationToken: NotRequired[str]
    ExpectedBucketOwner: NotRequired[str]


class ListBucketMetricsConfigurationsOutput(TypedDict):
    IsTruncated: NotRequired[bool]
    ContinuationToken: NotRequired[str]
    NextContinuationToken: NotRequired[str]
    MetricsConfigurationList: NotRequired[Sequence[MetricsConfiguration]]


class ListBucketMetricsConfigurationsRequest(TypedDict):
    Bucket: str
    ContinuationToken: NotRequired[str]
    ExpectedBucketOwner: NotRequired[str]


class ListBucketsOutput(TypedDict):
    Buckets: NotRequired[Sequence[Bucket]]
    Owner: NotRequired[Owner]
    ContinuationToken: NotRequired[str]
    Prefix: NotRequired[str]


class ListBucketsRequest(TypedDict):
    MaxBuckets: NotRequired[int]
    ContinuationToken: NotRequired[str]
    Prefix: NotRequired[str]
    BucketRegion: NotRequired[str]


class ListMultipartUploadsOutput(TypedDict):
    Bucket: NotRequired[str]
    KeyMarker: NotRequired[str]
    UploadIdMarker: NotRequired[str]
    NextKeyMarker: NotRequired[str]
    Prefix: NotRequired[str]
    Delimiter: NotRequired[str]
    NextUploadIdMarker: NotRequired[str]
    MaxUploads: NotRequired[int]
    IsTruncated: NotRequired[bool]
    Uploads: NotRequired[Sequence[MultipartUpload]]
    CommonPrefixes: NotRequired[Sequence[CommonPrefix]]
    EncodingType: NotRequired[str]
    RequestCharged: NotRequired[str]


class ListMultipartUploadsRequest(TypedDict):
    Bucket: str
    Delimiter: NotRequired[str]
    EncodingType: NotRequired[str]
    KeyMarker: NotRequired[str]
    MaxUploads: NotRequired[int]
    Prefix: NotRequired[str]
    UploadIdMarker: NotRequired[str]
    ExpectedBucketOwner: NotRequired[str]
    RequestPayer: NotRequired[str]


class ListObjectVersionsOutput(TypedDict):
    IsTruncated: NotRequired[bool]
    KeyMarker: NotRequired[str]
    VersionIdMarker: NotRequired[str]
    NextKeyMarker: NotRequired[str]
    NextVersionIdMarker: NotRequired[str]
    Versions: NotRequired[Sequence[ObjectVersion]]
    DeleteMarkers: NotRequired[Sequence[DeleteMarkerEntry]]
    Name: NotRequired[str]
    Prefix: NotRequired[str]
    Delimiter: NotRequired[str]
    MaxKeys: NotRequired[int]
    CommonPrefixes: NotRequired[Sequence[CommonPrefix]]
    EncodingType: NotRequired[str]
    RequestCharged: NotRequired[str]


class ListObjectVersionsRequest(TypedDict):
    Bucket: str
    Delimiter: NotRequired[str]
    EncodingType: NotRequired[str]
    KeyMarker: NotRequired[str]
    MaxKeys: NotRequired[int]
    Prefix: NotRequired[str]
    VersionIdMarker: NotRequired[str]
    ExpectedBucketOwner: NotRequired[str]
    RequestPayer: NotRequired[str]
    OptionalObjectAttributes: NotRequired[Sequence[str]]


class ListObjectsOutput(TypedDict):
    IsTruncated: NotRequired[bool]
    Marker: NotRequired[str]
    NextMarker: NotRequired[str]
    Contents: NotRequired[Sequence[Object]]
    Name: NotRequired[str]
    Prefix: NotRequired[str]
    Delimiter: NotRequired[str]
    MaxKeys: NotRequired[int]
    CommonPrefixes: NotRequired[Sequence[CommonPrefix]]
    EncodingType: NotRequired[str]
    RequestCharged: NotRequired[str]


class ListObjectsRequest(TypedDict):
    Bucket: str
    Delimiter: NotRequired[str]
    EncodingType: NotRequired[str]
    Marker: NotRequired[str]
    MaxKeys: NotRequired[int]
    Prefix: NotRequired[str]
    RequestPayer: NotRequired[str]
    ExpectedBucketOwner: NotRequired[str]
    OptionalObjectAttributes: NotRequired[Sequence[str]]


class ListObjectsV2Output(TypedDict):
    IsTruncated: NotRequired[bool]
    Contents: NotRequired[Sequence[Object]]
    Name: NotRequired[str]
    Prefix: NotRequired[str]
    Delimiter: NotRequired[str]
    MaxKeys: NotRequired[int]
    CommonPrefixes: NotRequired[Sequence[CommonPrefix]]
    EncodingType: NotRequired[str]
    KeyCount: NotRequired[int]
    ContinuationToken: NotRequired[str]
    NextContinuationToken: NotRequired[str]
    StartAfter: NotRequired[str]
    RequestCharged: NotRequired[str]


class ListObjectsV2Request(TypedDict):
    Bucket: str
    Delimiter: NotRequired[str]
    EncodingType: NotRequired[str]
    MaxKeys: NotRequired[int]
    Prefix: NotRequired[str]
    ContinuationToken: NotRequired[str]
    FetchOwner: NotRequired[bool]
    StartAfter: NotRequired[str]
    RequestPayer: NotRequired[str]
    ExpectedBucketOwner: NotRequired[str]
    OptionalObjectAttributes: NotRequired[Sequence[str]]


class ListPartsOutput(TypedDict):
    AbortDate: NotRequired[float]
    AbortRuleId: NotRequired[str]
    Bucket: NotRequired[str]
    Key: NotRequired[str]
    UploadId: NotRequired[str]
    PartNumberMarker: NotRequired[int]
    NextPartNumberMarker: NotRequired[int]
    MaxParts: NotRequired[int]
    IsTruncated: NotRequired[bool]
    Parts: NotRequired[Sequence[Part]]
    Initiator: NotRequired[Initiator]
    Owner: NotRequired[Owner]
    StorageClass: NotRequired[str]
    RequestCharged: NotRequired[str]
    ChecksumAlgorithm: NotRequired[str]
    ChecksumType: NotRequired[str]
    VersionId: NotRequired[str]


class ListPartsRequest(TypedDict):
    Bucket: str
    Key: str
    MaxParts: NotRequired[int]
    PartNumberMarker: NotRequired[int]
    UploadId: str
    RequestPayer: NotRequired[str]
    ExpectedBucketOwner: NotRequired[str]
    SSECustomerAlgorithm: NotRequired[str]
    SSECustomerKey: NotRequired[str]
    SSECustomerKeyMD5: NotRequired[str]


class LocationInfo(TypedDict):
    Type: NotRequired[str]
    Name: NotRequired[str]


class LoggingEnabled(TypedDict):
    TargetBucket: str
    TargetGrants: NotRequired[Sequence[TargetGrant]]
    TargetPrefix: str
    TargetObjectKeyFormat: NotRequired[TargetObjectKeyFormat]


class MetadataEntry(TypedDict):
    Name: NotRequired[str]
    Value: NotRequired[str]


class Metrics(TypedDict):
    Status: str
    EventThreshold: NotRequired[ReplicationTimeValue]


class MetricsAndOperator(TypedDict):
    Prefix: NotRequired[str]
    Tags: NotRequired[Sequence[Tag]]
    AccessPointArn: NotRequired[str]


class MetricsConfiguration(TypedDict):
    Id: str
    Filter: NotRequired[MetricsFilter]


class MetricsFilter(TypedDict):
    Prefix: NotRequired[str]
    Tag: NotRequired[Tag]
    AccessPointArn: NotRequired[str]
    And: NotRequired[MetricsAndOperator]


class MultipartUpload(TypedDict):
    UploadId: NotRequired[str]
    Key: NotRequired[str]
    Initiated: NotRequired[float]
    StorageClass: NotRequired[str]
    Owner: NotRequired[Owner]
    Initiator: NotRequired[Initiator]
    ChecksumAlgorithm: NotRequired[str]
    ChecksumType: NotRequired[str]
    VersionId: NotRequired[str]


class NoncurrentVersionExpiration(TypedDict):
    NoncurrentDays: NotRequired[int]
    NewerNoncurrentVersions: NotRequired[int]


class NoncurrentVersionTransition(TypedDict):
    NoncurrentDays: NotRequired[int]
    StorageClass: NotRequired[str]
    NewerNoncurrentVersions: NotRequired[int]


class NotificationConfiguration(TypedDict):
    TopicConfigurations: NotRequired[Sequence[TopicConfiguration]]
    QueueConfigurations: NotRequired[Sequence[QueueConfiguration]]
    LambdaFunctionConfigurations: NotRequired[Sequence[LambdaFunctionConfiguration]]
    EventBridgeConfiguration: NotRequired[EventBridgeConfiguration]


class NotificationConfigurationFilter(TypedDict):
    Key: NotRequired[S3KeyFilter]


class Object(TypedDict):
    Key: NotRequired[str]
    LastModified: NotRequired[float]
    ETag: NotRequired[str]
    ChecksumAlgorithm: NotRequired[Sequence[str]]
    ChecksumType: NotRequired[str]
    Size: NotRequired[int]
    StorageClass: NotRequired[str]
    Owner: NotRequired[Owner]
    RestoreStatus: NotRequired[RestoreStatus]


class ObjectIdentifier(TypedDict):
    Key: str
    VersionId: NotRequired[str]
    ETag: NotRequired[str]
    LastModifiedTime: NotRequired[float]
    Size: NotRequired[int]


class ObjectLockConfiguration(TypedDict):
    ObjectLockEnabled: NotRequired[str]
    Rule: NotRequired[ObjectLockRule]


class ObjectLockLegalHold(TypedDict):
    Status: NotRequired[str]


class ObjectLockRetention(TypedDict):
    Mode: NotRequired[str]
    RetainUntilDate: NotRequired[float]
    EventHold: NotRequired[str]
    EventHoldDuration: NotRequired[EventHoldDuration]


class ObjectLockRule(TypedDict):
    DefaultRetention: NotRequired[DefaultRetention]


class ObjectPart(TypedDict):
    PartNumber: NotRequired[int]
    Size: NotRequired[int]
    ChecksumCRC32: NotRequired[str]
    ChecksumCRC32C: NotRequired[str]
    ChecksumCRC64NVME: NotRequired[str]
    ChecksumSHA1: NotRequired[str]
    ChecksumSHA256: NotRequired[str]
    ChecksumSHA512: NotRequired[str]
    ChecksumMD5: NotRequired[str]
    ChecksumXXHASH64: NotRequired[str]
    ChecksumXXHASH3: NotRequired[str]
    ChecksumXXHASH128: NotRequired[str]


class ObjectVersion(TypedDict):
    ETag: NotRequired[str]
    ChecksumAlgorithm: NotRequired[Sequence[str]]
    ChecksumType: NotRequired[str]
    Size: NotRequired[int]
    StorageClass: NotRequired[str]
    Key: NotRequired[str]
    VersionId: NotRequired[str]
    IsLatest: NotRequired[bool]
    LastModified: NotRequired[float]
    Owner: NotRequired[Owner]
    RestoreStatus: NotRequired[RestoreStatus]


class OutputLocation(TypedDict):
    S3: NotRequired[S3Location]


class OutputSerialization(TypedDict):
    CSV: NotRequired[CSVOutput]
    JSON: NotRequired[JSONOutput]


class Owner(TypedDict):
    DisplayName: NotRequired[str]
    ID: NotRequired[str]


class OwnershipControls(TypedDict):
    Rules: Sequence[OwnershipControlsRule]


class OwnershipControlsRule(TypedDict):
    ObjectOwnership: str


class ParquetInput(TypedDict):
    pass


class Part(TypedDict):
    PartNumber: NotRequired[int]
    LastModified: NotRequired[float]
    ETag: NotRequired[str]
    Size: NotRequired[int]
    ChecksumCRC32: NotRequired[str]
    ChecksumCRC32C: NotRequired[str]
    ChecksumCRC64NVME: NotRequired[str]
    ChecksumSHA1: NotRequired[str]
    ChecksumSHA256: NotRequired[str]
    ChecksumSHA512: NotRequired[str]
    ChecksumMD5: NotRequired[str]
    ChecksumXXHASH64: NotRequired[str]
    ChecksumXXHASH3: NotRequired[str]
    ChecksumXXHASH128: NotRequired[str]


class PartitionedPrefix(TypedDict):
    PartitionDateSource: NotRequired[str]


class PolicyStatus(TypedDict):
    IsPublic: NotRequired[bool]


class PublicAccessBlockConfiguration(TypedDict):
    BlockPublicAcls: NotRequired[bool]
    IgnorePublicAcls: NotRequired[bool]
    BlockPublicPolicy: NotRequired[bool]
    RestrictPublicBuckets: NotRequired[bool]


class PutBucketAccelerateConfigurationRequest(TypedDict):
    Bucket: str
    AccelerateConfiguration: AccelerateConfiguration
    ExpectedBucketOwner: NotRequired[str]
    ChecksumAlgorithm: NotRequired[str]


class PutBucketAclRequest(TypedDict):
    ACL: NotRequired[str]
    AccessControlPolicy: NotRequired[AccessControlPolicy]
    Bucket: str
    ContentMD5: NotRequired[str]
    ChecksumAlgorithm: NotRequired[str]
    GrantFullControl: NotRequired[str]
    GrantRead: NotRequired[str]
    GrantReadACP: NotRequired[str]
    GrantWrite: NotRequired[str]
    GrantWriteACP: NotRequired[str]
    ExpectedBucketOwner: NotRequired[str]


class PutBucketAnalyticsConfigurationRequest(TypedDict):
    Bucket: str
    Id: str
    AnalyticsConfiguration: AnalyticsConfiguration
    ExpectedBucketOwner: NotRequired[str]


class PutBucketCorsRequest(TypedDict):
    Bucket: str
    CORSConfiguration: CORSConfiguration
    ContentMD5: NotRequired[str]
    ChecksumAlgorithm: NotRequired[str]
    ExpectedBucketOwner: NotRequired[str]


class PutBucketEncryptionRequest(TypedDict):
    Bucket: str
    ContentMD5: NotRequired[str]
    ChecksumAlgorithm: NotRequired[str]
    ServerSideEncryptionConfiguration: ServerSideEncryptionConfiguration
    ExpectedBucketOwner: NotRequired[str]


class PutBucketIntelligentTieringConfigurationRequest(TypedDict):
    Bucket: str
    Id: str
    ExpectedBucketOwner: NotRequired[str]
    IntelligentTieringConfiguration: IntelligentTieringConfiguration


class PutBucketInventoryConfigurationRequest(TypedDict):
    Bucket: str
    Id: str
    InventoryConfiguration: InventoryConfiguration
    ExpectedBucketOwner: NotRequired[str]


class PutBucketLifecycleConfigurationOutput(TypedDict):
    TransitionDefaultMinimumObjectSize: NotRequired[str]


class PutBucketLifecycleConfigurationRequest(TypedDict):
    Bucket: str
    ChecksumAlgorithm: NotRequired[str]
    LifecycleConfiguration: NotRequired[BucketLifecycleConfiguration]
    ExpectedBucketOwner: NotRequired[str]
    TransitionDefaultMinimumObjectSize: NotRequired[str]


class PutBucketLoggingRequest(TypedDict):
    Bucket: str
    BucketLoggingStatus: BucketLoggingStatus
    ContentMD5: NotRequired[str]
    ChecksumAlgorithm: NotRequired[str]
    ExpectedBucketOwner: NotRequired[str]


class PutBucketMetricsConfigurationRequest(TypedDict):
    Bucket: str
    Id: str
    MetricsConfiguration: MetricsConfiguration
    ExpectedBucketOwner: NotRequired[str]


class PutBucketNotificationConfigurationRequest(TypedDict):
    Bucket: str
    NotificationConfiguration: NotificationConfiguration
    ExpectedBucketOwner: NotRequired[str]
    SkipDestinationValidation: NotRequired[bool]


class PutBucketOwnershipControlsRequest(TypedDict):
    Bucket: str
    ContentMD5: NotRequired[str]
    ExpectedBucketOwner: NotRequired[str]
    OwnershipControls: OwnershipControls
    ChecksumAlgorithm: NotRequired[str]


class PutBucketPolicyRequest(TypedDict):
    Bucket: str
    ContentMD5: NotRequired[str]
    ChecksumAlgorithm: NotRequired[str]
    ConfirmRemoveSelfBucketAccess: NotRequired[bool]
    Policy: str
    ExpectedBucketOwner: NotRequired[str]


class PutBucketReplicationRequest(TypedDict):
    Bucket: str
    ContentMD5: NotRequired[str]
    ChecksumAlgorithm: NotRequired[str]
    ReplicationConfiguration: ReplicationConfiguration
    Token: NotRequired[str]
    ExpectedBucketOwner: NotRequired[str]


class PutBucketRequestPaymentRequest(TypedDict):
    Bucket: str
    ContentMD5: NotRequired[str]
    ChecksumAlgorithm: NotRequired[str]
    RequestPaymentConfiguration: RequestPaymentConfiguration
    ExpectedBucketOwner: NotRequired[str]


class PutBucketTaggingRequest(TypedDict):
    Bucket: str
    ContentMD5: NotRequired[str]
    ChecksumAlgorithm: NotRequired[str]
    Tagging: Tagging
    ExpectedBucketOwner: NotRequired[str]


class PutBucketVersioningRequest(TypedDict):
    Bucket: str
    ContentMD5: NotRequired[str]
    ChecksumAlgorithm: NotRequired[str]
    MFA: NotRequired[str]
    VersioningConfiguration: VersioningConfiguration
    ExpectedBucketOwner: NotRequired[str]


class PutBucketWebsiteRequest(TypedDict):
    Bucket: str
    ContentMD5: NotRequired[str]
    ChecksumAlgorithm: NotRequired[str]
    WebsiteConfiguration: WebsiteConfiguration
    ExpectedBucketOwner: NotRequired[str]


class PutObjectAclOutput(TypedDict):
    RequestCharged: NotRequired[str]


class PutObjectAclRequest(TypedDict):
    ACL: NotRequired[str]
    AccessControlPolicy: NotRequired[AccessControlPolicy]
    Bucket: str
    ContentMD5: NotRequired[str]
    ChecksumAlgorithm: NotRequired[str]
    GrantFullControl: NotRequired[str]
    GrantRead: NotRequired[str]
    GrantReadACP: NotRequired[str]
    GrantWrite: NotRequired[str]
    GrantWriteACP: NotRequired[str]
    Key: str
    RequestPayer: NotRequired[str]
    VersionId: NotRequired[str]
    ExpectedBucketOwner: NotRequired[str]


class PutObjectLegalHoldOutput(TypedDict):
    RequestCharged: NotRequired[str]


class PutObjectLegalHoldRequest(TypedDict):
    Bucket: str
    Key: str
    LegalHold: NotRequired[ObjectLockLegalHold]
    RequestPayer: NotRequired[str]
    VersionId: NotRequired[str]
    ContentMD5: NotRequired[str]
    ChecksumAlgorithm: NotRequired[str]
    ExpectedBucketOwner: NotRequired[str]


class PutObjectLockConfigurationOutput(TypedDict):
    RequestCharged: NotRequired[str]


class PutObjectLockConfigurationRequest(TypedDict):
    Bucket: str
    ObjectLockConfiguration: NotRequired[ObjectLockConfiguration]
    RequestPayer: NotRequired[str]
    Token: NotRequired[str]
    ContentMD5: NotRequired[str]
    ChecksumAlgorithm: NotRequired[str]
    ExpectedBucketOwner: NotRequired[str]


class PutObjectOutput(TypedDict):
    Expiration: NotRequired[str]
    ETag: NotRequired[str]
    ChecksumCRC32: NotRequired[str]
    ChecksumCRC32C: NotRequired[str]
    ChecksumCRC64NVME: NotRequired[str]
    ChecksumSHA1: NotRequired[str]
    ChecksumSHA256: NotRequired[str]
    ChecksumSHA512: NotRequired[str]
    ChecksumMD5: NotRequired[str]
    ChecksumXXHASH64: NotRequired[str]
    ChecksumXXHASH3: NotRequired[str]
    ChecksumXXHASH128: NotRequired[str]
    ChecksumType: NotRequired[str]
    ServerSideEncryption: NotRequired[str]
    VersionId: NotRequired[str]
    SSECustomerAlgorithm: NotRequired[str]
    SSECustomerKeyMD5: NotRequired[str]
    SSEKMSKeyId: NotRequired[str]
    SSEKMSEncryptionContext: NotRequired[str]
    BucketKeyEnabled: NotRequired[bool]
    Size: NotRequired[int]
    RequestCharged: NotRequired[str]


class PutObjectRequest(TypedDict):
    ACL: NotRequired[str]
    Body: NotRequired[Any]
    Bucket: str
    CacheControl: NotRequired[str]
    ContentDisposition: NotRequired[str]
    ContentEncoding: NotRequired[str]
    ContentLanguage: NotRequired[str]
    ContentLength: NotRequired[int]
    ContentMD5: NotRequired[str]
    ContentType: NotRequired[str]
    ChecksumAlgorithm: NotRequired[str]
    ChecksumCRC32: NotRequired[str]
    ChecksumCRC32C: NotRequired[str]
    ChecksumCRC64NVME: NotRequired[str]
    ChecksumSHA1: NotRequired[str]
    ChecksumSHA256: NotRequired[str]
    ChecksumSHA512: NotRequired[str]
    ChecksumMD5: NotRequired[str]
    ChecksumXXHASH64: NotRequired[str]
    ChecksumXXHASH3: NotRequired[str]
    ChecksumXXHASH128: NotRequired[str]
    Expires: NotRequired[str]
    IfMatch: NotRequired[str]
    IfNoneMatch: NotRequired[str]
    GrantFullControl: NotRequired[str]
    GrantRead: NotRequired[str]
    GrantReadACP: NotRequired[str]
    GrantWriteACP: NotRequired[str]
    Key: str
    WriteOffsetBytes: NotRequired[int]
    Metadata: NotRequired[Mapping[str, str]]
    ServerSideEncryption: NotRequired[str]
    StorageClass: NotRequired[str]
    WebsiteRedirectLocation: NotRequired[str]
    SSECustomerAlgorithm: NotRequired[str]
    SSECustomerKey: NotRequired[str]
    SSECustomerKeyMD5: NotRequired[str]
    SSEKMSKeyId: NotRequired[str]
    SSEKMSEncryptionContext: NotRequired[str]
    BucketKeyEnabled: NotRequired[bool]
    RequestPayer: NotRequired[str]
    Tagging: NotRequired[str]
    ObjectLockMode: NotRequired[str]
    ObjectLockRetainUntilDate: NotRequired[float]
    ObjectLockLegalHoldStatus: NotRequired[str]
    ObjectLockEventHold: NotRequired[str]
    ObjectLockEventHoldDurationDays: NotRequired[int]
    ObjectLockEventHoldDurationYears: NotRequired[int]
    ExpectedBucketOwner: NotRequired[str]


class PutObjectRetentionOutput(TypedDict):
    RequestCharged: NotRequired[str]


class PutObjectRetentionRequest(TypedDict):
    Bucket: str
    Key: str
    Retention: NotRequired[ObjectLockRetention]
    RequestPayer: NotRequired[str]
    VersionId: NotRequired[str]
    BypassGovernanceRetention: NotRequired[bool]
    ContentMD5: NotRequired[str]
    ChecksumAlgorithm: NotRequired[str]
    ExpectedBucketOwner: NotRequired[str]


class PutObjectTaggingOutput(TypedDict):
    VersionId: NotRequired[str]


class PutObjectTaggingRequest(TypedDict):
    Bucket: str
    Key: str
    VersionId: NotRequired[str]
    ContentMD5: NotRequired[str]
    ChecksumAlgorithm: NotRequired[str]
    Tagging: Tagging
    ExpectedBucketOwner: NotRequired[str]
    RequestPayer: NotRequired[str]


class PutPublicAccessBlockRequest(TypedDict):
    Bucket: str
    ContentMD5: NotRequired[str]
    ChecksumAlgorithm: NotRequired[str]
    PublicAccessBlockConfiguration: PublicAccessBlockConfiguration
    ExpectedBucketOwner: NotRequired[str]


class QueueConfiguration(TypedDict):
    Id: NotRequired[str]
    QueueArn: str
    Events: Sequence[str]
    Filter: NotRequired[NotificationConfigurationFilter]


class Redirect(TypedDict):
    HostName: NotRequired[str]
    HttpRedirectCode: NotRequired[str]
    Protocol: NotRequired[str]
    ReplaceKeyPrefixWith: NotRequired[str]
    ReplaceKeyWith: NotRequired[str]


class RedirectAllRequestsTo(TypedDict):
    HostName: str
    Protocol: NotRequired[str]


class ReplicaModifications(TypedDict):
    Status: str


class ReplicationConfiguration(TypedDict):
    Role: str
    Rules: Sequence[ReplicationRule]


class ReplicationRule(TypedDict):
    ID: NotRequired[str]
    Priority: NotRequired[int]
    Prefix: NotRequired[str]
    Filter: NotRequired[ReplicationRuleFilter]
    Status: str
    SourceSelectionCriteria: NotRequired[SourceSelectionCriteria]
    ExistingObjectReplication: NotRequired[ExistingObjectReplication]
    Destination: Destination
    DeleteMarkerReplication: NotRequired[DeleteMarkerReplication]


class ReplicationRuleAndOperator(TypedDict):
    Prefix: NotRequired[str]
    Tags: NotRequired[Sequence[Tag]]


class ReplicationRuleFilter(TypedDict):
    Prefix: NotRequired[str]
    Tag: NotRequired[Tag]
    And: NotRequired[ReplicationRuleAndOperator]


class ReplicationTime(TypedDict):
    Status: str
    Time: ReplicationTimeValue


class ReplicationTimeValue(TypedDict):
    Minutes: NotRequired[int]


class RequestPaymentConfiguration(TypedDict):
    Payer: str


class RestoreObjectOutput(TypedDict):
    RequestCharged: NotRequired[str]
    RestoreOutputPath: NotRequired[str]


class RestoreObjectRequest(TypedDict):
    Bucket: str
    Key: str
    VersionId: NotRequired[str]
    RestoreRequest: NotRequired[RestoreRequest]
    RequestPayer: NotRequired[str]
    ChecksumAlgorithm: NotRequired[str]
    ExpectedBucketOwner: NotRequired[str]


class RestoreRequest(TypedDict):
    Days: NotRequired[int]
    GlacierJobParameters: NotRequired[GlacierJobParameters]
    Type: NotRequired[str]
    Tier: NotRequired[str]
    Description: NotRequired[str]
    SelectParameters: NotRequired[SelectParameters]
    OutputLocation: NotRequired[OutputLocation]


class RestoreStatus(TypedDict):
    IsRestoreInProgress: NotRequired[bool]
    RestoreExpiryDate: NotRequired[float]


class RoutingRule(TypedDict):
    Condition: NotRequired[Condition]
    Redirect: Redirect


class S3KeyFilter(TypedDict):
    FilterRules: NotRequired[Sequence[FilterRule]]


class S3Location(TypedDict):
    BucketName: str
    Prefix: str
    Encryption: NotRequired[Encryption]
    CannedACL: NotRequired[str]
    AccessControlList: NotRequired[Sequence[Grant]]
    Tagging: NotRequired[Tagging]
    UserMetadata: NotRequired[Sequence[MetadataEntry]]
    StorageClass: NotRequired[str]


class SSEKMS(TypedDict):
    KeyId: str


class SSES3(TypedDict):
    pass


class SelectParameters(TypedDict):
    InputSerialization: InputSerialization
    ExpressionType: str
    Expression: str
    OutputSerialization: OutputSerialization


class ServerSideEncryptionByDefault(TypedDict):
    SSEAlgorithm: str
    KMSMasterKeyID: NotRequired[str]


class ServerSideEncryptionConfiguration(TypedDict):
    Rules: Sequence[ServerSideEncryptionRule]


class ServerSideEncryptionRule(TypedDict):
    ApplyServerSideEncryptionByDefault: NotRequired[ServerSideEncryptionByDefault]
    BucketKeyEnabled: NotRequired[bool]
    BlockedEncryptionTypes: NotRequired[BlockedEncryptionTypes]


class SimplePrefix(TypedDict):
    pass


class SourceSelectionCriteria(TypedDict):
    SseKmsEncryptedObjects: NotRequired[SseKmsEncryptedObjects]
    ReplicaModifications: NotRequired[ReplicaModifications]


class SseKmsEncryptedObjects(TypedDict):
    Status: str


class StorageClassAnalysis(TypedDict):
    DataExport: NotRequired[StorageClassAnalysisDataExport]


class StorageClassAnalysisDataExport(TypedDict):
    OutputSchemaVersion: str
    Destination: AnalyticsExportDestination


class Tag(TypedDict):
    Key: str
    Value: str


class Tagging(TypedDict):
    TagSet: Sequence[Tag]


class TargetGrant(TypedDict):
    Grantee: NotRequired[Grantee]
    Permission: NotRequired[str]


class TargetObjectKeyFormat(TypedDict):
    SimplePrefix: NotRequired[SimplePrefix]
    PartitionedPrefix: NotRequired[PartitionedPrefix]


class Tiering(TypedDict):
    Days: int
    AccessTier: str


class TopicConfiguration(TypedDict):
    Id: NotRequired[str]
    TopicArn: str
    Events: Sequence[str]
    Filter: NotRequired[NotificationConfigurationFilter]


class Transition(TypedDict):
    Date: NotRequired[float]
    Days: NotRequired[int]
    StorageClass: NotRequired[str]


class UploadPartCopyOutput(TypedDict):
    CopySourceVersionId: NotRequired[str]
    CopyPartResult: NotRequired[CopyPartResult]
    ServerSideEncryption: NotRequired[str]
    SSECustomerAlgorithm: NotRequired[str]
    SSECustomerKeyMD5: NotRequired[str]
    SSEKMSKeyId: NotRequired[str]
    BucketKeyEnabled: NotRequired[bool]
    RequestCharged: NotRequired[str]
    VersionId: NotRequired[str]


class UploadPartCopyRequest(TypedDict):
    Bucket: str
    CopySource: str
    CopySourceIfMatch: NotRequired[str]
    CopySourceIfModifiedSince: NotRequired[float]
    CopySourceIfNoneMatch: NotRequired[str]
    CopySourceIfUnmodifiedSince: NotRequired[float]
    CopySourceRange: NotRequired[str]
    Key: str
    PartNumber: int
    UploadId: str
    SSECustomerAlgorithm: NotRequired[str]
    SSECustomerKey: NotRequired[str]
    SSECustomerKeyMD5: NotRequired[str]
    CopySourceSSECustomerAlgorithm: NotRequired[str]
    CopySourceSSECustomerKey: NotRequired[str]
    CopySourceSSECustomerKeyMD5: NotRequired[str]
    RequestPayer: NotRequired[str]
    ExpectedBucketOwner: NotRequired[str]
    ExpectedSourceBucketOwner: NotRequired[str]


class UploadPartOutput(TypedDict):
    ServerSideEncryption: NotRequired[str]
    ETag: NotRequired[str]
    ChecksumCRC32: NotRequired[str]
    ChecksumCRC32C: NotRequired[str]
    ChecksumCRC64NVME: NotRequired[str]
    ChecksumSHA1: NotRequired[str]
    ChecksumSHA256: NotRequired[str]
    ChecksumSHA512: NotRequired[str]
    ChecksumMD5: NotRequired[str]
    ChecksumXXHASH64: NotRequired[str]
    ChecksumXXHASH3: NotRequired[str]
    ChecksumXXHASH128: NotRequired[str]
    SSECustomerAlgorithm: NotRequired[str]
    SSECustomerKeyMD5: NotRequired[str]
    SSEKMSKeyId: NotRequired[str]
    BucketKeyEnabled: NotRequired[bool]
    RequestCharged: NotRequired[str]
    VersionId: NotRequired[str]


class UploadPartRequest(TypedDict):
    Body: NotRequired[Any]
    Bucket: str
    ContentLength: NotRequired[int]
    ContentMD5: NotRequired[str]
    ChecksumAlgorithm: NotRequired[str]
    ChecksumCRC32: NotRequired[str]
    ChecksumCRC32C: NotRequired[str]
    ChecksumCRC64NVME: NotRequired[str]
    ChecksumSHA1: NotRequired[str]
    ChecksumSHA256: NotRequired[str]
    ChecksumSHA512: NotRequired[str]
    ChecksumMD5: NotRequired[str]
    ChecksumXXHASH64: NotRequired[str]
    ChecksumXXHASH3: NotRequired[str]
    ChecksumXXHASH128: NotRequired[str]
    Key: str
    PartNumber: int
    UploadId: str
    SSECustomerAlgorithm: NotRequired[str]
    SSECustomerKey: NotRequired[str]
    SSECustomerKeyMD5: NotRequired[str]
    RequestPayer: NotRequired[str]
    ExpectedBucketOwner: NotRequired[str]


class VersioningConfiguration(TypedDict):
    MFADelete: NotRequired[str]
    Status: NotRequired[str]


class WebsiteConfiguration(TypedDict):
    ErrorDocument: NotRequired[ErrorDocument]
    IndexDocument: NotRequired[IndexDocument]
    RedirectAllRequestsTo: NotRequired[RedirectAllRequestsTo]
    RoutingRules: NotRequired[Sequence[RoutingRule]]
