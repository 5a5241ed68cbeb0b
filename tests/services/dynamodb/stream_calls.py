"""The vocabulary of the stream tests: tables with streams, and readers that walk shards as consumers do."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cloudchamber.identity.principals import Principal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudchamber.cloud import Cloud
    from cloudchamber.testing import RunningCloud

DAY = 24 * 3600
HOUR = 3600
# By when, in seconds, what is a day old is gone: trimming comes at most once a minute.
TRIMMED = DAY + 61
KEYS_OF_KINDS = {"pk": "S", "sk": "N"}


@contextmanager
def refused(code: str, message: str | None, status: int = 400) -> Iterator[None]:
    """The call inside fails with exactly this code, message and HTTP status."""
    with pytest.raises(ClientError) as caught:
        yield
    answer = caught.value.response
    assert (answer["Error"]["Code"], answer["Error"].get("Message")) == (code, message)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status


def specification(view: str | None) -> dict[str, Any]:
    return {"StreamEnabled": False} if view is None else {"StreamEnabled": True, "StreamViewType": view}


def make_table(ddb: Any, view: str | None = "NEW_AND_OLD_IMAGES", name: str = "table", sort: str | None = None) -> str:
    """A table with `pk` and perhaps a sort key, and a stream; the stream's ARN."""
    keys = [("pk", "HASH"), *([(sort, "RANGE")] if sort else [])]
    description: dict[str, Any] = ddb.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": KEYS_OF_KINDS[key]} for key, _ in keys],
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification=specification(view),
    )["TableDescription"]
    return str(description.get("LatestStreamArn"))


def set_stream(ddb: Any, view: str | None, name: str = "table") -> str:
    """Switch a table's stream on or off; the ARN of its latest one."""
    answer = ddb.update_table(TableName=name, StreamSpecification=specification(view))
    return str(answer["TableDescription"]["LatestStreamArn"])


def put(ddb: Any, pk: str, name: str = "table", **attributes: str) -> None:
    item = {"pk": {"S": pk}, **{key: {"S": value} for key, value in attributes.items()}}
    ddb.put_item(TableName=name, Item=item)


def shards(streams: Any, arn: str, **options: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = streams.describe_stream(StreamArn=arn, **options)["StreamDescription"]["Shards"]
    return found


def iterator(streams: Any, arn: str, kind: str = "TRIM_HORIZON", shard: str | None = None, **options: Any) -> str:
    """An iterator for a shard, the newest one unless it is named."""
    shard_id = shard or shards(streams, arn)[-1]["ShardId"]
    answer = streams.get_shard_iterator(StreamArn=arn, ShardId=shard_id, ShardIteratorType=kind, **options)
    return str(answer["ShardIterator"])


def read(streams: Any, at: str, **options: Any) -> list[dict[str, Any]]:
    """One page of records."""
    found: list[dict[str, Any]] = streams.get_records(ShardIterator=at, **options)["Records"]
    return found


def records(streams: Any, arn: str) -> list[dict[str, Any]]:
    """Every record of a stream, read shard by shard, parents first."""
    found: list[dict[str, Any]] = []
    for shard in shards(streams, arn):
        at: str | None = iterator(streams, arn, shard=shard["ShardId"])
        while at is not None:
            answer = streams.get_records(ShardIterator=at)
            found += answer["Records"]
            at = answer.get("NextShardIterator") if answer["Records"] else None
    return found


def keys_of(found: list[dict[str, Any]]) -> list[str]:
    return [record["dynamodb"]["Keys"]["pk"]["S"] for record in found]


def numbers_of(found: list[dict[str, Any]]) -> list[int]:
    return [int(record["dynamodb"]["SequenceNumber"]) for record in found]


def call(cloud: RunningCloud, account: str, operation: str, **request: Any) -> Any:
    """A call from inside, by the account's root, as another service would make it."""
    arn = f"arn:aws:iam::{account}:root"
    root = Principal("root", account, arn, account, arn, "root")

    async def enter(running: Cloud) -> Any:
        return await running.dispatcher.enter(root, account, "us-east-1", operation, request)

    return cloud.run(enter)
