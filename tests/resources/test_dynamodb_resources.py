"""DynamoDB's resource types: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_DynamoDB.html"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloudchamber.config import Config
from cloudchamber.core.errors import AwsError
from cloudchamber.testing.cloud import RunningCloud
from tests.resources.stack_calls import Stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudchamber.testing.cloud import CloudClock

KEYS: dict[str, Any] = {
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
}
ON_DEMAND: dict[str, Any] = {**KEYS, "BillingMode": "PAY_PER_REQUEST"}


def index(name: str, key: str, **more: Any) -> dict[str, Any]:
    schema = [{"AttributeName": key, "KeyType": "HASH"}]
    return {"IndexName": name, "KeySchema": schema, "Projection": {"ProjectionType": "ALL"}, **more}


def defined(*names: str) -> dict[str, Any]:
    return {"AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in names]}


@pytest.fixture
def dynamodb(client: Any) -> Any:
    return client("dynamodb")


def test_a_table_with_everything(stack: Stack, dynamodb: Any):
    table = stack.create(
        "AWS::DynamoDB::Table", **{**KEYS, **defined("pk", "a")},
        ProvisionedThroughput={"ReadCapacityUnits": "5", "WriteCapacityUnits": "3"},
        GlobalSecondaryIndexes=[
            index("by-a", "a", ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1})
        ],
        StreamSpecification={"StreamViewType": "NEW_IMAGE"},
        TimeToLiveSpecification={"AttributeName": "t", "Enabled": True},
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": "true"}, DeletionProtectionEnabled=False,
        SSESpecification={"SSEEnabled": True}, TableClass="STANDARD_INFREQUENT_ACCESS",
        ContributorInsightsSpecification={"Enabled": True}, Tags=[{"Key": "a", "Value": "b"}],
    )  # fmt: skip
    found = dynamodb.describe_table(TableName=table.ref)["Table"]
    assert table.made.attributes == {"Arn": found["TableArn"], "StreamArn": found["LatestStreamArn"]}
    assert found["ProvisionedThroughput"]["ReadCapacityUnits"] == 5
    assert found["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    assert found["SSEDescription"]["SSEType"] == "KMS"
    ttl = dynamodb.describe_time_to_live(TableName=table.ref)["TimeToLiveDescription"]
    assert (ttl["AttributeName"], ttl["TimeToLiveStatus"]) == ("t", "ENABLED")
    backups = dynamodb.describe_continuous_backups(TableName=table.ref)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    insights = dynamodb.describe_contributor_insights(TableName=table.ref)
    assert insights["ContributorInsightsStatus"] in ("ENABLING", "ENABLED")
    shown = table.read()
    assert shown["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert shown["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"] == {
        "ReadCapacityUnits": 1, "WriteCapacityUnits": 1,
    }  # fmt: skip
    assert shown["Tags"] == [{"Key": "a", "Value": "b"}]


def test_a_table_changes_step_by_step(stack: Stack, dynamodb: Any, frozen_clock: CloudClock):
    table = stack.create(
        "AWS::DynamoDB::Table", **ON_DEMAND, StreamSpecification={"StreamViewType": "KEYS_ONLY"},
        TimeToLiveSpecification={"AttributeName": "t", "Enabled": True},
    )  # fmt: skip
    before = table.att("StreamArn")
    frozen_clock.advance(3601)  # the time to live changes once an hour
    table.update(
        **{**ON_DEMAND, **defined("pk", "a")}, GlobalSecondaryIndexes=[index("by-a", "a")],
        StreamSpecification={"StreamViewType": "NEW_AND_OLD_IMAGES"}, DeletionProtectionEnabled=True,
    )  # fmt: skip
    found = dynamodb.describe_table(TableName=table.ref)["Table"]
    assert [one["IndexName"] for one in found["GlobalSecondaryIndexes"]] == ["by-a"]
    assert table.att("StreamArn") == found["LatestStreamArn"] != before
    assert found["DeletionProtectionEnabled"] is True
    ttl = dynamodb.describe_time_to_live(TableName=table.ref)["TimeToLiveDescription"]
    assert ttl["TimeToLiveStatus"] in ("DISABLING", "DISABLED")
    with pytest.raises(AwsError):
        table.delete()
    throughput = {"ReadCapacityUnits": 2, "WriteCapacityUnits": 2}
    table.update(**KEYS, ProvisionedThroughput=throughput)
    found = dynamodb.describe_table(TableName=table.ref)["Table"]
    assert "GlobalSecondaryIndexes" not in found
    assert found["ProvisionedThroughput"]["WriteCapacityUnits"] == 2
    assert "StreamArn" not in table.made.attributes
    table.delete()
    assert stack.find(table) is None
    table.delete()


def test_one_index_is_made_or_deleted_in_an_update(stack: Stack):
    table = stack.create("AWS::DynamoDB::Table", **ON_DEMAND)
    with pytest.raises(AwsError) as caught:
        table.update(
            **{**ON_DEMAND, **defined("pk", "a", "b")}, GlobalSecondaryIndexes=[index("a", "a"), index("b", "b")]
        )
    assert caught.value.message == "Cannot perform more than one GSI creation or deletion in a single update"


def test_a_table_reads_as_its_template(stack: Stack):
    wanted = {
        **ON_DEMAND, **defined("pk", "a"), "GlobalSecondaryIndexes": [index("by-a", "a")],
        "StreamSpecification": {"StreamViewType": "NEW_IMAGE"}, "TableName": "table",
    }  # fmt: skip
    found = stack.create("AWS::DynamoDB::Table", **wanted).read()
    assert {name: found[name] for name in wanted} == wanted


def test_a_table_that_cannot_be_finished_leaves_nothing(stack: Stack, dynamodb: Any):
    with pytest.raises(AwsError):
        stack.create("AWS::DynamoDB::Table", **ON_DEMAND, ResourcePolicy={"PolicyDocument": {"Version": "x"}})
    assert dynamodb.list_tables()["TableNames"] == []


def test_imports_are_refused(stack: Stack):
    source = {"InputFormat": "CSV", "S3BucketSource": {"S3Bucket": "b"}}
    with pytest.raises(AwsError) as caught:
        stack.create("AWS::DynamoDB::Table", **ON_DEMAND, ImportSourceSpecification=source)
    assert "the property ImportSourceSpecification is not implemented" in caught.value.message


def test_a_global_table_has_replicas(stack: Stack, client: Any):
    replicas = [
        {"Region": "us-east-1", "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}},
        {"Region": "eu-west-1", "DeletionProtectionEnabled": True, "Tags": [{"Key": "far", "Value": "1"}]},
    ]
    wanted = {**ON_DEMAND, "TableName": "wide", "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"}}
    table = stack.create("AWS::DynamoDB::GlobalTable", **wanted, Replicas=replicas)
    assert set(table.made.attributes) == {"Arn", "StreamArn", "TableId"}
    far = client("dynamodb", "eu-west-1").describe_table(TableName="wide")["Table"]
    assert far["DeletionProtectionEnabled"] is True
    tags = client("dynamodb", "eu-west-1").list_tags_of_resource(ResourceArn=far["TableArn"])["Tags"]
    assert tags == [{"Key": "far", "Value": "1"}]
    third = {"Region": "ap-south-1"}
    table.update(**wanted, Replicas=[replicas[0], {**replicas[1], "DeletionProtectionEnabled": False}])
    table.update(**wanted, Replicas=[replicas[0], third])
    here = client("dynamodb").describe_table(TableName="wide")["Table"]
    assert [replica["RegionName"] for replica in here["Replicas"]] == ["ap-south-1"]
    assert table.read()["Replicas"] == [replicas[0], third]
    table.delete()
    assert client("dynamodb", "ap-south-1").list_tables()["TableNames"] == []
    assert client("dynamodb").list_tables()["TableNames"] == []


@pytest.fixture(scope="module")
def slow_cloud() -> Iterator[RunningCloud]:
    """A cloud in which tables take their time."""
    running = RunningCloud(Config(port=0, settings={"dynamodb.transition_seconds": 0.05})).start()
    yield running
    running.stop()


def test_a_table_is_made_when_it_is_active_and_deleted_when_it_is_gone(slow_cloud: RunningCloud):
    stack = Stack(slow_cloud, slow_cloud.new_account())
    table = stack.create("AWS::DynamoDB::Table", **ON_DEMAND)
    client = slow_cloud.session(stack.account).client("dynamodb")
    assert client.describe_table(TableName=table.ref)["Table"]["TableStatus"] == "ACTIVE"
    table.delete()
    assert client.list_tables()["TableNames"] == []
