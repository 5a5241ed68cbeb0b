"""CloudWatch Logs' resource types: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Logs.html"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.resources.stack_calls import Stack


@pytest.fixture
def logs(client: Any) -> Any:
    return client("logs")


def test_a_group_and_its_settings(stack: Stack, logs: Any):
    key = stack.create("AWS::KMS::Key", KeyPolicy={"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{stack.account}:root"}, "Action": "kms:*",
         "Resource": "*"},
        {"Effect": "Allow", "Principal": {"Service": "logs.us-east-1.amazonaws.com"}, "Action": "kms:*",
         "Resource": "*"},
    ]})  # fmt: skip
    group = stack.create(
        "AWS::Logs::LogGroup", LogGroupName="/app", RetentionInDays="7", Tags=[{"Key": "a", "Value": "b"}]
    )
    assert group.att("Arn") == f"arn:aws:logs:us-east-1:{stack.account}:log-group:/app:*"
    assert logs.describe_log_groups()["logGroups"][0]["retentionInDays"] == 7
    group.update(LogGroupName="/app", KmsKeyId=key.att("Arn"), DeletionProtectionEnabled="true")
    shown = group.read()
    assert (shown["KmsKeyId"], shown["DeletionProtectionEnabled"]) == (key.att("Arn"), True)
    assert "RetentionInDays" not in shown
    assert "Tags" not in shown
    assert stack.find(group) == group.made
    group.update(LogGroupName="/app")
    assert "KmsKeyId" not in group.read()
    group.delete()
    assert stack.find(group) is None
    group.delete()


def test_a_stream_and_filters(stack: Stack, logs: Any):
    group = stack.create("AWS::Logs::LogGroup").ref
    stream = stack.create("AWS::Logs::LogStream", LogGroupName=group, LogStreamName="s")
    assert stream.read() == {"LogGroupName": group, "LogStreamName": "s"}
    named = {"LogGroupName": group, "FilterName": "errors"}
    metric = {
        "MetricName": "Errors", "MetricNamespace": "app", "MetricValue": "1", "Unit": "Count",
        "Dimensions": [{"Key": "code", "Value": "$.code"}],
    }  # fmt: skip
    wanted = {**named, "FilterPattern": "{ $.code = * }", "MetricTransformations": [metric]}
    filtered = stack.create("AWS::Logs::MetricFilter", **wanted)
    found = logs.describe_metric_filters(logGroupName=group)["metricFilters"][0]
    assert found["metricTransformations"][0]["dimensions"] == {"code": "$.code"}
    assert filtered.read() == wanted
    filtered.update(**{**wanted, "FilterPattern": "{ $.code = 5 }"})
    assert logs.describe_metric_filters(logGroupName=group)["metricFilters"][0]["filterPattern"] == "{ $.code = 5 }"
    for resource in (filtered, stream, filtered, stream):
        resource.delete()
    assert logs.describe_metric_filters(logGroupName=group)["metricFilters"] == []


def test_a_query_definition_and_a_resource_policy(stack: Stack, logs: Any):
    query = stack.create("AWS::Logs::QueryDefinition", Name="q", QueryString="fields @message")
    query.update(Name="q", QueryString="fields @timestamp")
    found = logs.describe_query_definitions()["queryDefinitions"]
    assert [(one["queryDefinitionId"], one["queryString"]) for one in found] == [(query.ref, "fields @timestamp")]
    assert query.read()["Name"] == "q"
    query.delete()
    query.delete()
    document = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "logs:PutLogEvents",
         "Resource": "*"}
    ]})  # fmt: skip
    policy = stack.create("AWS::Logs::ResourcePolicy", PolicyName="p", PolicyDocument=document)
    assert policy.read() == {"PolicyName": "p", "PolicyDocument": document}
    policy.delete()
    policy.delete()
    assert logs.describe_resource_policies()["resourcePolicies"] == []
