"""Inputs and outputs of lambda, for the type checker. Written by tools/shapes.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

__all__ = ["Any", "Mapping", "NotRequired", "Sequence"]


class AcceleratorConfig(TypedDict):
    AcceleratorMemorySize: int


class AccountLimit(TypedDict):
    TotalCodeSize: NotRequired[int]
    CodeSizeUnzipped: NotRequired[int]
    CodeSizeZipped: NotRequired[int]
    ConcurrentExecutions: NotRequired[int]
    UnreservedConcurrentExecutions: NotRequired[int]


class AccountUsage(TypedDict):
    TotalCodeSize: NotRequired[int]
    FunctionCount: NotRequired[int]


class AddLayerVersionPermissionRequest(TypedDict):
    LayerName: str
    VersionNumber: int
    StatementId: str
    Action: str
    Principal: str
    OrganizationId: NotRequired[str]
    RevisionId: NotRequired[str]


class AddLayerVersionPermissionResponse(TypedDict):
    Statement: NotRequired[str]
    RevisionId: NotRequired[str]


class AddPermissionRequest(TypedDict):
    FunctionName: str
    StatementId: str
    Action: str
    Principal: str
    SourceArn: NotRequired[str]
    FunctionUrlAuthType: NotRequired[str]
    InvokedViaFunctionUrl: NotRequired[bool]
    SourceAccount: NotRequired[str]
    EventSourceToken: NotRequired[str]
    Qualifier: NotRequired[str]
    RevisionId: NotRequired[str]
    PrincipalOrgID: NotRequired[str]


class AddPermissionResponse(TypedDict):
    Statement: NotRequired[str]


class AliasConfiguration(TypedDict):
    AliasArn: NotRequired[str]
    Name: NotRequired[str]
    FunctionVersion: NotRequired[str]
    Description: NotRequired[str]
    RoutingConfig: NotRequired[AliasRoutingConfiguration]
    RevisionId: NotRequired[str]


class AliasRoutingConfiguration(TypedDict):
    AdditionalVersionWeights: NotRequired[Mapping[str, float]]


class AllowedPublishers(TypedDict):
    SigningProfileVersionArns: Sequence[str]


class AmazonManagedKafkaEventSourceConfig(TypedDict):
    ConsumerGroupId: NotRequired[str]
    SchemaRegistryConfig: NotRequired[KafkaSchemaRegistryConfig]


class CapacityProviderConfig(TypedDict):
    LambdaManagedInstancesCapacityProviderConfig: LambdaManagedInstancesCapacityProviderConfig


class CodeSigningConfig(TypedDict):
    CodeSigningConfigId: str
    CodeSigningConfigArn: str
    Description: NotRequired[str]
    AllowedPublishers: AllowedPublishers
    CodeSigningPolicies: CodeSigningPolicies
    LastModified: str


class CodeSigningPolicies(TypedDict):
    UntrustedArtifactOnDeployment: NotRequired[str]


class Concurrency(TypedDict):
    ReservedConcurrentExecutions: NotRequired[int]


class Cors(TypedDict):
    AllowCredentials: NotRequired[bool]
    AllowHeaders: NotRequired[Sequence[str]]
    AllowMethods: NotRequired[Sequence[str]]
    AllowOrigins: NotRequired[Sequence[str]]
    ExposeHeaders: NotRequired[Sequence[str]]
    MaxAge: NotRequired[int]


class CreateAliasRequest(TypedDict):
    FunctionName: str
    Name: str
    FunctionVersion: str
    Description: NotRequired[str]
    RoutingConfig: NotRequired[AliasRoutingConfiguration]


class CreateCodeSigningConfigRequest(TypedDict):
    Description: NotRequired[str]
    AllowedPublishers: AllowedPublishers
    CodeSigningPolicies: NotRequired[CodeSigningPolicies]
    Tags: NotRequired[Mapping[str, str]]


class CreateCodeSigningConfigResponse(TypedDict):
    CodeSigningConfig: CodeSigningConfig


class CreateEventSourceMappingRequest(TypedDict):
    EventSourceArn: NotRequired[str]
    FunctionName: str
    Enabled: NotRequired[bool]
    BatchSize: NotRequired[int]
    FilterCriteria: NotRequired[FilterCriteria]
    KMSKeyArn: NotRequired[str]
    MetricsConfig: NotRequired[EventSourceMappingMetricsConfig]
    LoggingConfig: NotRequired[EventSourceMappingLoggingConfig]
    ScalingConfig: NotRequired[ScalingConfig]
    MaximumBatchingWindowInSeconds: NotRequired[int]
    ParallelizationFactor: NotRequired[int]
    StartingPosition: NotRequired[str]
    StartingPositionTimestamp: NotRequired[float]
    DestinationConfig: NotRequired[DestinationConfig]
    MaximumRecordAgeInSeconds: NotRequired[int]
    BisectBatchOnFunctionError: NotRequired[bool]
    MaximumRetryAttempts: NotRequired[int]
    Tags: NotRequired[Mapping[str, str]]
    TumblingWindowInSeconds: NotRequired[int]
    Topics: NotRequired[Sequence[str]]
    Queues: NotRequired[Sequence[str]]
    SourceAccessConfigurations: NotRequired[Sequence[SourceAccessConfiguration]]
    SelfManagedEventSource: NotRequired[SelfManagedEventSource]
    FunctionResponseTypes: NotRequired[Sequence[str]]
    AmazonManagedKafkaEventSourceConfig: NotRequired[AmazonManagedKafkaEventSourceConfig]
    SelfManagedKafkaEventSourceConfig: NotRequired[SelfManagedKafkaEventSourceConfig]
    DocumentDBEventSourceConfig: NotRequired[DocumentDBEventSourceConfig]
    ProvisionedPollerConfig: NotRequired[ProvisionedPollerConfig]


class CreateFunctionRequest(TypedDict):
    FunctionName: str
    Runtime: NotRequired[str]
    Role: str
    Handler: NotRequired[str]
    Code: FunctionCode
    Description: NotRequired[str]
    Timeout: NotRequired[int]
    MemorySize: NotRequired[int]
    Publish: NotRequired[bool]
    PublishTo: NotRequired[str]
    VpcConfig: NotRequired[VpcConfig]
    PackageType: NotRequired[str]
    DeadLetterConfig: NotRequired[DeadLetterConfig]
    Environment: NotRequired[Environment]
    KMSKeyArn: NotRequired[str]
    TracingConfig: NotRequired[TracingConfig]
    Tags: NotRequired[Mapping[str, str]]
    Layers: NotRequired[Sequence[str]]
    FileSystemConfigs: NotRequired[Sequence[FileSystemConfig]]
    CodeSigningConfigArn: NotRequired[str]
    ImageConfig: NotRequired[ImageConfig]
    Architectures: NotRequired[Sequence[str]]
    EphemeralStorage: NotRequired[EphemeralStorage]
    SnapStart: NotRequired[SnapStart]
    LoggingConfig: NotRequired[LoggingConfig]
    TenancyConfig: NotRequired[TenancyConfig]
    CapacityProviderConfig: NotRequired[CapacityProviderConfig]
    DurableConfig: NotRequired[DurableConfig]
    RuntimeConfig: NotRequired[FunctionRuntimeConfig]
    AcceleratorConfig: NotRequired[AcceleratorConfig]


class CreateFunctionUrlConfigRequest(TypedDict):
    FunctionName: str
    Qualifier: NotRequired[str]
    AuthType: str
    Cors: NotRequired[Cors]
    InvokeMode: NotRequired[str]


class CreateFunctionUrlConfigResponse(TypedDict):
    FunctionUrl: str
    FunctionArn: str
    AuthType: str
    Cors: NotRequired[Cors]
    CreationTime: str
    InvokeMode: NotRequired[str]


class DeadLetterConfig(TypedDict):
    TargetArn: NotRequired[str]


class DeleteAliasRequest(TypedDict):
    FunctionName: str
    Name: str


class DeleteCodeSigningConfigRequest(TypedDict):
    CodeSigningConfigArn: str


class DeleteCodeSigningConfigResponse(TypedDict):
    pass


class DeleteEventSourceMappingRequest(TypedDict):
    UUID: str


class DeleteFunctionCodeSigningConfigRequest(TypedDict):
    FunctionName: str


class DeleteFunctionConcurrencyRequest(TypedDict):
    FunctionName: str


class DeleteFunctionEventInvokeConfigRequest(TypedDict):
    FunctionName: str
    Qualifier: NotRequired[str]


class DeleteFunctionRequest(TypedDict):
    FunctionName: str
    Qualifier: NotRequired[str]


class DeleteFunctionResponse(TypedDict):
    StatusCode: NotRequired[int]


class DeleteFunctionUrlConfigRequest(TypedDict):
    FunctionName: str
    Qualifier: NotRequired[str]


class DeleteLayerVersionRequest(TypedDict):
    LayerName: str
    VersionNumber: int


class DeleteProvisionedConcurrencyConfigRequest(TypedDict):
    FunctionName: str
    Qualifier: str


class DestinationConfig(TypedDict):
    OnSuccess: NotRequired[OnSuccess]
    OnFailure: NotRequired[OnFailure]


class DocumentDBEventSourceConfig(TypedDict):
    DatabaseName: NotRequired[str]
    CollectionName: NotRequired[str]
    FullDocument: NotRequired[str]


class DurableConfig(TypedDict):
    KMSKeyArn: NotRequired[str]
    RetentionPeriodInDays: NotRequired[int]
    ExecutionTimeout: NotRequired[int]


class Environment(TypedDict):
    Variables: NotRequired[Mapping[str, str]]


class EnvironmentError(TypedDict):  # noqa: A001
    ErrorCode: NotRequired[str]
    Message: NotRequired[str]


class EnvironmentResponse(TypedDict):
    Variables: NotRequired[Mapping[str, str]]
    Error: NotRequired[EnvironmentError]


class EphemeralStorage(TypedDict):
    Size: int


class EventSourceMappingConfiguration(TypedDict):
    UUID: NotRequired[str]
    StartingPosition: NotRequired[str]
    StartingPositionTimestamp: NotRequired[float]
    BatchSize: NotRequired[int]
    MaximumBatchingWindowInSeconds: NotRequired[int]
    ParallelizationFactor: NotRequired[int]
    EventSourceArn: NotRequired[str]
    FilterCriteria: NotRequired[FilterCriteria]
    FilterCriteriaError: NotRequired[FilterCriteriaError]
    KMSKeyArn: NotRequired[str]
    MetricsConfig: NotRequired[EventSourceMappingMetricsConfig]
    LoggingConfig: NotRequired[EventSourceMappingLoggingConfig]
    ScalingConfig: NotRequired[ScalingConfig]
    FunctionArn: NotRequired[str]
    LastModified: NotRequired[float]
    LastProcessingResult: NotRequired[str]
    State: NotRequired[str]
    StateTransitionReason: NotRequired[str]
    DestinationConfig: NotRequired[DestinationConfig]
    Topics: NotRequired[Sequence[str]]
    Queues: NotRequired[Sequence[str]]
    SourceAccessConfigurations: NotRequired[Sequence[SourceAccessConfiguration]]
    SelfManagedEventSource: NotRequired[SelfManagedEventSource]
    MaximumRecordAgeInSeconds: NotRequired[int]
    BisectBatchOnFunctionError: NotRequired[bool]
    MaximumRetryAttempts: NotRequired[int]
    TumblingWindowInSeconds: NotRequired[int]
    FunctionResponseTypes: NotRequired[Sequence[str]]
    AmazonManagedKafkaEventSourceConfig: NotRequired[AmazonManagedKafkaEventSourceConfig]
    SelfManagedKafkaEventSourceConfig: NotRequired[SelfManagedKafkaEventSourceConfig]
    DocumentDBEventSourceConfig: NotRequired[DocumentDBEventSourceConfig]
    EventSourceMappingArn: NotRequired[str]
    ProvisionedPollerConfig: NotRequired[ProvisionedPollerConfig]


class EventSourceMappingLoggingConfig(TypedDict):
    SystemLogLevel: NotRequired[str]


class EventSourceMappingMetricsConfig(TypedDict):
    Metrics: NotRequired[Sequence[str]]


class FileSystemConfig(TypedDict):
    Arn: str
    LocalMountPath: str
    S3FilesConfig: NotRequired[S3FilesConfig]


class Filter(TypedDict):
    Pattern: NotRequired[str]


class FilterCriteria(TypedDict):
    Filters: NotRequired[Sequence[Filter]]


class FilterCriteriaError(TypedDict):
    ErrorCode: NotRequired[str]
    Message: NotRequired[str]


class FunctionCode(TypedDict):
    ZipFile: NotRequired[bytes]
    S3Bucket: NotRequired[str]
    S3Key: NotRequired[str]
    S3ObjectVersion: NotRequired[str]
    S3ObjectStorageMode: NotRequired[str]
    ImageUri: NotRequired[str]
    SourceKMSKeyArn: NotRequired[str]


class FunctionCodeLocation(TypedDict):
    RepositoryType: NotRequired[str]
    Location: NotRequired[str]
    ImageUri: NotRequired[str]
    ResolvedImageUri: NotRequired[str]
    ResolvedS3Object: NotRequired[ResolvedS3Object]
    SourceKMSKeyArn: NotRequired[str]
    Error: NotRequired[FunctionCodeLocationError]


class FunctionCodeLocationError(TypedDict):
    ErrorCode: NotRequired[str]
    Message: NotRequired[str]


class FunctionConfiguration(TypedDict):
    FunctionName: NotRequired[str]
    FunctionArn: NotRequired[str]
    Runtime: NotRequired[str]
    Role: NotRequired[str]
    Handler: NotRequired[str]
    CodeSize: NotRequired[int]
    Description: NotRequired[str]
    Timeout: NotRequired[int]
    MemorySize: NotRequired[int]
    LastModified: NotRequired[str]
    CodeSha256: NotRequired[str]
    Version: NotRequired[str]
    VpcConfig: NotRequired[VpcConfigResponse]
    DeadLetterConfig: NotRequired[DeadLetterConfig]
    Environment: NotRequired[EnvironmentResponse]
    KMSKeyArn: NotRequired[str]
    TracingConfig: NotRequired[TracingConfigResponse]
    MasterArn: NotRequired[str]
    RevisionId: NotRequired[str]
    Layers: NotRequired[Sequence[Layer]]
    State: NotRequired[str]
    StateReason: NotRequired[str]
    StateReasonCode: NotRequired[str]
    LastUpdateStatus: NotRequired[str]
    LastUpdateStatusReason: NotRequired[str]
    LastUpdateStatusReasonCode: NotRequired[str]
    FileSystemConfigs: NotRequired[Sequence[FileSystemConfig]]
    SigningProfileVersionArn: NotRequired[str]
    SigningJobArn: NotRequired[str]
    PackageType: NotRequired[str]
    ImageConfigResponse: NotRequired[ImageConfigResponse]
    Architectures: NotRequired[Sequence[str]]
    EphemeralStorage: NotRequired[EphemeralStorage]
    SnapStart: NotRequired[SnapStartResponse]
    RuntimeVersionConfig: NotRequired[RuntimeVersionConfig]
    LoggingConfig: NotRequired[LoggingConfig]
    TenancyConfig: NotRequired[TenancyConfig]
    CapacityProviderConfig: NotRequired[CapacityProviderConfig]
    ConfigSha256: NotRequired[str]
    DurableConfig: NotRequired[DurableConfig]
    RuntimeConfig: NotRequired[FunctionRuntimeConfig]
    AcceleratorConfig: NotRequired[AcceleratorConfig]


class FunctionEventInvokeConfig(TypedDict):
    LastModified: NotRequired[float]
    FunctionArn: NotRequired[str]
    MaximumRetryAttempts: NotRequired[int]
    MaximumEventAgeInSeconds: NotRequired[int]
    DestinationConfig: NotRequired[DestinationConfig]


class FunctionRuntimeConfig(TypedDict):
    RuntimeArn: str
    RuntimeAlias: str


class FunctionUrlConfig(TypedDict):
    FunctionUrl: str
    FunctionArn: str
    CreationTime: str
    LastModifiedTime: str
    Cors: NotRequired[Cors]
    AuthType: str
    InvokeMode: NotRequired[str]


class GetAccountSettingsRequest(TypedDict):
    pass


class GetAccountSettingsResponse(TypedDict):
    AccountLimit: NotRequired[AccountLimit]
    AccountUsage: NotRequired[AccountUsage]


class GetAliasRequest(TypedDict):
    FunctionName: str
    Name: str


class GetCodeSigningConfigRequest(TypedDict):
    CodeSigningConfigArn: str


class GetCodeSigningConfigResponse(TypedDict):
    CodeSigningConfig: CodeSigningConfig


class GetEventSourceMappingRequest(TypedDict):
    UUID: str


class GetFunctionCodeSigningConfigRequest(TypedDict):
    FunctionName: str


class GetFunctionCodeSigningConfigResponse(TypedDict):
    CodeSigningConfigArn: str
    FunctionName: str


class GetFunctionConcurrencyRequest(TypedDict):
    FunctionName: str


class GetFunctionConcurrencyResponse(TypedDict):
    ReservedConcurrentExecutions: NotRequired[int]


class GetFunctionConfigurationRequest(TypedDict):
    FunctionName: str
    Qualifier: NotRequired[str]


class GetFunctionEventInvokeConfigRequest(TypedDict):
    FunctionName: str
    Qualifier: NotRequired[str]


class GetFunctionRecursionConfigRequest(TypedDict):
    FunctionName: str


class GetFunctionRecursionConfigResponse(TypedDict):
    RecursiveLoop: NotRequired[str]


class GetFunctionRequest(TypedDict):
    FunctionName: str
    Qualifier: NotRequired[str]


class GetFunctionResponse(TypedDict):
    Configuration: NotRequired[FunctionConfiguration]
    Code: NotRequired[FunctionCodeLocation]
    Tags: NotRequired[Mapping[str, str]]
    TagsError: NotRequired[TagsError]
    Concurrency: NotRequired[Concurrency]


class GetFunctionUrlConfigRequest(TypedDict):
    FunctionName: str
    Qualifier: NotRequired[str]


class GetFunctionUrlConfigResponse(TypedDict):
    FunctionUrl: str
    FunctionArn: str
    AuthType: str
    Cors: NotRequired[Cors]
    CreationTime: str
    LastModifiedTime: str
    InvokeMode: NotRequired[str]


class GetLayerVersionByArnRequest(TypedDict):
    Arn: str


class GetLayerVersionPolicyRequest(TypedDict):
    LayerName: str
    VersionNumber: int


class GetLayerVersionPolicyResponse(TypedDict):
    Policy: NotRequired[str]
    RevisionId: NotRequired[str]


class GetLayerVersionRequest(TypedDict):
    LayerName: str
    VersionNumber: int


class GetLayerVersionResponse(TypedDict):
    Content: NotRequired[LayerVersionContentOutput]
    LayerArn: NotRequired[str]
    LayerVersionArn: NotRequired[str]
    Description: NotRequired[str]
    CreatedDate: NotRequired[str]
    Version: NotRequired[int]
    CompatibleArchitectures: NotRequired[Sequence[str]]
    CompatibleRuntimes: NotRequired[Sequence[str]]
    LicenseInfo: NotRequired[str]


class GetPolicyRequest(TypedDict):
    FunctionName: str
    Qualifier: NotRequired[str]


class GetPolicyResponse(TypedDict):
    Policy: NotRequired[str]
    RevisionId: NotRequired[str]


class GetProvisionedConcurrencyConfigRequest(TypedDict):
    FunctionName: str
    Qualifier: str


class GetProvisionedConcurrencyConfigResponse(TypedDict):
    RequestedProvisionedConcurrentExecutions: NotRequired[int]
    AvailableProvisionedConcurrentExecutions: NotRequired[int]
    AllocatedProvisionedConcurrentExecutions: NotRequired[int]
    Status: NotRequired[str]
    StatusReason: NotRequired[str]
    LastModified: NotRequired[str]


class GetRuntimeManagementConfigRequest(TypedDict):
    FunctionName: str
    Qualifier: NotRequired[str]


class GetRuntimeManagementConfigResponse(TypedDict):
    UpdateRuntimeOn: NotRequired[str]
    FunctionArn: NotRequired[str]
    RuntimeVersionArn: NotRequired[str]


class ImageConfig(TypedDict):
    EntryPoint: NotRequired[Sequence[str]]
    Command: NotRequired[Sequence[str]]
    WorkingDirectory: NotRequired[str]


class ImageConfigError(TypedDict):
    ErrorCode: NotRequired[str]
    Message: NotRequired[str]


class ImageConfigResponse(TypedDict):
    ImageConfig: NotRequired[ImageConfig]
    Error: NotRequired[ImageConfigError]


class InvocationRequest(TypedDict):
    FunctionName: str
    InvocationType: NotRequired[str]
    LogType: NotRequired[str]
    ClientContext: NotRequired[str]
    DurableExecutionName: NotRequired[str]
    Payload: NotRequired[bytes]
    Qualifier: NotRequired[str]
    TenantId: NotRequired[str]


class InvocationResponse(TypedDict):
    StatusCode: NotRequired[int]
    FunctionError: NotRequired[str]
    LogResult: NotRequired[str]
    Payload: NotRequired[bytes]
    ExecutedVersion: NotRequired[str]
    DurableExecutionArn: NotRequired[str]


class InvokeAsyncRequest(TypedDict):
    FunctionName: str
    InvokeArgs: Any


class InvokeAsyncResponse(TypedDict):
    Status: NotRequired[int]


class InvokeWithResponseStreamRequest(TypedDict):
    FunctionName: str
    LogType: NotRequired[str]
    ClientContext: NotRequired[str]
    Qualifier: NotRequired[str]
    Payload: NotRequired[bytes]
    TenantId: NotRequired[str]
    InvocationType: NotRequired[str]


class InvokeWithResponseStreamResponse(TypedDict):
    StatusCode: NotRequired[int]
    ExecutedVersion: NotRequired[str]
    EventStream: NotRequired[Any]
    ResponseStreamContentType: NotRequired[str]


class KafkaSchemaRegistryAccessConfig(TypedDict):
    Type: NotRequired[str]
    URI: NotRequired[str]


class KafkaSchemaRegistryConfig(TypedDict):
    SchemaRegistryURI: NotRequired[str]
    EventRecordFormat: NotRequired[str]
    AccessConfigs: NotRequired[Sequence[KafkaSchemaRegistryAccessConfig]]
    SchemaValidationConfigs: NotRequired[Sequence[KafkaSchemaValidationConfig]]


class KafkaSchemaValidationConfig(TypedDict):
    Attribute: NotRequired[str]


class LambdaManagedInstancesCapacityProviderConfig(TypedDict):
    CapacityProviderArn: str
    PerExecutionEnvironmentMaxConcurrency: NotRequired[int]
    ExecutionEnvironmentMemoryGiBPerVCpu: NotRequired[float]


class Layer(TypedDict):
    Arn: NotRequired[str]
    CodeSize: NotRequired[int]
    SigningProfileVersionArn: NotRequired[str]
    SigningJobArn: NotRequired[str]


class LayerVersionContentInput(TypedDict):
    S3Bucket: NotRequired[str]
    S3Key: NotRequired[str]
    S3ObjectVersion: NotRequired[str]
    S3ObjectStorageMode: NotRequired[str]
    ZipFile: NotRequired[bytes]


class LayerVersionContentOutput(TypedDict):
    Location: NotRequired[str]
    CodeSha256: NotRequired[str]
    CodeSize: NotRequired[int]
    SigningProfileVersionArn: NotRequired[str]
    SigningJobArn: NotRequired[str]
    ResolvedS3Object: NotRequired[ResolvedS3Object]


class LayerVersionsListItem(TypedDict):
    LayerVersionArn: NotRequired[str]
    Version: NotRequired[int]
    Description: NotRequired[str]
    CreatedDate: NotRequired[str]
    CompatibleArchitectures: NotRequired[Sequence[str]]
    CompatibleRuntimes: NotRequired[Sequence[str]]
    LicenseInfo: NotRequired[str]


class LayersListItem(TypedDict):
    LayerName: NotRequired[str]
    LayerArn: NotRequired[str]
    LatestMatchingVersion: NotRequired[LayerVersionsListItem]


class ListAliasesRequest(TypedDict):
    FunctionName: str
    FunctionVersion: NotRequired[str]
    Marker: NotRequired[str]
    MaxItems: NotRequired[int]


class ListAliasesResponse(TypedDict):
    NextMarker: NotRequired[str]
    Aliases: NotRequired[Sequence[AliasConfiguration]]


class ListCodeSigningConfigsRequest(TypedDict):
    Marker: NotRequired[str]
    MaxItems: NotRequired[int]


class ListCodeSigningConfigsResponse(TypedDict):
    NextMarker: NotRequired[str]
    CodeSigningConfigs: NotRequired[Sequence[CodeSigningConfig]]


class ListEventSourceMappingsRequest(TypedDict):
    EventSourceArn: NotRequired[str]
    FunctionName: NotRequired[str]
    Marker: NotRequired[str]
    MaxItems: NotRequired[int]


class ListEventSourceMappingsResponse(TypedDict):
    NextMarker: NotRequired[str]
    EventSourceMappings: NotRequired[Sequence[EventSourceMappingConfiguration]]


class ListFunctionEventInvokeConfigsRequest(TypedDict):
    FunctionName: str
    Marker: NotRequired[str]
    MaxItems: NotRequired[int]


class ListFunctionEventInvokeConfigsResponse(TypedDict):
    FunctionEventInvokeConfigs: NotRequired[Sequence[FunctionEventInvokeConfig]]
    NextMarker: NotRequired[str]


class ListFunctionUrlConfigsRequest(TypedDict):
    FunctionName: str
    Marker: NotRequired[str]
    MaxItems: NotRequired[int]


class ListFunctionUrlConfigsResponse(TypedDict):
    FunctionUrlConfigs: Sequence[FunctionUrlConfig]
    NextMarker: NotRequired[str]


class ListFunctionsByCodeSigningConfigRequest(TypedDict):
    CodeSigningConfigArn: str
    Marker: NotRequired[str]
    MaxItems: NotRequired[int]


class ListFunctionsByCodeSigningConfigResponse(TypedDict):
    NextMarker: NotRequired[str]
    FunctionArns: NotRequired[Sequence[str]]


class ListFunctionsRequest(TypedDict):
    MasterRegion: NotRequired[str]
    FunctionVersion: NotRequired[str]
    Marker: NotRequired[str]
    MaxItems: NotRequired[int]


class ListFunctionsResponse(TypedDict):
    NextMarker: NotRequired[str]
    Functions: NotRequired[Sequence[FunctionConfiguration]]


class ListLayerVersionsRequest(TypedDict):
    CompatibleArchitecture: NotRequired[str]
    CompatibleRuntime: NotRequired[str]
    LayerName: str
    Marker: NotRequired[str]
    MaxItems: NotRequired[int]


class ListLayerVersionsResponse(TypedDict):
    NextMarker: NotRequired[str]
    LayerVersions: NotRequired[Sequence[LayerVersionsListItem]]


class ListLayersRequest(TypedDict):
    CompatibleArchitecture: NotRequired[str]
    CompatibleRuntime: NotRequired[str]
    Marker: NotRequired[str]
    MaxItems: NotRequired[int]


class ListLayersResponse(TypedDict):
    NextMarker: NotRequired[str]
    Layers: NotRequired[Sequence[LayersListItem]]


class ListProvisionedConcurrencyConfigsRequest(TypedDict):
    FunctionName: str
    Marker: NotRequired[str]
    MaxItems: NotRequired[int]


class ListProvisionedConcurrencyConfigsResponse(TypedDict):
    ProvisionedConcurrencyConfigs: NotRequired[Sequence[ProvisionedConcurrencyConfigListItem]]
    NextMarker: NotRequired[str]


class ListTagsRequest(TypedDict):
    Resource: str


class ListTagsResponse(TypedDict):
    Tags: NotRequired[Mapping[str, str]]


class ListVersionsByFunctionRequest(TypedDict):
    FunctionName: str
    Marker: NotRequired[str]
    MaxItems: NotRequired[int]


class ListVersionsByFunctionResponse(TypedDict):
    NextMarker: NotRequired[str]
    Versions: NotRequired[Sequence[FunctionConfiguration]]


class LoggingConfig(TypedDict):
    LogFormat: NotRequired[str]
    ApplicationLogLevel: NotRequired[str]
    SystemLogLevel: NotRequired[str]
    LogGroup: NotRequired[str]


class OnFailure(TypedDict):
    Destination: NotRequired[str]


class OnSuccess(TypedDict):
    Destination: NotRequired[str]


class ProvisionedConcurrencyConfigListItem(TypedDict):
    FunctionArn: NotRequired[str]
    RequestedProvisionedConcurrentExecutions: NotRequired[int]
    AvailableProvisionedConcurrentExecutions: NotRequired[int]
    AllocatedProvisionedConcurrentExecutions: NotRequired[int]
    Status: NotRequired[str]
    StatusReason: NotRequired[str]
    LastModified: NotRequired[str]


class ProvisionedPollerConfig(TypedDict):
    MinimumPollers: NotRequired[int]
    MaximumPollers: NotRequired[int]
    PollerGroupName: NotRequired[str]


class PublishLayerVersionRequest(TypedDict):
    LayerName: str
    Description: NotRequired[str]
    Content: LayerVersionContentInput
    CompatibleArchitectures: NotRequired[Sequence[str]]
    CompatibleRuntimes: NotRequired[Sequence[str]]
    LicenseInfo: NotRequired[str]


class PublishLayerVersionResponse(TypedDict):
    Content: NotRequired[LayerVersionContentOutput]
    LayerArn: NotRequired[str]
    LayerVersionArn: NotRequired[str]
    Description: NotRequired[str]
    CreatedDate: NotRequired[str]
    Version: NotRequired[int]
    CompatibleArchitectures: NotRequired[Sequence[str]]
    CompatibleRuntimes: NotRequired[Sequence[str]]
    LicenseInfo: NotRequired[str]


class PublishVersionRequest(TypedDict):
    FunctionName: str
    CodeSha256: NotRequired[str]
    Description: NotRequired[str]
    RevisionId: NotRequired[str]
    PublishTo: NotRequired[str]


class PutFunctionCodeSigningConfigRequest(TypedDict):
    CodeSigningConfigArn: str
    FunctionName: str


class PutFunctionCodeSigningConfigResponse(TypedDict):
    CodeSigningConfigArn: str
    FunctionName: str


class PutFunctionConcurrencyRequest(TypedDict):
    FunctionName: str
    ReservedConcurrentExecutions: int


class PutFunctionEventInvokeConfigRequest(TypedDict):
    FunctionName: str
    Qualifier: NotRequired[str]
    MaximumRetryAttempts: NotRequired[int]
    MaximumEventAgeInSeconds: NotRequired[int]
    DestinationConfig: NotRequired[DestinationConfig]


class PutFunctionRecursionConfigRequest(TypedDict):
    FunctionName: str
    RecursiveLoop: str


class PutFunctionRecursionConfigResponse(TypedDict):
    RecursiveLoop: NotRequired[str]


class PutProvisionedConcurrencyConfigRequest(TypedDict):
    FunctionName: str
    Qualifier: str
    ProvisionedConcurrentExecutions: int


class PutProvisionedConcurrencyConfigResponse(TypedDict):
    RequestedProvisionedConcurrentExecutions: NotRequired[int]
    AllocatedProvisionedConcurrentExecutions: NotRequired[int]
    AvailableProvisionedConcurrentExecutions: NotRequired[int]
    Status: NotRequired[str]
    StatusReason: NotRequired[str]
    LastModified: NotRequired[str]


class PutRuntimeManagementConfigRequest(TypedDict):
    FunctionName: str
    Qualifier: NotRequired[str]
    UpdateRuntimeOn: str
    RuntimeVersionArn: NotRequired[str]


class PutRuntimeManagementConfigResponse(TypedDict):
    UpdateRuntimeOn: str
    FunctionArn: str
    RuntimeVersionArn: NotRequired[str]


class RemoveLayerVersionPermissionRequest(TypedDict):
    LayerName: str
    VersionNumber: int
    StatementId: str
    RevisionId: NotRequired[str]


class RemovePermissionRequest(TypedDict):
    FunctionName: str
    StatementId: str
    Qualifier: NotRequired[str]
    RevisionId: NotRequired[str]


class ResolvedS3Object(TypedDict):
    S3Bucket: NotRequired[str]
    S3Key: NotRequired[str]
    S3ObjectVersion: NotRequired[str]


class RuntimeVersionConfig(TypedDict):
    RuntimeVersionArn: NotRequired[str]
    Error: NotRequired[RuntimeVersionError]


class RuntimeVersionError(TypedDict):
    ErrorCode: NotRequired[str]
    Message: NotRequired[str]


class S3FilesConfig(TypedDict):
    DirectS3Read: NotRequired[str]


class ScalingConfig(TypedDict):
    MaximumConcurrency: NotRequired[int]


class SelfManagedEventSource(TypedDict):
    Endpoints: NotRequired[Mapping[str, Sequence[str]]]


class SelfManagedKafkaEventSourceConfig(TypedDict):
    ConsumerGroupId: NotRequired[str]
    SchemaRegistryConfig: NotRequired[KafkaSchemaRegistryConfig]
    ConsumptionMode: NotRequired[str]


class SnapStart(TypedDict):
    ApplyOn: NotRequired[str]


class SnapStartResponse(TypedDict):
    ApplyOn: NotRequired[str]
    OptimizationStatus: NotRequired[str]


class SourceAccessConfiguration(TypedDict):
    Type: NotRequired[str]
    URI: NotRequired[str]


class TagResourceRequest(TypedDict):
    Resource: str
    Tags: Mapping[str, str]


class TagsError(TypedDict):
    ErrorCode: str
    Message: str


class TenancyConfig(TypedDict):
    TenantIsolationMode: str


class TracingConfig(TypedDict):
    Mode: NotRequired[str]


class TracingConfigResponse(TypedDict):
    Mode: NotRequired[str]


class UntagResourceRequest(TypedDict):
    Resource: str
    TagKeys: Sequence[str]


class UpdateAliasRequest(TypedDict):
    FunctionName: str
    Name: str
    FunctionVersion: NotRequired[str]
    Description: NotRequired[str]
    RoutingConfig: NotRequired[AliasRoutingConfiguration]
    RevisionId: NotRequired[str]


class UpdateCodeSigningConfigRequest(TypedDict):
    CodeSigningConfigArn: str
    Description: NotRequired[str]
    AllowedPublishers: NotRequired[AllowedPublishers]
    CodeSigningPolicies: NotRequired[CodeSigningPolicies]


class UpdateCodeSigningConfigResponse(TypedDict):
    CodeSigningConfig: CodeSigningConfig


class UpdateEventSourceMappingRequest(TypedDict):
    UUID: str
    FunctionName: NotRequired[str]
    Enabled: NotRequired[bool]
    BatchSize: NotRequired[int]
    FilterCriteria: NotRequired[FilterCriteria]
    KMSKeyArn: NotRequired[str]
    MetricsConfig: NotRequired[EventSourceMappingMetricsConfig]
    LoggingConfig: NotRequired[EventSourceMappingLoggingConfig]
    ScalingConfig: NotRequired[ScalingConfig]
    MaximumBatchingWindowInSeconds: NotRequired[int]
    ParallelizationFactor: NotRequired[int]
    DestinationConfig: NotRequired[DestinationConfig]
    MaximumRecordAgeInSeconds: NotRequired[int]
    BisectBatchOnFunctionError: NotRequired[bool]
    MaximumRetryAttempts: NotRequired[int]
    TumblingWindowInSeconds: NotRequired[int]
    SourceAccessConfigurations: NotRequired[Sequence[SourceAccessConfiguration]]
    FunctionResponseTypes: NotRequired[Sequence[str]]
    AmazonManagedKafkaEventSourceConfig: NotRequired[AmazonManagedKafkaEventSourceConfig]
    SelfManagedKafkaEventSourceConfig: NotRequired[SelfManagedKafkaEventSourceConfig]
    DocumentDBEventSourceConfig: NotRequired[DocumentDBEventSourceConfig]
    ProvisionedPollerConfig: NotRequired[ProvisionedPollerConfig]


class UpdateFunctionCodeRequest(TypedDict):
    FunctionName: str
    ZipFile: NotRequired[bytes]
    S3Bucket: NotRequired[str]
    S3Key: NotRequired[str]
    S3ObjectVersion: NotRequired[str]
    S3ObjectStorageMode: NotRequired[str]
    ImageUri: NotRequired[str]
    Architectures: NotRequired[Sequence[str]]
    Publish: NotRequired[bool]
    PublishTo: NotRequired[str]
    DryRun: NotRequired[bool]
    RevisionId: NotRequired[str]
    SourceKMSKeyArn: NotRequired[str]


class UpdateFunctionConfigurationRequest(TypedDict):
    FunctionName: str
    Role: NotRequired[str]
    Handler: NotRequired[str]
    Description: NotRequired[str]
    Timeout: NotRequired[int]
    MemorySize: NotRequired[int]
    VpcConfig: NotRequired[VpcConfig]
    Environment: NotRequired[Environment]
    Runtime: NotRequired[str]
    DeadLetterConfig: NotRequired[DeadLetterConfig]
    KMSKeyArn: NotRequired[str]
    TracingConfig: NotRequired[TracingConfig]
    RevisionId: NotRequired[str]
    Layers: NotRequired[Sequence[str]]
    FileSystemConfigs: NotRequired[Sequence[FileSystemConfig]]
    ImageConfig: NotRequired[ImageConfig]
    EphemeralStorage: NotRequired[EphemeralStorage]
    SnapStart: NotRequired[SnapStart]
    LoggingConfig: NotRequired[LoggingConfig]
    CapacityProviderConfig: NotRequired[CapacityProviderConfig]
    DurableConfig: NotRequired[DurableConfig]
    RuntimeConfig: NotRequired[FunctionRuntimeConfig]
    AcceleratorConfig: NotRequired[AcceleratorConfig]


class UpdateFunctionEventInvokeConfigRequest(TypedDict):
    FunctionName: str
    Qualifier: NotRequired[str]
    MaximumRetryAttempts: NotRequired[int]
    MaximumEventAgeInSeconds: NotRequired[int]
    DestinationConfig: NotRequired[DestinationConfig]


class UpdateFunctionUrlConfigRequest(TypedDict):
    FunctionName: str
    Qualifier: NotRequired[str]
    AuthType: NotRequired[str]
    Cors: NotRequired[Cors]
    InvokeMode: NotRequired[str]


class UpdateFunctionUrlConfigResponse(TypedDict):
    FunctionUrl: str
    FunctionArn: str
    AuthType: str
    Cors: NotRequired[Cors]
    CreationTime: str
    LastModifiedTime: str
    InvokeMode: NotRequired[str]


class VpcConfig(TypedDict):
    SubnetIds: NotRequired[Sequence[str]]
    SecurityGroupIds: NotRequired[Sequence[str]]
    Ipv6AllowedForDualStack: NotRequired[bool]


class VpcConfigResponse(TypedDict):
    SubnetIds: NotRequired[Sequence[str]]
    SecurityGroupIds: NotRequired[Sequence[str]]
    VpcId: NotRequired[str]
    Ipv6AllowedForDualStack: NotRequired[bool]
