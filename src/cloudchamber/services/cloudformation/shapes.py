"""Inputs and outputs of cloudformation, for the type checker. Written by tools/shapes.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

__all__ = ["Any", "Mapping", "NotRequired", "Sequence"]


class AccountLimit(TypedDict):
    Name: NotRequired[str]
    Value: NotRequired[int]


class CancelUpdateStackInput(TypedDict):
    StackName: str
    ClientRequestToken: NotRequired[str]


class Change(TypedDict):
    Type: NotRequired[str]
    HookInvocationCount: NotRequired[int]
    ResourceChange: NotRequired[ResourceChange]


class ChangeSetSummary(TypedDict):
    StackId: NotRequired[str]
    StackName: NotRequired[str]
    ChangeSetId: NotRequired[str]
    ChangeSetName: NotRequired[str]
    ExecutionStatus: NotRequired[str]
    Status: NotRequired[str]
    StatusReason: NotRequired[str]
    CreationTime: NotRequired[float]
    Description: NotRequired[str]
    IncludeNestedStacks: NotRequired[bool]
    ParentChangeSetId: NotRequired[str]
    RootChangeSetId: NotRequired[str]
    ImportExistingResources: NotRequired[bool]


class ContinueUpdateRollbackInput(TypedDict):
    StackName: str
    RoleARN: NotRequired[str]
    ResourcesToSkip: NotRequired[Sequence[str]]
    ClientRequestToken: NotRequired[str]
    ForceRollback: NotRequired[bool]


class ContinueUpdateRollbackOutput(TypedDict):
    pass


class CreateChangeSetInput(TypedDict):
    StackName: str
    TemplateBody: NotRequired[str]
    TemplateURL: NotRequired[str]
    UsePreviousTemplate: NotRequired[bool]
    Parameters: NotRequired[Sequence[Parameter]]
    Capabilities: NotRequired[Sequence[str]]
    ResourceTypes: NotRequired[Sequence[str]]
    RoleARN: NotRequired[str]
    RollbackConfiguration: NotRequired[RollbackConfiguration]
    NotificationARNs: NotRequired[Sequence[str]]
    Tags: NotRequired[Sequence[Tag]]
    ChangeSetName: str
    ClientToken: NotRequired[str]
    Description: NotRequired[str]
    ChangeSetType: NotRequired[str]
    ResourcesToImport: NotRequired[Sequence[ResourceToImport]]
    IncludeNestedStacks: NotRequired[bool]
    OnStackFailure: NotRequired[str]
    ImportExistingResources: NotRequired[bool]
    DeploymentMode: NotRequired[str]
    DeploymentConfig: NotRequired[DeploymentConfig]
    DisableValidation: NotRequired[bool]


class CreateChangeSetOutput(TypedDict):
    Id: NotRequired[str]
    StackId: NotRequired[str]


class CreateStackInput(TypedDict):
    StackName: str
    TemplateBody: NotRequired[str]
    TemplateURL: NotRequired[str]
    Parameters: NotRequired[Sequence[Parameter]]
    DisableRollback: NotRequired[bool]
    RollbackConfiguration: NotRequired[RollbackConfiguration]
    TimeoutInMinutes: NotRequired[int]
    NotificationARNs: NotRequired[Sequence[str]]
    Capabilities: NotRequired[Sequence[str]]
    ResourceTypes: NotRequired[Sequence[str]]
    RoleARN: NotRequired[str]
    OnFailure: NotRequired[str]
    StackPolicyBody: NotRequired[str]
    StackPolicyURL: NotRequired[str]
    Tags: NotRequired[Sequence[Tag]]
    ClientRequestToken: NotRequired[str]
    EnableTerminationProtection: NotRequired[bool]
    RetainExceptOnCreate: NotRequired[bool]
    DeploymentConfig: NotRequired[DeploymentConfig]
    DisableValidation: NotRequired[bool]


class CreateStackOutput(TypedDict):
    StackId: NotRequired[str]
    OperationId: NotRequired[str]


class DeleteChangeSetInput(TypedDict):
    ChangeSetName: str
    StackName: NotRequired[str]


class DeleteChangeSetOutput(TypedDict):
    pass


class DeleteStackInput(TypedDict):
    StackName: str
    RetainResources: NotRequired[Sequence[str]]
    RoleARN: NotRequired[str]
    ClientRequestToken: NotRequired[str]
    DeletionMode: NotRequired[str]
    DeploymentConfig: NotRequired[DeploymentConfig]


class DeploymentConfig(TypedDict):
    Mode: NotRequired[str]
    DisableRollback: NotRequired[bool]


class DescribeAccountLimitsInput(TypedDict):
    NextToken: NotRequired[str]


class DescribeAccountLimitsOutput(TypedDict):
    AccountLimits: NotRequired[Sequence[AccountLimit]]
    NextToken: NotRequired[str]


class DescribeChangeSetInput(TypedDict):
    ChangeSetName: str
    StackName: NotRequired[str]
    NextToken: NotRequired[str]
    IncludePropertyValues: NotRequired[bool]


class DescribeChangeSetOutput(TypedDict):
    ChangeSetName: NotRequired[str]
    ChangeSetId: NotRequired[str]
    StackId: NotRequired[str]
    StackName: NotRequired[str]
    Description: NotRequired[str]
    Parameters: NotRequired[Sequence[Parameter]]
    CreationTime: NotRequired[float]
    ExecutionStatus: NotRequired[str]
    Status: NotRequired[str]
    StatusReason: NotRequired[str]
    StackDriftStatus: NotRequired[str]
    NotificationARNs: NotRequired[Sequence[str]]
    RollbackConfiguration: NotRequired[RollbackConfiguration]
    Capabilities: NotRequired[Sequence[str]]
    Tags: NotRequired[Sequence[Tag]]
    Changes: NotRequired[Sequence[Change]]
    NextToken: NotRequired[str]
    IncludeNestedStacks: NotRequired[bool]
    ParentChangeSetId: NotRequired[str]
    RootChangeSetId: NotRequired[str]
    OnStackFailure: NotRequired[str]
    ImportExistingResources: NotRequired[bool]
    DeploymentMode: NotRequired[str]
    DeploymentConfig: NotRequired[DeploymentConfig]


class DescribeStackDriftDetectionStatusInput(TypedDict):
    StackDriftDetectionId: str


class DescribeStackDriftDetectionStatusOutput(TypedDict):
    StackId: str
    StackDriftDetectionId: str
    StackDriftStatus: NotRequired[str]
    DetectionStatus: str
    DetectionStatusReason: NotRequired[str]
    DriftedStackResourceCount: NotRequired[int]
    Timestamp: float


class DescribeStackEventsInput(TypedDict):
    StackName: str
    NextToken: NotRequired[str]


class DescribeStackEventsOutput(TypedDict):
    StackEvents: NotRequired[Sequence[StackEvent]]
    NextToken: NotRequired[str]


class DescribeStackResourceDriftsInput(TypedDict):
    StackName: str
    StackResourceDriftStatusFilters: NotRequired[Sequence[str]]
    NextToken: NotRequired[str]
    MaxResults: NotRequired[int]


class DescribeStackResourceDriftsOutput(TypedDict):
    StackResourceDrifts: Sequence[StackResourceDrift]
    NextToken: NotRequired[str]


class DescribeStackResourceInput(TypedDict):
    StackName: str
    LogicalResourceId: str


class DescribeStackResourceOutput(TypedDict):
    StackResourceDetail: NotRequired[StackResourceDetail]


class DescribeStackResourcesInput(TypedDict):
    StackName: NotRequired[str]
    LogicalResourceId: NotRequired[str]
    PhysicalResourceId: NotRequired[str]


class DescribeStackResourcesOutput(TypedDict):
    StackResources: NotRequired[Sequence[StackResource]]


class DescribeStacksInput(TypedDict):
    StackName: NotRequired[str]
    NextToken: NotRequired[str]


class DescribeStacksOutput(TypedDict):
    Stacks: NotRequired[Sequence[Stack]]
    NextToken: NotRequired[str]


class DescribeTypeInput(TypedDict):
    Type: NotRequired[str]
    TypeName: NotRequired[str]
    Arn: NotRequired[str]
    VersionId: NotRequired[str]
    PublisherId: NotRequired[str]
    PublicVersionNumber: NotRequired[str]


class DescribeTypeOutput(TypedDict):
    Arn: NotRequired[str]
    Type: NotRequired[str]
    TypeName: NotRequired[str]
    DefaultVersionId: NotRequired[str]
    IsDefaultVersion: NotRequired[bool]
    TypeTestsStatus: NotRequired[str]
    TypeTestsStatusDescription: NotRequired[str]
    Description: NotRequired[str]
    Schema: NotRequired[str]
    ProvisioningType: NotRequired[str]
    DeprecatedStatus: NotRequired[str]
    LoggingConfig: NotRequired[LoggingConfig]
    RequiredActivatedTypes: NotRequired[Sequence[RequiredActivatedType]]
    ExecutionRoleArn: NotRequired[str]
    Visibility: NotRequired[str]
    SourceUrl: NotRequired[str]
    DocumentationUrl: NotRequired[str]
    LastUpdated: NotRequired[float]
    TimeCreated: NotRequired[float]
    ConfigurationSchema: NotRequired[str]
    PublisherId: NotRequired[str]
    OriginalTypeName: NotRequired[str]
    OriginalTypeArn: NotRequired[str]
    PublicVersionNumber: NotRequired[str]
    LatestPublicVersion: NotRequired[str]
    IsActivated: NotRequired[bool]
    AutoUpdate: NotRequired[bool]


class DetectStackDriftInput(TypedDict):
    StackName: str
    LogicalResourceIds: NotRequired[Sequence[str]]


class DetectStackDriftOutput(TypedDict):
    StackDriftDetectionId: str


class DetectStackResourceDriftInput(TypedDict):
    StackName: str
    LogicalResourceId: str


class DetectStackResourceDriftOutput(TypedDict):
    StackResourceDrift: StackResourceDrift


class ExecuteChangeSetInput(TypedDict):
    ChangeSetName: str
    StackName: NotRequired[str]
    ClientRequestToken: NotRequired[str]
    DisableRollback: NotRequired[bool]
    RetainExceptOnCreate: NotRequired[bool]


class ExecuteChangeSetOutput(TypedDict):
    pass


class Export(TypedDict):
    ExportingStackId: NotRequired[str]
    Name: NotRequired[str]
    Value: NotRequired[str]


class GetStackPolicyInput(TypedDict):
    StackName: str


class GetStackPolicyOutput(TypedDict):
    StackPolicyBody: NotRequired[str]


class GetTemplateInput(TypedDict):
    StackName: NotRequired[str]
    ChangeSetName: NotRequired[str]
    TemplateStage: NotRequired[str]


class GetTemplateOutput(TypedDict):
    TemplateBody: NotRequired[str]
    StagesAvailable: NotRequired[Sequence[str]]


class GetTemplateSummaryInput(TypedDict):
    TemplateBody: NotRequired[str]
    TemplateURL: NotRequired[str]
    StackName: NotRequired[str]
    StackSetName: NotRequired[str]
    CallAs: NotRequired[str]
    TemplateSummaryConfig: NotRequired[TemplateSummaryConfig]


class GetTemplateSummaryOutput(TypedDict):
    Parameters: NotRequired[Sequence[ParameterDeclaration]]
    Description: NotRequired[str]
    Capabilities: NotRequired[Sequence[str]]
    CapabilitiesReason: NotRequired[str]
    ResourceTypes: NotRequired[Sequence[str]]
    Version: NotRequired[str]
    Metadata: NotRequired[str]
    DeclaredTransforms: NotRequired[Sequence[str]]
    ResourceIdentifierSummaries: NotRequired[Sequence[ResourceIdentifierSummary]]
    Warnings: NotRequired[Warnings]


class ListChangeSetsInput(TypedDict):
    StackName: str
    NextToken: NotRequired[str]


class ListChangeSetsOutput(TypedDict):
    Summaries: NotRequired[Sequence[ChangeSetSummary]]
    NextToken: NotRequired[str]


class ListExportsInput(TypedDict):
    NextToken: NotRequired[str]


class ListExportsOutput(TypedDict):
    Exports: NotRequired[Sequence[Export]]
    NextToken: NotRequired[str]


class ListImportsInput(TypedDict):
    ExportName: str
    NextToken: NotRequired[str]


class ListImportsOutput(TypedDict):
    Imports: NotRequired[Sequence[str]]
    NextToken: NotRequired[str]


class ListStackResourcesInput(TypedDict):
    StackName: str
    NextToken: NotRequired[str]


class ListStackResourcesOutput(TypedDict):
    StackResourceSummaries: NotRequired[Sequence[StackResourceSummary]]
    NextToken: NotRequired[str]


class ListStacksInput(TypedDict):
    NextToken: NotRequired[str]
    StackStatusFilter: NotRequired[Sequence[str]]


class ListStacksOutput(TypedDict):
    StackSummaries: NotRequired[Sequence[StackSummary]]
    NextToken: NotRequired[str]


class ListTypesInput(TypedDict):
    Visibility: NotRequired[str]
    ProvisioningType: NotRequired[str]
    DeprecatedStatus: NotRequired[str]
    Type: NotRequired[str]
    Filters: NotRequired[TypeFilters]
    MaxResults: NotRequired[int]
    NextToken: NotRequired[str]


class ListTypesOutput(TypedDict):
    TypeSummaries: NotRequired[Sequence[TypeSummary]]
    NextToken: NotRequired[str]


class LiveResourceDrift(TypedDict):
    PreviousValue: NotRequired[str]
    ActualValue: NotRequired[str]
    DriftDetectionTimestamp: NotRequired[float]


class LoggingConfig(TypedDict):
    LogRoleArn: str
    LogGroupName: str


class ModuleInfo(TypedDict):
    TypeHierarchy: NotRequired[str]
    LogicalIdHierarchy: NotRequired[str]


class OperationEntry(TypedDict):
    OperationType: NotRequired[str]
    OperationId: NotRequired[str]


class Output(TypedDict):
    OutputKey: NotRequired[str]
    OutputValue: NotRequired[str]
    Description: NotRequired[str]
    ExportName: NotRequired[str]


class Parameter(TypedDict):
    ParameterKey: NotRequired[str]
    ParameterValue: NotRequired[str]
    UsePreviousValue: NotRequired[bool]
    ResolvedValue: NotRequired[str]


class ParameterConstraints(TypedDict):
    AllowedValues: NotRequired[Sequence[str]]


class ParameterDeclaration(TypedDict):
    ParameterKey: NotRequired[str]
    DefaultValue: NotRequired[str]
    ParameterType: NotRequired[str]
    NoEcho: NotRequired[bool]
    Description: NotRequired[str]
    ParameterConstraints: NotRequired[ParameterConstraints]


class PhysicalResourceIdContextKeyValuePair(TypedDict):
    Key: str
    Value: str


class PropertyDifference(TypedDict):
    PropertyPath: str
    ExpectedValue: str
    ActualValue: str
    DifferenceType: str


class RequiredActivatedType(TypedDict):
    TypeNameAlias: NotRequired[str]
    OriginalTypeName: NotRequired[str]
    PublisherId: NotRequired[str]
    SupportedMajorVersions: NotRequired[Sequence[int]]


class ResourceChange(TypedDict):
    PolicyAction: NotRequired[str]
    Action: NotRequired[str]
    LogicalResourceId: NotRequired[str]
    PhysicalResourceId: NotRequired[str]
    ResourceType: NotRequired[str]
    Replacement: NotRequired[str]
    Scope: NotRequired[Sequence[str]]
    ResourceDriftStatus: NotRequired[str]
    ResourceDriftIgnoredAttributes: NotRequired[Sequence[ResourceDriftIgnoredAttribute]]
    Details: NotRequired[Sequence[ResourceChangeDetail]]
    ChangeSetId: NotRequired[str]
    ModuleInfo: NotRequired[ModuleInfo]
    BeforeContext: NotRequired[str]
    AfterContext: NotRequired[str]
    PreviousDeploymentContext: NotRequired[str]


class ResourceChangeDetail(TypedDict):
    Target: NotRequired[ResourceTargetDefinition]
    Evaluation: NotRequired[str]
    ChangeSource: NotRequired[str]
    CausingEntity: NotRequired[str]


class ResourceDriftIgnoredAttribute(TypedDict):
    Path: NotRequired[str]
    Reason: NotRequired[str]


class ResourceIdentifierSummary(TypedDict):
    ResourceType: NotRequired[str]
    LogicalResourceIds: NotRequired[Sequence[str]]
    ResourceIdentifiers: NotRequired[Sequence[str]]


class ResourceTargetDefinition(TypedDict):
    Attribute: NotRequired[str]
    Name: NotRequired[str]
    RequiresRecreation: NotRequired[str]
    Path: NotRequired[str]
    BeforeValue: NotRequired[str]
    AfterValue: NotRequired[str]
    BeforeValueFrom: NotRequired[str]
    AfterValueFrom: NotRequired[str]
    Drift: NotRequired[LiveResourceDrift]
    AttributeChangeType: NotRequired[str]


class ResourceToImport(TypedDict):
    ResourceType: str
    LogicalResourceId: str
    ResourceIdentifier: Mapping[str, str]


class RollbackConfiguration(TypedDict):
    RollbackTriggers: NotRequired[Sequence[RollbackTrigger]]
    MonitoringTimeInMinutes: NotRequired[int]


class RollbackStackInput(TypedDict):
    StackName: str
    RoleARN: NotRequired[str]
    ClientRequestToken: NotRequired[str]
    RetainExceptOnCreate: NotRequired[bool]
    DeploymentConfig: NotRequired[DeploymentConfig]


class RollbackStackOutput(TypedDict):
    StackId: NotRequired[str]
    OperationId: NotRequired[str]


class RollbackTrigger(TypedDict):
    Arn: str
    Type: str


class SetStackPolicyInput(TypedDict):
    StackName: str
    StackPolicyBody: NotRequired[str]
    StackPolicyURL: NotRequired[str]


class SignalResourceInput(TypedDict):
    StackName: str
    LogicalResourceId: str
    UniqueId: str
    Status: str


class Stack(TypedDict):
    StackId: NotRequired[str]
    StackName: str
    ChangeSetId: NotRequired[str]
    Description: NotRequired[str]
    Parameters: NotRequired[Sequence[Parameter]]
    CreationTime: float
    DeletionTime: NotRequired[float]
    LastUpdatedTime: NotRequired[float]
    RollbackConfiguration: NotRequired[RollbackConfiguration]
    StackStatus: str
    StackStatusReason: NotRequired[str]
    DisableRollback: NotRequired[bool]
    DeploymentConfig: NotRequired[DeploymentConfig]
    NotificationARNs: NotRequired[Sequence[str]]
    TimeoutInMinutes: NotRequired[int]
    Capabilities: NotRequired[Sequence[str]]
    Outputs: NotRequired[Sequence[Output]]
    RoleARN: NotRequired[str]
    Tags: NotRequired[Sequence[Tag]]
    EnableTerminationProtection: NotRequired[bool]
    ParentId: NotRequired[str]
    RootId: NotRequired[str]
    DriftInformation: NotRequired[StackDriftInformation]
    RetainExceptOnCreate: NotRequired[bool]
    DeletionMode: NotRequired[str]
    DetailedStatus: NotRequired[str]
    LastOperations: NotRequired[Sequence[OperationEntry]]
    AliasName: NotRequired[str]


class StackDriftInformation(TypedDict):
    StackDriftStatus: str
    LastCheckTimestamp: NotRequired[float]


class StackDriftInformationSummary(TypedDict):
    StackDriftStatus: str
    LastCheckTimestamp: NotRequired[float]


class StackEvent(TypedDict):
    StackId: str
    EventId: str
    StackName: str
    OperationId: NotRequired[str]
    LogicalResourceId: NotRequired[str]
    PhysicalResourceId: NotRequired[str]
    ResourceType: NotRequired[str]
    Timestamp: float
    ResourceStatus: NotRequired[str]
    ResourceStatusReason: NotRequired[str]
    ResourceProperties: NotRequired[str]
    ClientRequestToken: NotRequired[str]
    HookType: NotRequired[str]
    HookStatus: NotRequired[str]
    HookStatusReason: NotRequired[str]
    HookInvocationPoint: NotRequired[str]
    HookInvocationId: NotRequired[str]
    HookFailureMode: NotRequired[str]
    DetailedStatus: NotRequired[str]


class StackResource(TypedDict):
    StackName: NotRequired[str]
    StackId: NotRequired[str]
    LogicalResourceId: str
    PhysicalResourceId: NotRequired[str]
    ResourceType: str
    Timestamp: float
    ResourceStatus: str
    ResourceStatusReason: NotRequired[str]
    Description: NotRequired[str]
    DriftInformation: NotRequired[StackResourceDriftInformation]
    ModuleInfo: NotRequired[ModuleInfo]


class StackResourceDetail(TypedDict):
    StackName: NotRequired[str]
    StackId: NotRequired[str]
    LogicalResourceId: str
    PhysicalResourceId: NotRequired[str]
    ResourceType: str
    LastUpdatedTimestamp: float
    ResourceStatus: str
    ResourceStatusReason: NotRequired[str]
    Description: NotRequired[str]
    Metadata: NotRequired[str]
    DriftInformation: NotRequired[StackResourceDriftInformation]
    ModuleInfo: NotRequired[ModuleInfo]


class StackResourceDrift(TypedDict):
    StackId: str
    LogicalResourceId: str
    PhysicalResourceId: NotRequired[str]
    PhysicalResourceIdContext: NotRequired[Sequence[PhysicalResourceIdContextKeyValuePair]]
    ResourceType: str
    ExpectedProperties: NotRequired[str]
    ActualProperties: NotRequired[str]
    PropertyDifferences: NotRequired[Sequence[PropertyDifference]]
    StackResourceDriftStatus: str
    Timestamp: float
    ModuleInfo: NotRequired[ModuleInfo]
    DriftStatusReason: NotRequired[str]


class StackResourceDriftInformation(TypedDict):
    StackResourceDriftStatus: str
    LastCheckTimestamp: NotRequired[float]


class StackResourceDriftInformationSummary(TypedDict):
    StackResourceDriftStatus: str
    LastCheckTimestamp: NotRequired[float]


class StackResourceSummary(TypedDict):
    LogicalResourceId: str
    PhysicalResourceId: NotRequired[str]
    ResourceType: str
    LastUpdatedTimestamp: float
    ResourceStatus: str
    ResourceStatusReason: NotRequired[str]
    DriftInformation: NotRequired[StackResourceDriftInformationSummary]
    ModuleInfo: NotRequired[ModuleInfo]


class StackSummary(TypedDict):
    StackId: NotRequired[str]
    StackName: str
    TemplateDescription: NotRequired[str]
    CreationTime: float
    LastUpdatedTime: NotRequired[float]
    DeletionTime: NotRequired[float]
    StackStatus: str
    StackStatusReason: NotRequired[str]
    ParentId: NotRequired[str]
    RootId: NotRequired[str]
    DriftInformation: NotRequired[StackDriftInformationSummary]
    LastOperations: NotRequired[Sequence[OperationEntry]]


class Tag(TypedDict):
    Key: str
    Value: str


class TemplateParameter(TypedDict):
    ParameterKey: NotRequired[str]
    DefaultValue: NotRequired[str]
    NoEcho: NotRequired[bool]
    Description: NotRequired[str]


class TemplateSummaryConfig(TypedDict):
    TreatUnrecognizedResourceTypesAsWarnings: NotRequired[bool]


class TypeFilters(TypedDict):
    Category: NotRequired[str]
    PublisherId: NotRequired[str]
    TypeNamePrefix: NotRequired[str]


class TypeSummary(TypedDict):
    Type: NotRequired[str]
    TypeName: NotRequired[str]
    DefaultVersionId: NotRequired[str]
    TypeArn: NotRequired[str]
    LastUpdated: NotRequired[float]
    Description: NotRequired[str]
    PublisherId: NotRequired[str]
    OriginalTypeName: NotRequired[str]
    PublicVersionNumber: NotRequired[str]
    LatestPublicVersion: NotRequired[str]
    PublisherIdentity: NotRequired[str]
    PublisherName: NotRequired[str]
    IsActivated: NotRequired[bool]


class UpdateStackInput(TypedDict):
    StackName: str
    TemplateBody: NotRequired[str]
    TemplateURL: NotRequired[str]
    UsePreviousTemplate: NotRequired[bool]
    StackPolicyDuringUpdateBody: NotRequired[str]
    StackPolicyDuringUpdateURL: NotRequired[str]
    Parameters: NotRequired[Sequence[Parameter]]
    Capabilities: NotRequired[Sequence[str]]
    ResourceTypes: NotRequired[Sequence[str]]
    RoleARN: NotRequired[str]
    RollbackConfiguration: NotRequired[RollbackConfiguration]
    StackPolicyBody: NotRequired[str]
    StackPolicyURL: NotRequired[str]
    NotificationARNs: NotRequired[Sequence[str]]
    Tags: NotRequired[Sequence[Tag]]
    DisableRollback: NotRequired[bool]
    ClientRequestToken: NotRequired[str]
    RetainExceptOnCreate: NotRequired[bool]
    DeploymentConfig: NotRequired[DeploymentConfig]
    DisableValidation: NotRequired[bool]


class UpdateStackOutput(TypedDict):
    StackId: NotRequired[str]
    OperationId: NotRequired[str]


class UpdateTerminationProtectionInput(TypedDict):
    EnableTerminationProtection: bool
    StackName: str


class UpdateTerminationProtectionOutput(TypedDict):
    StackId: NotRequired[str]


class ValidateTemplateInput(TypedDict):
    TemplateBody: NotRequired[str]
    TemplateURL: NotRequired[str]


class ValidateTemplateOutput(TypedDict):
    Parameters: NotRequired[Sequence[TemplateParameter]]
    Description: NotRequired[str]
    Capabilities: NotRequired[Sequence[str]]
    CapabilitiesReason: NotRequired[str]
    DeclaredTransforms: NotRequired[Sequence[str]]


class Warnings(TypedDict):
    UnrecognizedResourceTypes: NotRequired[Sequence[str]]
