"""Inputs and outputs of logs, for the type checker. Written by tools/shapes.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

__all__ = ["Any", "Mapping", "NotRequired", "Sequence"]


class AssociateKmsKeyRequest(TypedDict):
    logGroupName: NotRequired[str]
    kmsKeyId: str
    resourceIdentifier: NotRequired[str]


class CancelExportTaskRequest(TypedDict):
    taskId: str


CreateExportTaskRequest = TypedDict(
    "CreateExportTaskRequest",
    {
        "taskName": NotRequired[str],
        "logGroupName": str,
        "logStreamNamePrefix": NotRequired[str],
        "from": int,
        "to": int,
        "destination": str,
        "destinationPrefix": NotRequired[str],
    },
)


class CreateExportTaskResponse(TypedDict):
    taskId: NotRequired[str]


class CreateLogGroupRequest(TypedDict):
    logGroupName: str
    kmsKeyId: NotRequired[str]
    tags: NotRequired[Mapping[str, str]]
    logGroupClass: NotRequired[str]
    deletionProtectionEnabled: NotRequired[bool]


class CreateLogStreamRequest(TypedDict):
    logGroupName: str
    logStreamName: str


class DataSourceFilter(TypedDict):
    name: str
    type: NotRequired[str]


class DeleteDestinationRequest(TypedDict):
    destinationName: str


class DeleteLogGroupRequest(TypedDict):
    logGroupName: str


class DeleteLogStreamRequest(TypedDict):
    logGroupName: str
    logStreamName: str


class DeleteMetricFilterRequest(TypedDict):
    logGroupName: str
    filterName: str


class DeleteQueryDefinitionRequest(TypedDict):
    queryDefinitionId: str


class DeleteQueryDefinitionResponse(TypedDict):
    success: NotRequired[bool]


class DeleteResourcePolicyRequest(TypedDict):
    policyName: NotRequired[str]
    resourceArn: NotRequired[str]
    expectedRevisionId: NotRequired[str]


class DeleteRetentionPolicyRequest(TypedDict):
    logGroupName: str


class DeleteSubscriptionFilterRequest(TypedDict):
    logGroupName: str
    filterName: str


class DescribeDestinationsRequest(TypedDict):
    DestinationNamePrefix: NotRequired[str]
    nextToken: NotRequired[str]
    limit: NotRequired[int]


class DescribeDestinationsResponse(TypedDict):
    destinations: NotRequired[Sequence[Destination]]
    nextToken: NotRequired[str]


class DescribeExportTasksRequest(TypedDict):
    taskId: NotRequired[str]
    statusCode: NotRequired[str]
    nextToken: NotRequired[str]
    limit: NotRequired[int]


class DescribeExportTasksResponse(TypedDict):
    exportTasks: NotRequired[Sequence[ExportTask]]
    nextToken: NotRequired[str]


class DescribeLogGroupsRequest(TypedDict):
    accountIdentifiers: NotRequired[Sequence[str]]
    logGroupNamePrefix: NotRequired[str]
    logGroupNamePattern: NotRequired[str]
    nextToken: NotRequired[str]
    limit: NotRequired[int]
    includeLinkedAccounts: NotRequired[bool]
    logGroupClass: NotRequired[str]
    logGroupIdentifiers: NotRequired[Sequence[str]]


class DescribeLogGroupsResponse(TypedDict):
    logGroups: NotRequired[Sequence[LogGroup]]
    nextToken: NotRequired[str]


class DescribeLogStreamsRequest(TypedDict):
    logGroupName: NotRequired[str]
    logGroupIdentifier: NotRequired[str]
    logStreamNamePrefix: NotRequired[str]
    orderBy: NotRequired[str]
    descending: NotRequired[bool]
    nextToken: NotRequired[str]
    limit: NotRequired[int]


class DescribeLogStreamsResponse(TypedDict):
    logStreams: NotRequired[Sequence[LogStream]]
    nextToken: NotRequired[str]


class DescribeMetricFiltersRequest(TypedDict):
    logGroupName: NotRequired[str]
    filterNamePrefix: NotRequired[str]
    nextToken: NotRequired[str]
    limit: NotRequired[int]
    metricName: NotRequired[str]
    metricNamespace: NotRequired[str]


class DescribeMetricFiltersResponse(TypedDict):
    metricFilters: NotRequired[Sequence[MetricFilter]]
    nextToken: NotRequired[str]


class DescribeQueriesRequest(TypedDict):
    logGroupName: NotRequired[str]
    status: NotRequired[str]
    maxResults: NotRequired[int]
    nextToken: NotRequired[str]
    queryLanguage: NotRequired[str]


class DescribeQueriesResponse(TypedDict):
    queries: NotRequired[Sequence[QueryInfo]]
    nextToken: NotRequired[str]


class DescribeQueryDefinitionsRequest(TypedDict):
    queryLanguage: NotRequired[str]
    queryDefinitionNamePrefix: NotRequired[str]
    maxResults: NotRequired[int]
    nextToken: NotRequired[str]


class DescribeQueryDefinitionsResponse(TypedDict):
    queryDefinitions: NotRequired[Sequence[QueryDefinition]]
    nextToken: NotRequired[str]


class DescribeResourcePoliciesRequest(TypedDict):
    nextToken: NotRequired[str]
    limit: NotRequired[int]
    resourceArn: NotRequired[str]
    policyScope: NotRequired[str]


class DescribeResourcePoliciesResponse(TypedDict):
    resourcePolicies: NotRequired[Sequence[ResourcePolicy]]
    nextToken: NotRequired[str]


class DescribeSubscriptionFiltersRequest(TypedDict):
    logGroupName: str
    filterNamePrefix: NotRequired[str]
    nextToken: NotRequired[str]
    limit: NotRequired[int]


class DescribeSubscriptionFiltersResponse(TypedDict):
    subscriptionFilters: NotRequired[Sequence[SubscriptionFilter]]
    nextToken: NotRequired[str]


class Destination(TypedDict):
    destinationName: NotRequired[str]
    targetArn: NotRequired[str]
    roleArn: NotRequired[str]
    accessPolicy: NotRequired[str]
    arn: NotRequired[str]
    creationTime: NotRequired[int]


class DisassociateKmsKeyRequest(TypedDict):
    logGroupName: NotRequired[str]
    resourceIdentifier: NotRequired[str]


class Entity(TypedDict):
    keyAttributes: NotRequired[Mapping[str, str]]
    attributes: NotRequired[Mapping[str, str]]


ExportTask = TypedDict(
    "ExportTask",
    {
        "taskId": NotRequired[str],
        "taskName": NotRequired[str],
        "logGroupName": NotRequired[str],
        "from": NotRequired[int],
        "to": NotRequired[int],
        "destination": NotRequired[str],
        "destinationPrefix": NotRequired[str],
        "status": NotRequired["ExportTaskStatus"],
        "executionInfo": NotRequired["ExportTaskExecutionInfo"],
    },
)


class ExportTaskExecutionInfo(TypedDict):
    creationTime: NotRequired[int]
    completionTime: NotRequired[int]


class ExportTaskStatus(TypedDict):
    code: NotRequired[str]
    message: NotRequired[str]


class FilterLogEventsRequest(TypedDict):
    logGroupName: NotRequired[str]
    logGroupIdentifier: NotRequired[str]
    logStreamNames: NotRequired[Sequence[str]]
    logStreamNamePrefix: NotRequired[str]
    startTime: NotRequired[int]
    endTime: NotRequired[int]
    filterPattern: NotRequired[str]
    nextToken: NotRequired[str]
    limit: NotRequired[int]
    startFromHead: NotRequired[bool]
    interleaved: NotRequired[bool]
    unmask: NotRequired[bool]


class FilterLogEventsResponse(TypedDict):
    events: NotRequired[Sequence[FilteredLogEvent]]
    searchedLogStreams: NotRequired[Sequence[SearchedLogStream]]
    nextToken: NotRequired[str]


class FilteredLogEvent(TypedDict):
    logStreamName: NotRequired[str]
    timestamp: NotRequired[int]
    message: NotRequired[str]
    ingestionTime: NotRequired[int]
    eventId: NotRequired[str]


class GetLogEventsRequest(TypedDict):
    logGroupName: NotRequired[str]
    logGroupIdentifier: NotRequired[str]
    logStreamName: str
    startTime: NotRequired[int]
    endTime: NotRequired[int]
    nextToken: NotRequired[str]
    limit: NotRequired[int]
    startFromHead: NotRequired[bool]
    unmask: NotRequired[bool]


class GetLogEventsResponse(TypedDict):
    events: NotRequired[Sequence[OutputLogEvent]]
    nextForwardToken: NotRequired[str]
    nextBackwardToken: NotRequired[str]


class GetLogGroupFieldsRequest(TypedDict):
    logGroupName: NotRequired[str]
    time: NotRequired[int]
    logGroupIdentifier: NotRequired[str]


class GetLogGroupFieldsResponse(TypedDict):
    logGroupFields: NotRequired[Sequence[LogGroupField]]


class GetLogRecordRequest(TypedDict):
    logRecordPointer: str
    unmask: NotRequired[bool]


class GetLogRecordResponse(TypedDict):
    logRecord: NotRequired[Mapping[str, str]]


class GetQueryResultsRequest(TypedDict):
    queryId: str
    nextToken: NotRequired[str]
    maxItems: NotRequired[int]


class GetQueryResultsResponse(TypedDict):
    queryLanguage: NotRequired[str]
    results: NotRequired[Sequence[Sequence[ResultField]]]
    statistics: NotRequired[QueryStatistics]
    status: NotRequired[str]
    encryptionKey: NotRequired[str]
    nextToken: NotRequired[str]


class InputLogEvent(TypedDict):
    timestamp: int
    message: str


class ListLogGroupsRequest(TypedDict):
    logGroupNamePattern: NotRequired[str]
    logGroupClass: NotRequired[str]
    includeLinkedAccounts: NotRequired[bool]
    accountIdentifiers: NotRequired[Sequence[str]]
    nextToken: NotRequired[str]
    limit: NotRequired[int]
    dataSources: NotRequired[Sequence[DataSourceFilter]]
    fieldIndexNames: NotRequired[Sequence[str]]
    logGroupTags: NotRequired[Sequence[TagFilter]]


class ListLogGroupsResponse(TypedDict):
    logGroups: NotRequired[Sequence[LogGroupSummary]]
    nextToken: NotRequired[str]


class ListTagsForResourceRequest(TypedDict):
    resourceArn: str


class ListTagsForResourceResponse(TypedDict):
    tags: NotRequired[Mapping[str, str]]


class ListTagsLogGroupRequest(TypedDict):
    logGroupName: str


class ListTagsLogGroupResponse(TypedDict):
    tags: NotRequired[Mapping[str, str]]


class LogGroup(TypedDict):
    logGroupName: NotRequired[str]
    creationTime: NotRequired[int]
    retentionInDays: NotRequired[int]
    metricFilterCount: NotRequired[int]
    arn: NotRequired[str]
    storedBytes: NotRequired[int]
    kmsKeyId: NotRequired[str]
    dataProtectionStatus: NotRequired[str]
    inheritedProperties: NotRequired[Sequence[str]]
    logGroupClass: NotRequired[str]
    logGroupArn: NotRequired[str]
    deletionProtectionEnabled: NotRequired[bool]
    bearerTokenAuthenticationEnabled: NotRequired[bool]
    retentionPolicyName: NotRequired[str]


class LogGroupField(TypedDict):
    name: NotRequired[str]
    percent: NotRequired[int]


class LogGroupSummary(TypedDict):
    logGroupName: NotRequired[str]
    logGroupArn: NotRequired[str]
    logGroupClass: NotRequired[str]


class LogStream(TypedDict):
    logStreamName: NotRequired[str]
    creationTime: NotRequired[int]
    firstEventTimestamp: NotRequired[int]
    lastEventTimestamp: NotRequired[int]
    lastIngestionTime: NotRequired[int]
    uploadSequenceToken: NotRequired[str]
    arn: NotRequired[str]
    storedBytes: NotRequired[int]


class MetricFilter(TypedDict):
    filterName: NotRequired[str]
    filterPattern: NotRequired[str]
    metricTransformations: NotRequired[Sequence[MetricTransformation]]
    creationTime: NotRequired[int]
    logGroupName: NotRequired[str]
    applyOnTransformedLogs: NotRequired[bool]
    fieldSelectionCriteria: NotRequired[str]
    emitSystemFieldDimensions: NotRequired[Sequence[str]]


class MetricFilterMatchRecord(TypedDict):
    eventNumber: NotRequired[int]
    eventMessage: NotRequired[str]
    extractedValues: NotRequired[Mapping[str, str]]


class MetricTransformation(TypedDict):
    metricName: str
    metricNamespace: str
    metricValue: str
    defaultValue: NotRequired[float]
    dimensions: NotRequired[Mapping[str, str]]
    unit: NotRequired[str]


class OutputLogEvent(TypedDict):
    timestamp: NotRequired[int]
    message: NotRequired[str]
    ingestionTime: NotRequired[int]


class PutDestinationPolicyRequest(TypedDict):
    destinationName: str
    accessPolicy: str
    forceUpdate: NotRequired[bool]


class PutDestinationRequest(TypedDict):
    destinationName: str
    targetArn: str
    roleArn: str
    tags: NotRequired[Mapping[str, str]]


class PutDestinationResponse(TypedDict):
    destination: NotRequired[Destination]


class PutLogEventsRequest(TypedDict):
    logGroupName: str
    logStreamName: str
    logEvents: Sequence[InputLogEvent]
    sequenceToken: NotRequired[str]
    entity: NotRequired[Entity]


class PutLogEventsResponse(TypedDict):
    nextSequenceToken: NotRequired[str]
    rejectedLogEventsInfo: NotRequired[RejectedLogEventsInfo]
    rejectedEntityInfo: NotRequired[RejectedEntityInfo]


class PutLogGroupDeletionProtectionRequest(TypedDict):
    logGroupIdentifier: str
    deletionProtectionEnabled: bool


class PutMetricFilterRequest(TypedDict):
    logGroupName: str
    filterName: str
    filterPattern: str
    metricTransformations: Sequence[MetricTransformation]
    applyOnTransformedLogs: NotRequired[bool]
    fieldSelectionCriteria: NotRequired[str]
    emitSystemFieldDimensions: NotRequired[Sequence[str]]


class PutQueryDefinitionRequest(TypedDict):
    queryLanguage: NotRequired[str]
    name: str
    queryDefinitionId: NotRequired[str]
    logGroupNames: NotRequired[Sequence[str]]
    queryString: str
    clientToken: NotRequired[str]
    parameters: NotRequired[Sequence[QueryParameter]]


class PutQueryDefinitionResponse(TypedDict):
    queryDefinitionId: NotRequired[str]


class PutResourcePolicyRequest(TypedDict):
    policyName: NotRequired[str]
    policyDocument: NotRequired[str]
    resourceArn: NotRequired[str]
    expectedRevisionId: NotRequired[str]


class PutResourcePolicyResponse(TypedDict):
    resourcePolicy: NotRequired[ResourcePolicy]
    revisionId: NotRequired[str]


class PutRetentionPolicyRequest(TypedDict):
    logGroupName: str
    retentionInDays: int


class PutSubscriptionFilterRequest(TypedDict):
    logGroupName: str
    filterName: str
    filterPattern: str
    destinationArn: str
    roleArn: NotRequired[str]
    distribution: NotRequired[str]
    applyOnTransformedLogs: NotRequired[bool]
    fieldSelectionCriteria: NotRequired[str]
    emitSystemFields: NotRequired[Sequence[str]]


class QueryDefinition(TypedDict):
    queryLanguage: NotRequired[str]
    queryDefinitionId: NotRequired[str]
    name: NotRequired[str]
    queryString: NotRequired[str]
    lastModified: NotRequired[int]
    logGroupNames: NotRequired[Sequence[str]]
    parameters: NotRequired[Sequence[QueryParameter]]


class QueryInfo(TypedDict):
    queryLanguage: NotRequired[str]
    queryId: NotRequired[str]
    queryString: NotRequired[str]
    status: NotRequired[str]
    createTime: NotRequired[int]
    logGroupName: NotRequired[str]
    queryDuration: NotRequired[int]
    bytesScanned: NotRequired[float]
    userIdentity: NotRequired[str]


class QueryParameter(TypedDict):
    name: str
    defaultValue: NotRequired[str]
    description: NotRequired[str]


class QueryStatistics(TypedDict):
    recordsMatched: NotRequired[float]
    recordsScanned: NotRequired[float]
    estimatedRecordsSkipped: NotRequired[float]
    bytesScanned: NotRequired[float]
    estimatedBytesSkipped: NotRequired[float]
    logGroupsScanned: NotRequired[float]
    resultCount: NotRequired[float]


class RejectedEntityInfo(TypedDict):
    errorType: str


class RejectedLogEventsInfo(TypedDict):
    tooNewLogEventStartIndex: NotRequired[int]
    tooOldLogEventEndIndex: NotRequired[int]
    expiredLogEventEndIndex: NotRequired[int]


class ResourcePolicy(TypedDict):
    policyName: NotRequired[str]
    policyDocument: NotRequired[str]
    lastUpdatedTime: NotRequired[int]
    policyScope: NotRequired[str]
    resourceArn: NotRequired[str]
    revisionId: NotRequired[str]


class ResultField(TypedDict):
    field: NotRequired[str]
    value: NotRequired[str]


class SearchedLogStream(TypedDict):
    logStreamName: NotRequired[str]
    searchedCompletely: NotRequired[bool]


class StartLiveTailRequest(TypedDict):
    logGroupIdentifiers: Sequence[str]
    logStreamNames: NotRequired[Sequence[str]]
    logStreamNamePrefixes: NotRequired[Sequence[str]]
    logEventFilterPattern: NotRequired[str]


class StartLiveTailResponse(TypedDict):
    responseStream: NotRequired[Any]


class StartQueryRequest(TypedDict):
    queryLanguage: NotRequired[str]
    logGroupName: NotRequired[str]
    logGroupNames: NotRequired[Sequence[str]]
    logGroupIdentifiers: NotRequired[Sequence[str]]
    startTime: int
    endTime: int
    queryString: str
    limit: NotRequired[int]


class StartQueryResponse(TypedDict):
    queryId: NotRequired[str]


class StopQueryRequest(TypedDict):
    queryId: str


class StopQueryResponse(TypedDict):
    success: NotRequired[bool]


class SubscriptionFilter(TypedDict):
    filterName: NotRequired[str]
    logGroupName: NotRequired[str]
    filterPattern: NotRequired[str]
    destinationArn: NotRequired[str]
    roleArn: NotRequired[str]
    distribution: NotRequired[str]
    applyOnTransformedLogs: NotRequired[bool]
    creationTime: NotRequired[int]
    fieldSelectionCriteria: NotRequired[str]
    emitSystemFields: NotRequired[Sequence[str]]


class TagFilter(TypedDict):
    key: str
    values: NotRequired[Sequence[str]]


class TagLogGroupRequest(TypedDict):
    logGroupName: str
    tags: Mapping[str, str]


class TagResourceRequest(TypedDict):
    resourceArn: str
    tags: Mapping[str, str]


class TestMetricFilterRequest(TypedDict):
    filterPattern: str
    logEventMessages: Sequence[str]


class TestMetricFilterResponse(TypedDict):
    matches: NotRequired[Sequence[MetricFilterMatchRecord]]


class UntagLogGroupRequest(TypedDict):
    logGroupName: str
    tags: Sequence[str]


class UntagResourceRequest(TypedDict):
    resourceArn: str
    tagKeys: Sequence[str]
