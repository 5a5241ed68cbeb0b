"""Inputs and outputs of cloudwatch, for the type checker. Written by tools/shapes.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

__all__ = ["Any", "Mapping", "NotRequired", "Sequence"]


class ActionConfiguration(TypedDict):
    AlarmTagsPropagation: NotRequired[AlarmTagsPropagation]


class AlarmHistoryItem(TypedDict):
    AlarmName: NotRequired[str]
    AlarmContributorId: NotRequired[str]
    AlarmType: NotRequired[str]
    Timestamp: NotRequired[float]
    HistoryItemType: NotRequired[str]
    HistorySummary: NotRequired[str]
    HistoryData: NotRequired[str]
    AlarmContributorAttributes: NotRequired[Mapping[str, str]]


class AlarmPromQLCriteria(TypedDict):
    Query: str
    PendingPeriod: NotRequired[int]
    RecoveryPeriod: NotRequired[int]


class AlarmTagsPropagation(TypedDict):
    Enabled: bool
    IncludedTagKeys: NotRequired[Sequence[str]]
    ExcludedTagKeys: NotRequired[Sequence[str]]


class CompositeAlarm(TypedDict):
    ActionsEnabled: NotRequired[bool]
    AlarmActions: NotRequired[Sequence[str]]
    AlarmArn: NotRequired[str]
    AlarmConfigurationUpdatedTimestamp: NotRequired[float]
    AlarmDescription: NotRequired[str]
    AlarmName: NotRequired[str]
    AlarmRule: NotRequired[str]
    InsufficientDataActions: NotRequired[Sequence[str]]
    OKActions: NotRequired[Sequence[str]]
    StateReason: NotRequired[str]
    StateReasonData: NotRequired[str]
    StateUpdatedTimestamp: NotRequired[float]
    StateValue: NotRequired[str]
    StateTransitionedTimestamp: NotRequired[float]
    ActionsSuppressedBy: NotRequired[str]
    ActionsSuppressedReason: NotRequired[str]
    ActionsSuppressor: NotRequired[str]
    ActionsSuppressorWaitPeriod: NotRequired[int]
    ActionsSuppressorExtensionPeriod: NotRequired[int]
    ActionConfiguration: NotRequired[ActionConfiguration]


class DashboardEntry(TypedDict):
    DashboardName: NotRequired[str]
    DashboardArn: NotRequired[str]
    LastModified: NotRequired[float]
    Size: NotRequired[int]


class DashboardValidationMessage(TypedDict):
    DataPath: NotRequired[str]
    Message: NotRequired[str]


class Datapoint(TypedDict):
    Timestamp: NotRequired[float]
    SampleCount: NotRequired[float]
    Average: NotRequired[float]
    Sum: NotRequired[float]
    Minimum: NotRequired[float]
    Maximum: NotRequired[float]
    Unit: NotRequired[str]
    ExtendedStatistics: NotRequired[Mapping[str, float]]


class DeleteAlarmsInput(TypedDict):
    AlarmNames: Sequence[str]


class DeleteDashboardsInput(TypedDict):
    DashboardNames: Sequence[str]


class DeleteDashboardsOutput(TypedDict):
    pass


class DescribeAlarmHistoryInput(TypedDict):
    AlarmName: NotRequired[str]
    AlarmContributorId: NotRequired[str]
    AlarmTypes: NotRequired[Sequence[str]]
    HistoryItemType: NotRequired[str]
    StartDate: NotRequired[float]
    EndDate: NotRequired[float]
    MaxRecords: NotRequired[int]
    NextToken: NotRequired[str]
    ScanBy: NotRequired[str]


class DescribeAlarmHistoryOutput(TypedDict):
    AlarmHistoryItems: NotRequired[Sequence[AlarmHistoryItem]]
    NextToken: NotRequired[str]


class DescribeAlarmsForMetricInput(TypedDict):
    MetricName: str
    Namespace: str
    Statistic: NotRequired[str]
    ExtendedStatistic: NotRequired[str]
    Dimensions: NotRequired[Sequence[Dimension]]
    Period: NotRequired[int]
    Unit: NotRequired[str]


class DescribeAlarmsForMetricOutput(TypedDict):
    MetricAlarms: NotRequired[Sequence[MetricAlarm]]


class DescribeAlarmsInput(TypedDict):
    AlarmNames: NotRequired[Sequence[str]]
    AlarmNamePrefix: NotRequired[str]
    AlarmTypes: NotRequired[Sequence[str]]
    ChildrenOfAlarmName: NotRequired[str]
    ParentsOfAlarmName: NotRequired[str]
    StateValue: NotRequired[str]
    ActionPrefix: NotRequired[str]
    MaxRecords: NotRequired[int]
    NextToken: NotRequired[str]


class DescribeAlarmsOutput(TypedDict):
    CompositeAlarms: NotRequired[Sequence[CompositeAlarm]]
    MetricAlarms: NotRequired[Sequence[MetricAlarm]]
    LogAlarms: NotRequired[Sequence[LogAlarm]]
    NextToken: NotRequired[str]


class Dimension(TypedDict):
    Name: str
    Value: str


class DimensionFilter(TypedDict):
    Name: str
    Value: NotRequired[str]


class DisableAlarmActionsInput(TypedDict):
    AlarmNames: Sequence[str]


class EnableAlarmActionsInput(TypedDict):
    AlarmNames: Sequence[str]


class Entity(TypedDict):
    KeyAttributes: NotRequired[Mapping[str, str]]
    Attributes: NotRequired[Mapping[str, str]]


class EntityMetricData(TypedDict):
    Entity: NotRequired[Entity]
    MetricData: NotRequired[Sequence[MetricDatum]]


class EvaluationCriteria(TypedDict):
    PromQLCriteria: NotRequired[AlarmPromQLCriteria]


class EvaluationWindow(TypedDict):
    WallClockWindow: NotRequired[WallClockWindow]
    SlidingWindow: NotRequired[SlidingWindow]


class GetDashboardInput(TypedDict):
    DashboardName: str


class GetDashboardOutput(TypedDict):
    DashboardArn: NotRequired[str]
    DashboardBody: NotRequired[str]
    DashboardName: NotRequired[str]


class GetMetricDataInput(TypedDict):
    MetricDataQueries: Sequence[MetricDataQuery]
    StartTime: float
    EndTime: float
    NextToken: NotRequired[str]
    ScanBy: NotRequired[str]
    MaxDatapoints: NotRequired[int]
    LabelOptions: NotRequired[LabelOptions]


class GetMetricDataOutput(TypedDict):
    MetricDataResults: NotRequired[Sequence[MetricDataResult]]
    NextToken: NotRequired[str]
    Messages: NotRequired[Sequence[MessageData]]


class GetMetricStatisticsInput(TypedDict):
    Namespace: str
    MetricName: str
    Dimensions: NotRequired[Sequence[Dimension]]
    StartTime: float
    EndTime: float
    Period: int
    Statistics: NotRequired[Sequence[str]]
    ExtendedStatistics: NotRequired[Sequence[str]]
    Unit: NotRequired[str]


class GetMetricStatisticsOutput(TypedDict):
    Label: NotRequired[str]
    Datapoints: NotRequired[Sequence[Datapoint]]


class LabelOptions(TypedDict):
    Timezone: NotRequired[str]


class ListDashboardsInput(TypedDict):
    DashboardNamePrefix: NotRequired[str]
    NextToken: NotRequired[str]


class ListDashboardsOutput(TypedDict):
    DashboardEntries: NotRequired[Sequence[DashboardEntry]]
    NextToken: NotRequired[str]


class ListMetricsInput(TypedDict):
    Namespace: NotRequired[str]
    MetricName: NotRequired[str]
    Dimensions: NotRequired[Sequence[DimensionFilter]]
    NextToken: NotRequired[str]
    RecentlyActive: NotRequired[str]
    IncludeLinkedAccounts: NotRequired[bool]
    OwningAccount: NotRequired[str]


class ListMetricsOutput(TypedDict):
    Metrics: NotRequired[Sequence[Metric]]
    NextToken: NotRequired[str]
    OwningAccounts: NotRequired[Sequence[str]]


class ListTagsForResourceInput(TypedDict):
    ResourceARN: str


class ListTagsForResourceOutput(TypedDict):
    Tags: NotRequired[Sequence[Tag]]


class LogAlarm(TypedDict):
    AlarmName: NotRequired[str]
    AlarmArn: NotRequired[str]
    AlarmDescription: NotRequired[str]
    AlarmConfigurationUpdatedTimestamp: NotRequired[float]
    ActionsEnabled: NotRequired[bool]
    OKActions: NotRequired[Sequence[str]]
    AlarmActions: NotRequired[Sequence[str]]
    InsufficientDataActions: NotRequired[Sequence[str]]
    StateValue: NotRequired[str]
    StateReason: NotRequired[str]
    StateReasonData: NotRequired[str]
    StateUpdatedTimestamp: NotRequired[float]
    ScheduledQueryConfiguration: NotRequired[ScheduledQueryConfiguration]
    QueryResultsToEvaluate: NotRequired[int]
    QueryResultsToAlarm: NotRequired[int]
    Threshold: NotRequired[float]
    ComparisonOperator: NotRequired[str]
    TreatMissingData: NotRequired[str]
    StateTransitionedTimestamp: NotRequired[float]
    EvaluationState: NotRequired[str]
    ActionLogLineCount: NotRequired[int]
    ActionLogLineRoleArn: NotRequired[str]
    WarmUpConfiguration: NotRequired[WarmUpConfiguration]
    ActionConfiguration: NotRequired[ActionConfiguration]


class MessageData(TypedDict):
    Code: NotRequired[str]
    Value: NotRequired[str]


class Metric(TypedDict):
    Namespace: NotRequired[str]
    MetricName: NotRequired[str]
    Dimensions: NotRequired[Sequence[Dimension]]


class MetricAlarm(TypedDict):
    AlarmName: NotRequired[str]
    AlarmArn: NotRequired[str]
    AlarmDescription: NotRequired[str]
    AlarmConfigurationUpdatedTimestamp: NotRequired[float]
    ActionsEnabled: NotRequired[bool]
    OKActions: NotRequired[Sequence[str]]
    AlarmActions: NotRequired[Sequence[str]]
    InsufficientDataActions: NotRequired[Sequence[str]]
    StateValue: NotRequired[str]
    StateReason: NotRequired[str]
    StateReasonData: NotRequired[str]
    StateUpdatedTimestamp: NotRequired[float]
    MetricName: NotRequired[str]
    Namespace: NotRequired[str]
    Statistic: NotRequired[str]
    ExtendedStatistic: NotRequired[str]
    Dimensions: NotRequired[Sequence[Dimension]]
    Period: NotRequired[int]
    Unit: NotRequired[str]
    EvaluationPeriods: NotRequired[int]
    DatapointsToAlarm: NotRequired[int]
    Threshold: NotRequired[float]
    ComparisonOperator: NotRequired[str]
    TreatMissingData: NotRequired[str]
    EvaluateLowSampleCountPercentile: NotRequired[str]
    Metrics: NotRequired[Sequence[MetricDataQuery]]
    ThresholdMetricId: NotRequired[str]
    EvaluationState: NotRequired[str]
    StateTransitionedTimestamp: NotRequired[float]
    EvaluationWindow: NotRequired[EvaluationWindow]
    WarmUpConfiguration: NotRequired[WarmUpConfiguration]
    EvaluationCriteria: NotRequired[EvaluationCriteria]
    EvaluationInterval: NotRequired[int]
    ActionConfiguration: NotRequired[ActionConfiguration]


class MetricDataQuery(TypedDict):
    Id: str
    MetricStat: NotRequired[MetricStat]
    Expression: NotRequired[str]
    Label: NotRequired[str]
    ReturnData: NotRequired[bool]
    Period: NotRequired[int]
    AccountId: NotRequired[str]


class MetricDataResult(TypedDict):
    Id: NotRequired[str]
    Label: NotRequired[str]
    Timestamps: NotRequired[Sequence[float]]
    Values: NotRequired[Sequence[float]]
    StatusCode: NotRequired[str]
    Messages: NotRequired[Sequence[MessageData]]


class MetricDatum(TypedDict):
    MetricName: str
    Dimensions: NotRequired[Sequence[Dimension]]
    Timestamp: NotRequired[float]
    Value: NotRequired[float]
    StatisticValues: NotRequired[StatisticSet]
    Values: NotRequired[Sequence[float]]
    Counts: NotRequired[Sequence[float]]
    Unit: NotRequired[str]
    StorageResolution: NotRequired[int]


class MetricStat(TypedDict):
    Metric: Metric
    Period: int
    Stat: str
    Unit: NotRequired[str]


class PutCompositeAlarmInput(TypedDict):
    ActionsEnabled: NotRequired[bool]
    AlarmActions: NotRequired[Sequence[str]]
    AlarmDescription: NotRequired[str]
    AlarmName: str
    AlarmRule: str
    InsufficientDataActions: NotRequired[Sequence[str]]
    OKActions: NotRequired[Sequence[str]]
    Tags: NotRequired[Sequence[Tag]]
    ActionsSuppressor: NotRequired[str]
    ActionsSuppressorWaitPeriod: NotRequired[int]
    ActionsSuppressorExtensionPeriod: NotRequired[int]
    ActionConfiguration: NotRequired[ActionConfiguration]


class PutDashboardInput(TypedDict):
    DashboardName: str
    DashboardBody: str
    Tags: NotRequired[Sequence[Tag]]


class PutDashboardOutput(TypedDict):
    DashboardValidationMessages: NotRequired[Sequence[DashboardValidationMessage]]


class PutMetricAlarmInput(TypedDict):
    AlarmName: str
    AlarmDescription: NotRequired[str]
    ActionsEnabled: NotRequired[bool]
    OKActions: NotRequired[Sequence[str]]
    AlarmActions: NotRequired[Sequence[str]]
    InsufficientDataActions: NotRequired[Sequence[str]]
    MetricName: NotRequired[str]
    Namespace: NotRequired[str]
    Statistic: NotRequired[str]
    ExtendedStatistic: NotRequired[str]
    Dimensions: NotRequired[Sequence[Dimension]]
    Period: NotRequired[int]
    Unit: NotRequired[str]
    EvaluationPeriods: NotRequired[int]
    DatapointsToAlarm: NotRequired[int]
    Threshold: NotRequired[float]
    ComparisonOperator: NotRequired[str]
    TreatMissingData: NotRequired[str]
    EvaluateLowSampleCountPercentile: NotRequired[str]
    Metrics: NotRequired[Sequence[MetricDataQuery]]
    Tags: NotRequired[Sequence[Tag]]
    ThresholdMetricId: NotRequired[str]
    EvaluationWindow: NotRequired[EvaluationWindow]
    WarmUpConfiguration: NotRequired[WarmUpConfiguration]
    EvaluationCriteria: NotRequired[EvaluationCriteria]
    EvaluationInterval: NotRequired[int]
    ActionConfiguration: NotRequired[ActionConfiguration]


class PutMetricDataInput(TypedDict):
    Namespace: str
    MetricData: NotRequired[Sequence[MetricDatum]]
    EntityMetricData: NotRequired[Sequence[EntityMetricData]]
    StrictEntityValidation: NotRequired[bool]


class ScheduleConfiguration(TypedDict):
    ScheduleExpression: str
    StartTimeOffset: int
    EndTimeOffset: NotRequired[int]


class ScheduledQueryConfiguration(TypedDict):
    QueryString: str
    LogGroupIdentifiers: NotRequired[Sequence[str]]
    QueryARN: NotRequired[str]
    ScheduledQueryRoleARN: str
    ScheduleConfiguration: ScheduleConfiguration
    AggregationExpression: str
    Tags: NotRequired[Sequence[Tag]]


class SetAlarmStateInput(TypedDict):
    AlarmName: str
    StateValue: str
    StateReason: str
    StateReasonData: NotRequired[str]


class SlidingWindow(TypedDict):
    pass


class StatisticSet(TypedDict):
    SampleCount: float
    Sum: float
    Minimum: float
    Maximum: float


class Tag(TypedDict):
    Key: str
    Value: str


class TagResourceInput(TypedDict):
    ResourceARN: str
    Tags: Sequence[Tag]


class TagResourceOutput(TypedDict):
    pass


class UntagResourceInput(TypedDict):
    ResourceARN: str
    TagKeys: Sequence[str]


class UntagResourceOutput(TypedDict):
    pass


class WallClockWindow(TypedDict):
    Timezone: NotRequired[str]


class WarmUpConfiguration(TypedDict):
    WarmUpPeriodDurationInMinutes: int
    OnlyStartEvaluatingAfterWarmUpPeriodEnds: NotRequired[bool]
