"""Global indexes that UpdateTable adds to live tables, changes and takes away."""

import pytest

from cloudchamber.services.dynamodb import filling, index_sizes, keys
from cloudchamber.services.dynamodb.changes import Origin
from tests.services.dynamodb.table_calls import (
    definitions,
    described,
    described_index,
    index,
    invalid,
    keys_in,
    put,
    refused,
    units,
)

ONE_AT_A_TIME = "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"


def add(ddb, name, *names, kinds=None, **more):
    pairs = kinds or [f"{key}:S" for key in names]
    update = {"Create": index(name, *names, **more)}
    return ddb.update_table(
        TableName="tab", AttributeDefinitions=definitions(*pairs), GlobalSecondaryIndexUpdates=[update]
    )["TableDescription"]


def change(ddb, *updates):
    return ddb.update_table(TableName="tab", GlobalSecondaryIndexUpdates=list(updates))["TableDescription"]


def fill(ddb, count, **more):
    """Items `0`, `1`, … with an attribute `a`."""
    for start in range(0, count, 25):
        items = [{"pk": {"S": str(n)}, "a": {"S": f"a{n % 3}"}, **more} for n in range(start, min(start + 25, count))]
        ddb.batch_write_item(RequestItems={"tab": [{"PutRequest": {"Item": item}} for item in items]})


@pytest.fixture
def small_steps(monkeypatch):
    """Fills take 10 rows at a time."""
    monkeypatch.setattr(filling, "FILL_ROWS", 10)


# wrong input


def test_the_key_of_a_new_index_is_defined_in_the_same_request(ddb, create):
    create("tab", "pk:S")
    # Even of attributes that the table knows already.
    with invalid(
        "Some index key attributes are not defined in AttributeDefinitions. Keys: [a, pk], AttributeDefinitions: [a, b]"
    ):
        add(ddb, "by_a", "a", "pk", kinds=["a:S", "b:S"])
    with refused("ValidationException", "Invalid KeySchema: Some index key attribute have no definition"):
        add(ddb, "by_a", "a", "pk", kinds=["a:S"])
    with invalid("Attribute pk is already defined with type S"):
        add(ddb, "by_a", "a", "pk", kinds=["a:S", "pk:N"])


def test_each_update_has_one_action_and_each_index_one_update(ddb, create):
    create("tab", "pk:S", indexes={"by_a": "a:S"})
    with invalid("One GlobalSecondaryIndexUpdate must have exactly one of Create, Update and Delete"):
        change(ddb, {})
    with invalid("Only one global secondary index update per index is allowed simultaneously. Index: by_a"):
        change(ddb, {"Delete": {"IndexName": "by_a"}}, {"Update": {"IndexName": "by_a"}})


def test_units_of_an_index_go_with_the_billing_mode(ddb, create):
    create("tab", "pk:S")
    neither = (
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: by_a when BillingMode is "
        "PAY_PER_REQUEST"
    )
    with invalid(neither):
        add(ddb, "by_a", "a", ProvisionedThroughput=units(1, 1))
    add(ddb, "by_a", "a")
    with invalid(neither):
        change(ddb, {"Update": {"IndexName": "by_a", "ProvisionedThroughput": units(1, 1)}})
    ddb.delete_table(TableName="tab")
    create("tab", "pk:S", ProvisionedThroughput=units(1, 1))
    with invalid("Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: by_a"):
        add(ddb, "by_a", "a")


# wrong state


def test_one_index_is_added_or_deleted_at_a_time(ddb, create):
    create("tab", "pk:S", indexes={"by_a": "a:S", "by_b": "b:S"})
    with refused("LimitExceededException", ONE_AT_A_TIME):
        change(ddb, {"Delete": {"IndexName": "by_a"}}, {"Delete": {"IndexName": "by_b"}})
    assert len(described(ddb, "tab")["GlobalSecondaryIndexes"]) == 2


def test_an_index_is_added_once(ddb, create):
    create("tab", "pk:S", "sk:S", local={"loc": "a:S"}, indexes={"by_a": "a:S"})
    for name in ("by_a", "loc"):
        with refused("ValidationException", "Attempting to create an index which already exists"):
            add(ddb, name, "a")


@pytest.mark.parametrize("action", ["Update", "Delete"])
def test_an_index_that_is_not_there_is_named(ddb, create, action):
    create("tab", "pk:S", "sk:S", local={"loc": "a:S"})
    for name in ("nope", "loc"):  # local indexes are there as long as their table
        message = f"Requested resource not found: Index: {name} not found for table: tab"
        with refused("ResourceNotFoundException", message):
            change(ddb, {action: {"IndexName": name}})


def test_a_table_has_20_global_indexes(ddb, create):
    create("tab", "pk:S", indexes={f"by_{n}": f"a{n}:S" for n in range(20)})
    with invalid("GlobalSecondaryIndex count exceeds the per-table limit of 20"):
        add(ddb, "by_b", "b")


def test_all_include_projections_name_100_attributes_at_most(ddb, create):
    create("tab", "pk:S")
    for n in range(6):
        names = [f"x{i}" for i in range(20)]
        wide = {"ProjectionType": "INCLUDE", "NonKeyAttributes": names}
        if n == 5:
            with invalid("Number of NonKeyAttributes in all indexes exceeds per-table limit of 100"):
                add(ddb, f"by_{n}", f"a{n}", Projection=wide)
        else:
            add(ddb, f"by_{n}", f"a{n}", Projection=wide)


# behaviour


def test_the_answer_says_creating_and_a_small_table_is_filled_at_once(ddb, create):
    create("tab", "pk:S")
    fill(ddb, 7)
    answer = add(ddb, "by_a", "a")
    (shown,) = answer["GlobalSecondaryIndexes"]
    assert (answer["TableStatus"], shown["IndexStatus"], shown["Backfilling"]) == ("UPDATING", "CREATING", False)
    found = described_index(ddb, "tab", "by_a")
    assert (found["IndexStatus"], found["ItemCount"]) == ("ACTIVE", 7)
    assert "Backfilling" not in found
    assert described(ddb, "tab")["AttributeDefinitions"] == definitions("pk:S", "a:S")
    assert keys_in(ddb, "tab", "by_a") == {str(n) for n in range(7)}


def test_items_that_do_not_fit_the_key_of_a_new_index_are_left_out(ddb, create):
    create("tab", "pk:S")
    values = {"fits": {"S": "x"}, "kind": {"N": "1"}, "empty": {"S": ""}, "long": {"S": "x" * 2049}}
    for pk, value in values.items():
        ddb.put_item(TableName="tab", Item={"pk": {"S": pk}, "a": value})
    put(ddb, "tab", pk="absent")
    add(ddb, "by_a", "a")
    assert keys_in(ddb, "tab", "by_a") == {"fits"}
    assert keys_in(ddb, "tab") == {*values, "absent"}
    # From now on the index decides what can be written.
    message = "Type mismatch for Index Key a Expected: S Actual: N IndexName: by_a"
    with invalid(message):
        put(ddb, "tab", pk="kind", a=1)


def test_an_index_is_filled_while_the_table_is_written_to(ddb, create, cloud, clock, small_steps):
    # All that happens to items between two steps of the fill: put, changed, moved in the index, out of it, deleted.
    create("tab", "pk:S")
    fill(ddb, 60)
    number = hold_back(cloud, ddb)

    def write(service, pk, item):
        view = service.store.by_number(number)
        key = keys.item_key(number, view.key, {"pk": {"S": pk}})
        old = service.store.get(key)
        if item is None:
            service.changes.delete(view, key, old, Origin(0.0))
        else:
            service.changes.put(view, key, old, {"pk": {"S": pk}, **item}, Origin(0.0))

    async def write_meanwhile(running):
        service = running.registry.get("dynamodb").service
        index = service.store.by_number(number).indexes[0]
        service.pursue_backfills(number, [(index.number, keys.prefix(number))])
        step = 0
        while not service.store.by_number(number).indexes[0].record.is_backfilled:
            with service.store.db.transaction():
                write(service, f"new{step}", {"a": {"S": "a0"}})
                write(service, str(step), {"a": {"S": "moved"}})
                write(service, str(59 - step), None)
                write(service, str((step * 7) % 60), {})
            step += 1
            await running.clock.breathe()
        return step

    assert cloud.run(write_meanwhile) >= 5
    clock.settle()
    pages = ddb.get_paginator("scan").paginate(TableName="tab")
    expected = {item["pk"]["S"]: item["a"]["S"] for page in pages for item in page["Items"] if "a" in item}
    pages = ddb.get_paginator("scan").paginate(TableName="tab", IndexName="by_a")
    assert {item["pk"]["S"]: item["a"]["S"] for page in pages for item in page["Items"]} == expected
    assert described_index(ddb, "tab", "by_a")["ItemCount"] == len(expected)
    assert "moved" in expected.values()


def test_an_index_that_is_being_filled_cannot_be_read(ddb, create, cloud, clock, small_steps):
    create("tab", "pk:S")
    fill(ddb, 25)
    number = hold_back(cloud, ddb)
    found = described_index(ddb, "tab", "by_a")
    assert (found["IndexStatus"], found["Backfilling"]) == ("CREATING", True)
    with refused("ValidationException", "Cannot read from backfilling global secondary index: by_a"):
        ddb.scan(TableName="tab", IndexName="by_a")
    with refused("LimitExceededException", ONE_AT_A_TIME):
        add(ddb, "by_b", "b")
    message = "Attempt to change a resource which is still in use: Index is being created.  Table: tab Index: by_a"
    with refused("ResourceInUseException", message):
        change(ddb, {"Update": {"IndexName": "by_a", "OnDemandThroughput": {"MaxReadRequestUnits": 5}}})
    go_on(cloud, number)
    clock.settle()
    assert described_index(ddb, "tab", "by_a")["IndexStatus"] == "ACTIVE"


def test_a_fill_goes_on_after_a_restart(ddb, create, cloud, clock, small_steps):
    create("tab", "pk:S")
    fill(ddb, 25)
    hold_back(cloud, ddb)
    cloud.run(lambda running: running.registry.get("dynamodb").service.resume())
    clock.settle()
    assert described_index(ddb, "tab", "by_a")["IndexStatus"] == "ACTIVE"
    assert len(keys_in(ddb, "tab", "by_a")) == 25


def hold_back(cloud, ddb):
    """Add an index whose fill stops after the first step, as if the process had died then; the table's number."""

    def stop(running):
        service = running.registry.get("dynamodb").service
        service.pursue_fill = lambda *_: None

    def mend(running):
        service = running.registry.get("dynamodb").service
        del service.pursue_fill
        return next(r.number for r in service.store.tables if r.account == account)

    account = described(ddb, "tab")["TableArn"].split(":")[4]
    cloud.look(stop)
    try:
        add(ddb, "by_a", "a")
    finally:
        number = cloud.look(mend)
    return number


def go_on(cloud, number):
    def pursue(running):
        service = running.registry.get("dynamodb").service
        view = service.store.by_number(number)
        service.pursue_backfills(number, [(view.indexes[0].number, keys.prefix(number))])

    cloud.look(pursue)


def test_an_index_can_be_deleted_while_it_is_filled(ddb, create, cloud, clock, small_steps):
    create("tab", "pk:S")
    fill(ddb, 25)
    number = hold_back(cloud, ddb)
    change(ddb, {"Delete": {"IndexName": "by_a"}})
    assert "GlobalSecondaryIndexes" not in described(ddb, "tab")
    add(ddb, "by_a", "a")
    clock.settle()
    assert len(keys_in(ddb, "tab", "by_a")) == 25
    assert cloud.look(lambda c: rows_of(c, number + 1)) == 0


def rows_of(running, number):
    """Rows of an index in the store."""
    db = running.registry.get("dynamodb").service.store.db
    return db.value(
        "SELECT count(*) FROM dynamodb_index WHERE k >= ? AND k < ?", (keys.prefix(number), keys.prefix(number + 1))
    )


def test_a_table_goes_on_being_filled_while_it_is_updated(ddb, create, cloud, clock, small_steps):
    create("tab", "pk:S")
    fill(ddb, 25)
    number = hold_back(cloud, ddb)
    ddb.update_table(TableName="tab", DeletionProtectionEnabled=True)
    assert described_index(ddb, "tab", "by_a")["IndexStatus"] == "CREATING"
    go_on(cloud, number)
    clock.settle()
    assert described_index(ddb, "tab", "by_a")["IndexStatus"] == "ACTIVE"
    assert described(ddb, "tab")["DeletionProtectionEnabled"] is True


def test_a_fill_ends_with_its_index(ddb, create, cloud, clock, small_steps):
    create("tab", "pk:S")
    fill(ddb, 25)
    number = hold_back(cloud, ddb)

    def index_rows(running):
        db = running.registry.get("dynamodb").service.store.db
        return db.value("SELECT count(*) FROM dynamodb_index WHERE k >= ?", (keys.prefix(number),))

    assert cloud.look(index_rows) > 0
    ddb.delete_table(TableName="tab")
    clock.settle()
    assert cloud.look(index_rows) == 0


def test_a_deleted_index_is_gone_with_its_attribute(ddb, create):
    create("tab", "pk:S", indexes={"by_a": "a:S b:S", "by_b": "b:S"})
    answer = change(ddb, {"Delete": {"IndexName": "by_a"}})
    shown = {i["IndexName"]: i["IndexStatus"] for i in described(ddb, "tab")["GlobalSecondaryIndexes"]}
    assert shown == {"by_b": "ACTIVE"}
    assert answer["TableStatus"] == "UPDATING"
    assert described(ddb, "tab")["AttributeDefinitions"] == definitions("pk:S", "b:S")
    with refused("ValidationException", "The table does not have the specified index: by_a"):
        ddb.scan(TableName="tab", IndexName="by_a")
    ddb.put_item(TableName="tab", Item={"pk": {"S": "1"}, "a": {"N": "1"}})  # the attribute is free again


def test_units_maxima_and_warmth_of_an_index_change(ddb, create):
    create("tab", "pk:S", indexes={"by_a": "a:S"})
    update = {
        "IndexName": "by_a",
        "OnDemandThroughput": {"MaxWriteRequestUnits": 7},
        "WarmThroughput": {"WriteUnitsPerSecond": 5000},
    }
    (shown,) = change(ddb, {"Update": update})["GlobalSecondaryIndexes"]
    assert shown["IndexStatus"] == "UPDATING"
    found = described_index(ddb, "tab", "by_a")
    assert found["OnDemandThroughput"] == {"MaxWriteRequestUnits": 7}
    assert found["WarmThroughput"]["WriteUnitsPerSecond"] == 5000
    assert found["WarmThroughput"]["ReadUnitsPerSecond"] == 12_000


def test_a_large_index_is_counted_now_and_then(ddb, create, frozen_clock, monkeypatch):
    monkeypatch.setattr(index_sizes, "COUNTED_ROWS_MAX", 5)
    create("tab", "pk:S", indexes={"by_a": "a:S"})
    fill(ddb, 8)
    found = described_index(ddb, "tab", "by_a")
    assert (found["ItemCount"], found["IndexSizeBytes"]) == (8, 8 * 6)
    fill(ddb, 9)
    assert described_index(ddb, "tab", "by_a")["ItemCount"] == 8
    frozen_clock.advance(index_sizes.KEPT_SECONDS)
    assert described_index(ddb, "tab", "by_a")["ItemCount"] == 9


def test_counting_and_filling_read_one_range_only(cloud):
    def plans(running):
        db = running.registry.get("dynamodb").service.store.db
        return db.plan(index_sizes.COUNT, (b"a", b"b")), db.plan(filling.NEXT, (b"a", b"b", 10))

    counting, walking = cloud.look(plans)
    assert counting == "SEARCH dynamodb_index USING PRIMARY KEY (k>? AND k<?)"
    assert walking == "SEARCH dynamodb_items USING INDEX dynamodb_items_by_key (k>? AND k<?)"
