"""What a creation that a crash cut off has left is found, and finished; what is of others is found and not touched."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.resources.test_stacks import CODE, DATA, TRUST, allow

if TYPE_CHECKING:
    from tests.resources.stack_calls import Stack

POLICIES = [{"PolicyName": "p", "PolicyDocument": allow("s3:*")}]


def found_and_finished(stack: Stack, type_name: str, properties: dict[str, Any]) -> Any:
    """A resource of which only the first call was made, as a second try leaves it."""
    wanted = stack.desired(type_name, properties)
    found = stack.run(lambda handler, ctx: handler.find(ctx, wanted), type_name)
    assert found is not None
    return stack.run(lambda handler, ctx: handler.finish(ctx, found, wanted), type_name)


def test_a_bucket(stack: Stack, client: Any):
    s3, name = client("s3"), f"half-{stack.account}"
    s3.create_bucket(Bucket=name)
    wanted = stack.desired("AWS::S3::Bucket", {"BucketName": name, "VersioningConfiguration": {"Status": "Enabled"}})
    made = stack.run(lambda handler, ctx: handler.find(ctx, wanted), wanted.type)
    assert "Status" not in s3.get_bucket_versioning(Bucket=name)  # to find is only to look
    assert stack.run(lambda handler, ctx: handler.finish(ctx, made, wanted), wanted.type) == made
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"


def test_a_role(stack: Stack, client: Any):
    iam = client("iam")
    iam.create_role(RoleName="half", AssumeRolePolicyDocument=json.dumps(TRUST))
    properties = {"RoleName": "half", "AssumeRolePolicyDocument": TRUST, "Policies": POLICIES}
    assert found_and_finished(stack, "AWS::IAM::Role", properties).physical_id == "half"
    assert iam.list_role_policies(RoleName="half")["PolicyNames"] == ["p"]


def test_an_instance_profile_and_a_managed_policy(stack: Stack, client: Any):
    iam, role = client("iam"), stack.create("AWS::IAM::Role", AssumeRolePolicyDocument=TRUST).ref
    iam.create_instance_profile(InstanceProfileName="half")
    found_and_finished(stack, "AWS::IAM::InstanceProfile", {"InstanceProfileName": "half", "Roles": [role]})
    profile = iam.get_instance_profile(InstanceProfileName="half")["InstanceProfile"]
    assert [one["RoleName"] for one in profile["Roles"]] == [role]
    policy = {"ManagedPolicyName": "half", "PolicyDocument": allow("s3:*"), "Path": "/p/"}
    made = stack.create("AWS::IAM::ManagedPolicy", **policy)
    finished = found_and_finished(stack, "AWS::IAM::ManagedPolicy", {**policy, "Roles": [role]})
    assert finished.physical_id == made.ref
    attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    assert [one["PolicyArn"] for one in attached] == [made.ref]


def test_a_table(stack: Stack, client: Any):
    bare = {**DATA["Table"]["Properties"], "TableName": "half"}
    ttl = bare.pop("TimeToLiveSpecification")
    stack.create("AWS::DynamoDB::Table", **bare)
    found_and_finished(stack, "AWS::DynamoDB::Table", {**bare, "TimeToLiveSpecification": ttl})
    found = client("dynamodb").describe_time_to_live(TableName="half")["TimeToLiveDescription"]
    assert found["TimeToLiveStatus"] == "ENABLED"


def test_a_function_and_its_log_group(stack: Stack, client: Any):
    role = stack.create("AWS::IAM::Role", AssumeRolePolicyDocument=TRUST).att("Arn")
    bare = {**CODE["Function"]["Properties"], "Role": role, "Environment": {}, "FunctionName": "half"}
    stack.create("AWS::Lambda::Function", **bare)
    found_and_finished(stack, "AWS::Lambda::Function", {**bare, "ReservedConcurrentExecutions": 3})
    assert client("lambda").get_function_concurrency(FunctionName="half")["ReservedConcurrentExecutions"] == 3
    client("logs").create_log_group(logGroupName="half")
    found_and_finished(stack, "AWS::Logs::LogGroup", {"LogGroupName": "half", "RetentionInDays": 3})
    assert client("logs").describe_log_groups()["logGroups"][0]["retentionInDays"] == 3


NAMED: list[tuple[str, dict[str, Any]]] = [
    ("SES::EmailIdentity", {"EmailIdentity": "half.example.com"}),
    ("SES::Template", {"Template": {"TemplateName": "half", "SubjectPart": "s", "TextPart": "t"}}),
    ("SES::ConfigurationSet", {"Name": "half"}),
    ("Events::EventBus", {"Name": "half"}),
    ("Events::Connection", {"Name": "half", "AuthorizationType": "BASIC", "AuthParameters": {
        "BasicAuthParameters": {"Username": "u", "Password": "p"}}}),
    ("SecretsManager::Secret", {"Name": "half", "SecretString": "s"}),
    ("SQS::Queue", {"QueueName": "half"}),
    ("SNS::Topic", {"TopicName": "half"}),
    ("IAM::Group", {"GroupName": "half"}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "properties"), NAMED, ids=lambda part: part if isinstance(part, str) else "")
def test_others_are_found_by_their_name(stack: Stack, kind: str, properties: dict[str, Any]):
    type_name = f"AWS::{kind}"
    wanted = stack.desired(type_name, properties)
    assert stack.run(lambda handler, ctx: handler.find(ctx, wanted), type_name) is None
    made = stack.create(type_name, **properties)
    assert stack.run(lambda handler, ctx: handler.find(ctx, wanted), type_name) == made.made
    assert found_and_finished(stack, type_name, properties).physical_id == made.ref


def test_doors_of_functions_are_found(stack: Stack):
    role = stack.create("AWS::IAM::Role", AssumeRolePolicyDocument=TRUST, Policies=[
        {"PolicyName": "p", "PolicyDocument": allow("*")}]).att("Arn")  # fmt: skip
    function = stack.create(
        "AWS::Lambda::Function", **{**CODE["Function"]["Properties"], "Role": role, "Environment": {}}
    )
    queue = stack.create("AWS::SQS::Queue").att("Arn")
    for type_name, properties in (
        ("AWS::Lambda::EventSourceMapping", {"EventSourceArn": queue, "FunctionName": function.ref}),
        ("AWS::Lambda::Url", {"TargetFunctionArn": function.ref, "AuthType": "NONE"}),
        ("AWS::Lambda::Alias", {"FunctionName": function.ref, "Name": "a", "FunctionVersion": "$LATEST"}),
        ("AWS::Lambda::Permission", {
            "FunctionName": function.ref, "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}),
    ):  # fmt: skip
        wanted = stack.desired(type_name, properties)
        assert stack.run(lambda handler, ctx, d=wanted: handler.find(ctx, d), type_name) is None
        made = stack.run(lambda handler, ctx, d=wanted: handler.create(ctx, d), type_name)
        assert stack.run(lambda handler, ctx, d=wanted: handler.find(ctx, d), type_name) == made
