"""The transform AWS::Serverless-2016-10-31, directly: what comes out of it for what goes in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloudchamber.core.context import INTERNAL
from cloudchamber.core.dispatch import new_span
from cloudchamber.identity.principals import root
from cloudchamber.services.cloudformation.errors import ValidationError
from cloudchamber.services.cloudformation.sam import transform

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudchamber.cloud import Cloud
    from cloudchamber.testing import RunningCloud

FUNCTION = {"Handler": "app.handler", "Runtime": "python3.12", "CodeUri": "s3://bucket/key.zip"}


@pytest.fixture
def transformed(cloud: RunningCloud, account: str) -> Callable[..., Any]:
    """`transformed({"F": {…}}, Globals=…)`: the template with these resources, after the transform."""

    def make(resources: dict[str, Any], parameters: dict[str, Any] | None = None, **more: Any) -> Any:
        async def run(running: Cloud) -> Any:
            span = new_span("cloudformation", "CreateChangeSet", "r", None, 0.0)
            ctx = running.dispatcher.open(span, root(account), account, "eu-west-1", INTERNAL)
            return await transform(ctx, {"Resources": resources, **more}, parameters or {})

        return cloud.run(run)

    return make


def types(template: dict[str, Any]) -> dict[str, str]:
    return {name: resource["Type"] for name, resource in template["Resources"].items()}


def function(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::Serverless::Function", "Properties": {**FUNCTION, **properties}}


def test_a_function_gets_a_role_and_what_globals_say(transformed: Any):
    made = transformed({"F": function()}, Globals={"Function": {"Timeout": 9, "MemorySize": 256}})
    assert types(made) == {"F": "AWS::Lambda::Function", "FRole": "AWS::IAM::Role"}
    properties = made["Resources"]["F"]["Properties"]
    assert (properties["Timeout"], properties["MemorySize"]) == (9, 256)
    assert properties["Code"] == {"S3Bucket": "bucket", "S3Key": "key.zip"}
    assert properties["Tags"] == [{"Key": "lambda:createdBy", "Value": "SAM"}]
    assert "Globals" not in made
    assert "Transform" not in made


def test_policies_are_found_by_name_and_made_of_policy_templates(transformed: Any):
    crud = {"DynamoDBCrudPolicy": {"TableName": {"Ref": "T"}}}
    own = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
    made = transformed({
        "F": function(Policies=["AmazonDynamoDBReadOnlyAccess", crud, own]),
        "T": {"Type": "AWS::Serverless::SimpleTable"},
    })  # fmt: skip
    role = made["Resources"]["FRole"]["Properties"]
    assert "arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess" in role["ManagedPolicyArns"]
    assert len(role["Policies"]) == 2
    assert types(made)["T"] == "AWS::DynamoDB::Table"


@pytest.mark.parametrize(
    ("event", "properties", "expected"),
    [
        ("Api", {"Path": "/x", "Method": "get"}, "AWS::ApiGateway::RestApi"),
        ("HttpApi", {}, "AWS::ApiGatewayV2::Api"),
        ("Schedule", {"Schedule": "rate(1 hour)"}, "AWS::Events::Rule"),
        ("ScheduleV2", {"ScheduleExpression": "rate(1 hour)"}, "AWS::Scheduler::Schedule"),
        ("EventBridgeRule", {"Pattern": {"source": ["x"]}}, "AWS::Events::Rule"),
        ("SQS", {"Queue": "arn:aws:sqs:eu-west-1:123456789012:q"}, "AWS::Lambda::EventSourceMapping"),
        ("SNS", {"Topic": "arn:aws:sns:eu-west-1:123456789012:t"}, "AWS::SNS::Subscription"),
        (
            "DynamoDB",
            {"Stream": "arn:aws:dynamodb:eu-west-1:123456789012:table/t/stream/x", "StartingPosition": "LATEST"},
            "AWS::Lambda::EventSourceMapping",
        ),
        ("CloudWatchLogs", {"LogGroupName": "g", "FilterPattern": ""}, "AWS::Logs::SubscriptionFilter"),
    ],
)
def test_events_become_resources(transformed: Any, event: str, properties: dict[str, Any], expected: str):
    made = transformed({"F": function(Events={"E": {"Type": event, "Properties": properties}})})
    assert expected in types(made).values()


def test_an_event_of_a_bucket_changes_the_bucket(transformed: Any):
    event = {"Type": "S3", "Properties": {"Bucket": {"Ref": "B"}, "Events": "s3:ObjectCreated:*"}}
    made = transformed({"F": function(Events={"E": event}), "B": {"Type": "AWS::S3::Bucket"}})
    bucket = made["Resources"]["B"]["Properties"]
    assert bucket["NotificationConfiguration"]["LambdaConfigurations"][0]["Event"] == "s3:ObjectCreated:*"


def test_connectors_become_policies(transformed: Any):
    connector = {"Destination": {"Id": "T"}, "Permissions": ["Read"]}
    table = {"Type": "AWS::Serverless::SimpleTable"}
    made = transformed({
        "F": {**function(), "Connectors": {"C": {"Properties": connector}}}, "T": table,
    })  # fmt: skip
    assert types(made)["FCPolicy"] == "AWS::IAM::ManagedPolicy"
    assert "Connectors" not in made["Resources"]["F"]


def test_an_alias_is_published_with_the_code(transformed: Any):
    made = types(transformed({"F": function(AutoPublishAlias="live")}))
    assert made["FAliaslive"] == "AWS::Lambda::Alias"
    assert "AWS::Lambda::Version" in made.values()


def test_values_of_parameters_decide(transformed: Any):
    parameters = {"Alias": {"Type": "String"}}
    made = transformed({"F": function(AutoPublishAlias={"Ref": "Alias"})}, {"Alias": "green"}, Parameters=parameters)
    assert "FAliasgreen" in made["Resources"]


def test_what_is_wrong_is_said_as_aws_says_it(transformed: Any):
    with pytest.raises(ValidationError) as caught:
        transformed({"F": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": 1}}})
    assert caught.value.message.startswith(
        "Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application Specification document. "
        "Number of errors found: 1. Resource with id [F] is invalid."
    )


def test_applications_of_the_repository_are_refused(transformed: Any):
    location = {"ApplicationId": "arn:aws:serverlessrepo:us-east-1:123456789012:applications/a", "SemanticVersion": "1"}
    with pytest.raises(ValidationError) as caught:
        transformed({"A": {"Type": "AWS::Serverless::Application", "Properties": {"Location": location}}})
    assert "Applications of the Serverless Application Repository are not implemented" in caught.value.message


def test_an_application_in_a_bucket_is_a_nested_stack(transformed: Any):
    properties = {"Location": "https://s3.amazonaws.com/bucket/template.yaml"}
    made = transformed({"A": {"Type": "AWS::Serverless::Application", "Properties": properties}})
    assert types(made)["A"] == "AWS::CloudFormation::Stack"
