"""Who may read a stream: policies name the stream, and a stream may have a policy of its own for other accounts."""

import json
from contextlib import contextmanager

import pytest
from botocore.exceptions import ClientError

from tests.services.dynamodb.stream_calls import iterator, keys_of, make_table, put, read, refused, shards

READS = ["dynamodb:DescribeStream", "dynamodb:GetShardIterator", "dynamodb:GetRecords"]


@pytest.fixture
def streams(aws):
    return aws.client("dynamodbstreams")


@pytest.fixture
def reader(cloud, aws):
    """`reader(statement)` is a stream client of a new user who may do just that."""

    def make(*statements):
        iam = aws.client("iam")
        iam.create_user(UserName="ann")
        if statements:
            document = {"Version": "2012-10-17", "Statement": list(statements)}
            iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=json.dumps(document))
        key = iam.create_access_key(UserName="ann")["AccessKey"]
        return cloud.session_with(key["AccessKeyId"], key["SecretAccessKey"]).client("dynamodbstreams")

    return make


def allow(actions, resource):
    return {"Effect": "Allow", "Action": actions, "Resource": resource}


@contextmanager
def denied(account, action, resource):
    message = (
        f"User: arn:aws:iam::{account}:user/ann is not authorized to perform: {action} on resource: {resource} "
        f"because no identity-based policy allows the {action} action"
    )
    with refused("AccessDeniedException", message):
        yield


def test_who_may_nothing_is_refused_everything(account, ddb, streams, reader):
    arn = make_table(ddb)
    at, shard = iterator(streams, arn), shards(streams, arn)[0]["ShardId"]
    ann = reader()
    with denied(account, "dynamodb:ListStreams", f"arn:aws:dynamodb:us-east-1:{account}:table/*/stream/*"):
        ann.list_streams()
    with denied(account, "dynamodb:ListStreams", f"arn:aws:dynamodb:us-east-1:{account}:table/table/stream/*"):
        ann.list_streams(TableName="table")
    with denied(account, "dynamodb:DescribeStream", arn):
        ann.describe_stream(StreamArn=arn)
    with denied(account, "dynamodb:GetShardIterator", arn):
        iterator(ann, arn, shard=shard)
    with denied(account, "dynamodb:GetRecords", arn):
        read(ann, at)


def test_who_may_read_one_stream_reads_no_other(account, ddb, streams, reader):
    arn, other = make_table(ddb), make_table(ddb, name="other")
    put(ddb, "k")
    ann = reader(allow(READS, arn))
    assert keys_of(read(ann, iterator(ann, arn))) == ["k"]
    with denied(account, "dynamodb:GetRecords", other):
        read(ann, iterator(streams, other))


def test_a_policy_may_name_all_streams_of_a_table(account, ddb, reader):
    arn, other = make_table(ddb), make_table(ddb, name="other")
    ann = reader(allow([*READS, "dynamodb:ListStreams"], f"arn:aws:dynamodb:*:{account}:table/table/stream/*"))
    assert [stream["StreamArn"] for stream in ann.list_streams(TableName="table")["Streams"]] == [arn]
    assert shards(ann, arn)
    with denied(account, "dynamodb:DescribeStream", other):
        shards(ann, other)


def test_reading_the_table_is_not_reading_its_stream(account, ddb, reader):
    arn = make_table(ddb)
    ann = reader(allow("dynamodb:*", f"arn:aws:dynamodb:us-east-1:{account}:table/table"))
    with denied(account, "dynamodb:DescribeStream", arn):
        shards(ann, arn)


def test_a_policy_of_the_stream_lets_another_account_read(cloud, ddb):
    arn = make_table(ddb)
    put(ddb, "k")
    other = cloud.new_account()
    foreign = cloud.session(other).client("dynamodbstreams")
    with pytest.raises(ClientError) as caught:
        shards(foreign, arn)
    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"
    statement = {**allow(READS, arn), "Principal": {"AWS": f"arn:aws:iam::{other}:root"}}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    ddb.put_resource_policy(ResourceArn=arn, Policy=json.dumps(document))
    assert keys_of(read(foreign, iterator(foreign, arn))) == ["k"]


def test_a_forged_iterator_does_not_lead_into_another_stream(account, ddb, streams, reader):
    """The ARN in an iterator is what IAM is asked about, so the rest of it has to be of the same stream."""
    arn, other = make_table(ddb), make_table(ddb, name="other")
    put(ddb, "secret", name="other")
    ann = reader(allow(READS, arn))
    with refused("ResourceNotFoundException", "Requested resource not found: Shard does not exist"):
        read(ann, iterator(streams, other).replace(other, arn))
