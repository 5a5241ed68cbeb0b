"""Parameters, and what stacks give to each other."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.cloudformation.cfn_calls import QUEUE, Stacks, invalid, output, text


def declared(**member: Any) -> dict[str, Any]:
    return output({"Ref": "P"}, Parameters={"P": member})


@pytest.mark.parametrize(
    ("member", "value", "message"),
    [
        ({"Type": "String", "AllowedValues": ["a", "b"]}, "c", "Parameter 'P' must be one of AllowedValues"),
        ({"Type": "String", "AllowedPattern": "[a-z]+"}, "A1", "Parameter 'P' must match pattern [a-z]+"),
        ({"Type": "String", "MinLength": 3}, "ab", "Parameter 'P' must contain at least 3 characters"),
        ({"Type": "String", "MaxLength": "3"}, "abcd", "Parameter 'P' must contain at most 3 characters"),
        ({"Type": "Number"}, "x", "Parameter 'P' must be a number"),
        ({"Type": "Number", "MinValue": 5}, "4", "Parameter 'P' must be a number not less than 5"),
        ({"Type": "Number", "MaxValue": 5}, "6", "Parameter 'P' must be a number not greater than 5"),
        (
            {"Type": "String", "AllowedPattern": "[a-z]+", "ConstraintDescription": "must be lower case"},
            "A",
            "Parameter P failed to satisfy constraint: must be lower case",
        ),
    ],
)
def test_values_outside_of_what_is_allowed(cfn: Any, member: dict[str, Any], value: str, message: str):
    given = [{"ParameterKey": "P", "ParameterValue": value}]
    with invalid(message):
        cfn.create_stack(StackName="s", TemplateBody=text(declared(**member)), Parameters=given)


@pytest.mark.parametrize(
    ("member", "message"),
    [
        ({"Type": "Nonsense"}, "Template format error: Unrecognized parameter type: Nonsense"),
        ({"Type": "String", "Foo": 1}, "Invalid template parameter property 'Foo'"),
        ({"Type": "String", "Default": ["a"]}, "Template format error: Every Default member must be a string."),
        (
            {"Default": "a"},
            "Template format error: [/Parameters/P] Every Parameters object must contain a Type member. (line 1)",
        ),
    ],
)
def test_declarations_that_aws_does_not_take(cfn: Any, member: dict[str, Any], message: str):
    with invalid(message):
        cfn.create_stack(StackName="s", TemplateBody=text(declared(**member)))


def test_missing_and_foreign_parameters(cfn: Any):
    template = text(output("x", Parameters={"A": {"Type": "String"}, "B": {"Type": "String"}}))
    with invalid("Parameters: [A, B] must have values"):
        cfn.create_stack(StackName="s", TemplateBody=template)
    with invalid("Parameters: [C] do not exist in the template"):
        cfn.create_stack(
            StackName="s", TemplateBody=template, Parameters=[{"ParameterKey": "C", "ParameterValue": "1"}]
        )


@pytest.mark.parametrize(
    ("kind", "value", "expression", "expected"),
    [
        ("CommaDelimitedList", "a, b,c", {"Fn::Join": ["|", {"Ref": "P"}]}, "a|b|c"),
        ("List<Number>", "1,2", {"Fn::Select": [1, {"Ref": "P"}]}, "2"),
        ("List<AWS::EC2::Subnet::Id>", "subnet-1,subnet-2", {"Fn::Select": [0, {"Ref": "P"}]}, "subnet-1"),
        ("AWS::EC2::VPC::Id", "vpc-1", {"Ref": "P"}, "vpc-1"),
        ("Number", "1.50", {"Ref": "P"}, "1.50"),
        ("AWS::SSM::Parameter::Name", "/a/b", {"Ref": "P"}, "/a/b"),
    ],
)
def test_types(stacks: Stacks, kind: str, value: str, expression: Any, expected: str):
    stacks.create(output(expression, Parameters={"P": {"Type": kind}}), parameters={"P": value})
    assert stacks.outputs()["V"] == expected


def test_a_value_from_the_parameter_store(cfn: Any, stacks: Stacks, ssm: Any):
    ssm.put_parameter(Name="/image", Value="one", Type="String")
    template = declared(Type="AWS::SSM::Parameter::Value<String>", Default="/image")
    stack = stacks.create(template)
    assert stacks.outputs() == {"V": "one"}
    assert stack["Parameters"] == [{"ParameterKey": "P", "ParameterValue": "/image", "ResolvedValue": "one"}]
    ssm.put_parameter(Name="/image", Value="two", Type="String", Overwrite=True)
    stacks.update()  # the same template: the value is another
    assert stacks.outputs() == {"V": "two"}
    with invalid("Unable to fetch parameters [/none] from parameter store for this account."):
        cfn.update_stack(
            StackName="s", UsePreviousTemplate=True, Parameters=[{"ParameterKey": "P", "ParameterValue": "/none"}]
        )


def test_secrets_are_not_shown(cfn: Any, stacks: Stacks, ssm: Any):
    template = declared(Type="String", NoEcho=True)
    template["Resources"]["S"] = {
        "Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Ref": "P"}},
    }  # fmt: skip
    stack = stacks.create(template, parameters={"P": "hush"})
    assert stack["Parameters"] == [{"ParameterKey": "P", "ParameterValue": "****"}]
    assert ssm.get_parameter(Name=stacks.physical("S"))["Parameter"]["Value"] == "hush"


def test_previous_values(cfn: Any, stacks: Stacks):
    parameters = {"A": {"Type": "String"}, "B": {"Type": "String", "Default": "d"}}
    template = output({"Fn::Sub": "${A}${B}"}, Parameters=parameters)
    stacks.create(template, parameters={"A": "1", "B": "2"})
    keep = {"ParameterKey": "A", "UsePreviousValue": True}
    cfn.update_stack(StackName="s", UsePreviousTemplate=True, Parameters=[keep])
    stacks.settled("s")
    assert stacks.outputs() == {"V": "1d"}  # what is not named goes back to its default
    with invalid("Parameters: [A] must have values"):
        cfn.update_stack(StackName="s", UsePreviousTemplate=True)


# exports

EXPORTER = "Resources: {Q: {Type: AWS::SQS::Queue}}\nOutputs: {O: {Value: VALUE, Export: {Name: shared}}}"
IMPORTER = output({"Fn::ImportValue": "shared"})


def test_an_export_is_imported(cfn: Any, stacks: Stacks):
    exporter = stacks.create(EXPORTER, "a")
    stacks.create(IMPORTER, "b")
    assert stacks.outputs("b") == {"V": "VALUE"}
    assert cfn.list_exports()["Exports"] == [
        {"ExportingStackId": exporter["StackId"], "Name": "shared", "Value": "VALUE"}
    ]
    assert cfn.list_imports(ExportName="shared")["Imports"] == ["b"]


def test_an_export_in_use_stays_as_it_is(cfn: Any, stacks: Stacks):
    stacks.create(EXPORTER, "a")
    stacks.create(IMPORTER, "b")
    stacks.update(EXPORTER.replace("VALUE", "OTHER"), "a")
    assert stacks.status("a") == "UPDATE_ROLLBACK_COMPLETE"
    assert (
        "a",
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "Export shared cannot be updated as it is in use by b",
    ) in stacks.events("a")
    stacks.update(QUEUE, "a")
    assert (
        "a",
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "Export shared cannot be deleted as it is in use by b",
    ) in stacks.events("a")
    stack = stacks.delete("a")
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert stack["StackStatusReason"] == "Export shared cannot be deleted as it is in use by b"
    stacks.delete("b")
    with invalid("Export 'shared' is not imported by any stack."):
        cfn.list_imports(ExportName="shared")
    assert stacks.delete("a")["StackStatus"] == "DELETE_COMPLETE"
    assert cfn.list_exports()["Exports"] == []


def test_an_export_has_one_owner(stacks: Stacks):
    stacks.create(EXPORTER, "a")
    assert stacks.create(EXPORTER, "b")["StackStatus"] == "ROLLBACK_COMPLETE"
    reason = "Export with name shared is already exported by stack a. Rollback requested by user."
    assert ("b", "ROLLBACK_IN_PROGRESS", reason) in stacks.events("b")


def test_an_export_that_is_not_there_fails_before_anything_is_made(cfn: Any, stacks: Stacks):
    assert stacks.create(IMPORTER)["StackStatus"] == "ROLLBACK_COMPLETE"
    reason = "No export named shared found. Rollback requested by user."
    assert [event for event in stacks.events() if event[0] != "s"] == []
    assert ("s", "ROLLBACK_IN_PROGRESS", reason) in stacks.events()
    with invalid("No export named shared found."):
        cfn.create_change_set(StackName="t", ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=text(IMPORTER))
