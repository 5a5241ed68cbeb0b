"""Services with service-linked roles: the role's name, and the policy of AWS that is attached to it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html and each service's page
"Using service-linked roles".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

ROLE_PREFIX: Final = "AWSServiceRoleFor"
POLICY_PREFIX: Final = "arn:aws:iam::aws:policy/aws-service-role/"
_SUFFIX_TAKEN: Final = frozenset({"autoscaling", "connect", "lex", "channels.lexv2", "lexv2"})

# The service's principal without ".amazonaws.com" -> (the role's name after the prefix, the policy's name).
_SERVICES: Final[Mapping[str, tuple[str, str]]] = {
    "acm": ("CertificateManager", "CertificateManagerServiceRolePolicy"),
    "agentless.inspector2": ("AmazonInspector2Agentless", "AmazonInspector2AgentlessServiceRolePolicy"),
    "apidestinations.events": (
        "AmazonEventBridgeApiDestinations", "AmazonEventBridgeApiDestinationsServiceRolePolicy"),
    "apprunner": ("AppRunner", "AppRunnerServiceRolePolicy"),
    "appsync": ("AppSync", "AWSAppSyncServiceRolePolicy"),
    "autoscaling": ("AutoScaling", "AutoScalingServiceRolePolicy"),
    "backup": ("Backup", "AWSBackupServiceLinkedRolePolicyForBackup"),
    "batch": ("Batch", "BatchServiceRolePolicy"),
    "channels.lexv2": ("LexV2Channels", "AmazonLexV2ChannelPolicy"),
    "cks.kms": (
        "KeyManagementServiceCustomKeyStores", "AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy"),
    "cloudtrail": ("CloudTrail", "CloudTrailServiceRolePolicy"),
    "cloudwatch-crossaccount": ("CloudWatchCrossAccount", "CloudWatch-CrossAccountAccess"),
    "cognito-idp": ("AmazonCognitoIdp", "AmazonCognitoIdpServiceRolePolicy"),
    "config": ("Config", "AWSConfigServiceRolePolicy"),
    "connect": ("AmazonConnect", "AmazonConnectServiceLinkedRolePolicy"),
    "context.cloudtrail": ("CloudTrailEventContext", "CloudTrailEventContext"),
    "contributorinsights.dynamodb": (
        "DynamoDBCloudWatchContributorInsights", "DynamoDBCloudWatchContributorInsightsServiceRolePolicy"),
    "custom.rds": ("RDSCustom", "AmazonRDSCustomServiceRolePolicy"),
    "dax": ("DAX", "DAXServiceRolePolicy"),
    "delivery.logs": ("LogDelivery", "AWSServiceRoleForLogDeliveryPolicy"),
    "ec2fleet": ("EC2Fleet", "AWSEC2FleetServiceRolePolicy"),
    "ec2scheduled": ("EC2ScheduledInstances", "AWSServiceRoleForEC2ScheduledInstances"),
    "ecs": ("ECS", "AmazonECSServiceRolePolicy"),
    "ecs-compute": ("ECSCompute", "AmazonECSComputeServiceRolePolicy"),
    "eks": ("AmazonEKS", "AmazonEKSServiceRolePolicy"),
    "elasticache": ("ElastiCache", "ElastiCacheServiceRolePolicy"),
    "elasticbeanstalk": ("ElasticBeanstalk", "AWSElasticBeanstalkServiceRolePolicy"),
    "elasticfilesystem": ("AmazonElasticFileSystem", "AmazonElasticFileSystemServiceRolePolicy"),
    "elasticloadbalancing": ("ElasticLoadBalancing", "AWSElasticLoadBalancingServiceRolePolicy"),
    "elasticmapreduce": ("EMRCleanup", "AmazonEMRCleanupPolicy"),
    "email.cognito-idp": ("AmazonCognitoIdpEmailService", "AmazonCognitoIdpEmailServiceRolePolicy"),
    "es": ("AmazonElasticsearchService", "AmazonElasticsearchServiceRolePolicy"),
    "events": ("CloudWatchEvents", "CloudWatchEventsServiceRolePolicy"),
    "guardduty": ("AmazonGuardDuty", "AmazonGuardDutyServiceRolePolicy"),
    "inspector2": ("AmazonInspector2", "AmazonInspector2ServiceRolePolicy"),
    "kafka": ("Kafka", "KafkaServiceRolePolicy"),
    "kinesisreplication.dynamodb": (
        "DynamoDBKinesisDataStreamsReplication", "DynamoDBKinesisReplicationServiceRolePolicy"),
    "lambda": ("Lambda", "AWSLambdaServiceRolePolicy"),
    "lex": ("LexBots", "AmazonLexBotPolicy"),
    "lexv2": ("LexV2Bots", "AmazonLexV2BotPolicy"),
    "logger.cloudfront": ("CloudFrontLogger", "AWSCloudFrontLogger"),
    "maintenance.elasticbeanstalk": ("ElasticBeanstalkMaintenance", "AWSElasticBeanstalkMaintenance"),
    "managedupdates.elasticbeanstalk": (
        "ElasticBeanstalkManagedUpdates", "AWSElasticBeanstalkManagedUpdatesServiceRolePolicy"),
    "member.org.stacksets.cloudformation": (
        "CloudFormationStackSetsOrgMember", "CloudFormationStackSetsOrgMemberServiceRolePolicy"),
    "mq": ("AmazonMQ", "AmazonMQServiceRolePolicy"),
    "mrk.kms": (
        "KeyManagementServiceMultiRegionKeys", "AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy"),
    "network-firewall": ("NetworkFirewall", "AWSNetworkFirewallServiceRolePolicy"),
    "networking.apprunner": ("AppRunnerNetworking", "AppRunnerNetworkingServiceRolePolicy"),
    "observability.aoss": ("AmazonOpenSearchServerless", "AmazonOpenSearchServerlessServiceRolePolicy"),
    "opensearchservice": ("AmazonOpenSearchService", "AmazonOpenSearchServiceRolePolicy"),
    "ops.apigateway": ("APIGateway", "APIGatewayServiceRolePolicy"),
    "organizations": ("Organizations", "AWSOrganizationsServiceTrustPolicy"),
    "osis": ("AmazonOpenSearchIngestionService", "AmazonOpenSearchIngestionServiceRolePolicy"),
    "pullthroughcache.ecr": ("ECRPullThroughCache", "AWSECRPullThroughCache_ServiceRolePolicy"),
    "rds": ("RDS", "AmazonRDSServiceRolePolicy"),
    "redshift": ("Redshift", "AmazonRedshiftServiceLinkedRolePolicy"),
    "remediation.config": ("ConfigRemediation", "AWSConfigRemediationServiceRolePolicy"),
    "replication.dynamodb": ("DynamoDBReplication", "DynamoDBReplicationServiceRolePolicy"),
    "replication.ecr": ("ECRReplication", "ECRReplicationServiceRolePolicy"),
    "replicator.lambda": ("LambdaReplicator", "AWSLambdaReplicator"),
    "reporting.trustedadvisor": ("TrustedAdvisorReporting", "AWSTrustedAdvisorReportingServiceRolePolicy"),
    "route53resolver": ("Route53Resolver", "Route53ResolverServiceRolePolicy"),
    "schemas": ("Schemas", "AmazonEventBridgeSchemasServiceRolePolicy"),
    "servicequotas": ("ServiceQuotas", "ServiceQuotasServiceRolePolicy"),
    "ses": ("AmazonSES", "AmazonSESServiceRolePolicy"),
    "shield": ("AWSShield", "AWSShieldServiceRolePolicy"),
    "spot": ("EC2Spot", "AWSEC2SpotServiceRolePolicy"),
    "spotfleet": ("EC2SpotFleet", "AWSEC2SpotFleetServiceRolePolicy"),
    "ssm": ("AmazonSSM", "AmazonSSMServiceRolePolicy"),
    "ssm.alarms.cloudwatch": (
        "CloudWatchAlarms_ActionSSM", "AWSServiceRoleForCloudWatchAlarmsActionSSMServiceRolePolicy"),
    "stacksets.cloudformation": (
        "CloudFormationStackSetsOrgAdmin", "CloudFormationStackSetsOrgAdminServiceRolePolicy"),
    "storage-lens.s3": ("S3StorageLens", "S3StorageLensServiceRolePolicy"),
    "transitgateway": ("VPCTransitGateway", "AWSVPCTransitGatewayServiceRolePolicy"),
    "trustedadvisor": ("TrustedAdvisor", "AWSTrustedAdvisorServiceRolePolicy"),
    "vpcorigin.cloudfront": ("CloudFrontVPCOrigin", "AWSCloudFrontVPCOriginServiceRolePolicy"),
    "waf": ("WAFLogging", "WAFLoggingServiceRolePolicy"),
    "waf-regional": ("WAFRegionalLogging", "WAFRegionalLoggingServiceRolePolicy"),
    "wafv2": ("WAFV2Logging", "WAFV2LoggingServiceRolePolicy"),
}  # fmt: skip

# Application Auto Scaling has a role for each service it scales: NAME.application-autoscaling.amazonaws.com.
_SCALED: Final[Mapping[str, str]] = {
    "appstream": "AppStreamFleet", "cassandra": "CassandraTable", "comprehend": "ComprehendEndpoint",
    "custom-resource": "CustomResource", "dynamodb": "DynamoDBTable", "ec2": "EC2SpotFleetRequest",
    "ecs": "ECSService", "elasticache": "ElastiCacheRG", "elasticmapreduce": "EMRInstanceGroup",
    "kafka": "KafkaCluster", "lambda": "LambdaConcurrency", "neptune": "NeptuneCluster", "rds": "RDSCluster",
    "sagemaker": "SageMakerEndpoint", "workspaces": "WorkSpacesPool",
}  # fmt: skip


def _known(service: str) -> tuple[str, str] | None:
    name = service.removesuffix(".amazonaws.com")
    if name == service:
        return None
    scaled = _SCALED.get(name.removesuffix(".application-autoscaling"))
    if name.endswith(".application-autoscaling") and scaled:
        # AWS writes this one policy's name with a capital S.
        spelt = "AutoScaling" if scaled == "CustomResource" else "Autoscaling"
        return f"ApplicationAutoScaling_{scaled}", f"AWSApplication{spelt}{scaled}Policy"
    return _SERVICES.get(name)


def is_known(service: str) -> bool:
    """Whether `service` (such as `ecs.amazonaws.com`) has a service-linked role."""
    return _known(service) is not None


def takes_suffix(service: str) -> bool:
    return service.removesuffix(".amazonaws.com") in _SUFFIX_TAKEN


def role_name(service: str, suffix: str | None = None) -> str:
    """The name of a service's role: `AWSServiceRoleForECS`. For a service without one, `*`."""
    known = _known(service)
    if known is None:
        return "*"
    return f"{ROLE_PREFIX}{known[0]}_{suffix}" if suffix else f"{ROLE_PREFIX}{known[0]}"


def policy_arn(service: str) -> str:
    """The ARN of the policy of AWS that a service's role has."""
    known = _known(service)
    return "" if known is None else f"{POLICY_PREFIX}{known[1]}"


def trust_policy(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))
