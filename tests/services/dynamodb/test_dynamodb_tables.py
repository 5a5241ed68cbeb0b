"""DescribeTable, ListTables, DeleteTable, and what becomes of a table's rows."""

import pytest

from tests.services.dynamodb.table_calls import described, invalid, not_found, put, refused, table_request, units

# wrong state


@pytest.mark.parametrize("operation", ["describe_table", "delete_table"])
def test_a_table_that_is_not_there_is_named(ddb, operation):
    with not_found("nope"):
        getattr(ddb, operation)(TableName="nope")


def test_a_protected_table_is_not_deleted(ddb, create):
    create("tab", "pk:S", DeletionProtectionEnabled=True)
    message = (
        "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first."
    )
    with refused("ValidationException", message):
        ddb.delete_table(TableName="tab")
    ddb.update_table(TableName="tab", DeletionProtectionEnabled=False)
    ddb.delete_table(TableName="tab")
    assert ddb.list_tables()["TableNames"] == []


# DescribeTable: behaviour


def test_items_and_bytes_are_counted_in_tables_and_indexes(ddb, create):
    create("tab", "pk:S", indexes={"by_a": "a:S"})
    put(ddb, "tab", pk="1", a="x", b="long")  # 2 + 1, 1 + 1, 1 + 4 bytes
    put(ddb, "tab", pk="2")
    found = described(ddb, "tab")
    assert (found["ItemCount"], found["TableSizeBytes"]) == (2, 13)
    (index,) = found["GlobalSecondaryIndexes"]
    assert (index["ItemCount"], index["IndexSizeBytes"]) == (1, 10)
    ddb.delete_item(TableName="tab", Key={"pk": {"S": "1"}})
    found = described(ddb, "tab")
    assert (found["ItemCount"], found["TableSizeBytes"]) == (1, 3)
    assert found["GlobalSecondaryIndexes"][0]["ItemCount"] == 0


def test_an_index_counts_the_bytes_it_shows(ddb, create):
    keys_only = {
        "IndexName": "by_a",
        "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }
    create("tab", "pk:S", indexes={"by_a": "a:S"}, GlobalSecondaryIndexes=[keys_only])
    put(ddb, "tab", pk="1", a="x", b="not in the index")
    assert described(ddb, "tab")["GlobalSecondaryIndexes"][0]["IndexSizeBytes"] == 5


def test_a_table_is_described_by_its_arn(ddb, create):
    create("tab", "pk:S")
    found = described(ddb, "tab")
    assert described(ddb, found["TableArn"]) == found


# ListTables


def test_tables_are_listed_by_name_in_pages(ddb, create):
    for name in ("bbb", "aaa", "ccc"):
        create(name, "pk:S")
    assert ddb.list_tables()["TableNames"] == ["aaa", "bbb", "ccc"]
    page = ddb.list_tables(Limit=2)
    assert (page["TableNames"], page["LastEvaluatedTableName"]) == (["aaa", "bbb"], "bbb")
    page = ddb.list_tables(Limit=2, ExclusiveStartTableName="bbb")
    assert page["TableNames"] == ["ccc"]
    assert "LastEvaluatedTableName" not in page
    # A name that no table has is a place in the list all the same.
    assert ddb.list_tables(ExclusiveStartTableName="abc")["TableNames"] == ["bbb", "ccc"]


def test_a_region_lists_its_own_tables(ddb, create, aws):
    create("here", "pk:S")
    assert aws.client("dynamodb", region_name="eu-west-1").list_tables()["TableNames"] == []


def test_a_page_has_100_tables_at_most(ddb):
    message = (
        "1 validation error detected: Value '101' at 'limit' failed to satisfy constraint: Member must have value "
        "less than or equal to 100"
    )
    with refused("ValidationException", message):
        ddb.list_tables(Limit=101)


# DeleteTable: behaviour


def test_the_answer_says_deleting_and_the_next_look_not_found(ddb, create):
    create("tab", "pk:S", ProvisionedThroughput=units(2, 3))
    arn = described(ddb, "tab")["TableArn"]
    answer = ddb.delete_table(TableName="tab")["TableDescription"]
    assert (answer["TableStatus"], answer["TableArn"]) == ("DELETING", arn)
    assert answer["ProvisionedThroughput"] == {"NumberOfDecreasesToday": 0, **units(2, 3)}
    assert "KeySchema" not in answer
    with not_found("tab"):
        ddb.describe_table(TableName="tab")
    with refused("ResourceNotFoundException", "Requested resource not found"):
        ddb.get_item(TableName="tab", Key={"pk": {"S": "1"}})


def test_a_table_of_the_same_name_begins_empty(ddb, create):
    create("tab", "pk:S", indexes={"by_a": "a:S"})
    before = described(ddb, "tab")["TableId"]
    put(ddb, "tab", pk="1", a="x")
    ddb.delete_table(TableName="tab")
    create("tab", "pk:S", indexes={"by_a": "a:S"})
    assert described(ddb, "tab")["TableId"] != before
    assert ddb.scan(TableName="tab")["Count"] == 0
    assert ddb.scan(TableName="tab", IndexName="by_a")["Count"] == 0


def test_the_rows_of_a_deleted_table_are_swept_away(ddb, create, cloud, clock):
    create("tab", "pk:S", indexes={"by_a": "a:S"})
    put(ddb, "tab", pk="1", a="x")

    def number_of(running):
        store = running.registry.get("dynamodb").service.store
        return next(record.number for record in store.tables if record.account == account)

    account = described(ddb, "tab")["TableArn"].split(":")[4]
    number = cloud.look(number_of)
    ddb.delete_table(TableName="tab")
    clock.settle()

    def left(running):
        db = running.registry.get("dynamodb").service.store.db
        span = (number.to_bytes(4, "big"), (number + 2).to_bytes(4, "big"))
        tables = ("dynamodb_items", "dynamodb_index")
        return [db.value(f"SELECT count(*) FROM {table} WHERE k >= ? AND k < ?", span) for table in tables]

    assert cloud.look(left) == [0, 0]


def test_what_cannot_be_created_leaves_nothing_behind(ddb):
    with invalid("List of GlobalSecondaryIndexes is empty"):
        ddb.create_table(**table_request("tab", "pk:S", GlobalSecondaryIndexes=[]))
    assert ddb.list_tables()["TableNames"] == []
