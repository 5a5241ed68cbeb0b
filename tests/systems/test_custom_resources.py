"""Custom resources whose handlers are written for AWS: they keep host and path of the URL, and answer by HTTPS."""

from __future__ import annotations

import json
import shutil

import pytest

NODE = """
const https = require('https');
const { URL } = require('url');
exports.handler = (event, context) => {
  const body = JSON.stringify({ Status: 'SUCCESS', PhysicalResourceId: 'made', StackId: event.StackId,
    RequestId: event.RequestId, LogicalResourceId: event.LogicalResourceId, Data: { Answer: '42' } });
  const at = new URL(event.ResponseURL);
  const request = https.request({ hostname: at.hostname, port: 443, path: at.pathname + at.search, method: 'PUT',
    headers: { 'content-type': '', 'content-length': body.length } }, () => context.done());
  request.write(body);
  request.end();
};
"""
ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole",
            },
        }
    },
}  # fmt: skip


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node on this machine")
def test_a_handler_in_node_that_drops_the_port(aws, clock):
    template = {
        "Resources": {
            "Role": ROLE,
            "Handler": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "Runtime": "nodejs20.x", "Handler": "index.handler", "Code": {"ZipFile": NODE}, "Timeout": 20,
                    "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                },
            },
            "Thing": {
                "Type": "Custom::Thing", "Properties": {"ServiceToken": {"Fn::GetAtt": ["Handler", "Arn"]}},
            },
        },
        "Outputs": {"Answer": {"Value": {"Fn::GetAtt": ["Thing", "Answer"]}}},
    }  # fmt: skip
    client = aws.client("cloudformation")
    client.create_stack(StackName="s", TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_IAM"])
    clock.settle()
    [stack] = client.describe_stacks(StackName="s")["Stacks"]
    assert (stack["StackStatus"], stack["Outputs"][0]["OutputValue"]) == ("CREATE_COMPLETE", "42")
