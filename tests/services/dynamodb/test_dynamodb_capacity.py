"""ConsumedCapacity and ItemCollectionMetrics, in the developer guide's arithmetic."""

import pytest

from cloudchamber.services.dynamodb import keys
from tests.services.dynamodb.item_calls import KIB, arn_of, fill, item, make_table, put, refused, values

FAILED = ("ConditionalCheckFailedException", "The conditional request failed")
TOTAL = {"ReturnConsumedCapacity": "TOTAL"}
INDEXES = {"ReturnConsumedCapacity": "INDEXES"}


@pytest.fixture
def table(ddb):
    return make_table(ddb, "pk:S", "sk:N")


@pytest.fixture
def indexed(ddb):
    gsi = {"g_all": ("g:S",), "g_keys": ("g:S", "h:N", "KEYS_ONLY")}
    return make_table(ddb, "pk:S", "sk:N", gsi=gsi, lsi={"lsi": ("pk:S", "l:N", "KEYS_ONLY")})


def text(size):
    """An attribute that makes an item of `pk`, one letter, and `sk`, one digit, so many bytes."""
    return "x" * (size - len("pkaskv") - 2)


def units(answer):
    return answer["ConsumedCapacity"]["CapacityUnits"]


def by_index(answer):
    """What the table and each index used."""
    capacity = answer["ConsumedCapacity"]
    shown = {"table": capacity["Table"]["CapacityUnits"]}
    for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        shown.update({name: one["CapacityUnits"] for name, one in capacity.get(kind, {}).items()})
    assert capacity["CapacityUnits"] == sum(shown.values())
    return shown


# what is shown


def test_capacity_is_shown_as_asked(ddb, table, account):
    assert "ConsumedCapacity" not in ddb.put_item(TableName=table, Item=item(pk="a", sk=1))
    answer = ddb.put_item(TableName=table, Item=item(pk="a", sk=1), ReturnConsumedCapacity="NONE")
    assert "ConsumedCapacity" not in answer
    answer = ddb.put_item(TableName=table, Item=item(pk="a", sk=1), **TOTAL)
    assert answer["ConsumedCapacity"] == {"TableName": table, "CapacityUnits": 1.0}
    answer = ddb.put_item(TableName=table, Item=item(pk="a", sk=1), **INDEXES)
    assert answer["ConsumedCapacity"] == {
        "TableName": table, "CapacityUnits": 1.0, "Table": {"CapacityUnits": 1.0},
    }  # fmt: skip
    arn = arn_of(account)
    assert ddb.get_item(TableName=arn, Key=item(pk="a", sk=1), **TOTAL)["ConsumedCapacity"]["TableName"] == arn
    assert ddb.scan(TableName=arn, **TOTAL)["ConsumedCapacity"]["TableName"] == arn


# reads


@pytest.mark.parametrize(("size", "weak"), [(0, 0.5), (100, 0.5), (4 * KIB, 0.5), (4 * KIB + 1, 1), (40 * KIB, 5)])
def test_a_read_is_half_a_unit_for_4_kib_and_a_strong_one_a_unit(ddb, table, size, weak):
    if size:
        put(ddb, pk="a", sk=1, v=text(size))
    get = {"TableName": table, "Key": item(pk="a", sk=1), **TOTAL}
    query = {
        "TableName": table, "KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": values(p="a"), **TOTAL,
    }  # fmt: skip
    assert units(ddb.get_item(**get)) == weak
    assert units(ddb.get_item(**get, ProjectionExpression="pk")) == weak
    assert units(ddb.get_item(**get, ConsistentRead=True)) == 2 * weak
    assert units(ddb.query(**query)) == weak
    assert units(ddb.query(**query, ConsistentRead=True, Select="COUNT")) == 2 * weak
    assert units(ddb.scan(TableName=table, **TOTAL)) == weak


def test_a_query_adds_up_before_it_rounds_and_a_batch_afterwards(ddb, table):
    fill(ddb, [{"pk": "a", "sk": n, "v": text(3 * KIB)} for n in range(4)])
    query = {"TableName": table, "KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": values(p="a")}
    assert units(ddb.query(**query, **TOTAL)) == 1.5
    answer = ddb.query(**query, FilterExpression="attribute_not_exists(v)", **TOTAL)
    assert (units(answer), answer["Count"]) == (1.5, 0)
    assert units(ddb.query(**query, Limit=1, **TOTAL)) == 0.5
    keys = [item(pk="a", sk=n) for n in range(6)]
    for is_consistent, expected in ((False, 3.0), (True, 6.0)):
        answer = ddb.batch_get_item(RequestItems={table: {"Keys": keys, "ConsistentRead": is_consistent}}, **TOTAL)
        assert answer["ConsumedCapacity"] == [{"TableName": table, "CapacityUnits": expected}]


def test_an_index_is_read_at_the_size_of_what_it_shows(ddb, indexed):
    fill(ddb, [{"pk": "a", "sk": n, "g": "x", "h": n, "l": n, "v": "x" * 5 * KIB} for n in range(3)])

    def read(index, **options):
        name, key = ("pk", "a") if index == "lsi" else ("g", "x")
        return ddb.query(
            TableName=indexed,
            IndexName=index,
            KeyConditionExpression=f"{name} = :k",
            ExpressionAttributeValues=values(k=key),
            **INDEXES,
            **options,
        )

    assert by_index(read("g_all")) == {"table": 0.0, "g_all": 2.0}
    assert by_index(read("g_keys")) == {"table": 0.0, "g_keys": 0.5}
    assert by_index(read("lsi")) == {"table": 0.0, "lsi": 0.5}
    assert by_index(read("lsi", ConsistentRead=True)) == {"table": 0.0, "lsi": 1.0}
    # What is fetched is read item by item.
    assert by_index(read("lsi", Select="ALL_ATTRIBUTES")) == {"table": 3.0, "lsi": 0.5}
    assert by_index(read("lsi", ProjectionExpression="v", ConsistentRead=True)) == {"table": 6.0, "lsi": 1.0}
    assert by_index(read("lsi", ProjectionExpression="pk, sk")) == {"table": 0.0, "lsi": 0.5}


# writes


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [(0, 100, 1), (0, KIB, 1), (0, KIB + 1, 2), (5 * KIB, 100, 5), (100, 5 * KIB, 5), (3 * KIB, 3 * KIB, 3)],
)
def test_a_write_is_a_unit_for_each_kib_of_the_larger_item(ddb, table, before, after, expected):
    def prepare():
        ddb.delete_item(TableName=table, Key=item(pk="a", sk=1))
        if before:
            put(ddb, pk="a", sk=1, v=text(before))

    prepare()
    assert units(ddb.put_item(TableName=table, Item=item(pk="a", sk=1, v=text(after)), **TOTAL)) == expected
    prepare()
    answer = ddb.update_item(
        TableName=table,
        Key=item(pk="a", sk=1),
        UpdateExpression="SET v = :v",
        ExpressionAttributeValues=values(v=text(after)),
        **TOTAL,
    )
    assert units(answer) == expected
    assert units(ddb.delete_item(TableName=table, Key=item(pk="a", sk=1), **TOTAL)) == -(-after // KIB)


def test_deleting_nothing_uses_a_unit(ddb, table):
    assert units(ddb.delete_item(TableName=table, Key=item(pk="a", sk=1), **TOTAL)) == 1
    assert units(ddb.update_item(TableName=table, Key=item(pk="a", sk=1), **TOTAL)) == 1


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {}, {}), ({}, {"v": "x"}, {}), ({}, {"g": "x"}, {"g_all": 1}), ({"g": "x"}, {}, {"g_all": 1}),
        ({"g": "x"}, {"g": "x"}, {}), ({"g": "x"}, {"g": "y"}, {"g_all": 2}),
        ({"g": "x"}, {"g": "x", "v": 1}, {"g_all": 1}),
        ({"g": "x", "h": 1}, {"g": "x", "h": 1, "v": 2}, {"g_all": 1}),
        ({"g": "x", "h": 1}, {"g": "x", "h": 2}, {"g_all": 1, "g_keys": 2}),
        ({"g": "x", "h": 1}, {"g": "x"}, {"g_all": 1, "g_keys": 1}),
        ({"g": "x", "h": 1}, {"g": "x", "h": 1, "v": "x" * 3 * KIB}, {"g_all": 4}), ({}, {"l": 1}, {"lsi": 1}),
        ({"l": 1}, {"l": 2}, {"lsi": 2}), ({"l": 1, "v": 1}, {"l": 1, "v": 2}, {}),
        ({"g": "x", "v": "x" * 3 * KIB}, {"g": "y"}, {"g_all": 5}),
    ],
)  # fmt: skip
def test_an_index_is_written_where_what_it_shows_changes_and_twice_where_its_key_does(
    ddb, indexed, before, after, expected
):
    put(ddb, pk="a", sk=1, **before)
    answer = ddb.put_item(TableName=indexed, Item=item(pk="a", sk=1, **after), **INDEXES)
    shown = by_index(answer)
    del shown["table"]
    assert shown == expected


def test_deleting_an_item_deletes_it_from_its_indexes(ddb, indexed):
    put(ddb, pk="a", sk=1, g="x", h=1, l=1, v="x" * 2 * KIB)
    answer = ddb.delete_item(TableName=indexed, Key=item(pk="a", sk=1), **INDEXES)
    assert by_index(answer) == {"table": 3, "g_all": 3, "g_keys": 1, "lsi": 1}


def test_a_batch_writes_what_its_parts_would(ddb, indexed, table_other):
    requests = {
        indexed: [
            {"PutRequest": {"Item": item(pk="a", sk=1, g="x")}},
            {"PutRequest": {"Item": item(pk="a", sk=2, v=text(2 * KIB))}},
            {"DeleteRequest": {"Key": item(pk="a", sk=3)}},
        ],
        table_other: [{"PutRequest": {"Item": item(pk="a")}}],
    }
    answer = ddb.batch_write_item(RequestItems=requests, **TOTAL)
    assert answer["ConsumedCapacity"] == [
        {"TableName": indexed, "CapacityUnits": 5.0},
        {"TableName": table_other, "CapacityUnits": 1.0},
    ]


@pytest.fixture
def table_other(ddb):
    return make_table(ddb, "pk:S", name="other")


# transactions


def test_a_transaction_uses_twice_as_much(ddb, table):
    put(ddb, pk="a", sk=2, v=text(3 * KIB))
    key = {"TableName": table, "Key": item(pk="a", sk=2)}
    actions = [
        {"Put": {"TableName": table, "Item": item(pk="a", sk=1, v=text(2 * KIB))}},
        {"ConditionCheck": {**key, "ConditionExpression": "attribute_exists(pk)"}},
        {"Delete": {"TableName": table, "Key": item(pk="a", sk=3)}},
    ]
    answer = ddb.transact_write_items(TransactItems=actions, **INDEXES)
    used = {"CapacityUnits": 12.0, "WriteCapacityUnits": 12.0}
    assert answer["ConsumedCapacity"] == [{"TableName": table, **used, "Table": used}]
    answer = ddb.transact_get_items(
        TransactItems=[{"Get": key}, {"Get": {"TableName": table, "Key": item(pk="b", sk=1)}}], **TOTAL
    )
    used = {"CapacityUnits": 4.0, "ReadCapacityUnits": 4.0}
    assert answer["ConsumedCapacity"] == [{"TableName": table, **used}]


def test_a_repeated_transaction_reads(ddb, table, table_other):
    actions = [
        {"Put": {"TableName": table, "Item": item(pk="a", sk=1, v=text(5 * KIB))}},
        {"Put": {"TableName": table_other, "Item": item(pk="a")}},
    ]
    request = {"TransactItems": actions, "ClientRequestToken": "token", **TOTAL}
    for member, expected in (("WriteCapacityUnits", (10, 2)), ("ReadCapacityUnits", (4, 2))):
        shown = ddb.transact_write_items(**request)["ConsumedCapacity"]
        assert shown == [
            {"TableName": name, "CapacityUnits": used, member: used}
            for name, used in zip((table, table_other), expected, strict=True)
        ]


# what is metered


def test_a_failed_condition_uses_what_the_write_would_have(ddb, cloud, table, account):
    put(ddb, pk="a", sk=1, v=text(3 * KIB))
    with refused(*FAILED):
        ddb.delete_item(TableName=table, Key=item(pk="a", sk=1), ConditionExpression="attribute_not_exists(pk)")
    span = cloud.spans(operation="DeleteItem", account=account)[0]
    assert span.usage == {"dynamodb.write_units": 3.0}


# collections


def test_a_collection_is_measured_where_there_is_a_local_index(ddb, indexed, table_other):
    asked = {"ReturnItemCollectionMetrics": "SIZE"}
    metrics = {"ItemCollectionKey": item(pk="a"), "SizeEstimateRangeGB": [0.0, 1.0]}
    key = {"TableName": indexed, "Key": item(pk="a", sk=1)}
    assert ddb.put_item(TableName=indexed, Item=item(pk="a", sk=1), **asked)["ItemCollectionMetrics"] == metrics
    assert ddb.update_item(**key, **asked)["ItemCollectionMetrics"] == metrics
    assert ddb.delete_item(**key, **asked)["ItemCollectionMetrics"] == metrics
    assert "ItemCollectionMetrics" not in ddb.delete_item(**key)
    assert "ItemCollectionMetrics" not in ddb.put_item(TableName=table_other, Item=item(pk="a"), **asked)
    puts = {
        indexed: [{"PutRequest": {"Item": item(pk="a", sk=1)}}],
        table_other: [{"PutRequest": {"Item": item(pk="a")}}],
    }
    assert ddb.batch_write_item(RequestItems=puts, **asked)["ItemCollectionMetrics"] == {indexed: [metrics]}
    actions = [
        {"Put": {"TableName": indexed, "Item": item(pk="a", sk=2)}},
        {"ConditionCheck": {**key, "ConditionExpression": "attribute_exists(pk)"}},
    ]
    answer = ddb.transact_write_items(TransactItems=actions, **asked)
    assert answer["ItemCollectionMetrics"] == {indexed: [metrics]}


def test_a_collection_is_as_large_as_its_items_and_their_index_rows(ddb, cloud, account, indexed):
    """By the sizes that are kept beside the items: nobody writes gigabytes in a test."""
    fill(ddb, [{"pk": "a", "sk": 1, "l": 1}, {"pk": "a", "sk": 2}, {"pk": "b", "sk": 1, "l": 1}])

    def grow(running):
        store = running.dispatcher.lookup("dynamodb", "GetItem").service.store
        view = store.view(account, "us-east-1", indexed)
        for sk, gigabytes in ((1, 1.5), (2, 2)):
            key = keys.item_key(view.number, view.key, item(pk="a", sk=sk))
            store.db.execute("UPDATE dynamodb_items SET size = ? WHERE k = ?", (int(gigabytes * 1024**3), key))

    cloud.look(grow)
    estimates = [
        ddb.delete_item(TableName=indexed, Key=item(pk=pk, sk=9), ReturnItemCollectionMetrics="SIZE")
        for pk in ("a", "b")
    ]
    assert [one["ItemCollectionMetrics"]["SizeEstimateRangeGB"] for one in estimates] == [[3.0, 6.0], [0.0, 1.0]]
