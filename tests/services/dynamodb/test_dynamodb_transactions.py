"""TransactWriteItems and TransactGetItems: all or nothing, reasons, tokens, limits."""

import pytest
from botocore.config import Config

from tests.services.dynamodb.item_calls import (
    INVALID,
    KIB,
    MISMATCH,
    NOT_VALID,
    arn_of,
    get,
    index_rows,
    invalid,
    item,
    make_table,
    put,
    refused,
    unwire,
    values,
)

REPEATED = "Transaction request cannot include multiple operations on one item"
FAILED = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
TOO_LARGE = "The aggregate size of the items in the transaction exceeded 4 MB"
MINUTE = 60
NONE = {"Code": "None"}


@pytest.fixture
def table(ddb):
    return make_table(ddb, "pk:S", gsi={"gsi": ("g:S",)})


@pytest.fixture
def raw(aws):
    """A client that sends what no SDK would."""
    return aws.client("dynamodb", config=Config(parameter_validation=False))


def a_put(pk, table="table", options=None, **more):
    return {"Put": {"TableName": table, "Item": item(pk=pk, **more), **(options or {})}}


def an_update(pk, expression="SET v = :v", options=None, **given):
    more = {"ExpressionAttributeValues": values(**given)} if given else {}
    update = {"TableName": "table", "Key": item(pk=pk), "UpdateExpression": expression}
    return {"Update": {**update, **more, **(options or {})}}


def a_delete(pk, **options):
    return {"Delete": {"TableName": "table", "Key": item(pk=pk), **options}}


def a_check(pk, condition="attribute_exists(pk)", **options):
    return {"ConditionCheck": {"TableName": "table", "Key": item(pk=pk), "ConditionExpression": condition, **options}}


def a_get(pk, table="table", **options):
    return {"Get": {"TableName": table, "Key": item(pk=pk), **options}}


def write(ddb, *actions, **options):
    return ddb.transact_write_items(TransactItems=list(actions), **options)


def read(ddb, *actions, **options):
    return ddb.transact_get_items(TransactItems=list(actions), **options)


def canceled(*reasons):
    """The call inside is cancelled for these reasons, one for each action."""
    codes = ", ".join(reason["Code"] for reason in reasons)
    message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
    return refused("TransactionCanceledException", message)


def fault(message):
    return {"Code": "ValidationError", "Message": message}


# wrong input


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("action", "message"),
    [
        ({"Put": {"TableName": "table", "Item": item(v=1)}}, f"{INVALID}Missing the key pk in the item"),
        (a_put(5), f"{INVALID}Type mismatch for key pk expected: S actual: N"),
        (a_put("b", g=5), f"{INVALID}Type mismatch for Index Key g Expected: S Actual: N IndexName: gsi"),
        (a_put("x" * 2049), f"{INVALID}Size of hashkey has exceeded the maximum size limit of2048 bytes"),
        (an_update(5, "REMOVE v"), MISMATCH), (a_delete(["x"]), MISMATCH), (a_check(5), MISMATCH),
        ({"Delete": {"TableName": "table", "Key": {}}}, MISMATCH),
        (an_update("b", "SET pk = :v", v=1), f"{INVALID}Cannot update attribute pk. This attribute is part of the key"),
    ],
)  # fmt: skip
def test_what_does_not_fit_its_table_cancels_the_transaction(ddb, action, message):
    with canceled(NONE, {"Code": "ValidationError"}) as answer:
        write(ddb, a_put("a"), action)
    assert answer["CancellationReasons"] == [NONE, fault(message)]
    assert get(ddb, pk="a") is None


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("action", [a_put(""), an_update("", "REMOVE v"), a_delete(""), a_check("")])
def test_an_empty_key_is_refused_before_that(ddb, action):
    with invalid(f"{NOT_VALID}The AttributeValue for a key attribute cannot contain an empty string value. Key: pk"):
        write(ddb, a_put(5), action)
    with invalid(
        f"{NOT_VALID}A value specified for a secondary index key is not supported. The AttributeValue for a key "
        "attribute cannot contain an empty string value. IndexName: gsi, IndexKey: g"
    ):
        write(ddb, a_put("a", g=""))


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("action", "message"),
    [
        ({"Put": {"TableName": "table", "Item": {"pk": {"S": "a"}, "n": {"N": "x"}}}},
         "The parameter cannot be converted to a numeric value: x"),
        (an_update("a", "SET"), 'Invalid UpdateExpression: Syntax error; token: "<EOF>", near: "SET"'),
        (a_check("a", "size(v)"),
         ("Invalid ConditionExpression: The function is not allowed to be used this way in an expression; function: "
         "size")),
        (a_put("a", v="x" * 400 * KIB), "Item size has exceeded the maximum allowed size"),
    ],
)  # fmt: skip
def test_what_is_wrong_whatever_the_table_is_refused_at_once(ddb, action, message):
    with invalid(message):
        write(ddb, action)


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("second", [a_put("a"), an_update("a", "REMOVE v"), a_delete("a"), a_check("a")])
def test_a_transaction_has_an_item_once(ddb, second):
    for first in (a_put("a"), a_check("a")):
        with invalid(REPEATED):
            write(ddb, first, second)


def test_a_transaction_has_an_item_once_whatever_its_table_is_called(ddb, table, account):
    with invalid(REPEATED):
        write(ddb, a_put("a"), a_put("a", table=arn_of(account)))
    with invalid(REPEATED):
        read(ddb, a_get("a"), a_get("a", table=arn_of(account)))
    with invalid(REPEATED):
        read(ddb, a_get("a"), a_get("a", ProjectionExpression="v"))


@pytest.mark.usefixtures("table")
def test_a_transaction_has_1_to_100_actions(ddb):
    for call, make in ((write, a_put), (read, a_get)):
        call(ddb, *(make(f"k{n}") for n in range(100)))
        with pytest.raises(ddb.exceptions.ClientError, match="Member must have length less than or equal to 100"):
            call(ddb, *(make(f"k{n}") for n in range(101)))
        with pytest.raises(ddb.exceptions.ClientError, match="Member must have length greater than or equal to 1"):
            call(ddb)


@pytest.mark.usefixtures("table")
def test_a_part_of_a_transaction_is_one_action(raw):
    with invalid("TransactItems can only contain one of Check, Put, Update or Delete"):
        write(raw, {**a_put("a"), **a_delete("b")})
    with invalid("Invalid Request: TransactWriteRequest should contain Delete or Put or Update request"):
        write(raw, {})


@pytest.mark.usefixtures("table")
def test_a_transaction_writes_and_reads_4_mib_at_most(ddb):
    big = "x" * (399 * KIB)
    with invalid(TOO_LARGE):
        write(ddb, *(a_put(f"k{n}", v=big) for n in range(11)))
    assert get(ddb, pk="k0") is None
    write(ddb, *(a_put(f"k{n}", v=big) for n in range(10)))
    put(ddb, pk="k10", v=big)
    with invalid(TOO_LARGE):
        write(ddb, *(an_update(f"k{n}", "SET w = :w", w=1) for n in range(11)))
    with invalid(TOO_LARGE):
        read(ddb, *(a_get(f"k{n}") for n in range(11)))
    assert len(read(ddb, *(a_get(f"k{n}") for n in range(10)))["Responses"]) == 10


@pytest.mark.usefixtures("table")
def test_a_key_that_does_not_fit_cancels_a_read(ddb):
    with canceled(NONE, {"Code": "ValidationError"}) as answer:
        read(ddb, a_get("a"), a_get(5))
    assert answer["CancellationReasons"] == [NONE, fault(MISMATCH)]


# wrong state


@pytest.mark.usefixtures("table")
def test_a_table_that_is_not_there_is_not_found(ddb):
    with refused("ResourceNotFoundException", "Requested resource not found"):
        write(ddb, a_put("a"), a_put("a", table="none"))
    with refused("ResourceNotFoundException", "Requested resource not found"):
        read(ddb, a_get("a"), a_get("a", table="none"))
    assert get(ddb, pk="a") is None


@pytest.mark.usefixtures("table")
def test_one_condition_that_fails_undoes_everything(ddb, cloud, account):
    put(ddb, pk="kept", v=1)
    put(ddb, pk="moved", g="x")
    with canceled(NONE, NONE, NONE, FAILED, FAILED) as answer:
        write(
            ddb,
            a_put("new", g="y"),
            a_delete("kept"),
            an_update("moved", "SET g = :g", g="z"),
            a_check("nothing"),
            a_put("kept too", options={"ConditionExpression": "attribute_exists(pk)"}),
        )
    assert answer["CancellationReasons"] == [NONE, NONE, NONE, FAILED, FAILED]
    assert get(ddb, pk="new") is None
    assert get(ddb, pk="kept") == {"pk": "kept", "v": 1}
    assert get(ddb, pk="moved") == {"pk": "moved", "g": "x"}
    assert index_rows(cloud, account) == 1


def test_a_stream_hears_nothing_of_what_was_undone(aws, ddb):
    make_table(ddb, "pk:S", StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    with canceled(NONE, FAILED):
        write(ddb, a_put("a"), a_check("b"))
    write(ddb, a_put("c"), a_put("d"))
    streams = aws.client("dynamodbstreams")
    arn = ddb.describe_table(TableName="table")["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    at = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    records = streams.get_records(ShardIterator=at)["Records"]
    assert [unwire(record["dynamodb"]["Keys"])["pk"] for record in records] == ["c", "d"]


@pytest.mark.usefixtures("table")
def test_a_failed_condition_shows_its_item_if_asked(ddb):
    put(ddb, pk="a", v=1)
    shown = {"ConditionExpression": "attribute_not_exists(pk)", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    hidden = {**shown, "ReturnValuesOnConditionCheckFailure": "NONE"}
    old = {"Item": item(pk="a", v=1)}
    for action, more in (
        (a_put("a", options=shown), old),
        (an_update("a", "REMOVE v", shown), old),
        (a_delete("a", **shown), old),
        (a_check("a", shown["ConditionExpression"], ReturnValuesOnConditionCheckFailure="ALL_OLD"), old),
        (a_check("b", ReturnValuesOnConditionCheckFailure="ALL_OLD"), {}),
        (a_delete("a", **hidden), {}),
    ):
        with canceled(FAILED, NONE) as answer:
            write(ddb, action, a_put("other"))
        assert answer["CancellationReasons"] == [{**FAILED, **more}, NONE]


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("action", "message"),
    [
        (an_update("s", "SET v = v + :v", v=1), "An operand in the update expression has an incorrect data type"),
        (an_update("s", "SET a = nothing"),
         "The provided expression refers to an attribute that does not exist in the item"),
        (an_update("s", "SET a.b = :v", v=1),
         "The document path provided in the update expression is invalid for update"),
        (an_update("s", "SET g = :v", v=1),
         "The update expression attempted to update the secondary index key to unsupported type"),
        (an_update("s", "SET g = :v", v="x" * 2049),
         "The update expression attempted to update the secondary index key beyond allowed size limits"),
        (an_update("s", "SET big = :v", v="x" * (399 * KIB)),
         "Item size to update has exceeded the maximum allowed size"),
    ],
)  # fmt: skip
def test_what_an_item_does_not_allow_cancels_the_transaction(ddb, action, message):
    put(ddb, pk="s", v="x" * 2 * KIB)
    with canceled(NONE, {"Code": "ValidationError"}) as answer:
        write(ddb, a_put("a"), action)
    assert answer["CancellationReasons"] == [NONE, fault(message)]
    assert get(ddb, pk="a") is None


# behaviour


@pytest.mark.usefixtures("table")
def test_a_transaction_does_all_its_actions(ddb, cloud, account):
    other = make_table(ddb, "pk:S", name="other")
    put(ddb, pk="gone", g="x")
    put(ddb, pk="there", v=1)
    put(ddb, pk="checked")
    write(
        ddb,
        a_put("new", g="y"),
        a_put("new", table=other, v=5),
        an_update("there", "ADD v :v", v=1),
        an_update("made", "SET g = :g", g="z"),
        a_delete("gone"),
        a_check("checked"),
    )
    assert get(ddb, pk="new") == {"pk": "new", "g": "y"}
    assert get(ddb, other, pk="new") == {"pk": "new", "v": 5}
    assert get(ddb, pk="there")["v"] == 2
    assert get(ddb, pk="made") == {"pk": "made", "g": "z"}
    assert get(ddb, pk="gone") is None
    assert index_rows(cloud, account) == 2


@pytest.mark.usefixtures("table")
def test_a_read_gives_each_item_in_order(ddb):
    put(ddb, pk="a", v=1, w=2)
    put(ddb, pk="b", v=3)
    answer = read(ddb, a_get("b"), a_get("nothing"), a_get("a", ProjectionExpression="w"))
    assert [unwire(one.get("Item")) for one in answer["Responses"]] == [{"pk": "b", "v": 3}, None, {"w": 2}]


@pytest.mark.usefixtures("table")
def test_a_transaction_of_one_token_is_done_once_in_ten_minutes(ddb, frozen_clock):
    count = (an_update("n", "ADD v :v", v=1),)
    for _ in range(3):
        write(ddb, *count, ClientRequestToken="token")
    assert get(ddb, pk="n")["v"] == 1
    frozen_clock.advance(10 * MINUTE - 1)
    write(ddb, *count, ClientRequestToken="token")
    assert get(ddb, pk="n")["v"] == 1
    frozen_clock.advance(2)
    write(ddb, *count, ClientRequestToken="token")
    assert get(ddb, pk="n")["v"] == 2


@pytest.mark.usefixtures("table")
def test_a_token_stands_for_one_request(ddb, frozen_clock):
    write(ddb, a_put("a", v=1), ClientRequestToken="token")
    mismatch = (
        "IdempotentParameterMismatchException",
        "The request uses the same client token as a previous, but non-identical request.",
    )
    for actions in ((a_put("a", v=2),), (a_put("a", v=1), a_put("b")), (a_delete("a"),)):
        with refused(*mismatch):
            write(ddb, *actions, ClientRequestToken="token")
    write(ddb, a_put("a", v=1), ClientRequestToken="token", ReturnConsumedCapacity="TOTAL")
    frozen_clock.advance(10 * MINUTE)
    write(ddb, a_put("a", v=2), ClientRequestToken="token")
    assert get(ddb, pk="a")["v"] == 2


@pytest.mark.usefixtures("table")
def test_a_token_of_a_transaction_that_failed_can_be_used_again(ddb):
    actions = (a_put("a"), a_check("b"))
    with canceled(NONE, FAILED):
        write(ddb, *actions, ClientRequestToken="token")
    put(ddb, pk="b")
    write(ddb, *actions, ClientRequestToken="token")
    assert get(ddb, pk="a") is not None


@pytest.mark.usefixtures("table")
def test_a_token_is_of_one_account(ddb, cloud):
    write(ddb, a_put("a"), ClientRequestToken="token")
    other = cloud.session().client("dynamodb")
    make_table(other, "pk:S")
    write(other, a_put("b"), ClientRequestToken="token")
    assert get(other, pk="b") is not None
