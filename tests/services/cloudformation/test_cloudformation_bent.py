"""Templates that are nearly right: every one is refused in CloudFormation's words or deployed to an end."""

from __future__ import annotations

import copy
import json
import random
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.services.cloudformation.cfn_calls import Stacks

TEMPLATE: dict[str, Any] = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Description": "d",
    "Parameters": {"P": {"Type": "String", "Default": "x", "AllowedValues": ["x", "y"], "MinLength": 1}},
    "Mappings": {"M": {"a": {"b": "c"}}},
    "Conditions": {"C": {"Fn::And": [{"Fn::Equals": [{"Ref": "P"}, "x"]}, {"Fn::Not": [{"Condition": "D"}]}]},
                   "D": {"Fn::Equals": ["a", "b"]}},
    "Rules": {"R": {"Assertions": [{"Assert": {"Fn::Contains": [["x"], {"Ref": "P"}]}, "AssertDescription": "a"}]}},
    "Resources": {
        "Q": {
            "Type": "AWS::SQS::Queue", "Condition": "C", "DeletionPolicy": "Delete", "Metadata": {"a": "b"},
            "Properties": {
                "DelaySeconds": {"Fn::If": ["C", 1, {"Ref": "AWS::NoValue"}]},
                "Tags": [{"Key": "k", "Value": {"Fn::Sub": ["${P}-${x}-${AWS::Region}", {"x": "1"}]}}],
            },
        },
        "S": {
            "Type": "AWS::SSM::Parameter", "DependsOn": ["Q"],
            "Properties": {"Type": "String", "Value": {"Fn::Join": ["-", [
                {"Fn::GetAtt": ["Q", "Arn"]}, {"Fn::Select": [0, {"Fn::Split": [",", "a,b"]}]},
                {"Fn::FindInMap": ["M", "a", "b"]}, {"Fn::Base64": "x"},
                {"Fn::Select": [0, {"Fn::Cidr": ["10.0.0.0/16", 2, 8]}]}, {"Fn::Select": [0, {"Fn::GetAZs": ""}]},
            ]]}},
        },
    },
    "Outputs": {"O": {"Value": {"Ref": "Q"}, "Description": "d", "Condition": "C", "Export": {"Name": "e"}}},
}  # fmt: skip
WRONG: list[Any] = [
    None, True, 0, -1, 1.5, 10**30, "", " ", "é", "Q", "P", "C", "AWS::Region", [], [[]], {}, {"": ""}, [None],
    {"Ref": "Q"}, {"Ref": "P"}, {"Ref": "S"}, {"Ref": ["x"]}, {"Fn::GetAtt": "Q"}, {"Fn::GetAtt": ["S", "Value"]},
    {"Fn::Sub": "${Q.Arn}${"}, {"Fn::Sub": "${!x}${ P }"}, {"Fn::If": ["C"]}, {"Fn::Transform": "x"},
    {"Condition": "C"},
    {"Fn::ImportValue": {"Ref": "P"}}, {"Fn::Cidr": ["x", 1, 1]}, {"Fn::Length": [1]}, "{{resolve:ssm:none}}",
    {"Fn::ForEach::X": ["I", ["a"], {"${I}": 1}]}, "AWS::SNS::Topic", "2012-10-17",
]  # fmt: skip
ROUNDS = 250


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from places(value[key], (*path, key))


def bent(seed: random.Random) -> dict[str, Any]:
    """The template with one to three of its parts replaced, renamed or taken away."""
    template = copy.deepcopy(TEMPLATE)
    for _ in range(seed.randrange(1, 4)):
        *way, last = seed.choice(list(places(template)))
        part: Any = template
        for step in way:
            part = part[step]
        what = seed.randrange(4)
        if what == 0:
            del part[last]
        elif what == 1 and isinstance(part, dict):
            part[seed.choice(["", "Foo", "Ref", "Fn::If", "Fn::GetAtt", "Condition", "Type"])] = part.pop(last)
        else:
            part[last] = copy.deepcopy(seed.choice(WRONG))
    if seed.random() < 0.2:
        template["Transform"] = "AWS::LanguageExtensions"
    return template


def test_every_bent_template_comes_to_an_end(cfn: Any, stacks: Stacks):
    seed = random.Random(20261121)
    ends = set()
    for number in range(ROUNDS):
        name, body = f"s{number}", json.dumps(bent(seed))
        try:
            cfn.create_stack(StackName=name, TemplateBody=body, Capabilities=["CAPABILITY_AUTO_EXPAND"])
        except ClientError as error:
            refusal = error.response["Error"]
            assert refusal["Code"] == "ValidationError", (refusal, body)
            ends.add("refused")
            continue
        stack = stacks.settled(name)
        assert stack["StackStatus"] in ("CREATE_COMPLETE", "ROLLBACK_COMPLETE"), (stack, body)
        assert "Internal Failure" not in json.dumps(stacks.events(name)), body
        ends.add(stack["StackStatus"])
        assert stacks.delete(name)["StackStatus"] == "DELETE_COMPLETE"
    assert ends == {"refused", "CREATE_COMPLETE", "ROLLBACK_COMPLETE"}
