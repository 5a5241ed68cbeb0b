"""Inputs and outputs of scheduler, for the type checker. Written by tools/shapes.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

__all__ = ["Any", "Mapping", "NotRequired", "Sequence"]


class AwsVpcConfiguration(TypedDict):
    Subnets: Sequence[str]
    SecurityGroups: NotRequired[Sequence[str]]
    AssignPublicIp: NotRequired[str]


class CapacityProviderStrategyItem(TypedDict):
    capacityProvider: str
    weight: NotRequired[int]
    base: NotRequired[int]


class CreateScheduleGroupInput(TypedDict):
    Name: str
    Tags: NotRequired[Sequence[Tag]]
    ClientToken: NotRequired[str]


class CreateScheduleGroupOutput(TypedDict):
    ScheduleGroupArn: str


class CreateScheduleInput(TypedDict):
    Name: str
    GroupName: NotRequired[str]
    ScheduleExpression: str
    StartDate: NotRequired[float]
    EndDate: NotRequired[float]
    Description: NotRequired[str]
    ScheduleExpressionTimezone: NotRequired[str]
    State: NotRequired[str]
    KmsKeyArn: NotRequired[str]
    Target: Target
    FlexibleTimeWindow: FlexibleTimeWindow
    ClientToken: NotRequired[str]
    ActionAfterCompletion: NotRequired[str]


class CreateScheduleOutput(TypedDict):
    ScheduleArn: str


class DeadLetterConfig(TypedDict):
    Arn: NotRequired[str]


class DeleteScheduleGroupInput(TypedDict):
    Name: str
    ClientToken: NotRequired[str]


class DeleteScheduleGroupOutput(TypedDict):
    pass


class DeleteScheduleInput(TypedDict):
    Name: str
    GroupName: NotRequired[str]
    ClientToken: NotRequired[str]


class DeleteScheduleOutput(TypedDict):
    pass


class EcsParameters(TypedDict):
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
    Tags: NotRequired[Sequence[Mapping[str, str]]]


class EventBridgeParameters(TypedDict):
    DetailType: str
    Source: str


class EventBridgePutEventsV2Parameters(TypedDict):
    DetailType: str
    Source: str


class EventBridgePutRawEventsParameters(TypedDict):
    Metadata: NotRequired[Mapping[str, str]]


class FlexibleTimeWindow(TypedDict):
    Mode: str
    MaximumWindowInMinutes: NotRequired[int]


class GetScheduleGroupInput(TypedDict):
    Name: str


class GetScheduleGroupOutput(TypedDict):
    Arn: NotRequired[str]
    Name: NotRequired[str]
    State: NotRequired[str]
    CreationDate: NotRequired[float]
    LastModificationDate: NotRequired[float]


class GetScheduleInput(TypedDict):
    Name: str
    GroupName: NotRequired[str]


class GetScheduleOutput(TypedDict):
    Arn: NotRequired[str]
    GroupName: NotRequired[str]
    Name: NotRequired[str]
    ScheduleExpression: NotRequired[str]
    StartDate: NotRequired[float]
    EndDate: NotRequired[float]
    Description: NotRequired[str]
    ScheduleExpressionTimezone: NotRequired[str]
    State: NotRequired[str]
    CreationDate: NotRequired[float]
    LastModificationDate: NotRequired[float]
    KmsKeyArn: NotRequired[str]
    Target: NotRequired[Target]
    FlexibleTimeWindow: NotRequired[FlexibleTimeWindow]
    ActionAfterCompletion: NotRequired[str]


class KinesisParameters(TypedDict):
    PartitionKey: str


class ListScheduleGroupsInput(TypedDict):
    NamePrefix: NotRequired[str]
    NextToken: NotRequired[str]
    MaxResults: NotRequired[int]


class ListScheduleGroupsOutput(TypedDict):
    NextToken: NotRequired[str]
    ScheduleGroups: Sequence[ScheduleGroupSummary]


class ListSchedulesInput(TypedDict):
    GroupName: NotRequired[str]
    NamePrefix: NotRequired[str]
    State: NotRequired[str]
    NextToken: NotRequired[str]
    MaxResults: NotRequired[int]


class ListSchedulesOutput(TypedDict):
    NextToken: NotRequired[str]
    Schedules: Sequence[ScheduleSummary]


class ListTagsForResourceInput(TypedDict):
    ResourceArn: str


class ListTagsForResourceOutput(TypedDict):
    Tags: NotRequired[Sequence[Tag]]


class NetworkConfiguration(TypedDict):
    awsvpcConfiguration: NotRequired[AwsVpcConfiguration]


class PlacementConstraint(TypedDict):
    type: NotRequired[str]
    expression: NotRequired[str]


class PlacementStrategy(TypedDict):
    type: NotRequired[str]
    field: NotRequired[str]


class RetryPolicy(TypedDict):
    MaximumEventAgeInSeconds: NotRequired[int]
    MaximumRetryAttempts: NotRequired[int]


class SageMakerPipelineParameter(TypedDict):
    Name: str
    Value: str


class SageMakerPipelineParameters(TypedDict):
    PipelineParameterList: NotRequired[Sequence[SageMakerPipelineParameter]]


class ScheduleGroupSummary(TypedDict):
    Arn: NotRequired[str]
    Name: NotRequired[str]
    State: NotRequired[str]
    CreationDate: NotRequired[float]
    LastModificationDate: NotRequired[float]


class ScheduleSummary(TypedDict):
    Arn: NotRequired[str]
    Name: NotRequired[str]
    GroupName: NotRequired[str]
    State: NotRequired[str]
    CreationDate: NotRequired[float]
    LastModificationDate: NotRequired[float]
    Target: NotRequired[TargetSummary]


class SqsParameters(TypedDict):
    MessageGroupId: NotRequired[str]


class Tag(TypedDict):
    Key: str
    Value: str


class TagResourceInput(TypedDict):
    ResourceArn: str
    Tags: Sequence[Tag]


class TagResourceOutput(TypedDict):
    pass


class Target(TypedDict):
    Arn: str
    RoleArn: str
    DeadLetterConfig: NotRequired[DeadLetterConfig]
    RetryPolicy: NotRequired[RetryPolicy]
    Input: NotRequired[str]
    EcsParameters: NotRequired[EcsParameters]
    EventBridgeParameters: NotRequired[EventBridgeParameters]
    EventBridgePutEventsV2Parameters: NotRequired[EventBridgePutEventsV2Parameters]
    EventBridgePutRawEventsParameters: NotRequired[EventBridgePutRawEventsParameters]
    KinesisParameters: NotRequired[KinesisParameters]
    SageMakerPipelineParameters: NotRequired[SageMakerPipelineParameters]
    SqsParameters: NotRequired[SqsParameters]


class TargetSummary(TypedDict):
    Arn: str


class UntagResourceInput(TypedDict):
    ResourceArn: str
    TagKeys: Sequence[str]


class UntagResourceOutput(TypedDict):
    pass


class UpdateScheduleInput(TypedDict):
    Name: str
    GroupName: NotRequired[str]
    ScheduleExpression: str
    StartDate: NotRequired[float]
    EndDate: NotRequired[float]
    Description: NotRequired[str]
    ScheduleExpressionTimezone: NotRequired[str]
    State: NotRequired[str]
    KmsKeyArn: NotRequired[str]
    Target: Target
    FlexibleTimeWindow: FlexibleTimeWindow
    ClientToken: NotRequired[str]
    ActionAfterCompletion: NotRequired[str]


class UpdateScheduleOutput(TypedDict):
    ScheduleArn: str
