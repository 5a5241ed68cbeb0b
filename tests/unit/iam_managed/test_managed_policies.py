"""The managed policies are AWS's documents: whole, consistent, and none that people lean on goes missing."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from importlib.resources import files

import pytest

from cloudchamber.services.iam.managed_policies import ManagedPolicy, load

# What the blueprints, SAM's translator, CDK's constructs and service-linked roles attach, and what people reach for.
MUST_HAVE = [
    "AWSAppSyncAdministrator",
    "AWSBackupFullAccess",
    "AWSBudgetsActionsWithAWSResourceControlAccess",
    "AWSCertificateManagerFullAccess",
    "AWSCloudFormationFullAccess",
    "AWSCloudFormationReadOnlyAccess",
    "AWSCloudTrail_FullAccess",
    "AWSCodeBuildAdminAccess",
    "AWSCodeBuildDeveloperAccess",
    "AWSCodeCommitFullAccess",
    "AWSCodeCommitPowerUser",
    "AWSCodeDeployRoleForECS",
    "AWSCodePipeline_FullAccess",
    "AWSDenyAll",
    "AWSElasticBeanstalkMulticontainerDocker",
    "AWSElasticBeanstalkWebTier",
    "AWSElasticBeanstalkWorkerTier",
    "AWSGlueConsoleFullAccess",
    "AWSIoTConfigAccess",
    "AWSIoTDataAccess",
    "AWSIoTFullAccess",
    "AWSKeyManagementServicePowerUser",
    "AWSLambdaExecute",
    "AWSLambdaInvocation-DynamoDB",
    "AWSLambdaManagedEC2ResourceOperator",
    "AWSLambda_FullAccess",
    "AWSLambda_ReadOnlyAccess",
    "AWSSavingsPlansFullAccess",
    "AWSServiceCatalogAdminFullAccess",
    "AWSStepFunctionsConsoleFullAccess",
    "AWSStepFunctionsFullAccess",
    "AWSStepFunctionsReadOnlyAccess",
    "AWSSupportAccess",
    "AWSWAFFullAccess",
    "AWSXRayDaemonWriteAccess",
    "AWSXrayFullAccess",
    "AWSXrayReadOnlyAccess",
    "AWSXrayWriteOnlyAccess",
    "AdministratorAccess",
    "AdministratorAccess-AWSElasticBeanstalk",
    "AdministratorAccess-Amplify",
    "AmazonAPIGatewayAdministrator",
    "AmazonAPIGatewayInvokeFullAccess",
    "AmazonAthenaFullAccess",
    "AmazonBedrockFullAccess",
    "AmazonCognitoDeveloperAuthenticatedIdentities",
    "AmazonCognitoPowerUser",
    "AmazonCognitoReadOnly",
    "AmazonDynamoDBFullAccess",
    "AmazonDynamoDBFullAccess_v2",
    "AmazonDynamoDBReadOnlyAccess",
    "AmazonEC2ContainerRegistryFullAccess",
    "AmazonEC2ContainerRegistryPowerUser",
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonEC2ContainerRegistryReadOnly",
    "AmazonEC2FullAccess",
    "AmazonEC2ReadOnlyAccess",
    "AmazonECSInfrastructureRolePolicyForLoadBalancers",
    "AmazonECSInfrastructureRolePolicyForManagedInstances",
    "AmazonECS_FullAccess",
    "AmazonEKSClusterPolicy",
    "AmazonEKSFargatePodExecutionRolePolicy",
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
    "AmazonElastiCacheFullAccess",
    "AmazonElasticContainerRegistryPublicReadOnly",
    "AmazonEventBridgeFullAccess",
    "AmazonEventBridgePipesFullAccess",
    "AmazonEventBridgeReadOnlyAccess",
    "AmazonEventBridgeSchedulerFullAccess",
    "AmazonKinesisFirehoseFullAccess",
    "AmazonKinesisFullAccess",
    "AmazonKinesisReadOnlyAccess",
    "AmazonOpenSearchServiceFullAccess",
    "AmazonPollyFullAccess",
    "AmazonRDSDataFullAccess",
    "AmazonRDSFullAccess",
    "AmazonRDSReadOnlyAccess",
    "AmazonRedshiftFullAccess",
    "AmazonRekognitionFullAccess",
    "AmazonRoute53FullAccess",
    "AmazonS3FullAccess",
    "AmazonS3ReadOnlyAccess",
    "AmazonSESFullAccess",
    "AmazonSESReadOnlyAccess",
    "AmazonSNSFullAccess",
    "AmazonSNSReadOnlyAccess",
    "AmazonSQSFullAccess",
    "AmazonSQSReadOnlyAccess",
    "AmazonSSMFullAccess",
    "AmazonSSMManagedInstanceCore",
    "AmazonSSMReadOnlyAccess",
    "AmazonSageMakerFullAccess",
    "AmazonTextractFullAccess",
    "AmazonVPCFullAccess",
    "AutoScalingFullAccess",
    "CloudFrontFullAccess",
    "CloudFrontReadOnlyAccess",
    "CloudWatchEventsFullAccess",
    "CloudWatchFullAccess",
    "CloudWatchFullAccessV2",
    "CloudWatchLambdaInsightsExecutionRolePolicy",
    "CloudWatchLogsFullAccess",
    "CloudWatchLogsReadOnlyAccess",
    "CloudWatchReadOnlyAccess",
    "ComprehendFullAccess",
    "ElasticLoadBalancingFullAccess",
    "IAMFullAccess",
    "IAMReadOnlyAccess",
    "IAMUserChangePassword",
    "PowerUserAccess",
    "ReadOnlyAccess",
    "SecretsManagerReadWrite",
    "SecurityAudit",
    "TranslateFullAccess",
    "aws-service-role/APIGatewayServiceRolePolicy",
    "aws-service-role/AWSApplicationAutoscalingDynamoDBTablePolicy",
    "aws-service-role/AWSCloudFrontLogger",
    "aws-service-role/AWSElasticLoadBalancingServiceRolePolicy",
    "aws-service-role/AWSLambdaReplicator",
    "aws-service-role/AmazonCognitoIdpEmailServiceRolePolicy",
    "aws-service-role/AmazonECSServiceRolePolicy",
    "aws-service-role/AmazonRDSServiceRolePolicy",
    "aws-service-role/AutoScalingServiceRolePolicy",
    "aws-service-role/DAXServiceRolePolicy",
    "aws-service-role/DynamoDBReplicationServiceRolePolicy",
    "aws-service-role/ElastiCacheServiceRolePolicy",
    "job-function/Billing",
    "job-function/DataScientist",
    "job-function/DatabaseAdministrator",
    "job-function/NetworkAdministrator",
    "job-function/SupportUser",
    "job-function/SystemAdministrator",
    "job-function/ViewOnlyAccess",
    "service-role/AWSAppSyncPushToCloudWatchLogs",
    "service-role/AWSBackupServiceRolePolicyForBackup",
    "service-role/AWSBackupServiceRolePolicyForRestores",
    "service-role/AWSBatchServiceRole",
    "service-role/AWSCodeDeployRole",
    "service-role/AWSCodeDeployRoleForLambda",
    "service-role/AWSCodeDeployRoleForLambdaLimited",
    "service-role/AWSConfigRulesExecutionRole",
    "service-role/AWSElasticBeanstalkEnhancedHealth",
    "service-role/AWSElasticBeanstalkService",
    "service-role/AWSGlueServiceRole",
    "service-role/AWSIoTLogging",
    "service-role/AWSIoTRuleActions",
    "service-role/AWSLambdaBasicDurableExecutionRolePolicy",
    "service-role/AWSLambdaBasicExecutionRole",
    "service-role/AWSLambdaDynamoDBExecutionRole",
    "service-role/AWSLambdaKinesisExecutionRole",
    "service-role/AWSLambdaMSKExecutionRole",
    "service-role/AWSLambdaRole",
    "service-role/AWSLambdaSQSQueueExecutionRole",
    "service-role/AWSLambdaVPCAccessExecutionRole",
    "service-role/AWS_ConfigRole",
    "service-role/AmazonAPIGatewayPushToCloudWatchLogs",
    "service-role/AmazonEC2ContainerServiceRole",
    "service-role/AmazonEC2ContainerServiceforEC2Role",
    "service-role/AmazonECSInfrastructureRolePolicyForVolumes",
    "service-role/AmazonECSTaskExecutionRolePolicy",
    "service-role/AmazonEMRServicePolicy_v2",
    "service-role/AmazonElasticMapReduceRole",
    "service-role/AmazonElasticMapReduceforAutoScalingRole",
    "service-role/AmazonRDSDirectoryServiceAccess",
    "service-role/AmazonRDSEnhancedMonitoringRole",
    "service-role/AmazonSNSRole",
    "service-role/AmplifyBackendDeployFullAccess",
]

STATEMENT_MEMBERS = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}


@pytest.fixture(params=load().values(), ids=lambda policy: policy.name)
def policy(request: pytest.FixtureRequest) -> ManagedPolicy:
    found = request.param
    assert isinstance(found, ManagedPolicy)
    return found


@pytest.mark.parametrize("name", MUST_HAVE)
def test_a_policy_that_people_attach_is_there(name: str) -> None:
    assert f"arn:aws:iam::aws:policy/{name}" in load()


def test_every_document_is_one_that_iam_would_accept_for_an_identity(policy: ManagedPolicy) -> None:
    document = json.loads(policy.document)
    assert set(document) <= {"Version", "Id", "Statement"}
    assert document["Version"] == "2012-10-17"
    statements = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    assert statements
    for statement in statements:
        assert set(statement) <= STATEMENT_MEMBERS
        assert statement["Effect"] in ("Allow", "Deny")
        assert ("Action" in statement) != ("NotAction" in statement)
        assert ("Resource" in statement) != ("NotResource" in statement)


def test_the_arn_is_the_path_and_the_name(policy: ManagedPolicy) -> None:
    assert policy.arn == f"arn:aws:iam::aws:policy{policy.path}{policy.name}"
    assert re.fullmatch(r"/([a-z-]+/)?", policy.path)
    assert load()[policy.arn] is policy


def test_the_policy_id_follows_from_the_arn(policy: ManagedPolicy) -> None:
    digest = base64.b32encode(hashlib.sha256(policy.arn.encode()).digest()).decode()
    assert policy.policy_id == f"ANPA{digest[:17]}"


def test_the_version_and_the_dates_make_sense(policy: ManagedPolicy) -> None:
    assert re.fullmatch(r"v[1-9][0-9]*", policy.default_version_id)
    assert 1_423_000_000 < policy.create_date <= policy.update_date  # managed policies began in February 2015


def test_arns_names_and_ids_are_unique_and_sorted_by_arn() -> None:
    policies = list(load().values())
    assert list(load()) == sorted(load())
    assert len({policy.name for policy in policies}) == len({policy.policy_id for policy in policies}) == len(policies)


def test_every_line_of_the_file_is_one_policy_with_the_document_last() -> None:
    lines = files("cloudchamber.services.iam.managed_policies").joinpath("policies.jsonl").read_bytes().splitlines()
    assert len(lines) == len(load())
    for line, policy in zip(lines, load().values(), strict=True):
        row = json.loads(line)
        assert list(row)[-1] == "Document"
        assert row["Document"] == json.loads(policy.document)


def test_loading_twice_reads_once() -> None:
    assert load() is load()


def test_the_basic_execution_role_of_lambda_may_write_logs_and_nothing_else() -> None:
    basic = load()["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]
    actions = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    assert json.loads(basic.document)["Statement"] == [{"Effect": "Allow", "Action": actions, "Resource": "*"}]
    assert (basic.default_version_id, basic.description) == ("v1", "Provides write permissions to CloudWatch Logs.")
