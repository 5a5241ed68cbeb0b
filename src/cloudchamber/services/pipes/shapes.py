"""Inputs and outputs of pipes, for the type checker. Written by tools/shapes.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

__all__ = ["Any", "Mapping", "NotRequired", "Sequence"]


class AwsVpcConfiguration(TypedDict):
    Subnets: Sequence[str]
    SecurityGroups: NotRequired[Sequence[str]]
    AssignPublicIp: NotRequired[str]


class BatchArrayProperties(TypedDict):
    Size: NotRequired[int]


class BatchContainerOverrides(TypedDict):
    Command: NotRequired[Sequence[str]]
    Environment: NotRequired[Sequence[BatchEnvironmentVariable]]
    InstanceType: NotRequired[str]
    ResourceRequirements: NotRequired[Sequence[BatchResourceRequirement]]


class BatchEnvironmentVariable(TypedDict):
    Name: NotRequired[str]
    Value: NotRequired[str]


class BatchJobDependency(TypedDict):
    JobId: NotRequired[str]
    Type: NotRequired[str]


class BatchResourceRequirement(TypedDict):
    Type: str
    Value: str


class BatchRetryStrategy(TypedDict):
    Attempts: NotRequired[int]


class CapacityProviderStrategyItem(TypedDict):
    capacityProvider: str
    weight: NotRequired[int]
    base: NotRequired[int]


class CloudwatchLogsLogDestination(TypedDict):
    LogGroupArn: NotRequired[str]


class CloudwatchLogsLogDestinationParameters(TypedDict):
    LogGroupArn: str


class CreatePipeRequest(TypedDict):
    Name: str
    Description: NotRequired[str]
    DesiredState: NotRequired[str]
    Source: str
    SourceParameters: NotRequired[PipeSourceParameters]
    Enrichment: NotRequired[str]
    EnrichmentParameters: NotRequired[PipeEnrichmentParameters]
    Target: str
    TargetParameters: NotRequired[PipeTargetParameters]
    RoleArn: str
    Tags: NotRequired[Mapping[str, str]]
    LogConfiguration: NotRequired[PipeLogConfigurationParameters]
    KmsKeyIdentifier: NotRequired[str]


class CreatePipeResponse(TypedDict):
    Arn: NotRequired[str]
    Name: NotRequired[str]
    DesiredState: NotRequired[str]
    CurrentState: NotRequired[str]
    CreationTime: NotRequired[float]
    LastModifiedTime: NotRequired[float]


class DeadLetterConfig(TypedDict):
    Arn: NotRequired[str]


class DeletePipeRequest(TypedDict):
    Name: str


class DeletePipeResponse(TypedDict):
    Arn: NotRequired[str]
    Name: NotRequired[str]
    DesiredState: NotRequired[str]
    CurrentState: NotRequired[str]
    CreationTime: NotRequired[float]
    LastModifiedTime: NotRequired[float]


class DescribePipeRequest(TypedDict):
    Name: str


class DescribePipeResponse(TypedDict):
    Arn: NotRequired[str]
    Name: NotRequired[str]
    Description: NotRequired[str]
    DesiredState: NotRequired[str]
    CurrentState: NotRequired[str]
    StateReason: NotRequired[str]
    Source: NotRequired[str]
    SourceParameters: NotRequired[PipeSourceParameters]
    Enrichment: NotRequired[str]
    EnrichmentParameters: NotRequired[PipeEnrichmentParameters]
    Target: NotRequired[str]
    TargetParameters: NotRequired[PipeTargetParameters]
    RoleArn: NotRequired[str]
    Tags: NotRequired[Mapping[str, str]]
    CreationTime: NotRequired[float]
    LastModifiedTime: NotRequired[float]
    LogConfiguration: NotRequired[PipeLogConfiguration]
    KmsKeyIdentifier: NotRequired[str]


class DimensionMapping(TypedDict):
    DimensionValue: str
    DimensionValueType: str
    DimensionName: str


class EcsContainerOverride(TypedDict):
    Command: NotRequired[Sequence[str]]
    Cpu: NotRequired[int]
    Environment: NotRequired[Sequence[EcsEnvironmentVariable]]
    EnvironmentFiles: NotRequired[Sequence[EcsEnvironmentFile]]
    Memory: NotRequired[int]
    MemoryReservation: NotRequired[int]
    Name: NotRequired[str]
    ResourceRequirements: NotRequired[Sequence[EcsResourceRequirement]]


class EcsEnvironmentFile(TypedDict):
    type: str
    value: str


class EcsEnvironmentVariable(TypedDict):
    name: NotRequired[str]
    value: NotRequired[str]


class EcsEphemeralStorage(TypedDict):
    sizeInGiB: int


class EcsInferenceAcceleratorOverride(TypedDict):
    deviceName: NotRequired[str]
    deviceType: NotRequired[str]


class EcsResourceRequirement(TypedDict):
    type: str
    value: str


class EcsTaskOverride(TypedDict):
    ContainerOverrides: NotRequired[Sequence[EcsContainerOverride]]
    Cpu: NotRequired[str]
    EphemeralStorage: NotRequired[EcsEphemeralStorage]
    ExecutionRoleArn: NotRequired[str]
    InferenceAcceleratorOverrides: NotRequired[Sequence[EcsInferenceAcceleratorOverride]]
    Memory: NotRequired[str]
    TaskRoleArn: NotRequired[str]


class Filter(TypedDict):
    Pattern: NotRequired[str]


class FilterCriteria(TypedDict):
    Filters: NotRequired[Sequence[Filter]]


class FirehoseLogDestination(TypedDict):
    DeliveryStreamArn: NotRequired[str]


class FirehoseLogDestinationParameters(TypedDict):
    DeliveryStreamArn: str


class ListPipesRequest(TypedDict):
    NamePrefix: NotRequired[str]
    DesiredState: NotRequired[str]
    CurrentState: NotRequired[str]
    SourcePrefix: NotRequired[str]
    TargetPrefix: NotRequired[str]
    NextToken: NotRequired[str]
    Limit: NotRequired[int]


class ListPipesResponse(TypedDict):
    Pipes: NotRequired[Sequence[Pipe]]
    NextToken: NotRequired[str]


class ListTagsForResourceRequest(TypedDict):
    resourceArn: str


class ListTagsForResourceResponse(TypedDict):
    tags: NotRequired[Mapping[str, str]]


class MQBrokerAccessCredentials(TypedDict):
    BasicAuth: NotRequired[str]


class MSKAccessCredentials(TypedDict):
    SaslScram512Auth: NotRequired[str]
    ClientCertificateTlsAuth: NotRequired[str]


class MultiMeasureAttributeMapping(TypedDict):
    MeasureValue: str
    MeasureValueType: str
    MultiMeasureAttributeName: str


class MultiMeasureMapping(TypedDict):
    MultiMeasureName: str
    MultiMeasureAttributeMappings: Sequence[MultiMeasureAttributeMapping]


class NetworkConfiguration(TypedDict):
    awsvpcConfiguration: NotRequired[AwsVpcConfiguration]


class Pipe(TypedDict):
    Name: NotRequired[str]
    Arn: NotRequired[str]
    DesiredState: NotRequired[str]
    CurrentState: NotRequired[str]
    StateReason: NotRequired[str]
    CreationTime: NotRequired[float]
    LastModifiedTime: NotRequired[float]
    Source: NotRequired[str]
    Target: NotRequired[str]
    Enrichment: NotRequired[str]


class PipeEnrichmentHttpParameters(TypedDict):
    PathParameterValues: NotRequired[Sequence[str]]
    HeaderParameters: NotRequired[Mapping[str, str]]
    QueryStringParameters: NotRequired[Mapping[str, str]]


class PipeEnrichmentParameters(TypedDict):
    InputTemplate: NotRequired[str]
    HttpParameters: NotRequired[PipeEnrichmentHttpParameters]


class PipeLogConfiguration(TypedDict):
    S3LogDestination: NotRequired[S3LogDestination]
    FirehoseLogDestination: NotRequired[FirehoseLogDestination]
    CloudwatchLogsLogDestination: NotRequired[CloudwatchLogsLogDestination]
    Level: NotRequired[str]
    IncludeExecutionData: NotRequired[Sequence[str]]


class PipeLogConfigurationParameters(TypedDict):
    S3LogDestination: NotRequired[S3LogDestinationParameters]
    FirehoseLogDestination: NotRequired[FirehoseLogDestinationParameters]
    CloudwatchLogsLogDestination: NotRequired[CloudwatchLogsLogDestinationParameters]
    Level: str
    IncludeExecutionData: NotRequired[Sequence[str]]


class PipeSourceActiveMQBrokerParameters(TypedDict):
    Credentials: MQBrokerAccessCredentials
    QueueName: str
    BatchSize: NotRequired[int]
    MaximumBatchingWindowInSeconds: NotRequired[int]


class PipeSourceDynamoDBStreamParameters(TypedDict):
    BatchSize: NotRequired[int]
    DeadLetterConfig: NotRequired[DeadLetterConfig]
    OnPartialBatchItemFailure: NotRequired[str]
    MaximumBatchingWindowInSeconds: NotRequired[int]
    MaximumRecordAgeInSeconds: NotRequired[int]
    MaximumRetryAttempts: NotRequired[int]
    ParallelizationFactor: NotRequired[int]
    StartingPosition: str


class PipeSourceKinesisStreamParameters(TypedDict):
    BatchSize: NotRequired[int]
    DeadLetterConfig: NotRequired[DeadLetterConfig]
    OnPartialBatchItemFailure: NotRequired[str]
    MaximumBatchingWindowInSeconds: NotRequired[int]
    MaximumRecordAgeInSeconds: NotRequired[int]
    MaximumRetryAttempts: NotRequired[int]
    ParallelizationFactor: NotRequired[int]
    StartingPosition: str
    StartingPositionTimestamp: NotRequired[float]


class PipeSourceManagedStreamingKafkaParameters(TypedDict):
    TopicName: str
    StartingPosition: NotRequired[str]
    BatchSize: NotRequired[int]
    MaximumBatchingWindowInSeconds: NotRequired[int]
    ConsumerGroupID: NotRequired[str]
    Credentials: NotRequired[MSKAccessCredentials]


class PipeSourceParameters(TypedDict):
    FilterCriteria: NotRequired[FilterCriteria]
    KinesisStreamParameters: NotRequired[PipeSourceKinesisStreamParameters]
    DynamoDBStreamParameters: NotRequired[PipeSourceDynamoDBStreamParameters]
    SqsQueueParameters: NotRequired[PipeSourceSqsQueueParameters]
    ActiveMQBrokerParameters: NotRequired[PipeSourceActiveMQBrokerParameters]
    RabbitMQBrokerParameters: NotRequired[PipeSourceRabbitMQBrokerParameters]
    ManagedStreamingKafkaParameters: NotRequired[PipeSourceManagedStreamingKafkaParameters]
    SelfManagedKafkaParameters: NotRequired[PipeSourceSelfManagedKafkaParameters]


class PipeSourceRabbitMQBrokerParameters(TypedDict):
    Credentials: MQBrokerAccessCredentials
    QueueName: str
    VirtualHost: NotRequired[str]
    BatchSize: NotRequired[int]
    MaximumBatchingWindowInSeconds: NotRequired[int]


class PipeSourceSelfManagedKafkaParameters(TypedDict):
    TopicName: str
    StartingPosition: NotRequired[str]
    AdditionalBootstrapServers: NotRequired[Sequence[str]]
    BatchSize: NotRequired[int]
    MaximumBatchingWindowInSeconds: NotRequired[int]
    ConsumerGroupID: NotRequired[str]
    Credentials: NotRequired[SelfManagedKafkaAccessConfigurationCredentials]
    ServerRootCaCertificate: NotRequired[str]
    Vpc: NotRequired[SelfManagedKafkaAccessConfigurationVpc]


class PipeSourceSqsQueueParameters(TypedDict):
    BatchSize: NotRequired[int]
    MaximumBatchingWindowInSeconds: NotRequired[int]


class PipeTargetBatchJobParameters(TypedDict):
    JobDefinition: str
    JobName: str
    ArrayProperties: NotRequired[BatchArrayProperties]
    RetryStrategy: NotRequired[BatchRetryStrategy]
    ContainerOverrides: NotRequired[BatchContainerOverrides]
    DependsOn: NotRequired[Sequence[BatchJobDependency]]
    Parameters: NotRequired[Mapping[str, str]]


class PipeTargetCloudWatchLogsParameters(TypedDict):
    LogStreamName: NotRequired[str]
    Timestamp: NotRequired[str]


class PipeTargetEcsTaskParameters(TypedDict):
    TaskDefinitionArn: str
    TaskCount: NotRequired[int]
    LaunchType: NotRequired[str]
    NetworkConfiguration: NotRequired[NetworkConfiguration]
    PlatformVersion: NotRequired[str]
    Group: NotRequired[str]
    CapacityProviderStrategy: NotRequired[Sequence[CapacityProviderStrategyItem]]
    EnableECSManagedTags: NotRequired[bool]
    EnableExecuteCommand: NotRequired[bool]
    PlacementConstraints: NotRequired[Sequence[PlacementConstraint]]
    PlacementStrategy: NotRequired[Sequence[PlacementStrategy]]
    PropagateTags: NotRequired[str]
    ReferenceId: NotRequired[str]
    Overrides: NotRequired[EcsTaskOverride]
    Tags: NotRequired[Sequence[Tag]]


class PipeTargetEventBridgeEventBusParameters(TypedDict):
    EndpointId: NotRequired[str]
    DetailType: NotRequired[str]
    Source: NotRequired[str]
    Resources: NotRequired[Sequence[str]]
    Time: NotRequired[str]


class PipeTargetHttpParameters(TypedDict):
    PathParameterValues: NotRequired[Sequence[str]]
    HeaderParameters: NotRequired[Mapping[str, str]]
    QueryStringParameters: NotRequired[Mapping[str, str]]


class PipeTargetKinesisStreamParameters(TypedDict):
    PartitionKey: str


class PipeTargetLambdaFunctionParameters(TypedDict):
    InvocationType: NotRequired[str]


class PipeTargetParameters(TypedDict):
    InputTemplate: NotRequired[str]
    LambdaFunctionParameters: NotRequired[PipeTargetLambdaFunctionParameters]
    StepFunctionStateMachineParameters: NotRequired[PipeTargetStateMachineParameters]
    KinesisStreamParameters: NotRequired[PipeTargetKinesisStreamParameters]
    EcsTaskParameters: NotRequired[PipeTargetEcsTaskParameters]
    BatchJobParameters: NotRequired[PipeTargetBatchJobParameters]
    SqsQueueParameters: NotRequired[PipeTargetSqsQueueParameters]
    HttpParameters: NotRequired[PipeTargetHttpParameters]
    RedshiftDataParameters: NotRequired[PipeTargetRedshiftDataParameters]
    SageMakerPipelineParameters: NotRequired[PipeTargetSageMakerPipelineParameters]
    EventBridgeEventBusParameters: NotRequired[PipeTargetEventBridgeEventBusParameters]
    CloudWatchLogsParameters: NotRequired[PipeTargetCloudWatchLogsParameters]
    TimestreamParameters: NotRequired[PipeTargetTimestreamParameters]


class PipeTargetRedshiftDataParameters(TypedDict):
    SecretManagerArn: NotRequired[str]
    Database: str
    DbUser: NotRequired[str]
    StatementName: NotRequired[str]
    WithEvent: NotRequired[bool]
    Sqls: Sequence[str]


class PipeTargetSageMakerPipelineParameters(TypedDict):
    PipelineParameterList: NotRequired[Sequence[SageMakerPipelineParameter]]


class PipeTargetSqsQueueParameters(TypedDict):
    MessageGroupId: NotRequired[str]
    MessageDeduplicationId: NotRequired[str]


class PipeTargetStateMachineParameters(TypedDict):
    InvocationType: NotRequired[str]


class PipeTargetTimestreamParameters(TypedDict):
    TimeValue: str
    EpochTimeUnit: NotRequired[str]
    TimeFieldType: NotRequired[str]
    TimestampFormat: NotRequired[str]
    VersionValue: str
    DimensionMappings: Sequence[DimensionMapping]
    SingleMeasureMappings: NotRequired[Sequence[SingleMeasureMapping]]
    MultiMeasureMappings: NotRequired[Sequence[MultiMeasureMapping]]


class PlacementConstraint(TypedDict):
    type: NotRequired[str]
    expression: NotRequired[str]


class PlacementStrategy(TypedDict):
    type: NotRequired[str]
    field: NotRequired[str]


class S3LogDestination(TypedDict):
    BucketName: NotRequired[str]
    Prefix: NotRequired[str]
    BucketOwner: NotRequired[str]
    OutputFormat: NotRequired[str]


class S3LogDestinationParameters(TypedDict):
    BucketName: str
    BucketOwner: str
    OutputFormat: NotRequired[str]
    Prefix: NotRequired[str]


class SageMakerPipelineParameter(TypedDict):
    Name: str
    Value: str


class SelfManagedKafkaAccessConfigurationCredentials(TypedDict):
    BasicAuth: NotRequired[str]
    SaslScram512Auth: NotRequired[str]
    SaslScram256Auth: NotRequired[str]
    ClientCertificateTlsAuth: NotRequired[str]


class SelfManagedKafkaAccessConfigurationVpc(TypedDict):
    Subnets: NotRequired[Sequence[str]]
    SecurityGroup: NotRequired[Sequence[str]]


class SingleMeasureMapping(TypedDict):
    MeasureValue: str
    MeasureValueType: str
    MeasureName: str


class StartPipeRequest(TypedDict):
    Name: str


class StartPipeResponse(TypedDict):
    Arn: NotRequired[str]
    Name: NotRequired[str]
    DesiredState: NotRequired[str]
    CurrentState: NotRequired[str]
    CreationTime: NotRequired[float]
    LastModifiedTime: NotRequired[float]


class StopPipeRequest(TypedDict):
    Name: str


class StopPipeResponse(TypedDict):
    Arn: NotRequired[str]
    Name: NotRequired[str]
    DesiredState: NotRequired[str]
    CurrentState: NotRequired[str]
    CreationTime: NotRequired[float]
    LastModifiedTime: NotRequired[float]


class Tag(TypedDict):
    Key: str
    Value: str


class TagResourceRequest(TypedDict):
    resourceArn: str
    tags: Mapping[str, str]


class TagResourceResponse(TypedDict):
    pass


class UntagResourceRequest(TypedDict):
    resourceArn: str
    tagKeys: Sequence[str]


class UntagResourceResponse(TypedDict):
    pass


class UpdatePipeRequest(TypedDict):
    Name: str
    Description: NotRequired[str]
    DesiredState: NotRequired[str]
    SourceParameters: NotRequired[UpdatePipeSourceParameters]
    Enrichment: NotRequired[str]
    EnrichmentParameters: NotRequired[PipeEnrichmentParameters]
    Target: NotRequired[str]
    TargetParameters: NotRequired[PipeTargetParameters]
    RoleArn: str
    LogConfiguration: NotRequired[PipeLogConfigurationParameters]
    KmsKeyIdentifier: NotRequired[str]


class UpdatePipeResponse(TypedDict):
    Arn: NotRequired[str]
    Name: NotRequired[str]
    DesiredState: NotRequired[str]
    CurrentState: NotRequired[str]
    CreationTime: NotRequired[float]
    LastModifiedTime: NotRequired[float]


class UpdatePipeSourceActiveMQBrokerParameters(TypedDict):
    Credentials: MQBrokerAccessCredentials
    BatchSize: NotRequired[int]
    MaximumBatchingWindowInSeconds: NotRequired[int]


class UpdatePipeSourceDynamoDBStreamParameters(TypedDict):
    BatchSize: NotRequired[int]
    DeadLetterConfig: NotRequired[DeadLetterConfig]
    OnPartialBatchItemFailure: NotRequired[str]
    MaximumBatchingWindowInSeconds: NotRequired[int]
    MaximumRecordAgeInSeconds: NotRequired[int]
    MaximumRetryAttempts: NotRequired[int]
    ParallelizationFactor: NotRequired[int]


class UpdatePipeSourceKinesisStreamParameters(TypedDict):
    BatchSize: NotRequired[int]
    DeadLetterConfig: NotRequired[DeadLetterConfig]
    OnPartialBatchItemFailure: NotRequired[str]
    MaximumBatchingWindowInSeconds: NotRequired[int]
    MaximumRecordAgeInSeconds: NotRequired[int]
    MaximumRetryAttempts: NotRequired[int]
    ParallelizationFactor: NotRequired[int]


class UpdatePipeSourceManagedStreamingKafkaParameters(TypedDict):
    BatchSize: NotRequired[int]
    Credentials: NotRequired[MSKAccessCredentials]
    MaximumBatchingWindowInSeconds: NotRequired[int]


class UpdatePipeSourceParameters(TypedDict):
    FilterCriteria: NotRequired[FilterCriteria]
    KinesisStreamParameters: NotRequired[UpdatePipeSourceKinesisStreamParameters]
    DynamoDBStreamParameters: NotRequired[UpdatePipeSourceDynamoDBStreamParameters]
    SqsQueueParameters: NotRequired[UpdatePipeSourceSqsQueueParameters]
    ActiveMQBrokerParameters: NotRequired[UpdatePipeSourceActiveMQBrokerParameters]
    RabbitMQBrokerParameters: NotRequired[UpdatePipeSourceRabbitMQBrokerParameters]
    ManagedStreamingKafkaParameters: NotRequired[UpdatePipeSourceManagedStreamingKafkaParameters]
    SelfManagedKafkaParameters: NotRequired[UpdatePipeSourceSelfManagedKafkaParameters]


class UpdatePipeSourceRabbitMQBrokerParameters(TypedDict):
    Credentials: MQBrokerAccessCredentials
    BatchSize: NotRequired[int]
    MaximumBatchingWindowInSeconds: NotRequired[int]


class UpdatePipeSourceSelfManagedKafkaParameters(TypedDict):
    BatchSize: NotRequired[int]
    MaximumBatchingWindowInSeconds: NotRequired[int]
    Credentials: NotRequired[SelfManagedKafkaAccessConfigurationCredentials]
    ServerRootCaCertificate: NotRequired[str]
    Vpc: NotRequired[SelfManagedKafkaAccessConfigurationVpc]


class UpdatePipeSourceSqsQueueParameters(TypedDict):
    BatchSize: NotRequired[int]
    MaximumBatchingWindowInSeconds: NotRequired[int]
