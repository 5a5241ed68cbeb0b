"""PutParameter, DeleteParameter, DeleteParameters; names, tiers, patterns, data types, tags."""

from __future__ import annotations

import pytest

from tests.services.calls import refused

BAD_NAME = (
    'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of '
    "sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 "
    "symbols .-_"
)
TOO_LARGE = (
    "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter "
    "value, upgrade the parameter to use the advanced-parameter tier. For more information, see "
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html"
)


# wrong input


def test_names_that_aws_refuses(put):
    with refused("ValidationException", "Parameter name must be a fully qualified name."):
        put("a/b")
    for name in ("/aws/x", "awsTest", "AWS-x"):
        with refused("AccessDeniedException", f"No access to reserved parameter name: {name}."):
            put(name)
    for name in ("ssmx", "/SSM/x", "a b", "/a//b", "/a/", "/a/ü", "a:1"):
        with refused("ValidationException", BAD_NAME):
            put(name)


def test_a_hierarchy_has_at_most_fifteen_levels(put):
    assert put("/a" * 15)["Version"] == 1
    with refused("HierarchyLevelLimitExceededException"):
        put("/a" * 16)


def test_a_name_with_its_arn_has_at_most_1011_characters(put, account):
    room = 1011 - len(f"arn:aws:ssm:us-east-1:{account}:parameter/")
    assert put("x" * room)["Version"] == 1
    with refused("ValidationException"):
        put("x" * (room + 1))


def test_a_new_parameter_needs_a_type_and_a_value(ssm, put):
    with refused("ValidationException", "A parameter type is required when you create a parameter."):
        ssm.put_parameter(Name="x", Value="v")
    empty = (
        "1 validation error detected: Value at 'value' failed to satisfy constraint: Member must have length greater "
        "than or equal to 1"
    )
    with refused("ValidationException", empty):
        put("x", "")
    with refused("ValidationException"):
        put("x", Type="Number")


def test_values_too_large_for_their_tier(put):
    assert put("x", "v" * 4096)["Tier"] == "Standard"
    with refused("ValidationException", TOO_LARGE):
        put("y", "v" * 4097)
    assert put("y", "v" * 8192, Tier="Advanced")["Tier"] == "Advanced"
    with refused("ValidationException"):
        put("z", "v" * 8193, Tier="Intelligent-Tiering")


def test_a_value_cannot_nest_a_parameter(put):
    with refused(
        "ValidationException", 'Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.'
    ):
        put("x", "{{ssm:y}}")


def test_a_key_is_for_secure_strings_only(put):
    with refused("ValidationException", "KeyId is required for SecureString type parameter only."):
        put("x", KeyId="alias/aws/ssm")


def test_an_allowed_pattern_is_held(put):
    with refused("ParameterPatternMismatchException"):
        put("x", "abc", AllowedPattern=r"^\d+$")
    with refused("InvalidAllowedPatternException"):
        put("x", "abc", AllowedPattern="(")
    put("x", "12", AllowedPattern=r"^\d+$")
    with refused("ParameterPatternMismatchException"):
        put("x", "abc", Overwrite=True)


@pytest.mark.parametrize(
    ("data_type", "good", "bad"),
    [
        ("aws:ec2:image", "ami-0123456789abcdef0", "ami-x"),
        ("aws:region", "eu-west-1", "europe"),
        ("aws:account:id", "123456789012", "12"),
        ("boolean", "true", "yes"),
        ("integer", "-12", "1.5"),
        ("float", "1.5e3", "x"),
        ("binary", "AAEC", "@"),
        ("hostname", "a.example.com", "-a"),
        ("email", "a@example.com", "a@"),
        ("ipv4-address", "10.0.0.1", "10.0.0"),
        ("ipv6-address", "::1", "1"),
        ("url", "https://example.com/x", "example"),
        ("json", '{"a": 1}', "{"),
        ("jsonc", '{"a": "//b"} // c', "{ // c"),
    ],
)
def test_values_are_of_their_data_type(ssm, put, data_type, good, bad):
    with refused("ValidationException"):
        put("x", bad, DataType=data_type)
    put("x", good, DataType=data_type)
    assert ssm.get_parameter(Name="x")["Parameter"]["DataType"] == data_type


def test_an_unknown_data_type(put):
    message = "The following data type is not supported: Text (Data type names are all lowercase.)"
    with refused("ValidationException", message):
        put("x", DataType="Text")


def test_tags_do_not_go_with_overwriting(put):
    message = (
        "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove "
        "overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or "
        "RemoveTagsFromResource."
    )
    with refused("ValidationException", message):
        put("x", Overwrite=True, Tags=[{"Key": "k", "Value": "v"}])


# wrong state


def test_a_parameter_is_overwritten_only_if_asked_to(put):
    put("x")
    message = "The parameter already exists. To overwrite this value, set the overwrite option in the request to true."
    with refused("ParameterAlreadyExists", message):
        put("x", "w")
    with refused("ParameterAlreadyExists", message):
        put("/x", "w")  # the same parameter by its other name
    assert put("x", "w", Overwrite=True)["Version"] == 2


def test_an_advanced_parameter_stays_one(put):
    put("x", Tier="Advanced")
    with refused("ValidationException"):
        put("x", Tier="Standard", Overwrite=True)
    assert put("x", Overwrite=True)["Tier"] == "Advanced"
    assert put("x", Overwrite=True, Tier="Intelligent-Tiering")["Tier"] == "Advanced"


def test_deleting_what_is_not_there(ssm):
    with refused("ParameterNotFound", ""):
        ssm.delete_parameter(Name="x")


def test_a_labelled_version_is_not_pushed_out(ssm, put):
    put("x")
    for _ in range(99):
        put("x", Overwrite=True)
    ssm.label_parameter_version(Name="x", ParameterVersion=1, Labels=["keep"])
    message = (
        "You attempted to create a new version of x by calling the PutParameter API with the overwrite flag. Version "
        "1, the oldest version, can't be deleted because it has a label associated with it. Move the label to another "
        "version of the parameter, and try again."
    )
    with refused("ParameterMaxVersionLimitExceeded", message):
        put("x", Overwrite=True)
    ssm.unlabel_parameter_version(Name="x", ParameterVersion=1, Labels=["keep"])
    assert put("x", Overwrite=True)["Version"] == 101
    with refused(
        "ParameterVersionNotFound", "Systems Manager could not find version 1 of x. Verify the version and try again."
    ):
        ssm.get_parameter(Name="x:1")
    assert ssm.get_parameter(Name="x:2")["Parameter"]["Version"] == 2


# behaviour


def test_intelligent_tiering_takes_the_advanced_tier_where_it_is_needed(put):
    assert put("small", Tier="Intelligent-Tiering")["Tier"] == "Standard"
    assert put("large", "v" * 5000, Tier="Intelligent-Tiering")["Tier"] == "Advanced"


def test_the_default_tier_is_a_setting(ssm, put):
    ssm.update_service_setting(
        SettingId="/ssm/parameter-store/default-parameter-tier", SettingValue="Intelligent-Tiering"
    )
    assert put("large", "v" * 5000)["Tier"] == "Advanced"


def test_what_an_update_does_not_say_stays(ssm, put):
    put("x", Description="d", Type="StringList")
    ssm.put_parameter(Name="x", Value="a,b", Overwrite=True)
    [shown] = ssm.describe_parameters()["Parameters"]
    assert (shown["Description"], shown["Type"], shown["Version"]) == ("d", "StringList", 2)


def test_a_name_is_trimmed(ssm, put):
    put(" x ")
    assert ssm.get_parameter(Name="x")["Parameter"]["Name"] == "x"


def test_deleting_several(ssm, put):
    put("/a/b")
    put("c")
    answer = ssm.delete_parameters(Names=["/a/b", "c", "nothing"])
    assert (answer["DeletedParameters"], answer["InvalidParameters"]) == (["/a/b", "c"], ["nothing"])
    assert ssm.describe_parameters()["Parameters"] == []
    assert put("c")["Version"] == 1


def test_tags(ssm, put):
    put("x", Tags=[{"Key": "a", "Value": "1"}])
    ssm.add_tags_to_resource(ResourceType="Parameter", ResourceId="x", Tags=[{"Key": "b", "Value": "2"}])
    ssm.remove_tags_from_resource(ResourceType="Parameter", ResourceId="x", TagKeys=["a"])
    listed = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="x")
    assert listed["TagList"] == [{"Key": "b", "Value": "2"}]
    with refused("InvalidResourceId"):
        ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="nothing")
    with refused("NotImplemented", status=501):
        ssm.list_tags_for_resource(ResourceType="Document", ResourceId="x")
    with refused("TooManyTagsError"):
        many = [{"Key": str(n), "Value": ""} for n in range(50)]
        ssm.add_tags_to_resource(ResourceType="Parameter", ResourceId="x", Tags=many)


def test_service_settings(ssm, account):
    name = "/ssm/parameter-store/high-throughput-enabled"
    shown = ssm.get_service_setting(SettingId=name)["ServiceSetting"]
    arn = f"arn:aws:ssm:us-east-1:{account}:servicesetting{name}"
    assert (shown["SettingValue"], shown["Status"], shown["ARN"]) == ("false", "Default", arn)
    ssm.update_service_setting(SettingId=arn, SettingValue="true")
    shown = ssm.get_service_setting(SettingId=name)["ServiceSetting"]
    assert (shown["SettingValue"], shown["Status"]) == ("true", "Customized")
    assert shown["LastModifiedUser"] == f"arn:aws:iam::{account}:root"
    assert ssm.reset_service_setting(SettingId=name)["ServiceSetting"]["SettingValue"] == "false"
    with refused("ServiceSettingNotFound"):
        ssm.get_service_setting(SettingId="/ssm/parameter-store/nothing")
    with refused("ValidationException"):
        ssm.update_service_setting(SettingId=name, SettingValue="perhaps")
    with refused("NotImplemented", status=501):
        ssm.get_service_setting(SettingId="/ssm/opsinsights/opscenter")


def test_other_parts_of_systems_manager_are_not_here(ssm):
    with refused("NotImplemented", status=501):
        ssm.list_documents()
