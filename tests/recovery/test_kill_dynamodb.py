"""kill -9 under writers of items: what was acknowledged is there, transactions are whole, and the stream tells it all.

Writers in several processes put items, write transactions of three items and count up an item of their own, and note
each write only after its answer has come. A reader follows the stream with the iterator it had before the kill. At the
end the stream, replayed from nothing, gives exactly the table: every change is in it once, in order.
"""

from __future__ import annotations

import random
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.recovery.test_kill import KillableServer, advance

if TYPE_CHECKING:
    from pathlib import Path

WRITERS, KILLS = 3, 6
TABLE: dict[str, Any] = {
    "TableName": "items",
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
}

WRITER = """
import sys, boto3
from botocore.config import Config
endpoint, name = sys.argv[1:3]
config = Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=10)
keys = dict(region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
ddb = boto3.client("dynamodb", endpoint_url=endpoint, config=config, **keys)
number = 0

def item(key):
    return {"TableName": "items", "Item": {"pk": {"S": key}, "by": {"S": name}, "n": {"N": str(number)}}}

def write():
    if number % 3 == 0:
        ddb.put_item(**item(f"{name}-{number}"))
        return f"{name}-{number}"
    if number % 3 == 1:
        ddb.transact_write_items(TransactItems=[{"Put": item(f"{name}-{number}-{part}")} for part in "abc"])
        return f"{name}-{number}-"
    values = {":n": {"N": str(number)}}
    ddb.update_item(TableName="items", Key={"pk": {"S": name}}, UpdateExpression="SET n = :n ADD writes :n",
                    ExpressionAttributeValues=values)
    return f"{name}={number}"

print("ready", flush=True)
for line in sys.stdin:
    if line == "stop\\n":
        break
    for _ in range(int(line)):
        number += 1
        try:
            noted = write()
        except Exception:
            break
        print(noted, flush=True)
    print("pause", flush=True)
"""


@pytest.fixture
def server(tmp_path: Path):
    made = KillableServer(tmp_path / "data")
    made.start()
    yield made
    made.kill()


class Reader:
    """Follows a stream from its beginning, with one iterator that goes on where it was."""

    def __init__(self, streams: Any) -> None:
        [stream] = streams.list_streams()["Streams"]
        arn = stream["StreamArn"]
        [shard] = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        place = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        self._at = streams.get_shard_iterator(**place)["ShardIterator"]
        self.records: list[dict[str, Any]] = []

    def read_on(self, streams: Any) -> None:
        while True:
            answer = streams.get_records(ShardIterator=self._at)
            self._at = answer["NextShardIterator"]
            self.records += answer["Records"]
            if not answer["Records"]:
                return


def replayed(records: list[dict[str, Any]]) -> dict[str, Any]:
    """The table that a stream tells of; each record has to fit to what was there before it."""
    table: dict[str, Any] = {}
    for record in records:
        told = record["dynamodb"]
        key = told["Keys"]["pk"]["S"]
        assert told.get("OldImage") == table.get(key)
        assert record["eventName"] == ("MODIFY" if key in table else "INSERT")
        table[key] = told["NewImage"]
    numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in records]
    assert numbers == sorted(set(numbers))
    assert len({record["eventID"] for record in records}) == len(records)
    return table


def scanned(ddb: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    start: dict[str, Any] = {}
    while True:
        answer = ddb.scan(TableName="items", ConsistentRead=True, **start)
        found.update({item["pk"]["S"]: item for item in answer["Items"]})
        if "LastEvaluatedKey" not in answer:
            return found
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def under_kills(server: KillableServer, reader: Reader) -> list[str]:
    """What the writers noted while the server was killed under them, again and again."""
    seed = random.Random(20261121)
    command = [sys.executable, "-c", WRITER, server.endpoint]
    writers = [
        subprocess.Popen([*command, f"w{n}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for n in range(WRITERS)
    ]
    noted: list[str] = []
    try:
        for writer in writers:
            assert writer.stdout.readline() == "ready\n"
        for _ in range(KILLS):
            for writer in writers:
                writer.stdin.write("400\n")
                writer.stdin.flush()
            for _ in range(seed.randrange(5, 60)):  # the first writer's: a random instant for the others
                line = writers[0].stdout.readline().strip()
                assert line != "pause", "the writer ended before the kill"
                noted.append(line)
            server.kill()
            for writer in writers:
                while (line := writer.stdout.readline().strip()) != "pause":
                    noted.append(line)
            server.start()
            reader.read_on(server.client("dynamodbstreams"))
    finally:
        for writer in writers:
            writer.stdin.write("stop\n")
            writer.stdin.close()
            writer.wait(timeout=20)
            writer.stdout.close()
    return noted


def test_acknowledged_changes_survive_kill_9_and_are_in_the_stream_once_and_in_order(server: KillableServer):
    server.client("dynamodb").create_table(**TABLE)
    reader = Reader(server.client("dynamodbstreams"))
    noted = under_kills(server, reader)
    assert len(noted) > KILLS * 5
    table = scanned(server.client("dynamodb"))
    assert replayed(reader.records) == table
    written = {record["dynamodb"]["Keys"]["pk"]["S"] for record in reader.records}
    counts = {
        (record["dynamodb"]["NewImage"]["pk"]["S"], record["dynamodb"]["NewImage"]["n"]["N"])
        for record in reader.records
    }
    for note in noted:
        if "=" in note:
            name, _, number = note.partition("=")
            assert (name, number) in counts
        elif note.endswith("-"):
            assert {f"{note}{part}" for part in "abc"} <= written
        else:
            assert note in written
    # Transactions whose answer was cut off: the whole or nothing.
    parts: dict[str, int] = {}
    for key in written:
        if key[-1] in "abc":
            parts[key[:-1]] = parts.get(key[:-1], 0) + 1
    assert set(parts.values()) == {3}
    # A write whose answer was cut off may be there or not, but nothing else is.
    single = {key for key in written if key.count("-") == 1}
    assert len(single - set(noted)) + len(set(parts) - set(noted)) <= WRITERS * KILLS


def test_streams_age_and_roll_on_after_kill_9(server: KillableServer):
    ddb = server.client("dynamodb")
    ddb.create_table(**TABLE)
    ddb.put_item(TableName="items", Item={"pk": {"S": "old"}})
    advance(server, 5 * 3600)
    server.kill()
    server.start()
    ddb, streams = server.client("dynamodb"), server.client("dynamodbstreams")
    ddb.put_item(TableName="items", Item={"pk": {"S": "new"}})
    [stream] = streams.list_streams()["Streams"]
    first, second = shards(streams, stream["StreamArn"])
    assert second["ParentShardId"] == first["ShardId"]
    server.kill()
    server.start()
    advance(server, 24 * 3600 - 4 * 3600)  # the timer that takes away what is a day old was found in the tables
    streams = server.client("dynamodbstreams")
    assert keys_in(streams, stream["StreamArn"], first) == []
    assert keys_in(streams, stream["StreamArn"], second) == ["new"]


def shards(streams: Any, arn: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    return found


def keys_in(streams: Any, arn: str, shard: dict[str, Any]) -> list[str]:
    place = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
    at = streams.get_shard_iterator(**place)["ShardIterator"]
    return [record["dynamodb"]["Keys"]["pk"]["S"] for record in streams.get_records(ShardIterator=at)["Records"]]
