"""Throttling, when it is asked for: buckets that empty, refill with the clock, and what batches leave undone."""

import pytest
from botocore.config import Config

from cloudchamber.config import Config as CloudConfig
from cloudchamber.testing import RunningCloud
from tests.services.dynamodb.item_calls import KIB, arn_of, get, item, make_table, put, refused, unwire, values

OF_TABLE = (
    "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning "
    "level with the UpdateTable API."
)
OF_INDEX = (
    "The level of configured provisioned throughput for one or more global secondary indexes of the table was "
    "exceeded. Consider increasing your provisioning level for the under-provisioned global secondary indexes with "
    "the UpdateTable API."
)
ON_DEMAND = "Throughput exceeds the maximum OnDemandThroughput configured on table or index"
PROVISIONED = "ProvisionedThroughputExceededException"
MINUTES = 5 * 60


@pytest.fixture(scope="module")
def throttled():
    """A cloud where capacity runs out, its clock standing still."""
    running = RunningCloud(CloudConfig(port=0, settings={"dynamodb.throttling": True})).start()
    running.clock.freeze()
    yield running
    running.stop()


@pytest.fixture
def account(throttled):
    return throttled.new_account()


@pytest.fixture
def ddb(throttled, account, models):
    """A client that takes no for an answer."""
    session = throttled.session(account)
    session._session.register_component("data_loader", models)
    return session.client("dynamodb", config=Config(retries={"total_max_attempts": 1}))


def units(read, write):
    return {"ProvisionedThroughput": {"ReadCapacityUnits": read, "WriteCapacityUnits": write}}


def use_up_writes(ddb, table="table", **attributes):
    """300 units of burst at one unit a second: one item of 300 KiB."""
    put(ddb, table, pk="big", v="x" * (299 * KIB), **attributes)


def reason(resource, kind, arn):
    return [{"reason": f"{resource}{kind}ProvisionedThroughputExceeded", "resource": arn}]


def test_writes_run_out_and_come_back_with_time(ddb, throttled, account):
    make_table(ddb, "pk:S", **units(1, 1))
    use_up_writes(ddb)
    calls = [
        lambda: put(ddb, pk="a"),
        lambda: ddb.delete_item(TableName="table", Key=item(pk="a")),
        lambda: ddb.update_item(TableName="table", Key=item(pk="a")),
    ]
    for call in calls:
        with refused(PROVISIONED, OF_TABLE) as answer:
            call()
        assert answer["ThrottlingReasons"] == reason("Table", "Write", arn_of(account))
    assert get(ddb, pk="a") is None
    throttled.clock.advance(2)
    calls[0]()
    calls[1]()
    with refused(PROVISIONED, OF_TABLE):
        calls[2]()


def test_reads_run_out_apart_from_writes(ddb, throttled, account):
    make_table(ddb, "pk:S", **units(1, 400))
    put(ddb, pk="big", v="x" * (396 * KIB))
    for _ in range(3):  # a hundred units each
        assert get(ddb, pk="big") is not None
    calls = [
        lambda: get(ddb, pk="a"),
        lambda: ddb.scan(TableName="table"),
        lambda: ddb.query(TableName="table", KeyConditionExpression="pk = :p", ExpressionAttributeValues=values(p="a")),
    ]
    for call in calls:
        with refused(PROVISIONED, OF_TABLE) as answer:
            call()
        assert answer["ThrottlingReasons"] == reason("Table", "Read", arn_of(account))
    put(ddb, pk="a")
    throttled.clock.advance(MINUTES * 2)
    assert get(ddb, pk="a") is not None


def test_the_burst_is_of_five_minutes(ddb, throttled):
    make_table(ddb, "pk:S", **units(1, 1))
    throttled.clock.advance(10 * MINUTES)
    use_up_writes(ddb)
    with refused(PROVISIONED, OF_TABLE):
        put(ddb, pk="a")


def test_more_capacity_helps_at_once(ddb, throttled):
    make_table(ddb, "pk:S", **units(1, 1))
    use_up_writes(ddb)
    ddb.update_table(TableName="table", BillingMode="PAY_PER_REQUEST")
    put(ddb, pk="a")


def test_a_table_on_demand_does_not_throttle_below_its_maximum(ddb, account):
    make_table(ddb, "pk:S", name="free")
    for _ in range(3):
        use_up_writes(ddb, "free")
    make_table(ddb, "pk:S", OnDemandThroughput={"MaxWriteRequestUnits": 1})
    use_up_writes(ddb)
    with refused("ThrottlingException", ON_DEMAND) as answer:
        put(ddb, pk="a")
    assert answer["throttlingReasons"] == [
        {"reason": "TableWriteMaxOnDemandThroughputExceeded", "resource": arn_of(account)}
    ]
    for _ in range(5):
        assert get(ddb, pk="big") is not None


@pytest.fixture
def indexed(ddb):
    """Plenty for the table, one unit for its global index; the local one uses the table's."""
    make_table(ddb, "pk:S", "sk:S", gsi={"gsi": ("g:S",)}, lsi={"lsi": ("pk:S", "l:S")}, **units(1, 1))
    throughput = {"ReadCapacityUnits": 1000, "WriteCapacityUnits": 1000}
    ddb.update_table(TableName="table", ProvisionedThroughput=throughput)


@pytest.mark.usefixtures("indexed")
def test_an_index_has_capacity_of_its_own(ddb, account):
    put(ddb, pk="a", sk="a", g="x", l="l", v="x" * (299 * KIB))
    arn = f"{arn_of(account)}/index/gsi"
    with refused(PROVISIONED, OF_INDEX) as answer:
        put(ddb, pk="b", sk="b", g="x")
    assert answer["ThrottlingReasons"] == reason("Index", "Write", arn)

    def read(index, name, value):
        return ddb.query(
            TableName="table",
            IndexName=index,
            KeyConditionExpression=f"{name} = :v",
            ExpressionAttributeValues=values(v=value),
            Select="COUNT",
        )["Count"]

    for _ in range(8):
        assert read("gsi", "g", "x") == 1
    with refused(PROVISIONED, OF_INDEX) as answer:
        read("gsi", "g", "x")
    assert answer["ThrottlingReasons"] == reason("Index", "Read", arn)
    with refused(PROVISIONED, OF_INDEX):
        ddb.scan(TableName="table", IndexName="gsi")
    assert read("lsi", "pk", "a") == 1
    assert get(ddb, pk="a", sk="a") is not None


def test_a_batch_leaves_what_a_table_has_no_capacity_for(ddb):
    make_table(ddb, "pk:S", **units(1, 1))
    make_table(ddb, "pk:S", name="other", **units(1, 1))
    use_up_writes(ddb)
    puts = [{"PutRequest": {"Item": item(pk="a")}}]
    answer = ddb.batch_write_item(RequestItems={"table": puts, "other": puts}, ReturnConsumedCapacity="TOTAL")
    assert answer["UnprocessedItems"] == {"table": puts}
    assert answer["ConsumedCapacity"] == [{"TableName": "other", "CapacityUnits": 1.0}]
    assert get(ddb, pk="a") is None
    assert get(ddb, "other", pk="a") is not None
    with refused(PROVISIONED, OF_TABLE):
        ddb.batch_write_item(RequestItems={"table": puts})


def test_a_batch_leaves_what_it_has_no_capacity_to_read(ddb):
    make_table(ddb, "pk:S", **units(1, 1))
    make_table(ddb, "pk:S", name="other", **units(1, 1))
    put(ddb, "other", pk="a")
    use_up_writes(ddb)
    for _ in range(4):
        get(ddb, pk="big")
    keys = {"Keys": [item(pk="a")], "ProjectionExpression": "pk"}
    answer = ddb.batch_get_item(RequestItems={"table": keys, "other": keys})
    assert answer["UnprocessedKeys"] == {"table": keys}
    assert answer["Responses"]["table"] == []
    assert [unwire(one) for one in answer["Responses"]["other"]] == [{"pk": "a"}]
    with refused(PROVISIONED, OF_TABLE):
        ddb.batch_get_item(RequestItems={"table": keys})


def test_a_transaction_is_cancelled_by_a_table_without_capacity(ddb):
    make_table(ddb, "pk:S", **units(1, 1))
    make_table(ddb, "pk:S", name="other", **units(1, 1))
    use_up_writes(ddb)
    actions = [{"Put": {"TableName": name, "Item": item(pk="a")}} for name in ("other", "table")]
    words = "Transaction cancelled, please refer cancellation reasons for specific reasons [None, {}]"
    with refused("TransactionCanceledException", words.format("ProvisionedThroughputExceeded")) as answer:
        ddb.transact_write_items(TransactItems=actions)
    assert answer["CancellationReasons"][1] == {"Code": "ProvisionedThroughputExceeded", "Message": OF_TABLE}
    assert get(ddb, "other", pk="a") is None
    for _ in range(4):
        get(ddb, pk="big")
    gets = [{"Get": {"TableName": name, "Key": item(pk="a")}} for name in ("other", "table")]
    with refused("TransactionCanceledException", words.format("ProvisionedThroughputExceeded")):
        ddb.transact_get_items(TransactItems=gets)


def test_nothing_runs_out_unless_it_is_asked_for(cloud):
    ddb = cloud.session().client("dynamodb")
    make_table(ddb, "pk:S", **units(1, 1))
    for _ in range(3):
        use_up_writes(ddb)
