"""Whole stacks of each service's types: made, in sync, changed, and nothing left of them when they are deleted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def att(name: str, attribute: str = "Arn") -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, attribute]}


def allow(action: str, resource: Any = "*", **more: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


def make(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties}


IAM: dict[str, Any] = {
    "Role": make("IAM::Role", AssumeRolePolicyDocument=TRUST,
                 ManagedPolicyArns=["arn:aws:iam::aws:policy/ReadOnlyAccess", ref("Managed")],
                 Policies=[{"PolicyName": "p", "PolicyDocument": allow("s3:*")}], MaxSessionDuration="7200"),
    "Managed": make("IAM::ManagedPolicy", PolicyDocument=allow("sqs:*"), Description="d"),
    "Inline": make("IAM::Policy", PolicyName="inline", PolicyDocument=allow("sns:*"), Roles=[ref("Role")]),
    "OfRole": make("IAM::RolePolicy", PolicyName="own", PolicyDocument=allow("kms:*"), RoleName=ref("Role")),
    "Group": make("IAM::Group"),
    "User": make("IAM::User", Groups=[ref("Group")]),
    "Other": make("IAM::User"),
    "Members": make("IAM::UserToGroupAddition", GroupName=ref("Group"), Users=[ref("Other")]),
    "Key": make("IAM::AccessKey", UserName=ref("User")),
    "Profile": make("IAM::InstanceProfile", Roles=[ref("Role")]),
}  # fmt: skip
DATA: dict[str, Any] = {
    "Bucket": make("S3::Bucket", VersioningConfiguration={"Status": "Enabled"},
                   LifecycleConfiguration={"Rules": [{"Status": "Enabled", "ExpirationInDays": "3"}]}),
    "BucketPolicy": make("S3::BucketPolicy", Bucket=ref("Bucket"),
                         PolicyDocument=allow("s3:GetObject", {"Fn::Sub": "${Bucket.Arn}/*"},
                                              Principal={"AWS": ref("AWS::AccountId")})),
    "Table": make("DynamoDB::Table", BillingMode="PAY_PER_REQUEST",
                  AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                  KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                  StreamSpecification={"StreamViewType": "NEW_IMAGE"},
                  TimeToLiveSpecification={"AttributeName": "t", "Enabled": "true"}),
    "Queue": make("SQS::Queue", VisibilityTimeout="40"),
    "Topic": make("SNS::Topic", DisplayName="d"),
    "Subscription": make("SNS::Subscription", TopicArn=ref("Topic"), Protocol="sqs", Endpoint=att("Queue")),
    "Key": make("KMS::Key", EnableKeyRotation="true"),
    "Alias": make("KMS::Alias", AliasName="alias/of-stack", TargetKeyId=ref("Key")),
    "Secret": make("SecretsManager::Secret", GenerateSecretString={"PasswordLength": "20"}, KmsKeyId=ref("Key")),
    "Parameter": make("SSM::Parameter", Type="String", Value=ref("Topic")),
}  # fmt: skip
CODE: dict[str, Any] = {
    "Role": make("IAM::Role", AssumeRolePolicyDocument=TRUST,
                 Policies=[{"PolicyName": "p", "PolicyDocument": allow("*")}]),
    "Function": make("Lambda::Function", Code={"ZipFile": "def handler(event, context): return event"},
                     Handler="index.handler", Role=att("Role"), Runtime="python3.12", Timeout="5",
                     Environment={"Variables": {"QUEUE": ref("Queue")}}),
    "Queue": make("SQS::Queue"),
    "Mapping": make("Lambda::EventSourceMapping", EventSourceArn=att("Queue"), FunctionName=ref("Function")),
    "Version": make("Lambda::Version", FunctionName=ref("Function")),
    "Alias": make("Lambda::Alias", FunctionName=ref("Function"), FunctionVersion=att("Version", "Version"),
                  Name="live"),
    "Url": make("Lambda::Url", TargetFunctionArn=ref("Function"), AuthType="NONE"),
    "Permission": make("Lambda::Permission", FunctionName=ref("Function"), Action="lambda:InvokeFunction",
                       Principal="events.amazonaws.com", SourceArn=att("Rule")),
    "Rule": make("Events::Rule", ScheduleExpression="rate(1 hour)",
                 Targets=[{"Id": "1", "Arn": att("Function"), "Input": "{}"}]),
    "Asynchronous": make("Lambda::EventInvokeConfig", FunctionName=ref("Function"), Qualifier="$LATEST",
                         MaximumRetryAttempts="0"),
    "Logs": make("Logs::LogGroup", LogGroupName={"Fn::Sub": "/aws/lambda/${Function}"}, RetentionInDays="7"),
    "Errors": make("Logs::MetricFilter", LogGroupName=ref("Logs"), FilterPattern="ERROR",
                   MetricTransformations=[{"MetricName": "e", "MetricNamespace": "n", "MetricValue": "1"}]),
    "Alarm": make("CloudWatch::Alarm", ComparisonOperator="GreaterThanThreshold", EvaluationPeriods="1",
                  MetricName="e", Namespace="n", Period="60", Statistic="Sum", Threshold="1"),
    "Bus": make("Events::EventBus", Name="bus-of-stack"),
    "Archive": make("Events::Archive", SourceArn=att("Bus")),
    "Mail": make("SES::EmailIdentity", EmailIdentity="of-stack.example.com"),
    "Template": make("SES::Template", Template={"SubjectPart": "s", "TextPart": "t"}),
    "Set": make("SES::ConfigurationSet"),
}  # fmt: skip
MORE: dict[str, Any] = {
    "User": make("IAM::User", LoginProfile={"Password": "Abcdef12345!"}, Path="/p/"),
    "Device": make("IAM::VirtualMFADevice", Users=[ref("User")], VirtualMfaDeviceName="of-stack"),
    "Provider": make("IAM::OIDCProvider", Url="https://of-stack.example.com", ClientIdList=["a"],
                     ThumbprintList=["a" * 40], Tags=[{"Key": "a", "Value": "b"}]),
    "Linked": make("IAM::ServiceLinkedRole", AWSServiceName="elasticache.amazonaws.com"),
    "Role": make("IAM::Role", AssumeRolePolicyDocument=TRUST),
    "Function": make("Lambda::Function", Code={"ZipFile": "def handler(event, context): return event"},
                     Handler="index.handler", Role=att("Role"), Runtime="python3.12", RecursiveLoop="Allow",
                     RuntimeManagementConfig={"UpdateRuntimeOn": "FunctionUpdate"}, ReservedConcurrentExecutions="2",
                     EphemeralStorage={"Size": "1024"}, LoggingConfig={"LogGroup": ref("Logs")}),
    "Logs": make("Logs::LogGroup", LogGroupClass="STANDARD", Tags=[{"Key": "a", "Value": "b"}]),
    "Stream": make("Logs::LogStream", LogGroupName=ref("Logs")),
    "Query": make("Logs::QueryDefinition", Name="q", QueryString="fields @message", LogGroupNames=[ref("Logs")]),
    "Bucket": make("S3::Bucket", AccessControl="Private",
                   OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]},
                   MetricsConfigurations=[{"Id": "m", "Prefix": "x/"}],
                   InventoryConfigurations=[{
                       "Id": "i", "Enabled": "true", "IncludedObjectVersions": "All", "ScheduleFrequency": "Weekly",
                       "Destination": {"BucketArn": "arn:aws:s3:::elsewhere", "Format": "CSV", "Prefix": "p"}}],
                   IntelligentTieringConfigurations=[{
                       "Id": "t", "Status": "Enabled", "Tierings": [{"AccessTier": "ARCHIVE_ACCESS", "Days": "90"}]}]),
    "Table": make("DynamoDB::Table", ProvisionedThroughput={"ReadCapacityUnits": "1", "WriteCapacityUnits": "1"},
                  AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "a")],
                  KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                  GlobalSecondaryIndexes=[{
                      "IndexName": "by-a", "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
                      "Projection": {"ProjectionType": "ALL"},
                      "ProvisionedThroughput": {"ReadCapacityUnits": "1", "WriteCapacityUnits": "1"}}],
                  PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": "true"},
                  SSESpecification={"SSEEnabled": "true", "SSEType": "KMS"}),
    "Everywhere": make("DynamoDB::GlobalTable", BillingMode="PAY_PER_REQUEST",
                       AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                       KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                       StreamSpecification={"StreamViewType": "NEW_AND_OLD_IMAGES"},
                       Replicas=[{"Region": "us-east-1"}, {"Region": "eu-west-1"}]),
    "Secret": make("SecretsManager::Secret", SecretString="s", Description="d",
                   ReplicaRegions=[{"Region": "eu-west-1"}]),
    "Key": make("KMS::Key", PendingWindowInDays="7", Description="d", Enabled="false"),
    "Rule": make("Events::Rule", EventPattern={"source": ["x"]}, State="DISABLED", Tags=[{"Key": "a", "Value": "b"}]),
    "Connection": make("Events::Connection", AuthorizationType="BASIC",
                       AuthParameters={"BasicAuthParameters": {"Username": "u", "Password": "p"}}),
    "Api": make("Events::ApiDestination", ConnectionArn=att("Connection"), HttpMethod="GET",
                InvocationEndpoint="https://example.com", InvocationRateLimitPerSecond="5"),
    "Alarm": make("CloudWatch::Alarm", ComparisonOperator="LessThanThreshold", EvaluationPeriods="2",
                  MetricName="e", Namespace="n", Period="60", ExtendedStatistic="p99", Threshold="1.5",
                  TreatMissingData="breaching", Dimensions=[{"Name": "a", "Value": "b"}], ActionsEnabled="false"),
    "Both": make("CloudWatch::CompositeAlarm", AlarmRule={"Fn::Sub": "ALARM(${Alarm})"}),
    "Dashboard": make("CloudWatch::Dashboard", DashboardBody='{"widgets": []}'),
    "Set": make("SES::ConfigurationSet", SendingOptions={"SendingEnabled": "false"},
                ReputationOptions={"ReputationMetricsEnabled": "true"}),
}  # fmt: skip


@pytest.fixture
def cfn(client: Callable[..., Any]) -> Any:
    return client("cloudformation")


def settled(cloud: Any, cfn: Any, name: str) -> dict[str, Any]:
    cloud.clock.settle()
    stack: dict[str, Any] = cfn.describe_stacks(StackName=name)["Stacks"][0]
    return stack


def why(cfn: Any, name: str) -> list[str]:
    events = cfn.describe_stack_events(StackName=name)["StackEvents"]
    return [
        e["ResourceStatusReason"] for e in events if "FAILED" in e["ResourceStatus"] and "ResourceStatusReason" in e
    ]


@pytest.mark.parametrize("resources", [IAM, DATA, CODE, MORE], ids=["iam", "data", "code", "more"])
def test_a_stack_is_made_in_sync_changed_and_deleted(cloud: Any, cfn: Any, resources: dict[str, Any]):
    body = json.dumps({"Resources": resources})
    cfn.create_stack(StackName="s", TemplateBody=body, Capabilities=["CAPABILITY_NAMED_IAM"])
    stack = settled(cloud, cfn, "s")
    assert stack["StackStatus"] == "CREATE_COMPLETE", why(cfn, "s")
    detection = cfn.detect_stack_drift(StackName="s")["StackDriftDetectionId"]
    cloud.clock.settle()
    assert (
        cfn.describe_stack_drift_detection_status(StackDriftDetectionId=detection)["StackDriftStatus"] == "IN_SYNC"
    ), [
        (one["LogicalResourceId"], one["PropertyDifferences"])
        for one in cfn.describe_stack_resource_drifts(StackName="s")["StackResourceDrifts"]
        if one.get("PropertyDifferences")
    ]
    tags = [{"Key": "team", "Value": "a"}]
    cfn.update_stack(StackName="s", TemplateBody=body, Capabilities=["CAPABILITY_NAMED_IAM"], Tags=tags)
    assert settled(cloud, cfn, "s")["StackStatus"] == "UPDATE_COMPLETE", why(cfn, "s")
    cfn.delete_stack(StackName="s")
    assert settled(cloud, cfn, stack["StackId"])["StackStatus"] == "DELETE_COMPLETE", why(cfn, stack["StackId"])


def test_deleted_stacks_leave_nothing_behind(cloud: Any, account: str, cfn: Any):
    for name, resources in (("i", IAM), ("d", DATA), ("c", CODE), ("m", MORE)):
        cfn.create_stack(
            StackName=name, TemplateBody=json.dumps({"Resources": resources}), Capabilities=["CAPABILITY_NAMED_IAM"]
        )
        cloud.clock.settle()
        cfn.delete_stack(StackName=name)
        cloud.clock.settle()
    left = cloud.look(lambda running: [(r.type, r.name) for r in running.directory.all(account)])
    kept = {"AWS::KMS::Key", "AWS::KMS::Alias", "AWS::CloudFormation::Stack"}  # keys wait for their deletion
    assert [found for found in left if found[0] not in kept] == []


def test_what_a_change_by_hand_did_is_seen(cloud: Any, cfn: Any, client: Any):
    template = {"Resources": {"Queue": DATA["Queue"], "Role": CODE["Role"]}}
    cfn.create_stack(StackName="s", TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_IAM"])
    cloud.clock.settle()
    role = cfn.describe_stack_resource(StackName="s", LogicalResourceId="Role")["StackResourceDetail"]
    name = role["PhysicalResourceId"]
    client("iam").put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(allow("s3:*")))
    found = cfn.detect_stack_resource_drift(StackName="s", LogicalResourceId="Role")["StackResourceDrift"]
    assert found["StackResourceDriftStatus"] == "MODIFIED"
    assert found["PropertyDifferences"][0]["PropertyPath"] == "/Policies"


def test_an_update_that_fails_leaves_everything_as_it_was(cloud: Any, cfn: Any, client: Any):
    before = {**CODE["Function"], "Properties": {**CODE["Function"]["Properties"]}}
    del before["Properties"]["Environment"]
    template = {"Resources": {"Role": CODE["Role"], "Function": before, "Topic": DATA["Topic"]}}
    cfn.create_stack(StackName="s", TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_IAM"])
    assert settled(cloud, cfn, "s")["StackStatus"] == "CREATE_COMPLETE", why(cfn, "s")
    listed = cfn.describe_stack_resources(StackName="s")["StackResources"]
    physical = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in listed}
    functions = client("lambda")
    was = functions.get_function_configuration(FunctionName=physical["Function"])
    changed = {**before, "Properties": {**before["Properties"], "Timeout": 60, "MemorySize": 512}}
    broken = make("SQS::Queue", QueueName="not/a/name")
    broken["DependsOn"] = "Function"
    new = {"Resources": {**template["Resources"], "Function": changed, "Broken": broken}}
    cfn.update_stack(StackName="s", TemplateBody=json.dumps(new), Capabilities=["CAPABILITY_IAM"])
    assert settled(cloud, cfn, "s")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    now = functions.get_function_configuration(FunctionName=physical["Function"])
    moving = ("RevisionId", "LastModified", "ResponseMetadata")
    assert {k: v for k, v in now.items() if k not in moving} == {k: v for k, v in was.items() if k not in moving}


ANSWER = {
    "python3.12": "import cfnresponse\ndef handler(event, context):\n"
    "    data = {'Twice': event['ResourceProperties']['Text'] * 2}\n"
    "    cfnresponse.send(event, context, cfnresponse.SUCCESS, data, 'mine')",
    "nodejs22.x": "const answer = require('cfn-response');\nexports.handler = async (event, context) => {\n"
    "  const data = {Twice: event.ResourceProperties.Text.repeat(2)};\n"
    "  await answer.send(event, context, answer.SUCCESS, data, 'mine');\n};",
}


@pytest.mark.parametrize("runtime", ANSWER)
def test_inline_code_answers_for_a_custom_resource(cloud: Any, cfn: Any, runtime: str):
    function = make("Lambda::Function", Code={"ZipFile": ANSWER[runtime]}, Handler="index.handler", Role=att("Role"),
                    Runtime=runtime)  # fmt: skip
    custom = {"Type": "Custom::Twice", "Properties": {"ServiceToken": att("Function"), "Text": "ab"}}
    template = {
        "Resources": {"Role": CODE["Role"], "Function": function, "Custom": custom},
        "Outputs": {"Twice": {"Value": att("Custom", "Twice")}, "Name": {"Value": ref("Custom")}},
    }
    cfn.create_stack(StackName="s", TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_IAM"])
    stack = settled(cloud, cfn, "s")
    assert stack["StackStatus"] == "CREATE_COMPLETE", why(cfn, "s")
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
    assert outputs == {"Twice": "abab", "Name": "mine"}
    cfn.delete_stack(StackName="s")
    assert settled(cloud, cfn, stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"
