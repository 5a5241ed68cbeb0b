"""EventBridge's resource types: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Events.html"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.resources.stack_calls import Stack


@pytest.fixture
def events(client: Any) -> Any:
    return client("events")


def is_gone(call: Any, **named: Any) -> bool:
    with pytest.raises(ClientError) as caught:
        call(**named)
    return bool(caught.value.response["Error"]["Code"] == "ResourceNotFoundException")


def test_a_rule_and_its_targets(stack: Stack, events: Any):
    one, two = (stack.create("AWS::SQS::Queue").att("Arn") for _ in range(2))
    pattern = {"source": ["shop"]}
    rule = stack.create(
        "AWS::Events::Rule", EventPattern=pattern, State="ENABLED", Tags=[{"Key": "a", "Value": "b"}],
        Targets=[{"Id": "1", "Arn": one, "Input": '{"x": 1}'}, {"Id": "2", "Arn": two}],
    )  # fmt: skip
    assert rule.ref == f"Stack-Rule3-{stack.account}"
    assert rule.att("Arn") == f"arn:aws:events:us-east-1:{stack.account}:rule/{rule.ref}"
    assert json.loads(events.describe_rule(Name=rule.ref)["EventPattern"]) == pattern
    transformer = {"InputPathsMap": {"s": "$.source"}, "InputTemplate": '"<s>"'}
    rule.update(
        ScheduleExpression="rate(5 minutes)", State="DISABLED",
        Targets=[{"Id": "2", "Arn": two, "InputTransformer": transformer}],
    )  # fmt: skip
    targets = events.list_targets_by_rule(Rule=rule.ref)["Targets"]
    assert targets == [{"Id": "2", "Arn": two, "InputTransformer": transformer}]
    shown = rule.read()
    assert (shown["State"], shown["ScheduleExpression"], shown["Targets"]) == ("DISABLED", "rate(5 minutes)", targets)
    assert events.list_tags_for_resource(ResourceARN=rule.att("Arn"))["Tags"] == []
    rule.delete()
    assert is_gone(events.describe_rule, Name=rule.ref)
    rule.delete()


def test_a_rule_of_another_bus_has_the_bus_in_its_ref(stack: Stack, events: Any):
    bus = stack.create("AWS::Events::EventBus", Name="shop", Description="before")
    rule = stack.create("AWS::Events::Rule", Name="r", EventBusName=bus.ref, EventPattern={"source": ["x"]})
    assert rule.ref == "shop|r"
    assert rule.att("Arn").endswith(":rule/shop/r")
    assert rule.read()["EventBusName"] == "shop"
    rule.delete()
    assert is_gone(events.describe_rule, Name="r", EventBusName="shop")
    bus.update(Name="shop", Description="after", Tags=[{"Key": "a", "Value": "b"}])
    shown = bus.read()
    assert (shown["Description"], shown["Tags"]) == ("after", [{"Key": "a", "Value": "b"}])
    bus.delete()
    assert is_gone(events.describe_event_bus, Name="shop")


def test_statements_of_a_bus_stand_side_by_side(stack: Stack, events: Any):
    bus = stack.create("AWS::Events::EventBus", Name="shop")
    other = {"AWS": "arn:aws:iam::210987654321:root"}
    statement = {"Effect": "Allow", "Principal": other, "Action": "events:PutEvents", "Resource": bus.att("Arn")}
    one = stack.create("AWS::Events::EventBusPolicy", EventBusName="shop", StatementId="one", Statement=statement)
    two = stack.create(
        "AWS::Events::EventBusPolicy", EventBusName="shop", StatementId="two", Action="events:PutEvents",
        Principal="111122223333",
    )  # fmt: skip
    policy = json.loads(events.describe_event_bus(Name="shop")["Policy"])
    assert [found["Sid"] for found in policy["Statement"]] == ["one", "two"]
    assert one.read()["Statement"]["Principal"] == other
    one.delete()
    policy = json.loads(events.describe_event_bus(Name="shop")["Policy"])
    assert [found["Sid"] for found in policy["Statement"]] == ["two"]
    two.delete()
    two.delete()


def test_an_archive(stack: Stack, events: Any):
    bus = stack.create("AWS::Events::EventBus", Name="shop")
    archive = stack.create("AWS::Events::Archive", SourceArn=bus.att("Arn"), RetentionDays="3")
    archive.update(SourceArn=bus.att("Arn"), EventPattern={"source": ["x"]})
    found = events.describe_archive(ArchiveName=archive.ref)
    assert (found["RetentionDays"], found["ArchiveArn"]) == (0, archive.att("Arn"))
    assert archive.read()["EventPattern"] == {"source": ["x"]}
    archive.delete()
    assert is_gone(events.describe_archive, ArchiveName=archive.ref)


def test_a_connection_and_an_api_destination(stack: Stack, events: Any):
    basic = {"BasicAuthParameters": {"Username": "u", "Password": "p"}}
    connection = stack.create("AWS::Events::Connection", Name="c", AuthorizationType="BASIC", AuthParameters=basic)
    assert connection.att("ArnForPolicy") == f"arn:aws:events:us-east-1:{stack.account}:connection/c"
    assert connection.att("SecretArn").startswith("arn:aws:secretsmanager:")
    wanted = {
        "ConnectionArn": connection.att("Arn"), "HttpMethod": "POST", "InvocationEndpoint": "https://example.com",
    }  # fmt: skip
    destination = stack.create("AWS::Events::ApiDestination", **wanted, InvocationRateLimitPerSecond="10")
    destination.update(**{**wanted, "HttpMethod": "PUT"})
    assert destination.read()["HttpMethod"] == "PUT"
    destination.delete()
    key = {"ApiKeyAuthParameters": {"ApiKeyName": "k", "ApiKeyValue": "v"}}
    connection.update(Name="c", AuthorizationType="API_KEY", AuthParameters=key)
    assert events.describe_connection(Name="c")["AuthorizationType"] == "API_KEY"
    connection.delete()
    connection.delete()
