"""A chain: S3 → function → DynamoDB → stream → function → SQS → function, each with a role of its own."""

from __future__ import annotations

import json

import pytest

from tests.services.lambda_.lambda_calls import allow, invoked, made_role, package

STORES = """
import boto3, urllib.parse
def handler(event, context):
    key = urllib.parse.unquote_plus(event["Records"][0]["s3"]["object"]["key"])
    boto3.client("dynamodb").put_item(TableName="things", Item={"k": {"S": key}})
"""
SENDS = """
import boto3, os
def handler(event, context):
    for record in event["Records"]:
        boto3.client("sqs").send_message(QueueUrl=os.environ["TO"], MessageBody=record["dynamodb"]["Keys"]["k"]["S"])
"""


@pytest.fixture
def chain(aws, client, iam, account):
    """The systems with all permissions; clients and the address of the last queue."""
    sqs, s3, dynamodb = aws.client("sqs"), aws.client("s3"), aws.client("dynamodb")
    urls = {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("middle", "end")}
    table = dynamodb.create_table(
        TableName="things", KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )["TableDescription"]  # fmt: skip
    reads = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams")
    takes = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:SendMessage")
    for name, source, to, actions in (
        ("first", STORES, "", ("dynamodb:PutItem",)),
        ("second", SENDS, urls["middle"], (*reads, "sqs:SendMessage")),
        ("third", SENDS.replace('record["dynamodb"]["Keys"]["k"]["S"]', 'record["body"]'), urls["end"], takes),
    ):
        client.create_function(
            FunctionName=name, Runtime="python3.11", Handler="index.handler", Code={"ZipFile": package(source)},
            Role=made_role(iam, name, *actions), Timeout=20, Environment={"Variables": {"TO": to}},
        )  # fmt: skip
    bucket = f"uploads-{account}"
    s3.create_bucket(Bucket=bucket)
    client.add_permission(
        FunctionName="first", StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com",
        SourceArn=f"arn:aws:s3:::{bucket}", SourceAccount=account,
    )  # fmt: skip
    first = f"arn:aws:lambda:us-east-1:{account}:function:first"
    s3.put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration={
            "LambdaFunctionConfigurations": [{"LambdaFunctionArn": first, "Events": ["s3:ObjectCreated:*"]}]
        },
    )
    client.create_event_source_mapping(
        FunctionName="second", EventSourceArn=table["LatestStreamArn"], StartingPosition="TRIM_HORIZON",
    )  # fmt: skip
    middle = f"arn:aws:sqs:us-east-1:{account}:middle"
    client.create_event_source_mapping(FunctionName="third", EventSourceArn=middle)
    return s3, sqs, urls["end"], bucket


def test_an_upload_goes_through_all_of_them(chain):
    s3, sqs, end, bucket = chain
    s3.put_object(Bucket=bucket, Key="a b.txt", Body=b"x")
    [message] = sqs.receive_message(QueueUrl=end, WaitTimeSeconds=10)["Messages"]
    assert message["Body"] == "a b.txt"


def test_a_permission_that_is_missing_breaks_just_its_hop(chain, iam, aws):
    s3, sqs, end, bucket = chain
    iam.put_role_policy(RoleName="first", PolicyName="p", PolicyDocument=allow("dynamodb:GetItem"))
    s3.put_object(Bucket=bucket, Key="lost", Body=b"x")
    assert "Messages" not in sqs.receive_message(QueueUrl=end, WaitTimeSeconds=1)
    assert aws.client("dynamodb").scan(TableName="things")["Items"] == []
    iam.put_role_policy(RoleName="first", PolicyName="p", PolicyDocument=allow("dynamodb:PutItem"))
    s3.put_object(Bucket=bucket, Key="kept", Body=json.dumps({}).encode())
    [message] = sqs.receive_message(QueueUrl=end, WaitTimeSeconds=10)["Messages"]
    assert message["Body"] == "kept"


def test_the_trace_goes_on_through_a_function(cloud, client, iam, sqs):
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    source = """
import boto3
def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=event, MessageBody="x")
"""
    client.create_function(
        FunctionName="traced", Runtime="python3.11", Handler="index.handler", Code={"ZipFile": package(source)},
        Role=made_role(iam, "r", "sqs:SendMessage"), Timeout=20,
    )  # fmt: skip
    request_id = invoked(client, "traced", url)["ResponseMetadata"]["RequestId"]
    [outer] = cloud.spans(request_id=request_id)
    [inner] = cloud.spans(trace_id=outer.trace_id, operation="SendMessage")
    assert inner.parent_id == outer.span_id
    assert inner.principal.endswith(":assumed-role/r/traced")
