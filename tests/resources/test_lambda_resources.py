"""Lambda's resource types: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Lambda.html"""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cloudchamber.core.errors import AwsError

if TYPE_CHECKING:
    from tests.resources.stack_calls import Resource, Stack

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
CODE = """
import os, cfnresponse
def handler(event, context):
    return {"name": context.function_name, "mode": os.environ.get("MODE"), "success": cfnresponse.SUCCESS}
"""
POLLS = ["arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"]


@pytest.fixture
def functions(client: Any) -> Any:
    return client("lambda")


@pytest.fixture
def role(stack: Stack) -> str:
    return str(stack.create("AWS::IAM::Role", AssumeRolePolicyDocument=TRUST, ManagedPolicyArns=POLLS).att("Arn"))


def base(role: str, code: str = CODE, **more: Any) -> dict[str, Any]:
    return {"Code": {"ZipFile": code}, "Handler": "index.handler", "Role": role, "Runtime": "python3.12", **more}


@pytest.fixture
def function(stack: Stack, role: str) -> Resource:
    return stack.create("AWS::Lambda::Function", **base(role))


def code_of(call: Any, **named: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**named)
    return str(caught.value.response["Error"]["Code"])


# functions


def test_inline_code_runs_as_index_beside_cfnresponse(stack: Stack, functions: Any, role: str):
    made = stack.create("AWS::Lambda::Function", **base(role, Environment={"Variables": {"MODE": 5}}))
    assert made.ref == f"Stack-Function2-{stack.account}"
    assert made.att("Arn") == f"arn:aws:lambda:us-east-1:{stack.account}:function:{made.ref}"
    assert made.att("SnapStartResponse.ApplyOn") == "None"
    answer = functions.invoke(FunctionName=made.ref)
    assert json.load(answer["Payload"]) == {"name": made.ref, "mode": "5", "success": "SUCCESS"}


def test_the_name_of_a_function_has_64_characters_at_most(stack: Stack, role: str):
    wanted = stack.desired("AWS::Lambda::Function", base(role))
    long = type(wanted)(**{name: getattr(wanted, name) for name in wanted.__slots__} | {
        "name": f"{'Stack' * 20}-{'Logical' * 10}-ABCDEFGHIJKL"
    })  # fmt: skip
    made = stack.run(lambda handler, ctx: handler.create(ctx, long), wanted.type)
    assert len(made.physical_id) == 64
    stack_part, logical, suffix = made.physical_id.split("-")
    assert (len(stack_part), len(logical), suffix) == (25, 25, "ABCDEFGHIJKL")


def test_inline_code_is_for_python_and_node(stack: Stack, role: str):
    with pytest.raises(AwsError) as caught:
        stack.create("AWS::Lambda::Function", **base(role, Runtime="java21"))
    assert caught.value.message == "ZipFile can only be used when Runtime is set to either of nodejs or python."


def test_a_function_of_a_bucket(stack: Stack, functions: Any, client: Any, role: str):
    bucket = stack.create("AWS::S3::Bucket").ref
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr("app.py", "def handler(event, context): return event")
    client("s3").put_object(Bucket=bucket, Key="code.zip", Body=packed.getvalue())
    code = {"S3Bucket": bucket, "S3Key": "code.zip"}
    made = stack.create("AWS::Lambda::Function", **{**base(role), "Code": code, "Handler": "app.handler"})
    assert json.load(functions.invoke(FunctionName=made.ref, Payload=b'"hi"')["Payload"]) == "hi"


def test_a_function_changes_in_place(functions: Any, function: Resource, role: str):
    before = functions.get_function_configuration(FunctionName=function.ref)
    function.update(
        **base(role, "def handler(event, context): return 2"), Timeout="30", MemorySize=256, Description="d",
        ReservedConcurrentExecutions=7, Tags=[{"Key": "a", "Value": "b"}], Environment={"Variables": {"AB": "1"}},
        RecursiveLoop="Allow", RuntimeManagementConfig={"UpdateRuntimeOn": "FunctionUpdate"},
    )  # fmt: skip
    found = functions.get_function(FunctionName=function.ref)
    configuration = found["Configuration"]
    assert configuration["CodeSha256"] != before["CodeSha256"]
    assert (configuration["Timeout"], configuration["MemorySize"], configuration["Description"]) == (30, 256, "d")
    assert found["Concurrency"] == {"ReservedConcurrentExecutions": 7}
    assert found["Tags"] == {"a": "b"}
    assert functions.get_function_recursion_config(FunctionName=function.ref)["RecursiveLoop"] == "Allow"
    assert json.load(functions.invoke(FunctionName=function.ref)["Payload"]) == 2
    shown = function.read()
    assert (shown["Timeout"], shown["Environment"]) == (30, {"Variables": {"AB": "1"}})
    function.update(**base(role, "def handler(event, context): return 2"))
    found = functions.get_function(FunctionName=function.ref)
    configuration = found["Configuration"]
    assert (configuration["Timeout"], configuration["MemorySize"], configuration["Description"]) == (3, 128, "")
    assert "Environment" not in configuration
    assert "Concurrency" not in found
    assert found.get("Tags", {}) == {}


def test_unchanged_code_is_not_put_again(functions: Any, function: Resource, role: str, cloud: Any):
    function.update(**base(role), Timeout=9)
    calls = {span.operation for span in cloud.spans(account=function.stack.account)}
    assert "UpdateFunctionConfiguration" in calls
    assert "UpdateFunctionCode" not in calls


def test_a_deleted_function_may_be_gone_already(stack: Stack, functions: Any, function: Resource):
    assert stack.find(function) == function.made
    function.delete()
    assert code_of(functions.get_function, FunctionName=function.ref) == "ResourceNotFoundException"
    function.delete()
    assert stack.find(function) is None


# versions, aliases, layers


def test_a_version_and_an_alias(stack: Stack, functions: Any, function: Resource, role: str):
    one = stack.create("AWS::Lambda::Version", FunctionName=function.ref, Description="first")
    assert one.ref == one.att("FunctionArn") == f"{function.att('Arn')}:1"
    assert one.att("Version") == "1"
    function.update(**base(role, "def handler(event, context): return 2"))
    two = stack.create("AWS::Lambda::Version", FunctionName=function.att("Arn"))
    weights = {"AdditionalVersionWeights": [{"FunctionVersion": "2", "FunctionWeight": "0.25"}]}
    named = {"FunctionName": function.ref, "Name": "live"}
    alias = stack.create("AWS::Lambda::Alias", **named, FunctionVersion=one.att("Version"), RoutingConfig=weights)
    assert alias.ref == f"{function.att('Arn')}:live"
    found = functions.get_alias(**named)
    assert found["RoutingConfig"] == {"AdditionalVersionWeights": {"2": 0.25}}
    assert alias.read()["RoutingConfig"]["AdditionalVersionWeights"] == [
        {"FunctionVersion": "2", "FunctionWeight": 0.25}
    ]
    alias.update(**named, FunctionVersion="2")
    found = functions.get_alias(**named)
    assert (found["FunctionVersion"], found.get("RoutingConfig")) == ("2", None)
    alias.delete()
    two.delete()
    one.delete()
    listed = functions.list_versions_by_function(FunctionName=function.ref)["Versions"]
    assert [version["Version"] for version in listed] == ["$LATEST"]


def test_a_layer_and_who_may_use_it(stack: Stack, functions: Any, client: Any):
    bucket = stack.create("AWS::S3::Bucket").ref
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr("python/shared.py", "VALUE = 7")
    client("s3").put_object(Bucket=bucket, Key="layer.zip", Body=packed.getvalue())
    layer = stack.create(
        "AWS::Lambda::LayerVersion", LayerName="shared", Content={"S3Bucket": bucket, "S3Key": "layer.zip"},
        CompatibleRuntimes=["python3.12"],
    )  # fmt: skip
    assert layer.ref.endswith(":layer:shared:1")
    allowed = stack.create(
        "AWS::Lambda::LayerVersionPermission", LayerVersionArn=layer.ref, Action="lambda:GetLayerVersion", Principal="*"
    )
    policy = json.loads(functions.get_layer_version_policy(LayerName="shared", VersionNumber=1)["Policy"])
    assert policy["Statement"][0]["Principal"] == "*"
    allowed.delete()
    assert layer.read()["CompatibleRuntimes"] == ["python3.12"]
    layer.delete()
    assert functions.list_layers()["Layers"] == []


# doors


def test_a_permission_is_a_statement_of_the_policy(stack: Stack, functions: Any, function: Resource):
    permission = stack.create(
        "AWS::Lambda::Permission", FunctionName=function.att("Arn"), Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com", SourceArn="arn:aws:events:us-east-1:123456789012:rule/r",
    )  # fmt: skip
    policy = json.loads(functions.get_policy(FunctionName=function.ref)["Policy"])
    assert [statement["Sid"] for statement in policy["Statement"]] == [permission.ref]
    permission.delete()
    assert code_of(functions.get_policy, FunctionName=function.ref) == "ResourceNotFoundException"
    function.delete()
    permission.delete()


def test_a_mapping_of_a_queue(stack: Stack, functions: Any, function: Resource):
    queue = stack.create("AWS::SQS::Queue")
    wanted = {"EventSourceArn": queue.att("Arn"), "FunctionName": function.ref}
    mapping = stack.create(
        "AWS::Lambda::EventSourceMapping", **wanted, BatchSize="5", Enabled="false",
        FilterCriteria={"Filters": [{"Pattern": '{"body": ["x"]}'}]},
    )  # fmt: skip
    found = functions.get_event_source_mapping(UUID=mapping.ref)
    assert (found["BatchSize"], found["State"], mapping.att("Id")) == (5, "Disabled", mapping.ref)
    mapping.update(**wanted, BatchSize=3, FunctionResponseTypes=["ReportBatchItemFailures"])
    found = functions.get_event_source_mapping(UUID=mapping.ref)
    assert (found["BatchSize"], found.get("FilterCriteria") or {}) == (3, {})
    assert mapping.read()["FunctionName"] == function.ref
    assert mapping.read()["Enabled"] is True
    mapping.delete()
    mapping.delete()
    assert functions.list_event_source_mappings()["EventSourceMappings"] == []


def test_a_url_and_settings_for_asynchronous_calls(stack: Stack, functions: Any, function: Resource):
    cors = {"AllowOrigins": ["*"], "MaxAge": "60"}
    url = stack.create("AWS::Lambda::Url", TargetFunctionArn=function.att("Arn"), AuthType="NONE", Cors=cors)
    found = functions.get_function_url_config(FunctionName=function.ref)
    assert (url.ref, url.att("FunctionUrl")) == (function.att("Arn"), found["FunctionUrl"])
    url.update(TargetFunctionArn=function.att("Arn"), AuthType="AWS_IAM")
    assert functions.get_function_url_config(FunctionName=function.ref).get("Cors") in (None, {})
    url.delete()
    named = {"FunctionName": function.ref, "Qualifier": "$LATEST"}
    queue = stack.create("AWS::SQS::Queue").att("Arn")
    asynchronous = stack.create(
        "AWS::Lambda::EventInvokeConfig", **named, MaximumRetryAttempts="1",
        DestinationConfig={"OnFailure": {"Destination": queue}},
    )  # fmt: skip
    assert functions.get_function_event_invoke_config(**named)["MaximumRetryAttempts"] == 1
    asynchronous.update(**named, MaximumRetryAttempts=0)
    assert asynchronous.read()["MaximumRetryAttempts"] == 0
    asynchronous.delete()
    asynchronous.delete()


def test_code_signing(stack: Stack, functions: Any, function: Resource, role: str):
    publishers = {"SigningProfileVersionArns": ["arn:aws:signer:us-east-1:123456789012:/signing-profiles/p/abcdefghij"]}
    config = stack.create("AWS::Lambda::CodeSigningConfig", AllowedPublishers=publishers)
    function.update(**base(role), CodeSigningConfigArn=config.ref)
    found = functions.get_function_code_signing_config(FunctionName=function.ref)
    assert found["CodeSigningConfigArn"] == config.att("CodeSigningConfigArn")
    config.update(AllowedPublishers=publishers, CodeSigningPolicies={"UntrustedArtifactOnDeployment": "Enforce"})
    assert config.read()["CodeSigningPolicies"] == {"UntrustedArtifactOnDeployment": "Enforce"}
    function.update(**base(role))
    config.delete()
    assert functions.list_code_signing_configs()["CodeSigningConfigs"] == []
