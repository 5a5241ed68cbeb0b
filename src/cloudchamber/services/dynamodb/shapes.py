"""Inputs and outputs of dynamodb, for the type checker. Written by tools/shapes.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

__all__ = ["Any", "Mapping", "NotRequired", "Sequence"]


class ArchivalSummary(TypedDict):
    ArchivalDateTime: NotRequired[float]
    ArchivalReason: NotRequired[str]
    ArchivalBackupArn: NotRequired[str]


class AttributeDefinition(TypedDict):
    AttributeName: str
    AttributeType: str


class AttributeValue(TypedDict):
    S: NotRequired[str]
    N: NotRequired[str]
    B: NotRequired[bytes]
    SS: NotRequired[Sequence[str]]
    NS: NotRequired[Sequence[str]]
    BS: NotRequired[Sequence[bytes]]
    M: NotRequired[Mapping[str, AttributeValue]]
    L: NotRequired[Sequence[AttributeValue]]
    NULL: NotRequired[bool]
    BOOL: NotRequired[bool]


class AttributeValueUpdate(TypedDict):
    Value: NotRequired[AttributeValue]
    Action: NotRequired[str]


class AutoScalingPolicyDescription(TypedDict):
    PolicyName: NotRequired[str]
    TargetTrackingScalingPolicyConfiguration: NotRequired[
        AutoScalingTargetTrackingScalingPolicyConfigurationDescription
    ]


class AutoScalingPolicyUpdate(TypedDict):
    PolicyName: NotRequired[str]
    TargetTrackingScalingPolicyConfiguration: AutoScalingTargetTrackingScalingPolicyConfigurationUpdate


class AutoScalingSettingsDescription(TypedDict):
    MinimumUnits: NotRequired[int]
    MaximumUnits: NotRequired[int]
    AutoScalingDisabled: NotRequired[bool]
    AutoScalingRoleArn: NotRequired[str]
    ScalingPolicies: NotRequired[Sequence[AutoScalingPolicyDescription]]


class AutoScalingSettingsUpdate(TypedDict):
    MinimumUnits: NotRequired[int]
    MaximumUnits: NotRequired[int]
    AutoScalingDisabled: NotRequired[bool]
    AutoScalingRoleArn: NotRequired[str]
    ScalingPolicyUpdate: NotRequired[AutoScalingPolicyUpdate]


class AutoScalingTargetTrackingScalingPolicyConfigurationDescription(TypedDict):
    DisableScaleIn: NotRequired[bool]
    ScaleInCooldown: NotRequired[int]
    ScaleOutCooldown: NotRequired[int]
    TargetValue: float


class AutoScalingTargetTrackingScalingPolicyConfigurationUpdate(TypedDict):
    DisableScaleIn: NotRequired[bool]
    ScaleInCooldown: NotRequired[int]
    ScaleOutCooldown: NotRequired[int]
    TargetValue: float


class BackupDescription(TypedDict):
    BackupDetails: NotRequired[BackupDetails]
    SourceTableDetails: NotRequired[SourceTableDetails]
    SourceTableFeatureDetails: NotRequired[SourceTableFeatureDetails]


class BackupDetails(TypedDict):
    BackupArn: str
    BackupName: str
    BackupSizeBytes: NotRequired[int]
    BackupStatus: str
    BackupType: str
    BackupCreationDateTime: float
    BackupExpiryDateTime: NotRequired[float]


class BackupSummary(TypedDict):
    TableName: NotRequired[str]
    TableId: NotRequired[str]
    TableArn: NotRequired[str]
    BackupArn: NotRequired[str]
    BackupName: NotRequired[str]
    BackupCreationDateTime: NotRequired[float]
    BackupExpiryDateTime: NotRequired[float]
    BackupStatus: NotRequired[str]
    BackupType: NotRequired[str]
    BackupSizeBytes: NotRequired[int]


class BatchExecuteStatementInput(TypedDict):
    Statements: Sequence[BatchStatementRequest]
    ReturnConsumedCapacity: NotRequired[str]


class BatchExecuteStatementOutput(TypedDict):
    Responses: NotRequired[Sequence[BatchStatementResponse]]
    ConsumedCapacity: NotRequired[Sequence[ConsumedCapacity]]


class BatchGetItemInput(TypedDict):
    RequestItems: Mapping[str, KeysAndAttributes]
    ReturnConsumedCapacity: NotRequired[str]


class BatchGetItemOutput(TypedDict):
    Responses: NotRequired[Mapping[str, Sequence[Mapping[str, AttributeValue]]]]
    UnprocessedKeys: NotRequired[Mapping[str, KeysAndAttributes]]
    ConsumedCapacity: NotRequired[Sequence[ConsumedCapacity]]


class BatchStatementError(TypedDict):
    Code: NotRequired[str]
    Message: NotRequired[str]
    Item: NotRequired[Mapping[str, AttributeValue]]


class BatchStatementRequest(TypedDict):
    Statement: str
    Parameters: NotRequired[Sequence[AttributeValue]]
    ConsistentRead: NotRequired[bool]
    ReturnValuesOnConditionCheckFailure: NotRequired[str]


class BatchStatementResponse(TypedDict):
    Error: NotRequired[BatchStatementError]
    TableName: NotRequired[str]
    Item: NotRequired[Mapping[str, AttributeValue]]


class BatchWriteItemInput(TypedDict):
    RequestItems: Mapping[str, Sequence[WriteRequest]]
    ReturnConsumedCapacity: NotRequired[str]
    ReturnItemCollectionMetrics: NotRequired[str]


class BatchWriteItemOutput(TypedDict):
    UnprocessedItems: NotRequired[Mapping[str, Sequence[WriteRequest]]]
    ItemCollectionMetrics: NotRequired[Mapping[str, Sequence[ItemCollectionMetrics]]]
    ConsumedCapacity: NotRequired[Sequence[ConsumedCapacity]]


class BillingModeSummary(TypedDict):
    BillingMode: NotRequired[str]
    LastUpdateToPayPerRequestDateTime: NotRequired[float]


class Capacity(TypedDict):
    ReadCapacityUnits: NotRequired[float]
    WriteCapacityUnits: NotRequired[float]
    CapacityUnits: NotRequired[float]


class Condition(TypedDict):
    AttributeValueList: NotRequired[Sequence[AttributeValue]]
    ComparisonOperator: str


class ConditionCheck(TypedDict):
    Key: Mapping[str, AttributeValue]
    TableName: str
    ConditionExpression: str
    ExpressionAttributeNames: NotRequired[Mapping[str, str]]
    ExpressionAttributeValues: NotRequired[Mapping[str, AttributeValue]]
    ReturnValuesOnConditionCheckFailure: NotRequired[str]


class ConsumedCapacity(TypedDict):
    TableName: NotRequired[str]
    CapacityUnits: NotRequired[float]
    ReadCapacityUnits: NotRequired[float]
    WriteCapacityUnits: NotRequired[float]
    Table: NotRequired[Capacity]
    LocalSecondaryIndexes: NotRequired[Mapping[str, Capacity]]
    GlobalSecondaryIndexes: NotRequired[Mapping[str, Capacity]]
    VectorIndexes: NotRequired[Mapping[str, VectorCapacity]]


class ContinuousBackupsDescription(TypedDict):
    ContinuousBackupsStatus: str
    PointInTimeRecoveryDescription: NotRequired[PointInTimeRecoveryDescription]


class ContributorInsightsSummary(TypedDict):
    TableName: NotRequired[str]
    IndexName: NotRequired[str]
    ContributorInsightsStatus: NotRequired[str]
    ContributorInsightsMode: NotRequired[str]


class CreateBackupInput(TypedDict):
    TableName: str
    BackupName: str


class CreateBackupOutput(TypedDict):
    BackupDetails: NotRequired[BackupDetails]


class CreateGlobalSecondaryIndexAction(TypedDict):
    IndexName: str
    KeySchema: Sequence[KeySchemaElement]
    Projection: Projection
    ProvisionedThroughput: NotRequired[ProvisionedThroughput]
    OnDemandThroughput: NotRequired[OnDemandThroughput]
    WarmThroughput: NotRequired[WarmThroughput]


class CreateGlobalTableInput(TypedDict):
    GlobalTableName: str
    ReplicationGroup: Sequence[Replica]


class CreateGlobalTableOutput(TypedDict):
    GlobalTableDescription: NotRequired[GlobalTableDescription]


class CreateGlobalTableWitnessGroupMemberAction(TypedDict):
    RegionName: str


class CreateReplicaAction(TypedDict):
    RegionName: str


class CreateReplicationGroupMemberAction(TypedDict):
    RegionName: str
    KMSMasterKeyId: NotRequired[str]
    ProvisionedThroughputOverride: NotRequired[ProvisionedThroughputOverride]
    OnDemandThroughputOverride: NotRequired[OnDemandThroughputOverride]
    GlobalSecondaryIndexes: NotRequired[Sequence[ReplicaGlobalSecondaryIndex]]
    TableClassOverride: NotRequired[str]


class CreateTableInput(TypedDict):
    AttributeDefinitions: NotRequired[Sequence[AttributeDefinition]]
    TableName: str
    KeySchema: NotRequired[Sequence[KeySchemaElement]]
    LocalSecondaryIndexes: NotRequired[Sequence[LocalSecondaryIndex]]
    GlobalSecondaryIndexes: NotRequired[Sequence[GlobalSecondaryIndex]]
    BillingMode: NotRequired[str]
    ProvisionedThroughput: NotRequired[ProvisionedThroughput]
    StreamSpecification: NotRequired[StreamSpecification]
    SSESpecification: NotRequired[SSESpecification]
    Tags: NotRequired[Sequence[Tag]]
    TableClass: NotRequired[str]
    DeletionProtectionEnabled: NotRequired[bool]
    WarmThroughput: NotRequired[WarmThroughput]
    ResourcePolicy: NotRequired[str]
    OnDemandThroughput: NotRequired[OnDemandThroughput]
    GlobalTableSourceArn: NotRequired[str]
    GlobalTableSettingsReplicationMode: NotRequired[str]
    VectorIndexes: NotRequired[Sequence[VectorIndex]]


class CreateTableOutput(TypedDict):
    TableDescription: NotRequired[TableDescription]


class CreateVectorIndexAction(TypedDict):
    IndexName: str
    VectorAttribute: VectorAttributeDefinition
    SearchSchema: NotRequired[Sequence[SearchSchemaElement]]
    Projection: Projection
    Dimensions: int
    DistanceFunction: str


class Delete(TypedDict):
    Key: Mapping[str, AttributeValue]
    TableName: str
    ConditionExpression: NotRequired[str]
    ExpressionAttributeNames: NotRequired[Mapping[str, str]]
    ExpressionAttributeValues: NotRequired[Mapping[str, AttributeValue]]
    ReturnValuesOnConditionCheckFailure: NotRequired[str]


class DeleteBackupInput(TypedDict):
    BackupArn: str


class DeleteBackupOutput(TypedDict):
    BackupDescription: NotRequired[BackupDescription]


class DeleteGlobalSecondaryIndexAction(TypedDict):
    IndexName: str


class DeleteGlobalTableWitnessGroupMemberAction(TypedDict):
    RegionName: str


class DeleteItemInput(TypedDict):
    TableName: str
    Key: Mapping[str, AttributeValue]
    Expected: NotRequired[Mapping[str, ExpectedAttributeValue]]
    ConditionalOperator: NotRequired[str]
    ReturnValues: NotRequired[str]
    ReturnConsumedCapacity: NotRequired[str]
    ReturnItemCollectionMetrics: NotRequired[str]
    ConditionExpression: NotRequired[str]
    ExpressionAttributeNames: NotRequired[Mapping[str, str]]
    ExpressionAttributeValues: NotRequired[Mapping[str, AttributeValue]]
    ReturnValuesOnConditionCheckFailure: NotRequired[str]


class DeleteItemOutput(TypedDict):
    Attributes: NotRequired[Mapping[str, AttributeValue]]
    ConsumedCapacity: NotRequired[ConsumedCapacity]
    ItemCollectionMetrics: NotRequired[ItemCollectionMetrics]


class DeleteReplicaAction(TypedDict):
    RegionName: str


class DeleteReplicationGroupMemberAction(TypedDict):
    RegionName: str


class DeleteRequest(TypedDict):
    Key: Mapping[str, AttributeValue]


class DeleteResourcePolicyInput(TypedDict):
    ResourceArn: str
    ExpectedRevisionId: NotRequired[str]


class DeleteResourcePolicyOutput(TypedDict):
    RevisionId: NotRequired[str]


class DeleteTableInput(TypedDict):
    TableName: str


class DeleteTableOutput(TypedDict):
    TableDescription: NotRequired[TableDescription]


class DeleteVectorIndexAction(TypedDict):
    IndexName: str


class DescribeBackupInput(TypedDict):
    BackupArn: str


class DescribeBackupOutput(TypedDict):
    BackupDescription: NotRequired[BackupDescription]


class DescribeContinuousBackupsInput(TypedDict):
    TableName: str


class DescribeContinuousBackupsOutput(TypedDict):
    ContinuousBackupsDescription: NotRequired[ContinuousBackupsDescription]


class DescribeContributorInsightsInput(TypedDict):
    TableName: str
    IndexName: NotRequired[str]


class DescribeContributorInsightsOutput(TypedDict):
    TableName: NotRequired[str]
    IndexName: NotRequired[str]
    ContributorInsightsRuleList: NotRequired[Sequence[str]]
    ContributorInsightsStatus: NotRequired[str]
    LastUpdateDateTime: NotRequired[float]
    FailureException: NotRequired[FailureException]
    ContributorInsightsMode: NotRequired[str]


class DescribeEndpointsRequest(TypedDict):
    pass


class DescribeEndpointsResponse(TypedDict):
    Endpoints: Sequence[Endpoint]


class DescribeGlobalTableInput(TypedDict):
    GlobalTableName: str


class DescribeGlobalTableOutput(TypedDict):
    GlobalTableDescription: NotRequired[GlobalTableDescription]


class DescribeGlobalTableSettingsInput(TypedDict):
    GlobalTableName: str


class DescribeGlobalTableSettingsOutput(TypedDict):
    GlobalTableName: NotRequired[str]
    ReplicaSettings: NotRequired[Sequence[ReplicaSettingsDescription]]


class DescribeKinesisStreamingDestinationInput(TypedDict):
    TableName: str


class DescribeKinesisStreamingDestinationOutput(TypedDict):
    TableName: NotRequired[str]
    KinesisDataStreamDestinations: NotRequired[Sequence[KinesisDataStreamDestination]]


class DescribeLimitsInput(TypedDict):
    pass


class DescribeLimitsOutput(TypedDict):
    AccountMaxReadCapacityUnits: NotRequired[int]
    AccountMaxWriteCapacityUnits: NotRequired[int]
    TableMaxReadCapacityUnits: NotRequired[int]
    TableMaxWriteCapacityUnits: NotRequired[int]


class DescribeTableInput(TypedDict):
    TableName: str


class DescribeTableOutput(TypedDict):
    Table: NotRequired[TableDescription]


class DescribeTimeToLiveInput(TypedDict):
    TableName: str


class DescribeTimeToLiveOutput(TypedDict):
    TimeToLiveDescription: NotRequired[TimeToLiveDescription]


class DisassociateReplicationGroupMemberAction(TypedDict):
    RegionName: str
    DisassociationMode: str


class EnableKinesisStreamingConfiguration(TypedDict):
    ApproximateCreationDateTimePrecision: NotRequired[str]


class Endpoint(TypedDict):
    Address: str
    CachePeriodInMinutes: int


class ExecuteStatementInput(TypedDict):
    Statement: str
    Parameters: NotRequired[Sequence[AttributeValue]]
    ConsistentRead: NotRequired[bool]
    NextToken: NotRequired[str]
    ReturnConsumedCapacity: NotRequired[str]
    Limit: NotRequired[int]
    ReturnValuesOnConditionCheckFailure: NotRequired[str]


class ExecuteStatementOutput(TypedDict):
    Items: NotRequired[Sequence[Mapping[str, AttributeValue]]]
    NextToken: NotRequired[str]
    ConsumedCapacity: NotRequired[ConsumedCapacity]
    LastEvaluatedKey: NotRequired[Mapping[str, AttributeValue]]


class ExecuteTransactionInput(TypedDict):
    TransactStatements: Sequence[ParameterizedStatement]
    ClientRequestToken: NotRequired[str]
    ReturnConsumedCapacity: NotRequired[str]


class ExecuteTransactionOutput(TypedDict):
    Responses: NotRequired[Sequence[ItemResponse]]
    ConsumedCapacity: NotRequired[Sequence[ConsumedCapacity]]


class ExpectedAttributeValue(TypedDict):
    Value: NotRequired[AttributeValue]
    Exists: NotRequired[bool]
    ComparisonOperator: NotRequired[str]
    AttributeValueList: NotRequired[Sequence[AttributeValue]]


class FailureException(TypedDict):
    ExceptionName: NotRequired[str]
    ExceptionDescription: NotRequired[str]


class Get(TypedDict):
    Key: Mapping[str, AttributeValue]
    TableName: str
    ProjectionExpression: NotRequired[str]
    ExpressionAttributeNames: NotRequired[Mapping[str, str]]


class GetItemInput(TypedDict):
    TableName: str
    Key: Mapping[str, AttributeValue]
    AttributesToGet: NotRequired[Sequence[str]]
    ConsistentRead: NotRequired[bool]
    ReturnConsumedCapacity: NotRequired[str]
    ProjectionExpression: NotRequired[str]
    ExpressionAttributeNames: NotRequired[Mapping[str, str]]


class GetItemOutput(TypedDict):
    Item: NotRequired[Mapping[str, AttributeValue]]
    ConsumedCapacity: NotRequired[ConsumedCapacity]


class GetResourcePolicyInput(TypedDict):
    ResourceArn: str


class GetResourcePolicyOutput(TypedDict):
    Policy: NotRequired[str]
    RevisionId: NotRequired[str]


class GlobalSecondaryIndex(TypedDict):
    IndexName: str
    KeySchema: Sequence[KeySchemaElement]
    Projection: Projection
    ProvisionedThroughput: NotRequired[ProvisionedThroughput]
    OnDemandThroughput: NotRequired[OnDemandThroughput]
    WarmThroughput: NotRequired[WarmThroughput]


class GlobalSecondaryIndexDescription(TypedDict):
    IndexName: NotRequired[str]
    KeySchema: NotRequired[Sequence[KeySchemaElement]]
    Projection: NotRequired[Projection]
    IndexStatus: NotRequired[str]
    Backfilling: NotRequired[bool]
    ProvisionedThroughput: NotRequired[ProvisionedThroughputDescription]
    IndexSizeBytes: NotRequired[int]
    ItemCount: NotRequired[int]
    IndexArn: NotRequired[str]
    OnDemandThroughput: NotRequired[OnDemandThroughput]
    WarmThroughput: NotRequired[GlobalSecondaryIndexWarmThroughputDescription]


class GlobalSecondaryIndexInfo(TypedDict):
    IndexName: NotRequired[str]
    KeySchema: NotRequired[Sequence[KeySchemaElement]]
    Projection: NotRequired[Projection]
    ProvisionedThroughput: NotRequired[ProvisionedThroughput]
    OnDemandThroughput: NotRequired[OnDemandThroughput]


class GlobalSecondaryIndexUpdate(TypedDict):
    Update: NotRequired[UpdateGlobalSecondaryIndexAction]
    Create: NotRequired[CreateGlobalSecondaryIndexAction]
    Delete: NotRequired[DeleteGlobalSecondaryIndexAction]


class GlobalSecondaryIndexWarmThroughputDescription(TypedDict):
    ReadUnitsPerSecond: NotRequired[int]
    WriteUnitsPerSecond: NotRequired[int]
    Status: NotRequired[str]


class GlobalTable(TypedDict):
    GlobalTableName: NotRequired[str]
    ReplicationGroup: NotRequired[Sequence[Replica]]


class GlobalTableDescription(TypedDict):
    ReplicationGroup: NotRequired[Sequence[ReplicaDescription]]
    GlobalTableArn: NotRequired[str]
    CreationDateTime: NotRequired[float]
    GlobalTableStatus: NotRequired[str]
    GlobalTableName: NotRequired[str]


class GlobalTableGlobalSecondaryIndexSettingsUpdate(TypedDict):
    IndexName: str
    ProvisionedWriteCapacityUnits: NotRequired[int]
    ProvisionedWriteCapacityAutoScalingSettingsUpdate: NotRequired[AutoScalingSettingsUpdate]


class GlobalTableWitnessDescription(TypedDict):
    RegionName: NotRequired[str]
    WitnessStatus: NotRequired[str]


class GlobalTableWitnessGroupUpdate(TypedDict):
    Create: NotRequired[CreateGlobalTableWitnessGroupMemberAction]
    Delete: NotRequired[DeleteGlobalTableWitnessGroupMemberAction]


class ItemCollectionMetrics(TypedDict):
    ItemCollectionKey: NotRequired[Mapping[str, AttributeValue]]
    SizeEstimateRangeGB: NotRequired[Sequence[float]]


class ItemResponse(TypedDict):
    Item: NotRequired[Mapping[str, AttributeValue]]


class KeySchemaElement(TypedDict):
    AttributeName: str
    KeyType: str


class KeysAndAttributes(TypedDict):
    Keys: Sequence[Mapping[str, AttributeValue]]
    AttributesToGet: NotRequired[Sequence[str]]
    ConsistentRead: NotRequired[bool]
    ProjectionExpression: NotRequired[str]
    ExpressionAttributeNames: NotRequired[Mapping[str, str]]


class KinesisDataStreamDestination(TypedDict):
    StreamArn: NotRequired[str]
    DestinationStatus: NotRequired[str]
    DestinationStatusDescription: NotRequired[str]
    ApproximateCreationDateTimePrecision: NotRequired[str]


class KinesisStreamingDestinationInput(TypedDict):
    TableName: str
    StreamArn: str
    EnableKinesisStreamingConfiguration: NotRequired[EnableKinesisStreamingConfiguration]


class KinesisStreamingDestinationOutput(TypedDict):
    TableName: NotRequired[str]
    StreamArn: NotRequired[str]
    DestinationStatus: NotRequired[str]
    EnableKinesisStreamingConfiguration: NotRequired[EnableKinesisStreamingConfiguration]


class ListBackupsInput(TypedDict):
    TableName: NotRequired[str]
    Limit: NotRequired[int]
    TimeRangeLowerBound: NotRequired[float]
    TimeRangeUpperBound: NotRequired[float]
    ExclusiveStartBackupArn: NotRequired[str]
    BackupType: NotRequired[str]


class ListBackupsOutput(TypedDict):
    BackupSummaries: NotRequired[Sequence[BackupSummary]]
    LastEvaluatedBackupArn: NotRequired[str]


class ListContributorInsightsInput(TypedDict):
    TableName: NotRequired[str]
    NextToken: NotRequired[str]
    MaxResults: NotRequired[int]


class ListContributorInsightsOutput(TypedDict):
    ContributorInsightsSummaries: NotRequired[Sequence[ContributorInsightsSummary]]
    NextToken: NotRequired[str]


class ListGlobalTablesInput(TypedDict):
    ExclusiveStartGlobalTableName: NotRequired[str]
    Limit: NotRequired[int]
    RegionName: NotRequired[str]


class ListGlobalTablesOutput(TypedDict):
    GlobalTables: NotRequired[Sequence[GlobalTable]]
    LastEvaluatedGlobalTableName: NotRequired[str]


class ListTablesInput(TypedDict):
    ExclusiveStartTableName: NotRequired[str]
    Limit: NotRequired[int]


class ListTablesOutput(TypedDict):
    TableNames: NotRequired[Sequence[str]]
    LastEvaluatedTableName: NotRequired[str]


class ListTagsOfResourceInput(TypedDict):
    ResourceArn: str
    NextToken: NotRequired[str]


class ListTagsOfResourceOutput(TypedDict):
    Tags: NotRequired[Sequence[Tag]]
    NextToken: NotRequired[str]


class LocalSecondaryIndex(TypedDict):
    IndexName: str
    KeySchema: Sequence[KeySchemaElement]
    Projection: Projection


class LocalSecondaryIndexDescription(TypedDict):
    IndexName: NotRequired[str]
    KeySchema: NotRequired[Sequence[KeySchemaElement]]
    Projection: NotRequired[Projection]
    IndexSizeBytes: NotRequired[int]
    ItemCount: NotRequired[int]
    IndexArn: NotRequired[str]


class LocalSecondaryIndexInfo(TypedDict):
    IndexName: NotRequired[str]
    KeySchema: NotRequired[Sequence[KeySchemaElement]]
    Projection: NotRequired[Projection]


class OnDemandThroughput(TypedDict):
    MaxReadRequestUnits: NotRequired[int]
    MaxWriteRequestUnits: NotRequired[int]


class OnDemandThroughputOverride(TypedDict):
    MaxReadRequestUnits: NotRequired[int]


class ParameterizedStatement(TypedDict):
    Statement: str
    Parameters: NotRequired[Sequence[AttributeValue]]
    ReturnValuesOnConditionCheckFailure: NotRequired[str]


class PointInTimeRecoveryDescription(TypedDict):
    PointInTimeRecoveryStatus: NotRequired[str]
    RecoveryPeriodInDays: NotRequired[int]
    EarliestRestorableDateTime: NotRequired[float]
    LatestRestorableDateTime: NotRequired[float]


class PointInTimeRecoverySpecification(TypedDict):
    PointInTimeRecoveryEnabled: bool
    RecoveryPeriodInDays: NotRequired[int]


class Projection(TypedDict):
    ProjectionType: NotRequired[str]
    NonKeyAttributes: NotRequired[Sequence[str]]


class ProvisionedThroughput(TypedDict):
    ReadCapacityUnits: int
    WriteCapacityUnits: int


class ProvisionedThroughputDescription(TypedDict):
    LastIncreaseDateTime: NotRequired[float]
    LastDecreaseDateTime: NotRequired[float]
    NumberOfDecreasesToday: NotRequired[int]
    ReadCapacityUnits: NotRequired[int]
    WriteCapacityUnits: NotRequired[int]


class ProvisionedThroughputOverride(TypedDict):
    ReadCapacityUnits: NotRequired[int]


class Put(TypedDict):
    Item: Mapping[str, AttributeValue]
    TableName: str
    ConditionExpression: NotRequired[str]
    ExpressionAttributeNames: NotRequired[Mapping[str, str]]
    ExpressionAttributeValues: NotRequired[Mapping[str, AttributeValue]]
    ReturnValuesOnConditionCheckFailure: NotRequired[str]


class PutItemInput(TypedDict):
    TableName: str
    Item: Mapping[str, AttributeValue]
    Expected: NotRequired[Mapping[str, ExpectedAttributeValue]]
    ReturnValues: NotRequired[str]
    ReturnConsumedCapacity: NotRequired[str]
    ReturnItemCollectionMetrics: NotRequired[str]
    ConditionalOperator: NotRequired[str]
    ConditionExpression: NotRequired[str]
    ExpressionAttributeNames: NotRequired[Mapping[str, str]]
    ExpressionAttributeValues: NotRequired[Mapping[str, AttributeValue]]
    ReturnValuesOnConditionCheckFailure: NotRequired[str]


class PutItemOutput(TypedDict):
    Attributes: NotRequired[Mapping[str, AttributeValue]]
    ConsumedCapacity: NotRequired[ConsumedCapacity]
    ItemCollectionMetrics: NotRequired[ItemCollectionMetrics]


class PutRequest(TypedDict):
    Item: Mapping[str, AttributeValue]


class PutResourcePolicyInput(TypedDict):
    ResourceArn: str
    Policy: str
    ExpectedRevisionId: NotRequired[str]
    ConfirmRemoveSelfResourceAccess: NotRequired[bool]


class PutResourcePolicyOutput(TypedDict):
    RevisionId: NotRequired[str]


class QueryInput(TypedDict):
    TableName: str
    IndexName: NotRequired[str]
    Select: NotRequired[str]
    AttributesToGet: NotRequired[Sequence[str]]
    Limit: NotRequired[int]
    ConsistentRead: NotRequired[bool]
    KeyConditions: NotRequired[Mapping[str, Condition]]
    QueryFilter: NotRequired[Mapping[str, Condition]]
    ConditionalOperator: NotRequired[str]
    ScanIndexForward: NotRequired[bool]
    ExclusiveStartKey: NotRequired[Mapping[str, AttributeValue]]
    ReturnConsumedCapacity: NotRequired[str]
    ProjectionExpression: NotRequired[str]
    FilterExpression: NotRequired[str]
    KeyConditionExpression: NotRequired[str]
    ExpressionAttributeNames: NotRequired[Mapping[str, str]]
    ExpressionAttributeValues: NotRequired[Mapping[str, AttributeValue]]


class QueryOutput(TypedDict):
    Items: NotRequired[Sequence[Mapping[str, AttributeValue]]]
    Count: NotRequired[int]
    ScannedCount: NotRequired[int]
    LastEvaluatedKey: NotRequired[Mapping[str, AttributeValue]]
    ConsumedCapacity: NotRequired[ConsumedCapacity]


class Replica(TypedDict):
    RegionName: NotRequired[str]


class ReplicaDescription(TypedDict):
    RegionName: NotRequired[str]
    ReplicaStatus: NotRequired[str]
    ReplicaArn: NotRequired[str]
    ReplicaStatusDescription: NotRequired[str]
    ReplicaStatusPercentProgress: NotRequired[str]
    KMSMasterKeyId: NotRequired[str]
    ProvisionedThroughputOverride: NotRequired[ProvisionedThroughputOverride]
    OnDemandThroughputOverride: NotRequired[OnDemandThroughputOverride]
    WarmThroughput: NotRequired[TableWarmThroughputDescription]
    GlobalSecondaryIndexes: NotRequired[Sequence[ReplicaGlobalSecondaryIndexDescription]]
    ReplicaInaccessibleDateTime: NotRequired[float]
    ReplicaTableClassSummary: NotRequired[TableClassSummary]
    GlobalTableSettingsReplicationMode: NotRequired[str]


class ReplicaGlobalSecondaryIndex(TypedDict):
    IndexName: str
    ProvisionedThroughputOverride: NotRequired[ProvisionedThroughputOverride]
    OnDemandThroughputOverride: NotRequired[OnDemandThroughputOverride]


class ReplicaGlobalSecondaryIndexDescription(TypedDict):
    IndexName: NotRequired[str]
    ProvisionedThroughputOverride: NotRequired[ProvisionedThroughputOverride]
    OnDemandThroughputOverride: NotRequired[OnDemandThroughputOverride]
    WarmThroughput: NotRequired[GlobalSecondaryIndexWarmThroughputDescription]


class ReplicaGlobalSecondaryIndexSettingsDescription(TypedDict):
    IndexName: str
    IndexStatus: NotRequired[str]
    ProvisionedReadCapacityUnits: NotRequired[int]
    ProvisionedReadCapacityAutoScalingSettings: NotRequired[AutoScalingSettingsDescription]
    ProvisionedWriteCapacityUnits: NotRequired[int]
    ProvisionedWriteCapacityAutoScalingSettings: NotRequired[AutoScalingSettingsDescription]


class ReplicaGlobalSecondaryIndexSettingsUpdate(TypedDict):
    IndexName: str
    ProvisionedReadCapacityUnits: NotRequired[int]
    ProvisionedReadCapacityAutoScalingSettingsUpdate: NotRequired[AutoScalingSettingsUpdate]


class ReplicaSettingsDescription(TypedDict):
    RegionName: str
    ReplicaStatus: NotRequired[str]
    ReplicaBillingModeSummary: NotRequired[BillingModeSummary]
    ReplicaProvisionedReadCapacityUnits: NotRequired[int]
    ReplicaProvisionedReadCapacityAutoScalingSettings: NotRequired[AutoScalingSettingsDescription]
    ReplicaProvisionedWriteCapacityUnits: NotRequired[int]
    ReplicaProvisionedWriteCapacityAutoScalingSettings: NotRequired[AutoScalingSettingsDescription]
    ReplicaGlobalSecondaryIndexSettings: NotRequired[Sequence[ReplicaGlobalSecondaryIndexSettingsDescription]]
    ReplicaTableClassSummary: NotRequired[TableClassSummary]


class ReplicaSettingsUpdate(TypedDict):
    RegionName: str
    ReplicaProvisionedReadCapacityUnits: NotRequired[int]
    ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate: NotRequired[AutoScalingSettingsUpdate]
    ReplicaGlobalSecondaryIndexSettingsUpdate: NotRequired[Sequence[ReplicaGlobalSecondaryIndexSettingsUpdate]]
    ReplicaTableClass: NotRequired[str]


class ReplicaUpdate(TypedDict):
    Create: NotRequired[CreateReplicaAction]
    Delete: NotRequired[DeleteReplicaAction]


class ReplicationGroupUpdate(TypedDict):
    Create: NotRequired[CreateReplicationGroupMemberAction]
    Update: NotRequired[UpdateReplicationGroupMemberAction]
    Delete: NotRequired[DeleteReplicationGroupMemberAction]
    Disassociate: NotRequired[DisassociateReplicationGroupMemberAction]


class RestoreSummary(TypedDict):
    SourceBackupArn: NotRequired[str]
    SourceTableArn: NotRequired[str]
    RestoreDateTime: float
    RestoreInProgress: bool


class RestoreTableFromBackupInput(TypedDict):
    TargetTableName: str
    BackupArn: str
    BillingModeOverride: NotRequired[str]
    GlobalSecondaryIndexOverride: NotRequired[Sequence[GlobalSecondaryIndex]]
    LocalSecondaryIndexOverride: NotRequired[Sequence[LocalSecondaryIndex]]
    ProvisionedThroughputOverride: NotRequired[ProvisionedThroughput]
    OnDemandThroughputOverride: NotRequired[OnDemandThroughput]
    SSESpecificationOverride: NotRequired[SSESpecification]
    VectorIndexOverride: NotRequired[Sequence[VectorIndex]]


class RestoreTableFromBackupOutput(TypedDict):
    TableDescription: NotRequired[TableDescription]


class RestoreTableToPointInTimeInput(TypedDict):
    SourceTableArn: NotRequired[str]
    SourceTableName: NotRequired[str]
    TargetTableName: str
    UseLatestRestorableTime: NotRequired[bool]
    RestoreDateTime: NotRequired[float]
    BillingModeOverride: NotRequired[str]
    GlobalSecondaryIndexOverride: NotRequired[Sequence[GlobalSecondaryIndex]]
    LocalSecondaryIndexOverride: NotRequired[Sequence[LocalSecondaryIndex]]
    ProvisionedThroughputOverride: NotRequired[ProvisionedThroughput]
    OnDemandThroughputOverride: NotRequired[OnDemandThroughput]
    SSESpecificationOverride: NotRequired[SSESpecification]
    VectorIndexOverride: NotRequired[Sequence[VectorIndex]]


class RestoreTableToPointInTimeOutput(TypedDict):
    TableDescription: NotRequired[TableDescription]


class SSEDescription(TypedDict):
    Status: NotRequired[str]
    SSEType: NotRequired[str]
    KMSMasterKeyArn: NotRequired[str]
    InaccessibleEncryptionDateTime: NotRequired[float]


class SSESpecification(TypedDict):
    Enabled: NotRequired[bool]
    SSEType: NotRequired[str]
    KMSMasterKeyId: NotRequired[str]


class ScanInput(TypedDict):
    TableName: str
    IndexName: NotRequired[str]
    AttributesToGet: NotRequired[Sequence[str]]
    Limit: NotRequired[int]
    Select: NotRequired[str]
    ScanFilter: NotRequired[Mapping[str, Condition]]
    ConditionalOperator: NotRequired[str]
    ExclusiveStartKey: NotRequired[Mapping[str, AttributeValue]]
    ReturnConsumedCapacity: NotRequired[str]
    TotalSegments: NotRequired[int]
    Segment: NotRequired[int]
    ProjectionExpression: NotRequired[str]
    FilterExpression: NotRequired[str]
    ExpressionAttributeNames: NotRequired[Mapping[str, str]]
    ExpressionAttributeValues: NotRequired[Mapping[str, AttributeValue]]
    ConsistentRead: NotRequired[bool]


class ScanOutput(TypedDict):
    Items: NotRequired[Sequence[Mapping[str, AttributeValue]]]
    Count: NotRequired[int]
    ScannedCount: NotRequired[int]
    LastEvaluatedKey: NotRequired[Mapping[str, AttributeValue]]
    ConsumedCapacity: NotRequired[ConsumedCapacity]


class SearchSchemaElement(TypedDict):
    AttributeName: str
    SearchSchemaElementType: str


class SourceTableDetails(TypedDict):
    TableName: str
    TableId: str
    TableArn: NotRequired[str]
    TableSizeBytes: NotRequired[int]
    KeySchema: Sequence[KeySchemaElement]
    TableCreationDateTime: float
    ProvisionedThroughput: ProvisionedThroughput
    OnDemandThroughput: NotRequired[OnDemandThroughput]
    ItemCount: NotRequired[int]
    BillingMode: NotRequired[str]


class SourceTableFeatureDetails(TypedDict):
    LocalSecondaryIndexes: NotRequired[Sequence[LocalSecondaryIndexInfo]]
    GlobalSecondaryIndexes: NotRequired[Sequence[GlobalSecondaryIndexInfo]]
    StreamDescription: NotRequired[StreamSpecification]
    TimeToLiveDescription: NotRequired[TimeToLiveDescription]
    SSEDescription: NotRequired[SSEDescription]
    VectorIndexes: NotRequired[Sequence[VectorIndexInfo]]


class StreamSpecification(TypedDict):
    StreamEnabled: bool
    StreamViewType: NotRequired[str]


class TableClassSummary(TypedDict):
    TableClass: NotRequired[str]
    LastUpdateDateTime: NotRequired[float]


class TableDescription(TypedDict):
    AttributeDefinitions: NotRequired[Sequence[AttributeDefinition]]
    TableName: NotRequired[str]
    KeySchema: NotRequired[Sequence[KeySchemaElement]]
    TableStatus: NotRequired[str]
    CreationDateTime: NotRequired[float]
    ProvisionedThroughput: NotRequired[ProvisionedThroughputDescription]
    TableSizeBytes: NotRequired[int]
    ItemCount: NotRequired[int]
    TableArn: NotRequired[str]
    TableId: NotRequired[str]
    BillingModeSummary: NotRequired[BillingModeSummary]
    LocalSecondaryIndexes: NotRequired[Sequence[LocalSecondaryIndexDescription]]
    GlobalSecondaryIndexes: NotRequired[Sequence[GlobalSecondaryIndexDescription]]
    StreamSpecification: NotRequired[StreamSpecification]
    LatestStreamLabel: NotRequired[str]
    LatestStreamArn: NotRequired[str]
    GlobalTableVersion: NotRequired[str]
    Replicas: NotRequired[Sequence[ReplicaDescription]]
    GlobalTableWitnesses: NotRequired[Sequence[GlobalTableWitnessDescription]]
    GlobalTableSettingsReplicationMode: NotRequired[str]
    RestoreSummary: NotRequired[RestoreSummary]
    SSEDescription: NotRequired[SSEDescription]
    ArchivalSummary: NotRequired[ArchivalSummary]
    TableClassSummary: NotRequired[TableClassSummary]
    DeletionProtectionEnabled: NotRequired[bool]
    DisassociationProtectionEnabled: NotRequired[bool]
    OnDemandThroughput: NotRequired[OnDemandThroughput]
    WarmThroughput: NotRequired[TableWarmThroughputDescription]
    MultiRegionConsistency: NotRequired[str]
    VectorIndexes: NotRequired[Sequence[VectorIndexDescription]]


class TableWarmThroughputDescription(TypedDict):
    ReadUnitsPerSecond: NotRequired[int]
    WriteUnitsPerSecond: NotRequired[int]
    Status: NotRequired[str]


class Tag(TypedDict):
    Key: str
    Value: str


class TagResourceInput(TypedDict):
    ResourceArn: str
    Tags: Sequence[Tag]


class TimeToLiveDescription(TypedDict):
    TimeToLiveStatus: NotRequired[str]
    AttributeName: NotRequired[str]


class TimeToLiveSpecification(TypedDict):
    Enabled: bool
    AttributeName: str


class TransactGetItem(TypedDict):
    Get: Get


class TransactGetItemsInput(TypedDict):
    TransactItems: Sequence[TransactGetItem]
    ReturnConsumedCapacity: NotRequired[str]


class TransactGetItemsOutput(TypedDict):
    ConsumedCapacity: NotRequired[Sequence[ConsumedCapacity]]
    Responses: NotRequired[Sequence[ItemResponse]]


class TransactWriteItem(TypedDict):
    ConditionCheck: NotRequired[ConditionCheck]
    Put: NotRequired[Put]
    Delete: NotRequired[Delete]
    Update: NotRequired[Update]


class TransactWriteItemsInput(TypedDict):
    TransactItems: Sequence[TransactWriteItem]
    ReturnConsumedCapacity: NotRequired[str]
    ReturnItemCollectionMetrics: NotRequired[str]
    ClientRequestToken: NotRequired[str]


class TransactWriteItemsOutput(TypedDict):
    ConsumedCapacity: NotRequired[Sequence[ConsumedCapacity]]
    ItemCollectionMetrics: NotRequired[Mapping[str, Sequence[ItemCollectionMetrics]]]


class UntagResourceInput(TypedDict):
    ResourceArn: str
    TagKeys: Sequence[str]


class Update(TypedDict):
    Key: Mapping[str, AttributeValue]
    UpdateExpression: str
    TableName: str
    ConditionExpression: NotRequired[str]
    ExpressionAttributeNames: NotRequired[Mapping[str, str]]
    ExpressionAttributeValues: NotRequired[Mapping[str, AttributeValue]]
    ReturnValuesOnConditionCheckFailure: NotRequired[str]


class UpdateContinuousBackupsInput(TypedDict):
    TableName: str
    PointInTimeRecoverySpecification: PointInTimeRecoverySpecification


class UpdateContinuousBackupsOutput(TypedDict):
    ContinuousBackupsDescription: NotRequired[ContinuousBackupsDescription]


class UpdateContributorInsightsInput(TypedDict):
    TableName: str
    IndexName: NotRequired[str]
    ContributorInsightsAction: str
    ContributorInsightsMode: NotRequired[str]


class UpdateContributorInsightsOutput(TypedDict):
    TableName: NotRequired[str]
    IndexName: NotRequired[str]
    ContributorInsightsStatus: NotRequired[str]
    ContributorInsightsMode: NotRequired[str]


class UpdateGlobalSecondaryIndexAction(TypedDict):
    IndexName: str
    ProvisionedThroughput: NotRequired[ProvisionedThroughput]
    OnDemandThroughput: NotRequired[OnDemandThroughput]
    WarmThroughput: NotRequired[WarmThroughput]


class UpdateGlobalTableInput(TypedDict):
    GlobalTableName: str
    ReplicaUpdates: Sequence[ReplicaUpdate]


class UpdateGlobalTableOutput(TypedDict):
    GlobalTableDescription: NotRequired[GlobalTableDescription]


class UpdateGlobalTableSettingsInput(TypedDict):
    GlobalTableName: str
    GlobalTableBillingMode: NotRequired[str]
    GlobalTableProvisionedWriteCapacityUnits: NotRequired[int]
    GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate: NotRequired[AutoScalingSettingsUpdate]
    GlobalTableGlobalSecondaryIndexSettingsUpdate: NotRequired[Sequence[GlobalTableGlobalSecondaryIndexSettingsUpdate]]
    ReplicaSettingsUpdate: NotRequired[Sequence[ReplicaSettingsUpdate]]


class UpdateGlobalTableSettingsOutput(TypedDict):
    GlobalTableName: NotRequired[str]
    ReplicaSettings: NotRequired[Sequence[ReplicaSettingsDescription]]


class UpdateItemInput(TypedDict):
    TableName: str
    Key: Mapping[str, AttributeValue]
    AttributeUpdates: NotRequired[Mapping[str, AttributeValueUpdate]]
    Expected: NotRequired[Mapping[str, ExpectedAttributeValue]]
    ConditionalOperator: NotRequired[str]
    ReturnValues: NotRequired[str]
    ReturnConsumedCapacity: NotRequired[str]
    ReturnItemCollectionMetrics: NotRequired[str]
    UpdateExpression: NotRequired[str]
    ConditionExpression: NotRequired[str]
    ExpressionAttributeNames: NotRequired[Mapping[str, str]]
    ExpressionAttributeValues: NotRequired[Mapping[str, AttributeValue]]
    ReturnValuesOnConditionCheckFailure: NotRequired[str]


class UpdateItemOutput(TypedDict):
    Attributes: NotRequired[Mapping[str, AttributeValue]]
    ConsumedCapacity: NotRequired[ConsumedCapacity]
    ItemCollectionMetrics: NotRequired[ItemCollectionMetrics]


class UpdateKinesisStreamingConfiguration(TypedDict):
    ApproximateCreationDateTimePrecision: NotRequired[str]


class UpdateKinesisStreamingDestinationInput(TypedDict):
    TableName: str
    StreamArn: str
    UpdateKinesisStreamingConfiguration: NotRequired[UpdateKinesisStreamingConfiguration]


class UpdateKinesisStreamingDestinationOutput(TypedDict):
    TableName: NotRequired[str]
    StreamArn: NotRequired[str]
    DestinationStatus: NotRequired[str]
    UpdateKinesisStreamingConfiguration: NotRequired[UpdateKinesisStreamingConfiguration]


class UpdateReplicationGroupMemberAction(TypedDict):
    RegionName: str
    KMSMasterKeyId: NotRequired[str]
    ProvisionedThroughputOverride: NotRequired[ProvisionedThroughputOverride]
    OnDemandThroughputOverride: NotRequired[OnDemandThroughputOverride]
    GlobalSecondaryIndexes: NotRequired[Sequence[ReplicaGlobalSecondaryIndex]]
    TableClassOverride: NotRequired[str]


class UpdateTableInput(TypedDict):
    AttributeDefinitions: NotRequired[Sequence[AttributeDefinition]]
    TableName: str
    BillingMode: NotRequired[str]
    ProvisionedThroughput: NotRequired[ProvisionedThroughput]
    GlobalSecondaryIndexUpdates: NotRequired[Sequence[GlobalSecondaryIndexUpdate]]
    StreamSpecification: NotRequired[StreamSpecification]
    SSESpecification: NotRequired[SSESpecification]
    ReplicaUpdates: NotRequired[Sequence[ReplicationGroupUpdate]]
    TableClass: NotRequired[str]
    DeletionProtectionEnabled: NotRequired[bool]
    MultiRegionConsistency: NotRequired[str]
    GlobalTableWitnessUpdates: NotRequired[Sequence[GlobalTableWitnessGroupUpdate]]
    OnDemandThroughput: NotRequired[OnDemandThroughput]
    WarmThroughput: NotRequired[WarmThroughput]
    GlobalTableSettingsReplicationMode: NotRequired[str]
    DisassociationProtectionEnabled: NotRequired[bool]
    VectorIndexUpdates: NotRequired[Sequence[VectorIndexUpdate]]


class UpdateTableOutput(TypedDict):
    TableDescription: NotRequired[TableDescription]


class UpdateTimeToLiveInput(TypedDict):
    TableName: str
    TimeToLiveSpecification: TimeToLiveSpecification


class UpdateTimeToLiveOutput(TypedDict):
    TimeToLiveSpecification: NotRequired[TimeToLiveSpecification]


class VectorAttributeDefinition(TypedDict):
    AttributeName: str


class VectorCapacity(TypedDict):
    VectorSearchRequestBytes: NotRequired[float]
    VectorWriteRequestBytes: NotRequired[float]


class VectorIndex(TypedDict):
    IndexName: str
    VectorAttribute: VectorAttributeDefinition
    SearchSchema: NotRequired[Sequence[SearchSchemaElement]]
    Projection: Projection
    Dimensions: int
    DistanceFunction: str


class VectorIndexDescription(TypedDict):
    IndexName: NotRequired[str]
    SearchSchema: NotRequired[Sequence[SearchSchemaElement]]
    Projection: NotRequired[Projection]
    VectorAttribute: NotRequired[VectorAttributeDefinition]
    Dimensions: NotRequired[int]
    DistanceFunction: NotRequired[str]
    IndexStatus: NotRequired[str]
    Backfilling: NotRequired[bool]
    IndexSizeBytes: NotRequired[int]
    ItemCount: NotRequired[int]
    IndexArn: NotRequired[str]


class VectorIndexInfo(TypedDict):
    IndexName: NotRequired[str]
    VectorAttribute: NotRequired[VectorAttributeDefinition]
    SearchSchema: NotRequired[Sequence[SearchSchemaElement]]
    Projection: NotRequired[Projection]
    Dimensions: NotRequired[int]
    DistanceFunction: NotRequired[str]


class VectorIndexUpdate(TypedDict):
    Create: NotRequired[CreateVectorIndexAction]
    Delete: NotRequired[DeleteVectorIndexAction]


class WarmThroughput(TypedDict):
    ReadUnitsPerSecond: NotRequired[int]
    WriteUnitsPerSecond: NotRequired[int]


class WriteRequest(TypedDict):
    PutRequest: NotRequired[PutRequest]
    DeleteRequest: NotRequired[DeleteRequest]
