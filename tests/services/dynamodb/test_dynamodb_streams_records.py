"""What is written to a stream: a record for each change, in order, with the images its view type asks for."""

import pytest

from cloudchamber.services.dynamodb.streams_store import StreamStore
from tests.services.dynamodb.stream_calls import (
    HOUR,
    TRIMMED,
    call,
    iterator,
    keys_of,
    make_table,
    numbers_of,
    put,
    records,
    refused,
    set_stream,
    shards,
)

OLD = {"pk": {"S": "k"}, "a": {"S": "old"}}
NEW = {"pk": {"S": "k"}, "a": {"S": "newer"}, "b": {"M": {"deep": {"L": [{"BOOL": True}, {"NULL": True}]}}}}


@pytest.fixture
def streams(aws):
    return aws.client("dynamodbstreams")


def changed(ddb):
    """An item is made, changed and deleted."""
    ddb.put_item(TableName="table", Item=OLD)
    ddb.put_item(TableName="table", Item=NEW)
    ddb.delete_item(TableName="table", Key={"pk": {"S": "k"}})


@pytest.mark.parametrize(
    ("view", "news", "olds"),
    [
        ("KEYS_ONLY", [None, None, None], [None, None, None]),
        ("NEW_IMAGE", [OLD, NEW, None], [None, None, None]),
        ("OLD_IMAGE", [None, None, None], [None, OLD, NEW]),
        ("NEW_AND_OLD_IMAGES", [OLD, NEW, None], [None, OLD, NEW]),
    ],
)
def test_a_record_has_the_images_of_its_view_type(ddb, streams, view, news, olds):
    arn = make_table(ddb, view)
    changed(ddb)
    found = records(streams, arn)
    assert [record["eventName"] for record in found] == ["INSERT", "MODIFY", "REMOVE"]
    told = [record["dynamodb"] for record in found]
    assert [one.get("NewImage") for one in told] == news
    assert [one.get("OldImage") for one in told] == olds
    assert {one["StreamViewType"] for one in told} == {view}
    assert [one["Keys"] for one in told] == [{"pk": {"S": "k"}}] * 3


def test_a_record_says_all_that_aws_says(ddb, streams, frozen_clock):
    arn = make_table(ddb)
    put(ddb, "k")
    [record] = records(streams, arn)
    assert record.keys() == {"eventID", "eventName", "eventVersion", "eventSource", "awsRegion", "dynamodb"}
    assert len(bytes.fromhex(record["eventID"])) == 16
    assert (record["eventVersion"], record["eventSource"]) == ("1.1", "aws:dynamodb")
    assert record["awsRegion"] == "us-east-1"
    told = record["dynamodb"]
    assert told.keys() == {
        "ApproximateCreationDateTime", "Keys", "NewImage", "SequenceNumber", "SizeBytes", "StreamViewType",
    }  # fmt: skip
    assert told["ApproximateCreationDateTime"].timestamp() == int(frozen_clock.now())
    assert 21 <= len(told["SequenceNumber"]) <= 40
    assert told["SequenceNumber"].isdigit()


def test_the_size_is_that_of_keys_and_images(ddb, streams):
    """The figures of the events in the Lambda developer guide, whose table has a key `Id` of 101."""
    ddb_table = {
        "TableName": "table",
        "AttributeDefinitions": [{"AttributeName": "Id", "AttributeType": "N"}],
        "KeySchema": [{"AttributeName": "Id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    }
    arn = ddb.create_table(**ddb_table)["TableDescription"]["LatestStreamArn"]
    for message in ("New item!", "This item has changed"):
        ddb.put_item(TableName="table", Item={"Id": {"N": "101"}, "Message": {"S": message}})
    ddb.delete_item(TableName="table", Key={"Id": {"N": "101"}})
    assert [record["dynamodb"]["SizeBytes"] for record in records(streams, arn)] == [26, 59, 38]


def test_records_come_in_the_order_of_the_changes_with_growing_numbers(ddb, streams):
    arn = make_table(ddb)
    for n in range(30):
        put(ddb, f"k{n % 3}", value=str(n))
    found = records(streams, arn)
    assert [record["dynamodb"]["NewImage"]["value"]["S"] for record in found] == [str(n) for n in range(30)]
    assert numbers_of(found) == sorted(set(numbers_of(found)))
    assert len({record["eventID"] for record in found}) == 30


def test_a_write_that_changes_nothing_leaves_no_record(ddb, streams):
    arn = make_table(ddb)
    item = {"pk": {"S": "k"}, "set": {"SS": ["a", "b"]}}
    ddb.put_item(TableName="table", Item=item)
    ddb.put_item(TableName="table", Item={**item, "set": {"SS": ["b", "a"]}})
    ddb.delete_item(TableName="table", Key={"pk": {"S": "never there"}})
    ddb.update_item(TableName="table", Key={"pk": {"S": "k"}})
    assert [record["eventName"] for record in records(streams, arn)] == ["INSERT"]


def test_a_refused_write_leaves_no_record(ddb, streams):
    arn = make_table(ddb)
    put(ddb, "k")
    with refused("ConditionalCheckFailedException", "The conditional request failed"):
        ddb.put_item(TableName="table", Item=OLD, ConditionExpression="attribute_not_exists(pk)")
    assert len(records(streams, arn)) == 1


def test_updates_are_insertions_or_modifications(ddb, streams):
    arn = make_table(ddb)
    for value in ("1", "2"):
        ddb.update_item(
            TableName="table", Key={"pk": {"S": "k"}}, UpdateExpression="SET v = :v",
            ExpressionAttributeValues={":v": {"N": value}},
        )  # fmt: skip
    found = records(streams, arn)
    assert [record["eventName"] for record in found] == ["INSERT", "MODIFY"]
    assert found[1]["dynamodb"]["OldImage"]["v"] == {"N": "1"}
    assert found[1]["dynamodb"]["NewImage"]["v"] == {"N": "2"}


def test_a_batch_writes_a_record_for_each_of_its_changes(ddb, streams):
    arn = make_table(ddb)
    put(ddb, "gone")
    requests = [{"PutRequest": {"Item": {"pk": {"S": f"k{n}"}}}} for n in range(5)]
    requests.append({"DeleteRequest": {"Key": {"pk": {"S": "gone"}}}})
    ddb.batch_write_item(RequestItems={"table": requests})
    found = records(streams, arn)[1:]
    assert sorted(keys_of(found)) == ["gone", "k0", "k1", "k2", "k3", "k4"]
    assert sorted({record["eventName"] for record in found}) == ["INSERT", "REMOVE"]


def test_a_transaction_writes_its_records_all_or_none(ddb, streams):
    arn = make_table(ddb)
    puts = [{"Put": {"TableName": "table", "Item": {"pk": {"S": f"k{n}"}}}} for n in range(3)]
    ddb.transact_write_items(TransactItems=puts)
    failing = {
        "Delete": {"TableName": "table", "Key": {"pk": {"S": "x"}}, "ConditionExpression": "attribute_exists(pk)"}
    }
    with pytest.raises(ddb.exceptions.TransactionCanceledException):
        ddb.transact_write_items(TransactItems=[{"Put": {"TableName": "table", "Item": {"pk": {"S": "new"}}}}, failing])
    put(ddb, "after")
    assert keys_of(records(streams, arn)) == ["k0", "k1", "k2", "after"]


def test_the_number_of_an_undone_change_is_not_missed_by_readers(ddb, streams):
    """A reader at the end of the stream sees what comes after a transaction that was undone."""
    arn = make_table(ddb)
    put(ddb, "before")
    at = streams.get_records(ShardIterator=iterator(streams, arn))["NextShardIterator"]
    failing = {"ConditionCheck": {
        "TableName": "table", "Key": {"pk": {"S": "x"}}, "ConditionExpression": "attribute_exists(pk)",
    }}  # fmt: skip
    with pytest.raises(ddb.exceptions.TransactionCanceledException):
        ddb.transact_write_items(TransactItems=[{"Put": {"TableName": "table", "Item": {"pk": {"S": "new"}}}}, failing])
    put(ddb, "after")
    assert keys_of(streams.get_records(ShardIterator=at)["Records"]) == ["after"]


def test_what_dynamodb_deletes_itself_names_the_service(ddb, streams, frozen_clock):
    arn = make_table(ddb)
    wanted = {"Enabled": True, "AttributeName": "until"}
    ddb.update_time_to_live(TableName="table", TimeToLiveSpecification=wanted)
    until = {"until": {"N": str(int(frozen_clock.now()) + 60)}}
    ddb.put_item(TableName="table", Item={"pk": {"S": "k"}, **until})
    frozen_clock.advance(2 * HOUR)
    inserted, removed = records(streams, arn)
    assert "userIdentity" not in inserted
    assert removed["eventName"] == "REMOVE"
    assert removed["dynamodb"]["OldImage"] == {"pk": {"S": "k"}, **until}
    assert removed["userIdentity"] == {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}


def test_tables_keep_their_streams_apart(ddb, streams):
    first, second = make_table(ddb, name="first"), make_table(ddb, "KEYS_ONLY", name="second")
    for n in range(4):
        put(ddb, f"k{n}", name=("first", "second")[n % 2])
    assert keys_of(records(streams, first)) == ["k0", "k2"]
    assert keys_of(records(streams, second)) == ["k1", "k3"]


def test_a_table_without_a_stream_writes_none(cloud, ddb, streams):
    make_table(ddb, None)
    count = "SELECT count(*) FROM dynamodb_changes"
    before = cloud.look(lambda c: c.store.value(count))
    put(ddb, "k")
    assert streams.list_streams()["Streams"] == []
    assert cloud.look(lambda c: c.store.value(count)) == before


def test_both_parts_of_a_key_are_in_keys(ddb, streams):
    arn = make_table(ddb, "KEYS_ONLY", sort="sk")
    ddb.put_item(TableName="table", Item={"pk": {"S": "p"}, "sk": {"N": "1.50"}, "a": {"S": "x"}})
    [record] = records(streams, arn)
    assert record["dynamodb"]["Keys"] == {"pk": {"S": "p"}, "sk": {"N": "1.5"}}


def test_a_service_that_reads_gets_records_it_can_look_into(cloud, account, ddb, streams):
    """Over the wire stored JSON is passed on as it is; a call from inside gets it decoded."""
    arn = make_table(ddb)
    put(ddb, "k")
    place = {"StreamArn": arn, "ShardId": shards(streams, arn)[0]["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
    at = call(cloud, account, "dynamodbstreams:GetShardIterator", **place)["ShardIterator"]
    [record] = call(cloud, account, "dynamodbstreams:GetRecords", ShardIterator=at)["Records"]
    assert record["dynamodb"]["NewImage"] == {"pk": {"S": "k"}}


def test_a_stream_on_an_existing_table_begins_where_it_is_enabled(ddb, streams):
    make_table(ddb, None)
    put(ddb, "before")
    arn = set_stream(ddb, "NEW_IMAGE")
    put(ddb, "after")
    assert keys_of(records(streams, arn)) == ["after"]


def test_sequence_numbers_grow_on_after_everything_was_trimmed(cloud, ddb, streams, frozen_clock):
    arn = make_table(ddb)
    put(ddb, "first")
    [before] = numbers_of(records(streams, arn))
    frozen_clock.advance(TRIMMED)
    assert records(streams, arn) == []
    # What a restart forgets is found in the tables again.
    cloud.look(lambda c: c.store.shared(StreamStore)._forget())
    put(ddb, "second")
    assert numbers_of(records(streams, arn))[0] > before
