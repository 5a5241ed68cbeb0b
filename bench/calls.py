"""The everyday calls that are measured: how to prepare them, and how a boto3 client makes them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

if TYPE_CHECKING:
    from collections.abc import Callable

REGION = "us-east-1"
CREDENTIALS = Credentials("test", "test")


def client(service: str, url: str) -> Any:
    config = Config(retries={"total_max_attempts": 1}, tcp_keepalive=True)
    credentials = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return boto3.client(service, endpoint_url=url, region_name=REGION, config=config, **credentials)


@dataclass(frozen=True)
class Call:
    """`prepare(url, is_floor)` gives a function that makes the call once; the floor needs no preparation."""

    name: str
    prepare: Callable[[str, bool], Callable[[], Any]]


def _queue(url: str, is_floor: bool, name: str) -> tuple[Any, str]:
    sqs = client("sqs", url)
    queue_url = f"{url}/000000000000/{name}" if is_floor else sqs.create_queue(QueueName=name)["QueueUrl"]
    return sqs, queue_url


def _send(url: str, is_floor: bool) -> Callable[[], Any]:
    sqs, queue_url = _queue(url, is_floor, "bench-send")
    return lambda: sqs.send_message(QueueUrl=queue_url, MessageBody="x" * 100)


def _send_receive_delete(url: str, is_floor: bool) -> Callable[[], Any]:
    sqs, queue_url = _queue(url, is_floor, "bench-cycle")

    def cycle() -> None:
        sqs.send_message(QueueUrl=queue_url, MessageBody="x" * 100)
        found = sqs.receive_message(QueueUrl=queue_url).get("Messages") or [{"ReceiptHandle": "AQEB"}]
        sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=found[0]["ReceiptHandle"])

    return cycle


def _receive_empty(url: str, is_floor: bool) -> Callable[[], Any]:
    sqs, queue_url = _queue(url, is_floor, "bench-empty")
    return lambda: sqs.receive_message(QueueUrl=queue_url)


def _attributes(url: str, is_floor: bool) -> Callable[[], Any]:
    sqs, queue_url = _queue(url, is_floor, "bench-attributes")
    return lambda: sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["All"])


def _identity(url: str, is_floor: bool) -> Callable[[], Any]:
    sts = client("sts", url)
    return lambda: sts.get_caller_identity()  # noqa: PLW0108 - typed, unlike the client


def _table(url: str, is_floor: bool, name: str) -> Any:
    """A client of a table with a global index and a hundred items in one partition."""
    dynamodb = client("dynamodb", url)
    if not is_floor:
        make_table(dynamodb, name)
        for at in range(0, 100, 25):
            puts = [{"PutRequest": {"Item": item("p", at + i)}} for i in range(25)]
            dynamodb.batch_write_item(RequestItems={name: puts})
    return dynamodb


def make_table(dynamodb: Any, name: str, indexed: bool = True) -> None:
    attributes = {"pk": "S", "sk": "N", **({"owner": "S"} if indexed else {})}
    index = {
        "IndexName": "by-owner",
        "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": kind} for n, kind in attributes.items()],
        BillingMode="PAY_PER_REQUEST",
        **({"GlobalSecondaryIndexes": [index]} if indexed else {}),
    )


def item(partition: str, at: int) -> dict[str, Any]:
    """About 300 bytes in ten attributes."""
    texts = {f"text{i}": {"S": f"some text of item {at}"} for i in range(6)}
    return {"pk": {"S": partition}, "sk": {"N": str(at)}, "owner": {"S": f"o{at % 7}"}, "n": {"N": "1"}, **texts}


KEY = {"pk": {"S": "p"}, "sk": {"N": "7"}}
UPDATE = {
    "Key": KEY,
    "UpdateExpression": "SET #n = #n + :one",
    "ConditionExpression": "attribute_exists(pk)",
    "ExpressionAttributeNames": {"#n": "n"},
    "ExpressionAttributeValues": {":one": {"N": "1"}},
}
QUERY = {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "p"}}, "Limit": 10}


def _get_item(url: str, is_floor: bool) -> Callable[[], Any]:
    dynamodb = _table(url, is_floor, "bench-get")
    return lambda: dynamodb.get_item(TableName="bench-get", Key=KEY)


def _put_item(url: str, is_floor: bool) -> Callable[[], Any]:
    dynamodb = _table(url, is_floor, "bench-put")
    return lambda: dynamodb.put_item(TableName="bench-put", Item=item("p", 7))


def _query(url: str, is_floor: bool) -> Callable[[], Any]:
    dynamodb = _table(url, is_floor, "bench-query")
    return lambda: dynamodb.query(TableName="bench-query", **QUERY)


def _update_item(url: str, is_floor: bool) -> Callable[[], Any]:
    dynamodb = _table(url, is_floor, "bench-update")
    return lambda: dynamodb.update_item(TableName="bench-update", **UPDATE)


def _batch_write(url: str, is_floor: bool) -> Callable[[], Any]:
    dynamodb = _table(url, is_floor, "bench-batch")
    puts = [{"PutRequest": {"Item": item("p", at)}} for at in range(25)]
    return lambda: dynamodb.batch_write_item(RequestItems={"bench-batch": puts})


def _transact_write(url: str, is_floor: bool) -> Callable[[], Any]:
    dynamodb = _table(url, is_floor, "bench-transact")
    puts = [{"Put": {"TableName": "bench-transact", "Item": item("p", at)}} for at in range(4)]
    return lambda: dynamodb.transact_write_items(TransactItems=puts)


SMALL = b"x" * 1024


def _bucket(url: str, is_floor: bool, name: str) -> Any:
    s3 = client("s3", url)
    if not is_floor:
        s3.create_bucket(Bucket=name)
    return s3


def _put_object(url: str, is_floor: bool) -> Callable[[], Any]:
    s3 = _bucket(url, is_floor, "bench-put")
    return lambda: s3.put_object(Bucket="bench-put", Key="some/key", Body=SMALL)


def _get_object(url: str, is_floor: bool) -> Callable[[], Any]:
    s3 = _bucket(url, is_floor, "bench-get")
    s3.put_object(Bucket="bench-get", Key="some/key", Body=SMALL)

    def get() -> None:
        s3.get_object(Bucket="bench-get", Key="some/key")["Body"].read()

    return get


def _list_objects(url: str, is_floor: bool) -> Callable[[], Any]:
    """A thousand keys; the floor gives as many."""
    s3 = _bucket(url, is_floor, "bench-list")
    for at in range(0 if is_floor else 1000):
        s3.put_object(Bucket="bench-list", Key=f"p{at // 10:03}/{at % 10}", Body=b"x")
    return lambda: s3.list_objects_v2(Bucket="bench-list", MaxKeys=1000)


def _list_prefix(url: str, is_floor: bool) -> Callable[[], Any]:
    """Ten keys among a thousand; how that grows with the bucket is in `objects.py`."""
    s3 = _bucket(url, is_floor, "bench-prefix")
    for at in range(0 if is_floor else 1000):
        s3.put_object(Bucket="bench-prefix", Key=f"p{at // 10:03}/{at % 10}", Body=b"x")
    return lambda: s3.list_objects_v2(Bucket="bench-prefix", Prefix="p050/", MaxKeys=10)


def _publish_receive(url: str, is_floor: bool) -> Callable[[], Any]:
    """A message published to a topic, received from the queue behind it."""
    sqs, queue_url = _queue(url, is_floor, "bench-fan")
    sns, topic = client("sns", url), "arn:aws:sns:us-east-1:000000000000:bench"
    if not is_floor:
        arn = "arn:aws:sqs:us-east-1:000000000000:bench-fan"
        statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
        policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
        sqs.set_queue_attributes(QueueUrl=queue_url, Attributes={"Policy": policy})
        sns.create_topic(Name="bench")
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    def cycle() -> None:
        sns.publish(TopicArn=topic, Message="x" * 100)
        found = sqs.receive_message(QueueUrl=queue_url, WaitTimeSeconds=5).get("Messages")
        sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=found[0]["ReceiptHandle"] if found else "AQEB")

    return cycle


def _secret(url: str, is_floor: bool) -> Callable[[], Any]:
    secrets = client("secretsmanager", url)
    if not is_floor:
        secrets.create_secret(Name="bench", SecretString="x" * 100)
    return lambda: secrets.get_secret_value(SecretId="bench")


def _parameter(url: str, is_floor: bool) -> Callable[[], Any]:
    ssm = client("ssm", url)
    if not is_floor:
        ssm.put_parameter(Name="/bench/p", Value="x" * 100, Type="String")
    return lambda: ssm.get_parameter(Name="/bench/p")


def _metric(url: str, is_floor: bool) -> Callable[[], Any]:
    cloudwatch = client("cloudwatch", url)
    data = [{"MetricName": "m", "Value": 1.0, "Dimensions": [{"Name": "d", "Value": "v"}]}]
    return lambda: cloudwatch.put_metric_data(Namespace="bench", MetricData=data)


CALLS = (
    Call("dynamodb GetItem", _get_item),
    Call("dynamodb PutItem, one index", _put_item),
    Call("dynamodb Query (10)", _query),
    Call("dynamodb UpdateItem, condition", _update_item),
    Call("dynamodb BatchWriteItem (25)", _batch_write),
    Call("dynamodb TransactWriteItems (4)", _transact_write),
    Call("cloudwatch PutMetricData", _metric),
    Call("s3 PutObject 1 KiB", _put_object),
    Call("s3 GetObject 1 KiB", _get_object),
    Call("s3 ListObjectsV2 (1,000)", _list_objects),
    Call("s3 ListObjectsV2, prefix of 10", _list_prefix),
    Call("secretsmanager GetSecretValue", _secret),
    Call("sns Publish, sqs receive + delete", _publish_receive),
    Call("sqs SendMessage", _send),
    Call("sqs ReceiveMessage (empty)", _receive_empty),
    Call("sqs send + receive + delete", _send_receive_delete),
    Call("sqs GetQueueAttributes", _attributes),
    Call("ssm GetParameter", _parameter),
    Call("sts GetCallerIdentity", _identity),
)


def signed(url: str, service: str, headers: dict[str, str], body: bytes) -> bytes:
    """A signed POST as bytes on the wire, good for fifteen minutes."""
    request = AWSRequest("POST", url + "/", headers=headers, data=body)
    SigV4Auth(CREDENTIALS, service, REGION).add_auth(request)
    host = url.partition("://")[2]
    lines = [f"POST / HTTP/1.1\r\nHost: {host}\r\n"]
    lines += [f"{name}: {value}\r\n" for name, value in request.headers.items() if name.lower() != "host"]
    lines.append(f"Content-Length: {len(body)}\r\n\r\n")
    return "".join(lines).encode() + body
