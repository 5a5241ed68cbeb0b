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


def bodies(sqs, url) -> list[str]:
    found = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [message["Body"] for message in messages]
    return found


def taken_away(iam, role: str, action: str) -> None:
    """A role that may do all it could, but not this."""
    deny = {"Effect": "Deny", "Action": action, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": deny})
    iam.put_role_policy(RoleName=role, PolicyName="deny", PolicyDocument=document)


def test_a_function_without_its_permission_is_retried_and_its_event_buried(chain, client, iam, aws, clock):
    s3, sqs, end, bucket = chain
    graves = sqs.create_queue(QueueName="graves")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=graves, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    iam.put_role_policy(RoleName="first", PolicyName="dlq", PolicyDocument=allow("sqs:SendMessage"))
    client.update_function_configuration(FunctionName="first", DeadLetterConfig={"TargetArn": arn})
    taken_away(iam, "first", "dynamodb:PutItem")
    s3.put_object(Bucket=bucket, Key="lost", Body=b"x")
    clock.settle()
    assert bodies(sqs, graves) == []  # two more attempts, after a minute and two
    clock.advance(200)
    [grave] = bodies(sqs, graves)
    assert json.loads(grave)["Records"][0]["s3"]["object"]["key"] == "lost"
    assert aws.client("dynamodb").scan(TableName="things")["Items"] == []
    assert bodies(sqs, end) == []


# role, what it may no more, and what is left undone before it
HOPS = [
    ("second", "dynamodb:GetRecords"),
    ("second", "sqs:SendMessage"),
    ("third", "sqs:ReceiveMessage"),
    ("third", "sqs:SendMessage"),
]


@pytest.mark.parametrize("hop", HOPS)
def test_a_missing_permission_holds_up_just_its_hop(chain, iam, aws, clock, hop):
    role, action = hop
    s3, sqs, end, bucket = chain
    taken_away(iam, role, action)
    s3.put_object(Bucket=bucket, Key="waits", Body=b"x")
    clock.settle()
    assert aws.client("dynamodb").scan(TableName="things")["Count"] == 1  # the hop before is as it was
    middle = sqs.get_queue_attributes(
        QueueUrl=end.replace("/end", "/middle"), AttributeNames=["ApproximateNumberOfMessages",
                                                                 "ApproximateNumberOfMessagesNotVisible"],
    )["Attributes"]  # fmt: skip
    assert sum(map(int, middle.values())) == (1 if role == "third" else 0)
    assert bodies(sqs, end) == []
    iam.delete_role_policy(RoleName=role, PolicyName="deny")
    clock.advance(400)  # the stream is tried again, the message comes back
    assert bodies(sqs, end) == ["waits"]


def test_without_the_functions_leave_s3_does_not_get_in(chain, client, aws, clock):
    s3, sqs, end, bucket = chain
    client.remove_permission(FunctionName="first", StatementId="s3")
    s3.put_object(Bucket=bucket, Key="lost", Body=b"x")
    clock.advance(10)
    assert aws.client("dynamodb").scan(TableName="things")["Items"] == []
    assert bodies(sqs, end) == []


def test_one_trace_crosses_them_all(cloud, chain, clock):
    s3, _, _, bucket = chain
    request_id = s3.put_object(Bucket=bucket, Key="a", Body=b"x")["ResponseMetadata"]["RequestId"]
    clock.settle()
    [upload] = cloud.spans(request_id=request_id)
    spans = [span for span in cloud.spans(trace_id=upload.trace_id) if span.operation != "AssumeRole"]
    seen = [(span.service, span.operation, span.principal.rpartition("/")[2]) for span in reversed(spans)]
    wanted = [
        ("s3", "PutObject"), ("lambda", "run_event"), ("dynamodb", "PutItem"), ("lambda", "run_batch"),
        ("sqs", "SendMessage"), ("lambda", "run_batch"), ("sqs", "SendMessage"),
    ]  # fmt: skip
    assert {(service, name) for service, name, _ in seen} >= set(wanted)
    assert [name for _, name, who in seen if who in ("first", "second", "third")][:1] == ["PutItem"]
    assert sum(name == "run_batch" for _, name, _ in seen) == 2


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
