"""Functions, versions and aliases as resources."""

from __future__ import annotations

import base64
import hashlib
import urllib.request

import pytest

from tests.services.calls import refused
from tests.services.lambda_.lambda_calls import ECHO, invoked, made_role, package

# wrong input


def test_a_package_that_is_no_zip(function):
    text = "Could not unzip uploaded file. Please check your file, then try to upload again."
    with refused("InvalidParameterValueException", text):
        function(Code={"ZipFile": b"no zip"})


def test_an_empty_package(function):
    with refused("InvalidParameterValueException", "Uploaded file must be a non-empty zip"):
        function({})


def test_a_package_in_a_bucket_that_is_not_there(function):
    text = (
        "Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not "
        "exist"
    )
    with refused("InvalidParameterValueException", text):
        function(Code={"S3Bucket": "there-is-no-such-bucket", "S3Key": "k"})


def test_a_role_that_lambda_may_not_assume(function, iam, account):
    text = "The role defined for the function cannot be assumed by Lambda."
    with refused("InvalidParameterValueException", text):
        function(Role=f"arn:aws:iam::{account}:role/none")


def test_runtime_and_handler_are_needed(client, role):
    text = "Runtime and Handler are mandatory parameters for functions created with deployment packages."
    with refused("InvalidParameterValueException", text):
        client.create_function(FunctionName="f", Role=role, Code={"ZipFile": package()}, Runtime="python3.12")


def test_variables_that_are_lambdas_own(function):
    text = (
        "Lambda was unable to configure your environment variables because the environment variables you have provided "
        "contains reserved keys that are currently not supported for modification. Reserved keys used in this request: "
        "AWS_REGION"
    )
    with refused("InvalidParameterValueException", text):
        function(Environment={"Variables": {"AWS_REGION": "x"}})


def test_a_runtime_of_the_past(function):
    with refused("InvalidParameterValueException") as caught:
        function(Runtime="python3.6")
    assert caught.value.response["Error"]["Message"].startswith(
        "Value python3.6 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: ["
    )


def test_container_images_are_refused_plainly(client, role):
    with refused("NotImplemented", status=501):
        client.create_function(FunctionName="f", Role=role, Code={"ImageUri": "x"}, PackageType="Image")


# wrong state


def test_a_name_that_is_taken(function):
    function()
    with refused("ResourceConflictException", "Function already exist: f", 409):
        function()


def test_a_revision_that_has_passed(client, function):
    made = function()
    client.update_function_configuration(FunctionName="f", Description="new")
    text = (
        "The RevisionId provided does not match the latest RevisionId. Call the GetFunction/GetAlias API to "
        "retrieve the latest RevisionId"
    )
    with refused("PreconditionFailedException", text, 412):
        client.update_function_configuration(FunctionName="f", RevisionId=made["RevisionId"])


def test_a_layer_that_is_not_there(function, account):
    arn = f"arn:aws:lambda:us-east-1:{account}:layer:l:1"
    with refused("InvalidParameterValueException", f"Layer version {arn} does not exist."):
        function(Layers=[arn])


# behaviour


def test_what_a_function_is_shown_as(client, function, role, account):
    content = package()
    made = function(Code={"ZipFile": content}, Environment={"Variables": {"AB": "c"}}, Tags={"t": "1"})
    assert (made["State"], made["StateReasonCode"]) == ("Pending", "Creating")
    shown = client.get_function(FunctionName="f")
    configuration = shown["Configuration"]
    assert configuration["FunctionArn"] == f"arn:aws:lambda:us-east-1:{account}:function:f"
    assert configuration["CodeSha256"] == base64.b64encode(hashlib.sha256(content).digest()).decode()
    assert (configuration["CodeSize"], configuration["State"]) == (len(content), "Active")
    assert (configuration["MemorySize"], configuration["Timeout"], configuration["Version"]) == (128, 5, "$LATEST")
    assert configuration["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": "/aws/lambda/f"}
    assert shown["Tags"] == {"t": "1"}
    with urllib.request.urlopen(shown["Code"]["Location"]) as answer:
        assert answer.read() == content
    client.get_waiter("function_active_v2").wait(FunctionName="f")
    assert [f["FunctionName"] for f in client.list_functions()["Functions"]] == ["f"]


def test_names_in_every_form(client, function, account):
    function()
    arn = f"arn:aws:lambda:us-east-1:{account}:function:f"
    for name in ("f", f"{account}:function:f", arn, f"{arn}:$LATEST"):
        assert invoked(client, name, 1)["Payload"] == 1


def test_new_code_and_configuration_take_effect(client, function):
    function("import os\ndef handler(event, context):\n    return ['old', os.environ.get('XY')]\n")
    assert invoked(client, "f")["Payload"] == ["old", None]
    new = package("import os\ndef handler(event, context):\n    return ['new', os.environ.get('XY')]\n")
    assert client.update_function_code(FunctionName="f", ZipFile=new)["LastUpdateStatus"] == "InProgress"
    assert invoked(client, "f")["Payload"] == ["new", None]
    client.update_function_configuration(FunctionName="f", Environment={"Variables": {"XY": "y"}})
    assert invoked(client, "f")["Payload"] == ["new", "y"]


def test_versions_never_change_and_aliases_choose_among_them(client, function):
    function("def handler(event, context):\n    return context.function_version, 1\n")
    one = client.publish_version(FunctionName="f", Description="first")
    assert (one["Version"], one["FunctionArn"].rpartition(":")[2], one["Description"]) == ("1", "1", "first")
    client.update_function_code(
        FunctionName="f", ZipFile=package("def handler(event, context):\n    return context.function_version, 2\n")
    )
    assert client.publish_version(FunctionName="f")["Version"] == "2"
    assert client.publish_version(FunctionName="f")["Version"] == "2"  # nothing has changed
    client.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    assert invoked(client, "f:live")["Payload"] == ["1", 1]
    client.update_alias(
        FunctionName="f", Name="live", FunctionVersion="1", RoutingConfig={"AdditionalVersionWeights": {"2": 1.0}}
    )
    answer = invoked(client, "f", Qualifier="live")
    assert (answer["Payload"], answer["ExecutedVersion"]) == (["2", 2], "2")
    assert [v["Version"] for v in client.list_versions_by_function(FunctionName="f")["Versions"]] == [
        "$LATEST",
        "1",
        "2",
    ]
    with refused("ResourceConflictException", status=409):
        client.delete_function(FunctionName="f", Qualifier="1")
    client.delete_alias(FunctionName="f", Name="live")
    client.delete_function(FunctionName="f", Qualifier="1")
    with refused("ResourceNotFoundException", status=404):
        client.get_function(FunctionName="f", Qualifier="1")


def test_aliases_and_what_is_wrong_with_them(client, function):
    arn = function()["FunctionArn"]
    with refused("ResourceNotFoundException", f"Function not found: {arn}:9", 404):
        client.create_alias(FunctionName="f", Name="a", FunctionVersion="9")
    client.create_alias(FunctionName="f", Name="a", FunctionVersion="$LATEST")
    with refused("ResourceConflictException", f"Alias already exists: {arn}:a", 409):
        client.create_alias(FunctionName="f", Name="a", FunctionVersion="$LATEST")
    with refused("ResourceNotFoundException", f"Cannot find alias arn: {arn}:b", 404):
        client.get_alias(FunctionName="f", Name="b")
    assert [alias["Name"] for alias in client.list_aliases(FunctionName="f")["Aliases"]] == ["a"]


def test_a_deleted_function_is_gone_with_all_that_belongs_to_it(client, function):
    arn = function()["FunctionArn"]
    client.create_alias(FunctionName="f", Name="a", FunctionVersion="$LATEST")
    client.create_function_url_config(FunctionName="f", AuthType="NONE")
    client.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=0)
    client.delete_function(FunctionName="f")
    with refused("ResourceNotFoundException", f"Function not found: {arn}", 404):
        client.get_function(FunctionName="f")
    function(ECHO)
    assert client.list_aliases(FunctionName="f")["Aliases"] == []
    assert client.list_function_url_configs(FunctionName="f")["FunctionUrlConfigs"] == []


def test_listings_come_in_pages(client, function):
    for name in ("a1", "b2", "c3"):
        function(name=name)
    first = client.list_functions(MaxItems=2)
    second = client.list_functions(MaxItems=2, Marker=first["NextMarker"])
    assert [f["FunctionName"] for f in first["Functions"] + second["Functions"]] == ["a1", "b2", "c3"]
    assert "NextMarker" not in second


def test_layers_have_versions_that_are_never_used_again(client):
    for number in (1, 2):
        made = client.publish_layer_version(
            LayerName="l", Content={"ZipFile": package("x = 1")}, CompatibleRuntimes=["python3.12"]
        )
        assert (made["Version"], made["LayerVersionArn"].rpartition(":")[2]) == (number, str(number))
    client.delete_layer_version(LayerName="l", VersionNumber=2)
    assert client.publish_layer_version(LayerName="l", Content={"ZipFile": package()})["Version"] == 3
    assert [v["Version"] for v in client.list_layer_versions(LayerName="l")["LayerVersions"]] == [3, 1]
    assert client.list_layers(CompatibleRuntime="python3.12")["Layers"][0]["LatestMatchingVersion"]["Version"] == 1
    with refused("ResourceNotFoundException", "The resource you requested does not exist.", 404):
        client.get_layer_version(LayerName="l", VersionNumber=2)
    arn = client.get_layer_version(LayerName="l", VersionNumber=1)["LayerVersionArn"]
    assert client.get_layer_version_by_arn(Arn=arn)["Version"] == 1


def test_settings_that_are_kept_and_shown(client, function):
    arn = function()["FunctionArn"]
    client.put_function_recursion_config(FunctionName="f", RecursiveLoop="Allow")
    assert client.get_function_recursion_config(FunctionName="f")["RecursiveLoop"] == "Allow"
    client.put_runtime_management_config(FunctionName="f", UpdateRuntimeOn="FunctionUpdate")
    assert client.get_runtime_management_config(FunctionName="f")["UpdateRuntimeOn"] == "FunctionUpdate"
    client.tag_resource(Resource=arn, Tags={"a": "1", "b": "2"})
    client.untag_resource(Resource=arn, TagKeys=["a"])
    assert client.list_tags(Resource=arn)["Tags"] == {"b": "2"}
    publisher = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/p/0123456789"
    config = client.create_code_signing_config(AllowedPublishers={"SigningProfileVersionArns": [publisher]})
    signing = config["CodeSigningConfig"]["CodeSigningConfigArn"]
    client.put_function_code_signing_config(FunctionName="f", CodeSigningConfigArn=signing)
    assert client.list_functions_by_code_signing_config(CodeSigningConfigArn=signing)["FunctionArns"] == [arn]
    with refused("ResourceConflictException", status=409):
        client.delete_code_signing_config(CodeSigningConfigArn=signing)
    text = f"The function {arn}:$LATEST doesn't have an EventInvokeConfig"
    with refused("ResourceNotFoundException", text, 404):
        client.get_function_event_invoke_config(FunctionName="f")
    usage = client.get_account_settings()
    assert (usage["AccountUsage"]["FunctionCount"], usage["AccountLimit"]["ConcurrentExecutions"]) == (1, 1000)


# concurrency


def test_reserved_concurrency_throttles(client, function):
    function()
    client.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    with refused("TooManyRequestsException", "Rate Exceeded.", 429) as caught:
        client.invoke(FunctionName="f")
    assert caught.value.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    client.delete_function_concurrency(FunctionName="f")
    assert invoked(client, "f", 1)["Payload"] == 1
    text = (
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below "
        "its minimum value of [100]."
    )
    with refused("InvalidParameterValueException", text):
        client.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=901)


def test_provisioned_environments_are_there_before_the_first_invocation(client, function, clock):
    function(
        "import os\ndef handler(event, context):\n    return os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']\n",
        Publish=True,
    )
    text = "No Provisioned Concurrency Config found for this function"
    with refused("ProvisionedConcurrencyConfigNotFoundException", text, 404):
        client.get_provisioned_concurrency_config(FunctionName="f", Qualifier="1")
    client.put_provisioned_concurrency_config(FunctionName="f", Qualifier="1", ProvisionedConcurrentExecutions=2)
    clock.settle()
    shown = client.get_provisioned_concurrency_config(FunctionName="f", Qualifier="1")
    assert (shown["Status"], shown["AvailableProvisionedConcurrentExecutions"]) == ("READY", 2)
    assert invoked(client, "f", Qualifier="1")["Payload"] == "provisioned-concurrency"


# permissions


def test_a_resource_policy_lets_others_in(cloud, client, function, account, iam):
    arn = function()["FunctionArn"]
    other = cloud.new_account()
    stranger = cloud.session(other).client("lambda")
    with refused("AccessDeniedException", status=403):
        stranger.invoke(FunctionName=arn)
    client.add_permission(FunctionName="f", StatementId="s", Action="lambda:InvokeFunction", Principal=other)
    assert invoked(stranger, arn, 3)["Payload"] == 3
    text = (
        "The statement id (s) provided already exists. Please provide a new statement id, or remove the existing "
        "statement."
    )
    with refused("ResourceConflictException", text, 409):
        client.add_permission(FunctionName="f", StatementId="s", Action="lambda:InvokeFunction", Principal=other)
    assert '"Sid":"s"' in client.get_policy(FunctionName="f")["Policy"]
    client.remove_permission(FunctionName="f", StatementId="s")
    with refused("ResourceNotFoundException", "The resource you requested does not exist.", 404):
        client.get_policy(FunctionName="f")
    with refused("AccessDeniedException", status=403):
        stranger.invoke(FunctionName=arn)


def test_passing_a_role_takes_leave(cloud, client, iam, role):
    iam.create_user(UserName="u")
    iam.put_user_policy(
        UserName="u", PolicyName="p",
        PolicyDocument='{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"lambda:*","Resource":"*"}}',
    )  # fmt: skip
    key = iam.create_access_key(UserName="u")["AccessKey"]
    user = cloud.session_with(key["AccessKeyId"], key["SecretAccessKey"]).client("lambda")
    with refused("AccessDeniedException", status=403) as caught:
        user.create_function(
            FunctionName="f", Role=role, Runtime="python3.12", Handler="a.b", Code={"ZipFile": package()}
        )
    assert "is not authorized to perform: iam:PassRole on resource" in caught.value.response["Error"]["Message"]


@pytest.mark.parametrize("runtime", ["nodejs18.x", "nodejs24.x", "java21", "ruby3.4", "dotnet10", "provided.al2023"])
def test_runtimes_that_are_accepted(function, client, runtime):
    function(Runtime=runtime)
    assert client.get_function_configuration(FunctionName="f")["Runtime"] == runtime


def test_a_role_that_is_taken_away(client, function, iam):
    gone = made_role(iam, "gone")
    function(Role=gone)
    iam.delete_role(RoleName="gone")
    text = "The role defined for the function cannot be assumed by Lambda."
    with refused("InvalidParameterValueException", text):
        client.invoke(FunctionName="f")
