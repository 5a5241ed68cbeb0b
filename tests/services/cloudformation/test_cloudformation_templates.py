"""Templates: what is read, what is refused and in which words, what functions come to."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from cloudchamber.services.cloudformation.errors import TemplateFormatError
from cloudchamber.services.cloudformation.source import parse
from tests.services.calls import refused
from tests.services.cloudformation.cfn_calls import QUEUE, Stacks, invalid, output, text

Q = {"Type": "AWS::SQS::Queue"}


# reading


def test_short_forms_are_written_out():
    found = parse("""
A: !Ref x
B: !GetAtt r.Outputs.Url
C: !Join [",", [!Sub "${x}", !Base64 y]]
D: !If [c, !FindInMap [m, k, v], !Ref "AWS::NoValue"]
E: !Not [!Condition c]
""")
    assert found == {
        "A": {"Ref": "x"},
        "B": {"Fn::GetAtt": ["r", "Outputs.Url"]},
        "C": {"Fn::Join": [",", [{"Fn::Sub": "${x}"}, {"Fn::Base64": "y"}]]},
        "D": {"Fn::If": ["c", {"Fn::FindInMap": ["m", "k", "v"]}, {"Ref": "AWS::NoValue"}]},
        "E": {"Fn::Not": [{"Condition": "c"}]},
    }


def test_json_may_have_comments():
    source = '// by a tool\n{"a": "http://x/*y*/", /* no */ "b": [1, 2,], // last\n}'
    assert parse(source) == {"a": "http://x/*y*/", "b": [1, 2]}


def test_text_that_looks_like_an_alias_is_none():
    assert parse("a: 'x *y'\nb: rate *z") == {"a": "x *y", "b": "rate *z"}


def test_dates_and_account_numbers_stay_text():
    source = "V: 2012-10-17\nA: 012345678901\nT: 12:30\nN: 7\nF: 1.5\nB: true\nM: {200: ok}"
    assert parse(source) == {
        "V": "2012-10-17", "A": "012345678901", "T": "12:30", "N": 7, "F": 1.5, "B": True, "M": {"200": "ok"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("a: [\n  b\nc: }", "YAML not well-formed. (line 3, column 2)"),
        ('{"a": 1,\n "b" 2}', "JSON not well-formed. (line 2, column 6)"),
        ("- a", "unsupported structure."),
        ('{"a": ' + "[" * 500 + "]" * 500 + "}", "unsupported structure."),
        ("a: " + "[" * 25_000 + "]" * 25_000, "unsupported structure."),
        ("- " * 25_000, "unsupported structure."),
        ("a: &x {b: 1}\nc: *x", "YAML aliases are not allowed in CloudFormation templates"),
        ("a: !Unknown x", "YAML not well-formed. (line 1, column 4)"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(source: str, message: str):
    with pytest.raises(TemplateFormatError) as caught:
        parse(source)
    assert caught.value.message == f"Template format error: {message}"


# what is refused


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ({"Description": "d"}, "Template format error: At least one Resources member must be defined."),
        ({"Resources": {"A": Q}, "Foo": 1}, "Invalid template property or properties [Foo]"),
        ({"Resources": {"A": {"Type": "AWS::SQS::Queue", "Foo": 1}}}, "Invalid template resource property 'Foo'"),
        ({"Resources": {"a-b": Q}}, "Template format error: Resource name a-b is non alphanumeric."),
        (
            {"Resources": {"A": {"Properties": {}}}},
            "Template format error: [/Resources/A] Every Resources object must contain a Type member. (line 1)",
        ),
        (
            {"Resources": {"A": {**Q, "DependsOn": "B"}}},
            "Template format error: Unresolved resource dependencies [B] in the Resources block of the template",
        ),
        (
            {"Resources": {"A": {**Q, "Properties": {"QueueName": {"Ref": "B"}}}}},
            "Template format error: Unresolved resource dependencies [B] in the Resources block of the template",
        ),
        (
            {"Resources": {"A": Q}, "Outputs": {"O": {"Value": {"Ref": "B"}}}},
            "Template format error: Unresolved resource dependencies [B] in the Outputs block of the template",
        ),
        (
            {"Resources": {"A": {**Q, "Properties": {"QueueName": {"Fn::GetAtt": ["B", "Arn"]}}}}},
            "Template error: instance of Fn::GetAtt references undefined resource B",
        ),
        (
            {"Resources": {"A": {**Q, "Properties": {"QueueName": {"Fn::GetAtt": ["A"]}}}}},
            (
                "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the "
                "resource attribute"
            ),
        ),
        (
            {"Resources": {"A": {**Q, "DependsOn": "B"}, "B": {**Q, "DependsOn": "A"}, "C": Q}},
            "Circular dependency between resources: [A, B]",
        ),
        (
            {"Resources": {"A": {"Type": "AWS::EC2::Instance"}, "B": {"Type": "AWS::No::Such"}, "C": Q}},
            "Template format error: Unrecognized resource types: [AWS::EC2::Instance, AWS::No::Such]",
        ),
        (
            {"Resources": {"A": {**Q, "Condition": "C"}}},
            "Template format error: Unresolved condition dependency C in the Resources block of the template",
        ),
        (
            {"Resources": {"A": Q}, "Conditions": {"C": {"Fn::Equals": [{"Ref": "A"}, "x"]}}},
            (
                "Template format error: Unresolved dependencies [A]. Cannot reference resources in the Conditions "
                "block of the template"
            ),
        ),
        (
            {"Resources": {"A": {**Q, "Properties": {"QueueName": {"Fn::Select": ["3", ["a"]]}}}}},
            "Template error: Fn::Select  cannot select nonexistent value at index 3",
        ),
        (
            {"Resources": {"A": {**Q, "Properties": {"QueueName": {"Fn::FindInMap": ["M", "a", "b"]}}}}},
            "Template error: Mapping named 'M' is not present in the 'Mappings' section of template.",
        ),
        (
            output({"Fn::FindInMap": ["M", "a", "c"]}, Mappings={"M": {"a": {"b": "1"}}}),
            "Template error: Unable to get mapping for M::a::c",
        ),
        (output(["a"]), "Template format error: The Value field of every Outputs member must evaluate to a String."),
        (
            {"Resources": {"A": {**Q, "Properties": {"QueueName": {"Ref": ["x"]}}}}},
            "Template error: every Ref object must have a single String value.",
        ),
    ],
)
def test_what_aws_refuses_at_once(cfn: Any, template: dict[str, Any], message: str):
    with invalid(message):
        cfn.create_stack(StackName="s", TemplateBody=text(template))
    with invalid("Stack with id s does not exist"):  # nothing was made
        cfn.describe_stacks(StackName="s")


@pytest.mark.parametrize(
    "template", ["Resources:\n  A:\n    Properties: {}\n", '{"Resources": { // all\n\n"A": {"Properties": {}}}}']
)
def test_an_error_names_path_and_line(cfn: Any, template: str):
    line = 2 if template.startswith("R") else 3
    with invalid(
        f"Template format error: [/Resources/A] Every Resources object must contain a Type member. (line {line})"
    ):
        cfn.create_stack(StackName="s", TemplateBody=template)


def test_properties_are_held_against_awss_schema(stacks: Stacks):
    template = output("x")
    template["Resources"]["Q"] = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Foo": 1}}
    assert stacks.create(template)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert stacks.reasons()["Q"] == (
        "Properties validation failed for resource Q with message:\n"
        "#: required key [Value] not found\n#: extraneous key [Foo] is not permitted"
    )


def test_quoted_numbers_and_truths_are_taken(stacks: Stacks, sqs: Any):
    template = output("x")
    template["Resources"]["Q"] = {**Q, "Properties": {"DelaySeconds": "4", "FifoQueue": "true"}}
    stacks.create(template)
    url = stacks.physical("Q")
    assert url.endswith(".fifo")
    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])["Attributes"]["DelaySeconds"] == "4"


def test_one_template_and_one_only(cfn: Any):
    with invalid("Either Template URL or Template Body must be specified."):
        cfn.create_stack(StackName="s")
    with invalid("TemplateURL must be a supported URL."):
        cfn.create_stack(StackName="s", TemplateURL="https://example.com/x")


def test_a_template_comes_from_s3(aws: Any, cfn: Any, stacks: Stacks, account: str):
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=f"t{account}")
    s3.put_object(Bucket=f"t{account}", Key="a/b.yaml", Body=QUEUE.encode())
    cfn.create_stack(StackName="s", TemplateURL=f"https://s3.us-east-1.amazonaws.com/t{account}/a/b.yaml")
    assert stacks.settled("s")["StackStatus"] == "CREATE_COMPLETE"
    cfn.create_stack(StackName="u", TemplateURL=f"https://t{account}.s3.amazonaws.com/a/b.yaml")
    assert stacks.settled("u")["StackStatus"] == "CREATE_COMPLETE"
    cfn.create_stack(StackName="w", TemplateURL=f"{stacks.cloud.endpoint}/t{account}/a/b.yaml")
    assert stacks.settled("w")["StackStatus"] == "CREATE_COMPLETE"
    with refused("ValidationError") as caught:
        cfn.create_stack(StackName="v", TemplateURL=f"https://t{account}.s3.amazonaws.com/none")
    assert caught.value.response["Error"]["Message"].startswith("S3 error: The specified key does not exist.")


# functions


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Fn::Join": ["-", ["a", 1, True]]}, "a-1-true"),
        ({"Fn::Select": [1, {"Fn::Split": [",", "a,b,c"]}]}, "b"),
        ({"Fn::Sub": "${AWS::Region} ${!Literal} ${AWS::Partition}"}, "us-east-1 ${Literal} aws"),
        ({"Fn::Sub": ["${a}/${AWS::URLSuffix}", {"a": {"Fn::Base64": "x"}}]}, "eA==/amazonaws.com"),
        ({"Fn::FindInMap": ["M", {"Ref": "AWS::Region"}, "b"]}, "1"),
        ({"Fn::If": ["Yes", "y", "n"]}, "y"),
        ({"Fn::If": ["No", "y", "n"]}, "n"),
        ({"Fn::Join": [" ", {"Fn::Cidr": ["10.0.0.0/16", 3, 8]}]}, "10.0.0.0/24 10.0.1.0/24 10.0.2.0/24"),
        ({"Fn::Select": [0, {"Fn::GetAZs": ""}]}, "us-east-1a"),
        ({"Fn::Select": [2, {"Fn::GetAZs": {"Ref": "AWS::Region"}}]}, "us-east-1c"),
        ({"Ref": "AWS::StackName"}, "s"),
        (12, "12"),
        (True, "true"),
    ],
)
def test_functions(stacks: Stacks, value: Any, expected: str):
    template = output(
        value,
        Mappings={"M": {"us-east-1": {"b": "1"}}},
        Conditions={
            "Yes": {"Fn::And": [{"Fn::Equals": ["a", "a"]}, {"Fn::Not": [{"Condition": "No"}]}]},
            "No": {"Fn::Or": [{"Fn::Equals": [1, "2"]}, {"Fn::Equals": ["x", "y"]}]},
        },
    )
    stacks.create(template)
    assert stacks.outputs() == {"V": expected}


def test_references_to_resources(stacks: Stacks, account: str):
    template = output({"Fn::Sub": "${Q} ${Q.Arn} ${AWS::AccountId} ${AWS::StackId}"})
    stack = stacks.create(template)
    url = stacks.physical("Q")
    arn = f"arn:aws:sqs:us-east-1:{account}:{url.rpartition('/')[2]}"
    assert stacks.outputs()["V"] == f"{url} {arn} {account} {stack['StackId']}"


def test_an_attribute_that_a_type_does_not_have(stacks: Stacks):
    template = output({"Fn::GetAtt": ["Q", "Nonsense"]})
    assert stacks.create(template)["StackStatus"] == "ROLLBACK_COMPLETE"
    reasons = [reason for who, status, reason in stacks.events() if status == "ROLLBACK_IN_PROGRESS"]
    assert reasons == [
        "Template error: resource Q does not support attribute type Nonsense in Fn::GetAtt Rollback requested by user."
    ]


def test_conditions_choose_resources_outputs_and_properties(stacks: Stacks, sqs: Any):
    template = {
        "Parameters": {"Stage": {"Type": "String"}},
        "Conditions": {"Live": {"Fn::Equals": [{"Ref": "Stage"}, "live"]}},
        "Resources": {
            "A": {**Q, "Properties": {"DelaySeconds": {"Fn::If": ["Live", 5, {"Ref": "AWS::NoValue"}]}}},
            "B": {**Q, "Condition": "Live"},
        },
        "Outputs": {"B": {"Condition": "Live", "Value": {"Ref": "B"}}},
    }
    stacks.create(template, parameters={"Stage": "test"})
    assert stacks.outputs() == {}
    assert len(sqs.list_queues()["QueueUrls"]) == 1
    stacks.update(template, parameters={"Stage": "live"})
    assert stacks.outputs() == {"B": stacks.physical("B")}
    delay = sqs.get_queue_attributes(QueueUrl=stacks.physical("A"), AttributeNames=["DelaySeconds"])["Attributes"]
    assert delay == {"DelaySeconds": "5"}
    stacks.update(template, parameters={"Stage": "test"})
    assert len(sqs.list_queues()["QueueUrls"]) == 1


def test_dynamic_references(aws: Any, stacks: Stacks, ssm: Any):
    secrets = aws.client("secretsmanager")
    secrets.create_secret(Name="db", SecretString=json.dumps({"user": "ann", "port": 5432}))
    ssm.put_parameter(Name="/a/b", Value="plain", Type="String")
    template = {
        "Resources": {
            "P": {
                "Type": "AWS::SSM::Parameter",
                "Properties": {
                    "Type": "String",
                    "Value": "{{resolve:ssm:/a/b}} {{resolve:secretsmanager:db:SecretString:user}} "
                    "{{resolve:secretsmanager:db:SecretString:port}}",
                },
            }
        }
    }
    stacks.create(template)
    assert ssm.get_parameter(Name=stacks.physical("P"))["Parameter"]["Value"] == "plain ann 5432"
    template["Resources"]["P"]["Properties"]["Value"] = "{{resolve:ssm:/none}}"
    assert stacks.update(template)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert stacks.reasons()["P"].startswith("Could not resolve dynamic reference ssm:/none: ")


# AWS::LanguageExtensions

LOOP = """
Transform: AWS::LanguageExtensions
Parameters: {Names: {Type: CommaDelimitedList, Default: "a,b"}}
Mappings: {M: {x: {y: z}}}
Resources:
  Fn::ForEach::Queues:
    - Name
    - !Ref Names
    - Queue${Name}: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub "q-${Name}", DelaySeconds: !Length [1, 2]}}
Outputs:
  Fn::ForEach::Urls:
    - Name
    - !Ref Names
    - Url${Name}: {Value: !GetAtt [!Sub "Queue${Name}", QueueName]}
  J: {Value: !ToJsonString {a: [1, !Select [0, !Ref Names]]}}
  F: {Value: !FindInMap [M, x, none, {DefaultValue: d}]}
"""


def test_language_extensions(cfn: Any, stacks: Stacks):
    stacks.create(LOOP, Capabilities=["CAPABILITY_AUTO_EXPAND"])
    found = stacks.outputs()
    assert (found["Urla"], found["Urlb"], found["F"]) == ("q-a", "q-b", "d")
    assert json.loads(found["J"]) == {"a": [1, "a"]}
    stacks.update(parameters={"Names": "b,c"}, Capabilities=["CAPABILITY_AUTO_EXPAND"])
    listed = cfn.list_stack_resources(StackName="s")["StackResourceSummaries"]
    assert [each["LogicalResourceId"] for each in listed] == ["Queueb", "Queuec"]
    processed = cfn.get_template(StackName="s", TemplateStage="Processed")["TemplateBody"]
    assert sorted(processed["Resources"]) == ["Queueb", "Queuec"]
    assert cfn.get_template(StackName="s")["TemplateBody"] == LOOP


def test_loops_within_loops_have_an_end(cfn: Any):
    inner: Any = {"Q${A}${B}${C}": Q}
    for name in "CBA":
        inner = {f"Fn::ForEach::L{name}": [name, [f"{name}{n}" for n in range(60)], inner]}
    template = text({"Transform": "AWS::LanguageExtensions", "Resources": inner})
    with refused("ValidationError") as caught:
        cfn.create_stack(StackName="s", TemplateBody=template, Capabilities=["CAPABILITY_AUTO_EXPAND"])
    assert caught.value.response["Error"]["Message"].endswith("makes more than 2000 keys")


def test_extensions_need_to_be_acknowledged(cfn: Any):
    with refused("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_AUTO_EXPAND]"):
        cfn.create_stack(StackName="s", TemplateBody=LOOP)


def test_extensions_need_their_transform(cfn: Any):
    with refused("ValidationError"):
        cfn.create_stack(StackName="s", TemplateBody=text(output({"Fn::Length": ["a"]})))


# rules


def test_rules_hold_parameters_together(cfn: Any, stacks: Stacks):
    template = output(
        "x",
        Parameters={"Stage": {"Type": "String"}, "Size": {"Type": "String", "Default": "s"}},
        Rules={
            "R": {
                "RuleCondition": {"Fn::Equals": [{"Ref": "Stage"}, "live"]},
                "Assertions": [
                    {"Assert": {"Fn::Contains": [["m", "l"], {"Ref": "Size"}]}, "AssertDescription": "live is large"}
                ],
            }
        },
    )
    with invalid("Template Rule validation failed: live is large"):
        stacks.create(template, parameters={"Stage": "live"})
    assert stacks.create(template, parameters={"Stage": "test"})["StackStatus"] == "CREATE_COMPLETE"


# telling of templates


def test_validate_and_summarise(cfn: Any):
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "d",
        "Parameters": {"P": {"Type": "String", "Default": "x", "Description": "p", "AllowedValues": ["x", "y"]}},
        "Resources": {
            "R": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}, "RoleName": "r"}},
            "Q": Q,
        },
    }
    valid = cfn.validate_template(TemplateBody=text(template))
    assert valid["Parameters"] == [{"ParameterKey": "P", "DefaultValue": "x", "NoEcho": False, "Description": "p"}]
    assert (valid["Description"], valid["Capabilities"]) == ("d", ["CAPABILITY_NAMED_IAM"])
    assert valid["CapabilitiesReason"] == "The following resource(s) require capabilities: [AWS::IAM::Role]"
    summary = cfn.get_template_summary(TemplateBody=text(template))
    assert summary["ResourceTypes"] == ["AWS::IAM::Role", "AWS::SQS::Queue"]
    assert summary["Parameters"][0]["ParameterConstraints"] == {"AllowedValues": ["x", "y"]}
    assert summary["ResourceIdentifierSummaries"][1]["ResourceIdentifiers"] == ["QueueUrl"]
    with refused("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_NAMED_IAM]"):
        cfn.create_stack(StackName="s", TemplateBody=text(template), Capabilities=["CAPABILITY_IAM"])
    del template["Resources"]["R"]["Properties"]["RoleName"]
    with refused("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_IAM]"):
        cfn.create_stack(StackName="s", TemplateBody=text(template))


def test_base64_is_of_bytes(stacks: Stacks):
    stacks.create(output({"Fn::Base64": "grüß"}))
    assert base64.b64decode(stacks.outputs()["V"]).decode() == "grüß"
